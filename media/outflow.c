/* What leaves of a picture: numbers and extensions, what protects, what is sent again, and the pace
 * of it all. */
// SPDX-License-Identifier: MIT
#include "media/outflow.h"

#include <string.h>

enum { MS = 1000 };
enum { FRAMES_A_SECOND = 30, ENGINE_EYE = 1 };
enum {
  GROUP_MOST = 40,    /* packets that are protected together, */
  GROUP_WAIT_MS = 100 /* from frames of so long a time */
};

void
peal_outflow_init (PealOutflow *outflow, const PealOutflowSetup *setup)
{
  *outflow = (PealOutflow) { .with = *setup };
  peal_sender_init (&outflow->sender, setup->clock_rate, setup->clock_rate / FRAMES_A_SECOND,
                    setup->payload_type);
  if (setup->ssrc)
    outflow->sender.ssrc = setup->ssrc;
  if (!setup->rtx_ssrc)
    outflow->with.rtx_ssrc = g_random_int ();
  outflow->rtx_sequence = (guint16) g_random_int_range (0, 0x8000);
  peal_pacer_init (&outflow->pacer, setup->bitrate);
}

void
peal_outflow_clear (PealOutflow *outflow)
{
  peal_pacer_clear (&outflow->pacer);
  peal_retransmit_clear (&outflow->cache);
  peal_fec_maker_clear (&outflow->maker);
}

/* --- numbers --- */

/* Room for what is known when it leaves; all of it is zero until then. */
static void
put_extensions (const PealOutflow *outflow, PealPacket *packet, guint8 *out)
{
  const char *mid = outflow->with.mid;
  PealExtensions say = {
    .mid = mid,
    .mid_length = mid ? strlen (mid) : 0,
    .has_abs_send_time = TRUE,
    .has_transport_cc = TRUE,
  };

  peal_extensions_write (packet, &outflow->with.ids, &say, out);
}

/* The next of the stream, as the peer is to have it in the end. Returns its length. */
static gsize
number (PealOutflow *outflow, const PealPacket *packet, gint64 now, guint8 *out)
{
  guint8 extensions[PEAL_EXTENSIONS_MAX];
  PealPacket whole = *packet;

  put_extensions (outflow, &whole, extensions);
  return peal_sender_write_packet (&outflow->sender, &whole, now, out);
}

/* The written packet @data, wrapped. Returns its length, 0 when it got too long. */
static gsize
wrap_in_red (const PealOutflow *outflow, const guint8 *data, gsize length, guint8 *out)
{
  guint8 payload[PEAL_PACKET_MAX];
  PealPacket packet;

  if (!peal_packet_read (&packet, data, length) ||
      !peal_red_wrap (&packet, outflow->with.red, payload))
    return 0;
  return peal_packet_write (&packet, out);
}

/* --- protection --- */

/* Whether what was collected is protected now: enough came together, or it has waited enough. */
static gboolean
group_is_whole (const PealOutflow *outflow, gboolean frame_ends, gint64 now)
{
  const PealFecMaker *maker = &outflow->maker;

  if (maker->n >= GROUP_MOST)
    return TRUE;
  return frame_ends &&
         (maker->n * outflow->protection >= 100 || now - maker->since >= GROUP_WAIT_MS * MS);
}

/* What is sent again as it is must be the same to the last bit, or one key of SRTP would encrypt
 * two things under one number: it is kept when it leaves. */
static gboolean
keeps_as_put (const PealOutflow *outflow)
{
  return outflow->with.nack && outflow->with.rtx;
}

static void
put_protection (PealOutflow *outflow, const guint8 *data, gsize length, gint64 now)
{
  if (!peal_pacer_put (&outflow->pacer, data, length, FALSE))
    return;
  outflow->protection_bytes += length;
  /* Who misses a number does not know that it was one of these. */
  if (keeps_as_put (outflow) && outflow->with.red_rtx)
    peal_retransmit_keep (&outflow->cache, peal_packet_u16 (data + 2), data, length, now);
}

static void
send_protection (PealOutflow *outflow, guint32 timestamp, gint64 now)
{
  guint8 payload[PEAL_PACKET_MAX], bytes[PEAL_PACKET_MAX], wrapped[PEAL_PACKET_MAX];
  guint of = MAX (1, (outflow->maker.n * outflow->protection + 50) / 100);

  for (guint which = 0; which < of; which++) {
    PealPacket packet = { .payload_type = outflow->with.ulpfec,
                          .timestamp = timestamp,
                          .payload = payload,
                          .length = peal_fec_make (&outflow->maker, which, of, payload) };
    gsize length = packet.length ? number (outflow, &packet, now, bytes) : 0;
    length = length ? wrap_in_red (outflow, bytes, length, wrapped) : 0;
    if (length)
      put_protection (outflow, wrapped, length, now);
  }
  peal_fec_maker_clear (&outflow->maker);
}

void
peal_outflow_protect (PealOutflow *outflow, guint percent)
{
  outflow->protection = outflow->with.red && outflow->with.ulpfec ? percent : 0;
  if (!outflow->protection)
    peal_fec_maker_clear (&outflow->maker);
}

/* --- what comes in --- */

static gboolean
put_plain (PealOutflow *outflow, const guint8 *data, gsize length, gint64 now)
{
  guint16 sequence = peal_packet_u16 (data + 2);

  if (keeps_as_put (outflow))
    peal_retransmit_keep (&outflow->cache, sequence, data, length, now);
  return peal_pacer_put (&outflow->pacer, data, length, FALSE);
}

static gboolean
put_protected (PealOutflow *outflow, const guint8 *data, gsize length, gint64 now)
{
  guint8 wrapped[PEAL_PACKET_MAX];
  gsize longer = wrap_in_red (outflow, data, length, wrapped);

  if (keeps_as_put (outflow))
    peal_retransmit_keep (&outflow->cache, peal_packet_u16 (data + 2), data, length, now);
  peal_fec_protect (&outflow->maker, data, length, now);
  return longer && peal_pacer_put (&outflow->pacer, wrapped, longer, FALSE);
}

gboolean
peal_outflow_put (PealOutflow *outflow, const PealPacket *packet, gint64 now)
{
  guint8 bytes[PEAL_PACKET_MAX];
  PealFrame frame = { .engine = ENGINE_EYE, .timestamp = packet->timestamp };
  PealPacket whole = {
    .payload_type = outflow->with.payload_type,
    .marker = packet->marker,
    .timestamp = peal_sender_place (&outflow->sender, &frame, now),
    .payload = packet->payload,
    .length = packet->length,
  };
  gsize length = number (outflow, &whole, now, bytes);

  if (!length)
    return FALSE;
  if (!outflow->protection)
    return put_plain (outflow, bytes, length, now);
  gboolean taken = put_protected (outflow, bytes, length, now);
  if (group_is_whole (outflow, packet->marker, now))
    send_protection (outflow, whole.timestamp, now);
  return taken;
}

/* --- what is sent again --- */

/* RFC 4588 §4: in a stream of its own. */
static gsize
wrap_in_rtx (PealOutflow *outflow, const PealSent *sent, guint8 *out)
{
  guint8 payload[PEAL_PACKET_MAX];
  PealPacket packet;

  if (!peal_packet_read (&packet, sent->data, sent->length) || !peal_rtx_wrap (&packet, payload))
    return 0;
  packet.payload_type =
      packet.payload_type == outflow->with.payload_type ? outflow->with.rtx : outflow->with.red_rtx;
  packet.ssrc = outflow->with.rtx_ssrc;
  packet.sequence = outflow->rtx_sequence++;
  return peal_packet_write (&packet, out);
}

static void
send_again (PealOutflow *outflow, const PealSent *sent)
{
  guint8 bytes[PEAL_PACKET_MAX];
  gboolean rtx = outflow->with.rtx != 0;
  gsize length = rtx ? wrap_in_rtx (outflow, sent, bytes) : sent->length;

  if (!length || !peal_pacer_put (&outflow->pacer, rtx ? bytes : sent->data, length, TRUE))
    return;
  outflow->resent++;
  outflow->resent_bytes += length;
}

void
peal_outflow_ask (PealOutflow *outflow, const guint16 *missing, guint n, double rtt_ms, gint64 now)
{
  PealRetransmitWish wish = { .rtt_ms = rtt_ms, .bitrate = outflow->pacer.bitrate, .now = now };

  if (!outflow->with.nack)
    return;
  for (guint i = 0; i < n; i++) {
    const PealSent *sent = peal_retransmit_again (&outflow->cache, missing[i], &wish);
    if (sent)
      send_again (outflow, sent);
  }
}

/* --- what goes out --- */

static void
stamp (PealOutflow *outflow, guint8 *data, gsize length, gint64 now)
{
  const PealExtensionIds *ids = &outflow->with.ids;
  PealExtensions say = { .abs_send_time = peal_extensions_time (now) };

  if (ids->transport_cc)
    say.transport_cc = peal_departures_leave (&outflow->departures, length, now);
  peal_extensions_stamp (data, length, ids, &say);
}

gsize
peal_outflow_take (PealOutflow *outflow, gint64 now, guint8 *out)
{
  gboolean again;
  g_autoptr(GBytes) bytes = peal_pacer_take (&outflow->pacer, now, &again);

  if (!bytes)
    return 0;
  gsize length = g_bytes_get_size (bytes);
  memcpy (out, g_bytes_get_data (bytes, NULL), length);
  if (again && !outflow->with.rtx)
    return length;
  stamp (outflow, out, length, now);
  if (outflow->with.nack && !outflow->with.rtx)
    peal_retransmit_keep (&outflow->cache, peal_packet_u16 (out + 2), out, length, now);
  return length;
}

gint64
peal_outflow_due (const PealOutflow *outflow, gint64 now)
{
  return peal_pacer_due (&outflow->pacer, now);
}

void
peal_outflow_pause (PealOutflow *outflow)
{
  peal_sender_pause (&outflow->sender);
  peal_pacer_clear (&outflow->pacer);
  peal_fec_maker_clear (&outflow->maker);
}

gsize
peal_outflow_added (const PealOutflow *outflow)
{
  guint8 out[PEAL_EXTENSIONS_MAX];
  PealPacket packet = { 0 };
  gboolean protects = outflow->with.red && outflow->with.ulpfec;

  put_extensions (outflow, &packet, out);
  return PEAL_PACKET_HEADER + (packet.extension ? 4 + packet.extension_length : 0) +
         (protects ? PEAL_RED_HEADER + PEAL_FEC_HEADER +
                         (packet.extension ? 4 + packet.extension_length : 0)
                   : 0) +
         (outflow->with.rtx ? PEAL_RTX_HEADER : 0);
}
