/* Data for lost packets: RED (RFC 2198) and ULPFEC (RFC 5109). Using them is fec_repair.c.
 *
 * §7.3, the FEC header, is shaped as the RTP header it protects, so that both are XORed alike:
 * |E|L|P|X|  CC   |M| PT recovery |            SN base            |
 * |                          TS recovery                          |
 * |        length recovery        | §7.4: protection length       |
 * | mask, 16 bits or with L 48                                    | */
// SPDX-License-Identifier: MIT
#include "media/fec_inner.h"

#include <string.h>

enum { MORE = 0x80 }; /* RFC 2198 §3: another block header follows */
enum { RED_LONG_HEADER = 4 };

/* --- RED --- */

gboolean
peal_red_unwrap (PealPacket *packet)
{
  gsize at = 0, before = 0; /* bytes of blocks that stand before the primary one */

  for (; at < packet->length && packet->payload[at] & MORE; at += RED_LONG_HEADER) {
    if (packet->length - at <= RED_LONG_HEADER)
      return FALSE;
    before += (gsize) (packet->payload[at + 2] & 3) << 8 | packet->payload[at + 3];
  }
  if (at >= packet->length || packet->length - at - PEAL_RED_HEADER < before)
    return FALSE;
  packet->payload_type = packet->payload[at];
  packet->payload += at + PEAL_RED_HEADER + before;
  packet->length -= at + PEAL_RED_HEADER + before;
  return TRUE;
}

gboolean
peal_red_wrap (PealPacket *packet, guint8 red, guint8 *payload)
{
  if (packet->length > PEAL_PACKET_MAX - PEAL_RED_HEADER)
    return FALSE;
  payload[0] = packet->payload_type;
  memcpy (payload + PEAL_RED_HEADER, packet->payload, packet->length);
  packet->payload = payload;
  packet->length += PEAL_RED_HEADER;
  packet->payload_type = red;
  return TRUE;
}

/* --- making --- */

void
peal_fec_maker_clear (PealFecMaker *maker)
{
  for (guint i = 0; i < maker->n; i++)
    g_clear_pointer (&maker->data[i], g_free);
  maker->n = 0;
}

gboolean
peal_fec_protect (PealFecMaker *maker, const guint8 *data, gsize length, gint64 now)
{
  guint16 sequence = peal_packet_u16 (data + 2);

  g_assert (length >= PEAL_PACKET_HEADER);
  if (maker->n == PEAL_FEC_SPAN ||
      (maker->n && (guint16) (sequence - maker->sequence[0]) >= PEAL_FEC_SPAN))
    return FALSE;
  if (maker->n == 0)
    maker->since = now;
  maker->data[maker->n] = g_memdup2 (data, length);
  maker->length[maker->n] = length;
  maker->sequence[maker->n++] = sequence;
  return TRUE;
}

void
peal_fec_xor (guint8 *onto, const guint8 *data, gsize length)
{
  for (gsize i = 0; i < length; i++)
    onto[i] ^= data[i];
}

void
peal_fec_xor_packet (PealFecSum *sum, const guint8 *data, gsize length)
{
  guint8 bits[PEAL_FEC_BITS];
  gsize body = length - PEAL_PACKET_HEADER;

  memcpy (bits, data, 2);
  memcpy (bits + 2, data + 4, 4);
  peal_packet_put_u16 (bits + 6, (guint16) body);
  peal_fec_xor (sum->bits, bits, sizeof bits);
  peal_fec_xor (sum->body, data + PEAL_PACKET_HEADER, body);
  sum->length = MAX (sum->length, body);
}

gsize
peal_fec_make (const PealFecMaker *maker, guint which, guint of, guint8 *out)
{
  PealFecSum sum = { 0 };
  guint64 mask = 0;
  guint16 base = maker->sequence[0];

  for (guint i = which; i < maker->n; i += of) {
    peal_fec_xor_packet (&sum, maker->data[i], maker->length[i]);
    mask |= G_GUINT64_CONSTANT (1) << (63 - (guint16) (maker->sequence[i] - base));
  }
  gboolean long_mask = mask << 16 != 0;
  gsize header = PEAL_FEC_HEADER - (long_mask ? 0 : 4);
  if (!mask || header + sum.length > PEAL_PACKET_MAX)
    return 0;
  memcpy (out, sum.bits, 2);
  out[0] = (guint8) ((out[0] & 0x3f) | (long_mask ? PEAL_FEC_LONG : 0));
  peal_packet_put_u16 (out + 2, base);
  memcpy (out + 4, sum.bits + 2, 6);
  peal_packet_put_u16 (out + 10, (guint16) sum.length);
  peal_packet_put_u16 (out + 12, (guint16) (mask >> 48));
  if (long_mask)
    peal_packet_put_u32 (out + 14, (guint32) (mask >> 16));
  memcpy (out + header, sum.body, sum.length);
  return header + sum.length;
}
