/* Fuzzes what hears the keys of a telephone: packets of keys and of sound, in any order and at any
 * time.
 *
 * An input is packets: milliseconds since the one before, kind, numbers, payload. However they lie,
 * each key that is told is one, it takes a packet to tell one, and no second has too many. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "media/dtmf_receiver.h"

enum { RATE = 48000, FRAME = 960 };

typedef struct {
  PealDtmfReceiver receiver;
  gint64 now;
  guint packets, told;
} World;

static void
drain (World *world)
{
  PealDtmfHeard heard;

  while (peal_dtmf_receiver_next (&world->receiver, &heard)) {
    g_assert_nonnull (strchr (PEAL_DTMF_KEYS, heard.key));
    world->told++;
  }
  g_assert_cmpuint (world->told, <=, world->packets);
  g_assert_cmpuint (world->receiver.told, <=, PEAL_DTMF_MOST_A_SECOND);
}

static void
hear (World *world, const PealPacket *packet, guint clock_rate)
{
  guint32 place;

  if (clock_rate) {
    world->packets++;
    peal_dtmf_receiver_place (&world->receiver, packet, clock_rate, &place);
  }
  peal_dtmf_receiver_hear (&world->receiver, packet, clock_rate, world->now);
  drain (world);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint clocks[] = { 0, RATE, 8000, 1000, 192000, RATE, RATE, RATE };
  FuzzInput input = { data, size };
  World world = { .now = G_USEC_PER_SEC };

  peal_dtmf_receiver_init (&world.receiver, RATE, FRAME);
  while (input.size) {
    world.now += fuzz_u8 (&input) * (gint64) 1000;
    peal_dtmf_receiver_tick (&world.receiver, world.now);
    drain (&world);
    guint kind = fuzz_u8 (&input);
    PealPacket packet = {
      .marker = kind & 8,
      .ssrc = kind >> 4 & 1,
      .sequence = (guint16) fuzz_u16 (&input),
      .timestamp = fuzz_u32 (&input),
    };
    FuzzInput piece = fuzz_take (&input, kind & 32 ? fuzz_u8 (&input) : PEAL_DTMF_PAYLOAD);
    g_autofree guint8 *exact = fuzz_copy (piece);
    packet.payload = exact;
    packet.length = piece.size;
    hear (&world, &packet, clocks[kind & 7]);
  }
  peal_dtmf_receiver_tick (&world.receiver, G_MAXINT64);
  drain (&world);
  return 0;
}
