/* Packets become whole frames, each at its moment: by a clock of the test's. */
// SPDX-License-Identifier: MIT
#include "media/frames.h"

#include "media/pace.h"
#include "media/sync.h"

enum { PATIENCE_MS = 100, MS = 1000, FRAME = 3000 /* units of 90 kHz: 30 a second */ };

static gboolean
is_key (const guint8 *payload, gsize length)
{
  return length > 0 && payload[0] == 'K';
}

static PealFrames *
new_frames (void)
{
  return peal_frames_new (&(PealFramesSetup) { is_key, PATIENCE_MS });
}

/* @what: K a key frame begins, d something of a frame, - nothing of the picture; a capital E at the
 * end of a frame. */
static void
put (PealFrames *frames, guint16 sequence, guint frame, const char *what, gint64 now)
{
  g_autoptr(GBytes) data = g_bytes_new (what, strlen (what));
  PealPacket packet = { .sequence = sequence,
                        .timestamp = frame * FRAME,
                        .ssrc = 1,
                        .marker = g_str_has_suffix (what, "E"),
                        .payload = (const guint8 *) what,
                        .length = *what == '-' ? 0 : strlen (what) };

  peal_frames_put (frames, &packet, data, now);
}

/* The packets of all that leaves now, and a dot after each frame. */
static void
expect (PealFrames *frames, gint64 now, const char *expected)
{
  g_autoptr(GString) got = g_string_new (NULL);
  PealFrame frame;

  while (peal_frames_take (frames, now, &frame)) {
    for (guint i = 0; i < frame.packets->len; i++) {
      gsize length;
      const char *data = g_bytes_get_data (frame.packets->pdata[i], &length);
      g_string_append_len (got, data, (gssize) length);
    }
    g_string_append_c (got, '.');
    g_ptr_array_unref (frame.packets);
  }
  g_assert_cmpstr (got->str, ==, expected);
}

static void
frames_leave_whole_and_in_order (void)
{
  g_autoptr(PealFrames) frames = new_frames ();

  put (frames, 65534, 1, "Ka", 0);
  expect (frames, 0, "");
  put (frames, 0, 2, "bE", 1);
  put (frames, 65535, 1, "E", 2);
  expect (frames, 2, "KaE.bE.");
  put (frames, 1, 2, "-", 3);
  put (frames, 3, 3, "dE", 3);
  expect (frames, 3, "");
  put (frames, 2, 3, "c", 4);
  expect (frames, 4, "cdE.");
}

/* Without a marker another timestamp ends a frame. */
static void
another_frame_ends_one (void)
{
  g_autoptr(PealFrames) frames = new_frames ();

  put (frames, 1, 1, "Ka", 0);
  put (frames, 2, 1, "b", 0);
  expect (frames, 0, "");
  put (frames, 3, 2, "cE", 0);
  expect (frames, 0, "Kab.cE.");
}

static void
what_comes_again_in_time_mends_it (void)
{
  g_autoptr(PealFrames) frames = new_frames ();

  put (frames, 1, 1, "KE", 0);
  expect (frames, 0, "KE.");
  put (frames, 3, 3, "cE", 10 * MS);
  expect (frames, 10 * MS, "");
  g_assert_false (peal_frames_wants_key (frames, 10 * MS));
  g_assert_cmpint (peal_frames_deadline (frames), ==, (10 + PATIENCE_MS) * MS);
  put (frames, 2, 2, "bE", 90 * MS);
  expect (frames, 90 * MS, "bE.cE.");
  g_assert_cmpint (peal_frames_deadline (frames), ==, G_MAXINT64);
}

static void
what_does_not_come_costs_a_key_frame (void)
{
  g_autoptr(PealFrames) frames = new_frames ();
  PealFramesCount count;

  put (frames, 1, 1, "KE", 0);
  expect (frames, 0, "KE.");
  put (frames, 3, 3, "cE", MS);
  expect (frames, MS, "");
  g_assert_false (peal_frames_wants_key (frames, PATIENCE_MS * MS));
  expect (frames, (1 + PATIENCE_MS) * MS, "");
  g_assert_true (peal_frames_wants_key (frames, (1 + PATIENCE_MS) * MS));
  g_assert_false (peal_frames_wants_key (frames, (10 + PATIENCE_MS) * MS));
  gint64 again = peal_frames_deadline (frames);
  g_assert_cmpint (again, >, (PATIENCE_MS + 200) * MS);
  g_assert_true (peal_frames_wants_key (frames, again));
  put (frames, 4, 4, "dE", again);
  expect (frames, again, "");
  put (frames, 5, 5, "Ka", again);
  g_assert_false (peal_frames_wants_key (frames, again * 3)); /* it comes */
  put (frames, 6, 5, "E", again);
  expect (frames, again, "KaE.");
  put (frames, 2, 2, "bE", again);
  expect (frames, again, "");
  peal_frames_count (frames, &count);
  g_assert_cmpuint (count.dropped, ==, 2);
  g_assert_cmpuint (count.late, ==, 1);
}

/* Nothing of before is needed for it. */
static void
a_key_frame_does_not_wait (void)
{
  g_autoptr(PealFrames) frames = new_frames ();

  put (frames, 1, 1, "KE", 0);
  expect (frames, 0, "KE.");
  put (frames, 3, 3, "KE", 1);
  expect (frames, 1, "KE.");
  put (frames, 4, 4, "dE", 2);
  expect (frames, 2, "dE.");
}

static void
nothing_leaves_before_a_key_frame (void)
{
  g_autoptr(PealFrames) frames = new_frames ();

  g_assert_false (peal_frames_wants_key (frames, 0));
  put (frames, 7, 1, "aE", 0);
  expect (frames, 0, "");
  g_assert_true (peal_frames_wants_key (frames, 0));
  put (frames, 8, 2, "KE", 1);
  expect (frames, 1, "KE.");
}

/* Whatever numbers a peer uses, memory is bounded, and a good stream is taken up again. */
/* Each packet says that a key frame begins, none that one ends: what is looked through for each is
 * bounded. Were it not, this would take minutes. */
static void
many_beginnings_cost_little (void)
{
  g_autoptr(PealFrames) frames = new_frames ();

  for (guint i = 0; i < 100000; i++) {
    put (frames, (guint16) i, 1, "K", i);
    expect (frames, i, "");
    peal_frames_wants_key (frames, i);
  }
}

static void
any_numbers_are_survived (void)
{
  g_autoptr(PealFrames) frames = new_frames ();
  g_autoptr(GRand) chance = g_rand_new_with_seed (8);
  static const char *const words[] = { "KE", "Ka", "b", "cE", "-", "-E" };
  PealFrame frame;

  for (gint64 now = 0; now < 20000 * MS; now += MS) {
    guint16 sequence = (guint16) (g_rand_boolean (chance) ? now / MS : g_rand_int (chance));
    put (frames, sequence, g_rand_int (chance) % 8, words[g_rand_int_range (chance, 0, 6)], now);
    while (peal_frames_take (frames, now, &frame))
      g_ptr_array_unref (frame.packets);
    peal_frames_wants_key (frames, now);
  }
  put (frames, 5000, 100, "KE", 20001 * MS);
  while (peal_frames_take (frames, 20001 * MS, &frame))
    g_ptr_array_unref (frame.packets);
  put (frames, 15000, 101, "KE", 20002 * MS);
  expect (frames, 20002 * MS, "KE.");
}

/* --- when --- */

/* Late by up to 30 ms at random: shown evenly after a while, and little later than that. */
static void
the_line_is_even (void)
{
  g_autoptr(GRand) chance = g_rand_new_with_seed (9);
  PealPace pace = { 0 };
  gint64 before = 0, worst = 0, behind = 0;

  for (guint i = 0; i < 600; i++) {
    gint64 made = G_USEC_PER_SEC + i * (gint64) G_USEC_PER_SEC / 30;
    gint64 due = peal_pace_due (&pace, i * FRAME, PEAL_PACE_NO_SOUND,
                                made + g_rand_int_range (chance, 0, 30) * MS);
    if (i > 100)
      worst = MAX (worst, ABS (due - before - G_USEC_PER_SEC / 30));
    behind = due - made;
    before = due;
  }
  g_test_message ("at worst %.1f ms off the beat, %.1f ms behind", worst / 1e3, behind / 1e3);
  g_assert_cmpint (worst, <, 10 * MS);
  g_assert_cmpint (behind, <, 60 * MS);
}

static void
the_picture_waits_for_its_sound (void)
{
  PealPace pace = { 0 };

  for (guint i = 0; i < 30; i++) {
    gint64 now = G_USEC_PER_SEC + i * (gint64) G_USEC_PER_SEC / 30;
    g_assert_cmpint (peal_pace_due (&pace, i * FRAME, now + 250 * MS, now), ==, now + 250 * MS);
  }
}

/* Behind by no more than nobody notices; but never before it came. */
static void
the_picture_hurries_after_its_sound (void)
{
  PealPace pace = { .wait = 200 * MS };
  gint64 now = G_USEC_PER_SEC;

  g_assert_cmpint (peal_pace_due (&pace, 0, now + 20 * MS, now), <=, now + 80 * MS);
  now += 33 * MS;
  g_assert_cmpint (peal_pace_due (&pace, FRAME, now - 400 * MS, now), >=, now);
}

/* What is 20 s off is no sound of this picture. */
static void
a_wild_sound_is_no_sound (void)
{
  PealPace pace = { 0 };

  g_assert_cmpint (peal_pace_due (&pace, 0, 60 * G_USEC_PER_SEC, G_USEC_PER_SEC), <,
                   2 * G_USEC_PER_SEC);
}

/* --- and by whose clock --- */

static guint64
ntp (double seconds)
{
  return (guint64) (seconds * 4294967296.0);
}

static void
reports_tell_what_belongs_together (void)
{
  g_autoptr(PealSync) sync = peal_sync_new ();
  gint64 at;

  g_assert_false (peal_sync_due (sync, 0, &at));
  peal_sync_report (sync, PEAL_SYNC_SOUND, ntp (1000), 0xffffff00u, 48000);
  peal_sync_report (sync, PEAL_SYNC_PICTURE, ntp (1000.5), 90000, 90000);
  g_assert_false (peal_sync_due (sync, 90000, &at));
  /* The sound of 1000.5 is heard at 7 s; 24,000 units after its report, past the end of 32 bits. */
  peal_sync_heard (sync, 0xffffff00u + 24000, 7 * G_USEC_PER_SEC);
  g_assert_true (peal_sync_due (sync, 90000, &at));
  g_assert_cmpint (ABS (at - 7 * G_USEC_PER_SEC), <=, 1);
  g_assert_true (peal_sync_due (sync, 90000 + 9000, &at));
  g_assert_cmpint (ABS (at - 7 * G_USEC_PER_SEC - 100 * MS), <=, 1);
  g_assert_true (peal_sync_due (sync, 0, &at));
  g_assert_cmpint (ABS (at - 6 * G_USEC_PER_SEC), <=, 1);
  peal_sync_silent (sync);
  g_assert_false (peal_sync_due (sync, 90000, &at));
}

/* A report without a time in it tells nothing. */
static void
a_report_without_time_tells_nothing (void)
{
  g_autoptr(PealSync) sync = peal_sync_new ();
  gint64 at;

  peal_sync_report (sync, PEAL_SYNC_SOUND, 0, 5, 48000);
  peal_sync_report (sync, PEAL_SYNC_PICTURE, ntp (5), 5, 90000);
  peal_sync_heard (sync, 5, G_USEC_PER_SEC);
  g_assert_false (peal_sync_due (sync, 5, &at));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frames/leave_whole_and_in_order", frames_leave_whole_and_in_order);
  g_test_add_func ("/frames/another_frame_ends_one", another_frame_ends_one);
  g_test_add_func ("/frames/what_comes_again_mends_it", what_comes_again_in_time_mends_it);
  g_test_add_func ("/frames/what_does_not_costs_a_key_frame", what_does_not_come_costs_a_key_frame);
  g_test_add_func ("/frames/a_key_frame_does_not_wait", a_key_frame_does_not_wait);
  g_test_add_func ("/frames/nothing_before_a_key_frame", nothing_leaves_before_a_key_frame);
  g_test_add_func ("/frames/many_beginnings_cost_little", many_beginnings_cost_little);
  g_test_add_func ("/frames/any_numbers_are_survived", any_numbers_are_survived);
  g_test_add_func ("/pace/the_line_is_even", the_line_is_even);
  g_test_add_func ("/pace/the_picture_waits_for_its_sound", the_picture_waits_for_its_sound);
  g_test_add_func ("/pace/the_picture_hurries_after_its_sound",
                   the_picture_hurries_after_its_sound);
  g_test_add_func ("/pace/a_wild_sound_is_no_sound", a_wild_sound_is_no_sound);
  g_test_add_func ("/sync/reports_tell", reports_tell_what_belongs_together);
  g_test_add_func ("/sync/a_report_without_time", a_report_without_time_tells_nothing);
  return g_test_run ();
}
