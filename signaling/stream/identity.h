/* A certificate of our own: who we are to a server that logs clients in by TLS (SASL EXTERNAL,
 * XEP-0178). */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

/* Shows @certificate to a server that asks for one in its handshake, and to no other. Give it to
 * g_tls_connection_set_interaction, or at construction; it belongs to the GMainContext that is the
 * thread's default here. NULL shows none, and still knows whether one was asked for. Owned. */
GTlsInteraction *peal_identity_new (GTlsCertificate *certificate);

/* Whether one was asked for, and whether it was shown. After the handshake. */
gboolean peal_identity_asked (GTlsInteraction *identity);
gboolean peal_identity_shown (GTlsInteraction *identity);

/* PEAL_FAILURE_CERTIFICATE_LOGIN where @error, which ended TLS with @where, can be put down to our
 * certificate (@asked: the server wanted one, @shown: it got one); else NULL. With TLS 1.3 the
 * handshake is over for us before a server judges it. */
GError *peal_identity_judge (const char *where, gboolean asked, gboolean shown,
                             const GError *error);
