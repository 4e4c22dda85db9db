/* XEP-0198 counting: each stanza exactly once, in order, over any sequence of cuts. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/sm.h"

#include <string.h>

static void
push (PealSm *sm, const char *text, PealSmKind kind)
{
  peal_sm_push (sm, g_strdup (text), kind);
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

static void
counts_both_ways (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  peal_sm_hear (&sm); /* before <enabled/>: not counted */
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s1");
  push (&sm, "a", PEAL_SM_MESSAGE);
  push (&sm, "b", PEAL_SM_REQUEST);
  g_assert_cmpuint (peal_sm_waiting (&sm), ==, 2);
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
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s1");
  sm.acked = sm.heard = G_MAXUINT32 - 1;
  for (const char *each = "abcd"; *each; each++)
    push (&sm, (char[]) { *each, 0 }, PEAL_SM_MESSAGE);
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
  push (&sm, "0", PEAL_SM_MESSAGE); /* before any login */
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s1");
  push (&sm, "1", PEAL_SM_MESSAGE);
  push (&sm, "2", PEAL_SM_MESSAGE);
  g_assert_cmpstr (drain (&sm), ==, "012");
  acknowledges (&sm, 1);
  push (&sm, "3", PEAL_SM_REQUEST); /* while offline */
  resumes (&sm, 2);
  g_assert_cmpstr (drain (&sm), ==, "23");
  push (&sm, "4", PEAL_SM_MESSAGE);
  drain (&sm);
  resumes (&sm, 2); /* the link died before any of it arrived */
  g_assert_cmpstr (drain (&sm), ==, "234");
  resumes (&sm, 5); /* all arrived, only the acknowledgement was lost */
  g_assert_cmpstr (drain (&sm), ==, "");
  g_assert_cmpstr (sm.id, ==, "s1");
  peal_sm_clear (&sm);
}

static void
refused_resume_repeats_messages_only (void)
{
  PealSm sm;
  guint32 h = 2;
  peal_sm_init (&sm);
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s1");
  push (&sm, "<m1>", PEAL_SM_MESSAGE);
  push (&sm, "<m2>", PEAL_SM_MESSAGE);
  push (&sm, "<jingle>", PEAL_SM_REQUEST);
  push (&sm, "<m3>", PEAL_SM_MESSAGE);
  push (&sm, "<result>", PEAL_SM_ANSWER);
  push (&sm, "<presence>", PEAL_SM_PRESENCE);
  drain (&sm);
  push (&sm, "<m4>", PEAL_SM_MESSAGE);
  peal_sm_refuse (&sm, &h);
  g_assert_null (sm.id);
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s2");
  g_assert_cmpstr (drain (&sm), ==, "<m3><m4>");
  acknowledges (&sm, 2);
  g_assert_cmpuint (sm.queue.length, ==, 0);
  peal_sm_clear (&sm);
}

/* Before the first session nothing was announced yet, so presence stays; requests do not: the port
 * ends them when a session begins. */
static void
first_session_keeps_presence (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  push (&sm, "<presence>", PEAL_SM_PRESENCE);
  push (&sm, "<get>", PEAL_SM_REQUEST);
  push (&sm, "<m>", PEAL_SM_MESSAGE);
  peal_sm_begin (&sm);
  g_assert_cmpstr (drain (&sm), ==, "<presence><m>");
  peal_sm_clear (&sm);
}

static void
without_management_nothing_is_kept (void)
{
  PealSm sm;
  peal_sm_init (&sm);
  peal_sm_begin (&sm);
  push (&sm, "a", PEAL_SM_MESSAGE);
  g_assert_cmpstr (drain (&sm), ==, "a");
  g_assert_cmpuint (sm.queue.length, ==, 0);
  push (&sm, "b", PEAL_SM_MESSAGE); /* offline */
  peal_sm_begin (&sm);
  g_assert_cmpstr (drain (&sm), ==, "b");
  peal_sm_clear (&sm);
}

/* A server, a network that cuts at any point, and a client: every message arrives once and in
 * order. */
static void
random_cuts (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  g_test_message ("seed %u", seed);
  PealSm sm;
  peal_sm_init (&sm);
  peal_sm_begin (&sm);
  peal_sm_enable (&sm, "s");
  sm.acked = g_rand_int (rand); /* wraps now and then */
  guint32 server = sm.acked;
  guint made = 0, arrived = 0;
  while (arrived < 20000) {
    for (guint i = g_rand_int_range (rand, 0, 5); i > 0; i--)
      peal_sm_push (&sm, g_strdup_printf ("%u ", made++), PEAL_SM_MESSAGE);
    const char *at = drain (&sm);
    gboolean cut = g_rand_int_range (rand, 0, 3) == 0;
    while (*at && !(cut && g_rand_boolean (rand))) {
      g_assert_cmpuint (g_ascii_strtoull (at, (char **) &at, 10), ==, arrived);
      at++;
      arrived++;
      server++;
    }
    if (cut || *at)
      resumes (&sm, server);
    else if (g_rand_boolean (rand))
      acknowledges (&sm, server);
  }
  peal_sm_clear (&sm);
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
  g_test_add_func ("/sm/first-session-keeps-presence", first_session_keeps_presence);
  g_test_add_func ("/sm/without-management-nothing-is-kept", without_management_nothing_is_kept);
  g_test_add_func ("/sm/random-cuts", random_cuts);
  return g_test_run ();
}
