/* What a packet says of the one before it. How holes are counted is told in
 * tests/media/test_medium.
 */
// SPDX-License-Identifier: MIT
#include "media/holes.h"

#include <opus/opus.h>

#include "tests/media/sound.h"

enum { SEED = 4711, FRAME = PEAL_SOUND_RATE / 50, MOST = 1500 };

/* How many packets of @sound carry a copy. */
static guint
copies_of (const PealSound *sound, guint channels, gboolean fec)
{
  g_autofree gint16 *frame = g_new (gint16, FRAME * channels);
  guint8 payload[MOST];
  guint copies = 0;
  OpusEncoder *encoder =
      opus_encoder_create (PEAL_SOUND_RATE, (int) channels, OPUS_APPLICATION_VOIP, NULL);

  opus_encoder_ctl (encoder, OPUS_SET_BITRATE (32000));
  opus_encoder_ctl (encoder, OPUS_SET_FORCE_CHANNELS ((int) channels));
  opus_encoder_ctl (encoder, OPUS_SET_INBAND_FEC (fec));
  opus_encoder_ctl (encoder, OPUS_SET_PACKET_LOSS_PERC (fec ? 20 : 0));
  for (gsize at = 0; at + FRAME <= sound->n; at += FRAME) {
    for (guint i = 0; i < FRAME * channels; i++)
      frame[i] = sound->samples[at + i / channels];
    opus_int32 length = opus_encode (encoder, frame, FRAME, payload, sizeof payload);
    g_assert_cmpint (length, >, 0);
    copies += peal_holes_opus_copies (payload, (gsize) length);
  }
  opus_encoder_destroy (encoder);
  return copies;
}

static void
copies_are_seen (void)
{
  g_auto(PealSound) speech = { 0 };

  peal_sound_speech (&speech, 4, SEED);
  for (guint channels = 1; channels <= 2; channels++) {
    g_assert_cmpuint (copies_of (&speech, channels, FALSE), ==, 0);
    guint copies = copies_of (&speech, channels, TRUE);
    g_test_message ("%u channels: %u of 200 packets carry a copy", channels, copies);
    g_assert_cmpuint (copies, >, 60);
  }
}

/* Whatever a peer sends: no copy, or one, and nothing is read beyond the end. */
static void
anything_may_come (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);

  g_test_message ("seed %d", SEED);
  g_assert_false (peal_holes_opus_copies ((const guint8 *) "", 0));
  g_assert_false (peal_holes_opus_copies ((const guint8 *) "\x08", 1));
  g_assert_false (peal_holes_opus_copies ((const guint8 *) "\xf8\xff", 2)); /* CELT */
  for (guint round = 0; round < 100000; round++) {
    gsize length = (gsize) g_rand_int_range (random, 0, 12);
    g_autofree guint8 *payload = g_new (guint8, length); /* on the heap: its end is guarded */
    for (gsize i = 0; i < length; i++)
      payload[i] = (guint8) g_rand_int (random);
    if (peal_holes_opus_copies (payload, length))
      g_assert_true (peal_holes_opus_decodes (payload, length));
  }
}

/* RFC 6716 §3.4: frames that are longer than 120 ms together, that reach beyond the packet, or of
 * unequal length where they must be equal. */
static void
what_cannot_be_decoded_is_known (void)
{
  static const struct {
    const char *payload;
    gsize length;
    gboolean decodes;
  } rows[] = {
    { "", 0, FALSE },
    { "\x08", 1, TRUE }, /* nothing was said */
    { "\xf8\xff\xfe", 3, TRUE },
    { "\x1b\x07\x00", 3, FALSE }, /* seven of 60 ms */
    { "\x0b\x00", 2, FALSE },     /* none */
    { "\x09\x01\x02", 3, TRUE },
    { "\x09\x01\x02\x03", 4, FALSE }, /* two of one and a half bytes */
    { "\x0a\x64\x01", 3, FALSE },     /* one hundred bytes of two */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (peal_holes_opus_decodes ((const guint8 *) rows[i].payload, rows[i].length), ==,
                     rows[i].decodes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/holes/copies_are_seen", copies_are_seen);
  g_test_add_func ("/holes/what_cannot_be_decoded_is_known", what_cannot_be_decoded_is_known);
  g_test_add_func ("/holes/anything_may_come", anything_may_come);
  return g_test_run ();
}
