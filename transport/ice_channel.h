/* The bottom of a stack over ICE: one component, stable while paths and agents change below it.
 *
 *     before the take-over   send ─► nice_agent_send_messages ─► … ─► attach_recv ─► deliver
 *     after it               send ─► sendmmsg on the pair     ─► … ─► recvmmsg    ─► deliver
 *
 * It opens with the first path and does not wait for the take-over. Before it signs of life are
 * datagrams alone; after it the channel sends its own consent checks, answers the peer's, on every
 * socket of the component, and follows the controlling peer to another pair. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"
#include "transport/consent.h"
#include "transport/stun.h"

#include <agent.h>

typedef struct PealIceChannel PealIceChannel; /* begins with its PealChannel */

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

/* Receives through @agent from now on; before it gathers. The agent must live until
 * peal_ice_channel_detach, or until the channel is freed. */
void peal_ice_channel_attach (PealIceChannel *channel, NiceAgent *agent, guint stream);
void peal_ice_channel_detach (PealIceChannel *channel);

/* The agent found a path: opens (the first time), and begins consent with the credentials of @keys.
 */
void peal_ice_channel_connected (PealIceChannel *channel, const PealStunSetup *keys);

/* The selected pair, from both ends plain UDP sockets of ours. FALSE: it stays with libnice. With
 * @any a pair whose far end is a relay will do as well. */
gboolean peal_ice_channel_can_take_over (PealIceChannel *channel, gboolean any);
void peal_ice_channel_take_over (PealIceChannel *channel);
gboolean peal_ice_channel_taken_over (PealIceChannel *channel);

/* Gives the sockets back to libnice for an ICE restart; sending goes on over the old pair until
 * peal_ice_channel_connected. */
void peal_ice_channel_give_back (PealIceChannel *channel);

/* The ends of the path in use; FALSE before there is one. */
typedef struct {
  NiceAddress local, remote;
  NiceCandidateType local_type, remote_type;
  gint64 rtt; /* µs; -1: not measured yet */
} PealIcePath;
gboolean peal_ice_channel_path (PealIceChannel *channel, PealIcePath *path);
