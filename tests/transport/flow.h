/* Numbered datagrams from one ICE side to the other, all the time, and what became of each. */
// SPDX-License-Identifier: MIT
#pragma once

#include "tests/transport/ice_world.h"

typedef struct {
  IceSide *from, *to;
  PealTimer timer;
  guint sent;        /* on the loop of @from */
  GByteArray *heard; /* on the loop of @to: how often each number came */
  gint64 heard_at, gap;
} Flow;

/* Begins: one datagram in 10 ms over component 1. What @to hears is told to nobody else. */
void flow_begin (Flow *flow, IceSide *from, IceSide *to);
/* Waits until @more were sent since. */
void flow_wait (Flow *flow, guint more);
/* Ends, and fails unless each datagram came, and once. Returns the longest pause between two, µs.
 */
gint64 flow_end (Flow *flow);
/* Ends; how many did not come. Waits for none. */
guint flow_cut (Flow *flow);
