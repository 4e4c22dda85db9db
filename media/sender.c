/* One outgoing RTP stream: the only owner of its SSRC, sequence numbers, timestamps and counters.
 */
// SPDX-License-Identifier: MIT
#include "media/sender.h"

void
peal_sender_init (PealSender *sender, guint clock_rate, guint frame, guint8 payload_type)
{
  *sender = (PealSender) {
    .clock_rate = clock_rate,
    .frame = frame,
    .payload_type = payload_type,
    .ssrc = g_random_int (),
    /* The lower half: no wrap in the first minutes, which SRTP receivers that join late get wrong.
     */
    .sequence = (guint16) g_random_int_range (0, 0x8000),
    .timestamp = g_random_int (),
  };
}

void
peal_sender_pause (PealSender *sender)
{
  sender->engine = 0;
}

/* Another engine begins. Its first packet follows the last one of the stream by the time that went
 * by, in whole frames and at least one, so that nothing overlaps and the receiver's clock holds. */
static void
join (PealSender *sender, const PealFrame *frame, gint64 now)
{
  gint64 frames = 1;

  if (sender->at) {
    gint64 units = (now - sender->at) * sender->clock_rate / G_USEC_PER_SEC;
    frames = MAX (1, (units + sender->frame / 2) / sender->frame);
  }
  sender->offset = sender->timestamp + (guint32) (frames * sender->frame) - frame->timestamp;
  if (sender->engine == 0) /* RFC 3551 §4.1: the first after silence without packets */
    sender->marked = TRUE;
  sender->engine = frame->engine;
}

guint32
peal_sender_place (PealSender *sender, const PealFrame *frame, gint64 now)
{
  g_assert (frame->engine != 0);

  if (frame->engine != sender->engine)
    join (sender, frame, now);
  return sender->place = frame->timestamp + sender->offset;
}

gsize
peal_sender_write_packet (PealSender *sender, const PealPacket *packet, gint64 now, guint8 *out)
{
  PealPacket whole = *packet;

  whole.ssrc = sender->ssrc;
  whole.sequence = sender->sequence;
  gsize length = peal_packet_write (&whole, out);
  if (length == 0)
    return 0;
  sender->sequence++;
  sender->timestamp = sender->place;
  sender->at = now;
  sender->packets++;
  sender->octets += (guint32) packet->length;
  sender->bytes += length;
  return length;
}

gsize
peal_sender_write (PealSender *sender, const PealFrame *frame, gint64 now, guint8 *out)
{
  if (frame->length > PEAL_PACKET_MAX - PEAL_PACKET_HEADER)
    return 0;

  guint32 timestamp = peal_sender_place (sender, frame, now);
  PealPacket packet = {
    .payload_type = sender->payload_type,
    .timestamp = timestamp,
    .marker = sender->marked,
    .payload = frame->payload,
    .length = frame->length,
  };
  if (frame->extended) {
    packet.extension = frame->extended->extension;
    packet.extension_length = frame->extended->extension_length;
    packet.profile = frame->extended->profile;
  }
  sender->marked = FALSE;
  return peal_sender_write_packet (sender, &packet, now, out);
}

void
peal_sender_report (const PealSender *sender, gint64 now, gint64 real_time, PealRtcpReport *report)
{
  report->ssrc = sender->ssrc;
  report->sending = sender->packets > 0;
  report->packets = sender->packets;
  report->octets = sender->octets;
  report->ntp = peal_rtcp_ntp (real_time);
  /* §6.4.1: the same instant on the stream's line, which is usually not that of any packet. */
  report->timestamp =
      sender->timestamp + (guint32) ((now - sender->at) * sender->clock_rate / G_USEC_PER_SEC);
}
