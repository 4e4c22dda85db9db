/* What is known of a content, as the events that tell it. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/playout.h"
#include "signaling/event.h"

/* Fills @event as `stats` of @content, for peal_event_clear. */
void peal_stats_event (PealEvent *event, const char *content, const PealStats *stats);

/* Adds to @stats, which says already what is known of packets and waiting, what @count says, and
 * what to think of it: R and MOS, as soon as something was heard (media/quality.h). */
void peal_stats_judge (PealStats *stats, const PealPlayoutCount *count, const PealCodec *codec);

/* Fills @event as `media`: the first sound of @content, in @codec, came @after_ms after the start.
 */
void peal_stats_first (PealEvent *event, const char *content, const char *codec, gint after_ms);
