/* Another transport for a content in a call: transport-replace, -accept and -reject, by either
 * side's will. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/session_inner.h"

/* A content of @transport (taken) alone. */
static PealContent *
carrying (PealOpen *transport)
{
  PealContent *content = peal_element_new (&peal_content_element);

  content->transport = transport;
  return content;
}

/* --- commands --- */

/* Says @action about @name with @parts (taken). */
static gboolean
say (PealSession *session, const char *name, PealJingleAction action, PealContent *parts)
{
  PealNegotiation *negotiation = peal_session_named (session, name);

  if (session->state < PEAL_SESSION_PENDING || session->state >= PEAL_SESSION_ENDING ||
      !negotiation || !peal_negotiation_say (negotiation, action, parts, session->now)) {
    peal_content_free (parts);
    return FALSE;
  }
  peal_session_say_about (session, negotiation, action, parts, PEAL_REASON_NONE);
  return TRUE;
}

gboolean
peal_session_replace (PealSession *session, const char *name, PealOpen *transport, gint64 now)
{
  PealContent *parts = carrying (transport);

  if (!peal_session_is_agreed (session)) {
    peal_content_free (parts);
    return FALSE;
  }
  peal_session_begin (session, now);
  return say (session, name, PEAL_TRANSPORT_REPLACE, parts);
}

gboolean
peal_session_accept_transport (PealSession *session, const char *name, PealOpen *transport,
                               gint64 now)
{
  peal_session_begin (session, now);
  return say (session, name, PEAL_TRANSPORT_ACCEPT, carrying (transport));
}

/* XEP-0166 §7.2.14: what is rejected stands in it. */
gboolean
peal_session_reject_transport (PealSession *session, const char *name, gint64 now)
{
  const PealNegotiation *negotiation = peal_session_named (session, name);
  PealOpen *rejected = negotiation ? peal_open_copy (negotiation->replacement) : NULL;

  peal_session_begin (session, now);
  return say (session, name, PEAL_TRANSPORT_REJECT, carrying (rejected));
}

/* --- what the peer says --- */

void
peal_session_tell_kept (PealSession *session, PealNegotiation *negotiation, PealJingleAction action,
                        const PealWhy *why)
{
  if (!negotiation->open)
    return;
  peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_CONTENT,
                                             .what = PEAL_CONTENT_KEPT,
                                             .content = negotiation->content,
                                             .senders = negotiation->content->senders,
                                             .refused = action,
                                             .by = why->by,
                                             .reason = why->reason,
                                             .condition = why->condition });
}

/* The peer offers @content with another transport; one of ours that crosses it has lost, or it
 * would not have passed the check. */
static void
hear_offer (PealSession *session, PealNegotiation *negotiation, const PealContent *content)
{
  static const PealWhy lost = { .by = PEAL_BY_REMOTE, .condition = PEAL_TIE_BREAK };
  gboolean yields = negotiation->replace == PEAL_REPLACE_OURS;

  peal_negotiation_hear (negotiation, PEAL_TRANSPORT_REPLACE, content, session->now);
  if (yields) {
    negotiation->tokens[PEAL_TRANSPORT_REPLACE] = 0;
    peal_session_tell_kept (session, negotiation, PEAL_TRANSPORT_REPLACE, &lost);
  }
  if (negotiation->open && peal_session_knows (content->transport))
    peal_session_emit_content (session, PEAL_CONTENT_REPLACE, content);
  else if (peal_negotiation_say (negotiation, PEAL_TRANSPORT_REJECT, content, session->now))
    peal_session_say_about (session, negotiation, PEAL_TRANSPORT_REJECT,
                            carrying (peal_open_copy (content->transport)), PEAL_REASON_NONE);
}

void
peal_session_hear_replace (PealSession *session, const PealJingle *message)
{
  for (guint i = 0; i < message->contents->len; i++) {
    const PealContent *content = message->contents->pdata[i];
    hear_offer (session, peal_session_find (session, content), content);
  }
}

void
peal_session_hear_transport_accept (PealSession *session, const PealJingle *message)
{
  for (guint i = 0; i < message->contents->len; i++) {
    const PealContent *content = message->contents->pdata[i];
    PealNegotiation *negotiation = peal_session_find (session, content);
    peal_negotiation_hear (negotiation, PEAL_TRANSPORT_ACCEPT, content, session->now);
    negotiation->tokens[PEAL_TRANSPORT_REPLACE] = 0;
    if (negotiation->open)
      peal_session_emit_content (session, PEAL_CONTENT_REPLACED, content);
  }
}

/* The content whose transport-replace of ours is the oldest; NULL: there is none. */
static PealNegotiation *
oldest_replaced (const PealSession *session)
{
  PealNegotiation *oldest = NULL;

  for (guint i = 0; i < session->negotiations->len; i++) {
    PealNegotiation *negotiation = session->negotiations->pdata[i];
    if (negotiation->replace == PEAL_REPLACE_OURS &&
        (!oldest || negotiation->replace_deadline < oldest->replace_deadline))
      oldest = negotiation;
  }
  return oldest;
}

gboolean
peal_session_has_replaced (const PealSession *session)
{
  return oldest_replaced (session) != NULL;
}

static void
hear_rejection (PealSession *session, PealNegotiation *negotiation, const PealJingle *message)
{
  const PealWhy why = { .by = PEAL_BY_REMOTE,
                        .reason = message->reason ? message->reason->condition : PEAL_REASON_NONE };

  peal_negotiation_hear (negotiation, PEAL_TRANSPORT_REJECT, negotiation->content, session->now);
  negotiation->tokens[PEAL_TRANSPORT_REPLACE] = 0;
  peal_session_tell_kept (session, negotiation, PEAL_TRANSPORT_REPLACE, &why);
}

void
peal_session_hear_transport_reject (PealSession *session, const PealJingle *message)
{
  for (guint i = 0; message->contents && i < message->contents->len; i++)
    hear_rejection (session, peal_session_find (session, message->contents->pdata[i]), message);
  if (!message->contents || message->contents->len == 0)
    hear_rejection (session, oldest_replaced (session), message);
}
