/* The traffic of a session: outbox to text, elements to the port, acknowledgements, pings. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/traffic.h"

#include <string.h>

#include "signaling/stream/stream_wire.h"
#include "signaling/wire/condition.h"

#define BURST    (64 * 1024) /* bytes handed out at a time; the rest stays in the outbox */
#define UNSAID   50 /* stanzas we acknowledge unasked: a server keeps only so many for us */
#define PATIENCE 4  /* times what a sign of life may take: a full uplink delays acknowledgements */

/* --- pings --- */

static gboolean
hear_ping (gpointer user, PealPort *port, xmpp_stanza_t *stanza)
{
  peal_port_result (port, stanza, NULL);
  return TRUE;
}

static const PealPortListener ping_listener = {
  .kind = PEAL_STANZA_IQ, .type = "get", .ns = PEAL_NS_PING, .hear = hear_ping
};

/* XEP-0199; the answer itself is nobody's: any byte will do. */
static void
ping (PealTraffic *traffic)
{
  xmpp_stanza_t *payload = xmpp_stanza_new (peal_port_context (traffic->port));
  xmpp_stanza_set_name (payload, "ping");
  xmpp_stanza_set_ns (payload, PEAL_NS_PING);
  peal_port_send (traffic->port, peal_port_iq (traffic->port, "get", NULL, payload));
}

void
peal_traffic_init (PealTraffic *traffic, PealPort *port)
{
  *traffic = (PealTraffic) { .port = port };
  peal_sm_init (&traffic->sm);
  peal_port_listen (port, &ping_listener, NULL);
}

void
peal_traffic_clear (PealTraffic *traffic)
{
  peal_sm_clear (&traffic->sm);
}

/* The server has taken something, or there is something new for it to take. */
static void
moved (PealTraffic *traffic, gint64 now)
{
  gint64 patience = (gint64) traffic->life.reply_ms * 1000 * PATIENCE;
  traffic->stuck_at = traffic->sm.outbox.queue.length > 0 ? now + patience : 0;
}

void
peal_traffic_hold (PealTraffic *traffic, gint64 now)
{
  if (!traffic->stuck_at)
    moved (traffic, now);
}

gboolean
peal_traffic_begin (PealTraffic *traffic, gboolean resumed, gint64 now)
{
  peal_life_begin (&traffic->life, now);
  traffic->ack_asked = traffic->unasked = traffic->ack_owed = FALSE;
  traffic->ended = FALSE; /* an earlier one may have, in protest */
  traffic->unsaid = 0;
  gboolean ended_another = !resumed && peal_sm_up (&traffic->sm);
  moved (traffic, now);
  return ended_another;
}

/* --- out --- */

static gboolean
asks (xmpp_stanza_t *iq)
{
  const char *type = xmpp_stanza_get_type (iq);
  return g_strcmp0 (type, "get") == 0 || g_strcmp0 (type, "set") == 0;
}

gboolean
peal_traffic_push (PealTraffic *traffic, xmpp_stanza_t *stanza)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean lasts = g_strcmp0 (xmpp_stanza_get_name (stanza), "message") == 0;
  peal_wire_append_stanza (text, stanza);
  return peal_outbox_push (&traffic->sm.outbox, g_string_free (g_steal_pointer (&text), FALSE),
                           lasts ? PEAL_OUTBOX_LASTING : PEAL_OUTBOX_BOUND);
}

void
peal_traffic_close (PealTraffic *traffic)
{
  xmpp_stanza_t *presence = xmpp_presence_new (peal_port_context (traffic->port));
  xmpp_stanza_set_type (presence, "unavailable");
  peal_port_send (traffic->port, presence);
  traffic->closing = TRUE;
}

static void
append (PealTraffic *traffic, GString *out, const PealElement *element, gconstpointer value)
{
  gsize before = out->len;
  peal_wire_append (out, element, value, peal_port_context (traffic->port));
  peal_tap_element (&traffic->tap, TRUE, out->str + before, out->len - before);
}

static void
append_request (PealTraffic *traffic, GString *out, gint64 now)
{
  append (traffic, out, &peal_wire_request, NULL);
  traffic->ack_asked = TRUE;
  traffic->unasked = FALSE;
  peal_life_asked (&traffic->life, now);
}

static void
append_ack (PealTraffic *traffic, GString *out)
{
  append (traffic, out, &peal_wire_ack, &(PealCount) { .h = traffic->sm.heard });
  traffic->ack_owed = FALSE;
  traffic->unsaid = 0;
}

/* What the server does not know that we have, it would keep for our next session (XEP-0198 §7). */
static void
append_end (PealTraffic *traffic, GString *out)
{
  if (traffic->sm.counting)
    append_ack (traffic, out);
  g_string_append (out, "</stream:stream>");
  traffic->ended = TRUE;
}

void
peal_traffic_fill (PealTraffic *traffic, GString *out, gint64 now)
{
  if (traffic->ended)
    return;
  if (traffic->ack_owed)
    append_ack (traffic, out);
  gsize begin = out->len;
  for (gsize before = begin; before - begin < BURST && peal_sm_next (&traffic->sm, out);
       before = out->len)
    peal_tap_element (&traffic->tap, TRUE, out->str + before, out->len - before);
  if (out->len > begin) {
    traffic->unasked = traffic->sm.counting;
    if (!traffic->sm.counting)
      moved (traffic, now);
    peal_traffic_hold (traffic, now);
  }
  if (traffic->unasked && !traffic->ack_asked)
    append_request (traffic, out, now);
  if (traffic->closing && peal_outbox_waiting (&traffic->sm.outbox) == 0)
    append_end (traffic, out);
}

/* --- in --- */

static gboolean
acknowledged (PealTraffic *traffic, xmpp_stanza_t *element, gint64 now, GError **error)
{
  guint before = peal_sm_unacknowledged (&traffic->sm);
  PealCount *count = peal_element_parse (&peal_wire_ack, element, NULL, NULL);
  gboolean good = count && peal_sm_acknowledge (&traffic->sm, count->h, error);
  if (!count) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                         "an acknowledgement without a number");
    peal_sm_refuse (&traffic->sm, NULL);
  }
  peal_element_free (&peal_wire_ack, count);
  traffic->ack_asked = FALSE;
  if (peal_sm_unacknowledged (&traffic->sm) < before)
    moved (traffic, now);
  return good;
}

gboolean
peal_traffic_hear (PealTraffic *traffic, xmpp_stanza_t *element, gint64 now, GError **error)
{
  if (g_strcmp0 (xmpp_stanza_get_ns (element), PEAL_NS_CLIENT) == 0) {
    peal_sm_hear (&traffic->sm);
    traffic->ack_owed |= traffic->sm.counting && ++traffic->unsaid >= UNSAID;
    peal_port_receive (traffic->port, element);
  } else if (peal_element_matches (&peal_wire_ack, element)) {
    return acknowledged (traffic, element, now, error);
  } else if (peal_element_matches (&peal_wire_request, element)) {
    traffic->ack_owed = TRUE; /* written with the rest: one answer does for many questions */
  }
  return TRUE;
}

void
peal_traffic_protest (PealTraffic *traffic, GString *out)
{
  static const char text[] =
      "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
      "<handled-count-too-high xmlns='" PEAL_NS_SM "'/></stream:error></stream:stream>";
  if (traffic->ended)
    return;
  g_string_append (out, text);
  peal_tap_element (&traffic->tap, TRUE, text, strlen (text));
  traffic->ended = TRUE;
}

void
peal_traffic_oversize (PealTraffic *traffic, xmpp_stanza_t *head)
{
  if (g_strcmp0 (xmpp_stanza_get_ns (head), PEAL_NS_CLIENT) != 0)
    return;
  peal_sm_hear (&traffic->sm);
  if (g_strcmp0 (xmpp_stanza_get_name (head), "iq") == 0 && asks (head)) {
    g_autoptr(GError) why =
        g_error_new_literal (PEAL_CONDITION, PEAL_POLICY_VIOLATION, "the stanza is too large");
    peal_port_refuse (traffic->port, head, why);
  }
}

/* --- signs of life --- */

gint64
peal_traffic_deadline (const PealTraffic *traffic)
{
  gint64 life = peal_life_deadline (&traffic->life);
  return traffic->stuck_at ? MIN (life, traffic->stuck_at) : life;
}

PealLifeTurn
peal_traffic_check (PealTraffic *traffic, GString *out, gint64 now, GError **error)
{
  PealLifeTurn turn = peal_life_check (&traffic->life, now);
  gboolean stuck = traffic->stuck_at && now >= traffic->stuck_at;
  double seconds = traffic->life.reply_ms / 1000.0;
  if (turn == PEAL_LIFE_GONE) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "gave no sign of life within %g s",
                 seconds);
    return turn;
  }
  if (stuck) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "took nothing of what we sent within %g s", seconds * PATIENCE);
    return PEAL_LIFE_GONE;
  }
  if (turn != PEAL_LIFE_ASK)
    return turn;
  if (traffic->sm.counting) {
    append_request (traffic, out, now);
  } else {
    peal_life_asked (&traffic->life, now);
    ping (traffic);
  }
  return PEAL_LIFE_WAIT;
}
