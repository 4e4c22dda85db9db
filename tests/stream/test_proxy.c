/* Proxies: their URLs, whom NO_PROXY exempts, and what is said to scripted ones of both kinds. No
 * name is looked up here: a resolver that is asked ends the test. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/stream/dial.h"
#include "signaling/stream/failure.h"

/* --- a resolver that nobody may ask --- */

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
  g_error ("SRV records of %s were asked for", name);
}

static void
lookup_name (GResolver *resolver, const char *name, GResolverNameLookupFlags flags,
             GCancellable *cancellable, GAsyncReadyCallback done, gpointer user)
{
  g_error ("the address of %s was asked for", name);
}

static void
test_resolver_class_init (TestResolverClass *class)
{
  G_RESOLVER_CLASS (class)->lookup_service_async = lookup_service;
  G_RESOLVER_CLASS (class)->lookup_by_name_async =
      (gpointer) lookup_service; /* the same arguments */
  G_RESOLVER_CLASS (class)->lookup_by_name_with_flags_async = lookup_name;
}

static void
test_resolver_init (TestResolver *resolver)
{
}

/* --- a proxy that follows a script: hear so many bytes, which must be these; say those --- */

typedef struct {
  const char *bytes;
  gsize length;
} Text;
#define TEXT(literal)                                                                              \
  {                                                                                                \
    literal, sizeof (literal) - 1                                                                  \
  }
#define NOTHING                                                                                    \
  {                                                                                                \
    NULL, 0                                                                                        \
  }

typedef struct {
  const char *name, *scheme, *password; /* with a password the user is alice */
  Text lines[6];                        /* heard, said, heard, said, … */
  const char *failure, *word;           /* NULL: it passes */
  gboolean stays;                       /* silent after its last line, instead of hanging up */
} Case;

static const Case *now;
static GAsyncQueue *complaints; /* of char *: what the proxy did not hear */

/* An HTTP request with these lines, whatever else the library says of itself. */
static gboolean
hears_request (GInputStream *in, char *heard, gsize size, const char *lines)
{
  g_auto(GStrv) wanted = g_strsplit (lines, "\r\n", -1);
  gsize length = 0;
  while (length < size - 1 && g_input_stream_read (in, heard + length, 1, NULL, NULL) == 1) {
    heard[++length] = '\0';
    if (g_str_has_suffix (heard, "\r\n\r\n"))
      break;
  }
  gboolean all = length > 0;
  for (guint i = 0; wanted[i]; i++)
    all = all && strstr (heard, wanted[i]);
  return all && g_str_has_suffix (heard, "\r\n\r\n");
}

static gboolean
serve (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
       gpointer user)
{
  /* Not `now`: one who was cancelled may be served after the next case has begun. */
  const Case *played = user;
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  char heard[1024];
  for (guint i = 0; i < G_N_ELEMENTS (played->lines) && played->lines[i].bytes; i++) {
    const Text *line = &played->lines[i];
    gsize length = 0;
    if (i % 2) {
      g_output_stream_write_all (out, line->bytes, line->length, NULL, NULL, NULL);
      continue;
    }
    gboolean good = g_str_equal (played->scheme, "http")
                        ? hears_request (in, heard, sizeof heard, line->bytes)
                        : g_input_stream_read_all (in, heard, line->length, &length, NULL, NULL) &&
                              length == line->length && !memcmp (heard, line->bytes, length);
    if (!good && !played->stays) /* who stays is cancelled, perhaps before anything was sent */
      g_async_queue_push (complaints, g_strdup (line->bytes));
  }
  if (!played->failure) { /* the server, which speaks when spoken to */
    g_input_stream_read (in, heard, 1, NULL, NULL);
    g_output_stream_write_all (out, "hello", 5, NULL, NULL, NULL);
  } else if (played->stays) {
    g_input_stream_read (in, heard, 1, NULL, NULL);
  }
  return TRUE;
}

/* --- dialing --- */

static char *awaited;

static void
on_awaits (gpointer user, const char *what)
{
  g_free (awaited);
  awaited = g_strdup (what);
}

static void
on_dialed (GObject *source, GAsyncResult *result, gpointer user)
{
  *(GAsyncResult **) user = g_object_ref (result);
}

static gboolean
on_too_late (gpointer user)
{
  g_error ("dialing does not end; it awaits %s", awaited);
  return G_SOURCE_REMOVE;
}

static PealDialed *
dial (guint16 port, const char *server, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *url =
      g_strdup_printf ("%s://%s127.0.0.1:%u", now->scheme, now->password ? "alice@" : "", port);
  g_autoptr(PealProxy) proxy =
      peal_proxy_with_password (peal_proxy_parse (url, NULL), now->password);
  PealDialSetup setup = {
    .domain = "example.org", .server = server, .proxy = proxy, .awaits = on_awaits
  };
  guint deadline = g_timeout_add_seconds (20, on_too_late, NULL);
  peal_dial (&setup, cancellable, on_dialed, &result);
  while (!result) {
    g_main_context_iteration (NULL, TRUE);
    if (now->stays && g_strcmp0 (awaited, "the proxy's answer") == 0)
      g_cancellable_cancel (cancellable);
  }
  g_source_remove (deadline);
  PealDialed *dialed = peal_dial_finish (result, error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  return dialed;
}

static void
hears_the_server (PealDialed *dialed)
{
  char heard[6] = "";
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (dialed->connection)), "?",
                             1, NULL, NULL, NULL);
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (dialed->connection)), heard,
                           5, NULL, NULL, NULL);
  g_assert_cmpstr (heard, ==, "hello");
  g_assert_true (dialed->proxied);
  g_assert_cmpstr (dialed->where, ==, "xmpp.example.org:5222");
}

static void
passes_or_not (gconstpointer data)
{
  g_autoptr(GSocketService) service = g_threaded_socket_service_new (8);
  g_autoptr(GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  now = data;
  g_signal_connect (service, "run", G_CALLBACK (serve), (gpointer) data);
  g_socket_service_start (service);
  g_autoptr(PealDialed) dialed = dial (port, "xmpp.example.org:5222", &error);
  if (dialed)
    hears_the_server (dialed);
  else
    g_test_message ("%s", error->message);
  g_autofree char *complaint = g_async_queue_try_pop (complaints);
  g_assert_cmpstr (complaint, ==, NULL);
  if (now->stays && !now->word) {
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  } else if (now->failure) {
    g_assert_nonnull (error);
    g_assert_cmpstr (peal_cause_failure (error), ==, now->failure);
    g_assert_nonnull (strstr (error->message, now->word));
  }
  g_assert_cmpint (dialed == NULL, ==, now->failure != NULL);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

#define ASK    "\5\1\0\3\20xmpp.example.org\24\146"
#define DONE   "\5\0\0\1\0\0\0\0\0\0"
#define SAY_NO "\0\1\0\0\0\0\0\0"
#define SOCKS(name_, code_, failure_, word_)                                                       \
  {                                                                                                \
    name_, "socks5", NULL,                                                                         \
        { TEXT ("\5\1\0"), TEXT ("\5\0"), TEXT (ASK), TEXT ("\5" code_ SAY_NO) }, failure_, word_  \
  }
#define CONNECT "CONNECT xmpp.example.org:5222 HTTP/1\r\nHost: xmpp.example.org:5222\r\n"
#define HTTP(name_, answer_, failure_, word_)                                                      \
  {                                                                                                \
    name_, "http", NULL, { TEXT (CONNECT "\r\n"), TEXT (answer_) }, failure_, word_                \
  }

static const Case cases[] = {
  { "socks5", "socks5", NULL, { TEXT ("\5\1\0"), TEXT ("\5\0"), TEXT (ASK), TEXT (DONE) } },
  { "socks5h-named",
    "socks5h",
    NULL,
    { TEXT ("\5\1\0"), TEXT ("\5\0"), TEXT (ASK), TEXT ("\5\0\0\3\4name\0\1") } },
  { "socks5-ipv6",
    "socks5",
    NULL,
    { TEXT ("\5\1\0"), TEXT ("\5\0"), TEXT (ASK),
      TEXT ("\5\0\0\4\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\0\1") } },
  { "socks5-password",
    "socks5",
    "secret",
    { TEXT ("\5\2\0\2"), TEXT ("\5\2"), TEXT ("\1\5alice\6secret"), TEXT ("\1\0"), TEXT (ASK),
      TEXT (DONE) } },
  { "socks5-password-not-asked",
    "socks5",
    "secret",
    { TEXT ("\5\2\0\2"), TEXT ("\5\0"), TEXT (ASK), TEXT (DONE) } },
  { "socks5-wrong-password",
    "socks5",
    "guess",
    { TEXT ("\5\2\0\2"), TEXT ("\5\2"), TEXT ("\1\5alice\5guess"), TEXT ("\1\1") },
    "proxy-auth",
    "does not take the password for alice" },
  { "socks5-wants-user",
    "socks5",
    NULL,
    { TEXT ("\5\1\0"), TEXT ("\5\377") },
    "proxy-auth",
    "wants a user name and a password" },
  { "socks5-chooses-what-was-not-offered",
    "socks5",
    NULL,
    { TEXT ("\5\1\0"), TEXT ("\5\2") },
    "proxy-auth",
    "wants a user name and a password" },
  SOCKS ("socks5-general", "\1", "proxy-down", "did not connect us to xmpp.example.org:5222"),
  SOCKS ("socks5-forbidden", "\2", "proxy-refused", "does not let us through"),
  SOCKS ("socks5-network", "\3", "no-route", "finds no way to"),
  SOCKS ("socks5-host", "\4", "no-route", "finds no way to"),
  SOCKS ("socks5-refused", "\5", "port-refused", "nobody listens at xmpp.example.org:5222"),
  SOCKS ("socks5-command", "\7", "proxy-down", "did not connect us"),
  SOCKS ("socks5-absurd", "\177", "proxy-down", "did not connect us"),
  { "socks5-answers-http",
    "socks5",
    NULL,
    { TEXT ("\5\1\0"), TEXT ("HTTP/1.0 400 Bad Request\r\n\r\n") },
    "proxy-down",
    "check its address, kind" },
  { "socks5-hangs-up",
    "socks5",
    NULL,
    { TEXT ("\5\1\0"), TEXT ("\5") },
    "proxy-down",
    "did not connect us" },
  { "socks5-no-address",
    "socks5",
    NULL,
    { TEXT ("\5\1\0"), TEXT ("\5\0"), TEXT (ASK), TEXT ("\5\0\0\11\0\0\0\0\0\0") },
    "proxy-down",
    "check its address, kind" },
  { "socks5-silent", "socks5", NULL, { TEXT ("\5\1\0"), NOTHING }, "silent", NULL, TRUE },
  HTTP ("http", "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n", NULL, NULL),
  HTTP ("http-1.0", "HTTP/1.0 200 OK\r\n\r\n", NULL, NULL),
  { "http-password",
    "http",
    "secret",
    { TEXT (CONNECT "Proxy-Authorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n"),
      TEXT ("HTTP/1.1 200 OK\r\n\r\n") } },
  { "http-wrong-password",
    "http",
    "guess",
    { TEXT (CONNECT "Proxy-Authorization: Basic YWxpY2U6Z3Vlc3M=\r\n\r\n"),
      TEXT ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") },
    "proxy-auth",
    "does not take the password for alice" },
  HTTP ("http-wants-user", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "proxy-auth",
        "wants a user name and a password"),
  HTTP ("http-forbidden", "HTTP/1.1 403 Forbidden\r\n\r\n<html>no</html>", "proxy-refused",
        "many allow port 443 alone"),
  { "http-wrong-password-401",
    "http",
    "guess",
    { TEXT (CONNECT "Proxy-Authorization: Basic YWxpY2U6Z3Vlc3M=\r\n\r\n"),
      TEXT ("HTTP/1.0 401 Unauthorized\r\n\r\n") },
    "proxy-auth",
    "does not take the password for alice" },
  HTTP ("http-bad-gateway", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "proxy-down", "502"),
  HTTP ("http-odd-status", "HTTP/1.1 777\r\n\r\n", "proxy-down", "777"),
  HTTP ("http-answers-xmpp", "<?xml version='1.0'?><stream:stream>", "proxy-down",
        "did not connect us"),
  HTTP ("http-no-number", "HTTP/1.1 OK\r\n\r\n", "proxy-down", "did not connect us"),
  { "http-silent", "http", NULL, { TEXT (CONNECT "\r\n"), NOTHING }, "silent", NULL, TRUE },
};

/* --- who is there at all --- */

static guint16
closed_port (void)
{
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_socket_listener_close (listener);
  return port;
}

static void
nobody_there (void)
{
  static const Case socks = { "", "socks5", NULL, { NOTHING }, "proxy-down", "" };
  g_autoptr(GError) error = NULL;
  now = &socks;
  g_assert_null (dial (closed_port (), NULL, &error));
  g_assert_cmpstr (peal_cause_failure (error), ==, "proxy-down");
  g_assert_nonnull (strstr (error->message, "cannot be reached"));
}

/* --- without SRV --- */

static GAsyncQueue *requests; /* of char * */

static gboolean
forbid (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
        gpointer user)
{
  static const char no[] = "HTTP/1.1 403 Forbidden\r\n\r\n";
  g_autoptr(GDataInputStream) in =
      g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_async_queue_push (requests, g_data_input_stream_read_line (in, NULL, NULL, NULL));
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), no,
                             sizeof no - 1, NULL, NULL, NULL);
  return TRUE;
}

/* The domain itself, on both ports that servers have. */
static void
domain_itself (void)
{
  static const Case http = { "", "http", NULL, { NOTHING }, "proxy-refused", "" };
  g_autoptr(GSocketService) service = g_threaded_socket_service_new (8);
  g_autoptr(GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  now = &http;
  requests = g_async_queue_new_full (g_free);
  g_signal_connect (service, "run", G_CALLBACK (forbid), NULL);
  g_socket_service_start (service);
  g_assert_null (dial (port, NULL, &error));
  g_assert_cmpstr (peal_cause_failure (error), ==, "proxy-refused");
  g_autofree char *one = g_async_queue_try_pop (requests);
  g_autofree char *other = g_async_queue_try_pop (requests);
  g_autofree char *both = g_strjoin (" ", one, other, NULL); /* a busy machine turns them round */
  g_assert_nonnull (strstr (both, "CONNECT example.org:5222 HTTP/1"));
  g_assert_nonnull (strstr (both, "CONNECT example.org:5223 HTTP/1"));
  g_assert_null (g_async_queue_try_pop (requests));
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_async_queue_unref (requests);
}

/* What would write lines of its own into the request never gets there. */
static void
odd_servers (void)
{
  static const char *const servers[] = { "a\r\nX: y:5222", "a b:5222", "a/b:5222", "<a>" };
  static const Case http = { "", "http", NULL, { NOTHING }, "no-address", "" };
  now = &http;
  for (guint i = 0; i < G_N_ELEMENTS (servers); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null (dial (1, servers[i], &error));
    g_assert_cmpstr (peal_cause_failure (error), ==, "no-address");
  }
}

/* --- URLs --- */

static void
urls (void)
{
  static const struct {
    const char *url, *where; /* NULL: refused */
  } rows[] = {
    { "socks5://proxy.example.org:9050", "proxy.example.org:9050" },
    { "SOCKS5H://127.0.0.1", "127.0.0.1:1080" },
    { "socks://[::1]:9", "[::1]:9" },
    { "http://a:b@proxy:3128/", "proxy:3128" },
    { "proxy:3128", "proxy:3128" },
    { "https://proxy:3128", NULL },
    { "socks4://proxy:3128", NULL },
    { "http://proxy/path", NULL },
    { "http://", NULL },
    { "socks5://proxy:99999", NULL },
    { "", NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(PealProxy) proxy = peal_proxy_parse (rows[i].url, &error);
    g_assert_cmpstr (proxy ? peal_proxy_where (proxy) : NULL, ==, rows[i].where);
    g_assert_cmpint (proxy == NULL, ==, g_error_matches (error, PEAL_CAUSE, PEAL_CAUSE_USAGE));
  }
  g_assert_true (peal_proxy_tells_password ("http://a:b@proxy"));
  g_assert_true (peal_proxy_tells_password ("a:b@proxy:1"));
  g_assert_false (peal_proxy_tells_password ("http://a@proxy:1"));
  g_assert_false (peal_proxy_tells_password ("proxy:1"));
}

static void
exemptions (void)
{
  static const struct {
    const char *list, *host;
    gboolean exempt;
  } rows[] = {
    { "example.org", "example.org", TRUE },
    { "example.org", "xmpp.EXAMPLE.org", TRUE },
    { ".example.org", "xmpp.example.org", TRUE },
    { "example.org", "notexample.org", FALSE },
    { "xmpp.example.org", "example.org", FALSE },
    { "a.net, example.org", "example.org", TRUE },
    { "*", "anything", TRUE },
    { "192.0.2.0/24", "192.0.2.7", TRUE },
    { "192.0.2.0/24", "192.0.3.7", FALSE },
    { "2001:db8::/32", "2001:db8::1", TRUE },
    { "", "example.org", FALSE },
    { ",,.", "example.org", FALSE },
    { NULL, "example.org", FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (peal_proxy_exempts (rows[i].list, rows[i].host), ==, rows[i].exempt);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr(GResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_resolver_set_default (resolver);
  complaints = g_async_queue_new_full (g_free);
  g_test_add_func ("/proxy/urls", urls);
  g_test_add_func ("/proxy/exemptions", exemptions);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/proxy/", cases[i].name, NULL);
    g_test_add_data_func (path, &cases[i], passes_or_not);
  }
  g_test_add_func ("/proxy/nobody-there", nobody_there);
  g_test_add_func ("/proxy/domain-itself", domain_itself);
  g_test_add_func ("/proxy/odd-servers", odd_servers);
  int status = g_test_run ();
  g_async_queue_unref (complaints);
  g_free (awaited);
  return status;
}
