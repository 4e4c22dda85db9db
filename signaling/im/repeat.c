/* Knowing a message again: a digest of its id and content, in a ring for each sender. */
// SPDX-License-Identifier: MIT
#include "signaling/im/repeat.h"

#include <string.h>

#include "signaling/im/shelf.h"
#include "signaling/wire/jid.h"

#define NS_SID       "urn:xmpp:sid:0"
#define NS_DELAY     "urn:xmpp:delay"
#define MOST_SENDERS 256
#define MOST         1000 /* twice what a server keeps unacknowledged */
#define UNIQUE       16   /* characters of an id that nobody counts up from 1 */

typedef struct {
  guint8 bytes[16]; /* of SHA-256: who writes a message must not hide another's */
} Digest;

typedef struct {
  GArray *digests; /* of Digest; a ring once it is full */
  guint oldest;
} Sender;

struct PealRepeats {
  PealShelf *senders; /* bare address -> Sender */
};

static void
sender_free (gpointer data)
{
  Sender *sender = data;
  g_array_unref (sender->digests);
  g_free (sender);
}

PealRepeats *
peal_repeats_new (void)
{
  PealRepeats *repeats = g_new0 (PealRepeats, 1);
  repeats->senders = peal_shelf_new (MOST_SENDERS, sender_free);
  return repeats;
}

void
peal_repeats_free (PealRepeats *repeats)
{
  if (!repeats)
    return;
  peal_shelf_free (repeats->senders);
  g_free (repeats);
}

/* --- what a message is --- */

static void
add (GChecksum *sum, const char *text)
{
  /* With the zero at its end, so that what follows cannot continue it. */
  g_checksum_update (sum, (const guchar *) (text ? text : ""),
                     text ? (gssize) strlen (text) + 1 : 1);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names: a server that kept the message may have changed theirs. */
static void
add_attributes (GChecksum *sum, xmpp_stanza_t *element)
{
  int count = xmpp_stanza_get_attribute_count (element);
  g_autofree const char **pairs = g_new0 (const char *, 2 * (gsize) MAX (count, 1));
  count = xmpp_stanza_get_attributes (element, pairs, 2 * count) / 2;
  qsort (pairs, (gsize) count, 2 * sizeof *pairs, by_name);
  for (int i = 0; i < 2 * count; i++)
    add (sum, pairs[i]);
}

/* What servers add on the way; it is another one each time. */
static gboolean
is_of_the_way (xmpp_stanza_t *child)
{
  const char *ns = xmpp_stanza_get_ns (child), *name = xmpp_stanza_get_name (child);
  return g_strcmp0 (ns, NS_DELAY) == 0 || g_strcmp0 (ns, "jabber:x:delay") == 0 ||
         (g_strcmp0 (ns, NS_SID) == 0 && g_strcmp0 (name, "stanza-id") == 0);
}

/* The reader bounds the depth of any stanza. */
static void
add_children (GChecksum *sum, xmpp_stanza_t *element, gboolean is_message)
{
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (element); child;
       child = xmpp_stanza_get_next (child)) {
    if (xmpp_stanza_is_text (child)) {
      add (sum, xmpp_stanza_get_text_ptr (child));
    } else if (!is_message || !is_of_the_way (child)) {
      add (sum, xmpp_stanza_get_name (child));
      add_attributes (sum, child);
      add_children (sum, child, FALSE);
    }
  }
  add (sum, "/");
}

static Digest
digest (xmpp_stanza_t *message, const char *id, guint way)
{
  Digest result;
  guint8 all[32];
  gsize length = sizeof all;
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (const guchar *) &way, sizeof way);
  add (sum, id);
  add_children (sum, message, TRUE);
  g_checksum_get_digest (sum, all, &length);
  memcpy (&result, all, sizeof result);
  return result;
}

/* The id by which @message can be known again, or NULL. */
static const char *
id_of (xmpp_stanza_t *message)
{
  xmpp_stanza_t *origin = xmpp_stanza_get_child_by_name_and_ns (message, "origin-id", NS_SID);
  const char *id = origin ? xmpp_stanza_get_id (origin) : NULL;
  if (id)
    return id;
  id = xmpp_stanza_get_id (message);
  gboolean kept = xmpp_stanza_get_child_by_ns (message, NS_DELAY) != NULL;
  return id && (kept || strlen (id) >= UNIQUE) ? id : NULL;
}

/* --- what was heard --- */

static Sender *
sender_of (PealRepeats *repeats, const char *bare)
{
  Sender *sender = peal_shelf_get (repeats->senders, bare);
  if (sender)
    return sender;
  sender = g_new0 (Sender, 1);
  sender->digests = g_array_new (FALSE, FALSE, sizeof (Digest));
  peal_shelf_put (repeats->senders, bare, sender);
  return sender;
}

static gboolean
knows (const Sender *sender, const Digest *one)
{
  for (guint i = 0; i < sender->digests->len; i++)
    if (memcmp (&g_array_index (sender->digests, Digest, i), one, sizeof *one) == 0)
      return TRUE;
  return FALSE;
}

static void
remember (Sender *sender, const Digest *one)
{
  if (sender->digests->len < MOST) {
    g_array_append_vals (sender->digests, one, 1);
    return;
  }
  g_array_index (sender->digests, Digest, sender->oldest) = *one;
  sender->oldest = (sender->oldest + 1) % MOST;
}

gboolean
peal_repeats_hear (PealRepeats *repeats, xmpp_stanza_t *message, guint way)
{
  const char *from = xmpp_stanza_get_from (message), *id = id_of (message);
  g_autofree char *bare = from && id ? peal_jid_bare (from) : NULL;
  if (!bare)
    return FALSE;
  Sender *sender = sender_of (repeats, bare);
  Digest one = digest (message, id, way);
  if (knows (sender, &one))
    return TRUE;
  remember (sender, &one);
  return FALSE;
}
