/* SIGTSTP and SIGCONT through a pipe into the main loop: GLib has no sources for them.
 *
 * A signal handler has nothing but globals: `into` is one, as dispositions are the process's too.
 */
// SPDX-License-Identifier: MIT
#include "cli/suspend.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

struct PealSuspend {
  PealSuspendEvents events;
  gpointer user;
  int from;
  guint source;
  struct sigaction before[2]; /* of SIGTSTP and SIGCONT */
};

static int into = -1;

static void
caught (int number)
{
  int kept = errno;
  guint8 byte = (guint8) number;
  gssize done = write (into, &byte, 1); /* a full pipe has told enough */
  (void) done;
  errno = kept;
}

static void catch (int number, struct sigaction *before)
{
  const struct sigaction action = { .sa_handler = caught, .sa_flags = SA_RESTART };
  struct sigaction unused;

  sigaction (number, &action, before ? before : &unused);
}

/* The whole process stops inside, all its threads, until somebody continues it. */
static void
stop (PealSuspend *suspend)
{
  const struct sigaction action = { .sa_handler = SIG_DFL };

  suspend->events.stopping (suspend->user);
  sigaction (SIGTSTP, &action, NULL);
  raise (SIGTSTP);
  catch (SIGTSTP, NULL);
  suspend->events.continued (suspend->user);
}

static gboolean
readable (gint from, GIOCondition condition, gpointer data)
{
  PealSuspend *suspend = data;
  guint8 number;

  if (read (from, &number, 1) != 1)
    return G_SOURCE_CONTINUE;
  if (number == SIGTSTP)
    stop (suspend);
  else
    suspend->events.continued (suspend->user);
  return G_SOURCE_CONTINUE;
}

PealSuspend *
peal_suspend_new (const PealSuspendEvents *events, gpointer user)
{
  struct sigaction now;
  int ends[2];

  g_assert (into < 0);
  /* Who started us without job control wants us not to stop. */
  sigaction (SIGTSTP, NULL, &now);
  if (now.sa_handler == SIG_IGN || !g_unix_open_pipe (ends, FD_CLOEXEC, NULL))
    return NULL;
  PealSuspend *suspend = g_new0 (PealSuspend, 1);
  suspend->events = *events;
  suspend->user = user;
  suspend->from = ends[0];
  into = ends[1];
  g_unix_set_fd_nonblocking (into, TRUE, NULL);
  g_unix_set_fd_nonblocking (ends[0], TRUE, NULL);
  suspend->source = g_unix_fd_add (ends[0], G_IO_IN, readable, suspend);
  catch (SIGTSTP, &suspend->before[0]);
  catch (SIGCONT, &suspend->before[1]);
  return suspend;
}

void
peal_suspend_free (PealSuspend *suspend)
{
  if (!suspend)
    return;
  sigaction (SIGTSTP, &suspend->before[0], NULL);
  sigaction (SIGCONT, &suspend->before[1], NULL);
  g_source_remove (suspend->source);
  close (suspend->from);
  close (into);
  into = -1;
  g_free (suspend);
}
