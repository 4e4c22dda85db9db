/* The relay: two pipes a connection, a queue of late pieces each. */
// SPDX-License-Identifier: MIT
#include "tests/stream/relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

typedef struct Pair Pair;

typedef struct {
  gint64 due;
  GBytes *bytes; /* NULL: the end */
} Piece;

typedef struct {
  Pair *pair;
  RelayWay way;
  GSocket *from, *to;
  GQueue pieces;   /* of Piece */
  GSource *reads;  /* @from has something */
  GSource *writes; /* the first piece is due, or @to takes more */
  gsize written;   /* of the first piece */
} Pipe;

struct Pair {
  Relay *relay;
  GSocketConnection *connection; /* of the first end: closes it when it goes */
  GSocket *ends[2];
  Pipe pipes[RELAY_N_WAYS];
};

struct Relay {
  GSocketService *service;
  guint16 port, target;
  GPtrArray *pairs;
  RelayMode modes[RELAY_N_WAYS];
  guint delays[RELAY_N_WAYS];
  gsize left[RELAY_N_WAYS]; /* bytes to a cut; 0: none is to come */
  guint cuts;
};

static void pump (Pipe *pipe);

static void
piece_free (gpointer data)
{
  Piece *piece = data;
  g_clear_pointer (&piece->bytes, g_bytes_unref);
  g_free (piece);
}

static void
drop_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
pair_free (Pair *pair)
{
  for (guint i = 0; i < RELAY_N_WAYS; i++) {
    drop_source (&pair->pipes[i].reads);
    drop_source (&pair->pipes[i].writes);
    g_queue_clear_full (&pair->pipes[i].pieces, piece_free);
  }
  for (guint i = 0; i < 2; i++) {
    g_socket_close (pair->ends[i], NULL);
    g_object_unref (pair->ends[i]);
  }
  g_object_unref (pair->connection);
  g_free (pair);
}

static void
end_pair (Pair *pair, RelayEnd end)
{
  const struct linger at_once = { .l_onoff = 1 };
  for (guint i = 0; i < 2 && end == RELAY_RESET; i++)
    g_assert_no_errno (setsockopt (g_socket_get_fd (pair->ends[i]), SOL_SOCKET, SO_LINGER, &at_once,
                                   sizeof at_once));
  g_ptr_array_remove_fast (pair->relay->pairs, pair);
  pair_free (pair);
}

void
relay_cut (Relay *relay, RelayEnd end)
{
  relay->cuts += relay->pairs->len;
  while (relay->pairs->len)
    end_pair (relay->pairs->pdata[0], end);
}

/* --- one way --- */

static gboolean
on_wake (GSocket *socket, GIOCondition condition, gpointer user)
{
  pump (user);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_due (gpointer user)
{
  pump (user);
  return G_SOURCE_REMOVE;
}

static void
watch (GSource **place, GSource *source, GSourceFunc wake, Pipe *pipe)
{
  drop_source (place);
  *place = source;
  g_source_set_callback (source, wake, pipe, NULL);
  g_source_attach (source, NULL);
}

/* FALSE: this was the last byte before a cut, and the pipe is gone. */
static gboolean
passes (Pipe *pipe, gsize count)
{
  Relay *relay = pipe->pair->relay;
  gsize *left = &relay->left[pipe->way];
  pipe->written += count;
  if (*left == 0)
    return TRUE;
  *left -= MIN (*left, count);
  if (*left > 0)
    return TRUE;
  relay_cut (relay, RELAY_RESET);
  return FALSE;
}

/* FALSE: no more for now, or ever. */
static gboolean
write_some (Pipe *pipe, Piece *piece)
{
  gsize length, left = pipe->pair->relay->left[pipe->way];
  if (!piece->bytes) {
    end_pair (pipe->pair, RELAY_CLOSE);
    return FALSE;
  }
  const char *bytes = g_bytes_get_data (piece->bytes, &length);
  gsize count = length - pipe->written;
  if (left > 0)
    count = MIN (count, left);
  g_autoptr(GError) error = NULL;
  gssize wrote = g_socket_send (pipe->to, bytes + pipe->written, count, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    watch (&pipe->writes, g_socket_create_source (pipe->to, G_IO_OUT, NULL),
           (GSourceFunc) (void (*) (void)) on_wake, pipe);
    return FALSE;
  }
  if (wrote <= 0) {
    end_pair (pipe->pair, RELAY_RESET);
    return FALSE;
  }
  if (!passes (pipe, (gsize) wrote))
    return FALSE;
  if (pipe->written == length) {
    pipe->written = 0;
    piece_free (g_queue_pop_head (&pipe->pieces));
  }
  return TRUE;
}

static void
pump (Pipe *pipe)
{
  drop_source (&pipe->writes);
  if (pipe->pair->relay->modes[pipe->way] != RELAY_PASS)
    return;
  for (Piece *piece; (piece = g_queue_peek_head (&pipe->pieces));) {
    gint64 wait = piece->due - g_get_monotonic_time ();
    if (wait > 0) {
      watch (&pipe->writes, g_timeout_source_new ((guint) (wait / 1000) + 1), on_due, pipe);
      return;
    }
    if (!write_some (pipe, piece))
      return;
  }
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user)
{
  Pipe *pipe = user;
  const Relay *relay = pipe->pair->relay;
  char buffer[4096];
  g_autoptr(GError) error = NULL;
  gssize length = g_socket_receive (pipe->from, buffer, sizeof buffer, NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  g_socket_set_option (pipe->from, IPPROTO_TCP, TCP_QUICKACK, 1, NULL); /* lasts for one read */
  if (relay->modes[pipe->way] != RELAY_SWALLOW) {
    Piece *piece = g_new0 (Piece, 1);
    piece->due = g_get_monotonic_time () + (gint64) relay->delays[pipe->way] * 1000;
    piece->bytes = length > 0 ? g_bytes_new (buffer, (gsize) length) : NULL;
    g_queue_push_tail (&pipe->pieces, piece);
  }
  if (length <= 0)
    drop_source (&pipe->reads);
  pump (pipe);
  return G_SOURCE_CONTINUE;
}

/* --- connections --- */

static void
open_pipe (Pair *pair, RelayWay way)
{
  Pipe *pipe = &pair->pipes[way];
  *pipe = (Pipe) { .pair = pair, .way = way, .from = pair->ends[way], .to = pair->ends[!way] };
  g_queue_init (&pipe->pieces);
  watch (&pipe->reads, g_socket_create_source (pipe->from, G_IO_IN | G_IO_HUP, NULL),
         (GSourceFunc) (void (*) (void)) on_readable, pipe);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer user)
{
  Relay *relay = user;
  g_autoptr(GError) error = NULL;
  g_autoptr(GInetAddress) here = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) target = g_inet_socket_address_new (here, relay->target);
  g_autoptr(GSocket) there =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  if (!g_socket_connect (there, target, NULL, NULL)) /* as if nobody had answered */
    return TRUE;
  Pair *pair = g_new0 (Pair, 1);
  pair->relay = relay;
  pair->connection = g_object_ref (connection);
  pair->ends[0] = g_object_ref (g_socket_connection_get_socket (connection));
  pair->ends[1] = g_steal_pointer (&there);
  g_ptr_array_add (relay->pairs, pair);
  for (guint i = 0; i < 2; i++) {
    g_socket_set_blocking (pair->ends[i], FALSE);
    g_socket_set_option (pair->ends[i], IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  }
  open_pipe (pair, RELAY_TO_SERVER);
  open_pipe (pair, RELAY_TO_CLIENT);
  return TRUE;
}

Relay *
relay_new (guint16 port)
{
  Relay *relay = g_new0 (Relay, 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(GInetAddress) here = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any = g_inet_socket_address_new (here, 0);
  g_autoptr(GSocketAddress) taken = NULL;
  relay->target = port;
  relay->pairs = g_ptr_array_new ();
  relay->service = g_socket_service_new ();
  g_socket_listener_add_address (G_SOCKET_LISTENER (relay->service), any, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &taken, &error);
  g_assert_no_error (error);
  relay->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (taken));
  g_signal_connect (relay->service, "incoming", G_CALLBACK (on_incoming), relay);
  return relay;
}

void
relay_free (Relay *relay)
{
  if (!relay)
    return;
  g_socket_service_stop (relay->service);
  g_socket_listener_close (G_SOCKET_LISTENER (relay->service));
  g_object_unref (relay->service);
  relay_cut (relay, RELAY_CLOSE);
  g_ptr_array_unref (relay->pairs);
  g_free (relay);
}

guint16
relay_port (const Relay *relay)
{
  return relay->port;
}

void
relay_set (Relay *relay, RelayWay way, RelayMode mode)
{
  relay->modes[way] = mode;
  g_autoptr(GPtrArray) pairs = g_ptr_array_copy (relay->pairs, NULL, NULL);
  for (guint i = 0; i < pairs->len; i++)
    if (g_ptr_array_find (relay->pairs, pairs->pdata[i], NULL))
      pump (&((Pair *) pairs->pdata[i])->pipes[way]);
}

void
relay_delay (Relay *relay, RelayWay way, guint ms)
{
  relay->delays[way] = ms;
}

void
relay_cut_after (Relay *relay, RelayWay way, gsize bytes)
{
  relay->left[way] = bytes;
}

guint
relay_connections (const Relay *relay)
{
  return relay->pairs->len;
}

guint
relay_cuts (const Relay *relay)
{
  return relay->cuts;
}
