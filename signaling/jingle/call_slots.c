/* The slots of a call: what they tell is told to the machine and the user; how they are opened and
 * closed. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

PealSlot *
peal_call_slot (PealCall *call, const char *name)
{
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (g_strcmp0 (slot->name, name) == 0)
      return slot;
  }
  return NULL;
}

static void
slot_describable (gpointer user, PealSlot *slot)
{
  PealCall *call = user;
  if (call->stage == PEAL_CALL_RUNNING) {
    PealOpen *news = peal_slot_news (slot);
    if (news)
      peal_session_transport_info (call->session, slot->name, news, g_get_monotonic_time ());
    peal_call_drain (call);
  } else
    peal_call_go_on (call);
}

static gint
since_accept (const PealCall *call, gint64 at)
{
  return at && call->accepted_at ? (gint) ((at - call->accepted_at) / 1000) : -1;
}

static void
tell_connected (PealCall *call, PealSlot *slot, const PealPath *path)
{
  PealEvent event;
  peal_event_init (&event, PEAL_EVENT_CONNECTED);
  event.content = g_strdup (slot->name);
  peal_path_copy (&event.path, path);
  if (slot->application->chosen)
    event.codec = g_strdup (slot->application->chosen (slot->local, slot->remote));
  event.setup_ms = since_accept (call, g_get_monotonic_time ());
  event.ice_ms = since_accept (call, path->ice_at);
  event.secured_ms = since_accept (call, path->secured_at);
  peal_call_tell (call, &event);
}

/* What the peer is told of a transport that failed, so that its cause is the same as ours. */
static PealReasonCondition
reason_of (PealCause cause)
{
  if (cause == PEAL_CAUSE_SECURITY)
    return PEAL_REASON_SECURITY_ERROR;
  return cause == PEAL_CAUSE_LOST ? PEAL_REASON_TIMEOUT : PEAL_REASON_CONNECTIVITY_ERROR;
}

static void
slot_transport (gpointer user, PealSlot *slot, PealTransportState state, const PealPath *path,
                const GError *why)
{
  PealCall *call = user;
  if (call->stage == PEAL_CALL_ENDED)
    return;
  switch (state) {
  case PEAL_TRANSPORT_OPENING:
    break;
  case PEAL_TRANSPORT_CONNECTING:
    peal_call_tell_kind (call, PEAL_EVENT_CONNECTING, PEAL_BY_NONE);
    break;
  case PEAL_TRANSPORT_CONNECTED:
    if (!slot->connected) {
      slot->connected = TRUE;
      tell_connected (call, slot, path);
    }
    break;
  case PEAL_TRANSPORT_WEAK:
    peal_call_tell_kind (call, PEAL_EVENT_WEAK, PEAL_BY_NONE);
    break;
  case PEAL_TRANSPORT_FAILED: {
    PealCause cause = why && why->domain == PEAL_CAUSE ? (PealCause) why->code : PEAL_CAUSE_NO_PATH;
    peal_call_end (call, reason_of (cause), cause, why);
    break;
  }
  }
}

static void
slot_event (gpointer user, PealSlot *slot, PealEvent *event)
{
  PealCall *call = user;
  if (call->stage != PEAL_CALL_ENDED)
    peal_call_tell (call, event);
}

static void
slot_failed (gpointer user, PealSlot *slot, const GError *why)
{
  peal_call_end (user, PEAL_REASON_MEDIA_ERROR,
                 why->domain == PEAL_CAUSE ? (PealCause) why->code : PEAL_CAUSE_MEDIA, why);
}

static const PealSlotEvents slot_events = {
  .describable = slot_describable,
  .transport = slot_transport,
  .event = slot_event,
  .failed = slot_failed,
};

/* A stranger's call learns nothing but relay addresses until the user accepts it. (That it learns
 * nothing at all,
 * --privacy none, needs no more: a transport is first described in the answer.) */
static gboolean
hides (PealCall *call)
{
  return !call->outgoing && !call->accepted && !call->contact &&
         call->policy.privacy != PEAL_PRIVACY_OFF;
}

static PealSlot *
open_slot (PealCall *call, const char *name, const PealApplication *application,
           const PealMethod *method)
{
  const PealEndpointSetup *setup = peal_endpoint_setup (call->endpoint);
  PealSlotSetup slot = {
    .name = name,
    .initiator = call->outgoing,
    .hide_address = hides (call),
    .two_components = call->two_components,
    .wish = peal_call_wish (call, application),
    .method = method,
    .policy = &call->policy,
    .loop = setup->loop,
    .services =
        call->policy.services ? call->policy.services : peal_services_list (setup->services),
  };
  return peal_slot_new (&slot, &slot_events, call);
}

PealSlot *
peal_call_open_slot (PealCall *call, const char *name, const PealApplication *application,
                     const PealMethod *method)
{
  PealSlot *slot = g_steal_pointer (&call->spare);
  if (slot && (slot->application != application || slot->method != method))
    g_clear_pointer (&slot, peal_slot_drop);
  if (slot)
    peal_slot_rename (slot, name);
  else
    slot = open_slot (call, name, application, method);
  g_ptr_array_add (call->slots, slot);
  return slot;
}

void
peal_call_open_spare (PealCall *call, const PealMethod *method)
{
  call->spare = open_slot (call, "audio", call->policy.wishes[0].application, method);
}

void
peal_call_close_slots (PealCall *call, PealEvent *ended)
{
  g_autoptr(GPtrArray) slots = g_steal_pointer (&call->slots);
  call->slots = g_ptr_array_new ();
  for (guint i = 0; i < slots->len; i++) {
    PealSlot *slot = slots->pdata[i];
    g_autofree char *name = g_strdup (slot->name);
    PealEvent last;
    peal_event_init (&last, PEAL_EVENT_STATS);
    peal_slot_free (slot, &last);
    if (last.has_stats)
      peal_event_add_last (ended, name, &last.stats);
    peal_event_clear (&last);
  }
  g_clear_pointer (&call->spare, peal_slot_drop);
}
