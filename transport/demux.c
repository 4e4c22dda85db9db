/* Tells what shares one path apart by its first byte (RFC 7983). */
// SPDX-License-Identifier: MIT
#include "transport/demux.h"

typedef struct Demux Demux;

typedef struct {
  PealChannel channel;
  Demux *demux;
  PealBranch which;
} Branch;

struct Demux {
  PealChannel *below; /* owned */
  Branch *branches[PEAL_N_BRANCHES];
};

/* RFC 7983 §7:
 *          +----------------+
 *          |        [0..3] -+--> STUN (taken below)
 *          |      [16..19] -+--> ZRTP
 *          |      [20..63] -+--> DTLS
 *          |      [64..79] -+--> TURN channel (taken below)
 *          |    [128..191] -+--> RTP/RTCP
 *          +----------------+ */
static gint
branch_of (guint8 first)
{
  if (first >= 20 && first <= 63)
    return PEAL_DEMUX_DTLS;
  if (first >= 128 && first <= 191)
    return PEAL_DEMUX_RTP;
  return -1;
}

static void
below_datagram (gpointer user, const guint8 *data, gsize length)
{
  Demux *demux = user;
  gint which = length ? branch_of (data[0]) : -1;

  if (which >= 0 && demux->branches[which])
    peal_channel_deliver (&demux->branches[which]->channel, data, length);
  else
    demux->below->dropped++;
}

static void
below_state (gpointer user, PealChannelState state, const GError *why)
{
  Demux *demux = user;

  for (guint i = 0; i < PEAL_N_BRANCHES; i++)
    if (demux->branches[i])
      peal_channel_enter (&demux->branches[i]->channel, state, why);
}

static const PealChannelEvents below_events = { .state = below_state, .datagram = below_datagram };

static guint
branch_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  return peal_channel_send (((Branch *) channel)->demux->below, datagrams, n);
}

static void
branch_free (PealChannel *channel)
{
  g_autofree Branch *branch = (Branch *) channel;
  Demux *demux = branch->demux;

  demux->branches[branch->which] = NULL;
  for (guint i = 0; i < PEAL_N_BRANCHES; i++)
    if (demux->branches[i])
      return;
  peal_channel_free (demux->below);
  g_free (demux);
}

static const PealChannelClass branch_classes[PEAL_N_BRANCHES] = {
  [PEAL_DEMUX_DTLS] = { .name = "demux:dtls", .send = branch_send, .free = branch_free },
  [PEAL_DEMUX_RTP] = { .name = "demux:rtp", .send = branch_send, .free = branch_free },
};

void
peal_demux_new (PealChannel *below, PealChannel *branches[PEAL_N_BRANCHES])
{
  Demux *demux = g_new0 (Demux, 1);

  demux->below = below;
  for (guint i = 0; i < PEAL_N_BRANCHES; i++) {
    Branch *branch = g_new0 (Branch, 1);
    branch->demux = demux;
    branch->which = i;
    peal_channel_init (&branch->channel, &branch_classes[i], below->loop, NULL);
    branch->channel.mtu = below->mtu;
    demux->branches[i] = branch;
    branches[i] = &branch->channel;
  }
  peal_channel_listen (below, &below_events, demux);
}
