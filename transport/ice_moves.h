/* Who may speak over a path that is ours, and when the path moves to another pair.
 *
 * Pure: no socket, no clock. A check of the peer proves that somebody knows the session's
 * password, or has heard somebody who does: its source address is not protected, and a check that
 * was overheard can be sent again from anywhere (RFC 8445 §19.4). Hence a pair is tried with a
 * check of our own, and used only once the answer came back over it: whoever overheard cannot make
 * one, and a peer cannot name somebody else's address to be flooded (RFC 7675 §5.1). */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/ice_sockets.h"

#define PEAL_ICE_KNOWN 16 /* addresses that sent an authentic check; the oldest is forgotten */

/* Embedded in its owner; all zero knows nobody. */
typedef struct {
  struct sockaddr_storage known[PEAL_ICE_KNOWN];
  guint n_known;
  PealIcePair proposed; /* the controlling peer named it once */
  gboolean has_proposed;
  PealIcePair trial; /* asked by a check of ours, which has this transaction id */
  guint8 trial_id[12];
  gint64 trial_at; /* 0: none */
} PealIceMoves;

/* Another pair is used from now on; who is known stays known. */
void peal_ice_moves_settle (PealIceMoves *moves);

/* @remote sent an authentic check. */
void peal_ice_moves_know (PealIceMoves *moves, const struct sockaddr_storage *remote);
gboolean peal_ice_moves_knows (const PealIceMoves *moves, const struct sockaddr_storage *remote);

/* An authentic check came over @pair, which is not the one in use. TRUE: try it now, for it is
 * wanted. @silent: nothing comes over the pair in use. @now in µs, monotonic. */
gboolean peal_ice_moves_consider (PealIceMoves *moves, const PealIcePair *pair, gboolean nominated,
                                  gboolean silent, gint64 now);

/* @check, a Binding request of ours, goes out over @pair. */
void peal_ice_moves_try (PealIceMoves *moves, const PealIcePair *pair, const guint8 *check,
                         gint64 now);

/* An authentic answer came over @pair. TRUE: to what was tried, over the same pair; move there. */
gboolean peal_ice_moves_answered (const PealIceMoves *moves, const PealIcePair *pair,
                                  const guint8 *answer);
