/* Two ICE agents on two loops of one process, with letters for signaling; events leave word in a
 * queue.
 *
 * "A connected", "B heard ping": a test waits for such words on its own thread. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/ice_agent.h"

#define ICE_LONG (20 * G_USEC_PER_SEC) /* for what must come; the machine may be busy */

/* Like the real ones, a tenth as long. */
extern const PealIceTimes ice_quick;

typedef struct IceSide IceSide;

typedef struct {
  GAsyncQueue *told; /* of char * */
  GQueue seen;       /* of char *: told while something else was awaited */
  gboolean one_by_one, candidates_first;
  IceSide *a, *b;
} IceWorld;

struct IceSide {
  IceWorld *world;
  const char *name;
  PealLoop *loop;
  PealIceAgent *agent;
  PealIceAgentSetup setup;
  IceSide *peer;
  PealIceTransport *ours; /* what was not told to the peer yet */
  char *ufrag, *pwd;
  gboolean begun, mute; /* mute: tells the peer nothing */
  gint64 begun_at, connected_at;
  GError *why;
};

/* A controls; both on 127.0.0.1. Change their setups before ice_world_start. */
IceWorld *ice_world_new (void);
void ice_world_start (IceWorld *world);
/* One side begins alone. */
void ice_side_start (IceSide *side);
/* Ends the agent of @side and all channels; the loop stays. */
void ice_side_vanish (IceSide *side);
void ice_world_free (IceWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IceWorld, ice_world_free)

/* Waits for @wanted, unless it has come already; a failure that nobody wants fails the test. */
void ice_world_expect (IceWorld *world, const char *wanted);
void ice_world_connect (IceWorld *world);
/* Something goes each way over @component. */
void ice_world_talk (IceWorld *world, guint component);

/* Sends @text @times in one call; how many were taken. */
guint ice_side_say (IceSide *side, guint component, const char *text, guint times);
/* Tells @side what a peer would; taken. */
void ice_side_tell (IceSide *side, PealIceTransport *transport);
void ice_side_restart (IceSide *side);
void ice_side_reveal (IceSide *side);

typedef struct {
  IceSide *side;
  guint take_overs;
  gboolean taken_over;
  PealIcePath path;
} IceLook;
IceLook ice_side_look (IceSide *side);
/* The take-over tells nobody: asked again until it is there and its first check was answered. */
void ice_side_wait_for_take_overs (IceSide *side, guint wanted);
