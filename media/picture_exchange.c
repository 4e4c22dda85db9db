/* One picture on its loop: its lanes, what is sent, what is heard, what both sides say about it. */
// SPDX-License-Identifier: MIT
#include "media/picture_exchange.h"

#include "media/reports.h"

enum { SECOND = 1000 * 1000 };
enum { FRAMES_A_SECOND = 30, ENGINE_EYE = 1 };
enum {
  MOST_A_SECOND = 10000, /* packets that are passed on to be shown */
  ADDED = 48,            /* bytes that extensions, RED, RTX and FEC add to a packet at most */
};

struct PealPictureExchange {
  PealLoop *loop;
  PealChannel *rtp;
  const PealPictureExchangeEvents *events;
  gpointer user;
  char *content;
  PealSender sender;
  PealReceiver receiver;
  PealReports reports;
  gboolean open, send, receive, muted, held;
  PealTimer second;
  gint64 second_due;
  guint passed_on; /* packets within this second */
};

/* --- what leaves --- */

static gboolean
may_send (const PealPictureExchange *exchange)
{
  return exchange->open && exchange->send && !exchange->muted && !exchange->held;
}

void
peal_picture_exchange_send (PealPictureExchange *exchange, const PealPacket *packet)
{
  guint8 bytes[PEAL_PACKET_MAX];
  gint64 now = peal_loop_now (exchange->loop);
  PealFrame frame = { .engine = ENGINE_EYE, .timestamp = packet->timestamp };

  if (!may_send (exchange))
    return;
  PealPacket whole = { .payload_type = exchange->sender.payload_type,
                       .marker = packet->marker,
                       .timestamp = peal_sender_place (&exchange->sender, &frame, now),
                       .payload = packet->payload,
                       .length = packet->length };
  PealDatagram datagram = {
    .data = bytes,
    .length = peal_sender_write_packet (&exchange->sender, &whole, now, bytes),
  };
  if (datagram.length)
    peal_channel_send (exchange->rtp, &datagram, 1);
}

gsize
peal_picture_exchange_payload_size (PealPictureExchange *exchange)
{
  return MIN (exchange->rtp->mtu, PEAL_PACKET_MAX) - PEAL_PACKET_HEADER - ADDED;
}

/* Where frames stop on purpose, the next one keeps to the clock, whoever makes it. */
static void
pause_unless_sending (PealPictureExchange *exchange)
{
  if (!may_send (exchange))
    peal_sender_pause (&exchange->sender);
}

/* --- what arrives --- */

static void
heard_packet (gpointer user, const guint8 *data, gsize length)
{
  PealPictureExchange *exchange = user;
  PealPacket packet;

  if (length > PEAL_PACKET_MAX || !peal_packet_read (&packet, data, length) ||
      !peal_receiver_hear (&exchange->receiver, &packet, peal_loop_now (exchange->loop)))
    return;
  if (!exchange->receive || exchange->held || exchange->passed_on++ >= MOST_A_SECOND)
    return;
  exchange->events->heard (exchange->user, &packet,
                           &(PealDatagram) { .data = data, .length = length });
}

static void
heard_report (gpointer user, const PealRtcpHeard *heard, double rtt_ms)
{
}

void
peal_picture_exchange_want_key_frame (PealPictureExchange *exchange)
{
}

guint
peal_picture_exchange_orientation (PealPictureExchange *exchange, gboolean *flip)
{
  if (flip)
    *flip = FALSE;
  return 0;
}

static void
lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealPictureExchange *exchange = user;

  if (state == PEAL_CHANNEL_CLOSED) {
    exchange->open = FALSE;
    peal_reports_stop (&exchange->reports);
  } else if (state == PEAL_CHANNEL_OPEN && !exchange->open) {
    exchange->open = TRUE;
    peal_reports_begin (&exchange->reports);
    exchange->events->open (exchange->user);
  }
}

static void
one_more_second (gpointer user)
{
  PealPictureExchange *exchange = user;

  exchange->passed_on = 0;
  exchange->second_due += SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
  exchange->events->second (exchange->user);
}

static const PealChannelEvents rtp_events = { .state = lane_changed, .datagram = heard_packet };
static const PealReportsEvents report_events = { .heard = heard_report };

/* --- the life of it --- */

PealPictureExchange *
peal_picture_exchange_new (const PealPictureExchangeSetup *setup,
                           const PealPictureExchangeEvents *events, gpointer user)
{
  PealPictureExchange *exchange = g_new0 (PealPictureExchange, 1);

  exchange->loop = setup->loop;
  exchange->rtp = setup->rtp;
  exchange->events = events;
  exchange->user = user;
  exchange->content = g_strdup (setup->content);
  exchange->send = setup->send;
  exchange->receive = setup->receive;
  peal_sender_init (&exchange->sender, setup->codec->clock_rate,
                    setup->codec->clock_rate / FRAMES_A_SECOND, setup->agreement->send);
  peal_receiver_init (&exchange->receiver, setup->codec->clock_rate);
  exchange->second_due = peal_loop_now (exchange->loop) + SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
  PealReportsSetup reports = { .loop = setup->loop,
                               .rtcp = setup->rtcp,
                               .sender = &exchange->sender,
                               .receiver = &exchange->receiver };
  peal_reports_init (&exchange->reports, &reports, &report_events, exchange);
  peal_channel_listen (exchange->rtp, &rtp_events, exchange);
  return exchange;
}

void
peal_picture_exchange_free (PealPictureExchange *exchange)
{
  peal_reports_end (&exchange->reports);
  peal_channel_listen (exchange->rtp, NULL, NULL);
  peal_timer_clear (&exchange->second);
  g_free (exchange->content);
  g_free (exchange);
}

void
peal_picture_exchange_direct (PealPictureExchange *exchange, gboolean send, gboolean receive)
{
  exchange->send = send;
  exchange->receive = receive;
  pause_unless_sending (exchange);
}

void
peal_picture_exchange_mute (PealPictureExchange *exchange, gboolean muted)
{
  exchange->muted = muted;
  pause_unless_sending (exchange);
}

void
peal_picture_exchange_hold (PealPictureExchange *exchange, gboolean held)
{
  exchange->held = held;
  pause_unless_sending (exchange);
}

void
peal_picture_exchange_stats (PealPictureExchange *exchange, PealStats *stats)
{
  const PealReceiver *receiver = &exchange->receiver;

  stats->packets_sent = exchange->sender.packets;
  stats->bytes_sent = (gint64) exchange->sender.bytes;
  stats->packets_received = (gint64) receiver->received;
  stats->bytes_received = (gint64) receiver->bytes;
  stats->lost = peal_receiver_lost (receiver);
  stats->jitter_ms = receiver->known ? receiver->jitter * 1000 / receiver->clock_rate : -1;
  stats->rtt_ms = exchange->reports.rtt_ms;
}
