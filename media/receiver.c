/* What arrives of one content: loss, jitter and what the peer's reports say (RFC 3550 §6.4, A.1,
 * A.3, A.8). */
// SPDX-License-Identifier: MIT
#include "media/receiver.h"

enum {
  SILENT = 200 * 1000, /* µs after which another SSRC may take over */
  MAX_MISORDER = 1000, /* A.1: older than that is a new beginning, not a late packet, */
  MAX_DROPOUT = 3000,  /* and so is what is that far ahead: a minute of sound */
  LEAP = 5,            /* s between two transits: another clock, and no jitter */
};
enum { UNITS = 65536 }; /* of a second, in reports */
enum {
  LONGEST_ROUND = 60 * UNITS, /* what is said to take longer is no answer any more */
  ROUNDING = UNITS / 20,      /* what two clocks may differ by */
};

void
peal_receiver_init (PealReceiver *receiver, guint clock_rate)
{
  *receiver = (PealReceiver) { .clock_rate = clock_rate };
}

static gint64
stream_lost (const PealReceiver *receiver)
{
  if (!receiver->known)
    return 0;
  return (gint64) (receiver->highest - receiver->base) + 1 - receiver->stream_received;
}

static void
begin (PealReceiver *receiver, const PealPacket *packet)
{
  receiver->lost_before += MAX (0, stream_lost (receiver));
  receiver->known = TRUE;
  receiver->ssrc = packet->ssrc;
  receiver->base = receiver->highest = packet->sequence;
  receiver->stream_received = receiver->expected_reported = receiver->received_reported = 0;
  receiver->transit = 0;
  receiver->jitter = 0;
  receiver->other_known = FALSE;
  receiver->leap_known = FALSE;
  receiver->report_ntp = 0;
}

/* Whether a packet of another SSRC is the second in a row while the one we know is silent. */
static gboolean
takes_over (PealReceiver *receiver, const PealPacket *packet, gint64 now)
{
  gboolean second = receiver->other_known && receiver->other_ssrc == packet->ssrc &&
                    receiver->other_next == packet->sequence;

  receiver->other_known = TRUE;
  receiver->other_ssrc = packet->ssrc;
  receiver->other_next = (guint16) (packet->sequence + 1);
  return second && now - receiver->at >= SILENT;
}

/* A.8: the mean deviation of the difference in spacing. */
static void
measure_jitter (PealReceiver *receiver, const PealPacket *packet, gint64 now)
{
  guint32 arrival = (guint32) (now * receiver->clock_rate / G_USEC_PER_SEC);
  guint32 transit = arrival - packet->timestamp;

  double difference = ABS ((double) (gint32) (transit - receiver->transit));
  if (receiver->stream_received > 0 && difference < (double) LEAP * receiver->clock_rate)
    receiver->jitter += (difference - receiver->jitter) / 16;
  receiver->transit = transit;
}

/* A.1: a number out of all order counts once the next one follows it. */
static gboolean
begins_again (PealReceiver *receiver, const PealPacket *packet)
{
  gboolean second = receiver->leap_known && packet->sequence == receiver->leap_next;

  receiver->leap_known = TRUE;
  receiver->leap_next = (guint16) (packet->sequence + 1);
  return second;
}

gboolean
peal_receiver_hear (PealReceiver *receiver, const PealPacket *packet, gint64 now)
{
  if (!receiver->known)
    begin (receiver, packet);
  else if (packet->ssrc != receiver->ssrc) {
    if (!takes_over (receiver, packet, now))
      return FALSE;
    begin (receiver, packet);
  }

  gint16 ahead = (gint16) (packet->sequence - (guint16) receiver->highest);
  if (ahead < -MAX_MISORDER || ahead > MAX_DROPOUT) {
    if (!begins_again (receiver, packet))
      return FALSE;
    begin (receiver, packet); /* the peer did, under the same SSRC */
  } else if (ahead > 0)
    receiver->highest += (guint32) ahead;

  measure_jitter (receiver, packet, now);
  receiver->at = now;
  receiver->stream_received++;
  receiver->received++;
  receiver->bytes += PEAL_PACKET_HEADER + packet->length;
  return TRUE;
}

void
peal_receiver_heard_report (PealReceiver *receiver, const PealRtcpHeard *heard, gint64 now)
{
  if (!heard->has_sender || !receiver->known || heard->ssrc != receiver->ssrc)
    return;
  receiver->report_ntp = (guint32) (heard->ntp >> 16);
  receiver->report_at = now;
}

gint64
peal_receiver_lost (const PealReceiver *receiver)
{
  return receiver->lost_before + MAX (0, stream_lost (receiver));
}

gboolean
peal_receiver_block (PealReceiver *receiver, gint64 now, PealRtcpBlock *block)
{
  if (!receiver->known)
    return FALSE;

  guint32 expected = receiver->highest - receiver->base + 1;
  gint64 due = (gint64) expected - receiver->expected_reported;
  gint64 lost = due - ((gint64) receiver->stream_received - receiver->received_reported);
  receiver->expected_reported = expected;
  receiver->received_reported = receiver->stream_received;
  *block = (PealRtcpBlock) {
    .ssrc = receiver->ssrc,
    .fraction = (guint8) (due > 0 && lost > 0 ? MIN (255, lost * 256 / due) : 0),
    .lost = (gint32) CLAMP (stream_lost (receiver), -0x800000, 0x7fffff),
    .highest = receiver->highest,
    .jitter = (guint32) receiver->jitter,
    .last_sr = receiver->report_ntp,
    .since_sr =
        receiver->report_ntp ? (guint32) ((now - receiver->report_at) * 65536 / G_USEC_PER_SEC) : 0,
  };
  return TRUE;
}

double
peal_receiver_round_trip (const PealRtcpBlock *block, gint64 real_time)
{
  if (!block->last_sr)
    return -1;
  gint32 age = (gint32) ((guint32) (peal_rtcp_ntp (real_time) >> 16) - block->last_sr);
  /* A report may say what it likes: of a time to come, or that it was kept for longer than it was
   * on its way. */
  if (age < -ROUNDING || age > LONGEST_ROUND || block->since_sr > (guint32) (age + ROUNDING))
    return -1;
  /* Both clocks are read in whole units: never below nothing. */
  return MAX (0, age - (gint32) block->since_sr) * 1000.0 / UNITS;
}
