/* Events as sentences for people. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"

/* What a person is told of @event, or NULL when that is nothing; for g_free. *@verbose is how many
 * -v it takes. */
char *peal_sentence_of (const PealEvent *event, int *verbose);

/* A copy of @text that cannot steer a terminal: control characters and what turns the direction of
 * writing become U+FFFD; what is no UTF-8 likewise. For g_free. */
char *peal_sentence_safe (const char *text);
