/* The hands of a simulated device: an endpoint in small, that carries out what the machines ask
 * for.
 *
 * It checks after every input what must always hold: one reply for each IQ, and a deadline in every
 * state that is to have one. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

#include <string.h>

/* --- calls --- */

PealSimCall *
peal_hands_find (PealDevice *device, const char *sid)
{
  for (guint i = 0; i < device->calls->len; i++) {
    PealSimCall *call = device->calls->pdata[i];
    if (strcmp (call->sid, sid) == 0)
      return call;
  }
  return NULL;
}

PealSimCall *
peal_hands_latest (PealDevice *device)
{
  return device->calls->len ? device->calls->pdata[device->calls->len - 1] : NULL;
}

void
peal_hands_free_call (PealSimCall *call)
{
  peal_invite_free (call->invite);
  peal_session_free (call->session);
  g_ptr_array_unref (call->contents);
  g_string_free (call->story, TRUE);
  g_string_free (call->changes, TRUE);
  g_free (call->started_names);
  g_free (call->has);
  g_free (call->sid);
  g_free (call);
}

PealSimCall *
peal_hands_new_call (PealDevice *device, const char *sid, PealWho peer)
{
  PealSimCall *call = g_new0 (PealSimCall, 1);

  call->device = device;
  call->sid = g_strdup (sid);
  call->peer = peer;
  call->story = g_string_new (NULL);
  call->changes = g_string_new (NULL);
  call->contents = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (device->calls, call);
  return call;
}

gboolean
peal_hands_in_call_with (PealDevice *device, PealWho other)
{
  for (guint i = 0; i < device->calls->len; i++) {
    PealSimCall *call = device->calls->pdata[i];
    gboolean open = (call->session && peal_session_state (call->session) < PEAL_SESSION_ENDING) ||
                    (call->invite && peal_invite_state (call->invite) < PEAL_INVITE_ENDED);
    if (open && peal_same_account (call->peer, other))
      return TRUE;
  }
  return FALSE;
}

/* --- things to do later --- */

PealErrand *
peal_errand_new (PealSimCall *call, guint what)
{
  PealErrand *errand = g_new0 (PealErrand, 1);

  errand->device = call->device;
  g_strlcpy (errand->sid, call->sid, sizeof errand->sid);
  errand->what = what;
  return errand;
}

PealSimCall *
peal_errand_call (const PealErrand *errand)
{
  return peal_hands_find (errand->device, errand->sid);
}

static void
do_accept (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);

  if (call)
    peal_hands_accept (call);
}

static void
do_decline (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);

  if (call)
    peal_hands_decline (call, ((PealErrand *) user)->what);
}

/* session-info: the callee's ringing, or an empty one from an impatient caller. */
static void
do_inform (PealWorld *world, gpointer user)
{
  PealSessionState state = ((PealErrand *) user)->what;
  PealSimCall *call = peal_errand_call (user);
  PealOpen *payload = NULL;

  if (!call || peal_session_state (call->session) != state)
    return;
  if (state == PEAL_SESSION_OFFERED)
    payload = peal_open_new (&peal_toy_info, peal_element_new (&peal_toy_info));
  peal_coverage_session (state, PEAL_TOLD_INFO);
  peal_session_info (call->session, payload, world->now);
  peal_hands_drain_session (call);
}

static void
do_hangup (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);

  if (call)
    peal_hands_hangup (call);
}

/* Every request is answered or given up within two minutes. */
#define LONGEST_WAIT 600

/* Hangs up once nothing is open; what both sides have must be the same then. */
static void
do_settle (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);
  gboolean quiet = FALSE;

  if (!call)
    return;
  g_autofree char *difference = peal_world_differs (world, call->sid, &quiet);
  if (difference)
    g_error ("seed %" G_GUINT64_FORMAT ": %s\n%s", world->seed, difference, world->trace->str);
  world->compared += quiet;
  if (quiet || peal_session_state (call->session) != PEAL_SESSION_ACTIVE ||
      call->waits++ > LONGEST_WAIT)
    peal_hands_hangup (call);
  else
    peal_world_later (world, PEAL_SECONDS (1), do_settle, peal_errand_new (call, 0));
}

static void
do_trickle (PealWorld *world, gpointer user)
{
  const PealErrand *errand = user;
  PealSimCall *call = peal_errand_call (errand);
  char name[] = { 'c', '0' + errand->what, 0 };
  PealSimContent *content = call ? peal_sim_find (call, name) : NULL;

  if (!content || !call->session || peal_session_state (call->session) >= PEAL_SESSION_ENDING)
    return;
  peal_coverage_session (peal_session_state (call->session), PEAL_TOLD_TRANSPORT_INFO);
  peal_session_transport_info (call->session, name, peal_toy_candidate (++content->sent),
                               world->now);
  peal_hands_drain_session (call);
}

/* The user's habits, from the first ring or the first dial. */
void
peal_hands_begin_habits (PealSimCall *call)
{
  const PealPolicy *policy = &call->device->policy;

  if (policy->give_up_after)
    peal_world_later (call->device->world, PEAL_MS (policy->give_up_after), do_hangup,
                      peal_errand_new (call, 0));
}

void
peal_hands_hear_ring (PealSimCall *call)
{
  PealDevice *device = call->device;
  const PealPolicy *policy = &device->policy;

  if (call->willing || policy->answer == PEAL_ACCEPTS)
    peal_world_later (device->world, call->willing ? 0 : PEAL_MS (policy->answer_after), do_accept,
                      peal_errand_new (call, 0));
  else if (policy->answer != PEAL_BY_HAND)
    peal_world_later (device->world, PEAL_MS (policy->answer_after), do_decline,
                      peal_errand_new (call, policy->answer == PEAL_IS_BUSY));
}

void
peal_hands_trickle (PealSimCall *call, guint name)
{
  PealWorld *world = call->device->world;

  for (guint i = 0; i < call->device->policy.candidates; i++)
    peal_world_later (world, PEAL_MS (peal_world_chance (world, 2000)), do_trickle,
                      peal_errand_new (call, name));
}

/* --- media --- */

/* Sound crosses as long as both devices have started and live, whatever XMPP does. */
static gboolean
is_heard (const PealSimCall *call)
{
  PealDevice *device = &call->device->world->devices[call->peer];
  PealSimCall *other = peal_hands_find (device, call->sid);

  return other && other->media;
}

/* The transport's watchdog: 15 s without a sign of life. */
static void
watch_media (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);

  if (!call || !call->media)
    return;
  if (is_heard (call))
    call->alive_at = world->now;
  if (world->now - call->alive_at >= PEAL_SECONDS (15)) {
    peal_coverage_session (peal_session_state (call->session), PEAL_TOLD_TERMINATE);
    peal_session_terminate (call->session, PEAL_REASON_TIMEOUT, NULL, PEAL_CAUSE_LOST, world->now);
    peal_hands_drain_session (call);
  } else
    peal_world_later (world, PEAL_SECONDS (3), watch_media, peal_errand_new (call, 0));
}

/* The first content starts: media may flow. */
static void
begin_media (PealSimCall *call)
{
  PealWorld *world = call->device->world;

  if (call->media)
    return;
  call->media = TRUE;
  call->alive_at = world->now;
  peal_world_later (world, PEAL_SECONDS (3), watch_media, peal_errand_new (call, 0));
}

/* --- the session --- */

void
peal_hands_tell (PealSimCall *call, const char *word)
{
  peal_world_note (call->device->world, "%s %s: %s", peal_who_jid (call->device->who), call->sid,
                   word);
  g_string_append_printf (call->story, "%s%s", call->story->len ? " " : "", word);
}

void
peal_hands_tell_ending (PealSimCall *call, PealCause cause, PealReasonCondition reason, PealBy by)
{
  g_autofree char *word = g_strdup_printf ("ended:%s", peal_cause_word (cause));

  peal_hands_tell (call, word);
  call->cause = cause;
  call->reason = reason;
  call->by = by;
  call->is_over = TRUE;
}

static void
finish_invite (PealSimCall *call, PealReasonCondition reason)
{
  if (!call->invite)
    return;
  peal_coverage_invite (peal_invite_state (call->invite), PEAL_TOLD_FINISH);
  peal_invite_finish (call->invite, reason, NULL, call->device->world->now);
  peal_hands_drain_invite (call);
}

static void
carry_out_event (PealSimCall *call, const PealAction *action)
{
  PealDevice *device = call->device;

  if (action->event == PEAL_SESSION_EVENT_INFO)
    return;
  if (action->state >= PEAL_SESSION_ENDING)
    call->media = FALSE;
  if (action->state == PEAL_SESSION_ENDED)
    peal_hands_tell_ending (call, action->cause, action->reason, action->by);
  else
    peal_hands_tell (call, peal_session_state_words[action->state]);

  if (action->state == PEAL_SESSION_OFFERING && device->policy.pings)
    peal_world_later (device->world, 0, do_inform, peal_errand_new (call, PEAL_SESSION_OFFERING));
  if (action->state == PEAL_SESSION_OFFERED) {
    if (!call->invite) {
      peal_hands_begin_habits (call);
      peal_world_later (device->world, 0, do_inform, peal_errand_new (call, PEAL_SESSION_OFFERED));
    }
    if (call->unwilling)
      peal_world_later (device->world, 0, do_hangup, peal_errand_new (call, 0));
    else
      peal_hands_hear_ring (call);
  } else if (action->state == PEAL_SESSION_ACTIVE || action->state == PEAL_SESSION_ACCEPTING) {
    call->was_active |= action->state == PEAL_SESSION_ACTIVE;
    if (action->state == PEAL_SESSION_ACTIVE && device->policy.talk_for)
      peal_world_later (device->world, PEAL_MS (device->policy.talk_for),
                        device->policy.settles ? do_settle : do_hangup, peal_errand_new (call, 0));
    peal_hands_begin_changes (call);
  } else if (action->state == PEAL_SESSION_ENDED)
    finish_invite (call, action->reason ? action->reason : PEAL_REASON_SUCCESS);
}

static void
send_answer (PealWorld *world, PealParcel *parcel)
{
  peal_world_note (world, "%s -> %s: answer %u %s", peal_who_jid (parcel->from),
                   peal_who_jid (parcel->to), parcel->id,
                   parcel->condition ? peal_condition_name (parcel->condition) : "result");
  peal_wire_send (world, parcel);
}

static void
send_late (PealWorld *world, gpointer parcel)
{
  send_answer (world, parcel);
}

void
peal_hands_answer (PealDevice *device, const PealParcel *asked, PealCondition condition)
{
  PealParcel *parcel = peal_parcel_new (device, PEAL_PARCEL_ANSWER);

  parcel->id = asked->id;
  parcel->to = asked->from;
  parcel->condition = condition;
  if (device->contrary)
    parcel->condition = 1 + peal_world_chance (device->world, PEAL_N_CONDITIONS - 1);
  device->contrary = FALSE;
  if (device->policy.reply_after && asked->jingle->action == PEAL_SESSION_INITIATE)
    peal_world_later_parcel (device->world, PEAL_MS (device->policy.reply_after), send_late,
                             parcel);
  else
    send_answer (device->world, parcel);
}

static void arm_session (PealSimCall *call);

static void
tick_session (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);

  if (!call || !call->session || call->session_armed > world->now)
    return;
  call->session_armed = G_MAXINT64;
  if (peal_session_deadline (call->session) <= world->now) {
    peal_coverage_session (peal_session_state (call->session), PEAL_SESSION_DEADLINE);
    peal_session_tick (call->session, world->now);
    peal_hands_drain_session (call);
  }
  arm_session (call);
}

static void
arm_session (PealSimCall *call)
{
  PealWorld *world = call->device->world;
  gint64 deadline = peal_session_deadline (call->session);
  PealSessionState state = peal_session_state (call->session);

  /* Every state has a deadline, but the one that the transport guards. */
  if (state == PEAL_SESSION_ENDED)
    g_assert_cmpint (deadline, ==, G_MAXINT64);
  else if (state != PEAL_SESSION_ACTIVE)
    g_assert_cmpint (deadline, <, G_MAXINT64);
  if (deadline == G_MAXINT64 || deadline == call->session_armed)
    return;
  call->session_armed = deadline;
  peal_world_later (world, deadline - world->now, tick_session, peal_errand_new (call, 0));
}

static void
drain (PealSimCall *call, const PealParcel *asked, guint *replies)
{
  PealAction action;

  while (peal_session_poll (call->session, &action)) {
    switch (action.kind) {
    case PEAL_ACTION_SEND:
      peal_habit_sends (call, action.message);
      peal_hands_ask (call->device, call->peer, g_steal_pointer (&action.message), call,
                      action.token);
      break;
    case PEAL_ACTION_REPLY:
      g_assert_true (asked && action.iq == asked);
      peal_hands_answer (call->device, asked, action.condition);
      ++*replies;
      break;
    case PEAL_ACTION_CONTENT:
      peal_sim_carry_out (call, &action);
      if (action.what == PEAL_CONTENT_START)
        begin_media (call);
      break;
    case PEAL_ACTION_EVENT:
      carry_out_event (call, &action);
      break;
    case PEAL_ACTION_NONE:
      g_assert_not_reached ();
    }
    peal_action_clear (&action);
  }
  arm_session (call);
}

void
peal_hands_drain_session (PealSimCall *call)
{
  guint replies = 0;

  drain (call, NULL, &replies);
}

void
peal_hands_drain_answer (PealSimCall *call, const PealParcel *asked)
{
  guint replies = 0;

  drain (call, asked, &replies);
  g_assert_cmpuint (replies, ==, 1);
}
