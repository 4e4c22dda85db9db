/* Packets that wait for their turn, so that a key frame does not leave in one burst. */
// SPDX-License-Identifier: MIT
#include "media/pacer.h"

enum {
  BURST_US = 5000, /* that leave together: timers have a grain */
  FASTER_TENTHS = 25,
};

void
peal_pacer_init (PealPacer *pacer, guint bitrate)
{
  *pacer = (PealPacer) { .bitrate = bitrate };
  g_queue_init (&pacer->first);
  g_queue_init (&pacer->then);
}

static void
free_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

void
peal_pacer_clear (PealPacer *pacer)
{
  g_queue_clear_full (&pacer->first, free_bytes);
  g_queue_clear_full (&pacer->then, free_bytes);
  pacer->bytes = 0;
}

gboolean
peal_pacer_put (PealPacer *pacer, const guint8 *data, gsize length, gboolean first)
{
  if (pacer->bytes + length > PEAL_PACER_BYTES)
    return FALSE;
  pacer->bytes += length;
  g_queue_push_tail (first ? &pacer->first : &pacer->then, g_bytes_new (data, length));
  return TRUE;
}

/* Bytes a second. */
static double
speed (const PealPacer *pacer)
{
  double usual = pacer->bitrate / 8.0 * FASTER_TENTHS / 10;

  return MAX (usual, pacer->bytes * 1000.0 / PEAL_PACER_WAIT_MS);
}

static double
debt_at (const PealPacer *pacer, gint64 now)
{
  double paid = speed (pacer) * (double) MAX (0, now - pacer->at) / G_USEC_PER_SEC;

  return MAX (0, pacer->debt - paid);
}

/* How much may be owed when the next leaves. */
static double
credit (const PealPacer *pacer)
{
  return speed (pacer) * BURST_US / G_USEC_PER_SEC;
}

GBytes *
peal_pacer_take (PealPacer *pacer, gint64 now, gboolean *first)
{
  if (pacer->bytes == 0 || debt_at (pacer, now) > credit (pacer))
    return NULL;
  pacer->debt = debt_at (pacer, now);
  pacer->at = now;
  *first = pacer->first.length > 0;
  GBytes *bytes = g_queue_pop_head (*first ? &pacer->first : &pacer->then);
  pacer->debt += (double) g_bytes_get_size (bytes);
  pacer->bytes -= g_bytes_get_size (bytes);
  return bytes;
}

gint64
peal_pacer_due (const PealPacer *pacer, gint64 now)
{
  if (pacer->bytes == 0)
    return G_MAXINT64;
  double over = debt_at (pacer, now) - credit (pacer);
  return over <= 0 ? now : now + 1 + (gint64) (over / speed (pacer) * G_USEC_PER_SEC);
}
