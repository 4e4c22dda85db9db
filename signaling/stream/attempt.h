/* One attempt at a session: link, reader and login, up to the elements of the session it becomes;
 * it ends once.
 *
 * Each step is told with what it awaits, so that whoever made the attempt can give it a deadline.
 * Everything belongs to the GMainContext that is the thread's default at peal_attempt_new. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"
#include "signaling/stream/link.h"
#include "signaling/stream/secret.h"
#include "signaling/stream/sm.h"

/* All must stay until `gone`, but for what stands in @reach: see there. */
typedef struct {
  PealReachSetup reach; /* its tap is that of the whole attempt */
  PealPort *port;       /* for its context and our present address */
  const char *bare, *domain;
  const char *resource; /* until `online` */
  gboolean any_resource;
  PealSecret *secret;
  PealSm *sm;
} PealAttemptSetup;

typedef struct {
  /* The server owes the next step from now on: peal_attempt_awaits. */
  void (*awaits) (gpointer user);
  /* There is a session: a new one as @jid, or that of before (NULL). */
  void (*online) (gpointer user, const char *jid);
  /* Bytes came; what they hold follows. */
  void (*bytes) (gpointer user);
  /* An element of the session, borrowed. @early: it came before stream management was on, and does
   * not count. */
  void (*element) (gpointer user, xmpp_stanza_t *element, gboolean early);
  void (*oversize) (gpointer user, xmpp_stanza_t *head);
  /* The server said </stream:stream>. */
  void (*ended) (gpointer user);
  /* What was written has left. */
  void (*drained) (gpointer user);
  /* It is over (domain PEAL_CAUSE, or NULL after peal_attempt_close). @hopeless: another one would
   * end likewise. */
  void (*over) (gpointer user, const GError *why, gboolean hopeless);
  /* Nothing refers to the setup any more: when it is freed, or soon after (a key may be on its way,
   * a stanza on the call stack). */
  void (*gone) (gpointer user);
} PealAttemptEvents;

typedef struct PealAttempt PealAttempt;

/* Events come later, never from inside. */
PealAttempt *peal_attempt_new (const PealAttemptSetup *setup, const PealAttemptEvents *events,
                               gpointer user);

/* No event but `gone` comes afterwards; safe inside one. */
void peal_attempt_free (PealAttempt *attempt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealAttempt, peal_attempt_free)

/* "the SASL challenge": for "… did not come". Static. */
const char *peal_attempt_awaits (const PealAttempt *attempt);

/* What is awaited did not come, says @why. FALSE: there is nothing else to try, free it. TRUE: it
 * goes on by itself. */
gboolean peal_attempt_expire (PealAttempt *attempt, const GError *why);

/* Of the session. */
void peal_attempt_write (PealAttempt *attempt, const GString *text);
gsize peal_attempt_backlog (const PealAttempt *attempt);

/* After both said </stream:stream>: ends TLS, then `over`. FALSE: nothing to end, free it. */
gboolean peal_attempt_close (PealAttempt *attempt);

/* "xmpp.example.org:5222"; and "TLSv1.3" or NULL. Borrowed. */
const char *peal_attempt_where (const PealAttempt *attempt);
const char *peal_attempt_tls (const PealAttempt *attempt);
