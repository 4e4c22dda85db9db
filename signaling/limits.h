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

enum {
  /* Calls that others began, till they are forgotten: a session waits 5 s for its good-bye. */
  PEAL_MOST_CALLS_OF_CONTACTS = 24,
  PEAL_MOST_CALLS_OF_STRANGERS = 8,
  PEAL_MOST_CALLS_OF_ONE = 4, /* bare address */
  /* Of these, such as wait for the user: proposals and offers. Each has a transport ready. */
  PEAL_MOST_RINGING_OF_CONTACTS = 8,
  PEAL_MOST_RINGING_OF_STRANGERS = 4,
  PEAL_MOST_RINGING_OF_ONE = 2,

  PEAL_MOST_EARLY = 64, /* proposals and offers that wait for the roster, which tells who is who */
  PEAL_MOST_EARLY_OF_ONE = 4,
  PEAL_MOST_HELD = 256,  /* transports of a call that wait for the user to accept */
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

/* Proposals and session-initiates: of one bare address, and of all of its kind together. */
#define PEAL_RATE_CALLS_OF_CONTACT   ((PealRate) { 20, 60 })
#define PEAL_RATE_CALLS_OF_CONTACTS  ((PealRate) { 100, 600 })
#define PEAL_RATE_CALLS_OF_STRANGER  ((PealRate) { 5, 6 })
#define PEAL_RATE_CALLS_OF_STRANGERS ((PealRate) { 20, 60 })

/* What is said within one session; a client that trickles sends some dozens within a second. */
#define PEAL_RATE_SESSION ((PealRate) { 300, 1800 })

/* Questions what we can do (XEP-0030): of one bare address, and of all. A large roster asks at
 * once when we come online. */
#define PEAL_RATE_QUESTIONS_OF_ONE ((PealRate) { 20, 60 })
#define PEAL_RATE_QUESTIONS        ((PealRate) { 1000, 1200 })
