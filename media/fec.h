/* Data for lost packets: RED (RFC 2198) and ULPFEC (RFC 5109), made and used.
 *
 * As everybody does for pictures: each packet is wrapped in RED with a single block, data for lost
 * packets are such blocks too and have numbers of the same stream; one level protects whole
 * packets. Extensions whose values are only known when a packet leaves must be zero in what comes
 * in here (peal_extensions_stamp). Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#include "media/packet.h"

/* --- RED --- */

#define PEAL_RED_HEADER 1

/* Unwraps @packet's payload: its last block, which is the primary one (§3), and that block's type.
 * FALSE: cut short. */
gboolean peal_red_unwrap (PealPacket *packet);
/* Wraps: the payload moves into @payload (PEAL_PACKET_MAX bytes), the type becomes @red. FALSE: too
 * long. */
gboolean peal_red_wrap (PealPacket *packet, guint8 red, guint8 *payload);

/* --- making --- */

#define PEAL_FEC_SPAN   48 /* numbers that one packet of data can be about (§7.4, long mask) */
#define PEAL_FEC_HEADER 18 /* bytes before the data: §7.3, and §7.4 with the long mask */

/* Packets that wait to be protected together. */
typedef struct {
  guint8 *data[PEAL_FEC_SPAN]; /* owned: written packets */
  gsize length[PEAL_FEC_SPAN];
  guint16 sequence[PEAL_FEC_SPAN];
  guint n;
  gint64 since; /* when the first was added, µs */
} PealFecMaker;

/* All zero is empty. */
void peal_fec_maker_clear (PealFecMaker *maker);

/* Adds a written packet. FALSE: there is no place for its number, make first. */
gboolean peal_fec_protect (PealFecMaker *maker, const guint8 *data, gsize length, gint64 now);

/* Writes payload @which of @of into @out (PEAL_PACKET_MAX bytes): data for every @of-th packet, so
 * that of each burst of @of losses all come back. Returns its length. Clear afterwards. */
gsize peal_fec_make (const PealFecMaker *maker, guint which, guint of, guint8 *out);

/* --- using --- */

enum { PEAL_FEC_MEDIA = 128, PEAL_FEC_DATA = 24 }; /* packets that are kept */

typedef struct {
  guint8 *data; /* owned; NULL: empty */
  gsize length;
  guint16 sequence; /* of a packet; of the first that it is about */
  guint64 mask;     /* of data: bit 63 is @sequence, bit 62 the next, … */
} PealFecPiece;

typedef struct {
  PealFecPiece media[PEAL_FEC_MEDIA]; /* by number */
  PealFecPiece data[PEAL_FEC_DATA];   /* a ring */
  guint n_data;
  guint32 ssrc;
  guint16 newest; /* number that came last: data that are about what is long gone are no use */
} PealFecRepair;

/* All zero is empty. */
void peal_fec_repair_clear (PealFecRepair *repair);

/* A packet came, or came again. */
void peal_fec_hear (PealFecRepair *repair, const guint8 *data, gsize length);
/* Data came: the payload of a packet of @ssrc. What is not well made is left alone. */
void peal_fec_hear_data (PealFecRepair *repair, guint32 ssrc, const guint8 *payload, gsize length);

/* Writes one packet that was lost and can be had back into @out (PEAL_PACKET_MAX bytes). Returns
 * its length, 0 when there is none. Ask until there is none. */
gsize peal_fec_repair (PealFecRepair *repair, guint8 *out);
