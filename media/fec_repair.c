/* What data for lost packets (RFC 5109) give back. */
// SPDX-License-Identifier: MIT
#include "media/fec_inner.h"

#include <string.h>

enum { SHORT_HEADER = PEAL_FEC_HEADER - 4, TOP = 63 };

static void
empty (PealFecPiece *piece)
{
  g_free (piece->data);
  *piece = (PealFecPiece) { 0 };
}

void
peal_fec_repair_clear (PealFecRepair *repair)
{
  for (guint i = 0; i < PEAL_FEC_MEDIA; i++)
    empty (&repair->media[i]);
  for (guint i = 0; i < PEAL_FEC_DATA; i++)
    empty (&repair->data[i]);
}

void
peal_fec_hear (PealFecRepair *repair, const guint8 *data, gsize length)
{
  if (length < PEAL_PACKET_HEADER || length > PEAL_PACKET_MAX)
    return;
  guint16 sequence = peal_packet_u16 (data + 2);
  PealFecPiece *piece = &repair->media[sequence % PEAL_FEC_MEDIA];
  empty (piece);
  piece->data = g_memdup2 (data, length);
  piece->length = length;
  piece->sequence = repair->newest = sequence;
}

static gsize
header_of (const guint8 *payload)
{
  return payload[0] & PEAL_FEC_LONG ? PEAL_FEC_HEADER : SHORT_HEADER;
}

/* §7.3, §7.4. 0: not well made. */
static guint64
mask_of (const guint8 *payload, gsize length)
{
  if (length < SHORT_HEADER || payload[0] & PEAL_FEC_EXTENDED || length < header_of (payload))
    return 0;
  guint64 mask = (guint64) peal_packet_u16 (payload + 12) << 48;
  if (payload[0] & PEAL_FEC_LONG)
    mask |= (guint64) peal_packet_u32 (payload + 14) << 16;
  /* It protects what it holds: a level of part of a packet gives no packet back. */
  return peal_packet_u16 (payload + 10) <= length - header_of (payload) ? mask : 0;
}

void
peal_fec_hear_data (PealFecRepair *repair, guint32 ssrc, const guint8 *payload, gsize length)
{
  guint64 mask = mask_of (payload, length);

  if (!mask || length > PEAL_PACKET_MAX)
    return;
  PealFecPiece *piece = &repair->data[repair->n_data++ % PEAL_FEC_DATA];
  empty (piece);
  *piece = (PealFecPiece) { .data = g_memdup2 (payload, length),
                            .length = length,
                            .sequence = peal_packet_u16 (payload + 2),
                            .mask = mask };
  repair->ssrc = ssrc;
}

static const PealFecPiece *
find (const PealFecRepair *repair, guint16 sequence)
{
  const PealFecPiece *piece = &repair->media[sequence % PEAL_FEC_MEDIA];

  return piece->data && piece->sequence == sequence ? piece : NULL;
}

/* How many that @data is about are not there, and one of them. */
static guint
missing_of (const PealFecRepair *repair, const PealFecPiece *data, guint16 *missing)
{
  guint n = 0;

  for (guint i = 0; i < PEAL_FEC_SPAN; i++)
    if (data->mask >> (TOP - i) & 1 && !find (repair, (guint16) (data->sequence + i))) {
      *missing = (guint16) (data->sequence + i);
      n++;
    }
  return n;
}

/* §9.2: XOR of the data and all others that they are about. */
static void
add_up (const PealFecRepair *repair, const PealFecPiece *data, PealFecSum *sum)
{
  gsize header = header_of (data->data), length = peal_packet_u16 (data->data + 10);

  memcpy (sum->bits, data->data, 2);
  memcpy (sum->bits + 2, data->data + 4, 6);
  memcpy (sum->body, data->data + header, length);
  sum->length = length;
  for (guint i = 0; i < PEAL_FEC_SPAN; i++) {
    const PealFecPiece *other = find (repair, (guint16) (data->sequence + i));
    if (data->mask >> (TOP - i) & 1 && other)
      peal_fec_xor_packet (sum, other->data, other->length);
  }
}

static gsize
rebuild (const PealFecRepair *repair, const PealFecPiece *data, guint16 sequence, guint8 *out)
{
  PealFecSum sum = { 0 };
  PealPacket packet;

  add_up (repair, data, &sum);
  gsize body = peal_packet_u16 (sum.bits + 6);
  if (body > peal_packet_u16 (data->data + 10) || body > PEAL_PACKET_MAX - PEAL_PACKET_HEADER)
    return 0;
  out[0] = (guint8) (2 << 6 | (sum.bits[0] & 0x3f));
  out[1] = sum.bits[1];
  peal_packet_put_u16 (out + 2, sequence);
  memcpy (out + 4, sum.bits + 2, 4);
  peal_packet_put_u32 (out + 8, repair->ssrc);
  memcpy (out + PEAL_PACKET_HEADER, sum.body, body);
  gsize length = PEAL_PACKET_HEADER + body;
  return peal_packet_read (&packet, out, length) ? length : 0;
}

/* About packets that are not kept any more; after 2^16 others would have their numbers. */
static gboolean
is_old (const PealFecRepair *repair, const PealFecPiece *data)
{
  return (gint16) (repair->newest - data->sequence) >= PEAL_FEC_MEDIA;
}

gsize
peal_fec_repair (PealFecRepair *repair, guint8 *out)
{
  for (guint i = 0; i < PEAL_FEC_DATA; i++) {
    PealFecPiece *data = &repair->data[i];
    guint16 sequence = 0;
    if (data->data && is_old (repair, data))
      empty (data);
    guint missing = data->data ? missing_of (repair, data, &sequence) : G_MAXUINT;
    if (missing > 1)
      continue;
    gsize length = missing == 1 ? rebuild (repair, data, sequence, out) : 0;
    empty (data);
    if (length) {
      peal_fec_hear (repair, out, length);
      return length;
    }
  }
  return 0;
}
