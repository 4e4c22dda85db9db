/* Packets -> pictures: whole frames in order, a decoder, and a sink, in one pipeline. */
// SPDX-License-Identifier: MIT
#include "media/canvas.h"

#include <gst/video/video.h>

#include "media/border.h"
#include "media/frames.h"
#include "media/pace.h"
#include "media/picture_sink.h"
#include "media/pipeline.h"
#include "media/sink.h"

enum {
  MOST_INSIDE = 2000, /* packets: a peer that floods cannot fill memory */
  PATIENT_MS = 400,   /* for what may be sent again */
  REORDER_MS = 80,    /* for what may only have been overtaken */
  FREEZE_MS = 200,    /* ITU-T: what people see as one */
};

struct PealCanvas {
  GstElement *pipeline, *head, *gate, *sink;
  const char *text; /* of the sink */
  gboolean is_file;
  gint broken;            /* atomic: it has failed, or its window was closed */
  const PealCodec *codec; /* the row; atomic */
  const PealCanvasEvents *events;
  gpointer user;
  PealLoop *loop;
  PealEasel *easel;
  PealSync *sync;
  gboolean repairs;
  gint *inside;           /* atomic, in a box: packets that wait somewhere in the pipeline */
  GMutex lock;            /* of what follows: other threads come by */
  GstAppSrc *packets;     /* of the head, which is there while it is */
  PealFrames *frames;     /* NULL until it is tuned */
  PealFramesCount before; /* of earlier ones */
  PealPace pace;
  gint64 due;    /* of the newest frame */
  gboolean told; /* of the first picture */
  PealCanvasCount count;
  PealTimer next; /* on the loop: what is missing will not come any more, or is asked for again */
};

/* A window that the user closes is an error of its sink, which has no other way to say so. */
static void
failed (gpointer user, const GError *why)
{
  PealCanvas *canvas = user;

  if (!g_atomic_int_compare_and_exchange (&canvas->broken, FALSE, TRUE))
    return; /* it has been told */
  if (strstr (why->message, "indow was closed")) {
    canvas->events->closed (canvas->user);
    return;
  }
  g_autoptr(GError) named =
      g_error_new (why->domain, why->code, "--video-out %s: %s", canvas->text, why->message);
  canvas->events->failed (canvas->user, named);
}

static void
ended (gpointer user)
{
}

static const PealPipelineEvents pipeline_events = { .failed = failed, .ended = ended };

/* --- what is shown --- */

static gboolean
count_picture (PealCanvas *canvas)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&canvas->lock);
  gboolean first = !canvas->told;

  canvas->count.frames++;
  canvas->told = TRUE;
  return first;
}

static void
see_size (PealCanvas *canvas, GstCaps *caps)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&canvas->lock);
  gint width = 0, height = 0;

  gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &width);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "height", &height);
  canvas->count.width = (guint) MAX (width, 0);
  canvas->count.height = (guint) MAX (height, 0);
}

/* Of a file's muxer: it cannot be told of another size, nor needs to be, since frames tell it. */
static GstPadProbeReturn
see (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealCanvas *canvas = user;
  GstCaps *caps;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    if (count_picture (canvas))
      canvas->events->first (canvas->user, g_get_monotonic_time ());
    return GST_PAD_PROBE_OK;
  }
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (GST_PAD_PROBE_INFO_EVENT (info), &caps);
  see_size (canvas, caps);
  return canvas->is_file && gst_pad_has_current_caps (pad) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

void
peal_canvas_count (PealCanvas *canvas, PealCanvasCount *count)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&canvas->lock);
  PealFramesCount now = { 0 };

  *count = canvas->count;
  if (canvas->frames)
    peal_frames_count (canvas->frames, &now);
  count->dropped = canvas->before.dropped + now.dropped;
  count->wait_ms = (guint) (canvas->pace.wait / G_TIME_SPAN_MILLISECOND);
}

static const char *
direction_of (guint degrees, gboolean flip)
{
  static const char *const words[2][4] = { { "identity", "90r", "180", "90l" },
                                           { "horiz", "ul-lr", "vert", "ur-ll" } };

  return words[flip ? 1 : 0][degrees / 90 % 4];
}

void
peal_canvas_turn (PealCanvas *canvas, guint degrees, gboolean flip)
{
  if (!canvas->is_file)
    gst_util_set_object_arg (G_OBJECT (peal_pipeline_element (canvas->gate, "turn")),
                             "video-direction", direction_of (degrees, flip));
}

/* --- packets in --- */

static void
push (PealCanvas *canvas, const PealFrame *frame, gint64 due)
{
  GstClockTime base = gst_element_get_base_time (canvas->pipeline);
  GstClockTime at = (GstClockTime) due * GST_USECOND;

  at = at > base ? at - base : 0;
  for (guint i = 0; i < frame->packets->len; i++)
    peal_border_push (canvas->packets, frame->packets->pdata[i], at, canvas->inside);
}

static void
pass_on (PealCanvas *canvas, PealFrame *frame, gint64 now)
{
  g_autoptr(GPtrArray) packets = frame->packets;
  gint64 sound;

  if (!canvas->sync || !peal_sync_due (canvas->sync, frame->timestamp, &sound))
    sound = PEAL_PACE_NO_SOUND;
  gint64 due = peal_pace_due (&canvas->pace, frame->timestamp, sound, now);
  if (canvas->due && due > canvas->due + FREEZE_MS * G_TIME_SPAN_MILLISECOND)
    canvas->count.freezes++;
  canvas->due = due;
  push (canvas, frame, due);
}

static void again (gpointer user);

/* Frames that can leave do. Returns whether a key frame is wanted. Under the lock, on the loop. */
static gboolean
work (PealCanvas *canvas, gint64 now)
{
  PealFrame frame;

  /* What does not fit waits in the frames, which are bounded. */
  while (g_atomic_int_get (canvas->inside) < MOST_INSIDE &&
         peal_frames_take (canvas->frames, now, &frame))
    pass_on (canvas, &frame, now);
  gboolean wanted = peal_frames_wants_key (canvas->frames, now);
  gint64 deadline = peal_frames_deadline (canvas->frames);
  if (deadline == G_MAXINT64)
    peal_timer_clear (&canvas->next);
  else
    peal_timer_set (canvas->loop, &canvas->next, deadline, again, canvas);
  return wanted;
}

static void
again (gpointer user)
{
  PealCanvas *canvas = user;

  g_mutex_lock (&canvas->lock);
  gboolean wanted = canvas->packets && work (canvas, g_get_monotonic_time ());
  g_mutex_unlock (&canvas->lock);
  if (wanted)
    canvas->events->wants_key_frame (canvas->user);
}

/* Under the lock. What cannot be borne counts as nothing of the picture. */
static void
put (PealCanvas *canvas, const PealPacket *packet, const PealDatagram *data, gint64 now)
{
  const PealCodec *codec = canvas->codec;
  g_autoptr(GBytes) bytes = g_bytes_new (data->data, data->length);
  PealPacket taken = *packet;

  if (codec->bears && !codec->bears (packet->payload, packet->length))
    taken.length = 0;
  peal_frames_put (canvas->frames, &taken, bytes, now);
}

/* Behind by that many packets, all until the next key frame is left out. */
static gboolean
take (PealCanvas *canvas, const PealPacket *packet, const PealDatagram *data)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&canvas->lock);
  gint64 now = g_get_monotonic_time ();

  if (!canvas->packets || g_atomic_int_get (&canvas->broken))
    return FALSE;
  if (g_atomic_int_get (canvas->inside) >= MOST_INSIDE)
    peal_frames_break (canvas->frames);
  put (canvas, packet, data, now);
  return work (canvas, now);
}

void
peal_canvas_hear (PealCanvas *canvas, const PealPacket *packet, const PealDatagram *data)
{
  if (take (canvas, packet, data))
    canvas->events->wants_key_frame (canvas->user);
}

/* The decoder could make nothing of a frame, and says so to whoever made it. */
static GstPadProbeReturn
see_request (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealCanvas *canvas = user;

  if (!gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info)))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&canvas->lock);
  if (canvas->frames)
    peal_frames_break (canvas->frames);
  gboolean wanted =
      canvas->frames && peal_frames_wants_key (canvas->frames, g_get_monotonic_time ());
  g_mutex_unlock (&canvas->lock);
  if (wanted)
    canvas->events->wants_key_frame (canvas->user);
  return GST_PAD_PROBE_DROP;
}

/* --- its parts --- */

/* A decoder that meets what it cannot read goes on, shows nothing of it, and asks for a key frame;
 * one that is late leaves nothing out. */
static void
harden (GstElement *decoder)
{
  static const struct {
    const char *property, *value;
  } settings[] = {
    { "automatic-request-sync-points", "true" },
    { "discard-corrupted-frames", "true" },
    { "max-errors", "-1" },
    { "output-corrupt", "false" },
    { "qos", "false" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_object_class_find_property (G_OBJECT_GET_CLASS (decoder), settings[i].property))
      gst_util_set_object_arg (G_OBJECT (decoder), settings[i].property, settings[i].value);
}

/* Of a file: what comes out of the depayloader, in the form that files have. */
static char *
head_of (const PealCanvas *canvas, const PealCodec *codec)
{
  const char *source = "appsrc name=packets is-live=true format=time max-bytes=0 max-buffers=0";
  g_autofree char *depay = g_strndup (codec->hear, strcspn (codec->hear, "!"));

  if (!canvas->is_file)
    return g_strdup_printf ("%s ! %s", source, codec->hear);
  return g_strdup_printf ("%s ! %s%s%s", source, depay, codec->parsed ? "! " : "",
                          codec->parsed ? codec->parsed : "");
}

static GstElement *
make_head (PealCanvas *canvas, const PealCodec *codec, GError **error)
{
  const PealCodec *here = peal_codec_here (codec);
  g_autofree char *text = head_of (canvas, here ? here : codec);
  GstElement *head = peal_pipeline_parse (text, error);

  if (!head)
    return NULL;
  g_autoptr(GstElement) decoder = gst_bin_get_by_name (GST_BIN (head), "decoder");
  g_autoptr(GstPad) exit =
      gst_element_get_static_pad (peal_pipeline_element (head, "packets"), "src");
  if (decoder)
    harden (decoder);
  gst_pad_add_probe (exit, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, see_request, canvas, NULL);
  return head;
}

static void
drop_head (PealCanvas *canvas)
{
  g_mutex_lock (&canvas->lock);
  canvas->packets = NULL;
  g_mutex_unlock (&canvas->lock);
  if (!canvas->head)
    return;
  gst_element_set_state (canvas->head, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (canvas->pipeline), canvas->head);
  canvas->head = NULL;
}

static gboolean
change_head (PealCanvas *canvas, const PealCodec *codec, GError **error)
{
  if (canvas->is_file && !peal_picture_sink_holds (canvas->text, codec, error))
    return FALSE;
  GstElement *head = make_head (canvas, codec, error);
  if (!head)
    return FALSE;
  drop_head (canvas);
  canvas->head = head;
  g_atomic_pointer_set (&canvas->codec, codec);
  gst_bin_add (GST_BIN (canvas->pipeline), head);
  gboolean linked = gst_element_link (head, canvas->gate ? canvas->gate : canvas->sink);
  g_assert (linked);
  gst_element_sync_state_with_parent (head);
  return TRUE;
}

static void
change_frames (PealCanvas *canvas)
{
  PealFramesSetup setup = { canvas->codec->key_frame, canvas->repairs ? PATIENT_MS : REORDER_MS };
  PealFramesCount count;

  if (canvas->frames) {
    peal_frames_count (canvas->frames, &count);
    canvas->before.dropped += count.dropped;
    peal_frames_free (canvas->frames);
  }
  canvas->frames = peal_frames_new (&setup);
}

gboolean
peal_canvas_tune (PealCanvas *canvas, const PealCodec *codec, guint8 payload_type, GError **error)
{
  g_autoptr(GstCaps) caps =
      gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING, "video", "payload",
                           G_TYPE_INT, payload_type, "clock-rate", G_TYPE_INT, codec->clock_rate,
                           "encoding-name", G_TYPE_STRING, codec->encoding_name, NULL);

  if (canvas->codec != codec && !change_head (canvas, codec, error))
    return FALSE;
  GstAppSrc *packets = GST_APP_SRC (peal_pipeline_element (canvas->head, "packets"));
  gst_app_src_set_caps (packets, caps);
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&canvas->lock);
  if (!canvas->packets)
    change_frames (canvas);
  canvas->packets = packets;
  return TRUE;
}

const PealCodec *
peal_canvas_codec (PealCanvas *canvas)
{
  return g_atomic_pointer_get (&canvas->codec);
}

/* --- the life of it --- */

/* What decodes is followed by what turns. */
static gboolean
make_parts (PealCanvas *canvas, GError **error)
{
  if (!canvas->is_file)
    canvas->gate =
        peal_pipeline_parse ("identity name=entry ! videoconvert ! videoflip name=turn", error);
  if (!canvas->is_file && !canvas->gate)
    return FALSE;
  canvas->sink = peal_picture_sink_new (canvas->text, canvas->easel, error);
  if (canvas->sink)
    return TRUE;
  g_clear_pointer (&canvas->gate, gst_object_unref);
  return FALSE;
}

static void
join_parts (PealCanvas *canvas)
{
  GstElement *first = canvas->gate ? canvas->gate : canvas->sink;
  g_autoptr(GstPad) entry = NULL;

  gst_bin_add (GST_BIN (canvas->pipeline), canvas->sink);
  if (canvas->gate) {
    gst_bin_add (GST_BIN (canvas->pipeline), canvas->gate);
    gboolean linked = gst_element_link (canvas->gate, canvas->sink);
    g_assert (linked);
  }
  entry = gst_element_get_static_pad (
      canvas->is_file ? peal_pipeline_element (first, "entry") : first, "sink");
  gst_pad_add_probe (entry, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, see,
                     canvas, NULL);
}

static void
dispose (PealCanvas *canvas)
{
  g_mutex_clear (&canvas->lock);
  g_clear_pointer (&canvas->easel, peal_easel_unref);
  g_clear_pointer (&canvas->sync, peal_sync_unref);
  g_atomic_rc_box_release (canvas->inside);
  g_free (canvas);
}

PealCanvas *
peal_canvas_new (const PealCanvasSetup *setup, const PealCanvasEvents *events, gpointer user,
                 GError **error)
{
  PealCanvas *canvas = g_new0 (PealCanvas, 1);

  g_mutex_init (&canvas->lock);
  canvas->inside = g_atomic_rc_box_new0 (gint);
  canvas->text = setup->sink;
  canvas->is_file = peal_picture_sink_is_file (setup->sink);
  canvas->events = events;
  canvas->user = user;
  canvas->loop = setup->loop;
  canvas->repairs = setup->repairs;
  canvas->easel = setup->easel ? peal_easel_ref (setup->easel) : NULL;
  canvas->sync = setup->sync ? peal_sync_ref (setup->sync) : NULL;
  if (!make_parts (canvas, error)) {
    dispose (canvas);
    return NULL;
  }
  canvas->pipeline = peal_pipeline_new ("canvas", &pipeline_events, canvas);
  peal_pipeline_share_time (canvas->pipeline);
  join_parts (canvas);
  /* A file would be made, and an older one emptied, as soon as its sink is READY. */
  gst_element_set_locked_state (canvas->sink, canvas->is_file);
  gst_element_set_state (canvas->pipeline, GST_STATE_READY);
  return canvas;
}

void
peal_canvas_show (PealCanvas *canvas)
{
  gst_element_set_locked_state (canvas->sink, FALSE);
  gst_element_set_state (canvas->pipeline, GST_STATE_PLAYING); /* what fails is told on the bus */
}

static void
stop_waiting (gpointer user)
{
  PealCanvas *canvas = user;

  peal_timer_clear (&canvas->next);
}

void
peal_canvas_free (PealCanvas *canvas)
{
  g_mutex_lock (&canvas->lock);
  canvas->packets = NULL;
  g_mutex_unlock (&canvas->lock);
  peal_loop_call (canvas->loop, stop_waiting, canvas);
  if (canvas->is_file && !g_atomic_int_get (&canvas->broken))
    peal_sink_finish (canvas->sink);
  peal_pipeline_free (canvas->pipeline);
  if (canvas->easel)
    peal_easel_clear (canvas->easel);
  g_clear_pointer (&canvas->frames, peal_frames_free);
  dispose (canvas);
}
