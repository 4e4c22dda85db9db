/* The split of one path among contents: by kind, MID, SSRC and payload type. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/pair.h"
#include "transport/lanes.h"

#include <string.h>

typedef struct {
  PealLoop *loop;
  PealChannel *near[2], *far[2]; /* by component */
  guint components;
  PealLanes *lanes;
  PealChannel *rtp[2], *rtcp[2]; /* of contents "0" and "1" */
} World;

static void
build (gpointer user)
{
  World *world = user;
  static const PealLane carriers[] = { PEAL_LANE_RTP, PEAL_LANE_RTCP };

  world->lanes = peal_lanes_new (world->loop, world->components == 2, NULL, NULL);
  for (guint i = 0; i < world->components; i++) {
    peal_lanes_attach (world->lanes, carriers[i], world->near[i]);
    peal_pair_open (world->near[i]);
    peal_pair_open (world->far[i]);
  }
}

static World *
world_new (guint components)
{
  World *world = g_new0 (World, 1);

  world->loop = peal_loop_new ("test-lanes");
  world->components = components;
  for (guint i = 0; i < components; i++) {
    PealChannel *ends[2];
    peal_pair_new (world->loop, world->loop, &(PealNet) { 0 }, ends);
    world->near[i] = ends[0];
    world->far[i] = ends[1];
  }
  peal_loop_call (world->loop, build, world);
  return world;
}

static void
take_down (gpointer user)
{
  World *world = user;

  peal_lanes_free (world->lanes);
  for (guint i = 0; i < world->components; i++)
    peal_channel_free (world->far[i]);
}

static void
world_end (World *world)
{
  peal_loop_call (world->loop, take_down, world);
  peal_loop_free (world->loop);
  g_free (world);
}

static void
ask_for_one (gpointer user)
{
  World *world = user;

  world->rtp[0] = peal_lanes_get (world->lanes, "0", PEAL_LANE_RTP);
  world->rtcp[0] = peal_lanes_get (world->lanes, "0", PEAL_LANE_RTCP);
}

static void
ask_for_two (gpointer user)
{
  World *world = user;

  ask_for_one (world);
  world->rtp[1] = peal_lanes_get (world->lanes, "1", PEAL_LANE_RTP);
  world->rtcp[1] = peal_lanes_get (world->lanes, "1", PEAL_LANE_RTCP);
}

/* Of the voice: Opus 111 and keys 101. */
static void
hint_voice (gpointer user)
{
  World *world = user;

  peal_lanes_hint (
      world->lanes, "0",
      &(PealLaneHints) { .mid_id = 4, .payloads = { [3] = 1u << (111 - 96) | 1u << (101 - 96) } });
}

static void
hint_picture (gpointer user)
{
  World *world = user;

  peal_lanes_hint (world->lanes, "1",
                   &(PealLaneHints) {
                       .mid_id = 4, .payloads = { [3] = 1u }, .ssrcs = { 0x1111 }, .n_ssrcs = 1 });
}

/* A picture whose numbers are the voice's too, as of a peer that was not to be bundled. */
static void
hint_alike (gpointer user)
{
  World *world = user;

  peal_lanes_hint (world->lanes, "1", &(PealLaneHints) { .payloads = { [3] = 1u << (111 - 96) } });
}

static void
dismiss_picture (gpointer user)
{
  World *world = user;

  peal_lanes_hint (world->lanes, "1", NULL);
}

static void
ask_and_hint (gpointer user)
{
  ask_for_two (user);
  hint_voice (user);
  hint_picture (user);
}

#define RTP(payload, a, b) 0x80, payload, 0, 1, 0, 0, 0, 0, 0, 0, a, b
static const guint8 rtcp[] = { 0x80, 201, 0, 1, 0, 0, 0x22, 0x22 };

static void
hear (PealEar *ear, const guint8 *data, gsize length)
{
  g_autoptr(GBytes) heard = peal_ear_datagram (ear);

  g_assert_cmpmem (g_bytes_get_data (heard, NULL), g_bytes_get_size (heard), data, length);
}

/* Says it from afar and wants it at @ear and nowhere else. */
static void
cross (World *world, const guint8 *data, gsize length, PealEar *ear)
{
  peal_ear_say (world->far[0], data, length);
  hear (ear, data, length);
}

static void
rtp_and_rtcp_share_a_path (void)
{
  World *world = world_new (1);
  static const guint8 rtp[] = { RTP (111, 1, 1), 'x' };
  PealEar ears[2], far;

  /* Said before anyone asked for a lane: the path keeps it. */
  peal_ear_say (world->far[0], rtp, sizeof rtp);
  peal_ear_say (world->far[0], rtcp, sizeof rtcp);
  peal_loop_call (world->loop, ask_for_one, world);
  peal_ear_open (&ears[0], world->rtp[0]);
  peal_ear_open (&ears[1], world->rtcp[0]);
  g_assert_cmpint (peal_ear_state (&ears[0]), ==, PEAL_CHANNEL_OPEN);
  g_assert_cmpint (peal_ear_state (&ears[1]), ==, PEAL_CHANNEL_OPEN);
  hear (&ears[0], rtp, sizeof rtp);
  hear (&ears[1], rtcp, sizeof rtcp);
  cross (world, rtcp, sizeof rtcp, &ears[1]);
  cross (world, rtp, sizeof rtp, &ears[0]);

  peal_ear_open (&far, world->far[0]);
  peal_ear_say (world->rtp[0], rtp, sizeof rtp);
  peal_ear_say (world->rtcp[0], rtcp, sizeof rtcp);
  hear (&far, rtp, sizeof rtp);
  hear (&far, rtcp, sizeof rtcp);
  peal_ear_close (&far, FALSE);
  for (guint i = 0; i < 2; i++)
    peal_ear_close (&ears[i], FALSE);
  world_end (world);
}

static void
rtcp_has_its_own_component (void)
{
  World *world = world_new (2);
  static const guint8 rtp[] = { RTP (0, 1, 1), 'x' };
  PealEar near, far[2];

  peal_loop_call (world->loop, ask_for_one, world);
  peal_ear_open (&near, world->rtcp[0]);
  for (guint i = 0; i < 2; i++)
    peal_ear_open (&far[i], world->far[i]);
  peal_ear_say (world->rtp[0], rtp, sizeof rtp);
  peal_ear_say (world->rtcp[0], rtcp, sizeof rtcp);
  hear (&far[0], rtp, sizeof rtp);
  hear (&far[1], rtcp, sizeof rtcp);
  peal_ear_say (world->far[1], rtcp, sizeof rtcp);
  hear (&near, rtcp, sizeof rtcp);
  /* A peer that multiplexes all the same is understood. */
  cross (world, rtcp, sizeof rtcp, &near);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (g_async_queue_length (far[i].datagrams), ==, 0);
    peal_ear_close (&far[i], FALSE);
  }
  peal_ear_close (&near, FALSE);
  world_end (world);
}

static void
contents_are_told_apart (void)
{
  World *world = world_new (1);
  PealEar rtp[2], reports[2];
  /* RFC 8285: MID "1" as element 4, once with the short header, once with the long one. */
  static const guint8 mid_short[] = {
    RTP (77, 0x33, 0x33), 0xbe, 0xde, 0, 1, 0x40, '1', 0, 0, 'm'
  };
  static const guint8 mid_long[] = {
    RTP (77, 0x44, 0x44), 0x10, 0, 0, 2, 9, 1, 7, 0, 4, 1, '1', 0, 'm'
  };
  guint8 with_short[sizeof mid_short], with_long[sizeof mid_long];

  memcpy (with_short, mid_short, sizeof mid_short);
  memcpy (with_long, mid_long, sizeof mid_long);
  with_short[0] |= 0x10;
  with_long[0] |= 0x10;
  peal_loop_call (world->loop, ask_and_hint, world);
  for (guint i = 0; i < 2; i++) {
    peal_ear_open (&rtp[i], world->rtp[i]);
    peal_ear_open (&reports[i], world->rtcp[i]);
  }

  cross (world, (const guint8[]) { RTP (111, 9, 9) }, 12, &rtp[0]);       /* payload type */
  cross (world, (const guint8[]) { RTP (96, 8, 8) }, 12, &rtp[1]);        /* payload type */
  cross (world, (const guint8[]) { RTP (111, 0x11, 0x11) }, 12, &rtp[1]); /* SSRC before it */
  cross (world, with_short, sizeof with_short, &rtp[1]);
  cross (world, with_long, sizeof with_long, &rtp[1]);
  /* What was seen with a MID or a payload type once is known by its SSRC. */
  cross (world, (const guint8[]) { RTP (77, 0x33, 0x33) }, 12, &rtp[1]);
  cross (world, (const guint8[]) { RTP (77, 9, 9) }, 12, &rtp[0]);
  /* Nobody's. */
  peal_ear_say (world->far[0], (const guint8[]) { RTP (77, 5, 5) }, 12);
  /* Everybody's. */
  peal_ear_say (world->far[0], rtcp, sizeof rtcp);
  for (guint i = 0; i < 2; i++)
    hear (&reports[i], rtcp, sizeof rtcp);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (g_async_queue_length (rtp[i].datagrams), ==, 0);
    peal_ear_close (&rtp[i], FALSE);
    peal_ear_close (&reports[i], FALSE);
  }
  world_end (world);
}

/* The peer's first picture overtakes what signaling says of it. */
static void
a_picture_overtakes_its_content (void)
{
  World *world = world_new (1);
  static const guint8 told[] = { RTP (33, 0x11, 0x11) }, numbered[] = { RTP (96, 7, 7) },
                      voice[] = { RTP (111, 9, 9) }, key[] = { RTP (101, 9, 9) };
  PealEar ears[2];

  peal_loop_call (world->loop, ask_for_one, world);
  peal_loop_call (world->loop, hint_voice, world);
  peal_ear_open (&ears[0], world->rtp[0]);
  peal_ear_say (world->far[0], told, sizeof told);
  peal_ear_say (world->far[0], numbered, sizeof numbered);
  cross (world, voice, sizeof voice, &ears[0]); /* the other two were there before it */
  cross (world, key, sizeof key, &ears[0]);

  peal_loop_call (world->loop, ask_for_two, world);
  peal_ear_open (&ears[1], world->rtp[1]);
  peal_loop_call (world->loop, hint_picture, world);
  hear (&ears[1], told, sizeof told);
  hear (&ears[1], numbered, sizeof numbered);
  g_assert_cmpint (g_async_queue_length (ears[0].datagrams), ==, 0);
  for (guint i = 0; i < 2; i++)
    peal_ear_close (&ears[i], FALSE);
  world_end (world);
}

static void
flood_unclaimed (gpointer user)
{
  World *world = user;

  for (guint i = 0; i < 100000; i++)
    peal_pair_inject (world->near[0], (const guint8[]) { RTP (77, 0xf0, i & 255) }, 12);
}

/* What nobody claims is kept as briefly as what comes before anyone listens: eight datagrams. */
static void
what_nobody_claims_fills_no_memory (void)
{
  World *world = world_new (1);

  peal_loop_call (world->loop, ask_and_hint, world);
  peal_loop_call (world->loop, flood_unclaimed, world);
  g_assert_cmpuint (world->near[0]->dropped, ==, 100000 - PEAL_CHANNEL_EARLY);
  world_end (world);
}

/* Added, removed, added again under the same name; the voice goes on all the while. */
static void
a_content_comes_and_goes (void)
{
  World *world = world_new (1);
  static const guint8 voice[] = { RTP (111, 9, 9) };
  PealEar ears[2];

  peal_loop_call (world->loop, ask_for_one, world);
  peal_loop_call (world->loop, hint_voice, world);
  peal_ear_open (&ears[0], world->rtp[0]);
  for (guint8 round = 0; round < 5; round++) {
    const guint8 picture[] = { RTP (96, 7, 7), round };
    peal_loop_call (world->loop, ask_for_two, world);
    peal_loop_call (world->loop, hint_picture, world);
    peal_ear_open (&ears[1], world->rtp[1]);
    g_assert_cmpint (peal_ear_state (&ears[1]), ==, PEAL_CHANNEL_OPEN);
    cross (world, picture, sizeof picture, &ears[1]);
    cross (world, voice, sizeof voice, &ears[0]);
    peal_ear_close (&ears[1], FALSE);
    peal_loop_call (world->loop, dismiss_picture, world);
    peal_ear_say (world->far[0], picture, sizeof picture); /* was still under way */
    cross (world, voice, sizeof voice, &ears[0]);
  }
  g_assert_cmpint (g_async_queue_length (ears[0].datagrams), ==, 0);
  peal_ear_close (&ears[0], FALSE);
  world_end (world);
}

/* RFC 8843 §9.2: a number that two contents use says nothing, their MIDs do. */
static void
a_number_of_two_contents_says_nothing (void)
{
  World *world = world_new (1);
  static const guint8 unclear[] = { RTP (111, 3, 3) };
  static const guint8 clear[] = {
    0x90, 111, 0, 1, 0, 0, 0, 0, 0, 0, 4, 4, 0xbe, 0xde, 0, 1, 0x40, '0', 0, 0,
  };
  PealEar ears[2];

  peal_loop_call (world->loop, ask_and_hint, world);
  peal_loop_call (world->loop, hint_alike, world);
  for (guint i = 0; i < 2; i++)
    peal_ear_open (&ears[i], world->rtp[i]);
  peal_ear_say (world->far[0], unclear, sizeof unclear);
  cross (world, clear, sizeof clear, &ears[0]);
  cross (world, (const guint8[]) { RTP (111, 4, 4) }, 12, &ears[0]); /* its SSRC is known now */
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (g_async_queue_length (ears[i].datagrams), ==, 0);
    peal_ear_close (&ears[i], FALSE);
  }
  world_end (world);
}

/* A peer whose MIDs are no names of contents is heard by its numbers. */
static void
a_foreign_mid_makes_nobody_deaf (void)
{
  World *world = world_new (1);
  static const guint8 foreign[] = {
    0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 4, 4, 0xbe, 0xde, 0, 1, 0x40, 'z', 0, 0,
  };
  PealEar ears[2];

  peal_loop_call (world->loop, ask_and_hint, world);
  for (guint i = 0; i < 2; i++)
    peal_ear_open (&ears[i], world->rtp[i]);
  cross (world, foreign, sizeof foreign, &ears[1]);
  g_assert_cmpint (g_async_queue_length (ears[0].datagrams), ==, 0);
  for (guint i = 0; i < 2; i++)
    peal_ear_close (&ears[i], FALSE);
  world_end (world);
}

static void
shout_nonsense (gpointer user)
{
  World *world = user;
  g_autoptr(GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  guint8 data[64];

  for (guint i = 0; i < 200000; i++) {
    guint length = (guint) g_rand_int_range (rand, 0, sizeof data);
    for (guint at = 0; at < length; at++)
      data[at] = (guint8) g_rand_int (rand);
    data[0] = 0x90 | (data[0] & 0x0f);
    if (i & 1) {
      data[12 + 4 * (data[0] & 15) % 32] = i & 2 ? 0xbe : 0x10;
      data[13 + 4 * (data[0] & 15) % 32] = i & 2 ? 0xde : 0x00;
    }
    peal_pair_inject (world->near[0], data, length);
  }
}

static void
nonsense_is_survived (void)
{
  World *world = world_new (1);

  peal_loop_call (world->loop, ask_and_hint, world);
  peal_loop_call (world->loop, shout_nonsense, world);
  g_assert_cmpuint (world->near[0]->received, ==, 200000);
  world_end (world);
}

static void
fail (gpointer user)
{
  World *world = user;
  g_autoptr(GError) why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_SECURITY, "an impostor");

  peal_lanes_fail (world->lanes, why);
}

static void
failed_lanes_are_closed_also_those_asked_for_later (void)
{
  World *world = world_new (1);
  PealEar early, late;

  peal_loop_call (world->loop, ask_for_one, world);
  peal_ear_open (&early, world->rtp[0]);
  g_assert_cmpint (peal_ear_state (&early), ==, PEAL_CHANNEL_OPEN);
  peal_loop_call (world->loop, fail, world);
  g_assert_cmpint (peal_ear_state (&early), ==, PEAL_CHANNEL_CLOSED);
  g_assert_error (early.why, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  g_assert_cmpuint (peal_ear_say (world->rtp[0], rtcp, sizeof rtcp), ==, 0);

  peal_loop_call (world->loop, ask_for_two, world);
  peal_ear_open (&late, world->rtp[1]);
  g_assert_cmpint (peal_ear_state (&late), ==, PEAL_CHANNEL_CLOSED);
  peal_ear_close (&early, FALSE);
  peal_ear_close (&late, FALSE);
  world_end (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lanes/rtp-and-rtcp-share-a-path", rtp_and_rtcp_share_a_path);
  g_test_add_func ("/lanes/rtcp-has-its-own-component", rtcp_has_its_own_component);
  g_test_add_func ("/lanes/contents-are-told-apart", contents_are_told_apart);
  g_test_add_func ("/lanes/a-picture-overtakes-its-content", a_picture_overtakes_its_content);
  g_test_add_func ("/lanes/what-nobody-claims-fills-no-memory", what_nobody_claims_fills_no_memory);
  g_test_add_func ("/lanes/a-content-comes-and-goes", a_content_comes_and_goes);
  g_test_add_func ("/lanes/a-number-of-two-contents-says-nothing",
                   a_number_of_two_contents_says_nothing);
  g_test_add_func ("/lanes/a-foreign-mid-makes-nobody-deaf", a_foreign_mid_makes_nobody_deaf);
  g_test_add_func ("/lanes/nonsense-is-survived", nonsense_is_survived);
  g_test_add_func ("/lanes/failed-lanes-are-closed-also-those-asked-for-later",
                   failed_lanes_are_closed_also_those_asked_for_later);
  return g_test_run ();
}
