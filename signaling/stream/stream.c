/* The stream: drives link, reader and login, keeps the session alive, and comes back when it was
 * cut. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/stream.h"

#include <string.h>

#include "signaling/stream/link.h"
#include "signaling/stream/login.h"
#include "signaling/stream/reader.h"
#include "signaling/stream/sm.h"
#include "signaling/stream/stream_wire.h"
#include "signaling/stream/trust.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

#define STEP_MS  10000
#define IDLE_MS  60000
#define REPLY_MS 15000
#define CLOSE_MS 2000
#define BURST    (64 * 1024) /* bytes handed to the link at a time; the rest stays in the outbox */

/* Coming back: at once after a cut, so that a call survives, then 1 s, 2 s, 4 s … a minute, each
 * shortened by up to half so that a server's clients do not all return together. */
#define FIRST_RETRY_MS 100
#define RETRY_MS       1000
#define MAX_RETRY_MS   60000
#define STABLE_US      (10 * G_USEC_PER_SEC) /* a session this long makes the next cut a first one */

typedef enum {
  IDLE = 1, /* between two attempts */
  LINKING,
  LOGGING_IN,
  ONLINE,
  CLOSING,
  CLOSED,
} State;

struct PealStream {
  guint references; /* the owner's, and one for each callback under way */
  gboolean freed;
  PealStreamSetup setup;
  char *bare, *domain, *server, *resource, *ca_file;
  const PealStreamEvents *events;
  gpointer user;
  GMainContext *main_context;
  PealPort *port;
  PealSecret *secret;
  GTlsDatabase *trust;

  State state;
  guint attempt;      /* counts links, so that a late key finds out it is late */
  guint tries;        /* failures in a row */
  guint flaps;        /* short sessions in a row */
  gboolean hopeless;  /* the server said what makes another try pointless */
  gint64 online_at;   /* µs, monotonic */
  const char *awaits; /* what the deadline is for; static */
  GSource *timer;     /* the one of the present state */

  PealLink *link;
  PealReader *reader;
  gboolean reading; /* @reader is on the call stack */
  PealLogin *login;
  PealSm sm;
  GPtrArray *early; /* of stanza: came before <enabled/> */

  gboolean ack_asked;        /* <r/> is out */
  gint64 heard_at, asked_at; /* last byte; what we wait for a sign of life since, or 0 */
  gboolean ended;            /* </stream:stream> is written */
};

static void lose (PealStream *stream, const GError *why);
static void attempt (PealStream *stream);
static void check_life (PealStream *stream);

static PealStream *
hold (PealStream *stream)
{
  stream->references++;
  return stream;
}

static void
release (PealStream *stream)
{
  if (--stream->references > 0)
    return;
  peal_port_free (stream->port);
  peal_sm_clear (&stream->sm);
  peal_secret_unref (stream->secret);
  g_clear_object (&stream->trust);
  g_ptr_array_unref (stream->early);
  g_main_context_unref (stream->main_context);
  g_free (stream->bare);
  g_free (stream->domain);
  g_free (stream->server);
  g_free (stream->resource);
  g_free (stream->ca_file);
  g_free (stream);
}

static void
enter (PealStream *stream, State state)
{
  g_debug ("stream %s: %d -> %d", stream->bare, stream->state, state);
  stream->state = state;
}

/* --- the one timer --- */

static void
disarm (PealStream *stream)
{
  if (!stream->timer)
    return;
  g_source_destroy (stream->timer);
  g_clear_pointer (&stream->timer, g_source_unref);
}

static void
finish (PealStream *stream, const GError *why)
{
  enter (stream, CLOSED);
  disarm (stream);
  if (stream->events->closed)
    stream->events->closed (stream->user, why);
}

static gboolean
on_timer (gpointer user)
{
  PealStream *stream = hold (user);
  disarm (stream);
  if (stream->state == IDLE) {
    attempt (stream);
  } else if (stream->state == ONLINE) {
    check_life (stream);
  } else if (stream->state == CLOSING) {
    lose (stream, NULL);
  } else {
    g_autoptr(GError) why = g_error_new (
        PEAL_CAUSE, PEAL_CAUSE_CONNECT,
        "%s: %s did not come within %g s; check the network, or try again later",
        peal_link_where (stream->link), stream->awaits, stream->setup.step_ms / 1000.0);
    lose (stream, why);
  }
  release (stream);
  return G_SOURCE_REMOVE;
}

static void
arm (PealStream *stream, guint ms)
{
  disarm (stream);
  stream->timer = g_timeout_source_new (ms);
  g_source_set_priority (stream->timer, G_PRIORITY_DEFAULT);
  g_source_set_callback (stream->timer, on_timer, stream, NULL);
  g_source_attach (stream->timer, stream->main_context);
}

/* --- writing --- */

static void
trace (PealStream *stream, gboolean outgoing, const char *xml, gsize length)
{
  if (!stream->setup.trace)
    return;
  g_autofree char *blanked = peal_wire_blank (xml, length);
  stream->setup.trace (stream->setup.trace_user, outgoing, blanked, strlen (blanked));
}

static void
write_header (PealStream *stream)
{
  g_autoptr(GString) out = g_string_new (NULL);
  peal_wire_append_header (out, peal_link_secured (stream->link) ? stream->bare : NULL,
                           stream->domain);
  peal_link_write (stream->link, out->str, out->len);
}

static void
append (PealStream *stream, GString *out, const PealElement *element, gconstpointer value)
{
  gsize before = out->len;
  peal_wire_append (out, element, value, peal_port_context (stream->port));
  trace (stream, TRUE, out->str + before, out->len - before);
}

/* A sign of life is due from now on. */
static void
expect_life (PealStream *stream)
{
  if (stream->asked_at || stream->state != ONLINE)
    return;
  stream->asked_at = g_get_monotonic_time ();
  arm (stream, stream->setup.reply_ms);
}

static void
append_request (PealStream *stream, GString *out)
{
  append (stream, out, &peal_wire_request, NULL);
  stream->ack_asked = TRUE;
  expect_life (stream);
}

/* Hands the link as much of the outbox as it should hold. */
static void
flush (PealStream *stream)
{
  if ((stream->state != ONLINE && stream->state != CLOSING) || stream->ended ||
      peal_link_backlog (stream->link) >= BURST)
    return;
  g_autoptr(GString) out = g_string_new (NULL);
  for (gsize before = 0; before < BURST && peal_sm_next (&stream->sm, out); before = out->len)
    trace (stream, TRUE, out->str + before, out->len - before);
  if (out->len > 0 && stream->sm.counting && !stream->ack_asked)
    append_request (stream, out);
  if (stream->state == CLOSING && peal_sm_waiting (&stream->sm) == 0) {
    g_string_append (out, "</stream:stream>");
    stream->ended = TRUE;
  }
  peal_link_write (stream->link, out->str, out->len);
}

static PealSmKind
kind_of (xmpp_stanza_t *stanza)
{
  const char *name = xmpp_stanza_get_name (stanza), *type = xmpp_stanza_get_type (stanza);
  if (g_strcmp0 (name, "message") == 0)
    return PEAL_SM_MESSAGE;
  if (g_strcmp0 (name, "presence") == 0)
    return PEAL_SM_PRESENCE;
  gboolean asks = g_strcmp0 (type, "get") == 0 || g_strcmp0 (type, "set") == 0;
  return asks ? PEAL_SM_REQUEST : PEAL_SM_ANSWER;
}

static void
send_stanza (gpointer driver, xmpp_stanza_t *stanza)
{
  PealStream *stream = driver;
  if (stream->freed || stream->state == CLOSING || stream->state == CLOSED)
    return;
  g_autoptr(GString) text = g_string_new (NULL);
  peal_wire_append_stanza (text, stanza);
  peal_sm_push (&stream->sm, g_string_free (g_steal_pointer (&text), FALSE), kind_of (stanza));
  flush (stream);
}

static const PealPortDriver driver = { .send = send_stanza };

/* --- signs of life --- */

static void
ask_for_life (PealStream *stream)
{
  if (!stream->sm.counting) { /* XEP-0199; the answer itself is nobody's: any byte will do */
    xmpp_stanza_t *ping = xmpp_stanza_new (peal_port_context (stream->port));
    xmpp_stanza_set_name (ping, "ping");
    xmpp_stanza_set_ns (ping, PEAL_NS_PING);
    peal_port_send (stream->port, peal_port_iq (stream->port, "get", NULL, ping));
    expect_life (stream);
    return;
  }
  g_autoptr(GString) out = g_string_new (NULL);
  append_request (stream, out);
  peal_link_write (stream->link, out->str, out->len);
}

static void
check_life (PealStream *stream)
{
  gint64 now = g_get_monotonic_time (), idle = (gint64) stream->setup.idle_ms * 1000;
  if (stream->asked_at) {
    g_autoptr(GError) why =
        g_error_new (PEAL_CAUSE, PEAL_CAUSE_CONNECT,
                     "%s gave no sign of life within %g s; the network may be gone",
                     peal_link_where (stream->link), stream->setup.reply_ms / 1000.0);
    lose (stream, why);
  } else if (now - stream->heard_at >= idle) {
    ask_for_life (stream);
  } else {
    arm (stream, (idle - (now - stream->heard_at)) / 1000 + 1);
  }
}

static void
note_life (PealStream *stream)
{
  stream->heard_at = g_get_monotonic_time ();
  if (!stream->asked_at || stream->state != ONLINE)
    return;
  stream->asked_at = 0;
  arm (stream, stream->setup.idle_ms);
}

static gboolean
hear_ping (gpointer user, PealPort *port, xmpp_stanza_t *stanza)
{
  peal_port_result (port, stanza, NULL);
  return TRUE;
}

static const PealPortListener ping_listener = {
  .kind = PEAL_STANZA_IQ, .type = "get", .ns = PEAL_NS_PING, .hear = hear_ping
};

/* --- the session --- */

static void
hear_stanza (PealStream *stream, xmpp_stanza_t *stanza)
{
  peal_sm_hear (&stream->sm);
  peal_port_receive (stream->port, stanza);
}

static void
acknowledged (PealStream *stream, xmpp_stanza_t *element)
{
  g_autoptr(GError) why = NULL;
  PealCount *count = peal_element_parse (&peal_wire_ack, element, NULL, NULL);
  gboolean good = count && peal_sm_acknowledge (&stream->sm, count->h, &why);
  peal_element_free (&peal_wire_ack, count);
  stream->ack_asked = FALSE;
  if (!good) {
    g_autoptr(GError) broken =
        g_error_new (PEAL_CAUSE, PEAL_CAUSE_CONNECT, "%s: %s", peal_link_where (stream->link),
                     why ? why->message : "an acknowledgement without a number");
    peal_sm_refuse (&stream->sm, NULL); /* nothing to resume where the counts differ */
    lose (stream, broken);
  } else if (peal_sm_unacknowledged (&stream->sm) > 0 && stream->state == ONLINE) {
    g_autoptr(GString) out = g_string_new (NULL);
    append_request (stream, out);
    peal_link_write (stream->link, out->str, out->len);
  }
}

static void
acknowledge (PealStream *stream)
{
  if (stream->ended)
    return;
  g_autoptr(GString) out = g_string_new (NULL);
  append (stream, out, &peal_wire_ack, &(PealCount) { .h = stream->sm.heard });
  peal_link_write (stream->link, out->str, out->len);
}

static void
hear_online (PealStream *stream, xmpp_stanza_t *element)
{
  if (g_strcmp0 (xmpp_stanza_get_ns (element), PEAL_NS_CLIENT) == 0)
    hear_stanza (stream, element);
  else if (peal_element_matches (&peal_wire_request, element))
    acknowledge (stream);
  else if (peal_element_matches (&peal_wire_ack, element))
    acknowledged (stream, element);
}

static void
stanza_unref (gpointer stanza)
{
  xmpp_stanza_release (stanza);
}

static void
hear_early (PealStream *stream)
{
  g_autoptr(GPtrArray) early = g_steal_pointer (&stream->early);
  stream->early = g_ptr_array_new_with_free_func (stanza_unref);
  for (guint i = 0; i < early->len && stream->state == ONLINE; i++)
    peal_port_receive (stream->port, early->pdata[i]); /* before <enabled/>: not counted */
}

static void
go_online (PealStream *stream, gboolean resumed)
{
  const char *jid = resumed ? peal_port_jid (stream->port) : peal_login_jid (stream->login);
  g_autofree char *own = g_strdup (jid);
  const char *resource = peal_jid_resource (own);
  enter (stream, ONLINE);
  if (!resumed) { /* after a lost session, peers should find us where we were */
    g_free (stream->resource);
    stream->resource = g_strdup (resource);
  }
  g_clear_pointer (&stream->login, peal_login_free);
  stream->online_at = stream->heard_at = g_get_monotonic_time ();
  stream->tries = stream->flaps++; /* a server that always drops us soon is left alone for longer */
  stream->asked_at = 0;
  stream->ack_asked = FALSE;
  arm (stream, stream->setup.idle_ms);
  flush (stream);
  peal_port_state (stream->port, own, resumed);
  if (stream->state == ONLINE && stream->events->online)
    stream->events->online (stream->user, own, peal_link_where (stream->link),
                            peal_link_tls (stream->link), resumed);
  hear_early (stream);
}

/* --- logging in --- */

static void act (PealStream *stream, PealLoginTurn turn, const GString *say, const GError *error);

typedef struct {
  PealStream *stream;
  guint attempt;
} Derivation;

static void
on_derived (GObject *source, GAsyncResult *result, gpointer user)
{
  g_autofree Derivation *derivation = user;
  PealStream *stream = derivation->stream;
  g_autoptr(GError) error = NULL;
  gboolean good = peal_secret_derived (stream->secret, result, &error);
  if (stream->state == LOGGING_IN && stream->attempt == derivation->attempt && good) {
    g_autoptr(GString) say = g_string_new (NULL);
    g_autoptr(GError) why = NULL;
    PealLoginTurn turn = peal_login_go_on (stream->login, say, &why);
    act (stream, turn, say, why);
  } else if (stream->state == LOGGING_IN && stream->attempt == derivation->attempt) {
    g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_AUTH, error->message);
    lose (stream, why);
  }
  release (stream);
}

static void
derive (PealStream *stream)
{
  Derivation *derivation = g_new0 (Derivation, 1);
  derivation->stream = hold (stream);
  derivation->attempt = stream->attempt;
  peal_secret_derive (stream->secret, peal_login_missing (stream->login), NULL, on_derived,
                      derivation);
}

static void
await_login (PealStream *stream)
{
  stream->awaits = peal_login_awaits (stream->login);
  arm (stream, stream->setup.step_ms);
}

/* Does what the login machine asks for. */
static void
act (PealStream *stream, PealLoginTurn turn, const GString *say, const GError *error)
{
  if (say->len > 0) {
    trace (stream, TRUE, say->str, say->len);
    peal_link_write (stream->link, say->str, say->len);
  }
  switch (turn) {
  case PEAL_LOGIN_DERIVE:
    await_login (stream);
    derive (stream);
    break;
  case PEAL_LOGIN_RESTART:
    peal_reader_restart (stream->reader);
    write_header (stream);
    await_login (stream);
    break;
  case PEAL_LOGIN_BOUND:
  case PEAL_LOGIN_RESUMED:
    go_online (stream, turn == PEAL_LOGIN_RESUMED);
    break;
  case PEAL_LOGIN_FAILED:
    lose (stream, error);
    break;
  default:
    await_login (stream);
  }
}

static void
hear_login (PealStream *stream, xmpp_stanza_t *element)
{
  g_autoptr(GString) say = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  PealLoginTurn turn = peal_login_hear (stream->login, element, say, &error);
  if (turn == PEAL_LOGIN_EARLY)
    g_ptr_array_add (stream->early, xmpp_stanza_clone (element));
  act (stream, turn, say, error);
  explicit_bzero (say->str, say->len);
}

/* --- what the reader says --- */

static void
on_header (gpointer user, const char *id, const char *from)
{
  PealStream *stream = user;
  if (stream->state != LOGGING_IN)
    return;
  peal_login_header (stream->login);
  await_login (stream);
}

/* RFC 6120 §4.9.3. Two make another try pointless; after the others the server may recover. */
static void
stream_error (PealStream *stream, xmpp_stanza_t *element)
{
  PealStreamError *error = peal_element_parse (&peal_wire_stream_error, element, NULL, NULL);
  int condition = error && error->condition ? error->condition : PEAL_STREAM_ERROR_UNKNOWN;
  const char *text = error && error->text ? error->text : "no reason given";
  const char *word = peal_stream_condition_words[condition],
             *where = peal_link_where (stream->link);
  stream->hopeless = condition == PEAL_STREAM_CONFLICT || condition == PEAL_STREAM_HOST_UNKNOWN;
  g_autoptr(GError) why = NULL;
  if (condition == PEAL_STREAM_CONFLICT)
    why = g_error_new (
        PEAL_CAUSE, PEAL_CAUSE_CONNECT,
        "another login as %s took the place of this one (%s); give each its own --resource",
        peal_port_jid (stream->port) ? peal_port_jid (stream->port) : stream->bare, text);
  else if (condition == PEAL_STREAM_HOST_UNKNOWN)
    why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_CONNECT,
                       "%s does not serve %s (%s); check the address", where, stream->domain, text);
  else
    why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_CONNECT,
                       "%s ended the stream: %s (%s); try again later", where, word, text);
  peal_element_free (&peal_wire_stream_error, error);
  lose (stream, why);
}

static void
on_stanza (gpointer user, xmpp_stanza_t *element)
{
  PealStream *stream = user;
  if (stream->setup.trace) {
    g_autoptr(GString) text = g_string_new (NULL);
    peal_wire_append_stanza (text, element);
    trace (stream, FALSE, text->str, text->len);
  }
  if (peal_element_matches (&peal_wire_stream_error, element))
    stream_error (stream, element);
  else if (stream->state == LOGGING_IN)
    hear_login (stream, element);
  else
    hear_online (stream, element);
}

/* Any peer can make the server send such: it costs its own stanza only, and is taken as heard, else
 * each resume would bring it back. */
static void
on_oversize (gpointer user, xmpp_stanza_t *head)
{
  PealStream *stream = user;
  if (stream->state == LOGGING_IN) {
    g_autoptr(GError) why =
        g_error_new (PEAL_CAUSE, PEAL_CAUSE_CONNECT, "%s sent too large a <%s/>",
                     peal_link_where (stream->link), xmpp_stanza_get_name (head));
    lose (stream, why);
    return;
  }
  if (g_strcmp0 (xmpp_stanza_get_ns (head), PEAL_NS_CLIENT) != 0)
    return;
  peal_sm_hear (&stream->sm);
  if (g_strcmp0 (xmpp_stanza_get_name (head), "iq") == 0 && kind_of (head) == PEAL_SM_REQUEST) {
    g_autoptr(GError) why =
        g_error_new_literal (PEAL_CONDITION, PEAL_POLICY_VIOLATION, "the stanza is too large");
    peal_port_refuse (stream->port, head, why);
  }
}

static void
on_end (gpointer user)
{
  PealStream *stream = user;
  g_autoptr(GError) why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_CONNECT, "%s closed the stream",
                                        peal_link_where (stream->link));
  lose (stream, why);
}

static const PealReaderEvents reader_events = {
  .header = on_header, .stanza = on_stanza, .oversize = on_oversize, .closed = on_end
};

/* --- what the link says --- */

static void
on_link_awaits (gpointer user, const char *what)
{
  PealStream *stream = user;
  stream->awaits = what;
  arm (stream, stream->setup.step_ms);
}

static void
on_link_open (gpointer user)
{
  PealStream *stream = user;
  PealLoginSetup setup = {
    .context = peal_port_context (stream->port),
    .bare = stream->bare,
    .resource = stream->resource,
    .secret = stream->secret,
    .secured = peal_link_secured (stream->link),
    .sm = &stream->sm,
  };
  enter (stream, LOGGING_IN);
  stream->login = peal_login_new (&setup);
  stream->reader = peal_reader_new (setup.context, &reader_events, stream);
  write_header (stream);
  await_login (stream);
}

static void
on_link_bytes (gpointer user, const char *bytes, gsize length)
{
  PealStream *stream = hold (user);
  PealReader *reader = stream->reader;
  g_autoptr(GError) error = NULL;
  note_life (stream);
  stream->reading = TRUE;
  gboolean good = peal_reader_feed (reader, bytes, length, &error);
  stream->reading = FALSE;
  if (stream->reader != reader) { /* lost meanwhile */
    peal_reader_free (reader);
  } else if (!good) {
    g_autoptr(GError) why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_CONNECT, "%s: %s",
                                          peal_link_where (stream->link), error->message);
    if (stream->state == ONLINE && peal_reader_inside (reader))
      peal_sm_hear (&stream->sm); /* or a resume would bring it again */
    lose (stream, why);
  }
  release (stream);
}

static void
on_link_drained (gpointer user)
{
  flush (user);
}

static void
on_link_closed (gpointer user, const GError *why)
{
  PealStream *stream = hold (user);
  lose (stream, why);
  release (stream);
}

static const PealLinkEvents link_events = {
  .awaits = on_link_awaits,
  .open = on_link_open,
  .bytes = on_link_bytes,
  .drained = on_link_drained,
  .closed = on_link_closed,
};

/* --- coming and going --- */

static void
drop_link (PealStream *stream)
{
  disarm (stream);
  if (stream->reader && stream->reading)
    peal_reader_stop (stream->reader); /* freed where it was called */
  else
    peal_reader_free (stream->reader);
  stream->reader = NULL;
  g_clear_pointer (&stream->login, peal_login_free);
  g_clear_pointer (&stream->link, peal_link_free);
  g_ptr_array_set_size (stream->early, 0);
}

static guint
retry_delay (PealStream *stream)
{
  if (stream->tries == 0)
    return g_random_int_range (0, FIRST_RETRY_MS);
  guint whole = stream->tries > 6 ? MAX_RETRY_MS : RETRY_MS << (stream->tries - 1);
  return whole - g_random_int_range (0, whole / 2);
}

/* The link is gone, or must go, because of @why. Comes back unless that is pointless. */
static void
lose (PealStream *stream, const GError *why)
{
  g_autoptr(GError) reason = why ? g_error_copy (why) : NULL;
  State before = stream->state;
  gboolean hopeless = !why || why->code != PEAL_CAUSE_CONNECT || stream->hopeless;
  drop_link (stream);
  if (before == CLOSED)
    return;
  enter (stream, IDLE);
  if (before == ONLINE && g_get_monotonic_time () - stream->online_at > STABLE_US)
    stream->tries = stream->flaps = 0;
  if (before != CLOSING && !hopeless) {
    arm (stream, retry_delay (stream));
    stream->tries++;
  }
  if (before == ONLINE || before == CLOSING)
    peal_port_state (stream->port, NULL, FALSE);
  if (stream->freed || stream->state != IDLE)
    return;
  if (before == CLOSING)
    finish (stream, NULL);
  else if (hopeless)
    finish (stream, reason);
  else if (stream->events->offline)
    stream->events->offline (stream->user, reason);
}

static void
attempt (PealStream *stream)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GIOStream) given = NULL;
  gboolean secured = FALSE;
  if (!stream->trust && stream->setup.tls != PEAL_TLS_OFF)
    stream->trust = peal_trust_new (stream->ca_file, &error);
  if (error) {
    lose (stream, error);
    return;
  }
  if (stream->setup.open)
    given = stream->setup.open (stream->setup.open_user, &secured);
  PealLinkSetup setup = {
    .domain = stream->domain,
    .server = stream->server,
    .tls = stream->setup.tls,
    .insecure = stream->setup.insecure,
    .trust = stream->trust,
    .given = given,
    .given_is_secure = secured,
    .context = peal_port_context (stream->port),
  };
  stream->attempt++;
  stream->awaits = "a connection";
  enter (stream, LINKING);
  stream->link = peal_link_new (&setup, &link_events, stream);
  arm (stream, stream->setup.step_ms);
}

PealStream *
peal_stream_new (const PealStreamSetup *setup, const PealStreamEvents *events, gpointer user)
{
  PealStream *stream = g_new0 (PealStream, 1);
  stream->references = 1;
  stream->setup = *setup;
  stream->setup.step_ms = setup->step_ms ? setup->step_ms : STEP_MS;
  stream->setup.idle_ms = setup->idle_ms ? setup->idle_ms : IDLE_MS;
  stream->setup.reply_ms = setup->reply_ms ? setup->reply_ms : REPLY_MS;
  stream->bare = peal_jid_bare (setup->jid);
  stream->domain = peal_jid_domain (setup->jid);
  stream->server = g_strdup (setup->server);
  stream->resource = g_strdup (setup->resource ? setup->resource : peal_jid_resource (setup->jid));
  stream->ca_file = g_strdup (setup->ca_file);
  stream->secret = peal_secret_new (setup->password);
  stream->events = events;
  stream->user = user;
  stream->main_context = g_main_context_ref_thread_default ();
  stream->early = g_ptr_array_new_with_free_func (stanza_unref);
  peal_sm_init (&stream->sm);
  stream->port = peal_port_new (&driver, stream);
  peal_port_listen (stream->port, &ping_listener, stream);
  /* The caller's strings are not ours to keep. */
  stream->setup.jid = stream->setup.password = stream->setup.server = NULL;
  stream->setup.resource = stream->setup.ca_file = NULL;
  enter (stream, IDLE);
  arm (stream, 0);
  return stream;
}

PealPort *
peal_stream_port (PealStream *stream)
{
  return stream->port;
}

void
peal_stream_close (PealStream *stream)
{
  if (stream->state == CLOSING || stream->state == CLOSED)
    return;
  gboolean online = stream->state == ONLINE;
  if (online) {
    xmpp_stanza_t *presence = xmpp_presence_new (peal_port_context (stream->port));
    xmpp_stanza_set_type (presence, "unavailable");
    peal_port_send (stream->port, presence);
  } else
    drop_link (stream);
  enter (stream, CLOSING);
  arm (stream, online ? CLOSE_MS : 0);
  if (online)
    flush (stream);
}

void
peal_stream_free (PealStream *stream)
{
  if (!stream)
    return;
  static const PealStreamEvents silent = { NULL };
  stream->freed = TRUE;
  stream->events = &silent;
  drop_link (stream);
  enter (stream, CLOSED);
  release (stream);
}
