/* What the two halves of an ICE channel share: ice_channel.c and ice_takeover.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/ice_channel.h"
#include "transport/ice_moves.h"
#include "transport/ice_sockets.h"

struct PealIceChannel {
  PealChannel base;
  guint component;
  const PealIceChannelEvents *events;
  gpointer user;
  NiceAgent *agent; /* borrowed; NULL: none */
  guint stream;
  PealStun *stun; /* NULL before the first path */
  const PealConsentTimes *times;
  PealConsent consent;
  PealTimer timer;
  gint64 rtt;

  PealIceSockets *sockets; /* NULL: libnice sends */
  gboolean reading;        /* …and we read */
  GMainContext *parking;   /* never iterated: what libnice attaches there sleeps */
  PealIcePair pair;        /* what we send over */
  NiceCandidateType local_type;
  PealIceMoves moves;
  gint64 refusing_since; /* loop's time; @refusals within a second of it */
  guint refusals;
};

/* Does what is due for consent, and sets the timer. */
void peal_ice_channel_watch (gpointer channel);

/* A sign of life of the peer came; an answer to our own check, after @rtt µs. */
void peal_ice_channel_note_life (PealIceChannel *channel);
void peal_ice_channel_note_answer (PealIceChannel *channel, gint64 rtt);

/* libnice reads, from here on. */
void peal_ice_channel_listen_to_nice (PealIceChannel *channel);
