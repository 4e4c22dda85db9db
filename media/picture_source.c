/* Where pictures come from: --video-in as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#include "media/picture_source.h"

#include <gst/video/video.h>

#include "media/device.h"
#include "media/pattern.h"
#include "media/pipeline.h"
#include "signaling/event.h"

typedef struct {
  const char *word;
  gboolean argument, device;
  GstElement *(*make) (const char *argument, const PealPictureSize *size, GError **error);
} Kind;

/* --- cameras --- */

static gboolean
is_raw (const GstStructure *structure)
{
  return gst_structure_has_name (structure, "video/x-raw");
}

/* Whether @structure, narrowed to @size, is still as large and nearly as fast. */
static gboolean
reaches (const GstStructure *structure, const PealPictureSize *size)
{
  g_autoptr(GstCaps) one = gst_caps_new_full (gst_structure_copy (structure), NULL);
  gint width = 0, height = 0, numerator = 0, denominator = 1;

  one = gst_caps_fixate (g_steal_pointer (&one));
  GstStructure *fixed = gst_caps_get_structure (one, 0);
  gst_structure_fixate_field_nearest_fraction (fixed, "framerate", (gint) size->fps, 1);
  gst_structure_get_int (fixed, "width", &width);
  gst_structure_get_int (fixed, "height", &height);
  gst_structure_get_fraction (fixed, "framerate", &numerator, &denominator);
  return (guint) width * 10 >= size->width * 8 && (guint) height * 10 >= size->height * 8 &&
         numerator * 10 >= (gint) size->fps * 8 * denominator;
}

/* @structure as near to @size as it comes; owned. */
static GstStructure *
near_to (const GstStructure *structure, const PealPictureSize *size)
{
  GstStructure *copy = gst_structure_copy (structure);

  gst_structure_fixate_field_nearest_int (copy, "width", (gint) size->width);
  gst_structure_fixate_field_nearest_int (copy, "height", (gint) size->height);
  if (gst_structure_has_field (copy, "framerate"))
    gst_structure_fixate_field_nearest_fraction (copy, "framerate", (gint) size->fps, 1);
  return copy;
}

static guint
distance (const GstStructure *structure, const PealPictureSize *size)
{
  gint width = 0, height = 0;

  gst_structure_get_int (structure, "width", &width);
  gst_structure_get_int (structure, "height", &height);
  return (guint) (ABS (width - (gint) size->width) + ABS (height - (gint) size->height));
}

GstCaps *
peal_picture_source_choose (GstCaps *offered, const PealPictureSize *size)
{
  GstStructure *best = NULL;
  guint best_score = G_MAXUINT;

  for (guint i = 0; i < gst_caps_get_size (offered); i++) {
    const GstStructure *one = gst_caps_get_structure (offered, i);
    if (!is_raw (one) && !gst_structure_has_name (one, "image/jpeg"))
      continue;
    GstStructure *candidate = near_to (one, size);
    guint score = distance (candidate, size) * 2 + (reaches (candidate, size) ? 0 : 4000) +
                  !is_raw (candidate);
    if (score < best_score) {
      g_clear_pointer (&best, gst_structure_free);
      best = g_steal_pointer (&candidate);
      best_score = score;
    }
    g_clear_pointer (&candidate, gst_structure_free);
  }
  if (!best)
    return gst_caps_copy (offered);
  if (is_raw (best)) /* whichever of the raw formats the camera likes */
    gst_structure_remove_field (best, "format");
  return gst_caps_new_full (best, NULL);
}

/* Takes @camera, which is READY, and makes it give what suits @size. */
static GstElement *
wrap_camera (GstElement *camera, const PealPictureSize *size, GError **error)
{
  g_autoptr(GstElement) held = gst_object_ref_sink (camera);
  g_autoptr(GstPad) exit = gst_element_get_static_pad (camera, "src");
  g_autoptr(GstCaps) offered = gst_pad_query_caps (exit, NULL);
  g_autoptr(GstCaps) chosen = peal_picture_source_choose (offered, size);
  gboolean jpeg = !gst_caps_is_empty (chosen) && !is_raw (gst_caps_get_structure (chosen, 0));
  GstElement *bin = peal_pipeline_parse (
      jpeg ? "capsfilter name=format ! jpegdec" : "capsfilter name=format", error);

  if (!bin) {
    gst_element_set_state (camera, GST_STATE_NULL);
    return NULL;
  }
  g_object_set (peal_pipeline_element (bin, "format"), "caps", chosen, NULL);
  g_autoptr(GstPad) entry = gst_element_get_static_pad (bin, "sink");
  gst_element_remove_pad (bin, entry);
  gst_bin_add (GST_BIN (bin), camera);
  gst_element_link (camera, peal_pipeline_element (bin, "format"));
  return bin;
}

static GstElement *
make_device (const char *argument, const PealPictureSize *size, GError **error)
{
  PealDeviceChoice choice = { .kind = PEAL_DEVICE_CAMERA, .name = argument };
  GstElement *camera = peal_device_open (&choice, error);

  g_free (choice.plug_in);
  peal_device_let_go (&choice);
  return camera ? wrap_camera (camera, size, error) : NULL;
}

/* --- screens --- */

/* A screen that does not change is still sent, at the rate of a slow film. */
static GstElement *
make_screen (const char *argument, const PealPictureSize *size, GError **error)
{
  const char *display = g_getenv ("DISPLAY");
  g_autofree char *text = g_strdup_printf (
      "ximagesrc use-damage=false show-pointer=true ! capsfilter caps=video/x-raw,framerate=%u/1",
      MIN (size->fps, 15));

  if (!display || !*display) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA,
                 "--video-in screen: DISPLAY names no X11 screen, and screens of Wayland are not "
                 "read: call from an X11 session, or with --video-in test");
    return NULL;
  }
  return peal_pipeline_parse (text, error);
}

/* --- files --- */

/* The first track of pictures is the one that is shown; sound does not fit, and goes nowhere. */
static void
take_track (GstElement *decoder, GstPad *track, gpointer user)
{
  GstElement *entry = user;
  g_autoptr(GstPad) pad = gst_element_get_static_pad (entry, "sink");

  if (!gst_pad_is_linked (pad))
    gst_pad_link (track, pad);
}

/* At the end its last picture stays: it is given again and again, at a pace that the clock keeps,
 * so that a peer that asks for a key frame gets one. On the thread that brings the end. */
static GstPadProbeReturn
stay_at_end (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  const GstClockTime step = 200 * GST_MSECOND;
  GstBuffer *kept = g_object_get_data (G_OBJECT (pad), "last");

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS || !kept)
    return GST_PAD_PROBE_OK;
  g_autoptr(GstBuffer) last = gst_buffer_ref (kept); /* what is given is kept in its place */
  for (GstClockTime at = GST_BUFFER_PTS (last) + step;; at += step) {
    GstBuffer *again = gst_buffer_copy (last);
    GST_BUFFER_PTS (again) = at;
    GST_BUFFER_DURATION (again) = step;
    if (gst_pad_chain (pad, again) != GST_FLOW_OK)
      return GST_PAD_PROBE_DROP;
  }
}

static GstPadProbeReturn
keep_last (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    g_object_set_data_full (G_OBJECT (pad), "last", gst_buffer_ref (buffer),
                            (GDestroyNotify) gst_buffer_unref);
  return GST_PAD_PROBE_OK;
}

static GstElement *
make_file (const char *argument, const PealPictureSize *size, GError **error)
{
  if (!g_file_test (argument, G_FILE_TEST_EXISTS)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_FILE, "--video-in file:%s: there is no such file",
                 argument);
    return NULL;
  }
  GstElement *bin = peal_pipeline_parse ("uridecodebin name=file", error);
  GstElement *tail =
      bin ? peal_pipeline_parse ("videoflip video-direction=auto ! clocksync name=pace", error)
          : NULL;
  if (!tail) {
    g_clear_pointer (&bin, gst_object_unref);
    return NULL;
  }
  GstElement *decoder = peal_pipeline_element (bin, "file");
  g_autofree char *path = g_canonicalize_filename (argument, NULL);
  g_autofree char *uri = gst_filename_to_uri (path, NULL);
  g_autoptr(GstPad) end = gst_element_get_static_pad (tail, "src");
  g_autoptr(GstPad) before =
      gst_element_get_static_pad (peal_pipeline_element (tail, "pace"), "sink");
  gst_bin_add (GST_BIN (bin), tail);
  gst_element_add_pad (bin, gst_ghost_pad_new ("src", end));
  g_signal_connect_object (decoder, "pad-added", G_CALLBACK (take_track), tail, 0);
  gst_pad_add_probe (before, GST_PAD_PROBE_TYPE_BUFFER, keep_last, NULL, NULL);
  gst_pad_add_probe (before, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, stay_at_end, NULL, NULL);
  g_object_set (decoder, "uri", uri, NULL);
  return bin;
}

/* --- the test picture --- */

static void
paint (GstBuffer *buffer, const PealPictureSize *size)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  PealPatternPicture picture = { .width = size->width, .height = size->height };
  PealPattern pattern = { (guint32) GST_BUFFER_OFFSET (buffer) & 0xffffff,
                          (guint32) (g_get_monotonic_time () / 1000) };

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, size->width, size->height);
  if (!gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE))
    return;
  for (guint plane = 0; plane < 3; plane++) {
    picture.planes[plane] = GST_VIDEO_FRAME_PLANE_DATA (&frame, plane);
    picture.strides[plane] = (guint) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, plane);
  }
  peal_pattern_paint (&picture, &pattern);
  gst_video_frame_unmap (&frame);
}

static GstPadProbeReturn
paint_over (GstPad *pad, GstPadProbeInfo *info, gpointer size)
{
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));

  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  paint (buffer, size);
  return GST_PAD_PROBE_OK;
}

static GstElement *
make_test (const char *argument, const PealPictureSize *size, GError **error)
{
  g_autofree char *text = g_strdup_printf (
      "videotestsrc is-live=true pattern=black ! capsfilter name=size "
      "caps=\"video/x-raw,format=I420,width=%u,height=%u,framerate=%u/1,colorimetry=bt601\"",
      size->width, size->height, size->fps);
  GstElement *bin = peal_pipeline_parse (text, error);

  if (!bin)
    return NULL;
  g_autoptr(GstPad) pad = gst_element_get_static_pad (peal_pipeline_element (bin, "size"), "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, paint_over, g_memdup2 (size, sizeof *size),
                     g_free);
  return bin;
}

/* --- the texts --- */

static const Kind kinds[] = {
  { "camera", FALSE, TRUE, make_device }, { "device", TRUE, TRUE, make_device },
  { "screen", FALSE, TRUE, make_screen }, { "file", TRUE, FALSE, make_file },
  { "test", FALSE, FALSE, make_test },    { "none", FALSE, FALSE, NULL },
};

/* The row of @text, and what follows its colon (NULL: no colon). NULL when it fits none. */
static const Kind *
find (const char *text, const char **argument)
{
  const char *colon = strchr (text, ':');
  gsize length = colon ? (gsize) (colon - text) : strlen (text);

  *argument = colon ? colon + 1 : NULL;
  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++)
    if (strlen (kind->word) == length && strncmp (kind->word, text, length) == 0)
      return kind->argument == (colon && colon[1]) && (kind->argument || !colon) ? kind : NULL;
  return NULL;
}

gboolean
peal_picture_source_check (const char *text, GError **error)
{
  const char *argument;

  if (find (text, &argument))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--video-in %s: not one of camera, device:NAME, screen, file:PATH, test, none",
               text);
  return FALSE;
}

char **
peal_picture_source_examples (void)
{
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new ();

  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++)
    if (kind->make && !(kind->device && kind->argument))
      g_strv_builder_add (texts, kind->argument ? "file:/dev/null" : kind->word);
  return g_strv_builder_end (texts);
}

gboolean
peal_picture_source_is_none (const char *text)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  return kind && !kind->make;
}

gboolean
peal_picture_source_is_device (const char *text)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  return kind && kind->device;
}

GstElement *
peal_picture_source_new (const char *text, const PealPictureSize *size, GError **error)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  g_assert (kind && kind->make);
  return kind->make (argument, size, error);
}
