/* The test picture: what `--video-in test` shows, and how a machine reads it back.
 *
 *   red     | waves that move | green      corners: a quarter of the width, a quarter of the height
 *   --------+-----------------+--------
 *     64 blocks: 4 rows of 16, black (0) or white (1)      from 1/10 to 9/10 of the width and from
 *   --------+-----------------+--------                    1/3 to 2/3 of the height
 *   blue    | waves that move | yellow
 *
 * The blocks, row by row, highest bit first: 24 bits of frame number, 32 bits of milliseconds of
 * the monotonic clock when it was painted, 8 bits of check: the seven bytes before it and 0xa5, all
 * xor-ed. Large enough to come through any encoder at 160x90. Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* I420: luma, and two of chroma with half as many dots each way. */
typedef struct {
  guint8 *planes[3];
  guint strides[3]; /* bytes */
  guint width, height;
} PealPatternPicture;

typedef struct {
  guint32 frame;   /* 24 bits */
  guint32 time_ms; /* of the monotonic clock, modulo 2^32 */
} PealPattern;

typedef enum {
  PEAL_PATTERN_RED = 0,
  PEAL_PATTERN_GREEN,
  PEAL_PATTERN_BLUE,
  PEAL_PATTERN_YELLOW,
  PEAL_PATTERN_N_COLOURS,
  PEAL_PATTERN_NEITHER = PEAL_PATTERN_N_COLOURS,
} PealPatternColour;

void peal_pattern_paint (const PealPatternPicture *picture, const PealPattern *pattern);

/* FALSE: there is no such pattern in @picture. */
gboolean peal_pattern_read (const PealPatternPicture *picture, PealPattern *pattern);

/* What colour the corner of @picture is where @corner belongs: the same, if it is the right way
 * up. */
PealPatternColour peal_pattern_corner (const PealPatternPicture *picture, PealPatternColour corner);
