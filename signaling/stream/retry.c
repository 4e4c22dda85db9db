/* How long to stay away from a server that was lost. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/retry.h"

#define FIRST_MS  100
#define SECOND_MS 1000
#define MAX_MS    60000
#define STABLE_US (10 * G_USEC_PER_SEC) /* a session this long makes the next cut a first one */

void
peal_retry_up (PealRetry *retry, gint64 now)
{
  retry->up_at = now;
  retry->failures = retry->short_spells++; /* a server that always drops us soon is left alone */
}

static guint
delay (guint failures, guint32 chance)
{
  if (failures == 0)
    return chance % FIRST_MS;
  guint whole = failures > 6 ? MAX_MS : SECOND_MS << (failures - 1);
  return whole - chance % (whole / 2);
}

guint
peal_retry_lost (PealRetry *retry, gint64 now, guint32 chance)
{
  if (retry->up_at && now - retry->up_at > STABLE_US)
    retry->failures = retry->short_spells = 0;
  retry->up_at = 0;
  return delay (retry->failures++, chance);
}
