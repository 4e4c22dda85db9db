/* Driving link, reader and login to a session. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/attempt.h"

#include <string.h>

#include "signaling/stream/failure.h"
#include "signaling/stream/login.h"
#include "signaling/stream/reader.h"
#include "signaling/stream/route.h"
#include "signaling/stream/stream_error.h"
#include "signaling/stream/stream_wire.h"

typedef enum {
  LINKING = 1,
  LOGGING_IN,
  IN_SESSION,
  N_STATES,
} State;

/* Stanzas that may come between bind and <enabled/>: a server has no reason to send more than a
 * few. */
#define MOST_EARLY 64

static const char *const words[N_STATES] = { "", "linking", "logging-in", "in-session" };

struct PealAttempt {
  guint references; /* the owner's, and one for each callback under way */
  PealAttemptSetup setup;
  const PealAttemptEvents *events;
  gpointer user;
  gboolean freed;
  State state;
  const char *awaits; /* static */
  PealRoute route;
  PealLink *link;
  PealReader *reader;
  gboolean reading; /* @reader is on the call stack */
  gboolean moving;  /* to where the server sent us, once it is not */
  PealLogin *login;
  GPtrArray *early; /* of stanza: came before <enabled/> */
};

static PealAttempt *
hold (PealAttempt *attempt)
{
  attempt->references++;
  return attempt;
}

static void
release (PealAttempt *attempt)
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

/* The only assignment to ->state. */
static void
enter (PealAttempt *attempt, State state)
{
  peal_tap_transition (&attempt->setup.reach.tap, "attempt", words[attempt->state], words[state]);
  attempt->state = state;
}

static void
await (gpointer user, const char *what)
{
  PealAttempt *attempt = user;
  attempt->awaits = what;
  if (attempt->link)
    peal_link_owes (attempt->link, what);
  attempt->events->awaits (attempt->user);
}

/* Tells the end; the owner then frees the attempt, but finds its own things there till it returns.
 */
static void
end (PealAttempt *attempt, const GError *why, gboolean hopeless)
{
  hold (attempt);
  if (!attempt->freed)
    attempt->events->over (attempt->user, why, hopeless || !why || why->code != PEAL_CAUSE_CONNECT);
  release (attempt);
}

/* What came is no XMPP. */
static void fail (PealAttempt *attempt, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void
fail (PealAttempt *attempt, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr(GError) why = peal_failure_new_valist (PEAL_FAILURE_NOT_XMPP, format, arguments);
  va_end (arguments);
  end (attempt, why, FALSE);
}

/* --- logging in --- */

static void
write_header (PealAttempt *attempt)
{
  g_autoptr(GString) out = g_string_new (NULL);
  peal_wire_append_header (out, peal_link_secured (attempt->link) ? attempt->setup.bare : NULL,
                           attempt->setup.domain);
  peal_attempt_write (attempt, out);
}

static void
begin_session (PealAttempt *attempt, gboolean resumed)
{
  g_autoptr(PealLogin) login = g_steal_pointer (&attempt->login);
  enter (attempt, IN_SESSION);
  peal_link_owes (attempt->link, NULL);
  peal_route_arrived (&attempt->route, peal_secret_memory (attempt->setup.secret), resumed);
  attempt->events->online (attempt->user, resumed ? NULL : peal_login_jid (login));
  for (guint i = 0; i < attempt->early->len && !attempt->freed; i++)
    attempt->events->element (attempt->user, attempt->early->pdata[i], TRUE);
}

static void act (PealAttempt *attempt, PealLoginTurn turn, const GString *say, const GError *error);

static void
on_derived (GObject *source, GAsyncResult *result, gpointer user)
{
  PealAttempt *attempt = user;
  g_autoptr(GError) error = NULL;
  gboolean good = peal_secret_derived (attempt->setup.secret, result, &error);
  if (!attempt->freed && good) {
    g_autoptr(GString) say = g_string_new (NULL);
    g_autoptr(GError) why = NULL;
    PealLoginTurn turn = peal_login_go_on (attempt->login, say, &why);
    act (attempt, turn, say, why);
  } else if (!attempt->freed) {
    g_autoptr(GError) why = peal_failure_new (PEAL_FAILURE_PASSWORD, "%s: %s; check it",
                                               attempt->setup.bare, error->message);
    end (attempt, why, TRUE);
  }
  release (attempt);
}

/* Does what the login machine asks for. */
static void
act (PealAttempt *attempt, PealLoginTurn turn, const GString *say, const GError *error)
{
  if (say->len > 0) {
    peal_tap_element (&attempt->setup.reach.tap, TRUE, say->str, say->len);
    peal_attempt_write (attempt, say);
  }
  switch (turn) {
  case PEAL_LOGIN_DERIVE:
    await (attempt, peal_login_awaits (attempt->login));
    peal_secret_derive (attempt->setup.secret, peal_login_missing (attempt->login), NULL,
                        on_derived, hold (attempt));
    break;
  case PEAL_LOGIN_RESTART:
    peal_reader_restart (attempt->reader);
    write_header (attempt);
    await (attempt, peal_login_awaits (attempt->login));
    break;
  case PEAL_LOGIN_BOUND:
  case PEAL_LOGIN_RESUMED:
    begin_session (attempt, turn == PEAL_LOGIN_RESUMED);
    break;
  case PEAL_LOGIN_FAILED:
    end (attempt, error, FALSE);
    break;
  default:
    await (attempt, peal_login_awaits (attempt->login));
  }
}

/* A stanza does not take the login further, so its deadline stands; what is too much is dropped, as
 * if it had never been sent to a session that is not yet there. */
static void
keep_early (PealAttempt *attempt, xmpp_stanza_t *stanza)
{
  if (attempt->early->len < MOST_EARLY)
    g_ptr_array_add (attempt->early, xmpp_stanza_clone (stanza));
}

static void
hear_login (PealAttempt *attempt, xmpp_stanza_t *element)
{
  g_autoptr(GString) say = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  PealLoginTurn turn = peal_login_hear (attempt->login, element, say, &error);
  if (turn == PEAL_LOGIN_EARLY)
    keep_early (attempt, element);
  else
    act (attempt, turn, say, error);
  explicit_bzero (say->str, say->len);
}

/* --- what the reader says --- */

static void
on_header (gpointer user, const char *id, const char *from)
{
  PealAttempt *attempt = user;
  if (attempt->state != LOGGING_IN)
    return;
  peal_login_header (attempt->login);
  await (attempt, peal_login_awaits (attempt->login));
}

/* A server that sends us elsewhere in a login is followed at once; in a session the next attempt
 * begins there. */
static void
hear_redirect (PealAttempt *attempt, const char *server)
{
  g_autoptr(GError) why = NULL;
  gboolean secured = peal_link_secured (attempt->link);
  const char *where = peal_attempt_where (attempt);
  PealMemory *memory = peal_secret_memory (attempt->setup.secret);
  gboolean follow = peal_route_follow (&attempt->route, server, secured, where, &why);
  if (follow && attempt->state == LOGGING_IN) {
    attempt->moving = TRUE;
    peal_reader_stop (attempt->reader);
    return;
  }
  if (follow) {
    g_free (memory->location);
    memory->location = g_strdup (server);
    peal_failure_set (&why, PEAL_FAILURE_SEE_OTHER_HOST, "%s sends us to %s; going there", where,
                      server);
  }
  end (attempt, why, FALSE);
}

static void
hear_stream_error (PealAttempt *attempt, xmpp_stanza_t *element)
{
  g_autofree char *server = peal_route_elsewhere (element);
  if (server) {
    hear_redirect (attempt, server);
    return;
  }
  const char *jid = peal_port_jid (attempt->setup.port);
  PealStreamParties parties = { .where = peal_attempt_where (attempt),
                                .domain = attempt->setup.domain,
                                .self = jid ? jid : attempt->setup.bare };
  gboolean hopeless;
  g_autoptr(GError) why = peal_stream_error_read (element, &parties, &hopeless);
  end (attempt, why, hopeless);
}

static void
on_stanza (gpointer user, xmpp_stanza_t *element)
{
  PealAttempt *attempt = user;
  if (attempt->setup.reach.tap.element) {
    g_autoptr(GString) text = g_string_new (NULL);
    peal_wire_append_stanza (text, element);
    peal_tap_element (&attempt->setup.reach.tap, FALSE, text->str, text->len);
  }
  if (peal_stream_error_is (element))
    hear_stream_error (attempt, element);
  else if (attempt->state == LOGGING_IN)
    hear_login (attempt, element);
  else if (!peal_element_matches (&peal_wire_features, element)) /* those that follow SASL2 */
    attempt->events->element (attempt->user, element, FALSE);
}

static void
on_oversize (gpointer user, xmpp_stanza_t *head)
{
  PealAttempt *attempt = user;
  if (attempt->state == LOGGING_IN)
    fail (attempt, "%s sent too large a <%s/>; check that it is an XMPP server",
          peal_attempt_where (attempt), xmpp_stanza_get_name (head));
  else
    attempt->events->oversize (attempt->user, head);
}

static void
on_end (gpointer user)
{
  PealAttempt *attempt = user;
  attempt->events->ended (attempt->user);
}

static const PealReaderEvents reader_events = {
  .header = on_header, .stanza = on_stanza, .oversize = on_oversize, .closed = on_end
};

/* --- what the link says --- */

static void
on_link_open (gpointer user)
{
  PealAttempt *attempt = user;
  g_autoptr(GBytes) exporter = peal_link_binding (attempt->link, PEAL_BINDING_EXPORTER);
  g_autoptr(GBytes) unique = peal_link_binding (attempt->link, PEAL_BINDING_UNIQUE);
  PealLoginSetup setup = {
    .context = peal_port_context (attempt->setup.port),
    .bare = attempt->setup.bare,
    .resource = attempt->setup.resource,
    .any_resource = attempt->setup.any_resource,
    .secret = attempt->setup.secret,
    .secured = peal_link_secured (attempt->link),
    .certified = peal_link_certified (attempt->link),
    .exporter = exporter,
    .unique = unique,
    .sm = attempt->setup.sm,
    .tap = attempt->setup.reach.tap,
  };
  enter (attempt, LOGGING_IN);
  attempt->login = peal_login_new (&setup);
  attempt->reader = peal_reader_new (setup.context, &reader_events, attempt);
  write_header (attempt);
  await (attempt, peal_login_awaits (attempt->login));
}

static void link_up (PealAttempt *attempt);

/* Leaves the server and goes where the route says. */
static void
move (PealAttempt *attempt)
{
  attempt->moving = FALSE;
  g_clear_pointer (&attempt->reader, peal_reader_free);
  g_clear_pointer (&attempt->login, peal_login_free);
  g_clear_pointer (&attempt->link, peal_link_free);
  link_up (attempt);
  await (attempt, "a connection");
}

static void
on_link_bytes (gpointer user, const char *bytes, gsize length)
{
  PealAttempt *attempt = hold (user);
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
    if (attempt->state == IN_SESSION && peal_reader_inside (reader))
      peal_sm_hear (attempt->setup.sm); /* or a resume would bring it again */
    fail (attempt, "%s: %s; check that it is an XMPP server", peal_attempt_where (attempt),
          error->message);
  }
  release (attempt);
}

static void
on_link_drained (gpointer user)
{
  PealAttempt *attempt = user;
  attempt->events->drained (attempt->user);
}

static void
on_link_closed (gpointer user, const GError *why)
{
  PealAttempt *attempt = user;
  if (attempt->state == LINKING && peal_route_back (&attempt->route))
    move (attempt);
  else
    end (attempt, why, FALSE);
}

static const PealLinkEvents link_events = {
  .awaits = await,
  .open = on_link_open,
  .bytes = on_link_bytes,
  .drained = on_link_drained,
  .closed = on_link_closed,
};

static void
link_up (PealAttempt *attempt)
{
  enter (attempt, LINKING);
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
  g_clear_pointer (&attempt->login, peal_login_free);
  g_clear_pointer (&attempt->link, peal_link_free);
  release (attempt);
}

const char *
peal_attempt_awaits (const PealAttempt *attempt)
{
  return attempt->awaits;
}

gboolean
peal_attempt_expire (PealAttempt *attempt, const GError *why)
{
  return peal_link_expire (attempt->link, why);
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
