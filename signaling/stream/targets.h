/* Where the server of a domain may be: what SRV records say (RFC 6120 §3.2, XEP-0368), or the user.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/stream.h"

typedef struct {
  char *host;
  guint16 port;
  gboolean direct; /* TLS begins at once */
} PealTarget;

/* "xmpp.example.org:5222", "[::1]:5222"; for g_free. */
char *peal_target_name (const PealTarget *target);

typedef struct {
  const char *domain;
  const char *server; /* HOST[:PORT] instead of SRV; NULL */
  PealTlsMode tls;    /* BOTH: SRV says which; with @server STARTTLS, on port 5223 direct */
  gboolean unasked;   /* no name server may be asked: the domain itself, on both usual ports */
} PealTargetsSetup;

/* Whether SRV records will be asked for. */
gboolean peal_targets_asks (const PealTargetsSetup *setup);

/* Without blocking. */
void peal_targets_find (const PealTargetsSetup *setup, GCancellable *cancellable,
                        GAsyncReadyCallback done, gpointer user);

/* Of PealTarget, best first: at least one and at most 16. NULL with @error: G_IO_ERROR_CANCELLED,
 * or one of PealFailure (NO_ADDRESS, NO_RESOLVER, NO_XMPP). */
GPtrArray *peal_targets_finish (GAsyncResult *result, GError **error);
