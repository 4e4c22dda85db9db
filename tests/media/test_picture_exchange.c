/* Two exchanges of a picture over lanes that lose and delay: what one sends the other hears, and
 * what each says about it is obeyed.
 *
 * Both run on one loop. Stories wait for events, never for spans of time. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/picture_exchange.h"
#include "media/rtcp.h"
#include "tests/transport/pair.h"

enum { MS = 1000, ALICE = 0, BOB = 1 };
enum { PATIENCE_S = 60 }; /* until a story has failed */
enum { VP8 = 96, RTX = 97, RED = 116, ULPFEC = 117, RED_RTX = 118 };

typedef struct World World;

typedef struct {
  World *world;
  PealPictureExchange *exchange;
  PealChannel *rtp, *rtcp;
  PealAgreement agreement;
  /* Under the lock. */
  guint open, heard, key_frames, rates, clocks;
  guint bitrate, first_bitrate;
  guint seconds;
  PealStats stats, first_second;
  guint8 orientation;
} Side;

struct World {
  PealLoop *loop;
  Side sides[2];
  PealNet net, rtcp_net;
  PealTimer frame;
  gboolean looking; /* Alice sends frames */
  gboolean key;     /* the next is one */
  guint32 timestamp;
  GMutex lock;
  GCond changed;
  guint lone, compound; /* RTCP that Bob sent: feedback alone, behind a report */
};

/* --- events --- */

static void
told (Side *side)
{
  peal_picture_exchange_stats (side->exchange, &side->stats);
  g_cond_broadcast (&side->world->changed);
}

#define COUNT(side, what)                                                                          \
  do {                                                                                             \
    g_mutex_lock (&(side)->world->lock);                                                           \
    (side)->what++;                                                                                \
    if ((side)->exchange)                                                                          \
      told (side);                                                                                 \
    g_mutex_unlock (&(side)->world->lock);                                                         \
  } while (0)

static void
opened (gpointer user)
{
  Side *side = user;

  COUNT (side, open);
}

static void
heard (gpointer user, const PealPacket *packet, const PealDatagram *data)
{
  Side *side = user;

  if (packet->length == 0)
    return;
  side->orientation = peal_picture_exchange_orientation (side->exchange);
  COUNT (side, heard);
}

static void
second (gpointer user)
{
  Side *side = user;

  g_mutex_lock (&side->world->lock);
  if (side->seconds++ == 0)
    peal_picture_exchange_stats (side->exchange, &side->first_second);
  g_cond_broadcast (&side->world->changed);
  g_mutex_unlock (&side->world->lock);
}

static void
key_frame (gpointer user)
{
  Side *side = user;

  side->world->key = TRUE;
  COUNT (side, key_frames);
}

static void
rate (gpointer user, guint bitrate, guint loss_percent, gint rtt_ms)
{
  Side *side = user;

  if (!side->first_bitrate)
    side->first_bitrate = bitrate;
  side->bitrate = bitrate;
  COUNT (side, rates);
}

static void
clock_told (gpointer user, guint64 ntp, guint32 timestamp)
{
  Side *side = user;

  COUNT (side, clocks);
}

static const PealPictureExchangeEvents events = {
  .open = opened,
  .heard = heard,
  .second = second,
  .key_frame = key_frame,
  .rate = rate,
  .clock = clock_told,
};

/* --- the world --- */

/* RFC 5506: what does not begin with a report stands alone. */
static gboolean
count_rtcp (gpointer user, guint from, guint8 *data, gsize length)
{
  World *world = user;
  const guint8 *at = data;
  PealRtcpPart part;

  for (guint i = 0; from == BOB && peal_rtcp_next (&at, &length, &part); i++)
    if (part.type == 205 || part.type == 206) {
      world->lone += i == 0;
      world->compound += i > 0;
    }
  return TRUE;
}

/* All that can be agreed on; stories take something away. */
static PealAgreement
all_agreed (void)
{
  return (PealAgreement) {
    .codec = peal_codec_find ("vp8"),
    .send = VP8,
    .receive = VP8,
    .send_rtx = RTX,
    .receive_rtx = RTX,
    .send_red = RED,
    .receive_red = RED,
    .send_red_rtx = RED_RTX,
    .receive_red_rtx = RED_RTX,
    .send_ulpfec = ULPFEC,
    .receive_ulpfec = ULPFEC,
    .nack = TRUE,
    .pli = TRUE,
    .fir = TRUE,
    .remb = TRUE,
    .transport_cc = TRUE,
    .reduced_size = TRUE,
    .ids = { .mid = 4, .abs_send_time = 2, .transport_cc = 3, .orientation = 13 },
    .cname = "story",
  };
}

/* What an eye makes: three packets a frame, a key frame when one is wanted. */
static void
frame (gpointer user)
{
  World *world = user;
  guint8 payload[200] = { 0x10, world->key ? 0 : 1 }; /* RFC 7741 §4.2, §4.3: S; P */

  peal_timer_set (world->loop, &world->frame, peal_loop_now (world->loop) + 5 * MS, frame, world);
  if (!world->looking)
    return;
  for (guint i = 0; i < 3; i++) {
    PealPacket packet = {
      .timestamp = world->timestamp, .marker = i == 2, .payload = payload, .length = sizeof payload
    };
    peal_picture_exchange_send (world->sides[ALICE].exchange, &packet);
    payload[0] = 0;
  }
  world->key = FALSE;
  world->timestamp += 450;
}

static void
make_side (World *world, guint which, PealChannel *rtp, PealChannel *rtcp)
{
  Side *side = &world->sides[which];
  PealPictureExchangeSetup setup = { .loop = world->loop,
                                     .rtp = rtp,
                                     .rtcp = rtcp,
                                     .codec = side->agreement.codec,
                                     .agreement = &side->agreement,
                                     .content = "video",
                                     .send = which == ALICE,
                                     .receive = TRUE };

  side->world = world;
  side->rtp = rtp;
  side->rtcp = rtcp;
  side->exchange = peal_picture_exchange_new (&setup, &events, side);
}

static void
begin_on_loop (gpointer user)
{
  World *world = user;
  PealChannel *rtp[2], *rtcp[2];

  peal_pair_new (world->loop, world->loop, &world->net, rtp);
  peal_pair_new (world->loop, world->loop, &world->rtcp_net, rtcp);
  for (guint i = 0; i < 2; i++)
    make_side (world, i, rtp[i], rtcp[i]);
  for (guint i = 0; i < 2; i++) {
    peal_pair_open (rtp[i]);
    peal_pair_open (rtcp[i]);
  }
  frame (world);
}

static World *
world_new (double loss, guint delay_ms)
{
  World *world = g_new0 (World, 1);

  world->loop = peal_loop_new ("story");
  world->net = (PealNet) { .seed = 601, .loss = loss, .delay_ms = delay_ms };
  world->rtcp_net =
      (PealNet) { .seed = 602, .delay_ms = delay_ms, .pass = count_rtcp, .user = world };
  world->sides[ALICE].agreement = world->sides[BOB].agreement = all_agreed ();
  world->looking = TRUE;
  g_test_message ("seeds 601, 602");
  return world;
}

static void
begin (World *world)
{
  world->sides[BOB].agreement.ssrc = 0x5eed;
  peal_loop_call (world->loop, begin_on_loop, world);
}

static void
end_on_loop (gpointer user)
{
  World *world = user;

  peal_timer_clear (&world->frame);
  for (guint i = 0; i < 2; i++)
    peal_picture_exchange_free (world->sides[i].exchange);
  for (guint i = 0; i < 2; i++) {
    peal_channel_free (world->sides[i].rtp);
    peal_channel_free (world->sides[i].rtcp);
  }
}

static void
world_free (World *world)
{
  peal_loop_call (world->loop, end_on_loop, world);
  peal_loop_free (world->loop);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static void
wait_for (World *world, gboolean (*done) (World *world))
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_S * G_TIME_SPAN_SECOND;
  gboolean in_time = TRUE;

  g_mutex_lock (&world->lock);
  while (!done (world) && in_time)
    in_time = g_cond_wait_until (&world->changed, &world->lock, deadline);
  g_assert_true (done (world));
  g_mutex_unlock (&world->lock);
}

/* --- stories --- */

static gboolean
a_second_went_by (World *world)
{
  return world->sides[ALICE].seconds > 0 && world->sides[BOB].seconds > 0;
}

/* However long the first second took. */
static void
expect_bitrate (const PealStats *stats, gint64 bytes, gint64 took)
{
  g_assert_cmpint (bytes, >, 0);
  g_assert_cmpint (stats->bitrate_bps, <=, bytes * 8);
  g_assert_cmpint (stats->bitrate_bps, >=, bytes * 8 * G_USEC_PER_SEC / (2 * took));
}

/* Alice tells what she sends; Bob, who sends nothing, what comes. */
static void
the_bitrate_is_told (void)
{
  g_autoptr(World) world = world_new (0, 5);
  gint64 began = g_get_monotonic_time ();

  begin (world);
  wait_for (world, a_second_went_by);
  gint64 took = g_get_monotonic_time () - began;
  const PealStats *alice = &world->sides[ALICE].first_second;
  const PealStats *bob = &world->sides[BOB].first_second;
  g_assert_cmpint (bob->bytes_sent, ==, 0);
  expect_bitrate (alice, alice->bytes_sent, took);
  expect_bitrate (bob, bob->bytes_received, took);
}

static gboolean
much_was_repaired (World *world)
{
  return world->sides[BOB].stats.recovered >= 20 && world->sides[BOB].heard >= 300;
}

static void
what_is_lost_is_sent_again (void)
{
  g_autoptr(World) world = world_new (0.05, 10);

  begin (world);
  wait_for (world, much_was_repaired);
}

/* What comes under its old number is not told from what came late: little is lost in the end. */
static gboolean
little_is_lost (World *world)
{
  return world->sides[BOB].heard >= 600 && world->sides[BOB].stats.lost <= 5;
}

static void
without_rtx_too (void)
{
  g_autoptr(World) world = world_new (0.05, 10);

  for (guint i = 0; i < 2; i++) {
    world->sides[i].agreement.send_rtx = world->sides[i].agreement.receive_rtx = 0;
    world->sides[i].agreement.send_red = world->sides[i].agreement.receive_red = 0;
    world->sides[i].agreement.ids = (typeof (world->sides[i].agreement.ids)) { 0 };
  }
  begin (world);
  wait_for (world, little_is_lost);
}

/* Nobody asks for what is lost; the peer's reports tell of it, and data for it come along. */
static void
without_requests_data_protect (void)
{
  g_autoptr(World) world = world_new (0.05, 10);

  for (guint i = 0; i < 2; i++)
    world->sides[i].agreement.nack = FALSE;
  begin (world);
  wait_for (world, much_was_repaired);
}

static gboolean
much_was_heard (World *world)
{
  return world->sides[BOB].heard >= 300 && world->sides[BOB].clocks > 0 &&
         world->sides[ALICE].stats.rtt_ms >= 0;
}

static void
nothing_agreed_still_works (void)
{
  g_autoptr(World) world = world_new (0, 5);

  for (guint i = 0; i < 2; i++)
    world->sides[i].agreement = (PealAgreement) {
      .codec = peal_codec_find ("vp8"), .send = VP8, .receive = VP8, .cname = "bare"
    };
  begin (world);
  wait_for (world, much_was_heard);
  g_assert_cmpuint (world->lone, ==, 0);
}

static gboolean
is_open (World *world)
{
  return world->sides[ALICE].open && world->sides[BOB].heard > 0;
}

static void
want_key_frame (gpointer user)
{
  World *world = user;

  peal_picture_exchange_want_key_frame (world->sides[BOB].exchange);
}

static gboolean
second_key_frame (World *world)
{
  return world->sides[ALICE].key_frames >= 2;
}

static void
a_key_frame_is_asked_for (void)
{
  const struct {
    gboolean pli, fir;
  } rows[] = { { TRUE, TRUE }, { FALSE, TRUE }, { TRUE, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(World) world = world_new (0, 5);
    world->sides[BOB].agreement.pli = rows[i].pli;
    world->sides[BOB].agreement.fir = rows[i].fir;
    begin (world);
    wait_for (world, is_open);
    peal_loop_call (world->loop, want_key_frame, world);
    wait_for (world, second_key_frame);
  }
}

/* Nobody has words for it: key frames come by themselves. */
static void
key_frames_come_where_nobody_can_ask (void)
{
  g_autoptr(World) world = world_new (0, 5);

  for (guint i = 0; i < 2; i++)
    world->sides[i].agreement.pli = world->sides[i].agreement.fir = FALSE;
  begin (world);
  wait_for (world, is_open);
  peal_loop_call (world->loop, want_key_frame, world); /* asks nobody */
  wait_for (world, second_key_frame);
}

/* Two frames that were not sent are missing to the peer: after a pause it needs a new beginning. */
static void
pause_and_go_on (gpointer user)
{
  World *world = user;

  peal_picture_exchange_mute (world->sides[ALICE].exchange, TRUE);
  peal_picture_exchange_mute (world->sides[ALICE].exchange, FALSE);
}

static void
after_a_pause_it_begins_anew (void)
{
  g_autoptr(World) world = world_new (0, 5);

  begin (world);
  wait_for (world, is_open);
  peal_loop_call (world->loop, pause_and_go_on, world);
  wait_for (world, second_key_frame);
}

static gboolean
rate_has_changed (World *world)
{
  const Side *alice = &world->sides[ALICE];

  return alice->rates >= 2 && alice->bitrate != alice->first_bitrate;
}

/* By what arrives when; by REMB; by reports alone. */
static void
the_rate_follows_what_the_peer_tells (void)
{
  const struct {
    gboolean transport_cc, remb;
  } rows[] = { { TRUE, TRUE }, { FALSE, TRUE }, { FALSE, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(World) world = world_new (0, 5);
    for (guint side = 0; side < 2; side++) {
      world->sides[side].agreement.transport_cc = rows[i].transport_cc;
      world->sides[side].agreement.remb = rows[i].remb;
      if (!rows[i].transport_cc)
        world->sides[side].agreement.ids.transport_cc = 0;
    }
    begin (world);
    wait_for (world, rate_has_changed);
    g_test_message ("%u -> %u bit/s", world->sides[ALICE].first_bitrate,
                    world->sides[ALICE].bitrate);
  }
}

/* RFC 5506 §4.1: what was not agreed on is not done. */
static void
feedback_stands_alone_where_agreed (void)
{
  for (guint reduced = 0; reduced < 2; reduced++) {
    g_autoptr(World) world = world_new (0, 5);
    world->sides[BOB].agreement.reduced_size = reduced;
    begin (world);
    wait_for (world, is_open);
    peal_loop_call (world->loop, want_key_frame, world);
    wait_for (world, second_key_frame);
    g_assert_true (reduced ? world->lone > 0 : world->lone == 0);
    g_assert_true (reduced || world->compound > 0);
  }
}

/* A thousand wishes for key frames, requests for all numbers there are, tellings of packets that
 * never were, and noise. */
static void
flood_on_loop (gpointer user)
{
  World *world = user;
  guint8 bytes[1200];
  g_autoptr(GRand) random = g_rand_new_with_seed (603);
  const guint8 pli[] = { 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0x5e, 0xee };

  for (guint i = 0; i < 1000; i++)
    peal_pair_inject (world->sides[ALICE].rtcp, pli, sizeof pli);
  for (guint i = 0; i < 2000; i++) {
    for (guint at = 0; at < sizeof bytes; at++)
      bytes[at] = (guint8) g_rand_int (random);
    peal_rtcp_put_header (bytes, i % 2 ? 1 : 15, 205, sizeof bytes);
    memcpy (bytes + 8, (guint8[]) { 0, 0, 0x5e, 0xee }, 4);
    if (i % 4 == 0)
      memcpy (bytes + 14, (guint8[]) { 2, 0 }, 2);
    peal_pair_inject (world->sides[ALICE].rtcp, bytes, sizeof bytes);
    bytes[0] = 0x80 | (bytes[8] & 0x3f);
    bytes[1] = i % 3 ? RTX : i % 2 ? RED : VP8;
    peal_pair_inject (world->sides[BOB].rtp, bytes, 12 + i % 1100);
  }
}

static gboolean
a_hundred_more (World *world)
{
  return world->sides[BOB].heard >= 400;
}

static void
floods_change_little (void)
{
  g_autoptr(World) world = world_new (0, 5);

  world->sides[ALICE].agreement.ssrc = 0x5eee;
  begin (world);
  wait_for (world, is_open);
  gint64 began = g_get_monotonic_time ();
  peal_loop_call (world->loop, flood_on_loop, world);
  wait_for (world, a_hundred_more);
  g_mutex_lock (&world->lock);
  guint key_frames = world->sides[ALICE].key_frames;
  g_mutex_unlock (&world->lock);
  gint64 took_ms = (g_get_monotonic_time () - began) / MS;
  g_assert_cmpuint (key_frames, <=, 3 + took_ms / 300);
}

/* 3GPP TS 26.114 §7.4.5: the peer's telephone lies on its side. */
static void
turn_on_loop (gpointer user)
{
  World *world = user;
  guint8 turned[] = { 0x90, VP8,  0,    7, 0, 0,    0, 0, 0, 0,    0,
                      9,    0xbe, 0xde, 0, 1, 0xd0, 3, 0, 0, 0x10, 0 };

  peal_pair_inject (world->sides[BOB].rtp, turned, sizeof turned);
}

static gboolean
is_turned (World *world)
{
  return world->sides[BOB].orientation == 3;
}

static void
a_turned_picture_is_told (void)
{
  g_autoptr(World) world = world_new (0, 5);

  world->looking = FALSE;
  begin (world);
  peal_loop_call (world->loop, turn_on_loop, world);
  wait_for (world, is_turned);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture/the_bitrate_is_told", the_bitrate_is_told);
  g_test_add_func ("/picture/what_is_lost_is_sent_again", what_is_lost_is_sent_again);
  g_test_add_func ("/picture/without_rtx_too", without_rtx_too);
  g_test_add_func ("/picture/without_requests_data_protect", without_requests_data_protect);
  g_test_add_func ("/picture/nothing_agreed_still_works", nothing_agreed_still_works);
  g_test_add_func ("/picture/a_key_frame_is_asked_for", a_key_frame_is_asked_for);
  g_test_add_func ("/picture/key_frames_come_where_nobody_can_ask",
                   key_frames_come_where_nobody_can_ask);
  g_test_add_func ("/picture/after_a_pause_it_begins_anew", after_a_pause_it_begins_anew);
  g_test_add_func ("/picture/the_rate_follows_what_the_peer_tells",
                   the_rate_follows_what_the_peer_tells);
  g_test_add_func ("/picture/feedback_stands_alone_where_agreed",
                   feedback_stands_alone_where_agreed);
  g_test_add_func ("/picture/floods_change_little", floods_change_little);
  g_test_add_func ("/picture/a_turned_picture_is_told", a_turned_picture_is_told);
  return g_test_run ();
}
