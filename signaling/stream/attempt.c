/* Driving link, reader and login to a session. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/attempt_inside.h"

#include <string.h>

static const char *const words[PEAL_ATTEMPT_N_STATES] = { "", "linking", "logging-in",
                                                          "in-session" };

PealAttempt *
peal_attempt_hold (PealAttempt *attempt)
{
  attempt->references++;
  return attempt;
}

void
peal_attempt_release (PealAttempt *attempt)
{
  if (--attempt->references > 0)
    return;
  const PealAttemptEvents *events = attempt->events;
  gpointer user = attempt->user;
  g_ptr_array_unref (attempt->early);
  peal_route_clear (&attempt->route);
  g_free (attempt);
  events->gone (user);
}

void
peal_attempt_enter (PealAttempt *attempt, PealAttemptState state)
{
  peal_tap_transition (&attempt->setup.reach.tap, "attempt", words[attempt->state], words[state]);
  attempt->state = state;
}

void
peal_attempt_await (gpointer user, const char *what)
{
  PealAttempt *attempt = user;
  attempt->awaits = what;
  if (attempt->link)
    peal_link_owes (attempt->link, what);
  attempt->events->awaits (attempt->user);
}

void
peal_attempt_end (PealAttempt *attempt, const GError *why, gboolean hopeless)
{
  peal_attempt_hold (attempt);
  if (!attempt->freed)
    attempt->events->over (attempt->user, why, hopeless || !why || why->code != PEAL_CAUSE_CONNECT);
  peal_attempt_release (attempt);
}

void
peal_attempt_fail (PealAttempt *attempt, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr(GError) why = peal_failure_new_valist (PEAL_FAILURE_NOT_XMPP, format, arguments);
  va_end (arguments);
  peal_attempt_end (attempt, why, FALSE);
}

/* --- what the link says --- */

static void
on_link_open (gpointer user)
{
  peal_attempt_log_in (user);
}

static void link_up (PealAttempt *attempt);

static void
forget_login (PealAttempt *attempt)
{
  g_cancellable_cancel (attempt->deriving);
  g_clear_object (&attempt->deriving);
  g_clear_pointer (&attempt->login, peal_login_free);
}

/* Leaves the server and goes where the route says. */
static void
move (PealAttempt *attempt)
{
  attempt->moving = FALSE;
  g_clear_pointer (&attempt->reader, peal_reader_free);
  forget_login (attempt);
  g_clear_pointer (&attempt->link, peal_link_free);
  link_up (attempt);
  peal_attempt_await (attempt, "a connection");
}

static void
on_link_bytes (gpointer user, const char *bytes, gsize length)
{
  PealAttempt *attempt = peal_attempt_hold (user);
  PealReader *reader = attempt->reader;
  g_autoptr(GError) error = NULL;
  attempt->events->bytes (attempt->user);
  attempt->reading = TRUE;
  gboolean good = peal_reader_feed (reader, bytes, length, &error);
  attempt->reading = FALSE;
  if (attempt->freed) { /* meanwhile */
    peal_reader_free (reader);
  } else if (attempt->moving) {
    move (attempt);
  } else if (!good) {
    if (attempt->state == PEAL_ATTEMPT_IN_SESSION && peal_reader_inside (reader))
      peal_sm_hear (attempt->setup.sm); /* or a resume would bring it again */
    peal_attempt_fail (attempt, "%s: %s; check that it is an XMPP server",
                       peal_attempt_where (attempt), error->message);
  }
  peal_attempt_release (attempt);
}

static void
on_link_drained (gpointer user)
{
  PealAttempt *attempt = user;
  attempt->events->drained (attempt->user);
}

/* A server that spoke TLS and nothing more: SRV may name others. */
static gboolean
try_next (PealAttempt *attempt, const GError *why)
{
  if (attempt->state != PEAL_ATTEMPT_LOGGING_IN || !why || why->code != PEAL_CAUSE_CONNECT ||
      !peal_link_dumb (attempt->link))
    return FALSE;
  peal_route_pass_over (&attempt->route, peal_attempt_where (attempt), why);
  move (attempt);
  return TRUE;
}

/* Of those that could be reached and those that could not, the former are told. */
static const GError *
most_telling (const PealAttempt *attempt, const GError *why)
{
  const GError *useless = attempt->route.useless;
  gboolean reached = attempt->state != PEAL_ATTEMPT_LINKING;
  return reached || !useless || !why || why->code != PEAL_CAUSE_CONNECT ? why : useless;
}

static void
on_link_closed (gpointer user, const GError *why)
{
  PealAttempt *attempt = user;
  if (attempt->state == PEAL_ATTEMPT_LINKING && peal_route_back (&attempt->route))
    move (attempt);
  else if (!try_next (attempt, why))
    peal_attempt_end (attempt, most_telling (attempt, why), FALSE);
}

static const PealLinkEvents link_events = {
  .awaits = peal_attempt_await,
  .open = on_link_open,
  .bytes = on_link_bytes,
  .drained = on_link_drained,
  .closed = on_link_closed,
};

static void
link_up (PealAttempt *attempt)
{
  peal_attempt_enter (attempt, PEAL_ATTEMPT_LINKING);
  attempt->link = peal_link_new (peal_route_reach (&attempt->route), &link_events, attempt);
}

/* --- for the owner --- */

static void
stanza_unref (gpointer stanza)
{
  xmpp_stanza_release (stanza);
}

PealAttempt *
peal_attempt_new (const PealAttemptSetup *setup, const PealAttemptEvents *events, gpointer user)
{
  PealAttempt *attempt = g_new0 (PealAttempt, 1);
  attempt->references = 1;
  attempt->setup = *setup;
  attempt->events = events;
  attempt->user = user;
  attempt->awaits = "a connection";
  attempt->early = g_ptr_array_new_with_free_func (stanza_unref);
  peal_route_init (&attempt->route, &setup->reach, peal_secret_memory (setup->secret));
  link_up (attempt);
  return attempt;
}

void
peal_attempt_free (PealAttempt *attempt)
{
  if (!attempt)
    return;
  attempt->freed = TRUE;
  if (attempt->reader && attempt->reading)
    peal_reader_stop (attempt->reader); /* freed where it was called */
  else
    peal_reader_free (attempt->reader);
  forget_login (attempt);
  g_clear_pointer (&attempt->link, peal_link_free);
  peal_attempt_release (attempt);
}

const char *
peal_attempt_awaits (const PealAttempt *attempt)
{
  return attempt->awaits;
}

gboolean
peal_attempt_expire (PealAttempt *attempt, const GError *why)
{
  return peal_link_expire (attempt->link, why) || try_next (attempt, why);
}

void
peal_attempt_write (PealAttempt *attempt, const GString *text)
{
  peal_link_write (attempt->link, text->str, text->len);
}

gsize
peal_attempt_backlog (const PealAttempt *attempt)
{
  return peal_link_backlog (attempt->link);
}

gboolean
peal_attempt_close (PealAttempt *attempt)
{
  return peal_link_close (attempt->link);
}

const char *
peal_attempt_where (const PealAttempt *attempt)
{
  return peal_link_where (attempt->link);
}

const char *
peal_attempt_tls (const PealAttempt *attempt)
{
  return peal_link_tls (attempt->link);
}
