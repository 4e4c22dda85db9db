/* What comes of a picture: counted, unwrapped, repaired, and told once each. */
// SPDX-License-Identifier: MIT
#include "media/inflow.h"

#include <string.h>

#include "media/retransmit.h"

enum { EXTENDED = 0x10, COUNT = 0x0f, MARKER = 0x80 }; /* bits of a header */

void
peal_inflow_init (PealInflow *inflow, const PealInflowSetup *setup)
{
  *inflow = (PealInflow) { .with = *setup };
  peal_receiver_init (&inflow->receiver, setup->clock_rate);
  peal_nack_init (&inflow->nack);
}

void
peal_inflow_clear (PealInflow *inflow)
{
  peal_fec_repair_clear (&inflow->repair);
}

/* --- a datagram as it would have come without wrapping --- */

/* Header and extension of @whole, then the payload of @packet, under its number, type and source.
 */
static void
rewrite (PealInflow *inflow, const PealDatagram *whole, const PealPacket *packet)
{
  PealPacket before;

  peal_packet_read (&before, whole->data, whole->length);
  gsize header = (gsize) (before.payload - whole->data);
  guint8 *out = inflow->bytes;
  memcpy (out, whole->data, header);
  out[0] = (guint8) (2 << 6 | (out[0] & (EXTENDED | COUNT)));
  out[1] = (guint8) ((out[1] & MARKER) | packet->payload_type);
  peal_packet_put_u16 (out + 2, packet->sequence);
  peal_packet_put_u32 (out + 8, packet->ssrc);
  memcpy (out + header, packet->payload, packet->length);
  inflow->data = (PealDatagram) { .data = out, .length = header + packet->length };
  peal_packet_read (&inflow->packet, out, inflow->data.length);
}

/* For repairs, as those who protect see it: what is only known when a packet leaves is zero. */
static void
keep_for_repairs (PealInflow *inflow)
{
  guint8 bytes[PEAL_PACKET_MAX];

  if (!inflow->protected)
    return;
  memcpy (bytes, inflow->data.data, inflow->data.length);
  peal_extensions_stamp (bytes, inflow->data.length, &inflow->with.ids, &(PealExtensions) { 0 });
  peal_fec_hear (&inflow->repair, bytes, inflow->data.length);
}

/* --- what comes --- */

/* RFC 4588: only what is waited for is believed, whoever asked for it. */
static gboolean
unwrap_rtx (PealInflow *inflow, PealPacket *packet)
{
  gboolean red = packet->payload_type == inflow->with.red_rtx;

  if (!inflow->receiver.known || !peal_rtx_unwrap (packet) ||
      !peal_nack_misses (&inflow->nack, packet->sequence))
    return FALSE;
  packet->payload_type = red ? inflow->with.red : inflow->with.payload_type;
  packet->ssrc = inflow->receiver.ssrc;
  inflow->recovered++;
  return TRUE;
}

static gboolean
count (PealInflow *inflow, const PealPacket *packet, gint64 now)
{
  if (!peal_receiver_hear (&inflow->receiver, packet, now))
    return FALSE;
  if (inflow->receiver.stream_received == 1) { /* it began, or began anew */
    peal_nack_init (&inflow->nack);
    peal_fec_repair_clear (&inflow->repair);
  }
  return TRUE;
}

/* What is inside RED, or the packet itself. FALSE: it is not well made. */
static gboolean
unwrap_red (PealInflow *inflow, PealPacket *packet)
{
  if (!inflow->with.red || packet->payload_type != inflow->with.red)
    return TRUE;
  inflow->protected = TRUE;
  return peal_red_unwrap (packet) && packet->payload_type != inflow->with.red;
}

static void
take_in (PealInflow *inflow, const PealDatagram *data, PealPacket *packet)
{
  if (inflow->with.ulpfec && packet->payload_type == inflow->with.ulpfec) {
    peal_fec_hear_data (&inflow->repair, packet->ssrc, packet->payload, packet->length);
    packet->length = 0;
    packet->payload_type = inflow->with.payload_type;
    rewrite (inflow, data, packet);
    return;
  }
  PealPacket before;
  peal_packet_read (&before, data->data, data->length);
  if (before.payload == packet->payload) {
    inflow->packet = *packet;
    inflow->data = *data;
  } else
    rewrite (inflow, data, packet);
  keep_for_repairs (inflow);
}

gboolean
peal_inflow_hear (PealInflow *inflow, const PealDatagram *data, gint64 now, PealExtensions *said)
{
  const PealInflowSetup *with = &inflow->with;
  PealPacket packet;

  inflow->waiting = FALSE;
  if (data->length > PEAL_PACKET_MAX || !peal_packet_read (&packet, data->data, data->length))
    return FALSE;
  gboolean again = (with->rtx && packet.payload_type == with->rtx) ||
                   (with->red_rtx && packet.payload_type == with->red_rtx);
  if (!again && !count (inflow, &packet, now))
    return FALSE;
  peal_extensions_read (&packet, &with->ids, said);
  if (said->has_transport_cc)
    peal_arrivals_hear (&inflow->arrivals, said->transport_cc, now);
  if (again && !unwrap_rtx (inflow, &packet))
    return TRUE;
  if (!unwrap_red (inflow, &packet) || !peal_nack_heard (&inflow->nack, packet.sequence, now))
    return TRUE;
  if (said->has_orientation)
    inflow->orientation = said->orientation;
  take_in (inflow, data, &packet);
  inflow->waiting = TRUE;
  return TRUE;
}

/* --- what goes on --- */

gboolean
peal_inflow_take (PealInflow *inflow, gint64 now, PealPacket *packet, PealDatagram *data)
{
  while (!inflow->waiting) {
    gsize length = inflow->protected ? peal_fec_repair (&inflow->repair, inflow->bytes) : 0;
    if (!length)
      return FALSE;
    inflow->data = (PealDatagram) { .data = inflow->bytes, .length = length };
    inflow->waiting = peal_packet_read (&inflow->packet, inflow->bytes, length) &&
                      peal_nack_misses (&inflow->nack, inflow->packet.sequence) &&
                      peal_nack_heard (&inflow->nack, inflow->packet.sequence, now);
    inflow->recovered += inflow->waiting;
  }
  inflow->waiting = FALSE;
  *packet = inflow->packet;
  *data = inflow->data;
  return TRUE;
}
