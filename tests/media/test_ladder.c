/* The size and speed of a picture for the bits that it may take. */
// SPDX-License-Identifier: MIT
#include "media/ladder.h"

enum { SECOND = G_USEC_PER_SEC, SEED = 4711 };

static const PealLadderCaps usual = { 0 };

static void
expect (const PealLadder *ladder, guint width, guint height, guint fps)
{
  g_assert_cmpuint (ladder->width, ==, width);
  g_assert_cmpuint (ladder->height, ==, height);
  g_assert_cmpuint (ladder->fps, ==, fps);
}

static void
each_bitrate_has_its_size (void)
{
  const struct {
    guint bitrate, width, height, fps;
  } rows[] = {
    { 0, 320, 180, 8 },       { 79999, 320, 180, 8 },    { 80000, 320, 180, 15 },
    { 150000, 320, 180, 30 }, { 200000, 480, 270, 30 },  { 300000, 640, 360, 30 },
    { 600000, 960, 540, 30 }, { 900000, 1280, 720, 30 }, { G_MAXUINT, 1280, 720, 30 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    PealLadder ladder;
    peal_ladder_init (&ladder, &usual, rows[i].bitrate, 0);
    expect (&ladder, rows[i].width, rows[i].height, rows[i].fps);
  }
}

/* A telephone's picture stands upright, an old camera's is 4:3, and neither is blown up. */
static void
the_shape_is_the_sources (void)
{
  const struct {
    PealLadderCaps caps;
    guint bitrate, width, height, fps;
  } rows[] = {
    { { 720, 1280, 30 }, 300000, 360, 640, 30 },     { { 640, 480, 30 }, 5000000, 640, 480, 30 },
    { { 640, 480, 30 }, 300000, 554, 414, 30 },      { { 160, 120, 10 }, 5000000, 160, 120, 10 },
    { { 641, 481, 25 }, 5000000, 640, 480, 25 },     { { 1, 1, 1 }, 5000000, 2, 2, 1 },
    { { 1920, 1080, 60 }, 5000000, 1920, 1080, 30 }, { { 4096, 16, 30 }, 5000, 3840, 14, 8 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    PealLadder ladder;
    peal_ladder_init (&ladder, &rows[i].caps, rows[i].bitrate, 0);
    expect (&ladder, rows[i].width, rows[i].height, rows[i].fps);
  }
}

/* A call that begins: within five seconds the whole picture. */
static void
it_rises_with_the_bitrate (void)
{
  PealLadder ladder;
  guint changes = 0;

  peal_ladder_init (&ladder, &usual, 300000, 0);
  for (gint64 now = 0; now <= 5 * SECOND; now += SECOND / 10)
    changes +=
        (guint) peal_ladder_step (&ladder, &usual, (guint) MIN (2000000, 300000 + now / 2), now);
  g_assert_cmpuint (changes, <=, 2);
  g_assert_cmpuint (ladder.height, >=, 540);
  g_assert_true (peal_ladder_step (&ladder, &usual, 2000000, 10 * SECOND) || changes);
  expect (&ladder, 1280, 720, 30);
}

static void
it_falls_at_once_and_as_deep_as_need_be (void)
{
  PealLadder ladder;

  peal_ladder_init (&ladder, &usual, 2000000, 0);
  g_assert_true (peal_ladder_step (&ladder, &usual, 200000, SECOND));
  expect (&ladder, 480, 270, 30);
  g_assert_false (peal_ladder_step (&ladder, &usual, 50000, SECOND + SECOND / 2));
  g_assert_true (peal_ladder_step (&ladder, &usual, 50000, 2 * SECOND));
  expect (&ladder, 320, 180, 8);
}

/* Each change of size costs a picture that stands alone: they are few. */
static void
it_does_not_flutter (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (SEED);
  PealLadder ladder;
  guint changes = 0;

  g_test_message ("seed %d", SEED);
  peal_ladder_init (&ladder, &usual, 300000, 0);
  for (gint64 now = 0; now < 600 * SECOND; now += SECOND / 10) /* 15 % about a threshold */
    changes += (guint) peal_ladder_step (&ladder, &usual,
                                         (guint) g_rand_int_range (random, 765000, 1035000), now);
  g_assert_cmpuint (changes, <=, 2);
  for (gint64 now = 600 * SECOND; now < 1200 * SECOND; now += SECOND / 10) /* anything */
    changes += (guint) peal_ladder_step (&ladder, &usual,
                                         (guint) g_rand_int_range (random, 0, 3000000), now);
  g_assert_cmpuint (changes, <=, 2 * 600 / 5 + 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ladder/each_bitrate_has_its_size", each_bitrate_has_its_size);
  g_test_add_func ("/ladder/the_shape_is_the_sources", the_shape_is_the_sources);
  g_test_add_func ("/ladder/it_rises_with_the_bitrate", it_rises_with_the_bitrate);
  g_test_add_func ("/ladder/it_falls_at_once_and_as_deep_as_need_be",
                   it_falls_at_once_and_as_deep_as_need_be);
  g_test_add_func ("/ladder/it_does_not_flutter", it_does_not_flutter);
  return g_test_run ();
}
