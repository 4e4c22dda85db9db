/* Messages: carbons are unwrapped at the door, and only when they are ours (XEP-0280 §11). */
// SPDX-License-Identifier: MIT
#include "signaling/im/message.h"

#include "signaling/im/repeat.h"
#include "signaling/wire/codec.h"
#include "signaling/wire/jid.h"

#define NS_CARBONS "urn:xmpp:carbons:2"
#define NS_HINTS   "urn:xmpp:hints"

typedef struct {
  char *stamp;
} Delay;

/* <origin-id/> (XEP-0359): who sends it says that the id is its own and unique */
typedef struct {
  char *id;
} Origin;

// clang-format off
static const PealElement origin_id = { "origin-id", "urn:xmpp:sid:0", sizeof (Origin), (const PealField[]) {
  PEAL_STR (Origin, id, "id", .flags = PEAL_REQUIRED),
  PEAL_END } };
static const PealElement delay = { "delay", "urn:xmpp:delay", sizeof (Delay), (const PealField[]) {
  PEAL_STR (Delay, stamp, "stamp", .flags = PEAL_REQUIRED),
  PEAL_END } };
// clang-format on

/* Elements that matter by being there. */
static const PealField nothing[] = { PEAL_END };
static const PealElement enable = { "enable", NS_CARBONS, 1, nothing };
static const PealElement received = { "received", NS_CARBONS, 1, nothing };
static const PealElement sent = { "sent", NS_CARBONS, 1, nothing };
static const PealElement private = { "private", NS_CARBONS, 1, nothing };
static const PealElement no_copy = { "no-copy", NS_HINTS, 1, nothing };
static const PealElement store = { "store", NS_HINTS, 1, nothing };
static const PealElement forwarded = { "forwarded", "urn:xmpp:forward:0", 1, nothing };
static const PealElement inner = { "message", "jabber:client", 1, nothing };

typedef struct {
  guint id;
  const char *ns;
  gboolean (*hear) (gpointer user, const PealMessage *message);
  gpointer user;
} Listener;

struct PealMessages {
  PealPort *port;
  PealRepeats *repeats;
  GArray *listeners;
  guint next;
  guint ears[2];
};

/* --- listeners --- */

static const Listener *
find_listener (const PealMessages *messages, guint id)
{
  for (guint i = 0; i < messages->listeners->len; i++) {
    const Listener *listener = &g_array_index (messages->listeners, Listener, i);
    if (listener->id == id)
      return listener;
  }
  return NULL;
}

/* A listener may end itself or another while it hears: by id, from a copy. */
static gboolean
offer (PealMessages *messages, const PealMessage *message)
{
  g_autoptr(GArray) copy = g_array_copy (messages->listeners);
  gboolean taken = FALSE;

  for (guint i = 0; i < copy->len && !taken; i++) {
    const Listener *listener = find_listener (messages, g_array_index (copy, Listener, i).id);
    if (listener && (!listener->ns || xmpp_stanza_get_child_by_ns (message->stanza, listener->ns)))
      taken = listener->hear (listener->user, message);
  }
  return taken;
}

guint
peal_messages_listen (PealMessages *messages, const char *ns,
                      gboolean (*hear) (gpointer user, const PealMessage *message), gpointer user)
{
  const Listener listener = { ++messages->next, ns, hear, user };

  g_array_append_val (messages->listeners, listener);
  return listener.id;
}

void
peal_messages_unlisten (PealMessages *messages, guint id)
{
  for (guint i = 0; i < messages->listeners->len; i++)
    if (g_array_index (messages->listeners, Listener, i).id == id) {
      g_array_remove_index (messages->listeners, i);
      return;
    }
}

/* --- hearing --- */

/* The earlier of @so_far (0: none) and the stamp that @stanza carries. */
static gint64
earlier (gint64 so_far, xmpp_stanza_t *stanza)
{
  xmpp_stanza_t *child = peal_element_find (&delay, stanza);
  Delay *parsed = child ? peal_element_parse (&delay, child, NULL, NULL) : NULL;
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr(GDateTime) time = parsed ? g_date_time_new_from_iso8601 (parsed->stamp, utc) : NULL;

  peal_element_free (&delay, parsed);
  if (!time)
    return so_far;
  gint64 stamp = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return so_far ? MIN (so_far, stamp) : stamp;
}

static PealMessage
describe (xmpp_stanza_t *stanza)
{
  PealMessage message = {
    .stanza = stanza,
    .from = xmpp_stanza_get_from (stanza),
    .to = xmpp_stanza_get_to (stanza),
    .id = xmpp_stanza_get_id (stanza),
    .type = xmpp_stanza_get_type (stanza),
    .delay = earlier (0, stanza),
  };

  message.error = !g_strcmp0 (message.type, "error");
  return message;
}

/* The message inside a carbon, or NULL when it is one that must not be believed: from anybody but
 * our own account, about a message that is not ours, or one whose author wanted no copies. */
static xmpp_stanza_t *
unwrap (PealMessages *messages, xmpp_stanza_t *stanza, xmpp_stanza_t *wrapper, PealMessage *message)
{
  const char *bare = peal_port_bare (messages->port);
  xmpp_stanza_t *forward = peal_element_find (&forwarded, wrapper);
  xmpp_stanza_t *copied = forward ? peal_element_find (&inner, forward) : NULL;

  if (!copied || !peal_jid_equal (xmpp_stanza_get_from (stanza), bare))
    return NULL;
  if (peal_element_find (&private, copied) || peal_element_find (&no_copy, copied))
    return NULL;
  *message = describe (copied);
  message->carbon = TRUE;
  message->sent = peal_element_matches (&sent, wrapper);
  message->delay = earlier (earlier (message->delay, forward), stanza);
  return peal_jid_same_bare (message->sent ? message->from : message->to, bare) && message->from
             ? copied
             : NULL;
}

/* What came twice is told once. A room repeats the past under the ids of others, and an error has
 * the id of what it answers. */
static gboolean
is_repetition (PealMessages *messages, const PealMessage *message)
{
  guint way = message->carbon ? message->sent ? 2 : 1 : 0;
  return !message->error && g_strcmp0 (message->type, "groupchat") != 0 &&
         peal_repeats_hear (messages->repeats, message->stanza, way);
}

static gboolean
hear (gpointer user, PealPort *port, xmpp_stanza_t *stanza)
{
  PealMessages *messages = user;
  xmpp_stanza_t *wrapper = peal_element_find (&received, stanza);
  PealMessage message = describe (stanza);

  if (!wrapper)
    wrapper = peal_element_find (&sent, stanza);
  if (wrapper && !unwrap (messages, stanza, wrapper, &message))
    return TRUE; /* nobody else shall read a forged one either */
  return is_repetition (messages, &message) || offer (messages, &message);
}

/* --- sending --- */

gboolean
peal_messages_send (PealMessages *messages, const char *to, const char *id, xmpp_stanza_t *payload)
{
  xmpp_ctx_t *context = peal_port_context (messages->port);
  g_autofree char *own = id ? g_strdup (id) : g_uuid_string_random ();
  xmpp_stanza_t *stanza = xmpp_message_new (context, "chat", to, own);
  const Origin origin = { own };

  xmpp_stanza_add_child_ex (stanza, payload, FALSE);
  xmpp_stanza_add_child_ex (stanza, peal_element_build (&origin_id, &origin, context), FALSE);
  xmpp_stanza_add_child_ex (stanza, peal_element_build (&store, "", context), FALSE);
  return peal_port_send (messages->port, stanza);
}

/* --- life --- */

static void
enable_carbons (PealMessages *messages)
{
  xmpp_stanza_t *payload = peal_element_build (&enable, "", peal_port_context (messages->port));

  /* Refused or not: what can be heard is heard, so nobody waits for the answer. */
  peal_port_send (messages->port, peal_port_iq (messages->port, "set", NULL, payload));
}

static void
state_changed (gpointer user, gboolean online, gboolean resumed)
{
  if (online && !resumed)
    enable_carbons (user);
}

PealMessages *
peal_messages_new (PealPort *port)
{
  static const PealPortListener any = { .kind = PEAL_STANZA_MESSAGE, .hear = hear };
  PealMessages *messages = g_new0 (PealMessages, 1);

  messages->port = port;
  messages->repeats = peal_repeats_new ();
  messages->listeners = g_array_new (FALSE, FALSE, sizeof (Listener));
  messages->ears[0] = peal_port_listen (port, &any, messages);
  messages->ears[1] = peal_port_watch (port, state_changed, messages);
  if (peal_port_online (port))
    enable_carbons (messages);
  return messages;
}

void
peal_messages_free (PealMessages *messages)
{
  if (!messages)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (messages->ears); i++)
    peal_port_unlisten (messages->port, messages->ears[i]);
  g_array_unref (messages->listeners);
  peal_repeats_free (messages->repeats);
  g_free (messages);
}
