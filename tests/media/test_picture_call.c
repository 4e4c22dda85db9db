/* Two pictures of one call, with a net between them: what one shows, the other sees. */
// SPDX-License-Identifier: MIT
#include "media/codecs.h"
#include "media/packet.h"
#include "media/rtp.h"
#include "tests/media/picture.h"
#include "tests/transport/pair.h"

enum { PATIENCE = 100, SEED = 5150 };

typedef struct {
  PealMedium *medium;
  PealLoop *loop;
  PealChannel *lanes[PEAL_N_LANES];
  PealRtpConfig config;
  PealContentPlan plan;
  PealEasel *easel;
  guint firsts, seconds;
  char *codec;
  PealStats stats;
  GError *failed;
} Side;

/* All of it belongs to the test's thread, where the context runs. */
typedef struct {
  GMainContext *context;
  Side alice, bob;
  guint32 frame, time_ms; /* Bob has seen it some time ago */
} World;

static void
on_event (gpointer user, PealEvent *event)
{
  Side *side = user;

  g_assert_cmpstr (event->content, ==, "picture");
  if (event->kind == PEAL_EVENT_MEDIA) {
    side->firsts++;
    g_free (side->codec);
    side->codec = g_strdup (event->codec);
  }
  if (event->kind == PEAL_EVENT_STATS) {
    side->seconds++;
    side->stats = event->stats;
  }
}

static void
on_failed (gpointer user, const GError *why)
{
  Side *side = user;

  g_test_message ("failed: %s", why->message);
  side->failed = g_error_copy (why);
}

static const PealMediumEvents events = { .event = on_event, .failed = on_failed };

static void
side_open (World *world, Side *side, const char *in, const char *codecs)
{
  side->loop = peal_loop_new ("side");
  side->easel = peal_easel_new (NULL, NULL);
  side->config = (PealRtpConfig) { .video_in = in,
                                   .video_out = "terminal",
                                   .easel = side->easel,
                                   .codecs = codecs,
                                   .width = 320,
                                   .height = 180,
                                   .fps = 15 };
  side->plan = (PealContentPlan) { .content = "picture", .config = &side->config };
  side->medium = peal_rtp_picture.open (
      &(PealMediumSetup) { .loop = side->loop, .context = world->context, .plan = &side->plan },
      &events, side);
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
make_lanes (World *world, const PealNet *net)
{
  const PealLane lanes[] = { PEAL_LANE_RTP, PEAL_LANE_RTCP };

  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++) {
    PealChannel *ends[2];
    peal_pair_new (world->alice.loop, world->bob.loop, net, ends);
    world->alice.lanes[lanes[i]] = ends[0];
    world->bob.lanes[lanes[i]] = ends[1];
  }
}

static void
open_lanes (Side *side)
{
  peal_loop_call (side->loop, open_lane, side->lanes[PEAL_LANE_RTP]);
  peal_loop_call (side->loop, open_lane, side->lanes[PEAL_LANE_RTCP]);
}

/* Bob offers codecs; Alice answers with one, and may use another all the same. */
typedef struct {
  const char *shows, *offered, *answered, *used;
} Cast;

static gpointer
answer_with (World *world, gpointer offer, const char *codecs)
{
  PealRtpConfig config = world->alice.config;
  PealContentPlan plan = { .content = "picture", .config = &config };
  g_autoptr(GError) error = NULL;
  PealReasonCondition why;

  config.codecs = codecs;
  gpointer answer = peal_rtp_picture.answer (&plan, offer, &why, &error);
  g_assert_no_error (error);
  return answer;
}

static World *
world_cast (const Cast *cast, const PealNet *net)
{
  World *world = g_new0 (World, 1);
  g_autoptr(GError) error = NULL;

  world->context = g_main_context_new ();
  side_open (world, &world->alice, cast->shows, cast->offered);
  side_open (world, &world->bob, "none", cast->offered);
  gpointer offer = peal_rtp_picture.offer (&world->bob.plan, &error);
  g_assert_no_error (error);
  gpointer answered = answer_with (world, offer, cast->answered);
  gpointer used = answer_with (world, offer, cast->used);
  make_lanes (world, net);
  peal_rtp_picture.start (world->alice.medium, used, offer, world->alice.lanes, TRUE, TRUE);
  peal_rtp_picture.start (world->bob.medium, offer, answered, world->bob.lanes, FALSE, TRUE);
  peal_element_free (peal_rtp_picture.element, offer);
  peal_element_free (peal_rtp_picture.element, answered);
  peal_element_free (peal_rtp_picture.element, used);
  open_lanes (&world->bob);
  open_lanes (&world->alice);
  return world;
}

/* Alice shows the test picture, Bob nothing. */
static World *
world_new (const char *codecs, const PealNet *net)
{
  return world_cast (&(Cast) { "test", codecs, codecs, codecs }, net);
}

static void
side_close (Side *side)
{
  PealEvent last;

  peal_rtp_picture.close (side->medium, &last);
  g_assert_cmpint (last.kind, ==, PEAL_EVENT_STATS);
  peal_event_clear (&last);
  for (guint i = 0; i < PEAL_N_LANES; i++)
    if (side->lanes[i])
      peal_loop_call (side->loop, free_lane, side->lanes[i]);
  g_assert_no_error (side->failed);
  peal_easel_unref (side->easel);
  g_free (side->codec);
}

static void
world_free (World *world)
{
  side_close (&world->alice);
  side_close (&world->bob);
  while (g_main_context_iteration (world->context, FALSE))
    ; /* letters of closed pictures: read by nobody */
  peal_loop_free (world->alice.loop);
  peal_loop_free (world->bob.loop);
  g_main_context_unref (world->context);
  g_free (world);
}

static gboolean
wake (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

static void
run_until (World *world, gboolean (*done) (World *world))
{
  gint64 end = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;
  g_autoptr(GSource) beat = g_timeout_source_new (10);

  g_source_set_callback (beat, wake, NULL, NULL);
  g_source_attach (beat, world->context);
  while (!done (world)) {
    g_assert_no_error (world->alice.failed);
    g_assert_no_error (world->bob.failed);
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (world->context, TRUE);
  }
  g_source_destroy (beat);
}

/* --- the stories --- */

static gboolean
bob_sees (World *world)
{
  PictureSight sight = picture_look (world->bob.easel);

  return sight.read && sight.upright && world->bob.firsts > 0;
}

static gboolean
bob_has_told (World *world)
{
  return world->bob.stats.frames > 0 && world->bob.stats.width > 0 &&
         world->alice.stats.target_bps > 0;
}

static void
a_picture_is_seen (gconstpointer codec)
{
  World *world = world_new (codec, &(PealNet) { .seed = SEED, .delay_ms = 20 });

  run_until (world, bob_sees);
  run_until (world, bob_has_told);
  g_assert_cmpstr (world->bob.codec, ==, codec);
  g_assert_cmpuint (world->bob.firsts, ==, 1);
  g_assert_cmpuint (world->alice.firsts, ==, 0);
  world_free (world);
}

static gboolean
bob_sees_a_later_one (World *world)
{
  return bob_sees (world) && picture_look (world->bob.easel).pattern.frame > world->frame + 30;
}

/* What was lost is sent again, or a key frame takes its place. */
static void
a_picture_survives_loss (void)
{
  World *world = world_new ("VP8", &(PealNet) { .seed = SEED, .delay_ms = 20, .loss = 0.05 });

  g_test_message ("seed %d", SEED);
  run_until (world, bob_sees);
  world->frame = picture_look (world->bob.easel).pattern.frame;
  run_until (world, bob_sees_a_later_one);
  world_free (world);
}

/* A camera that was closed is another one when it opens: its frames begin anew, and are fewer than
 * those of one that went on would be by now. */
static gboolean
bob_sees_another_camera (World *world)
{
  PictureSight sight = picture_look (world->bob.easel);
  gint64 since = sight.pattern.time_ms - world->time_ms;

  return bob_sees (world) &&
         sight.pattern.frame + 8 < world->frame + since * world->alice.config.fps / 1000;
}

static gboolean
bob_sees_some (World *world)
{
  return bob_sees (world) && picture_look (world->bob.easel).pattern.frame > 20;
}

static void
a_muted_picture_comes_back (void)
{
  World *world = world_new ("VP8", &(PealNet) { .seed = SEED, .delay_ms = 5 });

  run_until (world, bob_sees_some);
  peal_rtp_picture.control (world->alice.medium, PEAL_CONTROL_MUTE, 1, NULL);
  world->frame = picture_look (world->bob.easel).pattern.frame;
  world->time_ms = picture_look (world->bob.easel).pattern.time_ms;
  peal_rtp_picture.control (world->alice.medium, PEAL_CONTROL_MUTE, 0, NULL);
  run_until (world, bob_sees_another_camera);
  world_free (world);
}

/* --- other codecs --- */

/* Bob expects VP8, Alice uses VP9: before and after Bob looks away. */
static void
another_codec_is_seen_again (void)
{
  World *world = world_cast (&(Cast) { "test", "VP8,VP9", "VP8", "VP9" },
                             &(PealNet) { .seed = SEED, .delay_ms = 5 });

  run_until (world, bob_sees);
  peal_rtp_picture.start (world->bob.medium, NULL, NULL, world->bob.lanes, FALSE, FALSE);
  g_assert_false (picture_look (world->bob.easel).seen);
  peal_rtp_picture.start (world->bob.medium, NULL, NULL, world->bob.lanes, FALSE, TRUE);
  run_until (world, bob_sees);
  world_free (world);
}

typedef struct {
  World *world;
  guint16 sequence;
} Packet;

/* VP8 and VP9 by turns. */
static void
inject_on_loop (gpointer user)
{
  const Packet *packet = user;
  guint8 bytes[] = { 0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 1, 2, 3 };

  bytes[1] = packet->sequence % 2 ? 98 : 96;
  peal_packet_put_u16 (bytes + 2, packet->sequence);
  peal_pair_inject (packet->world->bob.lanes[PEAL_LANE_RTP], bytes, sizeof bytes);
}

/* Each change makes a decoder, on the context that also answers the user. */
static void
codecs_by_turns_are_bounded (void)
{
  World *world = world_cast (&(Cast) { "none", "VP8,VP9", "VP8", "VP8" },
                             &(PealNet) { .seed = SEED, .delay_ms = 0 });
  gint64 began = g_get_monotonic_time ();
  guint letters = 0;

  for (guint16 i = 0; i < 300; i++) {
    peal_loop_call (world->bob.loop, inject_on_loop, &(Packet) { world, i });
    while (g_main_context_iteration (world->context, FALSE))
      letters++;
  }
  gint64 seconds = (g_get_monotonic_time () - began) / G_USEC_PER_SEC;
  g_test_message ("%u letters in %d s", letters, (int) seconds);
  g_assert_cmpuint (letters, <=, 20 + 5 * seconds); /* of both sides: what a second tells, too */
  world_free (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/picture-call/a_picture_is_seen/VP8", "VP8", a_picture_is_seen);
  g_test_add_data_func ("/picture-call/a_picture_is_seen/VP9", "VP9", a_picture_is_seen);
  if (peal_codec_here (peal_codec_find ("H264")))
    g_test_add_data_func ("/picture-call/a_picture_is_seen/H264", "H264", a_picture_is_seen);
  g_test_add_func ("/picture-call/a_picture_survives_loss", a_picture_survives_loss);
  g_test_add_func ("/picture-call/a_muted_picture_comes_back", a_muted_picture_comes_back);
  g_test_add_func ("/picture-call/another_codec_is_seen_again", another_codec_is_seen_again);
  g_test_add_func ("/picture-call/codecs_by_turns_are_bounded", codecs_by_turns_are_bounded);
  return g_test_run ();
}
