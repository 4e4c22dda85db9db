/* The packets of a path by their transport-wide numbers: when those of the peer arrived, when ours
 * left. */
// SPDX-License-Identifier: MIT
#include "media/arrival.h"

G_STATIC_ASSERT (PEAL_FEEDBACK_NEVER == PEAL_RATE_LOST);

/* --- of the peer's --- */

static gint64 *
time_of (PealArrivals *arrivals, guint16 sequence)
{
  return &arrivals->at[sequence % PEAL_ARRIVALS_KEPT];
}

static void
begin (PealArrivals *arrivals, guint16 sequence)
{
  arrivals->known = TRUE;
  arrivals->next = arrivals->end = sequence;
  for (guint i = 0; i < PEAL_ARRIVALS_KEPT; i++)
    arrivals->at[i] = PEAL_FEEDBACK_NEVER;
}

/* Up to @sequence nothing has come; what is too long ago to be told is forgotten. */
static void
reach (PealArrivals *arrivals, guint16 sequence)
{
  while (arrivals->end != (guint16) (sequence + 1))
    *time_of (arrivals, arrivals->end++) = PEAL_FEEDBACK_NEVER;
  if ((guint16) (arrivals->end - arrivals->next) > PEAL_ARRIVALS_KEPT)
    arrivals->next = (guint16) (arrivals->end - PEAL_ARRIVALS_KEPT);
}

void
peal_arrivals_hear (PealArrivals *arrivals, guint16 sequence, gint64 now)
{
  gint16 ahead = (gint16) (sequence - arrivals->end);

  if (!arrivals->known || ahead >= PEAL_ARRIVALS_KEPT || ahead < -PEAL_ARRIVALS_KEPT)
    begin (arrivals, sequence);
  if ((gint16) (sequence - arrivals->end) >= 0)
    reach (arrivals, sequence);
  gint64 *at = time_of (arrivals, sequence);
  if (*at != PEAL_FEEDBACK_NEVER)
    return;
  *at = arrivals->last = now;
  if ((gint16) (sequence - arrivals->next) < 0) /* told as lost: told anew from here */
    arrivals->next = sequence;
}

guint
peal_arrivals_untold (const PealArrivals *arrivals)
{
  return arrivals->known ? (guint16) (arrivals->end - arrivals->next) : 0;
}

gboolean
peal_arrivals_tell (PealArrivals *arrivals, PealArrivalReport *report)
{
  /* What is lost between two tellings belongs to the second: nobody shall miss it. */
  report->base = arrivals->next;
  report->since = arrivals->last;
  report->n = MIN (peal_arrivals_untold (arrivals), PEAL_FEEDBACK_ARRIVALS);
  if (!report->n)
    return FALSE;
  for (guint i = 0; i < report->n; i++)
    report->at[i] = *time_of (arrivals, (guint16) (arrivals->next + i));
  report->count = arrivals->count++;
  return TRUE;
}

void
peal_arrivals_told (PealArrivals *arrivals, guint n)
{
  arrivals->next = (guint16) (arrivals->next + MIN (n, peal_arrivals_untold (arrivals)));
}

/* --- of ours --- */

enum { UNTOLD = 0, LOST, ARRIVED };

guint16
peal_departures_leave (PealDepartures *departures, gsize bytes, gint64 now)
{
  guint16 sequence = departures->next++;

  departures->kept[sequence % PEAL_DEPARTURES_KEPT] = (PealDeparture) {
    .sequence = sequence, .bytes = (guint16) MIN (bytes, G_MAXUINT16), .sent = now
  };
  return sequence;
}

guint
peal_departures_hear (PealDepartures *departures, const PealArrivalReport *report,
                      PealRateArrival *told)
{
  guint n = 0;

  for (guint i = 0; i < report->n; i++) {
    guint16 sequence = (guint16) (report->base + i);
    PealDeparture *departure = &departures->kept[sequence % PEAL_DEPARTURES_KEPT];
    guint8 state = report->at[i] == PEAL_FEEDBACK_NEVER ? LOST : ARRIVED;
    if (!departure->bytes || departure->sequence != sequence || departure->told >= state)
      continue;
    departure->told = state;
    told[n++] = (PealRateArrival) { .sequence = sequence,
                                    .bytes = departure->bytes,
                                    .sent = departure->sent,
                                    .arrived = report->at[i] };
  }
  return n;
}
