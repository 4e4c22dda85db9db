/* What the two files of the ICE-UDP method share: ice_udp.c (messages between endpoint and loop)
 * and ice_description.c (what is told to the peer, and what it told). */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/ice_udp.h"
#include "transport/secure.h"

struct PealTransport {
  gint refs; /* the endpoint's, the loop's, and each note's */
  PealLoop *loop;
  GMainContext *context;

  /* The endpoint's half. */
  const PealTransportEvents *events;
  gpointer user;
  gboolean closed, hidden, no_trickle, relay_only, has_remote;
  gboolean begun, gathered; /* of the agent's events */
  gboolean announced;       /* describable was told, and nothing described since */
  gboolean renewed;         /* credentials that were not told yet, after a restart */
  char *ufrag, *pwd;
  GPtrArray *told, *untold; /* of PealCandidate *, owned */

  /* The loop's half. */
  PealIceAgent *agent;
  PealSecure *secure;
  PealTransportState state;
  gint64 ice_at;
};

/* The methods of PealMethod with these names. */
gpointer peal_ice_description_make (PealTransport *transport, gboolean all);
gboolean peal_ice_description_judge (const PealTransportSetup *setup, gconstpointer remote,
                                     GError **error);
guint peal_ice_description_components (gconstpointer remote);
gboolean peal_ice_description_same (gconstpointer former, gconstpointer later);
gboolean peal_ice_description_apply (PealTransport *transport, gconstpointer remote,
                                     GError **error);
gboolean peal_ice_description_settle (PealTransport *transport, GError **error);

/* While our address is hidden only relays may be told. */
gboolean peal_ice_description_may_tell (const PealTransport *transport,
                                        const PealCandidate *candidate);
