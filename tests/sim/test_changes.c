/* Changes in a call, as stories: what both sides are told of contents that come, change and go.
 *
 * Alice calls Bob with c0, so her changes overrule his where they cross. Names with even numbers
 * are of one application, those with odd numbers of another. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world.h"

#include <string.h>

#define SEED 66

/* A call over a wire with @delay ms each way, that he accepts @delay after the first second. */
static PealWorld *
talking (guint delay, const char **sid)
{
  PealWorld *world = peal_world_new (SEED);

  peal_world_delay (world, delay / 2, delay / 2);
  peal_world_coded (world, TRUE);
  *sid = peal_world_call (world, ALICE, BOB);
  peal_world_accept_at (world, BOB, 1000 + delay);
  return world;
}

static void
change (PealWorld *world, PealWho who, guint at, PealChange what)
{
  peal_world_change_at (world, who, at, &what);
}

#define ADD(content)     ((PealChange) { .kind = PEAL_CHANGE_ADD, .name = content })
#define REMOVE(content)  ((PealChange) { .kind = PEAL_CHANGE_REMOVE, .name = content })
#define REPLACE(content) ((PealChange) { .kind = PEAL_CHANGE_REPLACE, .name = content })
#define MODIFY(content, who_sends)                                                                 \
  ((PealChange) {                                                                                  \
      .kind = PEAL_CHANGE_MODIFY, .name = content, .senders = PEAL_SENDERS_##who_sends })

/* Runs until @ms: nothing is open then, and both have @has, over the same transports. */
static void
both_have (PealWorld *world, guint ms, const char *sid, const char *has)
{
  gboolean quiet;

  peal_world_run_until (world, ms);
  g_autofree char *difference = peal_world_differs (world, sid, &quiet);
  g_assert_cmpstr (difference, ==, NULL);
  g_assert_true (quiet);
  for (PealWho who = ALICE; who <= BOB; who += BOB - ALICE) {
    PealAccount account;
    g_assert_true (peal_world_account (world, who, sid, &account));
    g_assert_cmpstr (account.has, ==, has);
  }
}

/* Since c0 was started. */
static void
was_told (PealWorld *world, const char *sid, PealWho who, const char *changes)
{
  g_autofree char *all = g_strdup_printf ("=c0%s%s", *changes ? " " : "", changes);

  peal_world_expect_changes (world, sid, who, all);
}

static void
told (PealWorld *world, const char *sid, const char *alice, const char *bob)
{
  was_told (world, sid, ALICE, alice);
  was_told (world, sid, BOB, bob);
}

/* --- content-add --- */

static void
either_side_adds (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  change (world, ALICE, 2000, ADD ("c3"));
  change (world, BOB, 3000, ADD ("c4"));
  both_have (world, 5000, sid, "c0:both c3:both c4:both");
  told (world, sid, "=c3 +c4 =c4", "+c3 =c3 =c4");
}

/* One name, five times, from alternating sides. */
static void
names_are_used_again (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  for (guint i = 0; i < 5; i++) {
    change (world, i % 2 ? ALICE : BOB, 2000 + 4000 * i, ADD ("c3"));
    change (world, i % 2 ? BOB : ALICE, 4000 + 4000 * i, REMOVE ("c3"));
  }
  for (guint i = 0; i < 5; i++) {
    both_have (world, 3500 + 4000 * i, sid, "c0:both c3:both");
    both_have (world, 5500 + 4000 * i, sid, "c0:both");
  }
}

static void
both_add_one_name (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);
  PealAccount account;

  peal_world_policy (world, ALICE)->candidates = peal_world_policy (world, BOB)->candidates = 3;
  change (world, ALICE, 4000, ADD ("c3"));
  change (world, BOB, 4100, ADD ("c3"));
  both_have (world, 9000, sid, "c0:both c3:both");
  told (world, sid, "=c3", "!c3:content-add -c3 +c3 =c3");
  /* What Bob had said of his own is not taken to be about hers. */
  g_assert_true (peal_world_account (world, ALICE, sid, &account));
  g_assert_false (account.out_of_order);
}

static void
both_add_one_kind (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 4100, ADD ("c3"));
  change (world, BOB, 4000, ADD ("c5"));
  both_have (world, 9000, sid, "c0:both c3:both");
  told (world, sid, "=c3", "!c5:content-add -c5 +c3 =c3");
}

static void
both_add_other_kinds (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 4000, ADD ("c3"));
  change (world, BOB, 4000, ADD ("c4"));
  both_have (world, 9000, sid, "c0:both c3:both c4:both");
  told (world, sid, "+c4 =c4 =c3", "+c3 =c3 =c4");
}

/* Once the other side's is acknowledged, one of the same kind crosses nothing. */
static void
second_of_a_kind_is_no_tie (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  peal_world_policy (world, BOB)->ponders = 3000;
  change (world, ALICE, 4000, ADD ("c3"));
  change (world, BOB, 4100, ADD ("c5"));
  both_have (world, 9000, sid, "c0:both c3:both c5:both");
}

static void
add_is_rejected (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  peal_world_policy (world, BOB)->refuses = 10;
  change (world, ALICE, 2000, ADD ("c3"));
  both_have (world, 3000, sid, "c0:both");
  told (world, sid, "!c3:content-add -c3", "+c3 -c3");
}

/* Acknowledged, and never answered: 30 s, then it is taken back. */
static void
add_is_never_answered (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  peal_world_policy (world, BOB)->ignores = 10;
  change (world, ALICE, 2000, ADD ("c3"));
  peal_world_run_until (world, 31999);
  told (world, sid, "", "+c3");
  both_have (world, 32100, sid, "c0:both");
  told (world, sid, "!c3:content-add -c3", "+c3 -c3");
}

/* The answer comes when it has just been taken back. */
static void
answer_crosses_taking_back (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (2000, &sid);

  change (world, ALICE, 6000, ADD ("c3"));
  change (world, ALICE, 9000, REMOVE ("c3")); /* he accepts at 8000, and hears of it at 11000 */
  both_have (world, 15000, sid, "c0:both");
  told (world, sid, "-c3", "+c3 =c3 -c3");
}

static void
add_before_accept_is_acknowledged (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (1000, &sid);

  change (world, BOB, 2001, ADD ("c3"));
  change (world, BOB, 2002, MODIFY ("c0", RESPONDER));
  both_have (world, 6000, sid, "c0:responder c3:both");
  told (world, sid, "+c3 =c3 ~c0:responder", "=c3 ~c0:responder");
}

static void
add_crosses_hangup (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 4000, ADD ("c3"));
  peal_world_hangup_at (world, BOB, 4100);
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending active ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ending ended:success");
}

/* --- content-remove --- */

static void
removes_cross (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 2500, ADD ("c3"));
  change (world, ALICE, 5000, REMOVE ("c3"));
  change (world, BOB, 5100, REMOVE ("c3"));
  both_have (world, 9000, sid, "c0:both");
  told (world, sid, "=c3 -c3", "+c3 =c3 -c3");
}

/* Each takes away the other's last one. */
static void
nothing_is_left (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 2500, ADD ("c3"));
  change (world, ALICE, 5000, REMOVE ("c3"));
  change (world, BOB, 5100, REMOVE ("c0"));
  peal_world_run (world);
  peal_world_expect (world, sid, ALICE, "offering pending active ending ended:success");
  peal_world_expect (world, sid, BOB, "offered accepting active ending ended:success");
}

static void
last_one_cannot_be_removed (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  change (world, ALICE, 2000, REMOVE ("c0"));
  both_have (world, 5000, sid, "c0:both");
  told (world, sid, "", "");
}

/* His stream is gone while she removes: she says it again. */
static void
remove_is_lost (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);
  const PealCut cut = { .who = BOB, .from = 3000, .until = 9000, .ghost = 8000 };

  peal_world_cut (world, &cut);
  change (world, ALICE, 2000, ADD ("c3"));
  change (world, ALICE, 4000, REMOVE ("c3"));
  change (world, ALICE, 4100, MODIFY ("c0", NONE));
  peal_world_run_until (world, 30000);
  told (world, sid, "=c3 -c3", "+c3 =c3");
  both_have (world, 40000, sid, "c0:both");
  told (world, sid, "=c3 -c3 !c0:content-modify", "+c3 =c3 -c3 ~c0:both");
}

/* --- content-modify --- */

static void
modifies_cross (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 4000, MODIFY ("c0", INITIATOR));
  change (world, BOB, 4000, MODIFY ("c0", RESPONDER));
  both_have (world, 9000, sid, "c0:initiator");
  told (world, sid, "~c0:initiator", "~c0:initiator !c0:content-modify");
}

static void
modify_crosses_remove (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 2500, ADD ("c3"));
  change (world, ALICE, 5000, MODIFY ("c3", NONE));
  change (world, BOB, 5100, REMOVE ("c3"));
  both_have (world, 9000, sid, "c0:both");
  told (world, sid, "=c3 -c3", "+c3 =c3 -c3");
}

/* Dino does so without a camera. */
static void
callee_modifies_before_it_accepts (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  peal_world_policy (world, BOB)->narrows = TRUE;
  both_have (world, 5000, sid, "c0:initiator");
}

/* --- transport-replace --- */

static void
either_side_replaces (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  change (world, ALICE, 2000, REPLACE ("c0"));
  change (world, BOB, 3000, REPLACE ("c0"));
  both_have (world, 5000, sid, "c0:both");
  told (world, sid, ">c0 ?c0", "?c0 >c0");
}

static void
replaces_cross (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (400, &sid);

  change (world, ALICE, 4000, REPLACE ("c0"));
  change (world, BOB, 4000, REPLACE ("c0"));
  both_have (world, 9000, sid, "c0:both");
  told (world, sid, ">c0", "<c0:transport-replace ?c0");
}

static void
one_replace_at_a_time (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  peal_world_policy (world, BOB)->ignores = 10;
  change (world, ALICE, 2000, REPLACE ("c0"));
  change (world, ALICE, 3000, REPLACE ("c0"));
  peal_world_run_until (world, 31999);
  told (world, sid, "", "?c0");
  peal_world_run_until (world, 32100); /* nobody answered */
  told (world, sid, "<c0:transport-replace", "?c0");
  both_have (world, 63000, sid, "c0:both"); /* he has waited too long for himself */
  told (world, sid, "<c0:transport-replace", "?c0 <c0:transport-reject");
}

/* He takes hers a moment after she has given it up: his transport-accept comes back. */
static void
transport_accept_is_too_late (void)
{
  guint kept = 0;

  for (guint64 seed = 0; seed < 40; seed++) {
    const char *sid;
    g_autoptr(PealWorld) world = talking (2000, &sid);
    peal_world_policy (world, BOB)->ponders = 60000;
    for (guint64 i = 0; i < seed; i++)
      peal_world_chance (world, 2);
    change (world, ALICE, 6000, REPLACE ("c0"));
    both_have (world, 80000, sid, "c0:both");
    PealAccount bob;
    peal_world_account (world, BOB, sid, &bob);
    kept += strcmp (bob.changes, "=c0 ?c0 <c0:transport-accept") == 0;
  }
  g_assert_cmpuint (kept, >, 0);
}

/* --- clients that refuse in their own ways --- */

static void
stanza_js_refuses_all (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  peal_world_policy (world, BOB)->habit = PEAL_LIKE_STANZA_JS;
  change (world, ALICE, 2000, ADD ("c3"));
  change (world, ALICE, 3000, MODIFY ("c0", NONE));
  change (world, ALICE, 4000, REPLACE ("c0"));
  both_have (world, 6000, sid, "c0:both");
  told (world, sid, "!c3:content-add -c3 !c0:content-modify <c0:transport-replace", "");
  peal_world_hangup_at (world, ALICE, 7000);
  peal_world_run (world);
  peal_world_expect (world, sid, BOB, "offered accepting active ended:success");
}

/* It adds as "initiator" whoever it is, and keeps what we remove. */
static void
dino_adds_and_keeps (void)
{
  const char *sid;
  g_autoptr(PealWorld) world = talking (40, &sid);

  peal_world_policy (world, BOB)->habit = PEAL_LIKE_DINO;
  change (world, BOB, 2000, ADD ("c3"));
  change (world, ALICE, 3000, MODIFY ("c3", INITIATOR));
  both_have (world, 4000, sid, "c0:both c3:initiator");
  change (world, ALICE, 5000, REMOVE ("c3"));
  change (world, BOB, 6000, MODIFY ("c3", BOTH)); /* is answered, and means nothing */
  change (world, ALICE, 7000, ADD ("c3"));        /* the name is taken */
  peal_world_run_until (world, 8000);
  told (world, sid, "+c3 =c3 ~c3:initiator -c3 !c3:content-remove", "=c3 ~c3:initiator ~c3:both");
  g_assert_cmpuint (peal_world_unanswered (world), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/changes/either-side-adds", either_side_adds);
  g_test_add_func ("/changes/names-are-used-again", names_are_used_again);
  g_test_add_func ("/changes/both-add-one-name", both_add_one_name);
  g_test_add_func ("/changes/both-add-one-kind", both_add_one_kind);
  g_test_add_func ("/changes/both-add-other-kinds", both_add_other_kinds);
  g_test_add_func ("/changes/second-of-a-kind-is-no-tie", second_of_a_kind_is_no_tie);
  g_test_add_func ("/changes/add-is-rejected", add_is_rejected);
  g_test_add_func ("/changes/add-is-never-answered", add_is_never_answered);
  g_test_add_func ("/changes/answer-crosses-taking-back", answer_crosses_taking_back);
  g_test_add_func ("/changes/add-before-accept-is-acknowledged", add_before_accept_is_acknowledged);
  g_test_add_func ("/changes/add-crosses-hangup", add_crosses_hangup);
  g_test_add_func ("/changes/removes-cross", removes_cross);
  g_test_add_func ("/changes/nothing-is-left", nothing_is_left);
  g_test_add_func ("/changes/last-one-cannot-be-removed", last_one_cannot_be_removed);
  g_test_add_func ("/changes/remove-is-lost", remove_is_lost);
  g_test_add_func ("/changes/modifies-cross", modifies_cross);
  g_test_add_func ("/changes/modify-crosses-remove", modify_crosses_remove);
  g_test_add_func ("/changes/callee-modifies-before-it-accepts", callee_modifies_before_it_accepts);
  g_test_add_func ("/changes/either-side-replaces", either_side_replaces);
  g_test_add_func ("/changes/replaces-cross", replaces_cross);
  g_test_add_func ("/changes/one-replace-at-a-time", one_replace_at_a_time);
  g_test_add_func ("/changes/transport-accept-is-too-late", transport_accept_is_too_late);
  g_test_add_func ("/changes/stanza-js-refuses-all", stanza_js_refuses_all);
  g_test_add_func ("/changes/dino-adds-and-keeps", dino_adds_and_keeps);
  return g_test_run ();
}
