/* What a peer's receiver reports say of the way there: how many bits to send, how much loss to
 * prepare for.
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
  gboolean picture;          /* takes all that there is */
  guint bitrate;             /* bit/s */
  guint loss_percent;        /* to expect */
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
} PealRateReports;

void peal_rate_reports_init (PealRateReports *reports, const PealBitrates *limits,
                             guint clock_rate);

/* As peal_rate_hear. */
gboolean peal_rate_reports_hear (PealRateReports *reports, const PealRtcpBlock *block,
                                 double rtt_ms, gint64 now);
