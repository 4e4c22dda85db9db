/* One picture on its loop: its lanes, what is sent, what is heard, what both sides say about it. */
// SPDX-License-Identifier: MIT
#include "media/picture_exchange_inner.h"

enum { SECOND = 1000 * 1000 };
enum { MOST_A_SECOND = 10000 }; /* packets that are passed on to be shown */

static void turn (gpointer user);

/* --- what leaves --- */

gboolean
peal_picture_exchange_sends (const PealPictureExchange *exchange)
{
  return exchange->open && exchange->send && !exchange->muted && !exchange->held &&
         !exchange->rate.paused;
}

static void
send_what_is_due (PealPictureExchange *exchange)
{
  guint8 bytes[PEAL_PACKET_MAX];
  gint64 now = peal_loop_now (exchange->loop);
  PealDatagram datagram = { .data = bytes };

  while ((datagram.length = peal_outflow_take (&exchange->out, now, bytes)) > 0) {
    peal_channel_send (exchange->rtp, &datagram, 1);
    if (exchange->agreement.ids.transport_cc)
      peal_rate_sent (&exchange->rate, now);
  }
}

/* Sets the timer to what is due first. */
static void
arm (PealPictureExchange *exchange)
{
  gint64 now = peal_loop_now (exchange->loop);
  gint64 due =
      MIN (peal_picture_exchange_say_due (exchange),
           MIN (peal_picture_exchange_obey_due (exchange), peal_outflow_due (&exchange->out, now)));

  if (!exchange->open || due == G_MAXINT64)
    peal_timer_clear (&exchange->turn);
  else
    peal_timer_set (exchange->loop, &exchange->turn, MAX (due, now + 1), turn, exchange);
}

static void
turn (gpointer user)
{
  PealPictureExchange *exchange = user;

  send_what_is_due (exchange);
  peal_picture_exchange_say (exchange);
  peal_picture_exchange_obey (exchange);
  arm (exchange);
}

void
peal_picture_exchange_send (PealPictureExchange *exchange, const PealPacket *packet)
{
  if (!peal_picture_exchange_sends (exchange))
    return;
  if (!peal_outflow_put (&exchange->out, packet, peal_loop_now (exchange->loop)))
    peal_picture_exchange_need_key_frame (exchange);
  send_what_is_due (exchange);
  arm (exchange);
}

gsize
peal_picture_exchange_payload_size (PealPictureExchange *exchange)
{
  return MIN (exchange->rtp->mtu, PEAL_PACKET_MAX) - peal_outflow_added (&exchange->out);
}

/* Something changed that says whether a picture leaves. After a pause its time goes on, and the
 * peer lacks the frames that were not sent. */
static void
redirect (PealPictureExchange *exchange, gboolean before)
{
  gboolean sends = peal_picture_exchange_sends (exchange);

  if (!sends)
    peal_outflow_pause (&exchange->out);
  else if (!before)
    peal_picture_exchange_need_key_frame (exchange);
  arm (exchange);
}

/* --- what arrives --- */

static void
pass_on (PealPictureExchange *exchange, const PealPacket *packet, const PealDatagram *data)
{
  const PealCodec *codec = exchange->codec;

  if (!exchange->receive || exchange->held || exchange->passed_on++ >= MOST_A_SECOND)
    return;
  if (codec->key_frame && packet->payload_type == exchange->agreement.receive &&
      codec->key_frame (packet->payload, packet->length))
    exchange->wanting = FALSE;
  exchange->events->heard (exchange->user, packet, data);
}

static void
heard_packet (gpointer user, const guint8 *data, gsize length)
{
  PealPictureExchange *exchange = user;
  PealDatagram datagram = { .data = data, .length = length };
  gint64 now = peal_loop_now (exchange->loop);
  PealExtensions said;
  PealPacket packet;

  if (!peal_inflow_hear (&exchange->in, &datagram, now, &said))
    return;
  peal_packet_read (&packet, data, length);
  peal_picture_exchange_measure (exchange, &packet, &said, length);
  while (peal_inflow_take (&exchange->in, now, &packet, &datagram))
    pass_on (exchange, &packet, &datagram);
  turn (exchange);
}

guint8
peal_picture_exchange_orientation (PealPictureExchange *exchange)
{
  return exchange->in.orientation;
}

static void
lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealPictureExchange *exchange = user;

  if (state == PEAL_CHANNEL_CLOSED) {
    exchange->open = FALSE;
    peal_outflow_pause (&exchange->out);
    peal_reports_stop (&exchange->reports);
    arm (exchange);
  } else if (state == PEAL_CHANNEL_OPEN && !exchange->open) {
    exchange->open = TRUE;
    peal_reports_begin (&exchange->reports);
    exchange->events->open (exchange->user);
    peal_picture_exchange_tell_rate (exchange, TRUE);
    peal_picture_exchange_need_key_frame (exchange);
    arm (exchange);
  }
}

/* What was sent since this was called last; where nothing was, what came. */
static void
count_bits (PealPictureExchange *exchange)
{
  gint64 now = peal_loop_now (exchange->loop), since = MAX (1, now - exchange->counted_at);
  guint64 sent = exchange->out.sender.bytes - exchange->counted_sent;
  guint64 received = exchange->in.receiver.bytes - exchange->counted_received;

  exchange->bitrate_bps = (gint64) ((sent ? sent : received) * 8 * SECOND / (guint64) since);
  exchange->counted_sent += sent;
  exchange->counted_received += received;
  exchange->counted_at = now;
}

static void
one_more_second (gpointer user)
{
  PealPictureExchange *exchange = user;

  count_bits (exchange);
  exchange->passed_on = 0;
  exchange->second_due += SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
  if (exchange->open)
    peal_picture_exchange_obey_second (exchange);
  exchange->events->second (exchange->user);
}

static const PealChannelEvents rtp_events = { .state = lane_changed, .datagram = heard_packet };
static const PealReportsEvents report_events = { .heard = peal_picture_exchange_obey_report,
                                                 .whole = peal_picture_exchange_obey_feedback };

/* --- the life of it --- */

static void
init_out (PealPictureExchange *exchange)
{
  const PealAgreement *agreement = &exchange->agreement;
  gboolean protects = agreement->send_red && agreement->send_ulpfec;

  peal_outflow_init (&exchange->out,
                     &(PealOutflowSetup) { .clock_rate = exchange->codec->clock_rate,
                                           .payload_type = agreement->send,
                                           .rtx = agreement->send_rtx,
                                           .red = protects ? agreement->send_red : 0,
                                           .red_rtx = protects ? agreement->send_red_rtx : 0,
                                           .ulpfec = protects ? agreement->send_ulpfec : 0,
                                           .ssrc = agreement->ssrc,
                                           .rtx_ssrc = agreement->rtx_ssrc,
                                           .nack = agreement->nack,
                                           .ids = { .mid = agreement->ids.mid,
                                                    .abs_send_time = agreement->ids.abs_send_time,
                                                    .transport_cc = agreement->ids.transport_cc },
                                           .mid = exchange->content,
                                           .bitrate = exchange->rate.bitrate });
}

static void
init_in (PealPictureExchange *exchange)
{
  const PealAgreement *agreement = &exchange->agreement;

  peal_inflow_init (&exchange->in,
                    &(PealInflowSetup) { .clock_rate = exchange->codec->clock_rate,
                                         .payload_type = agreement->receive,
                                         .rtx = agreement->receive_rtx,
                                         .red = agreement->receive_red,
                                         .red_rtx = agreement->receive_red_rtx,
                                         .ulpfec = agreement->receive_ulpfec,
                                         .ids = { .abs_send_time = agreement->ids.abs_send_time,
                                                  .transport_cc = agreement->ids.transport_cc,
                                                  .orientation = agreement->ids.orientation } });
  peal_rate_receiver_init (&exchange->rate_receiver, 0);
}

static void
begin_second (PealPictureExchange *exchange)
{
  exchange->counted_at = peal_loop_now (exchange->loop);
  exchange->bitrate_bps = -1;
  exchange->second_due = exchange->counted_at + SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
}

PealPictureExchange *
peal_picture_exchange_new (const PealPictureExchangeSetup *setup,
                           const PealPictureExchangeEvents *events, gpointer user)
{
  PealPictureExchange *exchange = g_new0 (PealPictureExchange, 1);

  exchange->loop = setup->loop;
  exchange->rtp = setup->rtp;
  exchange->events = events;
  exchange->user = user;
  exchange->codec = setup->codec;
  exchange->agreement = *setup->agreement;
  exchange->content = g_strdup (setup->content);
  exchange->send = setup->send;
  exchange->receive = setup->receive;
  peal_picture_exchange_obey_init (exchange, setup);
  init_out (exchange);
  init_in (exchange);
  begin_second (exchange);
  PealReportsSetup reports = { .loop = setup->loop,
                               .rtcp = setup->rtcp,
                               .sender = &exchange->out.sender,
                               .receiver = &exchange->in.receiver,
                               .reduced_size = setup->agreement->reduced_size,
                               .cname = setup->agreement->cname };
  peal_reports_init (&exchange->reports, &reports, &report_events, exchange);
  peal_channel_listen (exchange->rtp, &rtp_events, exchange);
  return exchange;
}

void
peal_picture_exchange_free (PealPictureExchange *exchange)
{
  peal_reports_end (&exchange->reports);
  peal_channel_listen (exchange->rtp, NULL, NULL);
  peal_timer_clear (&exchange->turn);
  peal_timer_clear (&exchange->second);
  peal_outflow_clear (&exchange->out);
  peal_inflow_clear (&exchange->in);
  g_free (exchange->content);
  g_free (exchange);
}

void
peal_picture_exchange_direct (PealPictureExchange *exchange, gboolean send, gboolean receive)
{
  gboolean before = peal_picture_exchange_sends (exchange);

  exchange->send = send;
  exchange->receive = receive;
  redirect (exchange, before);
}

void
peal_picture_exchange_mute (PealPictureExchange *exchange, gboolean muted)
{
  gboolean before = peal_picture_exchange_sends (exchange);

  exchange->muted = muted;
  redirect (exchange, before);
}

void
peal_picture_exchange_hold (PealPictureExchange *exchange, gboolean held)
{
  gboolean before = peal_picture_exchange_sends (exchange);

  exchange->held = held;
  redirect (exchange, before);
}

void
peal_picture_exchange_stats (PealPictureExchange *exchange, PealStats *stats)
{
  const PealReceiver *receiver = &exchange->in.receiver;

  stats->packets_sent = exchange->out.sender.packets;
  stats->bytes_sent = (gint64) exchange->out.sender.bytes;
  stats->packets_received = (gint64) receiver->received;
  stats->bytes_received = (gint64) receiver->bytes;
  stats->lost = peal_receiver_lost (receiver);
  stats->recovered = (gint64) exchange->in.recovered;
  stats->jitter_ms = receiver->known ? receiver->jitter * 1000 / receiver->clock_rate : -1;
  stats->rtt_ms = exchange->reports.rtt_ms;
  stats->bitrate_bps = exchange->bitrate_bps;
  stats->target_bps = exchange->rate.bitrate;
}
