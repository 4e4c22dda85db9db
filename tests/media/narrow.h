/* A way with a narrow place in it, in a time of its own: pictures, a voice and a transfer of files
 * pass it at once, and a peer tells of what arrived.
 *
 * What happens on the way is path.h's, the same code that the link laboratory runs. Pictures are
 * steered by PealRate: frames of a size that varies, an encoder that follows with a delay, packets
 * let go at no more than twice the bitrate; feedback each 50 ms. The transfer is as greedy as TCP
 * (NewReno's rules). */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rate.h"
#include "media/rate_receiver.h"

enum { NARROW_SECOND = 1000 * 1000, NARROW_FLOWS = 4 };

typedef enum { NARROW_PICTURE, NARROW_VOICE, NARROW_TRANSFER } NarrowKind;

/* How a picture's peer answers. */
typedef enum {
  NARROW_TELLS_ARRIVALS,  /* transport-wide feedback */
  NARROW_TELLS_ESTIMATES, /* REMB, from PealRateReceiver, and reports */
  NARROW_TELLS_REPORTS,
} NarrowPeer;

typedef struct {
  guint64 sent, arrived, bytes; /* packets, packets, bytes that arrived */
  double way_ms, worst_ms;      /* on the mean and at worst */
} NarrowCount;

typedef struct NarrowWorld NarrowWorld;

NarrowWorld *narrow_new (guint32 seed, const char *words);
void narrow_free (NarrowWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NarrowWorld, narrow_free)

/* The words of path.h, for what enters from now on. */
void narrow_set (NarrowWorld *world, const char *words);

/* A flow begins; its number. */
guint narrow_picture (NarrowWorld *world, const PealBitrates *limits, guint voice, NarrowPeer peer);
guint narrow_voice (NarrowWorld *world);
guint narrow_transfer (NarrowWorld *world);

/* The rate of a picture's flow, to look at or to lie to. */
PealRate *narrow_rate (NarrowWorld *world, guint flow);

/* The peer says nothing any more, or again. */
void narrow_hush (NarrowWorld *world, guint flow, gboolean hush);

gint64 narrow_now (const NarrowWorld *world);
void narrow_run (NarrowWorld *world, gint64 duration);

/* What became of it since it was last asked. */
NarrowCount narrow_count (NarrowWorld *world, guint flow);
