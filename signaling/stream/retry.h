/* Coming back: at once after a cut, so that a call survives, then 1 s, 2 s, 4 s … a minute, each
 * shortened by up to half so that a server's clients do not all return together. Only a session
 * that lasted makes the next cut a first one: a server that takes us in and throws us out again is
 * left alone ever longer.
 *
 * A pure machine: `now` (µs, monotonic) and the chance go in, a delay comes out. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Open for tests; others use the functions. Begins as all 0. */
typedef struct {
  guint stable_ms; /* how long a session must last to have lasted; 0: 10,000 */
  guint most_ms;   /* never to wait longer; 0: 60,000 */
  guint failures;  /* in a row */
  gint64 up_at;    /* since when there is a session; 0: there is none */
} PealRetry;

/* A session began, new or resumed. */
void peal_retry_up (PealRetry *retry, gint64 now);

/* A session, or an attempt at one, was lost: how long to wait, in ms. @chance: any number. */
guint peal_retry_lost (PealRetry *retry, gint64 now, guint32 chance);
