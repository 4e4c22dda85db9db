/* Numbered datagrams from one ICE side to the other; see flow.h. */
// SPDX-License-Identifier: MIT
#include "tests/transport/flow.h"

#include <string.h>

#define EACH (10 * 1000)

static void
send_one (gpointer user)
{
  Flow *flow = user;
  PealChannel *channel = peal_ice_channel_base (peal_ice_agent_channel (flow->from->agent, 1));
  guint32 number = flow->sent;

  if (peal_channel_send (channel, &(PealDatagram) { (guint8 *) &number, sizeof number }, 1) == 1)
    flow->sent++;
  peal_timer_set (flow->from->loop, &flow->timer, peal_loop_now (flow->from->loop) + EACH, send_one,
                  flow);
}

static void
hear_one (gpointer user, const guint8 *data, gsize length)
{
  Flow *flow = user;
  gint64 now = g_get_monotonic_time ();
  guint32 number;

  if (length != sizeof number)
    return;
  memcpy (&number, data, sizeof number);
  while (flow->heard->len <= number)
    g_byte_array_append (flow->heard, (const guint8[]) { 0 }, 1);
  flow->heard->data[number]++;
  if (flow->heard_at)
    flow->gap = MAX (flow->gap, now - flow->heard_at);
  flow->heard_at = now;
}

static const PealChannelEvents events = { .datagram = hear_one };

static void
listen_on_loop (gpointer user)
{
  Flow *flow = user;
  PealChannel *channel = peal_ice_channel_base (peal_ice_agent_channel (flow->to->agent, 1));

  peal_channel_listen (channel, &events, flow);
}

void
flow_begin (Flow *flow, IceSide *from, IceSide *to)
{
  *flow = (Flow) { .from = from, .to = to, .heard = g_byte_array_new () };
  peal_loop_call (to->loop, listen_on_loop, flow);
  peal_loop_call (from->loop, send_one, flow);
}

typedef struct {
  Flow *flow;
  guint number;
  gboolean all;
} Asking;

static void
ask_sent (gpointer user)
{
  Asking *asking = user;

  asking->number = asking->flow->sent;
}

static guint
count_sent (Flow *flow)
{
  Asking asking = { .flow = flow };

  peal_loop_call (flow->from->loop, ask_sent, &asking);
  return asking.number;
}

void
flow_wait (Flow *flow, guint more)
{
  gint64 deadline = g_get_monotonic_time () + ICE_LONG;

  for (guint wanted = count_sent (flow) + more; count_sent (flow) < wanted; g_usleep (2000))
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
}

static void
stop (gpointer user)
{
  Flow *flow = user;

  peal_timer_clear (&flow->timer);
}

static void
deafen (gpointer user)
{
  Flow *flow = user;

  peal_channel_listen (peal_ice_channel_base (peal_ice_agent_channel (flow->to->agent, 1)), NULL,
                       NULL);
}

static void
ask_heard (gpointer user)
{
  Asking *asking = user;
  const GByteArray *heard = asking->flow->heard;

  asking->number = 0;
  for (guint i = 0; i < heard->len; i++)
    asking->number += heard->data[i] > 0;
}

static guint
count_heard (Flow *flow)
{
  Asking asking = { .flow = flow };

  peal_loop_call (flow->to->loop, ask_heard, &asking);
  return asking.number;
}

gint64
flow_end (Flow *flow)
{
  gint64 deadline = g_get_monotonic_time () + ICE_LONG;

  peal_loop_call (flow->from->loop, stop, flow);
  while (count_heard (flow) < flow->sent) {
    if (g_get_monotonic_time () > deadline)
      g_error ("%u of %u datagrams did not come", flow->sent - count_heard (flow), flow->sent);
    g_usleep (2000);
  }
  peal_loop_call (flow->to->loop, deafen, flow);
  for (guint i = 0; i < flow->heard->len; i++)
    g_assert_cmpuint (flow->heard->data[i], ==, 1);
  g_byte_array_unref (flow->heard);
  return flow->gap;
}

guint
flow_cut (Flow *flow)
{
  peal_loop_call (flow->from->loop, stop, flow);
  guint missing = flow->sent - count_heard (flow);
  peal_loop_call (flow->to->loop, deafen, flow);
  g_byte_array_unref (flow->heard);
  return missing;
}
