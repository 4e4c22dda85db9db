/* Sound that is turned into payloads once and shared by all calls: silence now, announcements
 * later. */
// SPDX-License-Identifier: MIT
#include "media/clip.h"

#include <opus/opus.h>
#include <string.h>

void
peal_clip_opus (const gint16 *samples, gsize n, GPtrArray *payloads)
{
  enum { RATE = 48000, FRAME = RATE * PEAL_FRAME_MS / 1000, LARGEST = 1275 }; /* RFC 6716 §3.2.1 */
  OpusEncoder *encoder = opus_encoder_create (RATE, 1, OPUS_APPLICATION_VOIP, NULL);

  g_assert (encoder);
  opus_encoder_ctl (encoder, OPUS_SET_BITRATE (32000));
  for (gsize at = 0; at + FRAME <= n; at += FRAME) {
    guint8 payload[LARGEST];
    opus_int32 length = opus_encode (encoder, samples + at, FRAME, payload, sizeof payload);
    g_assert (length > 0); /* it fails on wrong arguments only */
    g_ptr_array_add (payloads, g_bytes_new (payload, (gsize) length));
  }
  opus_encoder_destroy (encoder);
}

/* ITU-T G.711: sign, exponent, four bits of mantissa, all inverted. */
static guint8
mulaw (gint16 sample)
{
  enum { BIAS = 0x84, CLIP = 32635 };
  guint magnitude = (guint) MIN (ABS ((gint) sample), CLIP) + BIAS;
  guint exponent = (guint) g_bit_nth_msf (magnitude, -1) - 7;
  guint mantissa = magnitude >> (exponent + 3) & 0x0f;

  return (guint8) ~((sample < 0 ? 0x80u : 0u) | exponent << 4 | mantissa);
}

void
peal_clip_mulaw (const gint16 *samples, gsize n, GPtrArray *payloads)
{
  enum { FRAME = 8 * PEAL_FRAME_MS };

  for (gsize at = 0; at + FRAME <= n; at += FRAME) {
    guint8 payload[FRAME];
    for (guint i = 0; i < FRAME; i++)
      payload[i] = mulaw (samples[at + i]);
    g_ptr_array_add (payloads, g_bytes_new (payload, sizeof payload));
  }
}

PealClip *
peal_clip_new (const PealCodec *codec, const gint16 *samples, gsize n)
{
  PealClip *clip = g_new0 (PealClip, 1);
  gsize frame = codec->sample_rate * PEAL_FRAME_MS / 1000;
  gsize padded = (n + frame - 1) / frame * frame;
  g_autofree gint16 *whole = g_new0 (gint16, padded + 1);

  memcpy (whole, samples, n * sizeof *samples);
  g_atomic_ref_count_init (&clip->references);
  clip->codec = codec;
  clip->payloads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  codec->encode (whole, padded, clip->payloads);
  return clip;
}

PealClip *
peal_clip_ref (PealClip *clip)
{
  g_atomic_ref_count_inc (&clip->references);
  return clip;
}

void
peal_clip_unref (PealClip *clip)
{
  if (!g_atomic_ref_count_dec (&clip->references))
    return;
  g_ptr_array_unref (clip->payloads);
  g_free (clip);
}

/* The encoder needs some frames to come to rest; the last one is the one to repeat. */
static PealClip *
make_silence (const PealCodec *codec)
{
  enum { SETTLE = 10 };
  gsize n = SETTLE * codec->sample_rate * PEAL_FRAME_MS / 1000;
  g_autofree gint16 *samples = g_new0 (gint16, n);
  PealClip *clip = peal_clip_new (codec, samples, n);

  g_ptr_array_remove_range (clip->payloads, 0, SETTLE - 1);
  return clip;
}

const PealClip *
peal_clip_silence (const PealCodec *codec)
{
  /* A stated exception to "no globals": constants that are made at the first use. */
  static GMutex lock;
  static GHashTable *made; /* const PealCodec * -> PealClip * */
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (!made)
    made = g_hash_table_new (NULL, NULL);
  PealClip *clip = g_hash_table_lookup (made, codec);
  if (!clip) {
    clip = make_silence (codec);
    g_hash_table_insert (made, (gpointer) codec, clip);
  }
  return clip;
}
