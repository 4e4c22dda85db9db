/* What all channels share: states that only move on, and datagrams that come before anyone listens.
 */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/pair.h"

typedef struct {
  PealLoop *loop;
  PealChannel *ends[2];
} World;

static World
world_new (PealNet net)
{
  World world = { .loop = peal_loop_new ("test-channel") };

  peal_pair_new (world.loop, world.loop, &net, world.ends);
  return world;
}

static void
free_ends (gpointer user)
{
  World *world = user;

  peal_channel_free (world->ends[0]);
  peal_channel_free (world->ends[1]);
}

static void
world_end (World *world)
{
  peal_loop_call (world->loop, free_ends, world);
  peal_loop_free (world->loop);
}

static void
open_both (gpointer user)
{
  World *world = user;

  peal_pair_open (world->ends[0]);
  peal_pair_open (world->ends[1]);
}

static void
nothing_leaves_before_it_is_open (void)
{
  World world = world_new ((PealNet) { 0 });

  g_assert_cmpuint (peal_ear_say (world.ends[0], "early", 5), ==, 0);
  g_assert_cmpuint (world.ends[0]->dropped, ==, 1);
  peal_loop_call (world.loop, open_both, &world);
  g_assert_cmpuint (peal_ear_say (world.ends[0], "now", 3), ==, 1);
  g_assert_cmpuint (world.ends[0]->sent, ==, 1);

  PealEar ear;
  peal_ear_open (&ear, world.ends[1]);
  g_assert_cmpint (peal_ear_state (&ear), ==, PEAL_CHANNEL_OPEN);
  peal_ear_expect (&ear, "now");
  peal_ear_close (&ear, FALSE);
  world_end (&world);
}

static void
inject_twelve (gpointer user)
{
  World *world = user;

  for (char c = 'a'; c < 'a' + 12; c++)
    peal_pair_inject (world->ends[1], &c, 1);
}

static void
the_first_eight_wait_for_a_listener (void)
{
  World world = world_new ((PealNet) { 0 });
  PealEar ear;

  peal_loop_call (world.loop, inject_twelve, &world);
  g_assert_cmpuint (world.ends[1]->early.length, ==, PEAL_CHANNEL_EARLY);
  g_assert_cmpuint (world.ends[1]->received, ==, 12);
  g_assert_cmpuint (world.ends[1]->dropped, ==, 4);
  peal_ear_open (&ear, world.ends[1]);
  for (char c = 'a'; c < 'a' + 8; c++)
    peal_ear_expect (&ear, (char[]) { c, 0 });
  g_assert_cmpint (g_async_queue_length (ear.datagrams), ==, 0);
  peal_ear_close (&ear, FALSE);
  world_end (&world);
}

/* Hears one and hands the channel on, as DTLS does when it gives way to what is above. */
static void
hear_one (gpointer user, const guint8 *data, gsize length)
{
  PealChannel *channel = user;

  g_assert_cmpmem (data, length, "a", 1);
  peal_channel_listen (channel, NULL, NULL);
}

static void
listen_for_one (gpointer user)
{
  static const PealChannelEvents once = { .datagram = hear_one };
  World *world = user;

  peal_channel_listen (world->ends[1], &once, world->ends[1]);
}

static void
who_stops_listening_leaves_the_rest (void)
{
  World world = world_new ((PealNet) { 0 });
  PealEar ear;

  peal_loop_call (world.loop, inject_twelve, &world);
  peal_loop_call (world.loop, listen_for_one, &world);
  g_assert_cmpuint (world.ends[1]->early.length, ==, 7);
  peal_ear_open (&ear, world.ends[1]);
  peal_ear_expect (&ear, "b");
  peal_ear_close (&ear, FALSE);
  world_end (&world);
}

static void
close_twice (gpointer user)
{
  World *world = user;
  g_autoptr(GError) lost = g_error_new (PEAL_CAUSE, PEAL_CAUSE_LOST, "the cable was cut");
  g_autoptr(GError) second = g_error_new (PEAL_CAUSE, PEAL_CAUSE_TIMEOUT, "too late");

  peal_channel_enter (world->ends[0], PEAL_CHANNEL_CLOSED, lost);
  peal_channel_enter (world->ends[0], PEAL_CHANNEL_CLOSED, second);
  peal_channel_enter (world->ends[0], PEAL_CHANNEL_OPEN, NULL);
}

static void
closed_is_final_and_tells_why_to_latecomers (void)
{
  World world = world_new ((PealNet) { 0 });
  PealEar ear;

  peal_loop_call (world.loop, open_both, &world);
  peal_loop_call (world.loop, close_twice, &world);
  peal_ear_open (&ear, world.ends[0]);
  g_assert_cmpint (peal_ear_state (&ear), ==, PEAL_CHANNEL_CLOSED);
  g_assert_error (ear.why, PEAL_CAUSE, PEAL_CAUSE_LOST);
  g_assert_cmpint (g_async_queue_length (ear.states), ==, 0);
  g_assert_cmpuint (peal_ear_say (world.ends[0], "x", 1), ==, 0);
  peal_ear_close (&ear, FALSE);
  world_end (&world);
}

/* --- the net itself: what it does follows from the seed alone --- */

typedef struct {
  World *world;
  PealEar *ear;
  PealTimer timer;
} Bell;

static void
ring (gpointer user)
{
  Bell *bell = user;

  g_async_queue_push (bell->ear->datagrams, g_bytes_new (NULL, 0));
}

/* An empty datagram once all that is on the way has arrived: nothing takes longer than 21 ms. */
static void
hang_bell (gpointer user)
{
  Bell *bell = user;

  peal_timer_set (bell->world->loop, &bell->timer, g_get_monotonic_time () + 30000, ring, bell);
}

static GArray *
cross (guint32 seed)
{
  World world = world_new (
      (PealNet) { .seed = seed, .loss = 0.3, .duplicate = 0.2, .delay_ms = 1, .jitter_ms = 20 });
  GArray *heard = g_array_new (FALSE, FALSE, sizeof (guint16));
  PealEar ear;
  Bell bell = { .world = &world, .ear = &ear };

  peal_loop_call (world.loop, open_both, &world);
  peal_ear_open (&ear, world.ends[1]);
  for (guint16 i = 0; i < 1000; i++)
    peal_ear_say (world.ends[0], &i, sizeof i);
  peal_loop_call (world.loop, hang_bell, &bell);
  for (;;) {
    g_autoptr(GBytes) one = peal_ear_datagram (&ear);
    if (!g_bytes_get_size (one))
      break;
    g_array_append_vals (heard, g_bytes_get_data (one, NULL), 1);
  }
  peal_ear_close (&ear, FALSE);
  world_end (&world);
  return heard;
}

static int
by_value (gconstpointer a, gconstpointer b)
{
  return *(const guint16 *) a - *(const guint16 *) b;
}

static void
the_net_loses_doubles_and_turns_round_by_its_seed (void)
{
  guint32 seed = g_test_rand_int ();
  g_test_message ("seed %u", seed);
  g_autoptr(GArray) first = cross (seed);
  g_autoptr(GArray) again = cross (seed);
  guint overtaken = 0, doubled = 0;

  for (guint i = 1; i < first->len; i++)
    overtaken += g_array_index (first, guint16, i) < g_array_index (first, guint16, i - 1);
  g_array_sort (first, by_value);
  g_array_sort (again, by_value);
  for (guint i = 1; i < first->len; i++)
    doubled += g_array_index (first, guint16, i) == g_array_index (first, guint16, i - 1);

  g_test_message ("%u heard of 1000, %u doubled, %u overtaken", first->len, doubled, overtaken);
  g_assert_cmpuint (first->len - doubled, >, 600);
  g_assert_cmpuint (first->len - doubled, <, 800);
  g_assert_cmpuint (doubled, >, 80);
  g_assert_cmpuint (overtaken, >, 10);
  g_assert_cmpmem (first->data, first->len * 2, again->data, again->len * 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel/nothing-leaves-before-it-is-open", nothing_leaves_before_it_is_open);
  g_test_add_func ("/channel/the-first-eight-wait-for-a-listener",
                   the_first_eight_wait_for_a_listener);
  g_test_add_func ("/channel/who-stops-listening-leaves-the-rest",
                   who_stops_listening_leaves_the_rest);
  g_test_add_func ("/channel/closed-is-final-and-tells-why-to-latecomers",
                   closed_is_final_and_tells_why_to_latecomers);
  g_test_add_func ("/pair/loses-doubles-and-turns-round-by-its-seed",
                   the_net_loses_doubles_and_turns_round_by_its_seed);
  return g_test_run ();
}
