/* Stream management (XEP-0198) as counting: what was sent, what the server has, what a new link
 * must repeat.
 *
 * A pure machine around the outbox: stanzas wait there until a link takes them and stay until the
 * server acknowledges them, so the same queue serves a stanza sent while offline, one cut off on
 * its way, and one whose acknowledgement got lost.
 *
 * A session is resumed (resume), or refused and another one bound (refuse, begin, enable): whoever
 * drives the machine says when that one is up, and when a link is lost. Both return whether a
 * session died of it, so that those who asked in it can be told. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#include "signaling/stream/outbox.h"

/* Open for tests; others use the functions. */
typedef struct {
  PealOutbox outbox;
  guint32 acked;     /* stanzas of ours the server has taken, modulo 2^32 */
  guint32 heard;     /* stanzas of the server we have taken, modulo 2^32 */
  char *id;          /* of the session, to resume it; NULL: cannot */
  gboolean counting; /* between <enabled/> and the end of the session */
  gboolean alive;    /* some session was up and is not known to be dead */
} PealSm;

/* An empty outbox without a session; clearing frees what waits. */
void peal_sm_init (PealSm *sm);
void peal_sm_clear (PealSm *sm);

/* The next stanza to write, or NULL; borrowed until the next call. From now on it counts as sent;
 * without stream management it is forgotten. It is appended to @out. */
gboolean peal_sm_next (PealSm *sm, GString *out);

/* Stanzas the server has not acknowledged. */
guint peal_sm_unacknowledged (const PealSm *sm);

/* A stanza of the server was taken (handled, or passed over as oversize). */
void peal_sm_hear (PealSm *sm);

/* <a h=…/>. FALSE with @error (G_IO_ERROR_INVALID_DATA) when @h acknowledges what was never sent,
 * or less than before: then there is nothing to resume any more. */
gboolean peal_sm_acknowledge (PealSm *sm, guint32 h, GError **error);

/* A new session was bound: nothing of it was sent yet, and nothing is counted before <enabled/>. */
void peal_sm_begin (PealSm *sm);

/* <enabled/>: counting starts at 0. @id: NULL when the server cannot resume. */
void peal_sm_enable (PealSm *sm, const char *id);

/* The session that was bound is up: what was bound to an earlier one is dropped. TRUE when there
 * was one that was not known to be dead. */
gboolean peal_sm_up (PealSm *sm);

/* The link is lost. TRUE when the session died with it, and what was bound to it is dropped:
 * because it cannot be resumed, or because nobody will try (@for_good). */
gboolean peal_sm_down (PealSm *sm, gboolean for_good);

/* <resumed h=…/>: what the server lacks waits again, in order. Errors as peal_sm_acknowledge. */
gboolean peal_sm_resume (PealSm *sm, guint32 h, GError **error);

/* <failed/> to a <resume/>: the session is dead. @h, if the server told it (else NULL), still says
 * what arrived (XEP-0198 §5); one that cannot be is as good as none. */
void peal_sm_refuse (PealSm *sm, const guint32 *h);
