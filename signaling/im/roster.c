/* The roster (RFC 6121 §2): asked for at each new session, kept by pushes from our own account
 * only. */
// SPDX-License-Identifier: MIT
#include "signaling/im/roster.h"

#include "signaling/limits.h"
#include "signaling/wire/codec.h"
#include "signaling/wire/jid.h"

#define NS          "jabber:iq:roster"
#define PATIENCE_US (10 * G_USEC_PER_SEC)

typedef struct {
  GPtrArray *contacts; /* of PealContact * */
} Query;

static const char *const subscription_words[] = {
  "", "none", "to", "from", "both", "remove", NULL
};
static const char *const ask_words[] = { "", "subscribe", NULL };

// clang-format off
static const PealElement group = { "group", NS, sizeof (PealContactGroup), (const PealField[]) {
  PEAL_TEXT (PealContactGroup, name),
  PEAL_END } };

static const PealElement item = { "item", NS, sizeof (PealContact), (const PealField[]) {
  PEAL_STR  (PealContact, jid,          "jid", .max = 3071, .flags = PEAL_REQUIRED),
  PEAL_STR  (PealContact, name,         "name"),
  PEAL_WORD (PealContact, subscription, "subscription", subscription_words),
  PEAL_WORD (PealContact, ask,          "ask", ask_words),
  PEAL_LIST (PealContact, groups,       &group),
  PEAL_END } };

static const PealElement query = { "query", NS, sizeof (Query), (const PealField[]) {
  PEAL_LIST (Query, contacts, &item, .max = PEAL_MOST_CONTACTS),
  PEAL_END } };
// clang-format on

typedef struct {
  void (*ready) (gpointer user);
  gpointer user;
} Waiter;

struct PealRoster {
  PealPort *port;
  GMainContext *context;
  GHashTable *contacts; /* bare JID -> PealContact */
  gboolean ready;       /* it came */
  gboolean answered;    /* or was refused */
  guint handle;
  GArray *waiters;
  GSource *turn;
  guint listeners[2];
};

static void
contact_free (gpointer contact)
{
  peal_element_free (&item, contact);
}

/* Takes @contact into the table, or out of it. */
static void
keep (PealRoster *roster, PealContact *contact)
{
  g_autofree char *jid = peal_jid_prepare (contact->jid, NULL);

  if (!jid ||
      peal_jid_is_full (jid)) { /* RFC 6121 §2.1.2.3: a server's fault; nobody can match it */
    contact_free (contact);
    return;
  }
  g_free (contact->jid);
  contact->jid = g_steal_pointer (&jid);
  if (!contact->subscription)
    contact->subscription = PEAL_SUBSCRIPTION_NONE;
  if (contact->subscription != PEAL_SUBSCRIPTION_REMOVE) {
    g_hash_table_replace (roster->contacts, contact->jid, contact);
    return;
  }
  g_hash_table_remove (roster->contacts, contact->jid);
  contact_free (contact);
}

/* Keeps the items of @parsed, which it takes. */
static void
keep_all (PealRoster *roster, Query *parsed)
{
  for (guint i = 0; parsed->contacts && i < parsed->contacts->len; i++)
    keep (roster, g_steal_pointer (&parsed->contacts->pdata[i]));
  if (parsed->contacts)
    g_ptr_array_set_size (parsed->contacts, 0);
  peal_element_free (&query, parsed);
}

static Query *
read_query (xmpp_stanza_t *iq)
{
  xmpp_stanza_t *child = peal_element_find (&query, iq);

  return child ? peal_element_parse (&query, child, NULL, NULL) : NULL;
}

/* --- waiting --- */

static gboolean
tell (gpointer user)
{
  PealRoster *roster = user;
  g_autoptr(GArray) waiters = g_steal_pointer (&roster->waiters);

  roster->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  g_clear_pointer (&roster->turn, g_source_unref);
  for (guint i = 0; i < waiters->len; i++) {
    const Waiter *waiter = &g_array_index (waiters, Waiter, i);
    waiter->ready (waiter->user);
  }
  return G_SOURCE_REMOVE;
}

static void
tell_after (PealRoster *roster, gint64 delay)
{
  gint64 due = g_get_monotonic_time () + delay;

  if (roster->turn && g_source_get_ready_time (roster->turn) <= due)
    return;
  if (roster->turn)
    g_source_destroy (roster->turn);
  g_clear_pointer (&roster->turn, g_source_unref);
  roster->turn = g_timeout_source_new (0);
  g_source_set_ready_time (roster->turn, due);
  g_source_set_callback (roster->turn, tell, roster, NULL);
  g_source_attach (roster->turn, roster->context);
}

void
peal_roster_wait (PealRoster *roster, void (*ready) (gpointer user), gpointer user)
{
  const Waiter waiter = { ready, user };

  g_array_append_val (roster->waiters, waiter);
  tell_after (roster, roster->answered ? 0 : PATIENCE_US);
}

/* --- the server --- */

static void
answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  PealRoster *roster = user;
  Query *parsed = stanza ? read_query (stanza) : NULL;

  roster->handle = 0;
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return; /* the new session asks again */
  if (parsed) {
    g_hash_table_remove_all (roster->contacts);
    keep_all (roster, parsed);
    roster->ready = TRUE;
  }
  roster->answered = TRUE;
  if (roster->waiters->len)
    tell_after (roster, 0);
}

static void
ask (PealRoster *roster)
{
  const Query nothing = { NULL };
  xmpp_stanza_t *payload = peal_element_build (&query, &nothing, peal_port_context (roster->port));

  if (roster->handle)
    peal_port_forget (roster->port, roster->handle);
  roster->handle = peal_port_request (
      roster->port, peal_port_iq (roster->port, "get", NULL, payload), 0, answered, roster);
}

/* RFC 6121 §2.1.6: a push comes from our own account, or from nobody. Anybody else's is not taken,
 * and so is answered with service-unavailable. */
static gboolean
hear_push (gpointer user, PealPort *port, xmpp_stanza_t *iq)
{
  PealRoster *roster = user;
  const char *from = xmpp_stanza_get_from (iq);
  Query *parsed = !from || peal_jid_equal (from, peal_port_bare (port)) ? read_query (iq) : NULL;

  if (!parsed)
    return FALSE;
  keep_all (roster, parsed);
  peal_port_result (port, iq, NULL);
  return TRUE;
}

static void
state_changed (gpointer user, gboolean online, gboolean resumed)
{
  if (online && !resumed)
    ask (user);
}

/* --- questions of others --- */

gboolean
peal_roster_ready (PealRoster *roster)
{
  return roster->ready;
}

const PealContact *
peal_roster_find (PealRoster *roster, const char *bare)
{
  return g_hash_table_lookup (roster->contacts, bare);
}

GPtrArray *
peal_roster_list (PealRoster *roster)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter all;
  gpointer contact;

  g_hash_table_iter_init (&all, roster->contacts);
  while (g_hash_table_iter_next (&all, NULL, &contact))
    g_ptr_array_add (list, contact);
  return list;
}

gboolean
peal_roster_trusts (PealRoster *roster, const char *bare)
{
  const PealContact *contact = peal_roster_find (roster, bare);

  return contact && (contact->subscription == PEAL_SUBSCRIPTION_FROM ||
                     contact->subscription == PEAL_SUBSCRIPTION_BOTH);
}

/* --- life --- */

PealRoster *
peal_roster_new (PealPort *port)
{
  static const PealPortListener push = { PEAL_STANZA_IQ, "set", NS, hear_push };
  PealRoster *roster = g_new0 (PealRoster, 1);

  roster->port = port;
  roster->context = g_main_context_ref_thread_default ();
  roster->contacts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, contact_free);
  roster->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  roster->listeners[0] = peal_port_listen (port, &push, roster);
  roster->listeners[1] = peal_port_watch (port, state_changed, roster);
  if (peal_port_online (port))
    ask (roster);
  return roster;
}

void
peal_roster_free (PealRoster *roster)
{
  if (!roster)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (roster->listeners); i++)
    peal_port_unlisten (roster->port, roster->listeners[i]);
  if (roster->handle)
    peal_port_forget (roster->port, roster->handle);
  if (roster->turn)
    g_source_destroy (roster->turn);
  g_clear_pointer (&roster->turn, g_source_unref);
  for (guint i = 0; i < roster->waiters->len; i++) {
    const Waiter *waiter = &g_array_index (roster->waiters, Waiter, i);
    waiter->ready (waiter->user);
  }
  g_array_unref (roster->waiters);
  g_hash_table_unref (roster->contacts);
  g_main_context_unref (roster->context);
  g_free (roster);
}
