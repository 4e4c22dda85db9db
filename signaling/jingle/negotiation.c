/* One content from proposal to removal: what may be heard and said in each state, as tables. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/negotiation.h"

#define OURS      PEAL_NEGOTIATION_OURS
#define THEIRS    PEAL_NEGOTIATION_THEIRS
#define ACTIVE    PEAL_NEGOTIATION_ACTIVE
#define MODIFYING PEAL_NEGOTIATION_MODIFYING
#define REMOVING  PEAL_NEGOTIATION_REMOVING
#define GONE      PEAL_NEGOTIATION_GONE

const char *const peal_negotiation_state_words[] = {
  "new", "ours", "theirs", "active", "modifying", "removing", "gone", NULL,
};

/* NEW, the 0, never follows: out of order. */
/* clang-format off */
static const PealNegotiationState on_heard[PEAL_N_NEGOTIATION_STATES][PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_NEGOTIATION_NEW] = { [PEAL_SESSION_INITIATE] = THEIRS, [PEAL_CONTENT_ADD] = THEIRS },
  [OURS] = { [PEAL_SESSION_ACCEPT] = ACTIVE, [PEAL_CONTENT_ACCEPT] = ACTIVE,
             [PEAL_CONTENT_REJECT] = GONE, [PEAL_CONTENT_REMOVE] = GONE,
             /* Dino narrows senders before it accepts. */
             [PEAL_CONTENT_MODIFY] = OURS, [PEAL_DESCRIPTION_INFO] = OURS,
             [PEAL_TRANSPORT_INFO] = OURS, [PEAL_TRANSPORT_REPLACE] = OURS,
             [PEAL_TRANSPORT_ACCEPT] = OURS, [PEAL_TRANSPORT_REJECT] = OURS },
  [THEIRS] = { [PEAL_CONTENT_REMOVE] = GONE, [PEAL_CONTENT_MODIFY] = THEIRS,
               [PEAL_DESCRIPTION_INFO] = THEIRS, [PEAL_TRANSPORT_INFO] = THEIRS,
               [PEAL_TRANSPORT_REPLACE] = THEIRS, [PEAL_TRANSPORT_ACCEPT] = THEIRS,
               [PEAL_TRANSPORT_REJECT] = THEIRS },
  [ACTIVE] = { [PEAL_CONTENT_REMOVE] = GONE, [PEAL_CONTENT_MODIFY] = ACTIVE,
               [PEAL_DESCRIPTION_INFO] = ACTIVE, [PEAL_TRANSPORT_INFO] = ACTIVE,
               [PEAL_TRANSPORT_REPLACE] = ACTIVE, [PEAL_TRANSPORT_ACCEPT] = ACTIVE,
               [PEAL_TRANSPORT_REJECT] = ACTIVE },
  /* A content-modify that crosses ours: the initiator's counts, so a responder goes on here with the
   * peer's until its own comes back refused. */
  [MODIFYING] = { [PEAL_CONTENT_REMOVE] = GONE, [PEAL_CONTENT_MODIFY] = MODIFYING,
                  [PEAL_DESCRIPTION_INFO] = MODIFYING, [PEAL_TRANSPORT_INFO] = MODIFYING,
                  [PEAL_TRANSPORT_REPLACE] = MODIFYING, [PEAL_TRANSPORT_ACCEPT] = MODIFYING,
                  [PEAL_TRANSPORT_REJECT] = MODIFYING },
  /* What crosses our content-remove is acknowledged and has no effect. */
  [REMOVING] = { [PEAL_CONTENT_REMOVE] = GONE, [PEAL_CONTENT_MODIFY] = REMOVING,
                 [PEAL_CONTENT_ACCEPT] = REMOVING, [PEAL_CONTENT_REJECT] = GONE,
                 [PEAL_DESCRIPTION_INFO] = REMOVING, [PEAL_TRANSPORT_INFO] = REMOVING,
                 [PEAL_TRANSPORT_REPLACE] = REMOVING, [PEAL_TRANSPORT_ACCEPT] = REMOVING,
                 [PEAL_TRANSPORT_REJECT] = REMOVING },
};

static const PealNegotiationState on_said[PEAL_N_NEGOTIATION_STATES][PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_NEGOTIATION_NEW] = { [PEAL_SESSION_INITIATE] = OURS, [PEAL_CONTENT_ADD] = OURS },
  [OURS] = { [PEAL_CONTENT_REMOVE] = REMOVING, [PEAL_TRANSPORT_REPLACE] = OURS,
             [PEAL_TRANSPORT_ACCEPT] = OURS, [PEAL_TRANSPORT_REJECT] = OURS },
  [THEIRS] = { [PEAL_SESSION_ACCEPT] = ACTIVE, [PEAL_CONTENT_ACCEPT] = ACTIVE,
               [PEAL_CONTENT_REJECT] = GONE, [PEAL_CONTENT_REMOVE] = REMOVING,
               [PEAL_TRANSPORT_REPLACE] = THEIRS, [PEAL_TRANSPORT_ACCEPT] = THEIRS,
               [PEAL_TRANSPORT_REJECT] = THEIRS },
  [ACTIVE] = { [PEAL_CONTENT_MODIFY] = MODIFYING, [PEAL_CONTENT_REMOVE] = REMOVING,
               [PEAL_TRANSPORT_REPLACE] = ACTIVE, [PEAL_TRANSPORT_ACCEPT] = ACTIVE,
               [PEAL_TRANSPORT_REJECT] = ACTIVE },
  /* One request at a time: MODIFYING and REMOVING wait for their answer, which has a deadline. */
  [MODIFYING] = { [PEAL_TRANSPORT_ACCEPT] = MODIFYING, [PEAL_TRANSPORT_REJECT] = MODIFYING },
};

/* NEW, the 0: an answer that came too late to matter. */
static const struct {
  PealNegotiationState well, badly;
} on_answer[PEAL_N_NEGOTIATION_STATES][PEAL_N_JINGLE_ACTIONS] = {
  [OURS] = { [PEAL_CONTENT_ADD] = { OURS, GONE } },
  [MODIFYING] = { [PEAL_CONTENT_MODIFY] = { ACTIVE, ACTIVE } },
  [REMOVING] = { [PEAL_CONTENT_REMOVE] = { GONE, GONE } },
};

/* The transport-replace beside it. -1: out of order. */
enum { NO = -1, NONE = PEAL_REPLACE_NONE, US = PEAL_REPLACE_OURS, THEM = PEAL_REPLACE_THEIRS };
enum { REPLACE, ACCEPT, REJECT, N_REPLACE_ACTIONS };

static const int on_replace_heard[PEAL_N_REPLACE_STATES][N_REPLACE_ACTIONS] = {
  /*                       replace accept reject */
  [PEAL_REPLACE_NONE] =   { THEM,  NO,    NO },
  [PEAL_REPLACE_OURS] =   { THEM,  NONE,  NONE },
  [PEAL_REPLACE_THEIRS] = { NO,    NO,    NO },
};
static const int on_replace_said[PEAL_N_REPLACE_STATES][N_REPLACE_ACTIONS] = {
  [PEAL_REPLACE_NONE] =   { US, NO,   NO },
  [PEAL_REPLACE_OURS] =   { NO, NO,   NO },
  [PEAL_REPLACE_THEIRS] = { NO, NONE, NONE },
};

/* clang-format on */

/* How long an answer to a request of ours may take: an IQ's, and for content-add and
 * transport-replace also the peer's decision. Requests that are left out have no answer of their
 * own to wait for; proposals that came with session-initiate wait as long as the session does. */
static const gint64 patience[PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_CONTENT_ADD] = 60 * G_USEC_PER_SEC,
  [PEAL_CONTENT_MODIFY] = 30 * G_USEC_PER_SEC,
  [PEAL_CONTENT_REMOVE] = 30 * G_USEC_PER_SEC,
  [PEAL_TRANSPORT_REPLACE] = 60 * G_USEC_PER_SEC,
};

PealNegotiation *
peal_negotiation_new (PealContent *content, gboolean initiator)
{
  PealNegotiation *negotiation = g_new0 (PealNegotiation, 1);

  negotiation->content = content;
  negotiation->initiator = initiator;
  negotiation->deadline = negotiation->replace_deadline = G_MAXINT64;
  return negotiation;
}

void
peal_negotiation_free (PealNegotiation *negotiation)
{
  if (!negotiation)
    return;
  peal_content_free (negotiation->content);
  g_free (negotiation);
}

/* The only assignment to ->state. */
static void
enter (PealNegotiation *negotiation, PealNegotiationState state)
{
  negotiation->state = state;
  if (state == ACTIVE || state == GONE)
    negotiation->deadline = G_MAXINT64;
}

/* The only assignment to ->replace. */
static void
enter_replace (PealNegotiation *negotiation, PealReplaceState replace)
{
  negotiation->replace = replace;
  if (replace != PEAL_REPLACE_OURS)
    negotiation->replace_deadline = G_MAXINT64;
}

/* The column of the replace tables, or -1. */
static int
replace_column (PealJingleAction action)
{
  switch (action) {
  case PEAL_TRANSPORT_REPLACE:
    return REPLACE;
  case PEAL_TRANSPORT_ACCEPT:
    return ACCEPT;
  case PEAL_TRANSPORT_REJECT:
    return REJECT;
  default:
    return -1;
  }
}

/* XEP-0166 §7.2.16: of two crossing actions in a session the initiator's counts. */
static gboolean
crosses_ours (const PealNegotiation *negotiation, PealJingleAction action)
{
  return (action == PEAL_CONTENT_MODIFY && negotiation->state == MODIFYING) ||
         (action == PEAL_TRANSPORT_REPLACE && negotiation->replace == PEAL_REPLACE_OURS);
}

PealCondition
peal_negotiation_check (const PealNegotiation *negotiation, PealJingleAction action)
{
  int column = replace_column (action);

  if (!on_heard[negotiation->state][action])
    return PEAL_OUT_OF_ORDER;
  if (column >= 0 && on_replace_heard[negotiation->replace][column] == NO)
    return PEAL_OUT_OF_ORDER;
  if (negotiation->initiator && crosses_ours (negotiation, action))
    return PEAL_TIE_BREAK;
  return PEAL_CONDITION_NONE;
}

void
peal_negotiation_hear (PealNegotiation *negotiation, PealJingleAction action,
                       const PealContent *content)
{
  int column = replace_column (action);

  g_assert (peal_negotiation_check (negotiation, action) == PEAL_CONDITION_NONE);
  enter (negotiation, on_heard[negotiation->state][action]);
  if (column >= 0)
    enter_replace (negotiation, on_replace_heard[negotiation->replace][column]);
  if (action == PEAL_CONTENT_MODIFY)
    negotiation->content->senders = content->senders ? content->senders : PEAL_SENDERS_BOTH;
}

gboolean
peal_negotiation_say (PealNegotiation *negotiation, PealJingleAction action, PealSenders senders,
                      gint64 now)
{
  int column = replace_column (action);

  if (!on_said[negotiation->state][action])
    return FALSE;
  if (column >= 0 && on_replace_said[negotiation->replace][column] == NO)
    return FALSE;
  enter (negotiation, on_said[negotiation->state][action]);
  if (column >= 0)
    enter_replace (negotiation, on_replace_said[negotiation->replace][column]);
  if (action == PEAL_CONTENT_MODIFY)
    negotiation->wanted = senders;
  if (column == REPLACE)
    negotiation->replace_deadline = now + patience[action];
  else if (patience[action])
    negotiation->deadline = now + patience[action];
  return TRUE;
}

void
peal_negotiation_answered (PealNegotiation *negotiation, PealJingleAction action, gboolean well)
{
  PealNegotiationState next = well ? on_answer[negotiation->state][action].well
                                   : on_answer[negotiation->state][action].badly;

  if (action == PEAL_CONTENT_MODIFY && negotiation->state == MODIFYING && well)
    negotiation->content->senders = negotiation->wanted;
  if (next)
    enter (negotiation, next);
  if (action == PEAL_TRANSPORT_REPLACE && negotiation->replace == PEAL_REPLACE_OURS && !well)
    enter_replace (negotiation, PEAL_REPLACE_NONE);
}

void
peal_negotiation_tick (PealNegotiation *negotiation, gint64 now)
{
  static const PealJingleAction asked[PEAL_N_NEGOTIATION_STATES] = {
    [OURS] = PEAL_CONTENT_ADD,
    [MODIFYING] = PEAL_CONTENT_MODIFY,
    [REMOVING] = PEAL_CONTENT_REMOVE,
  };

  if (now >= negotiation->replace_deadline)
    peal_negotiation_answered (negotiation, PEAL_TRANSPORT_REPLACE, FALSE);
  if (now >= negotiation->deadline)
    peal_negotiation_answered (negotiation, asked[negotiation->state], FALSE);
}
