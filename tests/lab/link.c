/* A link emulator: two TAP devices, each in the network of some process, joined by two paths.
 *
 * `link SEED PID:INTERFACE PID:INTERFACE [WORD=NUMBER…]`: makes the two interfaces (their owner has
 * to give them addresses), says `up`, and carries frames between them until its standard input
 * ends. Lines there, each answered by one of its number:
 *
 *   set both|there|back WORD=NUMBER…   the words of path.h; `there` is from the first to the second
 *   count                              the counters of both directions
 *
 * Kernels without netem have it, and it needs no privilege but that over the two networks. */
// SPDX-License-Identifier: MIT
#include "tests/lab/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S      G_GINT64_CONSTANT (1000000000)
#define MOST_AT_ONCE  64
#define LARGEST_FRAME 65536

typedef enum { THERE = 0, BACK, N_WAYS } Way;

typedef struct {
  int taps[N_WAYS]; /* where what goes that way comes from */
  Path *paths[N_WAYS];
  GString *typed; /* of standard input, up to the end of a line */
  guint lines;
  gboolean ended;
} Link;

static const char *const way_words[] = { "there", "back" };

static gint64
monotonic (void)
{
  struct timespec time;
  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static void
fail (const char *what)
{
  g_printerr ("link: %s: %s\n", what, g_strerror (errno));
  exit (EXIT_FAILURE);
}

static int
open_or_fail (const char *path, int flags)
{
  int descriptor = open (path, flags | O_CLOEXEC);

  if (descriptor < 0)
    fail (path);
  return descriptor;
}

/* Makes the TAP device that @spec ("PID:INTERFACE") names; what is written to it, the process sees
 * come. */
static int
make_tap (const char *spec)
{
  g_auto(GStrv) parts = g_strsplit (spec, ":", 2);
  g_autofree char *network = g_strdup_printf ("/proc/%s/ns/net", parts[0]);
  int home = open_or_fail ("/proc/self/ns/net", O_RDONLY), there = open_or_fail (network, O_RDONLY);
  struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

  if (setns (there, CLONE_NEWNET))
    fail (network);
  int tap = open_or_fail ("/dev/net/tun", O_RDWR | O_NONBLOCK);
  g_strlcpy (request.ifr_name, parts[1] ? parts[1] : "", sizeof request.ifr_name);
  if (ioctl (tap, TUNSETIFF, &request))
    fail (spec);
  if (setns (home, CLONE_NEWNET))
    fail ("the way home");
  close (there);
  close (home);
  return tap;
}

/* A frame that comes late because of us is a fault of the measurement: turns before others, where
 * granted. */
static void
hurry (void)
{
  prctl (PR_SET_TIMERSLACK, 1UL);
  sched_setscheduler (0, SCHED_RR, &(struct sched_param) { .sched_priority = 1 });
}

static gboolean
set (Link *link, const char *which, const char *words)
{
  for (Way way = THERE; way < N_WAYS; way++) {
    g_autoptr(GError) error = NULL;
    if (!g_str_equal (which, "both") && !g_str_equal (which, way_words[way]))
      continue;
    if (!path_set (link->paths[way], words, &error)) {
      g_printerr ("link: %s\n", error->message);
      return FALSE;
    }
  }
  return TRUE;
}

static void
print_count (Path *path, const char *word)
{
  const PathCount *count = path_count (path);

  g_print (", \"%s\": {\"taken\": %" G_GUINT64_FORMAT ", \"given\": %" G_GUINT64_FORMAT
           ", \"lost\": %" G_GUINT64_FORMAT ", \"overflowed\": %" G_GUINT64_FORMAT
           ", \"held\": %" G_GUINT64_FORMAT ", \"doubled\": %" G_GUINT64_FORMAT
           ", \"bytes\": %" G_GUINT64_FORMAT ", \"late_us\": %" G_GUINT64_FORMAT
           ", \"inside\": %u}",
           word, count->taken, count->given, count->lost, count->overflowed, count->held,
           count->doubled, count->bytes, count->late_us, path_inside (path));
  path_forget_late (path);
}

static void
obey (Link *link, const char *line)
{
  g_auto(GStrv) parts = g_strsplit (line, " ", 3);
  gboolean fine = TRUE;

  if (parts[0] && g_str_equal (parts[0], "set"))
    fine = parts[1] && parts[2] && set (link, parts[1], parts[2]);
  else if (g_strcmp0 (parts[0], "count") != 0)
    fine = FALSE;
  g_print ("{\"event\": \"%s\", \"line\": %u", fine ? parts[0] : "refused", ++link->lines);
  if (fine && g_str_equal (parts[0], "count"))
    for (Way way = THERE; way < N_WAYS; way++)
      print_count (link->paths[way], way_words[way]);
  g_print ("}\n");
}

static void
listen_to_input (Link *link)
{
  char buffer[512], *end;
  gssize length = read (STDIN_FILENO, buffer, sizeof buffer);

  if (length <= 0) {
    link->ended = TRUE;
    return;
  }
  g_string_append_len (link->typed, buffer, length);
  while ((end = strchr (link->typed->str, '\n'))) {
    *end = '\0';
    obey (link, link->typed->str);
    g_string_erase (link->typed, 0, end - link->typed->str + 1);
  }
}

static void
take_frames (Link *link, Way way)
{
  guint8 buffer[LARGEST_FRAME];
  gssize length;

  for (guint i = 0; i < MOST_AT_ONCE; i++) {
    if ((length = read (link->taps[way], buffer, sizeof buffer)) <= 0)
      return;
    g_autoptr(GBytes) frame = g_bytes_new (buffer, (gsize) length);
    path_take (link->paths[way], frame, monotonic ());
  }
}

/* Writes what is due; when the next is. An interface that is not up takes nothing: lost, as on a
 * wire. */
static gint64
give_frames (Link *link, Way way)
{
  GBytes *frame;
  gssize written = 0;

  while ((frame = path_give (link->paths[way], monotonic ()))) {
    written += write (link->taps[!way], g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
    g_bytes_unref (frame);
  }
  return path_due (link->paths[way]);
}

static void
run (Link *link)
{
  struct pollfd polled[] = { { link->taps[THERE], POLLIN, 0 },
                             { link->taps[BACK], POLLIN, 0 },
                             { STDIN_FILENO, POLLIN, 0 } };

  while (!link->ended) {
    gint64 due = MIN (give_frames (link, THERE), give_frames (link, BACK));
    gint64 wait = due == G_MAXINT64 ? NS_PER_S : MAX (due - monotonic (), 0);
    struct timespec patience = { wait / NS_PER_S, wait % NS_PER_S };

    if (ppoll (polled, G_N_ELEMENTS (polled), &patience, NULL) <= 0)
      continue;
    for (Way way = THERE; way < N_WAYS; way++)
      if (polled[way].revents)
        take_frames (link, way);
    if (polled[N_WAYS].revents)
      listen_to_input (link);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr(GString) typed = g_string_new (NULL);
  Link link = { .typed = typed };

  if (argc < 4) {
    g_printerr ("usage: link SEED PID:INTERFACE PID:INTERFACE [WORD=NUMBER…]\n");
    return 2;
  }
  guint32 seed = (guint32) g_ascii_strtoull (argv[1], NULL, 10);
  for (Way way = THERE; way < N_WAYS; way++) {
    link.taps[way] = make_tap (argv[2 + way]);
    link.paths[way] = path_new (seed * 2 + way);
  }
  for (int i = 4; i < argc; i++)
    if (!set (&link, "both", argv[i]))
      return 2;
  hurry ();
  g_print ("{\"event\": \"up\", \"seed\": %u}\n", seed);
  run (&link);
  for (Way way = THERE; way < N_WAYS; way++)
    path_free (link.paths[way]);
  return EXIT_SUCCESS;
}
