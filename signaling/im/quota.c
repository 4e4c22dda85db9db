/* Token buckets: each is the time at which it would be full; an address's lives on a bounded shelf.
 */
// SPDX-License-Identifier: MIT
#include "signaling/im/quota.h"

#include "signaling/im/shelf.h"

struct PealQuota {
  PealRate one, all;
  PealBucket everybody;
  PealShelf *each; /* bare address -> PealBucket */
};

/* How long one token takes to come, in µs. */
static gint64
price (PealRate rate)
{
  return 60 * G_USEC_PER_SEC / (gint64) rate.per_minute;
}

static gboolean
has_token (const PealBucket *bucket, PealRate rate, gint64 now)
{
  return MAX (bucket->full_at, now) + price (rate) - now <= rate.burst * price (rate);
}

static void
take (PealBucket *bucket, PealRate rate, gint64 now)
{
  bucket->full_at = MAX (bucket->full_at, now) + price (rate);
}

gboolean
peal_bucket_take (PealBucket *bucket, PealRate rate, gint64 now)
{
  if (!has_token (bucket, rate, now))
    return FALSE;
  take (bucket, rate, now);
  return TRUE;
}

PealQuota *
peal_quota_new (PealRate one, PealRate all)
{
  PealQuota *quota = g_new0 (PealQuota, 1);

  quota->one = one;
  quota->all = all;
  quota->each = peal_shelf_new (PEAL_MOST_KNOWN_RATES, g_free);
  return quota;
}

void
peal_quota_free (PealQuota *quota)
{
  if (!quota)
    return;
  peal_shelf_free (quota->each);
  g_free (quota);
}

gboolean
peal_quota_take (PealQuota *quota, const char *who, gint64 now)
{
  PealBucket *bucket = peal_shelf_get (quota->each, who);

  if (!has_token (&quota->everybody, quota->all, now))
    return FALSE;
  if (!bucket) {
    bucket = g_new0 (PealBucket, 1);
    peal_shelf_put (quota->each, who, bucket);
  }
  if (!peal_bucket_take (bucket, quota->one, now))
    return FALSE;
  take (&quota->everybody, quota->all, now);
  return TRUE;
}
