/* The session machine's ears: what the peer's messages and answers may be in each state, and what
 * follows. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/session_inner.h"

#include <string.h>

#define OFFERING  PEAL_SESSION_OFFERING
#define PENDING   PEAL_SESSION_PENDING
#define OFFERED   PEAL_SESSION_OFFERED
#define ACCEPTING PEAL_SESSION_ACCEPTING
#define ACTIVE    PEAL_SESSION_ACTIVE
#define ENDED     PEAL_SESSION_ENDED

/* clang-format off */
/* What may be said of contents in any state but the ends. */
#define ABOUT_CONTENTS(state)                                                                      \
  [PEAL_CONTENT_ADD] = state, [PEAL_CONTENT_MODIFY] = state, [PEAL_CONTENT_REMOVE] = state,        \
  [PEAL_CONTENT_REJECT] = state, [PEAL_DESCRIPTION_INFO] = state, [PEAL_SECURITY_INFO] = state,    \
  [PEAL_SESSION_INFO] = state, [PEAL_TRANSPORT_INFO] = state, [PEAL_TRANSPORT_REPLACE] = state,    \
  [PEAL_TRANSPORT_ACCEPT] = state, [PEAL_TRANSPORT_REJECT] = state, [PEAL_SESSION_TERMINATE] = ENDED

/* NEW, the 0, never follows: out of order. A message about our session-initiate shows that it came
 * through, even where the acknowledgement is late (Dino). */
static const PealSessionState on_message[PEAL_N_SESSION_STATES][PEAL_N_JINGLE_ACTIONS] = {
  [OFFERING] = { ABOUT_CONTENTS (PENDING), [PEAL_SESSION_ACCEPT] = ACTIVE },
  [PENDING] = { ABOUT_CONTENTS (PENDING), [PEAL_SESSION_ACCEPT] = ACTIVE },
  [OFFERED] = { ABOUT_CONTENTS (OFFERED) },
  [ACCEPTING] = { ABOUT_CONTENTS (ACCEPTING), [PEAL_CONTENT_ACCEPT] = ACCEPTING },
  [ACTIVE] = { ABOUT_CONTENTS (ACTIVE), [PEAL_CONTENT_ACCEPT] = ACTIVE },
  /* XEP-0166 §6.7: a session we terminated is unknown to us; only crossing terminates are polite. */
  [PEAL_SESSION_ENDING] = { [PEAL_SESSION_TERMINATE] = ENDED },
};

/* clang-format on */

/* --- what a message must have --- */

static PealCondition
check_info (const PealSession *session, const PealJingle *message)
{
  for (guint i = 0; message->infos && i < message->infos->len; i++) {
    const PealOpen *info = message->infos->pdata[i];
    if (info->element)
      return PEAL_CONDITION_NONE;
  }
  /* XEP-0166 §6.8: an empty one is a ping. */
  return message->infos && message->infos->len ? PEAL_UNSUPPORTED_INFO : PEAL_CONDITION_NONE;
}

static PealCondition
check_security_info (const PealSession *session, const PealJingle *message)
{
  return PEAL_UNSUPPORTED_INFO;
}

static PealCondition
check_terminate (const PealSession *session, const PealJingle *message)
{
  return PEAL_CONDITION_NONE;
}

static gboolean
is_named_before (const GPtrArray *contents, guint at)
{
  const PealContent *content = contents->pdata[at];

  for (guint i = 0; i < at; i++) {
    if (strcmp (((const PealContent *) contents->pdata[i])->name, content->name) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Contents that are new to us: session-initiate and content-add. */
static PealCondition
check_proposals (const PealSession *session, const PealJingle *message)
{
  if (!message->contents || message->contents->len == 0)
    return PEAL_BAD_REQUEST;
  for (guint i = 0; i < message->contents->len; i++) {
    const PealContent *content = message->contents->pdata[i];
    if (!content->name || is_named_before (message->contents, i))
      return PEAL_BAD_REQUEST;
    if (!content->transport || content->transport->flaw)
      return PEAL_BAD_REQUEST;
    if (content->description && content->description->flaw)
      return PEAL_BAD_REQUEST;
    /* Whoever initiates cannot speak for the responder. */
    if (message->action == PEAL_SESSION_INITIATE && content->creator == PEAL_CREATOR_RESPONDER)
      return PEAL_BAD_REQUEST;
  }
  return PEAL_CONDITION_NONE;
}

static PealCondition
check_add (const PealSession *session, const PealJingle *message)
{
  PealCondition condition = check_proposals (session, message);

  return condition ? condition : peal_session_check_add (session, message);
}

/* Whether @open can stand for what @proposed was: the same table, so that nobody reads another
 * struct. */
static gboolean
is_alike (const PealOpen *open, const PealOpen *proposed)
{
  return !open->flaw && proposed && open->element == proposed->element;
}

/* What must stand in each content of a message about contents we have. */
static const struct {
  gboolean description, transport;
  gboolean other_transport; /* of another method than the present one */
} needs[PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_CONTENT_ACCEPT] = { .transport = TRUE },
  [PEAL_SESSION_ACCEPT] = { .transport =
                                TRUE }, /* stanza.js leaves out the description of a file */
  [PEAL_DESCRIPTION_INFO] = { .description = TRUE },
  [PEAL_TRANSPORT_INFO] = { .transport = TRUE },
  [PEAL_TRANSPORT_ACCEPT] = { .transport = TRUE, .other_transport = TRUE },
  [PEAL_TRANSPORT_REJECT] = { .other_transport = TRUE },
  [PEAL_TRANSPORT_REPLACE] = { .transport = TRUE, .other_transport = TRUE },
};

static PealCondition
check_parts (PealJingleAction action, const PealContent *content,
             const PealNegotiation *negotiation)
{
  const PealOpen *transport = content->transport;

  if (content->description ? !is_alike (content->description, negotiation->content->description)
                           : needs[action].description)
    return PEAL_BAD_REQUEST;
  if (!transport)
    return needs[action].transport ? PEAL_BAD_REQUEST : PEAL_CONDITION_NONE;
  if (transport->flaw)
    return PEAL_BAD_REQUEST;
  if (action == PEAL_TRANSPORT_ACCEPT && negotiation->replacement)
    return is_alike (transport, negotiation->replacement) ? PEAL_CONDITION_NONE : PEAL_BAD_REQUEST;
  return needs[action].other_transport || peal_negotiation_knows_transport (negotiation, transport)
             ? PEAL_CONDITION_NONE
             : PEAL_BAD_REQUEST;
}

/* What may still come about contents that we did not take, and has no effect: candidates were on
 * their way. */
static const gboolean lingers[PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_TRANSPORT_INFO] = TRUE,
  [PEAL_DESCRIPTION_INFO] = TRUE,
  [PEAL_CONTENT_MODIFY] = TRUE,
  [PEAL_CONTENT_REMOVE] = TRUE,
};

/* Contents we should have. */
static PealCondition
check_contents (const PealSession *session, const PealJingle *message)
{
  if (!message->contents || message->contents->len == 0)
    return PEAL_BAD_REQUEST;
  for (guint i = 0; i < message->contents->len; i++) {
    const PealContent *content = message->contents->pdata[i];
    if (!content->name || is_named_before (message->contents, i))
      return PEAL_BAD_REQUEST;
    const PealNegotiation *negotiation = peal_session_find (session, content);
    if (!negotiation && lingers[message->action] && peal_session_remembers (session, content->name))
      continue;
    if (!negotiation)
      return PEAL_ITEM_NOT_FOUND;
    PealCondition condition = check_parts (message->action, content, negotiation);
    if (!condition)
      condition = peal_negotiation_check (negotiation, message->action);
    if (condition)
      return condition;
  }
  return PEAL_CONDITION_NONE;
}

/* Those of stanza.js name nothing: they are about the oldest request of ours. */
static PealCondition
check_content_reject (const PealSession *session, const PealJingle *message)
{
  gboolean unnamed = !message->contents || message->contents->len == 0;

  return unnamed && peal_session_has_proposed (session) ? PEAL_CONDITION_NONE
                                                        : check_contents (session, message);
}

static PealCondition
check_transport_reject (const PealSession *session, const PealJingle *message)
{
  gboolean unnamed = !message->contents || message->contents->len == 0;

  return unnamed && peal_session_has_replaced (session) ? PEAL_CONDITION_NONE
                                                        : check_contents (session, message);
}

/* --- what follows from it --- */

gboolean
peal_session_knows (const PealOpen *open)
{
  return open && open->element;
}

void
peal_session_greet (PealSession *session, const PealJingle *message)
{
  peal_jingle_free (session->greeting);
  session->greeting = peal_element_copy (&peal_jingle_element, message);
}

void
peal_session_hear_each (PealSession *session, const PealJingle *message, PealContentWhat what)
{
  for (guint i = 0; i < message->contents->len; i++) {
    const PealContent *content = message->contents->pdata[i];
    PealNegotiation *negotiation = peal_session_find (session, content);

    if (!negotiation) /* it is bygone */
      continue;
    peal_negotiation_hear (negotiation, message->action, content, session->now);
    if (what && negotiation->open)
      peal_session_emit_content (session, what, content);
  }
}

static void
hear_accept (PealSession *session, const PealJingle *message)
{
  static const PealWhy unwanted = { .by = PEAL_BY_REMOTE };

  peal_session_hear_each (session, message, PEAL_CONTENT_AGREED);
  for (guint i = 0; i < message->contents->len; i++) {
    PealNegotiation *negotiation = peal_session_find (session, message->contents->pdata[i]);
    if (negotiation->open)
      peal_session_emit_content (session, PEAL_CONTENT_START, negotiation->content);
  }
  if (message->groups || message->action == PEAL_SESSION_ACCEPT)
    peal_session_greet (session, message);
  if (message->action != PEAL_SESSION_ACCEPT)
    return;
  /* What the responder did not name it does not want. */
  for (guint i = session->negotiations->len; i-- > 0;) {
    PealNegotiation *negotiation = session->negotiations->pdata[i];
    if (negotiation->state == PEAL_NEGOTIATION_OURS)
      peal_session_drop (session, negotiation, &unwanted);
  }
}

static void
hear_info (PealSession *session, const PealJingle *message)
{
  for (guint i = 0; message->infos && i < message->infos->len; i++) {
    const PealOpen *info = message->infos->pdata[i];
    if (info->element)
      peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_EVENT,
                                                 .event = PEAL_SESSION_EVENT_INFO,
                                                 .info = info });
  }
}

static void
hear_description_info (PealSession *session, const PealJingle *message)
{
  peal_session_hear_each (session, message, PEAL_CONTENT_DESCRIPTION);
}

static void
hear_transport_info (PealSession *session, const PealJingle *message)
{
  peal_session_hear_each (session, message, PEAL_CONTENT_TRANSPORT);
}

static void
hear_terminate (PealSession *session, const PealJingle *message)
{
  PealReasonCondition reason = message->reason ? message->reason->condition : PEAL_REASON_NONE;
  PealEnding ending = { .reason = reason,
                        .by = PEAL_BY_REMOTE,
                        .text = message->reason ? message->reason->text : NULL,
                        .cause = peal_ending_of_reason (reason, peal_session_phase (session)) };

  /* Terminates that crossed: ours was first, here. */
  if (session->state != PEAL_SESSION_ENDING)
    peal_session_end (session, &ending, FALSE);
}

static const struct {
  PealCondition (*check) (const PealSession *session, const PealJingle *message);
  void (*hear) (PealSession *session, const PealJingle *message);
} rules[PEAL_N_JINGLE_ACTIONS] = {
  /* These three answer requests of ours: where none is open, the check finds them out of order. */
  [PEAL_CONTENT_ACCEPT] = { check_contents, hear_accept },
  [PEAL_CONTENT_REJECT] = { check_content_reject, peal_session_hear_remove },
  [PEAL_TRANSPORT_ACCEPT] = { check_contents, peal_session_hear_transport_accept },
  [PEAL_TRANSPORT_REJECT] = { check_transport_reject, peal_session_hear_transport_reject },
  [PEAL_CONTENT_ADD] = { check_add, peal_session_hear_add },
  [PEAL_CONTENT_MODIFY] = { check_contents, peal_session_hear_modify },
  [PEAL_CONTENT_REMOVE] = { check_contents, peal_session_hear_remove },
  [PEAL_DESCRIPTION_INFO] = { check_contents, hear_description_info },
  [PEAL_SECURITY_INFO] = { check_security_info, NULL },
  [PEAL_SESSION_ACCEPT] = { check_contents, hear_accept },
  [PEAL_SESSION_INFO] = { check_info, hear_info },
  [PEAL_SESSION_TERMINATE] = { check_terminate, hear_terminate },
  [PEAL_TRANSPORT_INFO] = { check_contents, hear_transport_info },
  [PEAL_TRANSPORT_REPLACE] = { check_contents, peal_session_hear_replace },
};

static PealCondition
check (const PealSession *session, const PealJingle *message)
{
  if (on_message[session->state][message->action])
    return rules[message->action].check (session, message);
  if (session->state >= PEAL_SESSION_ENDING)
    return PEAL_UNKNOWN_SESSION;
  /* XEP-0166 §7.2: an action that is not defined. */
  return message->action == PEAL_JINGLE_NO_ACTION ? PEAL_BAD_REQUEST : PEAL_OUT_OF_ORDER;
}

static void
reply (PealSession *session, gpointer iq, PealCondition condition)
{
  peal_session_emit (session,
                     (PealAction) { .kind = PEAL_ACTION_REPLY, .iq = iq, .condition = condition });
}

void
peal_session_receive (PealSession *session, const PealJingle *message, gpointer iq, gint64 now)
{
  static const PealEnding spoiled = { .reason = PEAL_REASON_FAILED_APPLICATION,
                                      .by = PEAL_BY_LOCAL,
                                      .cause = PEAL_CAUSE_UNSUPPORTED };
  PealSessionState state = session->state;

  peal_session_begin (session, now);
  PealCondition condition = check (session, message);
  reply (session, iq, condition);

  /* The peer believes in a session that we cannot have (stanza.js answers what it did not
   * understand). */
  if (condition && message->action == PEAL_SESSION_ACCEPT && on_message[state][PEAL_SESSION_ACCEPT])
    peal_session_end (session, &spoiled, TRUE);
  if (condition && message->action == PEAL_CONTENT_ADD)
    peal_session_forgo (session, message);
  if (condition)
    return;

  PealJingle *heard = peal_element_copy (&peal_jingle_element, message);
  PealSessionState next = on_message[state][message->action];
  g_ptr_array_add (session->heard, heard);
  rules[message->action].hear (session, heard);
  if (session->state == state && next != state)
    peal_session_enter (session, next);
  peal_session_settle (session);
}

/* --- session-initiate --- */

/* Opens what can be: the contents whose description and transport have tables. How many. */
static guint
open_contents (PealSession *session, const PealJingle *initiate, guint *described)
{
  guint opened = 0;

  for (guint i = 0; i < initiate->contents->len; i++) {
    PealContent *content = peal_element_copy (&peal_content_element, initiate->contents->pdata[i]);
    PealNegotiation *negotiation = peal_negotiation_new (content, FALSE);

    content->creator = PEAL_CREATOR_INITIATOR;
    peal_negotiation_hear (negotiation, PEAL_SESSION_INITIATE, content, session->now);
    g_ptr_array_add (session->negotiations, negotiation);
    *described += peal_session_knows (content->description);
    if (peal_session_knows (content->description) && peal_session_knows (content->transport)) {
      negotiation->open = TRUE;
      peal_session_emit_content (session, PEAL_CONTENT_OPEN, content);
      opened++;
    }
  }
  return opened;
}

void
peal_session_hear_initiate (PealSession *session, const PealJingle *initiate, gpointer iq)
{
  PealCondition condition = check_proposals (session, initiate);
  PealEnding ending = { .by = PEAL_BY_LOCAL,
                        .cause = PEAL_CAUSE_UNSUPPORTED,
                        .condition = condition };
  guint described = 0;

  reply (session, iq, condition);
  if (condition) {
    peal_session_end (session, &ending, FALSE);
    return;
  }
  peal_session_greet (session, initiate);
  if (open_contents (session, initiate, &described) > 0) {
    peal_session_enter (session, OFFERED);
    return;
  }
  ending.reason =
      described ? PEAL_REASON_UNSUPPORTED_TRANSPORTS : PEAL_REASON_UNSUPPORTED_APPLICATIONS;
  peal_session_end (session, &ending, TRUE);
}
