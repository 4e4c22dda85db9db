/* The terminal without line editing and echo; Ctrl-C stays a signal. */
// SPDX-License-Identifier: MIT
#include "cli/keys.h"

#include <glib-unix.h>
#include <termios.h>
#include <unistd.h>

struct PealKeys {
  void (*pressed) (gpointer user, char key);
  gpointer user;
  struct termios before;
  guint source;
};

static gboolean
readable (gint input, GIOCondition condition, gpointer data)
{
  PealKeys *keys = data;
  char key;
  ssize_t got = read (input, &key, 1);
  if (got == 1)
    keys->pressed (keys->user, key);
  if (got > 0)
    return G_SOURCE_CONTINUE;
  keys->source = 0; /* end of input never hangs up */
  return G_SOURCE_REMOVE;
}

PealKeys *
peal_keys_new (void (*pressed) (gpointer user, char key), gpointer user)
{
  struct termios raw;
  if (!isatty (STDIN_FILENO) || tcgetpgrp (STDIN_FILENO) != getpgrp () ||
      tcgetattr (STDIN_FILENO, &raw) != 0)
    return NULL;
  PealKeys *keys = g_new0 (PealKeys, 1);
  keys->pressed = pressed;
  keys->user = user;
  keys->before = raw;
  raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  tcsetattr (STDIN_FILENO, TCSANOW, &raw);
  keys->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, readable, keys);
  return keys;
}

void
peal_keys_free (PealKeys *keys)
{
  if (!keys)
    return;
  g_clear_handle_id (&keys->source, g_source_remove);
  tcsetattr (STDIN_FILENO, TCSANOW, &keys->before);
  g_free (keys);
}
