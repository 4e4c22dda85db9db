/* How long threads of this process had to wait for a core; see stall.h. */
// SPDX-License-Identifier: MIT
#include "tests/media/stall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MS = 1000, BETWEEN = 50 * MS, BEAT = 5 * MS };

/* --- the heart --- */

/* What the kernel says of threads knows nothing of a machine that stood still as a whole, as a
 * virtual one does whose host gave its cores to another. */
struct PealHeart {
  GThread *thread;
  GMutex lock; /* of what follows */
  GCond stopped;
  gboolean stop;
  gint64 latest; /* by how much a beat was late, since this was asked last, µs */
};

static gpointer
beat (gpointer user)
{
  PealHeart *heart = user;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&heart->lock);

  while (!heart->stop) {
    gint64 due = g_get_monotonic_time () + BEAT;
    while (!heart->stop && g_cond_wait_until (&heart->stopped, &heart->lock, due))
      ;
    heart->latest = MAX (heart->latest, g_get_monotonic_time () - due);
  }
  return NULL;
}

static PealHeart *
heart_new (void)
{
  PealHeart *heart = g_new0 (PealHeart, 1);

  g_mutex_init (&heart->lock);
  g_cond_init (&heart->stopped);
  heart->thread = g_thread_new ("heart", beat, heart);
  return heart;
}

static void
heart_free (PealHeart *heart)
{
  g_mutex_lock (&heart->lock);
  heart->stop = TRUE;
  g_cond_signal (&heart->stopped);
  g_mutex_unlock (&heart->lock);
  g_thread_join (heart->thread);
  g_cond_clear (&heart->stopped);
  g_mutex_clear (&heart->lock);
  g_free (heart);
}

static gint64
heart_ask (PealHeart *heart)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&heart->lock);
  gint64 latest = heart->latest;

  heart->latest = 0;
  return latest;
}

/* --- threads --- */

/* The second number of the kernel's schedstat: ns in which it could have run, and did not. -1 where
 * the kernel does not tell. */
static gint64
waited_by (const char *thread)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/schedstat", thread);
  char line[100];
  FILE *file = fopen (path, "re");

  if (!file)
    return -1;
  gboolean read = fgets (line, sizeof line, file) != NULL;
  fclose (file);
  const char *second = read ? strchr (line, ' ') : NULL;
  return second ? g_ascii_strtoll (second, NULL, 10) : -1;
}

/* A thread that is seen for the first time counts from then on. */
static void
look_at (PealStall *stall, const char *thread)
{
  gint64 waited = waited_by (thread);
  gpointer key = GINT_TO_POINTER (atoi (thread)), before;

  if (waited < 0)
    return;
  if (g_hash_table_lookup_extended (stall->waited, key, NULL, &before))
    stall->worst = MAX (stall->worst, (waited - *(gint64 *) before) / 1000);
  g_hash_table_insert (stall->waited, key, g_memdup2 (&waited, sizeof waited));
}

static void
look (PealStall *stall)
{
  g_autoptr(GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  const char *thread;

  while (threads && (thread = g_dir_read_name (threads)))
    look_at (stall, thread);
  gint64 latest = heart_ask (stall->heart);
  stall->worst = MAX (stall->worst, latest);
  stall->looked = g_get_monotonic_time ();
}

void
peal_stall_begin (PealStall *stall)
{
  peal_stall_clear (stall);
  stall->heart = heart_new ();
  stall->waited = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  look (stall);
}

void
peal_stall_look (PealStall *stall)
{
  if (g_get_monotonic_time () - stall->looked >= BETWEEN)
    look (stall);
}

void
peal_stall_clear (PealStall *stall)
{
  g_clear_pointer (&stall->heart, heart_free);
  g_clear_pointer (&stall->waited, g_hash_table_unref);
  *stall = (PealStall) { 0 };
}

/* --- calm --- */

enum { WORK = 5 * MS, HALF_A_SECOND = 50 };

/* Keeps half a core busy, as sound does, for half a second; how late it was at worst, µs. */
static gint64
lateness (void)
{
  gint64 worst = 0;

  for (guint i = 0; i < HALF_A_SECOND; i++) {
    gint64 began = g_get_monotonic_time ();
    while (g_get_monotonic_time () - began < WORK)
      ;
    g_usleep (WORK);
    worst = MAX (worst, g_get_monotonic_time () - began - 2 * WORK);
  }
  return worst;
}

void
peal_stall_wait_for_calm (gint64 patience)
{
  gint64 deadline = g_get_monotonic_time () + patience;

  while (lateness () > WORK && g_get_monotonic_time () < deadline)
    ;
}
