/* Fuzzes the way of a datagram upwards: demux, lanes, and the exchanges of two contents that share
 * the path.
 *
 * An input is a byte of wishes, then datagrams with their lengths. Whatever comes: RTCP reaches no
 * player, a packet reaches one content at most, and what is played is what came. */
// SPDX-License-Identifier: MIT
#include "fuzz/loopback.h"

#include "media/exchange.h"
#include "transport/demux.h"
#include "transport/lanes.h"

#define CONTENTS 2
#define MID_ID   3

typedef struct {
  FuzzInput input, now; /* @now: what is just delivered */
  PealLanes *lanes;
  PealExchange *exchanges[CONTENTS];
  guint heard;
} World;

static void
opened (gpointer user)
{
}

static void
heard (gpointer user, const PealPacket *packet, const PealDatagram *data)
{
  World *world = user;

  world->heard++;
  g_assert_cmpmem (data->data, data->length, world->now.data, world->now.size);
  g_assert_false (peal_demux_is_rtcp (data->data, data->length));
  g_assert_true (packet->payload + packet->length <= data->data + data->length);
}

static void
sent (gpointer user, const PealDatagram *data)
{
  g_assert_cmpuint (data->length, >=, PEAL_PACKET_HEADER);
}

static const PealExchangeEvents events = {
  .open = opened,
  .heard = heard,
  .sent = sent,
  .second = opened,
};

static void
open_content (World *world, guint i, guint wishes)
{
  static const char *const names[CONTENTS] = { "voice", "b" };
  const PealCodec *codec = peal_codecs[i];
  PealLaneHints hints = { .mid_id = wishes & 4 ? MID_ID : 0, .n_ssrcs = wishes & 1 };

  hints.ssrcs[0] = 0x01010101u * (i + 1);
  if (wishes & 2)
    hints.payloads[3] |= 1u << i; /* 96 and up */
  if (wishes & 7)
    peal_lanes_hint (world->lanes, names[i], &hints);
  world->exchanges[i] = peal_exchange_new (
      &(PealExchangeSetup) {
          .loop = fuzz_loop (),
          .rtp = peal_lanes_get (world->lanes, names[i], PEAL_LANE_RTP),
          .rtcp = peal_lanes_get (world->lanes, names[i], PEAL_LANE_RTCP),
          .codec = codec,
          .payload_type = (guint8) (96 + i),
          .send = TRUE,
          .receive = TRUE,
      },
      &events, world);
}

static void
hear_all (World *world, PealChannel *bottom)
{
  PealStats stats;

  while (world->input.size) {
    world->now = fuzz_take (&world->input, fuzz_u16 (&world->input) % 2048);
    g_autofree guint8 *exact = fuzz_copy (world->now);
    world->heard = 0;
    peal_channel_deliver (bottom, exact, world->now.size);
    g_assert_cmpuint (world->heard, <=, 1);
  }
  for (guint i = 0; i < CONTENTS && world->exchanges[i]; i++) {
    peal_stats_init (&stats);
    peal_exchange_stats (world->exchanges[i], &stats);
    g_assert_cmpint (stats.lost, >=, 0);
  }
}

static void
run (gpointer user)
{
  World *world = user;
  PealChannel *branches[PEAL_N_BRANCHES];
  PealChannel *bottom = fuzz_bottom_new (NULL, NULL);
  guint wishes = fuzz_u8 (&world->input);

  peal_demux_new (bottom, branches);
  world->lanes = peal_lanes_new (fuzz_loop (), FALSE, NULL, NULL);
  peal_lanes_attach (world->lanes, PEAL_LANE_RTP, branches[PEAL_DEMUX_RTP]);
  for (guint i = 0; i < (wishes & 8 ? 1 : CONTENTS); i++)
    open_content (world, i, wishes);
  hear_all (world, bottom);
  for (guint i = 0; i < CONTENTS && world->exchanges[i]; i++)
    peal_exchange_free (world->exchanges[i]);
  peal_lanes_free (world->lanes);
  peal_channel_free (branches[PEAL_DEMUX_DTLS]);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  World world = { .input = { data, size } };

  fuzz_on_loop (run, &world);
  return 0;
}
