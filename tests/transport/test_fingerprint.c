/* Fingerprints: ours as XEP-0320 writes them, theirs in every form that is good and bad. */
// SPDX-License-Identifier: MIT
#include "transport/fingerprint.h"

#include "signaling/event.h"

static GPtrArray *
list (const char *const *pairs)
{
  GPtrArray *fingerprints = g_ptr_array_new_with_free_func (g_free);

  for (; *pairs; pairs += 2) {
    PealFingerprint *one = g_new0 (PealFingerprint, 1);
    one->hash = (char *) pairs[0];
    one->value = (char *) pairs[1];
    g_ptr_array_add (fingerprints, one);
  }
  return fingerprints;
}

static char *
digest_text (const EVP_MD *hash, gboolean upper)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  guint length;
  GString *text = g_string_new (NULL);

  g_assert_true (X509_digest (peal_fingerprint_certificate ()->x509, hash, digest, &length));
  for (guint i = 0; i < length; i++)
    g_string_append_printf (text, upper ? "%s%02X" : "%s%02x", i ? ":" : "", digest[i]);
  return g_string_free (text, FALSE);
}

static gboolean
matches_ours (const char *const *pairs)
{
  g_autoptr(GPtrArray) fingerprints = list (pairs);
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) digests = peal_fingerprint_parse (fingerprints, &error);

  g_assert_no_error (error);
  return peal_fingerprint_match (digests, peal_fingerprint_certificate ()->x509);
}

static void
assert_refused (const char *const *pairs)
{
  g_autoptr(GPtrArray) fingerprints = list (pairs);
  g_autoptr(GError) error = NULL;

  g_assert_null (peal_fingerprint_parse (fingerprints, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
}

static void
ours_is_sha256_in_upper_case (void)
{
  PealFingerprint *own = peal_fingerprint_own (PEAL_SETUP_ACTPASS);
  g_autofree char *expected = digest_text (EVP_sha256 (), TRUE);

  g_assert_cmpstr (own->hash, ==, "sha-256");
  g_assert_cmpstr (own->value, ==, expected);
  g_assert_cmpuint (strlen (own->value), ==, 95);
  g_assert_cmpint (own->setup, ==, PEAL_SETUP_ACTPASS);
  peal_element_free (&peal_fingerprint_element, own);
}

static gpointer
certificate_of_thread (gpointer user)
{
  return (gpointer) peal_fingerprint_certificate ();
}

static void
all_threads_see_one_certificate (void)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("certificate", certificate_of_thread, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == peal_fingerprint_certificate ());

  const PealCertificate *own = peal_fingerprint_certificate ();
  g_assert_cmpint (EVP_PKEY_get_base_id (own->key), ==, EVP_PKEY_EC);
  g_assert_cmpint (EVP_PKEY_get_bits (own->key), ==, 256);
  g_assert_cmpint (X509_verify (own->x509, own->key), ==, 1);
}

static void
good_ones_match (void)
{
  g_autofree char *sha256 = digest_text (EVP_sha256 (), TRUE),
                  *small = digest_text (EVP_sha256 (), FALSE);
  g_autofree char *sha384 = digest_text (EVP_sha384 (), TRUE),
                  *sha512 = digest_text (EVP_sha512 (), TRUE);

  g_assert_true (matches_ours ((const char *[]) { "sha-256", sha256, NULL }));
  g_assert_true (matches_ours ((const char *[]) { "SHA-256", small, NULL }));
  g_assert_true (matches_ours ((const char *[]) { "sha-384", sha384, NULL }));
  g_assert_true (matches_ours ((const char *[]) { "sha-512", sha512, NULL }));
  /* One of several is enough, next to others that are broken or unknown. */
  g_autofree char *other = g_strdup (sha256);
  other[0] = other[0] == '0' ? '1' : '0';
  g_assert_true (matches_ours ((const char *[]) { "sha-1", "00", "sha-256", other, "sha-3000", "x",
                                                  "sha-256", sha256, NULL }));
  g_assert_false (matches_ours ((const char *[]) { "sha-256", other, NULL }));
}

/* RFC 8122 §5: a weaker one that fits does not make up for a stronger one that does not. */
static void
the_strongest_hash_counts (void)
{
  g_autofree char *sha256 = digest_text (EVP_sha256 (), TRUE),
                  *sha512 = digest_text (EVP_sha512 (), TRUE);

  sha512[0] = sha512[0] == '0' ? '1' : '0';
  g_assert_false (matches_ours ((const char *[]) { "sha-256", sha256, "sha-512", sha512, NULL }));
}

static void
bad_ones_are_refused (void)
{
  g_autofree char *sha1 = digest_text (EVP_sha1 (), TRUE),
                  *sha256 = digest_text (EVP_sha256 (), TRUE);
  g_autofree char *longer = g_strconcat (sha256, ":00", NULL),
                  *open = g_strconcat (sha256, ":", NULL);
  g_autofree char *shorter = g_strndup (sha256, 92), *half = g_strndup (sha256, 94);
  g_autofree char *bare = g_strdup (sha256), *letter = g_strdup (sha256);

  bare[2] = ' ';
  letter[93] = 'G';
  assert_refused ((const char *[]) { NULL });
  assert_refused ((const char *[]) { "sha-1", sha1, NULL });
  assert_refused (
      (const char *[]) { "md5", "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF", NULL });
  for (const char *const *bad =
           (const char *[]) { longer, open, shorter, half, bare, letter, "", NULL };
       *bad; bad++)
    assert_refused ((const char *[]) { "sha-256", *bad, NULL });
  g_autoptr(GPtrArray) empty = list ((const char *[]) { "sha-256", NULL, NULL });
  g_autoptr(GError) error = NULL;
  g_ptr_array_add (empty, g_new0 (PealFingerprint, 1));
  g_assert_null (peal_fingerprint_parse (empty, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
}

static void
order_makes_no_difference (void)
{
  g_autofree char *one = digest_text (EVP_sha256 (), TRUE), *two = g_strdup (one);
  two[94] = two[94] == '0' ? '1' : '0';
  g_autoptr(GPtrArray) a = list ((const char *[]) { "sha-256", one, "sha-256", two, NULL });
  g_autoptr(GPtrArray) b = list ((const char *[]) { "sha-256", two, "SHA-256", one, NULL });
  g_autoptr(GPtrArray) c = list ((const char *[]) { "sha-256", two, NULL });
  g_autoptr(GArray) parsed_a = peal_fingerprint_parse (a, NULL);
  g_autoptr(GArray) parsed_b = peal_fingerprint_parse (b, NULL);
  g_autoptr(GArray) parsed_c = peal_fingerprint_parse (c, NULL);

  g_assert_true (peal_fingerprint_equal (parsed_a, parsed_b));
  g_assert_false (peal_fingerprint_equal (parsed_a, parsed_c));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fingerprint/ours-is-sha256-in-upper-case", ours_is_sha256_in_upper_case);
  g_test_add_func ("/fingerprint/all-threads-see-one-certificate", all_threads_see_one_certificate);
  g_test_add_func ("/fingerprint/good-ones-match", good_ones_match);
  g_test_add_func ("/fingerprint/the-strongest-hash-counts", the_strongest_hash_counts);
  g_test_add_func ("/fingerprint/bad-ones-are-refused", bad_ones_are_refused);
  g_test_add_func ("/fingerprint/order-makes-no-difference", order_makes_no_difference);
  return g_test_run ();
}
