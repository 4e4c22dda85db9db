/* Packets -> sound: jitter buffer, decoder with loss concealment, and a sink, in one pipeline. */
// SPDX-License-Identifier: MIT
#include "media/ear.h"

#include "media/border.h"
#include "media/holes.h"
#include "media/level.h"
#include "media/pipeline.h"
#include "media/processing.h"
#include "media/sink.h"

#define MOST_DELAY (2 * GST_SECOND) /* of a sink: more is not believed */
#define FORMAT     "audio/x-raw,format=S16LE,rate=48000,layout=interleaved,channels="

enum {
  RECORD_MS = 500,                          /* a recorder has time */
  MOST_INSIDE = 300,                        /* packets: a peer that floods cannot fill memory */
  TOLERANCE = 20 * G_TIME_SPAN_MILLISECOND, /* µs that two clocks may drift apart */
};

struct PealEar {
  GstElement *pipeline, *head, *gate, *sink;
  char *name; /* of the sink, for people */
  PealLevel *level;
  gboolean record, stereo;
  gboolean narrow; /* the sink is one channel by contract */
  gint broken;     /* atomic: it has failed */
  const PealCodec *codec;
  const PealEarEvents *events;
  gpointer user;
  PealLoop *loop;
  gint *latency_ms;        /* atomic, in a box: of the decoder */
  gint *inside;            /* atomic, in a box: packets that wait somewhere in the pipeline */
  GMutex lock;             /* of what follows: other threads come by */
  GstAppSrc *packets;      /* of the head, which is there while it is */
  PealPlayout *playout;    /* NULL until it is tuned */
  PealPlayoutCount before; /* of earlier ones */
  gint delay_ms;           /* atomic: how long after it is due sound leaves the sink */
  gint64 offset;           /* from the monotonic clock to the pipeline's time, µs */
  PealTimer next;          /* on the loop: a hole is due */
};

static void
failed (gpointer user, const GError *why)
{
  PealEar *ear = user;

  if (!g_atomic_int_compare_and_exchange (&ear->broken, FALSE, TRUE))
    return; /* it has been told */
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

static void
add_count (PealPlayoutCount *sum, const PealPlayoutCount *more)
{
  sum->heard_ms += more->heard_ms;
  sum->invented_ms += more->invented_ms;
  sum->bursts += more->bursts;
  sum->late += more->late;
  sum->recovered += more->recovered;
}

void
peal_ear_count (PealEar *ear, PealPlayoutCount *count)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ear->lock);
  PealPlayoutCount now = { 0 };

  *count = ear->before;
  if (ear->playout)
    peal_playout_count (ear->playout, &now);
  add_count (count, &now);
}

guint
peal_ear_wait (PealEar *ear)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ear->lock);

  return ear->playout ? peal_playout_wait (ear->playout) : 0;
}

void
peal_ear_measure (PealEar *ear)
{
  g_autoptr(GstQuery) query = gst_query_new_latency ();
  GstClockTime least;

  if (!gst_element_query (ear->pipeline, query))
    return;
  gst_query_parse_latency (query, NULL, &least, NULL);
  if (GST_CLOCK_TIME_IS_VALID (least))
    g_atomic_int_set (&ear->delay_ms, (gint) (MIN (least, MOST_DELAY) / GST_MSECOND));
}

/* --- its parts --- */

/* Packets enter in order, each with the moment when it is due; where one is missing the decoder
 * conceals. Sound waits at the gate until it is due, so that what a file gets is what a person
 * would have heard. */
static GstElement *
make_head (const PealCodec *codec, GError **error)
{
  g_autofree char *text =
      g_strdup_printf ("appsrc name=packets is-live=true format=time max-buffers=200 max-bytes=0 "
                       "leaky-type=downstream ! %s",
                       codec->hear);
  GstElement *head = peal_pipeline_parse (text, error);

  if (!head)
    return NULL;
  g_autoptr(GstPad) entry =
      gst_element_get_static_pad (peal_pipeline_element (head, "packets"), "src");
  peal_holes_tell (entry);
  g_autoptr(GstElement) conceal = gst_bin_get_by_name (GST_BIN (head), "conceal");
  g_autoptr(GstPad) pad = conceal ? gst_element_get_static_pad (conceal, "sink") : NULL;
  if (pad)
    peal_holes_guard (pad);
  return head;
}

static GstElement *
make_gate (const PealEarSetup *setup, GError **error)
{
  gboolean waits = !setup->record && !peal_sink_is_device (setup->sink);
  g_autofree char *probe = setup->probe ? peal_processing_probe (setup->probe) : NULL;
  g_autofree char *text = g_strdup_printf (
      "audioconvert ! audioresample ! capsfilter name=format caps=" FORMAT "1%s%s%s",
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
  ear->inside = g_atomic_rc_box_new0 (gint);
  ear->latency_ms = g_atomic_rc_box_new0 (gint);
  ear->events = events;
  ear->user = user;
  ear->name = g_strconcat (setup->record ? "--record " : "--audio-out ", setup->sink, NULL);
  ear->record = setup->record;
  ear->narrow = g_str_equal (setup->sink, "stdout");
  ear->loop = setup->loop;
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

/* Another clock; the net is the same. */
static void
change_playout (PealEar *ear, const PealCodec *codec)
{
  gboolean opus = strcmp (codec->encoding_name, "OPUS") == 0;
  PealPlayoutSetup setup = {
    .clock_rate = codec->clock_rate,
    .wait_ms = ear->record ? RECORD_MS : PEAL_PATIENCE_FIRST_MS,
    .fixed = ear->record,
    .decodes = opus ? peal_holes_opus_decodes : NULL,
    .copies = opus ? peal_holes_opus_copies : NULL,
  };
  PealPlayoutCount count;

  if (ear->playout) {
    peal_playout_count (ear->playout, &count);
    add_count (&ear->before, &count);
    if (!ear->record)
      setup.wait_ms = peal_playout_wait (ear->playout);
    peal_playout_free (ear->playout);
  }
  ear->playout = peal_playout_new (&setup);
}

gboolean
peal_ear_tune (PealEar *ear, const PealCodec *codec, guint8 payload_type, GError **error)
{
  g_autoptr(GstCaps) caps = gst_caps_new_simple (
      "application/x-rtp", "media", G_TYPE_STRING, "audio", "payload", G_TYPE_INT, payload_type,
      "clock-rate", G_TYPE_INT, codec->clock_rate, "encoding-name", G_TYPE_STRING,
      codec->encoding_name, "sprop-stereo", G_TYPE_STRING, ear->stereo ? "1" : "0", NULL);

  if (ear->codec != codec) {
    GstElement *head = make_head (codec, error);
    if (!head)
      return FALSE;
    drop_head (ear);
    ear->head = head;
    ear->codec = codec;
    g_atomic_int_set (ear->latency_ms, (gint) codec->look_ahead_ms);
    g_atomic_int_set (&ear->delay_ms, (gint) codec->look_ahead_ms); /* until it is measured */
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
  if (!ear->packets)
    change_playout (ear, codec);
  ear->packets = packets;
  return TRUE;
}

const PealCodec *
peal_ear_codec (PealEar *ear)
{
  return ear->codec;
}

/* --- the life of it --- */

void
peal_ear_widen (PealEar *ear)
{
  g_autoptr(GstCaps) caps = gst_caps_from_string (FORMAT "2");

  if (ear->narrow)
    return;
  ear->stereo = TRUE;
  g_object_set (peal_pipeline_element (ear->gate, "format"), "caps", caps, NULL);
}

/* All records have the same clock and the same beginning. */
static void
share_beginning (PealEar *ear, gint64 since)
{
  g_autoptr(GstClock) clock = gst_system_clock_obtain ();

  gst_pipeline_use_clock (GST_PIPELINE (ear->pipeline), clock);
  gst_element_set_start_time (ear->pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (ear->pipeline, (GstClockTime) since * GST_USECOND);
  g_object_set (peal_pipeline_element (ear->sink, "whole"), "skip-to-first", FALSE, NULL);
}

void
peal_ear_listen (PealEar *ear, gint64 since)
{
  if (ear->record)
    share_beginning (ear, since);
  gst_element_set_locked_state (ear->sink, FALSE);
  gst_element_set_state (ear->pipeline, GST_STATE_PLAYING); /* what fails is told on the bus */
}

/* Holds while both clocks keep step; they need not be the same. FALSE: it does not run. */
static gboolean
compare_clocks (PealEar *ear, gint64 now)
{
  GstClock *clock = GST_ELEMENT_CLOCK (ear->pipeline);

  if (!clock)
    return FALSE;
  gint64 running =
      (gint64) (gst_clock_get_time (clock) - gst_element_get_base_time (ear->pipeline)) /
      (gint64) GST_USECOND;
  if (ABS (running - now - ear->offset) > TOLERANCE)
    ear->offset = running - now;
  return TRUE;
}

static void
tell_due (PealEar *ear, const PealPlayoutStep *step)
{
  PealPacket packet;
  gsize length;
  const guint8 *data = step->packet ? g_bytes_get_data (step->packet, &length) : NULL;

  if (data && ear->events->due && peal_packet_read (&packet, data, length))
    ear->events->due (ear->user, packet.timestamp,
                      step->at + g_atomic_int_get (&ear->delay_ms) * G_TIME_SPAN_MILLISECOND);
}

static void
pass_on (PealEar *ear, PealPlayoutStep *step)
{
  gint64 wait = ear->record ? RECORD_MS * G_TIME_SPAN_MILLISECOND : 0; /* is not in the file */
  GstClockTime at = (GstClockTime) MAX (0, step->at + ear->offset - wait) * GST_USECOND;

  tell_due (ear, step);
  if (step->packet)
    peal_border_push (ear->packets, step->packet, at, ear->inside);
  else
    gst_app_src_push_buffer (ear->packets,
                             peal_holes_buffer (at, (GstClockTime) step->length * GST_USECOND));
  g_clear_pointer (&step->packet, g_bytes_unref);
}

static void hole_is_due (gpointer user);

static void
wait_for_hole (PealEar *ear, gint64 earliest)
{
  gint64 due = peal_playout_deadline (ear->playout);

  if (due == G_MAXINT64)
    peal_timer_clear (&ear->next);
  else
    peal_timer_set (ear->loop, &ear->next, MAX (due, earliest), hole_is_due, ear);
}

/* One at a time: if it was this loop that slept, packets wait to be read. */
static void
hole_is_due (gpointer user)
{
  PealEar *ear = user;
  PealPlayoutStep step;
  gint64 now = g_get_monotonic_time ();
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ear->lock);

  if (!ear->packets)
    return;
  if (peal_playout_take (ear->playout, now, &step))
    pass_on (ear, &step);
  wait_for_hole (ear, now + G_TIME_SPAN_MILLISECOND);
}

static void
take (PealEar *ear, const PealPacket *packet, const PealDatagram *data, gboolean timely)
{
  gint64 now = g_get_monotonic_time ();
  PealPlayoutStep step;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ear->lock);

  if (!ear->packets || g_atomic_int_get (ear->inside) >= MOST_INSIDE || !compare_clocks (ear, now))
    return;
  g_autoptr(GBytes) bytes = g_bytes_new (data->data, data->length);
  if (timely)
    peal_playout_put (ear->playout, packet, bytes, now);
  else
    peal_playout_fill (ear->playout, packet, packet->length > 0 ? bytes : NULL, now);
  while (peal_playout_take (ear->playout, now, &step))
    pass_on (ear, &step);
  wait_for_hole (ear, now);
}

void
peal_ear_hear (PealEar *ear, const PealPacket *packet, const PealDatagram *data)
{
  take (ear, packet, data, TRUE);
}

void
peal_ear_fill (PealEar *ear, const PealPacket *packet, const PealDatagram *data)
{
  take (ear, packet, data, FALSE);
}

static GstPadProbeReturn
drop (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  return GST_PAD_PROBE_DROP;
}

static void
stop_waiting (gpointer user)
{
  PealEar *ear = user;

  peal_timer_clear (&ear->next);
}

/* What still waits at the gate was not heard: it is not written either. */
void
peal_ear_free (PealEar *ear)
{
  g_autoptr(GstPad) pad = gst_element_get_static_pad (ear->gate, "src");

  g_mutex_lock (&ear->lock);
  ear->packets = NULL;
  g_mutex_unlock (&ear->lock);
  peal_loop_call (ear->loop, stop_waiting, ear);
  g_clear_pointer (&ear->playout, peal_playout_free);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, drop, NULL, NULL);
  if (!g_atomic_int_get (&ear->broken))
    peal_sink_finish (ear->sink);
  peal_pipeline_free (ear->pipeline);
  g_mutex_clear (&ear->lock);
  peal_level_unref (ear->level);
  g_atomic_rc_box_release (ear->inside);
  g_atomic_rc_box_release (ear->latency_ms);
  g_free (ear->name);
  g_free (ear);
}
