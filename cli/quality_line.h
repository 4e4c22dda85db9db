/* How good a call was, in one line for people. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"

/* Of the first content of @event that heard anything; NULL: @event is not the end of a call, or
 * nothing was heard in it. For g_free. */
char *peal_quality_line (const PealEvent *event);
