/* A peer that holds the keys and misuses them: senders without number, packets that lie about
 * themselves, reports that lie about us. What it really says is heard all the same. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <malloc.h>
#include <math.h>
#include <string.h>

#include "media/ears.h"
#include "media/packet.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "tests/media/sound.h"
#include "tests/media/stall.h"
#include "tests/transport/pair.h"
#include "transport/demux.h"

enum { SEED = 815, PATIENCE = 60, ATTEMPTS = 4, BUSY_MS = 12, CALM = 8 };
enum { FRAME_MS = 20, FRAME = 160, VOICE = 0x1234, PCMU = 0 };
enum { TICKS = 90 };
enum { SPARE = 2 * 1024 * 1024 }; /* bytes that may stay allocated */
enum { A_MILLION = 1000000 };

typedef struct World World;
typedef void (*Lie) (World *world);

typedef struct {
  Lie lie;
  guint lies;      /* each frame */
  guint lying;     /* frames */
  guint frames;    /* of the story */
  gboolean silent; /* nothing is said beside them */
} Plan;

/* Bob hears; the peer is the timer on his loop. */
struct World {
  Plan plan;
  GMainContext *context;
  PealLoop *loop;
  PealMedium *medium;
  PealRtpConfig config;
  PealChannel *lanes[PEAL_N_LANES], *far[PEAL_N_LANES];
  char *path, *out;
  GRand *rand;
  PealTimer next;
  gint64 due;
  gint ticks; /* atomic */
  guint16 sequence;
  guint32 timestamp, ssrc; /* @ssrc: of the next stranger */
  guint32 ours;            /* the SSRC that Bob reports from; on the loop */
  guint media;
  PealStats stats;
  double worst_rtt, worst_jitter; /* ms, of all stats that were told */
  GError *failed;
  PealStall stall;
};

static void
on_event (gpointer user, PealEvent *event)
{
  World *world = user;

  world->media += event->kind == PEAL_EVENT_MEDIA;
  if (event->kind != PEAL_EVENT_STATS)
    return;
  world->stats = event->stats;
  world->worst_rtt = MAX (world->worst_rtt, event->stats.rtt_ms);
  world->worst_jitter = MAX (world->worst_jitter, event->stats.jitter_ms);
}

static void
on_failed (gpointer user, const GError *why)
{
  ((World *) user)->failed = g_error_copy (why);
}

static const PealMediumEvents medium_events = { .event = on_event, .failed = on_failed };

/* --- what the peer says --- */

static void
inject (World *world, PealLane lane, const guint8 *data, gsize length)
{
  peal_pair_inject (world->lanes[lane], data, length);
}

/* G.711 §3: sign, exponent, mantissa, all turned round. */
static guint8
mu_law (double sample)
{
  int magnitude = (int) MIN (fabs (sample) * 32635, 32635) + 132, exponent = 7;

  for (int mask = 0x4000; exponent > 0 && !(magnitude & mask); mask >>= 1)
    exponent--;
  return (guint8) ~((sample < 0 ? 0x80 : 0) | exponent << 4 | (magnitude >> (exponent + 3) & 15));
}

/* 20 ms of 440 Hz at -15 dBFS. */
static void
speak (World *world)
{
  guint8 payload[FRAME], bytes[PEAL_PACKET_MAX];

  for (guint i = 0; i < FRAME; i++)
    payload[i] = mu_law (0.25 * sin ((world->timestamp + i) * 2 * G_PI * 440 / 8000));
  PealPacket packet = { .payload_type = PCMU,
                        .sequence = world->sequence++,
                        .timestamp = world->timestamp,
                        .ssrc = VOICE,
                        .payload = payload,
                        .length = FRAME };
  world->timestamp += FRAME;
  inject (world, PEAL_LANE_RTP, bytes, peal_packet_write (&packet, bytes));
}

static void
tick (gpointer user)
{
  World *world = user;
  gint n = g_atomic_int_get (&world->ticks);

  if (!world->plan.silent || n >= (gint) world->plan.lying)
    speak (world);
  for (guint i = 0; i < world->plan.lies && n < (gint) world->plan.lying; i++)
    world->plan.lie (world);
  world->due += FRAME_MS * 1000;
  if (g_atomic_int_add (&world->ticks, 1) < (gint) world->plan.frames)
    peal_timer_set (world->loop, &world->next, world->due, tick, world);
}

/* --- lies --- */

static void
fill (World *world, guint8 *data, gsize length)
{
  for (gsize i = 0; i < length; i++)
    data[i] = (guint8) g_rand_int (world->rand);
}

/* As loud as can be: who hears it hears that it is not the voice. */
static void
stranger (World *world)
{
  guint8 noise[FRAME], bytes[PEAL_PACKET_MAX];

  fill (world, noise, sizeof noise);
  PealPacket packet = { .payload_type = PCMU,
                        .sequence = (guint16) g_rand_int (world->rand),
                        .timestamp = world->timestamp,
                        .ssrc = ++world->ssrc + VOICE,
                        .payload = noise,
                        .length = FRAME };
  inject (world, PEAL_LANE_RTP, bytes, peal_packet_write (&packet, bytes));
}

/* Under the voice's own SSRC, but nothing of it can be right: headers, extensions, contributing
 * sources and padding that reach beyond the packet, numbers from nowhere, types nobody agreed on.
 */
static void
misshapen (World *world)
{
  guint8 bytes[200];
  guint kind = g_rand_int_range (world->rand, 0, 7);
  gsize length = kind == 6 ? PEAL_PACKET_HEADER : (gsize) g_rand_int_range (world->rand, 12, 200);

  fill (world, bytes, sizeof bytes);
  bytes[0] = 0x80;
  bytes[1] = kind == 4 ? (guint8) g_rand_int_range (world->rand, 1, 64) : PCMU;
  /* Far ahead and far behind, never two in a row. */
  peal_packet_put_u16 (bytes + 2, (guint16) (world->sequence + 10000 + 7 * (world->ssrc++ % 5000)));
  peal_packet_put_u32 (bytes + 8, VOICE);
  if (kind == 0)
    bytes[0] |= 15; /* 60 bytes of sources */
  if (kind == 1) {
    bytes[0] |= 0x10;
    peal_packet_put_u16 (bytes + 14, 0xffff);
  }
  if (kind == 2) {
    bytes[0] |= 0x20;
    bytes[length - 1] = (guint8) (length + 1);
  }
  if (kind == 3)
    bytes[0] = (guint8) g_rand_int (world->rand) & 0x7f;
  if (kind == 5)
    length = (gsize) g_rand_int_range (world->rand, 0, PEAL_PACKET_HEADER);
  inject (world, PEAL_LANE_RTP, bytes, length);
}

/* What RTCP may say, and what it must not: of times to come and long gone, in pieces that do not
 * add up, and that the voice has left. */
static void
report (World *world)
{
  guint8 bytes[1400];
  guint kind = world->ssrc++ % 6, count = (guint) g_rand_int_range (world->rand, 0, 32);
  gsize length = 4 + 4 + 20 + 24 * 31;

  fill (world, bytes, sizeof bytes);
  bytes[0] = (guint8) (0x80 | count);
  bytes[1] = kind & 1 ? 200 : 201;
  peal_packet_put_u16 (bytes + 2, (guint16) (length / 4 - 1));
  peal_packet_put_u32 (bytes + 4, VOICE);
  gsize blocks = kind & 1 ? 28 : 8;
  guint32 now = (guint32) (peal_rtcp_ntp (g_get_real_time ()) >> 16);
  for (guint i = 0; i < 31 && kind != 5; i++) {
    guint8 *block = bytes + blocks + 24 * i;
    peal_packet_put_u32 (block, world->ours);
    memset (block + 4, 0xff, 4); /* all of it is lost, and less than nothing */
    peal_packet_put_u32 (block + 16,
                         now + (guint32) g_rand_int_range (world->rand, -400, 400) * 65536);
    if (kind & 2)
      peal_packet_put_u32 (block + 20, (guint32) g_rand_int_range (world->rand, 0, 65536));
  }
  if (kind == 4) { /* BYE of the voice, behind an SDES that reaches beyond the end */
    static const guint8 bye[] = {
      0x81, 203, 0, 1, 0, 0, 0x12, 0x34, 0x9f, 202, 0xff, 0xff, 1, 255
    };
    memcpy (bytes, bye, length = sizeof bye);
  }
  if (kind == 5)
    length = (gsize) g_rand_int_range (world->rand, 0, sizeof bytes);
  inject (world, PEAL_LANE_RTCP, bytes, length);
}

/* Under the voice's own SSRC, taken for its own: leaps, times that run backwards, another codec in
 * each packet, rubbish for Opus, packets without payload, more than anybody can play. */
static void
wild (World *world)
{
  static const guint8 types[] = { PCMU, 111, 8, 96, 13 };
  guint8 payload[400], bytes[PEAL_PACKET_MAX];
  guint kind = (guint) g_rand_int_range (world->rand, 0, 20);

  fill (world, payload, sizeof payload);
  if (kind == 0)
    world->sequence = (guint16) g_rand_int (world->rand);
  if (kind == 1)
    world->timestamp = g_rand_int (world->rand);
  PealPacket packet = { .payload_type = types[g_rand_int_range (world->rand, 0, 5)],
                        .marker = kind & 1,
                        .sequence = world->sequence++,
                        .timestamp = world->timestamp -= kind * 11,
                        .ssrc = VOICE,
                        .payload = payload,
                        .length = (gsize) g_rand_int_range (world->rand, 0, sizeof payload) };
  inject (world, PEAL_LANE_RTP, bytes, peal_packet_write (&packet, bytes));
}

/* In order, but each says that ten seconds went by: a file would hold hours of silence. */
static void
hasty (World *world)
{
  world->timestamp += 10 * 8000;
  speak (world);
}

/* --- the world --- */

/* What Bob sends tells his SSRC. */
static gboolean
overhear (gpointer user, guint from, guint8 *data, gsize length)
{
  World *world = user;
  PealPacket packet;

  if (from == 0 && !peal_demux_is_rtcp (data, length) && peal_packet_read (&packet, data, length))
    world->ours = packet.ssrc;
  return TRUE;
}

static World *
world_new (const Plan *plan, guint32 seed)
{
  World *world = g_new0 (World, 1);
  g_autoptr(GError) error = NULL;
  int file = g_file_open_tmp ("peal-hostile-XXXXXX.wav", &world->path, &error);

  g_assert_no_error (error);
  g_close (file, NULL);
  world->plan = *plan;
  world->out = g_strconcat ("file:", world->path, NULL);
  world->config =
      (PealRtpConfig) { .audio_in = "silence", .audio_out = world->out }; /* both codecs */
  world->context = g_main_context_new ();
  world->loop = peal_loop_new ("hostile");
  world->rand = g_rand_new_with_seed (seed);
  world->worst_rtt = world->worst_jitter = -1;
  for (PealLane lane = PEAL_LANE_RTP; lane <= PEAL_LANE_RTCP; lane++) {
    PealChannel *ends[2];
    peal_pair_new (world->loop, world->loop, &(PealNet) { .pass = overhear, .user = world }, ends);
    world->lanes[lane] = ends[0];
    world->far[lane] = ends[1];
  }
  return world;
}

static void
open_lanes (gpointer user)
{
  World *world = user;

  for (PealLane lane = PEAL_LANE_RTP; lane <= PEAL_LANE_RTCP; lane++)
    peal_pair_open (world->lanes[lane]);
  world->due = g_get_monotonic_time ();
  tick (world);
}

static void
free_lanes (gpointer user)
{
  World *world = user;

  peal_timer_clear (&world->next);
  for (PealLane lane = PEAL_LANE_RTP; lane <= PEAL_LANE_RTCP; lane++) {
    peal_channel_free (world->lanes[lane]);
    peal_channel_free (world->far[lane]);
  }
}

static void
world_start (World *world)
{
  PealContentPlan plan = { .content = "voice", .config = &world->config };
  PealMediumSetup setup = { .loop = world->loop, .context = world->context, .plan = &plan };
  PealReasonCondition why;
  g_autoptr(GError) error = NULL;
  gpointer offer = peal_rtp.offer (&plan, &error);
  gpointer answer = peal_rtp.answer (&plan, offer, &why, &error);

  g_assert_no_error (error);
  world->medium = peal_rtp.open (&setup, &medium_events, world);
  peal_rtp.start (world->medium, answer, offer, world->lanes, TRUE, TRUE);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
  peal_loop_call (world->loop, open_lanes, world);
}

static gboolean
again (gpointer user)
{
  peal_stall_look (&((World *) user)->stall);
  return G_SOURCE_CONTINUE;
}

static void
world_run (World *world)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;
  g_autoptr(GSource) beat = g_timeout_source_new (10);

  g_source_set_callback (beat, again, world, NULL);
  g_source_attach (beat, world->context);
  peal_stall_begin (&world->stall);
  while (g_atomic_int_get (&world->ticks) <= (gint) world->plan.frames && !world->failed) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_main_context_iteration (world->context, TRUE);
  }
  g_source_destroy (beat);
}

static void
world_close (World *world)
{
  PealEvent last;

  peal_rtp.close (g_steal_pointer (&world->medium), &last);
  world->stats = last.stats;
  peal_event_clear (&last);
  peal_loop_call (world->loop, free_lanes, world);
  while (g_main_context_iteration (world->context, FALSE))
    ;
}

static void
world_free (World *world)
{
  g_unlink (world->path);
  peal_loop_free (world->loop);
  peal_stall_clear (&world->stall);
  g_main_context_unref (world->context);
  g_rand_free (world->rand);
  g_clear_error (&world->failed);
  g_free (world->path);
  g_free (world->out);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* --- stories --- */

/* Whether @heard is the tone from @from on, and nothing else: its level, and what is left of it
 * when two periods of 8 kHz sound are compared 25 ms (11 periods) apart. */
static gboolean
is_the_voice (const PealSound *heard, gsize from, gsize n)
{
  enum { PERIODS = PEAL_SOUND_RATE / 40 };
  double power = 0, other = 0;

  g_assert_cmpuint (heard->n, >, PEAL_SOUND_RATE);
  g_assert_cmpuint (from + n, <=, heard->n);
  for (gsize i = from; i + PERIODS < from + n; i++) {
    double sample = heard->samples[i], difference = sample - heard->samples[i + PERIODS];
    power += sample * sample;
    other += difference * difference;
  }
  double level = 10 * log10 (power / (double) (n - PERIODS)) - 20 * log10 (32768);
  g_test_message ("%.1f dBFS, of which %.1f dB are something else", level,
                  10 * log10 (other / power + 1e-9));
  return fabs (level + 15) <= 1.5 && other < 0.1 * power;
}

static void
expect_sane (const World *world, gssize more)
{
  const PealStats *stats = &world->stats;

  g_test_message ("received %" G_GINT64_FORMAT ", lost %" G_GINT64_FORMAT
                  ", jitter up to %.1f ms, round trip up to %.1f ms; %zd bytes more are allocated",
                  stats->packets_received, stats->lost, world->worst_jitter, world->worst_rtt,
                  more);
  g_assert_cmpint (stats->lost, >=, 0);
  g_assert_cmpfloat (world->worst_jitter, <, 5000);
  g_assert_cmpfloat (world->worst_rtt, <, 1000); /* it never knew what we told */
  g_assert_cmpint (more, <, SPARE);
}

static gsize
allocated (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* FALSE: the machine had no time. */
static gboolean
tell_once (const Plan *plan, guint32 seed)
{
  g_autoptr(World) world = world_new (plan, seed);
  g_auto(PealSound) heard = { 0 };
  gsize from = PEAL_SOUND_RATE / 5;

  world_start (world);
  gsize before = allocated ();
  world_run (world);
  gssize more = (gssize) (allocated () - before);
  world_close (world);
  g_assert_no_error (world->failed);
  g_assert_cmpuint (world->media, ==, 1);
  expect_sane (world, more);
  peal_sound_read (&heard, world->path);
  g_test_message ("%.2f s were written", (double) heard.n / PEAL_SOUND_RATE);
  g_assert_cmpuint (heard.n, <,
                    PEAL_SOUND_RATE * (plan->frames / 50 + 2)); /* as long as the call */
  gsize end = MIN (heard.n, PEAL_SOUND_RATE * plan->frames / 50) - PEAL_SOUND_RATE / 10;
  if (is_the_voice (&heard, plan->silent ? end - PEAL_SOUND_RATE : from,
                    plan->silent ? PEAL_SOUND_RATE : end - from))
    return TRUE;
  g_test_message ("a thread waited %.1f ms for a core", world->stall.worst / 1000.0);
  g_assert_cmpint (world->stall.worst / 1000, >=, BUSY_MS);
  return FALSE;
}

/* As often as PEAL_ROUNDS says, each time with another seed: the soak wants many. */
static void
tell (gconstpointer plan)
{
  const char *rounds = g_getenv ("PEAL_ROUNDS");
  guint left = rounds ? (guint) g_ascii_strtoull (rounds, NULL, 10) : 1, attempts = 0;

  for (guint32 seed = SEED; left > 0;) {
    g_test_message ("seed %u", seed);
    if (tell_once (plan, seed)) {
      left--;
      seed++;
      attempts = 0;
      continue;
    }
    if (++attempts == ATTEMPTS)
      g_error ("this machine is too busy to measure sound");
    peal_stall_wait_for_calm (CALM * G_USEC_PER_SEC);
  }
}

static void
ring (gpointer user)
{
  World *world = user;

  for (guint i = 0; i < A_MILLION; i++)
    stranger (world);
}

/* All at once, while the voice is heard. */
static void
a_million_senders (void)
{
  g_autoptr(World) world = world_new (&(Plan) { .frames = TICKS }, SEED);

  world_start (world);
  gsize before = allocated ();
  peal_loop_call (world->loop, ring, world);
  gssize more = (gssize) (allocated () - before);
  world_run (world);
  world_close (world);
  g_assert_no_error (world->failed);
  expect_sane (world, more);
  g_assert_cmpint (world->stats.packets_received, <=, TICKS + 1);
}

static void
hear_first (gpointer user, gint64 at)
{
}

typedef struct {
  PealEars *ears;
  PealPacket packet;
  PealDatagram data;
  gboolean other;
} Hearing;

static void
hear_on_loop (gpointer user)
{
  Hearing *hearing = user;

  hearing->other = peal_ears_hear (hearing->ears, &hearing->packet, &hearing->data);
}

/* The peer sends both codecs that were agreed, turn by turn: each change would build a decoder. */
static void
codecs_by_turns (void)
{
  PealRtpConfig config = { .codecs = NULL };
  PealContentPlan plan = { .content = "voice", .config = &config };
  static const PealEarEvents events = { .first = hear_first, .failed = on_failed };
  g_autoptr(GError) error = NULL;
  PealReasonCondition why;
  PealAgreement agreement;
  gpointer offer = peal_rtp.offer (&plan, &error);
  gpointer answer = peal_rtp.answer (&plan, offer, &why, &error);
  guint asked = 0;
  PealLoop *loop = peal_loop_new ("ears");

  peal_media_warm_up ();
  g_assert_true (peal_negotiate_choose (answer, offer, &agreement));
  PealEars *ears = peal_ears_new (
      &(PealEarsSetup) { .loop = loop, .sink = "none", .stem = "voice", .codec = agreement.codec },
      &events, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (peal_ears_listen (ears, answer, &agreement, &error));
  gint64 began = g_get_monotonic_time ();
  for (guint i = 0; i < 2000; i++) {
    guint8 payload[40] = "", bytes[PEAL_PACKET_MAX];
    PealPacket packet = { .payload_type = i & 1 ? 111 : PCMU,
                          .sequence = (guint16) i,
                          .ssrc = VOICE,
                          .payload = payload,
                          .length = sizeof payload };
    gsize length = peal_packet_write (&packet, bytes);
    Hearing hearing = { ears, packet, { bytes, length }, FALSE };
    peal_loop_call (loop, hear_on_loop, &hearing);
    if (!hearing.other)
      continue;
    asked++;
    g_assert_true (peal_ears_tune (ears, packet.payload_type, &error));
  }
  gint64 took = g_get_monotonic_time () - began;
  g_test_message ("%u decoders in %.2f s", asked, took / 1e6);
  g_assert_cmpuint (asked, >=, 1);
  g_assert_cmpuint (asked, <=, 2 + took / G_USEC_PER_SEC);
  peal_ears_free (ears);
  peal_loop_free (loop);
  peal_element_free (peal_rtp.element, offer);
  peal_element_free (peal_rtp.element, answer);
}

/* See medium_world.c. */
const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    Plan plan;
  } rows[] = {
    { "/hostile-peer/nothing", { .frames = TICKS } },
    { "/hostile-peer/strangers",
      { .lie = stranger, .lies = 100, .lying = TICKS, .frames = TICKS } },
    { "/hostile-peer/misshapen",
      { .lie = misshapen, .lies = 100, .lying = TICKS, .frames = TICKS } },
    { "/hostile-peer/reports", { .lie = report, .lies = 20, .lying = TICKS, .frames = TICKS } },
    { "/hostile-peer/hasty",
      { .lie = hasty, .lies = 1, .lying = 50, .frames = 150, .silent = TRUE } },
    { "/hostile-peer/wild",
      { .lie = wild, .lies = 100, .lying = 80, .frames = 250, .silent = TRUE } },
  };

  g_test_init (&argc, &argv, NULL);
  peal_media_warm_up ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add_data_func (rows[i].path, &rows[i].plan, tell);
  g_test_add_func ("/hostile-peer/a-million-senders", a_million_senders);
  g_test_add_func ("/hostile-peer/codecs-by-turns", codecs_by_turns);
  return g_test_run ();
}
