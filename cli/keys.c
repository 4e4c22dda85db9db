/* The terminal without line editing and echo; Ctrl-C and Ctrl-Z stay signals.
 *
 * A job in the background must not touch the terminal: setting its modes or reading would stop it.
 * It looks once a second whether it has come back. */
// SPDX-License-Identifier: MIT
#include "cli/keys.h"

#include <glib-unix.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE 27

struct PealKeys {
  void (*pressed) (gpointer user, char key);
  gpointer user;
  struct termios before;
  gboolean taken; /* the terminal: ours to give back */
  guint source, looking;
};

gboolean
peal_keys_foreground (int fd)
{
  pid_t owner = tcgetpgrp (fd); /* -1: not our controlling terminal, so no job control there */

  return owner < 0 || owner == getpgrp ();
}

static gboolean
readable (gint input, GIOCondition condition, gpointer data)
{
  PealKeys *keys = data;
  char typed[64];

  if (!peal_keys_foreground (input)) {
    keys->source = 0;
    peal_keys_resume (keys);
    return G_SOURCE_REMOVE;
  }
  ssize_t got = read (input, typed, sizeof typed);
  for (ssize_t i = 0; i < got && typed[i] != ESCAPE; i++)
    keys->pressed (keys->user, typed[i]);
  if (got > 0)
    return G_SOURCE_CONTINUE;
  keys->source = 0; /* end of input never hangs up */
  return G_SOURCE_REMOVE;
}

static void
take (PealKeys *keys)
{
  struct termios raw;

  if (!keys->taken && tcgetattr (STDIN_FILENO, &keys->before) != 0)
    return;
  raw = keys->before;
  raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  keys->taken = tcsetattr (STDIN_FILENO, TCSANOW, &raw) == 0;
  if (!keys->source)
    keys->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, readable, keys);
}

static gboolean
look (gpointer user)
{
  PealKeys *keys = user;

  if (!peal_keys_foreground (STDIN_FILENO))
    return G_SOURCE_CONTINUE;
  keys->looking = 0;
  take (keys);
  return G_SOURCE_REMOVE;
}

PealKeys *
peal_keys_new (void (*pressed) (gpointer user, char key), gpointer user)
{
  if (!isatty (STDIN_FILENO) || tcgetpgrp (STDIN_FILENO) != getpgrp ())
    return NULL;
  PealKeys *keys = g_new0 (PealKeys, 1);
  keys->pressed = pressed;
  keys->user = user;
  take (keys);
  return keys;
}

void
peal_keys_pause (PealKeys *keys)
{
  if (!keys)
    return;
  g_clear_handle_id (&keys->source, g_source_remove);
  g_clear_handle_id (&keys->looking, g_source_remove);
  if (keys->taken && peal_keys_foreground (STDIN_FILENO))
    tcsetattr (STDIN_FILENO, TCSANOW, &keys->before);
  keys->taken = FALSE;
}

void
peal_keys_resume (PealKeys *keys)
{
  if (!keys || keys->looking)
    return;
  if (peal_keys_foreground (STDIN_FILENO))
    take (keys);
  else
    keys->looking = g_timeout_add_seconds (1, look, keys);
}

void
peal_keys_free (PealKeys *keys)
{
  peal_keys_pause (keys);
  g_free (keys);
}
