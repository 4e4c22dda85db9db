/* How a call ends, as tables: what the peer's reason means in each phase, and what a refused
 * request means.
 *
 * docs/causes.md shows the same from the user's side. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"
#include "signaling/jingle/jingle.h"
#include "signaling/wire/condition.h"

/* Where a call was when it ended: the same reason means different things to different sides. */
typedef enum {
  PEAL_PHASE_WAITING = 0, /* we called: the peer was to answer */
  PEAL_PHASE_ASKED,       /* the peer called: we were to answer */
  PEAL_PHASE_ACCEPTING,   /* we accepted, and the peer had perhaps not heard of it */
  PEAL_PHASE_TALKING,     /* it was accepted, and both know */
  PEAL_N_PHASES,
} PealPhase;

/* Everything that is told about an ending. */
typedef struct {
  PealReasonCondition reason;
  const char *text; /* of <reason/>; may be NULL */
  PealBy by;
  PealCause cause;
  PealCondition condition; /* the stanza error that ended it, where one did */
} PealEnding;

/* The cause of a session-terminate, reject, retract or finish that came with @reason. */
PealCause peal_ending_of_reason (PealReasonCondition reason, PealPhase phase);

/* Whom the sender of a refused request still has to tell that the session is over. */
typedef enum {
  PEAL_TELL_NOBODY = 0, /* there is nobody, or the peer knows of no session */
  PEAL_TELL_ACCEPTED, /* a refused session-accept leaves the peer pending; a refused initiate leaves
                         nothing */
  PEAL_TELL_ANYWAY,   /* an unclear answer: the peer may hold the session all the same (stanza.js
                         does) */
} PealTell;

/* Our session-initiate or session-accept was answered with @condition. */
typedef struct {
  PealCause cause;
  PealTell tell;
} PealRefusal;
PealRefusal peal_ending_of_condition (PealCondition condition);
