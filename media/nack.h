/* What is missing of a stream, what to ask for again and when (RFC 4585 §6.2.1).
 *
 * A number is missing from the moment a later one comes. It is asked for at once, and again each
 * round trip, until it comes or is too late: then a frame cannot be repaired. Where nobody can be
 * asked the same is known of what may still come by another way. Each number is new once. Pure:
 * the time is an argument. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_NACK_MOST 256 /* packets that may be missing at a time; more are a broken picture */

typedef struct {
  guint16 sequence;
  guint tries;
  gint64 since; /* when it was found missing, µs */
  gint64 asked; /* when it last was */
} PealNackEntry;

typedef struct {
  gboolean known; /* @highest is valid */
  guint16 highest;
  guint16 first;  /* that came; for a while those before it may be late, and not lost: */
  guint64 before; /* bit n: number @first - 1 - n came */
  gint64 began;
  PealNackEntry missing[PEAL_NACK_MOST]; /* in order of their numbers */
  guint n;
  gboolean lost; /* something was given up since this was asked */
} PealNack;

/* Nothing came yet. */
void peal_nack_init (PealNack *nack);

/* Number @sequence came. TRUE: for the first time, and in time. */
gboolean peal_nack_heard (PealNack *nack, guint16 sequence, gint64 now);

/* Whether @sequence is waited for. */
gboolean peal_nack_misses (const PealNack *nack, guint16 sequence);

/* Gives up what is too late at @now (µs). Call it before the others below. @rtt_ms negative: not
 * known. */
void peal_nack_expire (PealNack *nack, double rtt_ms, gint64 now);

/* Which to ask for at @now, at most @most into @out, in order. They count as asked for. */
guint peal_nack_ask (PealNack *nack, double rtt_ms, gint64 now, guint16 *out, guint most);

/* When there is something to give up, or where @asks to ask for, µs; G_MAXINT64: not before
 * something comes. */
gint64 peal_nack_due (const PealNack *nack, double rtt_ms, gboolean asks);

/* Whether something was given up since this was asked last. */
gboolean peal_nack_lost (PealNack *nack);
