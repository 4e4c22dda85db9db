/* Fuzzes a whole account above its stream: port, roster, presence, capabilities, messages,
 * services, and the Jingle endpoint with plug-ins that carry nothing.
 *
 * A line of the input is a stanza that comes in, in which {1} stands for the id of the first
 * request that was sent, or a command: up, resumed, down, lost, full, empty, accept, reject, hang
 * up, call, call bare, mute. Whatever comes, each request of others is answered once, and all that
 * is said is XML. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "signaling/jingle/endpoint.h"
#include "signaling/wire/jid.h"
#include "tests/jingle/hollow.h"

#define OWN "alice@glass.test/a"
#define BOB "bob@glass.test/b"

typedef struct {
  PealPort *port;
  PealCaps *caps;
  PealRoster *roster;
  PealPresences *presences;
  PealMessages *messages;
  PealServices *services;
  PealEndpoint *endpoint;
  PealCallPolicy policy;
  PealWish wish;
  GPtrArray *requests; /* of char *: ids of ours */
  GHashTable *owed;    /* char *: "from id" of theirs -> how many */
  int nameless;        /* requests of theirs without id: their answers have one of ours */
  gboolean full;       /* the outbox takes nothing */
  char *sid;           /* of the call heard of last */
} Client;

static char *
key_of (const char *peer, const char *id)
{
  return g_strdup_printf ("%s %s", peer ? peer : "", id ? id : "");
}

static void
answered (Client *client, xmpp_stanza_t *stanza)
{
  g_autofree char *key = key_of (xmpp_stanza_get_to (stanza), xmpp_stanza_get_id (stanza));
  int owed = GPOINTER_TO_INT (g_hash_table_lookup (client->owed, key));

  if (!owed && client->nameless-- > 0)
    return;
  g_assert_cmpint (owed, >, 0);
  g_hash_table_insert (client->owed, g_steal_pointer (&key), GINT_TO_POINTER (owed - 1));
}

static gboolean
sent (gpointer user, xmpp_stanza_t *stanza)
{
  Client *client = user;
  xmpp_ctx_t *context = xmpp_stanza_get_context (stanza);
  const char *type = xmpp_stanza_get_type (stanza);
  char *text = NULL;
  size_t length = 0;

  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, XMPP_EOK);
  xmpp_stanza_t *again = xmpp_stanza_new_from_string (context, text);
  g_assert_nonnull (again);
  xmpp_stanza_release (again);
  xmpp_free (context, text);
  if (!g_str_equal (xmpp_stanza_get_name (stanza), "iq"))
    return !client->full;
  if (!g_str_equal (type, "get") && !g_str_equal (type, "set"))
    answered (client, stanza);
  else if (!client->full)
    g_ptr_array_add (client->requests, g_strdup (xmpp_stanza_get_id (stanza)));
  return !client->full;
}

static void
heard_event (gpointer user, const PealEvent *event)
{
  Client *client = user;
  g_autofree char *json = peal_event_json (event);

  g_assert_true (g_utf8_validate (json, -1, NULL));
  if (event->call && event->call != client->sid) {
    g_free (client->sid);
    client->sid = g_strdup (event->call);
  }
}

static const PealPortDriver driver = { .send = sent };
static const PealApplication *const applications[] = { &hollow_application, NULL };
static const PealMethod *const methods[] = { &hollow_method, NULL };
static const char *const features[] = { PEAL_NS_JINGLE, PEAL_NS_INVITE, NULL };

static Client *
client_new (void)
{
  Client *client = g_new0 (Client, 1);

  client->requests = g_ptr_array_new_with_free_func (g_free);
  client->owed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  client->port = peal_port_new (&driver, client);
  client->caps = peal_caps_new (client->port, features);
  client->roster = peal_roster_new (client->port);
  client->presences = peal_presences_new (client->port, client->caps);
  client->messages = peal_messages_new (client->port);
  client->services = peal_services_new (client->port);
  client->endpoint = peal_endpoint_new (&(PealEndpointSetup) {
      .port = client->port,
      .caps = client->caps,
      .presences = client->presences,
      .roster = client->roster,
      .messages = client->messages,
      .services = client->services,
      .methods = methods,
      .applications = applications,
      .event = heard_event,
      .user = client,
  });
  client->wish = (PealWish) { .application = &hollow_application,
                              .config = hollow_config_new (),
                              .offered = TRUE,
                              .send = TRUE,
                              .receive = TRUE };
  client->policy.wishes = &client->wish;
  client->policy.n_wishes = 1;
  peal_endpoint_set_policy (client->endpoint, &client->policy);
  peal_presences_available (client->presences, 0, NULL, NULL);
  peal_port_state (client->port, OWN, FALSE);
  return client;
}

static void
client_free (Client *client)
{
  peal_endpoint_free (client->endpoint);
  peal_services_free (client->services);
  peal_messages_free (client->messages);
  peal_presences_free (client->presences);
  peal_roster_free (client->roster);
  peal_caps_free (client->caps);
  peal_port_free (client->port);
  g_free ((gpointer) client->wish.config);
  g_ptr_array_unref (client->requests);
  g_hash_table_unref (client->owed);
  g_free (client->sid);
  g_free (client);
}

/* {1}, {2}, … in @line become the ids of our requests. */
static char *
fill_in (const Client *client, const char *line)
{
  g_autoptr(GString) text = g_string_new (line);

  for (guint i = 0; i < client->requests->len && strchr (text->str, '{'); i++) {
    g_autofree char *mark = g_strdup_printf ("{%u}", i + 1);
    g_string_replace (text, mark, client->requests->pdata[i], 0);
  }
  return g_strdup (text->str);
}

static void
owe (Client *client, xmpp_stanza_t *stanza)
{
  if (!xmpp_stanza_get_id (stanza)) {
    client->nameless++;
    return;
  }
  char *key = key_of (xmpp_stanza_get_from (stanza), xmpp_stanza_get_id (stanza));
  int owed = GPOINTER_TO_INT (g_hash_table_lookup (client->owed, key));
  g_hash_table_insert (client->owed, key, GINT_TO_POINTER (owed + 1));
}

static void
receive (Client *client, const char *line)
{
  g_autofree char *text = fill_in (client, line);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (peal_port_context (client->port), text);
  const char *name = stanza ? xmpp_stanza_get_name (stanza) : NULL;

  if (!stanza)
    return;
  const char *type = xmpp_stanza_get_type (stanza);
  if (!g_strcmp0 (name, "iq") && g_strcmp0 (type, "result") && g_strcmp0 (type, "error"))
    owe (client, stanza);
  peal_port_receive (client->port, stanza);
  xmpp_stanza_release (stanza);
}

/* FALSE: @line is no command. */
static gboolean
command (Client *client, const char *line)
{
  const char *sid = client->sid ? client->sid : "-";

  if (g_str_equal (line, "up") || g_str_equal (line, "resumed"))
    peal_port_state (client->port, OWN, *line == 'r');
  else if (g_str_equal (line, "down"))
    peal_port_state (client->port, NULL, FALSE);
  else if (g_str_equal (line, "full") || g_str_equal (line, "empty"))
    client->full = *line == 'f';
  else if (g_str_equal (line, "lost"))
    peal_port_lost (client->port);
  else if (g_str_equal (line, "accept"))
    peal_endpoint_accept (client->endpoint, sid);
  else if (g_str_equal (line, "reject"))
    peal_endpoint_reject (client->endpoint, sid, PEAL_REASON_DECLINE);
  else if (g_str_equal (line, "hang up"))
    peal_endpoint_hangup (client->endpoint, sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  else if (g_str_equal (line, "mute"))
    peal_endpoint_control (client->endpoint, sid, PEAL_CONTROL_MUTE, 1, NULL);
  else if (g_str_equal (line, "call") || g_str_equal (line, "call bare"))
    g_free (
        peal_endpoint_call (client->endpoint, line[4] ? "bob@glass.test" : BOB, &client->policy));
  else
    return FALSE;
  return TRUE;
}

/* What waits for the roster waits for it only so long. */
static void
refuse_requests (Client *client)
{
  guint n = client->requests->len;

  for (guint i = 0; i < n; i++) {
    g_autofree char *refusal = g_strdup_printf (
        "<iq xmlns='jabber:client' type='error' id='{%u}'><error type='cancel'/></iq>", i + 1);
    receive (client, refusal);
  }
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  Client *client = client_new ();
  GHashTableIter all;
  gpointer key, owed;

  settle ();
  for (char *line; (line = fuzz_line (&input)); g_free (line)) {
    if (!command (client, line))
      receive (client, line);
    settle ();
  }
  peal_endpoint_leave (client->endpoint);
  settle ();
  refuse_requests (client);
  settle ();
  g_hash_table_iter_init (&all, client->owed);
  while (g_hash_table_iter_next (&all, &key, &owed))
    g_assert_cmpint (GPOINTER_TO_INT (owed), ==, 0);
  client_free (client);
  settle ();
  g_assert_cmpint (hollow_open, ==, 0);
  return 0;
}
