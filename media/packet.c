/* The header of an RTP packet (RFC 3550 §5.1), its extension included: read, and written. */
// SPDX-License-Identifier: MIT
#include "media/packet.h"

#include <string.h>

gboolean
peal_packet_read (PealPacket *packet, const guint8 *data, gsize length)
{
  if (length < PEAL_PACKET_HEADER || data[0] >> 6 != 2)
    return FALSE;

  gsize header = PEAL_PACKET_HEADER + 4 * (data[0] & 0x0f), extension = 0;
  if (data[0] & 0x10) { /* §5.3.1: an extension, its length in words after the first */
    if (length < header + 4)
      return FALSE;
    extension = 4 + 4 * (gsize) peal_packet_u16 (data + header + 2);
    header += extension;
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
  if (extension) {
    packet->profile = peal_packet_u16 (data + header - extension);
    packet->extension = data + header - extension + 4;
    packet->extension_length = extension - 4;
  }
  return TRUE;
}

static guint8 *
put_extension (guint8 *out, const PealPacket *packet)
{
  out = peal_packet_put_u16 (out, packet->profile);
  out = peal_packet_put_u16 (out, (guint16) (packet->extension_length / 4));
  memcpy (out, packet->extension, packet->extension_length);
  return out + packet->extension_length;
}

gsize
peal_packet_write (const PealPacket *packet, guint8 *out)
{
  gsize header = PEAL_PACKET_HEADER + (packet->extension ? 4 + packet->extension_length : 0);

  if (header > PEAL_PACKET_MAX || packet->length > PEAL_PACKET_MAX - header)
    return 0;
  out[0] = (guint8) (2 << 6 | (packet->extension ? 0x10 : 0));
  out[1] = (guint8) ((packet->marker ? 0x80 : 0) | packet->payload_type);
  guint8 *at = peal_packet_put_u16 (out + 2, packet->sequence);
  at = peal_packet_put_u32 (at, packet->timestamp);
  at = peal_packet_put_u32 (at, packet->ssrc);
  if (packet->extension)
    at = put_extension (at, packet);
  if (packet->length)
    memcpy (at, packet->payload, packet->length);
  return header + packet->length;
}
