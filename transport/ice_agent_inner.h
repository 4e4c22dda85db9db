/* What the files of the ICE agent share: ice_agent.c (states, path, end), ice_gather.c (our
 * candidates), ice_peer.c (the peer's, and restarts). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"
#include "transport/ice_agent.h"
#include "transport/ice_servers.h"

#define PEAL_ICE_COMPONENTS 2

struct PealIceAgent {
  PealLoop *loop;
  const PealIceAgentEvents *events;
  gpointer user;
  const PealIceTimes *times;
  gboolean initiator, relay_only, hidden;
  char *bind_address;

  NiceAgent *nice;
  guint stream, n_components;
  PealIceChannel *channels[PEAL_ICE_COMPONENTS];
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

/* The only function that changes agent->state. */
void peal_ice_agent_enter (PealIceAgent *agent, PealIceState state, const GError *why);
/* Whether it is time to say that there is no path. Also a timer's function. */
void peal_ice_agent_judge (gpointer agent);
/* "a TURN relay was used", or why there was none; static. */
const char *peal_ice_agent_about_relays (const PealIceAgent *agent);
gboolean peal_ice_agent_is_taken_over (const PealIceAgent *agent);

/* Makes the libnice agent, its stream, and hears what it gathers. */
void peal_ice_gather_prepare (PealIceAgent *agent);
void peal_ice_gather_begin (PealIceAgent *agent);
/* Tells our credentials, and all candidates there are. */
void peal_ice_gather_tell (PealIceAgent *agent, gboolean candidates);
extern const PealIceServersEvents peal_ice_gather_events;
