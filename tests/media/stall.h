/* How long threads of this process had to wait for a core, or the whole of it stood still: whether
 * the machine is too busy to measure sound that should come in time. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealHeart PealHeart;

typedef struct {
  PealHeart *heart;   /* beats in time, or notices that it did not */
  GHashTable *waited; /* thread -> ns it has waited since it began */
  gint64 looked;      /* µs */
  gint64 worst;       /* the longest a thread waited between two looks, or a beat was late, µs */
} PealStall;

/* Begins anew; all zero is fine before. */
void peal_stall_begin (PealStall *stall);

/* Looks again, if the last look is some time ago. Call it every now and then. */
void peal_stall_look (PealStall *stall);

void peal_stall_clear (PealStall *stall);

/* Lets time go by until no thread of a few waits any more, or patience (µs) is over. */
void peal_stall_wait_for_calm (gint64 patience);
