/* What the files of a picture's exchange share: the exchange itself, what we say to the peer about
 * its picture, what the peer says about ours. Nobody else includes this. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/inflow.h"
#include "media/outflow.h"
#include "media/picture_exchange.h"
#include "media/rate.h"
#include "media/rate_receiver.h"
#include "media/reports.h"

struct PealPictureExchange {
  PealLoop *loop;
  PealChannel *rtp;
  const PealPictureExchangeEvents *events;
  gpointer user;
  const PealCodec *codec;
  PealAgreement agreement;
  char *content;
  gboolean open, send, receive, muted, held;
  PealOutflow out;
  PealInflow in;
  PealReports reports;
  PealTimer turn; /* the next thing that is due of all below */
  PealTimer second;
  gint64 second_due;
  gint64 counted_at;                      /* when a second began, µs, and until then: */
  guint64 counted_sent, counted_received; /* bytes */
  gint64 bitrate_bps;                     /* of the last one; -1: none yet */
  guint passed_on;                        /* packets within this second */

  /* What we say. */
  gboolean wanting; /* a key frame: none has come since */
  guint asked;      /* how often for this one */
  gint64 asked_at;
  guint8 fir_number;
  gint64 tell_at; /* when arrivals are told next; 0: none came */
  PealRateReceiver rate_receiver;
  gint64 remb_at; /* when there may be one next */

  /* What the peer says. */
  gint64 keyed;   /* when a key frame was last wanted of the eye, µs */
  gint64 key_due; /* when the next is; G_MAXINT64: not wanted */
  gint64 tick_at; /* of the rate */
  PealRate rate;
  guint told_bitrate, told_loss;
  gint64 calm; /* since when nothing is lost, µs */
  guint64 counted_resent_bytes;
  guint resent_bitrate; /* in the last second */
};

/* --- what we say about the peer's picture --- */

/* Says what is due: what to send again, that a key frame is wanted, what arrived, how much may be
 * sent. */
void peal_picture_exchange_say (PealPictureExchange *exchange);
/* When that is so next, µs; G_MAXINT64: not before something comes. */
gint64 peal_picture_exchange_say_due (PealPictureExchange *exchange);
/* @packet came, in a datagram of @bytes whose extensions say @said. */
void peal_picture_exchange_measure (PealPictureExchange *exchange, const PealPacket *packet,
                                    const PealExtensions *said, gsize bytes);

/* --- what the peer says about ours --- */

void peal_picture_exchange_obey_init (PealPictureExchange *exchange,
                                      const PealPictureExchangeSetup *setup);
/* A datagram of RTCP. */
void peal_picture_exchange_obey_feedback (gpointer user, const guint8 *data, gsize length);
void peal_picture_exchange_obey_report (gpointer user, const PealRtcpHeard *heard, double rtt_ms);
/* What is due: a key frame that had to wait, a rate for want of feedback. */
void peal_picture_exchange_obey (PealPictureExchange *exchange);
gint64 peal_picture_exchange_obey_due (const PealPictureExchange *exchange);
/* A second went by: how much to protect, and what it leaves to the picture. */
void peal_picture_exchange_obey_second (PealPictureExchange *exchange);
/* Tells the eye what it may take. */
void peal_picture_exchange_tell_rate (PealPictureExchange *exchange, gboolean anyway);
/* A frame that refers to none is needed. */
void peal_picture_exchange_need_key_frame (PealPictureExchange *exchange);

/* Whether a picture of ours may leave. */
gboolean peal_picture_exchange_sends (const PealPictureExchange *exchange);
