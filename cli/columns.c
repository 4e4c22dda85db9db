/* Columns of a terminal, by Unicode's East Asian Width (UAX #11) as GLib knows it. */
// SPDX-License-Identifier: MIT
#include "cli/columns.h"

static guint
columns (gunichar letter)
{
  if (g_unichar_iszerowidth (letter))
    return 0;
  return g_unichar_iswide (letter) ? 2 : 1;
}

guint
peal_columns_of (const char *text)
{
  guint sum = 0;

  for (; *text; text = g_utf8_next_char (text))
    sum += columns (g_utf8_get_char (text));
  return sum;
}

char *
peal_columns_cut (const char *text, guint most, const char *mark)
{
  const char *end = text;
  guint taken = 0;

  if (peal_columns_of (text) <= most)
    return g_strdup (text);
  if (most == 0)
    return g_strdup ("");
  for (; *end; end = g_utf8_next_char (end)) {
    guint more = columns (g_utf8_get_char (end));
    if (taken + more > most - 1)
      break;
    taken += more;
  }
  return g_strdup_printf ("%.*s%s", (int) (end - text), text, mark);
}
