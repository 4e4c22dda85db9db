/* Another transport for a content of one session: by either side, refused, late, and of another
 * method. */
// SPDX-License-Identifier: MIT
#include "tests/sim/solo.h"

#define BARE(name) CONTENT (name, "")

static void
answer (PealSession *session, guint token, PealCondition condition)
{
  peal_session_result (session, token, condition, FALSE, 0);
}

static PealOpen *
relay (void)
{
  return peal_open_new (&peal_toy_relay, peal_element_new (&peal_toy_relay));
}

/* Another method: its table passes from the offer on, that of the old one goes on passing. */
static void
another_method_takes_over (void)
{
  g_autoptr(PealSession) session = peal_solo_initiator ();

  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("voice", RELAY)));
  peal_solo_expect (session, "bad-request");
  g_assert_true (peal_session_replace (session, "voice", relay (), 0));
  g_assert_false (peal_session_replace (session, "voice", relay (), 0));
  peal_solo_expect (session, "SEND:transport-replace");
  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("voice", RELAY)));
  peal_solo_expect (session, "result TRANSPORT:voice");
  peal_solo_hear (session, MESSAGE ("transport-accept", CONTENT ("voice", TRANSPORT)));
  peal_solo_expect (session, "bad-request");
  peal_solo_hear (session, MESSAGE ("transport-accept", CONTENT ("voice", RELAY)));
  peal_solo_expect (session, "result REPLACED:voice");
  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("voice", CANDIDATE)));
  peal_solo_expect (session, "result TRANSPORT:voice");
  peal_session_result (session, 2, PEAL_CONDITION_NONE, TRUE, 0); /* it was answered all the same */
  peal_solo_expect (session, "");
  g_assert_cmpint (peal_session_deadline (session), ==, G_MAXINT64);
}

static void
replace_is_refused (void)
{
  static const char *const refusals[] = {
    MESSAGE ("transport-reject", CONTENT ("voice", RELAY)),
    MESSAGE ("transport-reject", BARE ("voice")),
    MESSAGE ("transport-reject", "<reason><failed-transport/></reason>"), /* stanza.js */
  };

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autoptr(PealSession) session = peal_solo_initiator ();
    peal_solo_hear (session, refusals[i]);
    peal_solo_expect (session, i == 2 ? "bad-request" : "out-of-order");
    peal_session_replace (session, "voice", relay (), 0);
    answer (session, 2, PEAL_CONDITION_NONE);
    g_free (peal_solo_drain (session));
    peal_solo_hear (session, refusals[i]);
    peal_solo_expect (session, "result KEPT:voice");
    peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("voice", RELAY)));
    peal_solo_expect (session, "bad-request");
  }
}

static void
peer_replaces (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);

  g_assert_false (peal_session_accept_transport (session, "voice", relay (), 0));
  g_assert_false (peal_session_reject_transport (session, "voice", 0));
  peal_solo_hear (session, MESSAGE ("transport-replace", CONTENT ("voice", RELAY)));
  peal_solo_expect (session, "result REPLACE:voice");
  peal_solo_hear (session, MESSAGE ("transport-replace", CONTENT ("voice", RELAY)));
  peal_solo_expect (session, "out-of-order");
  g_assert_true (peal_session_accept_transport (session, "voice", relay (), 0));
  peal_solo_expect (session, "SEND:transport-accept");
  answer (session, 2, PEAL_OUT_OF_ORDER); /* it had given up */
  peal_solo_expect (session, "KEPT:voice");
  peal_solo_hear (session, MESSAGE ("transport-replace", CONTENT ("voice", RELAY)));
  peal_solo_expect (session, "result REPLACE:voice");
  g_assert_true (peal_session_reject_transport (session, "voice", 0));
  peal_solo_expect (session, "SEND:transport-reject");
}

/* What an action points to outlives what is done because of it. */
static void
inputs_while_draining (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);
  guint seen = 0;
  PealAction action;

  peal_solo_hear (session, MESSAGE ("transport-replace", CONTENT ("voice", RELAY)));
  while (peal_session_poll (session, &action)) {
    if (action.kind == PEAL_ACTION_CONTENT) {
      g_assert_true (peal_session_reject_transport (session, action.content->name, 0));
      g_assert_cmpstr (action.content->name, ==, "voice");
      g_assert_true (action.content->transport->element == &peal_toy_relay);
      seen++;
    }
    peal_action_clear (&action);
  }
  g_assert_cmpuint (seen, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replace/another-method-takes-over", another_method_takes_over);
  g_test_add_func ("/replace/replace-is-refused", replace_is_refused);
  g_test_add_func ("/replace/peer-replaces", peer_replaces);
  g_test_add_func ("/replace/inputs-while-draining", inputs_while_draining);
  return g_test_run ();
}
