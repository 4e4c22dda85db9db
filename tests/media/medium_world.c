/* Two media in one process with a net between them, and the telling of stories about it. */
// SPDX-License-Identifier: MIT
#include "tests/media/medium_world.h"

#include <glib/gstdio.h>

#include "media/packet.h"

enum {
  PATIENCE = 60, /* s */
  BEAT_MS = 10,
  BUSY_MS = 12, /* a thread that waits that long for a core */
  ATTEMPTS = 6,
  CALM = 8, /* s to wait for a quieter machine before the next attempt */
};

/* --- what the sides hear --- */

static void
on_event (gpointer user, PealEvent *event)
{
  MediumSide *side = user;

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
  MediumSide *side = user;

  g_assert_null (side->failed);
  side->failed = g_error_copy (why);
}

static const PealMediumEvents events = { .event = on_event, .failed = on_failed };

/* --- the world --- */

/* Watches what Alice sends before the net does. */
static gboolean
watch (gpointer user, guint from, guint8 *data, gsize length)
{
  MediumWorld *world = user;
  PealPacket packet;

  if (from == 0 && peal_packet_read (&packet, data, length)) {
    if (g_atomic_int_get (&world->packets) == 0)
      world->first = g_get_monotonic_time ();
    else if (packet.sequence != (guint16) (world->sequence + 1))
      g_atomic_int_inc (&world->jumps);
    world->sequence = packet.sequence;
    gint number = g_atomic_int_add (&world->packets, 1);
    if (number + 1 == world->spoilt)
      memcpy (data + PEAL_PACKET_HEADER, "\x1b\x07", 2); /* seven frames of 60 ms */
    return number < world->outage[0] || number >= world->outage[1];
  }
  return TRUE;
}

MediumWorld *
medium_world_new (const char *in, const char *out, const char *codecs)
{
  MediumWorld *world = g_new0 (MediumWorld, 1);
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
  world->net = (PealNet) { .seed = MEDIUM_SEED, .delay_ms = 5, .pass = watch, .user = world };
  world->alice.loop = peal_loop_new ("alice");
  world->bob.loop = peal_loop_new ("bob");
  return world;
}

void
medium_world_say (MediumWorld *world, double seconds)
{
  peal_sound_speech (&world->said, seconds, MEDIUM_SEED);
  peal_sound_write (&world->said, world->said_path);
}

static void
side_open (MediumWorld *world, MediumSide *side, gboolean initiator)
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
  MediumWorld *world = user;
  gint64 now = g_get_monotonic_time ();

  world->hunger = MAX (world->hunger, now - world->beat - BEAT_MS * 1000);
  world->beat = now;
  peal_stall_look (&world->stall);
  return G_SOURCE_CONTINUE;
}

void
medium_world_run (MediumWorld *world, gboolean (*done) (MediumWorld *world))
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
it_rang (MediumWorld *world)
{
  return world->alice.failed || world->bob.failed || g_get_monotonic_time () >= world->answered;
}

void
medium_world_open (MediumWorld *world)
{
  world->answered = g_get_monotonic_time () + 300 * 1000;
  side_open (world, &world->alice, TRUE);
  side_open (world, &world->bob, FALSE);
  medium_world_run (world, it_rang);
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
make_lanes (MediumWorld *world)
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
open_lanes (MediumWorld *world)
{
  PealLane lanes[] = { PEAL_LANE_RTP, PEAL_LANE_RTCP };

  world->opened = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++) {
    peal_loop_call (world->bob.loop, open_lane, world->bob.lanes[lanes[i]]);
    peal_loop_call (world->alice.loop, open_lane, world->alice.lanes[lanes[i]]);
  }
}

void
medium_world_start_with (MediumWorld *world, gconstpointer other)
{
  MediumSide *alice = &world->alice, *bob = &world->bob;
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

void
medium_world_start (MediumWorld *world)
{
  medium_world_start_with (world, NULL);
}

static void
side_close (MediumSide *side)
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

void
medium_world_close (MediumWorld *world)
{
  side_close (&world->alice);
  side_close (&world->bob);
  while (g_main_context_iteration (world->context, FALSE))
    ; /* letters of closed media: read by nobody */
}

static void
side_clear (MediumSide *side)
{
  g_clear_error (&side->failed);
  g_free (side->codec);
  g_free (side->error);
  peal_loop_free (side->loop);
}

void
medium_world_free (MediumWorld *world)
{
  const char *name;
  g_autoptr(GDir) folder = g_dir_open (world->folder, 0, NULL);

  medium_world_close (world);
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

/* --- for medium_world_run --- */

gboolean
medium_one_second_heard (MediumWorld *world)
{
  return g_atomic_int_get (&world->packets) >= 50 && world->bob.medium_events > 0;
}

gboolean
medium_four_seconds_heard (MediumWorld *world)
{
  return world->bob.failed || world->alice.failed || g_atomic_int_get (&world->packets) >= 220;
}

/* --- stories --- */

gboolean
medium_world_judge (MediumWorld *world, gboolean good)
{
  gint64 waited = MAX (world->hunger, world->stall.worst);

  if (good)
    return TRUE;
  g_test_message ("a thread waited %.1f ms for a core", waited / 1000.0);
  g_assert_cmpint (waited / 1000, >=, BUSY_MS);
  return FALSE;
}

void
medium_tell (gconstpointer user)
{
  const MediumTelling *telling = user;

  g_test_message ("seed %d", MEDIUM_SEED);
  for (guint attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (telling->story (telling->data))
      return;
    peal_stall_wait_for_calm (CALM * G_USEC_PER_SEC);
  }
  g_error ("this machine is too busy to measure sound");
}

/* Amplitude 0.25: a sine of -15 dBFS. */
gboolean
medium_is_tone (double level)
{
  return ABS (level + 15) <= 1.5;
}

gboolean
medium_world_is_alike (MediumWorld *world)
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
  return medium_world_judge (world, likeness.correlation >= 0.95 && ABS (likeness.level_db) <= 3 &&
                                        likeness.gap_ms <= 60 && ABS (likeness.pitch - 1) <= 0.01);
}

/* For each program of this world. GLib forgets its first table of names when plug-ins make it grow.
 * Only a whole backtrace shows where that came from (lsan.supp); the names are the sanitizer's. */
const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}
