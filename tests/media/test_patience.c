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

/* It knows within a moment, at the price of a few packets. */
static void
jitter_is_learned_at_once (void)
{
  const struct {
    guint jitter_ms, wait_ms, late;
  } rows[] = { { 16, 40, 0 }, { 25, 40, 3 }, { 50, 60, 5 }, { 90, 100, 8 }, { 500, 200, 350 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto(World) world;
    world_init (&world, rows[i].jitter_ms * MS);
    run (&world, 1.5);
    g_test_message ("%u ms: waits %u ms, %u late", rows[i].jitter_ms, world.patience.wait_ms,
                    world.late);
    g_assert_cmpuint (world.patience.wait_ms, ==, rows[i].wait_ms);
    run (&world, 8.5);
    g_assert_cmpuint (world.patience.wait_ms, ==, rows[i].wait_ms);
    g_assert_cmpuint (world.late, <=, rows[i].late);
  }
}

/* For 300 ms nothing comes, then all of it at once: no reason to wait 200 ms from now on. */
static void
a_stall_is_one_step (void)
{
  g_auto(World) world;

  world_init (&world, 0);
  run (&world, 2);
  gint64 end = world.said + world.delay + 300 * MS;
  for (guint i = 0; i < 15; i++)
    arrive (&world, end);
  run (&world, 5);
  g_assert_cmpuint (world.patience.wait_ms, ==, PEAL_PATIENCE_FIRST_MS + 20);
}

static void
it_comes_down_when_it_may (void)
{
  g_auto(World) world;

  world_init (&world, 90 * MS);
  run (&world, 10);
  g_assert_cmpuint (world.patience.wait_ms, ==, 100);
  world.jitter = 65 * MS; /* 80 would do, 60 would not */
  run (&world, 60);
  g_assert_cmpuint (world.patience.wait_ms, ==, 80);
  guint changes = world.changes, late = world.late;
  run (&world, 600);
  g_assert_cmpuint (world.changes, ==, changes); /* and does not try 60 again and again */
  g_assert_cmpuint (world.late, ==, late);
  world.jitter = 0;
  run (&world, 90);
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

/* From another path all packets take 60 ms longer: that is made up for, and forgotten. */
static void
a_longer_path_is_forgotten (void)
{
  g_auto(World) world;

  world_init (&world, 0);
  run (&world, 5);
  world.delay += 60 * MS;
  run (&world, 2);
  g_assert_cmpuint (world.patience.wait_ms, ==, 80);
  run (&world, 120);
  g_assert_cmpuint (world.patience.wait_ms, ==, PEAL_PATIENCE_FIRST_MS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/patience/a_calm_net_keeps_it_short", a_calm_net_keeps_it_short);
  g_test_add_func ("/patience/jitter_is_learned_at_once", jitter_is_learned_at_once);
  g_test_add_func ("/patience/a_stall_is_one_step", a_stall_is_one_step);
  g_test_add_func ("/patience/it_comes_down_when_it_may", it_comes_down_when_it_may);
  g_test_add_func ("/patience/drift_is_no_jitter", drift_is_no_jitter);
  g_test_add_func ("/patience/a_new_beginning_is_no_jitter", a_new_beginning_is_no_jitter);
  g_test_add_func ("/patience/a_longer_path_is_forgotten", a_longer_path_is_forgotten);
  return g_test_run ();
}
