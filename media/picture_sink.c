/* Where pictures go: --video-out as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#include "media/picture_sink.h"

#include <gst/app/app.h>
#include <gst/video/video.h>

#include "media/pipeline.h"
#include "signaling/event.h"

/* A muxer takes one form of a stream. */
#define FILE_SINK(muxer)                                                                           \
  "capsfilter name=entry caps=\"video/x-vp8;video/x-vp9;video/x-av1;"                              \
  "video/x-h264,stream-format=avc,alignment=au\" ! " muxer " offset-to-zero=true ! "               \
  "filesink name=file sync=false async=false"

typedef struct {
  const char *word;
  const char *suffix;                /* of the argument; NULL: there is none */
  const char *text;                  /* gst-launch; NULL: a window */
  const char *const *encoding_names; /* that a file holds; NULL: any */
} Kind;

/* Of the picture on a terminal more dots than characters are of no use. */
static const Kind kinds[] = {
  { "window", NULL, NULL, NULL },
  { "terminal", NULL,
    "videoconvert ! videoscale add-borders=false ! capsfilter "
    "caps=\"video/x-raw,format=RGB,width=[1,320],height=[1,180],pixel-aspect-ratio=1/1\" ! "
    "appsink name=drawing sync=true max-buffers=2 drop=true qos=false max-lateness=-1",
    NULL },
  { "file", ".mkv", FILE_SINK ("matroskamux"), NULL },
  { "file", ".webm", FILE_SINK ("webmmux"), (const char *const[]) { "VP8", "VP9", "AV1", NULL } },
  { "none", NULL, "fakesink sync=true async=false qos=false", NULL },
};

static gboolean
ends_with (const char *path, const char *suffix)
{
  gsize length = strlen (path), tail = strlen (suffix);

  return length > tail && !g_ascii_strcasecmp (path + length - tail, suffix);
}

static const Kind *
find (const char *text, const char **argument)
{
  const char *colon = strchr (text, ':');
  gsize length = colon ? (gsize) (colon - text) : strlen (text);

  *argument = colon ? colon + 1 : NULL;
  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++)
    if (strlen (kind->word) == length && strncmp (kind->word, text, length) == 0 &&
        (kind->suffix ? colon && ends_with (colon + 1, kind->suffix) : !colon))
      return kind;
  return NULL;
}

gboolean
peal_picture_sink_check (const char *text, GError **error)
{
  const char *argument;

  if (find (text, &argument))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--video-out %s: not one of window, terminal, file:PATH (.mkv, .webm), none", text);
  return FALSE;
}

char **
peal_picture_sink_examples (void)
{
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new ();

  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++) {
    g_autofree char *file = g_strconcat (kind->word, ":x", kind->suffix, NULL);
    g_strv_builder_add (texts, kind->suffix ? file : kind->word);
  }
  return g_strv_builder_end (texts);
}

gboolean
peal_picture_sink_is_none (const char *text)
{
  return g_str_equal (text, "none");
}

gboolean
peal_picture_sink_is_file (const char *text)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  return kind && kind->suffix;
}

gboolean
peal_picture_sink_holds (const char *text, const PealCodec *codec, GError **error)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  if (!kind->encoding_names || g_strv_contains (kind->encoding_names, codec->encoding_name))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--video-out %s: a %s file does not hold %s; name it .mkv", text, kind->suffix,
               codec->name);
  return FALSE;
}

/* --- windows --- */

/* Takes @sink; floating again when it is ready. */
static GstElement *
make_ready (GstElement *sink)
{
  static const char *const off[] = { "qos", "handle-events", NULL };

  gst_object_ref_sink (sink);
  for (const char *const *name = off; *name; name++)
    if (g_object_class_find_property (G_OBJECT_GET_CLASS (sink), *name))
      g_object_set (sink, *name, g_str_equal (*name, "handle-events"), NULL);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (sink), "max-lateness"))
    g_object_set (sink, "max-lateness", G_GINT64_CONSTANT (-1), NULL);
  if (gst_element_set_state (sink, GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS) {
    g_object_force_floating (G_OBJECT (sink));
    return sink;
  }
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_object_unref (sink);
  return NULL;
}

/* The first that works. Not whatever is installed, as autovideosink does: among that are sinks for
 * bare consoles, of which one takes the process down where it finds none. */
static GstElement *
open_window (GError **error)
{
  static const struct {
    const char *element, *display; /* the variable without which it opens nothing, and complains */
  } kinds_of_window[] = {
    { "glimagesink", "DISPLAY" },         { "glimagesink", "WAYLAND_DISPLAY" },
    { "waylandsink", "WAYLAND_DISPLAY" }, { "xvimagesink", "DISPLAY" },
    { "ximagesink", "DISPLAY" },
  };
  GstElement *sink = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds_of_window) && !sink; i++) {
    const char *display = g_getenv (kinds_of_window[i].display);
    GstElement *one =
        display && *display ? gst_element_factory_make (kinds_of_window[i].element, NULL) : NULL;
    sink = one ? make_ready (one) : NULL;
  }
  if (!sink)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA,
                 "--video-out window: no window can be opened: neither DISPLAY nor WAYLAND_DISPLAY "
                 "names a screen that works, or gstreamer1.0-x is not installed; call with "
                 "--video-out terminal or none");
  return sink;
}

static GstElement *
make_window (GError **error)
{
  peal_pipeline_init ();
  GstElement *sink = open_window (error);

  if (!sink)
    return NULL;
  GstElement *bin = peal_pipeline_parse ("videoconvert ! videoscale name=scale", error);
  if (!bin) {
    gst_element_set_state (sink, GST_STATE_NULL);
    gst_object_unref (gst_object_ref_sink (sink));
    return NULL;
  }
  g_autoptr(GstPad) exit = gst_element_get_static_pad (bin, "src");
  gst_element_remove_pad (bin, exit);
  gst_bin_add (GST_BIN (bin), sink);
  gst_element_link (peal_pipeline_element (bin, "scale"), sink);
  return bin;
}

/* --- terminals --- */

static GstFlowReturn
draw (GstAppSink *sink, gpointer easel)
{
  g_autoptr(GstSample) sample = gst_app_sink_pull_sample (sink);
  GstVideoInfo info;
  GstVideoFrame frame;

  if (!sample || !gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return GST_FLOW_OK;
  peal_easel_put (easel, GST_VIDEO_FRAME_PLANE_DATA (&frame, 0),
                  (guint) GST_VIDEO_FRAME_WIDTH (&frame), (guint) GST_VIDEO_FRAME_HEIGHT (&frame),
                  (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0));
  gst_video_frame_unmap (&frame);
  return GST_FLOW_OK;
}

static void
unref_easel (gpointer easel)
{
  peal_easel_unref (easel);
}

GstElement *
peal_picture_sink_new (const char *text, PealEasel *easel, GError **error)
{
  const char *argument;
  const Kind *kind = find (text, &argument);
  GstAppSinkCallbacks callbacks = { .new_sample = draw };

  g_assert (kind);
  if (!kind->text)
    return make_window (error);
  GstElement *bin = peal_pipeline_parse (kind->text, error);
  if (bin && kind->suffix)
    g_object_set (peal_pipeline_element (bin, "file"), "location", argument, NULL);
  if (bin && easel && g_str_equal (kind->word, "terminal"))
    gst_app_sink_set_callbacks (GST_APP_SINK (peal_pipeline_element (bin, "drawing")), &callbacks,
                                peal_easel_ref (easel), unref_easel);
  return bin;
}
