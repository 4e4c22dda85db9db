/* What the peer says about our picture, and what follows: packets that are sent again, key frames,
 * rate and protection. */
// SPDX-License-Identifier: MIT
#include "media/picture_exchange_inner.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  KEY_PAUSE = 300 * MS,   /* between two key frames, however often they are wanted */
  KEY_BLIND = 4 * SECOND, /* where the peer has no words to want one */
  TICK = 250 * MS,
};
enum {
  LONG_MS = 60,       /* a way from which sending again takes too long: */
  SHORT_MS = 40,      /* data protect from there on, until it is shorter than this, */
  CALM = 10 * SECOND, /* or nothing was lost for so long */
  LEAST_PERCENT = 10, /* of protection: a group of ten */
  MOST_PERCENT = 50,
  HEADERS_PERCENT = 4, /* of the bitrate */
  LEAST_BITRATE = 30000,
};

/* --- key frames --- */

static void
key_frame_now (PealPictureExchange *exchange, gint64 now)
{
  gboolean blind = !exchange->agreement.pli && !exchange->agreement.fir;

  exchange->keyed = now;
  exchange->key_due = blind ? now + KEY_BLIND : G_MAXINT64;
  if (peal_picture_exchange_sends (exchange))
    exchange->events->key_frame (exchange->user);
}

void
peal_picture_exchange_need_key_frame (PealPictureExchange *exchange)
{
  gint64 now = peal_loop_now (exchange->loop);
  gint64 least = exchange->keyed ? exchange->keyed + KEY_PAUSE : now;

  exchange->key_due = MIN (exchange->key_due, MAX (now, least));
  peal_picture_exchange_obey (exchange);
}

/* What is asked for within a round trip of the last one cannot know of it. */
static void
key_frame_wanted (PealPictureExchange *exchange)
{
  gint64 now = peal_loop_now (exchange->loop);
  double rtt_ms = MIN (exchange->reports.rtt_ms, KEY_PAUSE / MS);

  if (!exchange->keyed || now - exchange->keyed >= (gint64) (rtt_ms * MS))
    peal_picture_exchange_need_key_frame (exchange);
}

/* --- rate --- */

/* What is left to the picture's payloads. */
static guint
payload_bitrate (const PealPictureExchange *exchange)
{
  double all = exchange->rate.bitrate * (100.0 - HEADERS_PERCENT) / 100;
  double again = MIN (exchange->resent_bitrate, all / 3);

  return MAX (LEAST_BITRATE, (guint) ((all - again) * 100 / (100 + exchange->out.protection)));
}

void
peal_picture_exchange_tell_rate (PealPictureExchange *exchange, gboolean anyway)
{
  guint bitrate = payload_bitrate (exchange), loss = exchange->rate.loss_percent;

  exchange->out.pacer.bitrate = exchange->rate.bitrate;
  if (exchange->rate.paused)
    peal_outflow_pause (&exchange->out);
  if (!anyway && bitrate == exchange->told_bitrate && loss == exchange->told_loss)
    return;
  exchange->told_bitrate = bitrate;
  exchange->told_loss = loss;
  if (exchange->events->rate)
    exchange->events->rate (exchange->user, bitrate, loss, (gint) exchange->reports.rtt_ms);
}

/* Sending again repairs for less, where there is the time for it. Where the way is long, or the
 * peer does not ask, data for lost packets do: about six times as many as are lost. 80 ms are long:
 * bench/video.py saw half of the pauses, and a picture 50 to 100 ms earlier, with them. */
static guint
protection_for (PealPictureExchange *exchange, gint64 now)
{
  guint loss = exchange->rate.loss_percent, before = exchange->out.protection;
  gint limit_ms = before ? SHORT_MS : LONG_MS;
  gboolean distant = exchange->reports.rtt_ms >= limit_ms || !exchange->agreement.nack;

  if (loss > 0)
    exchange->calm = now;
  if (!distant || now - exchange->calm >= CALM)
    return 0;
  if (loss == 0)
    return before;
  return CLAMP (5 + 6 * loss, LEAST_PERCENT, MOST_PERCENT);
}

void
peal_picture_exchange_obey_second (PealPictureExchange *exchange)
{
  gint64 now = peal_loop_now (exchange->loop);
  guint64 resent = exchange->out.resent_bytes;

  exchange->resent_bitrate =
      (guint) MIN ((resent - exchange->counted_resent_bytes) * 8, G_MAXINT32);
  exchange->counted_resent_bytes = resent;
  if (exchange->rate.paused && peal_rate_tick (&exchange->rate, now)) /* the pause is over */
    peal_picture_exchange_need_key_frame (exchange);
  peal_outflow_protect (&exchange->out, protection_for (exchange, now));
  peal_picture_exchange_tell_rate (exchange, FALSE);
}

/* --- what it says --- */

static gboolean
heard_arrivals (PealPictureExchange *exchange, const PealArrivalReport *report)
{
  PealRateArrival told[PEAL_FEEDBACK_ARRIVALS];
  guint n = peal_departures_hear (&exchange->out.departures, report, told);

  return exchange->agreement.transport_cc &&
         peal_rate_arrivals (&exchange->rate, told, n, peal_loop_now (exchange->loop));
}

static void
obey (PealPictureExchange *exchange, const PealFeedback *feedback)
{
  gint64 now = peal_loop_now (exchange->loop);
  gboolean changed = FALSE;

  switch (feedback->kind) {
  case PEAL_FEEDBACK_NACK:
    if (peal_picture_exchange_sends (exchange))
      peal_outflow_ask (&exchange->out, feedback->missing, feedback->n_missing,
                        exchange->reports.rtt_ms, now);
    break;
  case PEAL_FEEDBACK_PLI:
  case PEAL_FEEDBACK_FIR:
    key_frame_wanted (exchange);
    break;
  case PEAL_FEEDBACK_REMB:
    changed = exchange->agreement.remb && peal_rate_remb (&exchange->rate, feedback->bitrate, now);
    break;
  case PEAL_FEEDBACK_ARRIVED:
    changed = heard_arrivals (exchange, &feedback->arrived);
    break;
  case PEAL_FEEDBACK_NONE:
    break;
  }
  if (changed)
    peal_picture_exchange_tell_rate (exchange, FALSE);
}

void
peal_picture_exchange_obey_feedback (gpointer user, const guint8 *data, gsize length)
{
  PealPictureExchange *exchange = user;
  PealFeedback feedback;
  PealRtcpPart part;

  while (peal_rtcp_next (&data, &length, &part))
    if (peal_feedback_read (&part, exchange->out.sender.ssrc, &feedback))
      obey (exchange, &feedback);
}

void
peal_picture_exchange_obey_report (gpointer user, const PealRtcpHeard *heard, double rtt_ms)
{
  PealPictureExchange *exchange = user;
  const PealReceiver *receiver = &exchange->in.receiver;

  if (heard->has_sender && receiver->known && heard->ssrc == receiver->ssrc &&
      exchange->events->clock)
    exchange->events->clock (exchange->user, heard->ntp, heard->timestamp);
  if (heard->has_block &&
      peal_rate_hear (&exchange->rate, &heard->block, rtt_ms, peal_loop_now (exchange->loop)))
    peal_picture_exchange_tell_rate (exchange, FALSE);
}

/* --- what is due --- */

void
peal_picture_exchange_obey (PealPictureExchange *exchange)
{
  gint64 now = peal_loop_now (exchange->loop);

  if (!peal_picture_exchange_sends (exchange))
    return;
  if (now >= exchange->key_due)
    key_frame_now (exchange, now);
  if (now < exchange->tick_at)
    return;
  exchange->tick_at = now + TICK;
  if (peal_rate_tick (&exchange->rate, now))
    peal_picture_exchange_tell_rate (exchange, FALSE);
}

gint64
peal_picture_exchange_obey_due (const PealPictureExchange *exchange)
{
  return peal_picture_exchange_sends (exchange) ? MIN (exchange->key_due, exchange->tick_at)
                                                : G_MAXINT64;
}

static guint
least_of (guint one, guint other)
{
  return one && other ? MIN (one, other) : MAX (one, other);
}

void
peal_picture_exchange_obey_init (PealPictureExchange *exchange,
                                 const PealPictureExchangeSetup *setup)
{
  const PealBitrates *row = &setup->codec->bitrates;
  guint most = least_of (setup->max_bitrate, setup->agreement->most_bitrate);
  PealBitrates limits = { .most = MAX (LEAST_BITRATE, most ? MIN (most, row->most) : row->most) };

  limits.start = MIN (row->start, limits.most);
  limits.least = MAX (1, MIN (row->least, limits.start));
  peal_rate_init_picture (&exchange->rate, &limits, setup->voice);
  exchange->key_due = G_MAXINT64;
  exchange->calm = peal_loop_now (exchange->loop) - CALM;
}
