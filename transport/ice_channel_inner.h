/* What the halves of an ICE channel share: ice_channel.c, ice_leg.c and ice_takeover.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/ice_leg.h"
#include "transport/ice_moves.h"
#include "transport/ice_sockets.h"

struct PealIceChannel {
  PealChannel base;
  guint component;
  const PealIceChannelEvents *events;
  gpointer user;
  const PealConsentTimes *times;
  PealConsent consent; /* of the leg in use */
  PealTimer timer;
  gint64 rtt;
  GMainContext *parking; /* never iterated: what libnice attaches there sleeps */
  GPtrArray *legs;       /* of PealIceLeg *, owned */
  PealIceLeg *used;      /* one of them; NULL: none yet */
};

struct PealIceLeg {
  PealIceChannel *channel;
  NiceAgent *agent; /* borrowed */
  guint stream;
  PealStun *stun; /* NULL before its first path */

  PealIceSockets *sockets; /* NULL: they are libnice's */
  PealIcePair pair;        /* what we send over once they are ours */
  NiceCandidateType local_type;
  PealIceMoves moves;
  gint64 refusing_since; /* loop's time; @refusals within a second of it */
  guint refusals;
};

/* Does what is due for consent, and sets the timer. */
void peal_ice_channel_watch (gpointer channel);

/* A sign of life of the peer came over @leg; an answer to our own check, after @rtt µs. What comes
 * over another leg than the one in use says nothing of the path. */
void peal_ice_channel_note_life (PealIceLeg *leg);
void peal_ice_channel_note_answer (PealIceLeg *leg, gint64 rtt);

/* Sends; returns how many were taken. */
guint peal_ice_leg_send (PealIceLeg *leg, const PealDatagram *datagrams, guint n);
