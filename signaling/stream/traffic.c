/* The traffic of a session: outbox to text, elements to the port, acknowledgements, pings. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/traffic.h"

#include "signaling/stream/stream_wire.h"
#include "signaling/wire/condition.h"

#define BURST (64 * 1024) /* bytes handed out at a time; the rest stays in the outbox */

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

void
peal_traffic_begin (PealTraffic *traffic, gint64 now)
{
  peal_life_begin (&traffic->life, now);
  traffic->ack_asked = FALSE;
}

/* --- out --- */

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

void
peal_traffic_push (PealTraffic *traffic, xmpp_stanza_t *stanza)
{
  g_autoptr(GString) text = g_string_new (NULL);
  peal_wire_append_stanza (text, stanza);
  peal_sm_push (&traffic->sm, g_string_free (g_steal_pointer (&text), FALSE), kind_of (stanza));
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
  peal_life_asked (&traffic->life, now);
}

void
peal_traffic_fill (PealTraffic *traffic, GString *out, gint64 now)
{
  if (traffic->ended)
    return;
  gsize begin = out->len;
  for (gsize before = begin; before - begin < BURST && peal_sm_next (&traffic->sm, out);
       before = out->len)
    peal_tap_element (&traffic->tap, TRUE, out->str + before, out->len - before);
  if (peal_sm_unacknowledged (&traffic->sm) > 0 && !traffic->ack_asked)
    append_request (traffic, out, now);
  if (traffic->closing && peal_sm_waiting (&traffic->sm) == 0) {
    g_string_append (out, "</stream:stream>");
    traffic->ended = TRUE;
  }
}

/* --- in --- */

static gboolean
acknowledged (PealTraffic *traffic, xmpp_stanza_t *element, GError **error)
{
  PealCount *count = peal_element_parse (&peal_wire_ack, element, NULL, NULL);
  gboolean good = count && peal_sm_acknowledge (&traffic->sm, count->h, error);
  if (!count)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                         "an acknowledgement without a number");
  peal_element_free (&peal_wire_ack, count);
  traffic->ack_asked = FALSE;
  if (!good)
    peal_sm_refuse (&traffic->sm, NULL); /* nothing to resume where the counts differ */
  return good;
}

gboolean
peal_traffic_hear (PealTraffic *traffic, xmpp_stanza_t *element, GString *out, GError **error)
{
  if (g_strcmp0 (xmpp_stanza_get_ns (element), PEAL_NS_CLIENT) == 0) {
    peal_sm_hear (&traffic->sm);
    peal_port_receive (traffic->port, element);
  } else if (peal_element_matches (&peal_wire_ack, element)) {
    return acknowledged (traffic, element, error);
  } else if (peal_element_matches (&peal_wire_request, element) && !traffic->ended) {
    append (traffic, out, &peal_wire_ack, &(PealCount) { .h = traffic->sm.heard });
  }
  return TRUE;
}

void
peal_traffic_oversize (PealTraffic *traffic, xmpp_stanza_t *head)
{
  if (g_strcmp0 (xmpp_stanza_get_ns (head), PEAL_NS_CLIENT) != 0)
    return;
  peal_sm_hear (&traffic->sm);
  if (g_strcmp0 (xmpp_stanza_get_name (head), "iq") == 0 && kind_of (head) == PEAL_SM_REQUEST) {
    g_autoptr(GError) why =
        g_error_new_literal (PEAL_CONDITION, PEAL_POLICY_VIOLATION, "the stanza is too large");
    peal_port_refuse (traffic->port, head, why);
  }
}

/* --- signs of life --- */

PealLifeTurn
peal_traffic_check (PealTraffic *traffic, GString *out, gint64 now)
{
  PealLifeTurn turn = peal_life_check (&traffic->life, now);
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
