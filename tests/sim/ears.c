/* What a simulated device hears: Jingle IQs, their answers, proposals; with the endpoint's rules
 * for new calls. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

#include "signaling/wire/jid.h"

#include <string.h>

/* --- IQs we ask --- */

typedef struct {
  PealDevice *device;
  guint id;
} Waiting;

static PealSessionInput
result_input (PealJingleAction action, gboolean well, gboolean timed_out)
{
  PealSessionInput first = action == PEAL_SESSION_INITIATE    ? PEAL_HEARS_INITIATE_OK
                           : action == PEAL_SESSION_ACCEPT    ? PEAL_HEARS_ACCEPT_OK
                           : action == PEAL_SESSION_TERMINATE ? PEAL_HEARS_TERMINATE_OK
                                                              : PEAL_HEARS_OTHER_OK;

  return first + (timed_out ? 2 : well ? 0 : 1);
}

/* The answer to @asked (a copy) came, or will not come. */
static void
tell_result (PealDevice *device, const PealAsked *asked, PealCondition condition,
             gboolean timed_out)
{
  PealSimCall *call = asked->sid ? peal_hands_find (device, asked->sid) : NULL;

  if (!call || !call->session)
    return;
  peal_coverage_session (peal_session_state (call->session),
                         result_input (asked->action, !condition, timed_out));
  peal_session_result (call->session, asked->token, condition, timed_out, device->world->now);
  peal_hands_drain_session (call);
}

/* Takes the request @id out of the list; FALSE: it is not there any more. */
static gboolean
take_asked (PealDevice *device, guint id, PealAsked *asked)
{
  for (guint i = 0; i < device->asked->len; i++) {
    PealAsked *each = &g_array_index (device->asked, PealAsked, i);
    if (each->id != id)
      continue;
    *asked = *each;
    each->sid = NULL;
    g_array_remove_index (device->asked, i);
    return TRUE;
  }
  return FALSE;
}

static void
give_up_waiting (PealWorld *world, gpointer user)
{
  const Waiting *waiting = user;
  PealAsked asked;

  if (!take_asked (waiting->device, waiting->id, &asked))
    return;
  peal_world_note (world, "%s: no answer to %u", peal_who_jid (waiting->device->who), asked.id);
  world->unanswered++;
  tell_result (waiting->device, &asked, PEAL_CONDITION_NONE, TRUE);
  g_free (asked.sid);
}

void
peal_hands_forget_asked (PealDevice *device)
{
  PealAsked asked;

  for (guint n = device->asked->len; /* not what is asked because of it */
       n > 0 && device->asked->len &&
       take_asked (device, g_array_index (device->asked, PealAsked, 0).id, &asked);
       n--) {
    tell_result (device, &asked, PEAL_CONDITION_NONE, TRUE);
    g_free (asked.sid);
  }
}

void
peal_hands_ask (PealDevice *device, PealWho to, PealJingle *jingle, const PealSimCall *call,
                guint token)
{
  PealWorld *world = device->world;
  PealParcel *parcel = peal_parcel_new (device, PEAL_PARCEL_SET);
  PealAsked asked = { .id = ++world->ids,
                      .token = token,
                      .to = to,
                      .action = jingle->action,
                      .sid = call ? g_strdup (call->sid) : NULL };
  Waiting waiting = { device, asked.id };

  parcel->id = asked.id;
  parcel->to = to;
  parcel->jingle = jingle;
  g_array_append_val (device->asked, asked);
  peal_world_later (world, PEAL_SECONDS (world->iq_timeout), give_up_waiting,
                    g_memdup2 (&waiting, sizeof waiting));
  peal_world_note (world, "%s -> %s: set %u %s %s", peal_who_jid (device->who), peal_who_jid (to),
                   asked.id, peal_jingle_action_words[jingle->action], jingle->sid);
  peal_wire_send (world, parcel);
}

/* --- IQs we are asked --- */

/* XEP-0166 §7.2.16: whether a call of ours that crosses @parcel's counts, so that the peer's is
 * refused. */
static gboolean
ours_counts (PealDevice *device, const PealParcel *parcel, gboolean *crosses)
{
  for (guint i = 0; i < device->calls->len; i++) {
    PealSimCall *call = device->calls->pdata[i];
    if (!call->session || call->invite || call->peer != parcel->from ||
        !peal_session_is_initiator (call->session) ||
        peal_session_state (call->session) > PEAL_SESSION_PENDING)
      continue;
    *crosses = TRUE;
    if (peal_session_tie_break (call->sid, parcel->jingle->sid, peal_who_jid (device->who),
                                peal_who_jid (parcel->from)))
      return TRUE;
  }
  return FALSE;
}

static void
begin_session (PealDevice *device, const PealParcel *parcel)
{
  PealWorld *world = device->world;
  PealSimCall *call = peal_hands_find (device, parcel->jingle->sid);
  PealSessionSetup setup = { .sid = parcel->jingle->sid,
                             .self = peal_who_jid (device->who),
                             .peer = peal_who_jid (parcel->from),
                             .now = world->now,
                             .ring_timeout = PEAL_SECONDS (device->policy.patience) };
  gboolean crosses = FALSE;

  if (ours_counts (device, parcel, &crosses)) {
    peal_hands_answer (device, parcel, PEAL_TIE_BREAK);
    return;
  }
  if (!call)
    call = peal_hands_new_call (device, setup.sid, parcel->from);
  call->peer = parcel->from;
  /* We are calling them: there is nobody to ask. */
  call->willing |= crosses;
  if (call->invite) {
    peal_coverage_invite (peal_invite_state (call->invite), PEAL_TOLD_STARTED);
    peal_invite_started (call->invite, world->now);
    peal_hands_drain_invite (call);
  }
  call->session = peal_session_new_incoming (&setup, parcel->jingle, (gpointer) parcel);
  peal_hands_drain_answer (call, parcel);
}

static void
hear_set (PealDevice *device, const PealParcel *parcel)
{
  PealSimCall *call = peal_hands_find (device, parcel->jingle->sid);
  gboolean ours = call && call->session && call->peer == parcel->from;

  if (ours && peal_habit_answers (call, parcel))
    return;
  if (ours) {
    peal_coverage_session (peal_session_state (call->session),
                           (PealSessionInput) parcel->jingle->action);
    peal_session_receive (call->session, parcel->jingle, (gpointer) parcel, device->world->now);
    peal_hands_drain_answer (call, parcel);
  } else if (parcel->jingle->action == PEAL_SESSION_INITIATE && !(call && call->session))
    begin_session (device, parcel);
  else
    peal_hands_answer (device, parcel, PEAL_UNKNOWN_SESSION);
}

/* --- proposals --- */

static void arm_invite (PealSimCall *call);

static void
tick_invite (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);

  if (!call || call->invite_armed > world->now)
    return;
  call->invite_armed = G_MAXINT64;
  if (peal_invite_deadline (call->invite) <= world->now) {
    peal_coverage_invite (peal_invite_state (call->invite), PEAL_INVITE_DEADLINE);
    peal_invite_tick (call->invite, world->now);
    peal_hands_drain_invite (call);
  }
  arm_invite (call);
}

static void
arm_invite (PealSimCall *call)
{
  PealWorld *world = call->device->world;
  gint64 deadline = peal_invite_deadline (call->invite);
  PealInviteState state = peal_invite_state (call->invite);

  /* Every state has a deadline, but those in which a session has one. */
  if (state < PEAL_INVITE_PROCEEDED)
    g_assert_cmpint (deadline, <, G_MAXINT64);
  if (deadline == G_MAXINT64 || deadline == call->invite_armed)
    return;
  call->invite_armed = deadline;
  peal_world_later (world, deadline - world->now, tick_invite, peal_errand_new (call, 0));
}

static void
send_message (PealSimCall *call, PealInviteAction *action)
{
  PealParcel *parcel = peal_parcel_new (call->device, PEAL_PARCEL_MESSAGE);
  PealWho to = peal_who_of (action->to);

  parcel->to = to;
  parcel->to_account = !peal_jid_is_full (action->to);
  parcel->verb = action->verb;
  parcel->invite = g_steal_pointer (&action->message);
  peal_world_note (call->device->world, "%s -> %s: %s %s", peal_who_jid (call->device->who),
                   action->to, peal_invite_elements[action->verb]->name, call->sid);
  peal_wire_send (call->device->world, parcel);
}

static void
carry_out_invite (PealSimCall *call, const PealInviteAction *action)
{
  gboolean outgoing = call->sent_proposal;

  if (action->state == PEAL_INVITE_ENDED) {
    if (!call->session)
      peal_hands_tell_ending (call, action->cause, action->reason, action->by);
    return;
  }
  peal_hands_tell (call, peal_invite_state_words[action->state]);
  if (action->state == PEAL_INVITE_INCOMING) {
    peal_hands_begin_habits (call);
    peal_hands_hear_ring (call);
  } else if (action->state == PEAL_INVITE_PROCEEDED && outgoing && !call->session)
    peal_hands_start_session (call, peal_who_of (action->with));
}

void
peal_hands_drain_invite (PealSimCall *call)
{
  PealInviteAction action;

  while (peal_invite_poll (call->invite, &action)) {
    if (action.is_event)
      carry_out_invite (call, &action);
    else
      send_message (call, &action);
    peal_invite_action_clear (&action);
  }
  arm_invite (call);
}

/* A proposal of ours to that account which is still open. */
static PealSimCall *
crossing_proposal (PealDevice *device, PealWho other)
{
  for (guint i = 0; i < device->calls->len; i++) {
    PealSimCall *call = device->calls->pdata[i];
    if (call->sent_proposal && peal_invite_state (call->invite) <= PEAL_INVITE_RANG &&
        peal_same_account (call->peer, other))
      return call;
  }
  return NULL;
}

static void
hear_propose (PealDevice *device, const PealParcel *parcel)
{
  PealWorld *world = device->world;
  PealSimCall *crossing = crossing_proposal (device, parcel->from);
  PealInviteSetup setup = { .id = parcel->invite->id,
                            .self = peal_who_jid (device->who),
                            .peer = peal_who_jid (parcel->from),
                            .trusted = !device->policy.stranger,
                            .now = world->now,
                            .ring_timeout = PEAL_SECONDS (device->policy.patience),
                            .delay = parcel->stored_at ? world->now - parcel->stored_at : 0,
                            .crosses = crossing ? crossing->sid : NULL };
  PealSimCall *call = peal_hands_new_call (device, parcel->invite->id, parcel->from);

  call->willing = crossing != NULL;
  call->invite = peal_invite_new_incoming (&setup, parcel->invite);
  if (crossing && peal_invite_state (call->invite) == PEAL_INVITE_INCOMING) {
    peal_coverage_invite (peal_invite_state (crossing->invite), PEAL_TOLD_TIE_BREAK);
    peal_invite_tie_break (crossing->invite, world->now);
    peal_hands_drain_invite (crossing);
  }
  peal_hands_drain_invite (call);
}

static void
hear_message (PealDevice *device, const PealParcel *parcel)
{
  PealSimCall *call = peal_hands_find (device, parcel->invite->id);
  gboolean own = peal_same_account (device->who, parcel->from);

  if (call && call->invite) {
    peal_coverage_invite (peal_invite_state (call->invite),
                          (own ? PEAL_OWN_VERBS : 0) + parcel->verb);
    peal_invite_receive (call->invite, parcel->verb, parcel->invite, peal_who_jid (parcel->from),
                         own, device->world->now);
    peal_hands_drain_invite (call);
  } else if (!call && parcel->verb == PEAL_INVITE_PROPOSE &&
             (!own || peal_same_account (parcel->target, device->who)))
    hear_propose (device, parcel);
}

static void
hear_bounce (PealDevice *device, const PealParcel *parcel)
{
  PealSimCall *call = peal_hands_find (device, parcel->invite->id);

  if (!call || !call->invite)
    return;
  peal_coverage_invite (peal_invite_state (call->invite), PEAL_HEARS_BOUNCE);
  peal_invite_bounced (call->invite, device->world->now);
  peal_hands_drain_invite (call);
}

void
peal_hands_deliver (PealDevice *device, const PealParcel *parcel)
{
  PealAsked asked;

  switch (parcel->kind) {
  case PEAL_PARCEL_SET:
    hear_set (device, parcel);
    break;
  case PEAL_PARCEL_ANSWER:
    if (take_asked (device, parcel->id, &asked)) {
      tell_result (device, &asked, parcel->condition, FALSE);
      g_free (asked.sid);
    }
    break;
  case PEAL_PARCEL_MESSAGE:
    hear_message (device, parcel);
    break;
  case PEAL_PARCEL_BOUNCE:
    hear_bounce (device, parcel);
    break;
  }
}
