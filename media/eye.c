/* Pictures -> packets: a source, an encoder and a payloader in one pipeline. */
// SPDX-License-Identifier: MIT
#include "media/eye.h"

#include <gst/video/video.h>

#include "media/border.h"
#include "media/picture_source.h"
#include "media/pipeline.h"

enum {
  FIRST_PAYLOAD = 1100, /* bytes */
  MOST_WAITING = 600,   /* packets: the largest key frame, twice */
  SMALLEST = 16,        /* dots: what every encoder takes */
  LEAST_FPS = 1,
};

struct PealEye {
  const PealCodec *codec; /* the row, */
  const PealCodec *here;  /* and the one of it that works */
  const char *source;
  PealPictureSize most; /* of the setup */
  gboolean has_source;
  GstElement *pipeline;
  GstElement *tail; /* held: other threads may steer what has just been stopped */
  PealBorder *border;
  const PealEyeEvents *events;
  gpointer user;
  GMutex lock;            /* of what follows */
  PealPictureSize wanted; /* as steered */
  guint bitrate;          /* likewise, bit/s */
  gint native[2];         /* the source's width and height; 0: not known yet */
  GstClockTime next;      /* when the next picture is wanted */
  PealEyeCount count;
};

static void
failed (gpointer user, const GError *why)
{
  PealEye *eye = user;

  g_autoptr(GError) named =
      g_error_new (why->domain, why->code, "--video-in %s: %s", eye->source, why->message);

  eye->events->failed (eye->user, named);
}

static void
ended (gpointer user)
{
  PealEye *eye = user;

  if (eye->events->ended)
    eye->events->ended (eye->user);
}

static const PealPipelineEvents pipeline_events = { .failed = failed, .ended = ended };

static void
count_packet (PealEye *eye, const PealPacket *packet)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&eye->lock);

  eye->count.bytes += packet->length;
}

static void
take_packet (gpointer user, const guint8 *data, gsize length)
{
  PealEye *eye = user;
  PealPacket packet;

  if (!peal_packet_read (&packet, data, length))
    return;
  count_packet (eye, &packet);
  eye->events->packet (eye->user, &packet);
}

/* --- size and rate --- */

/* The largest of the source's shape that fits, in even numbers; not larger than the source. */
static void
fit (const PealEye *eye, gint size[2])
{
  guint64 width = (guint64) eye->native[0], height = (guint64) eye->native[1];

  if (width > eye->wanted.width) {
    height = height * eye->wanted.width / width;
    width = eye->wanted.width;
  }
  if (height > eye->wanted.height) {
    width = width * eye->wanted.height / height;
    height = eye->wanted.height;
  }
  size[0] = (gint) MAX (width & ~1ull, SMALLEST);
  size[1] = (gint) MAX (height & ~1ull, SMALLEST);
}

static void
apply_size (PealEye *eye)
{
  gint size[2];

  g_mutex_lock (&eye->lock);
  gboolean known = eye->native[0] > 0 && eye->native[1] > 0;
  if (known)
    fit (eye, size);
  g_mutex_unlock (&eye->lock);
  if (!known)
    return;
  g_autoptr(GstCaps) caps = gst_caps_new_simple (
      "video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, size[0], "height",
      G_TYPE_INT, size[1], "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);
  GstElement *filter = peal_pipeline_element (eye->tail, "size");
  g_autoptr(GstCaps) before = NULL;
  g_object_get (filter, "caps", &before, NULL);
  if (!before || !gst_caps_is_equal (before, caps))
    g_object_set (filter, "caps", caps, NULL);
}

/* Dots that are not square count as what they look like. */
static void
see_native (PealEye *eye, GstCaps *caps)
{
  GstVideoInfo info;

  if (!gst_video_info_from_caps (&info, caps) || GST_VIDEO_INFO_PAR_D (&info) <= 0)
    return;
  g_mutex_lock (&eye->lock);
  eye->native[0] = gst_util_uint64_scale_int (
      GST_VIDEO_INFO_WIDTH (&info), GST_VIDEO_INFO_PAR_N (&info), GST_VIDEO_INFO_PAR_D (&info));
  eye->native[1] = GST_VIDEO_INFO_HEIGHT (&info);
  g_mutex_unlock (&eye->lock);
  apply_size (eye);
}

/* Whether a picture of this moment is one too many. An even beat, as far as the source has one. */
static gboolean
is_spare (PealEye *eye, GstClockTime at)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&eye->lock);
  GstClockTime step = GST_SECOND / eye->wanted.fps;

  if (!GST_CLOCK_TIME_IS_VALID (at) || eye->next == GST_CLOCK_TIME_NONE)
    eye->next = at;
  if (!GST_CLOCK_TIME_IS_VALID (at))
    return FALSE;
  if (at + step / 4 < eye->next)
    return TRUE;
  eye->next = MAX (eye->next + step, at + step / 2);
  return FALSE;
}

static GstPadProbeReturn
see_source (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealEye *eye = user;
  GstCaps *caps;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    return is_spare (eye, GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info))) ? GST_PAD_PROBE_DROP
                                                                             : GST_PAD_PROBE_OK;
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS) {
    gst_event_parse_caps (GST_PAD_PROBE_INFO_EVENT (info), &caps);
    see_native (eye, caps);
  }
  return GST_PAD_PROBE_OK;
}

/* --- what the encoder makes --- */

static GstPadProbeReturn
see_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealEye *eye = user;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&eye->lock);

  eye->count.frames++;
  eye->count.key_frames += !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
see_size (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealEye *eye = user;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstCaps *caps;
  gint width = 0, height = 0;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &width);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "height", &height);
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&eye->lock);
  eye->count.width = (guint) width;
  eye->count.height = (guint) height;
  return GST_PAD_PROBE_OK;
}

static void
watch (PealEye *eye, const char *element, const char *name, GstPadProbeType what,
       GstPadProbeCallback see)
{
  g_autoptr(GstPad) pad =
      gst_element_get_static_pad (peal_pipeline_element (eye->tail, element), name);

  gst_pad_add_probe (pad, what, see, eye, NULL);
}

static void
set_if_there (GstElement *element, const char *property, guint value)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);

  if (spec)
    g_object_set (element, property, value, NULL);
}

/* A core that is free makes large pictures sooner; where there are but two, somebody else needs the
 * other. */
static void
use_cores (PealEye *eye)
{
  guint cores = g_get_num_processors ();

  if (cores >= 4 && eye->most.height >= 720)
    set_if_there (peal_pipeline_element (eye->tail, "coder"), "threads", MIN (cores / 2, 4));
}

/* A picture that cannot be encoded in time gives way to a newer one. */
static GstElement *
make_tail (const PealCodec *codec, GError **error)
{
  g_autofree char *text = g_strdup_printf (
      "identity name=entry ! videoconvert ! videoscale add-borders=false ! capsfilter name=size "
      "caps=video/x-raw,format=I420 ! "
      "queue leaky=downstream max-size-buffers=2 max-size-bytes=0 max-size-time=0 ! %s ! "
      "appsink name=packets sync=false async=false",
      codec->speak);

  return peal_pipeline_parse (text, error);
}

/* --- the life of it --- */

static gboolean
add_source (PealEye *eye, GError **error)
{
  GstElement *source = peal_picture_source_new (eye->source, &eye->most, error);

  if (!source)
    return FALSE;
  gst_bin_add (GST_BIN (eye->pipeline), source);
  gboolean linked = gst_element_link (source, eye->tail);
  g_assert (linked); /* pictures to what takes anything */
  return eye->has_source = TRUE;
}

static void
set_most (PealEye *eye, const PealEyeSetup *setup)
{
  eye->most =
      (PealPictureSize) { setup->width ? setup->width : 1280, setup->height ? setup->height : 720,
                          setup->fps ? setup->fps : 30 };
  eye->most.width = MAX (eye->most.width & ~1u, SMALLEST);
  eye->most.height = MAX (eye->most.height & ~1u, SMALLEST);
  eye->wanted = eye->most;
  eye->next = GST_CLOCK_TIME_NONE;
}

static void
watch_all (PealEye *eye)
{
  const GstPadProbeType events = GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM;

  watch (eye, "entry", "sink", events | GST_PAD_PROBE_TYPE_BUFFER, see_source);
  watch (eye, "size", "src", events, see_size);
  watch (eye, "coder", "src", GST_PAD_PROBE_TYPE_BUFFER, see_frame);
}

PealEye *
peal_eye_new (const PealEyeSetup *setup, const PealEyeEvents *events, gpointer user, GError **error)
{
  const PealCodec *here = peal_codec_here (setup->codec);
  GstElement *tail = make_tail (here ? here : setup->codec, error); /* or tells what is missing */

  if (!tail)
    return NULL;
  PealEye *eye = g_new0 (PealEye, 1);
  g_mutex_init (&eye->lock);
  eye->codec = setup->codec;
  eye->here = here ? here : setup->codec;
  eye->source = setup->source;
  set_most (eye, setup);
  eye->events = events;
  eye->user = user;
  eye->tail = gst_object_ref_sink (tail);
  eye->pipeline = peal_pipeline_new ("eye", &pipeline_events, eye);
  gst_bin_add (GST_BIN (eye->pipeline), tail);
  eye->border = peal_border_new (
      setup->loop, GST_APP_SINK (peal_pipeline_element (tail, "packets")), take_packet, eye);
  peal_border_allow (eye->border, MOST_WAITING);
  watch_all (eye);
  use_cores (eye);
  peal_eye_payload_size (eye, FIRST_PAYLOAD);
  peal_eye_steer (eye, setup->codec->bitrates.start, 0, 0, 0);
  if (peal_picture_source_is_device (setup->source) || add_source (eye, error)) {
    gst_element_set_state (eye->pipeline, GST_STATE_READY);
    return eye;
  }
  peal_eye_stop (eye);
  peal_eye_free (eye);
  return NULL;
}

const PealCodec *
peal_eye_codec (PealEye *eye)
{
  return eye->codec;
}

/* Timestamps go on where those of an eye before it ended: they follow the monotonic clock. */
gboolean
peal_eye_look (PealEye *eye, GError **error)
{
  guint32 offset = (guint32) (g_get_monotonic_time () * 9 / 100);

  if (!eye->has_source && !add_source (eye, error))
    return FALSE;
  g_object_set (peal_pipeline_element (eye->tail, "packer"), "timestamp-offset",
                MIN (offset, G_MAXUINT32 - 1), NULL); /* the highest means any */
  peal_pipeline_play_soon (eye->pipeline);
  return TRUE;
}

void
peal_eye_key_frame (PealEye *eye)
{
  GstEvent *event = gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0);

  gst_element_send_event (peal_pipeline_element (eye->tail, "packets"), event);
}

void
peal_eye_steer (PealEye *eye, guint bitrate, guint width, guint height, guint fps)
{
  GstElement *coder = peal_pipeline_element (eye->tail, "coder");
  guint unit = MAX (eye->here->coder_bitrate_unit, 1);

  g_debug ("eye: %u bit/s, %ux%u, %u a second", bitrate, width, height, fps);
  g_mutex_lock (&eye->lock);
  if (width && height) {
    eye->wanted.width = MIN (width, eye->most.width);
    eye->wanted.height = MIN (height, eye->most.height);
  }
  if (fps)
    eye->wanted.fps = CLAMP (fps, LEAST_FPS, eye->most.fps);
  gboolean other = bitrate && bitrate / unit != eye->bitrate / unit;
  if (bitrate)
    eye->bitrate = bitrate;
  g_mutex_unlock (&eye->lock);
  if (other)
    set_if_there (coder, eye->here->coder_bitrate, MAX (bitrate / unit, 1));
  apply_size (eye);
}

void
peal_eye_payload_size (PealEye *eye, guint size)
{
  set_if_there (peal_pipeline_element (eye->tail, "packer"), "mtu", size + PEAL_PACKET_HEADER);
}

void
peal_eye_count (PealEye *eye, PealEyeCount *count)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&eye->lock);

  *count = eye->count;
  count->bitrate = eye->bitrate;
  count->fps = eye->wanted.fps;
}

void
peal_eye_stop (PealEye *eye)
{
  g_clear_pointer (&eye->pipeline, peal_pipeline_free);
}

void
peal_eye_free (PealEye *eye)
{
  g_assert (!eye->pipeline);
  peal_border_close (eye->border);
  gst_object_unref (eye->tail);
  g_mutex_clear (&eye->lock);
  g_free (eye);
}
