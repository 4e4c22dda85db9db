/* What a medium takes sound from and gives it to: files, records, standard input, devices; and what
 * is said where they fail. */
// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "tests/media/medium_world.h"

static gboolean
two_seconds_sent (MediumWorld *world)
{
  return g_atomic_int_get (&world->packets) >= 100;
}

static gboolean
three_seconds_sent (MediumWorld *world)
{
  return g_atomic_int_get (&world->packets) >= 150;
}

static void
write_tone (int fd, guint ms)
{
  gsize n = ms * PEAL_SOUND_RATE / 1000;
  g_autofree gint16 *samples = g_new (gint16, n);

  for (gsize i = 0; i < n; i++)
    samples[i] = (gint16) (8192 * sin ((double) i * 2 * G_PI * 440 / PEAL_SOUND_RATE));
  g_assert_cmpint (write (fd, samples, n * 2), ==, (gssize) (n * 2));
}

/* A program writes faster than sound goes, then not at all, then again: 50 packets a second leave.
 */
static gboolean
standard_input_is_paced (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new ("stdin", NULL, "opus");
  g_autoptr(GError) error = NULL;
  g_auto(PealSound) heard = { 0 };
  int ends[2], kept = dup (0);

  g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, &error));
  dup2 (ends[0], 0);
  write_tone (ends[1], 600);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, two_seconds_sent);
  write_tone (ends[1], 600);
  medium_world_run (world, three_seconds_sent);
  gint64 took = g_get_monotonic_time () - world->opened;
  medium_world_close (world);
  dup2 (kept, 0);
  close (kept);
  close (ends[0]);
  close (ends[1]);
  g_assert_no_error (world->alice.failed);
  g_assert_cmpint (took / 1000, >=, 2850);
  g_assert_cmpint (world->jumps, ==, 0);
  peal_sound_read (&heard, world->heard_path);
  PealSound tone = { heard.samples, PEAL_SOUND_RATE / 2 };
  PealSound pause = { heard.samples + PEAL_SOUND_RATE, PEAL_SOUND_RATE / 2 };
  /* The second half of a second comes where the clock says, not right after the first. */
  PealSound again = { heard.samples + PEAL_SOUND_RATE * 22 / 10, PEAL_SOUND_RATE * 3 / 10 };
  g_assert_cmpuint (heard.n, >, PEAL_SOUND_RATE * 25 / 10);
  double levels[] = { peal_sound_level (&tone, 100), peal_sound_level (&pause, 0),
                      peal_sound_level (&again, 0) };
  g_test_message ("%.1f, %.1f, %.1f dBFS", levels[0], levels[1], levels[2]);
  return medium_world_judge (world, medium_is_tone (levels[0]) && levels[1] < -60 &&
                                        medium_is_tone (levels[2]));
}

/* What was sent and what was heard are kept on Bob's side and on Alice's. */
static gboolean
legs_are_recorded (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, "none", NULL);
  const char *leg;
  guint n = 0;
  gboolean good = TRUE;

  world->alice.config.record = world->bob.config.record = world->folder;
  world->alice.config.record_as = "../alice"; /* a name from the wire stays in the folder */
  world->bob.config.record_as = "bob";
  medium_world_say (world, 4);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, medium_four_seconds_heard);
  medium_world_close (world);
  g_autoptr(GDir) folder = g_dir_open (world->folder, 0, NULL);
  while ((leg = g_dir_read_name (folder))) {
    if (!g_str_has_prefix (leg, "bob-") && !g_str_has_prefix (leg, "___alice-"))
      continue;
    g_auto(PealSound) sound = { 0 };
    PealLikeness likeness;
    g_autofree char *path = g_build_filename (world->folder, leg, NULL);
    gboolean speech = g_str_has_suffix (leg, "-heard.wav") == g_str_has_prefix (leg, "bob-");
    peal_sound_read (&sound, path);
    n++;
    if (speech) {
      peal_sound_compare (&world->said, &sound, &likeness);
      g_test_message ("%s: correlation %.4f, level %+.2f dB, gap %.0f ms, shift %.0f ms", leg,
                      likeness.correlation, likeness.level_db, likeness.gap_ms, likeness.shift_ms);
      good &= likeness.correlation >= 0.95;
    } else
      g_assert_cmpfloat (peal_sound_level (&sound, 0), <, -70);
  }
  g_assert_no_error (world->alice.failed);
  g_assert_no_error (world->bob.failed);
  g_assert_cmpuint (n, ==, 4);
  return medium_world_judge (world, good);
}

/* A file of each kind is whole: it can be played into the next call. */
static gboolean
files_can_be_played (gconstpointer suffix)
{
  g_autofree char *path = g_strconcat (g_get_tmp_dir (), "/peal-medium-XXXXXX", suffix, NULL);
  g_autofree char *file = NULL;
  int made = g_mkstemp (path);

  g_assert_cmpint (made, >=, 0);
  g_close (made, NULL);
  file = g_strconcat ("file:", path, NULL);
  g_autoptr(MediumWorld) first = medium_world_new ("tone:500", file, NULL);
  medium_world_open (first);
  medium_world_start (first);
  medium_world_run (first, medium_one_second_heard);
  medium_world_close (first);
  g_assert_no_error (first->bob.failed);

  g_autoptr(MediumWorld) second = medium_world_new (file, NULL, NULL);
  g_auto(PealSound) heard = { 0 };
  medium_world_open (second);
  medium_world_start (second);
  medium_world_run (second, medium_one_second_heard);
  medium_world_close (second);
  g_assert_no_error (second->alice.failed);
  peal_sound_read (&heard, second->heard_path);
  heard.n = MIN (heard.n, PEAL_SOUND_RATE * 6 / 10);
  g_unlink (path);
  second->hunger = MAX (first->hunger, second->hunger);
  second->stall.worst = MAX (first->stall.worst, second->stall.worst);
  return medium_world_judge (second, medium_is_tone (peal_sound_level (&heard, 100)));
}

static gboolean
both_had_time (MediumWorld *world)
{
  return (world->alice.failed || world->alice.stats_events >= 2) &&
         (world->bob.failed || world->bob.stats_events >= 2);
}

/* With a sound card it works; without one the call fails, and says why. No element may be missing.
 */
static void
devices_open (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("mic", "speaker", NULL);
  const MediumSide *sides[] = { &world->alice, &world->bob };

  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, both_had_time);
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++) {
    if (!sides[i]->failed)
      continue;
    g_test_message ("%s", sides[i]->failed->message);
    g_assert_error (sides[i]->failed, PEAL_CAUSE, PEAL_CAUSE_MEDIA);
    g_assert_null (strstr (sides[i]->failed->message, "missing"));
  }
}

/* It rang, and nobody answered. */
static void
opened_and_closed (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("mic", NULL, NULL);
  g_autoptr(MediumWorld) again = medium_world_new (NULL, NULL, NULL);

  medium_world_open (world); /* a microphone that is not there would fail if it were opened */
  medium_world_close (world);
  g_assert_no_error (world->alice.failed);
  g_assert_false (g_file_test (world->heard_path, G_FILE_TEST_EXISTS));

  medium_world_say (again, 0.5);
  medium_world_open (again);
  medium_world_close (again);
}

static gboolean
alice_failed (MediumWorld *world)
{
  return world->alice.failed != NULL;
}

static void
failures_have_causes (void)
{
  g_autoptr(MediumWorld) missing = medium_world_new ("file:/nonexistent/speech.wav", NULL, NULL);
  g_autoptr(MediumWorld) broken = medium_world_new (NULL, NULL, NULL);
  g_autoptr(GError) error = NULL;

  medium_world_open (missing);
  medium_world_run (missing, alice_failed);
  g_assert_error (missing->alice.failed, PEAL_CAUSE, PEAL_CAUSE_FILE);

  g_file_set_contents (broken->said_path, "this is not a sound", -1, &error);
  g_assert_no_error (error);
  medium_world_open (broken);
  medium_world_run (broken, alice_failed);
  g_assert_error (broken->alice.failed, PEAL_CAUSE, PEAL_CAUSE_MEDIA);
  medium_world_start (broken); /* the endpoint may not have heard yet */
}

static void
configs_are_checked (void)
{
  const struct {
    PealRtpConfig config;
    const char *names; /* in the message; NULL: it is good */
  } rows[] = {
    { { 0 }, NULL },
    { { .audio_in = "tone:440", .audio_out = "file:a.wav", .codecs = "opus,pcmu" }, NULL },
    { { .audio_in = "device:Built-in: front", .audio_out = "stdout" }, NULL },
    { { .audio_in = "file:a.mp3", .audio_out = "file:x/y.MKA" }, NULL },
    { { .audio_in = "tones" }, "--audio-in tones" },
    { { .audio_in = "tone:high" }, "--audio-in tone:high" },
    { { .audio_in = "file:" }, "--audio-in file:" },
    { { .audio_in = "mic:2" }, "--audio-in mic:2" },
    { { .audio_out = "file:a.mp3" }, "--audio-out file:a.mp3" },
    { { .audio_out = "speaker:1" }, "--audio-out speaker:1" },
    { { .codecs = "vp8" }, NULL }, /* a picture's: all voices */
    { { .codecs = "opuss" }, "--codec opuss" },
    { { .video_in = "test", .video_out = "file:x/y.WebM" }, NULL },
    { { .video_in = "device:Webcam: 2", .video_out = "terminal" }, NULL },
    { { .video_in = "cameras" }, "--video-in cameras" },
    { { .video_in = "file:" }, "--video-in file:" },
    { { .video_out = "file:a.mp4" }, "--video-out file:a.mp4" },
    { { .video_out = "windows" }, "--video-out windows" },
    { { .strip = "ssrc,fec" }, NULL },
    { { .strip = "colours" }, "--strip colours" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_cmpint (peal_rtp_config_check (&rows[i].config, &error), ==, rows[i].names == NULL);
    if (!rows[i].names)
      continue;
    g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
    g_assert_true (g_str_has_prefix (error->message, rows[i].names));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  peal_media_warm_up ();
  g_test_add_data_func ("/medium-ends/standard_input_is_paced",
                        &(MediumTelling) { standard_input_is_paced }, medium_tell);
  g_test_add_data_func ("/medium-ends/legs_are_recorded", &(MediumTelling) { legs_are_recorded },
                        medium_tell);
  g_test_add_data_func ("/medium-ends/files_can_be_played/ogg",
                        &(MediumTelling) { files_can_be_played, ".ogg" }, medium_tell);
  g_test_add_data_func ("/medium-ends/files_can_be_played/mka",
                        &(MediumTelling) { files_can_be_played, ".mka" }, medium_tell);
  g_test_add_func ("/medium-ends/devices_open", devices_open);
  g_test_add_func ("/medium-ends/opened_and_closed", opened_and_closed);
  g_test_add_func ("/medium-ends/failures_have_causes", failures_have_causes);
  g_test_add_func ("/medium-ends/configs_are_checked", configs_are_checked);
  return g_test_run ();
}
