/* How many bits loss allows. */
// SPDX-License-Identifier: MIT
#include "media/rate_loss.h"

#include <math.h>

enum { MS = 1000, SECOND = 1000 * MS, WINDOW = 1000 * MS, SHORT_WINDOW = 300 * MS, FEWEST = 20 };
enum { TRIAL_WINDOWS = 3, BELIEVED = 20 * SECOND }; /* how long a verdict is */

static const double much = 0.10, some = 0.05, little = 0.02; /* §6, but that some holds from 5 % */
static const double on_trial = 0.7;                          /* of the bits */
static const double same = 0.6; /* of the loss before: if that much stays, it is a habit */
static const double most_habit = 0.3;
static const double heavy = 0.25; /* is believed after a short window */

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

void
peal_rate_loss_excuse (PealRateLoss *loss, gint64 now)
{
  loss->packets = loss->lost = 0;
  loss->since = now;
}

static gboolean
is_complete (const PealRateLoss *loss, gint64 now)
{
  if (loss->packets < FEWEST)
    return FALSE;
  return now - loss->since >= WINDOW ||
         (now - loss->since >= SHORT_WINDOW && loss->lost > heavy * loss->packets);
}

/* --- whose it is --- */

static void
begin_trial (PealRateLoss *loss, double bitrate)
{
  loss->trial = PEAL_RATE_TRYING;
  loss->before = loss->smoothed;
  loss->sum = 0;
  loss->windows = 0;
  loss->habit = 0;
  loss->bound = on_trial * MIN (loss->bound, bitrate);
}

/* The first window still tells of what was sent before. */
static void
go_on_trying (PealRateLoss *loss, double share, gint64 now)
{
  if (loss->windows++ > 0)
    loss->sum += share;
  if (loss->windows < TRIAL_WINDOWS)
    return;
  double found = loss->sum / (TRIAL_WINDOWS - 1);
  loss->trial = PEAL_RATE_TRIED;
  loss->tried = now;
  if (found < same * loss->before)
    return;
  loss->habit = MIN (found, most_habit);
  loss->bound = INFINITY;
}

static void
bound_by (PealRateLoss *loss, double share, double bitrate)
{
  double beyond = loss->smoothed - loss->habit;

  if (share - loss->habit > much)
    loss->bound = MIN (loss->bound, bitrate) * (1 - share / 2);
  else if (beyond > some)
    loss->bound = MIN (loss->bound, bitrate);
  else if (beyond < little)
    loss->bound *= 1.08;
  if (loss->bound > 3 * bitrate)
    loss->bound = INFINITY;
}

static void
judge (PealRateLoss *loss, double share, double bitrate, gint64 now)
{
  if (loss->trial == PEAL_RATE_TRYING) {
    go_on_trying (loss, share, now);
    return;
  }
  if (loss->trial == PEAL_RATE_TRIED && now - loss->tried > BELIEVED)
    loss->trial = PEAL_RATE_UNTRIED;
  loss->habit = MIN (loss->habit, loss->smoothed);
  if (loss->trial == PEAL_RATE_UNTRIED && loss->smoothed > loss->habit + some)
    begin_trial (loss, bitrate);
  else
    bound_by (loss, share, bitrate);
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
  judge (loss, share, bitrate, now);
  loss->packets = loss->lost = 0;
  loss->since = now;
}
