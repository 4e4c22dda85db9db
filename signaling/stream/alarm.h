/* One timer that is set again and again. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct {
  GMainContext *context; /* borrowed */
  void (*ring) (gpointer user);
  gpointer user;
  GSource *source; /* NULL: not set */
  gint64 due;      /* µs, monotonic */
} PealAlarm;

/* Rings once, in @ms, and not when it would have before. Safe inside @ring. */
void peal_alarm_set (PealAlarm *alarm, guint ms);

/* Rings at @deadline (µs, monotonic) or before: one that is set and comes sooner stays, which costs
 * less than a new one for each byte that moves the deadline away. One that is 10 s away or more may
 * ring up to a second late, on a full second: then many streams of a process are served in one turn
 * of the main loop, and a turn costs the more the more of them there are. */
void peal_alarm_set_by (PealAlarm *alarm, gint64 deadline);

void peal_alarm_clear (PealAlarm *alarm);
