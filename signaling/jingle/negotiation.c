/* One content from proposal to removal: what may be heard and said in each state, as tables. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/negotiation.h"

#define OURS     PEAL_NEGOTIATION_OURS
#define THEIRS   PEAL_NEGOTIATION_THEIRS
#define ACTIVE   PEAL_NEGOTIATION_ACTIVE
#define YIELDED  PEAL_NEGOTIATION_YIELDED
#define REMOVING PEAL_NEGOTIATION_REMOVING
#define GONE     PEAL_NEGOTIATION_GONE

const char *const peal_negotiation_state_words[] = {
  "new", "ours", "theirs", "active", "yielded", "removing", "gone", NULL,
};

/* clang-format off */
/* What leaves a content what it is. */
#define ABOUT_IT(state)                                                                            \
  [PEAL_CONTENT_MODIFY] = state, [PEAL_DESCRIPTION_INFO] = state,                                  \
  [PEAL_TRANSPORT_REPLACE] = state, [PEAL_TRANSPORT_ACCEPT] = state, [PEAL_TRANSPORT_REJECT] = state

/* NEW, the 0, never follows: out of order. */
static const PealNegotiationState on_heard[PEAL_N_NEGOTIATION_STATES][PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_NEGOTIATION_NEW] = { [PEAL_SESSION_INITIATE] = THEIRS, [PEAL_CONTENT_ADD] = THEIRS },
  /* Dino narrows senders before it accepts. */
  [OURS] = { ABOUT_IT (OURS), [PEAL_TRANSPORT_INFO] = OURS, [PEAL_SESSION_ACCEPT] = ACTIVE,
             [PEAL_CONTENT_ACCEPT] = ACTIVE, [PEAL_CONTENT_REJECT] = GONE,
             [PEAL_CONTENT_REMOVE] = GONE },
  [THEIRS] = { ABOUT_IT (THEIRS), [PEAL_TRANSPORT_INFO] = THEIRS, [PEAL_CONTENT_REMOVE] = GONE },
  [ACTIVE] = { ABOUT_IT (ACTIVE), [PEAL_TRANSPORT_INFO] = ACTIVE, [PEAL_CONTENT_REMOVE] = GONE },
  /* What crosses the end of a content is acknowledged and has no effect. */
  [YIELDED] = { ABOUT_IT (YIELDED), [PEAL_TRANSPORT_INFO] = YIELDED,
                [PEAL_CONTENT_ACCEPT] = YIELDED, [PEAL_CONTENT_REJECT] = GONE,
                [PEAL_CONTENT_REMOVE] = GONE },
  [REMOVING] = { ABOUT_IT (REMOVING), [PEAL_TRANSPORT_INFO] = REMOVING,
                 [PEAL_CONTENT_ACCEPT] = REMOVING, [PEAL_CONTENT_REJECT] = GONE,
                 [PEAL_CONTENT_REMOVE] = GONE },
};

static const PealNegotiationState on_said[PEAL_N_NEGOTIATION_STATES][PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_NEGOTIATION_NEW] = { [PEAL_SESSION_INITIATE] = OURS, [PEAL_CONTENT_ADD] = OURS },
  [OURS] = { [PEAL_CONTENT_REMOVE] = REMOVING, [PEAL_DESCRIPTION_INFO] = OURS,
             [PEAL_TRANSPORT_REPLACE] = OURS, [PEAL_TRANSPORT_ACCEPT] = OURS,
             [PEAL_TRANSPORT_REJECT] = OURS },
  /* No transport-replace: which transport would our answer have? */
  [THEIRS] = { [PEAL_CONTENT_MODIFY] = THEIRS, [PEAL_DESCRIPTION_INFO] = THEIRS,
               [PEAL_TRANSPORT_ACCEPT] = THEIRS, [PEAL_TRANSPORT_REJECT] = THEIRS,
               [PEAL_SESSION_ACCEPT] = ACTIVE, [PEAL_CONTENT_ACCEPT] = ACTIVE,
               [PEAL_CONTENT_REJECT] = REMOVING, [PEAL_CONTENT_REMOVE] = REMOVING },
  [ACTIVE] = { ABOUT_IT (ACTIVE), [PEAL_CONTENT_REMOVE] = REMOVING },
  [YIELDED] = { [PEAL_CONTENT_REMOVE] = REMOVING },
};

/* NEW, the 0: the state stays. */
static const struct {
  PealNegotiationState well, badly;
} on_answer[PEAL_N_NEGOTIATION_STATES][PEAL_N_JINGLE_ACTIONS] = {
  [OURS] = { [PEAL_CONTENT_ADD] = { OURS, GONE } },
  [YIELDED] = { [PEAL_CONTENT_ADD] = { YIELDED, GONE } },
  [ACTIVE] = { [PEAL_CONTENT_ACCEPT] = { ACTIVE, GONE } },
  [REMOVING] = { [PEAL_CONTENT_REMOVE] = { GONE, GONE }, [PEAL_CONTENT_REJECT] = { GONE, GONE } },
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

#define SECONDS(n) ((n) * (gint64) G_USEC_PER_SEC)

/* How long an answer to a request of ours may take: an IQ's, and for content-add and
 * transport-replace also the peer's decision. Requests that are left out leave nothing open;
 * proposals that came with session-initiate wait as long as the session does. */
static const gint64 patience[PEAL_N_JINGLE_ACTIONS] = {
  [PEAL_CONTENT_ADD] = SECONDS (30),       [PEAL_CONTENT_MODIFY] = SECONDS (30),
  [PEAL_CONTENT_REJECT] = SECONDS (30),    [PEAL_CONTENT_REMOVE] = SECONDS (30),
  [PEAL_TRANSPORT_REPLACE] = SECONDS (30),
};
/* How often one is said again because nobody answered it. */
#define MOST_REPEATS 3
/* And how long the peer's may wait for us. */
#define OUR_TURN SECONDS (60)

PealNegotiation *
peal_negotiation_new (PealContent *content, gboolean initiator)
{
  PealNegotiation *negotiation = g_new0 (PealNegotiation, 1);

  negotiation->content = content;
  negotiation->initiator = initiator;
  negotiation->deadline = negotiation->modify_deadline = negotiation->replace_deadline = G_MAXINT64;
  return negotiation;
}

void
peal_negotiation_free (PealNegotiation *negotiation)
{
  if (!negotiation)
    return;
  peal_content_free (negotiation->content);
  peal_open_free (negotiation->replacement);
  peal_open_free (negotiation->previous);
  g_free (negotiation);
}

/* The only assignment to ->state. */
static void
enter (PealNegotiation *negotiation, PealNegotiationState state)
{
  negotiation->state = state;
  if (state == ACTIVE || state == GONE)
    negotiation->deadline = G_MAXINT64;
  if (state > ACTIVE) /* nobody waits for these any more */
    negotiation->modify_deadline = negotiation->replace_deadline = G_MAXINT64;
}

/* The only assignment to ->replace. @replacement is taken. */
static void
enter_replace (PealNegotiation *negotiation, PealReplaceState replace, PealOpen *replacement)
{
  negotiation->replace = replace;
  negotiation->replace_deadline = G_MAXINT64;
  peal_open_free (negotiation->replacement);
  negotiation->replacement = replacement;
  if (replace) /* too late to take back what was accepted before */
    negotiation->tokens[PEAL_TRANSPORT_ACCEPT] = 0;
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
  return (action == PEAL_CONTENT_MODIFY && negotiation->wanted) ||
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

/* --- senders --- */

/* Who sends, as bits: 1 the initiator, 2 the responder. */
static guint
bits_of (PealSenders senders)
{
  static const guint bits[] = { [PEAL_SENDERS_ABSENT] = 3,
                                [PEAL_SENDERS_BOTH] = 3,
                                [PEAL_SENDERS_INITIATOR] = 1,
                                [PEAL_SENDERS_RESPONDER] = 2 };

  return bits[senders];
}

/* An answer may narrow what was offered, never widen it (Gajim answers "both" to everything). */
static PealSenders
narrowed (PealSenders offer, PealSenders answer)
{
  static const PealSenders senders[] = { PEAL_SENDERS_NONE, PEAL_SENDERS_INITIATOR,
                                         PEAL_SENDERS_RESPONDER };
  guint both = bits_of (offer) & bits_of (answer);

  return both == bits_of (offer) ? offer : senders[both];
}

/* The peer hears of an open content-modify before it hears of the answer. */
static void
narrow (PealNegotiation *negotiation, PealSenders answer)
{
  negotiation->content->senders = narrowed (negotiation->content->senders, answer);
  if (negotiation->wanted)
    negotiation->wanted = narrowed (negotiation->wanted, answer);
}

/* --- transports --- */

gboolean
peal_negotiation_knows_transport (const PealNegotiation *negotiation, const PealOpen *transport)
{
  const PealOpen *known[] = { negotiation->content->transport, negotiation->replacement,
                              negotiation->previous };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    if (known[i] && known[i]->element == transport->element)
      return TRUE;
  }
  return FALSE;
}

/* @transport (taken) is that of the content from now on. */
static void
switch_transport (PealNegotiation *negotiation, PealOpen *transport)
{
  peal_open_free (negotiation->previous);
  negotiation->previous = negotiation->content->transport;
  negotiation->content->transport = transport;
}

/* --- what happens --- */

static void
hear_about_transport (PealNegotiation *negotiation, int column, const PealContent *content,
                      gint64 now)
{
  PealReplaceState next = on_replace_heard[negotiation->replace][column];

  if (column == ACCEPT)
    switch_transport (negotiation, peal_open_copy (content->transport));
  enter_replace (negotiation, next, column == REPLACE ? peal_open_copy (content->transport) : NULL);
  if (next == PEAL_REPLACE_THEIRS)
    negotiation->replace_deadline = now + OUR_TURN;
}

void
peal_negotiation_hear (PealNegotiation *negotiation, PealJingleAction action,
                       const PealContent *content, gint64 now)
{
  int column = replace_column (action);

  g_assert (peal_negotiation_check (negotiation, action) == PEAL_CONDITION_NONE);
  if (column >= 0)
    hear_about_transport (negotiation, column, content, now);
  enter (negotiation, on_heard[negotiation->state][action]);
  if (action == PEAL_CONTENT_MODIFY)
    negotiation->content->senders = content->senders ? content->senders : PEAL_SENDERS_BOTH;
  else if (action == PEAL_CONTENT_ACCEPT || action == PEAL_SESSION_ACCEPT) {
    narrow (negotiation, content->senders);
    negotiation->tokens[PEAL_CONTENT_ADD] = 0; /* it came through, acknowledged or not */
  } else if (action == PEAL_CONTENT_ADD)
    negotiation->deadline = now + OUR_TURN;
}

static void
say_about_transport (PealNegotiation *negotiation, int column, const PealContent *content,
                     gint64 now)
{
  PealReplaceState next = on_replace_said[negotiation->replace][column];

  if (column == ACCEPT)
    switch_transport (negotiation, g_steal_pointer (&negotiation->replacement));
  enter_replace (negotiation, next, column == REPLACE ? peal_open_copy (content->transport) : NULL);
  if (column == REPLACE)
    negotiation->replace_deadline = now + patience[PEAL_TRANSPORT_REPLACE];
}

gboolean
peal_negotiation_say (PealNegotiation *negotiation, PealJingleAction action,
                      const PealContent *content, gint64 now)
{
  int column = replace_column (action);

  if (!on_said[negotiation->state][action])
    return FALSE;
  if (column >= 0 && on_replace_said[negotiation->replace][column] == NO)
    return FALSE;
  if (action == PEAL_CONTENT_MODIFY && negotiation->wanted) /* one at a time */
    return FALSE;
  negotiation->repeats = 0;
  if (column >= 0)
    say_about_transport (negotiation, column, content, now);
  enter (negotiation, on_said[negotiation->state][action]);
  if (action == PEAL_CONTENT_ACCEPT || action == PEAL_SESSION_ACCEPT)
    narrow (negotiation, content->senders);
  else if (action == PEAL_CONTENT_MODIFY) {
    negotiation->wanted = content->senders;
    negotiation->modify_deadline = now + patience[action];
  } else if (column < 0 && patience[action])
    negotiation->deadline = now + patience[action];
  return TRUE;
}

void
peal_negotiation_answered (PealNegotiation *negotiation, PealJingleAction action, gboolean well)
{
  PealNegotiationState next = well ? on_answer[negotiation->state][action].well
                                   : on_answer[negotiation->state][action].badly;

  if (action == PEAL_CONTENT_MODIFY) {
    if (well && negotiation->wanted)
      negotiation->content->senders = negotiation->wanted;
    negotiation->wanted = PEAL_SENDERS_ABSENT;
    negotiation->modify_deadline = G_MAXINT64;
  }
  if (action == PEAL_TRANSPORT_REPLACE && negotiation->replace == PEAL_REPLACE_OURS && !well)
    enter_replace (negotiation, PEAL_REPLACE_NONE, NULL);
  if (action == PEAL_TRANSPORT_ACCEPT && !well && negotiation->previous)
    switch_transport (negotiation, g_steal_pointer (&negotiation->previous));
  if (next)
    enter (negotiation, next);
}

gboolean
peal_negotiation_again (PealNegotiation *negotiation, PealJingleAction action, gint64 now)
{
  if (negotiation->repeats++ >= MOST_REPEATS)
    return FALSE;
  if (action == PEAL_CONTENT_MODIFY && on_said[negotiation->state][action]) {
    negotiation->wanted =
        negotiation->content->senders ? negotiation->content->senders : PEAL_SENDERS_BOTH;
    negotiation->modify_deadline = now + patience[action];
    return TRUE;
  }
  if (negotiation->state == REMOVING)
    negotiation->deadline = now + patience[action];
  return negotiation->state == REMOVING;
}

void
peal_negotiation_yield (PealNegotiation *negotiation)
{
  g_assert (negotiation->state == OURS);
  enter (negotiation, YIELDED);
}

PealJingleAction
peal_negotiation_overdue (const PealNegotiation *negotiation, gint64 now)
{
  static const PealJingleAction asked[PEAL_N_NEGOTIATION_STATES] = {
    [OURS] = PEAL_CONTENT_ADD,
    [THEIRS] = PEAL_CONTENT_REJECT,
    [YIELDED] = PEAL_CONTENT_ADD,
    [REMOVING] = PEAL_CONTENT_REMOVE,
  };

  if (now >= negotiation->deadline)
    return asked[negotiation->state];
  if (now >= negotiation->modify_deadline)
    return PEAL_CONTENT_MODIFY;
  if (now >= negotiation->replace_deadline)
    return negotiation->replace == PEAL_REPLACE_OURS ? PEAL_TRANSPORT_REPLACE
                                                     : PEAL_TRANSPORT_REJECT;
  return PEAL_JINGLE_NO_ACTION;
}

gint64
peal_negotiation_deadline (const PealNegotiation *negotiation)
{
  return MIN (negotiation->deadline,
              MIN (negotiation->modify_deadline, negotiation->replace_deadline));
}
