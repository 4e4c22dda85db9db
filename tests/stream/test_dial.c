/* Finding the server: SRV records from a resolver of our own, and a race over loopback. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/dial.h"

#include <string.h>

#include "signaling/stream/failure.h"

/* --- a resolver that answers from a table --- */

typedef struct {
  const char *service, *host;
  guint16 priority, *port; /* NULL: a port nobody listens at */
} Record;

static struct {
  const Record *records;
  guint n;
  gboolean broken;  /* DNS answers with a temporary failure */
  gboolean silent;  /* it does not answer */
  const char *last; /* what is awaited, or whose address is asked for, when dialing is cancelled */
  GCancellable *cancellable;
} zone;

#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)
struct _TestResolver {
  GResolver parent;
};
G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static gboolean
on_idle (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* Once nothing more can be learned without waiting. */
static void
cancel_when_idle (void)
{
  g_idle_add_full (G_PRIORITY_LOW, on_idle, g_object_ref (zone.cancellable), g_object_unref);
}

/* As the resolver's own thread, which waits for the name server. */
static void
say_nothing (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GPollFD cancelled;
  if (g_cancellable_make_pollfd (cancellable, &cancelled)) {
    g_poll (&cancelled, 1, -1);
    g_cancellable_release_fd (cancellable);
  }
}

static void
lookup_service (GResolver *resolver, const char *name, GCancellable *cancellable,
                GAsyncReadyCallback done, gpointer user)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, done, user);
  GList *found = NULL;
  if (zone.silent) {
    g_task_set_return_on_cancel (task, TRUE);
    g_task_run_in_thread (task, say_nothing);
    return;
  }
  for (guint i = 0; i < zone.n && !zone.broken; i++) {
    g_autofree char *wanted = g_strdup_printf ("_%s._tcp.example.org", zone.records[i].service);
    guint16 port = zone.records[i].port ? *zone.records[i].port : 1;
    if (strcmp (wanted, name) == 0)
      found = g_list_append (
          found, g_srv_target_new (zone.records[i].host, port, zone.records[i].priority, 0));
  }
  if (zone.broken)
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE,
                             "the name server is silent");
  else if (found)
    g_task_return_pointer (task, found, NULL);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such records");
}

static GList *
lookup_service_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
lookup_name (GResolver *resolver, const char *name, GResolverNameLookupFlags flags,
             GCancellable *cancellable, GAsyncReadyCallback done, gpointer user)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, done, user);
  if (g_strcmp0 (name, zone.last) == 0)
    cancel_when_idle ();
  if (flags == G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY || strcmp (name, "nowhere.example.org") == 0)
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "%s: no such name",
                             name);
  else
    g_task_return_pointer (
        task, g_list_append (NULL, g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4)), NULL);
}

static void
test_resolver_class_init (TestResolverClass *class)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (class);
  resolver->lookup_service_async = lookup_service;
  resolver->lookup_service_finish = lookup_service_finish;
  resolver->lookup_by_name_with_flags_async = lookup_name;
  resolver->lookup_by_name_with_flags_finish = lookup_service_finish;
}

static void
test_resolver_init (TestResolver *resolver)
{
}

/* --- dialing --- */

static guint16 port_a, port_b, port_mute; /* two that listen, one whose backlog is full */

static void
on_dialed (GObject *source, GAsyncResult *result, gpointer user)
{
  *(GAsyncResult **) user = g_object_ref (result);
}

static gboolean
on_too_late (gpointer user)
{
  g_error ("dialing does not end");
  return G_SOURCE_REMOVE;
}

static void
on_awaits (gpointer user, const char *what)
{
  if (g_strcmp0 (what, zone.last) == 0)
    cancel_when_idle ();
}

static PealDialed *
dial (const PealDialSetup *by, GError **error)
{
  PealDialSetup setup = *by;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  setup.awaits = on_awaits;
  zone.cancellable = cancellable;
  guint deadline = g_timeout_add_seconds (20, on_too_late, NULL);
  peal_dial (&setup, cancellable, on_dialed, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
  PealDialed *dialed = peal_dial_finish (result, error);
  while (g_main_context_iteration (NULL, FALSE)) /* the losers */
    ;
  return dialed;
}

static void
arrives (PealTlsMode tls, const Record *records, guint n, const char *host, guint16 port,
         gboolean direct)
{
  g_autoptr(GError) error = NULL;
  zone.records = records;
  zone.n = n;
  g_autoptr(PealDialed) dialed =
      dial (&(PealDialSetup) { .domain = "example.org", .tls = tls }, &error);
  g_assert_no_error (error);
  g_autofree char *where = g_strdup_printf ("%s:%u", host, port);
  g_assert_cmpstr (dialed->where, ==, where);
  g_assert_cmpint (dialed->direct, ==, direct);
}

static void
fails (const PealDialSetup *setup, const Record *records, guint n, const char *failure,
       const char *word)
{
  g_autoptr(GError) error = NULL;
  zone.records = records;
  zone.n = n;
  g_assert_null (dial (setup, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_CONNECT);
  g_test_message ("%s", error->message);
  g_assert_cmpstr (peal_cause_failure (error), ==, failure);
  g_assert_nonnull (strstr (error->message, word));
}

static void
takes_the_first (void)
{
  const Record records[] = { { "xmpp-client", "b.example.org", 20, &port_b },
                             { "xmpps-client", "a.example.org", 10, &port_a } };
  arrives (PEAL_TLS_BOTH, records, 2, "a.example.org", port_a, TRUE);
  arrives (PEAL_TLS_STARTTLS, records, 2, "b.example.org", port_b, FALSE);
  arrives (PEAL_TLS_DIRECT, records, 2, "a.example.org", port_a, TRUE);
}

/* A refused target makes the next start at once, a silent one after 250 ms. */
static void
passes_over_the_dead (void)
{
  const Record refused[] = { { "xmpp-client", "dead.example.org", 5, NULL },
                             { "xmpp-client", "a.example.org", 10, &port_a } };
  gint64 begin = g_get_monotonic_time ();
  arrives (PEAL_TLS_BOTH, refused, 2, "a.example.org", port_a, FALSE);
  g_test_message ("behind a refused target: %.1f ms", (g_get_monotonic_time () - begin) / 1000.0);
  const Record silent[] = { { "xmpp-client", "mute.example.org", 5, &port_mute },
                            { "xmpp-client", "nowhere.example.org", 7, NULL },
                            { "xmpps-client", "b.example.org", 10, &port_b } };
  begin = g_get_monotonic_time ();
  arrives (PEAL_TLS_BOTH, silent, 3, "b.example.org", port_b, TRUE);
  g_test_message ("behind a silent target: %.1f ms", (g_get_monotonic_time () - begin) / 1000.0);
}

static void
failures_are_told (void)
{
  const PealDialSetup by_srv = { .domain = "example.org" };
  const Record none[] = { { "xmpp-client", "", 0, NULL }, { "xmpps-client", ".", 0, NULL } };
  fails (&by_srv, none, 2, "no-xmpp", "has no such XMPP service");
  const Record dead[] = { { "xmpp-client", "dead.example.org", 5, NULL } };
  fails (&by_srv, dead, 1, "port-refused",
         "dead.example.org:1, the server of example.org, refuses");
  fails (&(PealDialSetup) { .domain = "example.org", .server = "127.0.0.1:1" }, NULL, 0,
         "port-refused", "refuses the connection");
  fails (&(PealDialSetup) { .domain = "example.org", .server = "127.0.0.1:99999" }, NULL, 0,
         "no-address", "is no server");
  const Record nowhere[] = { { "xmpp-client", "nowhere.example.org", 5, NULL } };
  fails (&by_srv, nowhere, 1, "no-address",
         "nowhere.example.org:1, the server of example.org, cannot");
  zone.broken = TRUE;
  fails (&by_srv, dead, 1, "no-resolver", "cannot be looked up: the name server is silent");
  zone.broken = FALSE;
}

/* Of several, the one that tells most: not the last, nor that one is silent. */
static void
the_telling_is_told (void)
{
  const Record both[] = { { "xmpp-client", "dead.example.org", 5, NULL },
                          { "xmpp-client", "nowhere.example.org", 10, NULL } };
  fails (&(PealDialSetup) { .domain = "example.org" }, both, 2, "port-refused", "dead.example.org");
  const Record last_is_mute[] = { { "xmpp-client", "dead.example.org", 5, NULL },
                                  { "xmpp-client", "mute.example.org", 10, &port_mute } };
  zone.last = "mute.example.org";
  fails (&(PealDialSetup) { .domain = "example.org" }, last_is_mute, 2, "port-refused",
         "dead.example.org");
  zone.last = NULL;
}

/* Where only silence is known, whoever waited says for what. */
static void
silence_is_not_told (void)
{
  const Record silent[] = { { "xmpp-client", "mute.example.org", 5, &port_mute },
                            { "xmpp-client", "nowhere.example.org", 7, NULL } };
  static const char *const steps[] = { "a TCP connection", "the name server's answer (SRV)" };
  zone.records = silent;
  zone.n = 2;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr(GError) error = NULL;
    zone.silent = i == 1;
    zone.last = steps[i];
    g_assert_null (dial (&(PealDialSetup) { .domain = "example.org" }, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  }
  zone.silent = FALSE;
  zone.last = NULL;
}

/* "." for one service still leaves the other. */
static void
one_service_refused (void)
{
  const Record records[] = { { "xmpps-client", "", 0, NULL },
                             { "xmpp-client", "a.example.org", 10, &port_a } };
  arrives (PEAL_TLS_BOTH, records, 2, "a.example.org", port_a, FALSE);
}

static void
server_by_hand (void)
{
  g_autofree char *server = g_strdup_printf ("127.0.0.1:%u", port_a);
  g_autoptr(GError) error = NULL;
  g_autoptr(PealDialed) dialed =
      dial (&(PealDialSetup) { .domain = "example.org", .server = server }, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dialed->where, ==, server);
  g_assert_false (dialed->direct);
}

static void
cancelled (void)
{
  const Record silent[] = { { "xmpp-client", "mute.example.org", 5, &port_mute } };
  zone.records = silent;
  zone.n = 1;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  peal_dial (&(PealDialSetup) { .domain = "example.org", .awaits = on_awaits }, cancellable,
             on_dialed, &result);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (peal_dial_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static GSocket *
listen_on_loopback (guint16 *port, int backlog)
{
  GSocket *socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  g_socket_set_listen_backlog (socket, backlog);
  g_assert_true (g_socket_listen (socket, NULL));
  g_autoptr(GSocketAddress) bound = g_socket_get_local_address (socket, NULL);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return socket;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr(GResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_resolver_set_default (resolver);
  g_autoptr(GSocket) a = listen_on_loopback (&port_a, 50);
  g_autoptr(GSocket) b = listen_on_loopback (&port_b, 50);
  g_autoptr(GSocket) mute = listen_on_loopback (&port_mute, 0);
  GSocket *fill[4]; /* a full backlog: further SYNs get no answer */
  for (guint i = 0; i < G_N_ELEMENTS (fill); i++) {
    g_autoptr(GSocketAddress) address = g_socket_get_local_address (mute, NULL);
    fill[i] =
        g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_socket_set_blocking (fill[i], FALSE);
    g_socket_connect (fill[i], address, NULL, NULL);
  }
  g_test_add_func ("/dial/takes-the-first", takes_the_first);
  g_test_add_func ("/dial/passes-over-the-dead", passes_over_the_dead);
  g_test_add_func ("/dial/one-service-refused", one_service_refused);
  g_test_add_func ("/dial/failures-are-told", failures_are_told);
  g_test_add_func ("/dial/the-telling-is-told", the_telling_is_told);
  g_test_add_func ("/dial/silence-is-not-told", silence_is_not_told);
  g_test_add_func ("/dial/server-by-hand", server_by_hand);
  g_test_add_func ("/dial/cancelled", cancelled);
  int status = g_test_run ();
  for (guint i = 0; i < G_N_ELEMENTS (fill); i++)
    g_object_unref (fill[i]);
  return status;
}
