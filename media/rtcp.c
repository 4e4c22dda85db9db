/* Sender and receiver reports (RFC 3550 §6): read, and written. */
// SPDX-License-Identifier: MIT
#include "media/rtcp.h"

#include <string.h>

#include "media/packet.h"

enum { SENDER_REPORT = 200, RECEIVER_REPORT = 201, SOURCE_DESCRIPTION = 202, BYE = 203 };
enum { CNAME_ITEM = 1 };
enum { HEADER = 4, SENDER_INFO = 20, BLOCK = 24 }; /* bytes */

guint64
peal_rtcp_ntp (gint64 real_time)
{
  const guint64 from_1900_to_1970 = 2208988800u;
  guint64 seconds = (guint64) real_time / G_USEC_PER_SEC + from_1900_to_1970;
  guint64 fraction = ((guint64) real_time % G_USEC_PER_SEC << 32) / G_USEC_PER_SEC;

  return seconds << 32 | fraction;
}

guint8 *
peal_rtcp_put_header (guint8 *out, guint count, guint8 type, gsize bytes)
{
  out[0] = (guint8) (2 << 6 | count);
  out[1] = type;
  return peal_packet_put_u16 (out + 2, (guint16) (bytes / 4 - 1));
}

static guint8 *
put_block (guint8 *out, const PealRtcpBlock *block)
{
  gint32 lost = CLAMP (block->lost, -0x800000, 0x7fffff);

  out = peal_packet_put_u32 (out, block->ssrc);
  out = peal_packet_put_u32 (out, (guint32) block->fraction << 24 | ((guint32) lost & 0xffffff));
  out = peal_packet_put_u32 (out, block->highest);
  out = peal_packet_put_u32 (out, block->jitter);
  out = peal_packet_put_u32 (out, block->last_sr);
  return peal_packet_put_u32 (out, block->since_sr);
}

static guint8 *
put_report (guint8 *out, const PealRtcpReport *report)
{
  gsize bytes = HEADER + 4 + (report->sending ? SENDER_INFO : 0) + (report->has_block ? BLOCK : 0);

  out = peal_rtcp_put_header (out, report->has_block,
                              report->sending ? SENDER_REPORT : RECEIVER_REPORT, bytes);
  out = peal_packet_put_u32 (out, report->ssrc);
  if (report->sending) {
    out = peal_packet_put_u32 (out, (guint32) (report->ntp >> 32));
    out = peal_packet_put_u32 (out, (guint32) report->ntp);
    out = peal_packet_put_u32 (out, report->timestamp);
    out = peal_packet_put_u32 (out, report->packets);
    out = peal_packet_put_u32 (out, report->octets);
  }
  return report->has_block ? put_block (out, &report->block) : out;
}

/* §6.5: one chunk, one item, at least one zero byte up to the next word. */
static guint8 *
put_cname (guint8 *out, const PealRtcpReport *report)
{
  gsize length = MIN (strlen (report->cname), 255);
  gsize chunk = (4 + 2 + length + 1 + 3) & ~(gsize) 3;

  memset (out, 0, HEADER + chunk);
  guint8 *item = peal_packet_put_u32 (
      peal_rtcp_put_header (out, 1, SOURCE_DESCRIPTION, HEADER + chunk), report->ssrc);
  item[0] = CNAME_ITEM;
  item[1] = (guint8) length;
  memcpy (item + 2, report->cname, length);
  return out + HEADER + chunk;
}

gsize
peal_rtcp_write (const PealRtcpReport *report, guint8 *out)
{
  guint8 *at = put_cname (put_report (out, report), report);

  if (report->bye)
    at = peal_packet_put_u32 (peal_rtcp_put_header (at, 1, BYE, HEADER + 4), report->ssrc);
  return (gsize) (at - out);
}

static void
read_block (const guint8 *at, PealRtcpBlock *block)
{
  gint32 lost = (gint32) (peal_packet_u32 (at + 4) & 0xffffff);

  *block = (PealRtcpBlock) {
    .ssrc = peal_packet_u32 (at),
    .fraction = at[4],
    .lost = lost & 0x800000 ? lost - 0x1000000 : lost,
    .highest = peal_packet_u32 (at + 8),
    .jitter = peal_packet_u32 (at + 12),
    .last_sr = peal_packet_u32 (at + 16),
    .since_sr = peal_packet_u32 (at + 20),
  };
}

/* @data is one packet, @length what its header says. */
static gboolean
read_report (const guint8 *data, gsize length, guint32 ours, PealRtcpHeard *heard)
{
  gboolean sending = data[1] == SENDER_REPORT;
  gsize blocks = HEADER + 4 + (sending ? SENDER_INFO : 0);
  guint count = data[0] & 0x1f;

  if (length < blocks + BLOCK * count)
    return FALSE;
  if (sending) {
    heard->has_sender = TRUE;
    heard->ssrc = peal_packet_u32 (data + 4);
    heard->ntp = (guint64) peal_packet_u32 (data + 8) << 32 | peal_packet_u32 (data + 12);
    heard->timestamp = peal_packet_u32 (data + 16);
  }
  for (guint i = 0; i < count; i++)
    if (peal_packet_u32 (data + blocks + BLOCK * i) == ours) {
      read_block (data + blocks + BLOCK * i, &heard->block);
      heard->has_block = TRUE;
    }
  return TRUE;
}

gboolean
peal_rtcp_next (const guint8 **data, gsize *length, PealRtcpPart *part)
{
  const guint8 *at = *data;

  if (*length < HEADER || at[0] >> 6 != 2)
    return FALSE;
  gsize packet = 4 * ((gsize) peal_packet_u16 (at + 2) + 1);
  if (packet > *length)
    return FALSE;
  gsize padding = at[0] & 0x20 ? at[packet - 1] : 0; /* §6.4.1 */
  if (padding > packet - HEADER)
    return FALSE;
  *part = (PealRtcpPart) {
    .type = at[1], .count = at[0] & 0x1f, .data = at, .length = packet - padding
  };
  *data += packet;
  *length -= packet;
  return TRUE;
}

gboolean
peal_rtcp_read (const guint8 *data, gsize length, guint32 ours, PealRtcpHeard *heard)
{
  PealRtcpPart part;

  *heard = (PealRtcpHeard) { 0 };
  while (length > 0) {
    if (!peal_rtcp_next (&data, &length, &part))
      return FALSE;
    if ((part.type == SENDER_REPORT || part.type == RECEIVER_REPORT) &&
        !read_report (part.data, part.length, ours, heard))
      return FALSE;
    if (part.type == BYE && part.count > 0 && part.length >= HEADER + 4) {
      heard->bye = TRUE;
      heard->bye_ssrc = peal_packet_u32 (part.data + 4);
    }
  }
  return TRUE;
}
