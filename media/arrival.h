/* The packets of a path by their transport-wide numbers: when those of the peer arrived, to be
 * told; when ours left, to be put beside what the peer tells
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure: the time is an argument. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rate.h"
#include "media/rtcp_feedback.h"

/* --- of the peer's --- */

#define PEAL_ARRIVALS_KEPT 1024

typedef struct {
  gboolean known;
  guint16 next;                  /* the first that was not told yet */
  guint16 end;                   /* one after the highest */
  gint64 at[PEAL_ARRIVALS_KEPT]; /* by number, µs; PEAL_FEEDBACK_NEVER */
  gint64 last;                   /* when one came last */
  guint8 count;                  /* tellings */
} PealArrivals;

/* All zero is the beginning. Packet @sequence of the path came at @now. */
void peal_arrivals_hear (PealArrivals *arrivals, guint16 sequence, gint64 now);

/* How many have yet to be told, those that did not come between them included. */
guint peal_arrivals_untold (const PealArrivals *arrivals);

/* Fills the next telling, of which it may be that none came. FALSE: there is nothing to tell. */
gboolean peal_arrivals_tell (PealArrivals *arrivals, PealArrivalReport *report);
/* So many of them fitted; the others are told next time. */
void peal_arrivals_told (PealArrivals *arrivals, guint n);

/* --- of ours --- */

#define PEAL_DEPARTURES_KEPT 2048

typedef struct {
  guint16 sequence;
  guint16 bytes; /* of the packet; 0: none */
  guint8 told;   /* what the peer has said of it: nothing, lost, arrived */
  gint64 sent;   /* µs */
} PealDeparture;

typedef struct {
  guint16 next;
  PealDeparture kept[PEAL_DEPARTURES_KEPT]; /* by number */
} PealDepartures;

/* A packet of @bytes bytes leaves at @now. Returns its number. All zero is the beginning. */
guint16 peal_departures_leave (PealDepartures *departures, gsize bytes, gint64 now);

/* What @report says that is new of packets that did leave, into @told
 * (PEAL_FEEDBACK_ARRIVALS of them), in their order; one that was said to be lost may turn up later,
 * once. Returns how many. */
guint peal_departures_hear (PealDepartures *departures, const PealArrivalReport *report,
                            PealRateArrival *told);
