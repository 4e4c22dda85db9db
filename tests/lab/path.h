/* One direction of an emulated link: what becomes of a frame that enters it, by numbers from a
 * seed.
 *
 * Pure: the time is an argument (ns of any clock that only goes forward), so that a test sees hours
 * in a moment. Every frame draws the same amount of random numbers, whatever is set: of the same
 * seed the same frames are lost, also where the delay differs. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct Path Path;

typedef struct {
  guint64 taken, given;  /* frames in and out */
  guint64 lost;          /* by chance, or while it was down */
  guint64 overflowed;    /* the queue before the rate, or the memory of it all, was full */
  guint64 held, doubled; /* by `reorder`, by `dup` */
  guint64 bytes;         /* of the given */
  guint64 late_us; /* how long after its time one was given at worst, since path_forget_late */
} PathCount;

/* A link that does nothing to what passes. */
Path *path_new (guint32 seed);
void path_free (Path *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Path, path_free)

/* Sets what @words say, such as "delay=50 loss=2.5", and leaves the rest; on an error (of the
 * G_OPTION_ERROR domain) nothing is changed. The words, all numbers:
 *
 *   delay MS        every frame takes so long
 *   jitter MS       and up to so much more, each value as likely
 *   overtake 0|1    whether jitter lets frames pass one another (0: they queue, as in a router)
 *   loss PERCENT    lost by chance, each frame for itself
 *   burst_loss PERCENT, burst FRAMES, bad_loss PERCENT
 *                   Gilbert-Elliott: the share of frames in bad times, how many frames one of them
 *                   lasts in the mean, and how many of the frames in it are lost
 *   reorder PERCENT, gap MS
 *                   held back by so much, so that others pass
 *   dup PERCENT     come twice
 *   rate KBIT, queue KBYTE
 *                   the speed (0: any) and what may wait for it, by the sizes of frames
 *   down 0|1        nothing passes
 *   seed N          begins the random numbers anew, in good times
 */
gboolean path_set (Path *path, const char *words, GError **error);

/* A frame enters. */
void path_take (Path *path, GBytes *frame, gint64 now);

/* When the next frame leaves; G_MAXINT64: none is inside. */
gint64 path_due (const Path *path);

/* A frame that has left by @now, in order; (nullable): none has. */
GBytes *path_give (Path *path, gint64 now);

/* Since the beginning. */
const PathCount *path_count (const Path *path);
void path_forget_late (Path *path);
guint path_inside (const Path *path);
