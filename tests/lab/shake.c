/* Makes races visible: loaded before a program (LD_PRELOAD), it has threads start, wake up, accept,
 * read and write at moments that are later by chance.
 *
 * `meson test --setup shaken` runs the C tests so, and they must pass as ever. The seed is told on
 * stderr; PEAL_SHAKE=SEED takes that one again, which makes the same failure likely, not certain.
 */
// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t seed;
static __thread uint64_t state;

__attribute__ ((constructor)) static void
choose_seed (void)
{
  const char *given = getenv ("PEAL_SHAKE");

  if (given)
    seed = strtoull (given, NULL, 10);
  else if (getrandom (&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
    seed = (uint64_t) getpid ();
  fprintf (stderr, "# shaken by PEAL_SHAKE=%llu\n", (unsigned long long) seed);
}

/* xorshift64: each thread has its own row of numbers. */
static uint64_t
chance (void)
{
  if (!state)
    state = (seed ^ (uint64_t) pthread_self () * 0x9E3779B97F4A7C15u) | 1;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/* Sleeps up to @longest_ms, @per_mille times of a thousand. */
static void
nap (unsigned per_mille, unsigned longest_ms)
{
  int kept = errno;

  if (chance () % 1000 < per_mille) {
    struct timespec length = { .tv_nsec = (long) (chance () % (longest_ms * 1000000ul)) };
    nanosleep (&length, NULL);
  }
  errno = kept;
}

#define REAL(name)                                                                                 \
  static __typeof__ (&name) real;                                                                  \
  if (!real)                                                                                       \
  real = (__typeof__ (&name)) dlsym (RTLD_NEXT, #name)

/* --- threads --- */

typedef struct {
  void *(*run) (void *argument);
  void *argument;
} Start;

static void *
start_late (void *given)
{
  Start start = *(Start *) given;

  free (given);
  nap (300, 60);
  return start.run (start.argument);
}

int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes, void *(*run) (void *),
                void *argument)
{
  REAL (pthread_create);
  Start *start = malloc (sizeof *start);

  if (!start)
    return EAGAIN;
  *start = (Start) { run, argument };
  int failed = real (thread, attributes, start_late, start);
  if (failed)
    free (start);
  else
    nap (100, 30);
  return failed;
}

/* GLib's locks, conditions, queues and pools wait by futexes of their own. */
long
syscall (long number, ...)
{
  static long (*real) (long number, ...);
  long a[6];
  va_list list;

  if (!real)
    real = (long (*) (long, ...)) dlsym (RTLD_NEXT, "syscall");
  va_start (list, number);
  for (int i = 0; i < 6; i++)
    a[i] = va_arg (list, long);
  va_end (list);
  long result = real (number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT)
    nap (60, 40);
  return result;
}

/* --- what a thread waits for comes later --- */

int
poll (struct pollfd *files, nfds_t n, int timeout)
{
  REAL (poll);
  int ready = real (files, n, timeout);

  nap (15, 40);
  return ready;
}

int
epoll_wait (int epoll, struct epoll_event *events, int n, int timeout)
{
  REAL (epoll_wait);
  int ready = real (epoll, events, n, timeout);

  nap (15, 40);
  return ready;
}

int
accept (int file, struct sockaddr *address, socklen_t *length)
{
  REAL (accept);
  int accepted = real (file, address, length);

  nap (150, 60);
  return accepted;
}

int
accept4 (int file, struct sockaddr *address, socklen_t *length, int flags)
{
  REAL (accept4);
  int accepted = real (file, address, length, flags);

  nap (150, 60);
  return accepted;
}

ssize_t
recv (int file, void *bytes, size_t n, int flags)
{
  REAL (recv);
  nap (10, 20);
  return real (file, bytes, n, flags);
}

ssize_t
recvmsg (int file, struct msghdr *message, int flags)
{
  REAL (recvmsg);
  nap (10, 20);
  return real (file, message, flags);
}

/* --- and what it does is seen before it goes on --- */

ssize_t
sendto (int file, const void *bytes, size_t n, int flags, const struct sockaddr *address,
        socklen_t length)
{
  REAL (sendto);
  ssize_t sent = real (file, bytes, n, flags, address, length);

  nap (10, 20);
  return sent;
}

ssize_t
sendmsg (int file, const struct msghdr *message, int flags)
{
  REAL (sendmsg);
  ssize_t sent = real (file, message, flags);

  nap (10, 20);
  return sent;
}

ssize_t
write (int file, const void *bytes, size_t n)
{
  REAL (write);
  ssize_t written = real (file, bytes, n);

  nap (5, 20);
  return written;
}
