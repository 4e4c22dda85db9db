/* Two media in one process with a net between them: what one says, the other hears. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "media/packet.h"
#include "media/rtp.h"
#include "tests/media/sound.h"
#include "tests/transport/pair.h"

enum { SEED = 4711, PATIENCE = 60 /* s */ };

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
  GError *failed;
} Side;

/* Alice speaks, Bob writes what he hears. */
typedef struct {
  GMainContext *context;
  char *folder, *said_path, *heard_path, *in, *out;
  PealSound said;
  Side alice, bob;
  PealNet net;
  gint packets, jumps; /* of Alice's RTP, and of its sequence numbers; atomic */
  gint sequence;       /* on her loop */
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
    g_atomic_int_inc (&world->packets);
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
  world->alice.config = (PealRtpConfig) { .audio_in = world->in, .audio_out = "none", .codecs = codecs };
  world->bob.config = (PealRtpConfig) { .audio_in = "silence", .audio_out = world->out, .codecs = codecs };
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

static void
world_open (World *world)
{
  side_open (world, &world->alice, TRUE);
  side_open (world, &world->bob, FALSE);
}

static gboolean
expired (gpointer user)
{
  *(gboolean *) user = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
again (gpointer user)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the context until @done says so, or the patience ends. */
static void
world_run (World *world, gboolean (*done) (World *world))
{
  gboolean late = FALSE;
  g_autoptr(GSource) timeout = g_timeout_source_new_seconds (PATIENCE);
  /* Packets do not wake the context; a beat makes sure that @done is asked. */
  g_autoptr(GSource) beat = g_timeout_source_new (20);

  g_source_set_callback (timeout, expired, &late, NULL);
  g_source_set_callback (beat, G_SOURCE_FUNC (again), NULL, NULL);
  g_source_attach (timeout, world->context);
  g_source_attach (beat, world->context);
  while (!done (world) && !late)
    g_main_context_iteration (world->context, TRUE);
  g_source_destroy (timeout);
  g_source_destroy (beat);
  g_assert_false (late);
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

/* Both descriptions are agreed and both media begin; the lanes open after that. */
static void
world_start (World *world)
{
  Side *alice = &world->alice, *bob = &world->bob;
  g_autoptr(GError) error = NULL;
  PealReasonCondition why;
  gpointer offer = peal_rtp.offer (&alice->plan, &error);
  gpointer answer = peal_rtp.answer (&bob->plan, offer, &why, &error);
  PealLane lanes[] = { PEAL_LANE_RTP, PEAL_LANE_RTCP };

  g_assert_no_error (error);
  g_assert_true (peal_rtp.agree (offer, answer, &why, &error));
  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++) {
    PealChannel *ends[2];
    PealNet net = world->net;
    net.pass = lanes[i] == PEAL_LANE_RTP ? world->net.pass : NULL;
    peal_pair_new (alice->loop, bob->loop, &net, ends);
    alice->lanes[lanes[i]] = ends[0];
    bob->lanes[lanes[i]] = ends[1];
  }
  peal_rtp.start (alice->medium, offer, answer, alice->lanes, TRUE, TRUE);
  peal_rtp.start (bob->medium, answer, offer, bob->lanes, TRUE, TRUE);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
  world->opened = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++) {
    peal_loop_call (bob->loop, open_lane, bob->lanes[lanes[i]]);
    peal_loop_call (alice->loop, open_lane, alice->lanes[lanes[i]]);
  }
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

static void
expect_alike (World *world, double correlation)
{
  g_auto(PealSound) heard = { 0 };
  PealLikeness likeness;

  peal_sound_read (&heard, world->heard_path);
  peal_sound_compare (&world->said, &heard, &likeness);
  g_test_message ("correlation %.4f, level %+.2f dB, gap %.0f ms, pitch %.4f, shift %.0f ms, first sound %d ms after "
                  "start, first packet %.1f ms after open, loss %" G_GINT64_FORMAT ", jitter %.1f ms, round trip %.1f ms",
                  likeness.correlation, likeness.level_db, likeness.gap_ms, likeness.pitch, likeness.shift_ms,
                  world->bob.after_ms, (world->first - world->opened) / 1000.0, world->bob.stats.lost,
                  world->bob.stats.jitter_ms, world->alice.stats.rtt_ms);
  g_assert_cmpfloat (likeness.correlation, >=, correlation);
  g_assert_cmpfloat (ABS (likeness.level_db), <=, 3);
  g_assert_cmpfloat (likeness.gap_ms, <=, 60);
  g_assert_cmpfloat_with_epsilon (likeness.pitch, 1, 0.01);
}

static void
speech_crosses (gconstpointer codec)
{
  g_autoptr(World) world = world_new (NULL, NULL, codec);

  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, four_seconds_heard);
  g_assert_cmpint (world->bob.medium_events, ==, 1);
  g_assert_cmpint (g_ascii_strcasecmp (world->bob.codec, codec), ==, 0);
  g_assert_cmpint (world->bob.after_ms, <, 500); /* the aim is under 80: printed below, this machine may be busy */
  g_assert_cmpint (world->bob.stats_events, >=, 3);
  g_assert_true (world->bob.stats.level_db < 0 && world->bob.stats.level_db > -60);
  world_close (world);
  g_assert_no_error (world->alice.failed);
  g_assert_no_error (world->bob.failed);
  expect_alike (world, 0.95);
  g_assert_cmpint (world->jumps, ==, 0);
  g_assert_cmpint (world->bob.stats.lost, ==, 0);
  g_assert_cmpint (world->bob.stats.packets_received, >=, 200);
  g_assert_cmpint (world->bob.stats.packets_sent, >=, 200); /* silence is sent as well */
  /* 5 ms each way, and what the timers add. */
  g_assert_cmpfloat (world->alice.stats.rtt_ms, >=, 9);
  g_assert_cmpfloat (world->alice.stats.rtt_ms, <, 100);
}

static void
loss_is_concealed (void)
{
  g_autoptr(World) world = world_new (NULL, NULL, "opus");

  g_test_message ("seed %d", SEED);
  world->net.loss = 0.05;
  world_say (world, 4);
  world_open (world);
  world_start (world);
  world_run (world, four_seconds_heard);
  world_close (world);
  g_assert_cmpint (world->bob.stats.lost, >, 0);
  expect_alike (world, 0.95);
}

static void
mute_is_silence (void)
{
  g_autoptr(World) world = world_new ("tone:440", NULL, "opus");
  g_auto(PealSound) heard = { 0 };

  world_open (world);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_MUTE, 1, NULL); /* too early: nothing is exchanged yet */
  world_start (world);
  peal_rtp.control (world->alice.medium, PEAL_CONTROL_MUTE, 1, NULL);
  world_run (world, one_second_heard);
  world_close (world);
  peal_sound_read (&heard, world->heard_path);
  g_test_message ("%.1f dBFS", peal_sound_level (&heard, 100));
  g_assert_cmpfloat (peal_sound_level (&heard, 100), <, -70);
  g_assert_cmpint (world->jumps, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  peal_media_warm_up ();
  g_test_add_data_func ("/medium/speech_crosses/opus", "opus", speech_crosses);
  g_test_add_data_func ("/medium/speech_crosses/pcmu", "pcmu", speech_crosses);
  g_test_add_func ("/medium/loss_is_concealed", loss_is_concealed);
  g_test_add_func ("/medium/mute_is_silence", mute_is_silence);
  return g_test_run ();
}
