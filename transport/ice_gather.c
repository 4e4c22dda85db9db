/* Our side of ICE: the libnice agent and its settings, servers, candidates. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

#include <gio/gnetworking.h>

#define PACING_MS      5
#define IDLE_MS        3000 /* of the 5 s libnice waits before it says FAILED, on top of 2 */
#define GATHER_WITHIN  (2 * G_USEC_PER_SEC)
#define RECEIVE_BUFFER (4 << 20) /* 208 kB lost 3-20 % of 20,000 datagrams a second */

static void
fail_no_relay (PealIceAgent *agent)
{
  gboolean offered = peal_ice_servers_turn (agent->servers) > 0;
  g_autoptr(GError) why =
      g_error_new (PEAL_CAUSE, offered ? PEAL_CAUSE_RELAY_REFUSED : PEAL_CAUSE_NO_SERVICE,
                   "only a relay may be used, and %s", peal_ice_agent_about_relays (agent));

  peal_ice_agent_enter (agent, PEAL_ICE_FAILED, why);
}

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
    peal_ice_agent_enter (agent, PEAL_ICE_FAILED, why);
    return;
  }
  widen_buffers (agent);
  agent->events->begun (agent->user);
}

const PealIceServersEvents peal_ice_gather_events = { .turn = on_turn, .stun = on_stun };

void
peal_ice_gather_tell (PealIceAgent *agent, gboolean candidates)
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

void
peal_ice_gather_prepare (PealIceAgent *agent)
{
  agent->nice = nice_agent_new_full (peal_loop_context (agent->loop), NICE_COMPATIBILITY_RFC5245,
                                     NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (agent->nice, "upnp", FALSE, "ice-tcp", FALSE, "controlling-mode", agent->initiator,
                "stun-pacing-timer", PACING_MS, "keepalive-conncheck", TRUE, "idle-timeout",
                IDLE_MS, "force-relay", agent->relay_only, NULL);
  g_signal_connect (agent->nice, "new-candidate-full", G_CALLBACK (on_candidate), agent);
  g_signal_connect (agent->nice, "candidate-gathering-done", G_CALLBACK (on_gathering_done), agent);
  agent->stream = nice_agent_add_stream (agent->nice, agent->n_components);
}

void
peal_ice_gather_begin (PealIceAgent *agent)
{
  peal_ice_gather_tell (agent, FALSE);
  peal_timer_set (agent->loop, &agent->gather_timer, g_get_monotonic_time () + GATHER_WITHIN,
                  tell_gathered, agent);
  peal_ice_servers_start (agent->servers);
  check_gathered (agent);
}
