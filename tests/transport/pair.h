/* Two channels that hear each other over a net that loses, doubles, delays and turns round
 * datagrams.
 *
 * The ends may live on different loops. Everything random comes from the seed, of which each
 * direction has its own stream. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"

typedef struct {
  guint32 seed;
  double loss, duplicate; /* chance of a datagram, 0..1 */
  guint delay_ms;         /* one way */
  guint jitter_ms;        /* added at random: datagrams overtake one another */
  /* Sees each datagram on its sender's loop before the net does, and may spoil it; @from is 0
   * (left) or 1. FALSE loses it. */
  gboolean (*pass) (gpointer user, guint from, guint8 *data, gsize length);
  gpointer user;
} PealNet;

/* Both ends are still OPENING. Any thread. Free each on its own loop. */
void peal_pair_new (PealLoop *left_loop, PealLoop *right_loop, const PealNet *net,
                    PealChannel *ends[2]);

/* Opens an end. On its loop. */
void peal_pair_open (PealChannel *end);

/* Puts a datagram before the listener of @end as if it had come over the net just now. On its loop.
 */
void peal_pair_inject (PealChannel *end, gconstpointer data, gsize length);
