/* A peer that lies about a picture's way: whatever it says, the encoder gets numbers that it takes.
 */
// SPDX-License-Identifier: MIT
#include "media/rate.h"
#include "media/rate_receiver.h"

enum { SECOND = G_USEC_PER_SEC, SEED = 4711, VOICE = 67200 };

static const PealBitrates usual = { 50000, 300000, 2500000 };

static gint64
any_time (GRand *random, gint64 near)
{
  const gint64 edges[] = { G_MININT64 + 1, G_MININT64, -1, 0, 1, G_MAXINT64, G_MAXINT64 - 1 };

  switch (g_rand_int_range (random, 0, 4)) {
  case 0:
    return edges[g_rand_int_range (random, 0, G_N_ELEMENTS (edges))];
  case 1:
    return (gint64) ((guint64) g_rand_int (random) << 32 | g_rand_int (random));
  default:
    return near + g_rand_int_range (random, -10 * SECOND, 10 * SECOND);
  }
}

static void
lie (GRand *random, PealRate *rate, gint64 now)
{
  const guint64 rates[] = { 0, 1, 1 << 20, G_MAXINT64, (guint64) 1 << 63, G_MAXUINT64 };
  PealRateArrival arrivals[20];
  PealRtcpBlock block = { .fraction = (guint8) g_rand_int (random),
                          .highest = g_rand_int (random),
                          .jitter = g_rand_int (random) };

  for (guint i = 0; i < G_N_ELEMENTS (arrivals); i++)
    arrivals[i] = (PealRateArrival) { .sequence = (guint16) g_rand_int (random),
                                      .bytes = (guint16) g_rand_int (random),
                                      .sent = now - g_rand_int_range (random, 0, SECOND),
                                      .arrived = any_time (random, now) };
  peal_rate_sent (rate, now);
  switch (g_rand_int_range (random, 0, 5)) {
  case 0:
    peal_rate_remb (rate, rates[g_rand_int_range (random, 0, G_N_ELEMENTS (rates))], now);
    break;
  case 1:
    peal_rate_hear (rate, &block, g_rand_double_range (random, -1, 1e9), now);
    break;
  default:
    peal_rate_arrivals (rate, arrivals, (guint) g_rand_int_range (random, 0, 21), now);
  }
  peal_rate_tick (rate, now);
}

static void
lies_are_bounded (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  PealRate rate;
  gint64 now = SECOND;

  g_test_message ("seed %d", SEED);
  peal_rate_init_picture (&rate, &usual, VOICE);
  for (guint i = 0; i < 20000; i++) {
    lie (random, &rate, now += g_rand_int_range (random, 0, SECOND));
    g_assert_cmpuint (rate.bitrate, >=, usual.least);
    g_assert_cmpuint (rate.bitrate, <=, usual.most);
    g_assert_cmpuint (rate.loss_percent, <=, 100);
  }
}

static void
times_that_lie_are_bounded (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  PealRateReceiver receiver;
  gint64 now = SECOND;

  g_test_message ("seed %d", SEED);
  peal_rate_receiver_init (&receiver, 2000000);
  for (guint i = 0; i < 20000; i++) {
    now += g_rand_int_range (random, 0, SECOND / 20);
    if (i > 10000)
      peal_rate_receiver_hear (&receiver, g_rand_int (random), 1200, now);
    else
      peal_rate_receiver_hear_bare (&receiver, g_rand_int (random), 1200, now);
    guint64 told = peal_rate_receiver_tell (&receiver, now);
    g_assert_true (told == 0 || (told >= 50000 && told <= 2000000));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rate-lies/lies_are_bounded", lies_are_bounded);
  g_test_add_func ("/rate-lies/times_that_lie_are_bounded", times_that_lie_are_bounded);
  return g_test_run ();
}
