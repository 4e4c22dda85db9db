/* The header of an RTP packet (RFC 3550 §5.1), its extension included: read, and written. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_PACKET_HEADER 12   /* bytes, without contributing sources and extensions */
#define PEAL_PACKET_MAX    1500 /* bytes of the largest packet we make or take */

typedef struct {
  guint8 payload_type;
  gboolean marker;
  guint16 sequence;
  guint32 timestamp;
  guint32 ssrc;
  const guint8 *payload;   /* borrowed */
  gsize length;            /* of the payload, without padding */
  const guint8 *extension; /* §5.3.1: its body, whole words; borrowed; NULL: none */
  gsize extension_length;
  guint16 profile; /* its first 16 bits */
} PealPacket;

/* Reads the header of @data into @packet, whose payload points into @data. FALSE: not RTP version
 * 2, or shorter than it says. */
gboolean peal_packet_read (PealPacket *packet, const guint8 *data, gsize length);

/* Writes header, extension and payload into @out, which has PEAL_PACKET_MAX bytes. Returns how many
 * it took, 0 when it is too much. */
gsize peal_packet_write (const PealPacket *packet, guint8 *out);

/* Big-endian numbers, as RTP and RTCP have them; no alignment needed. */
static inline guint16
peal_packet_u16 (const guint8 *bytes)
{
  return (guint16) (bytes[0] << 8 | bytes[1]);
}

static inline guint32
peal_packet_u32 (const guint8 *bytes)
{
  return (guint32) peal_packet_u16 (bytes) << 16 | peal_packet_u16 (bytes + 2);
}

static inline guint8 *
peal_packet_put_u16 (guint8 *out, guint16 value)
{
  out[0] = (guint8) (value >> 8);
  out[1] = (guint8) value;
  return out + 2;
}

static inline guint8 *
peal_packet_put_u32 (guint8 *out, guint32 value)
{
  return peal_packet_put_u16 (peal_packet_put_u16 (out, (guint16) (value >> 16)), (guint16) value);
}
