/* Each codec through its own elements, without a clock: what goes in comes out, silence is silent,
 * and a lost packet leaves no hole. */
// SPDX-License-Identifier: MIT
#include "media/codecs.h"

#include <gst/app/app.h>
#include <math.h>
#include <string.h>

#include "media/clip.h"
#include "media/holes.h"
#include "media/packet.h"
#include "media/pipeline.h"
#include "media/rate.h"
#include "tests/media/sound.h"

enum { PITCH = 440, AMPLITUDE = 8000, SECONDS = 1, FRAMES = SECONDS * 1000 / PEAL_FRAME_MS };
enum { LONG = 12 };     /* s of speech */
enum { RUBBISH = 300 }; /* packets of it */
enum { SEED = 4711 };
enum { LATE = FRAMES / 2 }; /* what is before it may be anything while filters fill */

/* The share of the energy of @n samples that is at PITCH. */
static double
purity (const gint16 *samples, gsize n)
{
  double in_phase = 0, across = 0, energy = 0;

  for (gsize i = 0; i < n; i++) {
    double angle = (double) i * 2 * G_PI * PITCH / PEAL_SOUND_RATE;
    in_phase += samples[i] * cos (angle);
    across += samples[i] * sin (angle);
    energy += (double) samples[i] * samples[i];
  }
  return energy > 0 ? 2 * (in_phase * in_phase + across * across) / (double) n / energy : 0;
}

/* --- packets -> sound --- */

typedef struct {
  GstElement *pipeline;
  GstAppSrc *packets;
  GstAppSink *sound;
} Decoder;

static void
decoder_open (Decoder *decoder, const PealCodec *codec)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strdup_printf (
      "appsrc name=packets format=time is-live=true caps=application/x-rtp,media=audio,"
      "clock-rate=%u,payload=%u,encoding-name=%s ! "
      "%s ! audioconvert ! audioresample ! "
      "audio/x-raw,format=S16LE,rate=48000,channels=1 ! appsink name=sound sync=false",
      codec->clock_rate, codec->payload_type, codec->encoding_name, codec->hear);
  GstElement *bin = peal_pipeline_parse (text, &error);

  g_assert_no_error (error);
  decoder->pipeline = gst_object_ref_sink (gst_pipeline_new ("decoder"));
  gst_bin_add (GST_BIN (decoder->pipeline), bin);
  decoder->packets = GST_APP_SRC (peal_pipeline_element (bin, "packets"));
  decoder->sound = GST_APP_SINK (peal_pipeline_element (bin, "sound"));
  gst_element_set_state (decoder->pipeline, GST_STATE_PLAYING);
}

static void
decoder_push (Decoder *decoder, const PealCodec *codec, guint number, GBytes *payload)
{
  guint8 bytes[PEAL_PACKET_MAX];
  PealPacket packet = { .payload_type = (guint8) codec->payload_type,
                        .sequence = (guint16) number,
                        .timestamp = number * peal_codec_frame (codec),
                        .ssrc = 1 };

  packet.payload = g_bytes_get_data (payload, &packet.length);
  if (!packet.payload) /* of no bytes */
    packet.payload = (const guint8 *) "";
  gsize length = peal_packet_write (&packet, bytes);
  GstBuffer *buffer = gst_buffer_new_memdup (bytes, length);
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) =
      (GstClockTime) number * PEAL_FRAME_MS * GST_MSECOND;
  gst_app_src_push_buffer (decoder->packets, buffer);
}

/* As the jitter buffer tells it. */
static void
decoder_miss (Decoder *decoder, guint number)
{
  GstStructure *lost = gst_structure_new (
      "GstRTPPacketLost", "seqnum", G_TYPE_UINT, number, "timestamp", G_TYPE_UINT64,
      (guint64) number * PEAL_FRAME_MS * GST_MSECOND, "duration", G_TYPE_UINT64,
      (guint64) PEAL_FRAME_MS * GST_MSECOND, "retry", G_TYPE_UINT, 0, NULL);

  gst_element_send_event (GST_ELEMENT (decoder->packets),
                          gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, lost));
}

static void
decoder_close (Decoder *decoder)
{
  gst_element_set_state (decoder->pipeline, GST_STATE_NULL);
  gst_object_unref (decoder->pipeline);
}

/* All that came out, each part where its time says. */
static void
decoder_finish (Decoder *decoder, PealSound *heard)
{
  heard->n = (LONG + 1) * PEAL_SOUND_RATE;
  heard->samples = g_new0 (gint16, heard->n);
  gst_app_src_end_of_stream (decoder->packets);
  for (;;) {
    g_autoptr(GstSample) sample = gst_app_sink_pull_sample (decoder->sound);
    if (!sample)
      break;
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    gsize at = (gsize) gst_util_uint64_scale (GST_BUFFER_PTS (buffer), PEAL_SOUND_RATE, GST_SECOND);
    gsize bytes = gst_buffer_get_size (buffer);
    if (at + bytes / 2 <= heard->n)
      gst_buffer_extract (buffer, 0, heard->samples + at, bytes);
  }
  decoder_close (decoder);
}

/* The purest quarter of a second of all that came out. */
static double
decoder_purest (Decoder *decoder)
{
  enum { QUARTER = PEAL_SOUND_RATE / 4 };
  g_autoptr(GArray) all = g_array_new (FALSE, FALSE, sizeof (gint16));
  double best = 0;

  gst_app_src_end_of_stream (decoder->packets);
  for (GstSample *sample; (sample = gst_app_sink_pull_sample (decoder->sound));) {
    GstMapInfo map;
    gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
    g_array_append_vals (all, map.data, (guint) (map.size / sizeof (gint16)));
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    gst_sample_unref (sample);
  }
  g_test_message ("%.1f s of sound", (double) all->len / PEAL_SOUND_RATE);
  for (gsize at = 0; at + QUARTER <= all->len; at += QUARTER / 2)
    best = MAX (best, purity ((const gint16 *) all->data + at, QUARTER));
  return best;
}

static void
decode (const PealCodec *codec, GPtrArray *payloads, guint missing, PealSound *heard)
{
  Decoder decoder;

  decoder_open (&decoder, codec);
  for (guint i = 0; i < payloads->len; i++)
    if (i == missing)
      decoder_miss (&decoder, i);
    else
      decoder_push (&decoder, codec, i, payloads->pdata[i]);
  decoder_finish (&decoder, heard);
}

static PealClip *
tone (const PealCodec *codec)
{
  gsize n = SECONDS * codec->sample_rate;
  g_autofree gint16 *samples = g_new (gint16, n);

  for (gsize i = 0; i < n; i++)
    samples[i] = (gint16) (AMPLITUDE * sin ((double) i * 2 * G_PI * PITCH / codec->sample_rate));
  return peal_clip_new (codec, samples, n);
}

/* dB over the level of what was said. */
static double
level (const gint16 *samples, gsize n)
{
  double energy = 0;

  for (gsize i = 0; i < n; i++)
    energy += (double) samples[i] * samples[i];
  return 10 * log10 (MAX (energy / (double) n, 1e-9) / (AMPLITUDE * (double) AMPLITUDE / 2));
}

/* --- the stories --- */

static void
a_tone_comes_through (gconstpointer data)
{
  const PealCodec *codec = data;
  g_autoptr(PealClip) clip = tone (codec);
  g_auto(PealSound) heard = { 0 };
  gsize n = PEAL_SOUND_RATE / 4;

  g_assert_cmpuint (clip->payloads->len, >=, FRAMES);
  g_assert_cmpuint (clip->payloads->len, <=, FRAMES + 2); /* what an encoder holds back */
  decode (codec, clip->payloads, G_MAXUINT, &heard);
  const gint16 *middle = heard.samples + PEAL_SOUND_RATE / 2;
  g_test_message ("purity %.4f, level %+.2f dB", purity (middle, n), level (middle, n));
  g_assert_cmpfloat (purity (middle, n), >, 0.97);
  g_assert_cmpfloat (ABS (level (middle, n)), <, 1);
}

static void
silence_is_silent (gconstpointer data)
{
  const PealCodec *codec = data;
  const PealClip *silence = peal_clip_silence (codec);
  g_autoptr(GPtrArray) payloads = g_ptr_array_new ();
  g_auto(PealSound) heard = { 0 };

  g_assert_cmpuint (g_bytes_get_size (silence->payloads->pdata[0]), >, 0);
  for (guint i = 0; i < FRAMES; i++)
    g_ptr_array_add (payloads, silence->payloads->pdata[0]);
  decode (codec, payloads, G_MAXUINT, &heard);
  g_test_message ("level %+.1f dB", level (heard.samples, SECONDS * PEAL_SOUND_RATE));
  g_assert_cmpfloat (level (heard.samples, SECONDS * PEAL_SOUND_RATE), <, -50);
}

/* The 20 ms of the lost packet: half as loud would be a click, and nothing at all is what would be
 * there without concealment. */
static void
a_lost_packet_is_concealed (gconstpointer data)
{
  const PealCodec *codec = data;
  g_autoptr(PealClip) clip = tone (codec);
  g_auto(PealSound) heard = { 0 };
  gsize frame = PEAL_SOUND_RATE * PEAL_FRAME_MS / 1000;

  decode (codec, clip->payloads, LATE, &heard);
  const gint16 *hole = heard.samples + LATE * frame;
  g_test_message ("level %+.2f dB, purity %.3f", level (hole, frame), purity (hole, frame));
  g_assert_cmpfloat (level (hole, frame), >, -6);
}

/* Whatever a peer says under the number of a codec, its decoder goes on, and is heard when the peer
 * speaks again. */
static void
rubbish_is_survived (gconstpointer data)
{
  const PealCodec *codec = data;
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  g_autoptr(PealClip) clip = tone (codec);
  Decoder decoder;
  guint number = 0;

  g_test_message ("seed %d", SEED);
  decoder_open (&decoder, codec);
  for (; number < RUBBISH; number++) {
    guint8 bytes[300];
    for (guint i = 0; i < sizeof bytes; i++)
      bytes[i] = (guint8) g_rand_int (random);
    g_autoptr(GBytes) payload =
        g_bytes_new (bytes, (gsize) g_rand_int_range (random, 0, sizeof bytes));
    gboolean decodes =
        codec != peal_codec_find ("opus") ||
        peal_holes_opus_decodes (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
    if (number % 7 == 3 || !decodes) /* as the ear does */
      decoder_miss (&decoder, number);
    else
      decoder_push (&decoder, codec, number, payload);
  }
  for (guint i = 0; i < clip->payloads->len; i++)
    decoder_push (&decoder, codec, number++, clip->payloads->pdata[i]);
  g_autoptr(GstBus) bus = gst_element_get_bus (decoder.pipeline);
  g_assert_cmpfloat (decoder_purest (&decoder), >, 0.9);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR));
  decoder_close (&decoder);
}

/* --- what is added for lost packets --- */

/* What opusenc makes of @said, set as PealRate says. */
static GPtrArray *
encode (const PealCodec *codec, const PealSound *said, const PealRate *rate)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strdup_printf (
      "appsrc name=sound format=time caps=audio/x-raw,format=S16LE,layout=interleaved,rate=48000,"
      "channels=1 ! %s ! appsink name=packets sync=false",
      codec->speak);
  GstElement *bin = peal_pipeline_parse (text, &error);
  GPtrArray *payloads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_assert_no_error (error);
  g_autoptr(GstElement) pipeline = gst_object_ref_sink (gst_pipeline_new ("coder"));
  gst_bin_add (GST_BIN (pipeline), bin);
  g_object_set (peal_pipeline_element (bin, "coder"), "bitrate", (gint) rate->bitrate,
                "packet-loss-percentage", (gint) rate->loss_percent, NULL);
  GstAppSrc *source = GST_APP_SRC (peal_pipeline_element (bin, "sound"));
  GstAppSink *sink = GST_APP_SINK (peal_pipeline_element (bin, "packets"));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstBuffer *buffer = gst_buffer_new_memdup (said->samples, said->n * 2);
  GST_BUFFER_PTS (buffer) = 0;
  gst_app_src_push_buffer (source, buffer);
  gst_app_src_end_of_stream (source);
  for (;;) {
    g_autoptr(GstSample) sample = gst_app_sink_pull_sample (sink);
    GstMapInfo map;
    PealPacket packet;
    if (!sample)
      break;
    gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
    g_assert_true (peal_packet_read (&packet, map.data, map.size));
    g_ptr_array_add (payloads, g_bytes_new (packet.payload, packet.length));
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return payloads;
}

/* What a peer that loses @share of the packets makes us use. */
static void
settle (PealRate *rate, double share)
{
  peal_rate_init (rate, peal_codec_find ("opus"), 0);
  for (guint i = 1; i <= 20; i++)
    peal_rate_hear (rate,
                    &(PealRtcpBlock) { .fraction = (guint8) (share * 256), .highest = i * 50 }, 30,
                    i * G_USEC_PER_SEC);
}

static double
likeness (const gint16 *one, const gint16 *other, gsize n)
{
  double both = 0, first = 1, second = 1;

  for (gsize i = 0; i < n; i++) {
    both += (double) one[i] * other[i];
    first += (double) one[i] * one[i];
    second += (double) other[i] * other[i];
  }
  return both / sqrt (first * second);
}

/* The share of lost frames with a voice in them that sound as if they had come. */
static double
recovered (const PealCodec *codec, GPtrArray *payloads)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  gsize frame = PEAL_SOUND_RATE * PEAL_FRAME_MS / 1000;
  g_auto(PealSound) whole = { 0 }, holed = { 0 };
  guint voiced = 0, good = 0;
  g_autofree gboolean *lost = g_new0 (gboolean, payloads->len);
  Decoder decoder;

  decode (codec, payloads, G_MAXUINT, &whole);
  decoder_open (&decoder, codec);
  for (guint i = 0; i < payloads->len; i++) {
    lost[i] = i > 5 && !lost[i - 1] && g_rand_double (random) < 0.1;
    if (lost[i])
      decoder_miss (&decoder, i);
    else
      decoder_push (&decoder, codec, i, payloads->pdata[i]);
  }
  decoder_finish (&decoder, &holed);
  for (guint i = 0; i + 1 < payloads->len; i++) {
    const gint16 *one = whole.samples + i * frame, *other = holed.samples + i * frame;
    if (!lost[i] || (i + 1) * frame > holed.n || level (one, frame) < -20)
      continue;
    voiced++;
    good += likeness (one, other, frame) > 0.95;
  }
  g_assert_cmpuint (voiced, >, 20);
  return (double) good / voiced;
}

/* At 10 % of loss, and at once: what the first lost packets need has been there before. */
static void
lost_packets_are_sent_again (void)
{
  const PealCodec *opus = peal_codec_find ("opus");
  g_auto(PealSound) said = { 0 };
  PealRate first, lossy, bare = { .bitrate = 40000, .loss_percent = 0 };

  peal_sound_speech (&said, LONG, SEED);
  peal_rate_init (&first, opus, 0);
  settle (&lossy, 0.1);
  g_autoptr(GPtrArray) without = encode (opus, &said, &bare);
  g_autoptr(GPtrArray) at_first = encode (opus, &said, &first);
  g_autoptr(GPtrArray) later = encode (opus, &said, &lossy);
  double shares[] = { recovered (opus, without), recovered (opus, at_first),
                      recovered (opus, later) };
  g_test_message ("seed %d: %.2f without, %.2f at first, %.2f later", SEED, shares[0], shares[1],
                  shares[2]);
  g_assert_cmpfloat (shares[1], >, shares[0] + 0.3);
  g_assert_cmpfloat (shares[2], >, shares[0] + 0.3);
}

static void
add (const char *name, const PealCodec *codec, GTestDataFunc story)
{
  g_autofree char *path =
      g_strdup_printf ("/codecs/%s/%s-%u", name, codec->name, codec->clock_rate);

  g_test_add_data_func (path, codec, story);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (const PealCodec *const *codec = peal_codecs; *codec; codec++) {
    add ("a_tone_comes_through", *codec, a_tone_comes_through);
    add ("silence_is_silent", *codec, silence_is_silent);
    add ("a_lost_packet_is_concealed", *codec, a_lost_packet_is_concealed);
    add ("rubbish_is_survived", *codec, rubbish_is_survived);
  }
  g_test_add_func ("/codecs/lost_packets_are_sent_again", lost_packets_are_sent_again);
  return g_test_run ();
}
