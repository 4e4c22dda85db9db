/* ICE and its channels, on a loop: states, which generation has the path, beginning and end. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

#define SECOND G_USEC_PER_SEC

const PealIceTimes peal_ice_times = {
  .consent = PEAL_CONSENT_TIMES,
  .settle = 7 * SECOND / 10,
  .news = 5 * SECOND,
  .checking = 30 * SECOND,
  .farewell = 5 * SECOND,
};

void
peal_ice_agent_enter (PealIceAgent *agent, PealIceState state, const GError *why)
{
  static const char *const words[] = { "gathering", "checking", "connected", "weak", "failed" };

  if (agent->state == state || agent->state == PEAL_ICE_FAILED)
    return;
  g_debug ("ice: %s -> %s", words[agent->state], words[state]);
  agent->state = state;
  agent->events->state (agent->user, state, why);
}

gboolean
peal_ice_agent_has_path (const PealIceAgent *agent)
{
  return agent->state == PEAL_ICE_CONNECTED || agent->state == PEAL_ICE_WEAK;
}

PealIceGeneration *
peal_ice_agent_newest (const PealIceAgent *agent)
{
  return agent->next ? agent->next : agent->path;
}

/* --- the path --- */

static void
drop (PealIceGeneration **generation)
{
  if (*generation)
    peal_ice_generation_leave (*generation);
  g_clear_pointer (generation, peal_ice_generation_close);
}

static void
say_farewell (gpointer user)
{
  PealIceAgent *agent = user;

  drop (&agent->past);
}

void
peal_ice_agent_found (PealIceAgent *agent, PealIceGeneration *generation)
{
  if (generation == agent->next) {
    drop (&agent->past);
    agent->past = agent->path;
    agent->path = g_steal_pointer (&agent->next);
    peal_timer_clear (&agent->past->settle);
    peal_ice_generation_use (agent->path, 0);
    peal_timer_set (agent->loop, &agent->farewell, g_get_monotonic_time () + agent->times->farewell,
                    say_farewell, agent);
    g_debug ("ice: the path moved to that of the restart");
  }
  peal_ice_agent_enter (agent, PEAL_ICE_CONNECTED, NULL);
}

/* A restart that fails leaves the old path, if that lives: its watchdog knows. */
void
peal_ice_agent_missed (PealIceAgent *agent, PealIceGeneration *generation, const GError *why)
{
  if (generation == agent->path) {
    peal_ice_agent_enter (agent, PEAL_ICE_FAILED, why);
    return;
  }
  g_debug ("ice: restart came to nothing: %s", why->message);
  g_assert (generation == agent->next);
  gboolean told = generation->started;
  drop (&agent->next);
  if (!told) /* what the peer knows holds again */
    peal_ice_restart_tell (agent->path);
}

static void
on_watchdog (gpointer user, PealIceChannel *channel, PealConsentAction action)
{
  PealIceAgent *agent = user;

  if (peal_ice_channel_component (channel) != 1)
    return; /* RTCP alone ends no call */
  if (action == PEAL_CONSENT_WEAK && agent->state == PEAL_ICE_CONNECTED)
    peal_ice_agent_enter (agent, PEAL_ICE_WEAK, NULL);
  else if (action == PEAL_CONSENT_ALIVE && agent->state == PEAL_ICE_WEAK)
    peal_ice_agent_enter (agent, PEAL_ICE_CONNECTED, NULL);
  else if (action == PEAL_CONSENT_LOST)
    peal_ice_agent_enter (agent, PEAL_ICE_FAILED, peal_ice_channel_base (channel)->why);
}

static const PealIceChannelEvents channel_events = { .watchdog = on_watchdog };

/* --- beginning and end --- */

static GPtrArray *
copy_services (const GPtrArray *services)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_service_free);

  for (guint i = 0; services && i < services->len; i++)
    g_ptr_array_add (copy, peal_service_copy (services->pdata[i]));
  return copy;
}

PealIceAgent *
peal_ice_agent_new (const PealIceAgentSetup *setup, const PealIceAgentEvents *events, gpointer user)
{
  PealIceAgent *agent = g_new0 (PealIceAgent, 1);

  g_assert (setup->n_components >= 1 && setup->n_components <= PEAL_ICE_COMPONENTS);
  agent->loop = setup->loop;
  agent->events = events;
  agent->user = user;
  agent->times = setup->times;
  agent->initiator = setup->initiator;
  agent->relay_only = setup->relay_only;
  agent->hidden = setup->hidden;
  agent->bind_address = g_strdup (setup->bind_address);
  agent->services = copy_services (setup->services);
  agent->n_components = setup->n_components;
  agent->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_ice_transport_free);
  for (guint i = 0; i < agent->n_components; i++) {
    PealIceChannelSetup channel = { agent->loop, i + 1, &agent->times->consent, &channel_events,
                                    agent };
    agent->channels[i] = peal_ice_channel_new (&channel);
  }
  agent->path = peal_ice_generation_new (agent);
  return agent;
}

PealIceChannel *
peal_ice_agent_channel (PealIceAgent *agent, guint component)
{
  return agent->channels[component - 1];
}

void
peal_ice_agent_start (PealIceAgent *agent)
{
  peal_ice_gather_begin (agent->path);
}

PealIceState
peal_ice_agent_state (PealIceAgent *agent)
{
  return agent->state;
}

guint
peal_ice_agent_take_overs (PealIceAgent *agent)
{
  return agent->take_overs;
}

void
peal_ice_agent_close (PealIceAgent *agent)
{
  peal_timer_clear (&agent->farewell);
  g_clear_pointer (&agent->past, peal_ice_generation_close);
  g_clear_pointer (&agent->next, peal_ice_generation_close);
  g_clear_pointer (&agent->path, peal_ice_generation_close);
  g_ptr_array_unref (agent->held);
  g_ptr_array_unref (agent->services);
  for (guint i = 0; i < PEAL_ICE_UFRAGS; i++)
    g_free (agent->ufrags[i]);
  g_free (agent->bind_address);
  g_free (agent);
}
