/* Reports as nets make them, and what is made of them. */
// SPDX-License-Identifier: MIT
#include "media/rate.h"

enum { SECOND = G_USEC_PER_SEC, PACKETS = 50, SEED = 4711 };

/* A peer that reports each second. */
typedef struct {
  PealRate rate;
  guint32 highest;
  gint64 now;
  guint changes;
} World;

static void
world_init (World *world, guint most_bitrate)
{
  *world = (World) { .now = 1000 * SECOND };
  peal_rate_init (&world->rate, peal_codec_find ("opus"), most_bitrate);
}

typedef struct {
  double loss, rtt_ms, jitter_ms;
} Net;

static void
report (World *world, const Net *net)
{
  PealRtcpBlock block = { .fraction = (guint8) (net->loss * 256),
                          .highest = world->highest += PACKETS,
                          .jitter = (guint32) (net->jitter_ms * 48) };

  world->now += SECOND;
  world->changes += (guint) peal_rate_hear (&world->rate, &block, net->rtt_ms, world->now);
}

static void
report_for (World *world, guint seconds, const Net *net)
{
  for (guint i = 0; i < seconds; i++)
    report (world, net);
}

static void
a_good_net_changes_nothing (void)
{
  World world;

  world_init (&world, 0);
  report_for (&world, 60, &(Net) { .rtt_ms = 30, .jitter_ms = 2 });
  g_assert_cmpuint (world.rate.bitrate, ==, 40000);
  g_assert_cmpuint (world.rate.loss_percent, ==, 5);
  g_assert_cmpuint (world.changes, ==, 0);
}

/* Nor does one whose packets take 0 to 80 ms longer than they must. */
static void
jitter_is_no_queue (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  World world;

  world_init (&world, 0);
  for (guint i = 0; i < 200; i++)
    report (&world, &(Net) { .loss = g_rand_double_range (random, 0, 0.06),
                             .rtt_ms = 40 + g_rand_double_range (random, 0, 80) +
                                       g_rand_double_range (random, 0, 80),
                             .jitter_ms = 27 });
  g_assert_cmpuint (world.rate.bitrate, >=, 40000);
}

static void
random_loss_is_prepared_for (void)
{
  const struct {
    double loss;
    guint percent;
  } rows[] = { { 0.02, 10 }, { 0.05, 10 }, { 0.10, 10 }, { 0.20, 20 }, { 0.60, 25 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    World world;
    Net net = { .loss = rows[i].loss, .rtt_ms = 30, .jitter_ms = 2 };
    world_init (&world, 0);
    report_for (&world, 3, &net);
    g_assert_cmpuint (world.rate.loss_percent, >=, MIN (rows[i].percent, 15));
    report_for (&world, 30, &net);
    g_assert_cmpuint (world.rate.loss_percent, >=, rows[i].percent);
    g_assert_cmpuint (world.rate.bitrate, ==, rows[i].loss >= 0.05 ? 48000 : 40000);
    report_for (&world, 60, &(Net) { .rtt_ms = 30, .jitter_ms = 2 });
    g_assert_cmpuint (world.rate.loss_percent, ==, 5);
    g_assert_cmpuint (world.rate.bitrate, ==, 40000);
  }
}

static void
what_is_expected_does_not_flutter (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  World world;

  world_init (&world, 0);
  for (guint i = 0; i < 120; i++) /* 10 % of 50 packets, as chance will have it */
    report (&world, &(Net) { .loss = g_rand_double_range (random, 0.04, 0.16), .rtt_ms = 30 });
  g_assert_cmpuint (world.rate.loss_percent, >=, 10);
  g_assert_cmpuint (world.changes, <, 20);
}

static void
a_full_queue_takes_bits (void)
{
  World world;
  guint before;

  world_init (&world, 0);
  report_for (&world, 5, &(Net) { .rtt_ms = 40, .jitter_ms = 3 });
  for (guint i = 1; i <= 8; i++)
    report (&world, &(Net) { .loss = 0.06, .rtt_ms = 40 + 60 * i, .jitter_ms = 5 });
  g_assert_cmpuint (world.rate.bitrate, <, 24000);
  before = world.rate.bitrate;
  report_for (&world, 5, &(Net) { .rtt_ms = 40, .jitter_ms = 3 }); /* it is emptied: calm first */
  g_assert_cmpuint (world.rate.bitrate, <=, before);
  report_for (&world, 60, &(Net) { .rtt_ms = 40, .jitter_ms = 3 });
  g_assert_cmpuint (world.rate.bitrate, ==, 40000);
}

/* A queue in front of a line that is too narrow: what is sent beyond it waits, and beyond a second
 * is lost. */
static void
a_narrow_line_is_not_drowned (void)
{
  const double headers = 50 * 8 * 50; /* bit/s */
  const double widths[] = { 36000, 44000, 52000 };

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++) {
    World world;
    double queue_ms = 0, worst_ms = 0, sum = 0;
    world_init (&world, 0);
    for (guint second = 0; second < 300; second++) {
      double excess = (world.rate.bitrate + headers - widths[i]) / widths[i];
      double wanted = queue_ms + 1000 * excess;
      queue_ms = CLAMP (wanted, 0, 1000);
      double loss = wanted > 1000 ? (wanted - 1000) / (1000 * (1 + excess)) : 0;
      report (&world, &(Net) { .loss = loss, .rtt_ms = 40 + queue_ms, .jitter_ms = 4 });
      if (second >= 30) {
        worst_ms = MAX (worst_ms, queue_ms);
        sum += world.rate.bitrate;
      }
    }
    g_test_message ("%.0f bit/s wide: at most %.0f ms in the queue, %.0f bit/s on the mean",
                    widths[i], worst_ms, sum / 270 + headers);
    g_assert_cmpfloat (worst_ms, <, 900);
    g_assert_cmpfloat (sum / 270 + headers, <, widths[i]);
    g_assert_cmpfloat (sum / 270 + headers, >, widths[i] * 0.6);
  }
}

static void
the_peer_sets_the_limit (void)
{
  World world;

  world_init (&world, 20000);
  g_assert_cmpuint (world.rate.bitrate, ==, 20000);
  report_for (&world, 60, &(Net) { .loss = 0.1, .rtt_ms = 30 });
  g_assert_cmpuint (world.rate.bitrate, ==, 20000);
  world_init (&world, 6000);
  report_for (&world, 60, &(Net) { .loss = 0.3, .rtt_ms = 3000 });
  g_assert_cmpuint (world.rate.bitrate, ==, 6000);
}

/* Whatever a peer reports, the encoder gets numbers that it takes. */
static void
lies_are_bounded (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  World world;

  g_test_message ("seed %d", SEED);
  world_init (&world, 0);
  for (guint i = 0; i < 20000; i++) {
    PealRtcpBlock block = { .fraction = (guint8) g_rand_int (random),
                            .highest = g_rand_boolean (random) ? g_rand_int (random)
                                                               : world.rate.reports.highest + 50,
                            .jitter = g_rand_int (random) };
    world.now += g_rand_int_range (random, 0, 2 * SECOND);
    peal_rate_hear (&world.rate, &block, g_rand_double_range (random, -1, 60000), world.now);
    g_assert_cmpuint (world.rate.bitrate, >=, 8000);
    g_assert_cmpuint (world.rate.bitrate, <=, 48000);
    g_assert_cmpuint (world.rate.loss_percent, <=, 25);
    g_assert_true (world.rate.reports.loss >= 0 && world.rate.reports.loss <= 1);
  }
}

/* Each change is a letter to the thread of the encoder: they come no faster than it reads them. */
static void
a_flood_changes_little (void)
{
  World world;

  world_init (&world, 0);
  for (guint i = 0; i < 10000; i++) { /* in a second */
    PealRtcpBlock block = { .fraction = i & 1 ? 255 : 0, .highest = world.highest += 500 };
    world.changes += (guint) peal_rate_hear (&world.rate, &block, 20, world.now + i * 101);
  }
  g_assert_cmpuint (world.changes, >, 0);
  g_assert_cmpuint (world.changes, <=, 11);
}

/* The same report again, as it may come with each packet of RTCP, says nothing new. */
static void
an_old_report_is_no_news (void)
{
  World world;
  PealRtcpBlock block = { .fraction = 255, .highest = 10 };

  world_init (&world, 0);
  peal_rate_hear (&world.rate, &block, 20, world.now);
  double loss = world.rate.reports.loss;
  for (guint i = 0; i < 10; i++)
    g_assert_false (peal_rate_hear (&world.rate, &block, 20, world.now += SECOND));
  g_assert_cmpfloat (world.rate.reports.loss, ==, loss);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate/a_good_net_changes_nothing", a_good_net_changes_nothing);
  g_test_add_func ("/rate/jitter_is_no_queue", jitter_is_no_queue);
  g_test_add_func ("/rate/random_loss_is_prepared_for", random_loss_is_prepared_for);
  g_test_add_func ("/rate/what_is_expected_does_not_flutter", what_is_expected_does_not_flutter);
  g_test_add_func ("/rate/a_full_queue_takes_bits", a_full_queue_takes_bits);
  g_test_add_func ("/rate/a_narrow_line_is_not_drowned", a_narrow_line_is_not_drowned);
  g_test_add_func ("/rate/the_peer_sets_the_limit", the_peer_sets_the_limit);
  g_test_add_func ("/rate/lies_are_bounded", lies_are_bounded);
  g_test_add_func ("/rate/a_flood_changes_little", a_flood_changes_little);
  g_test_add_func ("/rate/an_old_report_is_no_news", an_old_report_is_no_news);
  return g_test_run ();
}
