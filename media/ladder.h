/* How large and how fluent a picture should be for the bits that it may take.
 *
 * Pure: the time is an argument, monotonic µs. Sharp and small is better than large and blurred; so
 * the size goes down first, and the frames a second only on the lowest rungs, where a picture that
 * is smaller still would show nobody. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* What the source gives, and the user allows. */
typedef struct {
  guint width, height, fps; /* 0: 1280, 720, 30 */
} PealLadderCaps;

typedef struct {
  guint width, height; /* even, of the source's shape, never larger than it */
  guint fps;           /* never more than its */
  guint rung;          /* 0: the lowest */
  gint64 changed;      /* when a rung last was left, or it began, µs */
  gboolean risen;      /* a rung has been left upward */
} PealLadder;

/* Begins on the rung for @bitrate (bit/s). */
void peal_ladder_init (PealLadder *ladder, const PealLadderCaps *caps, guint bitrate, gint64 now);

/* @bitrate may be taken now: to be called with each new one, and each second or so. Goes down when
 * a fifth is missing of what the rung needs, at most once a second; up where a tenth is left over,
 * 4 s after the last change (the first time 2 s); as many rungs as need be at a time. TRUE: width,
 * height or fps have changed. */
gboolean peal_ladder_step (PealLadder *ladder, const PealLadderCaps *caps, guint bitrate,
                           gint64 now);
