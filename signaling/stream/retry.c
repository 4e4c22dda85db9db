/* How long to stay away from a server that was lost. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/retry.h"

#define FIRST_MS  100
#define SECOND_MS 1000
#define MAX_MS    60000
#define STABLE_MS 10000

void
peal_retry_up (PealRetry *retry, gint64 now)
{
  retry->up_at = now;
}

static guint
delay (const PealRetry *retry, guint32 chance)
{
  guint failures = retry->failures, most_ms = retry->most_ms ? retry->most_ms : MAX_MS;
  if (failures == 0)
    return chance % MIN (FIRST_MS, most_ms);
  guint whole = failures > 6 ? MAX_MS : SECOND_MS << (failures - 1);
  whole = MIN (whole, most_ms);
  return whole - chance % MAX (whole / 2, 1);
}

static gboolean
lasted (const PealRetry *retry, gint64 now)
{
  guint stable_ms = retry->stable_ms ? retry->stable_ms : STABLE_MS;
  return retry->up_at && now - retry->up_at >= (gint64) stable_ms * 1000;
}

guint
peal_retry_lost (PealRetry *retry, gint64 now, guint32 chance)
{
  if (lasted (retry, now))
    retry->failures = 0;
  retry->up_at = 0;
  guint ms = delay (retry, chance);
  retry->failures = MIN (retry->failures + 1, 7);
  return ms;
}
