/* The stream: sessions one after the other, each won by an attempt, and what to do between them. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/stream.h"

#include "signaling/stream/alarm.h"
#include "signaling/stream/attempt.h"
#include "signaling/stream/failure.h"
#include "signaling/stream/retry.h"
#include "signaling/stream/traffic.h"
#include "signaling/stream/trust.h"
#include "signaling/wire/jid.h"

#define STEP_MS  10000
#define IDLE_MS  60000
#define REPLY_MS 15000
#define CLOSE_MS 2000
#define BACKLOG  (64 * 1024) /* bytes a link holds before it gets no more from the outbox */

typedef enum {
  IDLE = 1, /* between two attempts */
  CONNECTING,
  ONLINE,
  CLOSING,
  CLOSED,
  N_STATES,
} State;

static const char *const words[N_STATES] = {
  "", "idle", "connecting", "online", "closing", "closed"
};

struct PealStream {
  guint references; /* the owner's, one for each attempt, one for each callback under way */
  PealStreamSetup setup;
  char *bare, *domain, *server, *resource, *ca_file;
  const PealStreamEvents *events;
  gpointer user;
  PealPort *port;
  PealSecret *secret;
  GTlsDatabase *trust;
  State state;
  PealAlarm alarm; /* the one of the present state */
  PealRetry retry;
  PealAttempt *attempt;
  PealTraffic traffic;
};

static void lose (gpointer user, const GError *why, gboolean hopeless);
static void attempt (PealStream *stream);

static PealStream *
hold (PealStream *stream)
{
  stream->references++;
  return stream;
}

static void
release (gpointer user)
{
  PealStream *stream = user;
  if (--stream->references > 0)
    return;
  peal_port_free (stream->port);
  peal_traffic_clear (&stream->traffic);
  peal_secret_unref (stream->secret);
  g_clear_object (&stream->trust);
  g_clear_object (&stream->setup.certificate);
  g_clear_pointer (&stream->setup.proxy, peal_proxy_unref);
  g_clear_pointer (&stream->setup.pins, g_bytes_unref);
  g_main_context_unref (stream->alarm.context);
  g_free (stream->bare);
  g_free (stream->domain);
  g_free (stream->server);
  g_free (stream->resource);
  g_free (stream->ca_file);
  g_free (stream);
}

/* The only assignment to ->state. */
static void
enter (PealStream *stream, State state)
{
  peal_tap_transition (&stream->traffic.tap, "stream", words[stream->state], words[state]);
  stream->state = state;
}

/* --- the session --- */

/* Signs of life are for the session only: the other states have deadlines of their own. */
static void
watch (PealStream *stream)
{
  if (stream->state == ONLINE)
    peal_alarm_set_by (&stream->alarm, peal_traffic_deadline (&stream->traffic));
}

/* Hands the attempt as much of the outbox as its link should hold. */
static void
flush (gpointer user)
{
  PealStream *stream = user;
  gint64 now = g_get_monotonic_time ();
  if (stream->state != ONLINE && stream->state != CLOSING)
    return;
  if (peal_attempt_backlog (stream->attempt) >= BACKLOG) {
    peal_traffic_hold (&stream->traffic, now);
  } else {
    g_autoptr(GString) out = g_string_new (NULL);
    peal_traffic_fill (&stream->traffic, out, now);
    peal_attempt_write (stream->attempt, out);
  }
  watch (stream);
}

static gboolean
send_stanza (gpointer driver, xmpp_stanza_t *stanza)
{
  PealStream *stream = driver;
  if (stream->state == CLOSING || stream->state == CLOSED)
    return FALSE;
  gboolean taken = peal_traffic_push (&stream->traffic, stanza);
  flush (stream);
  return taken;
}

static const PealPortDriver driver = { .send = send_stanza };

static void
check_life (PealStream *stream)
{
  g_autoptr(GString) out = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  PealLifeTurn turn = peal_traffic_check (&stream->traffic, out, g_get_monotonic_time (), &error);
  if (turn == PEAL_LIFE_GONE) {
    g_autoptr(GError) why =
        peal_failure_new (PEAL_FAILURE_SILENT, "%s %s; check the network, or wait for it",
                          peal_attempt_where (stream->attempt), error->message);
    lose (stream, why, FALSE);
    return;
  }
  peal_attempt_write (stream->attempt, out);
  watch (stream);
}

static void
on_element (gpointer user, xmpp_stanza_t *element, gboolean early)
{
  PealStream *stream = user;
  if (early) {
    peal_port_receive (stream->port, element);
    return;
  }
  g_autoptr(GError) error = NULL;
  gboolean good = peal_traffic_hear (&stream->traffic, element, g_get_monotonic_time (), &error);
  if (!stream->attempt) /* lost, or freed, by whoever heard it */
    return;
  if (good) {
    flush (stream);
    return;
  }
  g_autoptr(GString) out = g_string_new (NULL);
  peal_traffic_protest (&stream->traffic, out);
  peal_attempt_write (stream->attempt, out);
  g_autoptr(GError) why = peal_failure_new (PEAL_FAILURE_RESUME, "%s: %s; logging in anew",
                                             peal_attempt_where (stream->attempt), error->message);
  lose (stream, why, FALSE);
}

static void
on_oversize (gpointer user, xmpp_stanza_t *head)
{
  PealStream *stream = user;
  peal_traffic_oversize (&stream->traffic, head);
}

static void
on_online (gpointer user, const char *jid)
{
  PealStream *stream = user;
  gint64 now = g_get_monotonic_time ();
  g_autofree char *own = g_strdup (jid ? jid : peal_port_jid (stream->port));
  if (jid) { /* after a lost session, peers should find us where we were */
    g_free (stream->resource);
    stream->resource = g_strdup (peal_jid_resource (jid));
  }
  enter (stream, ONLINE);
  peal_alarm_clear (&stream->alarm);
  peal_retry_up (&stream->retry, now);
  if (peal_traffic_begin (&stream->traffic, !jid, now))
    peal_port_lost (stream->port);
  if (stream->state != ONLINE) /* closed, or freed, by whoever heard it */
    return;
  flush (stream);
  peal_port_state (stream->port, own, !jid);
  if (stream->state == ONLINE && stream->events->online)
    stream->events->online (stream->user, own, peal_attempt_where (stream->attempt),
                            peal_attempt_tls (stream->attempt), !jid);
}

static void
on_bytes (gpointer user)
{
  PealStream *stream = user;
  peal_life_heard (&stream->traffic.life, g_get_monotonic_time ());
}

/* --- coming and going --- */

static void
drop_attempt (PealStream *stream)
{
  peal_alarm_clear (&stream->alarm);
  g_clear_pointer (&stream->attempt, peal_attempt_free);
}

/* The attempt is over, or must be, because of @why. Comes back unless that is pointless. */
static void
lose (gpointer user, const GError *why, gboolean hopeless)
{
  PealStream *stream = user;
  State before = stream->state;
  if (before == CLOSED)
    return;
  g_autoptr(GError) reason = why ? g_error_copy (why) : NULL; /* the attempt's, perhaps */
  State next = before == CLOSING || hopeless ? CLOSED : IDLE;
  drop_attempt (stream);
  enter (stream, next);
  if (next == IDLE)
    peal_alarm_set (&stream->alarm,
                    peal_retry_lost (&stream->retry, g_get_monotonic_time (), g_random_int ()));
  if (peal_sm_down (&stream->traffic.sm, next == CLOSED))
    peal_port_lost (stream->port);
  if (before == ONLINE || before == CLOSING)
    peal_port_state (stream->port, NULL, FALSE);
  if (stream->state != next) /* closed, or freed, by whoever heard it */
    return;
  if (next == CLOSED && stream->events->closed)
    stream->events->closed (stream->user, before == CLOSING ? NULL : reason);
  else if (next == IDLE && stream->events->offline)
    stream->events->offline (stream->user, reason);
}

static void
on_ended (gpointer user)
{
  PealStream *stream = user;
  if (stream->state == CLOSING && peal_attempt_close (stream->attempt))
    return;
  g_autoptr(GError) why = peal_failure_new (
      PEAL_FAILURE_STREAM_CLOSED,
      "%s closed the stream%s%s; try again later, or ask its administrator",
      peal_attempt_where (stream->attempt), stream->state == CONNECTING ? " where it owed " : "",
      stream->state == CONNECTING ? peal_attempt_awaits (stream->attempt) : "");
  lose (stream, why, FALSE);
}

/* A step did not come in time. */
static void
expire (PealStream *stream)
{
  g_autoptr(GError) why = peal_failure_new (
      PEAL_FAILURE_SILENT, "%s: %s did not come within %g s; check the network, or try again later",
      peal_attempt_where (stream->attempt), peal_attempt_awaits (stream->attempt),
      stream->setup.step_ms / 1000.0);
  if (!peal_attempt_expire (stream->attempt, why))
    lose (stream, why, FALSE);
}

static void
on_alarm (gpointer user)
{
  PealStream *stream = hold (user);
  if (stream->state == IDLE)
    attempt (stream);
  else if (stream->state == CONNECTING)
    expire (stream);
  else if (stream->state == ONLINE)
    check_life (stream);
  else if (stream->state == CLOSING)
    lose (stream, NULL, TRUE);
  release (stream);
}

static void
on_awaits (gpointer user)
{
  PealStream *stream = user;
  peal_alarm_set (&stream->alarm, stream->setup.step_ms);
}

static const PealAttemptEvents attempt_events = {
  .awaits = on_awaits,
  .online = on_online,
  .bytes = on_bytes,
  .element = on_element,
  .oversize = on_oversize,
  .ended = on_ended,
  .drained = flush,
  .over = lose,
  .gone = release,
};

static void
attempt (PealStream *stream)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GIOStream) given = NULL;
  gboolean secured = FALSE;
  if (!stream->trust && stream->setup.tls != PEAL_TLS_OFF)
    stream->trust = peal_trust_new (stream->ca_file, &error);
  if (error) {
    lose (stream, error, error->code != PEAL_CAUSE_CONNECT);
    return;
  }
  if (stream->setup.open)
    given = stream->setup.open (stream->setup.open_user, &secured);
  PealAttemptSetup setup = {
    .reach = { .domain = stream->domain,
               .server = stream->server,
               .tls = stream->setup.tls,
               .insecure = stream->setup.insecure,
               .trust = stream->trust,
               .proxy = stream->setup.proxy,
               .pins = stream->setup.pins,
               .certificate = stream->setup.certificate,
               .given = given,
               .given_is_secure = secured,
               .tap = stream->traffic.tap },
    .port = stream->port,
    .bare = stream->bare,
    .domain = stream->domain,
    .resource = stream->resource,
    .any_resource = stream->setup.any_resource,
    .secret = stream->secret,
    .sm = &stream->traffic.sm,
  };
  enter (stream, CONNECTING);
  stream->attempt = peal_attempt_new (&setup, &attempt_events, hold (stream));
  peal_alarm_set (&stream->alarm, stream->setup.step_ms);
}

/* --- for the owner --- */

static void
init_traffic (PealStream *stream)
{
  peal_traffic_init (&stream->traffic, stream->port);
  stream->traffic.tap = (PealTap) { .id = stream->bare,
                                    .element = stream->setup.trace,
                                    .transition = stream->setup.transition,
                                    .user = stream->setup.trace_user };
  stream->traffic.life.idle_ms = stream->setup.idle_ms ? stream->setup.idle_ms : IDLE_MS;
  stream->traffic.life.reply_ms = stream->setup.reply_ms;
  stream->retry.stable_ms = stream->setup.stable_ms;
  stream->retry.most_ms = stream->setup.away_ms;
}

PealStream *
peal_stream_new (const PealStreamSetup *setup, const PealStreamEvents *events, gpointer user)
{
  PealStream *stream = g_new0 (PealStream, 1);
  stream->references = 1;
  stream->setup = *setup;
  stream->setup.step_ms = setup->step_ms ? setup->step_ms : STEP_MS;
  stream->setup.reply_ms = setup->reply_ms ? setup->reply_ms : REPLY_MS;
  stream->bare = peal_jid_bare (setup->jid);
  stream->domain = peal_jid_domain (setup->jid);
  stream->server = g_strdup (setup->server);
  stream->resource = g_strdup (setup->resource ? setup->resource : peal_jid_resource (setup->jid));
  stream->ca_file = g_strdup (setup->ca_file);
  g_set_object (&stream->trust, setup->trust);
  if (setup->certificate)
    g_object_ref (setup->certificate);
  if (setup->proxy)
    peal_proxy_ref (setup->proxy);
  if (setup->pins)
    g_bytes_ref (setup->pins);
  stream->secret = peal_secret_new (setup->password);
  stream->events = events;
  stream->user = user;
  stream->alarm = (PealAlarm) { .context = g_main_context_ref_thread_default (),
                                .ring = on_alarm,
                                .user = stream };
  stream->port = peal_port_new (&driver, stream);
  init_traffic (stream);
  stream->setup.jid = stream->setup.password = stream->setup.server = NULL; /* the caller's */
  stream->setup.resource = stream->setup.ca_file = NULL;
  stream->setup.trust = NULL;
  enter (stream, IDLE);
  peal_alarm_set (&stream->alarm, 0);
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
  if (stream->state != ONLINE) {
    drop_attempt (stream);
    enter (stream, CLOSING);
    peal_alarm_set (&stream->alarm, 0);
    return;
  }
  peal_traffic_close (&stream->traffic);
  enter (stream, CLOSING);
  peal_alarm_set (&stream->alarm, CLOSE_MS);
  flush (stream);
}

void
peal_stream_free (PealStream *stream)
{
  if (!stream)
    return;
  static const PealStreamEvents silent = { NULL };
  stream->events = &silent;
  drop_attempt (stream);
  if (stream->state != CLOSED)
    enter (stream, CLOSED);
  release (stream);
}
