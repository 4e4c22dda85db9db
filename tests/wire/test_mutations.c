/* Every row of every table with its attribute missing, empty or out of range, its child missing or
 * doubled: refused where the row says so, else read as if it were not there.
 *
 * What must happen is worked out here from the rows alone, by a second reader that shares nothing
 * with the codec but them. */
// SPDX-License-Identifier: MIT
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/wire/rows.h"
#include "tests/wire/generate.h"
#include "tests/wire/mutate.h"
#include "tests/wire/tables.h"
#include "tests/wire/zoo.h"

/* --- what the rows demand --- */

static gboolean is_good (const PealNode *node, const PealElement *table);

static gboolean
is_number (const char *text, gint64 max)
{
  gsize digits = strspn (text, "0123456789");
  if (digits == 0 || text[digits])
    return FALSE;
  while (*text == '0' && text[1])
    text++;
  g_autofree char *most = g_strdup_printf ("%" G_GINT64_FORMAT, max);
  return strlen (text) < strlen (most) ||
         (strlen (text) == strlen (most) && strcmp (text, most) <= 0);
}

static gboolean
is_word (const PealField *field, const char *text)
{
  gboolean found = field->unknown != 0;
  for (int i = 1; field->words[i] && !found; i++)
    found = field->flags & PEAL_ANY_CASE ? !g_ascii_strcasecmp (field->words[i], text)
                                         : g_str_equal (field->words[i], text);
  for (PealWords alias = field->aliases; alias && alias[0] && !found; alias += 2)
    found = g_str_equal (alias[0], text);
  return found;
}

static gboolean
is_value (const PealField *field, const char *text)
{
  static const char *const truths[] = { "true", "false", "1", "0", NULL };
  switch (field->kind) {
  case PEAL_KIND_UINT:
  case PEAL_KIND_INT64:
  case PEAL_KIND_NUMBER:
    return is_number (text, field->max);
  case PEAL_KIND_WORD:
    return is_word (field, text);
  case PEAL_KIND_BOOL:
    return g_strv_contains (truths, text);
  default:
    return strlen (text) <= (gsize) (field->max ? field->max : 1024) &&
           (*text || !(field->flags & PEAL_REQUIRED));
  }
}

static gboolean
is_in (const PealElement *table, const PealField *field, const PealNode *child)
{
  const char *ns = field->element ? field->element->ns : field->ns ? field->ns : table->ns;
  const char *name = field->element ? field->element->name : field->name;
  if (field->kind == PEAL_KIND_OPEN)
    return g_str_equal (child->name, name);
  return g_str_equal (child->name, name) && (!ns || g_str_equal (child->ns, ns));
}

static const PealNode *
first_child (const PealNode *node, const PealElement *table, const PealField *field)
{
  for (guint i = 0; i < node->children->len; i++)
    if (is_in (table, field, node->children->pdata[i]))
      return node->children->pdata[i];
  return NULL;
}

static gboolean
has_good_item (const PealNode *node, const PealElement *table, const PealField *field)
{
  for (guint i = 0; i < node->children->len; i++)
    if (is_in (table, field, node->children->pdata[i]) &&
        is_good (node->children->pdata[i], field->element))
      return TRUE;
  return FALSE;
}

/* Whether what a required row reads is there and good. */
static gboolean
has_required (const PealNode *node, const PealElement *table, const PealField *field)
{
  const char *text;
  const PealNode *child;
  switch (field->kind) {
  case PEAL_KIND_STR:
  case PEAL_KIND_UINT:
  case PEAL_KIND_INT64:
  case PEAL_KIND_WORD:
  case PEAL_KIND_BOOL:
    text = peal_node_get (node, field->name);
    return text && is_value (field, text);
  case PEAL_KIND_TEXT: {
    g_autofree char *own = g_strdup (node->text ? node->text : "");
    return *(field->flags & PEAL_TRIM ? g_strstrip (own) : own) && is_value (field, node->text);
  }
  case PEAL_KIND_STRING:
  case PEAL_KIND_NUMBER:
    child = first_child (node, table, field);
    text = !child ? NULL : field->attribute ? peal_node_get (child, field->attribute) : child->text;
    return child && (text || !field->attribute) && is_value (field, text ? text : "");
  case PEAL_KIND_CHILD:
    child = first_child (node, table, field);
    return child && is_good (child, field->element);
  case PEAL_KIND_OPEN: {
    child = first_child (node, table, field);
    const PealElement *known =
        child ? peal_node_table (NULL, child, peal_test_vocabulary ()) : NULL;
    return child && (!known || is_good (child, known));
  }
  case PEAL_KIND_LIST:
    return has_good_item (node, table, field);
  default:
    g_error ("no required row of kind %d was foreseen", field->kind);
  }
}

static gpointer
parse (const PealNode *node, const PealElement *table)
{
  g_autofree char *text = peal_node_print (node);
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, text);
  const PealReading how = { peal_test_vocabulary (), NULL };
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (stanza);
  gpointer value = peal_element_parse (table, stanza, &how, &error);
  g_assert_true (!value == (error != NULL));
  g_assert_true (!error || error->domain == G_IO_ERROR);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return value;
}

/* What no row can say, the element's own check does: it is asked alone. */
static gboolean
is_good (const PealNode *node, const PealElement *table)
{
  for (const PealField *field = table->fields; field->kind; field++)
    if (field->flags & PEAL_REQUIRED && !has_required (node, table, field))
      return FALSE;
  if (!table->check)
    return TRUE;
  gpointer value = parse (node, table);
  gboolean good = value != NULL;
  peal_element_free (table, value);
  return good;
}

/* --- the mutations --- */

/* So many of each row are enough: a row of a candidate would come up ten thousand times. */
#define ENOUGH 40

typedef struct {
  const PealElement *table;
  GHashTable *seen; /* const PealField * -> how often; NULL for what has no row */
  guint count, refused;
} Judge;

static guint
count_of (const Judge *judge, const PealField *field)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (judge->seen, field));
}

/* A bad optional attribute counts as absent: the same as if it were not there. */
static void
judge_absence (Judge *judge, const PealNode *root, const PealWrong *wrong, gconstpointer value)
{
  if (!wrong->field || !wrong->attribute || !wrong->value || is_value (wrong->field, wrong->value))
    return;
  for (guint i = 0; i < wrong->node->keys->len; i++) {
    gpointer *place = &wrong->node->values->pdata[i];
    if (!g_str_equal (wrong->node->keys->pdata[i], wrong->attribute))
      continue;
    gpointer bad = *place;
    *place = NULL;
    gpointer without = parse (root, judge->table);
    *place = bad;
    if (!peal_element_equal (judge->table, value, without))
      g_error ("%s: not as if it were absent", wrong->words);
    peal_element_free (judge->table, without);
  }
}

static void
judge_one (gpointer user, const PealNode *root, const PealWrong *wrong)
{
  Judge *judge = user;
  guint before = count_of (judge, wrong->field);
  if (before >= ENOUGH)
    return;
  gpointer value = parse (root, judge->table);
  gboolean good = is_good (root, judge->table);
  judge->count++;
  judge->refused += !good;
  g_hash_table_insert (judge->seen, (gpointer) wrong->field, GUINT_TO_POINTER (before + 1));
  if (good != (value != NULL)) {
    g_autofree char *text = peal_node_print (root);
    g_error ("%s: %s, and should be %s: %s", wrong->words, value ? "taken" : "refused",
             good ? "taken" : "refused", text);
  }
  if (value)
    judge_absence (judge, root, wrong, value);
  peal_element_free (judge->table, value);
}

static void
mutate_text (Judge *judge, const char *text)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, text);
  if (!stanza) { /* a word that is only read: "an unknown condition"; the next round has another */
    xmpp_ctx_free (context);
    return;
  }
  g_autoptr(PealNode) root = peal_node_read (stanza, "jabber:client");
  const PealMutation mutation = { root, judge->table, peal_test_vocabulary (), FALSE };
  peal_mutate (&mutation, judge_one, judge);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
}

/* All rows that can be reached from @table; those inside a child that has no table of its own have
 * a test of their own (/tables/alternative-session). */
static void
collect (GHashTable *rows, GPtrArray *tables, const PealElement *table)
{
  if (g_ptr_array_find (tables, table, NULL))
    return;
  g_ptr_array_add (tables, (gpointer) table);
  for (const PealField *field = table->fields; field->kind; field++) {
    if (!field->inside)
      g_hash_table_add (rows, (gpointer) field);
    if (field->element)
      collect (rows, tables, field->element);
  }
}

/* Random structs are mutated until each row had its turn. */
static guint
every_row (Judge *judge, GRand *random)
{
  g_autoptr(GHashTable) rows = g_hash_table_new (NULL, NULL);
  g_autoptr(GPtrArray) tables = g_ptr_array_new ();
  collect (rows, tables, judge->table);
  guint missing = g_hash_table_size (rows);
  const char *last = NULL;
  for (guint round = 0; missing && round < 200; round++) {
    gpointer value = peal_generate (judge->table, peal_test_vocabulary (), random);
    g_autofree char *text = zoo_text (judge->table, value);
    peal_element_free (judge->table, value);
    mutate_text (judge, text);
    GHashTableIter all;
    gpointer row;
    missing = 0;
    g_hash_table_iter_init (&all, rows);
    while (g_hash_table_iter_next (&all, &row, NULL)) {
      if (count_of (judge, row))
        continue;
      missing++;
      last = ((const PealField *) row)->name;
    }
  }
  if (missing)
    g_error ("<%s>: %u rows were never mutated, \"%s\" among them", judge->table->name, missing,
             last ? last : "text");
  return g_hash_table_size (rows);
}

typedef const PealElement *const *(*Tables) (void);

static void
tables_are_walked (gconstpointer lists)
{
  const char *wish = g_getenv ("PEAL_SEED");
  guint32 seed = wish ? (guint32) strtoul (wish, NULL, 10) : g_random_int ();
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  g_autoptr(GHashTable) rows = g_hash_table_new (NULL, NULL);
  g_autoptr(GPtrArray) tables = g_ptr_array_new ();
  Judge judge = { .seen = g_hash_table_new (NULL, NULL) };
  guint walked = 0;
  g_test_message ("PEAL_SEED=%u", seed);
  for (const PealElement *const *table = ((Tables) lists) (); *table; table++)
    collect (rows, tables, *table);
  /* Each alone as well: what is refused below need not be refused above. */
  for (guint i = 0; i < tables->len; i++) {
    judge.table = tables->pdata[i];
    g_hash_table_remove_all (judge.seen);
    walked += every_row (&judge, random);
  }
  g_test_message ("%u tables, %u rows in %u places, %u mutations: %u refused, %u taken",
                  tables->len, g_hash_table_size (rows), walked, judge.count, judge.refused,
                  judge.count - judge.refused);
  g_hash_table_unref (judge.seen);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/mutations/roots", peal_test_roots, tables_are_walked);
  g_test_add_data_func ("/mutations/open-children", peal_test_vocabulary, tables_are_walked);
  g_test_add_data_func ("/mutations/stream", peal_test_stream_tables, tables_are_walked);
  return g_test_run ();
}
