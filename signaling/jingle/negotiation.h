/* XEP-0166: the negotiation of one content of a session, as a pure machine.
 *
 * The session asks it whether a message about the content is in order, tells it what was heard,
 * said and answered, and carries out the rest. A content-modify and a transport-replace run beside
 * the life of the content, so each has a state of its own. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/jingle.h"
#include "signaling/wire/condition.h"

typedef enum {
  PEAL_NEGOTIATION_NEW = 0,
  PEAL_NEGOTIATION_OURS,     /* proposed by us: session-initiate or content-add, not accepted yet */
  PEAL_NEGOTIATION_THEIRS,   /* proposed by the peer, not answered yet */
  PEAL_NEGOTIATION_ACTIVE,   /* both sides agreed */
  PEAL_NEGOTIATION_YIELDED,  /* ours, but a content-add of the peer's that crossed it counts: it is
                              * to come back with tie-break (§7.2.16) */
  PEAL_NEGOTIATION_REMOVING, /* our content-remove or -reject is not acknowledged yet */
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
  gboolean initiator; /* whether we are the session's: its actions overrule crossing ones */
  gboolean open;      /* the endpoint has it; kept by the session */
  gint64 deadline, modify_deadline, replace_deadline; /* µs, of what is open; G_MAXINT64: none */
  PealContent *content;  /* as it was proposed: name, creator; senders as they are now, description
                          * and transport for their tables */
  PealSenders wanted;    /* of our open content-modify; ABSENT: there is none */
  PealOpen *replacement; /* the other transport of an open transport-replace */
  PealOpen *previous;    /* the transport before the last transport-accept */
  guint batch;           /* token of our content-add; 0: it came otherwise */
  guint tokens[PEAL_N_JINGLE_ACTIONS]; /* of our requests that nobody answered yet; 0: none */
  guint repeats;                       /* of the last request, because nobody answered */
  gboolean withdrawn; /* by the machine, not the user: nobody waits for how it ends */
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
                            const PealContent *content, gint64 now);

/* We send @action about @content (only read: its senders and transport count where the action has
 * them); FALSE: not possible now, do not send it. */
gboolean peal_negotiation_say (PealNegotiation *negotiation, PealJingleAction action,
                               const PealContent *content, gint64 now);

/* Our @action was acknowledged, or refused. */
void peal_negotiation_answered (PealNegotiation *negotiation, PealJingleAction action,
                                gboolean well);

/* Nobody answered our @action, content-modify or -remove: TRUE when it is to be said once more,
 * with the senders as they are, so that both sides know the same whatever was lost. */
gboolean peal_negotiation_again (PealNegotiation *negotiation, PealJingleAction action, gint64 now);

/* A content-add of the peer's takes the place of ours. */
void peal_negotiation_yield (PealNegotiation *negotiation);

/* The request of ours whose answer is overdue; or what we owe the peer since too long (content-
 * reject, transport-reject); NO_ACTION: nothing. It stays so until it is answered, or said. */
PealJingleAction peal_negotiation_overdue (const PealNegotiation *negotiation, gint64 now);

/* When the next is. */
gint64 peal_negotiation_deadline (const PealNegotiation *negotiation);

/* Whether a transport of this table may be spoken of: the present one, or one of a replace. */
gboolean peal_negotiation_knows_transport (const PealNegotiation *negotiation,
                                           const PealOpen *transport);
