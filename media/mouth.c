/* Sound -> packets: a source, an encoder and a payloader in one pipeline. */
// SPDX-License-Identifier: MIT
#include "media/mouth.h"

#include "media/border.h"
#include "media/level.h"
#include "media/pipeline.h"
#include "media/source.h"

struct PealMouth {
  const PealCodec *codec;
  const char *source, *probe;
  PealProcessing processing;
  gboolean has_source;
  GstElement *pipeline, *tail;
  PealBorder *border;
  PealLevel *level;
  gint bitrate, channels; /* of what is said; atomic */
  gint most_bitrate;      /* that the peer allows; 0: any; atomic */
  const PealMouthEvents *events;
  gpointer user;
};

static void
failed (gpointer user, const GError *why)
{
  PealMouth *mouth = user;

  g_autoptr(GError) named =
      g_error_new (why->domain, why->code, "--audio-in %s: %s", mouth->source, why->message);

  mouth->events->failed (mouth->user, named);
}

static void
ended (gpointer user)
{
  PealMouth *mouth = user;

  mouth->events->ended (mouth->user);
}

static void
take_packet (gpointer user, const guint8 *data, gsize length)
{
  PealMouth *mouth = user;
  PealPacket packet;

  if (peal_packet_read (&packet, data, length))
    mouth->events->packet (mouth->user, &packet, peal_level_now (mouth->level));
}

static void
device (gpointer user, const char *why)
{
  PealMouth *mouth = user;

  if (mouth->events->device)
    mouth->events->device (mouth->user, why);
}

static const PealPipelineEvents pipeline_events = { .failed = failed,
                                                    .ended = ended,
                                                    .device = device };

/* What is the same for every source. The sink keeps the pace of sources that have none of their
 * own. */
static GstElement *
make_tail (const PealMouthSetup *setup, GError **error)
{
  const char *pace = peal_source_is_device (setup->source) ? "sync=false async=false" : "sync=true";
  g_autofree char *text =
      g_strdup_printf ("audioconvert ! audioresample ! capsfilter name=said "
                       "caps=audio/x-raw,format=S16LE,rate=%u,channels=1 ! %s ! "
                       "appsink name=packets %s",
                       setup->codec->sample_rate, setup->codec->speak, pace);

  return peal_pipeline_parse (text, error);
}

/* What stands between a device and the encoder. A call does without it where it cannot be had. */
static GstElement *
add_processing (PealMouth *mouth)
{
  g_autoptr(GError) error = NULL;
  gboolean wanted = mouth->processing && peal_source_is_device (mouth->source);
  GstElement *processing =
      wanted ? peal_processing_new (mouth->processing, mouth->probe, &error) : NULL;

  if (error)
    g_message ("%s: echo and noise are not taken from what you say", error->message);
  if (!processing)
    return mouth->tail;
  gst_bin_add (GST_BIN (mouth->pipeline), processing);
  gst_element_link (processing, mouth->tail);
  return processing;
}

static gboolean
add_source (PealMouth *mouth, GError **error)
{
  GstElement *source = peal_source_new (mouth->source, error);

  if (!source)
    return FALSE;
  gst_bin_add (GST_BIN (mouth->pipeline), source);
  gboolean linked = gst_element_link (source, add_processing (mouth));
  g_assert (linked); /* raw sound to audioconvert */
  return mouth->has_source = TRUE;
}

PealMouth *
peal_mouth_new (const PealMouthSetup *setup, const PealMouthEvents *events, gpointer user,
                GError **error)
{
  GstElement *tail = make_tail (setup, error);

  if (!tail)
    return NULL;
  PealMouth *mouth = g_new0 (PealMouth, 1);
  mouth->codec = setup->codec;
  mouth->source = setup->source;
  mouth->processing = setup->processing;
  mouth->probe = setup->probe;
  mouth->events = events;
  mouth->user = user;
  mouth->tail = tail;
  mouth->pipeline = peal_pipeline_new ("mouth", &pipeline_events, mouth);
  gst_bin_add (GST_BIN (mouth->pipeline), tail);
  mouth->border = peal_border_new (
      setup->loop, GST_APP_SINK (peal_pipeline_element (tail, "packets")), take_packet, mouth);
  mouth->level = peal_level_new ();
  g_autoptr(GstPad) said =
      gst_element_get_static_pad (peal_pipeline_element (tail, "said"), "src");
  peal_level_watch (mouth->level, said);
  if (peal_source_is_device (setup->source)) {
    peal_pipeline_share_time (mouth->pipeline); /* a canceller of echo compares it with the ear's */
    gst_element_set_state (mouth->pipeline, GST_STATE_READY);
    return mouth;
  }
  if (!add_source (mouth, error)) {
    peal_mouth_stop (mouth);
    peal_mouth_free (mouth);
    return NULL;
  }
  gst_element_set_state (mouth->pipeline, GST_STATE_PAUSED); /* what fails is told on the bus */
  return mouth;
}

double
peal_mouth_level (PealMouth *mouth)
{
  return peal_level_ask (mouth->level);
}

const PealCodec *
peal_mouth_codec (PealMouth *mouth)
{
  return mouth->codec;
}

static GstElement *
find_in (PealMouth *mouth, const char *name)
{
  return gst_bin_get_by_name (GST_BIN (mouth->tail), name);
}

/* RFC 7587 §3.1.1: what a player of so many samples a second can make use of. */
static const char *
band_of (guint playback_rate)
{
  static const struct {
    guint rate;
    const char *band;
  } bands[] = { { 8000, "narrowband" },
                { 12000, "mediumband" },
                { 16000, "wideband" },
                { 24000, "superwideband" } };

  for (guint i = 0; playback_rate && i < G_N_ELEMENTS (bands); i++)
    if (playback_rate <= bands[i].rate)
      return bands[i].band;
  return "fullband";
}

static void
suit_coder (GstElement *coder, const PealWishes *wishes)
{
  g_autofree char *length = g_strdup_printf ("%u", wishes->packet_ms);

  g_object_set (coder, "inband-fec", wishes->fec, NULL);
  if (wishes->cbr)
    gst_util_set_object_arg (G_OBJECT (coder), "bitrate-type", "cbr");
  gst_util_set_object_arg (G_OBJECT (coder), "bandwidth", band_of (wishes->playback_rate));
  gst_util_set_object_arg (G_OBJECT (coder), "frame-size", length);
}

/* Two channels have half as much again to say, or so. Any thread. */
static void
apply_bitrate (PealMouth *mouth)
{
  g_autoptr(GstElement) coder = find_in (mouth, "coder");
  gint bitrate = g_atomic_int_get (&mouth->bitrate), most = g_atomic_int_get (&mouth->most_bitrate);

  if (g_atomic_int_get (&mouth->channels) > 1)
    bitrate = bitrate * 3 / 2;
  g_object_set (coder, "bitrate", most ? MIN (bitrate, most) : bitrate, NULL);
}

static GstPadProbeReturn
see_channels (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealMouth *mouth = user;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstCaps *caps;
  gint channels = 1;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "channels", &channels);
  g_atomic_int_set (&mouth->channels, channels);
  apply_bitrate (mouth);
  return GST_PAD_PROBE_OK;
}

/* One channel of sound stays one. */
static void
widen (PealMouth *mouth)
{
  GstElement *said = peal_pipeline_element (mouth->tail, "said");
  g_autoptr(GstPad) pad = gst_element_get_static_pad (said, "src");
  g_autoptr(GstCaps) caps =
      gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "rate", G_TYPE_INT,
                           mouth->codec->sample_rate, "channels", GST_TYPE_INT_RANGE, 1, 2, NULL);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, see_channels, mouth, NULL);
  g_object_set (said, "caps", caps, NULL);
}

void
peal_mouth_suit (PealMouth *mouth, const PealWishes *wishes, gboolean stereo)
{
  g_autoptr(GstElement) coder = find_in (mouth, "coder");
  g_autoptr(GstElement) packer = find_in (mouth, "packer");
  gint64 length = wishes->packet_ms * GST_MSECOND;

  mouth->bitrate = (gint) mouth->codec->bitrates.start;
  g_atomic_int_set (&mouth->most_bitrate, (gint) wishes->most_bitrate);
  if (coder) {
    suit_coder (coder, wishes);
    apply_bitrate (mouth);
  }
  if (coder && stereo)
    widen (mouth);
  if (coder && packer && wishes->dtx) {
    g_object_set (coder, "dtx", TRUE, NULL);
    g_object_set (packer, "dtx", TRUE, NULL);
  }
  if (!coder && packer) /* an encoder without frames of its own */
    g_object_set (packer, "min-ptime", length, "max-ptime", length, NULL);
}

void
peal_mouth_limit (PealMouth *mouth, guint most_bitrate)
{
  g_autoptr(GstElement) coder = find_in (mouth, "coder");

  g_atomic_int_set (&mouth->most_bitrate, (gint) most_bitrate);
  if (coder)
    apply_bitrate (mouth);
}

void
peal_mouth_steer (PealMouth *mouth, guint bitrate, guint loss_percent)
{
  g_autoptr(GstElement) coder = find_in (mouth, "coder");

  g_debug ("%u bit/s, ready for %u %% of loss", bitrate, loss_percent);
  if (!coder)
    return;
  g_atomic_int_set (&mouth->bitrate, (gint) bitrate);
  apply_bitrate (mouth);
  g_object_set (coder, "packet-loss-percentage", (gint) loss_percent, NULL);
}

gboolean
peal_mouth_speak (PealMouth *mouth, GError **error)
{
  if (!mouth->has_source && !add_source (mouth, error))
    return FALSE;
  if (peal_source_is_device (mouth->source)) /* a sound server may take its time to answer */
    peal_pipeline_play_soon (mouth->pipeline);
  else
    gst_element_set_state (mouth->pipeline, GST_STATE_PLAYING);
  return TRUE;
}

void
peal_mouth_stop (PealMouth *mouth)
{
  g_clear_pointer (&mouth->pipeline, peal_pipeline_free);
}

void
peal_mouth_free (PealMouth *mouth)
{
  g_assert (!mouth->pipeline);
  peal_border_close (mouth->border);
  peal_level_unref (mouth->level);
  g_free (mouth);
}
