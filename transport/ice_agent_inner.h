/* What the files of the ICE agent share: ice_agent.c (states, the path and which generation has
 * it), ice_generation.c (one libnice agent), ice_gather.c (our candidates), ice_peer.c (the
 * peer's), ice_restart.c (restarts). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"
#include "transport/ice_agent.h"
#include "transport/ice_leg.h"
#include "transport/ice_servers.h"

#define PEAL_ICE_COMPONENTS 2
#define PEAL_ICE_UFRAGS     16 /* of the peer that are remembered */

/* What one exchange of credentials brought: a libnice agent with its sockets, its candidates and
 * the peer's. An ICE restart begins another one beside that which has the path, so that the path
 * carries on, may fail for all it likes, and finds new addresses after a change of network. */
typedef struct {
  PealIceAgent *agent;
  NiceAgent *nice;
  guint stream;
  PealIceLeg *legs[PEAL_ICE_COMPONENTS]; /* owned by the channels */
  PealIceServers *servers;
  guint n_relays; /* servers given to libnice */
  gboolean started, nice_gathering, gathered_told;
  PealTimer gather_timer;

  char *remote_ufrag, *remote_pwd;
  GPtrArray *waiting; /* of NiceCandidate *: no credentials yet */
  guint n_remote;
  gint64 first_at, news_at; /* of the peer; 0: nothing yet */
  gboolean awaiting;        /* a restart of ours: the peer's answer is to come */
  gboolean doomed;          /* it cannot even gather */

  guint connected, ready, failed;  /* bits by component */
  guint local_types, remote_types; /* bits by NiceCandidateType: for the verdict */
  PealTimer patience, settle;
} PealIceGeneration;

struct PealIceAgent {
  PealLoop *loop;
  const PealIceAgentEvents *events;
  gpointer user;
  const PealIceTimes *times;
  gboolean initiator, relay_only, hidden;
  char *bind_address;
  GPtrArray *services; /* of PealService *, owned */
  guint n_components;
  PealIceChannel *channels[PEAL_ICE_COMPONENTS];

  PealIceGeneration *path; /* has the path, or is to have the first one */
  PealIceGeneration *next; /* of a restart; NULL: none runs */
  PealIceGeneration *past; /* had it: the peer may still send there; NULL: none */
  PealTimer farewell;      /* to @past */

  GPtrArray *held;               /* of PealIceTransport *: while hidden */
  char *ufrags[PEAL_ICE_UFRAGS]; /* all that the peer had */
  guint n_ufrags;
  gint64 restarts_paid_at; /* the peer's restarts: see may_restart */

  PealIceState state;
  guint take_overs;
};

/* The only function that changes agent->state. */
void peal_ice_agent_enter (PealIceAgent *agent, PealIceState state, const GError *why);
gboolean peal_ice_agent_has_path (const PealIceAgent *agent);
/* The generation whose credentials the peer knows last. */
PealIceGeneration *peal_ice_agent_newest (const PealIceAgent *agent);
/* All components of @generation have a path, or it came to nothing. */
void peal_ice_agent_found (PealIceAgent *agent, PealIceGeneration *generation);
void peal_ice_agent_missed (PealIceAgent *agent, PealIceGeneration *generation, const GError *why);

/* --- one generation --- */

PealIceGeneration *peal_ice_generation_new (PealIceAgent *agent);
/* The channels send over it from now on; @component, or all (0). */
void peal_ice_generation_use (PealIceGeneration *generation, guint component);
/* Whether it is time to say that there is no path. Also a timer's function. */
void peal_ice_generation_judge (gpointer generation);
/* "a TURN relay was used", or why there was none; static. */
const char *peal_ice_generation_about_relays (const PealIceGeneration *generation);
gboolean peal_ice_generation_is_taken_over (const PealIceGeneration *generation);
/* Before it is closed while the channels live on. */
void peal_ice_generation_leave (PealIceGeneration *generation);
/* Gives allocations back, then frees; the channels are gone or left. NULL is left alone. */
void peal_ice_generation_close (PealIceGeneration *generation);

/* Makes the libnice agent, its stream, and hears what it gathers. */
void peal_ice_gather_prepare (PealIceGeneration *generation);
void peal_ice_gather_begin (PealIceGeneration *generation);
/* Tells our credentials, and all candidates there are. */
void peal_ice_gather_tell (PealIceGeneration *generation, gboolean candidates);
extern const PealIceServersEvents peal_ice_gather_events;

/* Tells again what was told of @generation. */
void peal_ice_restart_tell (PealIceGeneration *generation);
/* The peer has other credentials: that generation of ours which they belong to from now on; NULL:
 * none, for it restarts too often. */
PealIceGeneration *peal_ice_restart_by_peer (PealIceAgent *agent);
