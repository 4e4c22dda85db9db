/* What is said of a certificate that is refused: the gravest flaw, and its own word for each. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/failure.h"
#include "signaling/stream/trust.h"

static const struct {
  GTlsCertificateFlags flaw;
  PealFailure failure;
} flaws[] = {
  /* the gravest first */
  { G_TLS_CERTIFICATE_UNKNOWN_CA, PEAL_FAILURE_CERTIFICATE_UNKNOWN },
  { G_TLS_CERTIFICATE_BAD_IDENTITY, PEAL_FAILURE_CERTIFICATE_HOST },
  { G_TLS_CERTIFICATE_REVOKED, PEAL_FAILURE_CERTIFICATE_REVOKED },
  { G_TLS_CERTIFICATE_EXPIRED, PEAL_FAILURE_CERTIFICATE_EXPIRED },
  { G_TLS_CERTIFICATE_NOT_ACTIVATED, PEAL_FAILURE_CERTIFICATE_EARLY },
  { G_TLS_CERTIFICATE_INSECURE, PEAL_FAILURE_CERTIFICATE_WEAK },
  { G_TLS_CERTIFICATE_GENERIC_ERROR, PEAL_FAILURE_CERTIFICATE_WEAK },
};

static void
expect (GTlsCertificateFlags found, PealFailure failure)
{
  g_autoptr(GError) error = NULL;
  peal_trust_refuse ("example.org", NULL, found, &error);
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  g_assert_cmpstr (peal_cause_failure (error), ==, peal_failure_word (failure));
}

/* No server on this machine can have its certificate revoked: GLib asks nobody whether one is. */
static void
each_flaw_has_its_word (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (flaws); i++)
    expect (flaws[i].flaw, flaws[i].failure);
}

static void
the_gravest_flaw_is_told (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (flaws); i++)
    for (gsize j = i; j < G_N_ELEMENTS (flaws); j++)
      expect (flaws[i].flaw | flaws[j].flaw, flaws[i].failure);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trust/word", each_flaw_has_its_word);
  g_test_add_func ("/trust/gravest", the_gravest_flaw_is_told);
  return g_test_run ();
}
