/* When a frame is shown. */
// SPDX-License-Identifier: MIT
#include "media/pace.h"

#define MS G_TIME_SPAN_MILLISECOND

enum {
  LONGEST_WAIT = 300, /* ms, to even out the net */
  LONGEST_FOR = 1500, /* ms that a picture waits for its sound: beyond it is no sound of ours */
  BEHIND = 60,        /* ms that it may come after its sound */
  LOST_LINE = 2000,   /* ms off: the peer's clock was set, or nothing came for long */
  DRIFT = 2,          /* µs a frame by which the base follows a clock that is slower than ours */
  UP = 3,
  DOWN = 128, /* the wait grows by 1/UP of what lacks, and shrinks by 1/DOWN */
};

/* The peer's moment of @timestamp, µs. */
static gint64
moment_of (PealPace *pace, guint32 timestamp)
{
  gint64 since = (gint64) (gint32) (timestamp - pace->timestamp) * 100 / 9;

  pace->timestamp = timestamp;
  return pace->moment += since;
}

static void
begin (PealPace *pace, guint32 timestamp, gint64 now)
{
  *pace = (PealPace) { .begun = TRUE,
                       .timestamp = timestamp,
                       .moment = 0,
                       .base = now,
                       .wait = pace->wait,
                       .due = pace->due };
}

static void
learn (PealPace *pace, gint64 transit)
{
  gint64 late = transit - (pace->base += DRIFT);

  if (late < 0) {
    pace->base = transit;
    late = 0;
  }
  pace->wait += late > pace->wait ? (late - pace->wait) / UP : (late - pace->wait) / DOWN;
  pace->wait = MIN (pace->wait, LONGEST_WAIT * MS);
}

gint64
peal_pace_due (PealPace *pace, guint32 timestamp, gint64 sound, gint64 now)
{
  if (!pace->begun)
    begin (pace, timestamp, now);
  gint64 moment = moment_of (pace, timestamp);
  if (ABS (now - moment - pace->base) > LOST_LINE * MS) {
    begin (pace, timestamp, now);
    moment = 0;
  }
  learn (pace, now - moment);
  gint64 due = moment + pace->base + pace->wait;
  if (sound != PEAL_PACE_NO_SOUND && ABS (sound - due) < LONGEST_FOR * MS)
    due = CLAMP (due, sound, sound + BEHIND * MS);
  return pace->due = MAX (MAX (due, now), pace->due);
}
