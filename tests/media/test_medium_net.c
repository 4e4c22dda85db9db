/* What is heard of a medium whose net loses packets, delays them, or fails for a while. */
// SPDX-License-Identifier: MIT
#include "tests/media/medium_world.h"

static gboolean
loss_is_concealed (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, "opus");

  world->net.loss = 0.05;
  medium_world_say (world, 4);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, medium_four_seconds_heard);
  medium_world_close (world);
  g_test_message ("lost %" G_GINT64_FORMAT ", late %" G_GINT64_FORMAT
                  ", recovered %" G_GINT64_FORMAT ", concealed %.4f, R %.1f, MOS %.2f",
                  world->bob.stats.lost, world->bob.stats.late, world->bob.stats.recovered,
                  world->bob.stats.concealed, world->bob.stats.quality_r, world->bob.stats.mos);
  g_assert_cmpint (world->bob.stats.lost, >, 0);
  return medium_world_is_alike (world);
}

/* GStreamer's decoder would not say a word more. */
static gboolean
a_bad_first_packet_is_survived (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, "opus");

  world->spoilt = 1;
  medium_world_say (world, 4);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, medium_four_seconds_heard);
  medium_world_close (world);
  g_assert_no_error (world->bob.failed);
  return medium_world_is_alike (world);
}

/* Overtaking and delays of up to 25 ms are what the jitter buffer is for. */
static gboolean
jitter_is_smoothed (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, "opus");

  world->net.jitter_ms = 25;
  medium_world_say (world, 4);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, medium_four_seconds_heard);
  medium_world_close (world);
  return medium_world_is_alike (world);
}

static gboolean
eight_seconds_heard (MediumWorld *world)
{
  return g_atomic_int_get (&world->packets) >= 420;
}

/* Delays of up to 90 ms are more than the jitter buffer begins with: within two seconds it has
 * learned that. */
static gboolean
a_worse_net_is_learned (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, "opus");
  g_auto(PealSound) heard = { 0 };
  PealLikeness likeness;

  world->net.jitter_ms = 90;
  medium_world_say (world, 8);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, eight_seconds_heard);
  medium_world_close (world);
  peal_sound_read (&heard, world->heard_path);
  PealSound late_said = { world->said.samples + 2 * PEAL_SOUND_RATE, 6 * PEAL_SOUND_RATE };
  g_assert_cmpuint (heard.n, >, 7 * PEAL_SOUND_RATE);
  PealSound late_heard = { heard.samples + 2 * PEAL_SOUND_RATE, heard.n - 2 * PEAL_SOUND_RATE };
  peal_sound_compare (&late_said, &late_heard, &likeness);
  g_test_message ("after two seconds: correlation %.4f, gap %.0f ms, shift %.0f ms",
                  likeness.correlation, likeness.gap_ms, likeness.shift_ms);
  return medium_world_judge (world, likeness.correlation >= 0.95 && likeness.gap_ms <= 60);
}

/* For 400 ms nothing comes at all; after it, sound is where it belongs. */
static gboolean
an_outage_ends (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, "opus");
  g_auto(PealSound) heard = { 0 };
  PealLikeness before, after;

  world->outage[0] = 75;
  world->outage[1] = 95;
  medium_world_say (world, 4);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, medium_four_seconds_heard);
  medium_world_close (world);
  g_assert_cmpint (world->bob.stats.lost, ==, 20);
  peal_sound_read (&heard, world->heard_path);
  PealSound said_parts[] = { { world->said.samples, PEAL_SOUND_RATE * 14 / 10 },
                             { world->said.samples + 2 * PEAL_SOUND_RATE,
                               PEAL_SOUND_RATE * 18 / 10 } };
  PealSound heard_parts[] = { { heard.samples, PEAL_SOUND_RATE * 14 / 10 },
                              { heard.samples + 2 * PEAL_SOUND_RATE,
                                heard.n - 2 * PEAL_SOUND_RATE } };
  peal_sound_compare (&said_parts[0], &heard_parts[0], &before);
  peal_sound_compare (&said_parts[1], &heard_parts[1], &after);
  g_test_message ("correlation %.4f, then %.4f; shift %.0f ms, then %.0f ms", before.correlation,
                  after.correlation, before.shift_ms, after.shift_ms);
  return medium_world_judge (world, before.correlation >= 0.95 && after.correlation >= 0.95 &&
                                        ABS (after.shift_ms - before.shift_ms) <= 60);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  peal_media_warm_up ();
  g_test_add_data_func ("/medium-net/loss_is_concealed", &(MediumTelling) { loss_is_concealed },
                        medium_tell);
  g_test_add_data_func ("/medium-net/a_bad_first_packet_is_survived",
                        &(MediumTelling) { a_bad_first_packet_is_survived }, medium_tell);
  g_test_add_data_func ("/medium-net/jitter_is_smoothed", &(MediumTelling) { jitter_is_smoothed },
                        medium_tell);
  g_test_add_data_func ("/medium-net/a_worse_net_is_learned",
                        &(MediumTelling) { a_worse_net_is_learned }, medium_tell);
  g_test_add_data_func ("/medium-net/an_outage_ends", &(MediumTelling) { an_outage_ends },
                        medium_tell);
  return g_test_run ();
}
