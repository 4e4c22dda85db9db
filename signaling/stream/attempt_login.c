/* Driving the login machine: what it asks for is done, what the reader makes of the bytes goes to
 * it, and once there is a session to the owner. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/stream/attempt_inside.h"
#include "signaling/stream/stream_error.h"
#include "signaling/stream/stream_wire.h"

/* Stanzas that may come between bind and <enabled/>: a server has no reason to send more than a
 * few. */
#define MOST_EARLY 64

static void
write_header (PealAttempt *attempt)
{
  g_autoptr(GString) out = g_string_new (NULL);
  peal_wire_append_header (out, peal_link_secured (attempt->link) ? attempt->setup.bare : NULL,
                           attempt->setup.domain);
  peal_attempt_write (attempt, out);
}

static void
write_ahead (PealAttempt *attempt)
{
  g_autoptr(GString) out = g_string_new (NULL);
  for (; peal_login_ahead (attempt->login, out); g_string_truncate (out, 0)) {
    peal_tap_element (&attempt->setup.reach.tap, TRUE, out->str, out->len);
    peal_attempt_write (attempt, out);
  }
}

static void
begin_session (PealAttempt *attempt, gboolean resumed)
{
  g_autoptr(PealLogin) login = g_steal_pointer (&attempt->login);
  peal_attempt_enter (attempt, PEAL_ATTEMPT_IN_SESSION);
  peal_link_owes (attempt->link, NULL);
  peal_route_arrived (&attempt->route, peal_secret_memory (attempt->setup.secret), resumed);
  attempt->events->online (attempt->user, resumed ? NULL : peal_login_jid (login));
  for (guint i = 0; i < attempt->early->len && !attempt->freed; i++)
    attempt->events->element (attempt->user, attempt->early->pdata[i], TRUE);
}

static void act (PealAttempt *attempt, PealLoginTurn turn, const GString *say, const GError *error);

/* Cancelled when the login it was for is gone. */
static void
on_derived (GObject *source, GAsyncResult *result, gpointer user)
{
  PealAttempt *attempt = user;
  g_autoptr(GError) error = NULL;
  gboolean good = peal_secret_derived (attempt->setup.secret, result, &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_clear_object (&attempt->deriving);
  if (!attempt->freed && good) {
    g_autoptr(GString) say = g_string_new (NULL);
    g_autoptr(GError) why = NULL;
    PealLoginTurn turn = peal_login_go_on (attempt->login, say, &why);
    act (attempt, turn, say, why);
  } else if (!attempt->freed && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_autoptr(GError) why = peal_failure_new (PEAL_FAILURE_PASSWORD, "%s: %s; check it",
                                               attempt->setup.bare, error->message);
    peal_attempt_end (attempt, why, TRUE);
  }
  peal_attempt_release (attempt);
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
    peal_attempt_await (attempt, peal_login_awaits (attempt->login));
    attempt->deriving = g_cancellable_new ();
    peal_secret_derive (attempt->setup.secret, peal_login_missing (attempt->login),
                        attempt->deriving, on_derived, peal_attempt_hold (attempt));
    break;
  case PEAL_LOGIN_RESTART:
    peal_reader_restart (attempt->reader);
    write_header (attempt);
    write_ahead (attempt);
    peal_attempt_await (attempt, peal_login_awaits (attempt->login));
    break;
  case PEAL_LOGIN_BOUND:
  case PEAL_LOGIN_RESUMED:
    begin_session (attempt, turn == PEAL_LOGIN_RESUMED);
    break;
  case PEAL_LOGIN_FAILED:
    peal_attempt_end (attempt, error, FALSE);
    break;
  default:
    peal_attempt_await (attempt, peal_login_awaits (attempt->login));
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
  if (attempt->state != PEAL_ATTEMPT_LOGGING_IN)
    return;
  peal_login_header (attempt->login);
  peal_attempt_await (attempt, peal_login_awaits (attempt->login));
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
  if (follow && attempt->state == PEAL_ATTEMPT_LOGGING_IN) {
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
  peal_attempt_end (attempt, why, FALSE);
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
  peal_attempt_end (attempt, why, hopeless);
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
  else if (attempt->state == PEAL_ATTEMPT_LOGGING_IN)
    hear_login (attempt, element);
  else if (!peal_element_matches (&peal_wire_features, element)) /* those that follow SASL2 */
    attempt->events->element (attempt->user, element, FALSE);
}

static void
on_oversize (gpointer user, xmpp_stanza_t *head)
{
  PealAttempt *attempt = user;
  if (attempt->state == PEAL_ATTEMPT_LOGGING_IN)
    peal_attempt_fail (attempt, "%s sent too large a <%s/>; check that it is an XMPP server",
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

void
peal_attempt_log_in (PealAttempt *attempt)
{
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
  peal_attempt_enter (attempt, PEAL_ATTEMPT_LOGGING_IN);
  attempt->login = peal_login_new (&setup);
  attempt->reader = peal_reader_new (setup.context, &reader_events, attempt);
  write_header (attempt);
  peal_attempt_await (attempt, peal_login_awaits (attempt->login));
}
