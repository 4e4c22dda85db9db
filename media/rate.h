/* How many bits sound may take, and how much loss to prepare for, by what the peer reports.
 *
 * Pure: the time is an argument. Loss while the way grows longer means that a queue is full: fewer
 * bits. Loss while it does not is the net's habit: fewer bits would not help, but data for lost
 * packets does, and a little more room for it. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/rtcp.h"

typedef struct {
  PealBitrates limits;
  guint clock_rate;          /* Hz */
  guint bitrate;             /* bit/s that the encoder should use */
  guint loss_percent;        /* that it should expect */
  gboolean known;            /* what follows is valid */
  gint64 heard;              /* when the last report that counts came, µs */
  guint32 highest;           /* sequence number that it told */
  double loss;               /* share of packets, smoothed */
  double rtt_ms;             /* smoothed; negative: not known */
  double shortest_ms;        /* of it, in this window */
  double shortest_before_ms; /* and in the one before it */
  gint64 window;             /* when this window began, µs */
  gint64 lowered;            /* when @bitrate last was, µs */
  gint64 raised;
} PealRate;

/* @most_bitrate: what the peer allows; 0: any. */
void peal_rate_init (PealRate *rate, const PealCodec *codec, guint most_bitrate);

/* The peer's report about our stream came at @now (monotonic µs); @rtt_ms negative: not known.
 * TRUE: @bitrate or @loss_percent has changed. */
gboolean peal_rate_hear (PealRate *rate, const PealRtcpBlock *block, double rtt_ms, gint64 now);
