/* What a picture's rate makes of a narrow way: how fast it finds and leaves its width, and who else
 * passes it. */
// SPDX-License-Identifier: MIT
#include "tests/media/narrow.h"

enum {
  SECOND = NARROW_SECOND,
  SEED = 4711,
  VOICE = 67200,
  /* with its headers */ MBIT = 1000 * 1000
};

static const PealBitrates usual = { 50000, 300000, 2500000 };

/* bit/s that arrive, of the whole packet on the way. */
static double
goodput (NarrowWorld *world, guint flow, gint64 duration)
{
  narrow_count (world, flow);
  narrow_run (world, duration);
  NarrowCount count = narrow_count (world, flow);
  return 8.0 * (double) (count.bytes + 48 * count.arrived) * SECOND / (double) duration;
}

/* Seconds until a second brings as much. */
static double
until (NarrowWorld *world, guint flow, double wanted, gboolean more)
{
  gint64 begun = narrow_now (world);

  for (;;) {
    double got = goodput (world, flow, SECOND / 4);
    double passed = (double) (narrow_now (world) - begun) / SECOND;
    if (more ? got >= wanted : got <= wanted)
      return passed;
    g_assert_cmpfloat (passed, <, 60);
  }
}

static void
a_free_way_is_used_within_seconds (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);

  double took = until (world, picture, 1.6 * MBIT, TRUE);
  g_test_message ("80 %% of 2 Mbit/s after %.2f s", took);
  g_assert_cmpfloat (took, <=, 4);
  double later = goodput (world, picture, 30 * SECOND);
  g_test_message ("later %.0f", later);
  g_assert_cmpfloat (later, >=, 1.6 * MBIT);
}

static void
a_drop_is_followed_and_so_is_its_end (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=150");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);

  narrow_run (world, 15 * SECOND);
  narrow_set (world, "rate=500");
  gint64 dropped = narrow_now (world);
  while (narrow_rate (world, picture)->bitrate > 600000 || narrow_now (world) == dropped)
    narrow_run (world, SECOND / 20);
  double fell = (double) (narrow_now (world) - dropped) / SECOND;
  while (narrow_count (world, picture).worst_ms > 120)
    narrow_run (world, SECOND / 4);
  double emptied = (double) (narrow_now (world) - dropped) / SECOND;
  g_test_message ("below 600 kbit/s after %.2f s, way below 120 ms after %.2f s", fell, emptied);
  g_assert_cmpfloat (fell, <=, 1);
  g_assert_cmpfloat (emptied, <=, 4);
  double low = goodput (world, picture, 15 * SECOND);
  g_test_message ("then %.0f", low);
  narrow_set (world, "rate=2000");
  double rose = until (world, picture, 1.6 * MBIT, TRUE);
  g_test_message ("80 %% of 2 Mbit/s again after %.2f s", rose);
  g_assert_cmpfloat (rose, <=, 12);
}

/* What does not fit into a short queue is lost: the queue was answered already. */
static void
a_drop_is_not_answered_twice (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=40 rate=4000 queue=75");
  guint picture = narrow_picture (world, &(PealBitrates) { 50000, 500000, 1700000 }, VOICE,
                                  NARROW_TELLS_ARRIVALS);

  narrow_voice (world);
  narrow_run (world, 20 * SECOND);
  narrow_set (world, "rate=600");
  narrow_run (world, 6 * SECOND);
  double low = goodput (world, picture, 14 * SECOND);
  narrow_set (world, "rate=4000");
  double rose = until (world, picture, 1.36 * MBIT, TRUE);
  g_test_message ("%.0f beside a voice, back after %.2f s", low, rose);
  g_assert_cmpfloat (low, >=, 0.35 * MBIT);
  g_assert_cmpfloat (rose, <=, 14);
}

static void
random_loss_is_the_nets_habit (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75 loss=2");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);

  narrow_run (world, 10 * SECOND);
  double got = goodput (world, picture, 60 * SECOND);
  g_test_message ("2 %% of loss: %.0f, told %u %%", got,
                  narrow_rate (world, picture)->loss_percent);
  g_assert_cmpfloat (got, >=, 1.4 * MBIT);
}

/* It is tried whether less loss follows from fewer bits. */
static void
much_loss_takes_bits_on_trial (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);
  guint least = G_MAXUINT;

  narrow_run (world, 10 * SECOND);
  double before = goodput (world, picture, 10 * SECOND);
  narrow_set (world, "loss=10");
  for (guint i = 0; i < 60; i++) {
    narrow_run (world, SECOND / 10);
    least = MIN (least, narrow_rate (world, picture)->bitrate);
  }
  double later = goodput (world, picture, 60 * SECOND);
  g_test_message ("%.0f without loss, down to %u with 10 %%, %.0f later", before, least, later);
  g_assert_cmpfloat (least, <=, 0.8 * before);
  g_assert_cmpfloat (later, >=, 0.4 * before);
}

/* A policeman lets so much pass and drops the rest, without a queue. */
static void
loss_that_follows_the_bits_takes_them (void)
{
  const double width = 1000000;
  double bitrate = 500000, lost = 0, sent = 0;
  PealRateLoss loss;

  peal_rate_loss_init (&loss);
  for (guint second = 1; second <= 120; second++) {
    guint packets = (guint) (bitrate / 9600);
    double share = MAX (0, 1 - width / bitrate);
    peal_rate_loss_hear (&loss, packets, (guint) (share * packets));
    peal_rate_loss_decide (&loss, bitrate, second * (gint64) SECOND);
    bitrate = MIN (bitrate * 1.08, loss.bound);
    if (second > 60) {
      lost += share * packets;
      sent += packets;
    }
  }
  g_test_message ("%.1f %% lost at %.0f", 100 * lost / sent, bitrate);
  g_assert_cmpfloat (lost / sent, <, 0.1);
  g_assert_cmpfloat (bitrate, >, 0.6 * width);
}

static void
jitter_is_no_queue (void)
{
  const char *const kinds[] = { "jitter=30", "jitter=30 overtake=1" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *words = g_strdup_printf ("delay=20 rate=2000 queue=75 %s", kinds[i]);
    g_autoptr(NarrowWorld) world = narrow_new (SEED, words);
    guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);
    double took = until (world, picture, 1.6 * MBIT, TRUE);
    double later = goodput (world, picture, 60 * SECOND);
    g_test_message ("%s: %.2f s, later %.0f", kinds[i], took, later);
    g_assert_cmpfloat (later, >=, 1.4 * MBIT);
  }
}

static void
two_pictures_share (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75");
  guint one = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);

  narrow_run (world, 20 * SECOND);
  guint other = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);
  narrow_run (world, 60 * SECOND);
  narrow_count (world, one);
  double second = goodput (world, other, 60 * SECOND);
  double first = (double) narrow_count (world, one).bytes * 8 / 60;
  g_test_message ("the first %.0f, the second %.0f", first, second);
  g_assert_cmpfloat (MIN (first, second), >=, MAX (first, second) / 3);
}

static void
a_transfer_leaves_some (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=40");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);

  narrow_run (world, 20 * SECOND);
  guint transfer = narrow_transfer (world);
  narrow_run (world, 20 * SECOND);
  narrow_count (world, transfer);
  double got = goodput (world, picture, 60 * SECOND);
  double rest = (double) narrow_count (world, transfer).bytes * 8 / 60;
  g_test_message ("the picture %.0f, the transfer %.0f", got, rest);

  g_assert_cmpfloat (got, >=, 0.2 * MBIT);
  g_assert_cmpfloat (rest, >=, 0.4 * MBIT);
}

static void
a_voice_is_never_starved (void)
{
  const struct {
    const char *words;
    double width;
  } rows[] = { { "rate=150 queue=30", 150000 },
               { "rate=300 queue=60", 300000 },
               { "rate=1000 queue=100", 1000000 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20");
    narrow_set (world, rows[i].words);
    guint voice = narrow_voice (world);
    guint picture = narrow_picture (world, &usual, VOICE, NARROW_TELLS_ARRIVALS);
    narrow_run (world, 10 * SECOND);
    narrow_count (world, voice);
    narrow_run (world, SECOND);
    narrow_count (world, voice);
    double got = goodput (world, picture, 60 * SECOND);
    NarrowCount count = narrow_count (world, voice);
    g_test_message ("%s: voice: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                    ", %.0f ms, at worst %.0f; picture %.0f",
                    rows[i].words, count.arrived, count.sent, count.way_ms, count.worst_ms, got);
    g_assert_cmpfloat ((double) count.arrived, >=, 0.99 * (double) count.sent);
    g_assert_cmpfloat (count.way_ms, <, 300);
  }
}

/* Where there is hardly room for the voice, the picture stops, and looks now and then. */
static void
a_picture_pauses_for_a_voice (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=100 queue=30");
  guint voice = narrow_voice (world);
  guint picture = narrow_picture (world, &usual, VOICE, NARROW_TELLS_ARRIVALS);

  narrow_run (world, 60 * SECOND);
  narrow_count (world, voice);
  narrow_run (world, 120 * SECOND);
  NarrowCount count = narrow_count (world, voice);
  g_test_message ("voice: %.0f ms, at worst %.0f", count.way_ms, count.worst_ms);
  g_assert_cmpfloat (count.way_ms, <, 400);
  narrow_set (world, "rate=1000");
  double rose = until (world, picture, 0.7 * MBIT, TRUE);
  g_test_message ("back after %.0f s", rose);
}

static void
a_peer_that_estimates_is_obeyed (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ESTIMATES);

  double took = until (world, picture, 1.6 * MBIT, TRUE);
  double later = goodput (world, picture, 30 * SECOND);
  narrow_set (world, "rate=500");
  double fell = until (world, picture, 0.6 * MBIT, FALSE);
  narrow_run (world, 3 * SECOND);
  narrow_count (world, picture);
  narrow_run (world, 10 * SECOND);
  NarrowCount count = narrow_count (world, picture);
  g_test_message ("REMB: %.2f s, later %.0f, down in %.2f s, way %.0f ms", took, later, fell,
                  count.way_ms);
  g_assert_cmpfloat (later, >=, 1.5 * MBIT);
  g_assert_cmpfloat (count.way_ms, <, 150);
}

static void
reports_alone_must_do (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_REPORTS);

  double took = until (world, picture, 1.4 * MBIT, TRUE);
  double later = goodput (world, picture, 60 * SECOND);
  g_test_message ("reports: %.2f s, later %.0f", took, later);
  g_assert_cmpfloat (later, >=, 1.0 * MBIT);
}

static void
a_limit_holds_at_once (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75");
  guint picture = narrow_picture (world, &usual, VOICE, NARROW_TELLS_ARRIVALS);
  PealRate *rate = narrow_rate (world, picture);

  narrow_run (world, 10 * SECOND);
  g_assert_true (peal_rate_remb (rate, 400000, narrow_now (world)));
  g_assert_cmpuint (rate->bitrate, ==, 400000 - VOICE);
  narrow_run (world, 5 * SECOND);
  g_assert_cmpuint (rate->bitrate, <=, 400000 - VOICE);
  g_assert_true (peal_rate_remb (rate, G_MAXUINT64, narrow_now (world)));
  g_assert_cmpuint (rate->bitrate, <=, usual.most);
  narrow_run (world, 15 * SECOND);
  g_assert_cmpuint (rate->bitrate, >=, 1.4 * MBIT);
  peal_rate_remb (rate, 0, narrow_now (world));
  g_assert_cmpuint (rate->bitrate, ==, usual.least);
}

static void
silence_halves (void)
{
  g_autoptr(NarrowWorld) world = narrow_new (SEED, "delay=20 rate=2000 queue=75");
  guint picture = narrow_picture (world, &usual, 0, NARROW_TELLS_ARRIVALS);
  PealRate *rate = narrow_rate (world, picture);

  narrow_run (world, 10 * SECOND);
  guint before = rate->bitrate;
  narrow_hush (world, picture, TRUE);
  narrow_run (world, SECOND);
  g_assert_cmpuint (rate->bitrate, ==, before);
  narrow_run (world, SECOND);
  g_assert_cmpuint (rate->bitrate, <=, before / 2);
  narrow_run (world, 10 * SECOND);
  g_assert_cmpuint (rate->bitrate, ==, usual.least);
  narrow_hush (world, picture, FALSE);
  double rose = until (world, picture, 1.6 * MBIT, TRUE);
  g_test_message ("back after %.2f s", rose);
  g_assert_cmpfloat (rose, <=, 15);
}

/* Whoever sends nothing waits for no answer. */
static void
a_pause_halves_nothing (void)
{
  PealRate rate;
  PealRateArrival arrival = { .bytes = 1000, .sent = SECOND, .arrived = 5 };

  peal_rate_init_picture (&rate, &usual, 0);
  peal_rate_sent (&rate, SECOND);
  peal_rate_arrivals (&rate, &arrival, 1, SECOND + 100);
  g_assert_false (peal_rate_tick (&rate, 100 * (gint64) SECOND));
  peal_rate_sent (&rate, 200 * (gint64) SECOND);
  g_assert_false (peal_rate_tick (&rate, 201 * (gint64) SECOND));
  g_assert_true (peal_rate_tick (&rate, 202 * (gint64) SECOND));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate-way/a_free_way_is_used_within_seconds",
                   a_free_way_is_used_within_seconds);
  g_test_add_func ("/rate-way/a_drop_is_followed_and_so_is_its_end",
                   a_drop_is_followed_and_so_is_its_end);
  g_test_add_func ("/rate-way/a_drop_is_not_answered_twice", a_drop_is_not_answered_twice);
  g_test_add_func ("/rate-way/random_loss_is_the_nets_habit", random_loss_is_the_nets_habit);
  g_test_add_func ("/rate-way/much_loss_takes_bits_on_trial", much_loss_takes_bits_on_trial);
  g_test_add_func ("/rate-way/loss_that_follows_the_bits_takes_them",
                   loss_that_follows_the_bits_takes_them);
  g_test_add_func ("/rate-way/jitter_is_no_queue", jitter_is_no_queue);
  g_test_add_func ("/rate-way/two_pictures_share", two_pictures_share);
  g_test_add_func ("/rate-way/a_transfer_leaves_some", a_transfer_leaves_some);
  g_test_add_func ("/rate-way/a_voice_is_never_starved", a_voice_is_never_starved);
  g_test_add_func ("/rate-way/a_picture_pauses_for_a_voice", a_picture_pauses_for_a_voice);
  g_test_add_func ("/rate-way/a_peer_that_estimates_is_obeyed", a_peer_that_estimates_is_obeyed);
  g_test_add_func ("/rate-way/reports_alone_must_do", reports_alone_must_do);
  g_test_add_func ("/rate-way/a_limit_holds_at_once", a_limit_holds_at_once);
  g_test_add_func ("/rate-way/silence_halves", silence_halves);
  g_test_add_func ("/rate-way/a_pause_halves_nothing", a_pause_halves_nothing);
  return g_test_run ();
}
