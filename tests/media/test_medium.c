/* What one medium says, the other hears: by either codec, with pauses, muted and on hold. */
// SPDX-License-Identifier: MIT
#include <math.h>

#include "media/medium.h"
#include "media/rtcp.h"
#include "media/rtp_wire.h"
#include "tests/media/medium_world.h"

static gboolean
speech_crosses (gconstpointer codec)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, codec);

  medium_world_say (world, 4);
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, medium_four_seconds_heard);
  g_assert_cmpint (world->bob.medium_events, ==, 1);
  g_assert_cmpint (g_ascii_strcasecmp (world->bob.codec, codec), ==, 0);
  /* The aim is under 80, which is printed below; this machine may be busy. */
  g_assert_cmpint (world->bob.after_ms, <, 1000);
  g_assert_cmpint (world->bob.stats_events, >=, 3);
  g_assert_true (world->bob.stats.level_db < 0 && world->bob.stats.level_db > -60);
  g_assert_true (world->alice.stats.sent_level_db < 0 && world->alice.stats.sent_level_db > -60);
  g_assert_true (isnan (world->bob.stats.sent_level_db)); /* he has no mouth */
  medium_world_close (world);
  g_assert_no_error (world->alice.failed);
  g_assert_no_error (world->bob.failed);
  g_assert_cmpint (world->jumps, ==, 0);
  g_assert_cmpint (world->bob.stats.lost, ==, 0);
  g_assert_cmpint (world->bob.stats.packets_received, >=, 200);
  g_assert_cmpint (world->bob.stats.packets_sent, >=, 200); /* silence is sent as well */
  /* 5 ms each way, and what the timers add. */
  g_assert_cmpfloat (world->alice.stats.rtt_ms, >=, 9);
  g_assert_cmpfloat (world->alice.stats.rtt_ms, <, 1000);
  return medium_world_is_alike (world);
}

/* The answer names two codecs; the peer may send either, whatever we thought. */
static gboolean
the_other_codec_is_understood (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new ("tone", NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_auto(PealSound) heard = { 0 };
  PealReasonCondition why;
  PealRtpConfig narrow = { .codecs = "pcmu" };
  PealContentPlan plan = { .content = "voice", .config = &narrow };

  medium_world_open (world);
  gpointer offer = peal_rtp.offer (&world->alice.plan, &error);
  gpointer answer = peal_rtp.answer (&plan, offer, &why, &error);
  medium_world_start_with (world, answer);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
  medium_world_run (world, medium_one_second_heard);
  medium_world_close (world);
  g_assert_cmpstr (world->bob.codec, ==, "PCMU");
  peal_sound_read (&heard, world->heard_path);
  return medium_world_judge (world, medium_is_tone (peal_sound_level (&heard, 100)));
}

/* A second of a tone, four of nothing, a second of the tone. */
static void
say_with_pause (MediumWorld *world)
{
  world->said.n = 6 * PEAL_SOUND_RATE;
  world->said.samples = g_new0 (gint16, world->said.n);
  for (gsize i = 0; i < world->said.n; i++)
    if (i < PEAL_SOUND_RATE || i >= 5 * PEAL_SOUND_RATE)
      world->said.samples[i] =
          (gint16) (8192 * sin ((double) i * 2 * G_PI * 440 / PEAL_SOUND_RATE));
  peal_sound_write (&world->said, world->said_path);
}

static gboolean
four_seconds_went_by (MediumWorld *world)
{
  return world->alice.stats_events >= 4;
}

static gboolean
six_seconds_went_by (MediumWorld *world)
{
  return world->alice.stats_events >= 6 && world->bob.stats_events >= 6;
}

/* Bob's answer asks for it (RFC 7587 §6.1). */
static void
start_sparing (MediumWorld *world)
{
  g_autoptr(GError) error = NULL;
  PealReasonCondition why;
  gpointer offer = peal_rtp.offer (&world->alice.plan, &error);
  PealRtpDescription *answer = peal_rtp.answer (&world->bob.plan, offer, &why, &error);
  PealPayloadType *opus = answer->payload_types->pdata[0];
  PealPayloadParameter *asked = g_new0 (PealPayloadParameter, 1);

  *asked = (PealPayloadParameter) { g_strdup ("usedtx"), g_strdup ("1") };
  g_ptr_array_add (opus->parameters, asked);
  medium_world_start_with (world, answer);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
}

/* A peer that asks for it gets next to no packets while nothing is said. Their numbers go on as if
 * there had been no pause, their times do not; nothing is taken for lost or made up. */
static gboolean
pauses_need_no_packets (gconstpointer unused)
{
  g_autoptr(MediumWorld) world = medium_world_new (NULL, NULL, "opus");
  g_auto(PealSound) heard = { 0 };

  say_with_pause (world);
  medium_world_open (world);
  start_sparing (world);
  medium_world_run (world, four_seconds_went_by);
  gint packets = g_atomic_int_get (&world->packets);
  medium_world_run (world, six_seconds_went_by);
  medium_world_close (world);
  g_assert_cmpint (packets, <, 150);
  g_assert_cmpint (world->jumps, ==, 0);
  g_assert_cmpint (world->bob.stats.lost, ==, 0);
  peal_sound_read (&heard, world->heard_path);
  g_assert_cmpuint (heard.n, >, PEAL_SOUND_RATE * 56 / 10);
  PealSound parts[] = { { heard.samples, PEAL_SOUND_RATE / 2 },
                        { heard.samples + 2 * PEAL_SOUND_RATE, 2 * PEAL_SOUND_RATE },
                        { heard.samples + 52 * PEAL_SOUND_RATE / 10, PEAL_SOUND_RATE / 4 } };
  double levels[] = { peal_sound_level (&parts[0], 200), peal_sound_level (&parts[1], 0),
                      peal_sound_level (&parts[2], 0) };
  g_test_message ("%d packets in four seconds; %.1f, %.1f, %.1f dBFS; %.3f made up", packets,
                  levels[0], levels[1], levels[2], world->bob.stats.concealed);
  return medium_world_judge (world, medium_is_tone (levels[0]) && levels[1] < -60 &&
                                        medium_is_tone (levels[2]) &&
                                        world->bob.stats.concealed < 0.02);
}

static void
mute_is_silence (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("tone:440", NULL, "opus");
  g_auto(PealSound) heard = { 0 };

  medium_world_open (world);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_MUTE, 1, NULL); /* while it rings */
  medium_world_start (world);
  medium_world_run (world, medium_one_second_heard);
  medium_world_close (world);
  g_assert_true (isnan (world->alice.stats.sent_level_db));
  peal_sound_read (&heard, world->heard_path);
  g_test_message ("%.1f dBFS", peal_sound_level (&heard, 100));
  g_assert_cmpfloat (peal_sound_level (&heard, 100), <, -70);
  g_assert_cmpint (world->jumps, ==, 0);
}

static gboolean
two_seconds_went_by (MediumWorld *world)
{
  return world->alice.stats_events >= 2;
}

/* Two seconds on hold: nothing leaves, and the sound after it keeps to the clock. */
static void
hold_stops_packets (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("tone", NULL, "opus");

  medium_world_open (world);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_HOLD, 1, NULL);
  medium_world_start (world);
  medium_world_run (world, two_seconds_went_by);
  g_assert_cmpint (g_atomic_int_get (&world->packets), ==, 0);
  g_assert_cmpint (world->bob.medium_events, ==, 0);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_HOLD, 0, NULL);
  medium_world_run (world, medium_one_second_heard);
  medium_world_close (world);
  g_assert_cmpint (world->jumps, ==, 0);
  g_assert_cmpint (world->bob.medium_events, ==, 1);
}

/* --- the peer describes itself anew --- */

static PealStats before; /* of the one story below; on the main thread alone */

/* Bytes of a packet of Alice's since then. */
static double
packet_size (MediumWorld *world)
{
  return (double) (world->alice.stats.bytes_sent - before.bytes_sent) /
         MAX (1., (double) (world->alice.stats.packets_sent - before.packets_sent));
}

static gboolean
she_has_spoken (MediumWorld *world)
{
  return world->alice.stats.packets_sent >= 60 && packet_size (world) > 80;
}

static gboolean
she_says_less (MediumWorld *world)
{
  return world->alice.stats.packets_sent > before.packets_sent && packet_size (world) < 55;
}

/* XEP-0167 §9: Bob can take no more than 8 kbit/s from now on. */
static void
how_much_it_takes_may_change (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("tone", "none", "opus");
  g_autoptr(GError) error = NULL;
  PealReasonCondition why;

  peal_stats_init (&before);
  before.packets_sent = before.bytes_sent = 0;
  medium_world_open (world);
  medium_world_start (world);
  medium_world_run (world, she_has_spoken);
  PealRtpDescription *offer = peal_rtp.offer (&world->alice.plan, &error);
  PealRtpDescription *answer = peal_rtp.answer (&world->bob.plan, offer, &why, &error);
  answer->bandwidth = g_new0 (PealBandwidth, 1);
  *answer->bandwidth = (PealBandwidth) { g_strdup ("AS"), g_strdup ("8") };
  before = world->alice.stats;
  peal_rtp.start (world->alice.medium, offer, answer, world->alice.lanes, TRUE, TRUE);
  medium_world_run (world, she_says_less);
  medium_world_close (world);
  g_assert_no_error (world->alice.failed);
  peal_rtp_description_free (offer);
  peal_rtp_description_free (answer);
}

/* --- a picture waits for the sound of its moment --- */

static PealSync *lips; /* of the one story below; on the main thread alone */

/* When Bob hears what is said at @moment, by a report that a picture of Alice's would make. */
static gboolean
heard_when (gint64 moment, gint64 *at)
{
  gint64 real = g_get_real_time () - g_get_monotonic_time () + moment;

  peal_sync_report (lips, PEAL_SYNC_PICTURE, peal_rtcp_ntp (real), 1000, 90000);
  return peal_sync_due (lips, 1000, at);
}

static gboolean
it_is_known (MediumWorld *world)
{
  gint64 at;

  return heard_when (g_get_monotonic_time (), &at);
}

static gboolean
it_is_not_known (MediumWorld *world)
{
  return !it_is_known (world);
}

static void
a_picture_can_wait_for_the_sound (void)
{
  g_autoptr(MediumWorld) world = medium_world_new ("tone", "none", "opus");
  gint64 moment, at;

  lips = peal_sync_new ();
  medium_world_open (world);
  medium_world_start (world);
  peal_medium_follow (world->bob.medium, lips);
  medium_world_run (world, it_is_known);
  moment = g_get_monotonic_time ();
  g_assert_true (heard_when (moment, &at));
  g_test_message ("what is said now is heard in %" G_GINT64_FORMAT " ms", (at - moment) / 1000);
  g_assert_cmpint (at, >, moment);
  g_assert_cmpint (at, <, moment + 5 * G_USEC_PER_SEC);
  peal_rtp.control (world->bob.medium, PEAL_CONTROL_HOLD, TRUE, NULL);
  medium_world_run (world, it_is_not_known);
  medium_world_close (world);
  g_clear_pointer (&lips, peal_sync_unref);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  peal_media_warm_up ();
  g_test_add_data_func ("/medium/speech_crosses/opus", &(MediumTelling) { speech_crosses, "opus" },
                        medium_tell);
  g_test_add_data_func ("/medium/speech_crosses/pcmu", &(MediumTelling) { speech_crosses, "pcmu" },
                        medium_tell);
  g_test_add_func ("/medium/mute_is_silence", mute_is_silence);
  g_test_add_func ("/medium/hold_stops_packets", hold_stops_packets);
  g_test_add_func ("/medium/how_much_it_takes_may_change", how_much_it_takes_may_change);
  g_test_add_func ("/medium/a_picture_can_wait_for_the_sound", a_picture_can_wait_for_the_sound);
  g_test_add_data_func ("/medium/the_other_codec_is_understood",
                        &(MediumTelling) { the_other_codec_is_understood }, medium_tell);
  g_test_add_data_func ("/medium/pauses_need_no_packets",
                        &(MediumTelling) { pauses_need_no_packets }, medium_tell);
  return g_test_run ();
}
