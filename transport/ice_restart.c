/* ICE restarts (RFC 8445 §9), ours and the peer's: when another generation begins beside the path.
 *
 *     ours       next begins, awaiting ─► the peer's credentials ─► checks ─► path, the old one
 * past the peer's next begins with its credentials, ours are told  ─► checks ─► path, the old one
 * past crossing   each takes the other's for the answer to its own
 *
 * One that has no path yet begins anew in place: it keeps its sockets, and a peer that restarts
 * without end makes no more of them, nor allocations at TURN servers. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

/* Of the peer: eight at once, then one in two seconds. An honest one waits for the end of each. */
#define BURST 8
#define PACE  (2 * G_USEC_PER_SEC)

static gboolean
may_restart (PealIceAgent *agent)
{
  gint64 now = g_get_monotonic_time ();
  gint64 from = MAX (agent->restarts_paid_at, now);

  if (from - now > (BURST - 1) * PACE)
    return FALSE;
  agent->restarts_paid_at = from + PACE;
  return TRUE;
}

void
peal_ice_restart_tell (PealIceGeneration *generation)
{
  PealIceAgent *agent = generation->agent;

  peal_ice_gather_tell (generation, TRUE);
  if (generation->started)
    agent->events->begun (agent->user);
  if (generation->gathered_told)
    agent->events->gathered (agent->user);
}

static PealIceGeneration *
begin_anew (PealIceGeneration *generation)
{
  generation->connected = generation->ready = generation->failed = generation->n_remote = 0;
  generation->first_at = generation->news_at = 0;
  g_ptr_array_set_size (generation->waiting, 0);
  nice_agent_restart (generation->nice);
  peal_ice_restart_tell (generation);
  return generation;
}

static PealIceGeneration *
begin_beside (PealIceAgent *agent)
{
  agent->next = peal_ice_generation_new (agent);
  peal_ice_gather_begin (agent->next);
  return agent->next;
}

static PealIceGeneration *
begin (PealIceAgent *agent)
{
  if (agent->next || !peal_ice_agent_has_path (agent))
    return begin_anew (peal_ice_agent_newest (agent));
  return begin_beside (agent);
}

PealIceGeneration *
peal_ice_restart_by_peer (PealIceAgent *agent)
{
  if (!may_restart (agent)) {
    g_debug ("ice: the peer restarts too often");
    return NULL;
  }
  return begin (agent);
}

void
peal_ice_agent_restart (PealIceAgent *agent)
{
  PealIceGeneration *newest = peal_ice_agent_newest (agent);

  if (agent->state == PEAL_ICE_FAILED || agent->hidden || !agent->path->remote_ufrag)
    return;
  if (newest->awaiting)
    peal_ice_restart_tell (newest); /* the first word may have got lost */
  else if (!agent->next)
    begin (agent)->awaiting = TRUE;
}
