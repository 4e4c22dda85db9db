/* The coverage tables, and the cells that cannot be visited with the reason why. */
// SPDX-License-Identifier: MIT
#include "tests/sim/coverage.h"

#include <stdio.h>

static guint session_cells[PEAL_N_SESSION_STATES][PEAL_N_SESSION_INPUTS];
static guint invite_cells[PEAL_N_INVITE_STATES][PEAL_N_INVITE_INPUTS];

static const char *const session_inputs[PEAL_N_SESSION_INPUTS] = {
  [0] = "undefined action",
  [PEAL_HEARS_INITIATE_OK] = "initiate: result",
  [PEAL_HEARS_INITIATE_ERROR] = "initiate: error",
  [PEAL_HEARS_INITIATE_TIMEOUT] = "initiate: no answer",
  [PEAL_HEARS_ACCEPT_OK] = "accept: result",
  [PEAL_HEARS_ACCEPT_ERROR] = "accept: error",
  [PEAL_HEARS_ACCEPT_TIMEOUT] = "accept: no answer",
  [PEAL_HEARS_TERMINATE_OK] = "terminate: result",
  [PEAL_HEARS_TERMINATE_ERROR] = "terminate: error",
  [PEAL_HEARS_TERMINATE_TIMEOUT] = "terminate: no answer",
  [PEAL_HEARS_OTHER_OK] = "other: result",
  [PEAL_HEARS_OTHER_ERROR] = "other: error",
  [PEAL_HEARS_OTHER_TIMEOUT] = "other: no answer",
  [PEAL_TOLD_ACCEPT] = "user: accept",
  [PEAL_TOLD_TERMINATE] = "user: terminate",
  [PEAL_TOLD_INFO] = "user: info",
  [PEAL_TOLD_TRANSPORT_INFO] = "user: transport-info",
  [PEAL_TOLD_ADD] = "user: content-add",
  [PEAL_TOLD_ACCEPT_CONTENT] = "user: content-accept",
  [PEAL_TOLD_REJECT_CONTENT] = "user: content-reject",
  [PEAL_TOLD_REMOVE] = "user: content-remove",
  [PEAL_TOLD_MODIFY] = "user: content-modify",
  [PEAL_TOLD_DESCRIBE] = "user: descr.-info",
  [PEAL_TOLD_REPLACE] = "user: transp.-replace",
  [PEAL_TOLD_ACCEPT_TRANSPORT] = "user: transp.-accept",
  [PEAL_TOLD_REJECT_TRANSPORT] = "user: transp.-reject",
  [PEAL_SESSION_DEADLINE] = "deadline",
};

static const char *const verb_words[PEAL_N_INVITE_VERBS] = {
  "", "accept", "finish", "proceed", "propose", "reject", "retract", "ringing",
};

static const char *const invite_inputs[PEAL_N_INVITE_INPUTS] = {
  [PEAL_HEARS_BOUNCE] = "bounced",          [PEAL_TOLD_PROCEED] = "user: proceed",
  [PEAL_TOLD_REJECT] = "user: reject",      [PEAL_TOLD_RETRACT] = "user: retract",
  [PEAL_TOLD_TIE_BREAK] = "tie-break lost", [PEAL_TOLD_STARTED] = "session started",
  [PEAL_TOLD_FINISH] = "session ended",     [PEAL_INVITE_DEADLINE] = "deadline",
};

#define STATE(name) (1u << PEAL_SESSION_##name)
#define IN(name)    (1u << PEAL_INVITE_##name)

/* Cells that no run can visit. */
static const struct {
  PealSessionInput first, last;
  guint states;
  const char *why;
} session_impossible[] = {
  { PEAL_HEARS_INITIATE_OK, PEAL_HEARS_INITIATE_TIMEOUT, STATE (OFFERED) | STATE (ACCEPTING),
    "a responder sends no session-initiate" },
  { PEAL_HEARS_ACCEPT_OK, PEAL_HEARS_ACCEPT_TIMEOUT,
    STATE (OFFERING) | STATE (PENDING) | STATE (OFFERED), "session-accept was not sent yet" },
  { PEAL_HEARS_ACCEPT_OK, PEAL_HEARS_ACCEPT_TIMEOUT, STATE (ACTIVE),
    "a responder is active only after this answer, and there is one" },
  { PEAL_HEARS_TERMINATE_OK, PEAL_HEARS_TERMINATE_TIMEOUT,
    STATE (OFFERING) | STATE (PENDING) | STATE (OFFERED) | STATE (ACCEPTING) | STATE (ACTIVE),
    "session-terminate leads to ending" },
  { PEAL_HEARS_OTHER_TIMEOUT, PEAL_HEARS_OTHER_TIMEOUT, STATE (OFFERING),
    "session-initiate went first, so its own answer is missed first" },
  { PEAL_SESSION_DEADLINE, PEAL_SESSION_DEADLINE, STATE (ENDED), "no deadline here" },
};

static const struct {
  PealInviteInput first, last;
  guint states;
  const char *why;
} invite_impossible[] = {
  { PEAL_INVITE_DEADLINE, PEAL_INVITE_DEADLINE, IN (STARTED) | IN (ENDED), "no deadline here" },
};

void
peal_coverage_session (PealSessionState state, PealSessionInput input)
{
  session_cells[state][input]++;
}

void
peal_coverage_invite (PealInviteState state, PealInviteInput input)
{
  invite_cells[state][input]++;
}

static gboolean
is_session_impossible (guint state, guint input)
{
  for (guint i = 0; i < G_N_ELEMENTS (session_impossible); i++) {
    if (input >= session_impossible[i].first && input <= session_impossible[i].last &&
        session_impossible[i].states & 1u << state)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_invite_impossible (guint state, guint input)
{
  for (guint i = 0; i < G_N_ELEMENTS (invite_impossible); i++) {
    if (input >= invite_impossible[i].first && input <= invite_impossible[i].last &&
        invite_impossible[i].states & 1u << state)
      return TRUE;
  }
  return FALSE;
}

/* One cell; TRUE when it is wrong. */
static gboolean
print_cell (guint count, gboolean impossible)
{
  if (impossible && !count)
    printf ("%11s", "-");
  else
    printf (" %9u%s", count, impossible || !count ? "!" : " ");
  return impossible != !count;
}

static guint
print_sessions (void)
{
  guint wrong = 0;

  printf ("# %-24s", "session");
  for (guint state = 1; state < PEAL_N_SESSION_STATES; state++)
    printf ("%11s", peal_session_state_words[state]);
  for (guint input = 0; input < PEAL_N_SESSION_INPUTS; input++) {
    printf ("\n# %-24s",
            session_inputs[input] ? session_inputs[input] : peal_jingle_action_words[input]);
    for (guint state = 1; state < PEAL_N_SESSION_STATES; state++)
      wrong += print_cell (session_cells[state][input], is_session_impossible (state, input));
  }
  printf ("\n");
  for (guint i = 0; i < G_N_ELEMENTS (session_impossible); i++)
    printf ("# - %s…: %s\n", session_inputs[session_impossible[i].first],
            session_impossible[i].why);
  return wrong;
}

static guint
print_invites (void)
{
  guint wrong = 0;

  printf ("# %-24s", "proposal");
  for (guint state = 1; state < PEAL_N_INVITE_STATES; state++)
    printf ("%11s", peal_invite_state_words[state]);
  for (guint input = 1; input < PEAL_N_INVITE_INPUTS; input++) {
    if (input == PEAL_OWN_VERBS)
      continue;
    g_autofree char *name =
        invite_inputs[input] ? g_strdup (invite_inputs[input])
                             : g_strdup_printf ("%s %s", input > PEAL_OWN_VERBS ? "own" : "peer's",
                                                verb_words[input % PEAL_N_INVITE_VERBS]);
    printf ("\n# %-24s", name);
    for (guint state = 1; state < PEAL_N_INVITE_STATES; state++)
      wrong += print_cell (invite_cells[state][input], is_invite_impossible (state, input));
  }
  printf ("\n");
  for (guint i = 0; i < G_N_ELEMENTS (invite_impossible); i++)
    printf ("# - %s: %s\n", invite_inputs[invite_impossible[i].first], invite_impossible[i].why);
  return wrong;
}

guint
peal_coverage_print (void)
{
  guint wrong = print_sessions ();

  return wrong + print_invites ();
}
