/* A leg whose sockets are ours: who may speak there, where the path moves, and how they are taken
 * from libnice. */
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
is_known (const PealIceLeg *leg, const struct sockaddr_storage *remote)
{
  return same_remote (remote, &leg->pair.remote) || peal_ice_moves_knows (&leg->moves, remote);
}

static gboolean
is_silent (const PealIceChannel *channel)
{
  return peal_loop_now (channel->base.loop) - channel->consent.life_at >= channel->times->weak;
}

static void
move_to (PealIceLeg *leg, const PealIcePair *pair)
{
  leg->pair = *pair;
  leg->local_type = NICE_CANDIDATE_TYPE_HOST;
  peal_ice_moves_settle (&leg->moves);
}

static void
try_pair (PealIceLeg *leg, const PealIcePair *pair, gint64 now)
{
  guint8 check[PEAL_STUN_MAX];
  gsize length = peal_stun_check (leg->stun, check, now);

  peal_ice_moves_try (&leg->moves, pair, check, now);
  peal_ice_sockets_send (leg->sockets, pair, &(PealDatagram) { check, length }, 1);
}

static void
on_request (PealIceLeg *leg, const PealIcePair *pair, const PealStunReading *reading)
{
  gint64 now = g_get_monotonic_time ();

  peal_ice_moves_know (&leg->moves, &pair->remote);
  if (!peal_ice_pair_equal (pair, &leg->pair)) {
    if (leg == leg->channel->used && peal_ice_moves_consider (&leg->moves, pair, reading->nominates,
                                                              is_silent (leg->channel), now))
      try_pair (leg, pair, now);
    return;
  }
  if (reading->nominates)
    leg->moves.has_proposed = FALSE;
  peal_ice_channel_note_life (leg);
}

/* RFC 7675 §5.1: consent is to what goes over one pair. */
static void
on_answer (PealIceLeg *leg, const PealIcePair *pair, const PealDatagram *datagram, gint64 rtt)
{
  if (peal_ice_moves_answered (&leg->moves, pair, datagram->data))
    move_to (leg, pair);
  if (peal_ice_pair_equal (pair, &leg->pair))
    peal_ice_channel_note_answer (leg, rtt);
}

static gboolean
may_refuse (PealIceLeg *leg)
{
  gint64 now = peal_loop_now (leg->channel->base.loop);

  if (now - leg->refusing_since >= G_USEC_PER_SEC) {
    leg->refusing_since = now;
    leg->refusals = 0;
  }
  return leg->refusals++ < REFUSALS;
}

/* Only who proved to know the password may speak (libnice's rule as well). */
static void
on_data (PealIceLeg *leg, const PealIcePair *pair, const PealDatagram *datagram)
{
  PealChannel *base = &leg->channel->base;

  if (!is_known (leg, &pair->remote)) {
    base->dropped++;
    return;
  }
  if (same_remote (&pair->remote, &leg->pair.remote))
    peal_ice_channel_note_life (leg);
  peal_channel_deliver (base, datagram->data, datagram->length);
}

static void
from_socket (gpointer user, const PealIcePair *pair, const PealDatagram *datagram)
{
  PealIceLeg *leg = user;
  PealStunReading reading;
  PealStunKind kind =
      peal_stun_read (leg->stun, datagram, &pair->remote, g_get_monotonic_time (), &reading);

  if (kind == PEAL_STUN_NOT) {
    on_data (leg, pair, datagram);
    return;
  }
  if (reading.reply_length > 0 && (kind != PEAL_STUN_REFUSED || may_refuse (leg)))
    peal_ice_sockets_send (leg->sockets, pair,
                           &(PealDatagram) { reading.reply, reading.reply_length }, 1);
  if (kind == PEAL_STUN_REQUEST)
    on_request (leg, pair, &reading);
  else if (kind == PEAL_STUN_ANSWER)
    on_answer (leg, pair, datagram, reading.rtt);
}

static const PealIceSocketsEvents sockets_events = { .datagram = from_socket };

/* --- the take-over --- */

gboolean
peal_ice_leg_can_take_over (PealIceLeg *leg, gboolean any)
{
  guint component = leg->channel->component;
  NiceCandidate *local, *remote;

  if (leg->sockets || !leg->stun ||
      !nice_agent_get_selected_pair (leg->agent, leg->stream, component, &local, &remote))
    return FALSE;
  /* libnice may still find better than the peer's relay. */
  if (!any && remote->type == NICE_CANDIDATE_TYPE_RELAYED)
    return FALSE;
  g_autoptr(GSocket) socket = nice_agent_get_selected_socket (leg->agent, leg->stream, component);
  return socket != NULL;
}

void
peal_ice_leg_take_over (PealIceLeg *leg)
{
  PealIceChannel *channel = leg->channel;
  NiceCandidate *local, *remote;
  g_autoptr(GSocket) socket =
      nice_agent_get_selected_socket (leg->agent, leg->stream, channel->component);
  g_autoptr(GPtrArray) all = nice_agent_get_sockets (leg->agent, leg->stream, channel->component);

  g_assert (leg == channel->used && peal_ice_leg_can_take_over (leg, TRUE));
  nice_agent_get_selected_pair (leg->agent, leg->stream, channel->component, &local, &remote);
  /* Detached and attached elsewhere: on the old context its sources would spin. */
  nice_agent_attach_recv (leg->agent, leg->stream, channel->component, channel->parking, NULL,
                          NULL);
  leg->sockets = peal_ice_sockets_new (channel->base.loop, all, &sockets_events, leg);
  int index = peal_ice_sockets_find (leg->sockets, socket);
  g_assert (index >= 0);
  leg->pair = (PealIcePair) { .socket = (guint) index };
  nice_address_copy_to_sockaddr (&remote->addr, (struct sockaddr *) &leg->pair.remote);
  leg->local_type = local->type;
  leg->moves = (PealIceMoves) { 0 };
  peal_consent_see (&channel->consent, TRUE, g_get_monotonic_time ());
  peal_ice_channel_watch (channel);
}

gboolean
peal_ice_leg_taken_over (PealIceLeg *leg)
{
  return leg->sockets != NULL;
}
