/* The keys of an exchange (RFC 4733): ours take the place of frames of sound, the peer's are told
 * when they have ended. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/exchange_inner.h"

enum { PEER_PATIENCE = 1000 * 1000 }; /* for its first packet: it hears nothing before, perhaps */

void
peal_exchange_keys_init (PealExchange *exchange, const PealExchangeSetup *setup)
{
  guint clock_rate = setup->codec->clock_rate, frame = peal_codec_frame (setup->codec);

  exchange->keys_type = setup->keys_type;
  if (setup->keys_heard)
    memcpy (exchange->clocks, setup->keys_heard, sizeof exchange->clocks);
  peal_dtmf_sender_init (&exchange->keys, setup->keys_clock, clock_rate, frame);
  peal_dtmf_receiver_init (&exchange->keys_heard, clock_rate, frame);
}

/* --- what leaves --- */

/* Who listens to a record of it hears silence: @place is the stream's, and free or @taken. */
static void
send_key (PealExchange *exchange, const PealDtmfStep *step, PealPacket *place)
{
  guint8 bytes[PEAL_PACKET_MAX], extension[PEAL_EXTENSIONS_MAX];
  PealPacket packet = {
    .payload_type = exchange->keys_type,
    .marker = step->marker,
    .timestamp = step->timestamp,
    .payload = step->payload,
    .length = sizeof step->payload,
  };

  peal_exchange_extend (exchange, &packet, extension);
  place->sequence = exchange->sender.sequence;
  PealDatagram datagram = {
    .data = bytes,
    .length = peal_sender_write_packet (&exchange->sender, &packet, peal_loop_now (exchange->loop),
                                        bytes),
  };
  peal_channel_send (exchange->rtp, &datagram, 1);
  datagram.length = peal_packet_write (place, bytes);
  exchange->events->sent (exchange->user, &datagram);
}

/* Whether the peer may be expected to hear: what it cannot decrypt yet is lost. */
static gboolean
peer_hears (const PealExchange *exchange)
{
  return exchange->receiver.known ||
         peal_loop_now (exchange->loop) - exchange->opened >= PEER_PATIENCE;
}

gboolean
peal_exchange_keys_pass (PealExchange *exchange, PealFrame *frame)
{
  PealDtmfStep step;

  if (!peal_dtmf_sender_is_busy (&exchange->keys) || !peer_hears (exchange))
    return TRUE;
  guint32 timestamp = peal_sender_place (&exchange->sender, frame, peal_loop_now (exchange->loop));
  peal_dtmf_sender_step (&exchange->keys, timestamp, &step);
  if (step.frame != PEAL_DTMF_SOUND)
    peal_exchange_put_silence (exchange, frame);
  if (step.packet) {
    gboolean taken = step.frame != PEAL_DTMF_NOTHING;
    send_key (exchange, &step,
              &(PealPacket) { .payload_type = exchange->sender.payload_type,
                              .timestamp = timestamp,
                              .ssrc = exchange->sender.ssrc,
                              .payload = frame->payload,
                              .length = taken ? 0 : frame->length });
  }
  return step.frame != PEAL_DTMF_NOTHING;
}

void
peal_exchange_keys_give_back (PealExchange *exchange)
{
  if (!peal_dtmf_sender_is_busy (&exchange->keys))
    return;
  g_autofree char *keys = peal_dtmf_sender_stop (&exchange->keys);
  exchange->events->unsaid (exchange->user, keys);
}

/* --- what arrives --- */

static void keys_are_quiet (gpointer user);

void
peal_exchange_keys_tell (PealExchange *exchange)
{
  PealDtmfHeard heard;
  gint64 deadline = peal_dtmf_receiver_deadline (&exchange->keys_heard);

  while (peal_dtmf_receiver_next (&exchange->keys_heard, &heard))
    if (exchange->receive)
      exchange->events->key (exchange->user, &heard);
  if (deadline == G_MAXINT64)
    peal_timer_clear (&exchange->quiet);
  else
    peal_timer_set (exchange->loop, &exchange->quiet, deadline, keys_are_quiet, exchange);
}

static void
keys_are_quiet (gpointer user)
{
  PealExchange *exchange = user;

  peal_dtmf_receiver_tick (&exchange->keys_heard, peal_loop_now (exchange->loop));
  peal_exchange_keys_tell (exchange);
}

gboolean
peal_exchange_keys_count (PealExchange *exchange, const PealPacket *packet, PealPacket *place,
                          gboolean *taken)
{
  guint clock_rate = exchange->clocks[packet->payload_type];
  gint64 now = peal_loop_now (exchange->loop);

  *place = *packet;
  if (clock_rate)
    *taken =
        !peal_dtmf_receiver_place (&exchange->keys_heard, packet, clock_rate, &place->timestamp);
  if (!peal_receiver_hear (&exchange->receiver, place, now))
    return FALSE;
  peal_dtmf_receiver_hear (&exchange->keys_heard, packet, clock_rate, now);
  return TRUE;
}
