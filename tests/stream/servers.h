/* Servers over real TLS, each blocking code in a thread of its own, and a stream that logs in at
 * them: for what a socket pair has not, such as channel binding and other addresses. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib/gstdio.h>
#include <gsasl.h>
#include <string.h>

#include "signaling/stream/stream.h"
#include "tests/stream/authority.h"

#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='example.org' id='x' "           \
  "version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>"
#define SASL " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
#define BIND " xmlns='urn:ietf:params:xml:ns:xmpp-bind'"
#define SM   " xmlns='urn:xmpp:sm:3'"

#define MOST_SERVERS 3

typedef struct Servers Servers;

typedef struct {
  Servers *servers;
  GSocketService *service;
  GTlsCertificate *certificate;
  guint16 port;
  gint logins;          /* that began; atomic */
  const char *redirect; /* instead of features, or @late with the challenge */
  gboolean late;
  const char *offers;   /* -PLUS or not, or PLAIN */
  const char *types;    /* XEP-0440; NULL: no list */
  gboolean flipped;     /* one bit of its binding data is another */
  const char *host;     /* in its certificate, when it is not the right one */
  const char *location; /* where to resume */
  gboolean hangs_up;    /* once there is a session, the first time */
} Server;

struct Servers {
  Server list[MOST_SERVERS];
  Authority authority;
  char *ca_file;
  GTlsCertificate *ours; /* of the client; NULL */
  gboolean no_password;
  GString *told;
  PealStream *stream;
};

/* --- a server --- */

typedef struct {
  Server *server;
  GTlsConnection *tls;
  GString *heard; /* since the last answer */
} Talk;

/* Reads until @word came; FALSE at the end of the connection. */
static gboolean
talk_hears (Talk *talk, const char *word)
{
  char buffer[2048];
  while (!strstr (talk->heard->str, word)) {
    gssize length = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (talk->tls)),
                                         buffer, sizeof buffer, NULL, NULL);
    if (length <= 0)
      return FALSE;
    g_string_append_len (talk->heard, buffer, length);
  }
  return TRUE;
}

static void talk_says (Talk *talk, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void
talk_says (Talk *talk, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_string_truncate (talk->heard, 0);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (talk->tls)), text,
                             strlen (text), NULL, NULL, NULL);
}

static char *
talk_binding (Talk *talk, GTlsChannelBindingType type)
{
  g_autoptr(GByteArray) data = g_byte_array_new ();
  if (!g_tls_connection_get_channel_binding_data (talk->tls, type, data, NULL))
    return NULL;
  data->data[0] ^= talk->server->flipped;
  return g_base64_encode (data->data, data->len);
}

static int
talk_answer (Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
  Talk *talk = gsasl_callback_hook_get (library);
  gboolean plus = g_str_has_suffix (talk->server->offers, "-PLUS");
  g_autofree char *binding = NULL;
  switch (property) {
  case GSASL_PASSWORD:
    return gsasl_property_set (session, property, "secret");
  case GSASL_SCRAM_ITER:
    return gsasl_property_set (session, property, "4096");
  case GSASL_SCRAM_SALT:
    return gsasl_property_set (session, property, "c2FsdHNhbHRzYWx0");
  case GSASL_CB_TLS_EXPORTER:
    binding = plus ? talk_binding (talk, G_TLS_CHANNEL_BINDING_TLS_EXPORTER) : NULL;
    return binding ? gsasl_property_set (session, property, binding) : GSASL_NO_CALLBACK;
  default:
    return GSASL_NO_CALLBACK;
  }
}

/* The server's next message for what the client said last; NULL when it refuses. */
static char *
talk_step (Talk *talk, Gsasl_session *session)
{
  const char *end = g_strrstr (talk->heard->str, "</");
  const char *begin = g_strrstr_len (talk->heard->str, end - talk->heard->str, ">") + 1;
  g_autofree char *message = g_strndup (begin, end - begin);
  char *output = NULL;
  int rc = gsasl_step64 (session, message, &output);
  char *copy = rc == GSASL_OK || rc == GSASL_NEEDS_MORE ? g_strdup (output) : NULL;
  gsasl_free (output);
  return copy;
}

static void
talk_redirects (Talk *talk, const char *header)
{
  talk_says (talk,
             "%s<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>"
             "%s</see-other-host></stream:error></stream:stream>",
             header, talk->server->redirect);
}

static gboolean
talk_scram (Talk *talk, Gsasl_session *session)
{
  g_autofree char *challenge = talk_step (talk, session);
  if (!challenge)
    return FALSE;
  talk_says (talk, "<challenge" SASL ">%s</challenge>", challenge);
  if (talk->server->late) {
    talk_redirects (talk, "");
    return FALSE;
  }
  if (!talk_hears (talk, "</response>"))
    return FALSE;
  g_autofree char *last = talk_step (talk, session);
  if (last)
    talk_says (talk, "<success" SASL ">%s</success>", last);
  else
    talk_says (talk, "<failure" SASL "><not-authorized/><text>channel bindings differ</text>"
                     "</failure>");
  return last != NULL;
}

/* By certificate: who is said to come ("alice@example.org") is let in. */
static gboolean
talk_takes_certificate (Talk *talk)
{
  GTlsCertificate *shown = g_tls_connection_get_peer_certificate (talk->tls);
  if (!shown || !strstr (talk->heard->str, "\"EXTERNAL\"") ||
      !strstr (talk->heard->str, ">YWxpY2VAZXhhbXBsZS5vcmc=</auth>"))
    return FALSE;
  talk_says (talk, "<success" SASL "/>");
  return TRUE;
}

static gboolean
talk_authenticates (Talk *talk)
{
  Gsasl *library = NULL;
  Gsasl_session *session = NULL;
  if (!talk_hears (talk, "</auth>"))
    return FALSE;
  if (strcmp (talk->server->offers, "EXTERNAL") == 0)
    return talk_takes_certificate (talk);
  gsasl_init (&library);
  gsasl_callback_hook_set (library, talk);
  gsasl_callback_set (library, talk_answer);
  gboolean good = FALSE;
  if (gsasl_server_start (library, talk->server->offers, &session) == GSASL_OK)
    good = talk_scram (talk, session);
  if (session)
    gsasl_finish (session);
  gsasl_done (library);
  return good;
}

static void
talk_session (Talk *talk)
{
  Server *server = talk->server;
  if (!talk_hears (talk, "<stream:stream"))
    return;
  talk_says (talk, HEADER "<stream:features><bind" BIND "/><sm" SM "/></stream:features>");
  if (!talk_hears (talk, "</iq>") && !strstr (talk->heard->str, "<resume "))
    return;
  talk_says (talk, "<iq type='result' id='bind'><bind" BIND "><jid>alice@example.org/r</jid></bind>"
                   "</iq>");
  if (!talk_hears (talk, "<enable "))
    return;
  talk_says (talk, "<enabled" SM " resume='true' id='s1'%s%s%s/>",
             server->location ? " location='" : "", server->location ? server->location : "",
             server->location ? "'" : "");
}

static void
talk_resumes (Talk *talk)
{
  if (!talk_hears (talk, "<stream:stream"))
    return;
  talk_says (talk, HEADER "<stream:features><bind" BIND "/><sm" SM "/></stream:features>");
  if (talk_hears (talk, "<resume "))
    talk_says (talk, "<resumed" SM " h='0' previd='s1'/>");
}

static void
talk_to_the_end (Talk *talk)
{
  Server *server = talk->server;
  gint before = g_atomic_int_add (&server->logins, 1);
  if (!talk_hears (talk, "<stream:stream"))
    return;
  if (server->redirect && !server->late) {
    talk_redirects (talk, HEADER);
    return;
  }
  g_autofree char *types =
      server->types ? g_strdup_printf ("<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
                                       "<channel-binding type='%s'/></sasl-channel-binding>",
                                       server->types)
                    : g_strdup ("");
  talk_says (talk,
             HEADER "<stream:features><mechanisms" SASL "><mechanism>%s</mechanism></mechanisms>%s"
                    "</stream:features>",
             server->offers, types);
  if (!talk_authenticates (talk))
    return;
  gboolean first = before == 0 && server == &server->servers->list[0];
  if (first || !server->servers->list[0].hangs_up)
    talk_session (talk);
  else
    talk_resumes (talk);
  if (!first || !server->hangs_up)
    talk_hears (talk, "</stream:stream>");
}

static gboolean
server_accepts (GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags flaws,
                gpointer user)
{
  return TRUE;
}

static gboolean
server_run (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
            gpointer user)
{
  Server *server = user;
  g_autoptr(GIOStream) tls =
      g_tls_server_connection_new (G_IO_STREAM (connection), server->certificate, NULL);
  if (strcmp (server->offers, "EXTERNAL") == 0) {
    g_object_set (tls, "authentication-mode", G_TLS_AUTHENTICATION_REQUESTED, NULL);
    g_signal_connect (tls, "accept-certificate", G_CALLBACK (server_accepts), NULL);
  }
  Talk talk = { .server = server, .tls = G_TLS_CONNECTION (tls), .heard = g_string_new (NULL) };
  if (g_tls_connection_handshake (talk.tls, NULL, NULL))
    talk_to_the_end (&talk);
  g_string_free (talk.heard, TRUE);
  g_io_stream_close (tls, NULL, NULL);
  return TRUE;
}

/* --- the client --- */

static void
servers_online (gpointer user, const char *jid, const char *server, const char *tls,
                gboolean resumed)
{
  g_string_append_printf (((Servers *) user)->told, "%s %s at %s by %s\n",
                          resumed ? "resumed" : "online", jid, server, tls);
}

static void
servers_tell (Servers *servers, const char *what, const GError *why)
{
  g_string_append_printf (servers->told, "%s %s [%s]: %s\n", what,
                          why ? peal_cause_word (why->code) : "success",
                          why ? peal_cause_failure (why) : "", why ? why->message : "");
}

static void
servers_offline (gpointer user, const GError *why)
{
  servers_tell (user, "offline", why);
}

static void
servers_closed (gpointer user, const GError *why)
{
  servers_tell (user, "closed", why);
}

static gboolean
servers_too_late (gpointer told)
{
  g_error ("too late; told: %s", ((GString *) told)->str);
  return G_SOURCE_REMOVE;
}

static void
servers_until (Servers *servers, const char *word)
{
  guint deadline = g_timeout_add_seconds (30, servers_too_late, servers->told);
  while (!strstr (servers->told->str, word))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
}

static void
servers_init (Servers *servers)
{
  *servers = (Servers) { .authority = authority_issue (NULL, "An authority of ours", -1, 2),
                         .told = g_string_new (NULL) };
  g_autofree char *pem = authority_pem (&servers->authority);
  int file = g_file_open_tmp ("peal-ca-XXXXXX.pem", &servers->ca_file, NULL);
  g_close (file, NULL);
  g_assert_true (g_file_set_contents (servers->ca_file, pem, -1, NULL));
  for (guint i = 0; i < MOST_SERVERS; i++) {
    Server *server = &servers->list[i];
    *server = (Server) { .servers = servers, .offers = "SCRAM-SHA-256" };
    server->service = g_threaded_socket_service_new (4);
    server->port =
        g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (server->service), NULL, NULL);
    g_signal_connect (server->service, "run", G_CALLBACK (server_run), server);
    g_socket_service_start (server->service);
  }
}

/* A certificate for the client. */
static inline GTlsCertificate *
servers_certificate (Servers *servers)
{
  Authority leaf = authority_issue (&servers->authority, "alice", -1, 2);
  g_autofree char *pem = authority_pem (&leaf);
  authority_clear (&leaf);
  return g_tls_certificate_new_from_pem (pem, -1, NULL);
}

/* "127.0.0.1:PORT" of the server @i; free it. */
static inline char *
servers_address (Servers *servers, guint i)
{
  return g_strdup_printf ("127.0.0.1:%u", servers->list[i].port);
}

/* In the main thread: OpenSSL does not like to be left by others at exit. */
static void
server_certify (Server *server)
{
  Authority leaf = authority_issue (&server->servers->authority,
                                    server->host ? server->host : "example.org", -1, 2);
  g_autofree char *pem = authority_pem (&leaf);
  authority_clear (&leaf);
  server->certificate = g_tls_certificate_new_from_pem (pem, -1, NULL);
  g_assert_nonnull (server->certificate);
}

/* Logs in at the first. */
static void
servers_begin (Servers *servers)
{
  for (guint i = 0; i < MOST_SERVERS; i++)
    server_certify (&servers->list[i]);
  static const PealStreamEvents events = { .online = servers_online,
                                           .offline = servers_offline,
                                           .closed = servers_closed };
  g_autofree char *server = g_strdup_printf ("127.0.0.1:%u", servers->list[0].port);
  PealStreamSetup setup = { .jid = "alice@example.org",
                            .password = servers->no_password ? NULL : "secret",
                            .certificate = servers->ours,
                            .server = server,
                            .ca_file = servers->ca_file,
                            .tls = PEAL_TLS_DIRECT };
  servers->stream = peal_stream_new (&setup, &events, servers);
}

static void
servers_stop (Server *server)
{
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
}

static void
servers_clear (Servers *servers)
{
  g_clear_pointer (&servers->stream, peal_stream_free);
  for (guint i = 0; i < MOST_SERVERS; i++)
    servers_stop (&servers->list[i]);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  for (guint i = 0; i < MOST_SERVERS; i++)
    g_clear_object (&servers->list[i].service);
  for (guint i = 0; i < MOST_SERVERS; i++)
    g_clear_object (&servers->list[i].certificate);
  g_clear_object (&servers->ours);
  authority_clear (&servers->authority);
  g_unlink (servers->ca_file);
  g_free (servers->ca_file);
  g_string_free (servers->told, TRUE);
}
