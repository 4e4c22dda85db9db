/* Certificates for tests, made in memory: an authority, and leaves for any name and any days. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

typedef struct {
  EVP_PKEY *key;
  X509 *certificate;
} Authority;

/* @issuer NULL: signed by itself. Days count from now. */
static Authority
authority_issue (const Authority *issuer, const char *name, int from_day, int to_day)
{
  static long serial = 1;
  Authority made = { EVP_EC_gen ("P-256"), X509_new () };
  g_autofree char *names = g_strdup_printf ("DNS:%s", name);
  X509 *signer = issuer ? issuer->certificate : made.certificate;
  X509_set_version (made.certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (made.certificate), serial++);
  X509_gmtime_adj (X509_getm_notBefore (made.certificate), from_day * 86400L);
  X509_gmtime_adj (X509_getm_notAfter (made.certificate), to_day * 86400L);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (made.certificate), "CN", MBSTRING_UTF8,
                              (const guchar *) name, -1, -1, 0);
  X509_set_issuer_name (made.certificate, X509_get_subject_name (signer));
  X509_set_pubkey (made.certificate, made.key);
  X509V3_CTX context;
  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, signer, made.certificate, NULL, NULL, 0);
  X509_EXTENSION *extension =
      issuer ? X509V3_EXT_conf_nid (NULL, &context, NID_subject_alt_name, names)
             : X509V3_EXT_conf_nid (NULL, &context, NID_basic_constraints, "critical,CA:TRUE");
  g_assert_nonnull (extension);
  X509_add_ext (made.certificate, extension, -1);
  X509_EXTENSION_free (extension);
  g_assert_cmpint (X509_sign (made.certificate, issuer ? issuer->key : made.key, EVP_sha256 ()), >,
                   0);
  return made;
}

static void
authority_clear (Authority *authority)
{
  EVP_PKEY_free (authority->key);
  X509_free (authority->certificate);
}

/* Certificate and key in one PEM text. */
static char *
authority_pem (const Authority *authority)
{
  BIO *memory = BIO_new (BIO_s_mem ());
  PEM_write_bio_X509 (memory, authority->certificate);
  PEM_write_bio_PrivateKey (memory, authority->key, NULL, NULL, 0, NULL, NULL);
  char *bytes;
  long length = BIO_get_mem_data (memory, &bytes);
  char *text = g_strndup (bytes, length);
  BIO_free (memory);
  return text;
}
