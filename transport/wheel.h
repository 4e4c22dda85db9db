/* A timer wheel of 1 ms grain: set, clear and fire in constant time however many timers there are.
 *
 * It knows no clock: whoever turns it says what time it is. PealLoop turns it with the monotonic
 * clock; a simulated world may turn it with its own. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/loop.h"

#define PEAL_WHEEL_LEVELS 4

typedef struct {
  gint64 tick;     /* the last millisecond that was turned to */
  PealTimer *ripe; /* due, in the order in which they fire */
  /* Level 0 has 1 ms slots, each higher one slots as wide as the whole level below it. A bit says
   * that a slot may hold something: clearing a timer leaves it set, and costs one empty visit. */
  PealTimer *slots[PEAL_WHEEL_LEVELS][64];
  guint64 used[PEAL_WHEEL_LEVELS];
} PealWheel;

/* @now: microseconds. */
void peal_wheel_init (PealWheel *wheel, gint64 now);

/* @timer fires once the wheel is turned to timer->due (µs) or later. It must be idle. */
void peal_wheel_add (PealWheel *wheel, PealTimer *timer);

/* Takes @timer off whatever wheel it is on; idle ones are left alone. */
void peal_wheel_remove (PealTimer *timer);

/* Turns to @now (µs) and fires what is due, earliest first. Timers that are set while it fires wait
 * for the next turn, also those already due, so that a timer which sets itself anew cannot hold the
 * turn. */
void peal_wheel_turn (PealWheel *wheel, gint64 now);

/* When it must be turned next, in microseconds: never later than the first timer's due time rounded
 * up to a millisecond; G_MAXINT64 when there is nothing to wait for. */
gint64 peal_wheel_next (const PealWheel *wheel);
