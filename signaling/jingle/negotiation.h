/* XEP-0166: the negotiation of one content of a session, as a pure machine.
 *
 * The session asks it whether a message about the content is in order, tells it what was heard,
 * said and answered, and carries out the rest. A transport-replace runs beside the life of the
 * content, so it has a state of its own. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/jingle.h"
#include "signaling/wire/condition.h"

typedef enum {
  PEAL_NEGOTIATION_NEW = 0,
  PEAL_NEGOTIATION_OURS,   /* proposed by us: session-initiate or content-add, not accepted yet */
  PEAL_NEGOTIATION_THEIRS, /* proposed by the peer, not answered yet */
  PEAL_NEGOTIATION_ACTIVE, /* both sides agreed */
  PEAL_NEGOTIATION_MODIFYING, /* active, and our content-modify is not acknowledged yet */
  PEAL_NEGOTIATION_REMOVING,  /* our content-remove is not acknowledged yet */
  PEAL_NEGOTIATION_GONE,
  PEAL_N_NEGOTIATION_STATES,
} PealNegotiationState;
extern const char *const peal_negotiation_state_words[];

typedef enum {
  PEAL_REPLACE_NONE = 0,
  PEAL_REPLACE_OURS,   /* our transport-replace is not answered yet */
  PEAL_REPLACE_THEIRS, /* the peer's waits for us */
  PEAL_N_REPLACE_STATES,
} PealReplaceState;

typedef struct {
  PealNegotiationState state;
  PealReplaceState replace;
  gboolean
      initiator; /* whether we are the session's: its actions overrule crossing ones (§7.2.16) */
  gint64 deadline, replace_deadline; /* µs, of our open request; G_MAXINT64: none */
  PealContent *content; /* as it was proposed: name, creator, senders now, description and transport
                           tables */
  PealSenders wanted;   /* of our content-modify */
} PealNegotiation;

/* Takes @content. NEW until the proposal is said or heard. */
PealNegotiation *peal_negotiation_new (PealContent *content, gboolean initiator);
void peal_negotiation_free (PealNegotiation *negotiation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealNegotiation, peal_negotiation_free)

/* What @action of the peer would be answered with now: NONE, out-of-order, or tie-break when it
 * crosses ours. */
PealCondition peal_negotiation_check (const PealNegotiation *negotiation, PealJingleAction action);

/* The peer's @action was acknowledged; it passed the check. @content (only read) is the one of the
 * message. */
void peal_negotiation_hear (PealNegotiation *negotiation, PealJingleAction action,
                            const PealContent *content);

/* We send @action; FALSE: not possible now, do not send it. @senders is of content-modify. */
gboolean peal_negotiation_say (PealNegotiation *negotiation, PealJingleAction action,
                               PealSenders senders, gint64 now);

/* Our @action was acknowledged, or refused. */
void peal_negotiation_answered (PealNegotiation *negotiation, PealJingleAction action,
                                gboolean well);

/* Time passed: a request of ours whose deadline is over counts as refused. */
void peal_negotiation_tick (PealNegotiation *negotiation, gint64 now);
