/* Routing between devices as a server does (RFC 6121 §8), with carbons, rosters and presence. */
// SPDX-License-Identifier: MIT
#include "tests/jingle/glass.h"

#include "media/inform.h"
#include "media/rtp_wire.h"
#include "signaling/wire/jid.h"
#include "tests/jingle/hollow.h"

struct Glass {
  GPtrArray *devices;
  xmpp_ctx_t *context;
  GQueue wire;   /* of Letter: one order for all */
  guint postman; /* comes while there are letters */
  PealTrace *trace;
  gboolean keeps_rosters;
  GQueue asked; /* of Letter: who asked for a roster, and how */
};

typedef struct {
  Device *to;
  xmpp_stanza_t *stanza;
} Letter;

static gboolean
deliver (gpointer user)
{
  Glass *glass = user;
  g_autofree Letter *letter = g_queue_pop_head (&glass->wire);
  if (letter->to->port)
    peal_port_receive (letter->to->port, letter->stanza);
  xmpp_stanza_release (letter->stanza);
  if (!g_queue_is_empty (&glass->wire))
    return G_SOURCE_CONTINUE;
  glass->postman = 0;
  return G_SOURCE_REMOVE;
}

/* Only the text crosses: what cannot be written and read again must not arrive. */
static void
post (Glass *glass, Device *to, xmpp_stanza_t *stanza)
{
  char *text;
  size_t length;
  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, 0);
  Letter *letter = g_new0 (Letter, 1);
  letter->to = to;
  letter->stanza = xmpp_stanza_new_from_string (glass->context, text);
  g_assert_nonnull (letter->stanza);
  xmpp_free (glass->context, text);
  g_queue_push_tail (&glass->wire, letter);
  if (!glass->postman)
    glass->postman = g_idle_add (deliver, glass);
}

static void
answer (Glass *glass, Device *device, xmpp_stanza_t *iq, const char *type, const char *inner)
{
  const char *id = xmpp_stanza_get_id (iq);
  const char *from = xmpp_stanza_get_to (iq);
  g_autofree char *sender = from ? g_strdup_printf (" from='%s'", from) : g_strdup ("");
  g_autofree char *text =
      g_strdup_printf ("<iq xmlns='jabber:client' type='%s' id='%s'%s to='%s'>%s</iq>", type, id,
                       sender, device->jid, inner);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (glass->context, text);
  post (glass, device, stanza);
  xmpp_stanza_release (stanza);
}

#define UNAVAILABLE                                                                                \
  "<error type='cancel'><service-unavailable "                                                     \
  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

#define CONTACTS                                                                                   \
  "<query xmlns='jabber:iq:roster'><item jid='alice@glass.test' subscription='both'/>"             \
  "<item jid='bob@glass.test' subscription='both'/>"                                               \
  "<item jid='carol@glass.test' subscription='both'/></query>"

static void
serve_roster (Glass *glass, Device *device, xmpp_stanza_t *iq)
{
  if (!glass->keeps_rosters) {
    answer (glass, device, iq, "result", CONTACTS);
    return;
  }
  Letter *letter = g_new0 (Letter, 1);
  letter->to = device;
  letter->stanza = xmpp_stanza_clone (iq);
  g_queue_push_tail (&glass->asked, letter);
}

void
glass_keep_rosters (Glass *glass)
{
  glass->keeps_rosters = TRUE;
}

void
glass_hand_out_rosters (Glass *glass)
{
  glass->keeps_rosters = FALSE;
  for (Letter *letter; (letter = g_queue_pop_head (&glass->asked)); g_free (letter)) {
    answer (glass, letter->to, letter->stanza, "result", CONTACTS);
    xmpp_stanza_release (letter->stanza);
  }
}

static void
serve (Glass *glass, Device *device, xmpp_stanza_t *iq)
{
  const char *type = xmpp_stanza_get_type (iq);
  if (g_strcmp0 (type, "get") != 0 && g_strcmp0 (type, "set") != 0)
    return;
  if (xmpp_stanza_get_child_by_ns (iq, "jabber:iq:roster"))
    serve_roster (glass, device, iq);
  else if (xmpp_stanza_get_child_by_ns (iq, "urn:xmpp:carbons:2"))
    answer (glass, device, iq, "result", "");
  else
    answer (glass, device, iq, "error", UNAVAILABLE);
}

static Device *
device_of (Glass *glass, const char *full)
{
  for (guint i = 0; i < glass->devices->len; i++) {
    Device *device = glass->devices->pdata[i];
    if (device->port && g_str_equal (device->jid, full))
      return device;
  }
  return NULL;
}

static void
carbon (Glass *glass, Device *to, const char *way, xmpp_stanza_t *message)
{
  char *inner;
  size_t length;
  g_autofree char *bare = peal_jid_bare (to->jid);
  xmpp_stanza_to_text (message, &inner, &length);
  /* The printer leaves jabber:client out at the root, where this message no longer stands. */
  g_assert_true (g_str_has_prefix (inner, "<message "));
  g_autofree char *text = g_strdup_printf (
      "<message xmlns='jabber:client' type='chat' from='%s' to='%s'><%s xmlns='urn:xmpp:carbons:2'>"
      "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' "
      "%s</forwarded></%s></message>",
      bare, to->jid, way, inner + strlen ("<message "), way);
  xmpp_free (glass->context, inner);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (glass->context, text);
  post (glass, to, stanza);
  xmpp_stanza_release (stanza);
}

static void
carbons (Glass *glass, const char *account, Device *but, const char *way, xmpp_stanza_t *message)
{
  for (guint i = 0; i < glass->devices->len; i++) {
    Device *device = glass->devices->pdata[i];
    if (device != but && device->port && peal_jid_same_bare (device->jid, account))
      carbon (glass, device, way, message);
  }
}

static guint
to_account (Glass *glass, const char *bare, Device *sender, xmpp_stanza_t *stanza)
{
  guint reached = 0;
  for (guint i = 0; i < glass->devices->len; i++) {
    Device *device = glass->devices->pdata[i];
    if (!device->port || device == sender || !peal_jid_same_bare (device->jid, bare))
      continue;
    post (glass, device, stanza);
    reached++;
  }
  return reached;
}

static void
bounce (Glass *glass, Device *sender, xmpp_stanza_t *stanza)
{
  const char *type = xmpp_stanza_get_type (stanza);
  if (g_strcmp0 (type, "error") == 0 || g_strcmp0 (type, "result") == 0)
    return;
  if (g_str_equal (xmpp_stanza_get_name (stanza), "iq")) {
    answer (glass, sender, stanza, "error", UNAVAILABLE);
    return;
  }
  /* Without what was in it, as Prosody does. */
  xmpp_stanza_t *back =
      xmpp_message_new (glass->context, "error", sender->jid, xmpp_stanza_get_id (stanza));
  xmpp_stanza_t *error = xmpp_stanza_new_from_string (glass->context, UNAVAILABLE);
  xmpp_stanza_set_from (back, xmpp_stanza_get_to (stanza));
  xmpp_stanza_add_child_ex (back, error, FALSE);
  post (glass, sender, back);
  xmpp_stanza_release (back);
}

static void
route_message (Glass *glass, Device *sender, const char *to, xmpp_stanza_t *message)
{
  Device *device = device_of (glass, to);
  gboolean reached = device != NULL;
  if (device)
    post (glass, device, message);
  else
    reached = to_account (glass, to, sender, message) > 0;
  if (!reached && !peal_jid_same_bare (to, sender->jid)) {
    bounce (glass, sender, message);
    return;
  }
  if (g_strcmp0 (xmpp_stanza_get_type (message), "chat") != 0)
    return;
  if (device)
    carbons (glass, to, device, "received", message);
  if (!peal_jid_same_bare (to, sender->jid))
    carbons (glass, sender->jid, sender, "sent", message);
}

static void
note (Device *sender, xmpp_stanza_t *stanza)
{
  char *text;
  size_t length;
  if (!xmpp_stanza_get_to (stanza) || g_str_equal (xmpp_stanza_get_name (stanza), "presence"))
    return;
  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, 0);
  g_string_append (sender->sent, text);
  xmpp_free (sender->glass->context, text);
}

static gboolean
route (gpointer user, xmpp_stanza_t *stanza)
{
  Device *sender = user;
  Glass *glass = sender->glass;
  const char *to = xmpp_stanza_get_to (stanza);
  xmpp_stanza_t *copy = xmpp_stanza_copy (stanza);
  note (sender, copy);
  xmpp_stanza_set_from (copy, sender->jid);
  xmpp_stanza_set_ns (copy, "jabber:client");
  gboolean is_iq = g_str_equal (xmpp_stanza_get_name (copy), "iq");
  if (is_iq && (!to || !strchr (to, '/')))
    serve (glass, sender, copy);
  else if (to && g_str_equal (xmpp_stanza_get_name (copy), "message"))
    route_message (glass, sender, to, copy);
  else if (to && device_of (glass, to))
    post (glass, device_of (glass, to), copy);
  else if (to)
    bounce (glass, sender, copy);
  xmpp_stanza_release (copy);
  return TRUE;
}

static const PealPortDriver driver = { .send = route };

/* --- devices --- */

static void
heard (gpointer user, const PealEvent *event)
{
  Device *device = user;
  if (event->kind == PEAL_EVENT_STATS)
    return;
  g_free (device->sid);
  device->sid = g_strdup (event->call);
  g_string_append (device->story, peal_event_words[event->kind]);
  if (event->kind == PEAL_EVENT_ENDED) {
    g_string_append_printf (device->story, ":%s", peal_cause_word (event->cause));
    device->ended++;
    device->cause = event->cause;
    device->by = event->by;
  }
  if (event->kind == PEAL_EVENT_HOLD || event->kind == PEAL_EVENT_MUTE)
    g_string_append_printf (device->story, ":%s", event->reason);
  if (event->kind == PEAL_EVENT_CONTENT_ADDED || event->kind == PEAL_EVENT_CONTENT_REMOVED ||
      event->kind == PEAL_EVENT_RESTART)
    g_string_append (device->story, event->by == PEAL_BY_LOCAL ? ":local" : ":remote");
  if (event->kind == PEAL_EVENT_INCOMING && g_strcmp0 (event->media, "audio") != 0)
    g_string_append_printf (device->story, ":%s", event->media);
  g_string_append_c (device->story, ' ');
  if (event->kind == PEAL_EVENT_INCOMING && device->answers)
    g_assert_true (peal_endpoint_accept (device->endpoint, event->call));
  if (event->kind == device->hangs_up_at)
    g_assert_true (peal_endpoint_hangup (device->endpoint, event->call, PEAL_REASON_SUCCESS,
                                         PEAL_CAUSE_SUCCESS));
}

static const PealApplication *const applications[] = { &hollow_application, &hollow_picture, NULL };
static const PealMethod *const methods[] = { &hollow_method, NULL };

static const char *const all_features[] = { PEAL_NS_JINGLE, PEAL_NS_INVITE, PEAL_NS_RTP,
                                            "urn:xmpp:jingle:apps:dtls:0", NULL };
static const char *const direct_features[] = { PEAL_NS_JINGLE, PEAL_NS_RTP,
                                               "urn:xmpp:jingle:apps:dtls:0", NULL };
static const char *const bundle_features[] = {
  PEAL_NS_JINGLE,   PEAL_NS_INVITE,      PEAL_NS_RTP, "urn:xmpp:jingle:apps:dtls:0",
  PEAL_NS_GROUPING, "urn:ietf:rfc:5888", NULL
};
static const char *const no_features[] = { "urn:xmpp:ping", NULL };

/* A presence of @from as @to would see it; capabilities are then asked by disco#info. */
static void
show (Glass *glass, Device *from, Device *to)
{
  g_autofree char *text =
      g_strdup_printf ("<presence xmlns='jabber:client' from='%s' to='%s'/>", from->jid, to->jid);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (glass->context, text);
  post (glass, to, stanza);
  xmpp_stanza_release (stanza);
}

Device *
glass_add (Glass *glass, const char *jid, const char *features)
{
  Device *device = g_new0 (Device, 1);
  device->glass = glass;
  device->jid = g_strdup (jid);
  device->story = g_string_new (NULL);
  device->sent = g_string_new (NULL);
  device->port = peal_port_new (&driver, device);
  device->caps = peal_caps_new (device->port, g_str_equal (features, "none")     ? no_features
                                              : g_str_equal (features, "direct") ? direct_features
                                              : g_str_equal (features, "bundle") ? bundle_features
                                                                                 : all_features);
  device->roster = peal_roster_new (device->port);
  device->presences = peal_presences_new (device->port, device->caps);
  peal_presences_know (device->presences, device->roster);
  device->messages = peal_messages_new (device->port);
  device->services = peal_services_new (device->port);
  PealEndpointSetup setup = {
    .port = device->port,
    .caps = device->caps,
    .presences = device->presences,
    .roster = device->roster,
    .messages = device->messages,
    .services = device->services,
    .methods = methods,
    .applications = applications,
    .event = heard,
    .trace = glass->trace,
    .user = device,
  };
  device->endpoint = peal_endpoint_new (&setup);
  device->wish = (PealWish) { .application = &hollow_application,
                              .config = hollow_config_new (),
                              .offered = TRUE,
                              .send = TRUE,
                              .receive = TRUE };
  device->policy.wishes = &device->wish;
  device->policy.n_wishes = 1;
  peal_endpoint_set_policy (device->endpoint, &device->policy);
  g_ptr_array_add (glass->devices, device);
  peal_port_state (device->port, jid, FALSE);
  for (guint i = 0; i + 1 < glass->devices->len; i++) {
    show (glass, device, glass->devices->pdata[i]);
    show (glass, glass->devices->pdata[i], device);
  }
  return device;
}

void
glass_show (Device *device, gboolean offered)
{
  device->wishes[0] = device->wish;
  device->wishes[1] = (PealWish) { .application = &hollow_picture,
                                   .config = hollow_config_new (),
                                   .offered = offered,
                                   .send = TRUE,
                                   .receive = TRUE };
  device->policy.wishes = device->wishes;
  device->policy.n_wishes = 2;
  peal_endpoint_set_policy (device->endpoint, &device->policy);
}

void
glass_trouble (Device *device, GlassTrouble trouble)
{
  HollowConfig *config = (HollowConfig *) device->wish.config;
  config->no_path = trouble == GLASS_NO_PATH;
  config->codec = trouble == GLASS_BAD_CODEC ? "other" : "hollow";
  if (trouble == GLASS_UNENCRYPTED)
    device->policy.encryption = PEAL_ENCRYPTION_NONE;
  config->no_sound = trouble == GLASS_NO_SOUND;
  device->policy.bind_address = NULL;
  if (trouble == GLASS_NO_PATH)
    device->policy.bind_address = "nowhere";
  if (trouble == GLASS_SLOW)
    device->policy.bind_address = "slow";
  peal_endpoint_set_policy (device->endpoint, &device->policy);
}

static void
device_free (gpointer data)
{
  Device *device = data;
  peal_endpoint_free (device->endpoint);
  peal_services_free (device->services);
  peal_messages_free (device->messages);
  peal_presences_free (device->presences);
  peal_roster_free (device->roster);
  peal_caps_free (device->caps);
  peal_port_free (g_steal_pointer (&device->port));
  g_free ((gpointer) device->wish.config);
  g_free ((gpointer) device->wishes[1].config);
  g_string_free (device->story, TRUE);
  g_string_free (device->sent, TRUE);
  g_free (device->sid);
  g_free (device->jid);
  g_free (device);
}

Glass *
glass_new (void)
{
  Glass *glass = g_new0 (Glass, 1);
  glass->devices = g_ptr_array_new_with_free_func (device_free);
  glass->context = xmpp_ctx_new (NULL, NULL);
  g_queue_init (&glass->wire);
  g_queue_init (&glass->asked);
  return glass;
}

void
glass_trace (Glass *glass, PealTrace *trace)
{
  glass->trace = trace;
}

void
glass_free (Glass *glass)
{
  for (guint i = 0; i < glass->devices->len; i++) /* their good-byes still cross */
    g_clear_pointer (&((Device *) glass->devices->pdata[i])->endpoint, peal_endpoint_free);
  g_ptr_array_unref (glass->devices);
  if (glass->postman)
    g_source_remove (glass->postman);
  for (Letter *letter; (letter = g_queue_pop_head (&glass->wire)); g_free (letter))
    xmpp_stanza_release (letter->stanza);
  xmpp_ctx_free (glass->context);
  g_free (glass);
}

void
glass_call (Device *device, const char *to)
{
  g_autofree char *sid = peal_endpoint_call (device->endpoint, to, &device->policy);
  g_free (device->sid);
  device->sid = g_steal_pointer (&sid);
}

void
glass_say (Device *from, const char *xml)
{
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (from->glass->context, xml);
  g_assert_nonnull (stanza);
  route (from, stanza);
  xmpp_stanza_release (stanza);
}

gboolean
glass_said (Device *from, const char *words)
{
  return strstr (from->sent->str, words) != NULL;
}

void
glass_settle (Glass *glass)
{
  while (glass->postman)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
too_late (gpointer user)
{
  *(gboolean *) user = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_for (Device *device, const GString *where, const char *words)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add_seconds (10, too_late, &late);
  while (!late && !strstr (where->str, words))
    g_main_context_iteration (NULL, TRUE);
  if (late)
    g_error ("%s: never \"%s\"; its story: %s", device->jid, words, device->story->str);
  g_source_remove (timer);
}

void
glass_wait (Device *device, const char *word)
{
  wait_for (device, device->story, word);
}

void
glass_wait_said (Device *from, const char *words)
{
  wait_for (from, from->sent, words);
  glass_settle (from->glass);
}
