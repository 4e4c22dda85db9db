/* STARTTLS and the TLS handshake. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/encrypt.h"

#include <string.h>

#include "signaling/stream/dial.h"
#include "signaling/stream/failure.h"
#include "signaling/stream/identity.h"
#include "signaling/stream/pin.h"
#include "signaling/stream/reader.h"
#include "signaling/stream/stream_error.h"
#include "signaling/stream/stream_wire.h"
#include "signaling/stream/trust.h"

#define PLAIN_BYTES (64 * 1024) /* a server says little before TLS */

typedef enum {
  HEADER = 1,
  FEATURES,
  PROCEED,
  HANDSHAKE,
  N_STATES,
} State;

static const char *const words[N_STATES] = { "", "header", "features", "proceed", "handshake" };

static const char *const awaited[N_STATES] = {
  [HEADER] = "the stream header before TLS",
  [FEATURES] = "the stream features before TLS",
  [PROCEED] = "<proceed/> to STARTTLS",
  [HANDSHAKE] = "the end of the TLS handshake",
};

/* Lives as the data of its task, which the one operation under way holds. */
typedef struct {
  PealEncryptSetup setup;
  char *domain, *where;
  State state;
  xmpp_ctx_t *context; /* its own: a cancelled operation outlives whoever asked for it */
  PealReader *reader;  /* NULL: TLS at once */
  gsize heard;
  GError *why;         /* what the reader's events found wrong */
  GString *say;        /* to be written, or being written */
  GTlsDatabase *trust; /* with the pins */
  GTlsInteraction *identity;
  GIOStream *tls;
  char buffer[16 * 1024];
} Encryption;

static void
encryption_free (gpointer data)
{
  Encryption *encryption = data;
  peal_reader_free (encryption->reader);
  xmpp_ctx_free (encryption->context);
  g_object_unref (encryption->setup.base);
  g_clear_object (&encryption->setup.trust);
  g_clear_pointer (&encryption->setup.pins, g_bytes_unref);
  g_clear_object (&encryption->trust);
  g_clear_object (&encryption->setup.certificate);
  g_clear_object (&encryption->identity);
  g_clear_object (&encryption->tls);
  g_clear_error (&encryption->why);
  g_string_free (encryption->say, TRUE);
  g_free (encryption->domain);
  g_free (encryption->where);
  g_free (encryption);
}

/* The only assignment to ->state. */
static void
enter (Encryption *encryption, State state)
{
  peal_tap_transition (&encryption->setup.tap, "encryption", words[encryption->state],
                       words[state]);
  encryption->state = state;
  encryption->setup.awaits (encryption->setup.user, awaited[state]);
}

static void fail (Encryption *encryption, PealFailure failure, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
static void
fail (Encryption *encryption, PealFailure failure, const char *format, ...)
{
  if (encryption->why)
    return;
  va_list arguments;
  va_start (arguments, format);
  encryption->why = peal_failure_new_valist (failure, format, arguments);
  va_end (arguments);
}

static void
broke (Encryption *encryption, const GError *error)
{
  fail (encryption, PEAL_FAILURE_BROKEN,
        "the connection to %s broke before %s came: %s; check the network", encryption->where,
        awaited[encryption->state], error->message);
}

/* --- TLS --- */

/* Why the handshake came to nothing. */
static void
explain (Encryption *encryption, GTlsConnection *tls, const GError *error)
{
  GTlsCertificate *theirs = g_tls_connection_get_peer_certificate (tls);
  GTlsCertificateFlags flaws = g_tls_connection_get_peer_certificate_errors (tls);
  GBytes *pins = encryption->setup.pins;
  if (pins && theirs && !peal_pins_hold (pins, theirs)) {
    g_autofree char *seen = peal_pin_of (theirs);
    fail (encryption, PEAL_FAILURE_CERTIFICATE_PIN,
          "the certificate of %s is not the pinned one, but %s; if its administrator says that it "
          "is right, pin that with --server-pin, else somebody may be listening: try another "
          "network",
          encryption->domain, seen);
  } else if (flaws) {
    peal_trust_refuse (encryption->domain, theirs, flaws, &encryption->why);
  } else {
    encryption->why =
        peal_identity_judge (encryption->where, peal_identity_asked (encryption->identity),
                             peal_identity_shown (encryption->identity), error);
    fail (encryption, PEAL_FAILURE_HANDSHAKE,
          "no TLS with %s: %s; check that it serves %s, and whether its port wants --tls %s",
          encryption->where, error->message, encryption->domain,
          encryption->reader ? "direct" : "starttls");
  }
}

static void
on_handshake (GObject *object, GAsyncResult *result, gpointer user)
{
  g_autoptr(GTask) task = user;
  Encryption *encryption = g_task_get_task_data (task);
  GTlsConnection *tls = G_TLS_CONNECTION (object);
  g_autoptr(GError) error = NULL;
  gboolean good = g_tls_connection_handshake_finish (tls, result, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  /* Once more: a resumed session may have shown no certificate to the database. */
  if (good && encryption->setup.pins &&
      !peal_pins_hold (encryption->setup.pins, g_tls_connection_get_peer_certificate (tls)))
    good = FALSE;
  if (good) {
    g_task_return_pointer (task, g_steal_pointer (&encryption->tls), g_object_unref);
    return;
  }
  if (!error)
    g_set_error_literal (&error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "no certificate came");
  explain (encryption, tls, error);
  g_task_return_error (task, g_steal_pointer (&encryption->why));
}

/* glib-networking 2.74 names a session after the other end's address, and takes it for granted: of
 * a connection that was reset meanwhile there is none (g_object_unref: assertion failed). */
static gboolean
is_gone (GIOStream *base)
{
  g_autoptr(GSocketAddress) remote =
      G_IS_SOCKET_CONNECTION (base)
          ? g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (base), NULL)
          : NULL;
  return G_IS_SOCKET_CONNECTION (base) && !remote;
}

/* Everything at construction: a database set later would come after GLib has loaded the system's
 * into the connection (10 ms and more, on this thread). */
static void
shake_hands (GTask *task)
{
  Encryption *encryption = g_task_get_task_data (task);
  GTlsBackend *backend = g_tls_backend_get_default ();
  g_autoptr(GSocketConnectable) identity = g_network_address_new (encryption->domain, 5222);
  g_autoptr(GError) error = NULL;
  if (encryption->state != HANDSHAKE)
    enter (encryption, HANDSHAKE);
  if (is_gone (encryption->setup.base)) {
    fail (encryption, PEAL_FAILURE_BROKEN,
          "the connection to %s broke before TLS; check the network", encryption->where);
    g_task_return_error (task, g_steal_pointer (&encryption->why));
    return;
  }
  encryption->tls =
      g_initable_new (g_tls_backend_get_client_connection_type (backend), NULL, &error,
                      "base-io-stream", encryption->setup.base, "server-identity", identity,
                      "database", encryption->trust, "interaction", encryption->identity, NULL);
  if (!encryption->tls) {
    g_task_return_error (task, peal_failure_new (PEAL_FAILURE_NO_TLS_HERE,
                                                 "no TLS on this machine: %s; install the package "
                                                 "glib-networking",
                                                 error->message));
    return;
  }
  GTlsConnection *tls = G_TLS_CONNECTION (encryption->tls);
  if (!encryption->reader) /* XEP-0368 §2; Prosody 0.12 does not answer it: not insisted on */
    g_tls_connection_set_advertised_protocols (tls, (const char *[]) { "xmpp-client", NULL });
  g_tls_connection_handshake_async (tls, G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                                    on_handshake, g_object_ref (task));
}

/* --- the unencrypted part: header, features, <starttls/>, <proceed/> --- */

static void
on_header (gpointer user, const char *id, const char *from)
{
  Encryption *encryption = user;
  if (encryption->state == HEADER)
    enter (encryption, FEATURES);
}

static void
hear_features (Encryption *encryption, xmpp_stanza_t *element)
{
  PealFeatures *features = peal_element_parse (&peal_wire_features, element, NULL, NULL);
  gboolean offered = features && features->starttls;
  gboolean understood = features != NULL;
  peal_element_free (&peal_wire_features, features);
  if (!understood) {
    fail (encryption, PEAL_FAILURE_NOT_XMPP,
          "%s sent <%s/> where it owed %s; check that it is an XMPP server", encryption->where,
          xmpp_stanza_get_name (element), awaited[FEATURES]);
    return;
  }
  if (!offered) {
    fail (encryption, PEAL_FAILURE_STARTTLS_MISSING,
          "%s offers no encryption (STARTTLS), or somebody on the way removed the offer; try "
          "another network, or ask "
          "its administrator",
          encryption->where);
    return;
  }
  peal_wire_append (encryption->say, &peal_wire_starttls, NULL, encryption->context);
  enter (encryption, PROCEED);
}

/* Nobody vouches for what comes before TLS, so it ends this try and no more. */
static void
complain (Encryption *encryption, xmpp_stanza_t *element)
{
  PealStreamParties parties = { .where = encryption->where,
                                .domain = encryption->domain,
                                .self = encryption->domain };
  if (!encryption->why)
    encryption->why = peal_stream_error_read (element, &parties, NULL);
}

static void
on_stanza (gpointer user, xmpp_stanza_t *element)
{
  Encryption *encryption = user;
  if (peal_stream_error_is (element))
    complain (encryption, element);
  else if (encryption->state == FEATURES)
    hear_features (encryption, element);
  else if (encryption->state == PROCEED && peal_element_matches (&peal_wire_proceed, element))
    enter (encryption, HANDSHAKE);
  else
    fail (encryption, PEAL_FAILURE_STARTTLS_REFUSED,
          "%s refuses to encrypt (<%s/> to STARTTLS); try again later, or ask its administrator",
          encryption->where, xmpp_stanza_get_name (element));
  if (encryption->why)
    peal_reader_stop (encryption->reader);
  else if (encryption->state == HANDSHAKE)
    peal_reader_restart (encryption->reader);
}

static void
on_oversize (gpointer user, xmpp_stanza_t *head)
{
  Encryption *encryption = user;
  fail (encryption, PEAL_FAILURE_NOT_XMPP,
        "%s sent too large a <%s/> before TLS; check that it is an XMPP server", encryption->where,
        xmpp_stanza_get_name (head));
}

static void
on_end (gpointer user)
{
  Encryption *encryption = user;
  fail (encryption, PEAL_FAILURE_STREAM_CLOSED,
        "%s closed the stream where it owed %s; try again later, or ask its administrator",
        encryption->where, awaited[encryption->state]);
}

static const PealReaderEvents reader_events = {
  .header = on_header, .stanza = on_stanza, .oversize = on_oversize, .closed = on_end
};

static void
take (Encryption *encryption, gsize length)
{
  g_autoptr(GError) error = NULL;
  encryption->heard += length;
  gboolean good = peal_reader_feed (encryption->reader, encryption->buffer, length, &error);
  if (encryption->state == HANDSHAKE && (!good || peal_reader_behind (encryption->reader) > 0))
    fail (encryption, PEAL_FAILURE_STARTTLS_INJECTED,
          "%s sent data between <proceed/> and TLS, as somebody does who writes into the "
          "connection; try another network",
          encryption->where);
  else if (!good)
    fail (encryption, PEAL_FAILURE_NOT_XMPP, "%s: %s; check that it is an XMPP server",
          encryption->where, error->message);
  else if (encryption->heard > PLAIN_BYTES)
    fail (encryption, PEAL_FAILURE_NOT_XMPP,
          "%s sends too much before TLS; check that it is an XMPP server", encryption->where);
}

/* --- one operation after the other --- */

static void on_read (GObject *stream, GAsyncResult *result, gpointer user);
static void on_written (GObject *stream, GAsyncResult *result, gpointer user);

static void
go_on (GTask *task)
{
  Encryption *encryption = g_task_get_task_data (task);
  GIOStream *base = encryption->setup.base;
  GCancellable *cancellable = g_task_get_cancellable (task);
  if (encryption->why)
    g_task_return_error (task, g_steal_pointer (&encryption->why));
  else if (encryption->say->len > 0)
    g_output_stream_write_all_async (g_io_stream_get_output_stream (base), encryption->say->str,
                                     encryption->say->len, G_PRIORITY_DEFAULT, cancellable,
                                     on_written, g_object_ref (task));
  else if (encryption->state == HANDSHAKE)
    shake_hands (task);
  else
    g_input_stream_read_async (g_io_stream_get_input_stream (base), encryption->buffer,
                               sizeof encryption->buffer, G_PRIORITY_DEFAULT, cancellable, on_read,
                               g_object_ref (task));
}

static void
on_written (GObject *stream, GAsyncResult *result, gpointer user)
{
  g_autoptr(GTask) task = user;
  Encryption *encryption = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean good = g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  g_string_truncate (encryption->say, 0);
  peal_dial_quick (encryption->setup.base);
  if (!good)
    broke (encryption, error);
  go_on (task);
}

static void
on_read (GObject *stream, GAsyncResult *result, gpointer user)
{
  g_autoptr(GTask) task = user;
  Encryption *encryption = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  peal_dial_quick (encryption->setup.base);
  if (length > 0)
    take (encryption, length);
  else if (length == 0)
    fail (encryption, PEAL_FAILURE_BROKEN,
          "%s closed the connection where it owed %s; try again later", encryption->where,
          awaited[encryption->state]);
  else
    broke (encryption, error);
  go_on (task);
}

void
peal_encrypt (const PealEncryptSetup *setup, GCancellable *cancellable, GAsyncReadyCallback done,
              gpointer user)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, done, user);
  Encryption *encryption = g_new0 (Encryption, 1);
  g_task_set_task_data (task, encryption, encryption_free);
  encryption->setup = *setup;
  encryption->domain = g_strdup (setup->domain);
  encryption->where = g_strdup (setup->where);
  encryption->say = g_string_new (NULL);
  encryption->context = xmpp_ctx_new (NULL, NULL);
  encryption->identity = peal_identity_new (setup->certificate);
  g_object_ref (setup->base);
  if (setup->certificate)
    g_object_ref (setup->certificate);
  if (setup->trust)
    g_object_ref (setup->trust);
  if (setup->pins)
    g_bytes_ref (setup->pins);
  encryption->trust = setup->pins    ? peal_pins_guard (setup->pins, setup->trust)
                      : setup->trust ? g_object_ref (setup->trust)
                                     : NULL;
  if (setup->direct) {
    shake_hands (task);
    return;
  }
  peal_wire_append_header (encryption->say, NULL, encryption->domain);
  encryption->reader = peal_reader_new (encryption->context, &reader_events, encryption);
  enter (encryption, HEADER);
  go_on (task);
}

GIOStream *
peal_encrypt_finish (GAsyncResult *result, PealEncrypted *how, GError **error)
{
  Encryption *encryption = g_task_get_task_data (G_TASK (result));
  how->answered = encryption->state > HEADER;
  how->asked = peal_identity_asked (encryption->identity);
  how->certified = peal_identity_shown (encryption->identity);
  return g_task_propagate_pointer (G_TASK (result), error);
}
