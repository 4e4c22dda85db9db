/* The peer's side of ICE: credentials and candidates, and which generation of ours they are for. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

#define MAX_REMOTE 128 /* candidates of a peer; libnice checks 100 pairs */
#define MAX_HELD   64  /* stanzas of a stranger */

static void
give_waiting (PealIceGeneration *generation)
{
  for (guint component = 1; component <= generation->agent->n_components; component++) {
    GSList *list = NULL;
    for (guint i = generation->waiting->len; i > 0; i--) {
      NiceCandidate *candidate = generation->waiting->pdata[i - 1];
      if (candidate->component_id == component)
        list = g_slist_prepend (list, candidate);
    }
    if (list)
      nice_agent_set_remote_candidates (generation->nice, generation->stream, component, list);
    g_slist_free (list);
  }
  g_ptr_array_set_size (generation->waiting, 0);
}

static void
take_candidates (PealIceGeneration *generation, const GPtrArray *candidates)
{
  for (guint i = 0; candidates && i < candidates->len; i++) {
    const PealCandidate *told = candidates->pdata[i];
    const char *why =
        told->component > generation->agent->n_components ? "component not used" : NULL;
    NiceCandidate *candidate = why ? NULL : peal_candidate_to_nice (told, generation->stream, &why);
    if (!candidate) {
      g_debug ("ice: candidate %s passed over: %s", told->ip, why);
      continue;
    }
    if (generation->n_remote == MAX_REMOTE) {
      nice_candidate_free (candidate);
      continue;
    }
    generation->n_remote++;
    generation->remote_types |= 1u << candidate->type;
    generation->news_at = g_get_monotonic_time ();
    g_ptr_array_add (generation->waiting, candidate);
  }
}

static gboolean
was_heard (const PealIceAgent *agent, const char *ufrag)
{
  for (guint i = 0; i < PEAL_ICE_UFRAGS; i++)
    if (g_strcmp0 (agent->ufrags[i], ufrag) == 0)
      return TRUE;
  return FALSE;
}

static void
set_credentials (PealIceGeneration *generation, const PealIceTransport *remote)
{
  PealIceAgent *agent = generation->agent;
  char **heard = &agent->ufrags[agent->n_ufrags++ % PEAL_ICE_UFRAGS];

  g_free (*heard);
  *heard = g_strdup (remote->ufrag);
  g_free (generation->remote_ufrag);
  g_free (generation->remote_pwd);
  generation->remote_ufrag = g_strdup (remote->ufrag);
  generation->remote_pwd = g_strdup (remote->pwd);
  generation->awaiting = FALSE;
  nice_agent_set_remote_credentials (generation->nice, generation->stream, remote->ufrag,
                                     remote->pwd);
  generation->news_at = g_get_monotonic_time ();
  if (generation->first_at == 0)
    generation->first_at = generation->news_at;
  if (generation == agent->next)
    peal_ice_channel_spare (agent->channels[0], generation->news_at + agent->times->news);
  if (agent->state == PEAL_ICE_GATHERING)
    peal_ice_agent_enter (agent, PEAL_ICE_CHECKING, NULL);
}

/* A new ufrag answers our restart, or begins the peer's. One that was heard before belongs to what
 * is over: a candidate that was late. */
static PealIceGeneration *
take_credentials (PealIceAgent *agent, const PealIceTransport *remote)
{
  PealIceGeneration *generation = peal_ice_agent_newest (agent);

  if (!remote->pwd || was_heard (agent, remote->ufrag))
    return NULL;
  if (generation->remote_ufrag && !generation->awaiting)
    generation = peal_ice_restart_by_peer (agent);
  if (generation)
    set_credentials (generation, remote);
  return generation;
}

/* Whose credentials @remote has; NULL: nobody's yet. */
static PealIceGeneration *
find_generation (const PealIceAgent *agent, const PealIceTransport *remote)
{
  PealIceGeneration *newest = peal_ice_agent_newest (agent);

  if (!remote->ufrag)
    return newest->remote_ufrag ? newest : agent->path;
  if (g_strcmp0 (remote->ufrag, newest->remote_ufrag) == 0)
    return newest;
  return g_strcmp0 (remote->ufrag, agent->path->remote_ufrag) == 0 ? agent->path : NULL;
}

static void
apply_now (PealIceAgent *agent, const PealIceTransport *remote)
{
  PealIceGeneration *generation = find_generation (agent, remote);

  if (!generation)
    generation = take_credentials (agent, remote);
  /* libwebrtc's candidates have a ufrag alone, and may overtake the answer. */
  if (!generation && !agent->path->remote_ufrag)
    generation = agent->path;
  if (!generation || peal_ice_generation_is_taken_over (generation))
    return; /* of what is over, or libnice could not check them */
  take_candidates (generation, remote->candidates);
  if (generation->remote_ufrag)
    give_waiting (generation);
  peal_ice_generation_judge (generation);
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
