/* A GStreamer pipeline without a main loop: elements from texts, errors as causes, one clock for
 * all. */
// SPDX-License-Identifier: MIT
#include "media/pipeline.h"

#include "media/plug.h"
#include "signaling/event.h"
#include "transport/urgent.h"

/* Debian's package of an element; what is not listed is in the last row. */
static const struct {
  const char *package;
  const char *const *elements;
} packages[] = {
  { "libgstreamer1.0-0",
    (const char *const[]) { "clocksync", "fakesink", "fdsink", "fdsrc", "capsfilter", "filesink",
                            "identity", "queue", NULL } },
  { "gstreamer1.0-plugins-base",
    (const char *const[]) { "appsrc", "appsink", "audioconvert", "audiorate", "audioresample",
                            "audiotestsrc", "oggmux", "opusdec", "opusenc", "rawaudioparse",
                            "uridecodebin", "videoconvert", "videoscale", "videotestsrc", NULL } },
  { "gstreamer1.0-plugins-bad",
    (const char *const[]) { "av1dec", "av1enc", "av1parse", "h264parse", "openh264dec",
                            "openh264enc", "spanplc", "waylandsink", "webrtcdsp", "webrtcechoprobe",
                            NULL } },
  { "gstreamer1.0-x", (const char *const[]) { "ximagesink", "xvimagesink", NULL } },
  { "gstreamer1.0-plugins-rs (not in Debian 12)",
    (const char *const[]) { "dav1ddec", "rtpav1depay", "rtpav1pay", NULL } },
  { "gstreamer1.0-libav",
    (const char *const[]) { "avdec_g722", "avdec_h264", "avenc_g722", NULL } },
  { "gstreamer1.0-plugins-good", (const char *const[]) { NULL } },
};

static const char *
package_of (const char *element)
{
  for (guint i = 0; i + 1 < G_N_ELEMENTS (packages); i++)
    if (g_strv_contains (packages[i].elements, element))
      return packages[i].package;
  return packages[G_N_ELEMENTS (packages) - 1].package;
}

/* OpenAL takes a machine without sound cards for one with, and plays into nothing. */
static void
pass_over (const char *element)
{
  g_autoptr(GstElementFactory) factory = gst_element_factory_find (element);

  if (factory)
    gst_plugin_feature_set_rank (GST_PLUGIN_FEATURE (factory), GST_RANK_NONE);
}

void
peal_pipeline_init (void)
{
  static gsize ready; /* GStreamer is process-global itself */

  if (g_once_init_enter (&ready)) {
    g_autoptr(GError) error = NULL;
    if (!gst_init_check (NULL, NULL, &error))
      g_error ("GStreamer does not start: %s", error->message);
    pass_over ("openalsink");
    pass_over ("openalsrc");
    g_once_init_leave (&ready, 1);
  }
}

/* --- what happens in it --- */

/* Messages come on threads of GStreamer's, some of which outlive the pipeline's owner. */
typedef struct { /* an atomic rc box: the pipeline and its bus hold it */
  GMutex lock;
  const PealPipelineEvents *events; /* NULL once the owner has left */
  gpointer user;
} Listener;

static void
listener_clear (gpointer user)
{
  Listener *listener = user;

  g_mutex_clear (&listener->lock);
}

static void
listener_release (gpointer listener)
{
  g_atomic_rc_box_release_full (listener, listener_clear);
}

static void
tell (Listener *listener, const GError *why)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&listener->lock);

  if (!listener->events)
    return;
  if (why)
    listener->events->failed (listener->user, why);
  else
    listener->events->ended (listener->user);
}

static PealCause
cause_of (const GError *error)
{
  if (error->domain != GST_RESOURCE_ERROR)
    return PEAL_CAUSE_MEDIA;
  switch (error->code) {
  case GST_RESOURCE_ERROR_NOT_FOUND:
  case GST_RESOURCE_ERROR_OPEN_READ:
  case GST_RESOURCE_ERROR_OPEN_WRITE:
  case GST_RESOURCE_ERROR_WRITE:
  case GST_RESOURCE_ERROR_NO_SPACE_LEFT:
    return PEAL_CAUSE_FILE;
  default:
    return PEAL_CAUSE_MEDIA;
  }
}

static gboolean
is_file (GstObject *element)
{
  GParamSpec *location = g_object_class_find_property (G_OBJECT_GET_CLASS (element), "location");

  return location != NULL;
}

static void
tell_failure (Listener *listener, GstMessage *message)
{
  g_autoptr(GError) error = NULL, why = NULL;
  g_autofree char *detail = NULL;

  gst_message_parse_error (message, &error, &detail);
  g_debug ("%s: %s (%s)", GST_OBJECT_NAME (message->src), error->message, detail ? detail : "");
  PealCause cause = is_file (message->src) ? cause_of (error) : PEAL_CAUSE_MEDIA;
  if (g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN) ||
      g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND))
    why =
        g_error_new (PEAL_CAUSE, cause,
                     "%s Install gstreamer1.0-libav or gstreamer1.0-plugins-ugly.", error->message);
  else
    why = g_error_new (PEAL_CAUSE, cause, "%s", error->message);
  tell (listener, why);
}

static void
tell_device (Listener *listener, GstMessage *message)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&listener->lock);
  const char *why;

  if (peal_plug_read (message, &why) && listener->events && listener->events->device)
    listener->events->device (listener->user, why);
}

/* Posted by each streaming thread when it starts and when it ends. */
static void
note_thread (GstMessage *message)
{
  GstStreamStatusType status;

  gst_message_parse_stream_status (message, &status, NULL);
  if (status == GST_STREAM_STATUS_TYPE_ENTER)
    peal_urgent_thread ();
}

static void
measure_latency (GstElement *pipeline, gpointer unused)
{
  gst_bin_recalculate_latency (GST_BIN (pipeline));
}

/* On the thread that posts. Dropping everything here keeps the bus empty. */
static GstBusSyncReply
heard (GstBus *bus, GstMessage *message, gpointer user)
{
  Listener *listener = user;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ERROR:
    tell_failure (listener, message);
    break;
  case GST_MESSAGE_ELEMENT:
    tell_device (listener, message);
    break;
  case GST_MESSAGE_EOS:
    tell (listener, NULL);
    break;
  case GST_MESSAGE_STREAM_STATUS:
    note_thread (message);
    break;
  case GST_MESSAGE_LATENCY: {
    /* Queries every element: not from inside one of them. */
    g_autoptr(GstObject) pipeline = gst_object_ref (message->src);
    while (GST_OBJECT_PARENT (pipeline)) {
      GstObject *parent = gst_object_get_parent (pipeline);
      gst_object_unref (pipeline);
      pipeline = parent;
    }
    if (GST_IS_PIPELINE (pipeline))
      gst_element_call_async (GST_ELEMENT (pipeline), measure_latency, NULL, NULL);
    break;
  }
  default:
    break;
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

/* --- the life of it --- */

static G_DEFINE_QUARK (peal-pipeline-listener, listener)

                           GstElement *peal_pipeline_new (const char *name,
                                                          const PealPipelineEvents *events,
                                                          gpointer user)
{
  peal_pipeline_init ();
  GstElement *pipeline = gst_object_ref_sink (gst_pipeline_new (name));
  Listener *listener = g_atomic_rc_box_new0 (Listener);
  g_autoptr(GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr(GstClock) clock = gst_system_clock_obtain ();

  g_mutex_init (&listener->lock);
  listener->events = events;
  listener->user = user;
  g_object_set_qdata_full (G_OBJECT (pipeline), listener_quark (), listener, listener_release);
  gst_bus_set_sync_handler (bus, heard, g_atomic_rc_box_acquire (listener), listener_release);
  /* Never a device's own clock: it may stand still while the device is suspended. */
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  return pipeline;
}

/* The moment is near, and not when the machine started: some elements count their periods of 10 ms
 * since then in 31 bits, which are full after eight months. */
void
peal_pipeline_share_time (GstElement *pipeline)
{
  static gsize origin; /* once a process */

  if (g_once_init_enter (&origin)) {
    g_autoptr(GstClock) clock = gst_system_clock_obtain ();
    g_once_init_leave (&origin, MAX (1, gst_clock_get_time (clock)));
  }
  gst_element_set_start_time (pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (pipeline, origin);
}

/* Under the lock of its states, so that no other thread sets it going again. */
static void
leave (GstElement *pipeline)
{
  Listener *listener = g_object_get_qdata (G_OBJECT (pipeline), listener_quark ());

  g_mutex_lock (&listener->lock);
  listener->events = NULL;
  g_mutex_unlock (&listener->lock);
}

static void
play (GstElement *pipeline, gpointer unused)
{
  Listener *listener = g_object_get_qdata (G_OBJECT (pipeline), listener_quark ());

  GST_STATE_LOCK (pipeline);
  if (listener->events)
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GST_STATE_UNLOCK (pipeline);
}

void
peal_pipeline_play_soon (GstElement *pipeline)
{
  gst_element_call_async (pipeline, play, NULL, NULL);
}

void
peal_pipeline_free (GstElement *pipeline)
{
  GST_STATE_LOCK (pipeline);
  leave (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  GST_STATE_UNLOCK (pipeline);
  g_autoptr(GstBus) bus = gst_element_get_bus (pipeline);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (pipeline);
}

static void
name_missing (GstParseContext *context, GError *parse_error, GError **error)
{
  g_auto(GStrv) missing = gst_parse_context_get_missing_elements (context);

  if (missing && missing[0])
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA,
                 "GStreamer's element %s is missing: install %s", missing[0],
                 package_of (missing[0]));
  else
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "GStreamer: %s", parse_error->message);
}

GstElement *
peal_pipeline_parse (const char *text, GError **error)
{
  g_autoptr(GError) parse_error = NULL;

  peal_pipeline_init ();
  GstParseContext *context = gst_parse_context_new ();
  GstElement *bin = gst_parse_bin_from_description_full (text, TRUE, context,
                                                         GST_PARSE_FLAG_FATAL_ERRORS, &parse_error);
  if (!bin)
    name_missing (context, parse_error, error);
  gst_parse_context_free (context);
  return bin;
}

gboolean
peal_pipeline_has (const char *text)
{
  g_auto(GStrv) links = g_strsplit (text, "!", -1);

  peal_pipeline_init ();
  for (char **link = links; *link; link++) {
    g_strstrip (*link);
    (*link)[strcspn (*link, " ")] = '\0';
    g_autoptr(GstElementFactory) factory = gst_element_factory_find (*link);
    if (!factory)
      return FALSE;
  }
  return TRUE;
}

GstElement *
peal_pipeline_element (GstElement *bin, const char *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (bin), name);

  g_assert (element);
  gst_object_unref (element); /* the bin holds it */
  return element;
}
