/* Packets -> sound: jitter buffer, decoder with loss concealment, and a sink, in one pipeline. */
// SPDX-License-Identifier: MIT
#include "media/ear.h"

#include "media/border.h"
#include "media/holes.h"
#include "media/level.h"
#include "media/patience.h"
#include "media/pipeline.h"
#include "media/processing.h"
#include "media/sink.h"

#define FORMAT "audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved"

enum {
  RECORD_MS = 500,   /* a recorder has time */
  MOST_INSIDE = 300, /* packets: a peer that floods cannot fill memory */
};

struct PealEar {
  GstElement *pipeline, *head, *gate, *sink;
  char *name; /* of the sink, for people */
  PealLevel *level;
  PealHoles *holes;
  gboolean record;
  const PealCodec *codec;
  const PealEarEvents *events;
  gpointer user;
  gint wait_ms;       /* of the jitter buffer; atomic */
  gint *latency_ms;   /* atomic, in a box: up to the decoder's end */
  gint *inside;       /* atomic, in a box: packets that wait somewhere in the pipeline */
  GMutex lock;        /* of what follows: other threads come by */
  GstAppSrc *packets; /* both of the head, which is there while they are */
  GstElement *jitter;
  PealPatience patience;
};

static void
failed (gpointer user, const GError *why)
{
  PealEar *ear = user;

  g_autoptr(GError) named =
      g_error_new (why->domain, why->code, "%s: %s", ear->name, why->message);

  ear->events->failed (ear->user, named);
}

static void
ended (gpointer user)
{
}

static void
device (gpointer user, const char *why)
{
  PealEar *ear = user;

  if (ear->events->device)
    ear->events->device (ear->user, why);
}

static const PealPipelineEvents pipeline_events = { .failed = failed,
                                                    .ended = ended,
                                                    .device = device };

/* --- what is heard --- */

static GstPadProbeReturn
hear_first (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealEar *ear = user;

  ear->events->first (ear->user, g_get_monotonic_time ());
  return GST_PAD_PROBE_REMOVE;
}

double
peal_ear_level (PealEar *ear)
{
  return peal_level_ask (ear->level);
}

void
peal_ear_count (PealEar *ear, PealHolesCount *count)
{
  peal_holes_count (ear->holes, count);
}

guint
peal_ear_wait (PealEar *ear)
{
  return (guint) g_atomic_int_get (&ear->wait_ms);
}

/* --- its parts --- */

/* Packets that are late by more than the buffer holds count as lost; the decoder conceals them and,
 * if they were sound, nobody waits for them. Sound waits at the gate until it is due, so that what
 * a file gets is what a person would have heard. */
static GstElement *
make_head (const PealEar *ear, const PealCodec *codec, GError **error)
{
  g_autofree char *text =
      g_strdup_printf ("appsrc name=packets is-live=true format=time max-buffers=200 max-bytes=0 "
                       "leaky-type=downstream ! "
                       "rtpjitterbuffer name=jitter latency=%d do-lost=true %s ! %s",
                       ear->wait_ms, ear->record ? "faststart-min-packets=1" : "", codec->hear);

  return peal_pipeline_parse (text, error);
}

/* What stands where nothing was said (RFC 6263 §4.2 sends such to keep a path open, too) has served
 * when the jitter buffer does not miss it. */
static GstPadProbeReturn
pass_sound (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstMapInfo map;
  PealPacket packet;

  if (!gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  gboolean empty = peal_packet_read (&packet, map.data, map.size) && packet.length == 0;
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  return empty ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
watch_sound (GstElement *head)
{
  g_autoptr(GstElement) jitter = gst_bin_get_by_name (GST_BIN (head), "jitter");
  g_autoptr(GstPad) pad = gst_element_get_static_pad (jitter, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, pass_sound, NULL, NULL);
}

static void
watch_holes (PealEar *ear, GstElement *head, const PealCodec *codec)
{
  g_autoptr(GstElement) conceal = gst_bin_get_by_name (GST_BIN (head), "conceal");

  peal_holes_watch (ear->holes, peal_pipeline_element (head, "jitter"), codec);
  if (!conceal)
    return;
  g_autoptr(GstPad) pad = gst_element_get_static_pad (conceal, "sink");
  peal_holes_guard (pad);
}

static GstElement *
make_gate (const PealEarSetup *setup, GError **error)
{
  gboolean waits = !setup->record && !peal_sink_is_device (setup->sink);
  g_autofree char *probe = setup->probe ? peal_processing_probe (setup->probe) : NULL;
  g_autofree char *text =
      g_strdup_printf ("audioconvert ! audioresample ! capsfilter caps=" FORMAT "%s%s%s",
                       waits ? " ! clocksync" : "", probe ? " ! " : "", probe ? probe : "");

  return peal_pipeline_parse (text, error);
}

/* Answers for all elements up to the decoder, since opusdec claims 120 ms for what takes one
 * packet. A pipeline measures its latency on a thread that may outlive the ear. */
static GstPadProbeReturn
tell_latency (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  gint *latency_ms = user;
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_PAD_PROBE_OK;
  guint64 latency = (guint64) g_atomic_int_get (latency_ms) * GST_MSECOND;
  gst_query_set_latency (query, TRUE, latency, GST_CLOCK_TIME_NONE);
  return GST_PAD_PROBE_HANDLED;
}

static void
set_latency (PealEar *ear)
{
  g_atomic_int_set (ear->latency_ms,
                    g_atomic_int_get (&ear->wait_ms) + (gint) ear->codec->look_ahead_ms);
}

PealEar *
peal_ear_new (const PealEarSetup *setup, const PealEarEvents *events, gpointer user, GError **error)
{
  GstElement *gate = make_gate (setup, error);
  GstElement *end = gate ? peal_sink_new (setup->sink, error) : NULL;

  if (!end) {
    g_clear_pointer (&gate, gst_object_unref);
    return NULL;
  }
  PealEar *ear = g_new0 (PealEar, 1);
  g_mutex_init (&ear->lock);
  ear->level = peal_level_new ();
  ear->holes = peal_holes_new ();
  ear->inside = g_atomic_rc_box_new0 (gint);
  ear->latency_ms = g_atomic_rc_box_new0 (gint);
  ear->events = events;
  ear->user = user;
  ear->name = g_strconcat (setup->record ? "--record " : "--audio-out ", setup->sink, NULL);
  ear->record = setup->record;
  ear->wait_ms = setup->record ? RECORD_MS : PEAL_PATIENCE_FIRST_MS;
  ear->gate = gate;
  ear->sink = end;
  ear->pipeline = peal_pipeline_new ("ear", &pipeline_events, ear);
  if (setup->probe)
    peal_processing_aim (gate, setup->probe);
  if (peal_sink_is_device (setup->sink))
    peal_pipeline_share_time (ear->pipeline); /* a canceller of echo compares it with the mouth's */
  gst_bin_add_many (GST_BIN (ear->pipeline), gate, end, NULL);
  gboolean linked = gst_element_link (gate, end);
  g_assert (linked);
  g_autoptr(GstPad) pad = gst_element_get_static_pad (gate, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, hear_first, ear, NULL);
  peal_level_watch (ear->level, pad);
  peal_holes_hear (ear->holes, pad);
  /* A file would be made, and an older one emptied, as soon as its sink is READY. */
  gst_element_set_locked_state (end, !peal_sink_is_device (setup->sink));
  gst_element_set_state (ear->pipeline, GST_STATE_READY);
  return ear;
}

static void
drop_head (PealEar *ear)
{
  g_mutex_lock (&ear->lock);
  ear->packets = NULL;
  g_mutex_unlock (&ear->lock);
  if (!ear->head)
    return;
  gst_element_set_state (ear->head, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (ear->pipeline), ear->head);
  ear->head = NULL;
}

gboolean
peal_ear_tune (PealEar *ear, const PealCodec *codec, guint8 payload_type, GError **error)
{
  g_autoptr(GstCaps) caps =
      gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING, "audio", "payload",
                           G_TYPE_INT, payload_type, "clock-rate", G_TYPE_INT, codec->clock_rate,
                           "encoding-name", G_TYPE_STRING, codec->encoding_name, NULL);

  if (ear->codec != codec) {
    GstElement *head = make_head (ear, codec, error);
    if (!head)
      return FALSE;
    watch_holes (ear, head, codec);
    drop_head (ear);
    watch_sound (head);
    ear->head = head;
    ear->codec = codec;
    set_latency (ear);
    gst_bin_add (GST_BIN (ear->pipeline), head);
    g_autoptr(GstPad) pad = gst_element_get_static_pad (head, "src");
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, tell_latency,
                       g_atomic_rc_box_acquire (ear->latency_ms), g_atomic_rc_box_release);
    gboolean linked = gst_element_link (head, ear->gate);
    g_assert (linked);
    gst_element_sync_state_with_parent (head);
  }
  GstAppSrc *packets = GST_APP_SRC (peal_pipeline_element (ear->head, "packets"));
  gst_app_src_set_caps (packets, caps);
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ear->lock);
  if (!ear->packets) /* another clock; the net is the same */
    peal_patience_init (&ear->patience, codec->clock_rate, (guint) ear->wait_ms);
  ear->packets = packets;
  ear->jitter = peal_pipeline_element (ear->head, "jitter");
  return TRUE;
}

const PealCodec *
peal_ear_codec (PealEar *ear)
{
  return ear->codec;
}

/* --- the life of it --- */

void
peal_ear_listen (PealEar *ear)
{
  gst_element_set_locked_state (ear->sink, FALSE);
  gst_element_set_state (ear->pipeline, GST_STATE_PLAYING); /* what fails is told on the bus */
}

/* The element tells the pipeline, which then asks for the latency anew. */
static void
adapt (PealEar *ear, const PealDatagram *data)
{
  PealPacket packet;

  if (ear->record || !peal_packet_read (&packet, data->data, data->length) ||
      !peal_patience_hear (&ear->patience, &packet, g_get_monotonic_time ()))
    return;
  g_debug ("the jitter buffer waits %u ms", ear->patience.wait_ms);
  g_atomic_int_set (&ear->wait_ms, (gint) ear->patience.wait_ms);
  set_latency (ear);
  g_object_set (ear->jitter, "latency", ear->patience.wait_ms, NULL);
}

static void
take (PealEar *ear, const PealDatagram *data, gboolean timely)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ear->lock);

  if (!ear->packets || g_atomic_int_get (ear->inside) >= MOST_INSIDE)
    return;
  if (timely)
    adapt (ear, data);
  peal_border_push (ear->packets, ear->pipeline, data, ear->inside);
}

void
peal_ear_hear (PealEar *ear, const PealDatagram *data)
{
  take (ear, data, TRUE);
}

void
peal_ear_fill (PealEar *ear, const PealDatagram *data)
{
  take (ear, data, FALSE);
}

static GstPadProbeReturn
drop (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  return GST_PAD_PROBE_DROP;
}

/* What still waits at the gate was not heard: it is not written either. */
void
peal_ear_free (PealEar *ear)
{
  g_autoptr(GstPad) pad = gst_element_get_static_pad (ear->gate, "src");

  g_mutex_lock (&ear->lock);
  ear->packets = NULL;
  g_mutex_unlock (&ear->lock);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, drop, NULL, NULL);
  peal_sink_finish (ear->sink);
  peal_pipeline_free (ear->pipeline);
  g_mutex_clear (&ear->lock);
  peal_level_unref (ear->level);
  peal_holes_unref (ear->holes);
  g_atomic_rc_box_release (ear->inside);
  g_atomic_rc_box_release (ear->latency_ms);
  g_free (ear->name);
  g_free (ear);
}
