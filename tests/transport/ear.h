/* Listens to a channel on its loop, for a test that waits on its own thread. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"

typedef struct {
  PealChannel *channel;
  GAsyncQueue *datagrams; /* of GBytes */
  GAsyncQueue *states;    /* of PealChannelState + 1 */
  GError *why;            /* of CLOSED; read after the state was heard */
} PealEar;

/* Begins to listen. Any thread, like all below. */
void peal_ear_open (PealEar *ear, PealChannel *channel);

/* Ends it and frees what was heard. The channel may be gone already if @gone. */
void peal_ear_close (PealEar *ear, gboolean gone);

/* The next datagram or state, waited for up to 30 s, then the test fails. */
GBytes *peal_ear_datagram (PealEar *ear);
PealChannelState peal_ear_state (PealEar *ear);

/* Fails unless the next datagram is @text. */
void peal_ear_expect (PealEar *ear, const char *text);

/* Sends from the channel's loop; returns how many were taken: 0 or 1. */
guint peal_ear_say (PealChannel *channel, gconstpointer data, gsize length);
