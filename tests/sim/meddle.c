/* Devices that misbehave: any message at any time, any button in any state, errors out of nowhere.
 */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

static PealOpen *
any_open (PealWorld *world, const PealElement *element)
{
  PealOpen *open;

  switch (peal_world_chance (world, 8)) {
  case 0:
    return NULL;
  case 1:
    return peal_open_new_empty (element->name, "urn:peal:sim:unknown");
  case 2:
    open = peal_open_new_empty (element->name, element->ns);
    open->flaw = g_strdup ("flawed");
    return open;
  case 3: /* the name of one, the table of another */
    return peal_open_new (&peal_toy_info, peal_element_new (&peal_toy_info));
  default:
    return peal_open_new (element, peal_element_new (element));
  }
}

static PealContent *
any_content (PealWorld *world)
{
  static const char *const names[] = { "c0", "c0", "c0", "c1", "zz" };
  PealContent *content = peal_element_new (&peal_content_element);

  content->name = g_strdup (names[peal_world_chance (world, G_N_ELEMENTS (names))]);
  content->creator = peal_world_chance (world, 3);
  content->senders = peal_world_chance (world, 5);
  content->description = any_open (world, &peal_toy_description);
  content->transport = any_open (world, &peal_toy_transport);
  return content;
}

static PealReason *
any_reason (PealWorld *world)
{
  PealReason *reason = peal_element_new (&peal_reason_element);

  reason->condition = peal_world_chance (world, PEAL_N_REASONS);
  if (peal_world_chance (world, 2))
    reason->text = g_strdup ("because");
  return reason;
}

static void
send_any_set (PealSimCall *call)
{
  PealWorld *world = call->device->world;
  PealJingle *message = peal_element_new (&peal_jingle_element);

  message->action = peal_world_chance (world, PEAL_N_JINGLE_ACTIONS);
  message->sid = g_strdup (peal_world_chance (world, 20) ? call->sid : "nobody's");
  for (guint n = peal_world_chance (world, 3); n > 0; n--)
    peal_list_append (&message->contents, any_content (world));
  if (peal_world_chance (world, 2))
    message->reason = any_reason (world);
  for (guint n = peal_world_chance (world, 3); n > 0; n--)
    peal_list_append (&message->infos,
                      peal_world_chance (world, 2)
                          ? peal_open_new (&peal_toy_info, peal_element_new (&peal_toy_info))
                          : peal_open_new_empty ("strange", "urn:peal:sim:unknown"));
  peal_hands_ask (call->device, call->peer, message, NULL, 0);
}

static void
send_any_message (PealSimCall *call)
{
  PealWorld *world = call->device->world;
  PealParcel *parcel = peal_parcel_new (call->device, PEAL_PARCEL_MESSAGE);

  parcel->to = peal_world_chance (world, 4) ? call->peer : call->device->who;
  parcel->to_account = peal_world_chance (world, 2);
  parcel->verb = 1 + peal_world_chance (world, PEAL_N_INVITE_VERBS - 1);
  parcel->invite = peal_element_new (peal_invite_elements[parcel->verb]);
  parcel->invite->id = g_strdup (call->sid);
  gboolean reasoned = parcel->verb == PEAL_INVITE_REJECT || parcel->verb == PEAL_INVITE_RETRACT ||
                      parcel->verb == PEAL_INVITE_FINISH;
  if (reasoned && peal_world_chance (world, 2)) {
    parcel->invite->reason = any_reason (world);
    parcel->invite->tie_break = peal_world_chance (world, 4) == 0;
  }
  peal_wire_send (world, parcel);
}

/* --- buttons --- */

static void
press_session (PealSimCall *call, PealSessionInput button)
{
  PealWorld *world = call->device->world;
  PealSession *session = call->session;

  if (button == PEAL_TOLD_ACCEPT) {
    peal_hands_accept_session (call);
    return;
  }
  if (button >= PEAL_TOLD_ADD) {
    peal_hands_press (call, button);
    return;
  }
  peal_coverage_session (peal_session_state (session), button);
  if (button == PEAL_TOLD_TERMINATE)
    peal_session_terminate (session, PEAL_REASON_GENERAL_ERROR, "pressed", PEAL_CAUSE_INTERNAL,
                            world->now);
  else if (button == PEAL_TOLD_INFO)
    peal_session_info (session,
                       peal_world_chance (world, 2) ? any_open (world, &peal_toy_info) : NULL,
                       world->now);
  else
    peal_session_transport_info (session, peal_world_chance (world, 2) ? "c0" : "zz",
                                 peal_toy_candidate (99), world->now);
  peal_hands_drain_session (call);
}

static void
press_invite (PealSimCall *call, PealInviteInput button)
{
  PealInvite *invite = call->invite;
  gint64 now = call->device->world->now;

  /* A session that is not there would be our own lie. */
  if (button == PEAL_TOLD_STARTED && !call->session)
    return;
  peal_coverage_invite (peal_invite_state (invite), button);
  switch (button) {
  case PEAL_TOLD_PROCEED:
    call->willing = TRUE;
    peal_invite_proceed (invite, now);
    break;
  case PEAL_TOLD_REJECT:
    peal_invite_reject (invite, PEAL_REASON_BUSY, now);
    break;
  case PEAL_TOLD_RETRACT:
    peal_invite_retract (invite, PEAL_REASON_CANCEL, now);
    break;
  case PEAL_TOLD_TIE_BREAK:
    peal_invite_tie_break (invite, now);
    break;
  case PEAL_TOLD_STARTED:
    peal_invite_started (invite, now);
    break;
  case PEAL_TOLD_FINISH:
    peal_invite_finish (invite, PEAL_REASON_EXPIRED, "another", now);
    break;
  default:
    peal_invite_bounced (invite, now);
    break;
  }
  peal_hands_drain_invite (call);
}

static void
meddle (PealWorld *world, gpointer user)
{
  PealDevice *device = &world->devices[*(PealWho *) user];

  if (device->killed || !device->calls->len)
    return;
  PealSimCall *call = device->calls->pdata[peal_world_chance (world, device->calls->len)];
  switch (peal_world_chance (world, 6)) {
  case 0:
    device->contrary = TRUE;
    break;
  case 1:
    if (call->session)
      press_session (call, PEAL_TOLD_ACCEPT +
                               peal_world_chance (world, PEAL_SESSION_DEADLINE - PEAL_TOLD_ACCEPT));
    break;
  case 2:
    if (call->invite)
      press_invite (call, PEAL_HEARS_BOUNCE +
                              peal_world_chance (world, PEAL_INVITE_DEADLINE - PEAL_HEARS_BOUNCE));
    break;
  case 3:
    send_any_message (call);
    break;
  default:
    send_any_set (call);
  }
}

/* At random moments, most of them early, when much is open. */
void
peal_world_meddle (PealWorld *world, PealWho who, guint times)
{
  world->devices[who].contrary = times && peal_world_chance (world, 3) == 0;
  for (guint i = 0; i < times; i++) {
    static const guint spans[] = { 1500, 5000, 40000 };
    guint span = spans[peal_world_chance (world, G_N_ELEMENTS (spans))];
    peal_world_later (world, PEAL_MS (peal_world_chance (world, span)), meddle,
                      g_memdup2 (&who, sizeof who));
  }
}
