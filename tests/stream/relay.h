/* A TCP relay in the process of a test: it forwards to a server on this machine, late, not at all,
 * or up to some byte, and cuts. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

typedef enum { RELAY_TO_SERVER = 0, RELAY_TO_CLIENT, RELAY_N_WAYS } RelayWay;

typedef enum {
  RELAY_PASS = 0,
  RELAY_HOLD,    /* what comes waits */
  RELAY_SWALLOW, /* what comes is lost, unseen by the sender: cut before it passes again */
} RelayMode;

typedef enum {
  RELAY_RESET = 0, /* RST both ways */
  RELAY_CLOSE,     /* FIN both ways */
} RelayEnd;

typedef struct Relay Relay;

/* Forwards from a port of 127.0.0.1 to its @port. */
Relay *relay_new (guint16 port);
void relay_free (Relay *relay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Relay, relay_free)

guint16 relay_port (const Relay *relay);

/* For all connections, also those to come. */
void relay_set (Relay *relay, RelayWay way, RelayMode mode);
void relay_delay (Relay *relay, RelayWay way, guint ms);

/* Ends all connections. */
void relay_cut (Relay *relay, RelayEnd end);

/* Resets all connections once @bytes more have passed. */
void relay_cut_after (Relay *relay, RelayWay way, gsize bytes);

/* How many connections there are, and how many it has ended (not the two ends). */
guint relay_connections (const Relay *relay);
guint relay_cuts (const Relay *relay);
