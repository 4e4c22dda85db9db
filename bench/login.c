/* How long logging in takes, and what of the processor.
 *
 * `bench-login KIND TLS ADDRESS CA JID N` logs in N times, one after the other, in one process.
 * KIND is `tls`: a TCP connection and a TLS handshake and no more, the reference; `new`: a new
 * stream each time, which does not know the password's key; `again`: what follows when the link of
 * such a stream is cut: the key is known, and the server resumes the session, or refuses to. TLS is
 * `direct` or `starttls`. The password is in PEAL_PASSWORD. Prints a line of JSON for each: when it
 * began and ended (monotonic, µs), and the processor time of all threads between. */
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "signaling/stream/stream.h"
#include "signaling/stream/trust.h"
#include "signaling/wire/jid.h"

typedef enum { TLS, NEW, AGAIN } Kind;
static const char *const kinds[] = { "tls", "new", "again", NULL };

typedef struct {
  Kind kind;
  gboolean direct;
  const char *address, *ca, *jid, *password;
  char *host, *domain;
  guint16 port;
  guint left; /* logins to come */
  GTlsDatabase *trust;
  GMainLoop *main;
  PealStream *stream;
  gboolean cut; /* the link was cut already */
  gint64 began, cpu;
} Bench;

G_NORETURN static void
fail (const char *what, const GError *why)
{
  fprintf (stderr, "bench-login: %s: %s\n", what, why ? why->message : "closed");
  exit (1);
}

/* --- the clock --- */

static gint64
processor_time (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

static void
begin (Bench *bench)
{
  bench->cpu = processor_time ();
  bench->began = g_get_monotonic_time ();
}

static void
tell (const Bench *bench, gboolean resumed)
{
  gint64 now = g_get_monotonic_time ();

  printf ("{\"began\":%" G_GINT64_FORMAT ",\"ended\":%" G_GINT64_FORMAT
          ",\"cpu_us\":%" G_GINT64_FORMAT ",\"resumed\":%s}\n",
          bench->began, now, processor_time () - bench->cpu, resumed ? "true" : "false");
  fflush (stdout);
}

/* --- a stream --- */

/* Cuts the one connection of this process that goes to the server. */
static void
cut (Bench *bench)
{
  bench->cut = TRUE;
  for (int fd = 3; fd < 1024; fd++) {
    g_autoptr(GSocket) socket = g_socket_new_from_fd (dup (fd), NULL);
    g_autoptr(GSocketAddress) peer = socket ? g_socket_get_remote_address (socket, NULL) : NULL;
    if (G_IS_INET_SOCKET_ADDRESS (peer) &&
        g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (peer)) == bench->port)
      g_socket_shutdown (socket, TRUE, TRUE, NULL);
  }
}

static void
stream_online (gpointer user, const char *jid, const char *server, const char *tls,
               gboolean resumed)
{
  Bench *bench = user;

  if (bench->kind == AGAIN && !bench->cut) {
    cut (bench);
    return;
  }
  tell (bench, resumed);
  peal_stream_close (bench->stream);
}

static void
stream_offline (gpointer user, const GError *why)
{
  Bench *bench = user;

  if (!bench->cut)
    fail (bench->jid, why);
}

static gboolean start_next (gpointer user);

static void
stream_closed (gpointer user, const GError *why)
{
  Bench *bench = user;

  if (why)
    fail (bench->jid, why);
  g_idle_add (start_next, bench);
}

/* The clock runs from when the stream begins to connect: not while it waits before it does so. */
static void
see_transition (gpointer user, const char *machine, const char *id, const char *from,
                const char *to)
{
  if (!strcmp (machine, "stream") && !strcmp (to, "connecting"))
    begin (user);
}

static void
start_stream (Bench *bench)
{
  static const PealStreamEvents events = { stream_online, stream_offline, stream_closed };
  const PealStreamSetup setup = {
    .jid = bench->jid,
    .password = bench->password,
    .server = bench->address,
    .tls = bench->direct ? PEAL_TLS_DIRECT : PEAL_TLS_STARTTLS,
    .trust = bench->trust,
    .resource = "bench",
    .transition = see_transition,
    .trace_user = bench,
  };

  bench->cut = FALSE;
  bench->stream = peal_stream_new (&setup, &events, bench);
}

/* --- the reference --- */

static void
tls_ready (GObject *tls, GAsyncResult *result, gpointer user)
{
  Bench *bench = user;
  g_autoptr(GIOStream) connection = G_IO_STREAM (tls);
  g_autoptr(GError) error = NULL;

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (tls), result, &error))
    fail ("TLS", error);
  tell (bench, FALSE);
  g_idle_add (start_next, bench);
}

static void
tcp_ready (GObject *client, GAsyncResult *result, gpointer user)
{
  Bench *bench = user;
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocketConnection) tcp =
      g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (client), result, &error);
  g_autoptr(GSocketConnectable) identity = g_network_address_new (bench->domain, 5222);

  if (!tcp)
    fail ("TCP", error);
  GObject *tls = g_initable_new (
      g_tls_backend_get_client_connection_type (g_tls_backend_get_default ()), NULL, &error,
      "base-io-stream", tcp, "server-identity", identity, "database", bench->trust, NULL);
  if (!tls)
    fail ("TLS", error);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), 0, NULL, tls_ready, bench);
}

static void
start_tls (Bench *bench)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  begin (bench);
  g_socket_client_connect_to_host_async (client, bench->host, bench->port, NULL, tcp_ready, bench);
}

/* --- one after the other --- */

static gboolean
start_next (gpointer user)
{
  Bench *bench = user;

  g_clear_pointer (&bench->stream, peal_stream_free);
  if (!bench->left--)
    g_main_loop_quit (bench->main);
  else if (bench->kind == TLS)
    start_tls (bench);
  else
    start_stream (bench);
  return G_SOURCE_REMOVE;
}

static gboolean
read_arguments (Bench *bench, char **argv)
{
  const char *colon = strrchr (argv[3], ':');

  for (const char *const *kind = kinds; *kind; kind++)
    if (!strcmp (*kind, argv[1]))
      bench->kind = (Kind) (kind - kinds);
  bench->password = g_getenv ("PEAL_PASSWORD");
  if (!colon || !bench->password || !g_strv_contains (kinds, argv[1]))
    return FALSE;
  bench->direct = !strcmp (argv[2], "direct");
  bench->address = argv[3];
  bench->host = g_strndup (argv[3], (gsize) (colon - argv[3]));
  bench->port = (guint16) atoi (colon + 1);
  bench->ca = argv[4];
  bench->jid = argv[5];
  bench->domain = peal_jid_domain (bench->jid);
  bench->left = (guint) atoi (argv[6]);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Bench bench = { .left = 0 };
  g_autoptr(GError) error = NULL;

  if (argc != 7 || !read_arguments (&bench, argv)) {
    fputs (
        "usage: PEAL_PASSWORD=… bench-login tls|new|again direct|starttls ADDRESS:PORT CA JID N\n",
        stderr);
    return 2;
  }
  bench.trust = peal_trust_new (bench.ca, &error);
  if (!bench.trust)
    fail (bench.ca, error);
  bench.main = g_main_loop_new (NULL, FALSE);
  g_idle_add (start_next, &bench);
  g_main_loop_run (bench.main);
  g_main_loop_unref (bench.main);
  g_object_unref (bench.trust);
  g_free (bench.host);
  g_free (bench.domain);
  return 0;
}
