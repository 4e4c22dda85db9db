/* A simulated world: its own clock, seeded chance, people with devices, and an ordered XMPP wire
 * that delays and cuts.
 *
 * Each device has the real machines and simulated hands: an endpoint in small that answers,
 * trickles and hangs up. The world counts what must hold (one reply for each IQ, a deadline in
 * every state) while it runs. The same seed gives the same trace, byte for byte. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/invite.h"
#include "signaling/jingle/session.h"

typedef struct PealWorld PealWorld;

/* Who there is. Only ALICE and BOB are online from the start. */
typedef enum { ALICE, ALICE_PHONE, BOB, BOB_PHONE, BOB_TABLET, CAROL, PEAL_N_WHO } PealWho;

PealWorld *peal_world_new (guint64 seed);
void peal_world_free (PealWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealWorld, peal_world_free)

/* --- the wire --- */

/* Every way between a device and the server takes @least to @most milliseconds; order is kept. */
void peal_world_delay (PealWorld *world, guint least, guint most);
/* Messages are built as XML and parsed again on the way, or only copied. */
void peal_world_coded (PealWorld *world, gboolean coded);
void peal_world_present (PealWorld *world, PealWho who);
/* @who's stream breaks at @from ms and is back at @until (0: never). With @resumed nothing is lost;
 * else what is sent meanwhile is, and after @ghost ms the server notices and bounces. */
typedef struct {
  PealWho who;
  guint from, until, ghost;
  gboolean resumed;
} PealCut;
void peal_world_cut (PealWorld *world, const PealCut *cut);
/* The device is gone for good, machines and media too. */
void peal_world_kill (PealWorld *world, PealWho who, guint at);
/* Each stanza is lost with this chance, in thousandths. */
void peal_world_lose (PealWorld *world, guint thousandths);
/* Messages to an account without devices: kept for the first that comes, or bounced (the default).
 */
void peal_world_stores (PealWorld *world, gboolean stores);

/* --- people --- */

/* Places a call at the present time: session-initiate to the device @to, or a proposal to its
 * account. Returns the sid, owned by the world. */
const char *peal_world_call (PealWorld *world, PealWho from, PealWho to);
const char *peal_world_propose (PealWorld *world, PealWho from, PealWho to);
/* The same at @at ms; not if a call with that account is open by then. */
void peal_world_call_at (PealWorld *world, PealWho from, PealWho to, guint at);
void peal_world_propose_at (PealWorld *world, PealWho from, PealWho to, guint at);

/* What @who's user does at @at ms, to the latest call. */
void peal_world_accept_at (PealWorld *world, PealWho who, guint at);
void peal_world_decline_at (PealWorld *world, PealWho who, guint at);
void peal_world_hangup_at (PealWorld *world, PealWho who, guint at);

/* What @who's user changes at @at ms in the latest call, to the content @name ("c0" to "c5"). */
typedef enum {
  PEAL_CHANGE_ADD,
  PEAL_CHANGE_REMOVE,
  PEAL_CHANGE_MODIFY, /* to @senders */
  PEAL_CHANGE_DESCRIBE,
  PEAL_CHANGE_REPLACE,
  PEAL_N_CHANGES,
} PealChangeKind;
typedef struct {
  PealChangeKind kind;
  const char *name;
  PealSenders senders; /* of add too; ABSENT: both */
} PealChange;
void peal_world_change_at (PealWorld *world, PealWho who, guint at, const PealChange *change);

/* What @who does of itself. All zero: nothing, until told. */
typedef struct {
  enum { PEAL_BY_HAND = 0, PEAL_ACCEPTS, PEAL_DECLINES, PEAL_IS_BUSY } answer;
  guint answer_after;  /* ms from the first ring */
  guint give_up_after; /* ms from the first sign of the call; 0: never */
  guint talk_for;      /* ms from active; 0: for ever */
  guint reply_after;   /* ms: the acknowledgement of session-initiate is late (Dino) */
  guint takes;         /* which contents are accepted, a bit each; 0: all */
  guint candidates;    /* how many are trickled for each content, over two seconds */
  gboolean pings;      /* sends an empty session-info right after its session-initiate */
  gboolean stranger;   /* others are not in the roster: they are not told that it rings */
  guint patience;      /* s: ring timeout; 0: 45 */
  gboolean narrows;    /* changes senders before it accepts (Dino), or as it accepts */
  guint changes;       /* how often the user changes what is in the call, once it is agreed */
  guint changes_for;   /* ms: in this time */
  guint ponders;       /* ms at most before it answers the other side's changes */
  guint refuses;       /* of ten content-adds and transport-replaces, how many it refuses */
  guint ignores;       /* of ten, how many it never answers */
  gboolean settles;    /* hangs up only when nothing is open, and what both have was compared */
  enum { PEAL_PLAIN = 0, PEAL_LIKE_STANZA_JS, PEAL_LIKE_DINO } habit; /* how it refuses changes */
} PealPolicy;
PealPolicy *peal_world_policy (PealWorld *world, PealWho who);

/* How long a device waits for the answer of an IQ, in seconds (30). */
void peal_world_iq_timeout (PealWorld *world, guint seconds);
/* How many contents a call offers (1..3). */
void peal_world_contents (PealWorld *world, guint n);

/* Devices misbehave: send anything at any time, press any button, answer with errors. */
void peal_world_meddle (PealWorld *world, PealWho who, guint times);

/* --- time --- */

/* Until nothing is left to happen. Fails the test when a machine waits for ever. */
void peal_world_run (PealWorld *world);
/* Until @ms. */
void peal_world_run_until (PealWorld *world, guint ms);

/* --- what came of it --- */

/* What one device lived through in one call. */
typedef struct {
  const char *story; /* states in order, as words; the last with its cause: "offering pending
                        ended:declined" */
  gboolean was_active, is_over;
  PealCause cause;
  PealReasonCondition reason;
  PealBy by;
  gboolean out_of_order; /* candidates came in another order, or one was left out */
  const char *contents;  /* that were started, sorted: "c0 c1" */
  const char *changes; /* what was told of contents since the session is agreed: "+c3" opened, "=c3"
                          started, "-c3" stopped, "~c3:initiator" other senders, "!c3:content-add"
                          refused, "?c3" another transport offered, ">c3" taken, "<c3" kept */
  const char *has;     /* the contents there are now, with their senders: "c0:both c3:none" */
} PealAccount;
/* FALSE: @who never heard of the call. Strings are owned by the world. */
gboolean peal_world_account (PealWorld *world, PealWho who, const char *sid, PealAccount *account);
/* How many IQs were never answered. */
guint peal_world_unanswered (PealWorld *world);
/* The sids of all calls, in the order they were placed. */
const GPtrArray *peal_world_calls (PealWorld *world);

/* Fails the test unless @who's story of @sid is @story. */
void peal_world_expect (PealWorld *world, const char *sid, PealWho who, const char *story);

/* Whether both sides of an active call, in which nothing is open, have the same contents, with the
 * same senders, over the same transports. What differs as a sentence; NULL: nothing, or it is not
 * quiet (@quiet). Given. */
char *peal_world_differs (PealWorld *world, const char *sid, gboolean *quiet);
/* Whether devices that settle compare transports too (the default); what was lost may leave them
 * unlike. How often anything was compared. */
void peal_world_compare_transports (PealWorld *world, gboolean transports);
guint peal_world_compared (PealWorld *world);

/* Fails the test unless @who was told @changes of its contents. */
void peal_world_expect_changes (PealWorld *world, const char *sid, PealWho who,
                                const char *changes);

/* Everything that happened, a line each. */
const char *peal_world_trace (PealWorld *world);
/* Chance of this world, for whoever sets it up: 0 <= x < @n. */
guint peal_world_chance (PealWorld *world, guint n);
