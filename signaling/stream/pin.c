/* Comparing certificates with pins. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/pin.h"

#include <openssl/x509.h>
#include <string.h>

#include "signaling/event.h"

#define SIZE 32 /* of SHA-256 */

/* --- reading them --- */

/* The digits of @text without what people copy along with them. Borrowed. */
static const char *
digits_of (const char *text)
{
  static const char *const heads[] = { "sha256:", "sha-256:", "sha256=", "sha256 fingerprint=",
                                       "sha-256 fingerprint=" };
  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    if (g_ascii_strncasecmp (text, heads[i], strlen (heads[i])) == 0)
      return text + strlen (heads[i]);
  return text;
}

static gboolean
read_pin (const char *text, guint8 pin[SIZE])
{
  const char *at = digits_of (text);
  for (guint i = 0; i < SIZE; i++, at += 2) {
    if (i > 0 && *at == ':')
      at++;
    if (!g_ascii_isxdigit (at[0]) || !g_ascii_isxdigit (at[1]))
      return FALSE;
    pin[i] = (guint8) (g_ascii_xdigit_value (at[0]) << 4 | g_ascii_xdigit_value (at[1]));
  }
  return *at == '\0';
}

gboolean
peal_pins_add (GByteArray *pins, const char *text, GError **error)
{
  /* "" has no parts by itself, and must not pass for "no pin": a script's variable may be empty. */
  g_auto(GStrv) parts = g_strsplit (*text ? text : " ", ",", -1);
  for (char **part = parts; *part; part++) {
    guint8 pin[SIZE];
    if (!read_pin (g_strstrip (*part), pin)) {
      g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                   "--server-pin \"%s\": not the SHA-256 of a certificate or public key; write "
                   "sha256: and 64 hexadecimal digits, as `openssl x509 -noout -fingerprint "
                   "-sha256 -in FILE` shows them",
                   *part);
      return FALSE;
    }
    g_byte_array_append (pins, pin, sizeof pin);
  }
  return TRUE;
}

/* --- comparing --- */

static GByteArray *
der_of (GTlsCertificate *certificate)
{
  GByteArray *der;
  g_object_get (certificate, "certificate", &der, NULL);
  return der;
}

/* SubjectPublicKeyInfo (RFC 5280 §4.1.2.7); NULL when it cannot be read. */
static GBytes *
public_key_of (const GByteArray *der)
{
  const guint8 *at = der->data;
  X509 *certificate = d2i_X509 (NULL, &at, der->len);
  guint8 *bytes = NULL;
  int length = certificate ? i2d_X509_PUBKEY (X509_get_X509_PUBKEY (certificate), &bytes) : 0;
  GBytes *key = length > 0 ? g_bytes_new (bytes, (gsize) length) : NULL;
  OPENSSL_free (bytes);
  X509_free (certificate);
  return key;
}

static gboolean
has_digest (GBytes *pins, gconstpointer bytes, gsize length)
{
  guint8 digest[SIZE];
  gsize size = sizeof digest, total;
  const guint8 *all = g_bytes_get_data (pins, &total);
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, bytes, (gssize) length);
  g_checksum_get_digest (sum, digest, &size);
  for (gsize at = 0; at + SIZE <= total; at += SIZE)
    if (memcmp (all + at, digest, SIZE) == 0)
      return TRUE;
  return FALSE;
}

gboolean
peal_pins_hold (GBytes *pins, GTlsCertificate *certificate)
{
  if (!certificate)
    return FALSE;
  g_autoptr(GByteArray) der = der_of (certificate);
  g_autoptr(GBytes) key = der ? public_key_of (der) : NULL;
  return key && (has_digest (pins, der->data, der->len) ||
                 has_digest (pins, g_bytes_get_data (key, NULL), g_bytes_get_size (key)));
}

char *
peal_pin_of (GTlsCertificate *certificate)
{
  g_autoptr(GByteArray) der = der_of (certificate);
  g_autofree char *digits = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
  return g_strconcat ("sha256:", digits, NULL);
}

/* --- while TLS shakes hands --- */

#define PEAL_TYPE_GUARD (peal_guard_get_type ())
G_DECLARE_FINAL_TYPE (PealGuard, peal_guard, PEAL, GUARD, GTlsDatabase)

struct _PealGuard {
  GTlsDatabase parent;
  GBytes *pins;
  GTlsDatabase *trust;
};

G_DEFINE_FINAL_TYPE (PealGuard, peal_guard, G_TYPE_TLS_DATABASE)

static GTlsCertificateFlags
verify_chain (GTlsDatabase *database, GTlsCertificate *chain, const char *purpose,
              GSocketConnectable *identity, GTlsInteraction *interaction,
              GTlsDatabaseVerifyFlags flags, GCancellable *cancellable, GError **error)
{
  PealGuard *guard = PEAL_GUARD (database);
  g_autoptr(GError) why = NULL;
  GTlsCertificateFlags flaws = g_tls_database_verify_chain (guard->trust, chain, purpose, identity,
                                                            interaction, flags, cancellable, &why);
  if (why) {
    g_propagate_error (error, g_steal_pointer (&why));
    return flaws | G_TLS_CERTIFICATE_GENERIC_ERROR;
  }
  if (!peal_pins_hold (guard->pins, chain))
    return flaws | G_TLS_CERTIFICATE_GENERIC_ERROR;
  /* Name and days again: a database need not look at them once it knows no authority. */
  flaws &= ~(GTlsCertificateFlags) G_TLS_CERTIFICATE_UNKNOWN_CA;
  return flaws | g_tls_certificate_verify (chain, identity, NULL);
}

static void
peal_guard_init (PealGuard *guard)
{
}

static void
dispose (GObject *object)
{
  PealGuard *guard = PEAL_GUARD (object);
  g_clear_pointer (&guard->pins, g_bytes_unref);
  g_clear_object (&guard->trust);
  G_OBJECT_CLASS (peal_guard_parent_class)->dispose (object);
}

static void
peal_guard_class_init (PealGuardClass *class)
{
  G_OBJECT_CLASS (class)->dispose = dispose;
  G_TLS_DATABASE_CLASS (class)->verify_chain = verify_chain;
}

GTlsDatabase *
peal_pins_guard (GBytes *pins, GTlsDatabase *trust)
{
  PealGuard *guard = g_object_new (PEAL_TYPE_GUARD, NULL);
  guard->pins = g_bytes_ref (pins);
  guard->trust = g_object_ref (trust);
  return G_TLS_DATABASE (guard);
}
