/* One session machine in a test's hands: what it hears as XML, what it does as words. */
// SPDX-License-Identifier: MIT
#include "tests/sim/solo.h"

#include <string.h>

PealJingle *
peal_solo_parse (const char *xml)
{
  const PealReading reading = { .vocabulary = peal_toy_vocabulary };
  g_autoptr(GError) error = NULL;
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, xml);

  g_assert_nonnull (stanza);
  PealJingle *message = peal_element_parse (&peal_jingle_element, stanza, &reading, &error);
  g_assert_no_error (error);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return message;
}

/* Everything in the queue as words: "result SEND:content-reject STOP:voice active ended:success".
 */
char *
peal_solo_drain (PealSession *session)
{
  static const char *const whats[] = { "",         "OPEN",     "AGREED", "TRANSPORT", "DESCRIPTION",
                                       "START",    "MODIFIED", "STOP",   "REFUSED",   "REPLACE",
                                       "REPLACED", "KEPT" };
  g_autoptr(GString) words = g_string_new (NULL);
  PealAction action;

  while (peal_session_poll (session, &action)) {
    g_string_append (words, words->len ? " " : "");
    if (action.kind == PEAL_ACTION_SEND)
      g_string_append_printf (
          words, "SEND:%s%s%s", peal_jingle_action_words[action.message->action],
          action.message->reason ? ":" : "",
          action.message->reason ? peal_reason_words[action.message->reason->condition] : "");
    else if (action.kind == PEAL_ACTION_REPLY)
      g_string_append (words, action.condition ? peal_condition_name (action.condition) : "result");
    else if (action.kind == PEAL_ACTION_CONTENT)
      g_string_append_printf (words, "%s:%s", whats[action.what], action.content->name);
    else if (action.event == PEAL_SESSION_EVENT_INFO)
      g_string_append_printf (words, "INFO:%s", action.info->name);
    else if (action.state == PEAL_SESSION_ENDED)
      g_string_append_printf (words, "ended:%s", peal_cause_word (action.cause));
    else
      g_string_append (words, peal_session_state_words[action.state]);
    peal_action_clear (&action);
  }
  return g_strdup (words->str);
}

void
peal_solo_expect (PealSession *session, const char *words)
{
  g_autofree char *found = peal_solo_drain (session);

  g_assert_cmpstr (found, ==, words);
}

void
peal_solo_hear (PealSession *session, const char *xml)
{
  g_autoptr(PealJingle) message = peal_solo_parse (xml);

  peal_session_receive (session, message, NULL, 0);
}

const PealSessionSetup peal_solo_setup = { .sid = "s1",
                                           .self = "alice@one.test/desk",
                                           .peer = "bob@two.test/desk" };

PealSession *
peal_solo_incoming (const char *xml)
{
  g_autoptr(PealJingle) message = peal_solo_parse (xml);

  return peal_session_new_incoming (&peal_solo_setup, message, NULL);
}

GPtrArray *
peal_solo_contents (const char *xml)
{
  g_autoptr(PealJingle) message = peal_solo_parse (xml);

  return g_steal_pointer (&message->contents);
}

/* A session with a content "voice" (and "video" where @two), brought to @state; its queue is empty.
 */
PealSession *
peal_solo_in_state (PealSessionState state, gboolean two)
{
  gboolean ours = state == PEAL_SESSION_OFFERING || state == PEAL_SESSION_PENDING;
  const char *offer = two ? INITIATE (VOICE VIDEO) : INITIATE (VOICE);
  PealSession *session =
      ours ? peal_session_new_outgoing (&peal_solo_setup, peal_solo_contents (offer), NULL)
           : peal_solo_incoming (offer);

  if (state == PEAL_SESSION_PENDING)
    peal_session_result (session, 1, PEAL_CONDITION_NONE, FALSE, 0);
  if (state >= PEAL_SESSION_ACCEPTING)
    peal_session_accept (session, peal_solo_contents (offer), NULL, 0);
  if (state >= PEAL_SESSION_ACTIVE)
    peal_session_result (session, 1, PEAL_CONDITION_NONE, FALSE, 0);
  if (state >= PEAL_SESSION_ENDING)
    peal_session_terminate (session, PEAL_REASON_SUCCESS, NULL, PEAL_CAUSE_SUCCESS, 0);
  if (state == PEAL_SESSION_ENDED)
    peal_session_result (session, 2, PEAL_CONDITION_NONE, FALSE, 0);
  g_assert_cmpint (peal_session_state (session), ==, state);
  g_free (peal_solo_drain (session));
  return session;
}

PealSession *
peal_solo_initiator (void)
{
  PealSession *session = peal_solo_in_state (PENDING, FALSE);

  peal_solo_hear (session, MESSAGE ("session-accept", VOICE));
  g_free (peal_solo_drain (session));
  return session;
}
