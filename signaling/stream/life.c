/* When to ask a silent server for a sign of life, and when to give it up. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/life.h"

void
peal_life_begin (PealLife *life, gint64 now)
{
  life->heard_at = now;
  life->asked_at = 0;
}

void
peal_life_heard (PealLife *life, gint64 now)
{
  peal_life_begin (life, now);
}

void
peal_life_asked (PealLife *life, gint64 now)
{
  if (!life->asked_at)
    life->asked_at = now;
}

gint64
peal_life_deadline (const PealLife *life)
{
  return life->asked_at ? life->asked_at + (gint64) life->reply_ms * 1000
                        : life->heard_at + (gint64) life->idle_ms * 1000;
}

PealLifeTurn
peal_life_check (const PealLife *life, gint64 now)
{
  if (now < peal_life_deadline (life))
    return PEAL_LIFE_WAIT;
  return life->asked_at ? PEAL_LIFE_GONE : PEAL_LIFE_ASK;
}
