/* XEP-0353 v0.8: one proposal as a pure machine, on either side, before any Jingle session exists.
 *
 * Same form as session.h: inputs, then drain. Rules it keeps: replies go to the initiator's full
 * JID; messages are of type chat with a store hint; a peer's accept counts as proceed; only the
 * first proceed counts; a device that did not answer hears of the one that did through carbons and
 * says elsewhere; nothing is told to someone outside the roster without the user's consent; a
 * proposal that was delayed never rings. Who sent what is checked here: anything from anybody else
 * is ignored. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"
#include "signaling/jingle/jingle.h"

typedef struct PealInvite PealInvite;

typedef enum {
  PEAL_INVITE_NEW = 0,
  PEAL_INVITE_PROPOSED,  /* ours: nothing heard yet */
  PEAL_INVITE_RANG,      /* ours: some device rings */
  PEAL_INVITE_INCOMING,  /* theirs: the user is asked */
  PEAL_INVITE_PROCEEDED, /* somebody picked up; the session is to follow */
  PEAL_INVITE_STARTED,   /* the session is there: its own machine guards the call */
  PEAL_INVITE_ENDED,
  PEAL_N_INVITE_STATES,
} PealInviteState;
extern const char *const peal_invite_state_words[];

typedef struct {
  PealInviteVerb verb;
  const char *to;             /* of SEND; borrowed */
  PealInviteMessage *message; /* of SEND; owned */
  gboolean is_event;          /* else SEND */
  PealInviteState state;      /* EVENT: was entered */
  const char *with;           /* EVENT PROCEEDED: the full JID that picked up; borrowed */
  PealCause cause;            /* EVENT ENDED */
  PealReasonCondition reason;
  PealBy by;
} PealInviteAction;
void peal_invite_action_clear (PealInviteAction *action);

typedef struct {
  const char *id;   /* becomes the sid */
  const char *self; /* our full JID */
  const char *peer; /* ours: bare JID to ring; theirs: the initiator's full JID */
  gboolean trusted; /* theirs: in the roster with from/both, or allowed by the user: may learn that
                       we ring */
  gint64 now, ring_timeout; /* µs; 0: 45 s. Theirs rings a little longer, so that the caller gives
                               up first */
  gint64 delay;             /* theirs: µs since its delay stamp (XEP-0203), 0 where it has none */
  const char *crosses; /* theirs: the id of our own open proposal to the same account, or NULL */
} PealInviteSetup;

/* @descriptions (of PealOpen *, taken). Emits SEND propose, EVENT PROPOSED. */
PealInvite *peal_invite_new_outgoing (const PealInviteSetup *setup, GPtrArray *descriptions);
/* Emits SEND ringing when trusted, EVENT INCOMING. Two proposals never get so far and are ENDED at
 * once: one whose delay is old (nothing is sent; no-answer), and one that crosses ours and loses
 * (XEP-0353 §4.1: SEND reject with tie-break; elsewhere). One that crosses ours and wins is like
 * any other; then tell ours peal_invite_tie_break. */
PealInvite *peal_invite_new_incoming (const PealInviteSetup *setup,
                                      const PealInviteMessage *propose);
void peal_invite_free (PealInvite *invite);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealInvite, peal_invite_free)

/* A message of this id (only read) from @from; @own: it is of our own account (a carbon, or our
 * bare JID). */
void peal_invite_receive (PealInvite *invite, PealInviteVerb verb, const PealInviteMessage *message,
                          const char *from, gboolean own, gint64 now);
/* The server bounced our proposal (or the peer cannot be reached). */
void peal_invite_bounced (PealInvite *invite, gint64 now);
void peal_invite_tick (PealInvite *invite, gint64 now);

/* The user's will. proceed: theirs, picked up. reject: theirs; it tells the caller that somebody is
 * here, so for an automatic busy look at the roster first. retract: ours, gives up. Each is ignored
 * in a state that does not allow it. */
void peal_invite_proceed (PealInvite *invite, gint64 now);
void peal_invite_reject (PealInvite *invite, PealReasonCondition reason, gint64 now);
void peal_invite_retract (PealInvite *invite, PealReasonCondition reason, gint64 now);
/* The other proposal won a tie-break: ours is retracted. */
void peal_invite_tie_break (PealInvite *invite, gint64 now);

/* The session-initiate of this id was sent or has come: from here on the session's deadlines count.
 * Without it, a proposal we picked up ends as lost (elsewhere, where another device picked up too).
 */
void peal_invite_started (PealInvite *invite, gint64 now);

/* The session that followed has ended: tells the other devices (finish). Only after PROCEEDED. */
void peal_invite_finish (PealInvite *invite, PealReasonCondition reason, const char *migrated_to,
                         gint64 now);

/* The next action, in order; FALSE when drained. peal_invite_action_clear it after use. */
gboolean peal_invite_poll (PealInvite *invite, PealInviteAction *action);
/* When peal_invite_tick must be called next; G_MAXINT64: never. */
gint64 peal_invite_deadline (const PealInvite *invite);
/* What is known of it; @with is the full JID that picked up, or NULL. Borrowed. */
PealInviteState peal_invite_state (const PealInvite *invite);
const char *peal_invite_with (const PealInvite *invite);
