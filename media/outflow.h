/* What leaves of a picture: numbers and extensions, what protects, what is sent again, and the pace
 * of it all.
 *
 * A frame's packets are put in; datagrams are taken out when they are due. Pure: the time is an
 * argument, monotonic µs. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/arrival.h"
#include "media/extensions.h"
#include "media/fec.h"
#include "media/pacer.h"
#include "media/retransmit.h"
#include "media/sender.h"

/* A payload type or id of 0: not agreed on. */
typedef struct {
  guint clock_rate; /* Hz */
  guint8 payload_type, rtx, red, red_rtx, ulpfec;
  guint32 ssrc, rtx_ssrc; /* 0: any */
  gboolean nack;          /* what is asked for is sent again */
  PealExtensionIds ids;
  const char *mid; /* borrowed; NULL: none */
  guint bitrate;   /* to begin with, bit/s */
} PealOutflowSetup;

typedef struct {
  PealOutflowSetup with;
  PealSender sender;
  PealPacer pacer;
  PealRetransmit cache;
  PealDepartures departures;
  PealFecMaker maker;
  guint16 rtx_sequence;
  guint protection; /* bytes that protect, in percent of what they protect; 0: none */
  guint64 resent;   /* packets */
  guint64 resent_bytes, protection_bytes;
} PealOutflow;

void peal_outflow_init (PealOutflow *outflow, const PealOutflowSetup *setup);
void peal_outflow_clear (PealOutflow *outflow);

/* A packet of the picture: payload, timestamp (on the eye's own line) and marker matter. FALSE: it
 * is lost, since it is too long or too much waits. */
gboolean peal_outflow_put (PealOutflow *outflow, const PealPacket *packet, gint64 now);

/* Writes the datagram that leaves at @now into @out (PEAL_PACKET_MAX bytes). Returns its length; 0:
 * none, or not yet. */
gsize peal_outflow_take (PealOutflow *outflow, gint64 now, guint8 *out);
/* When to ask again; G_MAXINT64: nothing waits. */
gint64 peal_outflow_due (const PealOutflow *outflow, gint64 now);

/* The peer asks for @n packets again. @rtt_ms negative: not known. */
void peal_outflow_ask (PealOutflow *outflow, const guint16 *missing, guint n, double rtt_ms,
                       gint64 now);

/* Nothing is to leave any more, on purpose; what waits is dropped. */
void peal_outflow_pause (PealOutflow *outflow);

/* How much protects what leaves from now on, in percent; 0: nothing does. Only where RED and ULPFEC
 * were agreed on. */
void peal_outflow_protect (PealOutflow *outflow, guint percent);

/* The bytes that are added to each payload at most. */
gsize peal_outflow_added (const PealOutflow *outflow);
