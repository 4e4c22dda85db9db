/* The simulated users: they dial, pick up, decline and hang up, at given times or by habit. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

#include <string.h>

/* --- what they offer --- */

PealOpen *
peal_toy_candidate (guint n)
{
  PealToyTransport *transport = peal_element_new (&peal_toy_transport);

  transport->ufrag = g_strdup ("toy");
  transport->candidate = n;
  return peal_open_new (&peal_toy_transport, transport);
}

void
peal_hands_start_session (PealSimCall *call, PealWho to)
{
  PealDevice *device = call->device;
  PealWorld *world = device->world;
  PealSessionSetup setup = { .sid = call->sid,
                             .self = peal_who_jid (device->who),
                             .peer = peal_who_jid (to),
                             .now = world->now,
                             .ring_timeout = PEAL_SECONDS (device->policy.patience) };
  GPtrArray *contents = NULL;

  call->peer = to;
  for (guint i = 0; i < world->contents; i++) {
    peal_list_append (&contents, peal_sim_describe (peal_sim_new_content (call, i)));
    peal_hands_trickle (call, i);
  }
  call->session = peal_session_new_outgoing (&setup, contents, NULL);
  if (call->invite) {
    peal_coverage_invite (peal_invite_state (call->invite), PEAL_TOLD_STARTED);
    peal_invite_started (call->invite, world->now);
  }
  peal_hands_drain_session (call);
}

/* Ids that are not in the order of their making, so that either side wins a tie-break. */
static PealSimCall *
dial (PealDevice *device, PealWho to)
{
  PealWorld *world = device->world;
  g_autofree char *sid =
      g_strdup_printf ("%04x-%u", peal_world_chance (world, 65536), ++world->sids);
  PealSimCall *call = peal_hands_new_call (device, sid, to);

  g_ptr_array_add (world->calls, g_strdup (sid));
  peal_hands_begin_habits (call);
  return call;
}

static void
place (PealDevice *device, PealWho to)
{
  peal_hands_start_session (dial (device, to), to);
}

static void
propose (PealDevice *device, PealWho to)
{
  PealSimCall *call = dial (device, to);
  const char *account = strchr (peal_who_jid (to), '/');
  g_autofree char *bare = g_strndup (peal_who_jid (to), account - peal_who_jid (to));
  PealInviteSetup setup = { .id = call->sid,
                            .self = peal_who_jid (device->who),
                            .peer = bare,
                            .now = device->world->now,
                            .ring_timeout = PEAL_SECONDS (device->policy.patience) };
  GPtrArray *descriptions = NULL;

  peal_list_append (&descriptions, peal_open_new (&peal_toy_description,
                                                  peal_element_new (&peal_toy_description)));
  call->sent_proposal = TRUE;
  call->invite = peal_invite_new_outgoing (&setup, descriptions);
  peal_hands_drain_invite (call);
}

const char *
peal_world_call (PealWorld *world, PealWho from, PealWho to)
{
  place (&world->devices[from], to);
  return world->calls->pdata[world->calls->len - 1];
}

const char *
peal_world_propose (PealWorld *world, PealWho from, PealWho to)
{
  propose (&world->devices[from], to);
  return world->calls->pdata[world->calls->len - 1];
}

/* --- what they press --- */

void
peal_hands_accept_session (PealSimCall *call)
{
  PealDevice *device = call->device;
  GPtrArray *contents = NULL;

  for (guint i = 0, n = 0; i < call->contents->len; i++) {
    PealSimContent *content = call->contents->pdata[i];
    if (device->policy.takes && !(device->policy.takes & 1u << n++) && i + 1 < call->contents->len)
      continue;
    if (!content->ours)
      peal_list_append (&contents, peal_sim_describe (content));
  }
  if (device->policy.narrows && contents) {
    const PealChange change = { .kind = PEAL_CHANGE_MODIFY,
                                .name = ((PealContent *) contents->pdata[0])->name,
                                .senders = PEAL_SENDERS_INITIATOR };
    peal_hands_change (call, &change);
  }
  peal_coverage_session (peal_session_state (call->session), PEAL_TOLD_ACCEPT);
  peal_session_accept (call->session, contents, NULL, device->world->now);
  peal_hands_drain_session (call);
}

void
peal_hands_accept (PealSimCall *call)
{
  PealWorld *world = call->device->world;

  if (call->session) {
    if (peal_session_state (call->session) == PEAL_SESSION_OFFERED)
      peal_hands_accept_session (call);
  } else if (call->invite && peal_invite_state (call->invite) == PEAL_INVITE_INCOMING) {
    call->willing = TRUE;
    peal_coverage_invite (PEAL_INVITE_INCOMING, PEAL_TOLD_PROCEED);
    peal_invite_proceed (call->invite, world->now);
    peal_hands_drain_invite (call);
  }
}

static void
terminate (PealSimCall *call, PealReasonCondition reason, PealCause cause)
{
  peal_coverage_session (peal_session_state (call->session), PEAL_TOLD_TERMINATE);
  peal_session_terminate (call->session, reason, NULL, cause, call->device->world->now);
  peal_hands_drain_session (call);
}

void
peal_hands_decline (PealSimCall *call, gboolean busy)
{
  PealReasonCondition reason = busy ? PEAL_REASON_BUSY : PEAL_REASON_DECLINE;

  if (call->session) {
    if (peal_session_state (call->session) == PEAL_SESSION_OFFERED)
      terminate (call, reason, busy ? PEAL_CAUSE_BUSY : PEAL_CAUSE_DECLINED);
  } else if (call->invite && peal_invite_state (call->invite) == PEAL_INVITE_INCOMING) {
    peal_coverage_invite (PEAL_INVITE_INCOMING, PEAL_TOLD_REJECT);
    peal_invite_reject (call->invite, reason, call->device->world->now);
    peal_hands_drain_invite (call);
  }
}

static void
hangup_session (PealSimCall *call)
{
  switch (peal_session_state (call->session)) {
  case PEAL_SESSION_OFFERING:
  case PEAL_SESSION_PENDING:
    terminate (call, PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED);
    break;
  case PEAL_SESSION_OFFERED:
    terminate (call, PEAL_REASON_DECLINE, PEAL_CAUSE_DECLINED);
    break;
  default:
    terminate (call, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  }
}

void
peal_hands_hangup (PealSimCall *call)
{
  PealWorld *world = call->device->world;

  if (call->session) {
    hangup_session (call);
    return;
  }
  call->unwilling = TRUE;
  switch (peal_invite_state (call->invite)) {
  case PEAL_INVITE_PROPOSED:
  case PEAL_INVITE_RANG:
    peal_coverage_invite (peal_invite_state (call->invite), PEAL_TOLD_RETRACT);
    peal_invite_retract (call->invite, PEAL_REASON_CANCEL, world->now);
    break;
  case PEAL_INVITE_INCOMING:
    peal_hands_decline (call, FALSE);
    break;
  default: /* the session that comes is declined */
    break;
  }
  peal_hands_drain_invite (call);
}

/* --- at a time --- */

typedef struct {
  PealDevice *device;
  PealWho to;
  PealChange change;
  char name[3];
  void (*change_it) (PealSimCall *call, const PealChange *change);
  void (*press) (PealSimCall *call);
  void (*dial) (PealDevice *device, PealWho to);
} Appointment;

static void
keep (PealWorld *world, gpointer user)
{
  Appointment *appointment = user;
  PealSimCall *call = peal_hands_latest (appointment->device);

  if (appointment->press && call)
    appointment->press (call);
  appointment->change.name = appointment->name;
  if (appointment->change_it && call && call->session)
    appointment->change_it (call, &appointment->change);
  if (appointment->dial && appointment->device->link != PEAL_LINK_DEAD &&
      !appointment->device->killed &&
      !peal_hands_in_call_with (appointment->device, appointment->to))
    appointment->dial (appointment->device, appointment->to);
}

static void
appoint (PealWorld *world, guint at, Appointment appointment)
{
  peal_world_later (world, PEAL_MS (at) - world->now, keep,
                    g_memdup2 (&appointment, sizeof appointment));
}

static void
decline (PealSimCall *call)
{
  peal_hands_decline (call, FALSE);
}

void
peal_world_call_at (PealWorld *world, PealWho from, PealWho to, guint at)
{
  appoint (world, at, (Appointment) { .device = &world->devices[from], .to = to, .dial = place });
}

void
peal_world_propose_at (PealWorld *world, PealWho from, PealWho to, guint at)
{
  appoint (world, at, (Appointment) { .device = &world->devices[from], .to = to, .dial = propose });
}

void
peal_world_accept_at (PealWorld *world, PealWho who, guint at)
{
  appoint (world, at, (Appointment) { .device = &world->devices[who], .press = peal_hands_accept });
}

void
peal_world_decline_at (PealWorld *world, PealWho who, guint at)
{
  appoint (world, at, (Appointment) { .device = &world->devices[who], .press = decline });
}

void
peal_world_hangup_at (PealWorld *world, PealWho who, guint at)
{
  appoint (world, at, (Appointment) { .device = &world->devices[who], .press = peal_hands_hangup });
}

void
peal_world_change_at (PealWorld *world, PealWho who, guint at, const PealChange *change)
{
  Appointment appointment = { .device = &world->devices[who],
                              .change = *change,
                              .change_it = peal_hands_change };

  g_strlcpy (appointment.name, change->name, sizeof appointment.name);
  appoint (world, at, appointment);
}
