/* Getting through a proxy: what is said to it, and what its answers mean. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/stream/failure.h"
#include "signaling/stream/proxy_inside.h"

#define MOST_STATUS 100   /* of its first line is told */
#define MOST_HEAD   16384 /* an HTTP answer's head; SOCKS5 says at most 262 bytes at a time */

/* RFC 1928 §3, §6; RFC 1929 §2 */
enum { SOCKS = 5, NO_AUTH = 0, BY_PASSWORD = 2, NO_METHOD = 0xff, CONNECT = 1 };
enum { IPV4 = 1, NAME = 3, IPV6 = 4 };

typedef enum {
  METHOD = 1, /* the proxy chooses how we say who we are */
  WELCOME,    /* it takes the password, or not */
  REPLY,      /* it is connected, or not: up to the byte that says how long its address is */
  ADDRESS,    /* that address, which nobody needs */
  HEAD,       /* of an HTTP answer */
  PASSED,
  N_STATES,
} State;

static const char *const words[N_STATES] = { "",        "method", "welcome", "reply",
                                             "address", "head",   "passed" };

/* Lives as the data of its task, which the one operation under way holds. */
typedef struct {
  PealProxy *proxy;
  GIOStream *base;
  char *host, *target;
  guint16 port;
  State state;
  GByteArray *say, *heard; /* wiped: a password passes through the first */
  gsize wanted;            /* so many bytes let the state go on; 0: an HTTP head */
  GError *why;
  guint8 buffer[512];
} Pass;

static void
pass_free (gpointer data)
{
  Pass *pass = data;
  peal_proxy_unref (pass->proxy);
  g_object_unref (pass->base);
  g_free (pass->host);
  g_free (pass->target);
  explicit_bzero (pass->say->data, pass->say->len);
  g_byte_array_unref (pass->say);
  g_byte_array_unref (pass->heard);
  g_clear_error (&pass->why);
  g_free (pass);
}

/* The only assignment to ->state. */
static void
enter (Pass *pass, State state, gsize wanted)
{
  g_debug ("proxy %s: %s -> %s", pass->proxy->where, words[pass->state], words[state]);
  pass->state = state;
  pass->wanted = wanted;
  g_byte_array_set_size (pass->heard, 0);
}

static void
say (Pass *pass, gconstpointer bytes, gsize length)
{
  g_byte_array_append (pass->say, bytes, (guint) length);
}

static void
say_byte (Pass *pass, guint byte)
{
  guint8 one = (guint8) byte;
  say (pass, &one, 1);
}

/* A byte that says how long, then the text: 255 at most. */
static void
say_text (Pass *pass, const char *text)
{
  gsize length = MIN (text ? strlen (text) : 0, 255);
  say_byte (pass, (guint) length);
  say (pass, text ? text : "", length);
}

/* --- what goes wrong --- */

static void
refuse_user (Pass *pass)
{
  const char *where = pass->proxy->where;
  if (!pass->proxy->user)
    pass->why = peal_failure_new (PEAL_FAILURE_PROXY_AUTH,
                                  "the proxy %s wants a user name and a password; write the name "
                                  "into --proxy, and the password into PEAL_PROXY_PASSWORD",
                                  where);
  else if (!pass->proxy->password)
    pass->why = peal_failure_new (PEAL_FAILURE_PROXY_AUTH,
                                  "the proxy %s wants a password for %s; give it in "
                                  "PEAL_PROXY_PASSWORD, or as proxy-password in the config",
                                  where, pass->proxy->user);
  else
    pass->why = peal_failure_new (PEAL_FAILURE_PROXY_AUTH,
                                  "the proxy %s does not take the password for %s; correct it in "
                                  "PEAL_PROXY_PASSWORD or the config",
                                  where, pass->proxy->user);
}

static void
refuse (Pass *pass, PealFailure failure, const char *answer)
{
  const char *where = pass->proxy->where, *target = pass->target;
  g_clear_error (&pass->why);
  if (failure == PEAL_FAILURE_PROXY_REFUSED)
    pass->why = peal_failure_new (failure,
                                  "the proxy %s does not let us through to %s: %s; many allow port "
                                  "443 alone: name one that the server has there with --server "
                                  "HOST:443, or ask the proxy's administrator",
                                  where, target, answer);
  else if (failure == PEAL_FAILURE_PORT_REFUSED)
    pass->why = peal_failure_new (failure,
                                  "nobody listens at %s, says the proxy %s: %s; name the server "
                                  "with --server (through a proxy no SRV records are looked up)",
                                  target, where, answer);
  else
    pass->why = peal_failure_new (failure,
                                  "the proxy %s finds no way to %s: %s; name the server with "
                                  "--server (through a proxy no SRV records are looked up)",
                                  where, target, answer);
}

static void
break_off (Pass *pass, const char *what)
{
  if (!pass->why)
    pass->why = peal_failure_new (PEAL_FAILURE_PROXY_DOWN,
                                  "the proxy %s %s; check its address and kind in --proxy "
                                  "(socks5:// or http://), or do without: --proxy none",
                                  pass->proxy->where, what);
}

/* --- SOCKS5 --- */

static void
greet (Pass *pass)
{
  gboolean known = pass->proxy->user != NULL;
  say_byte (pass, SOCKS);
  say_byte (pass, known ? 2 : 1);
  say_byte (pass, NO_AUTH);
  if (known)
    say_byte (pass, BY_PASSWORD);
  enter (pass, METHOD, 2);
}

static void
ask_socks (Pass *pass)
{
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (pass->host);
  const guint8 head[] = { SOCKS, CONNECT, 0 };
  say (pass, head, sizeof head);
  if (address) {
    say_byte (pass, g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? IPV6 : IPV4);
    say (pass, g_inet_address_to_bytes (address), g_inet_address_get_native_size (address));
  } else {
    say_byte (pass, NAME);
    say_text (pass, pass->host);
  }
  say_byte (pass, pass->port >> 8);
  say_byte (pass, pass->port & 0xff);
  enter (pass, REPLY, 5);
}

static void
hear_method (Pass *pass, const guint8 *heard)
{
  if (heard[0] != SOCKS) {
    break_off (pass, "does not speak SOCKS5");
  } else if (heard[1] == NO_AUTH) {
    ask_socks (pass);
  } else if (heard[1] == BY_PASSWORD && pass->proxy->user) {
    say_byte (pass, 1);
    say_text (pass, pass->proxy->user);
    say_text (pass, pass->proxy->password);
    enter (pass, WELCOME, 2);
  } else if (heard[1] == NO_METHOD) {
    refuse_user (pass);
  } else {
    break_off (pass, "chose a way to log in that was not offered");
  }
}

/* RFC 1928 §6 */
static void
hear_reply (Pass *pass, const guint8 *heard)
{
  static const struct {
    PealFailure failure;
    const char *answer;
  } replies[] = {
    [1] = { PEAL_FAILURE_NO_ROUTE, "general failure" },
    [2] = { PEAL_FAILURE_PROXY_REFUSED, "its rules forbid it" },
    [3] = { PEAL_FAILURE_NO_ROUTE, "network unreachable" },
    [4] = { PEAL_FAILURE_NO_ROUTE, "host unreachable or unknown" },
    [5] = { PEAL_FAILURE_PORT_REFUSED, "connection refused" },
    [6] = { PEAL_FAILURE_NO_ROUTE, "it took too many hops" },
    [7] = { PEAL_FAILURE_PROXY_REFUSED, "it connects nobody" },
    [8] = { PEAL_FAILURE_PROXY_REFUSED, "it knows no such kind of address" },
  };
  guint reply = heard[1];
  gsize size = heard[3] == IPV4 ? 4 : heard[3] == IPV6 ? 16 : heard[3] == NAME ? heard[4] + 1u : 0;
  if (heard[0] != SOCKS || reply >= G_N_ELEMENTS (replies) || (reply == 0 && size == 0))
    break_off (pass, "does not speak SOCKS5");
  else if (reply != 0)
    refuse (pass, replies[reply].failure, replies[reply].answer);
  else
    enter (pass, ADDRESS, size - 1 + 2); /* its first byte came already; a port follows */
}

/* --- HTTP --- */

static void
ask_http (Pass *pass)
{
  g_autofree char *head =
      g_strdup_printf ("CONNECT %s HTTP/1.1\r\nHost: %s\r\n", pass->target, pass->target);
  say (pass, head, strlen (head));
  if (pass->proxy->user) {
    const char *password = pass->proxy->password ? pass->proxy->password : "";
    g_autofree char *plain = g_strdup_printf ("%s:%s", pass->proxy->user, password);
    g_autofree char *coded = g_base64_encode ((const guchar *) plain, strlen (plain));
    g_autofree char *line = g_strdup_printf ("Proxy-Authorization: Basic %s\r\n", coded);
    say (pass, line, strlen (line));
    explicit_bzero (plain, strlen (plain));
    explicit_bzero (coded, strlen (coded));
    explicit_bzero (line, strlen (line));
  }
  say (pass, "\r\n", 2);
  enter (pass, HEAD, 0);
}

/* "HTTP/1.1 403 Forbidden" → 403 and "403 Forbidden"; 0 when it is something else. */
static guint
status_of (char *head, const char **answer)
{
  gboolean http = g_str_has_prefix (head, "HTTP/1.") && head[8] == ' ' && g_ascii_isdigit (head[9]);
  char *end = http ? strpbrk (head, "\r\n") : NULL;
  if (!end)
    return 0;
  *end = '\0';
  if (strlen (head) > MOST_STATUS)
    head[MOST_STATUS] = '\0';
  *answer = head + 9;
  return (guint) g_ascii_strtoull (*answer, NULL, 10);
}

static void
hear_head (Pass *pass, gsize length)
{
  g_autofree char *raw = g_strndup ((const char *) pass->heard->data, length);
  g_autofree char *head = g_str_to_ascii (raw, "C");
  const char *answer = NULL;
  guint status = status_of (head, &answer);
  if (status / 100 == 2 && length == pass->heard->len)
    enter (pass, PASSED, 0);
  else if (status / 100 == 2)
    break_off (pass, "spoke for the server before that was asked");
  else if (status == 407 || status == 401) /* tinyproxy says the latter */
    refuse_user (pass);
  else if (status / 100 == 5)
    refuse (pass, PEAL_FAILURE_NO_ROUTE, answer);
  else if (status >= 300)
    refuse (pass, PEAL_FAILURE_PROXY_REFUSED, answer);
  else
    break_off (pass, "does not speak HTTP");
}

/* --- one operation after the other --- */

static void
hear (Pass *pass)
{
  const guint8 *heard = pass->heard->data;
  if (pass->state == HEAD) {
    const char *end = g_strstr_len ((const char *) heard, pass->heard->len, "\r\n\r\n");
    if (end)
      hear_head (pass, (gsize) (end - (const char *) heard) + 4);
    else if (pass->heard->len >= MOST_HEAD || (pass->heard->len >= 5 && memcmp (heard, "HTTP/", 5)))
      break_off (pass, "does not speak HTTP");
    return;
  }
  if (pass->heard->len < pass->wanted)
    return;
  if (pass->state == METHOD)
    hear_method (pass, heard);
  else if (pass->state == WELCOME && heard[1] == 0)
    ask_socks (pass);
  else if (pass->state == WELCOME)
    refuse_user (pass);
  else if (pass->state == REPLY)
    hear_reply (pass, heard);
  else
    enter (pass, PASSED, 0);
}

static void on_read (GObject *stream, GAsyncResult *result, gpointer user);
static void on_written (GObject *stream, GAsyncResult *result, gpointer user);

static void
go_on (GTask *task)
{
  Pass *pass = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  gsize size = pass->wanted ? pass->wanted - pass->heard->len : sizeof pass->buffer;
  if (pass->why)
    g_task_return_error (task, g_steal_pointer (&pass->why));
  else if (pass->say->len > 0)
    g_output_stream_write_all_async (g_io_stream_get_output_stream (pass->base), pass->say->data,
                                     pass->say->len, G_PRIORITY_DEFAULT, cancellable, on_written,
                                     g_object_ref (task));
  else if (pass->state == PASSED)
    g_task_return_boolean (task, TRUE);
  else
    g_input_stream_read_async (g_io_stream_get_input_stream (pass->base), pass->buffer,
                               MIN (size, sizeof pass->buffer), G_PRIORITY_DEFAULT, cancellable,
                               on_read, g_object_ref (task));
}

static void
on_written (GObject *stream, GAsyncResult *result, gpointer user)
{
  g_autoptr(GTask) task = user;
  Pass *pass = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean good = g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  explicit_bzero (pass->say->data, pass->say->len);
  g_byte_array_set_size (pass->say, 0);
  if (!good)
    break_off (pass, "broke the connection off");
  go_on (task);
}

static void
on_read (GObject *stream, GAsyncResult *result, gpointer user)
{
  g_autoptr(GTask) task = user;
  Pass *pass = g_task_get_task_data (task);
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, NULL);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (length > 0) {
    g_byte_array_append (pass->heard, pass->buffer, (guint) length);
    hear (pass);
  } else {
    break_off (pass, "broke the connection off");
  }
  go_on (task);
}

void
peal_proxy_pass (const PealProxyWish *wish, GCancellable *cancellable, GAsyncReadyCallback done,
                 gpointer user)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, done, user);
  Pass *pass = g_new0 (Pass, 1);
  g_task_set_task_data (task, pass, pass_free);
  pass->proxy = peal_proxy_ref (wish->proxy);
  pass->base = g_object_ref (wish->base);
  pass->host = g_strdup (wish->host);
  pass->port = wish->port;
  pass->target =
      g_strdup_printf (strchr (wish->host, ':') ? "[%s]:%u" : "%s:%u", wish->host, wish->port);
  pass->say = g_byte_array_new ();
  pass->heard = g_byte_array_new ();
  if (pass->proxy->kind == PEAL_PROXY_SOCKS5)
    greet (pass);
  else
    ask_http (pass);
  go_on (task);
}

gboolean
peal_proxy_pass_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
