/* What one session says and answers about contents that come, change and go: every rule that a
 * story of two (test_changes.c) cannot reach, and what other clients send. */
// SPDX-License-Identifier: MIT
#include "tests/sim/solo.h"

#define SECONDS(n)     ((n) * (gint64) G_USEC_PER_SEC)
#define SCREEN         CONTENT ("screen", PICTURE TRANSPORT)
#define BARE(name)     CONTENT (name, "")
#define ADDED(content) MESSAGE ("content-add", content)

static GPtrArray *
some (const char *contents)
{
  g_autofree char *xml =
      g_strconcat ("<jingle xmlns='urn:xmpp:jingle:1' action='content-add' sid='s1'>", contents,
                   "</jingle>", NULL);

  return peal_solo_contents (xml);
}

static PealContent *
one (const char *content)
{
  g_autoptr(GPtrArray) contents = some (content);

  g_ptr_array_set_free_func (contents, NULL);
  return contents->pdata[0];
}

/* Adds @contents: the message has that token. */
static void
add (PealSession *session, const char *contents)
{
  g_assert_true (peal_session_add (session, some (contents), NULL, 0));
  peal_solo_expect (session, "SEND:content-add");
}

/* The answer to @token. */
static void
answer (PealSession *session, guint token, PealCondition condition)
{
  peal_session_result (session, token, condition, FALSE, 0);
}

static void
nobody_answers (PealSession *session, guint token)
{
  peal_session_result (session, token, PEAL_CONDITION_NONE, TRUE, 0);
}

/* --- content-add by us --- */

static void
several_are_added_at_once (void)
{
  g_autoptr(PealSession) session = peal_solo_initiator ();

  add (session, VIDEO SCREEN);
  answer (session, 2, PEAL_CONDITION_NONE);
  peal_solo_hear (session, MESSAGE ("content-accept", SCREEN));
  peal_solo_expect (session, "result AGREED:screen START:screen");
  /* The other one waits on, for 30 s. */
  g_assert_cmpint (peal_session_deadline (session), ==, SECONDS (30));
  peal_session_tick (session, SECONDS (30));
  peal_solo_expect (session, "REFUSED:video STOP:video SEND:content-remove:timeout");
  answer (session, 3, PEAL_CONDITION_NONE);
  g_assert_cmpint (peal_session_deadline (session), ==, G_MAXINT64);
}

static void
adds_that_cannot_be (void)
{
  static const struct {
    PealSessionState state;
    const char *contents;
  } rows[] = {
    { OFFERED, VIDEO },
    { PENDING, VIDEO },
    { OFFERING, VIDEO },
    { ENDING, VIDEO },
    { ACTIVE, "" },
    { ACTIVE, VOICE },
    { ACTIVE, VIDEO VIDEO },
    { ACTIVE, VIDEO VOICE },
    { ACTIVE, CONTENT ("video", APP) },
    { ACTIVE, CONTENT ("video", TRANSPORT) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealSession) session = peal_solo_in_state (rows[i].state, FALSE);
    GPtrArray *contents = *rows[i].contents ? some (rows[i].contents) : NULL;
    g_assert_false (peal_session_add (session, contents, NULL, 0));
    peal_solo_expect (session, "");
  }
}

static void
refused_adds (void)
{
  static const struct {
    PealCondition condition; /* NONE: no answer */
    const char *words;
  } rows[] = {
    { PEAL_BAD_REQUEST, "REFUSED:video STOP:video" },
    { PEAL_FEATURE_NOT_IMPLEMENTED, "REFUSED:video STOP:video" },
    { PEAL_TIE_BREAK, "REFUSED:video STOP:video" },
    { PEAL_RECIPIENT_UNAVAILABLE, "REFUSED:video STOP:video" },
    /* It may have it all the same. */
    { PEAL_UNDEFINED_CONDITION, "REFUSED:video STOP:video SEND:content-remove" },
    { PEAL_CONDITION_NONE, "REFUSED:video STOP:video SEND:content-remove:timeout" },
    { PEAL_UNKNOWN_SESSION, "STOP:voice STOP:video ended:lost" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);
    add (session, VIDEO);
    peal_session_result (session, 2, rows[i].condition, !rows[i].condition, 0);
    peal_solo_expect (session, rows[i].words);
  }
}

/* stanza.js acknowledges, then rejects without saying what. */
static void
rejection_that_names_nothing (void)
{
  g_autoptr(PealSession) session = peal_solo_initiator ();

  peal_solo_hear (session, MESSAGE ("content-reject", "<reason><failed-application/></reason>"));
  peal_solo_expect (session, "bad-request");
  add (session, VIDEO CONTENT ("slides", APP TRANSPORT));
  add (session, SCREEN);
  answer (session, 2, PEAL_CONDITION_NONE);
  answer (session, 3, PEAL_CONDITION_NONE);
  peal_solo_hear (session, MESSAGE ("content-reject", "<reason><failed-application/></reason>"));
  peal_solo_expect (session, "result REFUSED:slides STOP:slides REFUSED:video STOP:video");
  peal_solo_hear (session, MESSAGE ("content-reject", ""));
  peal_solo_expect (session, "result REFUSED:screen STOP:screen");
}

/* An answer that was here before the acknowledgement: that may be lost. */
static void
acknowledgement_comes_after_the_answer (void)
{
  g_autoptr(PealSession) session = peal_solo_initiator ();

  add (session, VIDEO);
  peal_solo_hear (session, MESSAGE ("content-accept", VIDEO));
  peal_solo_expect (session, "result AGREED:video START:video");
  nobody_answers (session, 2);
  peal_solo_expect (session, "");
}

static void
initiator_took_both (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);

  add (session, VIDEO);
  peal_solo_hear (session, ADDED (CONTENT ("camera", APP TRANSPORT)));
  peal_solo_expect (session, "result REFUSED:video STOP:video OPEN:camera");
  answer (session, 2, PEAL_CONDITION_NONE); /* it knows no tie-break */
  peal_solo_expect (session, "SEND:content-remove");
  peal_solo_hear (session, MESSAGE ("content-accept", VIDEO));
  peal_solo_expect (session, "result");
  answer (session, 3, PEAL_FEATURE_NOT_IMPLEMENTED);
  peal_solo_expect (session, ""); /* the user knows of nothing to remove */
}

/* --- content-add by the peer --- */

static void
adds_are_checked (void)
{
  static const struct {
    PealSessionState state;
    const char *message, *words;
  } rows[] = {
    { ACTIVE, ADDED (VIDEO), "result OPEN:video" },
    { ACCEPTING, ADDED (VIDEO), "result OPEN:video" },
    { ACTIVE, ADDED (VIDEO SCREEN), "result OPEN:video OPEN:screen" },
    { ACTIVE, ADDED (""), "bad-request" },
    { ACTIVE, ADDED (VIDEO VIDEO), "bad-request" },
    { ACTIVE, ADDED (CONTENT ("video", OTHER_APP TRANSPORT)),
      "result SEND:content-reject:unsupported-applications" },
    { ACTIVE, ADDED (CONTENT ("video", TRANSPORT)),
      "result SEND:content-reject:unsupported-applications" },
    { ACTIVE, ADDED (CONTENT ("video", APP OTHER_TRANSPORT)),
      "result SEND:content-reject:unsupported-transports" },
    { ACTIVE, ADDED (CONTENT ("video", APP OTHER_TRANSPORT) SCREEN),
      "result SEND:content-reject:unsupported-transports OPEN:screen" },
    { PENDING, ADDED (VIDEO), "result SEND:content-reject:decline" },
    { OFFERED, ADDED (VIDEO), "result SEND:content-reject:decline" },
    { OFFERED, ADDED (VOICE), "bad-request" },
    { ENDING, ADDED (VIDEO), "unknown-session" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealSession) session = peal_solo_in_state (rows[i].state, FALSE);
    g_test_message ("row %u", i);
    peal_solo_hear (session, rows[i].message);
    peal_solo_expect (session, rows[i].words);
  }
}

/* What it says of one that it does not know to be rejected is answered, and has no effect. */
static void
rejected_while_the_peer_goes_on (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);

  peal_solo_hear (session, ADDED (VIDEO));
  peal_solo_expect (session, "result OPEN:video");
  g_assert_true (peal_session_reject_content (session, "video", PEAL_REASON_DECLINE, 0));
  peal_solo_expect (session, "SEND:content-reject:decline STOP:video");
  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("video", CANDIDATE)));
  peal_solo_expect (session, "result");
  peal_solo_hear (session, MESSAGE ("content-remove", BARE ("video")));
  peal_solo_expect (session, "result");
  peal_solo_hear (session, ADDED (VIDEO));
  peal_solo_expect (session, "result OPEN:video");
}

static void
endpoint_never_answers (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);

  peal_solo_hear (session, ADDED (VIDEO));
  peal_solo_expect (session, "result OPEN:video");
  peal_session_tick (session, SECONDS (59));
  peal_solo_expect (session, "");
  peal_session_tick (session, SECONDS (60));
  peal_solo_expect (session, "SEND:content-reject:timeout STOP:video");
}

static void
accepts_that_come_back (void)
{
  static const struct {
    PealCondition condition; /* NONE: no answer */
    const char *words;
  } rows[] = {
    { PEAL_ITEM_NOT_FOUND, "STOP:video" },
    { PEAL_OUT_OF_ORDER, "STOP:video" },
    { PEAL_RECIPIENT_UNAVAILABLE, "STOP:video" },
    /* Its content-add still waits for an answer. */
    { PEAL_BAD_REQUEST, "STOP:video SEND:content-remove" },
    { PEAL_CONDITION_NONE, "STOP:video SEND:content-remove:timeout" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);
    peal_solo_hear (session, ADDED (VIDEO));
    g_free (peal_solo_drain (session));
    g_assert_true (peal_session_accept_content (session, one (VIDEO), 0));
    peal_solo_expect (session, "SEND:content-accept START:video");
    peal_session_result (session, 2, rows[i].condition, !rows[i].condition, 0);
    peal_solo_expect (session, rows[i].words);
  }
}

static void
nothing_to_accept_or_reject (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);

  g_assert_false (peal_session_accept_content (session, one (VIDEO), 0));
  g_assert_false (peal_session_accept_content (session, one (VOICE), 0));
  g_assert_false (peal_session_reject_content (session, "video", PEAL_REASON_DECLINE, 0));
  g_assert_false (peal_session_reject_content (session, "voice", PEAL_REASON_DECLINE, 0));
  peal_solo_expect (session, "");
}

/* Whoever adds without end fills no memory. */
static void
peer_adds_without_end (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);
  guint taken = 0;

  for (guint i = 0; i < 100; i++) {
    g_autofree char *xml = g_strdup_printf (
        ADDED ("<content creator='initiator' name='v%u'>" APP TRANSPORT "</content>"), i);
    peal_solo_hear (session, xml);
    g_autofree char *words = peal_solo_drain (session);
    taken += g_str_has_prefix (words, "result");
    if (i > 40)
      g_assert_cmpstr (words, ==, "resource-constraint");
  }
  g_assert_cmpuint (taken, ==, 31);
}

/* --- content-remove --- */

static void
peer_would_not_let_go (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, TRUE);

  g_assert_true (peal_session_remove (session, "video", PEAL_REASON_SUCCESS, 0));
  peal_solo_expect (session, "SEND:content-remove:success STOP:video");
  answer (session, 2, PEAL_FEATURE_NOT_IMPLEMENTED);
  peal_solo_expect (session, "REFUSED:video");
  peal_solo_hear (session, MESSAGE ("content-modify", BARE ("video")));
  peal_solo_expect (session, "result");
  peal_solo_hear (session, MESSAGE ("transport-info", CONTENT ("video", CANDIDATE)));
  peal_solo_expect (session, "result");
  g_assert_false (peal_session_add (session, some (VIDEO), NULL, 0));
  g_assert_false (peal_session_remove (session, "voice", PEAL_REASON_SUCCESS, 0));
  add (session, SCREEN);
}

static void
remove_is_said_again (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, TRUE);

  peal_session_remove (session, "video", PEAL_REASON_SUCCESS, 0);
  g_free (peal_solo_drain (session));
  nobody_answers (session, 2); /* our stream broke: later */
  peal_solo_expect (session, "");
  for (guint i = 1; i <= 3; i++) {
    g_assert_cmpint (peal_session_deadline (session), ==, SECONDS (30 * i));
    peal_session_tick (session, SECONDS (30 * i));
    peal_solo_expect (session, "SEND:content-remove:timeout");
  }
  peal_session_tick (session, SECONDS (120));
  peal_solo_expect (session, "");
  g_assert_cmpint (peal_session_deadline (session), ==, G_MAXINT64);
}

static void
peer_takes_the_last_one_away (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, TRUE);

  peal_session_remove (session, "video", PEAL_REASON_SUCCESS, 0);
  g_free (peal_solo_drain (session));
  peal_solo_hear (session, MESSAGE ("content-remove", BARE ("voice")));
  peal_solo_expect (session, "result STOP:voice SEND:session-terminate:success ending");
}

/* The user answers what was offered, and some of it is there no more. */
static void
removed_while_it_rang (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (OFFERED, TRUE);

  peal_solo_hear (session, MESSAGE ("content-remove", BARE ("video")));
  peal_solo_expect (session, "result STOP:video");
  g_assert_false (peal_session_accept (session, some (VIDEO), NULL, 0));
  g_assert_true (peal_session_accept (session, some (VOICE VIDEO), NULL, 0));
  peal_solo_expect (session, "SEND:session-accept START:voice accepting");
}

/* --- senders --- */

static void
refused_modifies (void)
{
  g_autoptr(PealSession) session = peal_solo_in_state (ACTIVE, FALSE);

  g_assert_true (peal_session_modify (session, "voice", PEAL_SENDERS_NONE, 0));
  g_assert_false (peal_session_modify (session, "voice", PEAL_SENDERS_BOTH, 0));
  peal_solo_expect (session, "SEND:content-modify");
  answer (session, 2, PEAL_BAD_REQUEST);
  peal_solo_expect (session, "REFUSED:voice");
  /* Nobody answers: it may have been heard, so the peer hears how it is. */
  g_assert_true (peal_session_modify (session, "voice", PEAL_SENDERS_NONE, 0));
  g_free (peal_solo_drain (session));
  peal_session_tick (session, SECONDS (30));
  peal_solo_expect (session, "REFUSED:voice SEND:content-modify");
  answer (session, 4, PEAL_CONDITION_NONE);
  peal_solo_expect (session, "");
  g_assert_cmpint (peal_session_deadline (session), ==, G_MAXINT64);
}

static void
modifies_in_each_state (void)
{
  for (PealSessionState state = OFFERING; state <= ENDED; state++) {
    g_autoptr(PealSession) session = peal_solo_in_state (state, FALSE);
    gboolean may = state == OFFERED || state == ACCEPTING || state == ACTIVE;
    g_assert_cmpint (peal_session_modify (session, "voice", PEAL_SENDERS_NONE, 0), ==, may);
    g_assert_false (peal_session_modify (session, "noise", PEAL_SENDERS_NONE, 0));
  }
}

/* --- description-info --- */

static void
descriptions_are_told (void)
{
  for (PealSessionState state = OFFERING; state <= ENDED; state++) {
    g_autoptr(PealSession) session = peal_solo_in_state (state, FALSE);
    PealOpen *description =
        peal_open_new (&peal_toy_description, peal_element_new (&peal_toy_description));
    gboolean may = state > OFFERING && state < ENDING;
    g_assert_cmpint (peal_session_describe (session, "voice", description, 0), ==, may);
    peal_solo_expect (session, may ? "SEND:description-info" : "");
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/contents/several-are-added-at-once", several_are_added_at_once);
  g_test_add_func ("/contents/adds-that-cannot-be", adds_that_cannot_be);
  g_test_add_func ("/contents/refused-adds", refused_adds);
  g_test_add_func ("/contents/rejection-that-names-nothing", rejection_that_names_nothing);
  g_test_add_func ("/contents/acknowledgement-comes-after-the-answer",
                   acknowledgement_comes_after_the_answer);
  g_test_add_func ("/contents/initiator-took-both", initiator_took_both);
  g_test_add_func ("/contents/adds-are-checked", adds_are_checked);
  g_test_add_func ("/contents/rejected-while-the-peer-goes-on", rejected_while_the_peer_goes_on);
  g_test_add_func ("/contents/endpoint-never-answers", endpoint_never_answers);
  g_test_add_func ("/contents/accepts-that-come-back", accepts_that_come_back);
  g_test_add_func ("/contents/nothing-to-accept-or-reject", nothing_to_accept_or_reject);
  g_test_add_func ("/contents/peer-adds-without-end", peer_adds_without_end);
  g_test_add_func ("/contents/peer-would-not-let-go", peer_would_not_let_go);
  g_test_add_func ("/contents/remove-is-said-again", remove_is_said_again);
  g_test_add_func ("/contents/peer-takes-the-last-one-away", peer_takes_the_last_one_away);
  g_test_add_func ("/contents/removed-while-it-rang", removed_while_it_rang);
  g_test_add_func ("/contents/refused-modifies", refused_modifies);
  g_test_add_func ("/contents/modifies-in-each-state", modifies_in_each_state);
  g_test_add_func ("/contents/descriptions-are-told", descriptions_are_told);
  return g_test_run ();
}
