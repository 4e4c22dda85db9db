/* One libnice agent and its channels, on a loop: settings, gathering, candidates in and out,
 * restart, the take-over, and the verdict that there is no path.
 *
 * The settings are measured ones. Aggressive nomination and no TCP candidates: direct in 90 ms
 * where regular takes 2.1 s. A STUN server on a TURN host is not asked: gathering takes 45 ms,
 * not 2.1 s. A check each 5 ms, the floor of RFC 8445 §14.2: it decides set-up time. CONNECTED is
 * acted on; READY comes 2 s later. Its own consent check gives up after two lost answers and never
 * comes back: ours (transport/consent) is used. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/candidate.h"
#include "transport/ice_channel.h"

typedef struct PealIceAgent PealIceAgent;

typedef enum {
  PEAL_ICE_GATHERING = 0,
  PEAL_ICE_CHECKING,  /* both sides are known; 30 s at most */
  PEAL_ICE_CONNECTED, /* the watchdog decides how long */
  PEAL_ICE_WEAK,      /* likewise */
  PEAL_ICE_FAILED,    /* for good: @why tells, domain PEAL_CAUSE */
} PealIceState;

typedef struct {
  /* Ours; again after a restart, and then all candidates are told again. */
  void (*credentials) (gpointer user, const char *ufrag, const char *pwd);
  void (*candidate) (gpointer user, PealCandidate *candidate); /* given */
  void (*begun) (gpointer user);    /* sockets are open, host candidates told, others trickle; again
                                       after a restart */
  void (*gathered) (gpointer user); /* there are no more, or it took 2 s; again after a restart */
  void (*state) (gpointer user, PealIceState state, const GError *why);
} PealIceAgentEvents;

/* What tests make shorter. All in microseconds. */
typedef struct {
  PealConsentTimes consent;
  gint64 settle;   /* without a better pair before the take-over; 0: never */
  gint64 news;     /* after the peer's last candidate, before failed checks count */
  gint64 checking; /* at most */
  gint64 farewell; /* after a restart, before the old path is closed: the peer may move later */
} PealIceTimes;
extern const PealIceTimes peal_ice_times;

typedef struct {
  PealLoop *loop;
  gboolean initiator;
  gboolean relay_only;
  gboolean hidden; /* the peer's candidates wait for peal_ice_agent_reveal: a check would tell our
                      address */
  guint n_components;
  const char *bind_address;  /* numeric, or NULL */
  GPtrArray *services;       /* of PealService *, or NULL */
  const PealIceTimes *times; /* must outlive it */
} PealIceAgentSetup;

/* @setup is only read during the call. On the loop, like all below. */
PealIceAgent *peal_ice_agent_new (const PealIceAgentSetup *setup, const PealIceAgentEvents *events,
                                  gpointer user);

/* The channel of @component (1 or 2). The caller frees it, before peal_ice_agent_close. */
PealIceChannel *peal_ice_agent_channel (PealIceAgent *agent, guint component);

/* Begins to gather; events may come from inside. */
void peal_ice_agent_start (PealIceAgent *agent);

/* What the peer told, whole or in part; taken. Candidates without credentials wait for them; a new
 * ufrag with its password is the peer's ICE restart (RFC 8445 §9): ours are told anew. A peer that
 * restarts again and again is heard eight times, then once in two seconds. */
void peal_ice_agent_apply (PealIceAgent *agent, PealIceTransport *remote);

/* Our own ICE restart: new credentials and candidates are told, from new sockets; the old path
 * carries on until the new one is found, and if none is. While one waits for the peer's answer it
 * is told again instead; while one is being checked nothing happens. */
void peal_ice_agent_restart (PealIceAgent *agent);

/* The user accepted: what the peer told while it was hidden is checked now. */
void peal_ice_agent_reveal (PealIceAgent *agent);

/* Gives allocations back, then frees; no event follows. */
void peal_ice_agent_close (PealIceAgent *agent);

/* What was told last. */
PealIceState peal_ice_agent_state (PealIceAgent *agent);

/* How many times a socket was taken over from libnice, for tests and statistics. */
guint peal_ice_agent_take_overs (PealIceAgent *agent);
