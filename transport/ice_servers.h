/* From the account's services (XEP-0215) to the STUN and TURN servers libnice is given: chosen, and
 * their names resolved without blocking. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/services.h"
#include "transport/loop.h"

typedef struct PealIceServers PealIceServers;

typedef struct {
  const PealService *service;
  const char *address; /* numeric */
} PealIceServer;

typedef struct {
  /* A TURN server's address; a name may have one of each family. Also from inside _start. */
  void (*turn) (gpointer user, const PealIceServer *server);
  /* Once, also from inside _start: whether there is a STUN server, and which. Never later than a
   * quarter of a second: host candidates do not wait longer for a name. */
  void (*stun) (gpointer user, const PealIceServer *server);
} PealIceServersEvents;

/* Copies @services (of PealService *, may be NULL). A STUN service on a host that is also a TURN
 * server over UDP is passed over: TURN tells the mapped address too, and libnice would lose 2 s
 * when the answer comes from the TURN server's address. On the loop, like all below. */
PealIceServers *peal_ice_servers_new (PealLoop *loop, GPtrArray *services,
                                      const PealIceServersEvents *events, gpointer user);
void peal_ice_servers_start (PealIceServers *servers);
void peal_ice_servers_free (PealIceServers *servers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealIceServers, peal_ice_servers_free)

/* Names still being resolved. */
guint peal_ice_servers_pending (PealIceServers *servers);

/* Whether a relay could be had: services of type TURN that are used; and those over TLS, which are
 * not. */
guint peal_ice_servers_turn (PealIceServers *servers);
guint peal_ice_servers_turns (PealIceServers *servers);
