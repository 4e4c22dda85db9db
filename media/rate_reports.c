/* What a peer's receiver reports say of the way there: how many bits to send, how much loss to
 * prepare for. */
// SPDX-License-Identifier: MIT
#include "media/rate_reports.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  WINDOW = 30 * SECOND, /* how long a shortest way is remembered, at least */
  CALM = 5 * SECOND,    /* without a full queue before more is tried */
  STEP = 1 * SECOND,    /* between two changes in one direction */
  PAUSE = 100 * MS,     /* between two reports that count: a flood of them changes no more */
};
enum { FIRST_PACKETS = 25, MOST_PACKETS = 500 }; /* that one report counts for */

/* libopus adds data for a lost packet from 40 kbit/s on however little loss it expects, from 20
 * kbit/s on when it expects 10 %, and never below that. */
enum { ALWAYS_PROTECTED = 40000, LITTLE_LOSS = 5, SOME_LOSS = 10, MOST_LOSS = 25 };

void
peal_rate_reports_init (PealRateReports *reports, const PealBitrates *limits, guint clock_rate)
{
  *reports = (PealRateReports) {
    .limits = *limits,
    .clock_rate = clock_rate,
    .bitrate = limits->start,
    .loss_percent = LITTLE_LOSS,
    .rtt_ms = -1,
  };
}

/* --- loss --- */

static guint
packets_of (PealRateReports *reports, const PealRtcpBlock *block)
{
  guint32 packets = reports->known ? block->highest - reports->highest : FIRST_PACKETS;

  reports->highest = block->highest;
  return packets > G_MAXINT32 ? 0 : MIN (packets, MOST_PACKETS);
}

/* Believed within two seconds, forgotten within ten. */
static void
smooth_loss (PealRateReports *reports, double loss, guint packets)
{
  double weight = packets / (loss > reports->loss ? 100.0 : 400.0);

  reports->loss += (loss - reports->loss) * MIN (weight, 1);
}

static guint
steps_of (double loss)
{
  if (loss < 0.01)
    return LITTLE_LOSS;
  return (guint) CLAMP (5 * (int) (loss * 20 + 0.999), SOME_LOSS, MOST_LOSS);
}

/* Up at once, down when it is clear of the step. */
static guint
expected_loss (const PealRateReports *reports)
{
  guint needed = steps_of (reports->loss);

  return MAX (needed, MIN (reports->loss_percent, steps_of (reports->loss * 1.2 + 0.003)));
}

/* --- delay --- */

/* By how much longer than its shortest the way has become, ms. */
static double
smooth_delay (PealRateReports *reports, double rtt_ms, gint64 now)
{
  if (rtt_ms < 0)
    return 0;
  if (reports->rtt_ms < 0) {
    reports->rtt_ms = reports->shortest_ms = reports->shortest_before_ms = rtt_ms;
    reports->window = now;
  }
  reports->rtt_ms += (rtt_ms - reports->rtt_ms) / 4;
  if (now - reports->window >= WINDOW) {
    reports->window = now;
    reports->shortest_before_ms = reports->shortest_ms;
    reports->shortest_ms = reports->rtt_ms;
  }
  reports->shortest_ms = MIN (reports->shortest_ms, reports->rtt_ms);
  return reports->rtt_ms - MIN (reports->shortest_ms, reports->shortest_before_ms);
}

typedef enum { EMPTY, FILLED, FULL } Queue;

/* A net that jitters stretches some round trips without any queue. Very long ones are a queue even
 * if it loses nothing. */
static Queue
judge_queue (const PealRateReports *reports, double growth_ms, double jitter_ms)
{
  const double noise_ms = 30 + 3 * jitter_ms, lossless_ms = 120;

  if (growth_ms < noise_ms)
    return EMPTY;
  return reports->loss >= 0.02 || growth_ms > noise_ms + lossless_ms ? FULL : FILLED;
}

/* --- bits --- */

static void
back_off (PealRateReports *reports, gint64 now)
{
  gint64 answer = 2 * (gint64) (reports->rtt_ms * MS); /* before that the last change cannot show */

  if (reports->lowered && now - reports->lowered < MAX (STEP, answer))
    return;
  reports->bitrate = MAX (reports->limits.least, reports->bitrate * 3 / 4);
  reports->lowered = now;
}

/* Sound needs its first rate, and more only for what protects it from loss; a picture takes all
 * that there is, unless so much is lost that more would be lost too. */
static guint
goal_of (const PealRateReports *reports)
{
  double lossy = reports->bitrate > reports->limits.start ? 0.02 : 0.04;

  if (reports->picture)
    return reports->loss < 0.1 ? reports->limits.most : reports->bitrate;
  return reports->loss >= lossy ? reports->limits.most : reports->limits.start;
}

static void
climb (PealRateReports *reports, gint64 now)
{
  guint goal = goal_of (reports), bitrate = reports->bitrate;
  guint step = MAX (1000, reports->picture ? bitrate / 6 : bitrate / 16);

  if ((reports->lowered && now - reports->lowered < CALM) || now - reports->raised < STEP)
    return;
  reports->bitrate = bitrate > goal ? goal : bitrate + MIN (step, goal - bitrate);
  reports->raised = now;
}

gboolean
peal_rate_reports_hear (PealRateReports *reports, const PealRtcpBlock *block, double rtt_ms,
                        gint64 now)
{
  guint bitrate = reports->bitrate, percent = reports->loss_percent;
  double before_ms = reports->rtt_ms;

  if (reports->known && now - reports->heard < PAUSE)
    return FALSE;
  guint packets = packets_of (reports, block);
  if (packets == 0) /* nothing new */
    return FALSE;
  reports->known = TRUE;
  reports->heard = now;
  smooth_loss (reports, block->fraction / 256.0, packets);
  double growth_ms = smooth_delay (reports, rtt_ms, now);
  double jitter_ms = MIN (block->jitter * 1000.0 / reports->clock_rate, 200);
  Queue queue = judge_queue (reports, growth_ms, jitter_ms);
  if (queue == FULL && reports->rtt_ms >= before_ms) /* else it is being emptied already */
    back_off (reports, now);
  else if (queue == EMPTY)
    climb (reports, now);
  reports->loss_percent = expected_loss (reports);
  if (reports->bitrate < ALWAYS_PROTECTED && reports->loss < 0.01)
    reports->loss_percent = 0;
  return reports->bitrate != bitrate || reports->loss_percent != percent;
}
