/* How long the jitter buffer waits for a late packet: little at first, more as soon as the net
 * shows that it needs more, less again after a calm time. */
// SPDX-License-Identifier: MIT
#include "media/patience.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  STEP = 20 * MS,       /* what a change puts in or takes out of what is heard: one packet */
  MARGIN = 6 * MS,      /* from the loop that hears a packet to the thread that plays it */
  PAUSE = 60 * MS,      /* between two steps: a burst after a stall is one reason, not fifty */
  WINDOW = 10 * SECOND, /* clocks that differ by 0.01 % move 1 ms in it */
  CALM = 20 * SECOND,
  JUMP = 1 * SECOND, /* of the transit: not a late packet but another clock */
};

void
peal_patience_init (PealPatience *patience, guint clock_rate, guint wait_ms)
{
  *patience = (PealPatience) { .clock_rate = clock_rate, .wait_ms = wait_ms };
}

static gint64
transit_of (const PealPatience *patience, gint64 now)
{
  return now - patience->position * SECOND / patience->clock_rate;
}

static void
begin (PealPatience *patience, const PealPacket *packet, gint64 now)
{
  patience->known = TRUE;
  patience->ssrc = packet->ssrc;
  patience->timestamp = packet->timestamp;
  patience->position = 0;
  patience->fastest = patience->fastest_before = transit_of (patience, now);
  patience->window = patience->calm = now;
  patience->worst = 0;
}

/* By how much longer the packet took than the fastest of late, µs. */
static gint64
lateness_of (PealPatience *patience, const PealPacket *packet, gint64 now)
{
  patience->position += (gint32) (packet->timestamp - patience->timestamp);
  patience->timestamp = packet->timestamp;
  gint64 transit = transit_of (patience, now);
  if (ABS (transit - patience->fastest) > JUMP) {
    begin (patience, packet, now);
    return 0;
  }
  if (now - patience->window >= WINDOW) {
    patience->window = now;
    patience->fastest_before = patience->fastest;
    patience->fastest = transit;
  }
  patience->fastest = MIN (patience->fastest, transit);
  return transit - MIN (patience->fastest, patience->fastest_before);
}

static gboolean
change (PealPatience *patience, gint64 step, gint64 now)
{
  patience->wait_ms = (guint) (patience->wait_ms + step / MS);
  patience->calm = now;
  patience->worst = 0;
  return TRUE;
}

gboolean
peal_patience_hear (PealPatience *patience, const PealPacket *packet, gint64 now)
{
  if (!patience->known || packet->ssrc != patience->ssrc) {
    begin (patience, packet, now);
    return FALSE;
  }
  gint64 wait = (gint64) patience->wait_ms * MS, late = lateness_of (patience, packet, now);
  patience->worst = MAX (patience->worst, late);
  if (late > wait - MARGIN && now - patience->stepped >= PAUSE &&
      patience->wait_ms < PEAL_PATIENCE_LONGEST_MS) {
    patience->stepped = now;
    return change (patience, STEP, now);
  }
  if (now - patience->calm < CALM)
    return FALSE;
  if (patience->wait_ms > PEAL_PATIENCE_FIRST_MS && patience->worst <= wait - STEP - MARGIN)
    return change (patience, -STEP, now);
  patience->calm = now;
  patience->worst = 0;
  return FALSE;
}
