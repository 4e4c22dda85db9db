/* From a domain to a stream of bytes that only the server can read: dial, then encrypt.
 *
 * A server that SRV names and that turns out to be of no use is followed by the next one, a silent
 * one already after 3 s: only the last is waited for as long as the owner waits.
 * Everything belongs to the GMainContext that is the thread's default at peal_reach_new. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/proxy.h"
#include "signaling/stream/stream.h"
#include "signaling/stream/tap.h"

typedef struct {
  const char *domain;
  /* HOST[:PORT] instead of SRV: what the user typed, or where <see-other-host/> sent us (a new link
   * with the same setup but for this). The certificate must be that of @domain either way. NULL. */
  const char *server;
  PealTlsMode tls;
  gboolean insecure;            /* allows PEAL_TLS_OFF beyond loopback */
  GTlsDatabase *trust;          /* referenced */
  PealProxy *proxy;             /* referenced; NULL */
  GBytes *pins;                 /* of peal_pins_add (referenced); NULL */
  GTlsCertificate *certificate; /* of ours, for a server that asks (referenced); NULL */
  GPtrArray *failed;            /* of char *: servers to pass over, by peal_reach_where; NULL */
  GIOStream *given;             /* instead of TCP (referenced); NULL */
  gboolean given_is_secure;     /* nobody else can read or write @given: no TLS on it */
  PealTap tap;
} PealReachSetup;

typedef struct {
  /* It now waits for @what of the server (static); a deadline for it begins. */
  void (*awaits) (gpointer user, const char *what);
  /* There: @stream to read and write, over @base; both borrowed. The last event. */
  void (*reached) (gpointer user, GIOStream *stream, GIOStream *base);
  /* Not there: one of PealFailure, of all that was tried the one that tells most. The last event.
   */
  void (*failed) (gpointer user, const GError *why);
} PealReachEvents;

typedef struct PealReach PealReach;

/* Strings are copied. Events come later, never from inside. */
PealReach *peal_reach_new (const PealReachSetup *setup, const PealReachEvents *events,
                           gpointer user);

/* No event comes afterwards; safe inside one. */
void peal_reach_free (PealReach *reach);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealReach, peal_reach_free)

/* What it `awaits` did not come in time, says @why. TRUE: it goes on by itself, with another server
 * that SRV names, or to `failed`. FALSE: nothing was under way. */
gboolean peal_reach_expire (PealReach *reach, const GError *why);

/* Whether SRV names servers that were not tried yet. */
gboolean peal_reach_more (const PealReach *reach);

/* Whether the server asked for a certificate of ours, and was shown it. */
gboolean peal_reach_asked (const PealReach *reach);
gboolean peal_reach_certified (const PealReach *reach);

/* "xmpp.example.org:5222", or what is known so far. Borrowed. */
const char *peal_reach_where (const PealReach *reach);
