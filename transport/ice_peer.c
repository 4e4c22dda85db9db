/* The peer's side of ICE: credentials, candidates, and the restarts of either side. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

#define MAX_REMOTE 128 /* candidates of a peer; libnice checks 100 pairs */
#define MAX_HELD   64  /* stanzas of a stranger */

static void
give_waiting (PealIceAgent *agent)
{
  for (guint component = 1; component <= agent->n_components; component++) {
    GSList *list = NULL;
    for (guint i = agent->waiting->len; i > 0; i--) {
      NiceCandidate *candidate = agent->waiting->pdata[i - 1];
      if (candidate->component_id == component)
        list = g_slist_prepend (list, candidate);
    }
    if (list)
      nice_agent_set_remote_candidates (agent->nice, agent->stream, component, list);
    g_slist_free (list);
  }
  g_ptr_array_set_size (agent->waiting, 0);
}

static void
take_candidates (PealIceAgent *agent, const GPtrArray *candidates)
{
  for (guint i = 0; candidates && i < candidates->len; i++) {
    const PealCandidate *told = candidates->pdata[i];
    const char *why = told->component > agent->n_components ? "component not used" : NULL;
    NiceCandidate *candidate = why ? NULL : peal_candidate_to_nice (told, agent->stream, &why);
    if (!candidate) {
      g_debug ("ice: candidate %s passed over: %s", told->ip, why);
      continue;
    }
    if (agent->n_remote == MAX_REMOTE) {
      nice_candidate_free (candidate);
      continue;
    }
    agent->n_remote++;
    agent->remote_types |= 1u << candidate->type;
    agent->news_at = g_get_monotonic_time ();
    g_ptr_array_add (agent->waiting, candidate);
  }
}

static void
restart (PealIceAgent *agent)
{
  peal_timer_clear (&agent->settle);
  for (guint i = 0; i < agent->n_components; i++)
    peal_ice_channel_give_back (agent->channels[i]);
  g_object_set (agent->nice, "keepalive-conncheck", TRUE, NULL);
  agent->connected = agent->ready = agent->failed = agent->n_remote = 0;
  g_ptr_array_set_size (agent->waiting, 0);
  nice_agent_restart (agent->nice);
  peal_ice_gather_tell (agent, TRUE);
  agent->events->begun (agent->user);
}

void
peal_ice_agent_restart (PealIceAgent *agent)
{
  if (agent->state == PEAL_ICE_FAILED || agent->restarting || !agent->remote_ufrag)
    return;
  agent->restarting = TRUE;
  restart (agent);
}

static void
take_credentials (PealIceAgent *agent, const char *ufrag, const char *pwd)
{
  /* A new ufrag answers our restart, or begins the peer's. */
  if (agent->remote_ufrag && !agent->restarting)
    restart (agent);
  agent->restarting = FALSE;
  g_free (agent->remote_ufrag);
  g_free (agent->remote_pwd);
  agent->remote_ufrag = g_strdup (ufrag);
  agent->remote_pwd = g_strdup (pwd);
  nice_agent_set_remote_credentials (agent->nice, agent->stream, ufrag, pwd);
  agent->news_at = g_get_monotonic_time ();
  if (agent->first_at == 0)
    agent->first_at = agent->news_at;
  if (agent->state == PEAL_ICE_GATHERING)
    peal_ice_agent_enter (agent, PEAL_ICE_CHECKING, NULL);
}

static void
apply_now (PealIceAgent *agent, const PealIceTransport *remote)
{
  gboolean other = g_strcmp0 (remote->ufrag, agent->remote_ufrag) != 0;

  if (remote->ufrag && remote->pwd && other)
    take_credentials (agent, remote->ufrag, remote->pwd);
  else if (remote->ufrag && agent->remote_ufrag && other)
    return; /* of another generation, whose password is not known */
  if (peal_ice_agent_is_taken_over (agent))
    return; /* libnice could not check them */
  take_candidates (agent, remote->candidates);
  if (agent->remote_ufrag)
    give_waiting (agent);
  peal_ice_agent_judge (agent);
}

void
peal_ice_agent_apply (PealIceAgent *agent, PealIceTransport *remote)
{
  if (agent->hidden && agent->held->len < MAX_HELD) {
    g_ptr_array_add (agent->held, remote);
    return;
  }
  if (agent->state != PEAL_ICE_FAILED && !agent->hidden)
    apply_now (agent, remote);
  peal_ice_transport_free (remote);
}

void
peal_ice_agent_reveal (PealIceAgent *agent)
{
  agent->hidden = FALSE;
  while (agent->held->len > 0)
    peal_ice_agent_apply (agent, g_ptr_array_steal_index (agent->held, 0));
}
