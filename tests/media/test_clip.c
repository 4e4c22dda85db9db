/* Clips decode to what went in; silence is silent, small and shared. */
// SPDX-License-Identifier: MIT
#include "media/clip.h"

#include <math.h>
#include <opus/opus.h>

static double
rms (const gint16 *samples, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) samples[i] * samples[i];
  return sqrt (sum / (double) n);
}

static void
silence_is_shared (void)
{
  for (const PealCodec *const *codec = peal_codecs; *codec; codec++) {
    const PealClip *silence = peal_clip_silence (*codec);
    g_assert_true (silence == peal_clip_silence (*codec));
    g_assert_true (silence->codec == *codec);
    g_assert_cmpuint (silence->payloads->len, ==, 1);
  }
}

static void
opus_silence_is_silent (void)
{
  const PealClip *silence = peal_clip_silence (peal_codec_find ("opus"));
  gsize length;
  const guint8 *payload = g_bytes_get_data (silence->payloads->pdata[0], &length);
  OpusDecoder *decoder = opus_decoder_create (48000, 1, NULL);
  gint16 samples[960];

  g_assert_cmpuint (length, <, 40);
  for (guint i = 0; i < 10; i++) {
    g_assert_cmpint (opus_decode (decoder, payload, (opus_int32) length, samples, 960, 0), ==, 960);
    g_assert_cmpfloat (rms (samples, 960), <, 2);
  }
  opus_decoder_destroy (decoder);
}

/* ITU-T G.711, table 2a: the values at both ends of each segment, in its 14 bits. */
static void
mulaw_follows_its_table (void)
{
  const struct {
    gint16 value;
    guint8 byte;
  } rows[] = { { 8031, 0x80 }, { 4191, 0x8f }, { 3999, 0x90 },  { 2079, 0x9f }, { 1983, 0xa0 },
               { 1023, 0xaf }, { 975, 0xb0 },  { 495, 0xbf },   { 471, 0xc0 },  { 231, 0xcf },
               { 219, 0xd0 },  { 99, 0xdf },   { 93, 0xe0 },    { 33, 0xef },   { 30, 0xf0 },
               { 2, 0xfe },    { 0, 0xff },    { -8031, 0x00 }, { -231, 0x4f }, { -2, 0x7e } };
  gint16 samples[160] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    samples[i] = (gint16) (rows[i].value * 4);
  g_autoptr(PealClip) clip = peal_clip_new (peal_codec_find ("PCMU"), samples, 160);
  g_assert_cmpuint (clip->payloads->len, ==, 1);
  const guint8 *bytes = g_bytes_get_data (clip->payloads->pdata[0], NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmphex (bytes[i], ==, rows[i].byte);
}

/* Likewise table 1a, in its 13 bits: a value in the middle of each step. */
static void
alaw_follows_its_table (void)
{
  const struct {
    gint16 value;
    guint8 byte;
  } rows[] = { { 4032, 0xff }, { 2112, 0xf0 }, { 2016, 0xef }, { 1056, 0xe0 },  { 1008, 0xdf },
               { 528, 0xd0 },  { 504, 0xcf },  { 264, 0xc0 },  { 252, 0xbf },   { 132, 0xb0 },
               { 126, 0xaf },  { 66, 0xa0 },   { 63, 0x9f },   { 33, 0x90 },    { 31, 0x8f },
               { 1, 0x80 },    { -1, 0x00 },   { -63, 0x1f },  { -2112, 0x70 }, { -4032, 0x7f } };
  gint16 samples[160] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    samples[i] = (gint16) (rows[i].value * 8);
  g_autoptr(PealClip) clip = peal_clip_new (peal_codec_find ("PCMA"), samples, 160);
  const guint8 *bytes = g_bytes_get_data (clip->payloads->pdata[0], NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmphex (bytes[i], ==, rows[i].byte ^ 0x55); /* §3.2: even bits are inverted */
}

static void
the_last_frame_is_filled (void)
{
  gint16 tone[2000];
  for (guint i = 0; i < G_N_ELEMENTS (tone); i++)
    tone[i] = (gint16) (8000 * sin (i * 2 * G_PI * 440 / 48000));
  g_autoptr(PealClip) clip = peal_clip_new (peal_codec_find ("opus"), tone, G_N_ELEMENTS (tone));
  OpusDecoder *decoder = opus_decoder_create (48000, 1, NULL);
  gint16 samples[960];
  gsize length;

  g_assert_cmpuint (clip->payloads->len, ==, 3);
  for (guint i = 0; i < 2; i++) {
    const guint8 *payload = g_bytes_get_data (clip->payloads->pdata[i], &length);
    g_assert_cmpint (opus_decode (decoder, payload, (opus_int32) length, samples, 960, 0), ==, 960);
  }
  g_assert_cmpfloat_with_epsilon (rms (samples, 960), 8000 / sqrt (2), 800);
  opus_decoder_destroy (decoder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clip/silence_is_shared", silence_is_shared);
  g_test_add_func ("/clip/opus_silence_is_silent", opus_silence_is_silent);
  g_test_add_func ("/clip/mulaw_follows_its_table", mulaw_follows_its_table);
  g_test_add_func ("/clip/alaw_follows_its_table", alaw_follows_its_table);
  g_test_add_func ("/clip/the_last_frame_is_filled", the_last_frame_is_filled);
  return g_test_run ();
}
