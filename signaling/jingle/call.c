/* A call: its stages, the user's will, its end. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

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

/* --- the user's will --- */

/* As XEP-0353 recommends: who is no contact learns from a directed presence what we can do, once
 * the user has consented, and no longer than the call lasts. */
static void
show_ourselves (PealCall *call, gboolean here)
{
  if (call->shown == here || call->outgoing || (here && call->contact))
    return;
  call->shown = here;
  peal_presences_direct (peal_endpoint_setup (call->endpoint)->presences, call->peer, here);
}

static void
reveal (PealCarrier *carrier)
{
  if (carrier->method->reveal)
    carrier->method->reveal (carrier->transport);
}

void
peal_call_accept (PealCall *call)
{
  call->accepted = TRUE;
  call->accepted_at = g_get_monotonic_time ();
  if (call->spare)
    reveal (call->spare);
  for (guint i = 0; i < call->carriers->len; i++)
    reveal (call->carriers->pdata[i]);
  show_ourselves (call, TRUE);
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

void
peal_call_over (PealCall *call, PealCause cause, PealReasonCondition reason, PealBy by,
                const char *text)
{
  if (call->stage == PEAL_CALL_ENDED)
    return;
  peal_event_init (&call->ended, PEAL_EVENT_ENDED);
  call->ended.cause = cause;
  call->ended.by = by;
  call->ended.reason = reason ? g_strdup (peal_reason_words[reason]) : NULL;
  call->ended.text = g_strdup (text);
  call->ended.duration_s =
      call->active_at ? (g_get_monotonic_time () - call->active_at) / (double) G_USEC_PER_SEC : 0;
  peal_call_enter (call, PEAL_CALL_ENDED);
  show_ourselves (call, FALSE);
  if (call->invite && call->session)
    peal_invite_finish (call->invite, reason, NULL, g_get_monotonic_time ());
  peal_call_drain (call);
  peal_endpoint_forget (call->endpoint, call);
}

void
peal_call_close (PealCall *call)
{
  peal_call_close_slots (call, &call->ended);
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
peal_call_tick (PealCall *call, gint64 now)
{
  if (call->stage == PEAL_CALL_FINDING && now >= call->deadline)
    peal_call_find_on (call);
  if (call->invite)
    peal_invite_tick (call->invite, now);
  if (call->session)
    peal_session_tick (call->session, now);
  peal_call_restart_tick (call, now);
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
  deadline = MIN (deadline, peal_call_restart_deadline (call));
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
peal_call_note_media (PealCall *call, const char *media)
{
  char *all = call->media ? g_strconcat (call->media, ",", media, NULL) : g_strdup (media);
  g_free (call->media);
  call->media = all;
}

void
peal_call_tell_kind (PealCall *call, PealEventKind kind, PealBy by)
{
  PealEvent event;
  peal_event_init (&event, kind);
  event.by = by;
  if (kind == PEAL_EVENT_INCOMING || kind == PEAL_EVENT_OUTGOING)
    event.media = g_strdup (call->media);
  peal_call_tell (call, &event);
}

void
peal_call_policy_copy (PealCallPolicy *into, const PealCallPolicy *from)
{
  *into = *from;
  into->services = from->services ? g_ptr_array_ref (from->services) : NULL;
  into->method = g_strdup (from->method);
  into->bind_address = g_strdup (from->bind_address);
  into->wishes = g_memdup2 (from->wishes, from->n_wishes * sizeof *from->wishes);
}

void
peal_call_policy_wish (PealCallPolicy *into, const PealCallPolicy *from)
{
  g_free ((gpointer) into->wishes);
  into->wishes = g_memdup2 (from->wishes, from->n_wishes * sizeof *from->wishes);
  into->n_wishes = from->n_wishes;
}

const PealWish *
peal_call_wish (const PealCall *call, const PealApplication *application)
{
  for (guint i = 0; i < call->policy.n_wishes; i++)
    if (call->policy.wishes[i].application == application)
      return &call->policy.wishes[i];
  return NULL;
}

guint32
peal_call_bit (const PealCall *call, const PealWish *wish)
{
  return 1u << (wish - call->policy.wishes);
}

void
peal_call_policy_clear (PealCallPolicy *policy)
{
  g_clear_pointer (&policy->services, g_ptr_array_unref);
  g_clear_pointer ((gpointer *) &policy->wishes, g_free);
  g_free ((char *) policy->method);
  g_free ((char *) policy->bind_address);
}

/* Presences tell the node, capabilities the rest; of a stranger there is only what it says. */
void
peal_call_recognise (PealCall *call, const PealJingle *message)
{
  const PealEndpointSetup *setup = peal_endpoint_setup (call->endpoint);
  g_autoptr(GPtrArray) there = peal_presences_of (setup->presences, call->peer);
  PealTraits traits = { .info = peal_caps_lookup (setup->caps, call->peer), .message = message };
  for (guint i = 0; i < there->len; i++) {
    const PealPresence *presence = there->pdata[i];
    if (peal_jid_equal (presence->full, call->peer))
      traits.node = presence->caps_node;
  }
  call->habits |= peal_quirks_of (&traits);
}

PealCall *
peal_call_new (PealEndpoint *endpoint, const char *sid, const char *peer,
               const PealCallPolicy *policy)
{
  PealCall *call = g_new0 (PealCall, 1);
  call->endpoint = endpoint;
  call->sid = g_strdup (sid);
  call->peer = g_strdup (peer);
  call->deadline = G_MAXINT64;
  call->slots = g_ptr_array_new ();
  call->carriers = g_ptr_array_new ();
  call->spares = g_ptr_array_new ();
  call->dead_slots = g_ptr_array_new ();
  call->dead_carriers = g_ptr_array_new ();
  peal_event_init (&call->last, PEAL_EVENT_STATS);
  call->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  call->refusals = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  peal_call_policy_copy (&call->policy, policy);
  return call;
}

void
peal_call_free (gpointer data)
{
  PealCall *call = data;
  peal_call_close_slots (call, &call->ended);
  peal_event_clear (&call->ended);
  peal_invite_free (call->invite);
  peal_session_free (call->session);
  peal_event_clear (&call->last);
  g_ptr_array_unref (call->slots);
  g_ptr_array_unref (call->carriers);
  g_ptr_array_unref (call->spares);
  g_ptr_array_unref (call->dead_slots);
  g_ptr_array_unref (call->dead_carriers);
  g_ptr_array_unref (call->held);
  g_ptr_array_unref (call->refusals);
  peal_call_policy_clear (&call->policy);
  g_clear_error (&call->trouble);
  g_free (call->sid);
  g_free (call->peer);
  g_free (call->called);
  g_free (call->media);
  g_free (call);
}
