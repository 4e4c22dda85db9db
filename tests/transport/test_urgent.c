/* Real-time turns: given where the system lets us, not handed on, and never a failure. */
// SPDX-License-Identifier: MIT
#include "transport/urgent.h"

#include <glib.h>
#include <sched.h>

static gpointer
tell_policy (gpointer unused)
{
  return GINT_TO_POINTER (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK);
}

static gpointer
hurry (gpointer child)
{
  peal_urgent_thread ();
  int *policy = child;
  *policy = GPOINTER_TO_INT (g_thread_join (g_thread_new ("child", tell_policy, NULL)));
  return tell_policy (NULL);
}

static gboolean
may_hurry (void)
{
  const struct sched_param lowest = { .sched_priority = 1 };
  const struct sched_param none = { 0 };
  gboolean may = sched_setscheduler (0, SCHED_RR, &lowest) == 0;
  g_assert_cmpint (sched_setscheduler (0, SCHED_OTHER, &none), ==, 0);
  return may;
}

static void
a_thread_hurries (void)
{
  int child = -1;
  int policy = GPOINTER_TO_INT (g_thread_join (g_thread_new ("hurried", hurry, &child)));
  g_assert_cmpint (policy, ==, may_hurry () ? SCHED_RR : SCHED_OTHER);
  g_assert_cmpint (child, ==, SCHED_OTHER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/urgent/a-thread-hurries", a_thread_hurries);
  return g_test_run ();
}
