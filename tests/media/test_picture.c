/* An eye and a canvas with a net between them: each codec that is installed, from the test picture
 * to dots that are read back. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>

#include "media/canvas.h"
#include "media/eye.h"
#include "tests/media/picture.h"

enum { WIDTH = 320, HEIGHT = 180, FPS = 30, BITRATE = 500000 };
enum { PATIENCE = 60, PAYLOAD_TYPE = 96, SEED = 20261123 };

/* --- the world: all of its numbers are atomic or the loop's --- */

typedef struct {
  PealLoop *loop;
  PealEasel *easel;
  PealEye *eye;
  PealCanvas *canvas;
  GRand *chance;    /* the loop's */
  double loss;      /* the loop's: share of packets */
  guint16 sequence; /* the loop's */
  gint packets, lost, rubbish;
  gint firsts, wishes, closed;
  gint failures;
  guint32 frame;  /* the test's: shown some time ago */
  guint64 frames; /* likewise, so many */
} World;

static void
deliver (World *world, PealPacket *packet)
{
  guint8 bytes[PEAL_PACKET_MAX];

  packet->ssrc = 1;
  packet->payload_type = PAYLOAD_TYPE;
  packet->sequence = world->sequence++;
  gsize length = peal_packet_write (packet, bytes);
  g_assert_cmpuint (length, >, 0);
  peal_packet_read (packet, bytes, length);
  peal_canvas_hear (world->canvas, packet, &(PealDatagram) { bytes, length });
}

/* In the place of a packet: whatever bytes. */
static void
deliver_rubbish (World *world, const PealPacket *like)
{
  guint8 bytes[600];
  PealPacket packet = *like;

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) g_rand_int (world->chance);
  packet.payload = bytes;
  packet.length = (gsize) g_rand_int_range (world->chance, 1, sizeof bytes);
  packet.marker = g_rand_boolean (world->chance);
  deliver (world, &packet);
}

static void
on_packet (gpointer user, const PealPacket *packet)
{
  World *world = user;
  PealPacket copy = *packet;

  g_atomic_int_inc (&world->packets);
  if (g_atomic_int_get (&world->rubbish) > 0) {
    g_atomic_int_add (&world->rubbish, -1);
    deliver_rubbish (world, packet);
  } else if (world->loss > 0 && g_rand_double (world->chance) < world->loss) {
    g_atomic_int_inc (&world->lost);
    world->sequence++;
  } else
    deliver (world, &copy);
}

static void
on_failed (gpointer user, const GError *why)
{
  World *world = user;

  g_test_message ("failed: %s", why->message);
  g_atomic_int_inc (&world->failures);
}

static void
on_first (gpointer user, gint64 at)
{
  World *world = user;

  g_atomic_int_inc (&world->firsts);
}

static void
on_closed (gpointer user)
{
  World *world = user;

  g_atomic_int_inc (&world->closed);
}

static void
on_wish (gpointer user)
{
  World *world = user;

  g_atomic_int_inc (&world->wishes);
  peal_eye_key_frame (world->eye);
}

static const PealEyeEvents eye_events = { .packet = on_packet, .failed = on_failed };
static const PealCanvasEvents canvas_events = {
  .first = on_first, .failed = on_failed, .closed = on_closed, .wants_key_frame = on_wish
};

static World *
world_new (const PealCodec *codec, const char *in, const char *out, double loss)
{
  World *world = g_new0 (World, 1);
  g_autoptr(GError) error = NULL;

  world->loop = peal_loop_new ("picture");
  world->easel = peal_easel_new (NULL, NULL);
  world->chance = g_rand_new_with_seed (SEED);
  world->loss = loss;
  world->eye = peal_eye_new (&(PealEyeSetup) { world->loop, in, codec, WIDTH, HEIGHT, FPS },
                             &eye_events, world, &error);
  g_assert_no_error (error);
  world->canvas = peal_canvas_new (
      &(PealCanvasSetup) { .loop = world->loop, .sink = out, .easel = world->easel },
      &canvas_events, world, &error);
  g_assert_no_error (error);
  peal_canvas_tune (world->canvas, codec, PAYLOAD_TYPE, &error);
  g_assert_no_error (error);
  peal_eye_steer (world->eye, BITRATE, 0, 0, 0);
  return world;
}

static void
world_begin (World *world)
{
  g_autoptr(GError) error = NULL;

  peal_canvas_show (world->canvas);
  peal_eye_look (world->eye, &error);
  g_assert_no_error (error);
}

static void
free_eye (gpointer user)
{
  World *world = user;

  peal_eye_free (g_steal_pointer (&world->eye));
}

static void
world_free (World *world)
{
  g_assert_cmpint (g_atomic_int_get (&world->failures), ==, 0);
  peal_eye_stop (world->eye);
  peal_loop_call (world->loop, free_eye, world);
  peal_canvas_free (world->canvas);
  peal_easel_unref (world->easel);
  peal_loop_free (world->loop);
  g_rand_free (world->chance);
  g_free (world);
}

/* Until @is, which is asked again and again, for as long as even a busy machine may take. */
static void
wait_until (World *world, gboolean (*is) (World *world))
{
  gint64 end = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;

  while (!is (world)) {
    g_assert_cmpint (g_atomic_int_get (&world->failures), ==, 0);
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_usleep (5000);
  }
}

static PealCanvasCount
shown (World *world)
{
  PealCanvasCount count;

  peal_canvas_count (world->canvas, &count);
  return count;
}

static PealEyeCount
made (World *world)
{
  PealEyeCount count;

  peal_eye_count (world->eye, &count);
  return count;
}

static gboolean
shows_the_picture (World *world)
{
  PictureSight sight = picture_look (world->easel);

  return sight.read && sight.upright;
}

/* --- the stories --- */

static gboolean
shows_a_later_one (World *world)
{
  return picture_look (world->easel).pattern.frame > 10 && shows_the_picture (world);
}

static void
a_picture_comes_through (gconstpointer codec)
{
  World *world = world_new (codec, "test", "terminal", 0);

  world_begin (world);
  wait_until (world, shows_the_picture);
  wait_until (world, shows_a_later_one);
  PictureSight sight = picture_look (world->easel);
  g_test_message ("frame %u of %ux%u, %u ms later, %d packets, %" G_GUINT64_FORMAT " frames",
                  sight.pattern.frame, sight.width, sight.height,
                  (guint32) (g_get_monotonic_time () / 1000) - sight.pattern.time_ms,
                  g_atomic_int_get (&world->packets), shown (world).frames);
  g_assert_cmpuint (shown (world).width, ==, WIDTH);
  g_assert_cmpuint (shown (world).height, ==, HEIGHT);
  g_assert_cmpint (g_atomic_int_get (&world->firsts), ==, 1);
  world_free (world);
}

static gboolean
is_small (World *world)
{
  return shown (world).width == WIDTH / 2 && shows_the_picture (world);
}

static gboolean
is_large_again (World *world)
{
  return shown (world).width == WIDTH && shows_the_picture (world);
}

static void
the_size_changes_in_the_stream (gconstpointer codec)
{
  World *world = world_new (codec, "test", "terminal", 0);

  world_begin (world);
  wait_until (world, shows_the_picture);
  peal_eye_steer (world->eye, BITRATE / 2, WIDTH / 2, HEIGHT / 2, 0);
  wait_until (world, is_small);
  peal_eye_steer (world->eye, BITRATE, WIDTH, HEIGHT, 0);
  wait_until (world, is_large_again);
  world_free (world);
}

static gboolean
shows_something (World *world)
{
  return shown (world).frames > 0;
}

static gboolean
made_another_key_frame (World *world)
{
  return made (world).key_frames > world->frames;
}

static void
a_key_frame_is_made_on_request (gconstpointer codec)
{
  World *world = world_new (codec, "test", "none", 0);

  world_begin (world);
  wait_until (world, shows_something);
  world->frames = made (world).key_frames;
  peal_eye_key_frame (world->eye);
  wait_until (world, made_another_key_frame);
  world_free (world);
}

/* Whatever is seen is a whole picture, however much was lost before it. */
static gboolean
lost_much_and_went_on (World *world)
{
  PictureSight sight = picture_look (world->easel);

  g_assert_true (!sight.seen || sight.read);
  return g_atomic_int_get (&world->wishes) >= 3 && shown (world).frames >= 30;
}

static void
damage_is_not_shown (gconstpointer codec)
{
  World *world = world_new (codec, "test", "terminal", 0.05);

  world_begin (world);
  wait_until (world, lost_much_and_went_on);
  g_test_message ("seed %d: %d of %d packets lost, %d key frames asked for, %" G_GUINT64_FORMAT
                  " frames shown, %" G_GUINT64_FORMAT " not",
                  SEED, g_atomic_int_get (&world->lost), g_atomic_int_get (&world->packets),
                  g_atomic_int_get (&world->wishes), shown (world).frames, shown (world).dropped);
  world_free (world);
}

static gboolean
has_had_its_rubbish (World *world)
{
  return g_atomic_int_get (&world->rubbish) == 0;
}

static gboolean
shows_a_newer_one (World *world)
{
  return shows_the_picture (world) && picture_look (world->easel).pattern.frame > world->frame;
}

/* Whatever a peer says under the number of a codec, its picture is shown when it makes one again.
 */
static void
rubbish_is_survived (gconstpointer codec)
{
  World *world = world_new (codec, "test", "terminal", 0);

  g_test_message ("seed %d", SEED);
  g_atomic_int_set (&world->rubbish, 40);
  world_begin (world);
  wait_until (world, has_had_its_rubbish);
  peal_eye_key_frame (world->eye);
  wait_until (world, shows_the_picture);
  g_atomic_int_set (&world->rubbish, 20);
  wait_until (world, has_had_its_rubbish);
  peal_eye_key_frame (world->eye);
  world->frame = made (world).frames;
  wait_until (world, shows_a_newer_one);
  world_free (world);
}

/* --- files --- */

static gboolean
has_kept_some (World *world)
{
  return shown (world).frames >= 15;
}

static gboolean
has_kept_some_small_ones (World *world)
{
  return shown (world).width == WIDTH / 2 && shown (world).frames > world->frames + 5;
}

/* As it does when the last frame of the file has come, and others like it. */
static gboolean
stays_at_the_end (World *world)
{
  PictureSight sight = picture_look (world->easel);
  gboolean same = sight.read && sight.pattern.frame == world->frame;

  world->frames = same ? world->frames : shown (world).frames;
  world->frame = sight.pattern.frame;
  return same && shown (world).frames > world->frames + 3;
}

/* A recording plays, after its size changed too; its last picture stays. */
static void
a_file_is_kept_and_shown (const PealCodec *codec, const char *suffix)
{
  g_autofree char *folder = g_dir_make_tmp ("peal-picture-XXXXXX", NULL);
  g_autofree char *path = g_strconcat (folder, "/kept", suffix, NULL);
  g_autofree char *file = g_strconcat ("file:", path, NULL);
  World *world = world_new (codec, "test", file, 0);

  world_begin (world);
  wait_until (world, has_kept_some);
  peal_eye_steer (world->eye, BITRATE / 2, WIDTH / 2, HEIGHT / 2, 0);
  world->frames = shown (world).frames;
  wait_until (world, has_kept_some_small_ones);
  world_free (world);
  world = world_new (peal_codec_find ("VP8"), file, "terminal", 0);
  world_begin (world);
  wait_until (world, shows_a_later_one);
  world->frame = picture_look (world->easel).pattern.frame;
  world->frames = shown (world).frames;
  wait_until (world, stays_at_the_end);
  world_free (world);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
a_matroska_file_is_kept (gconstpointer codec)
{
  a_file_is_kept_and_shown (codec, ".mkv");
}

static void
a_webm_file_is_kept (gconstpointer codec)
{
  a_file_is_kept_and_shown (codec, ".webm");
}

/* --- all of them --- */

static void
add (const char *name, const PealCodec *codec, GTestDataFunc story)
{
  g_autofree char *path = g_strdup_printf ("/picture/%s/%s", name, codec->name);

  g_test_add_data_func (path, codec, story);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (const PealCodec *const *codec = peal_picture_codecs; *codec; codec++) {
    if (!peal_codec_here (*codec))
      continue;
    add ("comes_through", *codec, a_picture_comes_through);
    add ("the_size_changes_in_the_stream", *codec, the_size_changes_in_the_stream);
    add ("a_key_frame_is_made_on_request", *codec, a_key_frame_is_made_on_request);
    add ("damage_is_not_shown", *codec, damage_is_not_shown);
    add ("rubbish_is_survived", *codec, rubbish_is_survived);
    add ("a_matroska_file_is_kept", *codec, a_matroska_file_is_kept);
  }
  add ("a_webm_file_is_kept", peal_codec_find ("VP8"), a_webm_file_is_kept);
  return g_test_run ();
}
