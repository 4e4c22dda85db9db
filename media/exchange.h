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
#include "media/dtmf_receiver.h"
#include "media/extensions.h"
#include "media/packet.h"
#include "media/wishes.h"
#include "signaling/event.h"
#include "transport/channel.h"

typedef struct PealExchange PealExchange;

typedef struct {
  void (*open) (gpointer user); /* packets may leave: the engine should begin */
  /* A packet to be played; not while on hold. @packet points into @data. */
  void (*heard) (gpointer user, const PealPacket *packet, const PealDatagram *data);
  /* The packet at this place of the stream told a key: silence belongs there, or nothing, where it
   * is @taken. Its payload does not count. */
  void (*passed) (gpointer user, const PealPacket *place, gboolean taken);
  void (*sent) (gpointer user, const PealDatagram *data);  /* what left; silence for keys */
  void (*key) (gpointer user, const PealDtmfHeard *heard); /* the peer's, when it has ended */
  void (*unsaid) (gpointer user, const char *keys); /* hold or a new direction came before them */
  void (*second) (gpointer user);                   /* one more went by */
  /* The peer's sender report: at @ntp its stream stood at @timestamp. May be NULL. */
  void (*reported) (gpointer user, guint64 ntp, guint32 timestamp);
  /* The engine should use @bitrate from now on, and expect @loss_percent of loss. May be NULL. */
  void (*rate) (gpointer user, guint bitrate, guint loss_percent);
} PealExchangeEvents;

typedef struct {
  PealLoop *loop;
  PealChannel *rtp, *rtcp; /* borrowed; @rtcp may be NULL */
  const PealCodec *codec;  /* of what is sent */
  guint8 payload_type;     /* likewise */
  guint32 ssrc;            /* likewise, as the peer was told; 0: any */
  PealWishes wishes;       /* of the peer; all 0: none */
  gboolean send, receive;
  gboolean engine;         /* one will deliver; else silence is all there is to send */
  guint8 keys_type;        /* under which keys are sent (RFC 4733), */
  guint keys_clock;        /* and by which clock, Hz; 0: they are not */
  PealExtensionIds ids;    /* header extensions that were agreed on */
  const char *content;     /* the name of the content, which is its MID; copied; may be NULL */
  const guint *keys_heard; /* of each of 128 payload types: its clock, where it tells keys; or 0 */
} PealExchangeSetup;

/* Begins to listen to the lanes. @setup is only read during the call. */
PealExchange *peal_exchange_new (const PealExchangeSetup *setup, const PealExchangeEvents *events,
                                 gpointer user);

/* Says BYE and leaves the lanes alone from now on. */
void peal_exchange_free (PealExchange *exchange);

/* A packet from an engine: payload and timestamp matter, the rest of its header is ours. @level is
 * how loud it is as RFC 6464 has it: -dBov, 127 for silence. */
void peal_exchange_send (PealExchange *exchange, const PealPacket *packet, guint8 level);

/* The engine has nothing more. */
void peal_exchange_engine_ended (PealExchange *exchange);

/* Which way sound goes, after an agreed change. */
void peal_exchange_direct (PealExchange *exchange, gboolean send, gboolean receive);
/* Silence takes the place of each packet. */
void peal_exchange_mute (PealExchange *exchange, gboolean muted);
/* Nothing is sent or played; reports go on. */
void peal_exchange_hold (PealExchange *exchange, gboolean held);

/* Says @keys (peal_dtmf_check) after those that wait, each for @tone_ms (0: as usual), as soon as
 * the peer hears: also while muted. FALSE: too many wait. */
gboolean peal_exchange_dial (PealExchange *exchange, const char *keys, guint tone_ms);

/* Counters until now; the level is not known here. */
void peal_exchange_stats (PealExchange *exchange, PealStats *stats);
