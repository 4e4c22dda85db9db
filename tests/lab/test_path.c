/* One direction of an emulated link does to frames what it was asked to: counted over many, in no
 * time. */
// SPDX-License-Identifier: MIT
#include "tests/lab/path.h"

#include <string.h>

#define MS     G_GINT64_CONSTANT (1000000)
#define FRAMES 100000
#define SEED   4
#define SIZE   200

typedef struct {
  Path *path;
  gint64 now;
  guint next;      /* the number of the frame that enters next */
  guint8 *arrived; /* how often each came */
  gint64 *late;    /* how long each took */
  GArray *order;   /* of guint: the numbers as they came */
} World;

static World *
world_new (const char *words)
{
  World *world = g_new0 (World, 1);
  g_autoptr(GError) error = NULL;

  world->path = path_new (SEED);
  g_test_message ("seed %u, %s", SEED, words);
  path_set (world->path, words, &error);
  g_assert_no_error (error);
  world->arrived = g_new0 (guint8, FRAMES);
  world->late = g_new0 (gint64, FRAMES);
  world->order = g_array_new (FALSE, FALSE, sizeof (guint));
  return world;
}

static void
world_free (World *world)
{
  path_free (world->path);
  g_free (world->arrived);
  g_free (world->late);
  g_array_unref (world->order);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* A frame holds its number and when it was sent. */
typedef struct {
  guint number;
  gint64 sent;
  guint8 more[SIZE - 16];
} Content;

/* Everything that leaves up to @until, at its time. */
static void
receive (World *world, gint64 until)
{
  GBytes *frame;

  while (path_due (world->path) <= until) {
    gint64 due = path_due (world->path);
    frame = path_give (world->path, due);
    const Content *content = g_bytes_get_data (frame, NULL);
    world->arrived[content->number]++;
    world->late[content->number] = due - content->sent;
    g_array_append_val (world->order, content->number);
    g_bytes_unref (frame);
  }
}

static void
send_frames (World *world, guint count, gint64 every)
{
  for (guint i = 0; i < count; i++) {
    Content content = { .number = world->next++, .sent = world->now };
    g_autoptr(GBytes) frame = g_bytes_new (&content, sizeof content);
    receive (world, world->now);
    path_take (world->path, frame, world->now);
    world->now += every;
  }
}

static void
send_all (World *world)
{
  send_frames (world, FRAMES, 20 * MS);
  receive (world, G_MAXINT64 - 1);
}

static double
lost_percent (const World *world)
{
  guint lost = 0;

  for (guint i = 0; i < world->next; i++)
    lost += !world->arrived[i];
  g_assert_cmpuint (lost, ==,
                    path_count (world->path)->lost + path_count (world->path)->overflowed);
  return 100.0 * lost / world->next;
}

/* How many in a row are lost, in the mean. */
static double
mean_burst (const World *world)
{
  guint lost = 0, bursts = 0;

  for (guint i = 0; i < world->next; i++) {
    lost += !world->arrived[i];
    bursts += !world->arrived[i] && (i == 0 || world->arrived[i - 1]);
  }
  return (double) lost / bursts;
}

/* How many come after one that was sent later. */
static double
overtaken_percent (const World *world)
{
  guint late = 0, latest = 0;

  for (guint i = 0; i < world->order->len; i++) {
    guint number = g_array_index (world->order, guint, i);
    late += number < latest;
    latest = MAX (latest, number);
  }
  return 100.0 * late / world->order->len;
}

static void
assert_near (double value, double wanted, double off)
{
  g_test_message ("%.3f, wanted %.3f", value, wanted);
  g_assert_cmpfloat_with_epsilon (value, wanted, off);
}

static void
nothing_happens_by_itself (void)
{
  g_autoptr(World) world = world_new ("");

  send_all (world);
  g_assert_cmpuint (world->order->len, ==, FRAMES);
  for (guint i = 0; i < FRAMES; i++)
    g_assert_cmpint (world->late[i], ==, 0);
}

static void
every_frame_takes_the_delay (void)
{
  g_autoptr(World) world = world_new ("delay=50");

  send_all (world);
  for (guint i = 0; i < FRAMES; i++)
    g_assert_cmpint (world->late[i], ==, 50 * MS);
  g_assert_cmpfloat (overtaken_percent (world), ==, 0);
}

static void
frames_are_lost_by_chance (void)
{
  static const guint shares[] = { 2, 5, 10, 20 };

  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    g_autofree char *words = g_strdup_printf ("loss=%u", shares[i]);
    g_autoptr(World) world = world_new (words);
    send_all (world);
    assert_near (lost_percent (world), shares[i], 0.5);
    assert_near (mean_burst (world), 100.0 / (100 - shares[i]), 0.05);
  }
}

static void
frames_are_lost_in_bursts (void)
{
  static const guint shares[] = { 2, 5, 10, 20 };

  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    g_autofree char *words = g_strdup_printf ("burst_loss=%u burst=3", shares[i]);
    g_autoptr(World) world = world_new (words);
    send_all (world);
    assert_near (lost_percent (world), shares[i], 1);
    assert_near (mean_burst (world), 3, 0.3);
  }
}

/* Gilbert-Elliott: of 10 % bad frames half are lost, of the good ones one in a hundred. */
static void
bad_times_lose_some (void)
{
  g_autoptr(World) world = world_new ("burst_loss=10 burst=20 bad_loss=50 loss=1");

  send_all (world);
  assert_near (lost_percent (world), 10 * 0.505 + 90 * 0.01, 0.8);
}

static void
jitter_spreads_what_it_does_not_turn (void)
{
  g_autoptr(World) world = world_new ("delay=30 jitter=80");
  double total = 0;

  send_all (world);
  g_assert_cmpfloat (overtaken_percent (world), ==, 0);
  for (guint i = 0; i < FRAMES; i++) {
    g_assert_cmpint (world->late[i], >=, 30 * MS);
    g_assert_cmpint (world->late[i], <=, 110 * MS);
    total += (double) world->late[i] / MS / FRAMES;
  }
  g_assert_cmpfloat (total, >, 30 + 40); /* who queues behind a late one is late, too */
  g_assert_cmpfloat (total, <, 30 + 80);
}

static void
jitter_may_let_frames_pass (void)
{
  g_autoptr(World) world = world_new ("jitter=80 overtake=1");
  double total = 0;

  send_all (world);
  for (guint i = 0; i < FRAMES; i++)
    total += (double) world->late[i] / MS / FRAMES;
  assert_near (total, 40, 1);
  g_assert_cmpfloat (overtaken_percent (world), >, 20);
}

static void
some_are_held_back_and_some_come_twice (void)
{
  g_autoptr(World) world = world_new ("reorder=5 gap=50 dup=3");

  send_all (world);
  assert_near (overtaken_percent (world), 5, 0.5);
  assert_near (100.0 * world->order->len / FRAMES, 103, 0.5);
  g_assert_cmpfloat (lost_percent (world), ==, 0);
}

/* 200 bytes at 160 kbit/s are 10 ms. */
static void
a_slow_link_takes_its_time_and_drops_what_finds_no_room (void)
{
  g_autoptr(World) world = world_new ("rate=160 queue=2 delay=5");
  gint64 begun = world->now;

  g_assert_cmpuint (sizeof (Content), ==, SIZE);
  send_frames (world, 25, 0); /* at once: ten have room */
  receive (world, begun + 200 * MS);
  g_assert_cmpuint (world->order->len, ==, 10);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (world->late[i], ==, (10 * (i + 1) + 5) * MS);
  g_assert_cmpuint (path_count (world->path)->overflowed, ==, 15);

  world->now = begun + 300 * MS;
  send_frames (world, 1000, 5 * MS); /* twice as much as it takes */
  receive (world, G_MAXINT64 - 1);
  assert_near (world->order->len, 10 + 500, 15);
}

static void
nothing_passes_a_link_that_is_down (void)
{
  g_autoptr(World) world = world_new ("down=1");

  send_frames (world, 10, MS);
  g_assert_true (path_set (world->path, "down=0", NULL));
  send_frames (world, 10, MS);
  receive (world, world->now);
  g_assert_cmpuint (world->order->len, ==, 10);
  g_assert_cmpuint (g_array_index (world->order, guint, 0), ==, 10);
}

static void
a_seed_loses_the_same_frames_whatever_else_is_set (void)
{
  g_autoptr(World) one = world_new ("loss=10"), other = world_new ("");

  send_frames (other, 17, MS);
  receive (other, other->now);
  other->next = 0;
  memset (other->arrived, 0, FRAMES);
  g_assert_true (path_set (other->path, "loss=10 delay=20 jitter=10 overtake=1 seed=4", NULL));
  send_all (one);
  send_all (other);
  g_assert_cmpmem (one->arrived, FRAMES, other->arrived, FRAMES);
}

static void
words_that_mean_nothing_change_nothing (void)
{
  static const char *const refused[] = { "loss=101", "loss=-1",       "loss=",   "loss",
                                         "loss=nan", "loss=5x",       "delya=5", "burst=0.5",
                                         "seed=-1",  "loss=1 burst=0" };
  g_autoptr(World) world = world_new ("");

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false (path_set (world->path, refused[i], &error));
    g_assert_nonnull (error);
  }
  send_all (world);
  g_assert_cmpfloat (lost_percent (world), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/nothing", nothing_happens_by_itself);
  g_test_add_func ("/path/delay", every_frame_takes_the_delay);
  g_test_add_func ("/path/loss", frames_are_lost_by_chance);
  g_test_add_func ("/path/bursts", frames_are_lost_in_bursts);
  g_test_add_func ("/path/bad-times", bad_times_lose_some);
  g_test_add_func ("/path/jitter", jitter_spreads_what_it_does_not_turn);
  g_test_add_func ("/path/overtaking", jitter_may_let_frames_pass);
  g_test_add_func ("/path/reorder-and-dup", some_are_held_back_and_some_come_twice);
  g_test_add_func ("/path/rate", a_slow_link_takes_its_time_and_drops_what_finds_no_room);
  g_test_add_func ("/path/down", nothing_passes_a_link_that_is_down);
  g_test_add_func ("/path/seed", a_seed_loses_the_same_frames_whatever_else_is_set);
  g_test_add_func ("/path/refused", words_that_mean_nothing_change_nothing);
  return g_test_run ();
}
