/* One direction of an emulated link: chance, queue, and the frames inside by the time they leave.
 */
// SPDX-License-Identifier: MIT
#include "tests/lab/path.h"

#define NS_PER_MS   1000000.0
#define NS_PER_US   1000
#define MOST_INSIDE 200000 /* frames: 100 s of a busy gigabit would be no test of anything */

typedef struct {
  double delay, jitter, overtake;
  double loss, burst_loss, burst, bad_loss;
  double reorder, gap, dup;
  double rate, queue, down;
} Settings;

/* What a frame draws, always in this order. */
typedef enum { DRAW_LOSS, DRAW_TIMES, DRAW_BAD, DRAW_JITTER, DRAW_REORDER, DRAW_DUP, N_DRAWS } Draw;

typedef struct {
  gint64 due;
  guint64 serial; /* what is due at once leaves in the order it came */
  GBytes *bytes;
} Frame;

struct Path {
  Settings set;
  GRand *chance;
  gboolean bad;   /* the times */
  gint64 free_at; /* when the sender of `rate` has sent all that waits */
  gint64 latest;  /* when the last frame leaves that nothing may overtake */
  guint64 serial;
  GSequence *inside; /* of Frame */
  PathCount count;
};

typedef struct {
  const char *word;
  gsize offset;
  double least, most;
} Row;

static const Row rows[] = {
  { "delay", G_STRUCT_OFFSET (Settings, delay), 0, 60000 },
  { "jitter", G_STRUCT_OFFSET (Settings, jitter), 0, 60000 },
  { "overtake", G_STRUCT_OFFSET (Settings, overtake), 0, 1 },
  { "loss", G_STRUCT_OFFSET (Settings, loss), 0, 100 },
  { "burst_loss", G_STRUCT_OFFSET (Settings, burst_loss), 0, 99 },
  { "burst", G_STRUCT_OFFSET (Settings, burst), 1, 10000 },
  { "bad_loss", G_STRUCT_OFFSET (Settings, bad_loss), 0, 100 },
  { "reorder", G_STRUCT_OFFSET (Settings, reorder), 0, 100 },
  { "gap", G_STRUCT_OFFSET (Settings, gap), 0, 60000 },
  { "dup", G_STRUCT_OFFSET (Settings, dup), 0, 100 },
  { "rate", G_STRUCT_OFFSET (Settings, rate), 0, 1e8 },
  { "queue", G_STRUCT_OFFSET (Settings, queue), 0, 1e6 },
  { "down", G_STRUCT_OFFSET (Settings, down), 0, 1 },
};

static void
frame_free (gpointer data)
{
  Frame *frame = data;
  g_bytes_unref (frame->bytes);
  g_free (frame);
}

static int
by_time (gconstpointer one, gconstpointer other, gpointer unused)
{
  const Frame *a = one, *b = other;

  if (a->due != b->due)
    return a->due < b->due ? -1 : 1;
  return a->serial < b->serial ? -1 : a->serial > b->serial;
}

Path *
path_new (guint32 seed)
{
  Path *path = g_new0 (Path, 1);

  path->set = (Settings) { .burst = 1, .bad_loss = 100, .gap = 10, .queue = 256 };
  path->chance = g_rand_new_with_seed (seed);
  path->inside = g_sequence_new (frame_free);
  return path;
}

void
path_free (Path *path)
{
  g_rand_free (path->chance);
  g_sequence_free (path->inside);
  g_free (path);
}

static const Row *
find_row (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].word, word))
      return &rows[i];
  return NULL;
}

/* One "word=number" into @set, or into @seed. */
static gboolean
read_word (const char *text, Settings *set, gint64 *seed, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (text, "=", 2);
  const Row *row = find_row (parts[0]);
  char *end = NULL;
  double value = parts[1] ? g_ascii_strtod (parts[1], &end) : 0;

  if (parts[1] && g_str_equal (parts[0], "seed"))
    return g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXUINT32, (guint64 *) seed, error);
  if (!row || !end || end == parts[1] || *end || !(value >= row->least && value <= row->most)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "\"%s\" is nothing to set", text);
    return FALSE;
  }
  *(double *) G_STRUCT_MEMBER_P (set, row->offset) = value;
  return TRUE;
}

gboolean
path_set (Path *path, const char *words, GError **error)
{
  g_auto(GStrv) parts = g_strsplit_set (words, " ,", -1);
  Settings set = path->set;
  gint64 seed = -1;

  for (guint i = 0; parts[i]; i++)
    if (*parts[i] && !read_word (parts[i], &set, &seed, error))
      return FALSE;
  path->set = set;
  if (seed >= 0) {
    g_rand_set_seed (path->chance, (guint32) seed);
    path->bad = FALSE;
  }
  return TRUE;
}

/* Bad times end with 1 / burst, and begin so often that their share of all frames is burst_loss. */
static void
pass_time (Path *path, double drawn)
{
  double share = path->set.burst_loss / 100, end = 1 / path->set.burst;
  double turn = path->bad ? end : end * share / (1 - share);

  if (share == 0)
    path->bad = FALSE;
  else if (drawn < turn)
    path->bad = !path->bad;
}

static gboolean
is_lost (Path *path, const double *drawn)
{
  pass_time (path, drawn[DRAW_TIMES]);
  return path->set.down != 0 || drawn[DRAW_LOSS] * 100 < path->set.loss ||
         (path->bad && drawn[DRAW_BAD] * 100 < path->set.bad_loss);
}

/* When a frame of @size that enters at @now is through the sender of `rate`; -1: no room for it. */
static gint64
after_queue (Path *path, gsize size, gint64 now)
{
  double ns_per_byte = path->set.rate > 0 ? 8e6 / path->set.rate : 0;

  if (ns_per_byte == 0)
    return now;
  path->free_at = MAX (path->free_at, now);
  if ((path->free_at - now) / ns_per_byte + size > path->set.queue * 1000)
    return -1;
  path->free_at += (gint64) (size * ns_per_byte);
  return path->free_at;
}

static void
put (Path *path, GBytes *bytes, gint64 due)
{
  Frame *frame = g_new (Frame, 1);

  *frame = (Frame) { due, path->serial++, g_bytes_ref (bytes) };
  g_sequence_insert_sorted (path->inside, frame, by_time, NULL);
}

/* The delay of a frame, and that of those which may not overtake it. */
static gint64
arrival (Path *path, gint64 sent, const double *drawn)
{
  gint64 due =
      sent + (gint64) ((path->set.delay + path->set.jitter * drawn[DRAW_JITTER]) * NS_PER_MS);

  if (drawn[DRAW_REORDER] * 100 < path->set.reorder) {
    path->count.held++;
    return due + (gint64) (path->set.gap * NS_PER_MS);
  }
  if (!path->set.overtake)
    due = path->latest = MAX (due, path->latest);
  return due;
}

void
path_take (Path *path, GBytes *frame, gint64 now)
{
  double drawn[N_DRAWS];

  for (guint i = 0; i < N_DRAWS; i++)
    drawn[i] = g_rand_double (path->chance);
  path->count.taken++;
  if (is_lost (path, drawn)) {
    path->count.lost++;
    return;
  }
  gint64 sent =
      path_inside (path) < MOST_INSIDE ? after_queue (path, g_bytes_get_size (frame), now) : -1;
  if (sent < 0) {
    path->count.overflowed++;
    return;
  }
  gint64 due = arrival (path, sent, drawn);
  put (path, frame, due);
  if (drawn[DRAW_DUP] * 100 < path->set.dup) {
    path->count.doubled++;
    put (path, frame, due);
  }
}

gint64
path_due (const Path *path)
{
  GSequenceIter *first = g_sequence_get_begin_iter (path->inside);

  return g_sequence_iter_is_end (first) ? G_MAXINT64 : ((Frame *) g_sequence_get (first))->due;
}

GBytes *
path_give (Path *path, gint64 now)
{
  gint64 due = path_due (path);

  if (due > now)
    return NULL;
  GSequenceIter *first = g_sequence_get_begin_iter (path->inside);
  GBytes *bytes = g_bytes_ref (((Frame *) g_sequence_get (first))->bytes);
  g_sequence_remove (first);
  path->count.given++;
  path->count.bytes += g_bytes_get_size (bytes);
  path->count.late_us = MAX (path->count.late_us, (guint64) (now - due) / NS_PER_US);
  return bytes;
}

const PathCount *
path_count (const Path *path)
{
  return &path->count;
}

void
path_forget_late (Path *path)
{
  path->count.late_us = 0;
}

guint
path_inside (const Path *path)
{
  return (guint) g_sequence_get_length (path->inside);
}
