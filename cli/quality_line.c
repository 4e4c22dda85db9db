/* How good a call was, in one line for people. */
// SPDX-License-Identifier: MIT
#include "cli/quality_line.h"

#include <math.h>

static void
add (GString *out, const char *format, double value)
{
  if (isfinite (value) && value >= 0)
    g_string_append_printf (out, format, value);
}

static double
percent_of (gint64 part, gint64 whole)
{
  return part >= 0 && whole > 0 ? 100.0 * (double) part / (double) whole : NAN;
}

static char *
line_of (const PealStats *stats)
{
  GString *out = g_string_new ("quality of what was heard:");
  gint64 sent = stats->packets_received + MAX (0, stats->lost); /* by the other side */

  add (out, " lost %.1f %%", percent_of (stats->lost, sent));
  if (stats->late > 0)
    add (out, ", late %.1f %%", percent_of (stats->late, sent));
  add (out, ", concealed %.1f %%", 100 * stats->concealed);
  add (out, ", jitter %.0f ms", stats->jitter_ms);
  add (out, ", round trip %.0f ms", stats->rtt_ms);
  add (out, ", R %.0f", stats->quality_r);
  add (out, ", MOS %.1f", stats->mos);
  g_string_append (out, " (E-model, ITU-T G.107)");
  return g_string_free (out, FALSE);
}

char *
peal_quality_line (const PealEvent *event)
{
  if (event->kind != PEAL_EVENT_ENDED || !event->call)
    return NULL;
  for (guint i = 0; event->last && i < event->last->len; i++) {
    const PealContentStats *last = event->last->pdata[i];
    if (last->stats.packets_received > 0 && isfinite (last->stats.quality_r))
      return line_of (&last->stats);
  }
  return NULL;
}
