/* One thread that carries media: epoll, a timer wheel and an iterated GMainContext.
 *
 * A turn sleeps in one ppoll over the eventfd of the posts, the epoll descriptor of the watches and
 * the descriptors of the context; then runs posts, watches, timers, and the context if it has
 * something to do. The context's descriptors are not put into the epoll set: a source may close its
 * descriptor and another open the same number within one dispatch, which epoll would miss for good.
 *
 * The context is owned only while it is looked after, and made for that (OWNERLESS_POLLING): what
 * is attached to it outside, also by our own callbacks, wakes its eventfd, so a turn that only
 * moves packets never walks its sources. */
// SPDX-License-Identifier: MIT
#include "transport/urgent.h"
#include "transport/wheel.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_A_TURN 64
#define LEAVE_WITHIN  (2 * G_USEC_PER_SEC)

typedef struct Post Post;
struct Post {
  Post *next;
  PealLoopFunc func;
  gpointer user;
};

struct PealWatch {
  PealWatch *next; /* in loop->dead */
  PealLoop *loop;
  int fd;
  guint32 wanted;
  gboolean dead;
  void (*ready) (gpointer user, guint32 events);
  gpointer user;
};

struct PealLoop {
  GThread *thread;
  GMainContext *context;
  gboolean leaving;
  guint holds;
  gint64 leave_by; /* however many holds there are */
  gint64 now;
  PealWheel wheel;
  int epoll, wake;
  Post *posts;     /* a stack that any thread pushes to: newest first */
  PealWatch *dead; /* freed at the end of the turn: epoll may already have told of them */

  /* What the context asked for when it was last looked after. */
  gint context_priority;
  gint64 context_due;
  guint n_fds, fds_size;
  struct pollfd *fds; /* [0] wake, [1] epoll, then the context's */
};

enum { FD_WAKE, FD_EPOLL, N_OWN_FDS };

G_STATIC_ASSERT (sizeof (GPollFD) == sizeof (struct pollfd));

/* --- posts --- */

static void
run_posts (PealLoop *loop)
{
  Post *newest = g_atomic_pointer_exchange (&loop->posts, NULL);
  Post *oldest = NULL;

  while (newest) {
    Post *next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest) {
    g_autofree Post *post = oldest;
    oldest = post->next;
    post->func (post->user);
  }
}

void
peal_loop_post (PealLoop *loop, PealLoopFunc func, gpointer user)
{
  Post *post = g_new (Post, 1);
  Post *before;

  *post = (Post) { NULL, func, user };
  do
    post->next = before = g_atomic_pointer_get (&loop->posts);
  while (!g_atomic_pointer_compare_and_exchange (&loop->posts, before, post));
  if (before)
    return;

  /* Whoever pushed onto an empty stack wakes the loop; the others ride along. */
  guint64 one = 1;
  if (write (loop->wake, &one, sizeof one) < 0)
    g_assert (errno == EAGAIN); /* the counter is full: it is awake */
}

typedef struct {
  PealLoopFunc func;
  gpointer user;
  GMutex mutex;
  GCond ran;
  gint done;
} Call;

static void
run_call (gpointer user)
{
  Call *call = user;

  call->func (call->user);
  g_mutex_lock (&call->mutex);
  g_atomic_int_set (&call->done, TRUE);
  g_cond_signal (&call->ran);
  g_mutex_unlock (&call->mutex);
}

static void
post_and_wait (PealLoop *loop, PealLoopFunc func, gpointer user)
{
  Call call = { .func = func, .user = user };

  g_mutex_init (&call.mutex);
  g_cond_init (&call.ran);
  peal_loop_post (loop, run_call, &call);
  g_mutex_lock (&call.mutex);
  while (!g_atomic_int_get (&call.done))
    g_cond_wait (&call.ran, &call.mutex);
  g_mutex_unlock (&call.mutex);
  g_cond_clear (&call.ran);
  g_mutex_clear (&call.mutex);
}

void
peal_loop_call (PealLoop *loop, PealLoopFunc func, gpointer user)
{
  if (peal_loop_is_current (loop))
    func (user);
  else
    post_and_wait (loop, func, user);
}

/* --- the context --- */

/* Dispatches what is ready, then notes what to wait for next. */
static void
look_after_context (PealLoop *loop, gboolean first)
{
  gint timeout, n;

  if (!g_main_context_acquire (loop->context))
    g_assert_not_reached ();
  if (!first && g_main_context_check (loop->context, loop->context_priority,
                                      (GPollFD *) loop->fds + N_OWN_FDS, (gint) loop->n_fds))
    g_main_context_dispatch (loop->context);

  g_main_context_prepare (loop->context, &loop->context_priority);
  /* All priorities, so that the descriptors do not come and go with what is ready just now. */
  while ((n = g_main_context_query (loop->context, G_MAXINT, &timeout,
                                    (GPollFD *) loop->fds + N_OWN_FDS, (gint) loop->fds_size)) >
         (gint) loop->fds_size) {
    loop->fds_size = (guint) n * 2;
    loop->fds = g_renew (struct pollfd, loop->fds, N_OWN_FDS + loop->fds_size);
  }
  loop->n_fds = (guint) n;
  loop->context_due =
      timeout < 0 ? G_MAXINT64 : g_get_monotonic_time () + timeout * G_GINT64_CONSTANT (1000);
  g_main_context_release (loop->context);
}

static gboolean
context_wants (const PealLoop *loop)
{
  if (loop->context_due <= loop->now)
    return TRUE;
  for (guint i = 0; i < loop->n_fds; i++)
    if (loop->fds[N_OWN_FDS + i].revents)
      return TRUE;
  return FALSE;
}

/* --- watches --- */

PealWatch *
peal_watch_new (PealLoop *loop, int fd, guint32 epoll_events,
                void (*ready) (gpointer user, guint32 events), gpointer user)
{
  PealWatch *watch = g_new (PealWatch, 1);

  g_assert (peal_loop_is_current (loop));
  *watch =
      (PealWatch) { .loop = loop, .fd = fd, .wanted = epoll_events, .ready = ready, .user = user };
  struct epoll_event event = { .events = epoll_events, .data.ptr = watch };
  if (epoll_ctl (loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    g_error ("watch of descriptor %d: %s", fd, g_strerror (errno));
  return watch;
}

void
peal_watch_want (PealWatch *watch, guint32 epoll_events)
{
  struct epoll_event event = { .events = epoll_events, .data.ptr = watch };

  g_assert (peal_loop_is_current (watch->loop) && !watch->dead);
  if (epoll_events == watch->wanted)
    return;
  watch->wanted = epoll_events;
  if (epoll_ctl (watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) < 0)
    g_error ("watch of descriptor %d: %s", watch->fd, g_strerror (errno));
}

void
peal_watch_free (PealWatch *watch)
{
  g_assert (peal_loop_is_current (watch->loop) && !watch->dead);
  if (epoll_ctl (watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL) < 0)
    g_error ("watch of descriptor %d: closed before its watch ended", watch->fd);
  watch->dead = TRUE;
  watch->next = watch->loop->dead;
  watch->loop->dead = watch;
}

static void
run_watches (PealLoop *loop)
{
  struct epoll_event events[EVENTS_A_TURN];
  int n = epoll_wait (loop->epoll, events, EVENTS_A_TURN, 0);

  for (int i = 0; i < n; i++) {
    PealWatch *watch = events[i].data.ptr;
    if (!watch->dead)
      watch->ready (watch->user, events[i].events);
  }
}

static void
bury (PealLoop *loop)
{
  while (loop->dead) {
    g_autofree PealWatch *watch = loop->dead;
    loop->dead = watch->next;
  }
}

/* --- timers --- */

void
peal_timer_set (PealLoop *loop, PealTimer *timer, gint64 due, PealLoopFunc func, gpointer user)
{
  g_assert (peal_loop_is_current (loop));
  peal_wheel_remove (timer);
  timer->due = MAX (due, 1);
  timer->func = func;
  timer->user = user;
  peal_wheel_add (&loop->wheel, timer);
}

void
peal_timer_clear (PealTimer *timer)
{
  peal_wheel_remove (timer);
}

gint64
peal_loop_now (PealLoop *loop)
{
  return loop->now;
}

/* --- the thread --- */

static void
sleep_until_needed (PealLoop *loop)
{
  gint64 due = MIN (peal_wheel_next (&loop->wheel), loop->context_due);
  struct timespec wait = { 0 };

  if (loop->leaving)
    due = MIN (due, loop->leave_by);
  if (due != G_MAXINT64) {
    gint64 left = MAX (due - g_get_monotonic_time (), 0);
    wait = (struct timespec) { left / G_USEC_PER_SEC, left % G_USEC_PER_SEC * 1000 };
  }
  if (ppoll (loop->fds, N_OWN_FDS + loop->n_fds, due == G_MAXINT64 ? NULL : &wait, NULL) < 0)
    for (guint i = 0; i < N_OWN_FDS + loop->n_fds; i++)
      loop->fds[i].revents = 0; /* a signal: nothing was told */
  loop->now = g_get_monotonic_time ();
}

static void
turn (PealLoop *loop)
{
  sleep_until_needed (loop);
  if (loop->fds[FD_WAKE].revents) {
    guint64 count;
    if (read (loop->wake, &count, sizeof count) > 0)
      run_posts (loop);
  }
  if (loop->fds[FD_EPOLL].revents)
    run_watches (loop);
  peal_wheel_turn (&loop->wheel, loop->now);
  if (context_wants (loop))
    look_after_context (loop, FALSE);
  bury (loop);
}

static gpointer
run (gpointer user)
{
  PealLoop *loop = user;

  peal_urgent_thread ();
  g_main_context_push_thread_default (loop->context);
  g_main_context_release (loop->context); /* the push took it: see the head of this file */
  loop->now = g_get_monotonic_time ();
  peal_wheel_init (&loop->wheel, loop->now);
  look_after_context (loop, TRUE);

  while (!loop->leaving || (loop->holds > 0 && loop->now < loop->leave_by))
    turn (loop);
  while (g_atomic_pointer_get (&loop->posts))
    run_posts (loop);
  bury (loop);

  if (!g_main_context_acquire (loop->context))
    g_assert_not_reached ();
  g_main_context_pop_thread_default (loop->context);
  return NULL;
}

static void
note_thread (gpointer user)
{
  PealLoop *loop = user;

  loop->thread = g_thread_self ();
}

static void
leave (gpointer user)
{
  PealLoop *loop = user;

  loop->leaving = TRUE;
  loop->leave_by = g_get_monotonic_time () + LEAVE_WITHIN;
}

void
peal_loop_hold (PealLoop *loop)
{
  g_assert (peal_loop_is_current (loop));
  loop->holds++;
}

void
peal_loop_release (PealLoop *loop)
{
  g_assert (peal_loop_is_current (loop) && loop->holds > 0);
  loop->holds--;
}

PealLoop *
peal_loop_new (const char *name)
{
  PealLoop *loop = g_new0 (PealLoop, 1);

  loop->context = g_main_context_new_with_flags (G_MAIN_CONTEXT_FLAGS_OWNERLESS_POLLING);
  loop->epoll = epoll_create1 (EPOLL_CLOEXEC);
  loop->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (loop->epoll < 0 || loop->wake < 0)
    g_error ("no descriptors left for a loop: %s", g_strerror (errno));
  loop->fds_size = 8;
  loop->fds = g_new0 (struct pollfd, N_OWN_FDS + loop->fds_size);
  loop->fds[FD_WAKE] = (struct pollfd) { .fd = loop->wake, .events = POLLIN };
  loop->fds[FD_EPOLL] = (struct pollfd) { .fd = loop->epoll, .events = POLLIN };

  /* Joined through @thread; the loop knows itself by what note_thread saw before anyone could ask.
   */
  g_autofree char *short_name = g_strndup (name, 15);
  GThread *thread = g_thread_new (short_name, run, loop);
  post_and_wait (loop, note_thread, loop);
  g_assert (loop->thread == thread);
  return loop;
}

void
peal_loop_free (PealLoop *loop)
{
  g_assert (!peal_loop_is_current (loop));
  peal_loop_post (loop, leave, loop);
  g_thread_join (loop->thread);
  close (loop->epoll);
  close (loop->wake);
  g_main_context_unref (loop->context);
  g_free (loop->fds);
  g_free (loop);
}

GMainContext *
peal_loop_context (PealLoop *loop)
{
  return loop->context;
}

gboolean
peal_loop_is_current (PealLoop *loop)
{
  return loop->thread == g_thread_self ();
}
