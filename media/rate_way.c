/* How many bits a way carries, by when packets departed and when they arrived. */
// SPDX-License-Identifier: MIT
#include "media/rate_way.h"

#include <math.h>

enum { MS = 1000, SECOND = 1000 * MS };
enum { EMPTYING = 2 * SECOND, LONG_QUEUE_MS = 80 };
enum { LONG_WINDOW_MS = 500, SHORT_WINDOW_MS = 200 }; /* of what arrives: for more, for less */
enum { STANDING = SECOND, STANDING_QUEUE_MS = 150, TRIALS = 4 * SECOND };
enum { PACKET = 1200 * 8 };

static const double back = 0.85;   /* §5.5: beta */
static const double slowly = 0.08; /* more each second: §5.5's eta */
static const double fastest = 0.7; /* after some calm seconds */
static const double ahead = 1.5;   /* times what arrives: more is not believed (§5.5) */
static const double ahead_at_start = 2.0;

void
peal_rate_way_init (PealRateWay *way, const PealRateBounds *bounds)
{
  *way = (PealRateWay) {
    .bitrate = bounds->start,
    .bounds = *bounds,
    .estimate = bounds->start,
    .rtt_ms = 100,
    .starting = TRUE,
  };
  peal_rate_delay_init (&way->delay);
  peal_rate_acked_init (&way->acked);
}

void
peal_rate_way_round_trip (PealRateWay *way, double rtt_ms)
{
  way->rtt_ms += (CLAMP (rtt_ms, 0, 2000) - way->rtt_ms) / 4;
}

void
peal_rate_way_hear (PealRateWay *way, const PealRatePassage *passage)
{
  peal_rate_acked_hear (&way->acked, passage->arrived, passage->bytes);
  peal_rate_delay_hear (&way->delay, passage);
}

/* --- less --- */

static void
learn_ceiling (PealRateWay *way, double arriving)
{
  if (way->ceiling == 0) {
    way->ceiling = arriving;
    way->spread = 0.05;
    return;
  }
  double off = arriving / way->ceiling - 1;
  if (fabs (off) > 3 * way->spread) { /* another way */
    way->ceiling = arriving;
    way->spread = 0.05;
  } else {
    way->ceiling *= 1 + 0.1 * off;
    way->spread = CLAMP (way->spread + 0.1 * (fabs (off) - way->spread), 0.03, 0.15);
  }
}

static void
lower (PealRateWay *way, double arriving, gint64 now)
{
  gint64 answer = (gint64) (way->rtt_ms * MS) + 300 * MS; /* before that the last one cannot show */
  gboolean much = back * arriving < 0.7 * way->estimate;

  way->calm = now;
  if (arriving <= 0 || (way->lowered && now - way->lowered < answer && !much))
    return;
  learn_ceiling (way, arriving);
  way->estimate = MIN (way->estimate, back * arriving);
  way->starting = FALSE;
  way->lowered = now;
}

/* A queue that stands and neither grows nor shrinks is ours, or somebody's who will fill it again:
 * only trying tells, so it is tried now and then. */
static gboolean
is_tired_of_queue (PealRateWay *way, gint64 now)
{
  if (way->delay.queue_ms < STANDING_QUEUE_MS)
    way->stands = now;
  if (now - way->stands < STANDING || (way->emptied && now - way->emptied < TRIALS))
    return FALSE;
  way->emptied = way->stands = now;
  return TRUE;
}

/* --- more --- */

/* Of the estimate, each second. */
static double
growth_of (const PealRateWay *way, gint64 now)
{
  double calm = (double) (now - way->calm) / SECOND;

  if (way->starting)
    return 1;
  return MIN (fastest, slowly * exp2 (calm));
}

static gboolean
is_near_ceiling (const PealRateWay *way)
{
  return way->ceiling > 0 && fabs (way->estimate / way->ceiling - 1) < MAX (3 * way->spread, 0.15);
}

static void
raise_by (PealRateWay *way, double arriving, gint64 now)
{
  double turn = (double) MIN (now - way->decided, SECOND / 2) / SECOND;
  double most = (way->starting ? ahead_at_start : ahead) * arriving + 10000;
  double more;

  if (is_near_ceiling (way)) {
    more =
        MIN (PACKET / (way->rtt_ms / 1000 + 0.1), way->estimate * way->estimate / 2500000) * turn;
    way->calm = now;
  } else {
    if (way->estimate > way->ceiling)
      way->ceiling = 0;
    more = way->estimate * (pow (1 + growth_of (way, now), turn) - 1);
  }
  way->estimate = MAX (way->estimate, MIN (way->estimate + more, most));
}

/* --- both --- */

/* Less than the estimate while a queue is long that grew: its bits leave within a second. */
static double
emptying (const PealRateWay *way, gint64 now)
{
  if (!way->lowered || now - way->lowered > EMPTYING || way->delay.queue_ms < LONG_QUEUE_MS)
    return 1;
  return CLAMP (1 - (way->delay.queue_ms - LONG_QUEUE_MS) / 1000, 0.4, 1);
}

static void
settle (PealRateWay *way, gint64 now)
{
  way->estimate = CLAMP (way->estimate, way->bounds.least, way->bounds.most);
  way->bitrate = MAX (way->bounds.least, way->estimate * emptying (way, now));
}

void
peal_rate_way_decide (PealRateWay *way, double beside, gint64 now)
{
  double soon = peal_rate_acked_in (&way->acked, SHORT_WINDOW_MS) + beside;
  double lately = peal_rate_acked_in (&way->acked, LONG_WINDOW_MS) + beside;

  if (!way->decided)
    way->decided = way->calm = way->stands = now;
  if (way->delay.use == PEAL_RATE_OVERUSED || is_tired_of_queue (way, now))
    lower (way, MIN (soon, lately), now);
  else if (way->delay.use == PEAL_RATE_UNDERUSED)
    way->calm = now;
  else
    raise_by (way, lately, now);
  way->decided = now;
  settle (way, now);
}

void
peal_rate_way_halve (PealRateWay *way, gint64 now)
{
  way->starting = FALSE;
  way->calm = way->lowered = now;
  way->estimate /= 2;
  settle (way, now);
}
