/* The one timer of a stream: what is set sooner stays, and far deadlines of many streams fall on
 * one moment. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/alarm.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define GRAIN  (SECOND / 2) /* what a machine may take between two readings of its clock */

static void
never (gpointer user)
{
  g_assert_not_reached ();
}

/* A full second, at least @seconds from now. */
static gint64
full_second (gint64 seconds)
{
  return (g_get_monotonic_time () / SECOND + 1 + seconds) * SECOND;
}

static void
far_deadlines_meet (void)
{
  static const gint64 behind_ms[] = { 1, 100, 500, 999 };
  gint64 second = full_second (15);

  for (gsize i = 0; i < G_N_ELEMENTS (behind_ms); i++) {
    PealAlarm alarm = { .ring = never };
    peal_alarm_set_by (&alarm, second + behind_ms[i] * 1000);
    g_assert_cmpint (alarm.due, >=, second + SECOND);
    g_assert_cmpint (alarm.due, <, second + SECOND + GRAIN);
    peal_alarm_clear (&alarm);
  }
}

static void
near_deadlines_hold (void)
{
  PealAlarm alarm = { .ring = never };
  gint64 deadline = g_get_monotonic_time () + 5 * SECOND + 300000;

  peal_alarm_set_by (&alarm, deadline);
  g_assert_cmpint (alarm.due, >=, deadline);
  g_assert_cmpint (alarm.due, <, deadline + GRAIN);
  peal_alarm_clear (&alarm);
}

static void
sooner_one_stays (void)
{
  PealAlarm alarm = { .ring = never };
  gint64 soon = g_get_monotonic_time () + 2 * SECOND;

  peal_alarm_set_by (&alarm, soon);
  gint64 due = alarm.due;
  peal_alarm_set_by (&alarm, full_second (60));
  g_assert_cmpint (alarm.due, ==, due);
  peal_alarm_set_by (&alarm, soon - SECOND);
  g_assert_cmpint (alarm.due, <, due);
  peal_alarm_clear (&alarm);
  g_assert_null (alarm.source);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream/alarm/far", far_deadlines_meet);
  g_test_add_func ("/stream/alarm/near", near_deadlines_hold);
  g_test_add_func ("/stream/alarm/sooner", sooner_one_stays);
  return g_test_run ();
}
