/* What the files of the endpoint share: its struct, and what they ask of one another. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/call.h"
#include "signaling/jingle/guard.h"

struct PealEndpoint {
  PealEndpointSetup setup;
  GPtrArray *vocabulary; /* of const PealElement *, ends with NULL */
  GPtrArray *calls;      /* of PealCall * */
  GPtrArray *over;       /* of PealCall *: freed by the sweeper, never inside a callback */
  GPtrArray *asks;       /* of PealAsk *, borrowed */
  gboolean acquainted;   /* the roster came, or will not */
  GQueue early;          /* of Early * */
  GQueue buried;         /* of char *: proposals to us that ended without a session */
  PealGuard *guard;
  PealCallPolicy policy;
  PealAdmission (*admit) (gpointer user, const char *peer, gboolean contact);
  gpointer admit_user;
  guint iq_ear, message_ear, presence_ear;
  GMainContext *context;
  GSource *timer, *sweeper;
};

/* The call of that sid, or NULL. */
PealCall *peal_endpoint_find (PealEndpoint *endpoint, const char *sid);

/* Whether a proposal of that id was told no, or was given up, not long ago. */
gboolean peal_endpoint_is_buried (PealEndpoint *endpoint, const char *sid);

/* --- endpoint_hear.c --- */

/* Begins to hear Jingle, proposals and presence; ends it, and drops what waited for the roster. */
void peal_endpoint_listen (PealEndpoint *endpoint);
void peal_endpoint_unlisten (PealEndpoint *endpoint);
