/* Bytes to and from the server, once it is reached.
 *
 * Nobody above sees a byte before the server is the one it should be and nobody else can read
 * along. Everything belongs to the GMainContext that is the thread's default at peal_link_new, and
 * must be while it is iterated. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/reach.h"

typedef struct {
  /* The link now waits for @what of the server (static); a deadline for it begins. */
  void (*awaits) (gpointer user, const char *what);
  /* Bytes may flow. */
  void (*open) (gpointer user);
  void (*bytes) (gpointer user, const char *bytes, gsize length);
  /* All that was written has left. */
  void (*drained) (gpointer user);
  /* It is over (one of PealFailure; NULL: by peal_link_close); told once. */
  void (*closed) (gpointer user, const GError *why);
} PealLinkEvents;

typedef struct PealLink PealLink;

/* Strings are copied. Events come later, never from inside. */
PealLink *peal_link_new (const PealReachSetup *setup, const PealLinkEvents *events, gpointer user);

/* No event comes afterwards; safe inside one. What was not written yet is lost. */
void peal_link_free (PealLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealLink, peal_link_free)

/* What the link `awaits` did not come in time, says @why. FALSE: there is nothing else to try, free
 * it. TRUE: it goes on by itself. */
gboolean peal_link_expire (PealLink *link, const GError *why);

/* The server owes us @what from now on (static; NULL: nothing): `closed` names it. */
void peal_link_owes (PealLink *link, const char *what);

/* After `open`. */
void peal_link_write (PealLink *link, const char *bytes, gsize length);

/* Bytes that wait to be written. */
gsize peal_link_backlog (const PealLink *link);

/* Says good-bye by TLS (close_notify), then `closed`. FALSE: there is nobody to say it to, free it.
 */
gboolean peal_link_close (PealLink *link);

/* Whether the bytes are safe from others: TLS, or given so. And "TLSv1.3", or NULL; static. */
gboolean peal_link_secured (const PealLink *link);
const char *peal_link_tls (const PealLink *link);

/* Whether there are other servers to try, and this one has not said a byte since it was reached: as
 * a balancer that ends TLS for a server which is down. */
gboolean peal_link_dumb (const PealLink *link);

/* Channel binding data (RFC 5929, RFC 9266), for SCRAM-*-PLUS; owned. NULL: this connection has
 * none of this kind. TLS 1.3 has EXPORTER and END_POINT; TLS 1.2 UNIQUE and END_POINT, and EXPORTER
 * only where GnuTLS was told to (%COMPAT switches the extended master secret off). */
typedef enum {
  PEAL_BINDING_EXPORTER = 1, /* "tls-exporter" */
  PEAL_BINDING_UNIQUE,       /* "tls-unique"; never with TLS 1.3 */
  PEAL_BINDING_END_POINT,    /* "tls-server-end-point" */
} PealBinding;
GBytes *peal_link_binding (PealLink *link, PealBinding kind);

/* Whether the server asked for a certificate of ours in the handshake and was shown one: then SASL
 * EXTERNAL makes sense (XEP-0178). */
gboolean peal_link_certified (const PealLink *link);

/* "xmpp.example.org:5222". Borrowed. */
const char *peal_link_where (const PealLink *link);
