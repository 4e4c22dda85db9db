/* Presence (RFC 6121 §4): a table of accounts and their resources, and our own, said again when it
 * must be. */
// SPDX-License-Identifier: MIT
#include "signaling/im/presence.h"

#include "signaling/limits.h"
#include "signaling/wire/jid.h"

/* <presence/> as on the wire. */
typedef struct {
  char *to, *type;
  char *show, *status, *priority; /* priority may be negative: -128..127 */
  PealCapsElement *caps;
} Wire;

// clang-format off
static const PealElement wire = { "presence", "jabber:client", sizeof (Wire), (const PealField[]) {
  PEAL_STR    (Wire, to,       "to", .max = 3071),
  PEAL_STR    (Wire, type,     "type"),
  PEAL_STRING (Wire, show,     "show"),
  PEAL_STRING (Wire, status,   "status", .max = 4096),
  PEAL_STRING (Wire, priority, "priority", .flags = PEAL_TRIM),
  PEAL_CHILD  (Wire, caps,     &peal_caps_c_element),
  PEAL_END } };
// clang-format on

typedef struct {
  PealPresence presence;
  guint64 order; /* of arrival */
  gboolean stranger;
} Resource;

typedef struct {
  guint id;
  void (*changed) (gpointer user, const char *full, const PealPresence *presence);
  gpointer user;
} Watcher;

struct PealPresences {
  PealPort *port;
  PealCaps *caps;
  PealRoster *roster;   /* NULL: nobody is a stranger, and only who was shown may know us */
  GHashTable *accounts; /* bare JID -> GPtrArray of Resource, best first */
  guint count[2];       /* of contacts, of strangers */
  guint64 order;
  GArray *watchers;
  guint next;
  gboolean announced, unsaid; /* `available` was called; and not yet sent in this session */
  int priority;
  char *show, *status;
  GHashTable *directed; /* set of JIDs */
  GHashTable *guests;   /* bare JID -> how often */
  guint listeners[2];
};

static void
resource_free (gpointer data)
{
  Resource *resource = data;

  g_free (resource->presence.full);
  g_free (resource->presence.show);
  g_free (resource->presence.status);
  g_free (resource->presence.caps_node);
  g_free (resource->presence.caps_ver);
  g_free (resource->presence.caps_hash);
  g_free (resource);
}

/* --- watching --- */

static const Watcher *
find_watcher (const PealPresences *presences, guint id)
{
  for (guint i = 0; i < presences->watchers->len; i++) {
    const Watcher *watcher = &g_array_index (presences->watchers, Watcher, i);
    if (watcher->id == id)
      return watcher;
  }
  return NULL;
}

/* A watcher may end itself or another while we tell: by id, from a copy. */
static void
tell (PealPresences *presences, const char *full, const PealPresence *presence)
{
  g_autoptr(GArray) copy = g_array_copy (presences->watchers);

  for (guint i = 0; i < copy->len; i++) {
    const Watcher *watcher = find_watcher (presences, g_array_index (copy, Watcher, i).id);
    if (watcher)
      watcher->changed (watcher->user, full, presence);
  }
}

guint
peal_presences_watch (PealPresences *presences,
                      void (*changed) (gpointer user, const char *full,
                                       const PealPresence *presence),
                      gpointer user)
{
  const Watcher watcher = { ++presences->next, changed, user };

  g_array_append_val (presences->watchers, watcher);
  return watcher.id;
}

void
peal_presences_unwatch (PealPresences *presences, guint id)
{
  for (guint i = 0; i < presences->watchers->len; i++)
    if (g_array_index (presences->watchers, Watcher, i).id == id) {
      g_array_remove_index (presences->watchers, i);
      return;
    }
}

/* --- the others --- */

static int
better_first (gconstpointer a, gconstpointer b)
{
  const Resource *x = *(gconstpointer const *) a, *y = *(gconstpointer const *) b;

  if (x->presence.priority != y->presence.priority)
    return x->presence.priority > y->presence.priority ? -1 : 1;
  return x->order > y->order ? -1 : 1;
}

/* Takes one resource, or with @full NULL all of them, out of @bare's account. */
static void
leave (PealPresences *presences, const char *bare, const char *full)
{
  GPtrArray *account = g_hash_table_lookup (presences->accounts, bare);
  g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func (resource_free);

  for (guint i = account ? account->len : 0; i-- > 0;) {
    const Resource *resource = account->pdata[i];
    if (!full || g_str_equal (resource->presence.full, full))
      g_ptr_array_add (gone, g_ptr_array_steal_index (account, i));
  }
  if (account && !account->len)
    g_hash_table_remove (presences->accounts, bare);
  for (guint i = 0; i < gone->len; i++) {
    const Resource *resource = gone->pdata[i];
    presences->count[resource->stranger]--;
    tell (presences, resource->presence.full, NULL);
  }
}

/* Somebody whose presence we did not ask for. Before the roster came nobody is known to be one. */
static gboolean
is_stranger (PealPresences *presences, const char *bare)
{
  return presences->roster && peal_roster_ready (presences->roster) &&
         !peal_roster_find (presences->roster, bare) &&
         !peal_jid_equal (bare, peal_port_bare (presences->port));
}

static Resource *
find_or_add (PealPresences *presences, const char *bare, const char *full)
{
  GPtrArray *account = g_hash_table_lookup (presences->accounts, bare);

  for (guint i = 0; account && i < account->len; i++) {
    Resource *resource = account->pdata[i];
    if (g_str_equal (resource->presence.full, full))
      return resource;
  }
  static const guint most[2][2] = {
    { PEAL_MOST_PRESENCES_OF_CONTACTS, PEAL_MOST_RESOURCES_OF_CONTACT },
    { PEAL_MOST_PRESENCES_OF_STRANGERS, PEAL_MOST_RESOURCES_OF_STRANGER },
  };
  gboolean stranger = is_stranger (presences, bare);
  if (presences->count[stranger] >= most[stranger][0] ||
      (account && account->len >= most[stranger][1]))
    return NULL;
  if (!account) {
    account = g_ptr_array_new_with_free_func (resource_free);
    g_hash_table_insert (presences->accounts, g_strdup (bare), account);
  }
  Resource *resource = g_new0 (Resource, 1);
  resource->presence.full = g_strdup (full);
  resource->stranger = stranger;
  g_ptr_array_add (account, resource);
  presences->count[stranger]++;
  return resource;
}

static int
read_priority (const char *text)
{
  gint64 number;

  return text && g_ascii_string_to_signed (text, 10, -128, 127, &number, NULL) ? (int) number : 0;
}

static void
replace (char **member, const char *text)
{
  g_free (*member);
  *member = g_strdup (text);
}

static void
arrive (PealPresences *presences, const char *bare, const char *full, const Wire *parsed)
{
  static const char *const shows[] = { "away", "chat", "dnd", "xa", NULL };
  Resource *resource = find_or_add (presences, bare, full);

  if (!resource)
    return;
  PealPresence *presence = &resource->presence;
  resource->order = ++presences->order;
  presence->priority = read_priority (parsed->priority);
  replace (&presence->show,
           parsed->show && g_strv_contains (shows, parsed->show) ? parsed->show : NULL);
  replace (&presence->status, parsed->status);
  if (parsed->caps) { /* XEP-0115 §8.4: left out where it did not change */
    replace (&presence->caps_node, parsed->caps->node);
    replace (&presence->caps_ver, parsed->caps->ver);
    replace (&presence->caps_hash, parsed->caps->hash);
  }
  g_ptr_array_sort (g_hash_table_lookup (presences->accounts, bare), better_first);
  tell (presences, full, presence);
}

static gboolean
hear (gpointer user, PealPort *port, xmpp_stanza_t *stanza)
{
  PealPresences *presences = user;
  const char *from = xmpp_stanza_get_from (stanza), *type = xmpp_stanza_get_type (stanza);
  g_autofree char *full = from ? peal_jid_prepare (from, NULL) : NULL;
  g_autofree char *bare = full ? peal_jid_bare (full) : NULL;

  if (!bare)
    return FALSE;
  /* An error answers a presence of ours: whoever it comes from is not there (RFC 6121 §4.6.6). */
  if (type && (g_str_equal (type, "unavailable") || g_str_equal (type, "error")))
    leave (presences, bare, peal_jid_is_full (full) ? full : NULL);
  Wire *parsed = type ? NULL : peal_element_parse (&wire, stanza, NULL, NULL);
  if (parsed && peal_jid_is_full (full))
    arrive (presences, bare, full, parsed);
  peal_element_free (&wire, parsed);
  return FALSE;
}

GPtrArray *
peal_presences_of (PealPresences *presences, const char *bare)
{
  GPtrArray *account = g_hash_table_lookup (presences->accounts, bare);
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; account && i < account->len; i++)
    g_ptr_array_add (list, &((Resource *) account->pdata[i])->presence);
  return list;
}

/* --- who may know that we are here --- */

/* Whether we sent a directed presence to @bare or to a resource of it: also the account's own
 * services may ask then (XEP-0163). */
static gboolean
was_shown (PealPresences *presences, const char *bare)
{
  GHashTableIter all;
  gpointer jid;

  g_hash_table_iter_init (&all, presences->directed);
  while (g_hash_table_iter_next (&all, &jid, NULL))
    if (peal_jid_same_bare (jid, bare))
      return TRUE;
  return FALSE;
}

gboolean
peal_presences_shows (PealPresences *presences, const char *from)
{
  const char *own = peal_port_bare (presences->port);
  g_autofree char *bare = from ? peal_jid_bare (from) : NULL;
  g_autofree char *server = own ? peal_jid_domain (own) : NULL;

  if (!from || peal_jid_equal (bare, own) || peal_jid_equal (from, server))
    return TRUE;
  return (presences->roster && peal_roster_trusts (presences->roster, bare)) ||
         g_hash_table_contains (presences->guests, bare) || was_shown (presences, bare);
}

void
peal_presences_admit (PealPresences *presences, const char *jid, gboolean admitted)
{
  guint before = GPOINTER_TO_UINT (g_hash_table_lookup (presences->guests, jid));

  if (admitted && (before || g_hash_table_size (presences->guests) < PEAL_MOST_GUESTS))
    g_hash_table_replace (presences->guests, g_strdup (jid), GUINT_TO_POINTER (before + 1));
  else if (!admitted && before > 1)
    g_hash_table_replace (presences->guests, g_strdup (jid), GUINT_TO_POINTER (before - 1));
  else if (!admitted)
    g_hash_table_remove (presences->guests, jid);
}

static gboolean
may_ask (gpointer user, const char *from)
{
  return peal_presences_shows (user, from);
}

void
peal_presences_know (PealPresences *presences, PealRoster *roster)
{
  presences->roster = roster;
}

/* --- ours --- */

static void
send_presence (PealPresences *presences, const char *to, gboolean available)
{
  g_autofree char *priority =
      presences->priority ? g_strdup_printf ("%d", presences->priority) : NULL;
  Wire ours = { .to = (char *) to, .type = (char *) (available ? NULL : "unavailable") };

  if (available) {
    ours.show = presences->show;
    ours.status = presences->status;
    ours.priority = priority;
  }
  xmpp_stanza_t *stanza = peal_element_build (&wire, &ours, peal_port_context (presences->port));
  if (available)
    xmpp_stanza_add_child_ex (stanza, peal_caps_element (presences->caps), FALSE);
  peal_port_send (presences->port, stanza);
}

void
peal_presences_available (PealPresences *presences, int priority, const char *show,
                          const char *status)
{
  presences->announced = TRUE;
  presences->priority = CLAMP (priority, -128, 127);
  replace (&presences->show, show);
  replace (&presences->status, status);
  presences->unsaid = !peal_port_online (presences->port);
  if (!presences->unsaid)
    send_presence (presences, NULL, TRUE);
}

void
peal_presences_direct (PealPresences *presences, const char *jid, gboolean available)
{
  if (!available && !g_hash_table_remove (presences->directed, jid))
    return;
  if (available && g_hash_table_size (presences->directed) < PEAL_MOST_DIRECTED)
    g_hash_table_add (presences->directed, g_strdup (jid));
  send_presence (presences, jid, available);
}

static void
state_changed (gpointer user, gboolean online, gboolean resumed)
{
  PealPresences *presences = user;

  if (!online)
    return;
  if (!resumed) {
    g_hash_table_remove_all (presences->accounts);
    presences->count[FALSE] = presences->count[TRUE] = 0;
    presences->unsaid = TRUE;
  }
  if (presences->announced && presences->unsaid)
    send_presence (presences, NULL, TRUE);
  presences->unsaid = FALSE;
  if (resumed)
    return;
  GHashTableIter all;
  gpointer jid;
  g_hash_table_iter_init (&all, presences->directed);
  while (g_hash_table_iter_next (&all, &jid, NULL))
    send_presence (presences, jid, TRUE);
}

/* --- life --- */

PealPresences *
peal_presences_new (PealPort *port, PealCaps *caps)
{
  static const PealPortListener any = { .kind = PEAL_STANZA_PRESENCE, .hear = hear };
  PealPresences *presences = g_new0 (PealPresences, 1);

  presences->port = port;
  presences->caps = caps;
  presences->accounts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  presences->watchers = g_array_new (FALSE, FALSE, sizeof (Watcher));
  presences->directed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  presences->guests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  peal_caps_set_audience (caps, may_ask, presences);
  presences->listeners[0] = peal_port_listen (port, &any, presences);
  presences->listeners[1] = peal_port_watch (port, state_changed, presences);
  return presences;
}

void
peal_presences_free (PealPresences *presences)
{
  if (!presences)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (presences->listeners); i++)
    peal_port_unlisten (presences->port, presences->listeners[i]);
  g_hash_table_unref (presences->accounts);
  peal_caps_set_audience (presences->caps, NULL, NULL);
  g_hash_table_unref (presences->directed);
  g_hash_table_unref (presences->guests);
  g_array_unref (presences->watchers);
  g_free (presences->show);
  g_free (presences->status);
  g_free (presences);
}
