/* From a domain to a TCP connection: SRV records (RFC 6120 §3.2, XEP-0368) and a race between what
 * they name. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/stream.h"

typedef struct {
  const char *domain;
  const char *server; /* HOST[:PORT] instead of SRV; NULL */
  PealTlsMode tls;    /* BOTH: SRV says which; with @server STARTTLS, on port 5223 direct */
} PealDialSetup;

typedef struct {
  GSocketConnection *connection;
  gboolean direct; /* TLS begins at once */
  char *where;     /* "xmpp.example.org:5222" */
} PealDialed;
void peal_dialed_free (PealDialed *dialed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealDialed, peal_dialed_free)

/* Names are looked up without a proxy and without blocking; targets start 250 ms after one another
 * (a refused one makes the next start at once), as do the addresses of each (RFC 8305). */
void peal_dial (const PealDialSetup *setup, GCancellable *cancellable, GAsyncReadyCallback done,
                gpointer user);

/* NULL with @error: G_IO_ERROR_CANCELLED, or PEAL_CAUSE_CONNECT with a sentence. */
PealDialed *peal_dial_finish (GAsyncResult *result, GError **error);
