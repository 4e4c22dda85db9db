/* The bottom of a stack over ICE; see ice_channel.h. */
// SPDX-License-Identifier: MIT
#include "transport/ice_channel_inner.h"

#include "signaling/event.h"

/* --- watching --- */

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
  gsize length = peal_stun_check (channel->used->stun, check, now);

  peal_ice_leg_send (channel->used, &(PealDatagram) { check, length }, 1);
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
peal_ice_channel_note_life (PealIceLeg *leg)
{
  PealIceChannel *channel = leg->channel;

  if (leg != channel->used)
    return;
  peal_consent_life (&channel->consent, peal_loop_now (channel->base.loop));
  if (channel->consent.state == PEAL_CONSENT_FADING)
    peal_ice_channel_watch (channel);
}

void
peal_ice_channel_note_answer (PealIceLeg *leg, gint64 rtt)
{
  PealIceChannel *channel = leg->channel;

  if (leg != channel->used)
    return;
  /* RFC 6298 §2's smoothing: one late answer is no longer path. */
  channel->rtt = channel->rtt < 0 ? rtt : (7 * channel->rtt + rtt) / 8;
  peal_consent_answer (&channel->consent, peal_loop_now (channel->base.loop));
  if (channel->consent.state == PEAL_CONSENT_FADING)
    peal_ice_channel_watch (channel);
}

void
peal_ice_channel_spare (PealIceChannel *channel, gint64 until)
{
  peal_consent_spare (&channel->consent, until);
}

/* --- the channel --- */

static guint
send_datagrams (PealChannel *base, const PealDatagram *datagrams, guint n)
{
  PealIceChannel *channel = (PealIceChannel *) base;

  return peal_ice_leg_send (channel->used, datagrams, n);
}

static void
free_channel (PealChannel *base)
{
  PealIceChannel *channel = (PealIceChannel *) base;

  channel->used = NULL;
  while (channel->legs->len > 0)
    peal_ice_leg_free (channel->legs->pdata[0]);
  g_ptr_array_unref (channel->legs);
  peal_timer_clear (&channel->timer);
  peal_consent_clear (&channel->consent);
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
  channel->legs = g_ptr_array_new ();
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

void
peal_ice_channel_connected (PealIceChannel *channel, PealIceLeg *leg, const PealStunSetup *keys)
{
  g_clear_pointer (&leg->stun, peal_stun_free);
  leg->stun = peal_stun_new (keys);
  channel->used = leg;
  peal_consent_begin (&channel->consent, channel->times, g_random_int (), g_get_monotonic_time ());
  peal_channel_enter (&channel->base, PEAL_CHANNEL_OPEN, NULL);
  peal_ice_channel_watch (channel);
}

gboolean
peal_ice_channel_taken_over (PealIceChannel *channel)
{
  return channel->used && peal_ice_leg_taken_over (channel->used);
}

/* --- what is used --- */

static NiceCandidateType
remote_type (PealIceLeg *leg, const NiceAddress *address)
{
  NiceCandidateType type = NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
  GSList *all = nice_agent_get_remote_candidates (leg->agent, leg->stream, leg->channel->component);

  for (GSList *i = all; i; i = i->next) {
    NiceCandidate *candidate = i->data;
    if (nice_address_equal (&candidate->addr, address))
      type = candidate->type;
  }
  g_slist_free_full (all, (GDestroyNotify) nice_candidate_free);
  return type;
}

static gboolean
own_path (PealIceLeg *leg, PealIcePath *path)
{
  struct sockaddr_storage local;

  if (!peal_ice_sockets_local (leg->sockets, &leg->pair, &local))
    return FALSE;
  nice_address_set_from_sockaddr (&path->local, (struct sockaddr *) &local);
  nice_address_set_from_sockaddr (&path->remote, (struct sockaddr *) &leg->pair.remote);
  path->local_type = leg->local_type;
  path->remote_type = remote_type (leg, &path->remote);
  return TRUE;
}

gboolean
peal_ice_channel_path (PealIceChannel *channel, PealIcePath *path)
{
  PealIceLeg *leg = channel->used;
  NiceCandidate *local, *remote;

  path->rtt = channel->rtt;
  if (leg && leg->sockets)
    return own_path (leg, path);
  if (!leg ||
      !nice_agent_get_selected_pair (leg->agent, leg->stream, channel->component, &local, &remote))
    return FALSE;
  path->local = local->addr;
  path->remote = remote->addr;
  path->local_type = local->type;
  path->remote_type = remote->type;
  return TRUE;
}
