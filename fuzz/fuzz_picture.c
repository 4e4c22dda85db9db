/* Fuzzes what comes of a picture: retransmissions, RED, data for lost packets, and numbers that go
 * where they like.
 *
 * An input is datagrams, each with milliseconds that passed before it and a length. Whatever comes,
 * each packet that goes on can be read, and no number goes on twice in a row. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "media/inflow.h"
#include "media/outflow.h"

enum { VP8 = 96, RTX = 97, RED = 116, ULPFEC = 117, RED_RTX = 118 };

typedef struct {
  PealInflow in;
  PealOutflow out;
  gint64 now;
} World;

static void
hear (World *world, const PealDatagram *data)
{
  PealExtensions said;
  PealPacket packet, again;
  PealDatagram taken;
  guint n = 0;

  if (!peal_inflow_hear (&world->in, data, world->now, &said))
    return;
  for (; peal_inflow_take (&world->in, world->now, &packet, &taken); n++) {
    g_assert_cmpuint (taken.length, <=, PEAL_PACKET_MAX);
    g_assert_true (peal_packet_read (&again, taken.data, taken.length));
    g_assert_true (again.payload == packet.payload && again.length == packet.length);
    g_assert_cmpuint (again.sequence, ==, packet.sequence);
    g_assert_false (peal_nack_misses (&world->in.nack, packet.sequence));
  }
  g_assert_cmpuint (n, <=, 1 + PEAL_FEC_DATA);
  g_assert_cmpuint (world->in.nack.n, <=, PEAL_NACK_MOST);
}

/* What is missing is asked of an eye of our own, which has just sent as much. */
static void
ask (World *world)
{
  guint8 bytes[PEAL_PACKET_MAX] = { 0 };
  guint16 missing[64];
  PealPacket packet = { .payload = bytes, .length = 500, .marker = TRUE };

  peal_outflow_put (&world->out, &packet, world->now);
  peal_nack_expire (&world->in.nack, 50, world->now);
  guint n = peal_nack_ask (&world->in.nack, 50, world->now, missing, 64);
  peal_outflow_ask (&world->out, missing, n, 50, world->now);
  for (gsize length; (length = peal_outflow_take (&world->out, world->now, bytes)) > 0;)
    g_assert_cmpuint (length, <=, PEAL_PACKET_MAX);
}

static void
begin (World *world)
{
  const PealExtensionIds ids = {
    .mid = 4, .abs_send_time = 2, .transport_cc = 3, .orientation = 13
  };
  PealOutflowSetup out = { .clock_rate = 90000,
                           .payload_type = VP8,
                           .rtx = RTX,
                           .red = RED,
                           .red_rtx = RED_RTX,
                           .ulpfec = ULPFEC,
                           .ssrc = 1,
                           .rtx_ssrc = 2,
                           .nack = TRUE,
                           .ids = ids,
                           .mid = "video",
                           .bitrate = 1000000 };
  PealInflowSetup in = { .clock_rate = 90000,
                         .payload_type = VP8,
                         .rtx = RTX,
                         .red = RED,
                         .red_rtx = RED_RTX,
                         .ulpfec = ULPFEC,
                         .ids = ids };

  world->now = G_USEC_PER_SEC;
  peal_outflow_init (&world->out, &out);
  world->out.sender.sequence = 65530; /* what is random would make inputs mean something else */
  world->out.rtx_sequence = 1;
  peal_outflow_protect (&world->out, 20);
  peal_inflow_init (&world->in, &in);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  g_autofree World *world = g_new0 (World, 1);

  begin (world);
  while (input.size) {
    world->now += fuzz_u8 (&input) * (gint64) 1000;
    FuzzInput piece = fuzz_take (&input, fuzz_u16 (&input) % 2048);
    g_autofree guint8 *exact = fuzz_copy (piece);
    hear (world, &(PealDatagram) { .data = exact, .length = piece.size });
    ask (world);
  }
  peal_inflow_clear (&world->in);
  peal_outflow_clear (&world->out);
  return 0;
}
