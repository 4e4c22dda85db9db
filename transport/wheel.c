/* A timer wheel of 1 ms grain: set, clear and fire in constant time however many timers there are.
 *
 * Four levels of 64 slots reach 4.6 hours; what is due later waits in the farthest slot and is
 * sorted in again when that comes round. */
// SPDX-License-Identifier: MIT
#include "transport/wheel.h"

#define SLOT_BITS 6
#define SLOTS     (1 << SLOT_BITS)

/* Milliseconds, rounded up: a timer is never early. */
static gint64
tick_of (gint64 due)
{
  return due / 1000 + (due % 1000 > 0);
}

void
peal_wheel_init (PealWheel *wheel, gint64 now)
{
  *wheel = (PealWheel) { .tick = now / 1000 };
}

static void
link_at (PealTimer **link, PealTimer *timer)
{
  timer->next = *link;
  if (timer->next)
    timer->next->link = &timer->next;
  timer->link = link;
  *link = timer;
}

static PealTimer **
tail_of (PealTimer **list)
{
  while (*list)
    list = &(*list)->next;
  return list;
}

void
peal_wheel_remove (PealTimer *timer)
{
  if (!timer->link)
    return;
  *timer->link = timer->next;
  if (timer->next)
    timer->next->link = timer->link;
  timer->next = NULL;
  timer->link = NULL;
  timer->due = 0;
}

void
peal_wheel_add (PealWheel *wheel, PealTimer *timer)
{
  gint64 tick = tick_of (timer->due);
  gint64 away = tick - wheel->tick;

  g_assert (!timer->link);
  if (away <= 0) {
    link_at (tail_of (&wheel->ripe), timer);
    return;
  }

  guint level = 0;
  while (level + 1 < PEAL_WHEEL_LEVELS && away >> (SLOT_BITS * (level + 1)))
    level++;
  /* Beyond the horizon: the last slot of the farthest level before it comes round. */
  gint64 farthest = ((gint64) SLOTS - 1) << (SLOT_BITS * level);
  if (away > farthest && level + 1 == PEAL_WHEEL_LEVELS)
    tick = wheel->tick + farthest;

  guint slot = (guint) (tick >> (SLOT_BITS * level)) & (SLOTS - 1);
  link_at (&wheel->slots[level][slot], timer);
  wheel->used[level] |= G_GUINT64_CONSTANT (1) << slot;
}

/* Empties a slot of @level: what is due goes to ripe, the rest sinks to a finer level. */
static void
sink (PealWheel *wheel, guint level, guint slot)
{
  PealTimer *list = NULL;

  /* Slots fill from the head: turning the list round restores the order of setting. */
  for (PealTimer *timer; (timer = wheel->slots[level][slot]);) {
    gint64 due = timer->due;
    peal_wheel_remove (timer);
    timer->due = due;
    link_at (&list, timer);
  }
  wheel->used[level] &= ~(G_GUINT64_CONSTANT (1) << slot);

  for (PealTimer *timer; (timer = list);) {
    gint64 due = timer->due;
    peal_wheel_remove (timer);
    timer->due = due;
    peal_wheel_add (wheel, timer);
  }
}

/* The first tick after wheel->tick at which some slot must be visited; G_MAXINT64 when all is
 * empty. */
static gint64
next_tick (const PealWheel *wheel)
{
  gint64 first = G_MAXINT64;

  for (guint level = 0; level < PEAL_WHEEL_LEVELS; level++) {
    if (!wheel->used[level])
      continue;
    gint64 here = wheel->tick >> (SLOT_BITS * level);
    guint turn = (guint) (here + 1) & (SLOTS - 1);
    /* Rotated so that bit 0 is the slot after the present one. */
    guint64 ahead = turn ? wheel->used[level] >> turn | wheel->used[level] << (SLOTS - turn)
                         : wheel->used[level];
    gint64 tick = (here + 1 + __builtin_ctzll (ahead)) << (SLOT_BITS * level);
    first = MIN (first, tick);
  }
  return first;
}

void
peal_wheel_turn (PealWheel *wheel, gint64 now)
{
  gint64 target = now / 1000;

  for (gint64 tick; (tick = next_tick (wheel)) <= target;) {
    wheel->tick = tick;
    /* From the coarsest level down: what sinks may land in a finer slot of this very tick. */
    for (guint level = PEAL_WHEEL_LEVELS; level-- > 0;)
      if (tick % ((gint64) 1 << (SLOT_BITS * level)) == 0)
        sink (wheel, level, (guint) (tick >> (SLOT_BITS * level)) & (SLOTS - 1));
  }
  wheel->tick = MAX (wheel->tick, target);

  PealTimer *firing = wheel->ripe;
  wheel->ripe = NULL;
  if (firing)
    firing->link = &firing;
  for (PealTimer *timer; (timer = firing);) {
    peal_wheel_remove (timer);
    timer->func (timer->user);
  }
}

gint64
peal_wheel_next (const PealWheel *wheel)
{
  if (wheel->ripe)
    return wheel->tick * 1000;
  gint64 tick = next_tick (wheel);
  return tick == G_MAXINT64 ? G_MAXINT64 : tick * 1000;
}
