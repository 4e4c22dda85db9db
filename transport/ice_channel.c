/* The bottom of a stack over ICE; see ice_channel.h. */
// SPDX-License-Identifier: MIT
#include "transport/ice_channel_inner.h"

#include "signaling/event.h"

#define BATCH 32 /* datagrams given to libnice in one call */

/* --- watching --- */

static guint transmit (PealIceChannel *channel, const PealDatagram *datagrams, guint n);

static void
close_lost (PealIceChannel *channel)
{
  g_autoptr(GError) why =
      g_error_new (PEAL_CAUSE, PEAL_CAUSE_LOST, "nothing came from the peer for %d s",
                   (int) ((g_get_monotonic_time () - channel->consent.life_at) / G_USEC_PER_SEC));

  peal_channel_enter (&channel->base, PEAL_CHANNEL_CLOSED, why);
}

static void
send_check (PealIceChannel *channel, gint64 now)
{
  guint8 check[PEAL_STUN_MAX];
  gsize length = peal_stun_check (channel->stun, check, now);

  transmit (channel, &(PealDatagram) { check, length }, 1);
}

void
peal_ice_channel_watch (gpointer user)
{
  PealIceChannel *channel = user;
  gint64 now = g_get_monotonic_time ();

  for (PealConsentAction action; (action = peal_consent_poll (&channel->consent, now));) {
    if (action == PEAL_CONSENT_CHECK) {
      send_check (channel, now);
      continue;
    }
    if (action == PEAL_CONSENT_LOST)
      close_lost (channel);
    channel->events->watchdog (channel->user, channel, action);
  }
  gint64 due = peal_consent_deadline (&channel->consent);
  if (due < G_MAXINT64)
    peal_timer_set (channel->base.loop, &channel->timer, due, peal_ice_channel_watch, channel);
}

/* The timer is left alone: when it fires it finds that there is more time. */
void
peal_ice_channel_note_life (PealIceChannel *channel)
{
  peal_consent_life (&channel->consent, peal_loop_now (channel->base.loop));
  if (channel->consent.state == PEAL_CONSENT_FADING)
    peal_ice_channel_watch (channel);
}

void
peal_ice_channel_note_answer (PealIceChannel *channel, gint64 rtt)
{
  /* RFC 6298 §2's smoothing: one late answer is no longer path. */
  channel->rtt = channel->rtt < 0 ? rtt : (7 * channel->rtt + rtt) / 8;
  peal_consent_answer (&channel->consent, peal_loop_now (channel->base.loop));
  if (channel->consent.state == PEAL_CONSENT_FADING)
    peal_ice_channel_watch (channel);
}

/* --- through libnice --- */

/* libnice has answered the peer's checks and sorted out strangers. */
static void
from_nice (NiceAgent *agent, guint stream, guint component, guint length, gchar *data,
           gpointer user)
{
  PealIceChannel *channel = user;

  peal_ice_channel_note_life (channel);
  peal_channel_deliver (&channel->base, (const guint8 *) data, length);
}

static void
unheard (NiceAgent *agent, guint stream, guint component, guint length, gchar *data, gpointer user)
{
}

static guint
send_to_nice (PealIceChannel *channel, const PealDatagram *datagrams, guint n)
{
  GOutputVector vectors[BATCH];
  NiceOutputMessage messages[BATCH];
  guint sent = 0;

  while (sent < n) {
    guint batch = MIN (n - sent, BATCH);
    for (guint i = 0; i < batch; i++) {
      vectors[i] = (GOutputVector) { datagrams[sent + i].data, datagrams[sent + i].length };
      messages[i] = (NiceOutputMessage) { &vectors[i], 1 };
    }
    int now = nice_agent_send_messages_nonblocking (
        channel->agent, channel->stream, channel->component, messages, batch, NULL, NULL);
    if (now < 0)
      break;
    sent += (guint) now;
    if ((guint) now < batch)
      break;
  }
  return sent;
}

/* --- the channel --- */

static guint
transmit (PealIceChannel *channel, const PealDatagram *datagrams, guint n)
{
  if (channel->sockets)
    return peal_ice_sockets_send (channel->sockets, &channel->pair, datagrams, n);
  return channel->agent ? send_to_nice (channel, datagrams, n) : 0;
}

static guint
send_datagrams (PealChannel *base, const PealDatagram *datagrams, guint n)
{
  return transmit ((PealIceChannel *) base, datagrams, n);
}

static void
free_channel (PealChannel *base)
{
  PealIceChannel *channel = (PealIceChannel *) base;

  peal_ice_channel_detach (channel);
  peal_timer_clear (&channel->timer);
  peal_consent_clear (&channel->consent);
  g_clear_pointer (&channel->stun, peal_stun_free);
  g_main_context_unref (channel->parking);
  g_free (channel);
}

static const PealChannelClass ice_class = {
  .name = "ice",
  .send = send_datagrams,
  .free = free_channel,
};

PealIceChannel *
peal_ice_channel_new (const PealIceChannelSetup *setup)
{
  PealIceChannel *channel = g_new0 (PealIceChannel, 1);

  peal_channel_init (&channel->base, &ice_class, setup->loop, NULL);
  channel->component = setup->component;
  channel->times = setup->times;
  channel->events = setup->events;
  channel->user = setup->user;
  channel->parking = g_main_context_new ();
  channel->rtt = -1;
  return channel;
}

PealChannel *
peal_ice_channel_base (PealIceChannel *channel)
{
  return &channel->base;
}

guint
peal_ice_channel_component (PealIceChannel *channel)
{
  return channel->component;
}

static void
receive_through (PealIceChannel *channel, NiceAgentRecvFunc func)
{
  nice_agent_attach_recv (channel->agent, channel->stream, channel->component,
                          peal_loop_context (channel->base.loop), func, channel);
}

void
peal_ice_channel_listen_to_nice (PealIceChannel *channel)
{
  receive_through (channel, from_nice);
}

void
peal_ice_channel_attach (PealIceChannel *channel, NiceAgent *agent, guint stream)
{
  channel->agent = agent;
  channel->stream = stream;
  peal_ice_channel_listen_to_nice (channel);
}

/* libnice reads on: the answers of TURN servers end the allocations. */
void
peal_ice_channel_detach (PealIceChannel *channel)
{
  g_clear_pointer (&channel->sockets, peal_ice_sockets_free);
  channel->reading = FALSE;
  if (channel->agent)
    receive_through (channel, unheard);
  channel->agent = NULL;
}

void
peal_ice_channel_connected (PealIceChannel *channel, const PealStunSetup *keys)
{
  g_clear_pointer (&channel->stun, peal_stun_free);
  channel->stun = peal_stun_new (keys);
  peal_ice_moves_settle (&channel->moves);
  if (!channel->reading)
    g_clear_pointer (&channel->sockets, peal_ice_sockets_free); /* the pair of before a restart */
  peal_consent_begin (&channel->consent, channel->times, g_random_int (), g_get_monotonic_time ());
  peal_channel_enter (&channel->base, PEAL_CHANNEL_OPEN, NULL);
  peal_ice_channel_watch (channel);
}

/* --- what is used --- */

static NiceCandidateType
remote_type (PealIceChannel *channel, const NiceAddress *address)
{
  NiceCandidateType type = NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
  GSList *all =
      nice_agent_get_remote_candidates (channel->agent, channel->stream, channel->component);

  for (GSList *i = all; i; i = i->next) {
    NiceCandidate *candidate = i->data;
    if (nice_address_equal (&candidate->addr, address))
      type = candidate->type;
  }
  g_slist_free_full (all, (GDestroyNotify) nice_candidate_free);
  return type;
}

static gboolean
own_path (PealIceChannel *channel, PealIcePath *path)
{
  struct sockaddr_storage local;

  if (!peal_ice_sockets_local (channel->sockets, &channel->pair, &local))
    return FALSE;
  nice_address_set_from_sockaddr (&path->local, (struct sockaddr *) &local);
  nice_address_set_from_sockaddr (&path->remote, (struct sockaddr *) &channel->pair.remote);
  path->local_type = channel->local_type;
  path->remote_type = remote_type (channel, &path->remote);
  return TRUE;
}

gboolean
peal_ice_channel_path (PealIceChannel *channel, PealIcePath *path)
{
  NiceCandidate *local, *remote;

  path->rtt = channel->rtt;
  if (channel->reading)
    return own_path (channel, path);
  if (!channel->agent || !nice_agent_get_selected_pair (channel->agent, channel->stream,
                                                        channel->component, &local, &remote))
    return FALSE;
  path->local = local->addr;
  path->remote = remote->addr;
  path->local_type = local->type;
  path->remote_type = remote->type;
  return TRUE;
}
