/* The inside of an attempt, for its own files alone: attempt.c, attempt_login.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/attempt.h"
#include "signaling/stream/failure.h"
#include "signaling/stream/login.h"
#include "signaling/stream/reader.h"
#include "signaling/stream/route.h"

typedef enum {
  PEAL_ATTEMPT_LINKING = 1,
  PEAL_ATTEMPT_LOGGING_IN,
  PEAL_ATTEMPT_IN_SESSION,
  PEAL_ATTEMPT_N_STATES,
} PealAttemptState;

struct PealAttempt {
  guint references; /* the owner's, and one for each callback under way */
  PealAttemptSetup setup;
  const PealAttemptEvents *events;
  gpointer user;
  gboolean freed;
  PealAttemptState state;
  const char *awaits; /* static */
  PealRoute route;
  PealLink *link;
  PealReader *reader;
  gboolean reading; /* @reader is on the call stack */
  gboolean moving;  /* to where the server sent us, once it is not */
  PealLogin *login;
  GCancellable *deriving; /* a key for @login; NULL */
  GPtrArray *early;       /* of stanza: came before <enabled/> */
};

/* One more callback under way, and one less. */
PealAttempt *peal_attempt_hold (PealAttempt *attempt);
void peal_attempt_release (PealAttempt *attempt);

/* The only assignment to ->state. */
void peal_attempt_enter (PealAttempt *attempt, PealAttemptState state);

/* The server (of @user, an attempt) owes @what from now on. */
void peal_attempt_await (gpointer user, const char *what);

/* Tells the end; the owner then frees the attempt, but finds its own things there till it returns.
 */
void peal_attempt_end (PealAttempt *attempt, const GError *why, gboolean hopeless);

/* Likewise: what came is no XMPP. */
void peal_attempt_fail (PealAttempt *attempt, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* attempt_login.c: the link is open, the login begins. */
void peal_attempt_log_in (PealAttempt *attempt);
