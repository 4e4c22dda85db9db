/* A GSource behind a deadline. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/alarm.h"

#define FAR_US (10 * G_USEC_PER_SEC)

static gboolean
on_due (gpointer user)
{
  PealAlarm *alarm = user;
  peal_alarm_clear (alarm);
  alarm->ring (alarm->user);
  return G_SOURCE_REMOVE;
}

void
peal_alarm_set (PealAlarm *alarm, guint ms)
{
  peal_alarm_clear (alarm);
  alarm->due = g_get_monotonic_time () + (gint64) ms * 1000;
  alarm->source = g_timeout_source_new (ms);
  g_source_set_priority (alarm->source, G_PRIORITY_DEFAULT);
  g_source_set_callback (alarm->source, on_due, alarm, NULL);
  g_source_attach (alarm->source, alarm->context);
}

void
peal_alarm_set_by (PealAlarm *alarm, gint64 deadline)
{
  if (alarm->source && alarm->due <= deadline)
    return;
  gint64 now = g_get_monotonic_time ();
  if (deadline - now >= FAR_US)
    deadline += G_USEC_PER_SEC - deadline % G_USEC_PER_SEC;
  gint64 left = deadline - now;
  peal_alarm_set (alarm, left > 0 ? (guint) (left / 1000) + 1 : 0);
}

void
peal_alarm_clear (PealAlarm *alarm)
{
  if (!alarm->source)
    return;
  g_source_destroy (alarm->source);
  g_clear_pointer (&alarm->source, g_source_unref);
}
