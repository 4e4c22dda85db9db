/* Standard input, read as it comes; its end is no event of a call. */
// SPDX-License-Identifier: MIT
#include "cli/lines.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST 1000

struct PealLines {
  void (*line) (gpointer user, const char *text);
  void (*ended) (gpointer user);
  gpointer user;
  GString *begun; /* a line whose end did not come yet */
  guint source;
};

static void
tell (PealLines *lines)
{
  g_autofree char *text = g_utf8_make_valid (lines->begun->str, -1);

  g_string_truncate (lines->begun, 0);
  g_strstrip (text);
  if (*text)
    lines->line (lines->user, text);
}

static void
take (PealLines *lines, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] == '\n')
      tell (lines);
    else if (bytes[i] && lines->begun->len < LONGEST)
      g_string_append_c (lines->begun, bytes[i]);
}

static gboolean
readable (gint input, GIOCondition condition, gpointer data)
{
  PealLines *lines = data;
  char bytes[4096];
  gssize got = read (input, bytes, sizeof bytes);

  if (got > 0)
    take (lines, bytes, (gsize) got);
  if (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)))
    return G_SOURCE_CONTINUE;
  lines->source = 0; /* end of input never hangs up */
  tell (lines);
  if (lines->ended)
    lines->ended (lines->user);
  return G_SOURCE_REMOVE;
}

PealLines *
peal_lines_new (void (*line) (gpointer user, const char *text), void (*ended) (gpointer user),
                gpointer user)
{
  struct stat input;

  if (isatty (STDIN_FILENO) || fstat (STDIN_FILENO, &input) != 0)
    return NULL;
  PealLines *lines = g_new0 (PealLines, 1);
  lines->line = line;
  lines->ended = ended;
  lines->user = user;
  lines->begun = g_string_new (NULL);
  lines->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, lines);
  return lines;
}

void
peal_lines_free (PealLines *lines)
{
  if (!lines)
    return;
  g_clear_handle_id (&lines->source, g_source_remove);
  g_string_free (lines->begun, TRUE);
  g_free (lines);
}

gboolean
peal_lines_open (const PealLines *lines)
{
  return lines && lines->source != 0;
}
