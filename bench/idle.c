/* What an account costs that only waits: memory, processor time and wake-ups of one process.
 *
 * `bench-idle MODE ADDRESS CA COUNT SECONDS` logs idle-1@peal.test … idle-COUNT@peal.test in over
 * direct TLS. MODE is `tls`: bare GTlsClientConnections that have sent a stream header and wait,
 * the reference; `stream`: a PealStream each; `whole`: with all that a call needs: capabilities,
 * roster, messages, presence, services and an endpoint. Prints a line of JSON with the memory at 0,
 * 1, 10 %, 50 % and 100 % of the accounts, and one of what SECONDS of idling took. */
// SPDX-License-Identifier: MIT
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/builtin.h"
#include "signaling/jingle/endpoint.h"
#include "signaling/stream/stream.h"
#include "signaling/stream/trust.h"
#include "transport/loop.h"

#define DOMAIN     "peal.test"
#define PASSWORD   "idle"
#define AT_ONCE    16  /* logins under way */
#define SETTLE_MS  100 /* before memory is read */
#define RECORD_MAX 4096

typedef enum { TLS, STREAM, WHOLE } Mode;
static const char *const modes[] = { "tls", "stream", "whole", NULL };

typedef struct {
  Mode mode;
  char *host, *address;
  guint16 port;
  const char *ca;
  guint count, seconds;
  guint started, up, mark; /* mark: which of `marks` comes next */
  guint marks[5];
  GPtrArray *accounts;
  GTlsDatabase *trust;
  PealLoop *loop;
  const char **features;
  GMainLoop *main;
} Bench;

typedef struct {
  Bench *bench;
  char *jid;
  gboolean up;
  PealStream *stream;
  PealCaps *caps;
  PealRoster *roster;
  PealMessages *messages;
  PealPresences *presences;
  PealServices *services;
  PealEndpoint *endpoint;
  GIOStream *tls;
  char buffer[RECORD_MAX];
} Account;

G_NORETURN static void
fail (const char *what, const GError *why)
{
  fprintf (stderr, "bench-idle: %s: %s\n", what, why ? why->message : "closed");
  exit (1);
}

/* --- what it costs --- */

/* KiB of a line of /proc/self/smaps_rollup. */
static gint64
memory (const char *text, const char *name)
{
  const char *line = strstr (text, name);
  return line ? g_ascii_strtoll (line + strlen (name), NULL, 10) : -1;
}

static void
tell_memory (guint accounts)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  struct mallinfo2 heap = mallinfo2 ();

  if (!g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, &error))
    fail ("memory", error);
  printf ("{\"accounts\":%u,\"rss_kb\":%" G_GINT64_FORMAT ",\"pss_kb\":%" G_GINT64_FORMAT
          ",\"heap_kb\":%zu}\n",
          accounts, memory (text, "\nRss:"), memory (text, "\nPss:"),
          (heap.uordblks + heap.hblkhd) / 1024);
  fflush (stdout);
}

typedef struct {
  gint64 at;
  struct rusage usage;
  Bench *bench;
} Watch;

static gint64
microseconds (struct timeval time)
{
  return time.tv_sec * G_USEC_PER_SEC + time.tv_usec;
}

static gboolean
stop_watch (gpointer user)
{
  Watch *watch = user;
  struct rusage now;

  getrusage (RUSAGE_SELF, &now);
  printf ("{\"idle_s\":%.1f,\"user_us\":%" G_GINT64_FORMAT ",\"system_us\":%" G_GINT64_FORMAT
          ",\"wakeups\":%ld,\"up\":%u}\n",
          (double) (g_get_monotonic_time () - watch->at) / G_USEC_PER_SEC,
          microseconds (now.ru_utime) - microseconds (watch->usage.ru_utime),
          microseconds (now.ru_stime) - microseconds (watch->usage.ru_stime),
          now.ru_nvcsw - watch->usage.ru_nvcsw, watch->bench->up);
  g_main_loop_quit (watch->bench->main);
  g_free (watch);
  return G_SOURCE_REMOVE;
}

static gboolean
start_watch (gpointer user)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->bench = user;
  watch->at = g_get_monotonic_time ();
  getrusage (RUSAGE_SELF, &watch->usage);
  g_timeout_add_seconds (watch->bench->seconds, stop_watch, watch);
  return G_SOURCE_REMOVE;
}

/* --- logging in, up to the next mark --- */

static void start_more (Bench *bench);

static gboolean
reach_mark (gpointer user)
{
  Bench *bench = user;

  tell_memory (bench->marks[bench->mark]);
  if (++bench->mark < G_N_ELEMENTS (bench->marks))
    start_more (bench);
  else
    g_timeout_add (5 * SETTLE_MS, start_watch, bench);
  return G_SOURCE_REMOVE;
}

static void
is_up (Account *account)
{
  Bench *bench = account->bench;

  if (account->up)
    return;
  account->up = TRUE;
  bench->up++;
  if (bench->up == bench->marks[bench->mark])
    g_timeout_add (SETTLE_MS, reach_mark, bench);
  else
    start_more (bench);
}

static void
stream_online (gpointer user, const char *jid, const char *server, const char *tls,
               gboolean resumed)
{
  is_up (user);
}

static void
stream_lost (gpointer user, const GError *why)
{
  fail (((Account *) user)->jid, why);
}

static void
ignore_event (gpointer user, const PealEvent *event)
{
}

static void
add_rooms (Account *account)
{
  static const PealCallPolicy policy = { .n_wishes = 0 };
  PealPort *port = peal_stream_port (account->stream);

  account->caps = peal_caps_new (port, account->bench->features);
  account->roster = peal_roster_new (port);
  account->messages = peal_messages_new (port);
  account->presences = peal_presences_new (port, account->caps);
  account->services = peal_services_new (port);
  peal_presences_available (account->presences, 0, NULL, NULL);
  const PealEndpointSetup setup = {
    .port = port,
    .caps = account->caps,
    .presences = account->presences,
    .roster = account->roster,
    .messages = account->messages,
    .services = account->services,
    .loop = account->bench->loop,
    .methods = peal_builtin_methods,
    .applications = peal_builtin_applications,
    .event = ignore_event,
    .user = account,
  };
  account->endpoint = peal_endpoint_new (&setup);
  peal_endpoint_set_policy (account->endpoint, &policy);
}

static void
start_stream (Account *account)
{
  static const PealStreamEvents events = { stream_online, stream_lost, stream_lost };
  const PealStreamSetup setup = {
    .jid = account->jid,
    .password = PASSWORD,
    .server = account->bench->address,
    .tls = PEAL_TLS_DIRECT,
    .trust = account->bench->trust,
    .resource = "idle",
  };

  account->stream = peal_stream_new (&setup, &events, account);
  if (account->bench->mode == WHOLE)
    add_rooms (account);
}

/* --- the reference: TLS and a stream header --- */

static void
tls_read (GObject *input, GAsyncResult *result, gpointer user)
{
  Account *account = user;
  g_autoptr(GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (input), result, &error);

  if (n <= 0)
    fail (account->jid, error);
  is_up (account); /* the server's header and features */
  g_input_stream_read_async (G_INPUT_STREAM (input), account->buffer, sizeof account->buffer, 0,
                             NULL, tls_read, account);
}

static void
tls_ready (GObject *source, GAsyncResult *result, gpointer user)
{
  static const char header[] =
      "<?xml version='1.0'?><stream:stream to='" DOMAIN "' version='1.0' xmlns='jabber:client'"
      " xmlns:stream='http://etherx.jabber.org/streams'>";
  Account *account = user;
  g_autoptr(GError) error = NULL;

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error) ||
      !g_output_stream_write_all (g_io_stream_get_output_stream (account->tls), header,
                                  strlen (header), NULL, NULL, &error))
    fail (account->jid, error);
  g_input_stream_read_async (g_io_stream_get_input_stream (account->tls), account->buffer,
                             sizeof account->buffer, 0, NULL, tls_read, account);
}

static void
tcp_ready (GObject *client, GAsyncResult *result, gpointer user)
{
  Account *account = user;
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocketConnection) tcp =
      g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (client), result, &error);
  g_autoptr(GSocketConnectable) identity = g_network_address_new (DOMAIN, 5222);

  if (tcp)
    account->tls =
        g_initable_new (g_tls_backend_get_client_connection_type (g_tls_backend_get_default ()),
                        NULL, &error, "base-io-stream", tcp, "server-identity", identity,
                        "database", account->bench->trust, NULL);
  if (!account->tls)
    fail (account->jid, error);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (account->tls), 0, NULL, tls_ready, account);
}

static void
start_tls (Account *account)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_to_host_async (client, account->bench->host, account->bench->port, NULL,
                                         tcp_ready, account);
}

/* --- all of them --- */

static void
start_more (Bench *bench)
{
  while (bench->started < bench->marks[bench->mark] && bench->started - bench->up < AT_ONCE) {
    Account *account = g_new0 (Account, 1);
    account->bench = bench;
    account->jid = g_strdup_printf ("idle-%u@" DOMAIN, ++bench->started);
    g_ptr_array_add (bench->accounts, account);
    if (bench->mode == TLS)
      start_tls (account);
    else
      start_stream (account);
  }
}

static void
account_free (gpointer data)
{
  Account *account = data;

  peal_endpoint_free (account->endpoint);
  peal_services_free (account->services);
  peal_presences_free (account->presences);
  peal_messages_free (account->messages);
  peal_roster_free (account->roster);
  peal_caps_free (account->caps);
  peal_stream_free (account->stream);
  g_clear_object (&account->tls);
  g_free (account->jid);
  g_free (account);
}

static void
allow_descriptors (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static gboolean
read_arguments (Bench *bench, char **argv)
{
  for (const char *const *mode = modes; *mode; mode++)
    if (!strcmp (*mode, argv[1]))
      bench->mode = (Mode) (mode - modes);
  const char *colon = strrchr (argv[2], ':');
  bench->count = (guint) atoi (argv[4]);
  bench->seconds = (guint) atoi (argv[5]);
  if (!colon || !g_strv_contains (modes, argv[1]) || bench->count < 20)
    return FALSE;
  bench->address = g_strdup (argv[2]);
  bench->host = g_strndup (argv[2], (gsize) (colon - argv[2]));
  bench->port = (guint16) atoi (colon + 1);
  bench->ca = argv[3];
  guint marks[] = { 0, 1, bench->count / 10, bench->count / 2, bench->count };
  memcpy (bench->marks, marks, sizeof marks);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Bench bench = { .accounts = g_ptr_array_new_with_free_func (account_free) };
  g_autoptr(GError) error = NULL;

  if (argc != 6 || !read_arguments (&bench, argv)) {
    fputs ("usage: bench-idle tls|stream|whole ADDRESS:PORT CA COUNT SECONDS\n", stderr);
    return 2;
  }
  allow_descriptors ();
  bench.trust = peal_trust_new (bench.ca, &error);
  if (!bench.trust)
    fail (bench.ca, error);
  bench.main = g_main_loop_new (NULL, FALSE);
  bench.loop = peal_loop_new ("media");
  bench.features = peal_builtin_features ();
  g_timeout_add (SETTLE_MS, reach_mark, &bench);
  g_main_loop_run (bench.main);
  g_ptr_array_unref (bench.accounts);
  g_object_unref (bench.trust);
  peal_loop_free (bench.loop);
  g_free (bench.features);
  g_main_loop_unref (bench.main);
  g_free (bench.address);
  g_free (bench.host);
  return 0;
}
