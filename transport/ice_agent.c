/* One libnice agent and its channels, on a loop: states, the path and its take-over, the end. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

#define SECOND       G_USEC_PER_SEC
#define CLOSE_WITHIN SECOND

const PealIceTimes peal_ice_times = {
  .consent = PEAL_CONSENT_TIMES,
  .settle = 7 * SECOND / 10,
  .news = 5 * SECOND,
  .checking = 30 * SECOND,
};

void
peal_ice_agent_enter (PealIceAgent *agent, PealIceState state, const GError *why)
{
  static const char *const words[] = { "gathering", "checking", "connected", "weak", "failed" };

  if (agent->state == state || agent->state == PEAL_ICE_FAILED)
    return;
  g_debug ("ice: %s -> %s", words[agent->state], words[state]);
  agent->state = state;
  if (state == PEAL_ICE_FAILED || state == PEAL_ICE_CONNECTED)
    peal_timer_clear (&agent->patience);
  agent->events->state (agent->user, state, why);
}

static gboolean
has_path (const PealIceAgent *agent)
{
  return agent->state == PEAL_ICE_CONNECTED || agent->state == PEAL_ICE_WEAK;
}

static guint
all_components (const PealIceAgent *agent)
{
  return (1u << agent->n_components) - 1;
}

/* --- the verdict --- */

/* "host and srflx"; "nothing". Free with g_free. */
static char *
list_types (guint types)
{
  GString *list = g_string_new (NULL);

  for (guint type = NICE_CANDIDATE_TYPE_HOST; type <= NICE_CANDIDATE_TYPE_RELAYED; type++)
    if (types & 1u << type)
      g_string_append_printf (list, "%s%s", list->len ? ", " : "", peal_candidate_type_word (type));
  if (list->len == 0)
    g_string_append (list, "nothing");
  return g_string_free (list, FALSE);
}

const char *
peal_ice_agent_about_relays (const PealIceAgent *agent)
{
  if (agent->local_types & 1u << NICE_CANDIDATE_TYPE_RELAYED)
    return "a TURN relay was used on this side";
  if (peal_ice_servers_turn (agent->servers) > 0)
    return "no TURN server gave a relay: unreachable, or it refused the credentials";
  if (peal_ice_servers_turns (agent->servers) > 0)
    return "no TURN relay on this side: only TURN over TLS is offered, which is not used yet";
  return "no TURN relay on this side: none is offered by the account's server or --turn";
}

static void
fail_no_path (PealIceAgent *agent)
{
  g_autofree char *here = list_types (agent->local_types);
  g_autofree char *there = list_types (agent->remote_types);
  g_autoptr(GError) why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_NO_PATH,
                                        "no pair of candidates worked (here %s; there %s); %s",
                                        here, there, peal_ice_agent_about_relays (agent));

  peal_ice_agent_enter (agent, PEAL_ICE_FAILED, why);
}

/* Trickled candidates may still come after libnice gave up on those it has. */
void
peal_ice_agent_judge (gpointer user)
{
  PealIceAgent *agent = user;

  if (agent->state > PEAL_ICE_CHECKING || agent->first_at == 0)
    return;
  gint64 now = g_get_monotonic_time ();
  gint64 due = agent->first_at + agent->times->checking;

  if (agent->failed)
    due = MIN (due, agent->news_at + agent->times->news);
  if (now >= due)
    fail_no_path (agent);
  else
    peal_timer_set (agent->loop, &agent->patience, due, peal_ice_agent_judge, agent);
}

/* --- the path --- */

static void
begin_on (PealIceAgent *agent, guint component)
{
  g_autofree char *ufrag = NULL, *pwd = NULL;

  nice_agent_get_local_credentials (agent->nice, agent->stream, &ufrag, &pwd);
  peal_ice_channel_connected (agent->channels[component - 1],
                              &(PealStunSetup) {
                                  .local_ufrag = ufrag,
                                  .local_pwd = pwd,
                                  .remote_ufrag = agent->remote_ufrag,
                                  .remote_pwd = agent->remote_pwd,
                                  .controlling = agent->initiator,
                                  .component = component,
                              });
}

static void
try_take_over (gpointer user)
{
  PealIceAgent *agent = user;
  gboolean any = agent->ready == all_components (agent);

  if (!has_path (agent))
    return;
  for (guint i = 0; i < agent->n_components; i++)
    if (!peal_ice_channel_can_take_over (agent->channels[i], any))
      return;
  for (guint i = 0; i < agent->n_components; i++)
    peal_ice_channel_take_over (agent->channels[i]);
  /* What libnice still sends is a Binding indication each 25 s. */
  g_object_set (agent->nice, "keepalive-conncheck", FALSE, NULL);
  agent->take_overs++;
  g_debug ("ice: sockets taken over");
}

gboolean
peal_ice_agent_is_taken_over (const PealIceAgent *agent)
{
  return peal_ice_channel_taken_over (agent->channels[0]);
}

static void
settle_in (PealIceAgent *agent, gint64 wait)
{
  if (agent->times->settle > 0 && !peal_ice_agent_is_taken_over (agent))
    peal_timer_set (agent->loop, &agent->settle, g_get_monotonic_time () + wait, try_take_over,
                    agent);
}

static void
on_selected (NiceAgent *nice, guint stream, guint component, NiceCandidate *local,
             NiceCandidate *remote, gpointer user)
{
  PealIceAgent *agent = user;

  settle_in (agent, agent->times->settle);
}

static void
on_connected (PealIceAgent *agent, guint component)
{
  guint bit = 1u << (component - 1);

  if (agent->connected & bit)
    return;
  agent->connected |= bit;
  begin_on (agent, component);
  if (agent->connected == all_components (agent))
    peal_ice_agent_enter (agent, PEAL_ICE_CONNECTED, NULL);
}

static void
on_component_state (NiceAgent *nice, guint stream, guint component, guint state, gpointer user)
{
  PealIceAgent *agent = user;
  guint bit = 1u << (component - 1);

  /* Once its sockets are ours libnice hears nothing, and says FAILED in time. */
  if (peal_ice_agent_is_taken_over (agent) || agent->state == PEAL_ICE_FAILED)
    return;
  agent->failed = state == NICE_COMPONENT_STATE_FAILED ? agent->failed | bit : agent->failed & ~bit;
  if (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY)
    on_connected (agent, component);
  if (state == NICE_COMPONENT_STATE_READY) {
    agent->ready |= bit;
    settle_in (agent, 0);
  }
  if (agent->failed)
    peal_ice_agent_judge (agent);
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
  agent->n_components = setup->n_components;
  agent->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) nice_candidate_free);
  agent->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_ice_transport_free);
  agent->servers =
      peal_ice_servers_new (agent->loop, setup->services, &peal_ice_gather_events, agent);
  peal_ice_gather_prepare (agent);
  g_signal_connect (agent->nice, "component-state-changed", G_CALLBACK (on_component_state), agent);
  g_signal_connect (agent->nice, "new-selected-pair-full", G_CALLBACK (on_selected), agent);
  for (guint i = 0; i < agent->n_components; i++) {
    PealIceChannelSetup channel = { agent->loop, i + 1, &agent->times->consent, &channel_events,
                                    agent };
    agent->channels[i] = peal_ice_channel_new (&channel);
    peal_ice_channel_attach (agent->channels[i], agent->nice, agent->stream);
  }
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
  peal_ice_gather_begin (agent);
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

static void
free_agent (PealIceAgent *agent)
{
  peal_timer_clear (&agent->gather_timer);
  peal_ice_servers_free (agent->servers);
  g_ptr_array_unref (agent->waiting);
  g_ptr_array_unref (agent->held);
  g_free (agent->remote_ufrag);
  g_free (agent->remote_pwd);
  g_free (agent->bind_address);
  g_free (agent);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user)
{
  PealLoop *loop = user;

  peal_loop_release (loop);
  g_object_unref (source);
}

/* libnice forgets an allocation that is granted while it closes; so it may finish gathering first.
 */
static void
close_nice (gpointer user)
{
  PealIceAgent *agent = user;

  g_signal_handlers_disconnect_by_data (agent->nice, agent);
  nice_agent_close_async (agent->nice, on_closed, agent->loop);
  free_agent (agent);
}

static void
on_gathered_while_closing (NiceAgent *nice, guint stream, gpointer user)
{
  PealIceAgent *agent = user;

  g_signal_handlers_disconnect_by_data (nice, agent);
  peal_timer_set (agent->loop, &agent->gather_timer, g_get_monotonic_time (), close_nice, agent);
}

void
peal_ice_agent_close (PealIceAgent *agent)
{
  peal_timer_clear (&agent->patience);
  peal_timer_clear (&agent->settle);
  g_signal_handlers_disconnect_by_data (agent->nice, agent);
  peal_loop_hold (agent->loop);
  if (!agent->nice_gathering || agent->n_relays == 0) {
    close_nice (agent);
    return;
  }
  g_signal_connect (agent->nice, "candidate-gathering-done", G_CALLBACK (on_gathered_while_closing),
                    agent);
  peal_timer_set (agent->loop, &agent->gather_timer, g_get_monotonic_time () + CLOSE_WITHIN,
                  close_nice, agent);
}
