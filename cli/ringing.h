/* The calls that ring here and wait for a yes or a no: a list, and which of them is meant. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct {
  char *sid, *peer;
  gboolean contact;
  gint64 since; /* monotonic, µs */
} PealRing;

typedef struct PealRinging PealRinging;

PealRinging *peal_ringing_new (void);
void peal_ringing_free (PealRinging *ringing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealRinging, peal_ringing_free)

/* At the end of the list; strings are copied. */
void peal_ringing_add (PealRinging *ringing, const PealRing *ring);
/* FALSE: it is not there. */
gboolean peal_ringing_remove (PealRinging *ringing, const char *sid);

guint peal_ringing_count (const PealRinging *ringing);
/* The one of @number, from 1 on; 0 is the one that is meant: which was chosen, or the contact who
 * waits longest, or whoever waits longest. Borrowed; NULL: there is none. */
const PealRing *peal_ringing_get (const PealRinging *ringing, guint number);
/* That one is meant from now on. FALSE: there is none of that number. */
gboolean peal_ringing_choose (PealRinging *ringing, guint number);
