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

/* A machine brought to @state the way a session would. */
static PealNegotiation *
in_state (PealNegotiationState state, gboolean initiator)
{
  PealNegotiation *negotiation = peal_negotiation_new (new_content (), initiator);
  PealContent *content = negotiation->content;

  if (state == PEAL_NEGOTIATION_NEW)
    return negotiation;
  if (state == PEAL_NEGOTIATION_THEIRS) {
    peal_negotiation_hear (negotiation, PEAL_CONTENT_ADD, content);
    return negotiation;
  }
  g_assert_true (peal_negotiation_say (negotiation, PEAL_CONTENT_ADD, 0, 0));
  if (state == PEAL_NEGOTIATION_OURS)
    return negotiation;
  peal_negotiation_hear (negotiation, PEAL_CONTENT_ACCEPT, content);
  if (state == PEAL_NEGOTIATION_MODIFYING)
    peal_negotiation_say (negotiation, PEAL_CONTENT_MODIFY, PEAL_SENDERS_INITIATOR, 0);
  else if (state == PEAL_NEGOTIATION_REMOVING)
    peal_negotiation_say (negotiation, PEAL_CONTENT_REMOVE, 0, 0);
  else if (state == PEAL_NEGOTIATION_GONE)
    peal_negotiation_hear (negotiation, PEAL_CONTENT_REMOVE, content);
  return negotiation;
}

/* Every state × every action heard: what the check allows can be heard, the rest is refused,
 * nothing comes back from GONE, and no request of ours is left without a deadline. */
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
        peal_negotiation_hear (negotiation, action, &heard);
        g_assert_cmpint (negotiation->state, !=, PEAL_NEGOTIATION_NEW);
        g_string_append_printf (row, " %s:%s", peal_jingle_action_words[action],
                                peal_negotiation_state_words[negotiation->state]);
      }
      if (state == PEAL_NEGOTIATION_GONE)
        g_assert_cmpint (condition, ==, PEAL_OUT_OF_ORDER);
      if (negotiation->state == PEAL_NEGOTIATION_MODIFYING ||
          negotiation->state == PEAL_NEGOTIATION_REMOVING)
        g_assert_cmpint (negotiation->deadline, <, G_MAXINT64);
    }
    g_test_message ("%s", row->str);
  }
}

static void
every_state_says_what_it_may (void)
{
  for (PealNegotiationState state = 0; state < PEAL_N_NEGOTIATION_STATES; state++) {
    for (PealJingleAction action = 1; action < PEAL_N_JINGLE_ACTIONS; action++) {
      g_autoptr(PealNegotiation) negotiation = in_state (state, FALSE);
      gboolean said = peal_negotiation_say (negotiation, action, PEAL_SENDERS_NONE, 0);

      if (!said)
        g_assert_cmpint (negotiation->state, ==, state);
      if (state == PEAL_NEGOTIATION_GONE || state == PEAL_NEGOTIATION_REMOVING)
        g_assert_false (said);
      /* Whatever we asked, time alone brings it to rest. */
      peal_negotiation_tick (negotiation, 3600 * (gint64) G_USEC_PER_SEC);
      g_assert_cmpint (negotiation->deadline, ==, G_MAXINT64);
      g_assert_cmpint (negotiation->replace_deadline, ==, G_MAXINT64);
      g_assert_cmpint (negotiation->replace, !=, PEAL_REPLACE_OURS);
    }
  }
}

static void
modify_is_acknowledged (void)
{
  g_autoptr(PealNegotiation) negotiation = in_state (PEAL_NEGOTIATION_MODIFYING, TRUE);

  g_assert_cmpint (negotiation->content->senders, ==, PEAL_SENDERS_BOTH);
  peal_negotiation_answered (negotiation, PEAL_CONTENT_MODIFY, TRUE);
  g_assert_cmpint (negotiation->state, ==, PEAL_NEGOTIATION_ACTIVE);
  g_assert_cmpint (negotiation->content->senders, ==, PEAL_SENDERS_INITIATOR);
}

static void
modify_times_out (void)
{
  g_autoptr(PealNegotiation) negotiation = in_state (PEAL_NEGOTIATION_MODIFYING, TRUE);

  peal_negotiation_tick (negotiation, negotiation->deadline);
  g_assert_cmpint (negotiation->state, ==, PEAL_NEGOTIATION_ACTIVE);
  g_assert_cmpint (negotiation->content->senders, ==, PEAL_SENDERS_BOTH);
}

/* XEP-0166 §7.2.16: the initiator's modify overrules the responder's, and both end with the same.
 */
static void
modifies_cross (void)
{
  g_autoptr(PealNegotiation) ours = in_state (PEAL_NEGOTIATION_MODIFYING, TRUE);
  g_autoptr(PealNegotiation) theirs = in_state (PEAL_NEGOTIATION_MODIFYING, FALSE);
  PealContent from_initiator = { .senders = PEAL_SENDERS_INITIATOR };

  theirs->wanted = PEAL_SENDERS_RESPONDER;
  g_assert_cmpint (peal_negotiation_check (ours, PEAL_CONTENT_MODIFY), ==, PEAL_TIE_BREAK);
  g_assert_cmpint (peal_negotiation_check (theirs, PEAL_CONTENT_MODIFY), ==, PEAL_CONDITION_NONE);
  peal_negotiation_hear (theirs, PEAL_CONTENT_MODIFY, &from_initiator);
  peal_negotiation_answered (theirs, PEAL_CONTENT_MODIFY, FALSE);
  peal_negotiation_answered (ours, PEAL_CONTENT_MODIFY, TRUE);
  g_assert_cmpint (ours->content->senders, ==, PEAL_SENDERS_INITIATOR);
  g_assert_cmpint (theirs->content->senders, ==, PEAL_SENDERS_INITIATOR);
}

static void
replaces_cross (void)
{
  g_autoptr(PealNegotiation) ours = in_state (PEAL_NEGOTIATION_ACTIVE, TRUE);
  g_autoptr(PealNegotiation) theirs = in_state (PEAL_NEGOTIATION_ACTIVE, FALSE);
  PealContent content = { 0 };

  g_assert_true (peal_negotiation_say (ours, PEAL_TRANSPORT_REPLACE, 0, 0));
  g_assert_true (peal_negotiation_say (theirs, PEAL_TRANSPORT_REPLACE, 0, 0));
  g_assert_cmpint (peal_negotiation_check (ours, PEAL_TRANSPORT_REPLACE), ==, PEAL_TIE_BREAK);
  peal_negotiation_hear (theirs, PEAL_TRANSPORT_REPLACE, &content);
  g_assert_cmpint (theirs->replace, ==, PEAL_REPLACE_THEIRS);
  /* The answer to the one that lost no longer matters. */
  peal_negotiation_answered (theirs, PEAL_TRANSPORT_REPLACE, FALSE);
  g_assert_cmpint (theirs->replace, ==, PEAL_REPLACE_THEIRS);
  g_assert_true (peal_negotiation_say (theirs, PEAL_TRANSPORT_ACCEPT, 0, 0));
  peal_negotiation_hear (ours, PEAL_TRANSPORT_ACCEPT, &content);
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
  g_test_add_func ("/negotiation/replaces-cross", replaces_cross);
  g_test_add_func ("/negotiation/unasked-answers-are-out-of-order",
                   unasked_answers_are_out_of_order);
  return g_test_run ();
}
