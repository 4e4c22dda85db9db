/* What the files of the session machine share: its struct, and what they ask of one another. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/ending.h"
#include "signaling/jingle/negotiation.h"
#include "signaling/jingle/session.h"

struct PealSession {
  char *sid, *self, *peer;
  gboolean initiator;
  PealSessionState state;
  gint64 now, deadline, ring_timeout;
  GPtrArray *negotiations; /* of PealNegotiation *: contents that are not gone */
  PealJingle *greeting;    /* the message the peer's groups came in */
  GQueue actions;          /* of PealAction * */
  GPtrArray *held;         /* of PealJingle *: transport-infos that wait for a sign of the peer */
  PealEnding ending;
  char *ending_text;
  guint tokens;                      /* last one given */
  guint initiate, accept, terminate; /* tokens of these requests */
  GPtrArray *refusals;               /* of PealContent *, owned: as they will stand in our answer */
  GPtrArray *refused;      /* of char *: names of contents of theirs that we did not take */
  GPtrArray *heard, *gone; /* messages and contents that actions may still point to */
};

/* --- session.c --- */

/* Begins an input: what the actions of the last one pointed to goes, if they were drained. */
void peal_session_begin (PealSession *session, gint64 now);
/* Ends an input: sends what was held back, if it may go now. */
void peal_session_settle (PealSession *session);

/* The only way to change the state; tells the user. */
void peal_session_enter (PealSession *session, PealSessionState state);

/* Queues an action, and one about @content (borrowed: kept in .gone or .heard until drained). */
void peal_session_emit (PealSession *session, PealAction action);
void peal_session_emit_content (PealSession *session, PealContentWhat what,
                                const PealContent *content);

/* Whether the endpoint ever heard of it: contents of unknown tables are never opened. */
gboolean peal_session_is_open (const PealNegotiation *negotiation);
/* The content ends: STOP, and out of the list. */
void peal_session_drop (PealSession *session, PealNegotiation *negotiation);
/* It is over: stops all contents, tells the peer when @tell, and enters ENDING or ENDED. */
void peal_session_end (PealSession *session, const PealEnding *ending, gboolean tell);

/* Which row of the table of reasons counts now. */
PealPhase peal_session_phase (const PealSession *session);

/* The content that @content of a message means: by creator and name, or by name alone where the
 * creator is wrong (Dino always says initiator). */
PealNegotiation *peal_session_find (const PealSession *session, const PealContent *content);

/* --- session_say.c --- */

/* A message of ours, to be filled and sent; sending takes it and returns its token. */
PealJingle *peal_session_compose (PealSession *session, PealJingleAction action);
guint peal_session_send (PealSession *session, PealJingle *message);
/* Both arrays are taken. */
void peal_session_say_initiate (PealSession *session, GPtrArray *contents, GPtrArray *groups);
guint peal_session_say_terminate (PealSession *session, const PealEnding *ending);

/* --- session_hear.c --- */

/* The session-initiate that makes us responder: checks, replies, opens. */
void peal_session_hear_initiate (PealSession *session, const PealJingle *initiate, gpointer iq);
