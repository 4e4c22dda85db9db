/* One component of one libnice agent below an ICE channel, while libnice reads and writes; see
 * ice_leg.h. */
// SPDX-License-Identifier: MIT
#include "transport/ice_channel_inner.h"

#define BATCH 32 /* datagrams given to libnice in one call */

/* libnice has answered the peer's checks and sorted out strangers. */
static void
from_nice (NiceAgent *agent, guint stream, guint component, guint length, gchar *data,
           gpointer user)
{
  PealIceLeg *leg = user;

  peal_ice_channel_note_life (leg);
  peal_channel_deliver (&leg->channel->base, (const guint8 *) data, length);
}

static void
unheard (NiceAgent *agent, guint stream, guint component, guint length, gchar *data, gpointer user)
{
}

static void
receive_through (PealIceLeg *leg, NiceAgentRecvFunc func)
{
  nice_agent_attach_recv (leg->agent, leg->stream, leg->channel->component,
                          peal_loop_context (leg->channel->base.loop), func, leg);
}

static guint
send_to_nice (PealIceLeg *leg, const PealDatagram *datagrams, guint n)
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
        leg->agent, leg->stream, leg->channel->component, messages, batch, NULL, NULL);
    if (now < 0)
      break;
    sent += (guint) now;
    if ((guint) now < batch)
      break;
  }
  return sent;
}

guint
peal_ice_leg_send (PealIceLeg *leg, const PealDatagram *datagrams, guint n)
{
  if (leg->sockets)
    return peal_ice_sockets_send (leg->sockets, &leg->pair, datagrams, n);
  return send_to_nice (leg, datagrams, n);
}

PealIceLeg *
peal_ice_leg_new (PealIceChannel *channel, NiceAgent *agent, guint stream)
{
  PealIceLeg *leg = g_new0 (PealIceLeg, 1);

  leg->channel = channel;
  leg->agent = agent;
  leg->stream = stream;
  g_ptr_array_add (channel->legs, leg);
  if (!channel->used)
    channel->used = leg;
  receive_through (leg, from_nice);
  return leg;
}

void
peal_ice_leg_free (PealIceLeg *leg)
{
  g_assert (leg != leg->channel->used);
  g_clear_pointer (&leg->sockets, peal_ice_sockets_free);
  receive_through (leg, unheard);
  g_ptr_array_remove (leg->channel->legs, leg);
  g_clear_pointer (&leg->stun, peal_stun_free);
  g_free (leg);
}
