/* One content's machine, alone: every state with every input, and the crossings of a modify and a
 * replace. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/negotiation.h"

static PealContent *
new_content (void)
{
  PealContent *content = peal_element_new (&peal_content_element);

  content->name = g_strdup ("voice");
  content->senders = PEAL_SENDERS_BOTH;
  return content;
}

static const PealContent narrowed = { .name = (char *) "voice", .senders = PEAL_SENDERS_INITIATOR };

/* A machine brought to @state the way a session would. */
static PealNegotiation *
in_state (PealNegotiationState state, gboolean initiator)
{
  PealNegotiation *negotiation = peal_negotiation_new (new_content (), initiator);
  PealContent *content = negotiation->content;

  if (state == PEAL_NEGOTIATION_NEW)
    return negotiation;
  if (state == PEAL_NEGOTIATION_THEIRS) {
    peal_negotiation_hear (negotiation, PEAL_CONTENT_ADD, content, 0);
    return negotiation;
  }
  g_assert_true (peal_negotiation_say (negotiation, PEAL_CONTENT_ADD, content, 0));
  if (state == PEAL_NEGOTIATION_YIELDED)
    peal_negotiation_yield (negotiation);
  if (state == PEAL_NEGOTIATION_OURS || state == PEAL_NEGOTIATION_YIELDED)
    return negotiation;
  peal_negotiation_hear (negotiation, PEAL_CONTENT_ACCEPT, content, 0);
  if (state == PEAL_NEGOTIATION_REMOVING)
    peal_negotiation_say (negotiation, PEAL_CONTENT_REMOVE, NULL, 0);
  else if (state == PEAL_NEGOTIATION_GONE)
    peal_negotiation_hear (negotiation, PEAL_CONTENT_REMOVE, content, 0);
  return negotiation;
}

/* One whose directions are being changed by us. */
static PealNegotiation *
modifying (gboolean initiator)
{
  PealNegotiation *negotiation = in_state (PEAL_NEGOTIATION_ACTIVE, initiator);

  g_assert_true (peal_negotiation_say (negotiation, PEAL_CONTENT_MODIFY, &narrowed, 0));
  return negotiation;
}

static PealContent *
with_transport (void)
{
  PealContent *content = new_content ();

  content->transport = peal_open_new_empty ("transport", "urn:other");
  return content;
}

/* Every state × every action heard: what the check allows can be heard, the rest is refused,
 * nothing comes back from GONE, and nothing that is open is without a deadline. */
static void
every_state_hears_every_action (void)
{
  for (PealNegotiationState state = 0; state < PEAL_N_NEGOTIATION_STATES; state++) {
    g_autoptr(GString) row = g_string_new (peal_negotiation_state_words[state]);

    for (PealJingleAction action = 1; action < PEAL_N_JINGLE_ACTIONS; action++) {
      g_autoptr(PealNegotiation) negotiation = in_state (state, TRUE);
      PealContent heard = { .name = (char *) "voice", .senders = PEAL_SENDERS_NONE };
      g_assert_cmpint (negotiation->state, ==, state);
      PealCondition condition = peal_negotiation_check (negotiation, action);
      if (!condition) {
        peal_negotiation_hear (negotiation, action, &heard, 0);
        g_assert_cmpint (negotiation->state, !=, PEAL_NEGOTIATION_NEW);
        g_string_append_printf (row, " %s:%s", peal_jingle_action_words[action],
                                peal_negotiation_state_words[negotiation->state]);
      }
      if (state == PEAL_NEGOTIATION_GONE)
        g_assert_cmpint (condition, ==, PEAL_OUT_OF_ORDER);
      if (negotiation->state == PEAL_NEGOTIATION_YIELDED ||
          negotiation->state == PEAL_NEGOTIATION_REMOVING ||
          negotiation->replace != PEAL_REPLACE_NONE)
        g_assert_cmpint (peal_negotiation_deadline (negotiation), <, G_MAXINT64);
    }
    g_test_message ("%s", row->str);
  }
}

/* Whatever we asked, and whatever waits for us, time alone shows it. */
static void
every_state_says_what_it_may (void)
{
  for (PealNegotiationState state = 0; state < PEAL_N_NEGOTIATION_STATES; state++) {
    for (PealJingleAction action = 1; action < PEAL_N_JINGLE_ACTIONS; action++) {
      g_autoptr(PealNegotiation) negotiation = in_state (state, FALSE);
      g_autoptr(PealContent) content = with_transport ();
      gboolean said = peal_negotiation_say (negotiation, action, content, 0);

      if (!said)
        g_assert_cmpint (negotiation->state, ==, state);
      if (state == PEAL_NEGOTIATION_GONE || state == PEAL_NEGOTIATION_REMOVING)
        g_assert_false (said);
      gboolean open = peal_negotiation_deadline (negotiation) < G_MAXINT64;
      PealJingleAction overdue =
          peal_negotiation_overdue (negotiation, 3600 * (gint64) G_USEC_PER_SEC);
      g_assert_cmpint (overdue != PEAL_JINGLE_NO_ACTION, ==, open);
    }
  }
}

static void
modify_is_acknowledged (void)
{
  g_autoptr(PealNegotiation) negotiation = modifying (TRUE);

  g_assert_cmpint (negotiation->content->senders, ==, PEAL_SENDERS_BOTH);
  g_assert_false (peal_negotiation_say (negotiation, PEAL_CONTENT_MODIFY, &narrowed, 0));
  peal_negotiation_answered (negotiation, PEAL_CONTENT_MODIFY, TRUE);
  g_assert_cmpint (negotiation->content->senders, ==, PEAL_SENDERS_INITIATOR);
  g_assert_cmpint (peal_negotiation_deadline (negotiation), ==, G_MAXINT64);
}

static void
modify_times_out (void)
{
  g_autoptr(PealNegotiation) negotiation = modifying (TRUE);
  gint64 deadline = peal_negotiation_deadline (negotiation);

  g_assert_cmpint (peal_negotiation_overdue (negotiation, deadline - 1), ==, 0);
  g_assert_cmpint (peal_negotiation_overdue (negotiation, deadline), ==, PEAL_CONTENT_MODIFY);
  peal_negotiation_answered (negotiation, PEAL_CONTENT_MODIFY, FALSE);
  g_assert_cmpint (negotiation->content->senders, ==, PEAL_SENDERS_BOTH);
  g_assert_cmpint (peal_negotiation_deadline (negotiation), ==, G_MAXINT64);
}

/* XEP-0166 §7.2.16: the initiator's modify overrules the responder's, and both end with the same.
 */
static void
modifies_cross (void)
{
  g_autoptr(PealNegotiation) ours = modifying (TRUE);
  g_autoptr(PealNegotiation) theirs = modifying (FALSE);
  PealContent from_initiator = { .senders = PEAL_SENDERS_INITIATOR };

  theirs->wanted = PEAL_SENDERS_RESPONDER;
  g_assert_cmpint (peal_negotiation_check (ours, PEAL_CONTENT_MODIFY), ==, PEAL_TIE_BREAK);
  g_assert_cmpint (peal_negotiation_check (theirs, PEAL_CONTENT_MODIFY), ==, PEAL_CONDITION_NONE);
  peal_negotiation_hear (theirs, PEAL_CONTENT_MODIFY, &from_initiator, 0);
  peal_negotiation_answered (theirs, PEAL_CONTENT_MODIFY, FALSE);
  peal_negotiation_answered (ours, PEAL_CONTENT_MODIFY, TRUE);
  g_assert_cmpint (ours->content->senders, ==, PEAL_SENDERS_INITIATOR);
  g_assert_cmpint (theirs->content->senders, ==, PEAL_SENDERS_INITIATOR);
}

static void
answers_narrow_and_never_widen (void)
{
  static const struct {
    PealSenders offer, answer, both;
  } rows[] = {
    { PEAL_SENDERS_BOTH, PEAL_SENDERS_ABSENT, PEAL_SENDERS_BOTH },
    { PEAL_SENDERS_BOTH, PEAL_SENDERS_NONE, PEAL_SENDERS_NONE },
    { PEAL_SENDERS_BOTH, PEAL_SENDERS_RESPONDER, PEAL_SENDERS_RESPONDER },
    { PEAL_SENDERS_ABSENT, PEAL_SENDERS_BOTH, PEAL_SENDERS_ABSENT },
    { PEAL_SENDERS_ABSENT, PEAL_SENDERS_INITIATOR, PEAL_SENDERS_INITIATOR },
    { PEAL_SENDERS_INITIATOR, PEAL_SENDERS_BOTH, PEAL_SENDERS_INITIATOR }, /* Gajim */
    { PEAL_SENDERS_INITIATOR, PEAL_SENDERS_RESPONDER, PEAL_SENDERS_NONE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealNegotiation) ours = in_state (PEAL_NEGOTIATION_OURS, TRUE);
    g_autoptr(PealNegotiation) theirs = in_state (PEAL_NEGOTIATION_THEIRS, FALSE);
    PealContent answer = { .senders = rows[i].answer };
    ours->content->senders = theirs->content->senders = rows[i].offer;
    peal_negotiation_hear (ours, PEAL_CONTENT_ACCEPT, &answer, 0);
    g_assert_true (peal_negotiation_say (theirs, PEAL_CONTENT_ACCEPT, &answer, 0));
    g_assert_cmpint (ours->content->senders, ==, rows[i].both);
    g_assert_cmpint (theirs->content->senders, ==, rows[i].both);
  }
}

static void
replaces_cross (void)
{
  g_autoptr(PealNegotiation) ours = in_state (PEAL_NEGOTIATION_ACTIVE, TRUE);
  g_autoptr(PealNegotiation) theirs = in_state (PEAL_NEGOTIATION_ACTIVE, FALSE);
  g_autoptr(PealContent) content = with_transport ();

  g_assert_true (peal_negotiation_say (ours, PEAL_TRANSPORT_REPLACE, content, 0));
  g_assert_true (peal_negotiation_say (theirs, PEAL_TRANSPORT_REPLACE, content, 0));
  g_assert_cmpint (peal_negotiation_check (ours, PEAL_TRANSPORT_REPLACE), ==, PEAL_TIE_BREAK);
  peal_negotiation_hear (theirs, PEAL_TRANSPORT_REPLACE, content, 0);
  g_assert_cmpint (theirs->replace, ==, PEAL_REPLACE_THEIRS);
  /* The answer to the one that lost no longer matters. */
  peal_negotiation_answered (theirs, PEAL_TRANSPORT_REPLACE, FALSE);
  g_assert_cmpint (theirs->replace, ==, PEAL_REPLACE_THEIRS);
  g_assert_true (peal_negotiation_say (theirs, PEAL_TRANSPORT_ACCEPT, content, 0));
  peal_negotiation_hear (ours, PEAL_TRANSPORT_ACCEPT, content, 0);
  g_assert_cmpint (ours->replace, ==, PEAL_REPLACE_NONE);
  g_assert_cmpint (theirs->replace, ==, PEAL_REPLACE_NONE);
}

static void
unasked_answers_are_out_of_order (void)
{
  g_autoptr(PealNegotiation) negotiation = in_state (PEAL_NEGOTIATION_ACTIVE, TRUE);

  g_assert_cmpint (peal_negotiation_check (negotiation, PEAL_TRANSPORT_ACCEPT), ==,
                   PEAL_OUT_OF_ORDER);
  g_assert_cmpint (peal_negotiation_check (negotiation, PEAL_TRANSPORT_REJECT), ==,
                   PEAL_OUT_OF_ORDER);
  g_assert_cmpint (peal_negotiation_check (negotiation, PEAL_CONTENT_ACCEPT), ==,
                   PEAL_OUT_OF_ORDER);
  g_assert_cmpint (peal_negotiation_check (negotiation, PEAL_CONTENT_REJECT), ==,
                   PEAL_OUT_OF_ORDER);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/negotiation/every-state-hears-every-action", every_state_hears_every_action);
  g_test_add_func ("/negotiation/every-state-says-what-it-may", every_state_says_what_it_may);
  g_test_add_func ("/negotiation/modify-is-acknowledged", modify_is_acknowledged);
  g_test_add_func ("/negotiation/modify-times-out", modify_times_out);
  g_test_add_func ("/negotiation/modifies-cross", modifies_cross);
  g_test_add_func ("/negotiation/answers-narrow-and-never-widen", answers_narrow_and_never_widen);
  g_test_add_func ("/negotiation/replaces-cross", replaces_cross);
  g_test_add_func ("/negotiation/unasked-answers-are-out-of-order",
                   unasked_answers_are_out_of_order);
  return g_test_run ();
}
