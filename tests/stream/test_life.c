/* Signs of life, and how long a lost server is left alone: two small machines, by hand. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/life.h"
#include "signaling/stream/retry.h"

#define MS 1000
#define S  G_USEC_PER_SEC

static void
silence_is_asked_about_once (void)
{
  PealLife life = { .idle_ms = 60000, .reply_ms = 15000 };
  peal_life_begin (&life, 100 * S);
  g_assert_cmpint (peal_life_deadline (&life), ==, 160 * S);
  g_assert_cmpint (peal_life_check (&life, 160 * S - 1), ==, PEAL_LIFE_WAIT);
  g_assert_cmpint (peal_life_check (&life, 160 * S), ==, PEAL_LIFE_ASK);
  peal_life_asked (&life, 160 * S);
  peal_life_asked (&life, 170 * S); /* another <r/> gives no more time */
  g_assert_cmpint (peal_life_check (&life, 174 * S), ==, PEAL_LIFE_WAIT);
  g_assert_cmpint (peal_life_check (&life, 175 * S), ==, PEAL_LIFE_GONE);
}

static void
any_byte_is_a_sign (void)
{
  PealLife life = { .idle_ms = 60000, .reply_ms = 15000 };
  peal_life_begin (&life, 1 * S);
  peal_life_asked (&life, 61 * S);
  peal_life_heard (&life, 75 * S);
  g_assert_cmpint (peal_life_check (&life, 76 * S), ==, PEAL_LIFE_WAIT);
  g_assert_cmpint (peal_life_deadline (&life), ==, 135 * S);
}

static void
comes_back_ever_later (void)
{
  static const guint longest[] = { 100, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
  guint32 seed = g_test_rand_int ();
  g_test_message ("seed %u", seed);
  g_autoptr(GRand) chance = g_rand_new_with_seed (seed);
  for (guint round = 0; round < 1000; round++) {
    PealRetry retry = { 0 };
    for (guint i = 0; i < G_N_ELEMENTS (longest); i++) {
      guint delay = peal_retry_lost (&retry, 5 * S, g_rand_int (chance));
      g_assert_cmpuint (delay, <=, longest[i]);
      g_assert_cmpuint (delay, >=, i ? longest[i] / 2 : 0);
    }
  }
}

/* A call hangs on it: the first cut of a session that lasted is mended at once. */
static void
a_lasting_session_forgives (void)
{
  PealRetry retry = { 0 };
  for (guint i = 0; i < 5; i++)
    peal_retry_lost (&retry, 0, 0);
  peal_retry_up (&retry, 100 * S);
  g_assert_cmpuint (peal_retry_lost (&retry, 110 * S, 99), <, 100);
  g_assert_cmpuint (peal_retry_lost (&retry, 110 * S, 0), ==, 1000);
}

/* A server that takes us in and throws us out again is not stormed, nor one that was away for long
 * and comes up for a moment. */
static void
a_short_one_does_not (void)
{
  static const guint whole[] = { 0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
  PealRetry retry = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (whole); i++) {
    peal_retry_up (&retry, (gint64) i * 100 * S + 1);
    /* with a chance of 0 nothing is taken off */
    g_assert_cmpuint (peal_retry_lost (&retry, (gint64) i * 100 * S + 10 * S, 0), ==, whole[i]);
  }
}

static void
how_long_is_short_can_be_chosen (void)
{
  PealRetry retry = { .stable_ms = 1 };
  for (guint i = 0; i < 5; i++) {
    peal_retry_up (&retry, (gint64) i * S);
    g_assert_cmpuint (peal_retry_lost (&retry, (gint64) i * S + 1 * MS, 99), ==, 99);
  }
}

static void
how_long_is_long_can_be_chosen (void)
{
  PealRetry retry = { .most_ms = 1500 };
  g_assert_cmpuint (peal_retry_lost (&retry, 0, 99), ==, 99);
  g_assert_cmpuint (peal_retry_lost (&retry, 0, 0), ==, 1000);
  for (guint i = 0; i < 9; i++)
    g_assert_cmpuint (peal_retry_lost (&retry, 0, 749), ==, 751);
}

/* A day with a server that is down: once a minute, not all clients in the same second. */
static void
a_day_of_trying (void)
{
  guint32 seed = g_test_rand_int ();
  g_test_message ("seed %u", seed);
  g_autoptr(GRand) chance = g_rand_new_with_seed (seed);
  PealRetry retry = { 0 };
  guint tries = 0;
  gint64 now = 0, end = 24 * 3600 * (gint64) S;
  for (; now < end; tries++)
    now += (gint64) peal_retry_lost (&retry, now, g_rand_int (chance)) * MS;
  g_assert_cmpuint (tries, >, 24 * 60);
  g_assert_cmpuint (tries, <, 24 * 60 * 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/life/silence-is-asked-about-once", silence_is_asked_about_once);
  g_test_add_func ("/life/any-byte-is-a-sign", any_byte_is_a_sign);
  g_test_add_func ("/retry/comes-back-ever-later", comes_back_ever_later);
  g_test_add_func ("/retry/a-lasting-session-forgives", a_lasting_session_forgives);
  g_test_add_func ("/retry/a-short-one-does-not", a_short_one_does_not);
  g_test_add_func ("/retry/how-long-is-short-can-be-chosen", how_long_is_short_can_be_chosen);
  g_test_add_func ("/retry/how-long-is-long-can-be-chosen", how_long_is_long_can_be_chosen);
  g_test_add_func ("/retry/a-day-of-trying", a_day_of_trying);
  return g_test_run ();
}
