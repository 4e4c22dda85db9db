/* The loop: posts in order, timers on time, watches, and a GMainContext that loses nothing. */
// SPDX-License-Identifier: MIT
#include "transport/wheel.h"

#include <glib-unix.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* A place where the loop's thread leaves word for the test's. */
typedef struct {
  PealLoop *loop;
  GAsyncQueue *told;
} Desk;

static Desk
desk_open (void)
{
  return (Desk) { peal_loop_new ("test-loop"), g_async_queue_new () };
}

static void
desk_close (Desk *desk)
{
  peal_loop_free (desk->loop);
  g_async_queue_unref (desk->told);
}

static void
tell (Desk *desk, guint what)
{
  g_async_queue_push (desk->told, GUINT_TO_POINTER (what));
}

static guint
hear (Desk *desk)
{
  return GPOINTER_TO_UINT (g_async_queue_timeout_pop (desk->told, 5 * G_USEC_PER_SEC));
}

/* Frees the loop first, and wants @what to have been told by then. */
static void
desk_close_after (Desk *desk, guint what)
{
  peal_loop_free (desk->loop);
  g_assert_cmpuint (hear (desk), ==, what);
  g_async_queue_unref (desk->told);
}

/* --- posts --- */

#define POSTERS 4
#define POSTS   5000

typedef struct {
  Desk *desk;
  guint poster, number;
  guint *last; /* by poster; on the loop */
} Note;

static void
check_order (gpointer user)
{
  g_autofree Note *note = user;

  g_assert_true (peal_loop_is_current (note->desk->loop));
  g_assert_cmpuint (note->number, ==, note->last[note->poster] + 1);
  note->last[note->poster] = note->number;
}

static gpointer
post_many (gpointer user)
{
  Note *plan = user;

  for (guint i = 1; i <= POSTS; i++) {
    Note *note = g_memdup2 (plan, sizeof *plan);
    note->number = i;
    peal_loop_post (plan->desk->loop, check_order, note);
  }
  return NULL;
}

static void
nothing (gpointer user)
{
}

static void
posts_keep_their_order (void)
{
  Desk desk = desk_open ();
  guint last[POSTERS] = { 0 };
  Note plans[POSTERS];
  GThread *threads[POSTERS];

  for (guint i = 0; i < POSTERS; i++) {
    plans[i] = (Note) { .desk = &desk, .poster = i, .last = last };
    threads[i] = g_thread_new ("poster", post_many, &plans[i]);
  }
  for (guint i = 0; i < POSTERS; i++)
    g_thread_join (threads[i]);
  peal_loop_call (desk.loop, nothing, NULL);
  for (guint i = 0; i < POSTERS; i++)
    g_assert_cmpuint (last[i], ==, POSTS);
  g_assert_false (peal_loop_is_current (desk.loop));
  desk_close (&desk);
}

static void
say_seven (gpointer user)
{
  tell (user, 7);
}

static void
post_another (gpointer user)
{
  Desk *desk = user;

  peal_loop_post (desk->loop, say_seven, desk);
}

static void
what_is_posted_before_the_end_runs (void)
{
  Desk desk = desk_open ();

  for (guint i = 0; i < 100; i++)
    peal_loop_post (desk.loop, post_another, &desk);
  peal_loop_free (desk.loop);
  g_assert_cmpint (g_async_queue_length (desk.told), ==, 100);
  g_async_queue_unref (desk.told);
}

static void
call_from_inside (gpointer user)
{
  Desk *desk = user;

  peal_loop_call (desk->loop, say_seven, desk);
  tell (desk, 8);
}

static void
a_call_on_the_loop_runs_at_once (void)
{
  Desk desk = desk_open ();

  peal_loop_call (desk.loop, call_from_inside, &desk);
  g_assert_cmpuint (hear (&desk), ==, 7);
  g_assert_cmpuint (hear (&desk), ==, 8);
  desk_close (&desk);
}

/* --- timers --- */

typedef struct {
  Desk *desk;
  PealTimer timer, other;
  gint64 due;
  gint64 late; /* µs past due when it fired */
  guint number;
} Alarm;

static void
fire (gpointer user)
{
  Alarm *alarm = user;

  alarm->late = g_get_monotonic_time () - alarm->due;
  g_assert_cmpint (alarm->timer.due, ==, 0);
  tell (alarm->desk, alarm->number);
}

static void
set_alarm (gpointer user)
{
  Alarm *alarm = user;

  alarm->due += peal_loop_now (alarm->desk->loop);
  peal_timer_set (alarm->desk->loop, &alarm->timer, alarm->due, fire, alarm);
}

static int
by_number (gconstpointer a, gconstpointer b)
{
  return (*(const gint64 *) a > *(const gint64 *) b) - (*(const gint64 *) a < *(const gint64 *) b);
}

/* Returns how late the one in the middle was, µs. */
static gint64
run_alarms (void)
{
  Desk desk = desk_open ();
  Alarm alarms[60] = { 0 };
  gint64 late[G_N_ELEMENTS (alarms)];

  for (guint i = 0; i < G_N_ELEMENTS (alarms); i++) {
    alarms[i] = (Alarm) { .desk = &desk, .due = 1000 + 5300 * (gint64) i, .number = i + 1 };
    peal_loop_post (desk.loop, set_alarm, &alarms[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (alarms); i++)
    g_assert_cmpuint (hear (&desk), ==, i + 1);
  desk_close (&desk);
  for (guint i = 0; i < G_N_ELEMENTS (alarms); i++) {
    g_assert_cmpint (alarms[i].late, >=, 0);
    late[i] = alarms[i].late;
  }
  qsort (late, G_N_ELEMENTS (late), sizeof *late, by_number);
  g_test_message ("late: median %" G_GINT64_FORMAT " us, worst %" G_GINT64_FORMAT " us",
                  late[G_N_ELEMENTS (late) / 2], late[G_N_ELEMENTS (late) - 1]);
  return late[G_N_ELEMENTS (late) / 2];
}

/* The grain is 1 ms. A machine that is busy with something else makes anybody late: then once more.
 */
static void
timers_are_on_time (void)
{
  for (guint attempt = 0; attempt < 10; attempt++)
    if (run_alarms () < 2000)
      return;
  g_assert_not_reached ();
}

static void
clear_own_sibling (gpointer user)
{
  Alarm *alarm = user;

  peal_timer_clear (&alarm->other);
  tell (alarm->desk, 1);
}

static void
must_not_fire (gpointer user)
{
  g_assert_not_reached ();
}

static void
set_twins (gpointer user)
{
  Alarm *alarm = user;
  gint64 now = peal_loop_now (alarm->desk->loop);

  peal_timer_set (alarm->desk->loop, &alarm->timer, now, clear_own_sibling, alarm);
  peal_timer_set (alarm->desk->loop, &alarm->other, now, must_not_fire, alarm);
}

static void
a_timer_clears_the_next_one (void)
{
  Desk desk = desk_open ();
  Alarm alarm = { .desk = &desk };

  peal_loop_call (desk.loop, set_twins, &alarm);
  g_assert_cmpuint (hear (&desk), ==, 1);
  desk_close (&desk);
}

static void
again (gpointer user)
{
  Alarm *alarm = user;

  if (++alarm->number == 1000)
    tell (alarm->desk, 1);
  else
    peal_timer_set (alarm->desk->loop, &alarm->timer, 0, again, alarm);
}

static void
a_timer_that_sets_itself_holds_nobody_up (void)
{
  Desk desk = desk_open ();
  Alarm alarm = { .desk = &desk };

  peal_loop_call (desk.loop, again, &alarm);
  peal_loop_call (desk.loop, nothing, NULL); /* gets its turn in between */
  g_assert_cmpuint (hear (&desk), ==, 1);
  desk_close (&desk);
}

/* --- the wheel by itself, with its own clock --- */

typedef struct {
  PealTimer timer;
  gint64 due, fired, *now;
  gint64 *last; /* tick of the one that fired before */
} Spoke;

static void
note_time (gpointer user)
{
  Spoke *spoke = user;

  spoke->fired = *spoke->now;
  g_assert_cmpint (spoke->due, >=, *spoke->last - 1000); /* in order, to a millisecond */
  *spoke->last = MAX (*spoke->last, spoke->due);
}

static void
the_wheel_fires_each_once_and_never_early (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  gint64 now = 123456789, last = 0;
  PealWheel wheel;
  g_autofree Spoke *spokes = g_new0 (Spoke, 3000);

  g_test_message ("seed %u", seed);
  peal_wheel_init (&wheel, now);
  for (guint i = 0; i < 3000; i++) {
    /* From microseconds to days: every level and what is beyond the last. */
    gint64 away =
        (gint64) (g_rand_double (rand) * (double) ((gint64) 1 << g_rand_int_range (rand, 1, 38)));
    spokes[i] = (Spoke) { .due = now + away, .now = &now, .last = &last };
    spokes[i].timer = (PealTimer) { .due = spokes[i].due, .func = note_time, .user = &spokes[i] };
    peal_wheel_add (&wheel, &spokes[i].timer);
  }
  for (guint i = 0; i < 3000; i += 7)
    peal_wheel_remove (&spokes[i].timer);

  guint turns = 0;
  for (gint64 next; (next = peal_wheel_next (&wheel)) != G_MAXINT64; turns++) {
    g_assert_cmpint (next, >=, now / 1000 * 1000);
    now = MAX (next, now) + g_rand_int_range (rand, 0, 900);
    peal_wheel_turn (&wheel, now);
  }
  for (guint i = 0; i < 3000; i++) {
    if (i % 7 == 0) {
      g_assert_cmpint (spokes[i].fired, ==, 0);
      continue;
    }
    g_assert_cmpint (spokes[i].fired, >=, spokes[i].due);
    g_assert_cmpint (spokes[i].fired - spokes[i].due, <, 2000);
  }
  g_test_message ("%u turns for 3000 timers", turns);
  g_assert_cmpuint (turns, <, 3 * 3000);
}

/* --- watches --- */

typedef struct {
  Desk *desk;
  PealWatch *watches[2];
  int fds[2];
  guint heard;
} Pipes;

/* Both are ready in the same turn; the first to hear ends the other. */
static void
end_the_other (gpointer user, guint32 events)
{
  Pipes *pipes = user;

  g_assert_cmpuint (events, ==, EPOLLIN);
  pipes->heard++;
  for (guint i = 0; i < 2; i++)
    if (pipes->watches[i])
      peal_watch_free (g_steal_pointer (&pipes->watches[i]));
  tell (pipes->desk, 1);
}

static void
watch_both (gpointer user)
{
  Pipes *pipes = user;

  for (guint i = 0; i < 2; i++) {
    pipes->fds[i] = eventfd (1, EFD_CLOEXEC);
    pipes->watches[i] = peal_watch_new (pipes->desk->loop, pipes->fds[i], 0, end_the_other, pipes);
  }
  for (guint i = 0; i < 2; i++)
    peal_watch_want (pipes->watches[i], EPOLLIN);
}

static void
a_watch_ends_inside_ready (void)
{
  Desk desk = desk_open ();
  Pipes pipes = { .desk = &desk };

  peal_loop_call (desk.loop, watch_both, &pipes);
  g_assert_cmpuint (hear (&desk), ==, 1);
  peal_loop_call (desk.loop, nothing, NULL);
  g_assert_cmpuint (pipes.heard, ==, 1);
  for (guint i = 0; i < 2; i++)
    close (pipes.fds[i]);
  desk_close (&desk);
}

/* --- the context --- */

static gboolean
say_seven_once (gpointer user)
{
  tell (user, 7);
  return G_SOURCE_REMOVE;
}

static void
attach_on_loop (gpointer user)
{
  Desk *desk = user;
  g_autoptr(GSource) idle = g_idle_source_new ();
  g_autoptr(GSource) timeout = g_timeout_source_new (20);

  g_assert_true (g_main_context_get_thread_default () == peal_loop_context (desk->loop));
  g_source_set_callback (idle, say_seven_once, desk, NULL);
  g_source_attach (idle, peal_loop_context (desk->loop));
  g_source_set_callback (timeout, say_seven_once, desk, NULL);
  g_source_attach (timeout, peal_loop_context (desk->loop));
}

/* Nothing else wakes the loop here: a source that its sleep overlooks is never heard. */
static void
sources_attached_on_the_loop_run (void)
{
  Desk desk = desk_open ();

  peal_loop_post (desk.loop, attach_on_loop, &desk);
  g_assert_cmpuint (hear (&desk), ==, 7);
  g_assert_cmpuint (hear (&desk), ==, 7);
  desk_close (&desk);
}

static void
sources_attached_elsewhere_run (void)
{
  Desk desk = desk_open ();

  peal_loop_call (desk.loop, nothing, NULL);
  for (guint i = 0; i < 100; i++) {
    g_main_context_invoke (peal_loop_context (desk.loop), say_seven_once, &desk);
    g_assert_cmpuint (hear (&desk), ==, 7);
  }
  desk_close (&desk);
}

typedef struct {
  Desk *desk;
  int fd;
  guint rounds;
} Reuse;

static gboolean reopened (gint fd, GIOCondition condition, gpointer user);

static void
open_ready_fd (Reuse *reuse)
{
  int fd = eventfd (1, EFD_CLOEXEC);
  g_autoptr(GSource) source = g_unix_fd_source_new (fd, G_IO_IN);

  g_assert_true (reuse->fd == 0 || fd == reuse->fd);
  reuse->fd = fd;
  g_source_set_callback (source, G_SOURCE_FUNC (reopened), reuse, NULL);
  g_source_attach (source, peal_loop_context (reuse->desk->loop));
}

/* One source closes its descriptor and another opens the same number, all within a dispatch. */
static gboolean
reopened (gint fd, GIOCondition condition, gpointer user)
{
  Reuse *reuse = user;

  close (fd);
  if (++reuse->rounds < 50)
    open_ready_fd (reuse);
  else
    tell (reuse->desk, 1);
  return G_SOURCE_REMOVE;
}

static void
start_reuse (gpointer user)
{
  open_ready_fd (user);
}

static void
a_descriptor_number_used_again_is_heard (void)
{
  Desk desk = desk_open ();
  Reuse reuse = { .desk = &desk };

  peal_loop_post (desk.loop, start_reuse, &reuse);
  g_assert_cmpuint (hear (&desk), ==, 1);
  desk_close (&desk);
}

/* --- cost --- */

static void
read_cpu (gpointer user)
{
  struct timespec used;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &used);
  *(gint64 *) user = used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static void
hang_far_alarm (gpointer user)
{
  Alarm *alarm = user;

  peal_timer_set (alarm->desk->loop, &alarm->timer,
                  peal_loop_now (alarm->desk->loop) + 3600 * (gint64) G_USEC_PER_SEC, must_not_fire,
                  alarm);
}

static void
clear_alarm (gpointer user)
{
  peal_timer_clear (user);
}

static void
an_idle_loop_sleeps (void)
{
  Desk desk = desk_open ();
  Alarm far = { .desk = &desk }, near = { .desk = &desk, .due = 200000, .number = 1 };
  gint64 before, after;

  peal_loop_call (desk.loop, hang_far_alarm, &far);
  peal_loop_call (desk.loop, read_cpu, &before);
  peal_loop_call (desk.loop, set_alarm, &near);
  g_assert_cmpuint (hear (&desk), ==, 1); /* a fifth of a second in which nothing happens */
  peal_loop_call (desk.loop, read_cpu, &after);
  g_test_message ("%" G_GINT64_FORMAT " us of CPU in 200 ms", after - before);
  g_assert_cmpint (after - before, <, 20000);
  peal_loop_call (desk.loop, clear_alarm, &far.timer);
  desk_close (&desk);
}

static gboolean
end_hold (gpointer user)
{
  Desk *desk = user;

  tell (desk, 7);
  peal_loop_release (desk->loop);
  return G_SOURCE_REMOVE;
}

static void
begin_hold (gpointer user)
{
  Desk *desk = user;
  g_autoptr(GSource) source = g_timeout_source_new (50);

  peal_loop_hold (desk->loop);
  g_source_set_callback (source, end_hold, desk, NULL);
  g_source_attach (source, peal_loop_context (desk->loop));
}

static void
the_end_waits_for_what_is_held (void)
{
  Desk desk = desk_open ();

  peal_loop_post (desk.loop, begin_hold, &desk);
  desk_close_after (&desk, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loop/posts-keep-their-order", posts_keep_their_order);
  g_test_add_func ("/loop/what-is-posted-before-the-end-runs", what_is_posted_before_the_end_runs);
  g_test_add_func ("/loop/a-call-on-the-loop-runs-at-once", a_call_on_the_loop_runs_at_once);
  g_test_add_func ("/loop/timers-are-on-time", timers_are_on_time);
  g_test_add_func ("/loop/a-timer-clears-the-next-one", a_timer_clears_the_next_one);
  g_test_add_func ("/loop/a-timer-that-sets-itself-holds-nobody-up",
                   a_timer_that_sets_itself_holds_nobody_up);
  g_test_add_func ("/wheel/fires-each-once-and-never-early",
                   the_wheel_fires_each_once_and_never_early);
  g_test_add_func ("/loop/a-watch-ends-inside-ready", a_watch_ends_inside_ready);
  g_test_add_func ("/loop/sources-attached-on-the-loop-run", sources_attached_on_the_loop_run);
  g_test_add_func ("/loop/sources-attached-elsewhere-run", sources_attached_elsewhere_run);
  g_test_add_func ("/loop/a-descriptor-number-used-again-is-heard",
                   a_descriptor_number_used_again_is_heard);
  g_test_add_func ("/loop/an-idle-loop-sleeps", an_idle_loop_sleeps);
  g_test_add_func ("/loop/the-end-waits-for-what-is-held", the_end_waits_for_what_is_held);
  return g_test_run ();
}
