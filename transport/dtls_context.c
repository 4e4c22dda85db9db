/* OpenSSL as peal uses it: DTLS 1.2 alone, certificates proved by fingerprint, datagrams kept
 * whole.
 *
 * It reads and writes through a BIO of ours: a read takes the datagram that has just come, a write
 * is one datagram. (Memory BIOs lose the borders between records.) */
// SPDX-License-Identifier: MIT
#include "transport/dtls_context.h"

#include "signaling/event.h"
#include "transport/fingerprint.h"

#include <openssl/err.h>
#include <string.h>

/* Forward secrecy and AEAD only. RSA is for peers whose certificate is one (GStreamer's); ours
 * never is. */
#define CIPHERS                                                                                    \
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                     \
  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                     \
  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

#define FIRST_TIMEOUT   (50 * 1000)
#define LONGEST_TIMEOUT (3 * 1000 * 1000)

static int
bio_read (BIO *bio, char *into, int size)
{
  const PealDtlsPort *port = BIO_get_data (bio);
  const guint8 *data;
  gsize length;

  BIO_clear_retry_flags (bio);
  if (!port->take (port->user, &data, &length)) {
    BIO_set_retry_read (bio);
    return -1;
  }
  length = MIN ((gsize) size, length);
  memcpy (into, data, length);
  return (int) length;
}

static int
bio_write (BIO *bio, const char *from, int size)
{
  const PealDtlsPort *port = BIO_get_data (bio);

  BIO_clear_retry_flags (bio);
  port->put (port->user, (const guint8 *) from, (gsize) size);
  return size;
}

static long
bio_control (BIO *bio, int command, long number, void *pointer)
{
  return command == BIO_CTRL_FLUSH;
}

static int
verify (X509_STORE_CTX *store, void *user)
{
  SSL *ssl = X509_STORE_CTX_get_ex_data (store, SSL_get_ex_data_X509_STORE_CTX_idx ());
  const PealDtlsPort *port = SSL_get_app_data (ssl);
  const X509 *certificate = X509_STORE_CTX_get0_cert (store);

  if (certificate && port->trusts (port->user, certificate))
    return 1;
  X509_STORE_CTX_set_error (store,
                            X509_V_ERR_CERT_REJECTED); /* becomes the alert bad_certificate */
  return 0;
}

static SSL_CTX *
make_context (void)
{
  const PealCertificate *own = peal_fingerprint_certificate ();
  SSL_CTX *context = SSL_CTX_new (DTLS_method ());

  SSL_CTX_set_min_proto_version (context, DTLS1_2_VERSION);
  SSL_CTX_set_max_proto_version (context, DTLS1_2_VERSION);
  SSL_CTX_set_options (context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback (context, verify, NULL);
  if (!SSL_CTX_set_cipher_list (context, CIPHERS) ||
      !SSL_CTX_use_certificate (context, own->x509) || !SSL_CTX_use_PrivateKey (context, own->key))
    g_error ("OpenSSL does no DTLS 1.2 with ECDSA: %s",
             ERR_reason_error_string (ERR_peek_last_error ()));
  return context;
}

typedef struct {
  SSL_CTX *context;
  BIO_METHOD *bio;
} Shared;

static const Shared *
shared (void)
{
  static Shared made;
  static gsize once;

  if (g_once_init_enter (&once)) {
    made.context = make_context ();
    made.bio = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK, "peal channel");
    BIO_meth_set_read (made.bio, bio_read);
    BIO_meth_set_write (made.bio, bio_write);
    BIO_meth_set_ctrl (made.bio, bio_control);
    g_once_init_leave (&once, 1);
  }
  return &made;
}

void
peal_dtls_context_warm_up (void)
{
  shared ();
}

/* Our own clock of retransmissions: RFC 6347 §4.2.4.1 begins at 1 s, an age for a call. */
static unsigned int
next_timeout (SSL *ssl, unsigned int present)
{
  return present ? MIN (present * 2, LONGEST_TIMEOUT) : FIRST_TIMEOUT;
}

/* SSL_get_extms_support knows it only after the handshake. */
static void
hear_extension (SSL *ssl, int from_server, int type, const unsigned char *data, int length,
                void *user)
{
  const PealDtlsPort *port = user;

  if (from_server && type == TLSEXT_TYPE_extended_master_secret)
    port->extended (port->user);
}

SSL *
peal_dtls_context_open (PealDtlsPort *port, guint mtu, gboolean srtp)
{
  BIO *bio = BIO_new (shared ()->bio);
  SSL *ssl = SSL_new (shared ()->context);

  BIO_set_data (bio, port);
  BIO_set_init (bio, 1);
  SSL_set_bio (ssl, bio, bio);
  SSL_set_app_data (ssl, port);
  SSL_set_mtu (ssl, (long) mtu);
  DTLS_set_timer_cb (ssl, next_timeout);
  SSL_set_tlsext_debug_callback (ssl, hear_extension);
  SSL_set_tlsext_debug_arg (ssl, port);
  if (srtp && SSL_set_tlsext_use_srtp (ssl, PEAL_DTLS_SRTP_PROFILES))
    g_error ("OpenSSL lacks SRTP profiles: %s", ERR_reason_error_string (ERR_peek_last_error ()));
  return ssl;
}

/* --- why it failed --- */

GError *
peal_dtls_context_stranger (void)
{
  return g_error_new (
      PEAL_CAUSE, PEAL_CAUSE_SECURITY,
      "the other side's certificate is not the one whose fingerprint it sent: somebody may be "
      "in between");
}

/* The number of the peer's alert, if that is why OpenSSL gave up, else not above 0. */
static int
alert_of (unsigned long code)
{
  return ERR_GET_LIB (code) == ERR_LIB_SSL ? ERR_GET_REASON (code) - SSL_AD_REASON_OFFSET : 0;
}

static gboolean
is_stranger (const SSL *ssl)
{
  return SSL_get_verify_result (ssl) == X509_V_ERR_CERT_REJECTED;
}

/* A peer's alert is the peer's word, all else is ours. */
GError *
peal_dtls_context_explain (const SSL *ssl)
{
  unsigned long code = ERR_peek_error ();
  const char *reason = ERR_reason_error_string (code);
  int alert = alert_of (code);

  if (is_stranger (ssl))
    return peal_dtls_context_stranger ();
  if (alert > 0)
    return g_error_new (PEAL_CAUSE, PEAL_CAUSE_SECURITY, "the other side refused DTLS (%s)",
                        SSL_alert_desc_string_long (alert));
  return g_error_new (PEAL_CAUSE, PEAL_CAUSE_SECURITY, "DTLS with the other side failed (%s)",
                      reason ? reason : "no reason");
}

gboolean
peal_dtls_context_may_pass (const SSL *ssl)
{
  return !is_stranger (ssl) && alert_of (ERR_peek_error ()) <= 0;
}
