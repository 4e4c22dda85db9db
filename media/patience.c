/* How long the jitter buffer waits for a late packet: as long as nearly all of the last seconds
 * needed. */
// SPDX-License-Identifier: MIT
#include "media/patience.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  MARGIN = 6 * MS,     /* from the loop that hears a packet to the thread that plays it */
  CLUMP = 5 * MS,      /* packets that come so close were held up by the same thing */
  WINDOW = 1 * SECOND, /* after two of them a longer path is the fastest there is */
  JUMP = 1 * SECOND,   /* of the transit: not a late packet but another clock */
  MEMORY = 250,        /* packets: 5 s of most peers' */
  BEYOND = 4,          /* packets in a row: what is always too late is a longer path */
};

#define COVERED 0.98 /* share of the packets that the wait is long enough for */

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

static gint64
fastest_of (const PealPatience *patience)
{
  return MIN (patience->fastest, patience->fastest_before);
}

static void
begin (PealPatience *patience, const PealPacket *packet, gint64 now)
{
  patience->known = TRUE;
  patience->ssrc = packet->ssrc;
  patience->timestamp = packet->timestamp;
  patience->position = 0;
  patience->fastest = patience->fastest_before = transit_of (patience, now);
  patience->window = patience->came = now;
  patience->late = 0;
  patience->beyond = 0;
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
  return transit - fastest_of (patience);
}

/* The newest counts for more while there are few. */
static void
learn (PealPatience *patience, gint64 late)
{
  guint bin = (guint) MIN (late / (PEAL_PATIENCE_BIN_MS * MS), PEAL_PATIENCE_BINS - 1);
  double share = 1.0 / ++patience->heard;

  patience->heard = MIN (patience->heard, MEMORY);
  for (guint i = 0; i < PEAL_PATIENCE_BINS; i++)
    patience->bins[i] *= 1 - share;
  patience->bins[bin] += share;
}

static guint
long_enough (const PealPatience *patience)
{
  double covered = 0;
  guint bins = 0;

  while (bins < PEAL_PATIENCE_BINS && covered < COVERED)
    covered += patience->bins[bins++];
  return CLAMP (bins * PEAL_PATIENCE_BIN_MS + MARGIN / MS, PEAL_PATIENCE_FIRST_MS,
                PEAL_PATIENCE_LONGEST_MS);
}

gboolean
peal_patience_hear (PealPatience *patience, const PealPacket *packet, gint64 now)
{
  if (!patience->known || packet->ssrc != patience->ssrc) {
    begin (patience, packet, now);
    return FALSE;
  }
  gint64 late = lateness_of (patience, packet, now);
  gboolean clump = now - patience->came < CLUMP && patience->late > late && patience->late > CLUMP;
  patience->came = now;
  patience->late = late;
  if (clump)
    return FALSE;
  learn (patience, late);
  patience->beyond = late > PEAL_PATIENCE_LONGEST_MS * MS ? patience->beyond + 1 : 0;
  if (patience->beyond == BEYOND)
    begin (patience, packet, now);
  guint wait_ms = long_enough (patience);
  gboolean changed = wait_ms != patience->wait_ms;
  patience->wait_ms = wait_ms;
  return changed;
}

gint64
peal_patience_due (const PealPatience *patience, guint32 timestamp)
{
  gint64 position = patience->position + (gint32) (timestamp - patience->timestamp);

  return fastest_of (patience) + position * SECOND / patience->clock_rate +
         (gint64) patience->wait_ms * MS;
}
