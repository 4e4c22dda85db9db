/* Entity capabilities (XEP-0115): two bounded caches, and one question per hash.
 *
 * `verified` holds infos by hash: whoever's presence names the hash has them. `people` holds what
 * is known of one address only: the hash of its presence, and its own answer where there is no
 * hash or where the answer did not match it. When the one who was asked for a hash fails or lies,
 * the next of those whose features are waited for is asked, and so on: a liar costs a round trip,
 * not the truth. */
// SPDX-License-Identifier: MIT
#include "signaling/im/caps.h"

#include "signaling/im/quota.h"
#include "signaling/im/shelf.h"
#include "signaling/im/verification.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

/* .invalid will never be somebody's site (RFC 2606 §2): the node need only be unique. */
#define NODE     "https://peal.invalid"
#define PATIENCE 10 /* s, for an answer that a call waits for */

typedef void (*Known) (gpointer user, const PealDiscoInfo *info, const GError *why);

/* One address. */
typedef struct {
  char *key;           /* "sha-1 VER" of its presence; NULL: none that we can check */
  char *node;          /* NODE#VER to ask with; NULL: without */
  PealDiscoInfo *info; /* its own answer; NULL: not asked, or the hash speaks for it */
} Person;

typedef struct {
  char *full;
  Known known;
  gpointer user;
  PealDiscoInfo *info; /* for an answer that only waits for its turn of the context */
} Waiter;

typedef struct {
  PealCaps *caps;
  char *subject; /* a Person's key, or the address */
  char *leader;  /* who is asked */
  GPtrArray *waiters;
  guint handle;
} Question;

struct PealCaps {
  PealPort *port;
  GMainContext *context;
  PealDiscoInfo *own;
  char *version;                                         /* sha-1, in our presence */
  GPtrArray *own_nodes;                                  /* the nodes we answer for */
  PealShelf *verified;                                   /* key -> PealDiscoInfo */
  PealShelf *people;                                     /* full JID -> Person */
  GHashTable *questions;                                 /* subject -> Question */
  gboolean (*may_ask) (gpointer user, const char *from); /* NULL: everybody */
  gpointer audience;
  PealQuota *asked;
  GQueue ready;  /* of Waiter */
  GSource *turn; /* tells the ready ones */
  guint listeners[4];
};

// clang-format off
const PealElement peal_caps_c_element = { "c", PEAL_NS_CAPS, sizeof (PealCapsElement), (const PealField[]) {
  PEAL_STR (PealCapsElement, hash, "hash"),
  PEAL_STR (PealCapsElement, node, "node", .flags = PEAL_REQUIRED),
  PEAL_STR (PealCapsElement, ver,  "ver",  .flags = PEAL_REQUIRED),
  PEAL_END } };
// clang-format on

static void
person_free (gpointer data)
{
  Person *person = data;

  g_free (person->key);
  g_free (person->node);
  peal_disco_info_free (person->info);
  g_free (person);
}

static void
waiter_free (gpointer data)
{
  Waiter *waiter = data;

  g_free (waiter->full);
  peal_disco_info_free (waiter->info);
  g_free (waiter);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  if (question->handle)
    peal_port_forget (question->caps->port, question->handle);
  g_free (question->subject);
  g_free (question->leader);
  g_ptr_array_unref (question->waiters);
  g_free (question);
}

/* --- what we are --- */

static PealDiscoInfo *
make_own (const char *const *features)
{
  static const char *const always[] = { PEAL_NS_CAPS, PEAL_NS_DISCO_INFO, PEAL_NS_DISCO_ITEMS,
                                        NULL };
  PealDiscoInfo *own = peal_disco_info_new ();

  peal_disco_info_add_identity (own, "client", "pc", "peal");
  for (const char *const *one = always; *one; one++)
    peal_disco_info_add_feature (own, *one);
  for (const char *const *one = features; *one; one++)
    if (!peal_disco_has (own, *one))
      peal_disco_info_add_feature (own, *one);
  return own;
}

static void
make_versions (PealCaps *caps)
{
  static const char *const hashes[] = { "sha-1", "sha-256", NULL };

  caps->own_nodes = g_ptr_array_new_with_free_func (g_free);
  for (const char *const *hash = hashes; *hash; hash++) {
    g_autofree char *version = peal_verification_make (caps->own, *hash, NULL);
    g_assert (version); /* a feature of ours with a '<' */
    g_ptr_array_add (caps->own_nodes, g_strconcat (NODE, "#", version, NULL));
    if (!caps->version)
      caps->version = g_steal_pointer (&version);
  }
}

void
peal_caps_set_audience (PealCaps *caps, gboolean (*may_ask) (gpointer user, const char *from),
                        gpointer user)
{
  caps->may_ask = may_ask;
  caps->audience = user;
}

static gboolean
is_too_often (PealCaps *caps, const char *from)
{
  g_autofree char *bare = from ? peal_jid_bare (from) : NULL;

  return !peal_quota_take (caps->asked, bare ? bare : "", g_get_monotonic_time ());
}

/* FALSE: refused. Who may not know that we are here hears what the server says of nobody (RFC 6121
 * §8.5.3.2.3); others that there is nothing at that node (XEP-0030 §7), or that they ask too often.
 */
static gboolean
check_question (PealCaps *caps, PealPort *port, xmpp_stanza_t *iq, const char *node)
{
  const char *from = xmpp_stanza_get_from (iq);
  PealCondition condition = PEAL_CONDITION_NONE;

  if (caps->may_ask && !caps->may_ask (caps->audience, from))
    condition = PEAL_SERVICE_UNAVAILABLE;
  else if (is_too_often (caps, from))
    condition = PEAL_RESOURCE_CONSTRAINT;
  else if (node && !g_ptr_array_find_with_equal_func (caps->own_nodes, node, g_str_equal, NULL))
    condition = PEAL_ITEM_NOT_FOUND;
  if (condition == PEAL_CONDITION_NONE)
    return TRUE;
  g_autoptr(GError) error = g_error_new_literal (PEAL_CONDITION, condition, "");
  peal_port_refuse (port, iq, error);
  return FALSE;
}

static gboolean
hear_info (gpointer user, PealPort *port, xmpp_stanza_t *iq)
{
  PealCaps *caps = user;
  g_autoptr(PealDiscoInfo) query = peal_disco_info_read (iq, NULL);

  if (!query)
    return FALSE;
  if (check_question (caps, port, iq, query->node)) {
    PealDiscoInfo answer = *caps->own;
    answer.node = query->node;
    peal_port_result (
        port, iq, peal_element_build (&peal_disco_info_element, &answer, peal_port_context (port)));
  }
  return TRUE;
}

static gboolean
hear_items (gpointer user, PealPort *port, xmpp_stanza_t *iq)
{
  xmpp_stanza_t *child = peal_element_find (&peal_disco_items_element, iq);
  PealDiscoItems *query =
      child ? peal_element_parse (&peal_disco_items_element, child, NULL, NULL) : NULL;

  if (!query)
    return FALSE;
  if (check_question (user, port, iq, query->node)) {
    const PealDiscoItems none = { .node = query->node };
    peal_port_result (
        port, iq, peal_element_build (&peal_disco_items_element, &none, peal_port_context (port)));
  }
  peal_element_free (&peal_disco_items_element, query);
  return TRUE;
}

const PealDiscoInfo *
peal_caps_own (PealCaps *caps)
{
  return caps->own;
}

const char *
peal_caps_version (PealCaps *caps)
{
  return caps->version;
}

xmpp_stanza_t *
peal_caps_element (PealCaps *caps)
{
  const PealCapsElement c = { .hash = (char *) "sha-1",
                              .node = (char *) NODE,
                              .ver = caps->version };

  return peal_element_build (&peal_caps_c_element, &c, peal_port_context (caps->port));
}

/* --- what others are --- */

static Person *
find_person (PealCaps *caps, const char *full)
{
  Person *person = peal_shelf_get (caps->people, full);

  if (!person) {
    person = g_new0 (Person, 1);
    peal_shelf_put (caps->people, full, person);
  }
  return person;
}

static gboolean
hear_presence (gpointer user, PealPort *port, xmpp_stanza_t *presence)
{
  PealCaps *caps = user;
  const char *from = xmpp_stanza_get_from (presence), *type = xmpp_stanza_get_type (presence);
  xmpp_stanza_t *child = peal_element_find (&peal_caps_c_element, presence);

  if (!from)
    return FALSE;
  if (type) {
    if (g_str_equal (type, "unavailable"))
      peal_shelf_remove (caps->people, from);
    return FALSE;
  }
  PealCapsElement *c = child ? peal_element_parse (&peal_caps_c_element, child, NULL, NULL) : NULL;
  /* A server may leave <c/> out where nothing changed (XEP-0115 §8.4): absence says nothing. */
  if (!c)
    return FALSE;
  g_autofree char *key =
      peal_verification_known (c->hash) ? g_strconcat (c->hash, " ", c->ver, NULL) : NULL;
  const Person *before = peal_shelf_get (caps->people, from);
  if (key && (!before || g_strcmp0 (before->key, key))) {
    Person *person = g_new0 (Person, 1);
    person->key = g_steal_pointer (&key);
    person->node = g_strconcat (c->node, "#", c->ver, NULL);
    peal_shelf_put (caps->people, from, person);
  }
  peal_element_free (&peal_caps_c_element, c);
  return FALSE;
}

static const PealDiscoInfo *
info_of (PealCaps *caps, const Person *person)
{
  const PealDiscoInfo *shared = person->key ? peal_shelf_get (caps->verified, person->key) : NULL;

  return shared ? shared : person->info;
}

const PealDiscoInfo *
peal_caps_lookup (PealCaps *caps, const char *full)
{
  const Person *person = peal_shelf_get (caps->people, full);

  return person ? info_of (caps, person) : NULL;
}

/* --- asking --- */

static gboolean
tell_ready (gpointer user)
{
  PealCaps *caps = user;
  GQueue ready = caps->ready;

  g_queue_init (&caps->ready);
  g_clear_pointer (&caps->turn, g_source_unref);
  for (Waiter *waiter; (waiter = g_queue_pop_head (&ready)); waiter_free (waiter))
    waiter->known (waiter->user, waiter->info, NULL);
  return G_SOURCE_REMOVE;
}

/* Takes @waiter. */
static void
tell_soon (PealCaps *caps, Waiter *waiter, const PealDiscoInfo *info)
{
  waiter->info = peal_disco_info_copy (info);
  g_queue_push_tail (&caps->ready, waiter);
  if (caps->turn)
    return;
  caps->turn = g_idle_source_new ();
  g_source_set_priority (caps->turn, G_PRIORITY_DEFAULT);
  g_source_set_callback (caps->turn, tell_ready, caps, NULL);
  g_source_attach (caps->turn, caps->context);
}

/* Keeps the answer of the leader; returns whether it goes for everybody who waits. */
static gboolean
keep (PealCaps *caps, const Question *question, const PealDiscoInfo *info)
{
  Person *person = find_person (caps, question->leader);
  const char *space = person->key ? strchr (person->key, ' ') : NULL;
  g_autofree char *hash = space ? g_strndup (person->key, (gsize) (space - person->key)) : NULL;
  g_autofree char *version = hash ? peal_verification_make (info, hash, NULL) : NULL;

  if (version && g_str_equal (version, space + 1)) {
    peal_shelf_put (caps->verified, person->key, peal_disco_info_copy (info));
    return g_str_equal (question->subject, person->key);
  }
  peal_disco_info_free (person->info);
  person->info = peal_disco_info_copy (info);
  return FALSE;
}

static void ask (PealCaps *caps, Question *question);

/* Tells those whom the answer concerns; the others lead the next question. Takes @question. */
static void
settle (Question *question, gboolean everybody, const PealDiscoInfo *info, const GError *why)
{
  PealCaps *caps = question->caps;
  g_autoptr(GPtrArray) done = g_ptr_array_new_with_free_func (waiter_free);

  for (guint i = 0; i < question->waiters->len;) {
    const Waiter *waiter = question->waiters->pdata[i];
    if (everybody || g_str_equal (waiter->full, question->leader))
      g_ptr_array_add (done, g_ptr_array_steal_index (question->waiters, i));
    else
      i++;
  }
  if (question->waiters->len)
    ask (caps, question);
  else
    g_hash_table_remove (caps->questions, question->subject);

  for (guint i = 0; i < done->len; i++) {
    const Waiter *waiter = done->pdata[i];
    waiter->known (waiter->user, info, why);
  }
}

static void
answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  Question *question = user;
  g_autoptr(GError) bad = NULL;
  g_autoptr(PealDiscoInfo) info = stanza ? peal_disco_info_read (stanza, &bad) : NULL;
  gboolean gone = g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CLOSED);

  question->handle = 0;
  if (info)
    settle (question, keep (question->caps, question, info), info, NULL);
  else
    settle (question, gone, NULL, bad ? bad : why);
}

static void
ask (PealCaps *caps, Question *question)
{
  const Waiter *first = question->waiters->pdata[0];
  const Person *person = peal_shelf_get (caps->people, first->full);

  g_free (question->leader);
  question->leader = g_strdup (first->full);
  question->handle = peal_port_request (
      caps->port, peal_disco_info_ask (caps->port, first->full, person ? person->node : NULL),
      PATIENCE, answered, question);
}

void
peal_caps_query (PealCaps *caps, const char *full, Known known, gpointer user)
{
  const Person *person = peal_shelf_get (caps->people, full);
  const PealDiscoInfo *info = person ? info_of (caps, person) : NULL;
  const char *subject = person && person->key ? person->key : full;
  Question *question = g_hash_table_lookup (caps->questions, subject);
  Waiter *waiter = g_new0 (Waiter, 1);

  *waiter = (Waiter) { .full = g_strdup (full), .known = known, .user = user };
  if (info) {
    tell_soon (caps, waiter, info);
    return;
  }
  if (question) {
    g_ptr_array_add (question->waiters, waiter);
    return;
  }
  question = g_new0 (Question, 1);
  question->caps = caps;
  question->subject = g_strdup (subject);
  question->waiters = g_ptr_array_new_with_free_func (waiter_free);
  g_ptr_array_add (question->waiters, waiter);
  g_hash_table_insert (caps->questions, question->subject, question);
  ask (caps, question);
}

/* --- life --- */

static void
state_changed (gpointer user, gboolean online, gboolean resumed)
{
  PealCaps *caps = user;

  /* Who is there is told anew; verified hashes stay true. */
  if (online && !resumed)
    peal_shelf_clear (caps->people);
}

PealCaps *
peal_caps_new (PealPort *port, const char *const *features)
{
  static const PealPortListener presence = { .kind = PEAL_STANZA_PRESENCE, .hear = hear_presence };
  static const PealPortListener info = { PEAL_STANZA_IQ, "get", PEAL_NS_DISCO_INFO, hear_info };
  static const PealPortListener items = { PEAL_STANZA_IQ, "get", PEAL_NS_DISCO_ITEMS, hear_items };
  PealCaps *caps = g_new0 (PealCaps, 1);

  caps->port = port;
  caps->context = g_main_context_ref_thread_default ();
  caps->own = make_own (features);
  make_versions (caps);
  caps->verified = peal_shelf_new (PEAL_MOST_VERIFIED, (GDestroyNotify) peal_disco_info_free);
  caps->people = peal_shelf_new (PEAL_MOST_PEOPLE, person_free);
  caps->asked = peal_quota_new (PEAL_RATE_QUESTIONS_OF_ONE, PEAL_RATE_QUESTIONS);
  caps->questions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, question_free);
  g_queue_init (&caps->ready);
  caps->listeners[0] = peal_port_listen (port, &presence, caps);
  caps->listeners[1] = peal_port_listen (port, &info, caps);
  caps->listeners[2] = peal_port_listen (port, &items, caps);
  caps->listeners[3] = peal_port_watch (port, state_changed, caps);
  return caps;
}

/* Whoever still waits hears so, once: what they keep for the answer is theirs to free. */
static void
tell_all_closed (PealCaps *caps)
{
  g_autoptr(GError) why =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "the account was closed");
  GHashTableIter all;
  gpointer question;

  for (Waiter *waiter; (waiter = g_queue_pop_head (&caps->ready)); waiter_free (waiter))
    waiter->known (waiter->user, NULL, why);
  g_hash_table_iter_init (&all, caps->questions);
  while (g_hash_table_iter_next (&all, NULL, &question)) {
    const GPtrArray *waiters = ((Question *) question)->waiters;
    for (guint i = 0; i < waiters->len; i++) {
      const Waiter *waiter = waiters->pdata[i];
      waiter->known (waiter->user, NULL, why);
    }
  }
}

void
peal_caps_free (PealCaps *caps)
{
  if (!caps)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (caps->listeners); i++)
    peal_port_unlisten (caps->port, caps->listeners[i]);
  if (caps->turn) {
    g_source_destroy (caps->turn);
    g_source_unref (caps->turn);
  }
  tell_all_closed (caps);
  g_hash_table_unref (caps->questions);
  peal_quota_free (caps->asked);
  peal_shelf_free (caps->people);
  peal_shelf_free (caps->verified);
  g_ptr_array_unref (caps->own_nodes);
  peal_disco_info_free (caps->own);
  g_free (caps->version);
  g_main_context_unref (caps->context);
  g_free (caps);
}
