/* What we tell a peer by REMB that it may send, where transport-wide feedback is not agreed
 * (draft-alvestrand-rmcat-remb-03; the receiver's side of draft-ietf-rmcat-gcc-02).
 *
 * Pure: the time is an argument, monotonic µs. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rate_way.h"

typedef struct {
  PealRateWay way;
  gboolean timed; /* a packet had an abs-send-time: those without are not compared */
  gboolean known; /* what follows is valid */
  guint32 last;   /* sent, in the units of the clock that it has */
  gint64 sent;    /* the same without overflows, µs */
  gint64 told;    /* when the last REMB was made; 0: none was */
  double bitrate; /* that it told */
} PealRateReceiver;

/* @most: bit/s that we want at most; 0: any. */
void peal_rate_receiver_init (PealRateReceiver *receiver, guint most);

/* A packet with the header extension abs-send-time came: @sent, 24 bits of 6.18 seconds. */
void peal_rate_receiver_hear (PealRateReceiver *receiver, guint32 sent, guint bytes, gint64 now);

/* A packet without one came: @timestamp of 90 kHz stands for when it was sent. Of a stream that is
 * sent as it is taken (not of repairs). */
void peal_rate_receiver_hear_bare (PealRateReceiver *receiver, guint32 timestamp, guint bytes,
                                   gint64 now);

/* bit/s that a REMB should tell now; 0: none is due. Once a second, and at once when it is less
 * than 97 % of the last one (remb-03 §2.3 lets it say so immediately). */
guint64 peal_rate_receiver_tell (PealRateReceiver *receiver, gint64 now);
