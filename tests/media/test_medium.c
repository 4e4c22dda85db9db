/* Two media in one process with a net between them: what one says, the other hears. */
// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "media/negotiate.h"
#include "media/packet.h"
#include "media/rtp.h"
#include "media/rtp_wire.h"
#include "tests/media/sound.h"
#include "tests/media/stall.h"
#include "tests/transport/pair.h"

enum {
  SEED = 4711,
  PATIENCE = 60, /* s */
  BEAT_MS = 10,
  BUSY_MS = 12, /* a thread that waits that long for a core */
  ATTEMPTS = 6,
  CALM = 8, /* s to wait for a quieter machine before the next attempt */
};

typedef struct {
  PealMedium *medium;
  PealLoop *loop;
  PealChannel *lanes[PEAL_N_LANES];
  PealRtpConfig config;
  PealContentPlan plan;
  guint medium_events, stats_events;
  char *codec;
  gint after_ms;
  PealStats stats;
  char keys[8]; /* that were told */
  char *error;  /* the last sentence */
  GError *failed;
} Side;

/* Alice speaks, Bob writes what he hears. */
typedef struct {
  GMainContext *context;
  char *folder, *said_path, *heard_path, *in, *out;
  PealSound said;
  Side alice, bob;
  PealNet net;
  gint packets, jumps;  /* of Alice's RTP, and of its sequence numbers; atomic */
  gint outage[2];       /* which of them the net loses: from, to */
  gint sequence;        /* on her loop */
  gint64 beat;          /* when the context was last looked after, µs */
  gint64 hunger;        /* by how much it was ever late, µs */
  PealStall stall;      /* the same of all threads */
  gint64 answered;      /* when it stops ringing, µs */
  gint64 opened, first; /* when her lane opened and her first packet left, µs */
} World;

/* --- what the sides hear --- */

static void
on_event (gpointer user, PealEvent *event)
{
  Side *side = user;

  g_assert_cmpstr (event->content, ==, "voice");
  if (event->kind == PEAL_EVENT_MEDIA) {
    side->medium_events++;
    side->after_ms = event->after_ms;
    side->codec = g_strdup (event->codec);
  }
  if (event->kind == PEAL_EVENT_STATS) {
    side->stats_events++;
    side->stats = event->stats;
  }
  if (event->kind == PEAL_EVENT_DTMF)
    g_strlcat (side->keys, event->digit, sizeof side->keys);
  if (event->kind == PEAL_EVENT_ERROR) {
    g_free (side->error);
    side->error = g_strdup (event->text);
  }
}

static void
on_failed (gpointer user, const GError *why)
{
  Side *side = user;

  g_assert_null (side->failed);
  side->failed = g_error_copy (why);
}

static const PealMediumEvents events = { .event = on_event, .failed = on_failed };

/* --- the world --- */

/* Watches what Alice sends before the net does. */
static gboolean
watch (gpointer user, guint from, guint8 *data, gsize length)
{
  World *world = user;
  PealPacket packet;

  if (from == 0 && peal_packet_read (&packet, data, length)) {
    if (g_atomic_int_get (&world->packets) == 0)
      world->first = g_get_monotonic_time ();
    else if (packet.sequence != (guint16) (world->sequence + 1))
      g_atomic_int_inc (&world->jumps);
    world->sequence = packet.sequence;
    gint number = g_atomic_int_add (&world->packets, 1);
    return number < world->outage[0] || number >= world->outage[1];
  }
  return TRUE;
}

static World *
world_new (const char *in, const char *out, const char *codecs)
{
  World *world = g_new0 (World, 1);
  g_autoptr(GError) error = NULL;

  world->context = g_main_context_new ();
  world->folder = g_dir_make_tmp ("peal-medium-XXXXXX", &error);
  g_assert_no_error (error);
  world->said_path = g_build_filename (world->folder, "said.wav", NULL);
  world->heard_path = g_build_filename (world->folder, "heard.wav", NULL);
  world->in = in ? g_strdup (in) : g_strconcat ("file:", world->said_path, NULL);
  world->out = out ? g_strdup (out) : g_strconcat ("file:", world->heard_path, NULL);
  world->alice.config =
      (PealRtpConfig) { .audio_in = world->in, .audio_out = "none", .codecs = codecs };
  world->bob.config =
      (PealRtpConfig) { .audio_in = "silence", .audio_out = world->out, .codecs = codecs };
  world->net = (PealNet) { .seed = SEED, .delay_ms = 5, .pass = watch, .user = world };
  world->alice.loop = peal_loop_new ("alice");
  world->bob.loop = peal_loop_new ("bob");
  return world;
}

static void
world_say (World *world, double seconds)
{
  peal_sound_speech (&world->said, seconds, SEED);
  peal_sound_write (&world->said, world->said_path);
}

static void
side_open (World *world, Side *side, gboolean initiator)
{
  side->plan = (PealContentPlan) { .content = "voice", .config = &side->config };
  PealMediumSetup setup = {
    .loop = side->loop, .context = world->context, .plan = &side->plan, .initiator = initiator
  };
  side->medium = peal_rtp.open (&setup, &events, side);
}

static gboolean
expired (gpointer user)
{
  *(gboolean *) user = TRUE;
  return G_SOURCE_REMOVE;
}

/* Packets do not wake the context; a beat makes sure that @done is asked. It also tells how busy
 * the machine is: sound that comes in time cannot be measured by who does not run in time. */
static gboolean
again (gpointer user)
{
  World *world = user;
  gint64 now = g_get_monotonic_time ();

  world->hunger = MAX (world->hunger, now - world->beat - BEAT_MS * 1000);
  world->beat = now;
  peal_stall_look (&world->stall);
  return G_SOURCE_CONTINUE;
}

/* Runs the context until @done says so, or the patience ends. */
static void
world_run (World *world, gboolean (*done) (World *world))
{
  gboolean late = FALSE;
  g_autoptr(GSource) timeout = g_timeout_source_new_seconds (PATIENCE);
  g_autoptr(GSource) beat = g_timeout_source_new (BEAT_MS);

  g_source_set_callback (timeout, expired, &late, NULL);
  g_source_set_callback (beat, again, world, NULL);
  world->beat = g_get_monotonic_time ();
  if (!world->stall.waited)
    peal_stall_begin (&world->stall);
  g_source_attach (timeout, world->context);
  g_source_attach (beat, world->context);
  while (!done (world) && !late)
    g_main_context_iteration (world->context, TRUE);
  g_source_destroy (timeout);
  g_source_destroy (beat);
  g_assert_false (late);
}

static gboolean
it_rang (World *world)
{
  return world->alice.failed || world->bob.failed || g_get_monotonic_time () >= world->answered;
}

/* It rings for 300 ms, as a call does: time in which pipelines are prepared. */
static void
world_open (World *world)
{
  world->answered = g_get_monotonic_time () + 300 * 1000;
  side_open (world, &world->alice, TRUE);
  side_open (world, &world->bob, FALSE);
  world_run (world, it_rang);
}

static void
open_lane (gpointer lane)
{
  peal_pair_open (lane);
}

static void
free_lane (gpointer lane)
{
  peal_channel_free (lane);
}

static void
make_lanes (World *world)
{
  PealLane lanes[] = { PEAL_LANE_RTP, PEAL_LANE_RTCP };

  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++) {
    PealChannel *ends[2];
    PealNet net = world->net;
    net.pass = lanes[i] == PEAL_LANE_RTP ? world->net.pass : NULL;
    peal_pair_new (world->alice.loop, world->bob.loop, &net, ends);
    world->alice.lanes[lanes[i]] = ends[0];
    world->bob.lanes[lanes[i]] = ends[1];
  }
}

static void
open_lanes (World *world)
{
  PealLane lanes[] = { PEAL_LANE_RTP, PEAL_LANE_RTCP };

  world->opened = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++) {
    peal_loop_call (world->bob.loop, open_lane, world->bob.lanes[lanes[i]]);
    peal_loop_call (world->alice.loop, open_lane, world->alice.lanes[lanes[i]]);
  }
}

/* Both descriptions are agreed and both media begin; the lanes open after that. @other: what Alice
 * takes for Bob's answer; NULL: his answer. */
static void
world_start_with (World *world, gconstpointer other)
{
  Side *alice = &world->alice, *bob = &world->bob;
  g_autoptr(GError) error = NULL;
  PealReasonCondition why;
  gpointer offer = peal_rtp.offer (&alice->plan, &error);
  gpointer answer = peal_rtp.answer (&bob->plan, offer, &why, &error);

  g_assert_no_error (error);
  g_assert_true (peal_rtp.agree (offer, answer, &why, &error));
  make_lanes (world);
  peal_rtp.start (alice->medium, offer, other ? other : answer, alice->lanes, TRUE, TRUE);
  peal_rtp.start (bob->medium, answer, offer, bob->lanes, TRUE, TRUE);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
  open_lanes (world);
}

static void
world_start (World *world)
{
  world_start_with (world, NULL);
}

static void
side_close (Side *side)
{
  PealEvent last;

  if (!side->medium)
    return;
  peal_rtp.close (g_steal_pointer (&side->medium), &last);
  g_assert_cmpint (last.kind, ==, PEAL_EVENT_STATS);
  g_assert_cmpstr (last.content, ==, "voice");
  side->stats = last.stats;
  peal_event_clear (&last);
  for (guint i = 0; i < PEAL_N_LANES; i++)
    if (side->lanes[i])
      peal_loop_call (side->loop, free_lane, side->lanes[i]);
}

static void
world_close (World *world)
{
  side_close (&world->alice);
  side_close (&world->bob);
  while (g_main_context_iteration (world->context, FALSE))
    ; /* letters of closed media: read by nobody */
}

static void
side_clear (Side *side)
{
  g_clear_error (&side->failed);
  g_free (side->codec);
  g_free (side->error);
  peal_loop_free (side->loop);
}

static void
world_free (World *world)
{
  const char *name;
  g_autoptr(GDir) folder = g_dir_open (world->folder, 0, NULL);

  world_close (world);
  side_clear (&world->alice);
  side_clear (&world->bob);
  while ((name = g_dir_read_name (folder))) {
    g_autofree char *path = g_build_filename (world->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (world->folder);
  g_main_context_unref (world->context);
  peal_sound_clear (&world->said);
  peal_stall_clear (&world->stall);
  g_free (world->folder);
  g_free (world->said_path);
  g_free (world->heard_path);
  g_free (world->in);
  g_free (world->out);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* --- the stories --- */

/* What Alice says takes four seconds: 200 packets, and some more until the last is heard. */
static gboolean
four_seconds_heard (World *world)
{
  return world->bob.failed || world->alice.failed || g_atomic_int_get (&world->packets) >= 220;
}

static gboolean
one_second_heard (World *world)
{
  return g_atomic_int_get (&world->packets) >= 50 && world->bob.medium_events > 0;
}

/* A story that measures what came in time. FALSE: it should be told again. */
typedef gboolean (*Story) (gconstpointer data);

/* What a story found out. A bad result counts unless the machine was too busy for a good one. */
static gboolean
judge (World *world, gboolean good)
{
  gint64 waited = MAX (world->hunger, world->stall.worst);

  if (good)
    return TRUE;
  g_test_message ("a thread waited %.1f ms for a core", waited / 1000.0);
  g_assert_cmpint (waited / 1000, >=, BUSY_MS);
  return FALSE;
}

typedef struct {
  Story story;
  gconstpointer data;
} Telling;

static void
tell (gconstpointer user)
{
  const Telling *telling = user;

  g_test_message ("seed %d", SEED);
  for (guint attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (telling->story (telling->data))
      return;
    peal_stall_wait_for_calm (CALM * G_USEC_PER_SEC);
  }
  g_error ("this machine is too busy to measure sound");
}

/* Amplitude 0.25: a sine of -15 dBFS. */
static gboolean
is_tone (double level)
{
  return ABS (level + 15) <= 1.5;
}

static gboolean
is_alike (World *world)
{
  g_auto(PealSound) heard = { 0 };
  PealLikeness likeness;

  peal_sound_read (&heard, world->heard_path);
  peal_sound_compare (&world->said, &heard, &likeness);
  g_test_message ("correlation %.4f, level %+.2f dB, gap %.0f ms, pitch %.4f, shift %.0f ms, first "
                  "sound %d ms after "
                  "start, first packet %.1f ms after open, loss %" G_GINT64_FORMAT
                  ", jitter %.1f ms, round trip %.1f ms",
                  likeness.correlation, likeness.level_db, likeness.gap_ms, likeness.pitch,
                  likeness.shift_ms, world->bob.after_ms, (world->first - world->opened) / 1000.0,
                  world->bob.stats.lost, world->bob.stats.jitter_ms, world->alice.stats.rtt_ms);
  return judge (world, likeness.correlation >= 0.95 && ABS (likeness.level_db) <= 3 &&
                           likeness.gap_ms <= 60 && ABS (likeness.pitch - 1) <= 0.01);
}

static gboolean
speech_crosses (gconstpointer codec)
{
  g_autoptr(World) world = world_new (NULL, NULL, codec);

  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, four_seconds_heard);
  g_assert_cmpint (world->bob.medium_events, ==, 1);
  g_assert_cmpint (g_ascii_strcasecmp (world->bob.codec, codec), ==, 0);
  /* The aim is under 80, which is printed below; this machine may be busy. */
  g_assert_cmpint (world->bob.after_ms, <, 1000);
  g_assert_cmpint (world->bob.stats_events, >=, 3);
  g_assert_true (world->bob.stats.level_db < 0 && world->bob.stats.level_db > -60);
  g_assert_true (world->alice.stats.sent_level_db < 0 && world->alice.stats.sent_level_db > -60);
  g_assert_true (isnan (world->bob.stats.sent_level_db)); /* he has no mouth */
  world_close (world);
  g_assert_no_error (world->alice.failed);
  g_assert_no_error (world->bob.failed);
  g_assert_cmpint (world->jumps, ==, 0);
  g_assert_cmpint (world->bob.stats.lost, ==, 0);
  g_assert_cmpint (world->bob.stats.packets_received, >=, 200);
  g_assert_cmpint (world->bob.stats.packets_sent, >=, 200); /* silence is sent as well */
  /* 5 ms each way, and what the timers add. */
  g_assert_cmpfloat (world->alice.stats.rtt_ms, >=, 9);
  g_assert_cmpfloat (world->alice.stats.rtt_ms, <, 1000);
  return is_alike (world);
}

static gboolean
loss_is_concealed (gconstpointer unused)
{
  g_autoptr(World) world = world_new (NULL, NULL, "opus");

  world->net.loss = 0.05;
  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, four_seconds_heard);
  world_close (world);
  g_test_message ("lost %" G_GINT64_FORMAT ", late %" G_GINT64_FORMAT
                  ", recovered %" G_GINT64_FORMAT ", concealed %.4f, R %.1f, MOS %.2f",
                  world->bob.stats.lost, world->bob.stats.late, world->bob.stats.recovered,
                  world->bob.stats.concealed, world->bob.stats.quality_r, world->bob.stats.mos);
  g_assert_cmpint (world->bob.stats.lost, >, 0);
  return is_alike (world);
}

static void
mute_is_silence (void)
{
  g_autoptr(World) world = world_new ("tone:440", NULL, "opus");
  g_auto(PealSound) heard = { 0 };

  world_open (world);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_MUTE, 1, NULL); /* while it rings */
  world_start (world);
  world_run (world, one_second_heard);
  world_close (world);
  g_assert_true (isnan (world->alice.stats.sent_level_db));
  peal_sound_read (&heard, world->heard_path);
  g_test_message ("%.1f dBFS", peal_sound_level (&heard, 100));
  g_assert_cmpfloat (peal_sound_level (&heard, 100), <, -70);
  g_assert_cmpint (world->jumps, ==, 0);
}

/* Overtaking and delays of up to 25 ms are what the jitter buffer is for. */
static gboolean
jitter_is_smoothed (gconstpointer unused)
{
  g_autoptr(World) world = world_new (NULL, NULL, "opus");

  world->net.jitter_ms = 25;
  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, four_seconds_heard);
  world_close (world);
  return is_alike (world);
}

static gboolean
eight_seconds_heard (World *world)
{
  return g_atomic_int_get (&world->packets) >= 420;
}

/* Delays of up to 90 ms are more than the jitter buffer begins with: within two seconds it has
 * learned that. */
static gboolean
a_worse_net_is_learned (gconstpointer unused)
{
  g_autoptr(World) world = world_new (NULL, NULL, "opus");
  g_auto(PealSound) heard = { 0 };
  PealLikeness likeness;

  world->net.jitter_ms = 90;
  world_say (world, 8);
  world_open (world);
  world_start (world);
  world_run (world, eight_seconds_heard);
  world_close (world);
  peal_sound_read (&heard, world->heard_path);
  PealSound late_said = { world->said.samples + 2 * PEAL_SOUND_RATE, 6 * PEAL_SOUND_RATE };
  g_assert_cmpuint (heard.n, >, 7 * PEAL_SOUND_RATE);
  PealSound late_heard = { heard.samples + 2 * PEAL_SOUND_RATE, heard.n - 2 * PEAL_SOUND_RATE };
  peal_sound_compare (&late_said, &late_heard, &likeness);
  g_test_message ("after two seconds: correlation %.4f, gap %.0f ms, shift %.0f ms",
                  likeness.correlation, likeness.gap_ms, likeness.shift_ms);
  return judge (world, likeness.correlation >= 0.95 && likeness.gap_ms <= 60);
}

/* For 400 ms nothing comes at all; after it, sound is where it belongs. */
static gboolean
an_outage_ends (gconstpointer unused)
{
  g_autoptr(World) world = world_new (NULL, NULL, "opus");
  g_auto(PealSound) heard = { 0 };
  PealLikeness before, after;

  world->outage[0] = 75;
  world->outage[1] = 95;
  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, four_seconds_heard);
  world_close (world);
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
  return judge (world, before.correlation >= 0.95 && after.correlation >= 0.95 &&
                           ABS (after.shift_ms - before.shift_ms) <= 60);
}

/* --- keys --- */

static gboolean
a_second_and_a_half_heard (World *world)
{
  return g_atomic_int_get (&world->packets) >= 75;
}

static gboolean
four_seconds_with_keys_heard (World *world)
{
  return four_seconds_heard (world) && strlen (world->bob.keys) >= 2;
}

/* While two keys are said nothing is heard, nothing is missed, and what is said after them is heard
 * where it belongs: not a frame earlier or later. */
static gboolean
keys_leave_sound_in_its_place (gconstpointer codec)
{
  g_autoptr(World) world = world_new (NULL, NULL, codec);
  g_auto(PealSound) heard = { 0 };
  PealLikeness before, after;

  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, a_second_and_a_half_heard);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_DTMF, 0, "3*");
  world_run (world, four_seconds_with_keys_heard);
  world_close (world);
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
  return judge (world, before.correlation >= 0.95 && after.correlation >= 0.95 &&
                           ABS (after.shift_ms - before.shift_ms) <= 10);
}

static gboolean
a_sentence_was_said (World *world)
{
  return world->alice.error != NULL;
}

static void
expect_sentence (World *world, const char *keys, const char *sentence)
{
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_DTMF, 0, keys);
  world_run (world, a_sentence_was_said);
  g_assert_cmpstr (world->alice.error, ==, sentence);
  g_clear_pointer (&world->alice.error, g_free);
}

/* What cannot be said is never dropped without a word. */
static void
keys_are_refused_with_a_sentence (void)
{
  g_autoptr(World) world = world_new ("tone", NULL, "opus");

  world_open (world);
  expect_sentence (world, "1", "keys 1 were not sent: the call is not connected yet");
  world_start (world);
  world_run (world, one_second_heard);
  expect_sentence (world, "1x",
                   "keys 1x were not sent: \"x\" is no key: there are 0-9, *, #, A-D, and a comma "
                   "waits a second");
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_DTMF, 0, ",,,7");
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_HOLD, 1, NULL);
  world_run (world, a_sentence_was_said);
  g_assert_true (g_str_has_prefix (world->alice.error, "keys "));
  g_assert_true (
      g_str_has_suffix (world->alice.error, ",7 were not sent: nothing is said in this call now"));
  g_clear_pointer (&world->alice.error, g_free);
  expect_sentence (world, "2", "keys 2 were not sent: the call is on hold");
  world_close (world);
  g_assert_cmpstr (world->bob.keys, ==, "");
}

/* Dino names no telephone-event. */
static void
a_peer_without_keys (void)
{
  g_autoptr(World) world = world_new ("tone", NULL, "opus");
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) offer = NULL;
  g_autoptr(PealRtpDescription) answer = NULL;

  world_open (world);
  offer = peal_rtp.offer (&world->alice.plan, &error);
  answer = peal_rtp.offer (&world->bob.plan, &error);
  while (answer->payload_types->len > 1)
    peal_element_free (&peal_payload_type_element,
                       g_ptr_array_steal_index (answer->payload_types, 1));
  world_start_with (world, answer);
  world_run (world, one_second_heard);
  expect_sentence (
      world, "12",
      "keys 12 were not sent: the other side takes none (it knows no telephone-event)");
}

/* --- standard input --- */

static gboolean
two_seconds_sent (World *world)
{
  return g_atomic_int_get (&world->packets) >= 100;
}

static gboolean
three_seconds_sent (World *world)
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
  g_autoptr(World) world = world_new ("stdin", NULL, "opus");
  g_autoptr(GError) error = NULL;
  g_auto(PealSound) heard = { 0 };
  int ends[2], kept = dup (0);

  g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, &error));
  dup2 (ends[0], 0);
  write_tone (ends[1], 600);
  world_open (world);
  world_start (world);
  world_run (world, two_seconds_sent);
  write_tone (ends[1], 600);
  world_run (world, three_seconds_sent);
  gint64 took = g_get_monotonic_time () - world->opened;
  world_close (world);
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
  return judge (world, is_tone (levels[0]) && levels[1] < -60 && is_tone (levels[2]));
}

/* What was sent and what was heard are kept on Bob's side and on Alice's. */
static gboolean
legs_are_recorded (gconstpointer unused)
{
  g_autoptr(World) world = world_new (NULL, "none", NULL);
  const char *leg;
  guint n = 0;
  gboolean good = TRUE;

  world->alice.config.record = world->bob.config.record = world->folder;
  world->alice.config.record_as = "../alice"; /* a name from the wire stays in the folder */
  world->bob.config.record_as = "bob";
  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, four_seconds_heard);
  world_close (world);
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
  return judge (world, good);
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
  g_autoptr(World) first = world_new ("tone:500", file, NULL);
  world_open (first);
  world_start (first);
  world_run (first, one_second_heard);
  world_close (first);
  g_assert_no_error (first->bob.failed);

  g_autoptr(World) second = world_new (file, NULL, NULL);
  g_auto(PealSound) heard = { 0 };
  world_open (second);
  world_start (second);
  world_run (second, one_second_heard);
  world_close (second);
  g_assert_no_error (second->alice.failed);
  peal_sound_read (&heard, second->heard_path);
  heard.n = MIN (heard.n, PEAL_SOUND_RATE * 6 / 10);
  g_unlink (path);
  second->hunger = MAX (first->hunger, second->hunger);
  second->stall.worst = MAX (first->stall.worst, second->stall.worst);
  return judge (second, is_tone (peal_sound_level (&heard, 100)));
}

/* The answer names two codecs; the peer may send either, whatever we thought. */
static gboolean
the_other_codec_is_understood (gconstpointer unused)
{
  g_autoptr(World) world = world_new ("tone", NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_auto(PealSound) heard = { 0 };
  PealReasonCondition why;
  PealRtpConfig narrow = { .codecs = "pcmu" };
  PealContentPlan plan = { .content = "voice", .config = &narrow };

  world_open (world);
  gpointer offer = peal_rtp.offer (&world->alice.plan, &error);
  gpointer answer = peal_rtp.answer (&plan, offer, &why, &error);
  world_start_with (world, answer);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
  world_run (world, one_second_heard);
  world_close (world);
  g_assert_cmpstr (world->bob.codec, ==, "PCMU");
  peal_sound_read (&heard, world->heard_path);
  return judge (world, is_tone (peal_sound_level (&heard, 100)));
}

/* A second of a tone, four of nothing, a second of the tone. */
static void
world_say_with_pause (World *world)
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
four_seconds_went_by (World *world)
{
  return world->alice.stats_events >= 4;
}

static gboolean
six_seconds_went_by (World *world)
{
  return world->alice.stats_events >= 6 && world->bob.stats_events >= 6;
}

/* Bob's answer asks for it (RFC 7587 §6.1). */
static void
world_start_sparing (World *world)
{
  g_autoptr(GError) error = NULL;
  PealReasonCondition why;
  gpointer offer = peal_rtp.offer (&world->alice.plan, &error);
  PealRtpDescription *answer = peal_rtp.answer (&world->bob.plan, offer, &why, &error);
  PealPayloadType *opus = answer->payload_types->pdata[0];
  PealPayloadParameter *asked = g_new0 (PealPayloadParameter, 1);

  *asked = (PealPayloadParameter) { g_strdup ("usedtx"), g_strdup ("1") };
  g_ptr_array_add (opus->parameters, asked);
  world_start_with (world, answer);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
}

/* A peer that asks for it gets next to no packets while nothing is said. Their numbers go on as if
 * there had been no pause, their times do not; nothing is taken for lost or made up. */
static gboolean
pauses_need_no_packets (gconstpointer unused)
{
  g_autoptr(World) world = world_new (NULL, NULL, "opus");
  g_auto(PealSound) heard = { 0 };

  world_say_with_pause (world);
  world_open (world);
  world_start_sparing (world);
  world_run (world, four_seconds_went_by);
  gint packets = g_atomic_int_get (&world->packets);
  world_run (world, six_seconds_went_by);
  world_close (world);
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
  return judge (world, is_tone (levels[0]) && levels[1] < -60 && is_tone (levels[2]) &&
                           world->bob.stats.concealed < 0.02);
}

/* Two seconds on hold: nothing leaves, and the sound after it keeps to the clock. */
static gboolean
two_seconds_went_by (World *world)
{
  return world->alice.stats_events >= 2;
}

static void
hold_stops_packets (void)
{
  g_autoptr(World) world = world_new ("tone", NULL, "opus");

  world_open (world);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_HOLD, 1, NULL);
  world_start (world);
  world_run (world, two_seconds_went_by);
  g_assert_cmpint (g_atomic_int_get (&world->packets), ==, 0);
  g_assert_cmpint (world->bob.medium_events, ==, 0);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_HOLD, 0, NULL);
  world_run (world, one_second_heard);
  world_close (world);
  g_assert_cmpint (world->jumps, ==, 0);
  g_assert_cmpint (world->bob.medium_events, ==, 1);
}

static gboolean
both_had_time (World *world)
{
  return (world->alice.failed || world->alice.stats_events >= 2) &&
         (world->bob.failed || world->bob.stats_events >= 2);
}

/* With a sound card it works; without one the call fails, and says why. No element may be missing.
 */
static void
devices_open (void)
{
  g_autoptr(World) world = world_new ("mic", "speaker", NULL);
  const Side *sides[] = { &world->alice, &world->bob };

  world_open (world);
  world_start (world);
  world_run (world, both_had_time);
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
  g_autoptr(World) world = world_new ("mic", NULL, NULL);
  g_autoptr(World) again = world_new (NULL, NULL, NULL);

  world_open (world); /* a microphone that is not there would fail if it were opened */
  world_close (world);
  g_assert_no_error (world->alice.failed);
  g_assert_false (g_file_test (world->heard_path, G_FILE_TEST_EXISTS));

  world_say (again, 0.5);
  world_open (again);
  world_close (again);
}

static gboolean
alice_failed (World *world)
{
  return world->alice.failed != NULL;
}

static void
failures_have_causes (void)
{
  g_autoptr(World) missing = world_new ("file:/nonexistent/speech.wav", NULL, NULL);
  g_autoptr(World) broken = world_new (NULL, NULL, NULL);
  g_autoptr(GError) error = NULL;

  world_open (missing);
  world_run (missing, alice_failed);
  g_assert_error (missing->alice.failed, PEAL_CAUSE, PEAL_CAUSE_FILE);

  g_file_set_contents (broken->said_path, "this is not a sound", -1, &error);
  g_assert_no_error (error);
  world_open (broken);
  world_run (broken, alice_failed);
  g_assert_error (broken->alice.failed, PEAL_CAUSE, PEAL_CAUSE_MEDIA);
  world_start (broken); /* the endpoint may not have heard yet */
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
    { { .codecs = "vp8" }, "--codec vp8" },
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

/* GLib forgets its first table of names when plug-ins make it grow. Only a whole backtrace shows
 * where that came from (lsan.supp); the names are the sanitizer's. */
const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  peal_media_warm_up ();
  g_test_add_data_func ("/medium/speech_crosses/opus", &(Telling) { speech_crosses, "opus" }, tell);
  g_test_add_data_func ("/medium/speech_crosses/pcmu", &(Telling) { speech_crosses, "pcmu" }, tell);
  g_test_add_data_func ("/medium/loss_is_concealed", &(Telling) { loss_is_concealed }, tell);
  g_test_add_data_func ("/medium/jitter_is_smoothed", &(Telling) { jitter_is_smoothed }, tell);
  g_test_add_data_func ("/medium/a_worse_net_is_learned", &(Telling) { a_worse_net_is_learned },
                        tell);
  g_test_add_data_func ("/medium/an_outage_ends", &(Telling) { an_outage_ends }, tell);
  g_test_add_data_func ("/medium/standard_input_is_paced", &(Telling) { standard_input_is_paced },
                        tell);
  g_test_add_data_func ("/medium/keys_leave_sound_in_its_place/opus",
                        &(Telling) { keys_leave_sound_in_its_place, "opus" }, tell);
  g_test_add_data_func ("/medium/keys_leave_sound_in_its_place/pcmu",
                        &(Telling) { keys_leave_sound_in_its_place, "pcmu" }, tell);
  g_test_add_func ("/medium/keys_are_refused_with_a_sentence", keys_are_refused_with_a_sentence);
  g_test_add_func ("/medium/a_peer_without_keys", a_peer_without_keys);
  g_test_add_func ("/medium/mute_is_silence", mute_is_silence);
  g_test_add_func ("/medium/hold_stops_packets", hold_stops_packets);
  g_test_add_data_func ("/medium/legs_are_recorded", &(Telling) { legs_are_recorded }, tell);
  g_test_add_data_func ("/medium/files_can_be_played/ogg",
                        &(Telling) { files_can_be_played, ".ogg" }, tell);
  g_test_add_data_func ("/medium/files_can_be_played/mka",
                        &(Telling) { files_can_be_played, ".mka" }, tell);
  g_test_add_data_func ("/medium/the_other_codec_is_understood",
                        &(Telling) { the_other_codec_is_understood }, tell);
  g_test_add_data_func ("/medium/pauses_need_no_packets", &(Telling) { pauses_need_no_packets },
                        tell);
  g_test_add_func ("/medium/devices_open", devices_open);
  g_test_add_func ("/medium/opened_and_closed", opened_and_closed);
  g_test_add_func ("/medium/failures_have_causes", failures_have_causes);
  g_test_add_func ("/medium/configs_are_checked", configs_are_checked);
  return g_test_run ();
}
