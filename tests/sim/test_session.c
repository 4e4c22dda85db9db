/* Calls by session-initiate, as stories: what both sides live through, to the millisecond. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world.h"

#include <string.h>

#define SEED 166

static PealWorld *
slow_world (guint delay)
{
  PealWorld *world = peal_world_new (SEED);

  peal_world_delay (world, delay, delay);
  peal_world_coded (world, TRUE);
  return world;
}

/* --- the usual endings --- */

static void
caller_hangs_up (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 1000);
  peal_world_hangup_at (world, ALICE, 9000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending active ending ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ended:success");
}

static void
callee_hangs_up (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 1000);
  peal_world_hangup_at (world, BOB, 9000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending active ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ending ended:success");
}

static void
both_hang_up_at_once (void)
{
  g_autoptr(PealWorld) world = slow_world (200);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 1000);
  peal_world_hangup_at (world, ALICE, 9000);
  peal_world_hangup_at (world, BOB, 9100);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending active ending ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ending ended:success");
}

static void
callee_declines (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_decline_at (world, BOB, 1000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending ended:declined");
  peal_world_expect (world, sid, BOB, "offered ending ended:declined");
}

static void
callee_is_busy (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_policy (world, BOB)->answer = PEAL_IS_BUSY;
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending ended:busy");
  peal_world_expect (world, sid, BOB, "offered ending ended:busy");
}

static void
caller_gives_up (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_hangup_at (world, ALICE, 5000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending ending ended:cancelled");
  peal_world_expect (world, sid, BOB, "offered ended:cancelled");
}

static void
caller_gives_up_unacknowledged (void)
{
  g_autoptr(PealWorld) world = slow_world (500);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_hangup_at (world, ALICE, 100);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering ending ended:cancelled");
  peal_world_expect (world, sid, BOB, "offered ended:cancelled");
}

static void
nobody_answers (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending ending ended:no-answer");
  peal_world_expect (world, sid, BOB, "offered ended:cancelled");
}

/* --- crossings --- */

static void
accept_crosses_hangup (void)
{
  g_autoptr(PealWorld) world = slow_world (400);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 3000);
  peal_world_hangup_at (world, ALICE, 3100);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending ending ended:cancelled");
  peal_world_expect (world, sid, BOB, "offered accepting ended:cancelled");
}

static void
accept_crosses_timeout (void)
{
  g_autoptr(PealWorld) world = slow_world (400);
  peal_world_policy (world, ALICE)->patience = 5;
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 6500); /* she is acknowledged at 1600, and stops at 6600 */
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending ending ended:no-answer");
  peal_world_expect (world, sid, BOB, "offered accepting ended:cancelled");
}

static void
decline_crosses_cancel (void)
{
  g_autoptr(PealWorld) world = slow_world (400);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_decline_at (world, BOB, 3000);
  peal_world_hangup_at (world, ALICE, 3100);
  peal_world_run (world);
  /* Each reports its own. */
  peal_world_expect (world, sid, ALICE, "offering pending ending ended:cancelled");
  peal_world_expect (world, sid, BOB, "offered ending ended:declined");
}

static void
both_call_each_other (void)
{
  for (guint64 seed = SEED; seed < SEED + 20; seed++) {
    g_autoptr(PealWorld) world = peal_world_new (seed);
    peal_world_delay (world, 300, 300);
    const char *hers = peal_world_call (world, ALICE, BOB);
    const char *his = peal_world_call (world, BOB, ALICE);
    gboolean hers_counts = strcmp (hers, his) < 0;

    peal_world_run_until (world, 20000);
    peal_world_hangup_at (world, ALICE, 20000);
    peal_world_run (world);
    peal_world_expect (world, hers_counts ? his : hers, hers_counts ? BOB : ALICE,
                       "offering ended:elsewhere");
    peal_world_expect (world, hers_counts ? hers : his, hers_counts ? BOB : ALICE,
                       hers_counts ? "offered accepting active ended:success"
                                   : "offered accepting active ending ended:success");
  }
}

static void
lower_id_counts (void)
{
  g_assert_true (peal_session_tie_break ("A", "a", "z@x/1", "a@x/1"));
  g_assert_false (peal_session_tie_break ("b", "a", "a@x/1", "z@x/1"));
  g_assert_true (peal_session_tie_break ("a", "a", "a@x/1", "z@x/1"));
  g_assert_false (peal_session_tie_break ("a", "a", "z@x/1", "a@x/1"));
}

/* --- slow and absent peers --- */

/* Dino acknowledges session-initiate when its codecs are probed, and accepts in the same breath. */
static void
acknowledgement_is_late (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_policy (world, BOB)->reply_after = 12000;
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 5000);
  peal_world_hangup_at (world, ALICE, 20000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending active ending ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ended:success");
}

static void
nobody_is_there (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_call (world, ALICE, BOB_PHONE);
  PealAccount account;

  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering ended:unreachable");
  g_assert_false (peal_world_account (world, BOB_PHONE, sid, &account));
}

static void
peer_never_answers (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const PealCut cut = { .who = BOB, .from = 0, .until = 0, .ghost = 600000 };
  peal_world_cut (world, &cut);
  peal_world_run_until (world, 100);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering ending ended:unreachable");
}

static void
stream_breaks_and_resumes (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const PealCut cut = { .who = BOB, .from = 500, .until = 9000, .resumed = TRUE };
  peal_world_cut (world, &cut);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 1000);
  peal_world_hangup_at (world, ALICE, 15000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending active ending ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ended:success");
}

static void
peer_is_killed (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_call (world, ALICE, BOB);
  PealAccount account;

  peal_world_accept_at (world, BOB, 1000);
  peal_world_kill (world, BOB, 6000);
  peal_world_run_until (world, 22000);
  g_assert_true (peal_world_account (world, ALICE, sid, &account));
  g_assert_cmpstr (account.story, ==, "offering pending active ending ended:lost");
  peal_world_run (world);
}

static void
hangup_is_lost (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const PealCut cut = { .who = ALICE, .from = 5000, .until = 60000, .ghost = 600000 };
  peal_world_cut (world, &cut);
  const char *sid = peal_world_call (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 1000);
  peal_world_hangup_at (world, ALICE, 6000);
  peal_world_run (world);
  /* Hers is over at once, acknowledged or not; his ends when nothing is heard any more. */
  peal_world_expect (world, sid, ALICE, "offering pending active ending ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ending ended:lost");
}

/* --- contents and candidates --- */

static void
callee_takes_some_contents (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_contents (world, 3);
  peal_world_policy (world, BOB)->takes = 1 << 0;
  const char *sid = peal_world_call (world, ALICE, BOB);
  PealAccount alice, bob;

  peal_world_accept_at (world, BOB, 1000);
  peal_world_hangup_at (world, BOB, 5000);
  peal_world_run (world);
  g_assert_true (peal_world_account (world, ALICE, sid, &alice));
  g_assert_true (peal_world_account (world, BOB, sid, &bob));
  g_assert_cmpstr (alice.contents, ==, "c0 c2");
  g_assert_cmpstr (bob.contents, ==, "c0 c2");
}

static gboolean
alice_told_a_candidate (PealWorld *world)
{
  return g_regex_match_simple ("alice@one.test/desk -> \\S+ set \\d+ transport-info",
                               peal_world_trace (world), 0, 0);
}

/* XEP-0166 §6.4: no candidate leaves before session-initiate was acknowledged; then all do, in
 * order. */
static void
candidates_wait_for_the_acknowledgement (void)
{
  g_autoptr(PealWorld) world = slow_world (1500);
  peal_world_policy (world, ALICE)->candidates = 5;
  peal_world_policy (world, BOB)->candidates = 5;
  const char *sid = peal_world_call (world, ALICE, BOB);
  PealAccount account;

  peal_world_accept_at (world, BOB, 4000);
  peal_world_hangup_at (world, ALICE, 20000);
  peal_world_run_until (world, 5999);
  g_assert_false (alice_told_a_candidate (world));
  peal_world_run (world);
  g_assert_true (alice_told_a_candidate (world));
  for (PealWho who = ALICE; who <= BOB; who += BOB - ALICE) {
    g_assert_true (peal_world_account (world, who, sid, &account));
    g_assert_false (account.out_of_order);
    g_assert_true (account.was_active);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/caller-hangs-up", caller_hangs_up);
  g_test_add_func ("/session/callee-hangs-up", callee_hangs_up);
  g_test_add_func ("/session/both-hang-up-at-once", both_hang_up_at_once);
  g_test_add_func ("/session/callee-declines", callee_declines);
  g_test_add_func ("/session/callee-is-busy", callee_is_busy);
  g_test_add_func ("/session/caller-gives-up", caller_gives_up);
  g_test_add_func ("/session/caller-gives-up-unacknowledged", caller_gives_up_unacknowledged);
  g_test_add_func ("/session/nobody-answers", nobody_answers);
  g_test_add_func ("/session/accept-crosses-hangup", accept_crosses_hangup);
  g_test_add_func ("/session/accept-crosses-timeout", accept_crosses_timeout);
  g_test_add_func ("/session/decline-crosses-cancel", decline_crosses_cancel);
  g_test_add_func ("/session/both-call-each-other", both_call_each_other);
  g_test_add_func ("/session/lower-id-counts", lower_id_counts);
  g_test_add_func ("/session/acknowledgement-is-late", acknowledgement_is_late);
  g_test_add_func ("/session/nobody-is-there", nobody_is_there);
  g_test_add_func ("/session/peer-never-answers", peer_never_answers);
  g_test_add_func ("/session/stream-breaks-and-resumes", stream_breaks_and_resumes);
  g_test_add_func ("/session/peer-is-killed", peer_is_killed);
  g_test_add_func ("/session/hangup-is-lost", hangup_is_lost);
  g_test_add_func ("/session/callee-takes-some-contents", callee_takes_some_contents);
  g_test_add_func ("/session/candidates-wait-for-the-acknowledgement",
                   candidates_wait_for_the_acknowledgement);
  return g_test_run ();
}
