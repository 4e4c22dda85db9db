/* A bounded map: a hash table whose entries are also links of a queue, latest use first. */
// SPDX-License-Identifier: MIT
#include "signaling/im/shelf.h"

typedef struct {
  char *key;
  gpointer value;
  GDestroyNotify release;
  GQueue *order;
  GList link;
} Entry;

struct PealShelf {
  GHashTable *entries; /* key -> Entry, owned */
  GQueue order;
  guint most;
  GDestroyNotify release;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_queue_unlink (entry->order, &entry->link);
  entry->release (entry->value);
  g_free (entry->key);
  g_free (entry);
}

PealShelf *
peal_shelf_new (guint most, GDestroyNotify release)
{
  PealShelf *shelf = g_new0 (PealShelf, 1);

  shelf->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  g_queue_init (&shelf->order);
  shelf->most = most;
  shelf->release = release;
  return shelf;
}

void
peal_shelf_free (PealShelf *shelf)
{
  if (!shelf)
    return;
  g_hash_table_unref (shelf->entries);
  g_free (shelf);
}

void
peal_shelf_put (PealShelf *shelf, const char *key, gpointer value)
{
  Entry *entry = g_new0 (Entry, 1);

  g_hash_table_remove (shelf->entries, key);
  if (shelf->order.length >= shelf->most)
    g_hash_table_remove (shelf->entries, ((Entry *) shelf->order.tail->data)->key);

  *entry = (Entry) {
    .key = g_strdup (key), .value = value, .release = shelf->release, .order = &shelf->order
  };
  entry->link.data = entry;
  g_queue_push_head_link (&shelf->order, &entry->link);
  g_hash_table_insert (shelf->entries, entry->key, entry);
}

gpointer
peal_shelf_get (PealShelf *shelf, const char *key)
{
  Entry *entry = g_hash_table_lookup (shelf->entries, key);

  if (!entry)
    return NULL;
  g_queue_unlink (&shelf->order, &entry->link);
  g_queue_push_head_link (&shelf->order, &entry->link);
  return entry->value;
}

void
peal_shelf_remove (PealShelf *shelf, const char *key)
{
  g_hash_table_remove (shelf->entries, key);
}

void
peal_shelf_clear (PealShelf *shelf)
{
  g_hash_table_remove_all (shelf->entries);
}

guint
peal_shelf_count (PealShelf *shelf)
{
  return shelf->order.length;
}
