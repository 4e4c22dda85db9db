/* Keys of a telephone that a medium says: sound stays in its place, and none is dropped without a
 * word. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/rtp_wire.h"
#include "tests/media/medium_world.h"

static gboolean
a_second_and_a_half_heard (MediumWorld *world)
{
  return g_atomic_int_get (&world->packets) >= 75;
}

static gboolean
four_seconds_with_keys_heard (MediumWorld *world)
{
  return medium_four_seconds_heard (world) && strlen (world->bob.keys) >= 2;
}

/* While two keys are said nothing is heard, nothing is missed, and what is said after them is heard
 * where it belongs: not a frame earlier or later. */
static gboolean
keys_leave_sound_in_its_place (gconstpointer codec)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, codec);
  g_auto(PealSound) heard = { 0 };
  PealLikeness before, after;

  medium_world_say (world, 4);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, a_second_and_a_half_heard);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_DTMF, 0, "3*");
  medium_world_run (world, four_seconds_with_keys_heard);
  medium_world_close (world);
  g_assert_cmpstr (world->bob.keys, ==, "3*");
  g_assert_cmpstr (world->alice.keys, ==, "");
  g_assert_null (world->alice.error);
  g_assert_cmpint (world->jumps, ==, 0);
  g_assert_cmpint (world->bob.stats.lost, ==, 0);
  peal_sound_read (&heard, world->heard_path);
  gsize late = PEAL_SOUND_RATE * 22 / 10; /* s from which on sound is sure to be back */
  g_assert_cmpuint (heard.n, >, late);
  PealSound said_parts[] = { { world->said.samples, PEAL_SOUND_RATE * 14 / 10 },
                             { world->said.samples + late, PEAL_SOUND_RATE * 15 / 10 } };
  PealSound heard_parts[] = { { heard.samples, PEAL_SOUND_RATE * 14 / 10 },
                              { heard.samples + late, heard.n - late } };
  peal_sound_compare (&said_parts[0], &heard_parts[0], &before);
  peal_sound_compare (&said_parts[1], &heard_parts[1], &after);
  g_test_message ("correlation %.4f, then %.4f; shift %.1f ms, then %.1f ms; jitter %.1f ms",
                  before.correlation, after.correlation, before.shift_ms, after.shift_ms,
                  world->bob.stats.jitter_ms);
  return medium_world_judge (world, before.correlation >= 0.95 && after.correlation >= 0.95 &&
                                        ABS (after.shift_ms - before.shift_ms) <= 10);
}

static gboolean
a_sentence_was_said (MediumWorld *world)
{
  return world->alice.error != NULL;
}

static void
expect_sentence (MediumWorld *world, const char *keys, const char *sentence)
{
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_DTMF, 0, keys);
  medium_world_run (world, a_sentence_was_said);
  g_assert_cmpstr (world->alice.error, ==, sentence);
  g_clear_pointer (&world->alice.error, g_free);
}

/* What cannot be said is never dropped without a word. */
static void
keys_are_refused_with_a_sentence (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("tone", NULL, "opus");

  medium_world_open (world);
  expect_sentence (world, "1", "keys 1 were not sent: the call is not connected yet");
  medium_world_start (world);
  medium_world_run (world, medium_one_second_heard);
  expect_sentence (world, "1x",
                   "keys 1x were not sent: \"x\" is no key: there are 0-9, *, #, A-D, and a comma "
                   "waits a second");
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_DTMF, 0, ",,,7");
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_HOLD, 1, NULL);
  medium_world_run (world, a_sentence_was_said);
  g_assert_true (g_str_has_prefix (world->alice.error, "keys "));
  g_assert_true (
      g_str_has_suffix (world->alice.error, ",7 were not sent: nothing is said in this call now"));
  g_clear_pointer (&world->alice.error, g_free);
  expect_sentence (world, "2", "keys 2 were not sent: the call is on hold");
  medium_world_close (world);
  g_assert_cmpstr (world->bob.keys, ==, "");
}

/* Dino names no telephone-event. */
static void
a_peer_without_keys (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("tone", NULL, "opus");
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) offer = NULL;
  g_autoptr(PealRtpDescription) answer = NULL;

  medium_world_open (world);
  offer = peal_rtp.offer (&world->alice.plan, &error);
  answer = peal_rtp.offer (&world->bob.plan, &error);
  while (answer->payload_types->len > 1)
    peal_element_free (&peal_payload_type_element,
                       g_ptr_array_steal_index (answer->payload_types, 1));
  medium_world_start_with (world, answer);
  medium_world_run (world, medium_one_second_heard);
  expect_sentence (
      world, "12",
      "keys 12 were not sent: the other side takes none (it knows no telephone-event)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  peal_media_warm_up ();
  g_test_add_data_func ("/medium-keys/keys_leave_sound_in_its_place/opus",
                        &(MediumTelling) { keys_leave_sound_in_its_place, "opus" }, medium_tell);
  g_test_add_data_func ("/medium-keys/keys_leave_sound_in_its_place/pcmu",
                        &(MediumTelling) { keys_leave_sound_in_its_place, "pcmu" }, medium_tell);
  g_test_add_func ("/medium-keys/keys_are_refused_with_a_sentence",
                   keys_are_refused_with_a_sentence);
  g_test_add_func ("/medium-keys/a_peer_without_keys", a_peer_without_keys);
  return g_test_run ();
}
