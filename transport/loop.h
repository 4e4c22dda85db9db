/* One thread that carries media: epoll, a timer wheel and an iterated GMainContext.
 *
 * Every channel stack lives on one loop, given at its creation, and is touched by that thread
 * alone. Endpoint and loops exchange messages (peal_loop_post), never locks. A desktop call uses
 * one loop, a bot two. libnice and GIO run on peal_loop_context, which the same thread iterates. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealLoop PealLoop;
typedef void (*PealLoopFunc) (gpointer user);

/* Starts the thread. @name shows in debuggers (15 bytes). */
PealLoop *peal_loop_new (const char *name);

/* Runs what was posted before, waits for what is held (2 s at most), then ends the thread and frees
 * the loop. Not from the loop itself. */
void peal_loop_free (PealLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealLoop, peal_loop_free)

/* The context that the loop's thread iterates. */
GMainContext *peal_loop_context (PealLoop *loop);

/* Runs @func on the loop's thread; posts keep their order. Any thread. */
void peal_loop_post (PealLoop *loop, PealLoopFunc func, gpointer user);

/* The same, and waits until it ran; runs at once when called on the loop. Any thread. */
void peal_loop_call (PealLoop *loop, PealLoopFunc func, gpointer user);

/* Whether the caller is the loop's thread. */
gboolean peal_loop_is_current (PealLoop *loop);

/* --- on the loop's thread only --- */

/* Microseconds of the monotonic clock, read once a turn. */
gint64 peal_loop_now (PealLoop *loop);

/* Something asynchronous of a library has yet to end, such as giving a TURN allocation back: the
 * loop turns on until it was released. */
void peal_loop_hold (PealLoop *loop);
void peal_loop_release (PealLoop *loop);

/* A timer, embedded in its owner; all zero is idle. The wheel's grain is 1 ms. */
typedef struct PealTimer PealTimer;
struct PealTimer {
  PealTimer *next, **link; /* private */
  gint64 due;              /* private; 0 when idle */
  PealLoopFunc func;
  gpointer user;
};

/* Fires once, at @due (as peal_loop_now) or right after. Set again replaces. */
void peal_timer_set (PealLoop *loop, PealTimer *timer, gint64 due, PealLoopFunc func,
                     gpointer user);
void peal_timer_clear (PealTimer *timer);

/* A descriptor watched by the loop's epoll. @ready hears the EPOLL* events that came. */
typedef struct PealWatch PealWatch;
PealWatch *peal_watch_new (PealLoop *loop, int fd, guint32 epoll_events,
                           void (*ready) (gpointer user, guint32 events), gpointer user);
/* Changes what is waited for. */
void peal_watch_want (PealWatch *watch, guint32 epoll_events);
/* Ends the watch; the descriptor stays open. Safe inside @ready. */
void peal_watch_free (PealWatch *watch);
