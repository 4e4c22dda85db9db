/* Real-time turns; see urgent.h. */
// SPDX-License-Identifier: MIT
#include "transport/urgent.h"

#include <glib.h>
#include <sched.h>

void
peal_urgent_thread (void)
{
  /* The lowest there is: before all that is not real-time, after all that is. In turns (not FIFO),
   * so that the threads of many calls share. */
  const struct sched_param lowest = { .sched_priority = sched_get_priority_min (SCHED_RR) };

  if (sched_setscheduler (0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) != 0)
    g_debug ("no real-time turns for this thread");
}
