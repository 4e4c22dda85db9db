/* What waits for a link, and what a link has carried and the server not yet acknowledged: one
 * bounded queue, in the order of sending.
 *
 * A pure machine, without counting: sm.h says how many were taken. What is bound to a session dies
 * with it; what lasts goes over to the next one, before anything newer. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Nobody who sends may fill memory, nor a server that takes nothing: enough for a minute of a busy
 * bot. */
#define PEAL_OUTBOX_MOST       5000
#define PEAL_OUTBOX_MOST_BYTES (8 * 1024 * 1024)

typedef enum {
  PEAL_OUTBOX_BOUND = 1, /* to the session: requests, answers, presence */
  PEAL_OUTBOX_LASTING,   /* messages */
} PealOutboxKind;

/* Open for tests; others use the functions. */
typedef struct {
  GQueue queue;  /* of stanzas: @carried ones first, then those that wait */
  guint carried; /* how many of them the present link has got */
  GList *next;   /* the first that waits; NULL: none does */
  gsize bytes;   /* of all in @queue */
} PealOutbox;

/* Empty; clearing frees what is in it. */
void peal_outbox_init (PealOutbox *outbox);
void peal_outbox_clear (PealOutbox *outbox);

/* Appends the text of a stanza, which is taken. FALSE: it is full, and @xml was freed. */
gboolean peal_outbox_push (PealOutbox *outbox, char *xml, PealOutboxKind kind);

/* The text of the next stanza to carry, or NULL; borrowed until the next call. It counts as carried
 * from now on. */
const char *peal_outbox_next (PealOutbox *outbox);

/* The first @count of those carried have arrived; no more than were. */
void peal_outbox_drop (PealOutbox *outbox, guint count);

/* The link is gone: the next one carries all again. */
void peal_outbox_rewind (PealOutbox *outbox);

/* The session is gone, and with it what was bound to it; the rest is carried again. */
void peal_outbox_bury (PealOutbox *outbox);

/* How many a link has carried that have not arrived, and how many wait for one. */
guint peal_outbox_carried (const PealOutbox *outbox);
guint peal_outbox_waiting (const PealOutbox *outbox);
