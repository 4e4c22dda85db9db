/* Proposals (XEP-0353), as stories over several devices, and what single messages mean. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world.h"

#include <string.h>

#define SEED 353

static PealWorld *
slow_world (guint delay)
{
  PealWorld *world = peal_world_new (SEED);

  peal_world_delay (world, delay, delay);
  peal_world_coded (world, TRUE);
  return world;
}

static gboolean
was_said (PealWorld *world, const char *words)
{
  return strstr (peal_world_trace (world), words) != NULL;
}

/* --- stories --- */

static void
one_device_picks_up (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 2000);
  peal_world_hangup_at (world, ALICE, 9000);
  peal_world_run (world);
  peal_world_expect (
      world, sid, ALICE,
      "proposed rang proceeded offering started pending active ending ended:success");
  peal_world_expect (world, sid, BOB,
                     "incoming proceeded started offered accepting active ended:success");
  g_assert_true (was_said (world, "bob@two.test/desk -> alice@one.test/desk: ringing"));
  g_assert_true (was_said (world, "bob@two.test/desk -> alice@one.test: finish"));
  g_assert_true (was_said (world, "alice@one.test/desk -> bob@two.test: finish"));
}

static void
three_devices_ring (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_present (world, BOB_PHONE);
  peal_world_present (world, BOB_TABLET);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_accept_at (world, BOB_PHONE, 2000);
  peal_world_hangup_at (world, ALICE, 9000);
  peal_world_run (world);
  peal_world_expect (
      world, sid, ALICE,
      "proposed rang proceeded offering started pending active ending ended:success");
  peal_world_expect (world, sid, BOB, "incoming ended:elsewhere");
  peal_world_expect (world, sid, BOB_PHONE,
                     "incoming proceeded started offered accepting active ended:success");
  peal_world_expect (world, sid, BOB_TABLET, "incoming ended:elsewhere");
}

/* Only the first proceed counts: the other device hears that somebody picked up, and is not called.
 */
static void
two_pick_up (guint hangup_at)
{
  g_autoptr(PealWorld) world = slow_world (200);
  peal_world_present (world, BOB_PHONE);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_accept_at (world, BOB_PHONE, 2000);
  peal_world_accept_at (world, BOB, 2050);
  peal_world_hangup_at (world, ALICE, hangup_at);
  peal_world_run (world);
  peal_world_expect (world, sid, BOB_PHONE,
                     "incoming proceeded started offered accepting active ended:success");
  peal_world_expect (world, sid, BOB, "incoming proceeded ended:elsewhere");
}

static void
two_devices_pick_up_at_once (void)
{
  two_pick_up (30000); /* the second one has stopped waiting by then */
  two_pick_up (5000);  /* and here it hears that what it waits for was finished */
}

static void
one_device_rejects_for_all (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_present (world, BOB_PHONE);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_decline_at (world, BOB, 2000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "proposed rang ended:declined");
  peal_world_expect (world, sid, BOB, "incoming ended:declined");
  peal_world_expect (world, sid, BOB_PHONE, "incoming ended:declined");
}

static void
callee_is_busy (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_policy (world, BOB)->answer = PEAL_IS_BUSY;
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "proposed rang ended:busy");
  peal_world_expect (world, sid, BOB, "incoming ended:busy");
}

static void
caller_gives_up (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_hangup_at (world, ALICE, 3000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "proposed rang ended:cancelled");
  peal_world_expect (world, sid, BOB, "incoming ended:cancelled");
}

static void
nobody_answers (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_run_until (world, 44900);
  peal_world_expect (world, sid, ALICE, "proposed rang");
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "proposed rang ended:no-answer");
  peal_world_expect (world, sid, BOB, "incoming ended:cancelled");
}

static void
retract_crosses_proceed (void)
{
  g_autoptr(PealWorld) world = slow_world (400);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_accept_at (world, BOB, 3000);
  peal_world_hangup_at (world, ALICE, 3100);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "proposed rang ended:cancelled");
  peal_world_expect (world, sid, BOB, "incoming proceeded ended:cancelled");
}

static void
nobody_is_there (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_propose (world, ALICE, CAROL);

  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "proposed ended:unreachable");
}

/* Kept by the server while nobody was online, it is a missed call. */
static void
delayed_proposal_never_rings (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_stores (world, TRUE);
  const char *sid = peal_world_propose (world, ALICE, CAROL);

  peal_world_run_until (world, 30000);
  peal_world_present (world, CAROL);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "proposed ended:no-answer");
  peal_world_expect (world, sid, CAROL, "ended:no-answer");
  g_assert_false (was_said (world, "carol@two.test/desk ->"));
}

/* §6: a stranger does not learn that somebody is here, until the user picks up. */
static void
stranger_is_told_nothing (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_policy (world, BOB)->stranger = TRUE;
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_run_until (world, 5000);
  g_assert_false (was_said (world, "bob@two.test/desk ->"));
  peal_world_accept_at (world, BOB, 5000);
  peal_world_hangup_at (world, BOB, 8000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE,
                     "proposed proceeded offering started pending active ended:success");
}

static void
caller_vanishes_after_proceed (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  const char *sid = peal_world_propose (world, ALICE, BOB);

  peal_world_kill (world, ALICE, 1000);
  peal_world_accept_at (world, BOB, 2000);
  peal_world_run (world);
  peal_world_expect (world, sid, BOB, "incoming proceeded ended:lost");
}

/* §4.1: one call comes of two proposals, whichever id is lower. */
static void
both_propose_at_once (void)
{
  for (guint64 seed = SEED; seed < SEED + 20; seed++) {
    g_autoptr(PealWorld) world = peal_world_new (seed);
    peal_world_delay (world, 300, 300);
    const char *hers = peal_world_propose (world, ALICE, BOB);
    const char *his = peal_world_propose (world, BOB, ALICE);
    gboolean hers_counts = strcmp (hers, his) < 0;
    PealWho caller = hers_counts ? ALICE : BOB, callee = hers_counts ? BOB : ALICE;

    peal_world_hangup_at (world, caller, 20000);
    peal_world_hangup_at (world, callee, 25000);
    peal_world_run (world);
    peal_world_expect (world, hers_counts ? his : hers, callee, "proposed ended:elsewhere");
    peal_world_expect (world, hers_counts ? his : hers, caller, "ended:elsewhere");
    PealAccount account;
    g_assert_true (peal_world_account (world, caller, hers_counts ? hers : his, &account));
    g_assert_true (account.was_active);
  }
}

static void
own_other_device_is_called (void)
{
  g_autoptr(PealWorld) world = slow_world (20);
  peal_world_present (world, ALICE_PHONE);
  const char *sid = peal_world_propose (world, ALICE, ALICE_PHONE);

  peal_world_accept_at (world, ALICE_PHONE, 2000);
  peal_world_hangup_at (world, ALICE_PHONE, 9000);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE,
                     "proposed rang proceeded offering started pending active ended:success");
}

/* --- single messages --- */

static PealInvite *
ours (void)
{
  const PealInviteSetup setup = { .id = "p1",
                                  .self = "alice@one.test/desk",
                                  .peer = "bob@two.test" };
  GPtrArray *descriptions = NULL;

  peal_list_append (&descriptions,
                    peal_open_new_empty ("description", "urn:xmpp:jingle:apps:rtp:1"));
  return peal_invite_new_outgoing (&setup, descriptions);
}

static PealInvite *
theirs (void)
{
  const PealInviteSetup setup = {
    .id = "p1", .self = "alice@one.test/desk", .peer = "bob@two.test/desk", .trusted = TRUE
  };
  const PealInviteMessage propose = { .id = (char *) "p1" };

  return peal_invite_new_incoming (&setup, &propose);
}

static void
hear (PealInvite *invite, PealInviteVerb verb, const char *from, PealInviteMessage message)
{
  message.id = (char *) "p1";
  peal_invite_receive (invite, verb, &message, from, g_str_has_prefix (from, "alice@"), 0);
}

/* The cause of the ENDED that is in the queue. */
static PealCause
ending (PealInvite *invite)
{
  PealInviteAction action;
  PealCause cause = PEAL_N_CAUSES;

  while (peal_invite_poll (invite, &action)) {
    if (action.is_event && action.state == PEAL_INVITE_ENDED)
      cause = action.cause;
    peal_invite_action_clear (&action);
  }
  return cause;
}

static void
strangers_are_ignored (void)
{
  g_autoptr(PealInvite) outgoing = ours ();
  g_autoptr(PealInvite) incoming = theirs ();

  for (PealInviteVerb verb = 1; verb < PEAL_N_INVITE_VERBS; verb++) {
    hear (outgoing, verb, "mallory@three.test/x", (PealInviteMessage) { 0 });
    hear (incoming, verb, "mallory@three.test/x", (PealInviteMessage) { 0 });
  }
  g_assert_cmpint (peal_invite_state (outgoing), ==, PEAL_INVITE_PROPOSED);
  g_assert_cmpint (peal_invite_state (incoming), ==, PEAL_INVITE_INCOMING);
}

static void
accept_counts_as_proceed (void)
{
  g_autoptr(PealInvite) invite = ours ();

  hear (invite, PEAL_INVITE_ACCEPT, "bob@two.test", (PealInviteMessage) { 0 });
  g_assert_cmpint (peal_invite_state (invite), ==, PEAL_INVITE_PROPOSED); /* nobody to call */
  hear (invite, PEAL_INVITE_ACCEPT, "bob@two.test/old", (PealInviteMessage) { 0 });
  g_assert_cmpstr (peal_invite_with (invite), ==, "bob@two.test/old");
  hear (invite, PEAL_INVITE_PROCEED, "bob@two.test/new", (PealInviteMessage) { 0 });
  g_assert_cmpstr (peal_invite_with (invite), ==, "bob@two.test/old");
  /* Nor can the one that came second end it. */
  hear (invite, PEAL_INVITE_FINISH, "bob@two.test/new", (PealInviteMessage) { 0 });
  g_assert_cmpint (peal_invite_state (invite), ==, PEAL_INVITE_PROCEEDED);
}

static void
endings_mean_what_their_reason_says (void)
{
  static const struct {
    gboolean outgoing;
    PealInviteVerb verb;
    const char *from;
    PealReasonCondition reason;
    gboolean tie_break;
    const char *migrated_to;
    PealCause cause;
  } rows[] = {
    { TRUE, PEAL_INVITE_REJECT, "bob@two.test/desk", PEAL_REASON_NONE, FALSE, NULL,
      PEAL_CAUSE_DECLINED },
    { TRUE, PEAL_INVITE_REJECT, "bob@two.test/desk", PEAL_REASON_BUSY, FALSE, NULL,
      PEAL_CAUSE_BUSY },
    { TRUE, PEAL_INVITE_REJECT, "bob@two.test/desk", PEAL_REASON_EXPIRED, TRUE, NULL,
      PEAL_CAUSE_ELSEWHERE },
    { TRUE, PEAL_INVITE_REJECT, "bob@two.test/desk", PEAL_REASON_SECURITY_ERROR, FALSE, NULL,
      PEAL_CAUSE_SECURITY },
    { FALSE, PEAL_INVITE_RETRACT, "bob@two.test/desk", PEAL_REASON_NONE, FALSE, NULL,
      PEAL_CAUSE_CANCELLED },
    { FALSE, PEAL_INVITE_RETRACT, "bob@two.test/desk", PEAL_REASON_EXPIRED, TRUE, NULL,
      PEAL_CAUSE_ELSEWHERE },
    { FALSE, PEAL_INVITE_FINISH, "bob@two.test/desk", PEAL_REASON_EXPIRED, FALSE, "p2",
      PEAL_CAUSE_ELSEWHERE },
    { FALSE, PEAL_INVITE_FINISH, "bob@two.test/desk", PEAL_REASON_SUCCESS, FALSE, NULL,
      PEAL_CAUSE_ELSEWHERE },
    { FALSE, PEAL_INVITE_PROCEED, "alice@one.test/phone", PEAL_REASON_NONE, FALSE, NULL,
      PEAL_CAUSE_ELSEWHERE },
    { FALSE, PEAL_INVITE_ACCEPT, "alice@one.test/dino", PEAL_REASON_NONE, FALSE, NULL,
      PEAL_CAUSE_ELSEWHERE },
    { FALSE, PEAL_INVITE_REJECT, "alice@one.test/phone", PEAL_REASON_BUSY, FALSE, NULL,
      PEAL_CAUSE_DECLINED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealInvite) invite = rows[i].outgoing ? ours () : theirs ();
    PealReason reason = { .condition = rows[i].reason };
    hear (invite, rows[i].verb, rows[i].from,
          (PealInviteMessage) { .reason = rows[i].reason ? &reason : NULL,
                                .tie_break = rows[i].tie_break,
                                .migrated_to = (char *) rows[i].migrated_to });
    g_test_message ("row %u", i);
    g_assert_cmpstr (peal_cause_word (ending (invite)), ==, peal_cause_word (rows[i].cause));
  }
}

static void
replies_go_to_the_full_jid (void)
{
  g_autoptr(PealInvite) invite = theirs ();
  PealInviteAction action;

  peal_invite_proceed (invite, 0);
  peal_invite_finish (invite, PEAL_REASON_SUCCESS, NULL, 0);
  while (peal_invite_poll (invite, &action)) {
    if (!action.is_event)
      g_assert_cmpstr (action.to, ==,
                       action.verb == PEAL_INVITE_FINISH ? "bob@two.test" : "bob@two.test/desk");
    if (action.verb == PEAL_INVITE_FINISH)
      g_assert_cmpint (action.message->reason->condition, ==, PEAL_REASON_SUCCESS);
    peal_invite_action_clear (&action);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/invite/one-device-picks-up", one_device_picks_up);
  g_test_add_func ("/invite/three-devices-ring", three_devices_ring);
  g_test_add_func ("/invite/two-devices-pick-up-at-once", two_devices_pick_up_at_once);
  g_test_add_func ("/invite/one-device-rejects-for-all", one_device_rejects_for_all);
  g_test_add_func ("/invite/callee-is-busy", callee_is_busy);
  g_test_add_func ("/invite/caller-gives-up", caller_gives_up);
  g_test_add_func ("/invite/nobody-answers", nobody_answers);
  g_test_add_func ("/invite/retract-crosses-proceed", retract_crosses_proceed);
  g_test_add_func ("/invite/nobody-is-there", nobody_is_there);
  g_test_add_func ("/invite/delayed-proposal-never-rings", delayed_proposal_never_rings);
  g_test_add_func ("/invite/stranger-is-told-nothing", stranger_is_told_nothing);
  g_test_add_func ("/invite/caller-vanishes-after-proceed", caller_vanishes_after_proceed);
  g_test_add_func ("/invite/both-propose-at-once", both_propose_at_once);
  g_test_add_func ("/invite/own-other-device-is-called", own_other_device_is_called);
  g_test_add_func ("/invite/strangers-are-ignored", strangers_are_ignored);
  g_test_add_func ("/invite/accept-counts-as-proceed", accept_counts_as_proceed);
  g_test_add_func ("/invite/endings-mean-what-their-reason-says",
                   endings_mean_what_their_reason_says);
  g_test_add_func ("/invite/replies-go-to-the-full-jid", replies_go_to_the_full_jid);
  return g_test_run ();
}
