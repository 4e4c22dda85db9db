/* The session machine's mouth: its messages, and the commands of the user that make them. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/session_inner.h"

#include <string.h>

PealJingle *
peal_session_compose (PealSession *session, PealJingleAction action)
{
  PealJingle *message = peal_element_new (&peal_jingle_element);

  message->action = action;
  message->sid = g_strdup (session->sid);
  return message;
}

guint
peal_session_send (PealSession *session, PealJingle *message)
{
  guint token = ++session->tokens;

  peal_session_emit (session,
                     (PealAction) { .kind = PEAL_ACTION_SEND, .message = message, .token = token });
  return token;
}

GPtrArray *
peal_session_adopt (GPtrArray *array)
{
  if (array)
    g_ptr_array_set_free_func (array, NULL);
  return array;
}

PealReason *
peal_session_reason (PealReasonCondition condition, const char *text)
{
  PealReason *reason = peal_element_new (&peal_reason_element);

  reason->condition = condition;
  reason->text = g_strdup (text);
  return reason;
}

void
peal_session_say_about (PealSession *session, PealNegotiation *negotiation, PealJingleAction action,
                        PealContent *parts, PealReasonCondition reason)
{
  PealJingle *message = peal_session_compose (session, action);
  PealContent *content = parts ? parts : peal_element_new (&peal_content_element);

  content->creator = negotiation->content->creator;
  g_free (content->name);
  content->name = g_strdup (negotiation->content->name);
  peal_list_append (&message->contents, content);
  if (reason)
    message->reason = peal_session_reason (reason, NULL);
  negotiation->tokens[action] = peal_session_send (session, message);
}

guint
peal_session_say_terminate (PealSession *session, const PealEnding *ending)
{
  PealJingle *message = peal_session_compose (session, PEAL_SESSION_TERMINATE);

  message->reason = peal_session_reason (ending->reason, ending->text);
  return peal_session_send (session, message);
}

void
peal_session_say_initiate (PealSession *session, GPtrArray *contents, GPtrArray *groups)
{
  PealJingle *message = peal_session_compose (session, PEAL_SESSION_INITIATE);

  g_assert (contents && contents->len);
  message->initiator = g_strdup (session->self);
  message->contents = peal_session_adopt (contents);
  message->groups = peal_session_adopt (groups);
  for (guint i = 0; i < contents->len; i++) {
    PealContent *content = contents->pdata[i];
    content->creator = PEAL_CREATOR_INITIATOR;
    PealNegotiation *negotiation =
        peal_negotiation_new (peal_element_copy (&peal_content_element, content), TRUE);
    peal_negotiation_say (negotiation, PEAL_SESSION_INITIATE, content, session->now);
    negotiation->open = TRUE;
    g_ptr_array_add (session->negotiations, negotiation);
  }
  session->initiate = peal_session_send (session, message);
}

/* --- commands --- */

/* Takes the answer to @negotiation out of @answers; NULL: there is none. */
static PealContent *
answer_for (GPtrArray *answers, const PealNegotiation *negotiation)
{
  for (guint i = 0; i < answers->len; i++) {
    PealContent *answer = answers->pdata[i];
    if (strcmp (answer->name, negotiation->content->name) == 0) {
      answer->creator = negotiation->content->creator;
      return g_ptr_array_steal_index (answers, i);
    }
  }
  return NULL;
}

static void
refuse (PealSession *session, PealNegotiation *negotiation, PealJingle *message)
{
  static const PealWhy unwanted = { .by = PEAL_BY_LOCAL };
  PealContent *refusal = answer_for (session->refusals, negotiation);

  if (refusal)
    peal_list_append (&message->contents, refusal);
  peal_session_remember (session, negotiation->content, session->accept);
  peal_session_drop (session, negotiation, &unwanted);
}

/* In the order of the offer. */
static void
answer_contents (PealSession *session, PealJingle *message, GPtrArray *answers)
{
  for (guint i = 0; i < session->negotiations->len;) {
    PealNegotiation *negotiation = session->negotiations->pdata[i];
    if (negotiation->state != PEAL_NEGOTIATION_THEIRS) { /* rejected before */
      i++;
      continue;
    }
    PealContent *answer = negotiation->open ? answer_for (answers, negotiation) : NULL;
    if (!answer) {
      refuse (session, negotiation, message);
      continue;
    }
    peal_list_append (&message->contents, answer);
    peal_negotiation_say (negotiation, PEAL_SESSION_ACCEPT, answer, session->now);
    peal_session_emit_content (session, PEAL_CONTENT_START, negotiation->content);
    i++;
  }
}

/* Whether one of the answers is to a content that is still there: the peer may have removed some
 * since it was offered. */
static gboolean
answers_any (const PealSession *session, const GPtrArray *answers)
{
  for (guint i = 0; answers && i < answers->len; i++)
    if (peal_session_named (session, ((const PealContent *) answers->pdata[i])->name))
      return TRUE;
  return FALSE;
}

void
peal_session_refuse (PealSession *session, GPtrArray *contents)
{
  g_ptr_array_unref (session->refusals);
  session->refusals = contents;
  g_ptr_array_set_free_func (contents, (GDestroyNotify) peal_content_free);
}

gboolean
peal_session_accept (PealSession *session, GPtrArray *contents, GPtrArray *groups, gint64 now)
{
  g_autoptr(GPtrArray) answers = contents;
  PealJingle *message = peal_session_compose (session, PEAL_SESSION_ACCEPT);

  if (answers)
    g_ptr_array_set_free_func (answers, (GDestroyNotify) peal_content_free);
  message->responder = g_strdup (session->self);
  message->groups = peal_session_adopt (groups);
  if (session->state != PEAL_SESSION_OFFERED || !answers_any (session, answers)) {
    peal_jingle_free (message);
    return FALSE;
  }
  peal_session_begin (session, now);
  /* Queued before what follows from it, and filled then. */
  session->accept = peal_session_send (session, message);
  answer_contents (session, message, answers);
  peal_session_enter (session, PEAL_SESSION_ACCEPTING);
  return TRUE;
}

void
peal_session_terminate (PealSession *session, PealReasonCondition reason, const char *text,
                        PealCause cause, gint64 now)
{
  PealEnding ending = { .reason = reason, .text = text, .by = PEAL_BY_LOCAL, .cause = cause };

  peal_session_begin (session, now);
  if (session->state < PEAL_SESSION_ENDING)
    peal_session_end (session, &ending, TRUE);
  peal_session_settle (session);
}

void
peal_session_info (PealSession *session, PealOpen *payload, gint64 now)
{
  PealJingle *message = peal_session_compose (session, PEAL_SESSION_INFO);

  if (payload)
    peal_list_append (&message->infos, payload);
  peal_session_begin (session, now);
  if (session->state < PEAL_SESSION_ENDING)
    peal_session_send (session, message);
  else
    peal_jingle_free (message);
}

void
peal_session_transport_infos (PealSession *session, GPtrArray *contents, gint64 now)
{
  g_autoptr(GPtrArray) infos = contents;
  PealJingle *message = peal_session_compose (session, PEAL_TRANSPORT_INFO);

  peal_session_begin (session, now);
  for (guint i = 0; i < infos->len; i++) {
    PealContent *content = infos->pdata[i];
    PealNegotiation *negotiation = peal_session_named (session, content->name);
    if (!negotiation) { /* it ended while the candidate was found */
      peal_content_free (content);
      continue;
    }
    content->creator = negotiation->content->creator;
    peal_list_append (&message->contents, content);
  }
  g_ptr_array_set_free_func (infos, NULL);
  if (message->contents)
    g_ptr_array_add (session->held, message);
  else
    peal_jingle_free (message);
  peal_session_settle (session);
}

void
peal_session_transport_info (PealSession *session, const char *name, PealOpen *transport,
                             gint64 now)
{
  GPtrArray *contents = g_ptr_array_new ();
  PealContent *content = peal_element_new (&peal_content_element);

  content->name = g_strdup (name);
  content->transport = transport;
  g_ptr_array_add (contents, content);
  peal_session_transport_infos (session, contents, now);
}
