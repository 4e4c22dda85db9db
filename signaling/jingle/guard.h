/* Who may begin a call here, how many at once and how often; contacts and strangers counted apart.
 *
 * Private to the endpoint. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealGuard PealGuard;

PealGuard *peal_guard_new (void);
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
