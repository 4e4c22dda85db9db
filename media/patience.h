/* How long the jitter buffer waits for a late packet: as long as nearly all of the last seconds
 * needed.
 *
 * Pure: the time is an argument. A packet's transit is when it came less when its timestamp says it
 * was said; how much longer that took than the fastest of the last moments is what the buffer has
 * to make up for. These are gathered in a histogram that forgets; the wait covers all but the
 * latest of it, since to wait for each of the last few delays everything. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/packet.h"

#define PEAL_PATIENCE_FIRST_MS   20 /* and the shortest */
#define PEAL_PATIENCE_LONGEST_MS 200

enum { PEAL_PATIENCE_BINS = 50, PEAL_PATIENCE_BIN_MS = 4 };

typedef struct {
  guint clock_rate; /* Hz */
  guint wait_ms;    /* what the buffer should wait */
  gboolean known;   /* what follows is valid */
  guint32 ssrc, timestamp;
  gint64 position;                 /* of @timestamp since the first packet, timestamp units */
  gint64 fastest;                  /* transit, µs: the least of this window */
  gint64 fastest_before;           /* and of the one before it */
  gint64 window;                   /* when this window began, µs */
  gint64 came;                     /* when the last packet did, µs, */
  gint64 late;                     /* and by how much later than the fastest, µs */
  guint beyond;                    /* packets in a row that were later than any wait */
  guint heard;                     /* packets in @bins, as far as it matters */
  double bins[PEAL_PATIENCE_BINS]; /* share of packets that were late by so much */
} PealPatience;

/* @wait_ms: what the buffer waits so far. */
void peal_patience_init (PealPatience *patience, guint clock_rate, guint wait_ms);

/* A packet came at @now (monotonic µs). TRUE: @wait_ms has changed. */
gboolean peal_patience_hear (PealPatience *patience, const PealPacket *packet, gint64 now);

/* When what has @timestamp should be heard, monotonic µs: as if it had been as fast as the fastest,
 * and then waited. Something was heard before. */
gint64 peal_patience_due (const PealPatience *patience, guint32 timestamp);
