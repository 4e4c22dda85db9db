/* What pictures are made of, each part alone: the test picture, characters, formats of a camera,
 * the first bytes of a key frame. */
// SPDX-License-Identifier: MIT
#include <gst/gst.h>

#include "media/codecs.h"
#include "media/easel.h"
#include "media/pattern.h"
#include "media/picture_sink.h"
#include "media/picture_source.h"
#include "media/pipeline.h"
#include "signaling/event.h"

enum { WIDTH = 160, HEIGHT = 90, SEED = 77 };

/* --- the test picture --- */

static void
the_test_picture_is_read_back (void)
{
  guint8 luma[WIDTH * HEIGHT], blue[WIDTH * HEIGHT / 4], red[WIDTH * HEIGHT / 4];
  PealPatternPicture picture = {
    { luma, blue, red }, { WIDTH, WIDTH / 2, WIDTH / 2 }, WIDTH, HEIGHT
  };
  g_autoptr(GRand) chance = g_rand_new_with_seed (SEED);
  PealPattern painted, read;

  for (guint i = 0; i < 50; i++) {
    painted = (PealPattern) { g_rand_int (chance) & 0xffffff, g_rand_int (chance) };
    peal_pattern_paint (&picture, &painted);
    for (guint dot = 0; dot < sizeof luma; dot++) {
      gint spoilt = luma[dot] + g_rand_int_range (chance, -40, 41);
      luma[dot] = (guint8) CLAMP (spoilt, 0, 255);
    }
    g_assert_true (peal_pattern_read (&picture, &read));
    g_assert_cmpuint (read.frame, ==, painted.frame);
    g_assert_cmpuint (read.time_ms, ==, painted.time_ms);
    for (PealPatternColour corner = 0; corner < PEAL_PATTERN_N_COLOURS; corner++)
      g_assert_cmpuint (peal_pattern_corner (&picture, corner), ==, corner);
  }
  memset (luma, 16, sizeof luma);
  g_assert_false (peal_pattern_read (&picture, &read));
  memset (blue, 128, sizeof blue);
  memset (red, 128, sizeof red);
  g_assert_cmpuint (peal_pattern_corner (&picture, PEAL_PATTERN_RED), ==, PEAL_PATTERN_NEITHER);
}

/* --- characters --- */

static const guint8 four[] = { 255, 0, 0,   0,   255, 0, /* red, green */
                               0,   0, 255, 255, 255, 0 };

static void
dots_become_characters (void)
{
  g_autoptr(PealEasel) easel = peal_easel_new (NULL, NULL);

  g_assert_null (peal_easel_rows (easel, 2, 1, PEAL_EASEL_TRUE));
  peal_easel_put (easel, four, 2, 2, 6);
  g_assert_true (peal_easel_is_fresh (easel));
  g_auto(GStrv) rows = peal_easel_rows (easel, 2, 1, PEAL_EASEL_TRUE);
  g_assert_cmpuint (g_strv_length (rows), ==, 1);
  g_assert_cmpstr (rows[0], ==,
                   "\033[38;2;255;0;0;48;2;0;0;255m▀\033[38;2;0;255;0;48;2;255;255;0m▀\033[0m");
  g_assert_false (peal_easel_is_fresh (easel));
  g_auto(GStrv) few = peal_easel_rows (easel, 2, 1, PEAL_EASEL_256);
  g_assert_cmpstr (few[0], ==, "\033[38;5;196;48;5;21m▀\033[38;5;46;48;5;226m▀\033[0m");
  g_auto(GStrv) grey = peal_easel_rows (easel, 2, 1, PEAL_EASEL_GREY);
  g_assert_cmpuint (strlen (grey[0]), ==, 2);
  peal_easel_clear (easel);
  g_assert_null (peal_easel_rows (easel, 2, 1, PEAL_EASEL_TRUE));
}

/* Four dots in a room that is too wide and too high: in the middle, in their shape. */
static void
a_picture_keeps_its_shape (void)
{
  g_autoptr(PealEasel) easel = peal_easel_new (NULL, NULL);

  peal_easel_put (easel, four, 2, 2, 6);
  g_auto(GStrv) wide = peal_easel_rows (easel, 10, 2, PEAL_EASEL_GREY);
  g_assert_cmpuint (g_strv_length (wide), ==, 2);
  g_assert_true (g_str_has_prefix (wide[0], "   ") && g_str_has_suffix (wide[0], "   "));
  g_assert_cmpuint (strlen (wide[0]), ==, 10);
  g_auto(GStrv) high = peal_easel_rows (easel, 4, 6, PEAL_EASEL_GREY);
  g_assert_cmpuint (g_strv_length (high), ==, 6);
  g_assert_cmpstr (high[0], ==, "    ");
  g_assert_cmpstr (high[5], ==, "    ");
}

/* --- cameras --- */

static void
expect_format (const char *offered, const PealPictureSize *size, const char *name, gint width)
{
  g_autoptr(GstCaps) all = gst_caps_from_string (offered);
  g_autoptr(GstCaps) chosen = peal_picture_source_choose (all, size);
  const GstStructure *one = gst_caps_get_structure (chosen, 0);
  gint got = 0;

  g_assert_true (gst_structure_has_name (one, name));
  gst_structure_get_int (one, "width", &got);
  g_assert_cmpint (got, ==, width);
}

/* Raw as long as it is fast enough; a camera on an old bus is only with JPEG. */
static void
a_camera_is_asked_for_what_suits (void)
{
  const PealPictureSize large = { 1280, 720, 30 }, small = { 640, 360, 30 };
  const char *webcam = "video/x-raw,format=YUY2,width=1280,height=720,framerate=10/1;"
                       "video/x-raw,format=YUY2,width=640,height=480,framerate=30/1;"
                       "image/jpeg,width=1280,height=720,framerate=30/1";

  peal_pipeline_init ();
  expect_format (webcam, &large, "image/jpeg", 1280);
  expect_format (webcam, &small, "video/x-raw", 640);
  expect_format ("video/x-raw,width=[16,4096],height=[16,2160],framerate=[0/1,60/1]", &large,
                 "video/x-raw", 1280);
}

/* --- key frames --- */

typedef struct {
  const char *codec, *bytes;
  gsize length;
  gboolean key;
} Case;

static void
key_frames_are_told (void)
{
  static const Case cases[] = {
    { "VP8", "\x10\x10\x02", 3, TRUE },             /* the shortest descriptor */
    { "VP8", "\x10\x11\x02", 3, FALSE },            /* an inter frame */
    { "VP8", "\x00\x10\x02", 3, FALSE },            /* in the middle of one */
    { "VP8", "\x90\x80\x92\x34\x10", 5, TRUE },     /* a long picture id */
    { "VP8", "\x90\xf0\x12\x01\x00\x10", 6, TRUE }, /* with layers */
    { "VP8", "\x90\x80\x92", 3, FALSE },            /* cut short */
    { "VP9", "\x88\x12\x00", 3, TRUE },
    { "VP9", "\xc8\x12\x00", 3, FALSE },
    { "VP9", "\xa8\x12\x02\x00", 4, FALSE }, /* the next layer of a key frame */
    { "H264", "\x67\x42", 2, TRUE },
    { "H264", "\x41\x9a", 2, FALSE },
    { "H264", "\x78\x00\x02\x67\x42\x00\x01\x68", 8, TRUE },
    { "H264", "\x7c\x85\x00", 3, TRUE },
    { "H264", "\x7c\x05\x00", 3, FALSE },
    { "H264", "\x78\xff", 2, FALSE },
  };

  for (const Case *one = cases; one < cases + G_N_ELEMENTS (cases); one++) {
    const PealCodec *codec = peal_codec_find (one->codec);
    g_autofree guint8 *bytes = g_memdup2 (one->bytes, one->length); /* not one more */
    g_test_message ("%s, %" G_GSIZE_FORMAT " bytes", one->codec, one->length);
    g_assert_cmpint (!!codec->key_frame (bytes, one->length), ==, one->key);
  }
}

/* A key frame's header says how large it is: nobody's camera is of 16383 by 16383. */
static void
what_is_too_large_is_left_out (void)
{
  static const Case cases[] = {
    { "VP8", "\x10\x10\x02\x00\x9d\x01\x2a\x80\x02\xe0\x01", 11, TRUE },  /* 640x480 */
    { "VP8", "\x10\x10\x02\x00\x9d\x01\x2a\x00\x50\x00\x90", 11, TRUE },  /* 4096x4096, scaled */
    { "VP8", "\x10\x10\x02\x00\x9d\x01\x2a\xff\x3f\xff\x3f", 11, FALSE }, /* 16383x16383 */
    { "VP8", "\x10\x10\x02\x00\x9d\x01\x2a\xff\x3f\xff", 10, FALSE },     /* it does not say */
    { "VP8", "\x10\x11\x02\x00\x9d\x01\x2a\xff\x3f\xff\x3f", 11, TRUE },  /* of no key frame */
  };

  for (const Case *one = cases; one < cases + G_N_ELEMENTS (cases); one++) {
    g_autofree guint8 *bytes = g_memdup2 (one->bytes, one->length);
    g_assert_cmpint (!!peal_codec_find (one->codec)->bears (bytes, one->length), ==, one->key);
  }
}

static void
any_bytes_may_be_asked_about (void)
{
  g_autoptr(GRand) chance = g_rand_new_with_seed (SEED);

  for (guint i = 0; i < 20000; i++) {
    gsize length = (gsize) g_rand_int_range (chance, 0, 24);
    g_autofree guint8 *bytes = g_malloc (MAX (length, 1));
    for (gsize at = 0; at < length; at++)
      bytes[at] = (guint8) g_rand_int (chance);
    for (const PealCodec *const *codec = peal_picture_codecs; *codec; codec++) {
      (*codec)->key_frame (bytes, length);
      if ((*codec)->bears)
        (*codec)->bears (bytes, length);
    }
  }
}

/* --- texts --- */

static void
texts_are_checked (void)
{
  static const char *const good_in[] = { "camera", "screen", "test", "none", "device:x", "file:a" };
  static const char *const bad_in[] = {
    "", "cam", "camera:", "test:1", "device", "device:", "file"
  };
  static const char *const good_out[] = { "window", "terminal", "none", "file:a.mkv",
                                          "file:a.WEBM" };
  static const char *const bad_out[] = {
    "", "windows", "file:", "file:.mkv", "file:a.mp4", "none:"
  };
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (good_in); i++)
    g_assert_true (peal_picture_source_check (good_in[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad_in); i++)
    g_assert_false (peal_picture_source_check (bad_in[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (good_out); i++)
    g_assert_true (peal_picture_sink_check (good_out[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad_out); i++)
    g_assert_false (peal_picture_sink_check (bad_out[i], NULL));
  g_assert_false (peal_picture_sink_holds ("file:a.webm", peal_codec_find ("H264"), &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture-parts/the_test_picture_is_read_back", the_test_picture_is_read_back);
  g_test_add_func ("/picture-parts/dots_become_characters", dots_become_characters);
  g_test_add_func ("/picture-parts/a_picture_keeps_its_shape", a_picture_keeps_its_shape);
  g_test_add_func ("/picture-parts/a_camera_is_asked", a_camera_is_asked_for_what_suits);
  g_test_add_func ("/picture-parts/key_frames_are_told", key_frames_are_told);
  g_test_add_func ("/picture-parts/what_is_too_large", what_is_too_large_is_left_out);
  g_test_add_func ("/picture-parts/any_bytes", any_bytes_may_be_asked_about);
  g_test_add_func ("/picture-parts/texts_are_checked", texts_are_checked);
  return g_test_run ();
}
