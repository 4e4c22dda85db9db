/* Our certificate, and the fingerprints by which peers know certificates (XEP-0320, RFC 8122).
 *
 * The certificate is made once a process and never freed: the stated exception to "no globals". It
 * names nobody; only its fingerprint, told by signaling, means anything. Validity dates are
 * never looked at (Dino's certificate is valid from tomorrow). */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/transport_wire.h"

#include <openssl/x509.h>

typedef struct {
  X509 *x509; /* self-signed, ECDSA P-256 */
  EVP_PKEY *key;
  char *value; /* sha-256, "AB:CD:…" */
} PealCertificate;

/* The process's certificate, made at the first call (0.4 ms). Borrowed. Any thread. */
const PealCertificate *peal_fingerprint_certificate (void);

/* Its fingerprint with @setup. Given: peal_element_free with peal_fingerprint_element. */
PealFingerprint *peal_fingerprint_own (PealSetup setup);

/* What a certificate must hash to. */
typedef struct {
  const EVP_MD *hash; /* static */
  gsize length;
  guint8 bytes[EVP_MAX_MD_SIZE];
} PealDigest;

/* The digests of the strongest hash among @fingerprints (of PealFingerprint *): any one of them
 * proves the peer (RFC 8122 §5). Given, sorted. NULL with @error (PEAL_CAUSE_SECURITY) when none is
 * usable: sha-1 and md5 are refused, one of an unknown hash or of the wrong length counts as not
 * there. */
GArray *peal_fingerprint_parse (const GPtrArray *fingerprints, GError **error);

/* Whether @certificate hashes to one of @digests; takes the same time wherever they differ. */
gboolean peal_fingerprint_match (const GArray *digests, const X509 *certificate);

/* Whether two parsed sets are the same. */
gboolean peal_fingerprint_equal (const GArray *a, const GArray *b);
