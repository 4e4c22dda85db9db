/* An ICE channel whose sockets are ours: who may speak there, where the path moves, and how they
 * are taken from libnice and given back. */
// SPDX-License-Identifier: MIT
#include "transport/ice_channel_inner.h"

#define REFUSALS 20 /* a second: strangers learn why, and cannot make us send what they like */

/* --- what comes --- */

static gboolean
same_remote (const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
  return peal_ice_pair_equal (&(PealIcePair) { 0, *a }, &(PealIcePair) { 0, *b });
}

static gboolean
is_known (const PealIceChannel *channel, const struct sockaddr_storage *remote)
{
  return same_remote (remote, &channel->pair.remote) ||
         peal_ice_moves_knows (&channel->moves, remote);
}

static gboolean
is_silent (const PealIceChannel *channel)
{
  return peal_loop_now (channel->base.loop) - channel->consent.life_at >= channel->times->weak;
}

static void
move_to (PealIceChannel *channel, const PealIcePair *pair)
{
  channel->pair = *pair;
  channel->local_type = NICE_CANDIDATE_TYPE_HOST;
  peal_ice_moves_settle (&channel->moves);
}

static void
try_pair (PealIceChannel *channel, const PealIcePair *pair, gint64 now)
{
  guint8 check[PEAL_STUN_MAX];
  gsize length = peal_stun_check (channel->stun, check, now);

  peal_ice_moves_try (&channel->moves, pair, check, now);
  peal_ice_sockets_send (channel->sockets, pair, &(PealDatagram) { check, length }, 1);
}

static void
on_request (PealIceChannel *channel, const PealIcePair *pair, const PealStunReading *reading)
{
  gint64 now = g_get_monotonic_time ();

  peal_ice_moves_know (&channel->moves, &pair->remote);
  if (!peal_ice_pair_equal (pair, &channel->pair)) {
    if (peal_ice_moves_consider (&channel->moves, pair, reading->nominates, is_silent (channel),
                                 now))
      try_pair (channel, pair, now);
    return;
  }
  if (reading->nominates)
    channel->moves.has_proposed = FALSE;
  peal_ice_channel_note_life (channel);
}

/* RFC 7675 §5.1: consent is to what goes over one pair. */
static void
on_answer (PealIceChannel *channel, const PealIcePair *pair, const PealDatagram *datagram,
           gint64 rtt)
{
  if (peal_ice_moves_answered (&channel->moves, pair, datagram->data))
    move_to (channel, pair);
  if (peal_ice_pair_equal (pair, &channel->pair))
    peal_ice_channel_note_answer (channel, rtt);
}

static gboolean
may_refuse (PealIceChannel *channel)
{
  gint64 now = peal_loop_now (channel->base.loop);

  if (now - channel->refusing_since >= G_USEC_PER_SEC) {
    channel->refusing_since = now;
    channel->refusals = 0;
  }
  return channel->refusals++ < REFUSALS;
}

/* Only who proved to know the password may speak (libnice's rule as well). */
static void
on_data (PealIceChannel *channel, const PealIcePair *pair, const PealDatagram *datagram)
{
  if (!is_known (channel, &pair->remote)) {
    channel->base.dropped++;
    return;
  }
  if (same_remote (&pair->remote, &channel->pair.remote))
    peal_ice_channel_note_life (channel);
  peal_channel_deliver (&channel->base, datagram->data, datagram->length);
}

static void
from_socket (gpointer user, const PealIcePair *pair, const PealDatagram *datagram)
{
  PealIceChannel *channel = user;
  PealStunReading reading;
  PealStunKind kind =
      peal_stun_read (channel->stun, datagram, &pair->remote, g_get_monotonic_time (), &reading);

  if (kind == PEAL_STUN_NOT) {
    on_data (channel, pair, datagram);
    return;
  }
  if (reading.reply_length > 0 && (kind != PEAL_STUN_REFUSED || may_refuse (channel)))
    peal_ice_sockets_send (channel->sockets, pair,
                           &(PealDatagram) { reading.reply, reading.reply_length }, 1);
  if (kind == PEAL_STUN_REQUEST)
    on_request (channel, pair, &reading);
  else if (kind == PEAL_STUN_ANSWER)
    on_answer (channel, pair, datagram, reading.rtt);
}

static const PealIceSocketsEvents sockets_events = { .datagram = from_socket };

/* --- the take-over --- */

gboolean
peal_ice_channel_can_take_over (PealIceChannel *channel, gboolean any)
{
  NiceCandidate *local, *remote;

  if (channel->reading || !channel->stun || !channel->agent ||
      !nice_agent_get_selected_pair (channel->agent, channel->stream, channel->component, &local,
                                     &remote))
    return FALSE;
  /* libnice may still find better than the peer's relay. */
  if (!any && remote->type == NICE_CANDIDATE_TYPE_RELAYED)
    return FALSE;
  g_autoptr(GSocket) socket =
      nice_agent_get_selected_socket (channel->agent, channel->stream, channel->component);
  return socket != NULL;
}

void
peal_ice_channel_take_over (PealIceChannel *channel)
{
  NiceCandidate *local, *remote;
  g_autoptr(GSocket) socket =
      nice_agent_get_selected_socket (channel->agent, channel->stream, channel->component);
  g_autoptr(GPtrArray) all =
      nice_agent_get_sockets (channel->agent, channel->stream, channel->component);

  g_assert (peal_ice_channel_can_take_over (channel, TRUE));
  nice_agent_get_selected_pair (channel->agent, channel->stream, channel->component, &local,
                                &remote);
  /* Detached and attached elsewhere: on the old context its sources would spin. */
  nice_agent_attach_recv (channel->agent, channel->stream, channel->component, channel->parking,
                          NULL, NULL);
  g_clear_pointer (&channel->sockets, peal_ice_sockets_free);
  channel->sockets = peal_ice_sockets_new (channel->base.loop, all, &sockets_events, channel);
  int index = peal_ice_sockets_find (channel->sockets, socket);
  g_assert (index >= 0);
  channel->pair = (PealIcePair) { .socket = (guint) index };
  nice_address_copy_to_sockaddr (&remote->addr, (struct sockaddr *) &channel->pair.remote);
  channel->local_type = local->type;
  channel->moves = (PealIceMoves) { 0 };
  channel->reading = TRUE;
  peal_consent_see (&channel->consent, TRUE, g_get_monotonic_time ());
  peal_ice_channel_watch (channel);
}

gboolean
peal_ice_channel_taken_over (PealIceChannel *channel)
{
  return channel->reading;
}

void
peal_ice_channel_give_back (PealIceChannel *channel)
{
  if (!channel->reading)
    return;
  peal_ice_sockets_read (channel->sockets, FALSE);
  channel->reading = FALSE;
  peal_ice_channel_listen_to_nice (channel);
  peal_consent_see (&channel->consent, FALSE, g_get_monotonic_time ());
}
