/* How much others can make us keep and do: one list of the numbers of this room.
 *
 * What a stanza may be stands in stream/reader.h, what an element may be in the rows of its table.
 * Contacts and strangers are counted apart, so that no flood of strangers keeps a contact out; who
 * is beyond a number hears what docs/security.md says. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* A bucket that holds @burst and is filled by @per_minute. */
typedef struct {
  guint burst, per_minute;
} PealRate;

/* Calls that others begin. "At once" counts them till they are forgotten: a session waits 5 s for
 * its good-bye. "Ringing" are those of them that wait for the user; each has a transport ready. */
typedef struct {
  struct {
    guint calls, ringing; /* at once */
    PealRate one, all;    /* proposals and session-initiates: of one bare address, of all */
  } strangers, contacts;
  guint calls_of_one, ringing_of_one; /* at once, of one bare address */
  PealRate session; /* what is said within one; a client that trickles says some dozens a second */
} PealCallLimits;

/* What a person's phone needs. */
#define PEAL_CALL_LIMITS                                                                           \
  {                                                                                                \
    .strangers = { .calls = 8, .ringing = 4, .one = { 5, 6 }, .all = { 20, 60 } },                 \
    .contacts = { .calls = 24, .ringing = 8, .one = { 20, 60 }, .all = { 100, 600 } },             \
    .calls_of_one = 4, .ringing_of_one = 2, .session = { 300, 1800 },                              \
  }

enum {
  PEAL_MOST_EARLY = 64, /* proposals and offers that wait for the roster, which tells who is who */
  PEAL_MOST_EARLY_OF_ONE = 4,
  PEAL_MOST_HELD = 256,            /* transports of a call that wait for the user to accept */
  PEAL_MOST_CONTENTS = 32,         /* of a session, those that wait for a last answer included */
  PEAL_MOST_EARLY_TRANSPORTS = 64, /* of a content, that come before the peer's answer */
  PEAL_MOST_CLOSING = 8,           /* transports of a call that are to close on the next turn */
  PEAL_MOST_GONE = 16,   /* contents of a call whose last counters are kept when they are gone */
  PEAL_MOST_BURIED = 32, /* proposals that ended and must not ring again */

  PEAL_MOST_PRESENCES_OF_CONTACTS = 5000,
  PEAL_MOST_PRESENCES_OF_STRANGERS = 500,
  PEAL_MOST_RESOURCES_OF_CONTACT = 32,
  PEAL_MOST_RESOURCES_OF_STRANGER = 8,
  PEAL_MOST_DIRECTED = 256, /* presences of ours that are said again in a new session */
  PEAL_MOST_GUESTS = 256,   /* whom we call, and who so may ask what we can do */

  PEAL_MOST_VERIFIED = 500, /* capabilities by their hash */
  PEAL_MOST_PEOPLE = 1000,  /* addresses whose capabilities are known */
  PEAL_MOST_CONTACTS = 10000,
  PEAL_MOST_KNOWN_RATES = 1024, /* addresses whose rate is remembered; others have the one of all */
};

/* Questions what we can do (XEP-0030): of one bare address, and of all. A large roster asks at
 * once when we come online. */
#define PEAL_RATE_QUESTIONS_OF_ONE ((PealRate) { 20, 60 })
#define PEAL_RATE_QUESTIONS        ((PealRate) { 1000, 1200 })
