/* An endpoint: calls by (peer, sid), stanzas to them, one timer for all. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/endpoint.h"

#include "signaling/jingle/endpoint_inner.h"

#include "signaling/limits.h"
#include "signaling/wire/jid.h"

const PealEndpointSetup *
peal_endpoint_setup (PealEndpoint *endpoint)
{
  return &endpoint->setup;
}

/* --- asks --- */

PealAsk *
peal_endpoint_ask (PealEndpoint *endpoint, PealCall *call, const char *full)
{
  PealAsk *ask = g_new0 (PealAsk, 1);
  ask->endpoint = endpoint;
  ask->call = call;
  ask->full = g_strdup (full);
  g_ptr_array_add (endpoint->asks, ask);
  return ask;
}

PealCall *
peal_endpoint_answered (PealAsk *ask)
{
  PealCall *call = ask->call;
  if (ask->endpoint)
    g_ptr_array_remove_fast (ask->endpoint->asks, ask);
  g_free (ask->full);
  g_free (ask);
  return call;
}

/* --- the lists --- */

static gboolean
allowed (const PealMethod *method, const PealCallPolicy *policy)
{
  return !policy->method || g_str_equal (policy->method, method->name);
}

const PealMethod *
peal_endpoint_method (PealEndpoint *endpoint, const PealApplication *application,
                      const PealCallPolicy *policy, const PealElement *element)
{
  const PealMethod *best = NULL;
  for (const PealMethod *const *each = endpoint->setup.methods; *each; each++)
    if ((*each)->flow == application->flow && allowed (*each, policy) &&
        (!element || element == (*each)->element) &&
        (!best || (*each)->preference > best->preference))
      best = *each;
  return best;
}

const PealApplication *
peal_endpoint_application (PealEndpoint *endpoint, const PealOpen *description)
{
  for (const PealApplication *const *each = endpoint->setup.applications; *each; each++)
    if (description->value && (*each)->element == description->element &&
        (!(*each)->takes || (*each)->takes (description->value)))
      return *each;
  return NULL;
}

static void
learn_words (PealEndpoint *endpoint)
{
  for (const PealMethod *const *method = endpoint->setup.methods; *method; method++)
    g_ptr_array_add (endpoint->vocabulary, (gpointer) (*method)->element);
  for (const PealApplication *const *each = endpoint->setup.applications; *each; each++) {
    g_ptr_array_add (endpoint->vocabulary, (gpointer) (*each)->element);
    for (guint i = 0; i < (*each)->n_infos; i++)
      if ((*each)->infos[i])
        g_ptr_array_add (endpoint->vocabulary, (gpointer) (*each)->infos[i]);
  }
  g_ptr_array_add (endpoint->vocabulary, NULL);
}

/* --- calls --- */

PealCall *
peal_endpoint_find (PealEndpoint *endpoint, const char *sid)
{
  for (guint i = 0; i < endpoint->calls->len; i++) {
    PealCall *call = endpoint->calls->pdata[i];
    if (g_strcmp0 (call->sid, sid) == 0)
      return call;
  }
  return NULL;
}

static gboolean
sweep (gpointer user)
{
  PealEndpoint *endpoint = user;
  g_autoptr(GPtrArray) calls = g_ptr_array_copy (endpoint->calls, NULL, NULL);
  g_autoptr(GPtrArray) over = g_steal_pointer (&endpoint->over);
  endpoint->over = g_ptr_array_new_with_free_func (peal_call_free);
  g_clear_pointer (&endpoint->sweeper, g_source_unref);
  for (guint i = 0; i < calls->len; i++)
    if (((PealCall *) calls->pdata[i])->stage == PEAL_CALL_ENDED)
      peal_call_close (calls->pdata[i]);
    else
      peal_call_sweep (calls->pdata[i]);
  for (guint i = 0; i < over->len; i++)
    peal_call_close (over->pdata[i]);
  return G_SOURCE_REMOVE;
}

void
peal_endpoint_sweep_soon (PealEndpoint *endpoint)
{
  if (endpoint->sweeper)
    return;
  endpoint->sweeper = g_idle_source_new ();
  g_source_set_priority (endpoint->sweeper, G_PRIORITY_DEFAULT);
  g_source_set_callback (endpoint->sweeper, sweep, endpoint, NULL);
  g_source_attach (endpoint->sweeper, endpoint->context);
}

/* A caller that was told no, or that gave up, must not ring again by the session-initiate of that
 * proposal. */
static void
bury (PealEndpoint *endpoint, const PealCall *call)
{
  if (call->outgoing || !call->invite || call->session)
    return;
  g_queue_push_tail (&endpoint->buried, g_strdup (call->sid));
  if (endpoint->buried.length > PEAL_MOST_BURIED)
    g_free (g_queue_pop_head (&endpoint->buried));
}

gboolean
peal_endpoint_is_buried (PealEndpoint *endpoint, const char *sid)
{
  return g_queue_find_custom (&endpoint->buried, sid, (GCompareFunc) g_strcmp0) != NULL;
}

static void
release (PealEndpoint *endpoint, PealCall *call)
{
  for (guint i = 0; i < endpoint->asks->len; i++) {
    PealAsk *ask = endpoint->asks->pdata[i];
    if (ask->call == call)
      ask->call = NULL;
  }
  if (!g_ptr_array_remove (endpoint->calls, call))
    return;
  if (call->outgoing)
    peal_presences_admit (endpoint->setup.presences, call->called, FALSE);
  bury (endpoint, call);
  g_ptr_array_add (endpoint->over, call);
}

/* A call that is over is closed soon, and stays until its session has heard the good-bye
 * acknowledged. */
void
peal_endpoint_forget (PealEndpoint *endpoint, PealCall *call)
{
  if (!call->session || peal_session_state (call->session) == PEAL_SESSION_ENDED)
    release (endpoint, call);
  peal_endpoint_sweep_soon (endpoint);
}

static gboolean
tick (gpointer user)
{
  PealEndpoint *endpoint = user;
  gint64 now = g_get_monotonic_time ();
  g_autoptr(GPtrArray) calls = g_ptr_array_copy (endpoint->calls, NULL, NULL);
  g_clear_pointer (&endpoint->timer, g_source_unref);
  for (guint i = 0; i < calls->len; i++)
    if (g_ptr_array_find (endpoint->calls, calls->pdata[i], NULL))
      peal_call_tick (calls->pdata[i], now);
  peal_endpoint_arm (endpoint);
  return G_SOURCE_REMOVE;
}

void
peal_endpoint_arm (PealEndpoint *endpoint)
{
  gint64 deadline = G_MAXINT64;
  for (guint i = 0; i < endpoint->calls->len; i++)
    deadline = MIN (deadline, peal_call_deadline (endpoint->calls->pdata[i]));
  if (endpoint->timer) {
    g_source_destroy (endpoint->timer);
    g_clear_pointer (&endpoint->timer, g_source_unref);
  }
  if (deadline == G_MAXINT64)
    return;
  gint64 wait = MAX (0, deadline - g_get_monotonic_time ());
  endpoint->timer = g_timeout_source_new ((guint) MIN (wait / 1000 + 1, G_MAXINT));
  g_source_set_callback (endpoint->timer, tick, endpoint, NULL);
  g_source_attach (endpoint->timer, endpoint->context);
}

/* --- life --- */

PealEndpoint *
peal_endpoint_new (const PealEndpointSetup *setup)
{
  static const PealCallLimits phone = PEAL_CALL_LIMITS;
  PealEndpoint *endpoint = g_new0 (PealEndpoint, 1);
  endpoint->setup = *setup;
  endpoint->context = g_main_context_ref_thread_default ();
  endpoint->vocabulary = g_ptr_array_new ();
  endpoint->calls = g_ptr_array_new ();
  endpoint->over = g_ptr_array_new_with_free_func (peal_call_free);
  endpoint->asks = g_ptr_array_new ();
  endpoint->guard = peal_guard_new (setup->limits ? setup->limits : &phone);
  learn_words (endpoint);
  peal_endpoint_listen (endpoint);
  return endpoint;
}

static void
end_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
peal_endpoint_free (PealEndpoint *endpoint)
{
  if (!endpoint)
    return;
  g_autoptr(GPtrArray) calls = g_ptr_array_copy (endpoint->calls, NULL, NULL);
  for (guint i = 0; i < calls->len; i++)
    peal_call_end (calls->pdata[i], PEAL_REASON_GONE, PEAL_CAUSE_CANCELLED, NULL);
  while (endpoint->calls->len)
    release (endpoint, endpoint->calls->pdata[0]);
  for (guint i = 0; i < endpoint->over->len; i++)
    peal_call_close (endpoint->over->pdata[i]);
  end_source (&endpoint->timer);
  end_source (&endpoint->sweeper);
  peal_endpoint_unlisten (endpoint);
  g_ptr_array_unref (endpoint->over);
  g_queue_clear_full (&endpoint->buried, g_free);
  peal_guard_free (endpoint->guard);
  peal_call_policy_clear (&endpoint->policy);
  for (guint i = 0; i < endpoint->asks->len; i++)
    ((PealAsk *) endpoint->asks->pdata[i])->endpoint = NULL;
  g_ptr_array_unref (endpoint->asks);
  g_ptr_array_unref (endpoint->calls);
  g_ptr_array_unref (endpoint->vocabulary);
  g_main_context_unref (endpoint->context);
  g_free (endpoint);
}

void
peal_endpoint_set_policy (PealEndpoint *endpoint, const PealCallPolicy *policy)
{
  PealCallPolicy old = endpoint->policy;
  peal_call_policy_copy (&endpoint->policy, policy);
  peal_call_policy_clear (&old);
}

void
peal_endpoint_set_filter (PealEndpoint *endpoint,
                          PealAdmission (*admit) (gpointer user, const char *peer,
                                                  gboolean contact),
                          gpointer user)
{
  endpoint->admit = admit;
  endpoint->admit_user = user;
}

char *
peal_endpoint_call (PealEndpoint *endpoint, const char *jid, const PealCallPolicy *policy)
{
  g_autofree char *sid = g_uuid_string_random ();
  PealCall *call = peal_call_new (endpoint, sid, jid, policy);
  call->outgoing = TRUE;
  call->contact = TRUE;
  call->called = peal_jid_bare (jid);
  peal_presences_admit (endpoint->setup.presences, call->called, TRUE);
  g_ptr_array_add (endpoint->calls, call);
  peal_call_find (call);
  peal_endpoint_arm (endpoint);
  return g_steal_pointer (&sid);
}

gboolean
peal_endpoint_accept (PealEndpoint *endpoint, const char *sid)
{
  PealCall *call = peal_endpoint_find (endpoint, sid);
  if (!call || (call->stage != PEAL_CALL_INVITED && call->stage != PEAL_CALL_OFFERED))
    return FALSE;
  peal_call_accept (call);
  return TRUE;
}

gboolean
peal_endpoint_reject (PealEndpoint *endpoint, const char *sid, PealReasonCondition reason)
{
  PealCall *call = peal_endpoint_find (endpoint, sid);
  if (!call || call->outgoing ||
      (call->stage != PEAL_CALL_INVITED && call->stage != PEAL_CALL_OFFERED))
    return FALSE;
  peal_call_reject (call, reason);
  return TRUE;
}

gboolean
peal_endpoint_hangup (PealEndpoint *endpoint, const char *sid, PealReasonCondition reason,
                      PealCause cause)
{
  PealCall *call = peal_endpoint_find (endpoint, sid);
  if (!call || call->stage == PEAL_CALL_ENDED)
    return FALSE;
  peal_call_end (call, reason, cause, NULL);
  return TRUE;
}

gboolean
peal_endpoint_control (PealEndpoint *endpoint, const char *sid, PealControl control, int value,
                       const char *text)
{
  PealCall *call = peal_endpoint_find (endpoint, sid);
  if (!call || call->stage == PEAL_CALL_ENDED || !call->slots->len)
    return FALSE;
  peal_call_control (call, control, value, text);
  return TRUE;
}

static gboolean
no_such_call (GError **error)
{
  g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "there is no such call");
  return FALSE;
}

gboolean
peal_endpoint_send_content (PealEndpoint *endpoint, const char *sid, const char *media, gboolean on,
                            GError **error)
{
  PealCall *call = peal_endpoint_find (endpoint, sid);
  return call ? peal_call_send_content (call, media, on, error) : no_such_call (error);
}

gboolean
peal_endpoint_restart (PealEndpoint *endpoint, const char *sid, GError **error)
{
  PealCall *call = peal_endpoint_find (endpoint, sid);
  return call ? peal_call_restart (call, error) : no_such_call (error);
}

guint
peal_endpoint_leave (PealEndpoint *endpoint)
{
  g_autoptr(GPtrArray) calls = g_ptr_array_copy (endpoint->calls, NULL, NULL);
  guint count = peal_endpoint_count (endpoint);
  for (guint i = 0; i < calls->len; i++) {
    PealCall *call = calls->pdata[i];
    if (call->active_at)
      peal_call_end (call, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS, NULL);
    else
      peal_call_end (call, call->outgoing ? PEAL_REASON_CANCEL : PEAL_REASON_GONE,
                     PEAL_CAUSE_CANCELLED, NULL);
  }
  return count;
}

static gboolean
is_strange_ringing (const PealCall *call)
{
  return !call->outgoing && !call->contact && !call->accepted &&
         (call->stage == PEAL_CALL_INVITED || call->stage == PEAL_CALL_OFFERED);
}

gboolean
peal_endpoint_is_engaged (PealEndpoint *endpoint, gboolean contact)
{
  for (guint i = 0; i < endpoint->calls->len; i++) {
    const PealCall *call = endpoint->calls->pdata[i];
    if (call->stage != PEAL_CALL_ENDED && !(contact && is_strange_ringing (call)))
      return TRUE;
  }
  return FALSE;
}

guint
peal_endpoint_count (PealEndpoint *endpoint)
{
  guint count = 0;
  for (guint i = 0; i < endpoint->calls->len; i++)
    count += ((PealCall *) endpoint->calls->pdata[i])->stage != PEAL_CALL_ENDED;
  return count;
}
