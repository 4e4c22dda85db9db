/* The limits of a picture: what a person may write, and what is refused with a sentence. */
// SPDX-License-Identifier: MIT
#include <glib.h>
#include <string.h>

#include "cli/picture_limits.h"
#include "signaling/event.h"

static void
sizes (void)
{
  static const struct {
    const char *text;
    guint width, height; /* 0: refused */
  } rows[] = {
    { "1280x720", 1280, 720 },
    { "16x16", 16, 16 },
    { "7680x7680", 7680, 7680 },
    { "15x16", 0, 0 },
    { "7681x16", 0, 0 },
    { "1280", 0, 0 },
    { "1280x", 0, 0 },
    { "x720", 0, 0 },
    { "1280x720x3", 0, 0 },
    { "-1280x720", 0, 0 },
    { "1280X720", 0, 0 },
    { "99999999999999999999x16", 0, 0 },
    { "", 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    guint width = 0, height = 0;
    gboolean good = peal_picture_limits_size (rows[i].text, &width, &height, &error);
    g_test_message ("\"%s\"", rows[i].text);
    g_assert_cmpint (good, ==, rows[i].width > 0);
    if (good)
      g_assert_true (width == rows[i].width && height == rows[i].height);
    else
      g_assert_true (g_error_matches (error, PEAL_CAUSE, PEAL_CAUSE_USAGE) &&
                     strstr (error->message, "--size"));
  }
}

static void
rates (void)
{
  static const struct {
    const char *text;
    guint value; /* 1: refused */
  } rows[] = {
    { NULL, 0 },          { "500k", 500000 },
    { "500K", 500000 },   { "1.5M", 1500000 },
    { "300000", 300000 }, { "200M", 200000000 },
    { "201M", 1 },        { "29k", 1 },
    { "0", 1 },           { "-1M", 1 },
    { "1G", 1 },          { "1.5", 1 },
    { "fast", 1 },        { "", 1 },
    { "1e400", 1 },       { "nan", 1 },
    { "1M ", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    guint value = 7;
    gboolean good = peal_picture_limits_rate (rows[i].text, &value, &error);
    g_test_message ("\"%s\"", rows[i].text ? rows[i].text : "(none)");
    g_assert_cmpint (good, ==, rows[i].value != 1);
    if (good)
      g_assert_cmpuint (value, ==, rows[i].value);
    else
      g_assert_true (g_error_matches (error, PEAL_CAUSE, PEAL_CAUSE_USAGE) &&
                     strstr (error->message, "--max-bitrate"));
  }
}

static void
frames (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (peal_picture_limits_fps (1, NULL) && peal_picture_limits_fps (120, NULL));
  g_assert_false (peal_picture_limits_fps (0, NULL));
  g_assert_false (peal_picture_limits_fps (121, &error));
  g_assert_true (g_error_matches (error, PEAL_CAUSE, PEAL_CAUSE_USAGE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/picture-limits/sizes", sizes);
  g_test_add_func ("/cli/picture-limits/rates", rates);
  g_test_add_func ("/cli/picture-limits/frames", frames);
  return g_test_run ();
}
