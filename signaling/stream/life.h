/* Signs of life: how long a server may be silent before it is asked for one, and how long it may
 * take to give it.
 *
 * A pure machine: `now` (µs, monotonic) goes in, a deadline comes out. Any byte is a sign. How to
 * ask
 * (<r/> of XEP-0198, or a ping of XEP-0199) is for whoever drives it. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Open for tests; others use the functions. */
typedef struct {
  guint idle_ms, reply_ms;
  gint64 heard_at; /* the last byte */
  gint64 asked_at; /* a sign is awaited since then; 0: none is */
} PealLife;

typedef enum {
  PEAL_LIFE_WAIT = 1, /* until peal_life_deadline */
  PEAL_LIFE_ASK,      /* then peal_life_asked */
  PEAL_LIFE_GONE,     /* no sign came in time */
} PealLifeTurn;

/* A link is up. */
void peal_life_begin (PealLife *life, gint64 now);

/* Bytes came. */
void peal_life_heard (PealLife *life, gint64 now);

/* Something was sent that the server must answer; while one sign is awaited, others are not. */
void peal_life_asked (PealLife *life, gint64 now);

/* What is to be done at @now. */
PealLifeTurn peal_life_check (const PealLife *life, gint64 now);

/* When to check next; µs. What is heard in between moves it away, never nearer. */
gint64 peal_life_deadline (const PealLife *life);
