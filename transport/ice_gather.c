/* Our side of ICE: the libnice agent and its settings, servers, candidates. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

#include <gio/gnetworking.h>

#define PACING_MS      5
#define IDLE_MS        3000 /* of the 5 s libnice waits before it says FAILED, on top of 2 */
#define GATHER_WITHIN  (2 * G_USEC_PER_SEC)
#define RECEIVE_BUFFER (4 << 20) /* 208 kB lost 3-20 % of 20,000 datagrams a second */

/* That of a restart is given up; not from inside: it is libnice or a resolver that calls. */
static void
give_up (PealIceGeneration *generation, const GError *why)
{
  PealIceAgent *agent = generation->agent;

  g_debug ("ice: %s", why->message);
  generation->doomed = TRUE;
  if (generation == agent->path)
    peal_ice_agent_enter (agent, PEAL_ICE_FAILED, why);
  else
    peal_ice_generation_judge (generation);
}

static void
fail_no_relay (PealIceGeneration *generation)
{
  gboolean offered = peal_ice_servers_turn (generation->servers) > 0;
  g_autoptr(GError) why = g_error_new (
      PEAL_CAUSE, offered ? PEAL_CAUSE_RELAY_REFUSED : PEAL_CAUSE_NO_SERVICE,
      "only a relay may be used, and %s", peal_ice_generation_about_relays (generation));

  give_up (generation, why);
}

/* Of an older one nobody wants to know. */
static gboolean
is_newest (const PealIceGeneration *generation)
{
  return generation == peal_ice_agent_newest (generation->agent);
}

static void
tell_gathered (gpointer user)
{
  PealIceGeneration *generation = user;
  PealIceAgent *agent = generation->agent;

  if (generation->gathered_told)
    return;
  generation->gathered_told = TRUE;
  if (is_newest (generation))
    agent->events->gathered (agent->user);
}

static gboolean
still_gathering (const PealIceGeneration *generation)
{
  return !generation->started || generation->nice_gathering ||
         peal_ice_servers_pending (generation->servers) > 0;
}

static void
check_gathered (PealIceGeneration *generation)
{
  if (still_gathering (generation))
    return;
  peal_timer_clear (&generation->gather_timer);
  tell_gathered (generation);
  if (generation->agent->relay_only &&
      !(generation->local_types & 1u << NICE_CANDIDATE_TYPE_RELAYED))
    fail_no_relay (generation);
}

static void
on_gathering_done (NiceAgent *nice, guint stream, gpointer user)
{
  PealIceGeneration *generation = user;

  generation->nice_gathering = FALSE;
  check_gathered (generation);
}

static void
on_candidate (NiceAgent *nice, NiceCandidate *candidate, gpointer user)
{
  PealIceGeneration *generation = user;
  PealIceAgent *agent = generation->agent;

  if (candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP || !is_newest (generation))
    return;
  generation->local_types |= 1u << candidate->type;
  agent->events->candidate (agent->user, peal_candidate_from_nice (candidate));
}

/* Whether a socket of ours could speak to @address; libnice would wait for ever to be done. */
static gboolean
has_family (PealIceGeneration *generation, const char *address)
{
  g_autoptr(GInetAddress) server = g_inet_address_new_from_string (address);
  g_autoptr(GPtrArray) sockets = nice_agent_get_sockets (generation->nice, generation->stream, 1);

  for (guint i = 0; i < sockets->len; i++)
    if (g_socket_get_family (sockets->pdata[i]) == g_inet_address_get_family (server))
      return TRUE;
  return FALSE;
}

static void
on_turn (gpointer user, const PealIceServer *server)
{
  PealIceGeneration *generation = user;
  const PealService *service = server->service;
  NiceRelayType type =
      service->transport == PEAL_SERVICE_TCP ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP;

  if (generation->n_relays == NICE_CANDIDATE_MAX_TURN_SERVERS ||
      (generation->started && !has_family (generation, server->address)))
    return;
  generation->n_relays++;
  if (generation->started)
    generation->nice_gathering = TRUE;
  for (guint i = 1; i <= generation->agent->n_components; i++)
    nice_agent_set_relay_info (generation->nice, generation->stream, i, server->address,
                               service->port, service->username ? service->username : "",
                               service->password ? service->password : "", type);
}

static gboolean
gather_on (PealIceGeneration *generation, const char *const *addresses)
{
  for (; addresses && *addresses; addresses++) {
    NiceAddress address;
    nice_address_init (&address);
    if (nice_address_set_from_string (&address, *addresses))
      nice_agent_add_local_address (generation->nice, &address);
  }
  return nice_agent_gather_candidates (generation->nice, generation->stream);
}

static void
widen_buffers (PealIceGeneration *generation)
{
  for (guint component = 1; component <= generation->agent->n_components; component++) {
    g_autoptr(GPtrArray) sockets =
        nice_agent_get_sockets (generation->nice, generation->stream, component);
    for (guint i = 0; i < sockets->len; i++)
      g_socket_set_option (sockets->pdata[i], SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER, NULL);
  }
}

/* The STUN server is known, or there is none: libnice gathers once, and host candidates at once. */
static void
on_stun (gpointer user, const PealIceServer *server)
{
  static const char *const loopback[] = { "127.0.0.1", "::1", NULL };
  PealIceGeneration *generation = user;
  PealIceAgent *agent = generation->agent;
  const char *const bound[] = { agent->bind_address, NULL };

  if (server)
    g_object_set (generation->nice, "stun-server", server->address, "stun-server-port",
                  server->service->port, NULL);
  generation->nice_gathering = TRUE;
  generation->started = TRUE;
  /* Loopback is never gathered by itself; a machine without a network has nothing else. */
  if (!gather_on (generation, bound) &&
      (agent->bind_address || !gather_on (generation, loopback))) {
    g_autoptr(GError) why =
        g_error_new (PEAL_CAUSE, PEAL_CAUSE_NO_PATH, "no UDP socket could be opened on %s",
                     agent->bind_address ? agent->bind_address : "any network interface");
    generation->nice_gathering = FALSE;
    give_up (generation, why);
    return;
  }
  widen_buffers (generation);
  if (is_newest (generation))
    agent->events->begun (agent->user);
}

const PealIceServersEvents peal_ice_gather_events = { .turn = on_turn, .stun = on_stun };

void
peal_ice_gather_tell (PealIceGeneration *generation, gboolean candidates)
{
  PealIceAgent *agent = generation->agent;
  g_autofree char *ufrag = NULL, *pwd = NULL;

  nice_agent_get_local_credentials (generation->nice, generation->stream, &ufrag, &pwd);
  agent->events->credentials (agent->user, ufrag, pwd);
  for (guint component = 1; candidates && component <= agent->n_components; component++) {
    GSList *all = nice_agent_get_local_candidates (generation->nice, generation->stream, component);
    for (GSList *i = all; i; i = i->next) {
      NiceCandidate *candidate = i->data;
      if (!agent->relay_only || candidate->type == NICE_CANDIDATE_TYPE_RELAYED)
        on_candidate (generation->nice, candidate, generation);
    }
    g_slist_free_full (all, (GDestroyNotify) nice_candidate_free);
  }
}

void
peal_ice_gather_prepare (PealIceGeneration *generation)
{
  PealIceAgent *agent = generation->agent;

  generation->nice = nice_agent_new_full (
      peal_loop_context (agent->loop), NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (generation->nice, "upnp", FALSE, "ice-tcp", FALSE, "controlling-mode",
                agent->initiator, "stun-pacing-timer", PACING_MS, "keepalive-conncheck", TRUE,
                "idle-timeout", IDLE_MS, "force-relay", agent->relay_only, NULL);
  g_signal_connect (generation->nice, "new-candidate-full", G_CALLBACK (on_candidate), generation);
  g_signal_connect (generation->nice, "candidate-gathering-done", G_CALLBACK (on_gathering_done),
                    generation);
  generation->stream = nice_agent_add_stream (generation->nice, agent->n_components);
}

void
peal_ice_gather_begin (PealIceGeneration *generation)
{
  peal_ice_gather_tell (generation, FALSE);
  peal_timer_set (generation->agent->loop, &generation->gather_timer,
                  g_get_monotonic_time () + GATHER_WITHIN, tell_gathered, generation);
  peal_ice_servers_start (generation->servers);
  check_gathered (generation);
}
