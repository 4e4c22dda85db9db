/* How often others may make us work: token buckets, one for each address and one for all.
 *
 * Pure: the time is an argument, in µs of any clock. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/limits.h"

/* A bucket is one number, the time at which it is full again; a new one is {0}, full. */
typedef struct {
  gint64 full_at;
} PealBucket;

/* Whether there is a token; takes it when there is. */
gboolean peal_bucket_take (PealBucket *bucket, PealRate rate, gint64 now);

typedef struct PealQuota PealQuota;

/* @one is the rate of each address, @all that of all together. So many addresses are remembered as
 * PEAL_MOST_KNOWN_RATES; one that was forgotten begins with a full bucket, and @all still counts.
 */
PealQuota *peal_quota_new (PealRate one, PealRate all);
void peal_quota_free (PealQuota *quota);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealQuota, peal_quota_free)

/* Whether @who (a bare address) may once more; counts it when so. What one is refused costs the
 * others nothing. */
gboolean peal_quota_take (PealQuota *quota, const char *who, gint64 now);
