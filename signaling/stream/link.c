/* The link: dial, STARTTLS, TLS, bytes. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "signaling/stream/dial.h"
#include "signaling/stream/reader.h"
#include "signaling/stream/stream_wire.h"
#include "signaling/stream/trust.h"

#define PLAIN_BYTES (64 * 1024) /* a server says little before TLS */

typedef enum {
  DIALING = 1,
  HEADER, /* unencrypted */
  FEATURES,
  PROCEED,
  HANDSHAKE,
  OPEN,
  CLOSED,
  N_STATES,
} State;

struct PealLink {
  guint references; /* the owner's, and one for each operation under way */
  PealLinkSetup setup;
  char *domain, *server, *where;
  const PealLinkEvents *events; /* NULL once freed */
  gpointer user;
  State state;
  GCancellable *cancellable;
  GIOStream *base, *stream; /* TCP; what bytes go through now */
  PealReader *reader;       /* of the unencrypted part */
  gsize plain_bytes;
  GString *queued, *writing;
  gboolean is_writing;
  char buffer[16 * 1024];
};

static const char *const awaited[N_STATES] = {
  [DIALING] = "a connection (name lookup and TCP)", [HEADER] = "the stream header before TLS",
  [FEATURES] = "the stream features before TLS",    [PROCEED] = "<proceed/> to STARTTLS",
  [HANDSHAKE] = "the end of the TLS handshake",
};

static void read_more (PealLink *link);
static void begin_tls (PealLink *link);
static void on_dialed (GObject *source, GAsyncResult *result, gpointer user);

static PealLink *
hold (PealLink *link)
{
  link->references++;
  return link;
}

static void
release (PealLink *link)
{
  if (--link->references > 0)
    return;
  peal_reader_free (link->reader);
  g_clear_object (&link->stream);
  g_clear_object (&link->base);
  g_object_unref (link->cancellable);
  g_clear_object (&link->setup.given);
  g_clear_object (&link->setup.trust);
  g_string_free (link->queued, TRUE);
  g_string_free (link->writing, TRUE);
  g_free (link->domain);
  g_free (link->server);
  g_free (link->where);
  g_free (link);
}

/* The only assignment to ->state. */
static void
enter (PealLink *link, State state)
{
  g_debug ("link %s: %d -> %d", link->domain, link->state, state);
  link->state = state;
  if (link->events && awaited[state])
    link->events->awaits (link->user, awaited[state]);
}

/* Tells the end once. The caller's operation still holds the link, so its owner may free it here.
 */
static void
close_with (PealLink *link, const GError *why)
{
  if (link->state == CLOSED)
    return;
  enter (link, CLOSED);
  if (link->events)
    link->events->closed (link->user, why);
}

static void fail (PealLink *link, PealCause cause, const char *format, ...) G_GNUC_PRINTF (3, 4);
static void
fail (PealLink *link, PealCause cause, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, cause, text);
  close_with (link, why);
}

static GSocket *
socket_of (PealLink *link)
{
  return G_IS_SOCKET_CONNECTION (link->base)
             ? g_socket_connection_get_socket (G_SOCKET_CONNECTION (link->base))
             : NULL;
}

/* TLS 1.3 servers send tickets, then features; their Nagle waits for our delayed acknowledgement:
 * 40 ms a login; later the same between a stanza and the server's <r/>: 40 ms a step of a call. The
 * kernel forgets the option after a while, so it is set again and again. */
static void
quick (PealLink *link)
{
  GSocket *socket = socket_of (link);
  if (socket && g_socket_get_family (socket) != G_SOCKET_FAMILY_UNIX)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_QUICKACK, 1, NULL);
}

/* --- writing --- */

static void write_more (PealLink *link);

static void
on_written (GObject *stream, GAsyncResult *result, gpointer user)
{
  PealLink *link = user;
  g_autoptr(GError) error = NULL;
  gboolean good = g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, &error);
  link->is_writing = FALSE;
  explicit_bzero (link->writing->str, link->writing->len);
  g_string_truncate (link->writing, 0);
  quick (link);
  if (!good)
    fail (link, PEAL_CAUSE_CONNECT, "the connection to %s broke: %s", link->where, error->message);
  else if (link->state == HANDSHAKE)
    begin_tls (link);
  else
    write_more (link);
  release (link);
}

static void
write_more (PealLink *link)
{
  if (link->is_writing || link->state == CLOSED || !link->events)
    return;
  if (link->queued->len == 0) {
    if (link->state == OPEN)
      link->events->drained (link->user);
    return;
  }
  GString *next = link->queued;
  link->queued = link->writing;
  link->writing = next;
  link->is_writing = TRUE;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (link->stream), link->writing->str,
                                   link->writing->len, G_PRIORITY_DEFAULT, link->cancellable,
                                   on_written, hold (link));
}

void
peal_link_write (PealLink *link, const char *bytes, gsize length)
{
  if (link->state == CLOSED || length == 0)
    return;
  g_string_append_len (link->queued, bytes, length);
  write_more (link);
}

gsize
peal_link_backlog (const PealLink *link)
{
  return link->queued->len + link->writing->len;
}

static void
dial (PealLink *link)
{
  PealDialSetup setup = { .domain = link->domain, .server = link->server, .tls = link->setup.tls };
  enter (link, DIALING);
  peal_dial (&setup, link->cancellable, on_dialed, hold (link));
}

/* A server named by hand that answers a stream header with something else: perhaps it wants TLS
 * from the first byte. Tried once, unless the user said which of both. */
static gboolean
try_direct (PealLink *link)
{
  if (link->state != HEADER || link->setup.tls != PEAL_TLS_BOTH || !link->server ||
      link->is_writing)
    return FALSE;
  link->setup.tls = PEAL_TLS_DIRECT;
  g_clear_pointer (&link->reader, peal_reader_free);
  g_clear_pointer (&link->where, g_free);
  g_clear_object (&link->stream);
  g_clear_object (&link->base);
  dial (link);
  return TRUE;
}

/* --- the unencrypted part: header, features, <starttls/>, <proceed/> (RFC 6120 §5.4) --- */

static void
on_plain_header (gpointer user, const char *id, const char *from)
{
  PealLink *link = user;
  if (link->state == HEADER)
    enter (link, FEATURES);
}

static void
on_plain_features (PealLink *link, xmpp_stanza_t *element)
{
  PealFeatures *features = peal_element_parse (&peal_wire_features, element, NULL, NULL);
  gboolean offered = features && features->starttls;
  gboolean understood = features != NULL;
  peal_element_free (&peal_wire_features, features);
  if (!understood) {
    fail (link, PEAL_CAUSE_CONNECT, "%s sent <%s/> where it owed %s", link->where,
          xmpp_stanza_get_name (element), awaited[FEATURES]);
    return;
  }
  if (!offered) {
    fail (link, PEAL_CAUSE_SECURITY,
          "%s offers no encryption (STARTTLS), or somebody on the way removed the offer; try "
          "another network, or ask "
          "its administrator",
          link->where);
    return;
  }
  g_autoptr(GString) say = g_string_new (NULL);
  peal_wire_append (say, &peal_wire_starttls, NULL, link->setup.context);
  enter (link, PROCEED);
  peal_link_write (link, say->str, say->len);
}

static void
on_plain_stanza (gpointer user, xmpp_stanza_t *element)
{
  PealLink *link = user;
  if (link->state == FEATURES)
    on_plain_features (link, element);
  else if (link->state == PROCEED && peal_element_matches (&peal_wire_proceed, element))
    enter (link, HANDSHAKE);
  else if (link->state != CLOSED)
    fail (link, PEAL_CAUSE_CONNECT,
          "%s refuses to encrypt (<%s/> to STARTTLS); try again later, or ask its administrator",
          link->where, xmpp_stanza_get_name (element));
  if (link->state == HANDSHAKE)
    peal_reader_restart (link->reader);
  else if (link->state == CLOSED)
    peal_reader_stop (link->reader);
}

static void
on_plain_oversize (gpointer user, xmpp_stanza_t *head)
{
  PealLink *link = user;
  fail (link, PEAL_CAUSE_CONNECT, "%s sent too large a <%s/>", link->where,
        xmpp_stanza_get_name (head));
}

static void
on_plain_closed (gpointer user)
{
  PealLink *link = user;
  fail (link, PEAL_CAUSE_CONNECT, "%s closed the stream before TLS; check the address",
        link->where);
}

static const PealReaderEvents plain_events = {
  .header = on_plain_header,
  .stanza = on_plain_stanza,
  .oversize = on_plain_oversize,
  .closed = on_plain_closed,
};

static void
plain_bytes (PealLink *link, gsize length)
{
  g_autoptr(GError) error = NULL;
  link->plain_bytes += length;
  gboolean good = peal_reader_feed (link->reader, link->buffer, length, &error);
  if (!good && try_direct (link))
    return;
  if (link->state == HANDSHAKE && (!good || peal_reader_behind (link->reader) > 0))
    fail (link, PEAL_CAUSE_SECURITY,
          "%s sent data between <proceed/> and TLS, as somebody does who writes into the "
          "connection; try another network",
          link->where);
  else if (!good)
    fail (link, PEAL_CAUSE_CONNECT,
          "%s: %s; is it an XMPP server, and does this port want --tls direct?", link->where,
          error->message);
  else if (link->plain_bytes > PLAIN_BYTES)
    fail (link, PEAL_CAUSE_CONNECT, "%s sends too much before TLS", link->where);
  else if (link->state == HANDSHAKE)
    begin_tls (link);
  else
    read_more (link);
}

static void
begin_plain (PealLink *link)
{
  g_autoptr(GString) say = g_string_new (NULL);
  peal_wire_append_header (say, NULL, link->domain);
  link->reader = peal_reader_new (link->setup.context, &plain_events, link);
  enter (link, HEADER);
  peal_link_write (link, say->str, say->len);
  read_more (link);
}

/* --- reading --- */

static void
on_read (GObject *stream, GAsyncResult *result, gpointer user)
{
  PealLink *link = user;
  g_autoptr(GError) error = NULL;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, &error);
  quick (link);
  if (!link->events || link->state == CLOSED) {
    release (link);
    return;
  }
  if (length <= 0 && try_direct (link)) {
    release (link);
    return;
  }
  gboolean ended = length == 0 || g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_EOF);
  if (ended && awaited[link->state])
    fail (link, PEAL_CAUSE_CONNECT, "%s closed the connection where it owed %s; check the address",
          link->where, awaited[link->state]);
  else if (ended)
    fail (link, PEAL_CAUSE_CONNECT, "%s closed the connection", link->where);
  else if (length < 0)
    fail (link, PEAL_CAUSE_CONNECT, "the connection to %s broke: %s", link->where, error->message);
  else if (link->state == OPEN) {
    link->events->bytes (link->user, link->buffer, length);
    read_more (link);
  } else
    plain_bytes (link, length);
  release (link);
}

static void
read_more (PealLink *link)
{
  if (!link->events || link->state == CLOSED)
    return;
  g_input_stream_read_async (g_io_stream_get_input_stream (link->stream), link->buffer,
                             sizeof link->buffer, G_PRIORITY_DEFAULT, link->cancellable, on_read,
                             hold (link));
}

/* --- TLS --- */

static void
open_up (PealLink *link)
{
  enter (link, OPEN);
  quick (link);
  link->events->open (link->user);
  read_more (link);
}

static void
on_handshake (GObject *tls, GAsyncResult *result, gpointer user)
{
  PealLink *link = user;
  g_autoptr(GError) error = NULL;
  gboolean good = g_tls_connection_handshake_finish (G_TLS_CONNECTION (tls), result, &error);
  GTlsCertificateFlags flaws =
      g_tls_connection_get_peer_certificate_errors (G_TLS_CONNECTION (tls));
  if (!link->events || link->state == CLOSED) {
    release (link);
    return;
  }
  if (good) {
    open_up (link);
  } else if (flaws) {
    g_autoptr(GError) why = NULL;
    peal_trust_refuse (link->domain, g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (tls)),
                       flaws, &why);
    close_with (link, why);
  } else {
    fail (link, PEAL_CAUSE_CONNECT,
          "no TLS with %s: %s; does it serve %s, and does this port want --tls %s?", link->where,
          error->message, link->domain, link->reader ? "direct" : "starttls");
  }
  release (link);
}

/* Everything at construction: a database set later would come after GLib has loaded the system's
 * into the connection (10 ms and more, on this thread). The name is that of the account, never of
 * an SRV record. */
static void
begin_tls (PealLink *link)
{
  GTlsBackend *backend = g_tls_backend_get_default ();
  g_autoptr(GSocketConnectable) identity = g_network_address_new (link->domain, 5222);
  g_autoptr(GError) error = NULL;
  if (link->state != HANDSHAKE)
    enter (link, HANDSHAKE);
  if (link->is_writing ||
      !link->events) /* <starttls/> still counts as an operation of the stream below */
    return;
  GIOStream *tls = g_initable_new (g_tls_backend_get_client_connection_type (backend), NULL, &error,
                                   "base-io-stream", link->base, "server-identity", identity,
                                   "database", link->setup.trust, NULL);
  if (!tls) {
    fail (link, PEAL_CAUSE_SECURITY, "no TLS here: %s; install the package glib-networking",
          error->message);
    return;
  }
  g_set_object (&link->stream, tls);
  g_object_unref (tls);
  if (!link->reader) /* XEP-0368 §2; Prosody 0.12 does not answer it, so it is not insisted on */
    g_tls_connection_set_advertised_protocols (G_TLS_CONNECTION (tls),
                                               (const char *[]) { "xmpp-client", NULL });
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT, link->cancellable,
                                    on_handshake, hold (link));
}

/* --- from nothing to TCP --- */

static gboolean
is_loopback (PealLink *link)
{
  GSocket *socket = socket_of (link);
  g_autoptr(GSocketAddress) remote = socket ? g_socket_get_remote_address (socket, NULL) : NULL;
  if (!G_IS_INET_SOCKET_ADDRESS (remote))
    return TRUE; /* a socket pair */
  return g_inet_address_get_is_loopback (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
}

static void
connected (PealLink *link, gboolean direct)
{
  GSocket *socket = socket_of (link);
  if (socket && g_socket_get_family (socket) != G_SOCKET_FAMILY_UNIX)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  quick (link);
  if (link->setup.given && link->setup.given_is_secure)
    open_up (link);
  else if (link->setup.tls == PEAL_TLS_OFF && !link->setup.insecure && !is_loopback (link))
    fail (link, PEAL_CAUSE_SECURITY,
          "%s is another machine, and without TLS everybody on the way could read along; leave "
          "--tls off away, or add "
          "--insecure",
          link->where);
  else if (link->setup.tls == PEAL_TLS_OFF)
    open_up (link);
  else if (direct)
    begin_tls (link);
  else
    begin_plain (link);
}

static void
on_dialed (GObject *source, GAsyncResult *result, gpointer user)
{
  PealLink *link = user;
  g_autoptr(GError) error = NULL;
  g_autoptr(PealDialed) dialed = peal_dial_finish (result, &error);
  if (link->events && dialed) {
    link->base = G_IO_STREAM (g_steal_pointer (&dialed->connection));
    link->stream = g_object_ref (link->base);
    link->where = g_steal_pointer (&dialed->where);
    connected (link, dialed->direct);
  } else if (link->events) {
    close_with (link, error);
  }
  release (link);
}

static gboolean
on_given (gpointer user)
{
  PealLink *link = user;
  if (link->events)
    connected (link, link->setup.tls == PEAL_TLS_DIRECT);
  release (link);
  return G_SOURCE_REMOVE;
}

static gboolean
on_start (gpointer user)
{
  PealLink *link = user;
  if (link->events)
    dial (link);
  release (link);
  return G_SOURCE_REMOVE;
}

/* From the loop, so that no event comes before peal_link_new returned. */
static void
start (PealLink *link)
{
  g_autoptr(GSource) source = g_idle_source_new ();
  if (link->setup.given) {
    link->base = g_object_ref (link->setup.given);
    link->stream = g_object_ref (link->base);
    link->where = g_strdup (link->server ? link->server : link->domain);
  }
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, link->setup.given ? on_given : on_start, hold (link), NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

PealLink *
peal_link_new (const PealLinkSetup *setup, const PealLinkEvents *events, gpointer user)
{
  PealLink *link = g_new0 (PealLink, 1);
  g_autofree char *ascii = g_hostname_to_ascii (setup->domain);
  link->references = 1;
  link->setup = *setup;
  link->setup.given = setup->given ? g_object_ref (setup->given) : NULL;
  link->setup.trust = setup->trust ? g_object_ref (setup->trust) : NULL;
  link->domain = g_strdup (ascii ? ascii : setup->domain);
  link->server = g_strdup (setup->server);
  link->events = events;
  link->user = user;
  link->cancellable = g_cancellable_new ();
  link->queued = g_string_new (NULL);
  link->writing = g_string_new (NULL);
  start (link);
  return link;
}

void
peal_link_free (PealLink *link)
{
  if (!link)
    return;
  link->events = NULL;
  g_cancellable_cancel (link->cancellable);
  release (link);
}

gboolean
peal_link_secured (const PealLink *link)
{
  return (link->setup.given && link->setup.given_is_secure) || peal_link_tls (link);
}

const char *
peal_link_tls (const PealLink *link)
{
  static const char *const words[] = {
    [G_TLS_PROTOCOL_VERSION_TLS_1_2] = "TLSv1.2",
    [G_TLS_PROTOCOL_VERSION_TLS_1_3] = "TLSv1.3",
  };
  if (link->state != OPEN || !G_IS_TLS_CONNECTION (link->stream))
    return NULL;
  guint version = g_tls_connection_get_protocol_version (G_TLS_CONNECTION (link->stream));
  return version < G_N_ELEMENTS (words) && words[version] ? words[version] : "TLS";
}

const char *
peal_link_where (const PealLink *link)
{
  return link->where ? link->where : link->server ? link->server : link->domain;
}
