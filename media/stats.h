/* What is known of a content, as the events that tell it. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"

/* Fills @event as `stats` of @content, for peal_event_clear. */
void peal_stats_event (PealEvent *event, const char *content, const PealStats *stats);

/* Fills @event as `media`: the first sound of @content, in @codec, came @after_ms after the start.
 */
void peal_stats_first (PealEvent *event, const char *content, const char *codec, gint after_ms);
