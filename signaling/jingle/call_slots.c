/* What of a call runs: its slots and the carriers they are on; what these tell is told to the
 * machine and the user. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/limits.h"

/* --- finding --- */

PealSlot *
peal_call_slot (PealCall *call, const PealContent *content)
{
  PealSlot *named = NULL;
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (g_strcmp0 (slot->name, content->name) != 0)
      continue;
    if (slot->creator == content->creator)
      return slot;
    named = slot;
  }
  return named;
}

PealSlot *
peal_call_slot_of (PealCall *call, const char *media)
{
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (g_strcmp0 (slot->application->media, media) == 0)
      return slot;
  }
  return NULL;
}

/* --- what carriers tell --- */

static void
tell_news (PealCall *call, PealCarrier *carrier)
{
  if (!carrier->tag)
    return;
  if (carrier->renewed) {
    peal_call_tell_renewed (call, carrier);
    return;
  }
  PealOpen *news = peal_carrier_news (carrier);
  if (news)
    peal_session_transport_info (call->session, carrier->tag->name, news, g_get_monotonic_time ());
}

static void
describable (gpointer user, PealCarrier *carrier)
{
  PealCall *call = user;
  if (call->stage != PEAL_CALL_RUNNING) {
    peal_call_go_on (call);
    return;
  }
  tell_news (call, carrier);
  peal_call_changes_go_on (call);
  peal_call_drain (call);
}

static gint
since_accept (const PealCall *call, gint64 at)
{
  return at && call->accepted_at ? (gint) ((at - call->accepted_at) / 1000) : -1;
}

static void
tell_connected (PealCall *call, PealSlot *slot)
{
  const PealPath *path = &slot->carrier->path;
  PealEvent event;
  peal_event_init (&event, PEAL_EVENT_CONNECTED);
  slot->connected = TRUE;
  event.content = g_strdup (slot->name);
  event.media = g_strdup (slot->application->media);
  peal_path_copy (&event.path, path);
  if (slot->application->chosen)
    event.codec = g_strdup (slot->application->chosen (slot->local, slot->remote));
  event.setup_ms = since_accept (call, g_get_monotonic_time ());
  event.ice_ms = since_accept (call, path->ice_at);
  event.secured_ms = since_accept (call, path->secured_at);
  peal_call_tell (call, &event);
}

void
peal_call_tell_connections (PealCall *call)
{
  g_autoptr(GPtrArray) slots = g_ptr_array_copy (call->slots, NULL, NULL);
  for (guint i = 0; i < slots->len && call->stage != PEAL_CALL_ENDED; i++) {
    PealSlot *slot = slots->pdata[i];
    if (slot->started && !slot->connected && !slot->dead && call->active_at &&
        slot->carrier->state == PEAL_TRANSPORT_CONNECTED)
      tell_connected (call, slot);
  }
}

/* What the peer is told of a transport that failed, so that its cause is the same as ours. */
static PealReasonCondition
reason_of (PealCause cause)
{
  if (cause == PEAL_CAUSE_SECURITY)
    return PEAL_REASON_SECURITY_ERROR;
  return cause == PEAL_CAUSE_LOST ? PEAL_REASON_TIMEOUT : PEAL_REASON_CONNECTIVITY_ERROR;
}

/* A new transport that does not work leaves the old one as it is. */
static void
carrier_failed (PealCall *call, PealCarrier *carrier, const GError *why)
{
  g_autoptr(GPtrArray) slots = g_ptr_array_copy (call->slots, NULL, NULL);
  PealCause cause = why && why->domain == PEAL_CAUSE ? (PealCause) why->code : PEAL_CAUSE_NO_PATH;
  for (guint i = 0; i < slots->len && call->stage != PEAL_CALL_ENDED; i++) {
    PealSlot *slot = slots->pdata[i];
    if (slot->next == carrier)
      peal_call_drop_carrier (call, g_steal_pointer (&slot->next));
    else if (slot->carrier == carrier && !slot->dead)
      peal_call_lose (call, slot, reason_of (cause), why);
  }
}

static void
changed (gpointer user, PealCarrier *carrier, PealTransportState state, const PealPath *path,
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
    carrier->weak_at = 0;
    carrier->restarted = FALSE;
    peal_call_switch (call, carrier);
    peal_call_tell_connections (call);
    break;
  case PEAL_TRANSPORT_WEAK:
    peal_call_weakened (call, carrier);
    break;
  case PEAL_TRANSPORT_FAILED:
    carrier_failed (call, carrier, why);
    break;
  }
}

static const PealCarrierEvents carrier_events = { .describable = describable, .state = changed };

/* --- what slots tell --- */

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
  peal_call_lose (user, slot, PEAL_REASON_MEDIA_ERROR, why);
}

static const PealSlotEvents slot_events = { .event = slot_event, .failed = slot_failed };

void
peal_call_tell_content (PealCall *call, PealEventKind kind, const PealSlot *slot, PealBy by,
                        const char *reason)
{
  PealEvent event;
  peal_event_init (&event, kind);
  event.content = g_strdup (slot->name);
  event.media = g_strdup (slot->application->media);
  event.by = by;
  event.reason = g_strdup (reason);
  peal_call_tell (call, &event);
}

/* --- losing one --- */

/* The first content is what the call is for. */
static gboolean
is_essential (PealCall *call, const PealSlot *slot)
{
  return call->slots->len < 2 || call->slots->pdata[0] == slot;
}

static gboolean
is_active (const PealCall *call)
{
  PealSessionState state = call->session ? peal_session_state (call->session) : PEAL_SESSION_NEW;
  return state == PEAL_SESSION_ACCEPTING || state == PEAL_SESSION_ACTIVE;
}

void
peal_call_lose (PealCall *call, PealSlot *slot, PealReasonCondition reason, const GError *why)
{
  PealCause cause =
      why && why->domain == PEAL_CAUSE ? (PealCause) why->code : PEAL_CAUSE_UNSUPPORTED;
  if (call->stage == PEAL_CALL_ENDED)
    return;
  /* What only joins a call, and cannot be encrypted, stays out of it. */
  if (is_essential (call, slot) ||
      (cause == PEAL_CAUSE_SECURITY && slot->stage == PEAL_SLOT_SETTLED)) {
    peal_call_end (call, cause == PEAL_CAUSE_SECURITY ? PEAL_REASON_SECURITY_ERROR : reason, cause,
                   why);
    return;
  }
  peal_trace_note (peal_endpoint_setup (call->endpoint)->trace, "%s: %s", slot->name,
                   why ? why->message : peal_reason_words[reason]);
  if (call->session && !is_active (call)) { /* until it is, nothing can be removed */
    g_clear_error (&slot->broken);
    slot->broken = why ? g_error_copy (why) : NULL;
    return;
  }
  if (call->session)
    peal_session_remove (call->session, slot->name, reason, g_get_monotonic_time ());
  if (!slot->dead) {
    if (slot->stage != PEAL_SLOT_TAKING) /* else the user never heard of it */
      peal_call_tell_content (call, PEAL_EVENT_CONTENT_REMOVED, slot, PEAL_BY_LOCAL,
                              peal_reason_words[reason]);
    peal_call_drop (call, slot);
  }
  peal_call_drain (call);
  peal_call_go_on (call);
}

/* --- opening --- */

/* A stranger's call learns nothing but relay addresses until the user accepts it. (That it learns
 * nothing at all,
 * --privacy none, needs no more: a transport is first described in the answer.) */
static gboolean
hides (PealCall *call)
{
  return !call->outgoing && !call->accepted && !call->contact &&
         call->policy.privacy != PEAL_PRIVACY_OFF;
}

PealEncryption
peal_call_encryption (const PealCall *call)
{
  for (guint i = 0; i < call->carriers->len; i++) {
    const PealPath *path = &((const PealCarrier *) call->carriers->pdata[i])->path;
    if (path->encryption && !g_str_equal (path->encryption, "none"))
      return PEAL_ENCRYPTION_REQUIRED;
  }
  return call->policy.encryption;
}

gboolean
peal_call_is_worn (const PealCall *call)
{
  return call->dead_carriers->len >= PEAL_MOST_CLOSING;
}

static PealCarrier *
open_carrier (PealCall *call, const PealMethod *method, const char *content)
{
  const PealEndpointSetup *setup = peal_endpoint_setup (call->endpoint);
  const PealCallPolicy *policy = &call->policy;
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  PealTransportSetup transport = {
    .loop = setup->loop,
    .context = context,
    .initiator = call->outgoing,
    .content = content,
    .encryption = peal_call_encryption (call),
    .services = policy->services ? policy->services : peal_services_list (setup->services),
    .relay_only = policy->relay_only,
    .no_trickle = policy->no_trickle,
    .hide_address = hides (call),
    .two_components = call->two_components,
    .bind_address = policy->bind_address,
  };
  return peal_carrier_new (method, &transport, &carrier_events, call);
}

PealCarrier *
peal_call_open_carrier (PealCall *call, const PealMethod *method, const char *content)
{
  PealCarrier *carrier = g_steal_pointer (&call->spare);
  if (carrier && (carrier->method != method || call->two_components)) {
    carrier->dead = TRUE;
    g_ptr_array_add (call->dead_carriers, g_steal_pointer (&carrier));
  }
  if (!carrier)
    carrier = open_carrier (call, method, content);
  g_ptr_array_add (call->carriers, carrier);
  return carrier;
}

static PealSlot *
open_slot (PealCall *call, const char *name, const PealWish *wish)
{
  PealSlotSetup slot = {
    .name = name,
    .initiator = call->outgoing,
    .wish = wish,
    .loop = peal_endpoint_setup (call->endpoint)->loop,
  };
  return peal_slot_new (&slot, &slot_events, call);
}

PealSlot *
peal_call_open_slot (PealCall *call, const char *name, const PealWish *wish)
{
  PealSlot *slot = NULL;
  for (guint i = 0; i < call->spares->len && !slot; i++)
    if (((PealSlot *) call->spares->pdata[i])->application == wish->application)
      slot = g_ptr_array_steal_index (call->spares, i);
  if (slot)
    peal_slot_rename (slot, name);
  else
    slot = open_slot (call, name, wish);
  call->had |= peal_call_bit (call, wish);
  call->opened++;
  g_ptr_array_add (call->slots, slot);
  return slot;
}

void
peal_call_open_spare (PealCall *call, const PealWish *wish)
{
  const PealMethod *method =
      peal_endpoint_method (call->endpoint, wish->application, &call->policy, NULL);
  if (!method)
    return;
  if (!call->spare) /* one for all: who proposes several often bundles them */
    call->spare = open_carrier (call, method, wish->application->media);
  g_ptr_array_add (call->spares, open_slot (call, wish->application->media, wish));
}

/* --- carrying --- */

static PealSlot *
next_tag (PealCall *call, const PealCarrier *carrier)
{
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (slot->carrier == carrier || slot->next == carrier)
      return slot;
  }
  return NULL;
}

void
peal_call_leave (PealCall *call, PealSlot *slot, PealCarrier *carrier)
{
  if (!carrier || carrier->tag != slot)
    return;
  carrier->tag = next_tag (call, carrier);
  if (!carrier->tag)
    peal_call_drop_carrier (call, carrier);
}

void
peal_call_carry (PealCall *call, PealSlot *slot, PealCarrier *carrier)
{
  PealCarrier *former = slot->carrier;
  slot->carrier = carrier;
  if (!carrier->tag)
    carrier->tag = slot;
  if (former && former != carrier)
    peal_call_leave (call, slot, former);
}

/* --- closing --- */

void
peal_call_drop (PealCall *call, PealSlot *slot)
{
  PealCarrier *carrier = slot->carrier, *next = slot->next;
  if (!g_ptr_array_remove (call->slots, slot))
    return;
  slot->dead = TRUE;
  g_ptr_array_add (call->dead_slots, slot);
  peal_call_leave (call, slot, carrier);
  peal_call_leave (call, slot, next);
  peal_endpoint_sweep_soon (call->endpoint);
}

void
peal_call_drop_carrier (PealCall *call, PealCarrier *carrier)
{
  if (!g_ptr_array_remove (call->carriers, carrier))
    return;
  carrier->dead = TRUE;
  g_ptr_array_add (call->dead_carriers, carrier);
  peal_endpoint_sweep_soon (call->endpoint);
}

void
peal_call_drop_spares (PealCall *call)
{
  for (; call->spares->len; g_ptr_array_set_size (call->spares, call->spares->len - 1)) {
    PealSlot *slot = call->spares->pdata[call->spares->len - 1];
    slot->dead = TRUE;
    g_ptr_array_add (call->dead_slots, slot);
  }
  if (call->spare) {
    call->spare->dead = TRUE;
    g_ptr_array_add (call->dead_carriers, g_steal_pointer (&call->spare));
  }
}

/* Its last counters go into @told, if it has any; a peer may add and remove without end. */
static void
close_slot (PealSlot *slot, PealEvent *told)
{
  g_autofree char *name = g_strdup (slot->name);
  PealEvent last;
  peal_event_init (&last, PEAL_EVENT_STATS);
  peal_slot_free (slot, &last);
  if (last.has_stats && (!told->last || told->last->len < PEAL_MOST_GONE))
    peal_event_add_last (told, name, &last.stats);
  peal_event_clear (&last);
}

void
peal_call_sweep (PealCall *call)
{
  g_autoptr(GPtrArray) slots = g_steal_pointer (&call->dead_slots);
  g_autoptr(GPtrArray) carriers = g_steal_pointer (&call->dead_carriers);
  call->dead_slots = g_ptr_array_new ();
  call->dead_carriers = g_ptr_array_new ();
  for (guint i = 0; i < slots->len; i++)
    close_slot (slots->pdata[i], &call->last);
  for (guint i = 0; i < carriers->len; i++)
    peal_carrier_free (carriers->pdata[i]);
}

void
peal_call_close_slots (PealCall *call, PealEvent *ended)
{
  g_autoptr(GPtrArray) slots = g_steal_pointer (&call->slots);
  g_autoptr(GPtrArray) carriers = g_steal_pointer (&call->carriers);
  call->slots = g_ptr_array_new ();
  call->carriers = g_ptr_array_new ();
  peal_call_drop_spares (call);
  peal_call_sweep (call);
  for (guint i = 0; i < slots->len; i++)
    close_slot (slots->pdata[i], ended);
  for (guint i = 0; i < carriers->len; i++)
    peal_carrier_free (carriers->pdata[i]);
  for (guint i = 0; call->last.last && i < call->last.last->len; i++) {
    const PealContentStats *gone = call->last.last->pdata[i];
    peal_event_add_last (ended, gone->content, &gone->stats);
  }
  g_clear_pointer (&call->last.last, g_ptr_array_unref);
}

/* --- starting --- */

void
peal_call_start_slot (PealCall *call, PealSlot *slot)
{
  slot->stage = PEAL_SLOT_SETTLED;
  if (slot->started || call->stage != PEAL_CALL_RUNNING)
    return;
  peal_slot_start (slot);
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *other = call->slots->pdata[i];
    if (other != slot && other->started)
      peal_slot_join (slot, other);
  }
  peal_call_tell_connections (call);
}
