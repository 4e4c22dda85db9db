/* Hands out the lanes of a transport's contents, and splits what arrives among them: written once,
 * here.
 *
 * First by kind: RTP or RTCP (RFC 5761), whether they share a path or each has its component. Then
 * by content (RFC 8843 §9.2): MID, then SSRC, then payload type. A lane is there from the first
 * time it is asked for and opens when what carries it does. Media often overtake the signaling that
 * brings their content: what nobody claims waits for a moment. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"
#include "transport/channel.h"

typedef struct PealLanes PealLanes;

typedef struct {
  /* A carrier's state; may be told again unchanged. */
  void (*state) (gpointer user, PealLane carrier, PealChannelState state, const GError *why);
} PealLanesEvents;

/* @two_components: RTCP waits for a carrier of its own. */
PealLanes *peal_lanes_new (PealLoop *loop, gboolean two_components, const PealLanesEvents *events,
                           gpointer user);

/* What carries RTP (and RTCP, unless that has its own), RTCP, or data. Takes @channel. Once each.
 */
void peal_lanes_attach (PealLanes *lanes, PealLane carrier, PealChannel *channel);

/* The lane of @content. Borrowed: it lives as long as @lanes. */
PealChannel *peal_lanes_get (PealLanes *lanes, const char *content, PealLane lane);

/* Ends all lanes; later ones are born closed. */
void peal_lanes_fail (PealLanes *lanes, const GError *why);

/* What tells the packets of @content apart (copied; replaces what was said before). One that was
 * never told about gets all RTP that no other content claims while it is alone. NULL: the content
 * has left; its lanes are freed, and what still comes for it is dropped. Not from inside an event
 * of a lane. */
void peal_lanes_hint (PealLanes *lanes, const char *content, const PealLaneHints *hints);

/* Frees lanes and carriers. NULL is left alone. */
void peal_lanes_free (PealLanes *lanes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealLanes, peal_lanes_free)
