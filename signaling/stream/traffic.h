/* Stanzas both ways over a link that is up: the outbox, acknowledgements (XEP-0198), signs of life
 * (XEP-0199).
 *
 * A machine without a link and without a clock: text to write is appended to @out, `now` (µs,
 * monotonic) goes in. It outlives links: what one did not carry, or carried without being
 * acknowledged, the next one does (sm.h). A server that talks but takes nothing of what we send for
 * long is as good as silent. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"
#include "signaling/stream/life.h"
#include "signaling/stream/sm.h"
#include "signaling/stream/tap.h"

typedef struct {
  PealPort *port; /* borrowed */
  PealTap tap;
  PealSm sm;
  PealLife life;
  gboolean ack_asked;      /* <r/> is out */
  gboolean unasked;        /* something was written after the last one */
  gboolean ack_owed;       /* the server's <r/> waits for our <a/>, or much came without one */
  guint unsaid;            /* stanzas that came after our last <a/> */
  gint64 stuck_at;         /* when the server must have taken something; 0: nothing is there */
  gboolean closing, ended; /* </stream:stream> is to be written, is written */
} PealTraffic;

/* @port must outlive it; the caller sets tap and the times of life. */
void peal_traffic_init (PealTraffic *traffic, PealPort *port);
void peal_traffic_clear (PealTraffic *traffic);

/* A session is up, @resumed or new. TRUE when the new one ended another, whose requests nobody will
 * answer: the port must be told. */
gboolean peal_traffic_begin (PealTraffic *traffic, gboolean resumed, gint64 now);

/* Queues @stanza (borrowed). FALSE when the outbox is full. */
gboolean peal_traffic_push (PealTraffic *traffic, xmpp_stanza_t *stanza);

/* Says by the port that we go; </stream:stream> follows what is queued. */
void peal_traffic_close (PealTraffic *traffic);

/* Takes from the outbox as much as a link should hold at a time. */
void peal_traffic_fill (PealTraffic *traffic, GString *out, gint64 now);

/* An element came (borrowed) at @now. Stanzas are counted and go to the port; FALSE with @error
 * (G_IO_ERROR_INVALID_DATA) when the server's counts are not ours: there is nothing to resume any
 * more, and the last word is ours (peal_traffic_protest). */
gboolean peal_traffic_hear (PealTraffic *traffic, xmpp_stanza_t *element, gint64 now,
                            GError **error);

/* The stream error for a server that acknowledges what was not sent (XEP-0198 §4). */
void peal_traffic_protest (PealTraffic *traffic, GString *out);

/* A stanza too large to be built came. Any peer can make the server send such: it costs its own
 * stanza only, and is taken as heard, else each resume would bring it back. */
void peal_traffic_oversize (PealTraffic *traffic, xmpp_stanza_t *head);

/* The link is full: what waits stays where it is, for a time. */
void peal_traffic_hold (PealTraffic *traffic, gint64 now);

/* What is due at @now: asks for a sign of life itself (then WAIT), by @out or the port. GONE with
 * @error (G_IO_ERROR_TIMED_OUT): "gave no sign of life within 15 s". */
PealLifeTurn peal_traffic_check (PealTraffic *traffic, GString *out, gint64 now, GError **error);

/* When to check next; µs. */
gint64 peal_traffic_deadline (const PealTraffic *traffic);
