/* A hundred thousand calls in worlds made by chance: delays, crossings, cuts, devices that
 * misbehave.
 *
 * Each call has its own seed: --seed N (or PEAL_SEED) plays that one again and prints its trace. */
// SPDX-License-Identifier: MIT
#include "tests/sim/coverage.h"
#include "tests/sim/world.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define N_CALLS 20000 /* these take three times as long each */
#else
#define N_CALLS 100000
#endif
#define FIRST_SEED 20260219

static guint64 first_seed = FIRST_SEED;
static guint n_worlds = N_CALLS;
static gboolean replay;
static guint n_wanted, n_active, n_cut, n_meddled, n_tied, n_changed, n_compared;

/* What is wanted of one world. */
typedef struct {
  gboolean cuts, meddling, proposed, tied, wanted;
  gboolean changes; /* of contents, in the call */
  gboolean oneself; /* a call to another device of the same account */
} Plan;

static guint
one_of (PealWorld *world, const guint *values, guint n)
{
  return values[peal_world_chance (world, n)];
}

/* --- making a world --- */

static void
make_habits (PealWorld *world, Plan *plan)
{
  static const guint answers[] = { 0, 300, 3000, 15000, 29000 };
  static const guint delays[] = { 0, 20, 300, 2000 };
  static const guint patiences[] = { 0, 0, 0, 5, 20, 40 };
  /* Slow wires leave more room to meddle before anything was answered. */
  guint delay = plan->meddling && peal_world_chance (world, 2)
                    ? 2000
                    : one_of (world, delays, G_N_ELEMENTS (delays));
  guint patience = plan->wanted ? 0 : one_of (world, patiences, G_N_ELEMENTS (patiences));

  peal_world_delay (world, delay / 4, delay);
  peal_world_iq_timeout (world, peal_world_chance (world, 3) ? 60 : 30);
  peal_world_coded (world, peal_world_chance (world, 5) == 0);
  peal_world_contents (world, 1 + peal_world_chance (world, 3));
  peal_world_stores (world, peal_world_chance (world, 2));
  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    PealPolicy *policy = peal_world_policy (world, who);
    policy->answer = plan->wanted ? PEAL_ACCEPTS : peal_world_chance (world, 4);
    policy->answer_after = one_of (world, answers, G_N_ELEMENTS (answers));
    policy->talk_for =
        1 +
        peal_world_chance (world, peal_world_chance (world, plan->cuts ? 2 : 6) ? 20000 : 80000);
    policy->give_up_after =
        plan->wanted || peal_world_chance (world, 3) ? 0 : 1 + peal_world_chance (world, 33000);
    policy->reply_after = peal_world_chance (world, 5) ? 0 : peal_world_chance (world, 12000);
    policy->takes = peal_world_chance (world, 8);
    policy->candidates = peal_world_chance (world, 4);
    policy->pings = peal_world_chance (world, 8) == 0;
    policy->stranger = peal_world_chance (world, plan->meddling ? 2 : 4) == 0;
    policy->patience = patience;
  }
}

/* Both users change what is in the call; one may have a client of another make. */
static void
make_changes (PealWorld *world)
{
  static const guint spans[] = { 0, 500, 5000, 40000 };
  static const guint pondering[] = { 0, 0, 1500, 20000, 45000 };
  guint span = one_of (world, spans, G_N_ELEMENTS (spans));
  PealWho odd = peal_world_chance (world, 3) ? PEAL_N_WHO : peal_world_chance (world, PEAL_N_WHO);

  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    PealPolicy *policy = peal_world_policy (world, who);
    policy->changes = peal_world_chance (world, 9);
    policy->changes_for = span;
    policy->ponders = one_of (world, pondering, G_N_ELEMENTS (pondering));
    policy->refuses = peal_world_chance (world, 5);
    policy->ignores = peal_world_chance (world, 3) ? 0 : 1;
    policy->settles = peal_world_chance (world, 4) != 0;
    policy->narrows = peal_world_chance (world, 3) == 0;
    if (who != odd)
      continue;
    policy->habit = peal_world_chance (world, 2) ? PEAL_LIKE_DINO : PEAL_LIKE_STANZA_JS;
    policy->refuses = policy->ignores = 0;
    policy->ponders = MIN (policy->ponders, 1500);
    if (policy->habit == PEAL_LIKE_STANZA_JS)
      policy->changes = 0;
  }
}

static void
compare_nothing (PealWorld *world)
{
  for (PealWho who = 0; who < PEAL_N_WHO; who++)
    peal_world_policy (world, who)->settles = FALSE;
}

static void
make_cuts (PealWorld *world)
{
  static const PealWho whom[] = { ALICE, BOB, BOB, BOB_PHONE };

  /* Whether the peer has heard a transport-accept that nobody acknowledged cannot be known. */
  peal_world_compare_transports (world, FALSE);
  if (peal_world_chance (world, 2)) {
    peal_world_lose (world, 1 + peal_world_chance (world, 200));
    compare_nothing (world);
  }
  for (guint n = peal_world_chance (world, 3); n > 0; n--) {
    guint from = peal_world_chance (world, 25000);
    PealCut cut = { .who = whom[peal_world_chance (world, G_N_ELEMENTS (whom))],
                    .from = from,
                    .ghost = peal_world_chance (world, 10000),
                    .resumed = peal_world_chance (world, 3) == 0 };
    cut.until = peal_world_chance (world, 3) || cut.resumed
                    ? from + 1 + peal_world_chance (world, 30000)
                    : 0;
    peal_world_cut (world, &cut);
  }
  if (peal_world_chance (world, 6) == 0)
    peal_world_kill (world, whom[peal_world_chance (world, G_N_ELEMENTS (whom))],
                     peal_world_chance (world, 20000));
}

static void
place_calls (PealWorld *world, Plan *plan)
{
  void (*place) (PealWorld * world, PealWho from, PealWho to, guint at) =
      plan->proposed ? peal_world_propose_at : peal_world_call_at;

  place (world, ALICE, plan->oneself ? ALICE_PHONE : BOB, 0);
  if (plan->tied)
    place (world, BOB, ALICE, peal_world_chance (world, 2) ? 0 : peal_world_chance (world, 1000));
}

static PealWorld *
make_world (guint64 seed, Plan *plan)
{
  PealWorld *world = peal_world_new (seed);
  guint kind = peal_world_chance (world, 10);

  *plan = (Plan) { .cuts = kind < 3,
                   .meddling = kind >= 3 && kind < 6,
                   .proposed = peal_world_chance (world, 2),
                   .wanted = peal_world_chance (world, 2),
                   .tied = peal_world_chance (world, 5) == 0,
                   .changes = peal_world_chance (world, 2) };
  make_habits (world, plan);
  if (plan->changes)
    make_changes (world);
  plan->oneself = !plan->tied && peal_world_chance (world, plan->meddling ? 3 : 12) == 0;
  if (plan->oneself)
    peal_world_present (world, ALICE_PHONE);
  else if (plan->proposed && !plan->tied) {
    for (PealWho who = BOB_PHONE; who <= BOB_TABLET; who++) {
      if (peal_world_chance (world, 3) == 0)
        peal_world_present (world, who);
    }
    if (peal_world_chance (world, 3) == 0)
      peal_world_present (world, ALICE_PHONE);
  }
  place_calls (world, plan);
  if (plan->cuts)
    make_cuts (world);
  if (plan->meddling || (plan->cuts && peal_world_chance (world, 4) == 0)) {
    plan->meddling = TRUE;
    compare_nothing (world);
    peal_world_meddle (world, ALICE, peal_world_chance (world, 12));
    peal_world_meddle (world, BOB, peal_world_chance (world, 12));
    peal_world_meddle (world, plan->oneself ? ALICE_PHONE : BOB_PHONE,
                       peal_world_chance (world, 16));
  }
  return world;
}

/* --- what must hold --- */

static G_GNUC_NORETURN void
fail (PealWorld *world, guint64 seed, const char *what)
{
  printf ("%s\n# seed %" G_GUINT64_FORMAT ": %s; --seed %" G_GUINT64_FORMAT " plays it again\n",
          peal_world_trace (world), seed, what, seed);
  fflush (stdout);
  g_error ("seed %" G_GUINT64_FORMAT ": %s", seed, what);
}

/* How both sides of one call may see its end, where nothing was lost: caller, callee. */
static const PealCause pairs[][2] = {
  { PEAL_CAUSE_SUCCESS, PEAL_CAUSE_SUCCESS },     { PEAL_CAUSE_CANCELLED, PEAL_CAUSE_CANCELLED },
  { PEAL_CAUSE_DECLINED, PEAL_CAUSE_DECLINED },   { PEAL_CAUSE_BUSY, PEAL_CAUSE_BUSY },
  { PEAL_CAUSE_NO_ANSWER, PEAL_CAUSE_CANCELLED }, { PEAL_CAUSE_NO_ANSWER, PEAL_CAUSE_NO_ANSWER },
  { PEAL_CAUSE_ELSEWHERE, PEAL_CAUSE_ELSEWHERE },
};

static gboolean
agree (const PealAccount *caller, const PealAccount *callee)
{
  /* Two endings that crossed: each side reports its own. */
  if (caller->by == PEAL_BY_LOCAL && callee->by == PEAL_BY_LOCAL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    if (pairs[i][0] == caller->cause && pairs[i][1] == callee->cause)
      return TRUE;
  }
  return FALSE;
}

static void
everybody_is_done (PealWorld *world, guint64 seed, const char *sid)
{
  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    PealAccount account;
    if (peal_world_account (world, who, sid, &account) && !account.is_over)
      fail (world, seed, "a call did not end");
  }
}

/* One call without cuts or meddling. Whether it was active on both sides, or gave way to one that
 * crossed it. */
static gboolean
both_agree (PealWorld *world, guint64 seed, const char *sid, guint *active, gboolean changes)
{
  PealAccount caller = { 0 }, callee = { 0 };
  guint picked_up = 0;
  gboolean odd = FALSE; /* Dino does not say whose of two contents of one name it means */

  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    PealAccount account;
    odd |= peal_world_policy (world, who)->habit == PEAL_LIKE_DINO;
    if (!peal_world_account (world, who, sid, &account))
      continue;
    if (g_str_has_prefix (account.story, "proposed") ||
        g_str_has_prefix (account.story, "offering"))
      caller = account;
    else if (strstr (account.story, "offered")) {
      callee = account;
      picked_up++;
    }
  }
  if (picked_up > 0) {
    if (!odd && (caller.out_of_order || callee.out_of_order))
      fail (world, seed, "candidates came out of order");
    if (!changes && caller.was_active && callee.was_active &&
        strcmp (caller.contents, callee.contents) != 0)
      fail (world, seed, "different contents");
    if (!agree (&caller, &callee))
      fail (world, seed, "different endings");
  }
  if (picked_up > 1)
    fail (world, seed, "two devices were called");
  gboolean both = picked_up == 1 && caller.was_active && callee.was_active;
  *active += both;
  return both || caller.cause == PEAL_CAUSE_ELSEWHERE;
}

/* A call that became active was picked up by one device: the others of the account know. */
static void
others_say_elsewhere (PealWorld *world, guint64 seed, const char *sid)
{
  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    PealAccount account;
    if (peal_world_account (world, who, sid, &account) && !account.was_active &&
        account.cause != PEAL_CAUSE_ELSEWHERE)
      fail (world, seed, "a device does not know that the call is elsewhere");
  }
}

static void
check_world (PealWorld *world, guint64 seed, const Plan *plan)
{
  const GPtrArray *sids = peal_world_calls (world);
  guint active = 0, settled = 0;

  for (guint i = 0; i < sids->len; i++) {
    everybody_is_done (world, seed, sids->pdata[i]);
    if (!plan->cuts && !plan->meddling)
      settled += both_agree (world, seed, sids->pdata[i], &active, plan->changes);
  }
  if (!plan->cuts && !plan->meddling && peal_world_unanswered (world))
    fail (world, seed, "an IQ was not answered");
  n_cut += plan->cuts;
  n_meddled += plan->meddling;
  n_tied += plan->tied;
  n_changed += plan->changes;
  n_compared += peal_world_compared (world);
  if (plan->cuts || plan->meddling || !plan->wanted)
    return;
  n_wanted += active + sids->len - settled;
  n_active += active;
  for (guint i = 0; i < sids->len; i++)
    others_say_elsewhere (world, seed, sids->pdata[i]);
  if (active == 0 || settled < sids->len)
    fail (world, seed, "both wanted the call, and it did not become active");
}

/* --- running --- */

/* The seed that is played, for whatever ends the process: a failed assertion in a machine, a
 * sanitizer. */
static char last_words[64];

static void
tell_seed (void)
{
  ssize_t written = write (STDOUT_FILENO, last_words, strlen (last_words));

  (void) written;
}

static void
on_abort (int number)
{
  tell_seed ();
}

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_set_death_callback(callback) ((void) (callback))
#endif

static PealWorld *
play (guint64 seed)
{
  Plan plan;
  g_snprintf (last_words, sizeof last_words, "# died in seed %" G_GUINT64_FORMAT "\n", seed);
  PealWorld *world = make_world (seed, &plan);

  peal_world_run (world);
  check_world (world, seed, &plan);
  return world;
}

static void
many_calls (void)
{
  guint n = replay ? 1 : n_worlds;
  gint64 began = g_get_monotonic_time ();

  for (guint i = 0; i < n; i++) {
    g_autoptr(PealWorld) world = play (first_seed + i);
    if (replay)
      printf ("%s", peal_world_trace (world));
  }
  g_test_message (
      "%u worlds from seed %" G_GUINT64_FORMAT
      " in %.1f s: %u with cuts, %u with meddling, %u with a tie, "
      "%u with changes (contents compared in %u); of %u calls that both wanted %u became active",
      n, first_seed, (g_get_monotonic_time () - began) / 1e6, n_cut, n_meddled, n_tied, n_changed,
      n_compared, n_wanted, n_active);
  g_assert_cmpuint (n_active, ==, n_wanted);
}

static void
every_cell_is_visited (void)
{
  if (replay) {
    g_test_skip ("one call does not visit every cell");
    return;
  }
  g_assert_cmpuint (peal_coverage_print (), ==, 0);
}

static void
a_seed_replays (void)
{
  for (guint i = 0; i < 200; i++) {
    g_autoptr(PealWorld) once = play (first_seed + i);
    g_autoptr(PealWorld) again = play (first_seed + i);
    g_assert_cmpstr (peal_world_trace (once), ==, peal_world_trace (again));
    g_assert_cmpuint (strlen (peal_world_trace (once)), >, 0);
  }
}

/* A line for each transition of each machine would be millions. */
static void
drop_line (const char *domain, GLogLevelFlags level, const char *line, gpointer user)
{
}

int
main (int argc, char *argv[])
{
  const char *seed = g_getenv ("PEAL_SEED"), *worlds = g_getenv ("PEAL_WORLDS");

  /* GLib has a --seed too, of another form: ours goes first. */
  if (argc == 3 && strcmp (argv[1], "--seed") == 0) {
    seed = argv[2];
    argc = 1;
  }
  g_test_init (&argc, &argv, NULL);
  signal (SIGABRT, on_abort);
  __sanitizer_set_death_callback (tell_seed);
  g_log_set_handler ("peal", G_LOG_LEVEL_DEBUG, drop_line, NULL);
  if (worlds) { /* a soak: others than every test run has seen */
    n_worlds = (guint) g_ascii_strtoull (worlds, NULL, 10);
    first_seed = (guint64) g_get_real_time ();
  }
  if (seed) {
    first_seed = g_ascii_strtoull (seed, NULL, 10);
    replay = TRUE;
  }
  g_test_add_func ("/calls/many-calls", many_calls);
  g_test_add_func ("/calls/every-cell-is-visited", every_cell_is_visited);
  g_test_add_func ("/calls/a-seed-replays", a_seed_replays);
  return g_test_run ();
}
