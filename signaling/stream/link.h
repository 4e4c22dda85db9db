/* Bytes to and from the server: TCP, then TLS by STARTTLS or at once; the certificate verified.
 *
 * STARTTLS is finished before anybody above sees a byte, so what an attacker can write into the
 * unencrypted part reaches neither login nor session. Everything belongs to the GMainContext that
 * is the thread's default at peal_link_new, and must be while it is iterated. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/stream.h"

typedef struct {
  const char *domain;
  const char *server; /* HOST[:PORT]; NULL: SRV */
  PealTlsMode tls;
  gboolean insecure;        /* allows PEAL_TLS_OFF beyond loopback */
  GTlsDatabase *trust;      /* referenced */
  xmpp_ctx_t *context;      /* must outlive the link */
  GIOStream *given;         /* instead of TCP (referenced); NULL */
  gboolean given_is_secure; /* nobody else can read or write @given: no TLS on it */
} PealLinkSetup;

typedef struct {
  /* The link now waits for @what of the server; a deadline for it begins. */
  void (*awaits) (gpointer user, const char *what);
  /* Bytes may flow. */
  void (*open) (gpointer user);
  void (*bytes) (gpointer user, const char *bytes, gsize length);
  /* All that was written has left. */
  void (*drained) (gpointer user);
  /* It is over (domain PEAL_CAUSE: CONNECT, SECURITY); told once. */
  void (*closed) (gpointer user, const GError *why);
} PealLinkEvents;

typedef struct PealLink PealLink;

/* Strings are copied. Events come later, never from inside. */
PealLink *peal_link_new (const PealLinkSetup *setup, const PealLinkEvents *events, gpointer user);

/* No event comes afterwards; safe inside one. What was not written yet is lost. */
void peal_link_free (PealLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealLink, peal_link_free)

/* After `open`. */
void peal_link_write (PealLink *link, const char *bytes, gsize length);

/* Bytes that wait to be written. */
gsize peal_link_backlog (const PealLink *link);

/* Whether the bytes are safe from others: TLS, or given so. And "TLSv1.3", or NULL; static. */
gboolean peal_link_secured (const PealLink *link);
const char *peal_link_tls (const PealLink *link);

/* "xmpp.example.org:5222". Borrowed. */
const char *peal_link_where (const PealLink *link);
