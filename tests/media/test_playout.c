/* What is heard when, over nets of many kinds, on a clock of their own: how much has to be invented
 * and how long it takes from mouth to ear. */
// SPDX-License-Identifier: MIT
#include "media/playout.h"

#include <string.h>

enum { SEED = 4711, RATE = 48000, FRAME = 960, MS = 1000, SECOND = 1000 * MS, DELAY = 30 * MS };
enum { MOST_ON_THEIR_WAY = 64 };

typedef struct {
  double loss;   /* share of packets */
  guint burst;   /* how many are lost together, on average */
  gint64 jitter; /* µs: delays of up to that, evenly; packets overtake one another */
} Net;

typedef struct {
  gint64 at, said; /* µs; G_MAXINT64: free */
  guint16 sequence;
  guint32 timestamp;
} Flight;

/* A peer that sends a packet each 20 ms, a net, and an ear. */
typedef struct {
  GRand *random;
  const Net *net;
  PealPlayout *playout;
  Flight flights[MOST_ON_THEIR_WAY];
  gint64 now, said; /* µs; when the next packet leaves */
  gint64 path;      /* µs that a packet is on its way */
  gint64 clock;     /* µs that the peer's packets are apart by our clock */
  guint16 sequence; /* both of the next */
  guint32 timestamp;
  gboolean losing;
  gint64 line;  /* when the sound that left so far ends, µs */
  double delay; /* sum of mouth to ear, ms, of */
  guint heard;  /* packets */
  guint lost, gaps;
} World;

static void
world_init (World *world, const Net *net)
{
  *world = (World) { .random = g_rand_new_with_seed (SEED),
                     .net = net,
                     .playout = peal_playout_new (&(PealPlayoutSetup) {
                         .clock_rate = RATE, .wait_ms = PEAL_PATIENCE_FIRST_MS }),
                     .now = 5 * SECOND,
                     .said = 5 * SECOND,
                     .path = DELAY,
                     .clock = 20 * MS,
                     .sequence = 65500,
                     .timestamp = 4000000000u };
  for (guint i = 0; i < MOST_ON_THEIR_WAY; i++)
    world->flights[i].at = G_MAXINT64;
  g_test_message ("seed %d", SEED);
}

static void
world_clear (World *world)
{
  peal_playout_free (world->playout);
  g_rand_free (world->random);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

/* Two states, good and losing (Gilbert): @loss of all packets are lost, @burst in a row. */
static gboolean
is_lost (World *world)
{
  double leave = 1.0 / MAX (1, world->net->burst);
  double enter = world->net->loss * leave / (1 - world->net->loss);

  if (world->net->burst <= 1)
    return g_rand_double (world->random) < world->net->loss;
  world->losing = world->losing ? g_rand_double (world->random) >= leave
                                : g_rand_double (world->random) < enter;
  return world->losing;
}

static void
send (World *world)
{
  Flight flight = { .said = world->said, world->sequence, world->timestamp };
  gint64 jitter =
      world->net->jitter ? g_rand_int_range (world->random, 0, (gint32) world->net->jitter + 1) : 0;

  world->said += world->clock;
  world->sequence++;
  world->timestamp += FRAME;
  if (is_lost (world)) {
    world->lost++;
    return;
  }
  for (guint i = 0; i < MOST_ON_THEIR_WAY; i++)
    if (world->flights[i].at == G_MAXINT64) {
      flight.at = flight.said + world->path + jitter;
      world->flights[i] = flight;
      return;
    }
  g_assert_not_reached ();
}

/* What is in a packet is when it was said. */
static void
put (World *world, const Flight *flight)
{
  g_autoptr(GBytes) data = g_bytes_new (&flight->said, sizeof flight->said);
  PealPacket packet = { .ssrc = 7, .sequence = flight->sequence, .timestamp = flight->timestamp };

  peal_playout_put (world->playout, &packet, data, world->now);
}

/* The line has no gap and no overlap, but where it begins anew; packets are in order. */
static void
take_all (World *world)
{
  PealPlayoutStep step;

  while (peal_playout_take (world->playout, world->now, &step)) {
    g_assert_cmpint (step.at, >=, world->line);
    world->gaps += world->line && step.at > world->line;
    g_assert_cmpint (step.length, >, 0);
    world->line = step.at + step.length;
    if (!step.packet)
      continue;
    gint64 said;
    memcpy (&said, g_bytes_get_data (step.packet, NULL), sizeof said);
    world->delay += (double) (step.at - said) / MS;
    world->heard++;
    g_bytes_unref (step.packet);
  }
}

static Flight *
next_flight (World *world)
{
  Flight *next = &world->flights[0];

  for (guint i = 1; i < MOST_ON_THEIR_WAY; i++)
    if (world->flights[i].at < next->at)
      next = &world->flights[i];
  return next;
}

static void
run (World *world, double seconds)
{
  for (gint64 end = world->now + (gint64) (seconds * SECOND); world->now < end;) {
    Flight *flight = next_flight (world);
    gint64 deadline = MAX (world->now, peal_playout_deadline (world->playout));
    world->now = MIN (MIN (flight->at, world->said), deadline);
    if (world->now == world->said)
      send (world);
    else if (world->now == flight->at) {
      flight->at = G_MAXINT64;
      put (world, flight);
    }
    take_all (world);
  }
}

typedef struct {
  double concealed, delay_ms; /* share; mean of all that was heard */
} Outcome;

static Outcome
outcome_of (World *world)
{
  PealPlayoutCount count;

  peal_playout_count (world->playout, &count);
  return (Outcome) { count.invented_ms / count.heard_ms, world->delay / world->heard };
}

/* The rows of the link laboratory. What is lost has to be invented; beyond that little, and nobody
 * waits for longer than the jitter is, and one packet. */
static void
rows_of_the_laboratory (void)
{
  const double losses[] = { 0, 0.02, 0.05, 0.1, 0.2 };
  const gint64 jitters[] = { 0, 20, 40, 80 };

  for (guint i = 0; i < G_N_ELEMENTS (losses); i++)
    for (guint burst = 1; burst <= 4; burst += 3)
      for (guint j = 0; j < G_N_ELEMENTS (jitters); j++) {
        Net net = { losses[i], burst, jitters[j] * MS };
        g_auto(World) world;
        world_init (&world, &net);
        run (&world, 300);
        Outcome outcome = outcome_of (&world);
        double lost = (double) world.lost / (world.lost + world.heard);
        g_test_message (
            "loss %4.1f %% in bursts of %u, jitter %2d ms: lost %4.1f %%, concealed %4.1f %%, "
            "delay %5.1f ms, waits %u ms",
            losses[i] * 100, burst, (int) jitters[j], lost * 100, outcome.concealed * 100,
            outcome.delay_ms, peal_playout_wait (world.playout));
        g_assert_cmpfloat (outcome.concealed, <, lost + 0.035);
        g_assert_cmpfloat (outcome.delay_ms, <, 30 + (double) MAX (20, jitters[j]) + 25);
      }
}

static PealPlayoutCount
count_of (World *world)
{
  PealPlayoutCount count;

  peal_playout_count (world->playout, &count);
  return count;
}

static const Net calm = { 0 };

/* Nothing comes for a second. What can be invented is, then there is silence; the sound after it is
 * not late, and not early either. */
static void
an_outage_ends (void)
{
  g_auto(World) world;

  world_init (&world, &calm);
  run (&world, 5);
  g_assert_cmpfloat (count_of (&world).invented_ms, ==, 0);
  Net dead = { .loss = 0.999999 };
  world.net = &dead;
  run (&world, 1);
  world.net = &calm;
  gint64 heard = world.heard;
  double delay = world.delay;
  run (&world, 5);
  PealPlayoutCount count = count_of (&world);
  g_assert_cmpuint (world.gaps, ==, 1);
  g_assert_cmpuint (count.bursts, ==, 1);
  g_assert_cmpfloat (count.invented_ms, ==, 200);
  g_assert_cmpfloat_with_epsilon ((world.delay - delay) / (double) (world.heard - heard), 50, 1);
}

/* From one moment on all packets take longer than any wait: the few that show it are not heard, and
 * what could not come meanwhile; the rest is. */
static void
a_longer_path_is_taken_soon (void)
{
  static const Net net = { 0 };
  g_auto(World) world;
  const guint unsaid = 400 / 20;

  world_init (&world, &net);
  run (&world, 5);
  guint heard = world.heard;
  world.path += 400 * MS;
  run (&world, 2);
  g_test_message ("%u of 100 packets are heard", world.heard - heard);
  g_assert_cmpuint (world.heard - heard, >=, 100 - unsaid - 10);
}

/* A peer that says nothing sends nothing (DTX), and counts on: no packet is missing, and the next
 * word is heard at its time. */
static void
a_pause_is_no_loss_of_words (void)
{
  g_auto(World) world;

  world_init (&world, &calm);
  for (guint pause = 1; pause <= 40; pause++) {
    run (&world, 1);
    world.said += pause * 20 * MS;
    world.timestamp += pause * FRAME;
  }
  run (&world, 1);
  PealPlayoutCount count = count_of (&world);
  g_assert_cmpuint (count.late, ==, 0);
  g_assert_cmpfloat_with_epsilon (world.delay / world.heard, 50, 2);
  g_assert_cmpuint (world.heard, >=, 41 * 50 - 40 * 41 / 2 - 3);
}

/* The peer's clock is 0.1 % fast or slow: 600 ms in 10 minutes, and the delay stays. */
static void
drift_is_made_up_for (void)
{
  for (gint64 drift = -20; drift <= 20; drift += 40) {
    g_auto(World) world;
    world_init (&world, &calm);
    world.clock = 20 * MS + drift;
    run (&world, 600);
    PealPlayoutCount count = count_of (&world);
    g_test_message ("a packet each %" G_GINT64_FORMAT " µs: %.0f ms invented, %u left out",
                    world.clock, count.invented_ms, count.late);
    g_assert_cmpfloat_with_epsilon (world.delay / world.heard, 50, 15);
    g_assert_cmpfloat (count.invented_ms, <=, drift > 0 ? 700 : 0);
    g_assert_cmpuint (count.late, <=, drift > 0 ? 0 : 35);
  }
}

/* Packets of 2.5 to 120 ms. */
static void
packets_of_any_length (void)
{
  const guint lengths[] = { 10, 30, 40, 60, 120 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_auto(World) world;
    PealPlayoutStep step;
    world_init (&world, &calm);
    for (guint n = 0; n < 100; n++) {
      world.now += lengths[i] * MS;
      put (&world,
           &(Flight) { .sequence = (guint16) n, .timestamp = n * lengths[i] * RATE / 1000 });
      for (guint steps = 0; peal_playout_take (world.playout, world.now, &step); steps++) {
        g_assert_nonnull (step.packet);
        g_bytes_unref (step.packet);
        g_assert_cmpint (steps, ==, 0);
        if (n > 2)
          g_assert_cmpint (step.at, ==, world.line);
        world.line = step.at + lengths[i] * MS;
      }
    }
    g_assert_cmpfloat (count_of (&world).invented_ms, ==, 0);
  }
}

static gboolean
always (const guint8 *payload, gsize length)
{
  return TRUE;
}

static gboolean
never (const guint8 *payload, gsize length)
{
  return FALSE;
}

/* No decoder sees it: its place is a hole's. */
static void
what_cannot_be_decoded_never_came (void)
{
  PealPlayout *playout = peal_playout_new (
      &(PealPlayoutSetup) { .clock_rate = RATE, .wait_ms = 20, .decodes = never });
  g_autoptr(GBytes) data = g_bytes_new_static ("x", 1);
  PealPlayoutStep step;

  for (guint i = 0; i < 50; i++) {
    PealPacket packet = { .ssrc = 7, .sequence = (guint16) i, .timestamp = i * FRAME };
    peal_playout_put (playout, &packet, data, SECOND + i * 20 * MS);
    while (peal_playout_take (playout, SECOND + i * 20 * MS, &step))
      g_assert_null (step.packet);
  }
  peal_playout_free (playout);
}

/* Of two that are lost in a row the second is had from the packet after it. */
static void
copies_are_not_invented (void)
{
  g_autoptr(GBytes) data = g_bytes_new_static ("x", 1);
  PealPlayoutSetup setup = { .clock_rate = RATE, .wait_ms = 20, .copies = always };
  PealPlayout *playout = peal_playout_new (&setup);
  PealPlayoutStep step;
  PealPlayoutCount count;

  for (guint n = 0; n < 20; n++) {
    gint64 now = SECOND + n * 20 * MS;
    PealPacket packet = { .sequence = (guint16) n, .timestamp = n * FRAME };
    if (n != 10 && n != 11)
      peal_playout_put (playout, &packet, data, now);
    while (peal_playout_take (playout, now, &step))
      g_clear_pointer (&step.packet, g_bytes_unref);
  }
  peal_playout_count (playout, &count);
  g_assert_cmpuint (count.recovered, ==, 1);
  g_assert_cmpuint (count.bursts, ==, 1);
  g_assert_cmpfloat (count.invented_ms, ==, 20);
  peal_playout_free (playout);
}

/* Places that something else took (keys of a telephone) are no losses: one is filled, two are none.
 */
static void
what_is_no_sound_is_not_missed (void)
{
  g_autoptr(GBytes) data = g_bytes_new_static ("x", 1);
  PealPlayout *playout =
      peal_playout_new (&(PealPlayoutSetup) { .clock_rate = RATE, .wait_ms = 20 });
  PealPlayoutStep step;
  PealPlayoutCount count;
  guint heard = 0;

  for (guint n = 0; n < 40; n++) {
    guint place = n < 10 ? n : MAX (10, n - 2);
    gint64 now = SECOND + place * 20 * MS;
    PealPacket packet = { .sequence = (guint16) n, .timestamp = place * FRAME };
    if (n >= 10 && n <= 12)
      peal_playout_fill (playout, &packet, n == 10 ? data : NULL, now + 5 * SECOND);
    else
      peal_playout_put (playout, &packet, data, now);
    for (; peal_playout_take (playout, now, &step); heard++)
      g_clear_pointer (&step.packet, g_bytes_unref);
  }
  peal_playout_count (playout, &count);
  g_assert_cmpuint (heard, ==, 38);
  g_assert_cmpfloat (count.invented_ms, ==, 0);
  g_assert_cmpuint (count.late, ==, 0);
  peal_playout_free (playout);
}

/* Whatever comes, at whatever time: the line only goes forward and stays near to now, an end is
 * always reached, and a stream of sense is heard again afterwards. */
static void
nonsense_does_no_harm (void)
{
  g_auto(World) world;
  PealPlayoutStep step;

  world_init (&world, &calm);
  for (guint round = 0; round < 100000; round++) {
    world.now += g_rand_int_range (world.random, 0, 30 * MS);
    guint32 wild = g_rand_int (world.random), wilder = g_rand_int (world.random);
    put (&world, &(Flight) { .sequence = (guint16) (wild & 0x10000 ? round : wild),
                             .timestamp = wilder & 1 ? round * FRAME : wilder });
    guint steps = 0;
    while (peal_playout_take (world.playout, world.now, &step)) {
      g_clear_pointer (&step.packet, g_bytes_unref);
      g_assert_cmpint (step.at, <=, world.now + 3 * SECOND);
      g_assert_cmpuint (++steps, <, 500);
    }
    gint64 deadline = peal_playout_deadline (world.playout);
    g_assert_true (deadline == G_MAXINT64 || deadline <= world.now + 3 * SECOND);
  }
  world.line = 0;
  world.said = world.now;
  world.heard = 0;
  run (&world, 10);
  g_assert_cmpuint (world.heard, >, 300);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/playout/rows_of_the_laboratory", rows_of_the_laboratory);
  g_test_add_func ("/playout/an_outage_ends", an_outage_ends);
  g_test_add_func ("/playout/a_longer_path_is_taken_soon", a_longer_path_is_taken_soon);
  g_test_add_func ("/playout/a_pause_is_no_loss_of_words", a_pause_is_no_loss_of_words);
  g_test_add_func ("/playout/drift_is_made_up_for", drift_is_made_up_for);
  g_test_add_func ("/playout/packets_of_any_length", packets_of_any_length);
  g_test_add_func ("/playout/copies_are_not_invented", copies_are_not_invented);
  g_test_add_func ("/playout/what_cannot_be_decoded_never_came", what_cannot_be_decoded_never_came);
  g_test_add_func ("/playout/what_is_no_sound_is_not_missed", what_is_no_sound_is_not_missed);
  g_test_add_func ("/playout/nonsense_does_no_harm", nonsense_does_no_harm);
  return g_test_run ();
}
