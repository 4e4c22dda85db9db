/* What became of the session machine's requests: answered, refused, or nothing heard in time. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/session_inner.h"

/* --- session-initiate and session-accept --- */

/* Our session-initiate or session-accept came back with @condition, NONE meaning that nothing came.
 */
void
peal_session_refused (PealSession *session, PealCondition condition)
{
  gboolean offering = session->initiator;
  PealEnding ending = { .by = condition ? PEAL_BY_REMOTE : PEAL_BY_LOCAL, .condition = condition };
  PealRefusal refusal = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_ANYWAY };

  if (condition)
    refusal = peal_ending_of_condition (condition);
  ending.cause = refusal.cause;
  ending.reason = condition == PEAL_TIE_BREAK ? PEAL_REASON_ALTERNATIVE_SESSION
                  : condition                 ? PEAL_REASON_FAILED_APPLICATION
                                              : PEAL_REASON_TIMEOUT;
  /* The peer was there when it called. */
  if (!offering && ending.cause == PEAL_CAUSE_UNREACHABLE)
    ending.cause = PEAL_CAUSE_LOST;
  peal_session_end (session, &ending,
                    refusal.tell == PEAL_TELL_ANYWAY ||
                        (refusal.tell == PEAL_TELL_ACCEPTED && !offering));
}

/* Some other request of ours failed: only what says that the peer has no such session, or is not
 * there any more, matters. An active session outlives its peer's stream: the transport guards it.
 * While offering, the answer to session-initiate decides, which may be a tie-break. */
static void
request_failed (PealSession *session, PealCondition condition)
{
  PealEnding ending = { .by = PEAL_BY_REMOTE, .condition = condition, .reason = PEAL_REASON_GONE };
  gboolean forgotten = condition == PEAL_UNKNOWN_SESSION;
  gboolean left = condition == PEAL_RECIPIENT_UNAVAILABLE && session->state != PEAL_SESSION_ACTIVE;

  if (session->state == PEAL_SESSION_OFFERING || (!forgotten && !left))
    return;
  ending.cause =
      peal_session_phase (session) == PEAL_PHASE_WAITING ? PEAL_CAUSE_UNREACHABLE : PEAL_CAUSE_LOST;
  peal_session_end (session, &ending, FALSE);
}

/* --- requests about contents --- */

/* The peer may still speak of a content that it would not let go. */
static void
forget (PealSession *session, PealNegotiation *negotiation, const PealWhy *why)
{
  if (why->condition)
    peal_session_remember (session, negotiation->content, PEAL_NEVER);
  peal_session_drop (session, negotiation, why);
}

/* Whether who answered our @action with that may have the content all the same: it did not answer,
 * or without a word (stanza.js), or it still waits for an answer to its own content-add. */
static gboolean
may_have (PealJingleAction action, PealCondition condition)
{
  static const PealCondition clear[] = { PEAL_ITEM_NOT_FOUND, PEAL_OUT_OF_ORDER,
                                         PEAL_RECIPIENT_UNAVAILABLE, PEAL_SERVICE_UNAVAILABLE };

  for (guint i = 0; i < G_N_ELEMENTS (clear); i++)
    if (condition == clear[i])
      return FALSE;
  return !condition || condition == PEAL_UNDEFINED_CONDITION || action == PEAL_CONTENT_ACCEPT;
}

/* A content that cannot be: a peer that may have it all the same is told that it is gone. */
static void
withdraw (PealSession *session, PealNegotiation *negotiation, PealJingleAction action,
          const PealWhy *why)
{
  if (!may_have (action, why->condition)) {
    peal_negotiation_answered (negotiation, action, FALSE);
    peal_session_drop (session, negotiation, why);
    return;
  }
  peal_session_stop (session, negotiation, why);
  negotiation->withdrawn = TRUE;
  peal_negotiation_say (negotiation, PEAL_CONTENT_REMOVE, NULL, session->now);
  peal_session_say_about (session, negotiation, PEAL_CONTENT_REMOVE, NULL, why->reason);
}

/* The peer would not let go of @negotiation, or nobody answered: what was lost may matter to it. */
static void
stay_gone (PealSession *session, PealNegotiation *negotiation, PealJingleAction action,
           const PealWhy *why)
{
  if (why->condition == PEAL_RECIPIENT_UNAVAILABLE || why->condition == PEAL_SERVICE_UNAVAILABLE)
    return; /* nobody heard it: it is said again when its time is over, when somebody may */
  if (!why->condition && peal_negotiation_again (negotiation, PEAL_CONTENT_REMOVE, session->now)) {
    peal_session_say_about (session, negotiation, PEAL_CONTENT_REMOVE, NULL, why->reason);
    return;
  }
  if (action == PEAL_CONTENT_REMOVE && why->condition && why->condition != PEAL_ITEM_NOT_FOUND &&
      !negotiation->withdrawn)
    peal_session_tell_refused (session, negotiation, action, why);
  forget (session, negotiation, why);
}

/* The directions stay as they were; a peer that may have heard of it hears of that too. */
static void
stay_directed (PealSession *session, PealNegotiation *negotiation, const PealWhy *why)
{
  gboolean told = negotiation->repeats > 0 || !negotiation->open;

  peal_negotiation_answered (negotiation, PEAL_CONTENT_MODIFY, FALSE);
  if (!told)
    peal_session_tell_refused (session, negotiation, PEAL_CONTENT_MODIFY, why);
  if (!why->condition && peal_negotiation_again (negotiation, PEAL_CONTENT_MODIFY, session->now))
    peal_session_say_modify (session, negotiation);
}

static void
content_failed (PealSession *session, PealNegotiation *negotiation, PealJingleAction action,
                const PealWhy *why)
{
  switch (action) {
  case PEAL_CONTENT_ADD:
    if (negotiation->open)
      peal_session_tell_refused (session, negotiation, action, why);
    withdraw (session, negotiation, action, why);
    break;
  case PEAL_CONTENT_ACCEPT:
    withdraw (session, negotiation, action, why);
    break;
  case PEAL_CONTENT_MODIFY:
    stay_directed (session, negotiation, why);
    break;
  case PEAL_CONTENT_REMOVE:
    stay_gone (session, negotiation, action, why);
    break;
  case PEAL_CONTENT_REJECT:
    if (negotiation->state == PEAL_NEGOTIATION_THEIRS) /* our own patience */
      peal_session_let_go (session, negotiation, action, PEAL_REASON_TIMEOUT);
    else
      stay_gone (session, negotiation, action, why);
    break;
  case PEAL_TRANSPORT_REJECT:
    if (negotiation->replace != PEAL_REPLACE_THEIRS) /* that came back: nothing to do */
      break;
    peal_negotiation_say (negotiation, action, NULL, session->now);
    peal_session_say_about (session, negotiation, action, NULL, PEAL_REASON_TIMEOUT);
    peal_session_tell_kept (session, negotiation, action, why);
    break;
  case PEAL_TRANSPORT_REPLACE:
  case PEAL_TRANSPORT_ACCEPT:
    peal_negotiation_answered (negotiation, action, FALSE);
    peal_session_tell_kept (session, negotiation, action, why);
    break;
  default: /* informational */
    break;
  }
}

static void
content_done (PealSession *session, PealNegotiation *negotiation, PealJingleAction action)
{
  static const PealWhy agreed = { .by = PEAL_BY_LOCAL };
  gboolean said_again = negotiation->repeats > 0;

  peal_negotiation_answered (negotiation, action, TRUE);
  if (action == PEAL_CONTENT_MODIFY && negotiation->open && !said_again)
    peal_session_tell_modified (session, negotiation, PEAL_BY_LOCAL);
  /* It crossed the initiator's, who took both. */
  else if (negotiation->state == PEAL_NEGOTIATION_YIELDED)
    withdraw (session, negotiation, action, &agreed);
  else if (negotiation->state == PEAL_NEGOTIATION_GONE)
    peal_session_drop (session, negotiation, &agreed);
}

/* --- who asked what --- */

/* The first content that waits for the answer to @token, which it waits for no longer. */
static PealNegotiation *
take_waiting (PealSession *session, guint token, PealJingleAction *action)
{
  for (guint i = 0; token && i < session->negotiations->len; i++) {
    PealNegotiation *negotiation = session->negotiations->pdata[i];
    for (*action = 1; *action < PEAL_N_JINGLE_ACTIONS; ++*action) {
      if (negotiation->tokens[*action] != token)
        continue;
      negotiation->tokens[*action] = 0;
      return negotiation;
    }
  }
  return NULL;
}

/* Requests that are said again when nobody answered, though not before their time is over: while
 * our stream is broken that would come to nothing at once. */
static const gboolean lasts[PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_CONTENT_MODIFY] = TRUE,
  [PEAL_CONTENT_REJECT] = TRUE,
  [PEAL_CONTENT_REMOVE] = TRUE,
};

/* A request about contents was answered, or never will be. */
static void
answered_about (PealSession *session, guint token, gboolean well, PealCondition condition)
{
  const PealWhy why = { .by = condition ? PEAL_BY_REMOTE : PEAL_BY_LOCAL,
                        .condition = condition,
                        .reason = condition ? PEAL_REASON_NONE : PEAL_REASON_TIMEOUT };
  PealNegotiation *negotiation;
  PealJingleAction action;

  while ((negotiation = take_waiting (session, token, &action))) {
    if (well)
      content_done (session, negotiation, action);
    else if (condition || !lasts[action])
      content_failed (session, negotiation, action, &why);
  }
  peal_session_end_if_void (session, why.by);
}

/* What an answer to each of our three requests with a state of its own leads to, and to all others.
 */
static void
answered (PealSession *session, guint token, gboolean well, PealCondition condition)
{
  PealSessionState state = session->state;

  if (token == session->initiate) {
    if (well && state == PEAL_SESSION_OFFERING)
      peal_session_enter (session, PEAL_SESSION_PENDING);
    else if (!well && (state == PEAL_SESSION_OFFERING || state == PEAL_SESSION_PENDING))
      peal_session_refused (session, condition);
  } else if (token == session->accept) {
    if (well && state == PEAL_SESSION_ACCEPTING)
      peal_session_enter (session, PEAL_SESSION_ACTIVE);
    else if (!well && state == PEAL_SESSION_ACCEPTING)
      peal_session_refused (session, condition);
  } else if (token == session->terminate) {
    if (state == PEAL_SESSION_ENDING)
      peal_session_enter (session, PEAL_SESSION_ENDED);
  } else if (state < PEAL_SESSION_ENDING) {
    if (!well)
      request_failed (session, condition);
    answered_about (session, token, well, condition);
  }
}

void
peal_session_result (PealSession *session, guint token, PealCondition condition, gboolean timed_out,
                     gint64 now)
{
  peal_session_begin (session, now);
  peal_session_knows_now (session, token);
  answered (session, token, !timed_out && !condition, timed_out ? PEAL_CONDITION_NONE : condition);
  peal_session_settle (session);
}

/* --- nothing in time --- */

/* A content that waits for somebody since too long, and for what. */
static PealNegotiation *
overdue (const PealSession *session, PealJingleAction *action)
{
  for (guint i = 0; i < session->negotiations->len; i++) {
    PealNegotiation *negotiation = session->negotiations->pdata[i];
    *action = peal_negotiation_overdue (negotiation, session->now);
    if (*action)
      return negotiation;
  }
  return NULL;
}

void
peal_session_tick_contents (PealSession *session)
{
  static const PealWhy unanswered = { .by = PEAL_BY_LOCAL, .reason = PEAL_REASON_TIMEOUT };
  PealNegotiation *negotiation;
  PealJingleAction action;

  while ((negotiation = overdue (session, &action))) {
    negotiation->tokens[action] = 0;
    content_failed (session, negotiation, action, &unanswered);
  }
  peal_session_end_if_void (session, PEAL_BY_LOCAL);
}
