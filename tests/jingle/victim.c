/* A device on a wire that the test holds. */
// SPDX-License-Identifier: MIT
#include "tests/jingle/victim.h"

#include "media/rtp_wire.h"
#include "signaling/wire/condition.h"
#include "tests/jingle/clothed.h"
#include "tests/jingle/hollow.h"

#include <string.h>

#define CONTACTS                                                                                   \
  "<query xmlns='jabber:iq:roster'><item jid='alice@glass.test' subscription='both'/>"             \
  "<item jid='carol@glass.test' subscription='both'/></query>"
#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "                                     \
  "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

/* --- out --- */

static void
note (Victim *victim, xmpp_stanza_t *stanza)
{
  char *text;
  size_t length;
  const char *type = xmpp_stanza_get_type (stanza), *id = xmpp_stanza_get_id (stanza);
  gboolean answer = g_strcmp0 (type, "result") == 0 || g_strcmp0 (type, "error") == 0;
  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, 0);
  if (answer && (!victim->awaited || g_strcmp0 (id, victim->awaited) == 0)) {
    victim->answers++;
    g_string_assign (victim->answer, text);
  } else if (!answer)
    g_string_append (victim->said, text);
  xmpp_free (xmpp_stanza_get_context (stanza), text);
}

static const char *
result_for (const Victim *victim, xmpp_stanza_t *request)
{
  if (xmpp_stanza_get_child_by_ns (request, "jabber:iq:roster"))
    return CONTACTS;
  if (victim->disco && xmpp_stanza_get_child_by_ns (request, PEAL_NS_DISCO_INFO))
    return victim->disco;
  if (xmpp_stanza_get_child_by_ns (request, PEAL_NS_DISCO_INFO))
    return "<query xmlns='" PEAL_NS_DISCO_INFO "'><feature var='" PEAL_NS_JINGLE "'/>"
           "<feature var='" PEAL_NS_RTP "'/></query>";
  return "";
}

static gboolean
sent (gpointer driver, xmpp_stanza_t *stanza)
{
  Victim *victim = driver;
  const char *type = xmpp_stanza_get_type (stanza), *to = xmpp_stanza_get_to (stanza);
  gboolean asks = g_str_equal (xmpp_stanza_get_name (stanza), "iq") &&
                  (g_strcmp0 (type, "get") == 0 || g_strcmp0 (type, "set") == 0);
  note (victim, stanza);
  if (!asks)
    return TRUE;
  g_queue_push_tail (&victim->asked,
                     g_strdup_printf ("<iq type='result' id='%s'%s%s%s to='" VICTIM "'>%s</iq>",
                                      xmpp_stanza_get_id (stanza), to ? " from='" : "",
                                      to ? to : "", to ? "'" : "", result_for (victim, stanza)));
  return TRUE;
}

static const PealPortDriver driver = { .send = sent };

static void
heard (gpointer user, const PealEvent *event)
{
  Victim *victim = user;
  if (event->kind == PEAL_EVENT_STATS)
    return;
  victim->heard = event->kind;
  victim->ended += event->kind == PEAL_EVENT_ENDED;
  if (event->kind == PEAL_EVENT_ENDED)
    victim->cause = event->cause;
  g_free (victim->sid);
  victim->sid = g_strdup (event->call);
}

/* --- in --- */

static void
read_stanza (gpointer user, xmpp_stanza_t *stanza)
{
  peal_port_receive (((Victim *) user)->port, stanza);
}

/* As signaling/stream/traffic.c answers. */
static void
read_oversize (gpointer user, xmpp_stanza_t *head)
{
  Victim *victim = user;
  const char *type = xmpp_stanza_get_type (head);
  g_autoptr(GError) why = g_error_new_literal (PEAL_CONDITION, PEAL_POLICY_VIOLATION, "too large");
  if (g_str_equal (xmpp_stanza_get_name (head), "iq") &&
      (g_strcmp0 (type, "get") == 0 || g_strcmp0 (type, "set") == 0))
    peal_port_refuse (victim->port, head, why);
}

static void
read_nothing (gpointer user)
{
}

static void
read_header (gpointer user, const char *id, const char *from)
{
}

static const PealReaderEvents reader_events = {
  .header = read_header,
  .stanza = read_stanza,
  .oversize = read_oversize,
  .closed = read_nothing,
};

gboolean
victim_feed (Victim *victim, const char *bytes, gsize length)
{
  g_autoptr(GError) error = NULL;
  if (!victim->reader) {
    victim->reader = peal_reader_new (peal_port_context (victim->port), &reader_events, victim);
    g_assert_true (peal_reader_feed (victim->reader, HEADER, strlen (HEADER), NULL));
  }
  if (peal_reader_feed (victim->reader, bytes, length, &error))
    return TRUE;
  g_test_message ("%s", error->message);
  g_clear_pointer (&victim->reader, peal_reader_free);
  return FALSE;
}

guint
victim_ask (Victim *victim, const char *id, const char *xml)
{
  g_free (victim->awaited);
  victim->awaited = g_strdup (id);
  victim->answers = 0;
  g_assert_true (victim_feed (victim, xml, strlen (xml)));
  return victim->answers;
}

void
victim_answer (Victim *victim)
{
  GQueue asked = victim->asked;
  g_queue_init (&victim->asked);
  for (char *answer; (answer = g_queue_pop_head (&asked)); g_free (answer))
    g_assert_true (victim_feed (victim, answer, strlen (answer)));
}

void
victim_settle (Victim *victim)
{
  do {
    if (victim->answering)
      victim_answer (victim);
  } while (g_main_context_iteration (NULL, FALSE) ||
           (victim->answering && !g_queue_is_empty (&victim->asked)));
}

void
victim_wait_said (Victim *victim, const char *words)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  while (!strstr (victim->said->str, words) && g_get_monotonic_time () < end)
    victim_settle (victim);
  if (!strstr (victim->said->str, words))
    g_error ("never said \"%s\" but %s", words, victim->said->str);
}

/* --- life --- */

static const PealApplication *const applications[] = { &hollow_application, &hollow_picture, NULL };
static const PealMethod *const methods[] = { &hollow_method, NULL };
static const char *const features[] = { PEAL_NS_JINGLE, PEAL_NS_INVITE, PEAL_NS_RTP,
                                        "urn:xmpp:jingle:apps:dtls:0", NULL };

static void
make_rooms (Victim *victim)
{
  victim->caps = peal_caps_new (victim->port, features);
  victim->roster = peal_roster_new (victim->port);
  victim->presences = peal_presences_new (victim->port, victim->caps);
  peal_presences_know (victim->presences, victim->roster);
  victim->messages = peal_messages_new (victim->port);
  victim->services = peal_services_new (victim->port);
}

static Victim *
make (const PealCallLimits *limits, const PealMethod *const *some_methods,
      const PealApplication *const *some_applications)
{
  Victim *victim = g_new0 (Victim, 1);
  victim->answer = g_string_new (NULL);
  victim->said = g_string_new (NULL);
  victim->answering = TRUE;
  g_queue_init (&victim->asked);
  victim->port = peal_port_new (&driver, victim);
  make_rooms (victim);
  PealEndpointSetup setup = {
    .port = victim->port,
    .caps = victim->caps,
    .presences = victim->presences,
    .roster = victim->roster,
    .messages = victim->messages,
    .services = victim->services,
    .methods = some_methods,
    .applications = some_applications,
    .event = heard,
    .limits = limits,
    .user = victim,
  };
  victim->endpoint = peal_endpoint_new (&setup);
  for (guint i = 0; i < G_N_ELEMENTS (victim->wishes); i++)
    victim->wishes[i] = (PealWish) { .application = some_applications[i],
                                     .config = hollow_config_new (),
                                     .offered = i == 0,
                                     .send = TRUE,
                                     .receive = TRUE };
  victim->policy.wishes = victim->wishes;
  victim->policy.n_wishes = G_N_ELEMENTS (victim->wishes);
  peal_endpoint_set_policy (victim->endpoint, &victim->policy);
  peal_port_state (victim->port, VICTIM, FALSE);
  victim_settle (victim);
  g_assert_true (peal_roster_ready (victim->roster));
  g_string_truncate (victim->said, 0);
  return victim;
}

Victim *
victim_new (const PealCallLimits *limits)
{
  return make (limits, methods, applications);
}

Victim *
victim_new_clothed (const PealCallLimits *limits)
{
  return make (limits, clothed_methods (), clothed_applications ());
}

Victim *
victim_new_seeing (gboolean offered)
{
  Victim *victim = victim_new_clothed (NULL);
  victim->wishes[1].offered = offered;
  peal_endpoint_set_policy (victim->endpoint, &victim->policy);
  return victim;
}

void
victim_free (Victim *victim)
{
  peal_endpoint_free (victim->endpoint);
  peal_services_free (victim->services);
  peal_messages_free (victim->messages);
  peal_presences_free (victim->presences);
  peal_roster_free (victim->roster);
  peal_caps_free (victim->caps);
  peal_port_free (victim->port);
  peal_reader_free (victim->reader);
  g_queue_clear_full (&victim->asked, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (victim->wishes); i++)
    g_free ((gpointer) victim->wishes[i].config);
  g_string_free (victim->answer, TRUE);
  g_string_free (victim->said, TRUE);
  g_free (victim->awaited);
  g_free (victim->sid);
  g_free (victim);
}
