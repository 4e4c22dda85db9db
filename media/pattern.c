/* The test picture: painted, and read back. */
// SPDX-License-Identifier: MIT
#include "media/pattern.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 4, COLUMNS = 16, BITS = ROWS * COLUMNS };
enum { BLACK = 16, WHITE = 235, GREY = 128 }; /* of ITU-R BT.601, studio range */
enum { CHECK = 0xa5 };

static const guint8 colours[PEAL_PATTERN_N_COLOURS][3] = {
  [PEAL_PATTERN_RED] = { 81, 90, 240 },
  [PEAL_PATTERN_GREEN] = { 145, 54, 34 },
  [PEAL_PATTERN_BLUE] = { 41, 240, 110 },
  [PEAL_PATTERN_YELLOW] = { 210, 16, 146 },
};

typedef struct {
  guint x, y, width, height; /* dots of luma */
} Area;

static void
fill (const PealPatternPicture *picture, guint plane, Area area, guint8 value)
{
  guint half = plane > 0;

  for (guint y = area.y >> half; y < (area.y + area.height) >> half; y++)
    memset (picture->planes[plane] + (gsize) y * picture->strides[plane] + (area.x >> half), value,
            (area.width >> half));
}

static guint8
mean (const PealPatternPicture *picture, guint plane, Area area)
{
  guint half = plane > 0, sum = 0, count = 0;

  for (guint y = area.y >> half; y < (area.y + area.height) >> half; y++)
    for (guint x = area.x >> half; x < (area.x + area.width) >> half; x++, count++)
      sum += picture->planes[plane][(gsize) y * picture->strides[plane] + x];
  return (guint8) (count ? sum / count : 0);
}

static Area
corner_of (const PealPatternPicture *picture, PealPatternColour corner)
{
  guint width = picture->width / 4 & ~1u, height = picture->height / 4 & ~1u;
  gboolean right = corner == PEAL_PATTERN_GREEN || corner == PEAL_PATTERN_YELLOW;
  gboolean low = corner >= PEAL_PATTERN_BLUE;

  return (Area) { right ? (picture->width - width) & ~1u : 0,
                  low ? (picture->height - height) & ~1u : 0, width, height };
}

static Area
block_of (const PealPatternPicture *picture, guint bit)
{
  guint row = bit / COLUMNS, column = bit % COLUMNS;
  guint left = picture->width * (COLUMNS + column * 8) / (COLUMNS * 10);
  guint right = picture->width * (COLUMNS + (column + 1) * 8) / (COLUMNS * 10);
  guint top = picture->height * (ROWS + row) / (ROWS * 3);
  guint bottom = picture->height * (ROWS + row + 1) / (ROWS * 3);

  return (Area) { left, top, right - left, bottom - top };
}

/* The middle of @area, where its neighbours do not reach. */
static Area
inside (Area area)
{
  return (Area) { area.x + area.width / 4, area.y + area.height / 4, MAX (area.width / 2, 1),
                  MAX (area.height / 2, 1) };
}

static guint64
bits_of (const PealPattern *pattern)
{
  guint64 bits = (guint64) (pattern->frame & 0xffffff) << 40 | (guint64) pattern->time_ms << 8;
  guint8 check = CHECK;

  for (guint shift = 8; shift < BITS; shift += 8)
    check ^= (guint8) (bits >> shift);
  return bits | check;
}

/* --- painting --- */

static void
paint_waves (const PealPatternPicture *picture, guint32 frame)
{
  for (guint x = 0; x < picture->width; x++) {
    guint phase = (x * 640 / picture->width + frame * 8) & 255;
    picture->planes[0][x] = (guint8) (64 + (phase < 128 ? phase : 255 - phase));
  }
  for (guint y = 1; y < picture->height; y++)
    memcpy (picture->planes[0] + (gsize) y * picture->strides[0], picture->planes[0],
            picture->width);
  for (guint plane = 1; plane < 3; plane++)
    for (guint y = 0; y < (picture->height + 1) / 2; y++)
      memset (picture->planes[plane] + (gsize) y * picture->strides[plane], GREY,
              (picture->width + 1) / 2);
}

void
peal_pattern_paint (const PealPatternPicture *picture, const PealPattern *pattern)
{
  guint64 bits = bits_of (pattern);

  paint_waves (picture, pattern->frame);
  for (PealPatternColour corner = 0; corner < PEAL_PATTERN_N_COLOURS; corner++)
    for (guint plane = 0; plane < 3; plane++)
      fill (picture, plane, corner_of (picture, corner), colours[corner][plane]);
  for (guint bit = 0; bit < BITS; bit++)
    fill (picture, 0, block_of (picture, bit), bits >> (BITS - 1 - bit) & 1 ? WHITE : BLACK);
}

/* --- reading --- */

gboolean
peal_pattern_read (const PealPatternPicture *picture, PealPattern *pattern)
{
  guint64 bits = 0;

  if (picture->width < COLUMNS * 4 || picture->height < ROWS * 6)
    return FALSE;
  for (guint bit = 0; bit < BITS; bit++)
    bits = bits << 1 | (mean (picture, 0, inside (block_of (picture, bit))) > GREY);
  *pattern = (PealPattern) { (guint32) (bits >> 40), (guint32) (bits >> 8) };
  return bits_of (pattern) == bits;
}

PealPatternColour
peal_pattern_corner (const PealPatternPicture *picture, PealPatternColour corner)
{
  enum { NEAR = 90 }; /* in sum: compression and other matrices of colours take their share */
  Area area = inside (corner_of (picture, corner));
  guint best = NEAR;
  PealPatternColour found = PEAL_PATTERN_NEITHER;

  for (PealPatternColour colour = 0; colour < PEAL_PATTERN_N_COLOURS; colour++) {
    guint apart = 0;
    for (guint plane = 0; plane < 3; plane++)
      apart += (guint) abs (mean (picture, plane, area) - colours[colour][plane]);
    if (apart < best) {
      best = apart;
      found = colour;
    }
  }
  return found;
}
