/* Who may begin a call here, how many at once and how often; contacts and strangers counted apart.
 *
 * Private to the endpoint. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/quota.h"

typedef struct PealGuard PealGuard;

/* @limits are copied. */
PealGuard *peal_guard_new (const PealCallLimits *limits);
void peal_guard_free (PealGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealGuard, peal_guard_free)

typedef struct {
  const GPtrArray *calls; /* of PealCall *: those there are */
  const char *from;
  gboolean contact;
  gint64 now; /* µs */
} PealGuardQuestion;

/* Whether one more call may begin; counts it when so. NULL: it may; else which limit it is beyond,
 * static. */
const char *peal_guard_refuses (PealGuard *guard, const PealGuardQuestion *question);

/* Whether one thing more may be said in the session whose bucket is @said. */
gboolean peal_guard_hears (PealGuard *guard, PealBucket *said, gint64 now);
