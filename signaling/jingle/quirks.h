/* What some clients need that XEP-0166 leaves open, or do in their own way: one row a habit.
 *
 * A row says whose habit it is, why it matters, and where it was seen; machines and endpoint ask
 * for habits and never for clients. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/disco.h"
#include "signaling/jingle/jingle.h"

typedef enum {
  PEAL_HABIT_NONE = 0,
  /* Contents of its offer that are not wanted stand in session-accept all the same, in the offer's
   * order, with senders 'none' and an empty transport. Else they are left out. */
  PEAL_HABIT_NAMES_REFUSED = 1 << 0,
  /* Senders that are narrower than offered stand in session-accept. Else content-modify says so. */
  PEAL_HABIT_NARROWS_IN_ACCEPT = 1 << 1,
  /* Refuses content-add, -modify and -remove: the contents of a call are those of its offer. */
  PEAL_HABIT_FIXED_CONTENTS = 1 << 2,
  /* To stop what we send it is told mute, and to go on unmute: senders stay as they are. */
  PEAL_HABIT_STOPS_BY_MUTE = 1 << 3,
  /* A content it adds must be taken: it does not understand content-reject. */
  PEAL_HABIT_NO_REJECT = 1 << 4,
  /* Does not understand new credentials in a running call. */
  PEAL_HABIT_NO_RESTART = 1 << 5,
  /* New credentials come from who called, and from nobody else. */
  PEAL_HABIT_CALLER_RESTARTS = 1 << 6,
} PealHabits;

/* What is known of a peer. */
typedef struct {
  const char *node;          /* of its capabilities (XEP-0115); NULL: not known */
  const PealDiscoInfo *info; /* NULL: not known */
  const PealJingle *message; /* its session-initiate or -accept; NULL: nothing yet */
} PealTraits;

typedef struct {
  const char *client;
  gboolean (*is) (const PealTraits *traits);
  PealHabits habit;
  const char *why;
  const char *seen; /* a file of tests/vectors, or where else it is written */
} PealQuirk;

/* The rows; ends with one without client. */
extern const PealQuirk peal_quirks[];

/* All habits that rows know of who has @traits. */
PealHabits peal_quirks_of (const PealTraits *traits);
