/* One content on its loop: its lanes, what is sent, what is heard, and silence where no sound
 * comes. */
// SPDX-License-Identifier: MIT
#include "media/exchange_inner.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  FRAME = PEAL_FRAME_MS * MS,
  FIRST_PATIENCE = 40 * MS, /* for an engine that was prepared to deliver its first packet */
  PATIENCE = 100 * MS,      /* for its next one; */
  SPARING = 500 * MS,       /* if it may keep silent, which Opus interrupts each 400 ms; */
  KEYS_PATIENCE = 50 * MS,  /* while there are keys to be said, whose frames it gives */
  MOST_A_SECOND = 1000,     /* packets that are passed on to be played */
};
enum { ENGINE_PIPELINE = 1, ENGINE_SILENCE };

static void fill (gpointer user);

static void
enter (PealExchange *exchange, PealExchangeFilling filling, gint64 due)
{
  exchange->filling = filling;
  exchange->due = due;
  peal_timer_set (exchange->loop, &exchange->next, due, fill, exchange);
}

/* --- what leaves --- */

void
peal_exchange_put_silence (PealExchange *exchange, PealFrame *frame)
{
  frame->payload = g_bytes_get_data (exchange->silence->payloads->pdata[0], &frame->length);
  exchange->level = PEAL_EXTENSIONS_SILENCE;
}

/* Nothing may leave now. */
static void
keep_back (PealExchange *exchange)
{
  peal_sender_pause (&exchange->sender);
  if (exchange->filling != PEAL_EXCHANGE_SHUT)
    peal_exchange_keys_give_back (exchange);
}

static void
send_frame (PealExchange *exchange, PealFrame *frame)
{
  guint8 bytes[PEAL_PACKET_MAX], extension[PEAL_EXTENSIONS_MAX];
  PealPacket extended = { 0 };

  if (!exchange->send || exchange->held || exchange->filling == PEAL_EXCHANGE_SHUT) {
    keep_back (exchange);
    return;
  }
  if (!peal_exchange_keys_pass (exchange, frame))
    return;
  peal_exchange_extend (exchange, &extended, extension);
  frame->extended = &extended;
  PealDatagram datagram = {
    .data = bytes,
    .length = peal_sender_write (&exchange->sender, frame, peal_loop_now (exchange->loop), bytes),
  };
  if (datagram.length == 0)
    return;
  peal_channel_send (exchange->rtp, &datagram, 1);
  exchange->events->sent (exchange->user, &datagram);
}

static void
fill (gpointer user)
{
  PealExchange *exchange = user;
  gint64 now = peal_loop_now (exchange->loop);
  PealFrame frame = { .engine = ENGINE_SILENCE, .timestamp = exchange->silence_timestamp };

  peal_exchange_put_silence (exchange, &frame);
  send_frame (exchange, &frame);
  exchange->silence_timestamp += exchange->sender.frame;
  /* Keeps to its own grid; after a long sleep it begins a new one instead of hurrying. */
  gint64 due = exchange->filling == PEAL_EXCHANGE_FILLING && now - exchange->due < 5 * FRAME
                   ? exchange->due
                   : now;
  enter (exchange, PEAL_EXCHANGE_FILLING, due + FRAME);
}

void
peal_exchange_send (PealExchange *exchange, const PealPacket *packet, guint8 level)
{
  PealFrame frame = {
    .engine = ENGINE_PIPELINE,
    .timestamp = packet->timestamp,
    .payload = packet->payload,
    .length = packet->length,
  };

  if (exchange->filling == PEAL_EXCHANGE_SHUT)
    return;
  exchange->level = level;
  if (exchange->muted)
    peal_exchange_put_silence (exchange, &frame);
  send_frame (exchange, &frame);
  gint64 patience = peal_dtmf_sender_is_busy (&exchange->keys) ? KEYS_PATIENCE : exchange->patience;
  enter (exchange, PEAL_EXCHANGE_WAITING, peal_loop_now (exchange->loop) + patience);
}

gboolean
peal_exchange_dial (PealExchange *exchange, const char *keys, guint tone_ms)
{
  gint64 soon = peal_loop_now (exchange->loop) + KEYS_PATIENCE;

  g_assert (exchange->keys.clock_rate > 0);
  if (!peal_dtmf_sender_add (&exchange->keys, keys, tone_ms))
    return FALSE;
  if (exchange->filling == PEAL_EXCHANGE_WAITING && exchange->due > soon)
    enter (exchange, PEAL_EXCHANGE_WAITING, soon);
  return TRUE;
}

void
peal_exchange_engine_ended (PealExchange *exchange)
{
  exchange->engine = FALSE;
  if (exchange->filling == PEAL_EXCHANGE_WAITING)
    enter (exchange, PEAL_EXCHANGE_FILLING,
           MAX (peal_loop_now (exchange->loop), exchange->sender.at + FRAME));
}

/* --- what arrives --- */

static void
heard_packet (gpointer user, const guint8 *data, gsize length)
{
  PealExchange *exchange = user;
  PealPacket packet, place;
  gboolean taken = FALSE;

  if (length > PEAL_PACKET_MAX || !peal_packet_read (&packet, data, length) ||
      !peal_exchange_keys_count (exchange, &packet, &place, &taken))
    return;
  peal_exchange_keys_tell (exchange);
  if (!exchange->receive || exchange->held || exchange->passed_on++ >= MOST_A_SECOND)
    return;
  if (exchange->clocks[packet.payload_type])
    exchange->events->passed (exchange->user, &place, taken);
  else
    exchange->events->heard (exchange->user, &packet,
                             &(PealDatagram) { .data = data, .length = length });
}

static void
lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealExchange *exchange = user;
  gint64 now = peal_loop_now (exchange->loop);

  if (state == PEAL_CHANNEL_CLOSED) {
    exchange->filling = PEAL_EXCHANGE_SHUT;
    peal_timer_clear (&exchange->next);
    peal_exchange_reports_stop (exchange);
    return;
  }
  if (state != PEAL_CHANNEL_OPEN || exchange->filling != PEAL_EXCHANGE_SHUT)
    return;
  exchange->opened = now;
  enter (exchange, PEAL_EXCHANGE_WAITING, exchange->engine ? now + FIRST_PATIENCE : now);
  peal_exchange_reports_begin (exchange);
  exchange->events->open (exchange->user);
  if (!exchange->engine)
    fill (exchange);
}

static void
one_more_second (gpointer user)
{
  PealExchange *exchange = user;

  exchange->passed_on = 0;
  exchange->second_due += SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
  exchange->events->second (exchange->user);
}

static const PealChannelEvents rtp_events = { .state = lane_changed, .datagram = heard_packet };

/* --- the life of it --- */

PealExchange *
peal_exchange_new (const PealExchangeSetup *setup, const PealExchangeEvents *events, gpointer user)
{
  PealExchange *exchange = g_new0 (PealExchange, 1);

  exchange->loop = setup->loop;
  exchange->rtp = setup->rtp;
  exchange->rtcp = setup->rtcp;
  exchange->events = events;
  exchange->user = user;
  exchange->engine = setup->engine;
  exchange->send = setup->send;
  exchange->receive = setup->receive;
  exchange->silence = peal_clip_silence (setup->codec);
  peal_sender_init (&exchange->sender, setup->codec->clock_rate, peal_codec_frame (setup->codec),
                    setup->payload_type);
  if (setup->ssrc)
    exchange->sender.ssrc = setup->ssrc;
  peal_receiver_init (&exchange->receiver, setup->codec->clock_rate);
  peal_exchange_keys_init (exchange, setup);
  peal_exchange_extend_init (exchange, setup);
  peal_rate_init (&exchange->rate, setup->codec, setup->wishes.most_bitrate);
  exchange->steered = setup->codec->bitrates.start > 0;
  exchange->patience = exchange->steered && setup->wishes.dtx ? SPARING : PATIENCE;
  exchange->second_due = peal_loop_now (exchange->loop) + SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
  peal_exchange_reports_init (exchange);
  peal_channel_listen (exchange->rtp, &rtp_events, exchange);
  return exchange;
}

void
peal_exchange_free (PealExchange *exchange)
{
  peal_exchange_reports_end (exchange);
  peal_channel_listen (exchange->rtp, NULL, NULL);
  peal_timer_clear (&exchange->next);
  peal_timer_clear (&exchange->second);
  peal_timer_clear (&exchange->quiet);
  g_free (exchange);
}

void
peal_exchange_direct (PealExchange *exchange, gboolean send, gboolean receive)
{
  exchange->send = send;
  exchange->receive = receive;
}

void
peal_exchange_mute (PealExchange *exchange, gboolean muted)
{
  exchange->muted = muted;
}

void
peal_exchange_hold (PealExchange *exchange, gboolean held)
{
  exchange->held = held;
}

void
peal_exchange_stats (PealExchange *exchange, PealStats *stats)
{
  stats->packets_sent = exchange->sender.packets;
  stats->bytes_sent = (gint64) exchange->sender.bytes;
  stats->packets_received = (gint64) exchange->receiver.received;
  stats->bytes_received = (gint64) exchange->receiver.bytes;
  stats->lost = peal_receiver_lost (&exchange->receiver);
  stats->jitter_ms = exchange->receiver.known
                         ? exchange->receiver.jitter * 1000 / exchange->receiver.clock_rate
                         : -1;
  stats->rtt_ms = exchange->rtt_ms;
  if (exchange->steered)
    stats->target_bps = exchange->rate.bitrate;
}
