/* The reports of an exchange (RFC 3550 §6, RTCP): ours, and what the peer's tell of round trip and
 * rate. */
// SPDX-License-Identifier: MIT
#include "media/cname.h"
#include "media/exchange_inner.h"

enum {
  SECOND = 1000 * 1000,
  SECOND_REPORT = SECOND / 5, /* after the first: carries the peer's first sender report back */
};

static void
say (PealExchange *exchange, gboolean bye)
{
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpReport report = { .cname = peal_cname (), .bye = bye };
  gint64 now = peal_loop_now (exchange->loop);

  if (!exchange->rtcp)
    return;
  peal_sender_report (&exchange->sender, now, g_get_real_time (), &report);
  report.has_block = peal_receiver_block (&exchange->receiver, now, &report.block);
  if (report.sending)
    exchange->told[exchange->n_told++ % G_N_ELEMENTS (exchange->told)] =
        (guint32) (report.ntp >> 16);
  PealDatagram datagram = { .data = bytes, .length = peal_rtcp_write (&report, bytes) };
  peal_channel_send (exchange->rtcp, &datagram, 1);
}

static void
report_again (gpointer user)
{
  PealExchange *exchange = user;

  say (exchange, FALSE);
  /* RFC 3550 §6.2: at random, so that the two sides do not fall into step. */
  gint64 pause = (gint64) (SECOND * g_random_double_range (0.5, 1.5));
  peal_timer_set (exchange->loop, &exchange->report, peal_loop_now (exchange->loop) + pause,
                  report_again, exchange);
}

/* A report about a time that we never told is made up. */
static gboolean
was_told (const PealExchange *exchange, guint32 time)
{
  for (guint i = 0; i < MIN (exchange->n_told, G_N_ELEMENTS (exchange->told)); i++)
    if (exchange->told[i] == time)
      return TRUE;
  return FALSE;
}

static void
heard_report (gpointer user, const guint8 *data, gsize length)
{
  PealExchange *exchange = user;
  PealRtcpHeard heard;

  peal_rtcp_read (data, length, exchange->sender.ssrc,
                  &heard); /* what stood before a fault still counts */
  peal_receiver_heard_report (&exchange->receiver, &heard, peal_loop_now (exchange->loop));
  if (heard.has_sender && exchange->receiver.known && heard.ssrc == exchange->receiver.ssrc &&
      exchange->events->reported)
    exchange->events->reported (exchange->user, heard.ntp, heard.timestamp);
  exchange->is_known |= heard.has_block;
  double rtt_ms = heard.has_block && was_told (exchange, heard.block.last_sr)
                      ? peal_receiver_round_trip (&heard.block, g_get_real_time ())
                      : -1;
  if (rtt_ms >= 0)
    exchange->rtt_ms = rtt_ms;
  if (heard.has_block && exchange->steered &&
      peal_rate_hear (&exchange->rate, &heard.block, rtt_ms, peal_loop_now (exchange->loop)) &&
      exchange->events->rate)
    exchange->events->rate (exchange->user, exchange->rate.bitrate, exchange->rate.loss_percent);
}

/* This lane opens with the stream's or a moment later; the next report finds it. */
static void
lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealExchange *exchange = user;

  if (state == PEAL_CHANNEL_OPEN && exchange->filling != PEAL_EXCHANGE_SHUT)
    say (exchange, FALSE);
}

static const PealChannelEvents events = { .state = lane_changed, .datagram = heard_report };

/* --- the life of them --- */

void
peal_exchange_reports_init (PealExchange *exchange)
{
  exchange->rtt_ms = -1;
  if (exchange->rtcp)
    peal_channel_listen (exchange->rtcp, &events, exchange);
}

void
peal_exchange_reports_begin (PealExchange *exchange)
{
  say (exchange, FALSE);
  peal_timer_set (exchange->loop, &exchange->report, exchange->opened + SECOND_REPORT, report_again,
                  exchange);
}

void
peal_exchange_reports_stop (PealExchange *exchange)
{
  peal_timer_clear (&exchange->report);
}

void
peal_exchange_reports_end (PealExchange *exchange)
{
  if (exchange->filling != PEAL_EXCHANGE_SHUT)
    say (exchange, TRUE);
  if (exchange->rtcp)
    peal_channel_listen (exchange->rtcp, NULL, NULL);
  peal_timer_clear (&exchange->report);
}
