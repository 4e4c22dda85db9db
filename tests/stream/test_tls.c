/* TLS over real sockets: which certificates let a login through, and what is said of the others. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <string.h>

#include "signaling/stream/stream.h"
#include "tests/stream/authority.h"

#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='example.org' id='x' "           \
  "version='1.0' "                                                                                 \
  "xmlns:stream='http://etherx.jabber.org/streams'>"
#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"

typedef struct {
  const char *name;
  gboolean known;    /* signed by the authority that the client has */
  const char *host;  /* in the certificate */
  int from, to;      /* days */
  gboolean hangs_up; /* instead of TLS */
  const char *told, *word;
} Case;

typedef struct {
  const Case *now;
  gboolean direct;
  GTlsCertificate *certificate;
  GSocketService *service;
  guint16 port;
  char *ca_file;
  GString *told;
} World;

/* --- the server: blocking code in a thread of its own --- */

static gboolean
hears (GIOStream *stream, const char *word)
{
  g_autoptr(GString) heard = g_string_new (NULL);
  char buffer[2048];
  while (!strstr (heard->str, word)) {
    gssize length = g_input_stream_read (g_io_stream_get_input_stream (stream), buffer,
                                         sizeof buffer, NULL, NULL);
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

static void
serve_session (GIOStream *stream)
{
  if (!hears (stream, "<stream:stream"))
    return;
  says (stream, HEADER "<stream:features><mechanisms xmlns='" NS_SASL
                       "'><mechanism>PLAIN</mechanism></mechanisms>"
                       "</stream:features>");
  if (!hears (stream, ">AGFsaWNlAHNlY3JldA==</auth>"))
    return;
  says (stream, "<success xmlns='" NS_SASL "'/>");
  if (!hears (stream, "<stream:stream"))
    return;
  says (stream, HEADER "<stream:features><bind xmlns='" NS_BIND "'/></stream:features>");
  if (!hears (stream, "</iq>"))
    return;
  says (stream, "<iq type='result' id='bind'><bind xmlns='" NS_BIND
                "'><jid>alice@example.org/r</jid></bind></iq>");
  hears (stream, "</stream:stream>");
}

static gboolean
serve (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
       gpointer user)
{
  World *world = user;
  GIOStream *plain = G_IO_STREAM (connection);
  if (!world->direct) {
    if (!hears (plain, "<stream:stream"))
      return TRUE;
    says (plain, HEADER
          "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>");
    if (!hears (plain, "<starttls"))
      return TRUE;
    says (plain, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  }
  if (world->now->hangs_up)
    return TRUE;
  g_autoptr(GIOStream) tls = g_tls_server_connection_new (plain, world->certificate, NULL);
  if (g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    serve_session (tls);
  g_io_stream_close (tls, NULL, NULL);
  return TRUE;
}

/* --- the client --- */

static void
on_online (gpointer user, const char *jid, const char *server, const char *tls, gboolean resumed)
{
  g_string_append_printf (((World *) user)->told, "online %s\n", tls);
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

static void
world_init (World *world, const Case *now, gboolean direct)
{
  Authority trusted = authority_issue (NULL, "An authority of ours", -1, 2);
  Authority stranger = authority_issue (NULL, "An authority of theirs", -1, 2);
  Authority leaf =
      authority_issue (now->known ? &trusted : &stranger, now->host, now->from, now->to);
  g_autofree char *ca_pem = authority_pem (&trusted), *leaf_pem = authority_pem (&leaf);
  g_autoptr(GError) error = NULL;
  *world = (World) { .now = now, .direct = direct, .told = g_string_new (NULL) };
  world->certificate = g_tls_certificate_new_from_pem (leaf_pem, -1, &error);
  g_assert_no_error (error);
  int file = g_file_open_tmp ("peal-ca-XXXXXX.pem", &world->ca_file, &error);
  g_assert_no_error (error);
  g_close (file, NULL);
  g_assert_true (g_file_set_contents (world->ca_file, ca_pem, -1, NULL));
  world->service = g_threaded_socket_service_new (4);
  world->port =
      g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (world->service), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (world->service, "run", G_CALLBACK (serve), world);
  g_socket_service_start (world->service);
  authority_clear (&trusted);
  authority_clear (&stranger);
  authority_clear (&leaf);
}

static void
world_clear (World *world)
{
  g_socket_service_stop (world->service);
  g_socket_listener_close (G_SOCKET_LISTENER (world->service));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&world->service);
  g_object_unref (world->certificate);
  g_unlink (world->ca_file);
  g_free (world->ca_file);
  g_string_free (world->told, TRUE);
}

static void
logs_in_or_not (const Case *now, gboolean direct, PealTlsMode tls)
{
  World world;
  world_init (&world, now, direct);
  g_autofree char *server = g_strdup_printf ("127.0.0.1:%u", world.port);
  PealStreamSetup setup = { .jid = "alice@example.org",
                            .password = "secret",
                            .server = server,
                            .ca_file = world.ca_file,
                            .tls = tls };
  g_autoptr(PealStream) stream = peal_stream_new (&setup, &events, &world);
  until_told (&world, "\n");
  g_test_message ("%s", world.told->str);
  if (!g_str_has_prefix (world.told->str, now->told) || !strstr (world.told->str, now->word))
    g_error ("not \"%s … %s\" but: %s", now->told, now->word, world.told->str);
  if (g_str_has_prefix (world.told->str, "online")) {
    peal_stream_close (stream);
    until_told (&world, "closed success");
  }
  g_clear_pointer (&stream, peal_stream_free);
  world_clear (&world);
}

static const Case cases[] = {
  { "good", TRUE, "example.org", -1, 2, .told = "online", .word = "TLSv1.3" },
  { "unknown authority", FALSE, "example.org", -1, 2, .told = "closed security",
    .word = "--ca FILE" },
  { "wrong host", TRUE, "example.net", -1, 2, .told = "closed security",
    .word = "another name than example.org" },
  { "expired", TRUE, "example.org", -9, -2, .told = "closed security", .word = "expired on 20" },
  { "not yet valid", TRUE, "example.org", 2, 9, .told = "closed security",
    .word = "not valid before 20" },
  { "all wrong", FALSE, "example.net", -9, -2, .told = "closed security",
    .word = "no authority known" },
  { "hung up", TRUE, "example.org", -1, 2, .hangs_up = TRUE, .told = "offline connect",
    .word = "no TLS" },
};

static void
by_starttls (gconstpointer data)
{
  logs_in_or_not (data, FALSE, PEAL_TLS_STARTTLS);
}

static void
by_direct_tls (gconstpointer data)
{
  logs_in_or_not (data, TRUE, PEAL_TLS_DIRECT);
}

/* Without --tls, a server named by hand is tried both ways. */
static void
by_either (void)
{
  logs_in_or_not (&cases[0], FALSE, PEAL_TLS_BOTH);
  logs_in_or_not (&cases[0], TRUE, PEAL_TLS_BOTH);
  logs_in_or_not (&cases[1], TRUE, PEAL_TLS_BOTH);
}

/* A CA file that is missing or empty ends the login; it does not go on with other authorities. */
static void
bad_ca_file (void)
{
  static const char *const files[] = { "/nonexistent/ca.pem", "/dev/null" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    World world = { .told = g_string_new (NULL) };
    PealStreamSetup setup = {
      .jid = "alice@example.org", .password = "secret", .server = "127.0.0.1:1", .ca_file = files[i]
    };
    g_autoptr(PealStream) stream = peal_stream_new (&setup, &events, &world);
    until_told (&world, "\n");
    g_assert_true (
        g_str_has_prefix (world.told->str, "closed security: cannot take the authorities in "));
    g_string_free (world.told, TRUE);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *starttls =
        g_strdelimit (g_strdup_printf ("/tls/starttls/%s", cases[i].name), " ", '-');
    g_autofree char *direct =
        g_strdelimit (g_strdup_printf ("/tls/direct/%s", cases[i].name), " ", '-');
    g_test_add_data_func (starttls, &cases[i], by_starttls);
    g_test_add_data_func (direct, &cases[i], by_direct_tls);
  }
  g_test_add_func ("/tls/by-either", by_either);
  g_test_add_func ("/tls/bad-ca-file", bad_ca_file);
  return g_test_run ();
}
