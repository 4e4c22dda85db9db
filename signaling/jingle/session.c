/* The session machine: its states, their deadlines, and the answers to its requests.
 *
 * What it says is in session_say.c, what it hears in session_hear.c. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/session_inner.h"

#include <string.h>

const char *const peal_session_state_words[] = {
  "new", "offering", "pending", "offered", "accepting", "active", "ending", "ended", NULL,
};

#define SECONDS(n)   ((n) * (gint64) G_USEC_PER_SEC)
#define RING_TIMEOUT SECONDS (45)
/* The caller's patience ends first, so that both sides hear the same reason. */
#define RING_GRACE SECONDS (15)

/* How long a state may last; 0: for ever, and why; RING: as long as it may ring. */
#define RING -1
static const gint64 patience[PEAL_N_SESSION_STATES] = {
  [PEAL_SESSION_NEW] = 0, /* left before the constructor returns */
  [PEAL_SESSION_OFFERING] =
      SECONDS (45), /* Dino acknowledges after its codecs are probed: seconds */
  [PEAL_SESSION_PENDING] = RING,
  [PEAL_SESSION_OFFERED] = RING,
  [PEAL_SESSION_ACCEPTING] = SECONDS (45),
  [PEAL_SESSION_ACTIVE] = 0,           /* the transport's sign of life guards it */
  [PEAL_SESSION_ENDING] = SECONDS (5), /* XEP-0166 §6.7: it is over whether acknowledged or not */
  [PEAL_SESSION_ENDED] = 0,            /* nothing follows */
};

void
peal_action_clear (PealAction *action)
{
  g_clear_pointer (&action->message, peal_jingle_free);
}

void
peal_session_emit (PealSession *session, PealAction action)
{
  session->drained = FALSE;
  g_queue_push_tail (&session->actions, g_memdup2 (&action, sizeof action));
}

void
peal_session_emit_content (PealSession *session, PealContentWhat what, const PealContent *content)
{
  peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_CONTENT,
                                             .what = what,
                                             .content = content,
                                             .senders = content->senders });
}

static gint64
deadline_of (const PealSession *session, PealSessionState state)
{
  if (patience[state] == 0)
    return G_MAXINT64;
  if (patience[state] != RING)
    return session->now + patience[state];
  return session->now + session->ring_timeout + (session->initiator ? 0 : RING_GRACE);
}

void
peal_session_enter (PealSession *session, PealSessionState state)
{
  g_debug ("%s: %s -> %s", session->sid, peal_session_state_words[session->state],
           peal_session_state_words[state]);
  session->state = state;
  session->deadline = deadline_of (session, state);
  peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_EVENT,
                                             .event = PEAL_SESSION_EVENT_STATE,
                                             .state = state,
                                             .reason = session->ending.reason,
                                             .reason_text = session->ending_text,
                                             .by = session->ending.by,
                                             .cause = session->ending.cause,
                                             .condition = session->ending.condition });
}

void
peal_session_begin (PealSession *session, gint64 now)
{
  session->now = MAX (session->now, now);
  if (session->drained) {
    g_ptr_array_set_size (session->heard, 0);
    g_ptr_array_set_size (session->gone, 0);
  }
}

/* Whether what is held about a content is of use: it may have gone since. */
static gboolean
is_of_use (const PealSession *session, const PealJingle *held)
{
  const PealNegotiation *negotiation = peal_session_find (session, held->contents->pdata[0]);

  return session->state < PEAL_SESSION_ENDING && negotiation && negotiation->open;
}

void
peal_session_settle (PealSession *session)
{
  if (session->state <= PEAL_SESSION_OFFERING)
    return;
  for (guint i = 0; i < session->held->len; i++) {
    if (is_of_use (session, session->held->pdata[i]))
      peal_session_send (session, g_steal_pointer (&session->held->pdata[i]));
  }
  g_ptr_array_set_size (session->held, 0);
}

void
peal_session_stop (PealSession *session, PealNegotiation *negotiation, const PealWhy *why)
{
  if (!negotiation->open)
    return;
  negotiation->open = FALSE;
  peal_session_emit (session, (PealAction) { .kind = PEAL_ACTION_CONTENT,
                                             .what = PEAL_CONTENT_STOP,
                                             .content = negotiation->content,
                                             .by = why->by,
                                             .reason = why->reason });
}

void
peal_session_drop (PealSession *session, PealNegotiation *negotiation, const PealWhy *why)
{
  guint at;

  if (!g_ptr_array_find (session->negotiations, negotiation, &at))
    g_assert_not_reached ();
  g_ptr_array_add (session->gone, g_ptr_array_steal_index (session->negotiations, at));
  peal_session_stop (session, negotiation, why);
}

guint
peal_session_count_open (const PealSession *session)
{
  guint n = 0;

  for (guint i = 0; i < session->negotiations->len; i++)
    n += ((const PealNegotiation *) session->negotiations->pdata[i])->open;
  return n;
}

void
peal_session_end (PealSession *session, const PealEnding *ending, gboolean tell)
{
  session->ending = *ending;
  g_free (session->ending_text);
  session->ending_text = g_strdup (ending->text);
  session->ending.text = session->ending_text;

  if (tell)
    session->terminate = peal_session_say_terminate (session, ending);
  const PealWhy why = { .by = ending->by, .reason = ending->reason };
  while (session->negotiations->len)
    peal_session_drop (session, session->negotiations->pdata[0], &why);
  peal_session_enter (session, tell ? PEAL_SESSION_ENDING : PEAL_SESSION_ENDED);
}

void
peal_session_end_if_void (PealSession *session, PealBy by)
{
  PealPhase phase = peal_session_phase (session);
  PealReasonCondition reason =
      phase >= PEAL_PHASE_ACCEPTING ? PEAL_REASON_SUCCESS : PEAL_REASON_CANCEL;
  PealEnding ending = { .reason = reason,
                        .by = by,
                        .cause = peal_ending_of_reason (PEAL_REASON_NONE, phase) };

  if (session->state < PEAL_SESSION_ENDING && peal_session_count_open (session) == 0)
    peal_session_end (session, &ending, TRUE);
}

PealPhase
peal_session_phase (const PealSession *session)
{
  if (session->state == PEAL_SESSION_ACTIVE)
    return PEAL_PHASE_TALKING;
  if (session->state == PEAL_SESSION_ACCEPTING)
    return PEAL_PHASE_ACCEPTING;
  return session->initiator ? PEAL_PHASE_WAITING : PEAL_PHASE_ASKED;
}

gboolean
peal_session_is_agreed (const PealSession *session)
{
  return session->state == PEAL_SESSION_ACCEPTING || session->state == PEAL_SESSION_ACTIVE;
}

/* How well @negotiation fits a content of that name: the right creator first, then one that lives.
 */
static guint
fit_of (const PealNegotiation *negotiation, const PealContent *content)
{
  if (strcmp (negotiation->content->name, content->name) != 0)
    return 0;
  return 1 + (negotiation->open ? 1 : 0) +
         (negotiation->content->creator == content->creator ? 2 : 0);
}

PealNegotiation *
peal_session_find (const PealSession *session, const PealContent *content)
{
  PealNegotiation *best = NULL;
  guint best_fit = 0;

  for (guint i = 0; i < session->negotiations->len; i++) {
    PealNegotiation *negotiation = session->negotiations->pdata[i];
    guint fit = fit_of (negotiation, content);
    if (fit <= best_fit)
      continue;
    best = negotiation;
    best_fit = fit;
  }
  /* What is still said of a bygone one is not about another of that name (fit 1 and 2: by name). */
  if (best_fit < 3 && peal_session_means_bygone (session, content))
    return NULL;
  return best;
}

PealNegotiation *
peal_session_named (const PealSession *session, const char *name)
{
  const PealContent asked = { .name = (char *) name };
  PealNegotiation *negotiation = peal_session_find (session, &asked);

  return negotiation && negotiation->open ? negotiation : NULL;
}

gboolean
peal_session_has (const PealSession *session, const char *name)
{
  return peal_session_named (session, name) != NULL;
}

/* --- making and freeing --- */

static void
clear_bygone (gpointer bygone)
{
  g_free (((PealBygone *) bygone)->name);
}

static PealSession *
session_new (const PealSessionSetup *setup, gboolean initiator)
{
  PealSession *session = g_new0 (PealSession, 1);

  session->sid = g_strdup (setup->sid);
  session->self = g_strdup (setup->self);
  session->peer = g_strdup (setup->peer);
  session->initiator = initiator;
  session->now = setup->now;
  session->deadline = G_MAXINT64;
  session->ring_timeout = setup->ring_timeout ? setup->ring_timeout : RING_TIMEOUT;
  session->refusals = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  session->bygone = g_array_new (FALSE, FALSE, sizeof (PealBygone));
  g_array_set_clear_func (session->bygone, clear_bygone);
  session->negotiations = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_negotiation_free);
  session->gone = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_negotiation_free);
  session->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_jingle_free);
  session->heard = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_jingle_free);
  return session;
}

PealSession *
peal_session_new_outgoing (const PealSessionSetup *setup, GPtrArray *contents, GPtrArray *groups)
{
  PealSession *session = session_new (setup, TRUE);

  peal_session_say_initiate (session, contents, groups);
  peal_session_enter (session, PEAL_SESSION_OFFERING);
  return session;
}

PealSession *
peal_session_new_incoming (const PealSessionSetup *setup, const PealJingle *initiate, gpointer iq)
{
  PealSession *session = session_new (setup, FALSE);

  peal_session_hear_initiate (session, initiate, iq);
  return session;
}

void
peal_session_free (PealSession *session)
{
  PealAction action;

  if (!session)
    return;
  while (peal_session_poll (session, &action))
    peal_action_clear (&action);
  g_ptr_array_unref (session->negotiations);
  g_ptr_array_unref (session->refusals);
  g_array_unref (session->bygone);
  g_ptr_array_unref (session->gone);
  g_ptr_array_unref (session->held);
  g_ptr_array_unref (session->heard);
  peal_jingle_free (session->greeting);
  g_free (session->ending_text);
  g_free (session->sid);
  g_free (session->self);
  g_free (session->peer);
  g_free (session);
}

void
peal_session_tick (PealSession *session, gint64 now)
{
  static const PealEnding unanswered = { .reason = PEAL_REASON_TIMEOUT,
                                         .by = PEAL_BY_LOCAL,
                                         .cause = PEAL_CAUSE_NO_ANSWER };

  peal_session_begin (session, now);
  peal_session_tick_contents (session);
  if (session->now < session->deadline)
    return;
  switch (session->state) {
  case PEAL_SESSION_OFFERING:
  case PEAL_SESSION_ACCEPTING:
    peal_session_refused (session, PEAL_CONDITION_NONE);
    break;
  case PEAL_SESSION_PENDING:
  case PEAL_SESSION_OFFERED:
    peal_session_end (session, &unanswered, TRUE);
    break;
  case PEAL_SESSION_ENDING:
    peal_session_enter (session, PEAL_SESSION_ENDED);
    break;
  default: /* the others have none */
    g_assert_not_reached ();
  }
  peal_session_settle (session);
}

/* --- outputs --- */

gboolean
peal_session_poll (PealSession *session, PealAction *action)
{
  g_autofree PealAction *next = g_queue_pop_head (&session->actions);

  if (next)
    *action = *next;
  else
    session->drained = TRUE;
  return next != NULL;
}

gint64
peal_session_deadline (const PealSession *session)
{
  gint64 deadline = session->deadline;

  for (guint i = 0; i < session->negotiations->len; i++)
    deadline = MIN (deadline, peal_negotiation_deadline (session->negotiations->pdata[i]));
  return deadline;
}

PealSessionState
peal_session_state (const PealSession *session)
{
  return session->state;
}

const char *
peal_session_sid (const PealSession *session)
{
  return session->sid;
}

const char *
peal_session_peer (const PealSession *session)
{
  return session->peer;
}

gboolean
peal_session_is_initiator (const PealSession *session)
{
  return session->initiator;
}

const GPtrArray *
peal_session_groups (const PealSession *session)
{
  return session->greeting ? session->greeting->groups : NULL;
}

gboolean
peal_session_tie_break (const char *our_id, const char *their_id, const char *self,
                        const char *peer)
{
  int order = strcmp (our_id, their_id);

  return order ? order < 0 : strcmp (self, peer) < 0;
}
