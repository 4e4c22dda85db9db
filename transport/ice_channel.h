/* The bottom of a stack over ICE: one component, stable while paths and agents change below it.
 *
 * It opens with the first path and does not wait for the take-over of its sockets (ice_leg.h).
 * Before it signs of life are datagrams alone; after it the channel sends its own consent checks,
 * answers the peer's, on every socket of the component, and follows the controlling peer to another
 * pair. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"
#include "transport/consent.h"
#include "transport/stun.h"

#include <agent.h>

typedef struct PealIceChannel PealIceChannel; /* begins with its PealChannel */
typedef struct PealIceLeg PealIceLeg;         /* ice_leg.h */

typedef struct {
  /* WEAK, ALIVE, RESTART or LOST; at LOST the channel has just closed. */
  void (*watchdog) (gpointer user, PealIceChannel *channel, PealConsentAction action);
} PealIceChannelEvents;

typedef struct {
  PealLoop *loop;
  guint component;
  const PealConsentTimes *times; /* must outlive it */
  const PealIceChannelEvents *events;
  gpointer user;
} PealIceChannelSetup;

/* On the loop, like all below. Freed by peal_channel_free. */
PealIceChannel *peal_ice_channel_new (const PealIceChannelSetup *setup);
PealChannel *peal_ice_channel_base (PealIceChannel *channel);
guint peal_ice_channel_component (PealIceChannel *channel);

/* The agent of @leg found a path: the channel sends over it from now on, opens (the first time),
 * and begins consent with the credentials of @keys. */
void peal_ice_channel_connected (PealIceChannel *channel, PealIceLeg *leg,
                                 const PealStunSetup *keys);

/* Whether the sockets of the leg in use are ours. */
gboolean peal_ice_channel_taken_over (PealIceChannel *channel);

/* Another path is about to be found: silence is not called LOST before @until (monotonic, µs). */
void peal_ice_channel_spare (PealIceChannel *channel, gint64 until);

/* The ends of the path in use; FALSE before there is one. */
typedef struct {
  NiceAddress local, remote;
  NiceCandidateType local_type, remote_type;
  gint64 rtt; /* µs; -1: not measured yet */
} PealIcePath;
gboolean peal_ice_channel_path (PealIceChannel *channel, PealIcePath *path);
