/* A TURN server of a test's own; see turn_lab.h. */
// SPDX-License-Identifier: MIT
#include "tests/transport/turn_lab.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define WITHIN (20 * G_USEC_PER_SEC)

struct TurnLab {
  GPid pid;
  guint16 port;
  char *folder, *log;
};

/* A port that is free for TCP now; coturn fails to start where it is not free for UDP. */
static guint16
free_port (void)
{
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  g_autoptr(GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, &error);

  g_assert_no_error (error);
  return port;
}

static void
die_with_the_test (gpointer user)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start (TurnLab *lab)
{
  g_autofree char *port = g_strdup_printf ("--listening-port=%u", lab->port);
  g_autofree char *log = g_strdup_printf ("--log-file=%s", lab->log);
  g_autofree char *pid = g_strdup_printf ("--pidfile=%s/pid", lab->folder);
  g_autofree char *users = g_strdup_printf ("--userdb=%s/users", lab->folder);
  g_autoptr(GError) error = NULL;
  const char *const arguments[] = {
    "turnserver",
    "-n",
    "-v",
    "--simple-log",
    log,
    pid,
    users,
    port,
    "--listening-ip=127.0.0.1",
    "--relay-ip=127.0.0.1",
    "--realm=test",
    "--lt-cred-mech",
    "--user=peal:secret",
    "--no-tls",
    "--no-dtls",
    "--no-cli",
    "--allow-loopback-peers",
    NULL,
  };

  g_spawn_async (NULL, (char **) arguments, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                     G_SPAWN_STDERR_TO_DEV_NULL,
                 die_with_the_test, NULL, &lab->pid, &error);
  g_assert_no_error (error);
}

static void
wait_for_answer (TurnLab *lab)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  gint64 deadline = g_get_monotonic_time () + WITHIN;

  for (;;) {
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect_to_host (client, "127.0.0.1", lab->port, NULL, NULL);
    if (connection)
      return;
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (20000);
  }
}

TurnLab *
turn_lab_new (void)
{
  g_autofree char *program = g_find_program_in_path ("turnserver");
  g_autoptr(GError) error = NULL;

  if (!program) {
    g_test_skip ("coturn is not installed");
    return NULL;
  }
  TurnLab *lab = g_new0 (TurnLab, 1);
  lab->port = free_port ();
  lab->folder = g_dir_make_tmp ("peal-turn-XXXXXX", &error);
  g_assert_no_error (error);
  lab->log = g_build_filename (lab->folder, "log", NULL);
  start (lab);
  wait_for_answer (lab);
  return lab;
}

void
turn_lab_free (TurnLab *lab)
{
  g_autoptr(GDir) folder = g_dir_open (lab->folder, 0, NULL);
  const char *name;

  kill (lab->pid, SIGKILL);
  waitpid (lab->pid, NULL, 0);
  g_spawn_close_pid (lab->pid);
  while ((name = g_dir_read_name (folder))) {
    g_autofree char *path = g_build_filename (lab->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (lab->folder);
  g_free (lab->folder);
  g_free (lab->log);
  g_free (lab);
}

guint16
turn_lab_port (TurnLab *lab)
{
  return lab->port;
}

GPtrArray *
turn_lab_service (TurnLab *lab, const char *host, PealServiceTransport transport, gboolean right)
{
  GPtrArray *services = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_service_free);
  PealService *service = peal_service_new (PEAL_SERVICE_TURN, transport, host, lab->port);

  service->username = g_strdup ("peal");
  service->password = g_strdup (right ? "secret" : "wrong");
  g_ptr_array_add (services, service);
  return services;
}

guint
turn_lab_count (TurnLab *lab, const char *words)
{
  g_autofree char *text = NULL;
  guint count = 0;

  if (!g_file_get_contents (lab->log, &text, NULL, NULL))
    return 0;
  for (const char *at = text; (at = strstr (at, words)); at++)
    count++;
  return count;
}

void
turn_lab_wait (TurnLab *lab, const char *words, guint wanted)
{
  gint64 deadline = g_get_monotonic_time () + WITHIN;

  while (turn_lab_count (lab, words) < wanted) {
    if (g_get_monotonic_time () > deadline)
      g_error ("the TURN server's log has \"%s\" %u times, not %u", words,
               turn_lab_count (lab, words), wanted);
    g_usleep (20000);
  }
}
