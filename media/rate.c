/* How many bits sound may take, and how much loss to prepare for, by what the peer reports. */
// SPDX-License-Identifier: MIT
#include "media/rate.h"

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
peal_rate_init (PealRate *rate, const PealCodec *codec, guint most_bitrate)
{
  guint most = most_bitrate ? most_bitrate : G_MAXUINT;

  *rate = (PealRate) {
    .limits = { .least = MIN (codec->bitrates.least, most),
                .start = MIN (codec->bitrates.start, most),
                .most = MIN (codec->bitrates.most, most) },
    .clock_rate = codec->clock_rate,
    .loss_percent = LITTLE_LOSS,
    .rtt_ms = -1,
  };
  rate->bitrate = rate->limits.start;
}

/* --- loss --- */

static guint
packets_of (PealRate *rate, const PealRtcpBlock *block)
{
  guint32 packets = rate->known ? block->highest - rate->highest : FIRST_PACKETS;

  rate->highest = block->highest;
  return packets > G_MAXINT32 ? 0 : MIN (packets, MOST_PACKETS);
}

/* Believed within two seconds, forgotten within ten. */
static void
smooth_loss (PealRate *rate, double loss, guint packets)
{
  double weight = packets / (loss > rate->loss ? 100.0 : 400.0);

  rate->loss += (loss - rate->loss) * MIN (weight, 1);
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
expected_loss (const PealRate *rate)
{
  guint needed = steps_of (rate->loss);

  return MAX (needed, MIN (rate->loss_percent, steps_of (rate->loss * 1.2 + 0.003)));
}

/* --- delay --- */

/* By how much longer than its shortest the way has become, ms. */
static double
smooth_delay (PealRate *rate, double rtt_ms, gint64 now)
{
  if (rtt_ms < 0)
    return 0;
  if (rate->rtt_ms < 0) {
    rate->rtt_ms = rate->shortest_ms = rate->shortest_before_ms = rtt_ms;
    rate->window = now;
  }
  rate->rtt_ms += (rtt_ms - rate->rtt_ms) / 4;
  if (now - rate->window >= WINDOW) {
    rate->window = now;
    rate->shortest_before_ms = rate->shortest_ms;
    rate->shortest_ms = rate->rtt_ms;
  }
  rate->shortest_ms = MIN (rate->shortest_ms, rate->rtt_ms);
  return rate->rtt_ms - MIN (rate->shortest_ms, rate->shortest_before_ms);
}

typedef enum { EMPTY, FILLED, FULL } Queue;

/* A net that jitters stretches some round trips without any queue. Very long ones are a queue even
 * if it loses nothing. */
static Queue
judge_queue (const PealRate *rate, double growth_ms, double jitter_ms)
{
  const double noise_ms = 30 + 3 * jitter_ms, lossless_ms = 120;

  if (growth_ms < noise_ms)
    return EMPTY;
  return rate->loss >= 0.02 || growth_ms > noise_ms + lossless_ms ? FULL : FILLED;
}

/* --- bits --- */

static void
back_off (PealRate *rate, gint64 now)
{
  gint64 answer = 2 * (gint64) (rate->rtt_ms * MS); /* before that the last change cannot show */

  if (rate->lowered && now - rate->lowered < MAX (STEP, answer))
    return;
  rate->bitrate = MAX (rate->limits.least, rate->bitrate * 3 / 4);
  rate->lowered = now;
}

static void
climb (PealRate *rate, gint64 now)
{
  double lossy = rate->bitrate > rate->limits.start ? 0.02 : 0.04;
  guint goal = rate->loss >= lossy ? rate->limits.most : rate->limits.start;

  if ((rate->lowered && now - rate->lowered < CALM) || now - rate->raised < STEP)
    return;
  rate->bitrate =
      rate->bitrate > goal ? goal : MIN (goal, rate->bitrate + MAX (1000, rate->bitrate / 16));
  rate->raised = now;
}

gboolean
peal_rate_hear (PealRate *rate, const PealRtcpBlock *block, double rtt_ms, gint64 now)
{
  guint bitrate = rate->bitrate, percent = rate->loss_percent;
  double before_ms = rate->rtt_ms;

  if (rate->known && now - rate->heard < PAUSE)
    return FALSE;
  guint packets = packets_of (rate, block);
  if (packets == 0) /* nothing new */
    return FALSE;
  rate->known = TRUE;
  rate->heard = now;
  smooth_loss (rate, block->fraction / 256.0, packets);
  double growth_ms = smooth_delay (rate, rtt_ms, now);
  double jitter_ms = MIN (block->jitter * 1000.0 / rate->clock_rate, 200);
  Queue queue = judge_queue (rate, growth_ms, jitter_ms);
  if (queue == FULL && rate->rtt_ms >= before_ms) /* else it is being emptied already */
    back_off (rate, now);
  else if (queue == EMPTY)
    climb (rate, now);
  rate->loss_percent = expected_loss (rate);
  if (rate->bitrate < ALWAYS_PROTECTED && rate->loss < 0.01)
    rate->loss_percent = 0;
  return rate->bitrate != bitrate || rate->loss_percent != percent;
}
