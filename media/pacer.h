/* Packets that wait for their turn, so that a key frame does not leave in one burst.
 *
 * They leave at 2.5 times the bitrate of the picture, or faster where they would wait for more than
 * half a second. What was asked for again goes first. Pure: the time is an argument. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

enum {
  PEAL_PACER_BYTES = 2 * 1024 * 1024, /* that may wait; what comes then is lost */
  PEAL_PACER_WAIT_MS = 500,           /* that the last should wait, at most */
};

typedef struct {
  GQueue first, then; /* of GBytes */
  gsize bytes;        /* that wait */
  double debt;        /* bytes that left and are not paid for yet */
  gint64 at;          /* when that was counted, µs */
  guint bitrate;      /* of the picture, bit/s */
} PealPacer;

/* @bitrate in bit/s, not 0. It may be changed at any time. */
void peal_pacer_init (PealPacer *pacer, guint bitrate);
void peal_pacer_clear (PealPacer *pacer);

/* Takes a copy of a written packet. FALSE: too much waits. */
gboolean peal_pacer_put (PealPacer *pacer, const guint8 *data, gsize length, gboolean first);

/* The packet that leaves at @now, for g_bytes_unref, and whether it was put @first; NULL: none, or
 * not yet. */
GBytes *peal_pacer_take (PealPacer *pacer, gint64 now, gboolean *first);

/* When to ask again, µs; G_MAXINT64: nothing waits. */
gint64 peal_pacer_due (const PealPacer *pacer, gint64 now);
