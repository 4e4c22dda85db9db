/* The picture of bench/video.py: painted as it should be seen, and read from what was seen.
 *
 *   bench-video paint WIDTH HEIGHT FPS   YUV4MPEG2 on standard output, a frame when its time has
 * come: the test picture, which tells its number and the time, under a noise that costs an encoder
 * bits as a camera's does bench-video read FILE                a line for each frame of a Matroska
 * file: when it was to be shown (ms since the first), width, height, and what it tells: number and
 * time (ms), -1 where it cannot be read */
// SPDX-License-Identifier: MIT
#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/pattern.h"

enum { NOISE = 7 }; /* of 255, either way */

/* --- painting --- */

static guint32
draw (guint32 *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static void
add_noise (guint8 *luma, gsize n, guint32 *state)
{
  for (gsize i = 0; i < n; i += 4) {
    guint32 bits = draw (state);
    for (guint k = 0; k < 4 && i + k < n; k++, bits >>= 8)
      luma[i + k] = (guint8) CLAMP ((gint) (luma[i + k] + bits % (2 * NOISE + 1)) - NOISE, 16, 235);
  }
}

/* Until nobody reads any more. */
static void
paint (guint width, guint height, guint fps)
{
  gsize luma = (gsize) width * height, size = luma * 3 / 2;
  g_autofree guint8 *bytes = g_malloc (size);
  PealPatternPicture picture = { .planes = { bytes, bytes + luma, bytes + luma * 5 / 4 },
                                 .strides = { width, width / 2, width / 2 },
                                 .width = width,
                                 .height = height };
  guint32 state = 4711;
  gint64 begun = g_get_monotonic_time ();

  printf ("YUV4MPEG2 W%u H%u F%u:1 Ip A1:1 C420jpeg\n", width, height, fps);
  for (;;) {
    gint64 now = g_get_monotonic_time ();
    gint64 number = (now - begun) * fps / G_USEC_PER_SEC;
    PealPattern pattern = { (guint32) number, (guint32) (now / 1000) };
    peal_pattern_paint (&picture, &pattern);
    add_noise (bytes, luma, &state);
    if (fputs ("FRAME\n", stdout) == EOF || fwrite (bytes, size, 1, stdout) != 1 || fflush (stdout))
      return;
    gint64 next = begun + (number + 1) * G_USEC_PER_SEC / fps;
    g_usleep ((gulong) MAX (0, next - g_get_monotonic_time ()));
  }
}

/* --- reading --- */

static void
tell (GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstVideoInfo info;
  GstVideoFrame frame;
  PealPatternPicture picture;
  PealPattern pattern;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ))
    return;
  for (guint plane = 0; plane < 3; plane++) {
    picture.planes[plane] = GST_VIDEO_FRAME_PLANE_DATA (&frame, plane);
    picture.strides[plane] = (guint) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, plane);
  }
  picture.width = (guint) GST_VIDEO_INFO_WIDTH (&info);
  picture.height = (guint) GST_VIDEO_INFO_HEIGHT (&info);
  gboolean readable = peal_pattern_read (&picture, &pattern);
  printf ("%.3f %u %u %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
          (double) GST_BUFFER_PTS (buffer) / GST_MSECOND, picture.width, picture.height,
          readable ? (gint64) pattern.frame : -1, readable ? (gint64) pattern.time_ms : -1);
  gst_video_frame_unmap (&frame);
}

static int
read_file (const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GstElement) pipeline = gst_parse_launch (
      "filesrc name=file ! matroskademux ! decodebin ! videoconvert ! video/x-raw,format=I420 ! "
      "appsink name=frames sync=false",
      &error);

  if (!pipeline) {
    fprintf (stderr, "%s\n", error->message);
    return EXIT_FAILURE;
  }
  g_autoptr(GstElement) file = gst_bin_get_by_name (GST_BIN (pipeline), "file");
  g_autoptr(GstElement) frames = gst_bin_get_by_name (GST_BIN (pipeline), "frames");
  g_object_set (file, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (;;) {
    g_autoptr(GstSample) sample = gst_app_sink_pull_sample (GST_APP_SINK (frames));
    if (!sample)
      break;
    tell (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  if (argc == 5 && strcmp (argv[1], "paint") == 0) {
    paint ((guint) atoi (argv[2]), (guint) atoi (argv[3]), (guint) atoi (argv[4]));
    return EXIT_SUCCESS;
  }
  if (argc == 3 && strcmp (argv[1], "read") == 0)
    return read_file (argv[2]);
  fprintf (stderr, "bench-video paint WIDTH HEIGHT FPS | read FILE\n");
  return EXIT_FAILURE;
}
