/* Who may speak over a path that is ours, and when the path moves; see ice_moves.h. */
// SPDX-License-Identifier: MIT
#include "transport/ice_moves.h"

#include <string.h>

#define TRIAL_PAUSE                                                                                \
  (50 * 1000)   /* µs: so that checks sent again by others make no flood of ours                  \
                 */
#define ID_AT 8 /* of the transaction id in a STUN message (RFC 8489 §5) */

static gboolean
same_remote (const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
  return peal_ice_pair_equal (&(PealIcePair) { 0, *a }, &(PealIcePair) { 0, *b });
}

void
peal_ice_moves_settle (PealIceMoves *moves)
{
  moves->has_proposed = FALSE;
  moves->trial_at = 0;
}

gboolean
peal_ice_moves_knows (const PealIceMoves *moves, const struct sockaddr_storage *remote)
{
  for (guint i = 0; i < MIN (moves->n_known, PEAL_ICE_KNOWN); i++)
    if (same_remote (&moves->known[i], remote))
      return TRUE;
  return FALSE;
}

void
peal_ice_moves_know (PealIceMoves *moves, const struct sockaddr_storage *remote)
{
  if (!peal_ice_moves_knows (moves, remote))
    moves->known[moves->n_known++ % PEAL_ICE_KNOWN] = *remote;
}

/* The controlling peer may nominate another pair later (libwebrtc does when a network goes); one
 * that nominates aggressively names each pair as its checks end, which must not make us waver: it
 * takes two in a row. And when the pair in use is silent, wherever the peer is heard is better. */
gboolean
peal_ice_moves_consider (PealIceMoves *moves, const PealIcePair *pair, gboolean nominated,
                         gboolean silent, gint64 now)
{
  gboolean again = nominated && moves->has_proposed && peal_ice_pair_equal (&moves->proposed, pair);

  if (nominated) {
    moves->proposed = *pair;
    moves->has_proposed = TRUE;
  }
  return (again || silent) && (moves->trial_at == 0 || now - moves->trial_at >= TRIAL_PAUSE);
}

void
peal_ice_moves_try (PealIceMoves *moves, const PealIcePair *pair, const guint8 *check, gint64 now)
{
  moves->trial = *pair;
  moves->trial_at = now;
  memcpy (moves->trial_id, check + ID_AT, sizeof moves->trial_id);
}

gboolean
peal_ice_moves_answered (const PealIceMoves *moves, const PealIcePair *pair, const guint8 *answer)
{
  return moves->trial_at && peal_ice_pair_equal (&moves->trial, pair) &&
         memcmp (moves->trial_id, answer + ID_AT, sizeof moves->trial_id) == 0;
}
