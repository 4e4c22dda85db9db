/* Consent and watchdog on a fake clock: when checks leave, and what silence leads to. */
// SPDX-License-Identifier: MIT
#include "transport/consent.h"

#define SECOND G_USEC_PER_SEC
#define SEED   20240607

/* A path in a world with its own clock; from @dead_at on nothing comes back. */
typedef struct {
  PealConsent consent;
  gint64 now, answers_after, dead_at, media_until, media_every, media_at;
  gint64 answer_due;
  guint checks;
  GString *story; /* "weak@3.0 lost@14.0 " */
  GArray *check_times;
} World;

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);

  world->now = 1000 * SECOND; /* like a machine that has been up for a while */
  world->media_at = world->now;
  world->answers_after = SECOND / 20;
  world->dead_at = G_MAXINT64;
  world->answer_due = G_MAXINT64;
  world->story = g_string_new (NULL);
  world->check_times = g_array_new (FALSE, FALSE, sizeof (gint64));
  peal_consent_begin (&world->consent, &peal_consent_times, SEED, world->now);
  peal_consent_see (&world->consent, TRUE, world->now);
  return world;
}

static void
world_free (World *world)
{
  peal_consent_clear (&world->consent);
  g_string_free (world->story, TRUE);
  g_array_unref (world->check_times);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static double
at (const World *world)
{
  return (double) (world->now - 1000 * SECOND) / SECOND;
}

static void
drain (World *world)
{
  static const char *const words[] = { "", "check", "weak", "alive", "restart", "lost" };

  for (PealConsentAction action; (action = peal_consent_poll (&world->consent, world->now));) {
    if (action != PEAL_CONSENT_CHECK) {
      g_string_append_printf (world->story, "%s@%.1f ", words[action], at (world));
      continue;
    }
    world->checks++;
    g_array_append_val (world->check_times, world->now);
    if (world->now + world->answers_after < world->dead_at)
      world->answer_due = world->now + world->answers_after;
  }
}

/* Runs until @seconds after the start; the clock jumps from deadline to deadline. */
static void
run (World *world, double seconds)
{
  gint64 end = 1000 * SECOND + (gint64) (seconds * SECOND);

  drain (world);
  for (;;) {
    gint64 media_due =
        world->media_every && world->media_at < world->media_until ? world->media_at : G_MAXINT64;
    gint64 next = MIN (peal_consent_deadline (&world->consent), MIN (world->answer_due, media_due));
    if (next > end)
      break;
    g_assert_cmpint (next, >=, world->now);
    world->now = next;
    if (next == world->answer_due) {
      world->answer_due = G_MAXINT64;
      peal_consent_answer (&world->consent, next);
    }
    if (next == media_due) {
      peal_consent_life (&world->consent, next);
      world->media_at += world->media_every;
    }
    drain (world);
  }
  world->now = end;
}

/* The first check leaves at once (it measures the round trip), the others every 5 s ± 20 %. With
 * no media at all they hurry in between: that is how a held call stays alive. */
static void
checks_are_spread (void)
{
  g_autoptr(World) world = world_new ();

  world->media_every = SECOND / 50;
  world->media_until = G_MAXINT64;
  run (world, 300);
  g_assert_cmpstr (world->story->str, ==, "");
  const gint64 *times = (const gint64 *) world->check_times->data;
  g_assert_cmpint (times[0], ==, 1000 * SECOND);
  gint64 shortest = G_MAXINT64, longest = 0;
  for (guint i = 1; i < world->check_times->len; i++) {
    shortest = MIN (shortest, times[i] - times[i - 1]);
    longest = MAX (longest, times[i] - times[i - 1]);
  }
  g_assert_cmpint (shortest, >=, 4 * SECOND);
  g_assert_cmpint (longest, <=, 6 * SECOND);
  g_assert_cmpint (longest - shortest, >, SECOND); /* not in step */
}

static void
held_call_lives_on_checks (void)
{
  g_autoptr(World) world = world_new ();

  run (world, 120);
  g_assert_cmpstr (world->story->str, ==, "");
  g_assert_cmpuint (world->checks, >, 120 / 6);
}

static void
silence_ends_it (void)
{
  g_autoptr(World) world = world_new ();

  world->dead_at = 1000 * SECOND; /* not even the first check is answered */
  run (world, 60);
  g_assert_cmpstr (world->story->str, ==, "weak@3.0 restart@6.0 lost@14.0 ");
  g_assert_cmpint (peal_consent_deadline (&world->consent), ==, G_MAXINT64);
  guint checks = world->checks;
  peal_consent_answer (&world->consent, world->now); /* too late */
  run (world, 90);
  g_assert_cmpuint (world->checks, ==, checks);
}

static void
checks_hurry_in_silence (void)
{
  g_autoptr(World) world = world_new ();

  world->dead_at = 1000 * SECOND;
  run (world, 5);
  /* One at 0, then from 2 s on one each half second. */
  g_assert_cmpuint (world->checks, >=, 6);
  g_assert_cmpuint (world->checks, <=, 8);
}

static void
outage_recovers (void)
{
  g_autoptr(World) world = world_new ();

  world->dead_at = 1000 * SECOND;
  run (world, 8);
  world->dead_at = G_MAXINT64; /* the network is back: the next hurried check is answered */
  run (world, 30);
  g_assert_true (g_str_has_prefix (world->story->str, "weak@3.0 restart@6.0 alive@8."));
  g_assert_null (strstr (world->story->str, "lost"));
}

static void
restart_is_asked_once_a_silence (void)
{
  g_autoptr(World) world = world_new ();

  for (int outage = 0; outage < 2; outage++) {
    world->dead_at = world->now;
    run (world, at (world) + 10);
    world->dead_at = G_MAXINT64;
    run (world, at (world) + 10);
  }
  guint asked = 0;
  for (const char *p = world->story->str; (p = strstr (p, "restart")); p++)
    asked++;
  g_assert_cmpuint (asked, ==, 2);
}

/* RFC 7675 §5.1: who answers no check gets nothing more, though media keep coming. */
static void
consent_expires_under_media (void)
{
  g_autoptr(World) world = world_new ();

  world->dead_at = 1000 * SECOND;
  world->media_every = SECOND / 50;
  world->media_until = G_MAXINT64;
  run (world, 60);
  g_assert_cmpstr (world->story->str, ==, "lost@30.0 ");
}

/* libnice holds the socket: no checks, and a report of RTCP each 7.5 s keeps a held call. */
static void
blind_waits_for_reports (void)
{
  g_autoptr(World) world = world_new ();

  peal_consent_see (&world->consent, FALSE, world->now);
  world->media_every = 15 * SECOND / 2;
  world->media_until = 1000 * SECOND + 40 * SECOND;
  run (world, 37);
  g_assert_cmpuint (world->checks, ==, 0);
  g_assert_cmpstr (world->story->str, ==, "");
  run (world, 80);
  g_assert_cmpstr (world->story->str, ==, "weak@45.5 restart@48.5 lost@51.5 ");
}

static void
checks_begin_with_sight (void)
{
  g_autoptr(World) world = world_new ();

  peal_consent_see (&world->consent, FALSE, world->now);
  run (world, 2);
  peal_consent_see (&world->consent, TRUE, world->now);
  run (world, 2);
  g_assert_cmpuint (world->checks, ==, 1);
  run (world, 60);
  g_assert_cmpstr (world->story->str, ==, "");
}

static void
begins_again_after_a_restart (void)
{
  g_autoptr(World) world = world_new ();

  world->dead_at = 1000 * SECOND;
  run (world, 7);
  peal_consent_begin (&world->consent, &peal_consent_times, SEED, world->now);
  peal_consent_see (&world->consent, TRUE, world->now);
  world->dead_at = G_MAXINT64;
  run (world, 40);
  g_assert_cmpstr (world->story->str, ==, "weak@3.0 restart@6.0 ");
}

/* A restart is about to find another path: the old one's silence may last a little longer. */
static void
another_path_is_waited_for (void)
{
  g_autoptr(World) world = world_new ();

  world->dead_at = 1000 * SECOND;
  run (world, 12);
  peal_consent_spare (&world->consent, world->now + 5 * SECOND);
  run (world, 40);
  g_assert_cmpstr (world->story->str, ==, "weak@3.0 restart@6.0 lost@17.0 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_message ("seed %d", SEED);
  g_test_add_func ("/consent/checks-are-spread", checks_are_spread);
  g_test_add_func ("/consent/held-call-lives-on-checks", held_call_lives_on_checks);
  g_test_add_func ("/consent/silence-ends-it", silence_ends_it);
  g_test_add_func ("/consent/checks-hurry-in-silence", checks_hurry_in_silence);
  g_test_add_func ("/consent/outage-recovers", outage_recovers);
  g_test_add_func ("/consent/restart-is-asked-once-a-silence", restart_is_asked_once_a_silence);
  g_test_add_func ("/consent/another-path-is-waited-for", another_path_is_waited_for);
  g_test_add_func ("/consent/expires-under-media", consent_expires_under_media);
  g_test_add_func ("/consent/blind-waits-for-reports", blind_waits_for_reports);
  g_test_add_func ("/consent/checks-begin-with-sight", checks_begin_with_sight);
  g_test_add_func ("/consent/begins-again", begins_again_after_a_restart);
  return g_test_run ();
}
