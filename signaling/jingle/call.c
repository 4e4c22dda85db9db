/* A call: what its machines ask for is carried out here, and what its slots tell is told to the machines. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

#define NS_DTLS "urn:xmpp:jingle:apps:dtls:0"

static const char *const stage_words[PEAL_N_CALL_STAGES] = {
  "new",     "finding", "inviting",  "starting", "invited",
  "awaited", "offered", "answering", "running",  "ended",
};

void
peal_call_enter (PealCall *call, PealCallStage stage)
{
  peal_trace_transition (peal_endpoint_setup (call->endpoint)->trace, "call", call->sid,
                         stage_words[call->stage], stage_words[stage]);
  call->stage = stage;
}

/* --- slots --- */

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

static gboolean
all_describable (PealCall *call)
{
  for (guint i = 0; i < call->slots->len; i++)
    if (!((PealSlot *) call->slots->pdata[i])->describable)
      return FALSE;
  return call->slots->len > 0;
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
slot_transport (gpointer user, PealSlot *slot, PealTransportState state, const PealPath *path, const GError *why)
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
  .describable = slot_describable, .transport = slot_transport, .event = slot_event, .failed = slot_failed,
};

/* A stranger's call learns nothing but relay addresses until the user accepts it. (That it learns nothing at all,
 * --privacy none, needs no more: a transport is first described in the answer.) */
static gboolean
hides (PealCall *call)
{
  return !call->outgoing && !call->accepted && !call->contact
         && call->policy.privacy != PEAL_PRIVACY_OFF;
}

static PealSlot *
open_slot (PealCall *call, const char *name, const PealApplication *application, const PealMethod *method)
{
  const PealEndpointSetup *setup = peal_endpoint_setup (call->endpoint);
  PealSlotSetup slot = {
    .name = name, .initiator = call->outgoing, .hide_address = hides (call),
    .two_components = call->two_components, .application = application, .method = method,
    .policy = &call->policy, .loop = setup->loop,
    .services = call->policy.services ? call->policy.services : peal_services_list (setup->services),
  };
  return peal_slot_new (&slot, &slot_events, call);
}

PealSlot *
peal_call_open_slot (PealCall *call, const char *name, const PealApplication *application, const PealMethod *method)
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

/* --- starting --- */

/* What @offered and we have in common (RFC 8843 §7.3: an answer's group has nothing else); NULL: nothing. */
static PealGroup *
answer_group (PealCall *call, const PealGroup *offered)
{
  PealGroup *group = peal_element_new (&peal_group_element);
  group->semantics = g_strdup (offered->semantics);
  for (guint i = 0; offered->names && i < offered->names->len; i++) {
    const PealGroupContent *theirs = offered->names->pdata[i];
    if (!peal_call_slot (call, theirs->name))
      continue;
    PealGroupContent *ours = g_new0 (PealGroupContent, 1);
    ours->name = g_strdup (theirs->name);
    peal_list_append (&group->names, ours);
  }
  if (!group->names)
    {
    peal_element_free (&peal_group_element, group);
    return NULL;
  }
  return group;
}

static GPtrArray *
describe_slots (PealCall *call)
{
  GPtrArray *contents = g_ptr_array_new ();
  for (guint i = 0; i < call->slots->len; i++)
    g_ptr_array_add (contents, peal_slot_content (call->slots->pdata[i]));
  return contents;
}

/* Of an offer that bundles; NULL: it does not, or nothing of ours. */
static GPtrArray *
describe_groups (PealCall *call)
{
  const GPtrArray *offered = peal_session_groups (call->session);
  GPtrArray *groups = NULL;
  for (guint i = 0; offered && i < offered->len; i++) {
    PealGroup *group
        = peal_group_is_bundle (offered->pdata[i]) ? answer_group (call, offered->pdata[i]) : NULL;
    if (group)
      peal_list_append (&groups, group);
  }
  return groups;
}

static PealSessionSetup
session_setup (PealCall *call)
{
  return (PealSessionSetup) {
    .sid = call->sid, .self = peal_port_jid (peal_endpoint_setup (call->endpoint)->port),
    .peer = call->peer, .now = g_get_monotonic_time (),
    .ring_timeout = call->policy.ring_timeout * (gint64) G_USEC_PER_SEC,
  };
}

static void
initiate (PealCall *call)
{
  PealSlot *slot = call->slots->pdata[0];
  g_autoptr(GError) error = NULL;
  if (!peal_slot_offer (slot, &error)) {
    peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_MEDIA, error);
    return;
  }
  PealSessionSetup setup = session_setup (call);
  peal_call_enter (call, PEAL_CALL_RUNNING);
  if (call->invite)
    peal_invite_started (call->invite, setup.now);
  call->session = peal_session_new_outgoing (&setup, describe_slots (call), NULL);
  peal_call_drain (call);
}

/* Our own transport starts working only now: what the peer told before we accepted waited. */
static gboolean
apply_held (PealCall *call)
{
  g_autoptr(GPtrArray) held = g_steal_pointer (&call->held);
  call->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  for (guint i = 0; i < held->len; i++) {
    PealContent *content = held->pdata[i];
    PealSlot *slot = peal_call_slot (call, content->name);
    g_autoptr(GError) error = NULL;
    if (slot && !slot->method->apply (slot->transport, content->transport->value, &error)) {
      peal_call_end (call,
                     g_error_matches (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY)
                         ? PEAL_REASON_SECURITY_ERROR
                         : PEAL_REASON_FAILED_TRANSPORT,
                     error->domain == PEAL_CAUSE ? (PealCause) error->code : PEAL_CAUSE_NO_PATH, error);
      return FALSE;
    }
  }
  return TRUE;
}

/* The lanes open only after the peer has our answer, so the media may wait at them from now on. */
static void
answer (PealCall *call)
{
  peal_call_enter (call, PEAL_CALL_RUNNING);
  peal_session_refuse (call->session, g_ptr_array_ref (call->refusals));
  peal_session_accept (call->session, describe_slots (call), describe_groups (call),
                       g_get_monotonic_time ());
  peal_call_drain (call);
}

/* Whatever waited for a transport to be describable. */
void
peal_call_go_on (PealCall *call)
{
  if (call->stage == PEAL_CALL_STARTING && all_describable (call))
    initiate (call);
  else if (call->stage == PEAL_CALL_ANSWERING && all_describable (call))
    answer (call);
}

static gboolean
open_offer_slot (PealCall *call)
{
  const PealMethod *method
      = peal_endpoint_method (call->endpoint, call->policy.application, &call->policy, NULL);
  if (!method) {
    g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
                                                 "no such transport method is built in");
    peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_UNSUPPORTED, why);
    return FALSE;
  }
  peal_call_open_slot (call, "audio", call->policy.application, method);
  return TRUE;
}

void
peal_call_invite (PealCall *call)
{
  call->deadline = G_MAXINT64;
  peal_call_enter (call, PEAL_CALL_INVITING);
  if (!open_offer_slot (call))
    return;
  PealInviteSetup setup = {
    .id = call->sid, .self = peal_port_jid (peal_endpoint_setup (call->endpoint)->port),
    .peer = call->peer, .now = g_get_monotonic_time (),
    .ring_timeout = call->policy.ring_timeout * (gint64) G_USEC_PER_SEC,
  };
  const PealApplication *application = call->policy.application;
  GPtrArray *descriptions = g_ptr_array_new ();
  g_ptr_array_add (descriptions, peal_open_new (application->element, application->propose ()));
  call->invite = peal_invite_new_outgoing (&setup, descriptions);
  peal_call_drain (call);
}

void
peal_call_direct (PealCall *call, const char *full)
{
  const PealDiscoInfo *info = peal_caps_lookup (peal_endpoint_setup (call->endpoint)->caps, full);
  call->deadline = G_MAXINT64;
  /* Clients without DTLS are those that know no rtcp-mux either. */
  call->two_components = info && !peal_disco_has (info, NS_DTLS);
  g_free (call->peer);
  call->peer = g_strdup (full);
  peal_call_enter (call, PEAL_CALL_STARTING);
  if (open_offer_slot (call))
    peal_call_go_on (call);
}

void
peal_call_invited (PealCall *call, const PealInviteMessage *propose, gint64 delay, const char *crosses)
{
  PealInviteSetup setup = {
    .id = call->sid, .self = peal_port_jid (peal_endpoint_setup (call->endpoint)->port),
    .peer = call->peer, .trusted = call->contact && !call->turned_away, .now = g_get_monotonic_time (),
    .delay = delay ? g_get_real_time () - delay : 0, .crosses = crosses,
  };
  peal_call_enter (call, PEAL_CALL_INVITED);
  call->invite = peal_invite_new_incoming (&setup, propose);
  call->untold = peal_invite_state (call->invite) == PEAL_INVITE_ENDED;
  const PealMethod *method
      = peal_endpoint_method (call->endpoint, call->policy.application, &call->policy, NULL);
  if (method && !call->untold && !call->turned_away)
    call->spare = open_slot (call, "audio", call->policy.application, method);
  peal_call_drain (call);
}

void
peal_call_initiated (PealCall *call, const PealJingle *initiate, xmpp_stanza_t *iq)
{
  PealSessionSetup setup = session_setup (call);
  if (call->stage != PEAL_CALL_AWAITED)
    peal_call_enter (call, PEAL_CALL_OFFERED);
  call->quirks = peal_quirks_of (initiate);
  if (call->invite)
    peal_invite_started (call->invite, setup.now);
  call->session = peal_session_new_incoming (&setup, initiate, xmpp_stanza_clone (iq));
  peal_call_drain (call);
}

void
peal_call_accept_now (PealCall *call)
{
  peal_call_enter (call, PEAL_CALL_ANSWERING);
  if (apply_held (call))
    peal_call_go_on (call);
}

/* --- the user's will --- */

void
peal_call_accept (PealCall *call)
{
  call->accepted = TRUE;
  call->accepted_at = g_get_monotonic_time ();
  if (call->spare && call->spare->method->reveal)
    call->spare->method->reveal (call->spare->transport);
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (slot->method->reveal)
      slot->method->reveal (slot->transport);
  }
  if (call->stage == PEAL_CALL_INVITED) {
    peal_call_enter (call, PEAL_CALL_AWAITED);
    peal_invite_proceed (call->invite, call->accepted_at);
    peal_call_drain (call);
  } else if (call->stage == PEAL_CALL_OFFERED)
    peal_call_accept_now (call);
}

void
peal_call_end (PealCall *call, PealReasonCondition reason, PealCause cause, const GError *why)
{
  gint64 now = g_get_monotonic_time ();
  if (call->stage == PEAL_CALL_ENDED)
    return;
  /* The sentence is for our user: it may name addresses the peer need not know. */
  if (call->session)
    peal_session_terminate (call->session, reason, NULL, cause, now);
  else if (call->invite && call->outgoing)
    peal_invite_retract (call->invite, reason, now);
  else if (call->invite)
    peal_invite_finish (call->invite, reason, NULL, now); /* where we had picked up */
  peal_call_over (call, cause, reason, PEAL_BY_LOCAL, why ? why->message : NULL);
}

void
peal_call_reject (PealCall *call, PealReasonCondition reason)
{
  if (call->invite && !call->session)
    peal_invite_reject (call->invite, reason, g_get_monotonic_time ());
  peal_call_end (call, reason, reason == PEAL_REASON_BUSY ? PEAL_CAUSE_BUSY : PEAL_CAUSE_DECLINED,
                 NULL);
}

static void
close_slots (PealCall *call, PealEvent *ended)
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

void
peal_call_over (PealCall *call, PealCause cause, PealReasonCondition reason, PealBy by, const char *text)
{
  if (call->stage == PEAL_CALL_ENDED)
    return;
  peal_event_init (&call->ended, PEAL_EVENT_ENDED);
  call->ended.cause = cause;
  call->ended.by = by;
  call->ended.reason = reason ? g_strdup (peal_reason_words[reason]) : NULL;
  call->ended.text = g_strdup (text);
  call->ended.duration_s
      = call->active_at ? (g_get_monotonic_time () - call->active_at) / (double) G_USEC_PER_SEC : 0;
  peal_call_enter (call, PEAL_CALL_ENDED);
  if (call->invite && call->session)
    peal_invite_finish (call->invite, reason, NULL, g_get_monotonic_time ());
  peal_call_drain (call);
  peal_endpoint_forget (call->endpoint, call);
}

void
peal_call_close (PealCall *call)
{
  close_slots (call, &call->ended);
  if (!call->ended.kind)
    return;
  PealEvent ended = call->ended;
  call->ended = (PealEvent) { .kind = PEAL_EVENT_NONE };
  peal_call_tell (call, &ended);
}

void
peal_call_replaced (PealCall *call)
{
  peal_call_enter (call, PEAL_CALL_ENDED);
  if (call->invite && !call->session)
    peal_invite_tie_break (call->invite, g_get_monotonic_time ());
  /* One that they have taken already will not come back with tie-break. */
  if (call->session && peal_session_state (call->session) == PEAL_SESSION_PENDING)
    peal_session_terminate (call->session, PEAL_REASON_ALTERNATIVE_SESSION, NULL,
                            PEAL_CAUSE_ELSEWHERE, g_get_monotonic_time ());
  peal_call_drain (call);
  peal_endpoint_forget (call->endpoint, call);
}

void
peal_call_inform_control (PealCall *call, PealControl control, int value)
{
  PealInform what = PEAL_INFORM_NOTHING;
  if (control == PEAL_CONTROL_MUTE)
    what = value ? PEAL_INFORM_MUTE : PEAL_INFORM_UNMUTE;
  else if (control == PEAL_CONTROL_HOLD)
    what = value ? PEAL_INFORM_HOLD : PEAL_INFORM_UNHOLD;
  if (what == PEAL_INFORM_NOTHING || !call->active_at)
    return;
  peal_call_inform (call, what);
  peal_call_drain (call);
}

void
peal_call_tick (PealCall *call, gint64 now)
{
  if (call->stage == PEAL_CALL_FINDING && now >= call->deadline)
    peal_call_find_on (call);
  if (call->invite)
    peal_invite_tick (call->invite, now);
  if (call->session)
    peal_session_tick (call->session, now);
  peal_call_drain (call);
}

gint64
peal_call_deadline (PealCall *call)
{
  gint64 deadline = call->stage == PEAL_CALL_FINDING ? call->deadline : G_MAXINT64;
  if (call->invite)
    deadline = MIN (deadline, peal_invite_deadline (call->invite));
  if (call->session)
    deadline = MIN (deadline, peal_session_deadline (call->session));
  return deadline;
}

void
peal_call_tell (PealCall *call, PealEvent *event)
{
  const PealEndpointSetup *setup = peal_endpoint_setup (call->endpoint);
  event->call = g_strdup (call->sid);
  event->peer = g_strdup (call->peer);
  if (!call->untold)
    setup->event (setup->user, event);
  peal_event_clear (event);
}

void
peal_call_tell_kind (PealCall *call, PealEventKind kind, PealBy by)
{
  PealEvent event;
  peal_event_init (&event, kind);
  event.by = by;
  if (kind == PEAL_EVENT_INCOMING || kind == PEAL_EVENT_OUTGOING)
    event.media = g_strdup ("audio");
  peal_call_tell (call, &event);
}

void
peal_call_policy_copy (PealCallPolicy *into, const PealCallPolicy *from)
{
  *into = *from;
  into->services = from->services ? g_ptr_array_ref (from->services) : NULL;
  into->method = g_strdup (from->method);
  into->bind_address = g_strdup (from->bind_address);
}

void
peal_call_policy_clear (PealCallPolicy *policy)
{
  g_clear_pointer (&policy->services, g_ptr_array_unref);
  g_free ((char *) policy->method);
  g_free ((char *) policy->bind_address);
}

PealCall *
peal_call_new (PealEndpoint *endpoint, const char *sid, const char *peer, const PealCallPolicy *policy)
{
  PealCall *call = g_new0 (PealCall, 1);
  call->endpoint = endpoint;
  call->sid = g_strdup (sid);
  call->peer = g_strdup (peer);
  call->deadline = G_MAXINT64;
  call->slots = g_ptr_array_new ();
  call->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  call->refusals = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  peal_call_policy_copy (&call->policy, policy);
  return call;
}

void
peal_call_free (gpointer data)
{
  PealCall *call = data;
  close_slots (call, &call->ended);
  peal_event_clear (&call->ended);
  peal_invite_free (call->invite);
  peal_session_free (call->session);
  g_ptr_array_unref (call->slots);
  g_ptr_array_unref (call->held);
  g_ptr_array_unref (call->refusals);
  peal_call_policy_clear (&call->policy);
  g_clear_error (&call->trouble);
  g_free (call->sid);
  g_free (call->peer);
  g_free (call);
}
