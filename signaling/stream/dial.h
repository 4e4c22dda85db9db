/* From a domain to a TCP connection: a race between its servers (targets.h), through a proxy where
 * there is one. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/proxy.h"
#include "signaling/stream/stream.h"

typedef struct {
  const char *domain;
  const char *server; /* HOST[:PORT] instead of SRV; NULL */
  PealTlsMode tls;    /* BOTH: SRV says which; with @server STARTTLS, on port 5223 direct */
  PealProxy *proxy;   /* NULL */
  GPtrArray *failed;  /* of char *, each a PealDialed.where to pass over; NULL: none */
  /* Waits for @what from now on (static). Not after the operation ended or was cancelled. */
  void (*awaits) (gpointer user, const char *what);
  gpointer user;
} PealDialSetup;

typedef struct {
  GSocketConnection *connection;
  gboolean direct;  /* TLS begins at once */
  gboolean more;    /* there are other targets, should this one be of no use */
  gboolean proxied; /* its other end is a proxy's */
  char *where;      /* "xmpp.example.org:5222" */
} PealDialed;
void peal_dialed_free (PealDialed *dialed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealDialed, peal_dialed_free)

/* Names are looked up without a proxy and without blocking; targets start 250 ms after one another
 * (a refused one makes the next start at once), as do the addresses of each (RFC 8305). */
void peal_dial (const PealDialSetup *setup, GCancellable *cancellable, GAsyncReadyCallback done,
                gpointer user);

/* NULL with @error: one of PealFailure, of all targets the one that tells most, also when it was
 * cancelled and more is known than that some are silent; else G_IO_ERROR_CANCELLED. */
PealDialed *peal_dial_finish (GAsyncResult *result, GError **error);

/* Asks the kernel to acknowledge at once for a while; to be said again after each read and write.
 * Else TLS 1.3 servers' Nagle waits for our delayed acknowledgement between tickets and features,
 * 40 ms a login, and later between a stanza and its <r/>, 40 ms a step of a call. Nothing for other
 * than TCP. */
void peal_dial_quick (GIOStream *connection);
