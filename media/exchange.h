/* One content on its loop: its lanes, what is sent, what is heard, reports, and silence where no
 * sound comes.
 *
 * Engines hand packets to it (peal_exchange_send); it stamps them with its one sender. While no
 * engine delivers, because a microphone still opens, a file has ended or a pipe stalls, it sends
 * silence itself: peers take a stream without packets for a dead one, and Dino shows a call as
 * connected only at the first packet. Reports (RFC 3550 §6) leave at once when the lane opens, then
 * about every second, which RFC 4585 §3.5 allows and 5 % of the stream covers.
 *
 * All functions are called on the loop; events are told there. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/packet.h"
#include "signaling/event.h"
#include "transport/channel.h"

typedef struct PealExchange PealExchange;

typedef struct {
  void (*open) (gpointer user); /* packets may leave: the engine should begin */
  /* A packet to be played; not while on hold. @packet points into @data. */
  void (*heard) (gpointer user, const PealPacket *packet, const PealDatagram *data);
  void (*sent) (gpointer user, const PealDatagram *data); /* what left, as it left */
  void (*second) (gpointer user);                         /* one more went by */
} PealExchangeEvents;

typedef struct {
  PealLoop *loop;
  PealChannel *rtp, *rtcp; /* borrowed; @rtcp may be NULL */
  const PealCodec *codec;  /* of what is sent */
  guint8 payload_type;     /* likewise */
  gboolean send, receive;
  gboolean engine; /* one will deliver; else silence is all there is to send */
} PealExchangeSetup;

/* Begins to listen to the lanes. @setup is only read during the call. */
PealExchange *peal_exchange_new (const PealExchangeSetup *setup, const PealExchangeEvents *events,
                                 gpointer user);

/* Says BYE and leaves the lanes alone from now on. */
void peal_exchange_free (PealExchange *exchange);

/* A packet from an engine: payload and timestamp matter, the rest of its header is ours. */
void peal_exchange_send (PealExchange *exchange, const PealPacket *packet);

/* The engine has nothing more. */
void peal_exchange_engine_ended (PealExchange *exchange);

/* Which way sound goes, after an agreed change. */
void peal_exchange_direct (PealExchange *exchange, gboolean send, gboolean receive);
/* Silence takes the place of each packet. */
void peal_exchange_mute (PealExchange *exchange, gboolean muted);
/* Nothing is sent or played; reports go on. */
void peal_exchange_hold (PealExchange *exchange, gboolean held);

/* Counters until now; the level is not known here. */
void peal_exchange_stats (PealExchange *exchange, PealStats *stats);
