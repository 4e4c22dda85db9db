/* What was sent lately, to be sent again to who missed it (RFC 4585, RFC 4588).
 *
 * Bounded in packets, bytes and time. One packet is not sent twice within a round trip, however
 * often it is asked for, and all of them together take no more than a share of what may be sent.
 * Pure: the time is an argument. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#include "media/packet.h"

enum {
  PEAL_RETRANSMIT_SLOTS = 2048,            /* packets */
  PEAL_RETRANSMIT_BYTES = 2 * 1024 * 1024, /* of them */
  PEAL_RETRANSMIT_MS = 2000,               /* how long ago they left, at most */
};

typedef struct {
  guint8 *data; /* owned; NULL: empty */
  gsize length;
  gint64 sent, again; /* µs; again 0: never */
  guint16 sequence;
} PealSent;

typedef struct {
  PealSent slots[PEAL_RETRANSMIT_SLOTS]; /* by number */
  guint16 oldest, next;                  /* numbers: [oldest, next) may be there */
  gsize bytes;
  double budget; /* bytes that may be sent again now */
  gint64 at;     /* when it was counted */
} PealRetransmit;

/* Frees what is kept; all zero is empty. */
void peal_retransmit_clear (PealRetransmit *cache);

/* Keeps a copy of the written packet @data, which leaves under the next number @sequence. */
void peal_retransmit_keep (PealRetransmit *cache, guint16 sequence, const guint8 *data,
                           gsize length, gint64 now);

/* Who asks, and what may be spent on it. */
typedef struct {
  double rtt_ms; /* negative: not known */
  guint bitrate; /* of the picture, bit/s */
  gint64 now;
} PealRetransmitWish;

/* The packet @sequence, when it is to be sent again now; borrowed until the next call. NULL: it is
 * not there any more, it is on its way already, or too much is asked for. */
const PealSent *peal_retransmit_again (PealRetransmit *cache, guint16 sequence,
                                       const PealRetransmitWish *wish);

/* --- RFC 4588 §4: the original number, then the payload --- */

#define PEAL_RTX_HEADER 2

/* Makes of @packet, which was sent, one of the retransmission stream: its payload moves into
 * @payload (PEAL_PACKET_MAX bytes). FALSE: too long. */
gboolean peal_rtx_wrap (PealPacket *packet, guint8 *payload);
/* The other way round: payload and number are those of the original; type and source are left to
 * the caller. FALSE: nothing is in it (padding that probes the path). */
gboolean peal_rtx_unwrap (PealPacket *packet);
