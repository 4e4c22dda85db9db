/* Where pictures are drawn with characters. */
// SPDX-License-Identifier: MIT
#include "media/easel.h"

#include <string.h>

typedef struct {
  guint8 red, green, blue;
} Dot;

struct PealEasel { /* an atomic rc box: canvas and terminal hold it */
  GMutex lock;
  void (*fresh) (gpointer user); /* NULL once closed */
  gpointer user;
  Dot *dots; /* NULL: no picture */
  guint width, height;
  gboolean is_fresh;
};

PealEasel *
peal_easel_new (void (*fresh) (gpointer user), gpointer user)
{
  PealEasel *easel = g_atomic_rc_box_new0 (PealEasel);

  g_mutex_init (&easel->lock);
  easel->fresh = fresh;
  easel->user = user;
  return easel;
}

PealEasel *
peal_easel_ref (PealEasel *easel)
{
  return g_atomic_rc_box_acquire (easel);
}

static void
clear (gpointer user)
{
  PealEasel *easel = user;

  g_mutex_clear (&easel->lock);
  g_free (easel->dots);
}

void
peal_easel_unref (PealEasel *easel)
{
  g_atomic_rc_box_release_full (easel, clear);
}

void
peal_easel_close (PealEasel *easel)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&easel->lock);

  easel->fresh = NULL;
}

/* --- pictures in --- */

void
peal_easel_put (PealEasel *easel, const guint8 *rgb, guint width, guint height, gsize stride)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&easel->lock);

  if (easel->width != width || easel->height != height || !easel->dots) {
    g_free (easel->dots);
    easel->dots = g_new (Dot, (gsize) width * height);
    easel->width = width;
    easel->height = height;
  }
  for (guint y = 0; y < height; y++)
    memcpy (easel->dots + (gsize) y * width, rgb + y * stride, sizeof (Dot) * width);
  if (!easel->is_fresh && easel->fresh)
    easel->fresh (easel->user);
  easel->is_fresh = TRUE;
}

void
peal_easel_clear (PealEasel *easel)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&easel->lock);

  g_clear_pointer (&easel->dots, g_free);
  easel->is_fresh = FALSE;
}

gboolean
peal_easel_look (PealEasel *easel,
                 void (*see) (gpointer user, const guint8 *rgb, guint width, guint height),
                 gpointer user)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&easel->lock);

  if (easel->dots)
    see (user, (const guint8 *) easel->dots, easel->width, easel->height);
  return easel->dots != NULL;
}

gboolean
peal_easel_is_fresh (PealEasel *easel)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&easel->lock);

  return easel->is_fresh;
}

/* --- texts out --- */

/* The mean of what lies in one part of @n[0] x @n[1] equal ones. */
static Dot
mean (const PealEasel *easel, const guint n[2], guint x, guint y)
{
  guint left = x * easel->width / n[0], right = MAX (left + 1, (x + 1) * easel->width / n[0]);
  guint top = y * easel->height / n[1], bottom = MAX (top + 1, (y + 1) * easel->height / n[1]);
  guint count = (right - left) * (bottom - top), sums[3] = { 0 };

  for (guint row = top; row < bottom; row++)
    for (guint column = left; column < right; column++) {
      const Dot *dot = &easel->dots[(gsize) row * easel->width + column];
      sums[0] += dot->red;
      sums[1] += dot->green;
      sums[2] += dot->blue;
    }
  return (Dot) { (guint8) (sums[0] / count), (guint8) (sums[1] / count),
                 (guint8) (sums[2] / count) };
}

/* The cube of 6 x 6 x 6 colours, whose steps are 0, 95, 135, 175, 215, 255. */
static guint
cube (Dot dot)
{
  const guint8 parts[] = { dot.red, dot.green, dot.blue };
  guint number = 0;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    number = number * 6 + (parts[i] < 48 ? 0 : parts[i] < 115 ? 1 : (parts[i] - 35u) / 40);
  return 16 + number;
}

static void
put_colours (GString *text, PealEaselColours colours, Dot upper, Dot lower)
{
  if (colours == PEAL_EASEL_TRUE)
    g_string_append_printf (text, "\033[38;2;%u;%u;%u;48;2;%u;%u;%um", upper.red, upper.green,
                            upper.blue, lower.red, lower.green, lower.blue);
  else
    g_string_append_printf (text, "\033[38;5;%u;48;5;%um", cube (upper), cube (lower));
}

static void
put_weight (GString *text, Dot upper, Dot lower)
{
  static const char weights[] = " .:-=+*#%@";
  guint light = 299u * (upper.red + lower.red) + 587u * (upper.green + lower.green) +
                114u * (upper.blue + lower.blue);

  g_string_append_c (text, weights[light / 2 * (sizeof weights - 2) / (255 * 1000)]);
}

static gboolean
same (Dot one, Dot other)
{
  return one.red == other.red && one.green == other.green && one.blue == other.blue;
}

/* A row of @n[0] characters of the picture; colours are only written where they change. */
static void
draw_row (const PealEasel *easel, const guint n[2], guint row, PealEaselColours colours,
          GString *text)
{
  Dot before[2] = { { 0 }, { 0 } };

  for (guint x = 0; x < n[0]; x++) {
    Dot upper = mean (easel, n, x, row * 2), lower = mean (easel, n, x, row * 2 + 1);
    if (colours == PEAL_EASEL_GREY) {
      put_weight (text, upper, lower);
      continue;
    }
    if (x == 0 || !same (upper, before[0]) || !same (lower, before[1]))
      put_colours (text, colours, upper, lower);
    before[0] = upper;
    before[1] = lower;
    g_string_append (text, "▀");
  }
  if (colours != PEAL_EASEL_GREY)
    g_string_append (text, "\033[0m");
}

static void
put_blanks (GString *text, guint n)
{
  while (n-- > 0)
    g_string_append_c (text, ' ');
}

/* The largest of the picture's shape in @room (dots: a character has two), of whole characters. */
static void
fit (const PealEasel *easel, const guint room[2], guint n[2])
{
  n[0] = room[0];
  n[1] = (guint) ((guint64) room[0] * easel->height / easel->width);
  if (n[1] > room[1]) {
    n[1] = room[1];
    n[0] = (guint) ((guint64) room[1] * easel->width / easel->height);
  }
  n[0] = MAX (n[0], 1);
  n[1] = MAX (n[1] & ~1u, 2);
}

char **
peal_easel_rows (PealEasel *easel, guint columns, guint rows, PealEaselColours colours)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&easel->lock);
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new ();
  guint n[2];

  if (!easel->dots || !columns || !rows)
    return NULL;
  easel->is_fresh = FALSE;
  fit (easel, (const guint[]) { columns, rows * 2 }, n);
  guint above = (rows - n[1] / 2) / 2, left = (columns - n[0]) / 2;
  for (guint row = 0; row < rows; row++) {
    g_autoptr(GString) text = g_string_new (NULL);
    gboolean inside = row >= above && row < above + n[1] / 2;
    put_blanks (text, inside ? left : columns);
    if (inside) {
      draw_row (easel, n, row - above, colours, text);
      put_blanks (text, columns - left - n[0]);
    }
    g_strv_builder_add (texts, text->str);
  }
  return g_strv_builder_end (texts);
}
