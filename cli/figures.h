/* All numbers of a call, in a few lines for a person. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"

/* @connected is the event of that name, @stats the last counters of the sound, @picture those of
 * the picture; each may be NULL. Of what is not known nothing is said. Lines parted by "\n", the
 * last without. For g_free. */
char *peal_figures_text (const PealEvent *connected, const PealStats *stats,
                         const PealStats *picture);
