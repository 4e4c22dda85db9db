/* Contents that come, change and go in a call: content-add, -accept, -reject, -remove, -modify and
 * description-info, by either side's will.
 *
 * §7.2.16 of XEP-0166 settles content-adds that cross: the initiator's counts. They cross where one
 * comes while ours is not acknowledged, since the peer's stanzas are in order; and they are about
 * the same where name or description's table are. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/session_inner.h"
#include "signaling/limits.h"

#include <string.h>

static PealNegotiation *
at (const PealSession *session, guint i)
{
  return session->negotiations->pdata[i];
}

/* --- commands --- */

static gboolean
may_add (const PealSession *session, const GPtrArray *contents)
{
  if (!peal_session_is_agreed (session) || !contents || contents->len == 0 ||
      session->negotiations->len + contents->len > PEAL_MOST_CONTENTS)
    return FALSE;
  for (guint i = 0; i < contents->len; i++) {
    const PealContent *content = contents->pdata[i];
    if (!content->description || !content->transport || peal_session_find (session, content) ||
        peal_session_kept_by_peer (session, content->name))
      return FALSE;
    for (guint before = 0; before < i; before++)
      if (strcmp (((const PealContent *) contents->pdata[before])->name, content->name) == 0)
        return FALSE;
  }
  return TRUE;
}

gboolean
peal_session_add (PealSession *session, GPtrArray *contents, GPtrArray *groups, gint64 now)
{
  g_autoptr(PealJingle) message = peal_session_compose (session, PEAL_CONTENT_ADD);

  message->contents = peal_session_adopt (contents);
  message->groups = peal_session_adopt (groups);
  if (!may_add (session, contents))
    return FALSE;
  peal_session_begin (session, now);
  guint token = peal_session_send (session, g_steal_pointer (&message));
  for (guint i = 0; i < contents->len; i++) {
    PealContent *content = contents->pdata[i];
    content->creator = session->initiator ? PEAL_CREATOR_INITIATOR : PEAL_CREATOR_RESPONDER;
    PealNegotiation *negotiation = peal_negotiation_new (
        peal_element_copy (&peal_content_element, content), session->initiator);
    peal_negotiation_say (negotiation, PEAL_CONTENT_ADD, content, session->now);
    negotiation->open = TRUE;
    negotiation->batch = negotiation->tokens[PEAL_CONTENT_ADD] = token;
    g_ptr_array_add (session->negotiations, negotiation);
  }
  return TRUE;
}

gboolean
peal_session_accept_content (PealSession *session, PealContent *answer, gint64 now)
{
  PealNegotiation *negotiation = peal_session_named (session, answer->name);

  if (!peal_session_is_agreed (session) || !negotiation ||
      !peal_negotiation_say (negotiation, PEAL_CONTENT_ACCEPT, answer, now)) {
    peal_content_free (answer);
    return FALSE;
  }
  peal_session_begin (session, now);
  peal_session_say_about (session, negotiation, PEAL_CONTENT_ACCEPT, answer, PEAL_REASON_NONE);
  peal_session_emit_content (session, PEAL_CONTENT_START, negotiation->content);
  return TRUE;
}

gboolean
peal_session_let_go (PealSession *session, PealNegotiation *negotiation, PealJingleAction action,
                     PealReasonCondition reason)
{
  const PealWhy why = { .by = PEAL_BY_LOCAL, .reason = reason };

  if (!peal_negotiation_say (negotiation, action, NULL, session->now))
    return FALSE;
  peal_session_say_about (session, negotiation, action, NULL, reason);
  peal_session_stop (session, negotiation, &why);
  return TRUE;
}

gboolean
peal_session_reject_content (PealSession *session, const char *name, PealReasonCondition reason,
                             gint64 now)
{
  PealNegotiation *negotiation = peal_session_named (session, name);

  if (!peal_session_is_agreed (session) || !negotiation)
    return FALSE;
  peal_session_begin (session, now);
  if (!peal_session_let_go (session, negotiation, PEAL_CONTENT_REJECT, reason))
    return FALSE;
  peal_session_end_if_void (session, PEAL_BY_LOCAL);
  return TRUE;
}

gboolean
peal_session_remove (PealSession *session, const char *name, PealReasonCondition reason, gint64 now)
{
  PealNegotiation *negotiation = peal_session_named (session, name);

  if (!peal_session_is_agreed (session) || !negotiation || peal_session_count_open (session) < 2)
    return FALSE;
  peal_session_begin (session, now);
  return peal_session_let_go (session, negotiation, PEAL_CONTENT_REMOVE, reason);
}

void
peal_session_say_modify (PealSession *session, PealNegotiation *negotiation)
{
  PealContent *parts = peal_element_new (&peal_content_element);

  parts->senders = negotiation->wanted;
  peal_session_say_about (session, negotiation, PEAL_CONTENT_MODIFY, parts, PEAL_REASON_NONE);
}

gboolean
peal_session_modify (PealSession *session, const char *name, PealSenders senders, gint64 now)
{
  PealNegotiation *negotiation = peal_session_named (session, name);
  PealContent wish = { .senders = senders ? senders : PEAL_SENDERS_BOTH };

  if (!peal_session_is_agreed (session) && session->state != PEAL_SESSION_OFFERED)
    return FALSE;
  if (!negotiation || !peal_negotiation_say (negotiation, PEAL_CONTENT_MODIFY, &wish, now))
    return FALSE;
  peal_session_begin (session, now);
  peal_session_say_modify (session, negotiation);
  return TRUE;
}

gboolean
peal_session_describe (PealSession *session, const char *name, PealOpen *description, gint64 now)
{
  PealNegotiation *negotiation = peal_session_named (session, name);

  if (session->state < PEAL_SESSION_PENDING || session->state >= PEAL_SESSION_ENDING ||
      !negotiation || !peal_negotiation_say (negotiation, PEAL_DESCRIPTION_INFO, NULL, now)) {
    peal_open_free (description);
    return FALSE;
  }
  peal_session_begin (session, now);
  PealContent *parts = peal_element_new (&peal_content_element);
  parts->description = description;
  peal_session_say_about (session, negotiation, PEAL_DESCRIPTION_INFO, parts, PEAL_REASON_NONE);
  return TRUE;
}

/* --- what the peer adds --- */

/* Whether a content-add of the peer's with @content crosses the one of ours that brought
 * @negotiation. */
static gboolean
crosses (const PealNegotiation *negotiation, const PealContent *content)
{
  if (!negotiation->tokens[PEAL_CONTENT_ADD] || negotiation->state == PEAL_NEGOTIATION_YIELDED)
    return FALSE;
  return strcmp (negotiation->content->name, content->name) == 0 ||
         (content->description &&
          negotiation->content->description->element == content->description->element);
}

PealCondition
peal_session_check_add (const PealSession *session, const PealJingle *message)
{
  PealCondition condition = PEAL_CONDITION_NONE;

  if (session->negotiations->len + message->contents->len > PEAL_MOST_CONTENTS)
    return PEAL_RESOURCE_CONSTRAINT;
  for (guint i = 0; i < message->contents->len; i++) {
    const PealContent *content = message->contents->pdata[i];
    for (guint n = 0; n < session->negotiations->len; n++) {
      const PealNegotiation *negotiation = at (session, n);
      if (crosses (negotiation, content))
        condition = session->initiator ? PEAL_TIE_BREAK : condition;
      else if (strcmp (negotiation->content->name, content->name) == 0 &&
               negotiation->state != PEAL_NEGOTIATION_YIELDED)
        return PEAL_BAD_REQUEST;
    }
  }
  return condition;
}

void
peal_session_tell_refused (PealSession *session, const PealNegotiation *negotiation,
                           PealJingleAction action, const PealWhy *why)
{
  peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_CONTENT,
                                             .what = PEAL_CONTENT_REFUSED,
                                             .content = negotiation->content,
                                             .senders = negotiation->content->senders,
                                             .refused = action,
                                             .by = why->by,
                                             .reason = why->reason,
                                             .condition = why->condition });
}

/* A content-add of ours gives way, all of it: the initiator refuses messages, not contents. */
static void
yield (PealSession *session, guint batch)
{
  static const PealWhy lost = { .by = PEAL_BY_REMOTE, .condition = PEAL_TIE_BREAK };

  for (guint i = 0; i < session->negotiations->len; i++) {
    PealNegotiation *negotiation = at (session, i);
    if (negotiation->batch != batch || negotiation->state != PEAL_NEGOTIATION_OURS)
      continue;
    peal_negotiation_yield (negotiation);
    peal_session_tell_refused (session, negotiation, PEAL_CONTENT_ADD, &lost);
    peal_session_stop (session, negotiation, &lost);
  }
}

static void
yield_to (PealSession *session, const PealContent *content)
{
  for (guint i = 0; i < session->negotiations->len; i++)
    if (crosses (at (session, i), content))
      yield (session, at (session, i)->batch);
}

/* Why a content that the peer adds cannot be; NONE: it can. */
static PealReasonCondition
unfit (const PealSession *session, const PealContent *content)
{
  if (!peal_session_is_agreed (session)) /* XEP-0166 §6.5: not while it is pending */
    return PEAL_REASON_DECLINE;
  if (!peal_session_knows (content->description))
    return PEAL_REASON_UNSUPPORTED_APPLICATIONS;
  return peal_session_knows (content->transport) ? PEAL_REASON_NONE
                                                 : PEAL_REASON_UNSUPPORTED_TRANSPORTS;
}

void
peal_session_hear_add (PealSession *session, const PealJingle *message)
{
  if (message->groups && peal_session_is_agreed (session)) /* else all of it is refused */
    peal_session_greet (session, message);
  for (guint i = 0; i < message->contents->len; i++)
    yield_to (session, message->contents->pdata[i]);
  for (guint i = 0; i < message->contents->len; i++) {
    PealContent *content = peal_element_copy (&peal_content_element, message->contents->pdata[i]);
    PealNegotiation *negotiation = peal_negotiation_new (content, session->initiator);
    PealReasonCondition reason = unfit (session, content);
    peal_negotiation_hear (negotiation, PEAL_CONTENT_ADD, content, session->now);
    g_ptr_array_add (session->negotiations, negotiation);
    if (reason) {
      peal_session_let_go (session, negotiation, PEAL_CONTENT_REJECT, reason);
      continue;
    }
    negotiation->open = TRUE;
    peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_CONTENT,
                                               .what = PEAL_CONTENT_OPEN,
                                               .content = content,
                                               .senders = content->senders,
                                               .added = TRUE });
  }
}

/* --- what the peer changes and takes away --- */

void
peal_session_tell_modified (PealSession *session, const PealNegotiation *negotiation, PealBy by)
{
  peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_CONTENT,
                                             .what = PEAL_CONTENT_MODIFIED,
                                             .content = negotiation->content,
                                             .senders = negotiation->content->senders,
                                             .by = by });
}

void
peal_session_hear_modify (PealSession *session, const PealJingle *message)
{
  peal_session_hear_each (session, message, 0);
  for (guint i = 0; i < message->contents->len; i++) {
    const PealNegotiation *negotiation = peal_session_find (session, message->contents->pdata[i]);
    if (negotiation && negotiation->open)
      peal_session_tell_modified (session, negotiation, PEAL_BY_REMOTE);
  }
}

/* The oldest of our contents that the peer has not answered; NULL: none. */
static PealNegotiation *
oldest_proposed (const PealSession *session)
{
  for (guint i = 0; i < session->negotiations->len; i++)
    if (at (session, i)->batch && at (session, i)->state == PEAL_NEGOTIATION_OURS)
      return at (session, i);
  return NULL;
}

gboolean
peal_session_has_proposed (const PealSession *session)
{
  return oldest_proposed (session) != NULL;
}

/* The peer does not have @negotiation, or has it no longer. */
static void
lose (PealSession *session, PealNegotiation *negotiation, const PealJingle *message)
{
  const PealWhy why = { .by = PEAL_BY_REMOTE,
                        .reason = message->reason ? message->reason->condition : PEAL_REASON_NONE };
  gboolean proposed = negotiation->batch && negotiation->state == PEAL_NEGOTIATION_OURS;

  peal_negotiation_hear (negotiation, message->action, negotiation->content, session->now);
  if (proposed)
    peal_session_tell_refused (session, negotiation, PEAL_CONTENT_ADD, &why);
  peal_session_drop (session, negotiation, &why);
}

void
peal_session_hear_remove (PealSession *session, const PealJingle *message)
{
  const PealNegotiation *oldest = oldest_proposed (session);
  guint batch = oldest ? oldest->batch : 0;

  for (guint i = 0; message->contents && i < message->contents->len; i++) {
    PealNegotiation *negotiation = peal_session_find (session, message->contents->pdata[i]);
    if (negotiation)
      lose (session, negotiation, message);
  }
  if (!message->contents || message->contents->len == 0)
    for (guint i = session->negotiations->len; i-- > 0;)
      if (at (session, i)->batch == batch && at (session, i)->state == PEAL_NEGOTIATION_OURS)
        lose (session, at (session, i), message);
  peal_session_end_if_void (session, PEAL_BY_REMOTE);
}
