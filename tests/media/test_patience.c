/* How long the jitter buffer waits: nets of many kinds, on a clock of their own. */
// SPDX-License-Identifier: MIT
#include "media/patience.h"

enum { SEED = 4711, RATE = 48000, FRAME = 960, MS = 1000, SECOND = 1000 * MS };

/* A peer that sends 50 packets a second, and a net. */
typedef struct {
  GRand *random;
  PealPatience patience;
  PealPacket next;
  gint64 said; /* when @next leaves, µs */
  gint64 delay, jitter;
  guint late; /* packets that were later than the buffer waited then */
  guint changes;
} World;

static void
world_init (World *world, gint64 jitter)
{
  *world = (World) { .random = g_rand_new_with_seed (SEED),
                     .next = { .ssrc = 7, .timestamp = G_MAXUINT32 - 100 * FRAME },
                     .said = 5 * SECOND,
                     .delay = 30 * MS,
                     .jitter = jitter };
  g_test_message ("seed %d", SEED);
  peal_patience_init (&world->patience, RATE, PEAL_PATIENCE_FIRST_MS);
}

static void
world_clear (World *world)
{
  g_rand_free (world->random);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static void
arrive (World *world, gint64 at)
{
  guint wait_ms = world->patience.wait_ms;
  gboolean changed = peal_patience_hear (&world->patience, &world->next, at);

  g_assert_cmpint (changed, ==, world->patience.wait_ms != wait_ms);
  g_assert_cmpuint (world->patience.wait_ms, >=, PEAL_PATIENCE_FIRST_MS);
  g_assert_cmpuint (world->patience.wait_ms, <=, PEAL_PATIENCE_LONGEST_MS);
  g_assert_cmpint (peal_patience_due (&world->patience, world->next.timestamp), <=,
                   at + world->patience.wait_ms * MS);
  world->changes += changed;
  world->late += at - world->said - world->delay > wait_ms * MS;
  world->next.timestamp += FRAME;
  world->next.sequence++;
  world->said += 20 * MS;
}

static void
run (World *world, double seconds)
{
  for (gint64 end = world->said + (gint64) (seconds * SECOND); world->said < end;) {
    gint64 jitter =
        world->jitter ? g_rand_int_range (world->random, 0, (gint32) world->jitter + 1) : 0;
    arrive (world, world->said + world->delay + jitter);
  }
}

/* Nothing it does not need to wait for: it waits for one packet, however long the call. The
 * timestamps wrap meanwhile. */
static void
a_calm_net_keeps_it_short (void)
{
  g_auto(World) world;

  world_init (&world, 8 * MS);
  run (&world, 600);
  g_assert_cmpuint (world.patience.wait_ms, ==, PEAL_PATIENCE_FIRST_MS);
  g_assert_cmpuint (world.changes, ==, 0);
}

/* It knows within a moment, at the price of a few packets, and waits for all but the latest 2 %. */
static void
jitter_is_learned_at_once (void)
{
  const guint rows[] = { 16, 25, 50, 90, 150 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto(World) world;
    world_init (&world, rows[i] * MS);
    run (&world, 1.5);
    g_test_message ("%u ms: waits %u ms, %u late", rows[i], world.patience.wait_ms, world.late);
    g_assert_cmpuint (world.patience.wait_ms, >=, rows[i] * 9 / 10);
    g_assert_cmpuint (world.late, <=, 8);
    world.late = 0;
    run (&world, 60);
    g_test_message ("then %u ms, %u of 3000 late", world.patience.wait_ms, world.late);
    g_assert_cmpuint (world.patience.wait_ms, >=, rows[i] * 9 / 10);
    g_assert_cmpuint (world.patience.wait_ms, <=, rows[i] + 12);
    g_assert_cmpuint (world.late, <=, 100);
  }
}

/* More than it may wait for: it waits as long as it may. */
static void
it_does_not_wait_for_ever (void)
{
  g_auto(World) world;

  world_init (&world, 500 * MS);
  run (&world, 10);
  g_assert_cmpuint (world.patience.wait_ms, ==, PEAL_PATIENCE_LONGEST_MS);
}

/* For 300 ms nothing comes, then all of it at once: that was one thing, and no reason to wait for
 * longer from now on. */
static void
a_stall_is_no_jitter (void)
{
  g_auto(World) world;

  world_init (&world, 0);
  run (&world, 5);
  gint64 end = world.said + world.delay + 300 * MS;
  for (guint i = 0; i < 15; i++)
    arrive (&world, end);
  run (&world, 5);
  g_assert_cmpuint (world.patience.wait_ms, ==, PEAL_PATIENCE_FIRST_MS);
}

static void
it_comes_down_when_it_may (void)
{
  g_auto(World) world;

  world_init (&world, 90 * MS);
  run (&world, 10);
  g_assert_cmpuint (world.patience.wait_ms, >=, 85);
  world.jitter = 60 * MS;
  run (&world, 30);
  g_assert_cmpuint (world.patience.wait_ms, >=, 55);
  g_assert_cmpuint (world.patience.wait_ms, <=, 72);
  world.jitter = 0;
  run (&world, 30);
  g_assert_cmpuint (world.patience.wait_ms, ==, PEAL_PATIENCE_FIRST_MS);
}

/* The peer's clock is 0.02 % slow: 20 ms in 100 s, none of which is jitter. */
static void
drift_is_no_jitter (void)
{
  g_auto(World) world;

  world_init (&world, 0);
  for (guint i = 0; i < 100; i++) {
    run (&world, 10);
    world.delay += 2 * MS;
  }
  g_assert_cmpuint (world.changes, ==, 0);
}

/* Another stream, or the same one with another clock, is no lateness. */
static void
a_new_beginning_is_no_jitter (void)
{
  g_auto(World) world;

  world_init (&world, 0);
  run (&world, 2);
  world.next.ssrc = 8;
  world.next.timestamp += 123456789;
  run (&world, 2);
  world.next.timestamp -= 60 * RATE;
  run (&world, 2);
  world.next.timestamp += 0x80000000u;
  run (&world, 2);
  g_assert_cmpuint (world.changes, ==, 0);
}

/* From another path all packets take 300 ms longer: after a moment that is how it is. */
static void
a_longer_path_is_forgotten (void)
{
  g_auto(World) world;

  world_init (&world, 0);
  run (&world, 5);
  world.delay += 300 * MS;
  run (&world, 2);
  gint64 due = peal_patience_due (&world.patience, world.next.timestamp);
  g_assert_cmpint (due, >=, world.said + world.delay);
  run (&world, 30);
  g_assert_cmpuint (world.patience.wait_ms, ==, PEAL_PATIENCE_FIRST_MS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/patience/a_calm_net_keeps_it_short", a_calm_net_keeps_it_short);
  g_test_add_func ("/patience/jitter_is_learned_at_once", jitter_is_learned_at_once);
  g_test_add_func ("/patience/it_does_not_wait_for_ever", it_does_not_wait_for_ever);
  g_test_add_func ("/patience/a_stall_is_no_jitter", a_stall_is_no_jitter);
  g_test_add_func ("/patience/it_comes_down_when_it_may", it_comes_down_when_it_may);
  g_test_add_func ("/patience/drift_is_no_jitter", drift_is_no_jitter);
  g_test_add_func ("/patience/a_new_beginning_is_no_jitter", a_new_beginning_is_no_jitter);
  g_test_add_func ("/patience/a_longer_path_is_forgotten", a_longer_path_is_forgotten);
  return g_test_run ();
}
