/* What is known of a content, as the events that tell it. */
// SPDX-License-Identifier: MIT
#include "media/stats.h"

void
peal_stats_event (PealEvent *event, const char *content, const PealStats *stats)
{
  peal_event_init (event, PEAL_EVENT_STATS);
  event->content = g_strdup (content);
  event->has_stats = TRUE;
  event->stats = *stats;
}

void
peal_stats_first (PealEvent *event, const char *content, const char *codec, gint after_ms)
{
  peal_event_init (event, PEAL_EVENT_MEDIA);
  event->content = g_strdup (content);
  event->codec = g_strdup (codec);
  event->after_ms = after_ms;
}
