/* Reading the limits of a picture. */
// SPDX-License-Identifier: MIT
#include "cli/picture_limits.h"

#include <math.h>
#include <string.h>

#include "signaling/event.h"

static gboolean
side (const char *text, guint *value)
{
  guint64 read;

  if (!g_ascii_string_to_unsigned (text, 10, PEAL_PICTURE_SIDE_LEAST, PEAL_PICTURE_SIDE_MOST, &read,
                                   NULL))
    return FALSE;
  *value = (guint) read;
  return TRUE;
}

gboolean
peal_picture_limits_size (const char *text, guint *width, guint *height, GError **error)
{
  g_auto(GStrv) sides = g_strsplit (text, "x", 3);

  if (g_strv_length (sides) == 2 && side (sides[0], width) && side (sides[1], height))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--size %s: say WIDTHxHEIGHT, each from %d to %d, such as 1280x720", text,
               PEAL_PICTURE_SIDE_LEAST, PEAL_PICTURE_SIDE_MOST);
  return FALSE;
}

/* 0: it is none. */
static double
unit (const char *text)
{
  static const struct {
    const char *text;
    double value;
  } units[] = { { "", 1 }, { "k", 1e3 }, { "K", 1e3 }, { "M", 1e6 } };

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (!strcmp (text, units[i].text))
      return units[i].value;
  return 0;
}

gboolean
peal_picture_limits_rate (const char *text, guint *bitrate, GError **error)
{
  char *end = NULL;

  *bitrate = 0;
  if (!text)
    return TRUE;
  double number = g_ascii_isdigit (*text) ? g_ascii_strtod (text, &end) : 0;
  double value = end ? number * unit (end) : 0;
  if (isfinite (value) && value >= PEAL_PICTURE_RATE_LEAST && value <= PEAL_PICTURE_RATE_MOST) {
    *bitrate = (guint) value;
    return TRUE;
  }
  g_set_error (
      error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
      "--max-bitrate %s: say how many bits a second, from 30k to 200M, such as 500k or 1.5M", text);
  return FALSE;
}

gboolean
peal_picture_limits_fps (int fps, GError **error)
{
  if (fps >= 1 && fps <= PEAL_PICTURE_FPS_MOST)
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "--fps %d: say a number from 1 to %d", fps,
               PEAL_PICTURE_FPS_MOST);
  return FALSE;
}
