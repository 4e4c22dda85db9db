/* Listens to a channel on its loop, for a test that waits on its own thread. */
// SPDX-License-Identifier: MIT
#include "tests/transport/ear.h"

#include <string.h>

#define PATIENCE (30 * G_USEC_PER_SEC)

static void
hear_state (gpointer user, PealChannelState state, const GError *why)
{
  PealEar *ear = user;

  if (why)
    ear->why = g_error_copy (why);
  g_async_queue_push (ear->states, GINT_TO_POINTER (state + 1));
}

static void
hear_datagram (gpointer user, const guint8 *data, gsize length)
{
  PealEar *ear = user;

  g_async_queue_push (ear->datagrams, g_bytes_new (data, length));
}

static const PealChannelEvents events = { .state = hear_state, .datagram = hear_datagram };

static void
listen (gpointer user)
{
  PealEar *ear = user;

  peal_channel_listen (ear->channel, &events, ear);
}

static void
turn_away (gpointer user)
{
  PealEar *ear = user;

  peal_channel_listen (ear->channel, NULL, NULL);
}

void
peal_ear_open (PealEar *ear, PealChannel *channel)
{
  ear->channel = channel;
  ear->datagrams = g_async_queue_new_full ((GDestroyNotify) g_bytes_unref);
  ear->states = g_async_queue_new ();
  ear->why = NULL;
  peal_loop_call (channel->loop, listen, ear);
}

void
peal_ear_close (PealEar *ear, gboolean gone)
{
  if (!gone)
    peal_loop_call (ear->channel->loop, turn_away, ear);
  g_async_queue_unref (ear->datagrams);
  g_async_queue_unref (ear->states);
  g_clear_error (&ear->why);
}

GBytes *
peal_ear_datagram (PealEar *ear)
{
  GBytes *datagram = g_async_queue_timeout_pop (ear->datagrams, PATIENCE);

  g_assert_nonnull (datagram);
  return datagram;
}

PealChannelState
peal_ear_state (PealEar *ear)
{
  gpointer state = g_async_queue_timeout_pop (ear->states, PATIENCE);

  g_assert_nonnull (state);
  return GPOINTER_TO_INT (state) - 1;
}

void
peal_ear_expect (PealEar *ear, const char *text)
{
  g_autoptr(GBytes) heard = peal_ear_datagram (ear);
  gsize length;
  const char *data = g_bytes_get_data (heard, &length);

  g_assert_cmpmem (data, length, text, strlen (text));
}

typedef struct {
  PealChannel *channel;
  PealDatagram datagram;
  guint taken;
} Words;

static void
say (gpointer user)
{
  Words *words = user;

  words->taken = peal_channel_send (words->channel, &words->datagram, 1);
}

guint
peal_ear_say (PealChannel *channel, gconstpointer data, gsize length)
{
  Words words = { .channel = channel, .datagram = { data, length } };

  peal_loop_call (channel->loop, say, &words);
  return words.taken;
}
