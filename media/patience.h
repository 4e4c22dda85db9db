/* How long the jitter buffer waits for a late packet: little at first, more as soon as the net
 * shows that it needs more, less again after a calm time.
 *
 * Pure: the time is an argument. A packet's transit is when it came less when its timestamp says it
 * was said; how much longer that took than the fastest of late is what the buffer has to make up
 * for. This is known when the packet comes, so that the wait grows before packets are too late, or
 * with the first one that is, which the decoder conceals. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/packet.h"

#define PEAL_PATIENCE_FIRST_MS   20
#define PEAL_PATIENCE_LONGEST_MS 200

typedef struct {
  guint clock_rate; /* Hz */
  guint wait_ms;    /* what the buffer should wait */
  gboolean known;   /* what follows is valid */
  guint32 ssrc, timestamp;
  gint64 position;       /* of @timestamp since the first packet, timestamp units */
  gint64 fastest;        /* transit, µs: the least of this window */
  gint64 fastest_before; /* and of the one before it */
  gint64 window;         /* when this window began, µs */
  gint64 stepped;        /* when the wait last grew, µs */
  gint64 calm;           /* since when @worst counts, µs */
  gint64 worst;          /* lateness, µs */
} PealPatience;

/* @wait_ms: what the buffer waits so far. */
void peal_patience_init (PealPatience *patience, guint clock_rate, guint wait_ms);

/* A packet came at @now (monotonic µs). TRUE: @wait_ms has changed. */
gboolean peal_patience_hear (PealPatience *patience, const PealPacket *packet, gint64 now);
