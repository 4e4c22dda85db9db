/* How many bits a way carries, by when packets departed and when they arrived.
 *
 * Pure. At the start the estimate doubles each second; the first queue that grows ends that. From
 * then on draft-ietf-rmcat-gcc-02 §5.5: 0.85 times of what arrives when a queue grows, steps of a
 * packet each round trip where one grew the last time, a share more each second elsewhere; the
 * longer nothing speaks against it, the larger a share. A queue that has grown long is emptied by
 * sending still less for a moment. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rate_acked.h"
#include "media/rate_delay.h"

typedef struct {
  double least, start, most; /* bit/s */
} PealRateBounds;

typedef struct {
  double bitrate; /* bit/s: the estimate, or less while a queue is emptied */
  PealRateBounds bounds;
  PealRateDelay delay;
  PealRateAcked acked;
  double estimate; /* bit/s */
  double ceiling;  /* what arrived when a queue grew, bit/s, smoothed; 0: not known */
  double spread;   /* its deviation, as a share of it */
  double rtt_ms;   /* smoothed */
  gboolean starting;
  gint64 decided, lowered, calm; /* when it last was, µs; since when nothing speaks against more */
  gint64 stands, emptied;        /* since when a queue does; when it last was emptied on trial; 0 */
} PealRateWay;

void peal_rate_way_init (PealRateWay *way, const PealRateBounds *bounds);

void peal_rate_way_round_trip (PealRateWay *way, double rtt_ms);

/* A packet has arrived. */
void peal_rate_way_hear (PealRateWay *way, const PealRatePassage *passage);

/* After some packets were heard. @beside: bit/s on the way that it does not hear of. */
void peal_rate_way_decide (PealRateWay *way, double beside, gint64 now);

/* Nothing is heard any more. */
void peal_rate_way_halve (PealRateWay *way, gint64 now);
