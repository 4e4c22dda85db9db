/* What some clients need that XEP-0166 leaves open, by what they offer. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/jingle.h"

typedef struct {
  gboolean (*is) (const PealJingle *initiate);
  /* Contents of the offer that are not wanted stand in session-accept all the same, in the offer's
   * order, with senders 'none' and an empty transport. Else they are left out. */
  gboolean names_refused;
} PealQuirks;

/* The row of whoever sent @initiate; never NULL. Static. */
const PealQuirks *peal_quirks_of (const PealJingle *initiate);
