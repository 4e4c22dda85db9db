/* The UDP sockets of one ICE component, taken over from libnice: batches in, batches out.
 *
 * libnice reads a datagram a call through GObject and its lock (31 µs per echoed packet); recvmmsg
 * and sendmmsg on the loop's epoll do it in 9. The GSockets stay libnice's: only the descriptor is
 * used. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"

#include <gio/gio.h>
#include <sys/socket.h>

typedef struct PealIceSockets PealIceSockets;

/* One of the sockets, and who is at the other end. */
typedef struct {
  guint socket; /* index */
  struct sockaddr_storage remote;
} PealIcePair;

/* Whether both are of one socket and one far address. */
gboolean peal_ice_pair_equal (const PealIcePair *a, const PealIcePair *b);

typedef struct {
  /* A datagram came over @pair; one longer than 2,048 bytes never does. */
  void (*datagram) (gpointer user, const PealIcePair *pair, const PealDatagram *datagram);
} PealIceSocketsEvents;

/* @sockets: of GSocket *, its UDP sockets are used. On the loop, like all below. */
PealIceSockets *peal_ice_sockets_new (PealLoop *loop, GPtrArray *sockets,
                                      const PealIceSocketsEvents *events, gpointer user);
void peal_ice_sockets_free (PealIceSockets *sockets);

/* Reads, or leaves reading to someone else; it begins reading. */
void peal_ice_sockets_read (PealIceSockets *sockets, gboolean read);

/* The index of @socket, or -1. */
int peal_ice_sockets_find (PealIceSockets *sockets, GSocket *socket);

/* Sends @n datagrams over @pair; returns how many the kernel took. */
guint peal_ice_sockets_send (PealIceSockets *sockets, const PealIcePair *pair,
                             const PealDatagram *datagrams, guint n);

/* The address the socket of @pair is bound to; FALSE when it has gone. */
gboolean peal_ice_sockets_local (PealIceSockets *sockets, const PealIcePair *pair,
                                 struct sockaddr_storage *local);
