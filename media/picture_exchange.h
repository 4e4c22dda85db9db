/* One picture on its loop: its lanes, what is sent, what is heard, what both sides say about it.
 *
 * An eye hands packets to it (peal_picture_exchange_send); it gives them their numbers and header
 * extensions and lets them leave at an even pace. Nothing is sent while the eye gives nothing.
 * What the peer misses is sent again or protected beforehand; what we miss is asked for, and what
 * cannot be had in time is told by asking for a key frame: all as far as it was agreed on.
 *
 * All functions are called on the loop; events are told there. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/negotiate.h"
#include "media/packet.h"
#include "signaling/event.h"
#include "transport/channel.h"

typedef struct PealPictureExchange PealPictureExchange;

typedef struct {
  void (*open) (gpointer user); /* packets may leave: the eye should look */
  /* A packet of the picture; not while on hold. In the order in which they come, those that were
   * sent again or repaired put in when they are there: their numbers say where they belong. Each
   * number comes once. @packet points into @data. One without payload fills a number that is
   * nothing of the picture (padding, data for lost packets), so that nobody waits for it. */
  void (*heard) (gpointer user, const PealPacket *packet, const PealDatagram *data);
  void (*second) (gpointer user); /* one more went by */
  /* The next frame that is sent must be a key frame: the peer wants one, or may, where it was not
   * agreed how it would say so. At most one in 300 ms. */
  void (*key_frame) (gpointer user);
  /* The eye should use @bitrate (bit/s of payload) from now on: what headers, repairs and what
   * protects take is off it already. What is measured of the way stands beside it; @rtt_ms is
   * negative where it is not known. Comes right after `open`, then at each change. May be NULL. */
  void (*rate) (gpointer user, guint bitrate, guint loss_percent, gint rtt_ms);
  /* A sender report of the stream that is heard: at @ntp (as it came) it stood at @timestamp. May
   * be NULL. */
  void (*clock) (gpointer user, guint64 ntp, guint32 timestamp);
} PealPictureExchangeEvents;

typedef struct {
  PealLoop *loop;
  PealChannel *rtp, *rtcp;        /* borrowed; @rtcp may be NULL */
  const PealCodec *codec;         /* of what is sent */
  const PealAgreement *agreement; /* only read during the call */
  const char *content;            /* its name, which is its MID; copied */
  guint max_bitrate;              /* of what is sent, bit/s; 0: what the codec's row has */
  guint voice;                    /* bit/s that a voice beside it takes of the same way; 0: none */
  gboolean send, receive;
} PealPictureExchangeSetup;

/* Begins to listen to the lanes. @setup is only read during the call, @events is borrowed. */
PealPictureExchange *peal_picture_exchange_new (const PealPictureExchangeSetup *setup,
                                                const PealPictureExchangeEvents *events,
                                                gpointer user);

/* Says BYE and leaves the lanes alone from now on. */
void peal_picture_exchange_free (PealPictureExchange *exchange);

/* A packet from the eye: payload, timestamp and marker (the last of a frame) matter, the rest of
 * its header is ours. The timestamps of another eye may begin anywhere once nothing was to be sent
 * for a while (peal_picture_exchange_mute, _hold, _direct). */
void peal_picture_exchange_send (PealPictureExchange *exchange, const PealPacket *packet);

/* How many bytes a payload may have: what the path takes without headers and all that may be added
 * on the way. */
gsize peal_picture_exchange_payload_size (PealPictureExchange *exchange);

/* What is heard cannot be shown without a key frame: asks the peer for one, if it was agreed how,
 * and again until one comes. May be called each time it is noticed. */
void peal_picture_exchange_want_key_frame (PealPictureExchange *exchange);

/* How the picture that is heard lies: the byte of urn:3gpp:video-orientation (TS 26.114 §7.4.5), as
 * it was told last. The peer tells it with the last packet of a frame: `heard` of that one finds it
 * here. 0 before it was told. */
guint8 peal_picture_exchange_orientation (PealPictureExchange *exchange);

/* Which way the picture goes, after an agreed change. */
void peal_picture_exchange_direct (PealPictureExchange *exchange, gboolean send, gboolean receive);
/* Nothing is sent; what is heard is not concerned. */
void peal_picture_exchange_mute (PealPictureExchange *exchange, gboolean muted);
/* Nothing is sent or shown; reports go on. */
void peal_picture_exchange_hold (PealPictureExchange *exchange, gboolean held);

/* Counters until now; what is known of frames is not known here. */
void peal_picture_exchange_stats (PealPictureExchange *exchange, PealStats *stats);
