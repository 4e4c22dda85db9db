/* XEP-0198 counting: each stanza exactly once, in order, over any sequence of cuts. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/sm.h"

#include <string.h>

static void
push (PealSm *sm, const char *text, PealOutboxKind kind)
{
  g_assert_true (peal_outbox_push (&sm->outbox, g_strdup (text), kind));
}

/* Writes all that waits; returns it as one string. */
static const char *
drain (PealSm *sm)
{
  static char written[4096];
  GString *out = g_string_new (NULL);
  while (peal_sm_next (sm, out))
    ;
  g_strlcpy (written, out->str, sizeof written);
  g_string_free (out, TRUE);
  return written;
}

static void
acknowledges (PealSm *sm, guint32 h)
{
  g_autoptr(GError) error = NULL;
  peal_sm_acknowledge (sm, h, &error);
  g_assert_no_error (error);
}

static void
resumes (PealSm *sm, guint32 h)
{
  g_autoptr(GError) error = NULL;
  peal_sm_resume (sm, h, &error);
  g_assert_no_error (error);
}

/* A new session, that of @id; with none before it nobody has to be told of a loss. */
static void
binds (PealSm *sm, const char *id)
{
  peal_sm_begin (sm);
  if (id)
    peal_sm_enable (sm, id);
  g_assert_false (peal_sm_up (sm));
}

static void
counts_both_ways (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  peal_sm_hear (&sm); /* before <enabled/>: not counted */
  binds (&sm, "s1");
  push (&sm, "a", PEAL_OUTBOX_LASTING);
  push (&sm, "b", PEAL_OUTBOX_BOUND);
  g_assert_cmpuint (peal_outbox_waiting (&sm.outbox), ==, 2);
  g_assert_cmpstr (drain (&sm), ==, "ab");
  g_assert_cmpstr (drain (&sm), ==, "");
  g_assert_cmpuint (peal_sm_unacknowledged (&sm), ==, 2);
  acknowledges (&sm, 1);
  acknowledges (&sm, 1);
  g_assert_cmpuint (peal_sm_unacknowledged (&sm), ==, 1);
  peal_sm_hear (&sm);
  peal_sm_hear (&sm);
  g_assert_cmpuint (sm.heard, ==, 2);
  peal_sm_clear (&sm);
}

static void
wraps_at_2_to_32 (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  binds (&sm, "s1");
  sm.acked = sm.heard = G_MAXUINT32 - 1;
  for (const char *each = "abcd"; *each; each++)
    push (&sm, (char[]) { *each, 0 }, PEAL_OUTBOX_LASTING);
  drain (&sm);
  acknowledges (&sm, 1); /* …fffe + 3 */
  g_assert_cmpuint (peal_sm_unacknowledged (&sm), ==, 1);
  peal_sm_hear (&sm);
  peal_sm_hear (&sm);
  g_assert_cmpuint (sm.heard, ==, 0);
  g_assert_false (peal_sm_acknowledge (&sm, 3, NULL));
  g_assert_false (peal_sm_acknowledge (&sm, 0, NULL)); /* backwards is far too much forwards */
  resumes (&sm, 1);
  g_assert_cmpstr (drain (&sm), ==, "d");
  peal_sm_clear (&sm);
}

/* The sequence libstrophe loses stanzas in: a second drop after a partly acknowledged resume. */
static void
resumes_again_and_again (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  push (&sm, "0", PEAL_OUTBOX_LASTING); /* before any login */
  binds (&sm, "s1");
  push (&sm, "1", PEAL_OUTBOX_LASTING);
  push (&sm, "2", PEAL_OUTBOX_LASTING);
  g_assert_cmpstr (drain (&sm), ==, "012");
  acknowledges (&sm, 1);
  push (&sm, "3", PEAL_OUTBOX_BOUND); /* while offline */
  resumes (&sm, 2);
  g_assert_cmpstr (drain (&sm), ==, "23");
  push (&sm, "4", PEAL_OUTBOX_LASTING);
  drain (&sm);
  resumes (&sm, 2); /* the link died before any of it arrived */
  g_assert_cmpstr (drain (&sm), ==, "234");
  resumes (&sm, 5); /* all arrived, only the acknowledgement was lost */
  g_assert_cmpstr (drain (&sm), ==, "");
  g_assert_cmpstr (sm.id, ==, "s1");
  peal_sm_clear (&sm);
}

static void
fills_with_all_kinds (PealSm *sm)
{
  push (sm, "<m1>", PEAL_OUTBOX_LASTING);
  push (sm, "<m2>", PEAL_OUTBOX_LASTING);
  push (sm, "<jingle>", PEAL_OUTBOX_BOUND);
  push (sm, "<m3>", PEAL_OUTBOX_LASTING);
  push (sm, "<result>", PEAL_OUTBOX_BOUND);
  g_assert_cmpstr (drain (sm), ==, "<m1><m2><jingle><m3><result>");
  push (sm, "<m4>", PEAL_OUTBOX_LASTING);
  push (sm, "<unsent>", PEAL_OUTBOX_BOUND);
}

static void
refused_resume_repeats_messages_only (void)
{
  PealSm sm;
  guint32 h = 2;
  peal_sm_init (&sm);
  binds (&sm, "s1");
  fills_with_all_kinds (&sm);
  g_assert_false (peal_sm_down (&sm, FALSE)); /* it may be resumed */
  peal_sm_refuse (&sm, &h);
  g_assert_null (sm.id);
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s2");
  g_assert_true (peal_sm_up (&sm));
  g_assert_cmpstr (drain (&sm), ==, "<m3><m4>");
  acknowledges (&sm, 2);
  g_assert_cmpuint (sm.outbox.queue.length, ==, 0);
  peal_sm_clear (&sm);
}

/* Without a count nobody knows what arrived: all messages again, under the ids they had. */
static void
refused_without_a_count_repeats_all_messages (void)
{
  static const guint32 absurd = 6;
  for (guint i = 0; i < 2; i++) {
    PealSm sm;
    peal_sm_init (&sm);
    binds (&sm, "s1");
    fills_with_all_kinds (&sm);
    peal_sm_refuse (&sm, i ? &absurd : NULL);
    peal_sm_begin (&sm);
    peal_sm_enable (&sm, "s2");
    g_assert_true (peal_sm_up (&sm));
    g_assert_cmpstr (drain (&sm), ==, "<m1><m2><m3><m4>");
    acknowledges (&sm, 4);
    peal_sm_clear (&sm);
  }
}

/* A request made after the session is known to be dead belongs to the next one. */
static void
what_cannot_be_resumed_dies_at_once (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  binds (&sm, NULL);
  push (&sm, "<get>", PEAL_OUTBOX_BOUND);
  push (&sm, "<m>", PEAL_OUTBOX_LASTING);
  g_assert_true (peal_sm_down (&sm, FALSE));
  g_assert_false (peal_sm_down (&sm, FALSE)); /* told once */
  push (&sm, "<hang up>", PEAL_OUTBOX_BOUND);
  binds (&sm, "s2");
  g_assert_cmpstr (drain (&sm), ==, "<m><hang up>");
  g_assert_true (peal_sm_down (&sm, TRUE)); /* nobody will resume it */
  g_assert_cmpuint (sm.outbox.queue.length, ==, 1);
  peal_sm_clear (&sm);
}

/* The link broke after <failed/>, and again before the new session was up. */
static void
a_refused_session_is_dead_whatever_comes (void)
{
  PealSm sm;
  guint32 h = 1;
  peal_sm_init (&sm);
  binds (&sm, "s1");
  fills_with_all_kinds (&sm);
  peal_sm_refuse (&sm, &h);
  g_assert_true (peal_sm_down (&sm, FALSE));
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s2");
  peal_sm_begin (&sm); /* yet another link */
  peal_sm_enable (&sm, "s3");
  g_assert_false (peal_sm_up (&sm));
  g_assert_cmpstr (drain (&sm), ==, "<m2><m3><m4>");
  peal_sm_clear (&sm);
}

static void
wrong_counts_end_the_session (void)
{
  for (guint i = 0; i < 3; i++) {
    PealSm sm;
    g_autoptr(GError) error = NULL;
    peal_sm_init (&sm);
    binds (&sm, "s1");
    fills_with_all_kinds (&sm);
    acknowledges (&sm, 3);
    if (i == 0)
      g_assert_false (peal_sm_acknowledge (&sm, 6, &error)); /* more than was sent */
    else if (i == 1)
      g_assert_false (peal_sm_acknowledge (&sm, 2, &error)); /* backwards */
    else
      g_assert_false (peal_sm_resume (&sm, 6, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_assert_null (sm.id);
    g_assert_cmpuint (peal_sm_unacknowledged (&sm), ==, 2);
    g_assert_true (peal_sm_down (&sm, FALSE));
    binds (&sm, "s2");
    g_assert_cmpstr (drain (&sm), ==, "<m3><m4>");
    peal_sm_clear (&sm);
  }
}

static void
a_new_session_counts_anew (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  binds (&sm, "s1");
  peal_sm_hear (&sm);
  peal_sm_refuse (&sm, NULL);
  peal_sm_begin (&sm);
  peal_sm_hear (&sm); /* before <enabled/>: not counted */
  peal_sm_enable (&sm, "s2");
  g_assert_true (peal_sm_up (&sm));
  g_assert_cmpuint (sm.heard, ==, 0);
  peal_sm_hear (&sm);
  g_assert_cmpuint (sm.heard, ==, 1);
  peal_sm_begin (&sm); /* and the next one without stream management */
  g_assert_true (peal_sm_up (&sm));
  push (&sm, "a", PEAL_OUTBOX_LASTING);
  g_assert_cmpstr (drain (&sm), ==, "a");
  g_assert_cmpuint (peal_sm_unacknowledged (&sm), ==, 0);
  peal_sm_hear (&sm);
  g_assert_cmpuint (sm.heard, ==, 1);
  peal_sm_clear (&sm);
}

/* What was asked before there was any session is for the first one. */
static void
first_session_gets_all (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  push (&sm, "<presence>", PEAL_OUTBOX_BOUND);
  push (&sm, "<m>", PEAL_OUTBOX_LASTING);
  g_assert_false (peal_sm_down (&sm, FALSE)); /* the first attempt failed */
  binds (&sm, NULL);
  g_assert_cmpstr (drain (&sm), ==, "<presence><m>");
  peal_sm_clear (&sm);
}

static void
without_management_nothing_is_kept (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  binds (&sm, NULL);
  push (&sm, "a", PEAL_OUTBOX_LASTING);
  g_assert_cmpstr (drain (&sm), ==, "a");
  g_assert_cmpuint (sm.outbox.queue.length, ==, 0);
  g_assert_true (peal_sm_down (&sm, FALSE));
  push (&sm, "b", PEAL_OUTBOX_LASTING); /* offline */
  peal_sm_hear (&sm);
  g_assert_cmpuint (sm.heard, ==, 0);
  binds (&sm, NULL);
  g_assert_cmpstr (drain (&sm), ==, "b");
  peal_sm_clear (&sm);
}

/* --- a server, a network that cuts at any point, sessions that expire --- */

typedef struct {
  PealSm sm;
  GRand *chance;
  guint32 server;   /* what it has counted in this session */
  guint made;       /* stanzas; those of odd number are bound to their session */
  guint session;    /* number of the present one */
  GArray *sessions; /* of guint: in which each stanza was made */
  guint arrived;    /* messages, in order; the rest was a repetition */
  guint repeated;   /* ... which a server that gives no count makes necessary */
} Wire;

static void
arrive (Wire *wire, guint number)
{
  if (number % 2) {
    g_assert_cmpuint (g_array_index (wire->sessions, guint, number), ==, wire->session);
  } else if (number < wire->arrived) {
    wire->repeated++;
  } else {
    g_assert_cmpuint (number, ==, wire->arrived);
    wire->arrived += 2;
  }
  wire->server++;
}

static void
make (Wire *wire)
{
  PealOutboxKind kind = wire->made % 2 ? PEAL_OUTBOX_BOUND : PEAL_OUTBOX_LASTING;
  g_array_append_val (wire->sessions, wire->session);
  g_assert_true (peal_outbox_push (&wire->sm.outbox, g_strdup_printf ("%u ", wire->made++), kind));
}

/* Some of what waits is written, and some of that arrives. */
static void
transmit (Wire *wire, gboolean cut)
{
  const char *at = drain (&wire->sm);
  while (*at && !(cut && g_rand_int_range (wire->chance, 0, 4) == 0)) {
    arrive (wire, (guint) g_ascii_strtoull (at, (char **) &at, 10));
    at++;
  }
}

static void
expire (Wire *wire, gboolean counted)
{
  g_assert_false (peal_sm_down (&wire->sm, FALSE));
  peal_sm_refuse (&wire->sm, counted ? &wire->server : NULL);
  peal_sm_begin (&wire->sm);
  peal_sm_enable (&wire->sm, "next");
  g_assert_true (peal_sm_up (&wire->sm));
  wire->server = 0;
  wire->session++;
}

static void
random_cuts (gconstpointer counted)
{
  guint32 seed = g_test_rand_int ();
  g_test_message ("seed %u", seed);
  Wire wire = { .chance = g_rand_new_with_seed (seed),
                .sessions = g_array_new (FALSE, FALSE, sizeof (guint)) };
  peal_sm_init (&wire.sm);
  binds (&wire.sm, "s");
  wire.server = wire.sm.acked = (guint32) -100; /* wraps soon */
  while (wire.arrived < 40000) {
    for (gint i = g_rand_int_range (wire.chance, 0, 5); i > 0; i--)
      make (&wire);
    guint what = (guint) g_rand_int_range (wire.chance, 0, 20);
    transmit (&wire, what < 8);
    if (what == 0)
      expire (&wire, GPOINTER_TO_INT (counted));
    else if (what < 8)
      resumes (&wire.sm, wire.server);
    else if (what < 14)
      acknowledges (&wire.sm, wire.server);
  }
  g_assert_true (GPOINTER_TO_INT (counted) ? wire.repeated == 0 : wire.repeated > 0);
  g_array_unref (wire.sessions);
  g_rand_free (wire.chance);
  peal_sm_clear (&wire.sm);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sm/counts-both-ways", counts_both_ways);
  g_test_add_func ("/sm/wraps-at-2-to-32", wraps_at_2_to_32);
  g_test_add_func ("/sm/resumes-again-and-again", resumes_again_and_again);
  g_test_add_func ("/sm/refused-resume-repeats-messages-only",
                   refused_resume_repeats_messages_only);
  g_test_add_func ("/sm/refused-without-a-count-repeats-all-messages",
                   refused_without_a_count_repeats_all_messages);
  g_test_add_func ("/sm/what-cannot-be-resumed-dies-at-once", what_cannot_be_resumed_dies_at_once);
  g_test_add_func ("/sm/a-refused-session-is-dead-whatever-comes",
                   a_refused_session_is_dead_whatever_comes);
  g_test_add_func ("/sm/wrong-counts-end-the-session", wrong_counts_end_the_session);
  g_test_add_func ("/sm/a-new-session-counts-anew", a_new_session_counts_anew);
  g_test_add_func ("/sm/first-session-gets-all", first_session_gets_all);
  g_test_add_func ("/sm/without-management-nothing-is-kept", without_management_nothing_is_kept);
  g_test_add_data_func ("/sm/random-cuts", GINT_TO_POINTER (TRUE), random_cuts);
  g_test_add_data_func ("/sm/random-cuts-uncounted", GINT_TO_POINTER (FALSE), random_cuts);
  return g_test_run ();
}
