/* One row a kind of client; the last is everybody else. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/quirks.h"

/* Contents are media lines of SDP to whom bundles them: stanza.js refuses an answer that lacks one
 * of its offer. */
static gboolean
bundles (const PealJingle *initiate)
{
  for (guint i = 0; initiate->groups && i < initiate->groups->len; i++)
    if (peal_group_is_bundle (initiate->groups->pdata[i]))
      return TRUE;
  return FALSE;
}

static gboolean
anybody (const PealJingle *initiate)
{
  return TRUE;
}

static const PealQuirks rows[] = {
  { .is = bundles, .names_refused = TRUE },
  /* Dino would try to connect an empty transport, and end the call when that fails; what is left
     out it forgets. */
  { .is = anybody },
};

const PealQuirks *
peal_quirks_of (const PealJingle *initiate)
{
  const PealQuirks *row = rows;
  while (!row->is (initiate))
    row++;
  return row;
}
