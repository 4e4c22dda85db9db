/* What arrives of one content: loss, jitter and what the peer's reports say (RFC 3550 §6.4, A.1,
 * A.3, A.8).
 *
 * Pure: the time is an argument. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/packet.h"
#include "media/rtcp.h"

typedef struct {
  guint clock_rate; /* Hz */
  gboolean known;   /* @ssrc is valid */
  guint32 ssrc;
  gint64 at;                 /* when its last packet came, µs */
  guint32 base;              /* extended number of its first packet */
  guint32 highest;           /* extended number of its latest */
  guint32 stream_received;   /* of this SSRC */
  guint32 expected_reported; /* at the last report */
  guint32 received_reported;
  guint32 transit;    /* of the last packet, timestamp units */
  double jitter;      /* timestamp units */
  gint64 lost_before; /* by earlier SSRCs */
  guint64 received;   /* packets, of all SSRCs */
  guint64 bytes;
  guint32 other_ssrc; /* one that may take over: heard once, with this number next */
  guint16 other_next;
  gboolean other_known;
  guint16 leap_next; /* after a number out of all order */
  gboolean leap_known;
  guint32 report_ntp; /* middle 32 bits of the last sender report; 0: none */
  gint64 report_at;
} PealReceiver;

/* Nothing was heard yet. @clock_rate in Hz. */
void peal_receiver_init (PealReceiver *receiver, guint clock_rate);

/* Counts a packet that came at @now (µs). TRUE: it belongs to the stream that is heard. A packet of
 * another SSRC takes over when two in a row come while the old one is silent: a forged or stray
 * one does not. */
gboolean peal_receiver_hear (PealReceiver *receiver, const PealPacket *packet, gint64 now);

/* The peer's report came; the time of its sender report is kept for ours. */
void peal_receiver_heard_report (PealReceiver *receiver, const PealRtcpHeard *heard, gint64 now);

/* Fills the block of our next report, and begins the next interval. FALSE: nothing was heard yet.
 */
gboolean peal_receiver_block (PealReceiver *receiver, gint64 now, PealRtcpBlock *block);

/* Packets that were sent and did not come (at least 0). */
gint64 peal_receiver_lost (const PealReceiver *receiver);

/* Round trip in ms from the peer's @block about us, at most 60 s; -1 when it heard no sender report
 * yet, or tells what cannot be. */
double peal_receiver_round_trip (const PealRtcpBlock *block, gint64 real_time);
