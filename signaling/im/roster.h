/* The roster (RFC 6121 §2): who our contacts are. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"

typedef enum {
  PEAL_SUBSCRIPTION_NONE = 1,
  PEAL_SUBSCRIPTION_TO,
  PEAL_SUBSCRIPTION_FROM,
  PEAL_SUBSCRIPTION_BOTH,
  PEAL_SUBSCRIPTION_REMOVE
} PealSubscription;

typedef struct {
  char *name;
} PealContactGroup;

typedef struct {
  char *jid, *name; /* jid: bare and prepared */
  PealSubscription subscription;
  gboolean ask;      /* we asked for their presence and wait */
  GPtrArray *groups; /* of PealContactGroup *; NULL when none */
} PealContact;

typedef struct PealRoster PealRoster;

/* Asks for it at each new session; @port must outlive it. */
PealRoster *peal_roster_new (PealPort *port);
/* Waits that are still open are dropped: their callbacks are not called. */
void peal_roster_free (PealRoster *roster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealRoster, peal_roster_free)

/* Whether the roster came. */
gboolean peal_roster_ready (PealRoster *roster);
/* Calls @ready when it came (or was refused, or 10 s, or the roster is freed); once, never from
 * inside. */
void peal_roster_wait (PealRoster *roster, void (*ready) (gpointer user), gpointer user);
/* The contact of that bare JID, borrowed, or NULL. */
const PealContact *peal_roster_find (PealRoster *roster, const char *bare);
/* All, of borrowed PealContact *; owned by the caller. */
GPtrArray *peal_roster_list (PealRoster *roster);
/* Whether @bare may learn of our presence (subscription from or both). */
gboolean peal_roster_trusts (PealRoster *roster, const char *bare);
