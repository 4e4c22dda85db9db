/* What making and using data for lost packets share. Nobody else includes this. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/fec.h"

enum { PEAL_FEC_LONG = 0x40, PEAL_FEC_EXTENDED = 0x80 }; /* RFC 5109 §7.3: L, E */
enum { PEAL_FEC_BITS = 8 }; /* of a header what is protected: two bytes, timestamp, length */

/* Packets XORed (§8): the protected bits of their headers, and what follows the 12 bytes. */
typedef struct {
  guint8 bits[PEAL_FEC_BITS];
  guint8 body[PEAL_PACKET_MAX];
  gsize length; /* of the longest body */
} PealFecSum;

void peal_fec_xor (guint8 *onto, const guint8 *data, gsize length);

/* Adds a packet of 12 to PEAL_PACKET_MAX bytes. */
void peal_fec_xor_packet (PealFecSum *sum, const guint8 *data, gsize length);
