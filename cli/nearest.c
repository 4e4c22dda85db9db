/* The nearest word: what somebody may have meant who typed something else. */
// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include <string.h>

#define LONGEST 40

/* How many letters are to insert, leave out, change or swap with their neighbour between @a and @b
 * (optimal string alignment). Three rows of the table are alive at a time. */
static guint
distance (const char *a, const char *b)
{
  guint rows[3][LONGEST + 1];
  gsize length = strlen (b);

  for (guint k = 0; k <= length; k++)
    rows[0][k] = k;
  for (guint i = 1; i <= strlen (a); i++) {
    guint *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
    row[0] = i;
    for (guint k = 1; k <= length; k++) {
      row[k] = MIN (MIN (above[k] + 1, row[k - 1] + 1), above[k - 1] + (a[i - 1] != b[k - 1]));
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        row[k] = MIN (row[k], higher[k - 2] + 1);
    }
  }
  return rows[strlen (a) % 3][length];
}

const char *
peal_options_nearest (const char *text, const char *const *words)
{
  const char *nearest = NULL;
  guint least = G_MAXUINT;

  if (!*text || strlen (text) > LONGEST)
    return NULL;
  for (; *words; words++) {
    if (!**words || strlen (*words) > LONGEST)
      continue;
    guint far = g_str_has_prefix (*words, text) ? 1 : distance (text, *words);
    if (far < least && far <= MAX (1, strlen (*words) / 3)) {
      least = far;
      nearest = *words;
    }
  }
  return nearest;
}
