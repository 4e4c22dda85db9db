/* Stream management (XEP-0198) as counting: what was sent, what the server has, what a new link
 * must repeat.
 *
 * A pure machine, and the outbox of the stream: stanzas wait here until a link takes them and stay
 * until the server acknowledges them, so the same queue serves a stanza sent while offline, one cut
 * off on its way, and one whose acknowledgement got lost. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

typedef enum {
  PEAL_SM_REQUEST = 1, /* <iq/> get or set */
  PEAL_SM_ANSWER,      /* <iq/> result or error */
  PEAL_SM_MESSAGE,
  PEAL_SM_PRESENCE,
} PealSmKind;

/* Open for tests; others use the functions. */
typedef struct {
  GQueue queue;      /* of stanzas: @sent ones first, then those that wait */
  guint sent;        /* how many of them this session's link has carried */
  guint32 acked;     /* stanzas of ours the server has taken, modulo 2^32 */
  guint32 heard;     /* stanzas of the server we have taken, modulo 2^32 */
  char *id;          /* of the session, to resume it; NULL: cannot */
  gboolean counting; /* between <enabled/> and the end of the session */
  gboolean begun;    /* some session was bound before */
} PealSm;

/* An empty outbox without a session; clearing frees what waits. */
void peal_sm_init (PealSm *sm);
void peal_sm_clear (PealSm *sm);

/* Queues the text of a stanza, which is taken. */
void peal_sm_push (PealSm *sm, char *xml, PealSmKind kind);

/* The next stanza to write, or NULL. It is appended to @out and from now on counts as sent; without
 * stream management it is forgotten. */
gboolean peal_sm_next (PealSm *sm, GString *out);

/* Stanzas the server has not acknowledged, and those not yet written. */
guint peal_sm_unacknowledged (const PealSm *sm);
guint peal_sm_waiting (const PealSm *sm);

/* A stanza of the server was taken (handled, or passed over as oversize). */
void peal_sm_hear (PealSm *sm);

/* <a h=…/>. FALSE with @error (G_IO_ERROR_INVALID_DATA) when @h acknowledges what was never sent.
 */
gboolean peal_sm_acknowledge (PealSm *sm, guint32 h, GError **error);

/* A new session was bound; the old one, if any, is dead. Requests are dropped, for the port has
 * ended them; answers and presence of a dead session too. Messages stay and are sent again. */
void peal_sm_begin (PealSm *sm);

/* <enabled/>: counting starts at 0. @id: NULL when the server cannot resume. */
void peal_sm_enable (PealSm *sm, const char *id);

/* <resumed h=…/>: what the server lacks waits again, in order. Errors as peal_sm_acknowledge. */
gboolean peal_sm_resume (PealSm *sm, guint32 h, GError **error);

/* <failed/> to a <resume/>: the session is dead. @h, if the server told it (else NULL), still says
 * what arrived (XEP-0198 §5). */
void peal_sm_refuse (PealSm *sm, const guint32 *h);
