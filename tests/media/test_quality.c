/* The E-model: the standard's own numbers, and what must get worse by what. */
// SPDX-License-Identifier: MIT
#include "media/quality.h"

static const PealQuality perfect = { .burst_ratio = 1, .bpl = 4.3 };

/* G.107 §7.7: all default values give 93.2. */
static void
defaults_are_a_good_line (void)
{
  double r = peal_quality_r (&perfect);

  g_test_message ("R %.3f", r);
  g_assert_cmpfloat_with_epsilon (r, 93.2, 0.05);
}

/* G.107 Table B.1. */
static void
opinions_are_those_of_the_table (void)
{
  const struct {
    double r, mos;
  } rows[] = { { 90, 4.34 }, { 80, 4.03 }, { 70, 3.60 }, { 60, 3.10 }, { 50, 2.58 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpfloat_with_epsilon (peal_quality_mos (rows[i].r), rows[i].mos, 0.01);
  g_assert_cmpfloat (peal_quality_mos (0), ==, 1);
  g_assert_cmpfloat (peal_quality_mos (-20), ==, 1);
  g_assert_cmpfloat (peal_quality_mos (3), ==, 1); /* the formula alone would give 0.95 */
  g_assert_cmpfloat (peal_quality_mos (100), ==, 4.5);
}

/* §7.4 by hand: at 400 ms X is 2, Idd = 25 (65^(1/6) - 3 (1 + (2/3)^6)^(1/6) + 2). */
static void
nobody_minds_a_short_delay (void)
{
  PealQuality quality = perfect;
  double before = peal_quality_r (&perfect), idd = 25 * (2.00518 - 3 * 1.01413 + 2);

  for (double delay = 10; delay <= 2000; delay += 10) {
    quality.delay_ms = delay;
    double r = peal_quality_r (&quality);
    g_assert_cmpfloat (r, <, before);
    before = r;
    if (delay == 100)
      g_assert_cmpfloat (r, >, 90); /* echo alone */
    if (delay == 400)
      g_assert_cmpfloat_with_epsilon (r, 93.2 - idd - 5.5, 2); /* and echo */
  }
}

/* §7.5: a codec without loss costs its Ie; with as many percent of random loss as its Bpl half of
 * what is left of 95; bursts cost more. */
static void
loss_costs_what_the_codec_makes_of_it (void)
{
  PealQuality quality = { .burst_ratio = 1 };
  double whole = peal_quality_r (&perfect);

  peal_quality_codec (&quality, "speex", 8000);
  g_assert_cmpfloat_with_epsilon (peal_quality_r (&quality), whole - 11, 0.001);
  quality.loss = quality.bpl / 100;
  g_assert_cmpfloat_with_epsilon (peal_quality_r (&quality), whole - 11 - 84 / 2.0, 0.001);
  double random = peal_quality_r (&quality);
  quality.burst_ratio = 2;
  g_assert_cmpfloat (peal_quality_r (&quality), <, random - 5);

  peal_quality_codec (&quality, "PCMU", 8000);
  quality.loss = 0.02;
  quality.burst_ratio = 1;
  g_assert_cmpfloat_with_epsilon (peal_quality_r (&quality), whole - 95 * 2 / 27.1, 0.001);
  peal_quality_codec (&quality, "something", 8000);
  g_assert_cmpfloat_with_epsilon (peal_quality_r (&quality), whole - 95 * 2 / 6.3, 0.001);
  quality.loss = 1;
  quality.burst_ratio = 1000;
  g_assert_cmpfloat (peal_quality_r (&quality), ==, 0);
}

static void
bursts_are_measured_against_chance (void)
{
  g_assert_cmpfloat (peal_quality_burst_ratio (0, 0, 1000), ==, 1);
  g_assert_cmpfloat (peal_quality_burst_ratio (0, 0, 0), ==, 1);
  /* At random one of ten is lost: bursts of 1 / (1 - 0.1) on average. */
  g_assert_cmpfloat_with_epsilon (peal_quality_burst_ratio (100, 90, 1000), 1, 0.001);
  g_assert_cmpfloat_with_epsilon (peal_quality_burst_ratio (100, 20, 1000), 4.5, 0.001);
  g_assert_cmpfloat (peal_quality_burst_ratio (100, 100, 1000), ==, 1);
  g_assert_cmpfloat (peal_quality_burst_ratio (100, 1, 50), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quality/defaults_are_a_good_line", defaults_are_a_good_line);
  g_test_add_func ("/quality/opinions_are_those_of_the_table", opinions_are_those_of_the_table);
  g_test_add_func ("/quality/nobody_minds_a_short_delay", nobody_minds_a_short_delay);
  g_test_add_func ("/quality/loss_costs_what_the_codec_makes_of_it",
                   loss_costs_what_the_codec_makes_of_it);
  g_test_add_func ("/quality/bursts_are_measured_against_chance",
                   bursts_are_measured_against_chance);
  return g_test_run ();
}
