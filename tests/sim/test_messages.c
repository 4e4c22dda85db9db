/* What one session answers to one message, in each state: every rule of XEP-0166, and what real
 * peers send. */
// SPDX-License-Identifier: MIT
#include "tests/sim/solo.h"

/* --- session-initiate --- */

static void
initiates_are_checked (void)
{
  static const struct {
    const char *initiate, *words;
  } rows[] = {
    { INITIATE (VOICE), "result OPEN:voice offered" },
    { INITIATE (VOICE VIDEO), "result OPEN:voice OPEN:video offered" },
    { INITIATE ("<content name='voice'>" APP TRANSPORT "</content>"), "result OPEN:voice offered" },
    { INITIATE (""), "bad-request ended:unsupported" },
    { INITIATE ("<content creator='initiator'>" APP TRANSPORT "</content>"),
      "bad-request ended:unsupported" },
    { INITIATE ("<content creator='responder' name='voice'>" APP TRANSPORT "</content>"),
      "bad-request ended:unsupported" },
    { INITIATE (VOICE VOICE), "bad-request ended:unsupported" },
    { INITIATE (CONTENT ("voice", APP)), "bad-request ended:unsupported" },
    { INITIATE (CONTENT ("voice", OTHER_APP TRANSPORT)),
      "result SEND:session-terminate:unsupported-applications ending" },
    { INITIATE (CONTENT ("voice", TRANSPORT)),
      "result SEND:session-terminate:unsupported-applications ending" },
    { INITIATE (CONTENT ("voice", APP OTHER_TRANSPORT)),
      "result SEND:session-terminate:unsupported-transports ending" },
    { INITIATE (CONTENT ("voice", OTHER_APP TRANSPORT) VIDEO), "result OPEN:video offered" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealSession) session = peal_solo_incoming (rows[i].initiate);
    g_test_message ("row %u", i);
    peal_solo_expect (session, rows[i].words);
  }
}

/* --- every action, where it fits and where it does not --- */

static const struct {
  PealSessionState state;
  const char *message, *words;
} answers[] = {
  { PENDING, MESSAGE ("session-accept", VOICE), "result AGREED:voice START:voice active" },
  { OFFERING, MESSAGE ("session-accept", VOICE), "result AGREED:voice START:voice active" },
  /* Dino: whoever sends, creator is the initiator; and neither responder nor description must be
     there. */
  { PENDING, MESSAGE ("session-accept", CONTENT ("voice", TRANSPORT)),
    "result AGREED:voice START:voice active" },
  { PENDING,
    MESSAGE ("session-accept",
             "<content creator='responder' name='voice'>" APP TRANSPORT "</content>"),
    "result AGREED:voice START:voice active" },
  /* An answer that cannot be: the peer must hear that there is no session. */
  { PENDING, MESSAGE ("session-accept", ""),
    "bad-request SEND:session-terminate:failed-application STOP:voice ending" },
  { PENDING, MESSAGE ("session-accept", CONTENT ("voice", APP)),
    "bad-request SEND:session-terminate:failed-application STOP:voice ending" },
  { PENDING, MESSAGE ("session-accept", CONTENT ("voice", APP OTHER_TRANSPORT)),
    "bad-request SEND:session-terminate:failed-application STOP:voice ending" },
  { PENDING, MESSAGE ("session-accept", CONTENT ("noise", APP TRANSPORT)),
    "item-not-found SEND:session-terminate:failed-application STOP:voice ending" },
  { OFFERED, MESSAGE ("session-accept", VOICE), "out-of-order" },
  { ACTIVE, MESSAGE ("session-accept", VOICE), "out-of-order" },
  { ENDING, MESSAGE ("session-accept", VOICE), "unknown-session" },

  { OFFERING, INITIATE (VOICE), "out-of-order" },
  { ACTIVE, INITIATE (VOICE), "out-of-order" },

  { OFFERING, MESSAGE ("session-info", "<ringing xmlns='urn:peal:sim:info'/>"),
    "result INFO:ringing pending" },
  { ACTIVE, MESSAGE ("session-info", ""), "result" },
  { ACTIVE, MESSAGE ("session-info", "<strange xmlns='urn:other'/>"), "unsupported-info" },
  { ENDED, MESSAGE ("session-info", ""), "unknown-session" },
  { ACTIVE, MESSAGE ("security-info", ""), "unsupported-info" },

  { OFFERING, MESSAGE ("transport-info", CONTENT ("voice", CANDIDATE)),
    "result TRANSPORT:voice pending" },
  { OFFERED, MESSAGE ("transport-info", CONTENT ("voice", CANDIDATE)), "result TRANSPORT:voice" },
  { ACTIVE, MESSAGE ("transport-info", CONTENT ("voice", CANDIDATE)), "result TRANSPORT:voice" },
  { ACTIVE, MESSAGE ("transport-info", CONTENT ("noise", CANDIDATE)), "item-not-found" },
  { ACTIVE, MESSAGE ("transport-info", CONTENT ("voice", "")), "bad-request" },
  { ACTIVE, MESSAGE ("transport-info", CONTENT ("voice", OTHER_TRANSPORT)), "bad-request" },
  { ACTIVE, MESSAGE ("transport-info", ""), "bad-request" },
  { ENDING, MESSAGE ("transport-info", CONTENT ("voice", CANDIDATE)), "unknown-session" },

  { ACTIVE, MESSAGE ("description-info", CONTENT ("voice", APP)), "result DESCRIPTION:voice" },
  { ACTIVE, MESSAGE ("description-info", CONTENT ("voice", "")), "bad-request" },
  { ACTIVE, MESSAGE ("description-info", CONTENT ("voice", OTHER_APP)), "bad-request" },

  { ACTIVE, MESSAGE ("content-add", VIDEO), "result OPEN:video" },
  { ACTIVE, MESSAGE ("content-add", VOICE), "bad-request" },
  { ACTIVE, MESSAGE ("content-add", CONTENT ("video", APP)), "bad-request" },
  /* Dino narrows senders before it accepts. */
  { PENDING,
    MESSAGE ("content-modify", "<content creator='initiator' name='voice' senders='initiator'/>"),
    "result MODIFIED:voice" },
  { ACTIVE, MESSAGE ("content-modify", CONTENT ("noise", "")), "item-not-found" },
  { ACTIVE, MESSAGE ("content-remove", CONTENT ("voice", "")),
    "result STOP:voice SEND:session-terminate:success ending" },
  { PENDING, MESSAGE ("content-reject", CONTENT ("voice", "")),
    "result STOP:voice SEND:session-terminate:cancel ending" },
  { ACTIVE, MESSAGE ("content-reject", CONTENT ("voice", "")), "out-of-order" },
  { ACTIVE, MESSAGE ("content-accept", VOICE), "out-of-order" },
  { PENDING, MESSAGE ("content-accept", VOICE), "out-of-order" },
  { ACTIVE, MESSAGE ("transport-replace", CONTENT ("voice", OTHER_TRANSPORT)),
    "result SEND:transport-reject" }, /* nobody here knows it */
  { ACTIVE, MESSAGE ("transport-replace", CONTENT ("voice", "")), "bad-request" },
  { ACTIVE, MESSAGE ("transport-accept", CONTENT ("voice", TRANSPORT)), "out-of-order" },
  { ACTIVE, MESSAGE ("transport-reject", CONTENT ("voice", TRANSPORT)), "out-of-order" },

  { OFFERED, MESSAGE ("session-terminate", "<reason><cancel/></reason>"),
    "result STOP:voice ended:cancelled" },
  { PENDING, MESSAGE ("session-terminate", "<reason><decline/></reason>"),
    "result STOP:voice ended:declined" },
  { PENDING, MESSAGE ("session-terminate", "<reason><busy/></reason>"),
    "result STOP:voice ended:busy" },
  { PENDING, MESSAGE ("session-terminate", ""), "result STOP:voice ended:declined" },
  { ACTIVE, MESSAGE ("session-terminate", ""), "result STOP:voice ended:success" },
  { ACTIVE, MESSAGE ("session-terminate", "<reason><gone/></reason>"),
    "result STOP:voice ended:lost" },
  { ACTIVE, MESSAGE ("session-terminate", "<reason><failed_transport/></reason>"),
    "result STOP:voice ended:no-path" },
  { ACTIVE, MESSAGE ("session-terminate", "<reason><what-is-this/></reason>"),
    "result STOP:voice ended:lost" },
  /* Terminates that cross each get a result; a second one (stanza.js) finds no session. */
  { ENDING, MESSAGE ("session-terminate", "<reason><gone/></reason>"), "result ended:success" },
  { ENDED, MESSAGE ("session-terminate", ""), "unknown-session" },
};

static void
messages_are_answered (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autoptr(PealSession) session = peal_solo_in_state (answers[i].state, FALSE);
    g_test_message ("row %u: %s", i, answers[i].message);
    peal_solo_hear (session, answers[i].message);
    peal_solo_expect (session, answers[i].words);
  }
}

static void
undefined_action_is_a_bad_request (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);
  PealJingle message = { .sid = (char *) "s1" };

  peal_session_receive (session, &message, NULL, 0);
  peal_solo_expect (session, "bad-request");
}

static void
one_of_two_contents_goes (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, TRUE);

  peal_solo_hear (session, MESSAGE ("content-remove", CONTENT ("video", "")));
  peal_solo_expect (session, "result STOP:video");
  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("video", CANDIDATE)));
  peal_solo_expect (session, "item-not-found");
  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("voice", CANDIDATE)));
  peal_solo_expect (session, "result TRANSPORT:voice");
}

static void
unnamed_content_is_not_wanted (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (PENDING, TRUE);

  peal_solo_hear (session, MESSAGE ("session-accept", VIDEO));
  peal_solo_expect (session, "result AGREED:video START:video STOP:voice active");
}

static void
groups_are_passed_on (void)
{
  g_autoptr(PealSession) session = peal_solo_incoming (INITIATE (
      VOICE VIDEO "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content "
                  "name='voice'/><content name='video'/></group>"));
  const GPtrArray *groups = peal_session_groups (session);

  g_assert_nonnull (groups);
  g_assert_cmpuint (((const PealGroup *) groups->pdata[0])->names->len, ==, 2);
}

/* --- answers to ours --- */

static void
refused_initiates_mean_something (void)
{
  static const struct {
    PealCondition condition; /* NONE: no answer */
    const char *words;
  } rows[] = {
    { PEAL_CONDITION_NONE, "SEND:session-terminate:timeout STOP:voice ending" },
    { PEAL_SERVICE_UNAVAILABLE, "STOP:voice ended:unreachable" },
    { PEAL_RECIPIENT_UNAVAILABLE, "STOP:voice ended:unreachable" },
    { PEAL_ITEM_NOT_FOUND, "STOP:voice ended:unreachable" },
    { PEAL_REDIRECT, "STOP:voice ended:unreachable" },
    { PEAL_TIE_BREAK, "STOP:voice ended:elsewhere" },
    { PEAL_FEATURE_NOT_IMPLEMENTED, "STOP:voice ended:unsupported" },
    { PEAL_BAD_REQUEST, "STOP:voice ended:unsupported" },
    { PEAL_SECURITY_REQUIRED, "STOP:voice ended:security" },
    { PEAL_RESOURCE_CONSTRAINT, "STOP:voice ended:busy" },
    { PEAL_NOT_ALLOWED, "STOP:voice ended:declined" },
    /* stanza.js gives no condition and may hold the session all the same. */
    { PEAL_UNDEFINED_CONDITION, "SEND:session-terminate:failed-application STOP:voice ending" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealSession) session = peal_solo_in_state (OFFERING, FALSE);
    g_test_message ("row %u", i);
    peal_session_result (session, 1, rows[i].condition, rows[i].condition == PEAL_CONDITION_NONE,
                         0);
    peal_solo_expect (session, rows[i].words);
  }
}

static void
refused_accepts_mean_something (void)
{
  static const struct {
    PealCondition condition;
    const char *words;
  } rows[] = {
    { PEAL_CONDITION_NONE, "SEND:session-terminate:timeout STOP:voice ending" },
    { PEAL_UNKNOWN_SESSION, "STOP:voice ended:lost" },
    { PEAL_RECIPIENT_UNAVAILABLE, "STOP:voice ended:lost" },
    { PEAL_BAD_REQUEST, "SEND:session-terminate:failed-application STOP:voice ending" },
    { PEAL_UNDEFINED_CONDITION, "SEND:session-terminate:failed-application STOP:voice ending" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealSession) session = peal_solo_in_state (ACCEPTING, FALSE);
    g_test_message ("row %u", i);
    peal_session_result (session, 1, rows[i].condition, rows[i].condition == PEAL_CONDITION_NONE,
                         0);
    peal_solo_expect (session, rows[i].words);
  }
}

static void
forgotten_session_is_lost (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);

  peal_session_transport_info (session, "voice", peal_toy_candidate (1), 0);
  peal_solo_expect (session, "SEND:transport-info");
  peal_session_result (session, 2, PEAL_RECIPIENT_UNAVAILABLE, FALSE, 0);
  peal_solo_expect (session, ""); /* media may well go on */
  peal_session_result (session, 2, PEAL_UNKNOWN_SESSION, FALSE, 0);
  peal_solo_expect (session, "STOP:voice ended:lost");
}

static void
what_was_told_outlives_the_message (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);
  PealAction action;

  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("voice", CANDIDATE)));
  while (peal_session_poll (session, &action)) {
    if (action.kind == PEAL_ACTION_CONTENT) {
      const PealToyTransport *transport =
          peal_open_value (action.content->transport, &peal_toy_transport);
      g_assert_cmpuint (transport->candidate, ==, 7);
    }
    peal_action_clear (&action);
  }
}

static void
accept_only_when_offered (void)
{
  for (PealSessionState state = OFFERING; state <= ENDED; state++) {
    g_autoptr(PealSession) session = peal_solo_in_state (state, FALSE);
    g_assert_cmpint (peal_session_accept (session, peal_solo_contents (INITIATE (VOICE)), NULL, 0),
                     ==, state == OFFERED);
  }
}

/* The contents of our session-accept when of "picture", "voice" and an unknown "other" only voice
 * is wanted. */
static void
accepted_of_three (const char *refusals, const char *words)
{
  g_autoptr(PealJingle) offer = peal_solo_parse (
      INITIATE (CONTENT ("picture", APP CANDIDATE) VOICE CONTENT ("other", OTHER_APP TRANSPORT)));
  g_autoptr(PealSession) session = peal_session_new_incoming (&peal_solo_setup, offer, NULL);
  g_autoptr(GString) found = g_string_new (NULL);
  PealAction action;

  g_free (peal_solo_drain (session));
  if (refusals)
    peal_session_refuse (session, peal_solo_contents (refusals));
  peal_session_accept (session, peal_solo_contents (INITIATE (VOICE)), NULL, 0);
  while (peal_session_poll (session, &action)) {
    for (guint i = 0; action.kind == PEAL_ACTION_SEND && i < action.message->contents->len; i++) {
      const PealContent *content = action.message->contents->pdata[i];
      const PealToyTransport *transport = peal_open_value (content->transport, &peal_toy_transport);
      g_string_append_printf (found, "%s:%s:%u ", content->name,
                              peal_senders_words[content->senders], transport->candidate);
    }
    peal_action_clear (&action);
  }
  g_assert_cmpstr (found->str, ==, words);
  /* What was on its way is acknowledged; nobody may ask for more of it. */
  peal_solo_hear (session, MESSAGE ("transport-info",
                                    CONTENT ("picture", CANDIDATE) CONTENT ("voice", CANDIDATE)));
  peal_solo_expect (session, "result TRANSPORT:voice");
  peal_solo_hear (session, MESSAGE ("transport-replace", CONTENT ("picture", OTHER_TRANSPORT)));
  peal_solo_expect (session, "item-not-found");
}

static void
refused_contents_stand_where_needed (void)
{
  accepted_of_three (
      INITIATE ("<content creator='initiator' name='picture' senders='none'>" APP TRANSPORT
                "</content>"),
      "picture:none:0 voice::0 ");
  accepted_of_three (NULL, "voice::0 ");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/messages/initiates-are-checked", initiates_are_checked);
  g_test_add_func ("/messages/messages-are-answered", messages_are_answered);
  g_test_add_func ("/messages/undefined-action-is-a-bad-request",
                   undefined_action_is_a_bad_request);
  g_test_add_func ("/messages/one-of-two-contents-goes", one_of_two_contents_goes);
  g_test_add_func ("/messages/unnamed-content-is-not-wanted", unnamed_content_is_not_wanted);
  g_test_add_func ("/messages/groups-are-passed-on", groups_are_passed_on);
  g_test_add_func ("/messages/refused-initiates-mean-something", refused_initiates_mean_something);
  g_test_add_func ("/messages/refused-accepts-mean-something", refused_accepts_mean_something);
  g_test_add_func ("/messages/forgotten-session-is-lost", forgotten_session_is_lost);
  g_test_add_func ("/messages/what-was-told-outlives-the-message",
                   what_was_told_outlives_the_message);
  g_test_add_func ("/messages/accept-only-when-offered", accept_only_when_offered);
  g_test_add_func ("/messages/refused-contents-stand-where-needed",
                   refused_contents_stand_where_needed);
  return g_test_run ();
}
