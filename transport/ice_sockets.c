/* The UDP sockets of one ICE component, taken over from libnice; see ice_sockets.h. */
// SPDX-License-Identifier: MIT
#include "transport/ice_sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>

#define BATCH  16   /* datagrams a call; they lie on the stack */
#define BYTES  2048 /* a path carries 1,500 at most; jumbo frames are not ours */
#define ROUNDS 4    /* batches a turn and socket: the others want their share */

typedef struct {
  PealIceSockets *owner;
  guint index;
  GSocket *socket; /* a reference: the descriptor lives as long */
  int fd;
  PealWatch *watch;
} Socket;

struct PealIceSockets {
  PealLoop *loop;
  const PealIceSocketsEvents *events;
  gpointer user;
  Socket *sockets;
  guint n;
};

gboolean
peal_ice_pair_equal (const PealIcePair *a, const PealIcePair *b)
{
  const struct sockaddr_in *a4 = (const struct sockaddr_in *) &a->remote,
                           *b4 = (const struct sockaddr_in *) &b->remote;
  const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *) &a->remote,
                            *b6 = (const struct sockaddr_in6 *) &b->remote;

  if (a->socket != b->socket || a->remote.ss_family != b->remote.ss_family)
    return FALSE;
  if (a->remote.ss_family == AF_INET6)
    return a6->sin6_port == b6->sin6_port &&
           memcmp (&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
  return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

static socklen_t
length_of (const struct sockaddr_storage *address)
{
  return address->ss_family == AF_INET6 ? sizeof (struct sockaddr_in6)
                                        : sizeof (struct sockaddr_in);
}

/* Returns whether there may be more. */
static gboolean
read_batch (Socket *socket)
{
  guint8 bytes[BATCH][BYTES];
  struct sockaddr_storage from[BATCH];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];

  memset (messages, 0, sizeof messages);
  for (guint i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec) { bytes[i], BYTES };
    messages[i].msg_hdr = (struct msghdr) {
      .msg_name = &from[i],
      .msg_namelen = sizeof from[i],
      .msg_iov = &vectors[i],
      .msg_iovlen = 1,
    };
  }
  int n = recvmmsg (socket->fd, messages, BATCH, MSG_DONTWAIT, NULL);
  for (int i = 0; i < n && socket->watch; i++) {
    if (messages[i].msg_hdr.msg_flags & MSG_TRUNC)
      continue;
    PealIcePair pair = { socket->index, from[i] };
    socket->owner->events->datagram (socket->owner->user, &pair,
                                     &(PealDatagram) { bytes[i], messages[i].msg_len });
  }
  return n == BATCH;
}

static void
readable (gpointer user, guint32 epoll_events)
{
  Socket *socket = user;

  for (guint round = 0; round < ROUNDS && socket->watch; round++)
    if (!read_batch (socket))
      return;
}

PealIceSockets *
peal_ice_sockets_new (PealLoop *loop, GPtrArray *sockets, const PealIceSocketsEvents *events,
                      gpointer user)
{
  PealIceSockets *self = g_new0 (PealIceSockets, 1);

  *self = (PealIceSockets) { loop, events, user, g_new0 (Socket, sockets->len), 0 };
  for (guint i = 0; i < sockets->len; i++) {
    GSocket *socket = sockets->pdata[i];
    if (g_socket_get_socket_type (socket) != G_SOCKET_TYPE_DATAGRAM || g_socket_is_closed (socket))
      continue;
    self->sockets[self->n] =
        (Socket) { self, self->n, g_object_ref (socket), g_socket_get_fd (socket), NULL };
    self->n++;
  }
  peal_ice_sockets_read (self, TRUE);
  return self;
}

void
peal_ice_sockets_free (PealIceSockets *sockets)
{
  peal_ice_sockets_read (sockets, FALSE);
  for (guint i = 0; i < sockets->n; i++)
    g_object_unref (sockets->sockets[i].socket);
  g_free (sockets->sockets);
  g_free (sockets);
}

void
peal_ice_sockets_read (PealIceSockets *sockets, gboolean read)
{
  for (guint i = 0; i < sockets->n; i++) {
    Socket *socket = &sockets->sockets[i];
    if (read && !socket->watch)
      socket->watch = peal_watch_new (sockets->loop, socket->fd, EPOLLIN, readable, socket);
    else if (!read)
      g_clear_pointer (&socket->watch, peal_watch_free);
  }
}

int
peal_ice_sockets_find (PealIceSockets *sockets, GSocket *socket)
{
  for (guint i = 0; i < sockets->n; i++)
    if (sockets->sockets[i].socket == socket)
      return (int) i;
  return -1;
}

static guint
send_batch (int fd, const PealIcePair *pair, const PealDatagram *datagrams, guint n)
{
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];

  memset (messages, 0, sizeof messages);
  for (guint i = 0; i < n; i++) {
    vectors[i] = (struct iovec) { (void *) datagrams[i].data, datagrams[i].length };
    messages[i].msg_hdr = (struct msghdr) {
      .msg_name = (void *) &pair->remote,
      .msg_namelen = length_of (&pair->remote),
      .msg_iov = &vectors[i],
      .msg_iovlen = 1,
    };
  }
  int sent = sendmmsg (fd, messages, n, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? 0 : (guint) sent;
}

guint
peal_ice_sockets_send (PealIceSockets *sockets, const PealIcePair *pair,
                       const PealDatagram *datagrams, guint n)
{
  guint sent = 0;

  while (sent < n) {
    guint batch = MIN (n - sent, BATCH);
    guint now = send_batch (sockets->sockets[pair->socket].fd, pair, datagrams + sent, batch);
    sent += now;
    if (now < batch)
      break;
  }
  return sent;
}

gboolean
peal_ice_sockets_local (PealIceSockets *sockets, const PealIcePair *pair,
                        struct sockaddr_storage *local)
{
  socklen_t length = sizeof *local;

  return getsockname (sockets->sockets[pair->socket].fd, (struct sockaddr *) local, &length) == 0;
}
