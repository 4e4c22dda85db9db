/* What comes of a picture: counted, unwrapped, repaired, and told once each.
 *
 * Datagrams are put in; packets are taken out, in the order in which they came, with those that
 * were sent again or could be had from data for lost packets between them. Pure: the time is an
 * argument, monotonic µs. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/arrival.h"
#include "media/extensions.h"
#include "media/fec.h"
#include "media/nack.h"
#include "media/receiver.h"
#include "transport/channel.h"

/* A payload type or id of 0: not agreed on. */
typedef struct {
  guint clock_rate; /* Hz */
  guint8 payload_type, rtx, red, red_rtx, ulpfec;
  PealExtensionIds ids;
} PealInflowSetup;

typedef struct {
  PealInflowSetup with;
  PealReceiver receiver;
  PealNack nack;
  PealFecRepair repair;
  PealArrivals arrivals;
  gboolean protected; /* some came in RED: they are kept for repairs */
  guint8 orientation; /* as it was told last (3GPP TS 26.114 §7.4.5) */
  guint64 recovered;  /* packets that came again, or were repaired */
  gboolean waiting;   /* @packet is to be taken */
  PealPacket packet;
  PealDatagram data;
  guint8 bytes[PEAL_PACKET_MAX]; /* of what is not as it came */
} PealInflow;

void peal_inflow_init (PealInflow *inflow, const PealInflowSetup *setup);
void peal_inflow_clear (PealInflow *inflow);

/* A datagram came; take until there is nothing. What its extensions say is in @said. FALSE: it is
 * none of the stream, and @said is not written. */
gboolean peal_inflow_hear (PealInflow *inflow, const PealDatagram *data, gint64 now,
                           PealExtensions *said);

/* The next packet; it points into @data, which is what was put in or belongs to @inflow until the
 * next call. FALSE: no more. One without payload is nothing of the picture. */
gboolean peal_inflow_take (PealInflow *inflow, gint64 now, PealPacket *packet, PealDatagram *data);
