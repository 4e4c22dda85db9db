/* The split of one path by first byte (RFC 7983) and by packet type (RFC 5761). */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/pair.h"
#include "transport/demux.h"

typedef struct {
  PealLoop *loop;
  PealChannel *ends[2];
  PealChannel *branches[PEAL_N_BRANCHES];
  PealEar ears[PEAL_N_BRANCHES];
} World;

static void
build (gpointer user)
{
  World *world = user;

  peal_demux_new (world->ends[1], world->branches);
  for (guint i = 0; i < 2; i++)
    peal_pair_open (world->ends[i]);
}

static void
take_down (gpointer user)
{
  World *world = user;

  for (guint i = 0; i < PEAL_N_BRANCHES; i++)
    peal_channel_free (world->branches[i]);
  peal_channel_free (world->ends[0]);
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);

  world->loop = peal_loop_new ("test-demux");
  peal_pair_new (world->loop, world->loop, &(PealNet) { 0 }, world->ends);
  peal_loop_call (world->loop, build, world);
  for (guint i = 0; i < PEAL_N_BRANCHES; i++) {
    peal_ear_open (&world->ears[i], world->branches[i]);
    g_assert_cmpint (peal_ear_state (&world->ears[i]), ==, PEAL_CHANNEL_OPEN);
  }
  return world;
}

static void
world_end (World *world)
{
  for (guint i = 0; i < PEAL_N_BRANCHES; i++)
    peal_ear_close (&world->ears[i], FALSE);
  peal_loop_call (world->loop, take_down, world);
  peal_loop_free (world->loop);
  g_free (world);
}

static void
inject_all_bytes (gpointer user)
{
  World *world = user;

  for (guint first = 0; first < 256; first++)
    peal_pair_inject (world->ends[1], (guint8[]) { (guint8) first, 1, 2 }, 3);
  peal_pair_inject (world->ends[1], "", 0);
}

static void
each_first_byte_goes_its_way (void)
{
  World *world = world_new ();
  static const guint ranges[PEAL_N_BRANCHES][2] = {
    [PEAL_DEMUX_DTLS] = { 20, 63 }, [PEAL_DEMUX_RTP] = { 128, 191 }
  };
  guint expected = 0;

  peal_loop_call (world->loop, inject_all_bytes, world);
  for (guint i = 0; i < PEAL_N_BRANCHES; i++) {
    for (guint first = ranges[i][0]; first <= ranges[i][1]; first++, expected++) {
      g_autoptr(GBytes) heard = peal_ear_datagram (&world->ears[i]);
      g_assert_cmpuint (*(const guint8 *) g_bytes_get_data (heard, NULL), ==, first);
    }
    g_assert_cmpint (g_async_queue_length (world->ears[i].datagrams), ==, 0);
  }
  g_assert_cmpuint (world->ends[1]->dropped, ==, 257 - expected);
  world_end (world);
}

static void
both_branches_send_over_one_path (void)
{
  World *world = world_new ();
  PealEar far;

  peal_ear_open (&far, world->ends[0]);
  g_assert_cmpuint (peal_ear_say (world->branches[PEAL_DEMUX_DTLS], "dtls", 4), ==, 1);
  g_assert_cmpuint (peal_ear_say (world->branches[PEAL_DEMUX_RTP], "rtp", 3), ==, 1);
  peal_ear_expect (&far, "dtls");
  peal_ear_expect (&far, "rtp");
  peal_ear_close (&far, FALSE);
  world_end (world);
}

static void
cut (gpointer user)
{
  g_autoptr(GError) why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_LOST, "cut");

  peal_channel_enter (user, PEAL_CHANNEL_CLOSED, why);
}

static void
the_end_of_the_path_ends_both (void)
{
  World *world = world_new ();

  peal_loop_call (world->loop, cut, world->ends[1]);
  for (guint i = 0; i < PEAL_N_BRANCHES; i++) {
    g_assert_cmpint (peal_ear_state (&world->ears[i]), ==, PEAL_CHANNEL_CLOSED);
    g_assert_error (world->ears[i].why, PEAL_CAUSE, PEAL_CAUSE_LOST);
  }
  world_end (world);
}

static void
free_dtls (gpointer user)
{
  World *world = user;

  peal_channel_free (g_steal_pointer (&world->branches[PEAL_DEMUX_DTLS]));
}

static void
one_branch_may_go_before_the_other (void)
{
  World *world = world_new ();
  static const guint8 dtls[] = { 22, 254 }, rtp[] = { 128, 0 };

  peal_ear_close (&world->ears[PEAL_DEMUX_DTLS], FALSE);
  peal_loop_call (world->loop, free_dtls, world);
  peal_ear_say (world->ends[0], dtls, sizeof dtls);
  peal_ear_say (world->ends[0], rtp, sizeof rtp);
  g_autoptr(GBytes) heard = peal_ear_datagram (&world->ears[PEAL_DEMUX_RTP]);
  g_assert_cmpmem (g_bytes_get_data (heard, NULL), g_bytes_get_size (heard), rtp, sizeof rtp);
  g_assert_cmpuint (world->ends[1]->dropped, ==, 1);

  peal_ear_close (&world->ears[PEAL_DEMUX_RTP], FALSE);
  peal_loop_call (world->loop, take_down, world);
  peal_loop_free (world->loop);
  g_free (world);
}

static void
packet_types_tell_rtcp (void)
{
  for (guint second = 0; second < 256; second++)
    g_assert_cmpint (peal_demux_is_rtcp ((guint8[]) { 128, (guint8) second }, 2), ==,
                     second >= 192 && second <= 223);
  g_assert_false (peal_demux_is_rtcp ((guint8[]) { 128 }, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demux/each-first-byte-goes-its-way", each_first_byte_goes_its_way);
  g_test_add_func ("/demux/both-branches-send-over-one-path", both_branches_send_over_one_path);
  g_test_add_func ("/demux/the-end-of-the-path-ends-both", the_end_of_the_path_ends_both);
  g_test_add_func ("/demux/one-branch-may-go-before-the-other", one_branch_may_go_before_the_other);
  g_test_add_func ("/demux/packet-types-tell-rtcp", packet_types_tell_rtcp);
  return g_test_run ();
}
