/* The loop and the bottom channel of fuzzers. */
// SPDX-License-Identifier: MIT
#include "fuzz/loopback.h"

typedef struct {
  PealChannel channel;
  void (*sent) (gpointer user, const PealDatagram *datagram);
  gpointer user;
} Bottom;

PealLoop *
fuzz_loop (void)
{
  static PealLoop *loop;

  if (!loop)
    loop = peal_loop_new ("fuzz");
  return loop;
}

void
fuzz_on_loop (PealLoopFunc func, gpointer user)
{
  peal_loop_call (fuzz_loop (), func, user);
}

static guint
bottom_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  Bottom *bottom = (Bottom *) channel;

  for (guint i = 0; i < n && bottom->sent; i++)
    bottom->sent (bottom->user, &datagrams[i]);
  return n;
}

static void
bottom_free (PealChannel *channel)
{
  g_free (channel);
}

PealChannel *
fuzz_bottom_new (void (*sent) (gpointer user, const PealDatagram *datagram), gpointer user)
{
  static const PealChannelClass class_ = { "bottom", bottom_send, bottom_free };
  Bottom *bottom = g_new0 (Bottom, 1);

  bottom->sent = sent;
  bottom->user = user;
  peal_channel_init (&bottom->channel, &class_, fuzz_loop (), NULL);
  peal_channel_enter (&bottom->channel, PEAL_CHANNEL_OPEN, NULL);
  return &bottom->channel;
}
