/* What we say about the peer's picture: what is missing, that only a key frame helps, what arrived
 * when, how much may be sent. */
// SPDX-License-Identifier: MIT
#include "media/picture_exchange_inner.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  TELL = 60 * MS,           /* arrivals, after the first that was not told */
  ASK_AGAIN_MS = 300,       /* for a key frame: at least, and */
  ASK_AGAIN_MOST_MS = 2000, /* at most; two round trips */
  MOST_ASKED = 10,          /* times, unless somebody wants it again */
  MOST_NACKS = 64,          /* packets in one message */
};

static PealFeedbackSources
sources (const PealPictureExchange *exchange)
{
  const PealReceiver *receiver = &exchange->in.receiver;

  return (PealFeedbackSources) {
    .from = exchange->out.sender.ssrc,
    .about = receiver->known ? receiver->ssrc : exchange->agreement.remote_ssrc,
  };
}

/* --- what is missing --- */

static void
ask_for_missing (PealPictureExchange *exchange, gint64 now)
{
  guint8 bytes[PEAL_REPORTS_FEEDBACK];
  guint16 missing[MOST_NACKS];
  PealNack *nack = &exchange->in.nack;
  double rtt_ms = exchange->reports.rtt_ms;
  PealFeedbackSources whom = sources (exchange);

  peal_nack_expire (nack, rtt_ms, now);
  /* A number may have been of data for lost packets: then only who sees frames knows. */
  if (peal_nack_lost (nack) && !exchange->in.protected)
    peal_picture_exchange_want_key_frame (exchange);
  if (!exchange->agreement.nack)
    return;
  guint n = peal_nack_ask (nack, rtt_ms, now, missing, MOST_NACKS);
  gsize length = peal_feedback_put_nack (bytes, sizeof bytes, &whom, missing, &n);
  if (length)
    peal_reports_send (&exchange->reports, bytes, length);
}

static gint64
missing_due (const PealPictureExchange *exchange)
{
  return peal_nack_due (&exchange->in.nack, exchange->reports.rtt_ms, exchange->agreement.nack);
}

/* --- a key frame --- */

static gint64
ask_again (const PealPictureExchange *exchange)
{
  double twice_ms = 2 * exchange->reports.rtt_ms;

  return exchange->asked_at + (gint64) (CLAMP (twice_ms, ASK_AGAIN_MS, ASK_AGAIN_MOST_MS) * MS);
}

static void
ask_for_key_frame (PealPictureExchange *exchange, gint64 now)
{
  guint8 bytes[PEAL_REPORTS_FEEDBACK];
  PealFeedbackSources whom = sources (exchange);

  if (exchange->asked == 0)
    exchange->fir_number++;
  exchange->asked++;
  exchange->asked_at = now;
  gsize length = exchange->agreement.pli
                     ? peal_feedback_put_pli (bytes, sizeof bytes, &whom)
                     : peal_feedback_put_fir (bytes, sizeof bytes, &whom, exchange->fir_number);
  peal_reports_send (&exchange->reports, bytes, length);
  if (!exchange->codec->key_frame || exchange->asked >= MOST_ASKED)
    exchange->wanting = FALSE;
}

void
peal_picture_exchange_want_key_frame (PealPictureExchange *exchange)
{
  const PealAgreement *agreement = &exchange->agreement;
  gint64 now = peal_loop_now (exchange->loop);

  if ((!agreement->pli && !agreement->fir) || !exchange->receive || exchange->held ||
      !exchange->open || !sources (exchange).about)
    return;
  if (!exchange->wanting)
    exchange->asked = 0;
  exchange->wanting = TRUE;
  if (!exchange->asked_at || now >= ask_again (exchange))
    ask_for_key_frame (exchange, now);
}

/* --- what arrived, and how much may be sent --- */

void
peal_picture_exchange_measure (PealPictureExchange *exchange, const PealPacket *packet,
                               const PealExtensions *said, gsize bytes)
{
  const PealAgreement *agreement = &exchange->agreement;
  gint64 now = peal_loop_now (exchange->loop);
  gboolean repair = agreement->receive_rtx && packet->payload_type == agreement->receive_rtx;

  if (agreement->transport_cc && said->has_transport_cc && !exchange->tell_at)
    exchange->tell_at = now + TELL;
  if (agreement->transport_cc || !agreement->remb)
    return;
  if (said->has_abs_send_time)
    peal_rate_receiver_hear (&exchange->rate_receiver, said->abs_send_time, (guint) bytes, now);
  else if (!repair)
    peal_rate_receiver_hear_bare (&exchange->rate_receiver, packet->timestamp, (guint) bytes, now);
  if (!exchange->remb_at)
    exchange->remb_at = now;
}

static void
tell_arrivals (PealPictureExchange *exchange, gint64 now)
{
  guint8 bytes[PEAL_REPORTS_FEEDBACK];
  PealArrivals *arrivals = &exchange->in.arrivals;
  PealFeedbackSources whom = sources (exchange);
  PealArrivalReport report;

  exchange->tell_at = 0;
  if (!peal_arrivals_tell (arrivals, &report))
    return;
  gsize length = peal_feedback_put_arrivals (bytes, sizeof bytes, &whom, &report);
  if (length)
    peal_reports_send (&exchange->reports, bytes, length);
  peal_arrivals_told (arrivals, report.n);
  if (peal_arrivals_untold (arrivals) && length)
    exchange->tell_at = now; /* they did not fit into one */
}

static void
tell_most (PealPictureExchange *exchange, gint64 now)
{
  guint8 bytes[PEAL_REPORTS_FEEDBACK];
  PealFeedbackSources whom = sources (exchange);
  guint64 most = peal_rate_receiver_tell (&exchange->rate_receiver, now);

  exchange->remb_at = now + TELL;
  if (most)
    peal_reports_send (&exchange->reports, bytes,
                       peal_feedback_put_remb (bytes, sizeof bytes, &whom, most));
}

/* --- all of it --- */

void
peal_picture_exchange_say (PealPictureExchange *exchange)
{
  gint64 now = peal_loop_now (exchange->loop);

  if (!exchange->open)
    return;
  if (missing_due (exchange) <= now)
    ask_for_missing (exchange, now);
  if (exchange->wanting && now >= ask_again (exchange))
    ask_for_key_frame (exchange, now);
  if (exchange->tell_at && now >= exchange->tell_at)
    tell_arrivals (exchange, now);
  if (exchange->remb_at && now >= exchange->remb_at)
    tell_most (exchange, now);
}

gint64
peal_picture_exchange_say_due (PealPictureExchange *exchange)
{
  gint64 due = missing_due (exchange);

  if (exchange->wanting)
    due = MIN (due, ask_again (exchange));
  if (exchange->tell_at)
    due = MIN (due, exchange->tell_at);
  if (exchange->remb_at)
    due = MIN (due, exchange->remb_at);
  return due;
}
