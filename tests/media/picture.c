/* Pictures that are checked: the test picture as an easel shows it. */
// SPDX-License-Identifier: MIT
#include "tests/media/picture.h"

/* ITU-R BT.601, studio range. */
static void
convert (const guint8 *rgb, guint8 out[3])
{
  double red = rgb[0], green = rgb[1], blue = rgb[2];

  out[0] = (guint8) (16 + 0.257 * red + 0.504 * green + 0.098 * blue);
  out[1] = (guint8) (128 - 0.148 * red - 0.291 * green + 0.439 * blue);
  out[2] = (guint8) (128 + 0.439 * red - 0.368 * green - 0.071 * blue);
}

static void
see (gpointer user, const guint8 *rgb, guint width, guint height)
{
  PictureSight *sight = user;
  guint half = (width + 1) / 2;
  g_autofree guint8 *luma = g_malloc ((gsize) width * height);
  g_autofree guint8 *blue = g_malloc ((gsize) half * ((height + 1) / 2));
  g_autofree guint8 *red = g_malloc ((gsize) half * ((height + 1) / 2));
  PealPatternPicture picture = { { luma, blue, red }, { width, half, half }, width, height };

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++) {
      guint8 dot[3];
      convert (rgb + ((gsize) y * width + x) * 3, dot);
      luma[(gsize) y * width + x] = dot[0];
      blue[(gsize) (y / 2) * half + x / 2] = dot[1];
      red[(gsize) (y / 2) * half + x / 2] = dot[2];
    }
  sight->width = width;
  sight->height = height;
  sight->read = peal_pattern_read (&picture, &sight->pattern);
  sight->upright = TRUE;
  for (PealPatternColour corner = 0; corner < PEAL_PATTERN_N_COLOURS; corner++)
    sight->upright &= peal_pattern_corner (&picture, corner) == corner;
}

PictureSight
picture_look (PealEasel *easel)
{
  PictureSight sight = { 0 };

  sight.seen = peal_easel_look (easel, see, &sight);
  return sight;
}
