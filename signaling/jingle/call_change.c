/* Changes in a running call: contents that come and go, senders, and transports that are replaced
 * (XEP-0166 §7.2). What runs is never touched for the sake of what comes. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

/* --- a content of ours --- */

static void
propose (PealCall *call, PealSlot *slot)
{
  GPtrArray *contents = g_ptr_array_new ();
  g_ptr_array_add (contents, peal_slot_content (slot));
  slot->stage = PEAL_SLOT_PROPOSED;
  if (peal_session_add (call->session, contents, NULL, g_get_monotonic_time ()))
    return;
  peal_call_tell_content (call, PEAL_EVENT_CONTENT_REMOVED, slot, PEAL_BY_LOCAL,
                          peal_reason_words[PEAL_REASON_GENERAL_ERROR]);
  if (!slot->dead)
    peal_call_drop (call, slot);
}

static const PealMethod *
method_for (PealCall *call, const PealWish *wish, GError **error)
{
  const PealMethod *method =
      peal_endpoint_method (call->endpoint, wish->application, &call->policy, NULL);
  if (!method)
    g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
                         "no such transport method is built in");
  return method;
}

/* The name of a content that is gone is free again only when both sides know. */
static char *
new_name (PealCall *call, const PealWish *wish)
{
  return call->had & peal_call_bit (call, wish)
             ? g_strdup_printf ("%s-%u", wish->application->media, call->opened)
             : g_strdup (wish->application->media);
}

gboolean
peal_call_add (PealCall *call, const PealWish *wish, GError **error)
{
  const PealMethod *method = method_for (call, wish, error);
  if (!method)
    return FALSE;
  g_autofree char *name = new_name (call, wish);
  PealSlot *slot = peal_call_open_slot (call, name, wish);
  slot->creator = call->outgoing ? PEAL_CREATOR_INITIATOR : PEAL_CREATOR_RESPONDER;
  slot->senders = peal_slot_senders (call->outgoing, !call->outgoing);
  slot->stage = PEAL_SLOT_ADDING;
  slot->willing = TRUE;
  if (!peal_slot_offer (slot, error)) {
    slot->dead = TRUE;
    g_ptr_array_remove (call->slots, slot);
    g_ptr_array_add (call->dead_slots, slot);
    peal_endpoint_sweep_soon (call->endpoint);
    return FALSE;
  }
  peal_call_carry (call, slot, peal_call_open_carrier (call, method, name));
  peal_call_control_slot (call, slot);
  return TRUE;
}

/* --- a content of theirs --- */

static void
take (PealCall *call, PealSlot *slot)
{
  if (!peal_session_accept_content (call->session, peal_slot_content (slot),
                                    g_get_monotonic_time ())) {
    peal_call_drop (call, slot);
    return;
  }
  slot->stage = PEAL_SLOT_SETTLED;
  peal_call_tell_content (call, PEAL_EVENT_CONTENT_ADDED, slot, PEAL_BY_REMOTE, NULL);
  if (slot->willing && !slot->dead &&
      !peal_slot_may_send (slot)) /* both wanted one: ours goes with it */
    peal_session_modify (call->session, slot->name, peal_slot_with (slot, TRUE),
                         g_get_monotonic_time ());
}

/* --- transports that take the place of others --- */

/* The peer offers another transport for a content: it is built beside the old one, with keys of its
 * own, and takes over once it is connected. */
static void
replace (PealCall *call, PealSlot *slot, const PealContent *content)
{
  const PealOpen *offered = content->transport;
  const PealMethod *method = offered && offered->element
                                 ? peal_endpoint_method (call->endpoint, slot->application,
                                                         &call->policy, offered->element)
                                 : NULL;
  PealTransportSetup setup = { .encryption = peal_call_encryption (call),
                               .initiator = call->outgoing };
  gboolean renewed;
  if (!method || peal_call_is_worn (call) || slot->stage != PEAL_SLOT_SETTLED || !slot->started ||
      (method->judge && !method->judge (&setup, offered->value, NULL))) {
    peal_session_reject_transport (call->session, slot->name, g_get_monotonic_time ());
    return;
  }
  PealCarrier *former = slot->next;
  slot->next = peal_call_open_carrier (call, method, slot->name);
  slot->next->tag = slot;
  slot->answering = TRUE;
  if (former)
    peal_call_drop_carrier (call, former);
  if (peal_carrier_apply (slot->next, offered->value, &renewed, NULL))
    return;
  peal_call_drop_carrier (call, g_steal_pointer (&slot->next));
  peal_session_reject_transport (call->session, slot->name, g_get_monotonic_time ());
}

static void
accept_transport (PealCall *call, PealSlot *slot)
{
  slot->answering = FALSE;
  if (!peal_session_accept_transport (call->session, slot->name, peal_carrier_describe (slot->next),
                                      g_get_monotonic_time ()))
    peal_call_drop_carrier (call, g_steal_pointer (&slot->next));
}

/* What was on its way before is as it was. */
static void
keep (PealCall *call, PealSlot *slot)
{
  if (slot->next)
    peal_call_drop_carrier (call, g_steal_pointer (&slot->next));
}

static void
bring_up (PealCall *call, PealSlot *slot)
{
  peal_call_control_slot (call, slot);
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *other = call->slots->pdata[i];
    if (other != slot && other->started)
      peal_slot_join (slot, other);
  }
}

void
peal_call_switch (PealCall *call, PealCarrier *carrier)
{
  PealSlot *slot = carrier->tag;
  if (!slot || slot->next != carrier)
    return;
  PealCarrier *former = slot->carrier;
  PealEvent last;
  peal_event_init (&last, PEAL_EVENT_STATS);
  slot->next = NULL;
  slot->connected = FALSE; /* the user hears of the new path */
  peal_slot_switch (slot, carrier, &last);
  peal_event_clear (&last);
  bring_up (call, slot);
  peal_call_leave (call, slot, former);
}

/* --- what waited for a transport --- */

void
peal_call_changes_go_on (PealCall *call)
{
  g_autoptr(GPtrArray) slots = g_ptr_array_copy (call->slots, NULL, NULL);
  for (guint i = 0; i < slots->len && call->stage == PEAL_CALL_RUNNING; i++) {
    PealSlot *slot = slots->pdata[i];
    if (slot->dead)
      continue;
    if (slot->stage == PEAL_SLOT_ADDING && slot->carrier->describable)
      propose (call, slot);
    else if (slot->stage == PEAL_SLOT_TAKING && slot->carrier->describable)
      take (call, slot);
    else if (slot->answering && slot->next && slot->next->describable)
      accept_transport (call, slot);
  }
}

/* --- what the session tells --- */

/* Session and slots end together, and are told of together. */
static gboolean
is_over (const PealCall *call)
{
  return peal_session_state (call->session) >= PEAL_SESSION_ENDING;
}

static void
stop (PealCall *call, PealSlot *slot, const PealAction *action)
{
  /* One that we never accepted, or that yields to the peer's, is none that the user knows of. */
  gboolean untold = slot->stage == PEAL_SLOT_TAKING || slot->yields;
  if (is_over (call))
    return;
  if (!untold)
    peal_call_tell_content (call, PEAL_EVENT_CONTENT_REMOVED, slot,
                            action->by ? action->by : PEAL_BY_REMOTE,
                            action->reason ? peal_reason_words[action->reason] : NULL);
  if (!slot->dead)
    peal_call_drop (call, slot);
}

/* What was refused is as before, and the user hears that nothing came of it; after a lost tie-break
 * the peer's content takes the place of ours. */
static void
refused (PealCall *call, PealSlot *slot, const PealAction *action)
{
  if (action->refused == PEAL_CONTENT_ADD && action->condition == PEAL_TIE_BREAK)
    slot->yields = TRUE;
  else if (action->refused != PEAL_CONTENT_REMOVE)
    call->asked &= ~peal_call_bit (call, slot->wish);
  if (action->refused != PEAL_CONTENT_MODIFY)
    return;
  slot->willing = peal_slot_sends (slot);
  peal_call_tell_content (call, PEAL_EVENT_MUTE, slot, PEAL_BY_LOCAL,
                          slot->willing ? "unmute" : "mute");
}

static void
start (PealCall *call, PealSlot *slot)
{
  gboolean ours = slot->stage == PEAL_SLOT_PROPOSED;
  if (slot->broken) {
    g_autoptr(GError) why = g_steal_pointer (&slot->broken);
    peal_call_lose (call, slot, PEAL_REASON_FAILED_APPLICATION, why);
    return;
  }
  if (slot->remote)
    peal_call_start_slot (call, slot);
  if (ours && !slot->dead && call->stage == PEAL_CALL_RUNNING)
    peal_call_tell_content (call, PEAL_EVENT_CONTENT_ADDED, slot, PEAL_BY_LOCAL, NULL);
}

void
peal_call_changed (PealCall *call, const PealAction *action)
{
  PealSlot *slot = peal_call_slot (call, action->content);
  if (!slot)
    return;
  switch (action->what) {
  case PEAL_CONTENT_START:
    start (call, slot);
    break;
  case PEAL_CONTENT_MODIFIED:
    peal_call_directed (call, slot, action->content->senders);
    break;
  case PEAL_CONTENT_DESCRIPTION:
    peal_slot_inform (slot, action->content->description->value);
    break;
  case PEAL_CONTENT_STOP:
    stop (call, slot, action);
    break;
  case PEAL_CONTENT_REFUSED:
    refused (call, slot, action);
    break;
  case PEAL_CONTENT_REPLACE:
    replace (call, slot, action->content);
    break;
  case PEAL_CONTENT_REPLACED: /* we replace none: a restart does the same without a gap */
  case PEAL_CONTENT_KEPT:
    keep (call, slot);
    break;
  default:
    g_assert_not_reached ();
  }
}
