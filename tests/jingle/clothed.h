/* Hollow inside, real outside: the elements of ICE and RTP, judged and negotiated as in a call,
 * with no socket and no sound behind them. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"

/* Lists for an endpoint; end with NULL. Static. */
const PealMethod *const *clothed_methods (void);
const PealApplication *const *clothed_applications (void); /* of voice, and of pictures */
