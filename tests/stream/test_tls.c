/* TLS over real sockets: which certificates let a login through, theirs and ours, what pins change,
 * and what is said of the others. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <string.h>

#include "signaling/stream/pin.h"
#include "signaling/stream/stream.h"
#include "tests/stream/authority.h"

#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='example.org' id='x' "           \
  "version='1.0' "                                                                                 \
  "xmlns:stream='http://etherx.jabber.org/streams'>"
#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"

typedef enum { NO_PIN = 0, OF_CERTIFICATE, OF_KEY, OF_ANOTHER, OF_TWO } Pin;
typedef enum { NOT_ASKED = 0, ASKED, REQUIRED, REFUSED } Asking; /* for a certificate of ours */

typedef struct {
  const char *name;
  gboolean known;    /* signed by the authority that the client has */
  const char *host;  /* in the certificate */
  int from, to;      /* days */
  gboolean hangs_up; /* instead of TLS */
  Pin pin;
  Asking asking;
  gboolean ours; /* we have a certificate */
  const char *told, *word;
} Case;

typedef struct {
  const Case *now;
  gboolean direct;
  GTlsCertificate *certificate, *ours;
  GBytes *pins;
  guint sessions;    /* begun */
  GAsyncQueue *over; /* one of the world for each that ended */
  int seen;          /* atomic: the server saw our certificate */
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

static void
drain (GSocketConnection *connection)
{
  char buffer[2048];
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL);
  while (g_input_stream_read (in, buffer, sizeof buffer, NULL, NULL) > 0)
    ;
}

/* Of our certificate. */
static gboolean
judge (GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags flaws, gpointer user)
{
  World *world = user;
  g_atomic_int_set (&world->seen,
                    world->ours && g_tls_certificate_is_same (certificate, world->ours));
  return world->now->asking != REFUSED;
}

static void
talk (World *world, GSocketConnection *connection)
{
  GIOStream *plain = G_IO_STREAM (connection);
  if (!world->direct) {
    if (!hears (plain, "<stream:stream"))
      return;
    says (plain, HEADER
          "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>");
    if (!hears (plain, "<starttls"))
      return;
    says (plain, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  }
  if (world->now->hangs_up)
    return;
  g_autoptr(GIOStream) tls = g_tls_server_connection_new (plain, world->certificate, NULL);
  g_object_set (tls, "authentication-mode",
                world->now->asking == NOT_ASKED ? G_TLS_AUTHENTICATION_NONE
                : world->now->asking == ASKED   ? G_TLS_AUTHENTICATION_REQUESTED
                                                : G_TLS_AUTHENTICATION_REQUIRED,
                NULL);
  g_signal_connect (tls, "accept-certificate", G_CALLBACK (judge), world);
  if (g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    serve_session (tls);
  else if (world->now->asking == REFUSED) /* GLib sends no alert; nor should the kernel a reset */
    drain (connection);
  g_io_stream_close (tls, NULL, NULL);
}

static gboolean
serve (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
       gpointer user)
{
  World *world = user;
  talk (world, connection);
  g_async_queue_push (world->over, world);
  return TRUE;
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer user)
{
  ((World *) user)->sessions++;
  return FALSE; /* then it is served */
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
  g_string_append_printf (((World *) user)->told, "offline %s %s: %s\n",
                          peal_cause_word (why->code), peal_cause_failure (why), why->message);
}

static void
on_closed (gpointer user, const GError *why)
{
  g_string_append_printf (((World *) user)->told, "closed %s %s: %s\n",
                          why ? peal_cause_word (why->code) : "success",
                          why ? peal_cause_failure (why) : "-", why ? why->message : "");
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

/* "sha256:…" of the certificate in @pem, or of its key, by other means than the library's. */
static char *
fingerprint (const Authority *of, gboolean key)
{
  guint8 *der = NULL;
  int length = key ? i2d_PUBKEY (of->key, &der) : i2d_X509 (of->certificate, &der);
  g_autofree char *digits = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, length);
  OPENSSL_free (der);
  return g_strconcat ("sha256:", digits, NULL);
}

static GBytes *
make_pins (Pin kind, const Authority *leaf, const Authority *another)
{
  g_autoptr(GByteArray) pins = g_byte_array_new ();
  g_autofree char *right = fingerprint (leaf, kind == OF_KEY);
  g_autofree char *wrong = fingerprint (another, FALSE);
  if (kind == OF_ANOTHER || kind == OF_TWO)
    g_assert_true (peal_pins_add (pins, wrong, NULL));
  if (kind && kind != OF_ANOTHER)
    g_assert_true (peal_pins_add (pins, right, NULL));
  return kind ? g_byte_array_free_to_bytes (g_steal_pointer (&pins)) : NULL;
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
  world->over = g_async_queue_new ();
  world->certificate = g_tls_certificate_new_from_pem (leaf_pem, -1, &error);
  g_assert_no_error (error);
  g_autofree char *our_pem = authority_pem (&stranger);
  world->ours = now->ours ? g_tls_certificate_new_from_pem (our_pem, -1, NULL) : NULL;
  world->pins = make_pins (now->pin, &leaf, &trusted);
  int file = g_file_open_tmp ("peal-ca-XXXXXX.pem", &world->ca_file, &error);
  g_assert_no_error (error);
  g_close (file, NULL);
  g_assert_true (g_file_set_contents (world->ca_file, ca_pem, -1, NULL));
  world->service = g_threaded_socket_service_new (4);
  world->port =
      g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (world->service), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (world->service, "incoming", G_CALLBACK (on_incoming), world);
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
  while (world->sessions-- > 0)
    g_async_queue_pop (world->over);
  g_async_queue_unref (world->over);
  g_clear_object (&world->service);
  g_object_unref (world->certificate);
  g_clear_object (&world->ours);
  g_clear_pointer (&world->pins, g_bytes_unref);
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
                            .pins = world.pins,
                            .certificate = world.ours,
                            .tls = tls };
  g_autoptr(PealStream) stream = peal_stream_new (&setup, &events, &world);
  until_told (&world, "\n");
  g_test_message ("%s", world.told->str);
  if (!g_str_has_prefix (world.told->str, now->told) || !strstr (world.told->str, now->word))
    g_error ("not \"%s … %s\" but: %s", now->told, now->word, world.told->str);
  g_assert_cmpint (g_atomic_int_get (&world.seen), ==, now->ours && now->asking && now->known);
  if (g_str_has_prefix (world.told->str, "online")) {
    peal_stream_close (stream);
    until_told (&world, "closed success");
  }
  g_clear_pointer (&stream, peal_stream_free);
  world_clear (&world);
}

static const Case cases[] = {
  { "good", TRUE, "example.org", -1, 2, .told = "online", .word = "TLSv1.3" },
  { "unknown authority", FALSE, "example.org", -1, 2, .told = "closed security certificate-unknown",
    .word = "--ca FILE" },
  { "wrong host", TRUE, "example.net", -1, 2, .told = "closed security certificate-host",
    .word = "another name than example.org" },
  { "expired", TRUE, "example.org", -9, -2, .told = "closed security certificate-expired",
    .word = "expired on 20" },
  { "not yet valid", TRUE, "example.org", 2, 9, .told = "closed security certificate-early",
    .word = "not valid before 20" },
  { "all wrong", FALSE, "example.net", -9, -2, .told = "closed security certificate-unknown",
    .word = "no authority known" },
  { "hung up", TRUE, "example.org", -1, 2, .hangs_up = TRUE, .told = "offline connect handshake",
    .word = "no TLS" },

  { "pin", TRUE, "example.org", -1, 2, .pin = OF_CERTIFICATE, .told = "online", .word = "TLS" },
  { "pin of the key", TRUE, "example.org", -1, 2, .pin = OF_KEY, .told = "online", .word = "TLS" },
  { "pin of two", TRUE, "example.org", -1, 2, .pin = OF_TWO, .told = "online", .word = "TLS" },
  { "pin without authority", FALSE, "example.org", -1, 2, .pin = OF_CERTIFICATE, .told = "online",
    .word = "TLS" },
  { "pin of the key without authority", FALSE, "example.org", -1, 2, .pin = OF_KEY,
    .told = "online", .word = "TLS" },
  { "pin of another", TRUE, "example.org", -1, 2, .pin = OF_ANOTHER,
    .told = "closed security certificate-pin", .word = "not the pinned one, but sha256:" },
  { "pin of another without authority", FALSE, "example.org", -1, 2, .pin = OF_ANOTHER,
    .told = "closed security certificate-pin", .word = "not the pinned one, but sha256:" },
  { "pin and wrong host", FALSE, "example.net", -1, 2, .pin = OF_CERTIFICATE,
    .told = "closed security certificate-host", .word = "another name than example.org" },
  { "pin and expired", FALSE, "example.org", -9, -2, .pin = OF_KEY,
    .told = "closed security certificate-expired", .word = "expired on 20" },
  { "pin and not yet valid", FALSE, "example.org", 2, 9, .pin = OF_CERTIFICATE,
    .told = "closed security certificate-early", .word = "not valid before 20" },

  { "ours not asked for", TRUE, "example.org", -1, 2, .ours = TRUE, .told = "online",
    .word = "TLS" },
  { "ours", TRUE, "example.org", -1, 2, .asking = REQUIRED, .ours = TRUE, .told = "online",
    .word = "TLS" },
  { "ours to a stranger", FALSE, "example.org", -1, 2, .asking = REQUIRED, .ours = TRUE,
    .told = "closed security certificate-unknown", .word = "no authority known" },
  { "none of ours", TRUE, "example.org", -1, 2, .asking = ASKED, .told = "online", .word = "TLS" },
  { "ours missing", TRUE, "example.org", -1, 2, .asking = REQUIRED,
    .told = "closed auth certificate-login", .word = "wants a certificate of ours" },
  { "ours refused", TRUE, "example.org", -1, 2, .asking = REFUSED, .ours = TRUE,
    .told = "offline connect broken", .word = "without --certificate, which it may not take" },
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

/* GnuTLS may resume a TLS session of before, which shows no certificate to anybody: a pin holds all
 * the same. */
static void
pin_after_a_login (void)
{
  static const Case wrong = { "", TRUE, "example.org", -1, 2, .pin = OF_ANOTHER };
  World world;
  world_init (&world, &wrong, TRUE);
  g_autofree char *server = g_strdup_printf ("127.0.0.1:%u", world.port);
  PealStreamSetup setup = { .jid = "alice@example.org",
                            .password = "secret",
                            .server = server,
                            .ca_file = world.ca_file,
                            .tls = PEAL_TLS_DIRECT };
  PealStream *before = peal_stream_new (&setup, &events, &world);
  until_told (&world, "online");
  peal_stream_close (before);
  until_told (&world, "closed success");
  peal_stream_free (before);
  g_string_truncate (world.told, 0);
  setup.pins = world.pins;
  PealStream *pinned = peal_stream_new (&setup, &events, &world);
  until_told (&world, "\n");
  g_assert_true (g_str_has_prefix (world.told->str, "closed security certificate-pin"));
  peal_stream_free (pinned);
  world_clear (&world);
}

static void
pins_are_read (void)
{
#define D8 "0123456789abcdef"
  static const char *const good[] = {
    "sha256:" D8 D8 D8 D8,
    "SHA256:" D8 D8 D8 "0123456789ABCDEF",
    D8 D8 D8 D8,
    "sha256 Fingerprint=01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:"
    "01:23:45:67:89:AB:CD:EF",
    " sha256:" D8 D8 D8 D8 ", " D8 D8 D8 D8,
  };
  static const char *const bad[] = {
    "",
    "sha256:",
    "sha256:ab",
    "sha1:" D8 D8 D8 D8,
    D8 D8 D8 D8 "00",
    D8 D8 D8 "0123456789abcdeg",
    D8 D8 D8 D8 ",",
    "sha256:" D8 D8 D8 "0123456789abcde:",
    "sha256:sha256:" D8 D8 D8 D8,
  };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr(GByteArray) pins = g_byte_array_new ();
    g_assert_true (peal_pins_add (pins, good[i], NULL));
    g_assert_cmpint (pins->len, ==, strchr (good[i], ',') ? 64 : 32);
    g_assert_cmpint (pins->data[1], ==, 0x23);
    g_assert_cmpint (pins->data[31], ==, 0xef);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr(GByteArray) pins = g_byte_array_new ();
    g_autoptr(GError) error = NULL;
    g_assert_false (peal_pins_add (pins, bad[i], &error));
    g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
  }
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
    g_assert_true (g_str_has_prefix (
        world.told->str, "closed security no-authorities: cannot take the authorities in "));
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
    if (!cases[i].pin && !cases[i].asking) /* the rest is the same after it */
      g_test_add_data_func (starttls, &cases[i], by_starttls);
    g_test_add_data_func (direct, &cases[i], by_direct_tls);
  }
  g_test_add_func ("/tls/by-either", by_either);
  g_test_add_func ("/tls/pin-after-a-login", pin_after_a_login);
  g_test_add_func ("/tls/pins-are-read", pins_are_read);
  g_test_add_func ("/tls/bad-ca-file", bad_ca_file);
  return g_test_run ();
}
