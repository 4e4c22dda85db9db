/* A GTlsDatabase of two: the user's authorities first, then the system's. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/trust.h"

#include "signaling/stream/failure.h"

#define PEAL_TYPE_TRUST (peal_trust_get_type ())
G_DECLARE_FINAL_TYPE (PealTrust, peal_trust, PEAL, TRUST, GTlsDatabase)

struct _PealTrust {
  GTlsDatabase parent;
  GTlsDatabase *file; /* may be NULL */
};

G_DEFINE_FINAL_TYPE (PealTrust, peal_trust, G_TYPE_TLS_DATABASE)

static GTlsCertificateFlags
verify_chain (GTlsDatabase *database, GTlsCertificate *chain, const char *purpose,
              GSocketConnectable *identity, GTlsInteraction *interaction,
              GTlsDatabaseVerifyFlags flags, GCancellable *cancellable, GError **error)
{
  PealTrust *trust = PEAL_TRUST (database);
  if (trust->file) {
    GTlsCertificateFlags flaws = g_tls_database_verify_chain (
        trust->file, chain, purpose, identity, interaction, flags, cancellable, error);
    if (!(flaws & G_TLS_CERTIFICATE_UNKNOWN_CA))
      return flaws;
    g_clear_error (error);
  }
  g_autoptr(GTlsDatabase) system =
      g_tls_backend_get_default_database (g_tls_backend_get_default ());
  return g_tls_database_verify_chain (system, chain, purpose, identity, interaction, flags,
                                      cancellable, error);
}

static void
peal_trust_init (PealTrust *trust)
{
}

static void
dispose (GObject *object)
{
  g_clear_object (&PEAL_TRUST (object)->file);
  G_OBJECT_CLASS (peal_trust_parent_class)->dispose (object);
}

static void
peal_trust_class_init (PealTrustClass *class)
{
  G_OBJECT_CLASS (class)->dispose = dispose;
  G_TLS_DATABASE_CLASS (class)->verify_chain = verify_chain;
}

/* 10 to 30 ms that the main loop need not wait for: done while TCP connects. */
static void
load_system (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr(GTlsDatabase) system =
      g_tls_backend_get_default_database (g_tls_backend_get_default ());
  g_task_return_boolean (task, TRUE);
}

GTlsDatabase *
peal_trust_new (const char *ca_file, GError **error)
{
  g_autoptr(PealTrust) trust = g_object_new (PEAL_TYPE_TRUST, NULL);
  if (!ca_file) {
    g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);
    g_task_run_in_thread (task, load_system);
    return G_TLS_DATABASE (g_steal_pointer (&trust));
  }
  g_autoptr(GError) why = NULL;
  g_autofree char *path = g_canonicalize_filename (ca_file, NULL);
  g_autolist(GTlsCertificate) authorities = g_tls_certificate_list_new_from_file (path, &why);
  if (!why && authorities)
    trust->file = g_tls_file_database_new (path, &why);
  if (!trust->file) {
    peal_failure_set (error, PEAL_FAILURE_NO_AUTHORITIES,
                      "cannot take the authorities in %s: %s; --ca wants PEM", ca_file,
                      why ? why->message : "it holds no certificate");
    return NULL;
  }
  return G_TLS_DATABASE (g_steal_pointer (&trust));
}

static char *
day (GDateTime *time)
{
  if (!time)
    return g_strdup ("a day it does not tell");
  char *text = g_date_time_format (time, "%Y-%m-%d");
  g_date_time_unref (time);
  return text;
}

/* The gravest first: an unknown authority could have written anything into the rest. */
void
peal_trust_refuse (const char *domain, GTlsCertificate *certificate, GTlsCertificateFlags flaws,
                   GError **error)
{
  g_autofree char *after =
      certificate ? day (g_tls_certificate_get_not_valid_after (certificate)) : NULL;
  g_autofree char *before =
      certificate ? day (g_tls_certificate_get_not_valid_before (certificate)) : NULL;
  if (flaws & G_TLS_CERTIFICATE_UNKNOWN_CA)
    peal_failure_set (error, PEAL_FAILURE_CERTIFICATE_UNKNOWN,
                      "the certificate of %s is signed by no authority known here; if the server "
                      "is yours, give its authority with --ca FILE, else somebody may be "
                      "listening: try another network",
                      domain);
  else if (flaws & G_TLS_CERTIFICATE_BAD_IDENTITY)
    peal_failure_set (error, PEAL_FAILURE_CERTIFICATE_HOST,
                      "the certificate that came is for another name than %s; check the address, "
                      "or tell the administrator",
                      domain);
  else if (flaws & G_TLS_CERTIFICATE_REVOKED)
    peal_failure_set (error, PEAL_FAILURE_CERTIFICATE_REVOKED,
                      "the certificate of %s was revoked; tell the administrator", domain);
  else if (flaws & G_TLS_CERTIFICATE_EXPIRED)
    peal_failure_set (error, PEAL_FAILURE_CERTIFICATE_EXPIRED,
                      "the certificate of %s expired on %s; tell the administrator, or correct "
                      "this machine's clock",
                      domain, after);
  else if (flaws & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    peal_failure_set (error, PEAL_FAILURE_CERTIFICATE_EARLY,
                      "the certificate of %s is not valid before %s; correct this machine's clock",
                      domain, before);
  else
    peal_failure_set (error, PEAL_FAILURE_CERTIFICATE_WEAK,
                      "the certificate of %s is broken or uses insecure algorithms; tell the "
                      "administrator",
                      domain);
}
