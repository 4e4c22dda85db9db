/* What all channels share: who listens, what state, and the datagrams that came too early. */
// SPDX-License-Identifier: MIT
#include "transport/channel.h"

void
peal_channel_init (PealChannel *channel, const PealChannelClass *class_, PealLoop *loop,
                   PealChannel *below)
{
  channel->class_ = class_;
  channel->loop = loop;
  channel->below = below;
  channel->mtu = below ? below->mtu : PEAL_CHANNEL_MTU;
  g_queue_init (&channel->early);
}

void
peal_channel_deliver (PealChannel *channel, const guint8 *data, gsize length)
{
  g_assert (peal_loop_is_current (channel->loop));
  channel->received++;
  if (channel->events && channel->events->datagram)
    channel->events->datagram (channel->user, data, length);
  else if (channel->early.length < PEAL_CHANNEL_EARLY && channel->state != PEAL_CHANNEL_CLOSED)
    g_queue_push_tail (&channel->early, g_bytes_new (data, length));
  else
    channel->dropped++;
}

void
peal_channel_enter (PealChannel *channel, PealChannelState state, const GError *why)
{
  g_assert (peal_loop_is_current (channel->loop));
  if (channel->state == state || channel->state == PEAL_CHANNEL_CLOSED)
    return;
  g_assert (state > channel->state);
  g_debug ("%s: %s", channel->class_->name, state == PEAL_CHANNEL_OPEN ? "open" : "closed");
  channel->state = state;
  if (state == PEAL_CHANNEL_CLOSED && why)
    channel->why = g_error_copy (why);
  if (channel->events && channel->events->state)
    channel->events->state (channel->user, state, channel->why);
}

void
peal_channel_listen (PealChannel *channel, const PealChannelEvents *events, gpointer user)
{
  g_assert (peal_loop_is_current (channel->loop));
  channel->events = events;
  channel->user = user;
  if (events && events->state && channel->state != PEAL_CHANNEL_OPENING)
    events->state (user, channel->state, channel->why);

  /* Each of these may listen anew, or end it: then the rest is for whoever comes. */
  while (channel->events == events && events && events->datagram && channel->early.length) {
    g_autoptr(GBytes) early = g_queue_pop_head (&channel->early);
    gsize length;
    const guint8 *data = g_bytes_get_data (early, &length);
    events->datagram (user, data, length);
  }
}

guint
peal_channel_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  g_assert (peal_loop_is_current (channel->loop));
  guint taken =
      channel->state == PEAL_CHANNEL_OPEN ? channel->class_->send (channel, datagrams, n) : 0;

  g_assert (taken <= n);
  channel->sent += taken;
  channel->dropped += n - taken;
  return taken;
}

void
peal_channel_free (PealChannel *channel)
{
  if (!channel)
    return;
  g_assert (peal_loop_is_current (channel->loop));
  channel->events = NULL;
  channel->state = PEAL_CHANNEL_CLOSED; /* what still comes up from below is not kept */
  g_queue_clear_full (&channel->early, (GDestroyNotify) g_bytes_unref);
  g_clear_error (&channel->why);
  channel->class_->free (channel);
}
