/* How many bits may be sent, and how much loss to prepare for, by what the peer tells. */
// SPDX-License-Identifier: MIT
#include "media/rate.h"

#include <math.h>

enum { MS = 1000, PATIENCE = 1500 * MS }; /* with feedback that does not come */
enum { EXCUSED = 2500 * MS };             /* loss, after less was sent for a queue */
enum { SECOND = 1000 * MS, CROWD = 3 * SECOND, CROWD_QUEUE_MS = 250 };
enum { FIRST_PAUSE = 5 * SECOND, LONGEST_PAUSE = 40 * SECOND, WELL = 20 * SECOND };
enum { MOST_MEASURED = 100 * 1000 * 1000 }; /* bit/s, whatever a peer tells */

void
peal_rate_init (PealRate *rate, const PealCodec *codec, guint most_bitrate)
{
  guint most = most_bitrate ? most_bitrate : G_MAXUINT;

  *rate = (PealRate) {
    .limits = { .least = MIN (codec->bitrates.least, most),
                .start = MIN (codec->bitrates.start, most),
                .most = MIN (codec->bitrates.most, most) },
    .remb = INFINITY,
  };
  peal_rate_reports_init (&rate->reports, &rate->limits, codec->clock_rate);
  rate->bitrate = rate->reports.bitrate;
  rate->loss_percent = rate->reports.loss_percent;
}

void
peal_rate_init_picture (PealRate *rate, const PealBitrates *limits, guint voice)
{
  const guint clock_rate = 90000; /* of every picture (RFC 3551 §5) */

  g_assert (0 < limits->least && limits->least <= limits->start && limits->start <= limits->most);
  *rate = (PealRate) {
    .limits = *limits,
    .picture = TRUE,
    .voice = voice,
    .remb = INFINITY,
  };
  peal_rate_reports_init (&rate->reports, limits, clock_rate);
  rate->reports.picture = TRUE;
  rate->bitrate = limits->start;
  rate->loss_percent = 0;
  rate->reports.loss_percent = 0;
  double beside = voice;
  peal_rate_way_init (&rate->way,
                      &(PealRateBounds) { .least = limits->least + beside,
                                          .start = limits->start + beside,
                                          .most = MIN (limits->most + beside, MOST_MEASURED) });
  peal_rate_loss_init (&rate->loss);
}

/* --- what all of it comes to --- */

/* Of all that is sent on the way. */
static double
allowed (const PealRate *rate)
{
  double most = rate->remb;

  if (rate->measured)
    most = MIN (most, MIN (rate->way.bitrate, rate->loss.bound));
  else if (isinf (rate->remb))
    most = rate->reports.bitrate + (double) rate->voice;
  else
    most = MIN (most, rate->loss.bound);
  return most;
}

static gboolean
settle (PealRate *rate)
{
  guint bitrate = rate->bitrate, percent = rate->loss_percent;

  if (rate->picture)
    rate->bitrate =
        (guint) CLAMP (allowed (rate) - rate->voice, rate->limits.least, rate->limits.most);
  else
    rate->bitrate = rate->reports.bitrate;
  rate->loss_percent = rate->picture && rate->measured ? (guint) lround (100 * rate->loss.smoothed)
                                                       : rate->reports.loss_percent;
  return rate->bitrate != bitrate || rate->loss_percent != percent;
}

/* --- pauses --- */

static void
begin_pause (PealRate *rate, gint64 now)
{
  if (!rate->pause || now - rate->resumed > WELL)
    rate->pause = FIRST_PAUSE;
  rate->paused = TRUE;
  rate->crowded = 0;
  rate->resume = now + rate->pause;
  rate->pause = MIN (2 * rate->pause, LONGEST_PAUSE);
}

/* Where a queue stands though no less can be sent, the voice waits in it. */
static gboolean
watch_crowd (PealRate *rate, gint64 now)
{
  gboolean crowded = rate->voice && rate->bitrate == rate->limits.least &&
                     rate->way.delay.queue_ms > CROWD_QUEUE_MS;

  if (!crowded)
    rate->crowded = 0;
  else if (!rate->crowded)
    rate->crowded = now;
  if (!crowded || rate->paused || now - rate->crowded < CROWD)
    return FALSE;
  begin_pause (rate, now);
  return TRUE;
}

/* --- what the peer tells --- */

gboolean
peal_rate_hear (PealRate *rate, const PealRtcpBlock *block, double rtt_ms, gint64 now)
{
  guint32 before = rate->reports.highest;
  gboolean known = rate->reports.known;

  peal_rate_reports_hear (&rate->reports, block, rtt_ms, now);
  if (rate->picture && rtt_ms >= 0)
    peal_rate_way_round_trip (&rate->way, rtt_ms);
  guint32 packets = block->highest - before;
  if (rate->picture && !rate->measured && known && packets > 0 && packets < G_MAXUINT16) {
    peal_rate_loss_hear (&rate->loss, packets, (guint) (packets * (block->fraction / 256.0)));
    peal_rate_loss_decide (&rate->loss, rate->bitrate + (double) rate->voice, now);
  }
  return settle (rate);
}

void
peal_rate_sent (PealRate *rate, gint64 now)
{
  if (!rate->unanswered)
    rate->unanswered = now;
}

static void
miss (PealRate *rate, guint16 sequence)
{
  rate->missed[rate->n_missed++ % G_N_ELEMENTS (rate->missed)] = sequence;
}

/* Whether it had been told as lost; forgets that. */
static gboolean
was_missed (PealRate *rate, guint16 sequence)
{
  guint n = MIN (rate->n_missed, G_N_ELEMENTS (rate->missed));

  for (guint i = 0; i < n; i++)
    if (rate->missed[i] == sequence) {
      rate->missed[i] = rate->missed[n - 1];
      rate->n_missed = n - 1;
      return TRUE;
    }
  return FALSE;
}

gboolean
peal_rate_arrivals (PealRate *rate, const PealRateArrival *arrivals, guint n, gint64 now)
{
  guint lost = 0, found = 0;

  if (n == 0)
    return FALSE;
  rate->measured = TRUE;
  rate->unanswered = 0;
  for (guint i = 0; i < n; i++) {
    if (arrivals[i].arrived == PEAL_RATE_LOST) {
      miss (rate, arrivals[i].sequence);
      lost++;
      continue;
    }
    found += (guint) was_missed (rate, arrivals[i].sequence);
    peal_rate_way_hear (&rate->way, &(PealRatePassage) { .sent = arrivals[i].sent,
                                                         .arrived = arrivals[i].arrived,
                                                         .bytes = arrivals[i].bytes });
  }
  peal_rate_loss_hear (&rate->loss, n - found, lost);
  peal_rate_loss_found (&rate->loss, found);
  peal_rate_way_decide (&rate->way, rate->voice, now);
  if (rate->way.lowered && now - rate->way.lowered < EXCUSED) /* one answer to one cause */
    peal_rate_loss_excuse (&rate->loss, now);
  else
    peal_rate_loss_decide (&rate->loss, rate->bitrate + (double) rate->voice, now);
  gboolean changed = settle (rate);
  return watch_crowd (rate, now) || changed;
}

gboolean
peal_rate_remb (PealRate *rate, guint64 bitrate, gint64 now)
{
  (void) now;
  rate->remb = (double) bitrate;
  return settle (rate);
}

gboolean
peal_rate_tick (PealRate *rate, gint64 now)
{
  if (rate->paused && now >= rate->resume) {
    rate->paused = FALSE;
    rate->resumed = now;
    rate->unanswered = 0;
    return TRUE;
  }
  if (rate->paused || !rate->measured || !rate->unanswered || now - rate->unanswered < PATIENCE)
    return FALSE;
  rate->unanswered = now;
  peal_rate_way_halve (&rate->way, now);
  return settle (rate);
}
