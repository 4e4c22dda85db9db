/* When a frame is shown: evenly, though the net is not, and with its sound.
 *
 * Frames come earlier and later than their timestamps say; the line they are shown on lies behind
 * the earliest ones by what lateness was lately. Where it is known when the sound of a frame is
 * heard, the frame waits for it; where sound is earlier, an even line is given up for it, so far
 * that the picture is not behind by more than people notice.
 *
 * Pure: the time is an argument (monotonic µs). */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct {
  gboolean begun;
  guint32 timestamp; /* of the frame before */
  gint64 moment;     /* of it, by the peer's clock, µs */
  gint64 base;       /* from the peer's clock to ours, of the fastest frames, µs */
  gint64 wait;       /* that evens out the others, µs */
  gint64 due;        /* of the frame before */
} PealPace;

enum { PEAL_PACE_NO_SOUND = 0 };

/* When a frame with @timestamp (of a clock of 90 kHz) that is whole at @now is to be shown. @sound:
 * when the sound of its moment is heard; PEAL_PACE_NO_SOUND: not known. Never before @now, nor
 * before the frame before. */
gint64 peal_pace_due (PealPace *pace, guint32 timestamp, gint64 sound, gint64 now);
