/* The header of an RTP packet (RFC 3550 §5.1): read, and written. */
// SPDX-License-Identifier: MIT
#include "media/packet.h"

#include <string.h>

gboolean
peal_packet_read (PealPacket *packet, const guint8 *data, gsize length)
{
  if (length < PEAL_PACKET_HEADER || data[0] >> 6 != 2)
    return FALSE;

  gsize header = PEAL_PACKET_HEADER + 4 * (data[0] & 0x0f);
  if (data[0] & 0x10) { /* §5.3.1: an extension, its length in words after the first */
    if (length < header + 4)
      return FALSE;
    header += 4 + 4 * (gsize) peal_packet_u16 (data + header + 2);
  }
  gsize padding = data[0] & 0x20 ? data[length - 1] : 0;
  if (length < header + padding || (data[0] & 0x20 && padding == 0))
    return FALSE;

  *packet = (PealPacket) {
    .payload_type = data[1] & 0x7f,
    .marker = data[1] >> 7,
    .sequence = peal_packet_u16 (data + 2),
    .timestamp = peal_packet_u32 (data + 4),
    .ssrc = peal_packet_u32 (data + 8),
    .payload = data + header,
    .length = length - header - padding,
  };
  return TRUE;
}

gsize
peal_packet_write (const PealPacket *packet, guint8 *out)
{
  if (packet->length > PEAL_PACKET_MAX - PEAL_PACKET_HEADER)
    return 0;

  out[0] = 2 << 6;
  out[1] = (guint8) ((packet->marker ? 0x80 : 0) | packet->payload_type);
  guint8 *at = peal_packet_put_u16 (out + 2, packet->sequence);
  at = peal_packet_put_u32 (at, packet->timestamp);
  at = peal_packet_put_u32 (at, packet->ssrc);
  memcpy (at, packet->payload, packet->length);
  return PEAL_PACKET_HEADER + packet->length;
}
