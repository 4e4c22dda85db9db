/* Whether packets take longer and longer on their way: a queue grows.
 *
 * Pure. The delay-based part of draft-ietf-rmcat-gcc-02 (§5), with a straight line laid through the
 * last delays (as libwebrtc does today) in the place of its Kalman filter: groups of packets that
 * were sent within 5 ms (§5.2), how much longer each took than the one before it (§5.1), the slope
 * of the line, and a threshold that learns from it (§5.4). The two clocks need no common zero. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_RATE_DELAY_POINTS 20

typedef enum {
  PEAL_RATE_NORMAL,
  PEAL_RATE_OVERUSED,  /* a queue grows */
  PEAL_RATE_UNDERUSED, /* one is being emptied */
} PealRateUse;

/* One packet that has arrived. Times in µs, each by the clock of who took it. */
typedef struct {
  gint64 sent, arrived;
  guint bytes;
} PealRatePassage;

typedef struct {
  gint64 first_sent, last_sent, arrived; /* the last of it */
  double shortest_ms;                    /* way, from any zero */
} PealRateGroup;

typedef struct {
  PealRateUse use;
  double queue_ms;  /* how much longer than the shortest way in memory the last group took */
  double level_ms;  /* the same, smoothed */
  double jitter_ms; /* by how much it differs from group to group, on the mean */

  guint n_groups; /* heard since the beginning or a jump of a clock; the last is growing */
  PealRateGroup group, last;  /* that grows, and the one before it */
  gint64 begun;               /* when the first arrived */
  double delay_ms, smooth_ms; /* since then */
  struct {
    double at_ms, delay_ms;
  } points[PEAL_RATE_DELAY_POINTS];
  guint n_points; /* ever */

  double trend;        /* the slope, weighed */
  double threshold_ms; /* of it */
  double over_ms;      /* how long it has been above */
  guint n_over;
  double shortest_ms, shortest_before_ms; /* way, in this half of the memory and before */
  gint64 half;                            /* when this one began, by arrival */
} PealRateDelay;

void peal_rate_delay_init (PealRateDelay *delay);

/* A packet has arrived; in the order of sending or of arrival. */
void peal_rate_delay_hear (PealRateDelay *delay, const PealRatePassage *passage);
