/* How many bits may be sent, and how much loss to prepare for, by what the peer tells.
 *
 * Pure: the time is an argument, monotonic µs. A voice goes by receiver reports (rate_reports.c). A
 * picture goes by the best that its peer gives: transport-wide feedback (rate_way.c and
 * rate_loss.c), else its REMB, else reports too; REMB and the user's limit cap each of them. What a
 * voice takes beside it comes off first: when the way grows narrow, only the picture gives. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rate_loss.h"
#include "media/rate_reports.h"
#include "media/rate_way.h"

typedef struct {
  PealBitrates limits;
  guint bitrate; /* bit/s that may be sent: sound as it is coded; of a picture all packets, with
                    their RTP headers, repairs and what protects them */
  guint loss_percent; /* that is to be expected */
  gboolean picture;
  guint voice; /* bit/s that others send on the same way */
  PealRateReports reports;
  PealRateWay way; /* what follows is of pictures */
  PealRateLoss loss;
  double remb;        /* bit/s, most that the peer wants; INFINITY: it has not said */
  gboolean measured;  /* transport-wide feedback has come */
  guint16 missed[64]; /* sequence numbers: the last that were told as lost */
  guint n_missed;
  gboolean paused; /* not even the least passes beside the voice: send nothing of the picture */
  gint64 crowded;  /* since when that is so; 0: it is not */
  gint64 resume, resumed; /* when a pause ends, or ended */
  gint64 pause;           /* how long the next one is */
  gint64 unanswered;      /* when the first packet since the last feedback was sent; 0: none was */
} PealRate;

/* A packet that the peer's transport-wide feedback tells of
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3). */
typedef struct {
  guint16 sequence; /* transport-wide */
  guint16 bytes;    /* of the RTP packet */
  gint64 sent;      /* monotonic µs */
  gint64 arrived;   /* µs by the peer's clock, from any beginning; PEAL_RATE_LOST: it did not */
} PealRateArrival;

#define PEAL_RATE_LOST G_MININT64

/* Of a voice. @most_bitrate: what the peer allows; 0: any. */
void peal_rate_init (PealRate *rate, const PealCodec *codec, guint most_bitrate);

/* Of a picture, between @limits (bit/s, least not 0). @voice: bit/s, headers and all, that a voice
 * beside it takes of the same way, whose packets are not among the arrivals. */
void peal_rate_init_picture (PealRate *rate, const PealBitrates *limits, guint voice);

/* The peer's report about our stream came at @now (monotonic µs); @rtt_ms negative: not known.
 * TRUE, here and below: @bitrate, @loss_percent or @paused has changed. */
gboolean peal_rate_hear (PealRate *rate, const PealRtcpBlock *block, double rtt_ms, gint64 now);

/* A packet that the peer shall tell of was sent. */
void peal_rate_sent (PealRate *rate, gint64 now);

/* One feedback packet came, about packets that were sent and had not been told of before: @n of
 * them, in the order of sending. Only a packet that was told as lost may be told of again, as one
 * that was overtaken and has arrived. Voice's packets must not be among them. */
gboolean peal_rate_arrivals (PealRate *rate, const PealRateArrival *arrivals, guint n, gint64 now);

/* The peer's REMB came (draft-alvestrand-rmcat-remb-03): @bitrate, of all that we send. */
gboolean peal_rate_remb (PealRate *rate, guint64 bitrate, gint64 now);

/* To be called some times a second, also while the picture is paused: feedback that stays away
 * halves what may be sent, each 1.5 s; and a pause ends. TRUE also when @paused has changed. */
gboolean peal_rate_tick (PealRate *rate, gint64 now);
