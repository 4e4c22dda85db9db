/* Fuzzes what is pure of RTP and RTCP: headers, reports, the receiver's counts, the jitter buffer's
 * patience.
 *
 * An input is datagrams, each with milliseconds that passed before it and a length. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "media/patience.h"
#include "media/receiver.h"
#include "media/sender.h"
#include "transport/demux.h"

#include <math.h>

#define CLOCK_RATE 48000

typedef struct {
  PealReceiver receiver;
  PealPatience patience;
  PealSender sender;
  gint64 now;
} World;

static void
hear_packet (World *world, const guint8 *data, gsize length)
{
  PealPacket packet, again;
  guint8 written[PEAL_PACKET_MAX];

  if (!peal_packet_read (&packet, data, length))
    return;
  g_assert_true (packet.payload >= data + PEAL_PACKET_HEADER || !packet.length);
  g_assert_true (packet.payload + packet.length <= data + length);

  gsize size = peal_packet_write (&packet, written);
  if (size) {
    g_assert_cmpuint (size, ==,
                      PEAL_PACKET_HEADER + packet.length +
                          (packet.extension ? 4 + packet.extension_length : 0));
    g_assert_true (peal_packet_read (&again, written, size));
    g_assert_cmpmem (again.payload, again.length, packet.payload, packet.length);
    g_assert_cmpmem (again.extension, again.extension_length, packet.extension,
                     packet.extension_length);
    g_assert_cmpuint (again.ssrc, ==, packet.ssrc);
    g_assert_cmpuint (again.timestamp, ==, packet.timestamp);
    g_assert_cmpuint (again.sequence, ==, packet.sequence);
  }
  if (peal_receiver_hear (&world->receiver, &packet, world->now))
    peal_patience_hear (&world->patience, &packet, world->now);
  g_assert_cmpuint (world->patience.wait_ms, <=, PEAL_PATIENCE_LONGEST_MS);
}

static void
hear_report (World *world, const guint8 *data, gsize length)
{
  PealRtcpHeard heard;

  peal_rtcp_read (data, length, world->sender.ssrc, &heard);
  peal_receiver_heard_report (&world->receiver, &heard, world->now);
  if (heard.has_block) {
    double rtt_ms = peal_receiver_round_trip (&heard.block, world->now);
    g_assert_true (isfinite (rtt_ms));
  }
}

/* Our next report can be read by whoever it is about. */
static void
report (World *world)
{
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpReport said = { .cname = "fuzz", .bye = world->now & 1 };
  PealRtcpHeard heard;

  peal_sender_report (&world->sender, world->now, world->now, &said);
  said.has_block = peal_receiver_block (&world->receiver, world->now, &said.block);
  gsize length = peal_rtcp_write (&said, bytes);
  g_assert_cmpuint (length, <=, sizeof bytes);
  g_assert_true (peal_rtcp_read (bytes, length, said.block.ssrc, &heard));
  g_assert_true (heard.has_block == said.has_block);
  g_assert_cmpint (peal_receiver_lost (&world->receiver), >=, 0);
  g_assert_true (isfinite (world->receiver.jitter));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  World world = { .now = G_USEC_PER_SEC };

  peal_receiver_init (&world.receiver, CLOCK_RATE);
  peal_patience_init (&world.patience, CLOCK_RATE, PEAL_PATIENCE_FIRST_MS);
  peal_sender_init (&world.sender, CLOCK_RATE, CLOCK_RATE / 50, 111);
  world.sender.ssrc = 0x5eed5eed; /* what is random would make inputs mean something else */
  while (input.size) {
    world.now += fuzz_u16 (&input) * (gint64) 1000;
    FuzzInput piece = fuzz_take (&input, fuzz_u16 (&input) % 2048);
    g_autofree guint8 *exact = fuzz_copy (piece);
    if (peal_demux_is_rtcp (exact, piece.size))
      hear_report (&world, exact, piece.size);
    else
      hear_packet (&world, exact, piece.size);
    report (&world);
  }
  return 0;
}
