/* Sound that is turned into payloads once and shared by all calls: silence now, announcements
 * later. */
// SPDX-License-Identifier: MIT
#include "media/clip.h"

#include <gst/app/app.h>
#include <opus/opus.h>
#include <string.h>

#include "media/packet.h"
#include "media/pipeline.h"

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

/* Likewise; magnitudes of 12 bits, the lowest of them in a segment without an exponent, and every
 * second bit inverted. */
static guint8
alaw (gint16 sample)
{
  guint magnitude = (guint) (sample < 0 ? ~sample : sample) >> 4;
  guint exponent = magnitude < 32 ? 1 : (guint) g_bit_nth_msf (magnitude, -1) - 3;
  guint code = magnitude < 16 ? magnitude : exponent << 4 | (magnitude >> (exponent - 1) & 0x0f);

  return (guint8) ((sample < 0 ? 0u : 0x80u) | code) ^ 0x55;
}

static void
compress (guint8 (*law) (gint16 sample), const gint16 *samples, gsize n, GPtrArray *payloads)
{
  enum { FRAME = 8 * PEAL_FRAME_MS };

  for (gsize at = 0; at + FRAME <= n; at += FRAME) {
    guint8 payload[FRAME];
    for (guint i = 0; i < FRAME; i++)
      payload[i] = law (samples[at + i]);
    g_ptr_array_add (payloads, g_bytes_new (payload, sizeof payload));
  }
}

void
peal_clip_mulaw (const gint16 *samples, gsize n, GPtrArray *payloads)
{
  compress (mulaw, samples, n, payloads);
}

void
peal_clip_alaw (const gint16 *samples, gsize n, GPtrArray *payloads)
{
  compress (alaw, samples, n, payloads);
}

/* --- what only elements can make --- */

static void
push_sound (GstAppSrc *source, const gint16 *samples, gsize n, guint rate)
{
  GstBuffer *buffer = gst_buffer_new_memdup (samples, n * sizeof *samples);

  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (n, GST_SECOND, rate);
  gst_app_src_push_buffer (source, buffer);
  gst_app_src_end_of_stream (source);
}

static void
pull_payloads (GstAppSink *sink, GPtrArray *payloads)
{
  const GstClockTime patience = 5 * GST_SECOND; /* what fails never ends */

  for (;;) {
    g_autoptr(GstSample) sample = gst_app_sink_try_pull_sample (sink, patience);
    GstMapInfo map;
    PealPacket packet;
    if (!sample || !gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
      return;
    if (peal_packet_read (&packet, map.data, map.size))
      g_ptr_array_add (payloads, g_bytes_new (packet.payload, packet.length));
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  }
}

/* Nothing is appended where an element is missing. */
static void
encode_by_elements (const PealCodec *codec, const gint16 *samples, gsize n, GPtrArray *payloads)
{
  g_autofree char *text = g_strdup_printf (
      "appsrc name=sound format=time caps=audio/x-raw,format=S16LE,layout=interleaved,"
      "rate=%u,channels=1 ! %s ! appsink name=packets sync=false",
      codec->sample_rate, codec->speak);
  GstElement *bin = peal_pipeline_parse (text, NULL);

  if (!bin)
    return;
  g_autoptr(GstElement) pipeline = gst_object_ref_sink (gst_pipeline_new ("clip"));
  gst_bin_add (GST_BIN (pipeline), bin);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  push_sound (GST_APP_SRC (peal_pipeline_element (bin, "sound")), samples, n, codec->sample_rate);
  pull_payloads (GST_APP_SINK (peal_pipeline_element (bin, "packets")), payloads);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

/* --- clips --- */

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
  if (codec->encode)
    codec->encode (whole, padded, clip->payloads);
  else
    encode_by_elements (codec, whole, padded, clip->payloads);
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

/* The encoder needs some frames to come to rest; the last one is the one to repeat. Where none can
 * be made a packet without sound says as much: that we are here. */
static PealClip *
make_silence (const PealCodec *codec)
{
  enum { SETTLE = 10 };
  gsize n = SETTLE * codec->sample_rate * PEAL_FRAME_MS / 1000;
  g_autofree gint16 *samples = g_new0 (gint16, n);
  PealClip *clip = peal_clip_new (codec, samples, n);

  if (clip->payloads->len == 0)
    g_ptr_array_add (clip->payloads, g_bytes_new (NULL, 0));
  g_ptr_array_remove_range (clip->payloads, 0, clip->payloads->len - 1);
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
