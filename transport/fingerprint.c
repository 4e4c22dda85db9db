/* Our certificate, and the fingerprints by which peers know certificates (XEP-0320, RFC 8122). */
// SPDX-License-Identifier: MIT
#include "transport/fingerprint.h"

#include "signaling/event.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rand.h>

#define DAY (24 * 60 * 60)

/* Strongest first. What RFC 8122 lists and is not here is broken (sha-1, md5, md2) or rarer than a
 * typo. */
static const struct {
  const char *name;
  const EVP_MD *(*hash) (void);
} hashes[] = { { "sha-512", EVP_sha512 }, { "sha-384", EVP_sha384 }, { "sha-256", EVP_sha256 } };

/* --- ours --- */

static X509 *
sign_own (EVP_PKEY *key)
{
  X509 *x509 = X509_new ();
  X509_NAME *name = X509_get_subject_name (x509);
  guint64 serial;

  RAND_bytes ((guint8 *) &serial, sizeof serial);
  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set_uint64 (X509_get_serialNumber (x509), serial >> 1);
  /* From yesterday, for clocks that are behind, and longer than any process runs. */
  X509_gmtime_adj (X509_getm_notBefore (x509), -DAY);
  X509_gmtime_adj (X509_getm_notAfter (x509), 10 * 365L * DAY);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const guint8 *) "peal", -1, -1, 0);
  X509_set_issuer_name (x509, name);
  X509_set_pubkey (x509, key);
  return X509_sign (x509, key, EVP_sha256 ()) ? x509 : NULL;
}

static char *
print_digest (const guint8 *bytes, gsize length)
{
  GString *text = g_string_sized_new (3 * length);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%s%02X", i ? ":" : "", bytes[i]);
  return g_string_free (text, FALSE);
}

const PealCertificate *
peal_fingerprint_certificate (void)
{
  static PealCertificate certificate;
  static gsize made;

  if (g_once_init_enter (&made)) {
    guint8 digest[EVP_MAX_MD_SIZE];
    guint length = 0;

    certificate.key = EVP_EC_gen ("P-256");
    certificate.x509 = certificate.key ? sign_own (certificate.key) : NULL;
    if (!certificate.x509 || !X509_digest (certificate.x509, EVP_sha256 (), digest, &length))
      g_error ("OpenSSL makes no certificate: is there no randomness?");
    certificate.value = print_digest (digest, length);
    g_once_init_leave (&made, 1);
  }
  return &certificate;
}

PealFingerprint *
peal_fingerprint_own (PealSetup setup)
{
  PealFingerprint *fingerprint = peal_element_new (&peal_fingerprint_element);

  fingerprint->hash = g_strdup ("sha-256");
  fingerprint->setup = setup;
  fingerprint->value = g_strdup (peal_fingerprint_certificate ()->value);
  return fingerprint;
}

/* --- theirs --- */

/* "ab:CD:…" of exactly @length bytes. */
static gboolean
parse_hex (const char *text, guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++, text += 3) {
    /* The one looked at next is only read if this one was no end. */
    if (!g_ascii_isxdigit (text[0]) || !g_ascii_isxdigit (text[1]) ||
        text[2] != (i + 1 < length ? ':' : '\0'))
      return FALSE;
    bytes[i] = (guint8) (g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
  }
  return TRUE;
}

static int
compare_digests (gconstpointer a, gconstpointer b)
{
  return memcmp (((const PealDigest *) a)->bytes, ((const PealDigest *) b)->bytes, EVP_MAX_MD_SIZE);
}

static GArray *
digests_of (const GPtrArray *fingerprints, const char *name, const EVP_MD *hash)
{
  GArray *digests = g_array_new (FALSE, TRUE, sizeof (PealDigest));

  for (guint i = 0; i < fingerprints->len; i++) {
    const PealFingerprint *fingerprint = fingerprints->pdata[i];
    PealDigest digest = { .hash = hash, .length = (gsize) EVP_MD_get_size (hash) };

    if (fingerprint->hash && fingerprint->value && !g_ascii_strcasecmp (fingerprint->hash, name) &&
        parse_hex (fingerprint->value, digest.bytes, digest.length))
      g_array_append_val (digests, digest);
  }
  g_array_sort (digests, compare_digests);
  return digests;
}

GArray *
peal_fingerprint_parse (const GPtrArray *fingerprints, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    g_autoptr(GArray) digests = digests_of (fingerprints, hashes[i].name, hashes[i].hash ());
    if (digests->len)
      return g_steal_pointer (&digests);
  }

  const PealFingerprint *first = fingerprints->len ? fingerprints->pdata[0] : NULL;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY,
               "the other side's fingerprint (\"%.16s\") is not a SHA-256, SHA-384 or SHA-512",
               first && first->hash ? first->hash : "");
  return NULL;
}

gboolean
peal_fingerprint_match (const GArray *digests, const X509 *certificate)
{
  gboolean match = FALSE;

  for (guint i = 0; i < digests->len; i++) {
    const PealDigest *wanted = &g_array_index (digests, PealDigest, i);
    guint8 is[EVP_MAX_MD_SIZE];
    guint length = 0;

    if (X509_digest (certificate, wanted->hash, is, &length) && length == wanted->length)
      match |= CRYPTO_memcmp (is, wanted->bytes, length) == 0;
  }
  return match;
}

gboolean
peal_fingerprint_equal (const GArray *a, const GArray *b)
{
  return a->len == b->len && memcmp (a->data, b->data, a->len * sizeof (PealDigest)) == 0;
}
