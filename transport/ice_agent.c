/* One libnice agent and its channels, on a loop; see ice_agent.h. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent.h"
#include "transport/ice_servers.h"
#include "signaling/event.h"

#include <gio/gnetworking.h>

#define SECOND     G_USEC_PER_SEC
#define COMPONENTS 2
#define PACING_MS  5
#define IDLE_MS                                                                                    \
  3000 /* libnice waits so long before it says FAILED; its own 5 s come on top of 2                \
        */
#define GATHER_WITHIN  (2 * SECOND)
#define CLOSE_WITHIN   SECOND
#define RECEIVE_BUFFER (4 << 20) /* 208 kB lost 3-20 % of 20,000 datagrams a second */
#define MAX_REMOTE     128       /* candidates of a peer; libnice checks 100 pairs */
#define MAX_HELD       64        /* stanzas of a stranger */

const PealIceTimes peal_ice_times = {
  .consent = PEAL_CONSENT_TIMES,
  .settle = 7 * SECOND / 10,
  .news = 5 * SECOND,
  .checking = 30 * SECOND,
};

struct PealIceAgent {
  PealLoop *loop;
  const PealIceAgentEvents *events;
  gpointer user;
  const PealIceTimes *times;
  gboolean initiator, relay_only, hidden;
  char *bind_address;

  NiceAgent *nice;
  guint stream, n_components;
  PealIceChannel *channels[COMPONENTS];
  PealIceServers *servers;
  guint n_relays; /* servers given to libnice */
  gboolean started, nice_gathering, gathered_told;
  PealTimer gather_timer;

  char *remote_ufrag, *remote_pwd;
  GPtrArray *waiting; /* of NiceCandidate *: no credentials yet */
  GPtrArray *held;    /* of PealIceTransport *: while hidden */
  guint n_remote;
  gint64 first_at, news_at; /* of the peer; 0: nothing yet */
  gboolean restarting;      /* ours is told, the peer's answer is awaited */

  PealIceState state;
  guint connected, ready, failed;  /* bits by component */
  guint local_types, remote_types; /* bits by NiceCandidateType: for the verdict */
  PealTimer patience, settle;
  guint take_overs;
};

static void
enter (PealIceAgent *agent, PealIceState state, const GError *why)
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

static const char *
about_relays (const PealIceAgent *agent)
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
                                        here, there, about_relays (agent));

  enter (agent, PEAL_ICE_FAILED, why);
}

/* Trickled candidates may still come after libnice gave up on those it has. */
static void
judge (gpointer user)
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
    peal_timer_set (agent->loop, &agent->patience, due, judge, agent);
}

static void
fail_no_relay (PealIceAgent *agent)
{
  gboolean offered = peal_ice_servers_turn (agent->servers) > 0;
  g_autoptr(GError) why =
      g_error_new (PEAL_CAUSE, offered ? PEAL_CAUSE_RELAY_REFUSED : PEAL_CAUSE_NO_SERVICE,
                   "only a relay may be used, and %s", about_relays (agent));

  enter (agent, PEAL_ICE_FAILED, why);
}

/* --- gathering --- */

static void
tell_gathered (gpointer user)
{
  PealIceAgent *agent = user;

  if (agent->gathered_told)
    return;
  agent->gathered_told = TRUE;
  agent->events->gathered (agent->user);
}

static gboolean
still_gathering (const PealIceAgent *agent)
{
  return !agent->started || agent->nice_gathering || peal_ice_servers_pending (agent->servers) > 0;
}

static void
check_gathered (PealIceAgent *agent)
{
  if (still_gathering (agent))
    return;
  peal_timer_clear (&agent->gather_timer);
  tell_gathered (agent);
  if (agent->relay_only && !(agent->local_types & 1u << NICE_CANDIDATE_TYPE_RELAYED))
    fail_no_relay (agent);
}

static void
on_gathering_done (NiceAgent *nice, guint stream, gpointer user)
{
  PealIceAgent *agent = user;

  agent->nice_gathering = FALSE;
  check_gathered (agent);
}

static void
on_candidate (NiceAgent *nice, NiceCandidate *candidate, gpointer user)
{
  PealIceAgent *agent = user;

  if (candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP)
    return;
  agent->local_types |= 1u << candidate->type;
  agent->events->candidate (agent->user, peal_candidate_from_nice (candidate));
}

/* Whether a socket of ours could speak to @address; libnice would wait for ever to be done. */
static gboolean
has_family (PealIceAgent *agent, const char *address)
{
  g_autoptr(GInetAddress) server = g_inet_address_new_from_string (address);
  g_autoptr(GPtrArray) sockets = nice_agent_get_sockets (agent->nice, agent->stream, 1);

  for (guint i = 0; i < sockets->len; i++)
    if (g_socket_get_family (sockets->pdata[i]) == g_inet_address_get_family (server))
      return TRUE;
  return FALSE;
}

static void
on_turn (gpointer user, const PealIceServer *server)
{
  PealIceAgent *agent = user;
  const PealService *service = server->service;
  NiceRelayType type =
      service->transport == PEAL_SERVICE_TCP ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP;

  if (agent->n_relays == NICE_CANDIDATE_MAX_TURN_SERVERS ||
      (agent->started && !has_family (agent, server->address)))
    return;
  agent->n_relays++;
  if (agent->started)
    agent->nice_gathering = TRUE;
  for (guint i = 1; i <= agent->n_components; i++)
    nice_agent_set_relay_info (agent->nice, agent->stream, i, server->address, service->port,
                               service->username ? service->username : "",
                               service->password ? service->password : "", type);
}

static gboolean
gather_on (PealIceAgent *agent, const char *const *addresses)
{
  for (; addresses && *addresses; addresses++) {
    NiceAddress address;
    nice_address_init (&address);
    if (nice_address_set_from_string (&address, *addresses))
      nice_agent_add_local_address (agent->nice, &address);
  }
  return nice_agent_gather_candidates (agent->nice, agent->stream);
}

static void
widen_buffers (PealIceAgent *agent)
{
  for (guint component = 1; component <= agent->n_components; component++) {
    g_autoptr(GPtrArray) sockets = nice_agent_get_sockets (agent->nice, agent->stream, component);
    for (guint i = 0; i < sockets->len; i++)
      g_socket_set_option (sockets->pdata[i], SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER, NULL);
  }
}

/* The STUN server is known, or there is none: libnice gathers once, and host candidates at once. */
static void
on_stun (gpointer user, const PealIceServer *server)
{
  static const char *const loopback[] = { "127.0.0.1", "::1", NULL };
  PealIceAgent *agent = user;
  const char *const bound[] = { agent->bind_address, NULL };

  if (server)
    g_object_set (agent->nice, "stun-server", server->address, "stun-server-port",
                  server->service->port, NULL);
  agent->nice_gathering = TRUE;
  agent->started = TRUE;
  /* Loopback is never gathered by itself; a machine without a network has nothing else. */
  if (!gather_on (agent, bound) && (agent->bind_address || !gather_on (agent, loopback))) {
    g_autoptr(GError) why =
        g_error_new (PEAL_CAUSE, PEAL_CAUSE_NO_PATH, "no UDP socket could be opened on %s",
                     agent->bind_address ? agent->bind_address : "any network interface");
    agent->nice_gathering = FALSE;
    enter (agent, PEAL_ICE_FAILED, why);
    return;
  }
  widen_buffers (agent);
  agent->events->begun (agent->user);
}

static const PealIceServersEvents servers_events = { .turn = on_turn, .stun = on_stun };

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

static gboolean
is_taken_over (const PealIceAgent *agent)
{
  return peal_ice_channel_taken_over (agent->channels[0]);
}

static void
settle_in (PealIceAgent *agent, gint64 wait)
{
  if (agent->times->settle > 0 && !is_taken_over (agent))
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
    enter (agent, PEAL_ICE_CONNECTED, NULL);
}

static void
on_component_state (NiceAgent *nice, guint stream, guint component, guint state, gpointer user)
{
  PealIceAgent *agent = user;
  guint bit = 1u << (component - 1);

  /* Once its sockets are ours libnice hears nothing, and says FAILED in time. */
  if (is_taken_over (agent) || agent->state == PEAL_ICE_FAILED)
    return;
  agent->failed = state == NICE_COMPONENT_STATE_FAILED ? agent->failed | bit : agent->failed & ~bit;
  if (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY)
    on_connected (agent, component);
  if (state == NICE_COMPONENT_STATE_READY) {
    agent->ready |= bit;
    settle_in (agent, 0);
  }
  if (agent->failed)
    judge (agent);
}

static void
on_watchdog (gpointer user, PealIceChannel *channel, PealConsentAction action)
{
  PealIceAgent *agent = user;

  if (peal_ice_channel_component (channel) != 1)
    return; /* RTCP alone ends no call */
  if (action == PEAL_CONSENT_WEAK && agent->state == PEAL_ICE_CONNECTED)
    enter (agent, PEAL_ICE_WEAK, NULL);
  else if (action == PEAL_CONSENT_ALIVE && agent->state == PEAL_ICE_WEAK)
    enter (agent, PEAL_ICE_CONNECTED, NULL);
  else if (action == PEAL_CONSENT_LOST)
    enter (agent, PEAL_ICE_FAILED, peal_ice_channel_base (channel)->why);
}

static void
on_moved (gpointer user, PealIceChannel *channel)
{
}

static const PealIceChannelEvents channel_events = { .watchdog = on_watchdog, .moved = on_moved };

/* --- the peer --- */

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
tell_local (PealIceAgent *agent, gboolean candidates)
{
  g_autofree char *ufrag = NULL, *pwd = NULL;

  nice_agent_get_local_credentials (agent->nice, agent->stream, &ufrag, &pwd);
  agent->events->credentials (agent->user, ufrag, pwd);
  for (guint component = 1; candidates && component <= agent->n_components; component++) {
    GSList *all = nice_agent_get_local_candidates (agent->nice, agent->stream, component);
    for (GSList *i = all; i; i = i->next) {
      NiceCandidate *candidate = i->data;
      if (!agent->relay_only || candidate->type == NICE_CANDIDATE_TYPE_RELAYED)
        on_candidate (agent->nice, candidate, agent);
    }
    g_slist_free_full (all, (GDestroyNotify) nice_candidate_free);
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
  tell_local (agent, TRUE);
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
    enter (agent, PEAL_ICE_CHECKING, NULL);
}

static void
apply_now (PealIceAgent *agent, const PealIceTransport *remote)
{
  gboolean other = g_strcmp0 (remote->ufrag, agent->remote_ufrag) != 0;

  if (remote->ufrag && remote->pwd && other)
    take_credentials (agent, remote->ufrag, remote->pwd);
  else if (remote->ufrag && agent->remote_ufrag && other)
    return; /* of another generation, whose password is not known */
  if (is_taken_over (agent))
    return; /* libnice could not check them */
  take_candidates (agent, remote->candidates);
  if (agent->remote_ufrag)
    give_waiting (agent);
  judge (agent);
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

/* --- beginning and end --- */

static void
make_nice (PealIceAgent *agent)
{
  agent->nice = nice_agent_new_full (peal_loop_context (agent->loop), NICE_COMPATIBILITY_RFC5245,
                                     NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (agent->nice, "upnp", FALSE, "ice-tcp", FALSE, "controlling-mode", agent->initiator,
                "stun-pacing-timer", PACING_MS, "keepalive-conncheck", TRUE, "idle-timeout",
                IDLE_MS, "force-relay", agent->relay_only, NULL);
  g_signal_connect (agent->nice, "new-candidate-full", G_CALLBACK (on_candidate), agent);
  g_signal_connect (agent->nice, "candidate-gathering-done", G_CALLBACK (on_gathering_done), agent);
  g_signal_connect (agent->nice, "component-state-changed", G_CALLBACK (on_component_state), agent);
  g_signal_connect (agent->nice, "new-selected-pair-full", G_CALLBACK (on_selected), agent);
  agent->stream = nice_agent_add_stream (agent->nice, agent->n_components);
}

PealIceAgent *
peal_ice_agent_new (const PealIceAgentSetup *setup, const PealIceAgentEvents *events, gpointer user)
{
  PealIceAgent *agent = g_new0 (PealIceAgent, 1);

  g_assert (setup->n_components >= 1 && setup->n_components <= COMPONENTS);
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
  agent->servers = peal_ice_servers_new (agent->loop, setup->services, &servers_events, agent);
  make_nice (agent);
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
  tell_local (agent, FALSE);
  peal_timer_set (agent->loop, &agent->gather_timer, g_get_monotonic_time () + GATHER_WITHIN,
                  tell_gathered, agent);
  peal_ice_servers_start (agent->servers);
  check_gathered (agent);
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
