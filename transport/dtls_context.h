/* OpenSSL as peal uses it: DTLS 1.2 alone, certificates proved by fingerprint, datagrams kept
 * whole.
 *
 * Its context and BIO method are made once a process and never freed: the stated exception to "no
 * globals", see fingerprint.h. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#include <openssl/ssl.h>

/* Cheapest first in Debian's libsrtp; the last is the one that everybody has. */
#define PEAL_DTLS_SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80"

/* What OpenSSL calls of its owner. Embedded in it; lives as long as the SSL. */
typedef struct {
  /* The datagram that has just come, once; FALSE when there is none. */
  gboolean (*take) (gpointer user, const guint8 **data, gsize *length);
  void (*put) (gpointer user, const guint8 *data, gsize length);
  /* Whether the peer may show @certificate. */
  gboolean (*trusts) (gpointer user, const X509 *certificate);
  void (*extended) (gpointer user); /* the server agreed on the extended master secret (RFC 7627) */
  gpointer user;
} PealDtlsPort;

/* An SSL over @port, for datagrams of up to @mtu bytes; @srtp: it offers keys for SRTP. SSL_free.
 */
SSL *peal_dtls_context_open (PealDtlsPort *port, guint mtu, gboolean srtp);

/* Makes what is shared. Any thread. */
void peal_dtls_context_warm_up (void);

/* Why OpenSSL gave up, from its error queue (given; PEAL_CAUSE_SECURITY). */
GError *peal_dtls_context_explain (const SSL *ssl);
/* The same where the certificate is another's. */
GError *peal_dtls_context_stranger (void);

/* Whether it gave up for a reason that may pass: neither the certificate nor the peer's alert. */
gboolean peal_dtls_context_may_pass (const SSL *ssl);
