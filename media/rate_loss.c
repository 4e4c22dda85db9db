/* How many bits loss allows. */
// SPDX-License-Identifier: MIT
#include "media/rate_loss.h"

#include <math.h>

enum { MS = 1000, WINDOW = 1000 * MS, SHORT_WINDOW = 300 * MS, FEWEST = 20 };

static const double much = 0.10, some = 0.05, little = 0.02; /* §6, but that some holds from 5 % */
static const double heavy = 0.25;                            /* is believed after a short window */

void
peal_rate_loss_init (PealRateLoss *loss)
{
  *loss = (PealRateLoss) { .bound = INFINITY };
}

void
peal_rate_loss_hear (PealRateLoss *loss, guint packets, guint lost)
{
  loss->packets += MIN (packets, G_MAXUINT16);
  loss->lost += MIN (lost, MIN (packets, G_MAXUINT16));
}

void
peal_rate_loss_found (PealRateLoss *loss, guint packets)
{
  loss->lost -= MIN (loss->lost, packets);
}

static gboolean
is_complete (const PealRateLoss *loss, gint64 now)
{
  if (loss->packets < FEWEST)
    return FALSE;
  return now - loss->since >= WINDOW ||
         (now - loss->since >= SHORT_WINDOW && loss->lost > heavy * loss->packets);
}

/* The least of the last windows; nothing before there are as many. */
static double
habit_of (const PealRateLoss *loss)
{
  double least = 1;

  for (guint i = 0; i < PEAL_RATE_LOSS_WINDOWS; i++)
    least = MIN (least, loss->windows[i]);
  return least;
}

static void
bound_by (PealRateLoss *loss, double share, double bitrate)
{
  double beyond = share - habit_of (loss);

  if (beyond > much)
    loss->bound = MIN (loss->bound, bitrate) * (1 - share / 2);
  else if (beyond > some)
    loss->bound = MIN (loss->bound, bitrate);
  else if (beyond < little)
    loss->bound *= 1.15;
  if (loss->bound > 3 * bitrate)
    loss->bound = INFINITY;
}

void
peal_rate_loss_decide (PealRateLoss *loss, double bitrate, gint64 now)
{
  if (!loss->since)
    loss->since = now;
  if (!is_complete (loss, now))
    return;
  double share = (double) loss->lost / loss->packets;
  loss->smoothed += (share - loss->smoothed) * (share > loss->smoothed ? 0.5 : 0.2);
  bound_by (loss, share, bitrate);
  loss->windows[loss->n_windows++ % PEAL_RATE_LOSS_WINDOWS] = share;
  loss->packets = loss->lost = 0;
  loss->since = now;
}
