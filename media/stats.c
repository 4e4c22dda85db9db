/* What is known of a content, as the events that tell it. */
// SPDX-License-Identifier: MIT
#include "media/stats.h"

#include "media/quality.h"

void
peal_stats_event (PealEvent *event, const char *content, const PealStats *stats)
{
  peal_event_init (event, PEAL_EVENT_STATS);
  event->content = g_strdup (content);
  event->has_stats = TRUE;
  event->stats = *stats;
}

/* The network's part is half of a round trip; the packet is full, waits in the jitter buffer, and
 * the decoder may wait for one more. What devices add is not known. */
static double
delay_of (const PealStats *stats, const PealCodec *codec)
{
  double network = stats->rtt_ms > 0 ? stats->rtt_ms / 2 : 0;

  return network + PEAL_FRAME_MS + stats->wait_ms + codec->look_ahead_ms;
}

void
peal_stats_judge (PealStats *stats, const PealPlayoutCount *count, const PealCodec *codec)
{
  PealQuality quality;

  stats->late = count->late;
  stats->recovered = count->recovered;
  if (count->heard_ms <= 0)
    return;
  stats->concealed = MIN (1, count->invented_ms / count->heard_ms);
  quality.loss = stats->concealed;
  quality.burst_ratio = peal_quality_burst_ratio (count->invented_ms / PEAL_FRAME_MS, count->bursts,
                                                  count->heard_ms / PEAL_FRAME_MS);
  quality.delay_ms = delay_of (stats, codec);
  peal_quality_codec (&quality, codec->name, codec->clock_rate);
  stats->quality_r = peal_quality_r (&quality);
  stats->mos = peal_quality_mos (stats->quality_r);
}

void
peal_stats_first (PealEvent *event, const char *content, const char *codec, gint after_ms)
{
  peal_event_init (event, PEAL_EVENT_MEDIA);
  event->content = g_strdup (content);
  event->codec = g_strdup (codec);
  event->after_ms = after_ms;
}
