/* What arrived in the last moments, by the clock of who received it. */
// SPDX-License-Identifier: MIT
#include "media/rate_acked.h"

enum { SLOTS = PEAL_RATE_ACKED_SLOTS, SLOT_MS = 10, SLOT = SLOT_MS * 1000, JUMP = 300 };

void
peal_rate_acked_init (PealRateAcked *acked)
{
  *acked = (PealRateAcked) { .first = -1, .last = -1 };
}

/* Floor, also of times before the zero. */
static gint64
slot_of (gint64 arrived)
{
  return arrived / SLOT - (arrived % SLOT < 0);
}

/* Where it counts from, so that it is never negative. */
static guint
index_of (gint64 slot)
{
  return (guint) ((slot % SLOTS + SLOTS) % SLOTS);
}

void
peal_rate_acked_hear (PealRateAcked *acked, gint64 arrived, guint bytes)
{
  gint64 slot = slot_of (arrived) + G_MAXINT64 / SLOT + 2; /* at least 1 */
  gboolean known = acked->last >= 0;

  if (!known || slot - acked->last > JUMP || acked->last - slot > JUMP) {
    peal_rate_acked_init (acked);
    acked->first = acked->last = slot;
  }
  if (acked->last - slot >= SLOTS) /* too late to matter */
    return;
  for (; acked->last < slot; acked->last++)
    acked->bytes[index_of (acked->last + 1)] = 0;
  guint *sum = &acked->bytes[index_of (slot)];
  *sum += MIN (bytes, G_MAXUINT16);
}

double
peal_rate_acked_in (const PealRateAcked *acked, guint ms)
{
  gint64 wanted = MIN (ms / SLOT_MS, SLOTS), heard = acked->last - acked->first + 1;
  double bytes = 0;

  if (acked->last < 0 || 2 * heard < wanted)
    return 0;
  gint64 n = MIN (wanted, heard);
  for (gint64 slot = acked->last - n + 1; slot <= acked->last; slot++)
    bytes += acked->bytes[index_of (slot)];
  return bytes * 8 * 1000 / (double) (n * SLOT_MS);
}
