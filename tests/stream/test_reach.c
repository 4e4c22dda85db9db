/* Several servers behind one domain: a useless one is followed by the next, a false one is not; and
 * the good-bye that TLS wants. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <string.h>

#include "signaling/stream/proxy.h"
#include "signaling/stream/stream.h"
#include "tests/stream/authority.h"

#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='example.org' id='x' "           \
  "version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>"
#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"

typedef enum { GOOD = 1, HANGS_UP, SILENT, FALSE_NAME, DUMB, MUTE_INSIDE } Kind;

typedef struct {
  Kind kind;
  GTlsCertificate *certificate;
  GSocketService *service;
  guint16 port;
  GAsyncQueue *ends; /* how each session ended at the server: "clean", or what GLib said */
} Server;

typedef struct {
  Server servers[4]; /* in the order of SRV */
  guint n;
  char *ca_file;
  GString *told;
  PealStream *stream;
} World;

/* --- a resolver that knows one domain --- */

static World *zone;

#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)
struct _TestResolver {
  GResolver parent;
};
G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
lookup_service (GResolver *resolver, const char *name, GCancellable *cancellable,
                GAsyncReadyCallback done, gpointer user)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, done, user);
  GList *found = NULL;
  for (guint i = 0; g_str_has_prefix (name, "_xmpps-client.") && i < zone->n; i++)
    found = g_list_append (found, g_srv_target_new ("a.example.org", zone->servers[i].port, i, 0));
  if (found)
    g_task_return_pointer (task, found, NULL);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such records");
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
lookup_name (GResolver *resolver, const char *name, GResolverNameLookupFlags flags,
             GCancellable *cancellable, GAsyncReadyCallback done, gpointer user)
{
  g_autoptr(GTask) task = g_task_new (resolver, cancellable, done, user);
  if (flags == G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY)
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
  else
    g_task_return_pointer (
        task, g_list_append (NULL, g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4)), NULL);
}

static void
test_resolver_class_init (TestResolverClass *class)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (class);
  resolver->lookup_service_async = lookup_service;
  resolver->lookup_service_finish = lookup_finish;
  resolver->lookup_by_name_with_flags_async = lookup_name;
  resolver->lookup_by_name_with_flags_finish = lookup_finish;
}

static void
test_resolver_init (TestResolver *resolver)
{
}

/* --- servers: blocking code in threads of their own; TLS from the first byte --- */

/* Reads up to @word; FALSE with @error, or without at a clean end. */
static gboolean
hears (GIOStream *stream, const char *word, GError **error)
{
  g_autoptr(GString) heard = g_string_new (NULL);
  char buffer[2048];
  while (!strstr (heard->str, word)) {
    gssize length = g_input_stream_read (g_io_stream_get_input_stream (stream), buffer,
                                         sizeof buffer, NULL, error);
    if (length <= 0)
      return FALSE;
    g_string_append_len (heard, buffer, length);
  }
  return TRUE;
}

static void
says (GIOStream *stream, const char *text)
{
  g_output_stream_write_all (g_io_stream_get_output_stream (stream), text, strlen (text), NULL,
                             NULL, NULL);
}

/* Up to both good-byes; then tells how the client went. */
static void
serve_session (Server *server, GIOStream *stream)
{
  g_autoptr(GError) error = NULL;
  static const char *const script[][2] = {
    { "<stream:stream", HEADER "<stream:features><mechanisms xmlns='" NS_SASL
                               "'><mechanism>PLAIN</mechanism></mechanisms></stream:features>" },
    { "</auth>", "<success xmlns='" NS_SASL "'/>" },
    { "<stream:stream", HEADER "<stream:features><bind xmlns='" NS_BIND "'/></stream:features>" },
    { "</iq>", "<iq type='result' id='bind'><bind xmlns='" NS_BIND
               "'><jid>alice@example.org/r</jid></bind></iq>" },
    { "</stream:stream>", "</stream:stream>" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (script); i++) {
    if (!hears (stream, script[i][0], &error))
      return;
    says (stream, script[i][1]);
  }
  hears (stream, "more", &error);
  g_async_queue_push (server->ends, g_strdup (error ? error->message : "clean"));
}

static gboolean
serve (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
       gpointer user)
{
  Server *server = user;
  g_autoptr(GIOStream) tls =
      g_tls_server_connection_new (G_IO_STREAM (connection), server->certificate, NULL);
  if (server->kind == HANGS_UP)
    return TRUE;
  if (server->kind == SILENT)
    hears (G_IO_STREAM (connection), "what never comes", NULL);
  else if (!g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    return TRUE;
  else if (server->kind == DUMB)
    hears (tls, "<stream:stream", NULL);
  else if (server->kind == MUTE_INSIDE)
    hears (tls, "what never comes", NULL);
  else
    serve_session (server, tls);
  g_io_stream_close (tls, NULL, NULL);
  return TRUE;
}

static void
server_init (Server *server, Kind kind, const Authority *authority)
{
  g_autoptr(GError) error = NULL;
  Authority leaf =
      authority_issue (authority, kind == FALSE_NAME ? "example.net" : "example.org", -1, 2);
  g_autofree char *pem = authority_pem (&leaf);
  *server = (Server) { .kind = kind, .ends = g_async_queue_new_full (g_free) };
  server->certificate = g_tls_certificate_new_from_pem (pem, -1, &error);
  g_assert_no_error (error);
  server->service = g_threaded_socket_service_new (4);
  server->port =
      g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (server->service), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (server->service, "run", G_CALLBACK (serve), server);
  g_socket_service_start (server->service);
  authority_clear (&leaf);
}

/* --- the client --- */

static void
on_online (gpointer user, const char *jid, const char *server, const char *tls, gboolean resumed)
{
  g_string_append_printf (((World *) user)->told, "online at %s\n", server);
}

static void
on_offline (gpointer user, const GError *why)
{
  g_string_append_printf (((World *) user)->told, "offline %s: %s\n", peal_cause_word (why->code),
                          why->message);
}

static void
on_closed (gpointer user, const GError *why)
{
  g_string_append_printf (((World *) user)->told, "closed %s: %s\n",
                          why ? peal_cause_word (why->code) : "success", why ? why->message : "");
}

static const PealStreamEvents events = { .online = on_online,
                                         .offline = on_offline,
                                         .closed = on_closed };

static gboolean
on_too_late (gpointer told)
{
  g_error ("too late; told: %s", ((GString *) told)->str);
  return G_SOURCE_REMOVE;
}

static void
until_told (World *world, const char *word)
{
  guint deadline = g_timeout_add_seconds (20, on_too_late, world->told);
  while (!strstr (world->told->str, word))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
}

/* Begins to connect to a domain with servers of @kinds, up to a 0. */
static void
world_init (World *world, const Kind *kinds, guint step_ms)
{
  Authority authority = authority_issue (NULL, "An authority of ours", -1, 2);
  g_autofree char *pem = authority_pem (&authority);
  *world = (World) { .told = g_string_new (NULL) };
  for (; kinds[world->n]; world->n++)
    server_init (&world->servers[world->n], kinds[world->n], &authority);
  g_close (g_file_open_tmp ("peal-ca-XXXXXX.pem", &world->ca_file, NULL), NULL);
  g_assert_true (g_file_set_contents (world->ca_file, pem, -1, NULL));
  authority_clear (&authority);
  zone = world;
  PealStreamSetup setup = {
    .jid = "alice@example.org", .password = "secret", .ca_file = world->ca_file, .step_ms = step_ms
  };
  world->stream = peal_stream_new (&setup, &events, world);
}

static void
world_clear (World *world)
{
  peal_stream_free (world->stream);
  for (guint i = 0; i < world->n; i++) {
    g_socket_service_stop (world->servers[i].service);
    g_socket_listener_close (G_SOCKET_LISTENER (world->servers[i].service));
  }
  while (g_main_context_iteration (NULL, FALSE))
    ;
  for (guint i = 0; i < world->n; i++) {
    g_object_unref (world->servers[i].service);
    g_object_unref (world->servers[i].certificate);
    g_async_queue_unref (world->servers[i].ends);
  }
  g_unlink (world->ca_file);
  g_free (world->ca_file);
  g_string_free (world->told, TRUE);
}

/* What is told first is @what, of the server @of the order of SRV. */
static void
tells (const Kind *kinds, guint step_ms, const char *what, guint of)
{
  World world;
  world_init (&world, kinds, step_ms);
  until_told (&world, "\n");
  g_test_message ("%s", world.told->str);
  g_autofree char *where = g_strdup_printf ("a.example.org:%u", world.servers[of].port);
  g_assert_true (g_str_has_prefix (world.told->str, what));
  g_assert_nonnull (strstr (world.told->str, where));
  world_clear (&world);
}

static void
useless_is_followed (void)
{
  tells ((const Kind[]) { HANGS_UP, GOOD, 0 }, 0, "online", 1);
  tells ((const Kind[]) { HANGS_UP, HANGS_UP, GOOD, 0 }, 0, "online", 2);
  tells ((const Kind[]) { HANGS_UP, HANGS_UP, 0 }, 0, "offline connect: no TLS", 1);
}

static void
silent_is_followed (void)
{
  tells ((const Kind[]) { SILENT, GOOD, 0 }, 1500, "online", 1);
  tells ((const Kind[]) { SILENT, SILENT, 0 }, 50, "offline connect", 0);
  /* Whatever the patience for the last, no other costs more than three seconds of it. */
  tells ((const Kind[]) { SILENT, GOOD, 0 }, 60000, "online", 1);
}

/* Servers that speak TLS, and nothing inside it. */
static void
dumb_is_followed (void)
{
  tells ((const Kind[]) { DUMB, GOOD, 0 }, 0, "online", 1);
  tells ((const Kind[]) { DUMB, HANGS_UP, 0 }, 0, "offline connect", 0);
  tells ((const Kind[]) { HANGS_UP, DUMB, HANGS_UP, DUMB, 0 }, 0, "offline connect", 3);
  tells ((const Kind[]) { MUTE_INSIDE, DUMB, GOOD, 0 }, 2500, "online", 2);
}

/* What is told is what somebody said, not that the last said nothing. */
static void
silence_tells_least (void)
{
  tells ((const Kind[]) { HANGS_UP, SILENT, 0 }, 1500, "offline connect", 0);
}

/* Somebody may be on the way: that is for the user to hear. */
static void
false_is_not_followed (void)
{
  World world;
  world_init (&world, (const Kind[]) { FALSE_NAME, GOOD, 0 }, 0);
  until_told (&world, "\n");
  g_assert_true (g_str_has_prefix (world.told->str, "closed security"));
  world_clear (&world);
}

/* Both said </stream:stream>, then TLS ends by close_notify, so that the server sees no cut. */
static void
parts_cleanly (void)
{
  World world;
  world_init (&world, (const Kind[]) { GOOD, 0 }, 0);
  until_told (&world, "online");
  peal_stream_close (world.stream);
  until_told (&world, "closed success");
  g_autofree char *end = g_async_queue_timeout_pop (world.servers[0].ends, 20 * G_USEC_PER_SEC);
  g_test_message ("the server saw the end as: %s", end);
  g_assert_cmpstr (end, ==, "clean");
  world_clear (&world);
}

/* --- through a proxy --- */

static gboolean
lead_on (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
         gpointer user)
{
  GIOStream *stream = G_IO_STREAM (connection);
  if (hears (stream, "\r\n\r\n", NULL))
    says (stream, "HTTP/1.1 200 OK\r\n\r\n");
  hears (stream, "nothing more", NULL);
  return TRUE;
}

/* The proxy is on this machine, what it leads to may be anywhere. */
static void
a_proxy_is_not_loopback (void)
{
  g_autoptr(GSocketService) service = g_threaded_socket_service_new (2);
  World world = { .told = g_string_new (NULL) };
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_autoptr(PealProxy) proxy = peal_proxy_parse (url, NULL);
  g_signal_connect (service, "run", G_CALLBACK (lead_on), NULL);
  g_socket_service_start (service);
  PealStreamSetup setup = { .jid = "alice@example.org",
                            .password = "secret",
                            .server = "127.0.0.1:5222",
                            .tls = PEAL_TLS_OFF,
                            .proxy = proxy };
  g_autoptr(PealStream) stream = peal_stream_new (&setup, &events, &world);
  until_told (&world, "\n");
  g_test_message ("%s", world.told->str);
  g_assert_true (g_str_has_prefix (world.told->str, "closed security: 127.0.0.1:5222 is another"));
  g_clear_pointer (&stream, peal_stream_free);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_string_free (world.told, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr(GResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_resolver_set_default (resolver);
  g_test_add_func ("/reach/useless-is-followed", useless_is_followed);
  g_test_add_func ("/reach/silent-is-followed", silent_is_followed);
  g_test_add_func ("/reach/dumb-is-followed", dumb_is_followed);
  g_test_add_func ("/reach/silence-tells-least", silence_tells_least);
  g_test_add_func ("/reach/false-is-not-followed", false_is_not_followed);
  g_test_add_func ("/reach/a-proxy-is-not-loopback", a_proxy_is_not_loopback);
  g_test_add_func ("/reach/parts-cleanly", parts_cleanly);
  return g_test_run ();
}
