/* What arrived in the last moments, by the clock of who received it. Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_RATE_ACKED_SLOTS 64

typedef struct {
  guint bytes[PEAL_RATE_ACKED_SLOTS]; /* that arrived in each 10 ms */
  gint64 first, last;                 /* slots since the peer's zero; -1: none */
} PealRateAcked;

void peal_rate_acked_init (PealRateAcked *acked);

/* @arrived: µs. */
void peal_rate_acked_hear (PealRateAcked *acked, gint64 arrived, guint bytes);

/* bit/s in the last @ms (at most 600); 0 while what was heard is not half as long. */
double peal_rate_acked_in (const PealRateAcked *acked, guint ms);
