/* XEP-0166: one Jingle session as a pure machine.
 *
 * Inputs are a parsed message, the result of an IQ, a command of the user, the clock; outputs are
 * actions, drained with peal_session_poll after every input. No I/O, no clock, no callbacks;
 * descriptions and transports pass through unread. Each content has a machine of its own
 * (negotiation.h). Every state has a deadline, or a written reason to have none. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"
#include "signaling/jingle/jingle.h"
#include "signaling/wire/condition.h"

typedef struct PealSession PealSession;

typedef enum {
  PEAL_SESSION_NEW = 0,
  PEAL_SESSION_OFFERING,  /* our session-initiate is not acknowledged yet */
  PEAL_SESSION_PENDING,   /* acknowledged; the peer thinks or rings */
  PEAL_SESSION_OFFERED,   /* the peer's session-initiate waits for us */
  PEAL_SESSION_ACCEPTING, /* our session-accept is not acknowledged yet */
  PEAL_SESSION_ACTIVE,
  PEAL_SESSION_ENDING, /* our session-terminate is not acknowledged yet */
  PEAL_SESSION_ENDED,
  PEAL_N_SESSION_STATES,
} PealSessionState;
extern const char *const peal_session_state_words[];

typedef enum {
  PEAL_ACTION_NONE = 0,
  PEAL_ACTION_SEND,  /* message to the peer as an IQ set; tell peal_session_result (token) */
  PEAL_ACTION_REPLY, /* answer the IQ that receive was given as `iq`; condition NONE is a result */
  PEAL_ACTION_CONTENT, /* do `what` to content */
  PEAL_ACTION_EVENT,   /* tell the user */
} PealActionKind;

typedef enum {
  PEAL_CONTENT_OPEN = 1, /* the peer offers it: description and transport are its own */
  PEAL_CONTENT_AGREED, /* the peer accepted: description (may be NULL) and transport are its answer
                        */
  PEAL_CONTENT_TRANSPORT,   /* the peer told more of its transport (transport-info) */
  PEAL_CONTENT_DESCRIPTION, /* the peer told description-info */
  PEAL_CONTENT_START,       /* both sides agreed: media may flow */
  PEAL_CONTENT_MODIFIED,    /* senders changed; `by` says whose content-modify it was */
  PEAL_CONTENT_STOP,        /* removed, rejected, or the session ended: `by`, `reason` */
  PEAL_CONTENT_REFUSED,     /* our `refused` (content-add, -modify or -remove) failed: `condition`,
                             * `reason` and `by` say how (LOCAL: nobody answered). The content is as
                             * before; STOP follows for an add, and came before for a remove */
  PEAL_CONTENT_REPLACE,     /* the peer offers another transport: content->transport */
  PEAL_CONTENT_REPLACED,    /* the peer took ours: content->transport is its answer */
  PEAL_CONTENT_KEPT,        /* the transport stays as it was: the peer, or time, `refused` our
                             * transport-replace; or our transport-accept came back, and what was before it
                             * counts again; or we rejected the peer's (transport-reject) as it waited too
                             * long for us */
} PealContentWhat;

typedef enum {
  PEAL_SESSION_EVENT_STATE =
      1,                   /* `state` was entered; for ENDING and ENDED also reason, reason_text,
                            * by, cause, and as `condition` the stanza error that ended it.
                            * PEAL_TIE_BREAK: the peer's own session-initiate takes its place */
  PEAL_SESSION_EVENT_INFO, /* session-info with `info`, once for each payload that has a table;
                            * unknown payloads are answered and never told */
} PealSessionEvent;

typedef struct {
  PealActionKind kind;
  /* SEND; owned */
  PealJingle *message;
  guint token;
  /* REPLY; always before what follows from the message */
  gpointer iq;
  PealCondition condition;
  const char *text; /* static */
  /* CONTENT and EVENT; all borrowed, good until the next input after the queue was drained. The
   * tables of a content's description and transport are those of the proposal: no other passes,
   * but while a transport-replace is open, and after it, those of both transports do. */
  PealContentWhat what;
  const PealContent *content;
  PealSenders senders;
  gboolean added;           /* OPEN: by content-add; answer it with peal_session_accept_content or
                             * peal_session_reject_content within a minute */
  PealJingleAction refused; /* REFUSED and KEPT: the request */
  PealSessionEvent event;
  PealSessionState state;
  PealReasonCondition reason;
  const char *reason_text;
  const PealOpen *info;
  PealBy by;
  PealCause cause;
} PealAction;
void peal_action_clear (PealAction *action);

typedef struct {
  const char *sid;
  const char *self, *peer; /* full JIDs */
  gint64 now;              /* µs of any clock; only differences matter */
  gint64 ring_timeout;     /* µs; 0: 45 s */
} PealSessionSetup;

/* As initiator. @contents (of PealContent *, taken) have description and transport. Emits SEND
 * session-initiate. */
PealSession *peal_session_new_outgoing (const PealSessionSetup *setup, GPtrArray *contents,
                                        GPtrArray *groups);

/* As responder, from a session-initiate (only read). @iq is handed back in the REPLY. A message
 * that cannot start a session gives a machine that is ENDED at once and has the REPLY to drain; one
 * that has nothing we know is acknowledged and terminated, so the machine is ENDING. Neither is
 * OFFERED ever. Contents without a description or transport we know are never opened. */
PealSession *peal_session_new_incoming (const PealSessionSetup *setup, const PealJingle *initiate,
                                        gpointer iq);

void peal_session_free (PealSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealSession, peal_session_free)

/* --- inputs --- */

/* A <jingle/> of this sid from this peer (only read). Emits exactly one REPLY for @iq, in any
 * state. */
void peal_session_receive (PealSession *session, const PealJingle *message, gpointer iq,
                           gint64 now);

/* The answer to SEND @token: PEAL_CONDITION_NONE is a result; @timed_out when none came (@condition
 * is not read then). Answers to every token may be told, in any state. */
void peal_session_result (PealSession *session, guint token, PealCondition condition,
                          gboolean timed_out, gint64 now);

/* Time passed. */
void peal_session_tick (PealSession *session, gint64 now);

/* The user accepts with the answers (@contents of PealContent *, @groups of PealGroup *, both
 * taken; names are those of OPEN; contents left out end, and are not named in session-accept,
 * unless as refusals; answers to what the peer has removed meanwhile are dropped). At least one.
 * Only in OFFERED; else ignored, FALSE. Media may flow at once: START comes before the
 * acknowledgement. An answer may narrow who sends. */
gboolean peal_session_accept (PealSession *session, GPtrArray *contents, GPtrArray *groups,
                              gint64 now);

/* What of the offer shall stand in session-accept although it is refused: @contents (of
 * PealContent *, taken) as they will stand there. Before peal_session_accept. */
void peal_session_refuse (PealSession *session, GPtrArray *contents);

/* Ends it, in any state: decline, cancel, success, busy, security-error, failed-application, …
 * @cause is what our own side reports. Contents stop at once; ENDED follows when the peer
 * acknowledged, or soon after. Ignored once ENDING. @text may be NULL. */
void peal_session_terminate (PealSession *session, PealReasonCondition reason, const char *text,
                             PealCause cause, gint64 now);

/* Sends session-info with @payload (taken; NULL: an empty one, a ping). */
void peal_session_info (PealSession *session, PealOpen *payload, gint64 now);

/* Sends transport-info for @content with @transport (taken). Held back until it may be sent
 * (XEP-0166 §6.4: not before session-initiate was acknowledged). */
void peal_session_transport_info (PealSession *session, const char *content, PealOpen *transport,
                                  gint64 now);

/* The same of several @contents (of PealContent *, taken; with names and transports) in one stanza:
 * those of a transport that begins anew. */
void peal_session_transport_infos (PealSession *session, GPtrArray *contents, gint64 now);

/* --- inputs: changes in a call, XEP-0166 §7.2 ---
 *
 * FALSE: it cannot be said now (no such content, another request of the kind is open, or the
 * session is in another state), nothing was sent, and what was given is freed. Every one that was
 * sent is answered within 30 s, if not by the peer then by the clock; what the peer may have heard
 * of all the same is then taken back. These are for a session that
 * was accepted (ACCEPTING or ACTIVE) unless they say more. */

/* content-add of @contents (of PealContent *, taken; each has a name nobody uses, description and
 * transport; the creator becomes ours) with @groups (of PealGroup *, taken; may be NULL). AGREED
 * and START, or REFUSED and STOP follow for each. A content-add of the peer's that crosses it, with
 * a name or a kind of description of ours, is settled by §7.2.16: the session's initiator counts,
 * and who lost (REFUSED, PEAL_TIE_BREAK) is then told OPEN of the winner's. */
gboolean peal_session_add (PealSession *session, GPtrArray *contents, GPtrArray *groups,
                           gint64 now);

/* content-accept of a content that OPEN told as added. @answer (taken) has its name, our
 * description and transport, and senders where they are narrower than offered. START follows at
 * once. STOP follows if the peer does not have it any more. */
gboolean peal_session_accept_content (PealSession *session, PealContent *answer, gint64 now);

/* content-reject of one. STOP follows at once. */
gboolean peal_session_reject_content (PealSession *session, const char *name,
                                      PealReasonCondition reason, gint64 now);

/* content-remove, of an unanswered content-add of ours too. STOP follows at once. Its name is free
 * again when the peer has answered. The last content cannot go: FALSE, end the session instead. A
 * peer that refuses (REFUSED) still has it: it may go on speaking of it, which is answered and
 * never told, and the name stays taken. */
gboolean peal_session_remove (PealSession *session, const char *name, PealReasonCondition reason,
                              gint64 now);

/* content-modify. MODIFIED follows when the peer acknowledged it. Also of contents that wait for
 * our answer, in OFFERED too. */
gboolean peal_session_modify (PealSession *session, const char *name, PealSenders senders,
                              gint64 now);

/* description-info with @description (taken); the answer does not matter. In PENDING and OFFERED
 * too. */
gboolean peal_session_describe (PealSession *session, const char *name, PealOpen *description,
                                gint64 now);

/* transport-replace with @transport (taken), not of a content that waits for our answer. REPLACED
 * or KEPT follows; one at a time a content. Of two that cross the initiator's counts: KEPT, then
 * REPLACE for who lost. Meanwhile transport-infos of both transports pass. */
gboolean peal_session_replace (PealSession *session, const char *name, PealOpen *transport,
                               gint64 now);

/* Answers to REPLACE: transport-accept with @transport (taken), which counts from now on;
 * transport-reject. */
gboolean peal_session_accept_transport (PealSession *session, const char *name, PealOpen *transport,
                                        gint64 now);
gboolean peal_session_reject_transport (PealSession *session, const char *name, gint64 now);

/* --- outputs --- */

/* The next action, in order; FALSE when drained. peal_action_clear it after use. */
gboolean peal_session_poll (PealSession *session, PealAction *action);

/* When peal_session_tick must be called next; G_MAXINT64: never. */
gint64 peal_session_deadline (const PealSession *session);

/* What is known of it; strings are borrowed. */
PealSessionState peal_session_state (const PealSession *session);
const char *peal_session_sid (const PealSession *session);
const char *peal_session_peer (const PealSession *session);
gboolean peal_session_is_initiator (const PealSession *session);

/* Whether there is a content of that name, as far as was heard and said. */
gboolean peal_session_has (const PealSession *session, const char *name);

/* The peer's groups (XEP-0338), of PealGroup *, borrowed; NULL: none. From session-initiate or
 * session-accept, or from the last content-add or content-accept that had some. */
const GPtrArray *peal_session_groups (const PealSession *session);

/* Which of two requests of one kind that cross counts, with their ids: TRUE when it is ours
 * (XEP-0166 §7.2.16, XEP-0353 §4.1: the lower id in octet order; of equal ids that of the lower
 * JID). Ours wins: theirs is answered with PEAL_TIE_BREAK. Theirs wins: it is taken as any other,
 * and ours will come back with tie-break. */
gboolean peal_session_tie_break (const char *our_id, const char *their_id, const char *self,
                                 const char *peer);
