/* A GTlsInteraction that answers a request for a certificate, and remembers that it did. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/identity.h"

#include "signaling/stream/failure.h"

#define PEAL_TYPE_IDENTITY (peal_identity_get_type ())
G_DECLARE_FINAL_TYPE (PealIdentity, peal_identity, PEAL, IDENTITY, GTlsInteraction)

struct _PealIdentity {
  GTlsInteraction parent;
  GTlsCertificate *certificate; /* may be NULL */
  gint asked, shown;            /* atomic: asked on the thread that shakes hands, perhaps */
};

G_DEFINE_FINAL_TYPE (PealIdentity, peal_identity, G_TYPE_TLS_INTERACTION)

static GTlsInteractionResult
request_certificate (GTlsInteraction *interaction, GTlsConnection *connection,
                     GTlsCertificateRequestFlags flags, GCancellable *cancellable, GError **error)
{
  PealIdentity *identity = PEAL_IDENTITY (interaction);
  g_atomic_int_set (&identity->asked, TRUE);
  if (!identity->certificate)
    return G_TLS_INTERACTION_UNHANDLED;
  g_tls_connection_set_certificate (connection, identity->certificate);
  g_atomic_int_set (&identity->shown, TRUE);
  return G_TLS_INTERACTION_HANDLED;
}

static void
peal_identity_init (PealIdentity *identity)
{
}

static void
dispose (GObject *object)
{
  g_clear_object (&PEAL_IDENTITY (object)->certificate);
  G_OBJECT_CLASS (peal_identity_parent_class)->dispose (object);
}

static void
peal_identity_class_init (PealIdentityClass *class)
{
  G_OBJECT_CLASS (class)->dispose = dispose;
  G_TLS_INTERACTION_CLASS (class)->request_certificate = request_certificate;
}

GTlsInteraction *
peal_identity_new (GTlsCertificate *certificate)
{
  PealIdentity *identity = g_object_new (PEAL_TYPE_IDENTITY, NULL);
  identity->certificate = certificate ? g_object_ref (certificate) : NULL;
  return G_TLS_INTERACTION (identity);
}

gboolean
peal_identity_asked (GTlsInteraction *identity)
{
  return g_atomic_int_get (&PEAL_IDENTITY (identity)->asked);
}

gboolean
peal_identity_shown (GTlsInteraction *identity)
{
  return g_atomic_int_get (&PEAL_IDENTITY (identity)->shown);
}

GError *
peal_identity_judge (const char *where, gboolean asked, gboolean shown, const GError *error)
{
  if (!asked || error->domain != G_TLS_ERROR || error->code == G_TLS_ERROR_EOF)
    return NULL;
  if (shown)
    return peal_failure_new (PEAL_FAILURE_CERTIFICATE_LOGIN,
                             "%s asked for our certificate and does not take it: %s; give one that "
                             "it knows with --certificate",
                             where, error->message);
  return peal_failure_new (PEAL_FAILURE_CERTIFICATE_LOGIN,
                           "%s wants a certificate of ours: %s; give the one that it knows with "
                           "--certificate FILE",
                           where, error->message);
}
