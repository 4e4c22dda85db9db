/* What is missing of a stream, what to ask for again and when (RFC 4585 §6.2.1). */
// SPDX-License-Identifier: MIT
#include "media/nack.h"

#include <string.h>

enum { MS = 1000 };
enum {
  MOST_TRIES = 10,
  GUESS_MS = 100,    /* a round trip that is not known */
  SHORTEST_MS = 20,  /* between two requests, */
  MARGIN_MS = 10,    /* and more than a round trip: the answer is still on its way */
  PATIENCE_MS = 500, /* a picture that stands still for so long is better begun anew; */
  ROUNDS = 3,        /* on a long way so many round trips, */
  MOST_PATIENCE_MS = 1500,
  BEFORE = 64, /* packets that the first one may have overtaken */
};

void
peal_nack_init (PealNack *nack)
{
  nack->known = nack->lost = FALSE;
  nack->before = 0;
  nack->n = 0;
}

static gint64
interval (double rtt_ms)
{
  double ms = rtt_ms < 0 ? GUESS_MS : rtt_ms;

  return (gint64) (MAX (SHORTEST_MS, ms + MARGIN_MS) * MS);
}

static gint64
patience (double rtt_ms)
{
  double ms = rtt_ms < 0 ? GUESS_MS : rtt_ms;

  return (gint64) (CLAMP (ROUNDS * (ms + MARGIN_MS), PATIENCE_MS, MOST_PATIENCE_MS) * MS);
}

static void
give_up_all (PealNack *nack)
{
  nack->n = 0;
  nack->lost = TRUE;
}

static void
forget (PealNack *nack, guint i)
{
  nack->n--;
  memmove (nack->missing + i, nack->missing + i + 1, (nack->n - i) * sizeof *nack->missing);
}

/* Its place in the list, or @n. */
static guint
find (const PealNack *nack, guint16 sequence)
{
  guint i = 0;

  while (i < nack->n && nack->missing[i].sequence != sequence)
    i++;
  return i;
}

gboolean
peal_nack_misses (const PealNack *nack, guint16 sequence)
{
  return find (nack, sequence) < nack->n;
}

/* All between the highest and @sequence. */
static void
miss_before (PealNack *nack, guint16 sequence, gint64 now)
{
  guint gap = (guint16) (sequence - nack->highest - 1);

  if (gap > PEAL_NACK_MOST - nack->n)
    give_up_all (nack);
  if (gap > PEAL_NACK_MOST)
    return;
  for (guint i = 1; i <= gap; i++)
    nack->missing[nack->n++] =
        (PealNackEntry) { .sequence = (guint16) (nack->highest + i), .since = now };
}

static void
begin (PealNack *nack, guint16 sequence, gint64 now)
{
  nack->known = TRUE;
  nack->highest = nack->first = sequence;
  nack->began = now;
}

/* Whether @sequence belongs before the first that came, and came for the first time. */
static gboolean
was_overtaken (PealNack *nack, guint16 sequence, gint64 now)
{
  guint16 back = (guint16) (nack->first - 1 - sequence);

  if (back >= BEFORE || now - nack->began >= PATIENCE_MS * MS || nack->before >> back & 1)
    return FALSE;
  nack->before |= G_GUINT64_CONSTANT (1) << back;
  return TRUE;
}

gboolean
peal_nack_heard (PealNack *nack, guint16 sequence, gint64 now)
{
  if (!nack->known) {
    begin (nack, sequence, now);
    return TRUE;
  }
  if ((gint16) (sequence - nack->highest) > 0) {
    miss_before (nack, sequence, now);
    nack->highest = sequence;
    return TRUE;
  }
  guint i = find (nack, sequence);
  if (i == nack->n) /* it was there, or is too late */
    return was_overtaken (nack, sequence, now);
  forget (nack, i);
  return TRUE;
}

void
peal_nack_expire (PealNack *nack, double rtt_ms, gint64 now)
{
  for (guint i = 0; i < nack->n;)
    if (now - nack->missing[i].since >= patience (rtt_ms)) {
      forget (nack, i);
      nack->lost = TRUE;
    } else
      i++;
}

static gint64
entry_due (const PealNackEntry *entry, double rtt_ms)
{
  if (entry->tries == 0)
    return entry->since;
  return entry->tries < MOST_TRIES ? entry->asked + interval (rtt_ms) : G_MAXINT64;
}

guint
peal_nack_ask (PealNack *nack, double rtt_ms, gint64 now, guint16 *out, guint most)
{
  guint n = 0;

  for (guint i = 0; i < nack->n && n < most; i++) {
    PealNackEntry *entry = &nack->missing[i];
    if (entry_due (entry, rtt_ms) > now)
      continue;
    entry->tries++;
    entry->asked = now;
    out[n++] = entry->sequence;
  }
  return n;
}

gint64
peal_nack_due (const PealNack *nack, double rtt_ms, gboolean asks)
{
  gint64 due = nack->lost ? 0 : G_MAXINT64;

  for (guint i = 0; i < nack->n; i++) {
    const PealNackEntry *entry = &nack->missing[i];
    due = MIN (due, entry->since + patience (rtt_ms));
    if (asks)
      due = MIN (due, entry_due (entry, rtt_ms));
  }
  return due;
}

gboolean
peal_nack_lost (PealNack *nack)
{
  gboolean lost = nack->lost;

  nack->lost = FALSE;
  return lost;
}
