/* Whether packets take longer and longer on their way: a queue grows. */
// SPDX-License-Identifier: MIT
#include "media/rate_delay.h"

#include <math.h>

enum {
  MS = 1000,
  SECOND = 1000 * MS,
  TOGETHER = 5 * MS,   /* sent within that: one group (§5.2) */
  BURST = 100 * MS,    /* longer than that no group lasts, however close its packets come */
  JUMP = 3 * SECOND,   /* of a clock: what was learnt is void */
  MEMORY = 10 * SECOND /* half of that of the shortest way */
};
enum { MOST_DELTAS = 60, GAIN = 4 };

static const double smoothing = 0.9;
static const double first_threshold_ms = 12.5, least_threshold_ms = 6, most_threshold_ms = 600;
/* §5.4: K_u, K_d, for each ms. K_d is between that of the draft, with which a queue is seen too
 * late on narrow ways, and libwebrtc's (0.039), with which a transfer leaves next to nothing. */
static const double learn_up = 0.0087, learn_down = 0.001;
static const double outlier_ms = 15; /* that much above the threshold teaches nothing (§5.4) */
static const double overuse_ms = 10; /* so long above it is believed (§5.3) */
static const double longest_turn_ms = 100;

void
peal_rate_delay_init (PealRateDelay *delay)
{
  *delay = (PealRateDelay) { .threshold_ms = first_threshold_ms };
}

/* @to − @from as far as it can be said: peers name any 64 bits. */
static gint64
between (gint64 from, gint64 to)
{
  gint64 difference;

  if (__builtin_sub_overflow (to, from, &difference))
    return to > from ? G_MAXINT64 / 4 : G_MININT64 / 4;
  return CLAMP (difference, G_MININT64 / 4, G_MAXINT64 / 4);
}

static double
way_of (const PealRatePassage *passage)
{
  return (double) between (passage->sent, passage->arrived) / MS;
}

/* --- the line through the delays --- */

/* Least squares: ms of delay for each ms of time. */
static double
slope_of (const PealRateDelay *delay)
{
  guint n = MIN (delay->n_points, PEAL_RATE_DELAY_POINTS);
  double at = 0, value = 0, both = 0, square = 0;

  for (guint i = 0; i < n; i++) {
    at += delay->points[i].at_ms / n;
    value += delay->points[i].delay_ms / n;
  }
  for (guint i = 0; i < n; i++) {
    double x = delay->points[i].at_ms - at;
    both += x * (delay->points[i].delay_ms - value);
    square += x * x;
  }
  return square > 0 ? both / square : 0;
}

/* §5.4: it follows the trend, upward more slowly, so that a flow that does not care for delay
 * cannot starve this one. */
static void
learn_threshold (PealRateDelay *delay, double trend, double turn_ms)
{
  double size = fabs (trend);

  if (size > delay->threshold_ms + outlier_ms)
    return;
  double speed = size < delay->threshold_ms ? learn_down : learn_up;
  delay->threshold_ms += speed * (size - delay->threshold_ms) * MIN (turn_ms, longest_turn_ms);
  delay->threshold_ms = CLAMP (delay->threshold_ms, least_threshold_ms, most_threshold_ms);
}

/* A way that jitters is long now and then without any queue. */
static gboolean
is_beyond_jitter (const PealRateDelay *delay)
{
  return delay->level_ms > 5 + 2.5 * delay->jitter_ms;
}

static void
judge (PealRateDelay *delay, double trend, double turn_ms)
{
  if (trend > delay->threshold_ms) {
    delay->over_ms += turn_ms;
    delay->n_over++;
    if (delay->over_ms > overuse_ms && delay->n_over > 1 && trend >= delay->trend &&
        is_beyond_jitter (delay))
      delay->use = PEAL_RATE_OVERUSED;
  } else {
    delay->over_ms = 0;
    delay->n_over = 0;
    delay->use = trend < -delay->threshold_ms ? PEAL_RATE_UNDERUSED : PEAL_RATE_NORMAL;
  }
  learn_threshold (delay, trend, turn_ms);
  delay->trend = trend;
}

/* --- groups --- */

static void
remember_shortest (PealRateDelay *delay)
{
  double way_ms = delay->group.shortest_ms;

  if (delay->n_groups == 1) {
    delay->half = delay->group.arrived;
    delay->shortest_ms = delay->shortest_before_ms = way_ms;
  } else if (delay->group.arrived - delay->half > MEMORY) {
    delay->half = delay->group.arrived;
    delay->shortest_before_ms = delay->shortest_ms;
    delay->shortest_ms = way_ms;
  }
  delay->shortest_ms = MIN (delay->shortest_ms, way_ms);
  double queue_ms = way_ms - MIN (delay->shortest_ms, delay->shortest_before_ms);
  delay->jitter_ms += (fabs (queue_ms - delay->queue_ms) - delay->jitter_ms) / 16;
  delay->level_ms += (queue_ms - delay->level_ms) / 4;
  delay->queue_ms = queue_ms;
}

static void
end_group (PealRateDelay *delay)
{
  remember_shortest (delay);
  if (delay->n_groups == 1)
    delay->begun = delay->group.arrived;
  if (delay->n_groups > 1) {
    double took_ms = (double) (delay->group.arrived - delay->last.arrived) / MS;
    double sent_ms = (double) (delay->group.last_sent - delay->last.last_sent) / MS;
    delay->delay_ms += took_ms - sent_ms;
    delay->smooth_ms = smoothing * delay->smooth_ms + (1 - smoothing) * delay->delay_ms;
    guint i = delay->n_points++ % PEAL_RATE_DELAY_POINTS;
    delay->points[i].at_ms = (double) (delay->group.arrived - delay->begun) / MS;
    delay->points[i].delay_ms = delay->smooth_ms;
    double trend = delay->n_points > 1 ? slope_of (delay) : 0;
    judge (delay, MIN (delay->n_points, MOST_DELTAS) * trend * GAIN, sent_ms);
  }
  delay->last = delay->group;
}

static void
begin_group (PealRateDelay *delay, const PealRatePassage *passage)
{
  delay->n_groups++;
  delay->group = (PealRateGroup) { .first_sent = passage->sent,
                                   .last_sent = passage->sent,
                                   .arrived = passage->arrived,
                                   .shortest_ms = way_of (passage) };
}

/* What waited together and was let go at once, as a radio does it, says nothing in its details. */
static gboolean
is_burst (const PealRateDelay *delay, const PealRatePassage *passage)
{
  gint64 arrived = passage->arrived - delay->group.arrived;
  gint64 sent = passage->sent - delay->group.last_sent;

  return arrived <= TOGETHER && arrived < sent && passage->sent - delay->group.first_sent < BURST;
}

void
peal_rate_delay_hear (PealRateDelay *delay, const PealRatePassage *passage)
{
  gint64 sent = delay->n_groups ? between (delay->group.last_sent, passage->sent) : 0;
  gint64 arrived = delay->n_groups ? between (delay->group.arrived, passage->arrived) : 0;

  if (ABS (sent) > JUMP || ABS (arrived) > JUMP || delay->n_groups == G_MAXUINT) {
    double threshold_ms = delay->threshold_ms;
    peal_rate_delay_init (delay);
    delay->threshold_ms = threshold_ms;
  }
  if (delay->n_groups == 0) {
    begin_group (delay, passage);
    return;
  }
  if (passage->sent < delay->group.first_sent) /* overtaken by a whole group */
    return;
  if (passage->sent - delay->group.first_sent > TOGETHER && !is_burst (delay, passage)) {
    end_group (delay);
    begin_group (delay, passage);
    return;
  }
  delay->group.last_sent = MAX (delay->group.last_sent, passage->sent);
  delay->group.arrived = MAX (delay->group.arrived, passage->arrived);
  delay->group.shortest_ms = MIN (delay->group.shortest_ms, way_of (passage));
}
