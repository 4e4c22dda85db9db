/* The mutations: a walk over a stanza that changes one thing, tells it and takes it back. */
// SPDX-License-Identifier: MIT
#include "tests/wire/mutate.h"

#include "signaling/wire/rows.h"

#include <string.h>

/* --- nodes --- */

static void
read_attributes (PealNode *node, xmpp_stanza_t *stanza)
{
  int count = xmpp_stanza_get_attribute_count (stanza);
  g_autofree const char **pairs = g_new0 (const char *, 2 * count + 1);

  xmpp_stanza_get_attributes (stanza, pairs, 2 * count);
  for (int i = 0; i < 2 * count; i += 2) {
    if (strcmp (pairs[i], "xmlns") == 0)
      continue;
    /* libstrophe's own parser drops the prefix. */
    g_ptr_array_add (node->keys, g_strdup (strcmp (pairs[i], "lang") ? pairs[i] : "xml:lang"));
    g_ptr_array_add (node->values, g_strdup (pairs[i + 1]));
  }
}

PealNode *
peal_node_read (xmpp_stanza_t *stanza, const char *inherited)
{
  PealNode *node = g_new0 (PealNode, 1);
  const char *ns = xmpp_stanza_get_ns (stanza);
  char *text = xmpp_stanza_get_text (stanza);

  node->name = g_strdup (xmpp_stanza_get_name (stanza));
  node->ns = g_strdup (ns ? ns : inherited);
  node->keys = g_ptr_array_new_with_free_func (g_free);
  node->values = g_ptr_array_new_with_free_func (g_free);
  node->children = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_node_free);
  node->text = text && *text ? g_strdup (text) : NULL;
  if (text)
    xmpp_free (xmpp_stanza_get_context (stanza), text);
  read_attributes (node, stanza);
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child;
       child = xmpp_stanza_get_next (child))
    if (xmpp_stanza_is_tag (child))
      g_ptr_array_add (node->children, peal_node_read (child, node->ns));
  return node;
}

void
peal_node_free (PealNode *node)
{
  if (!node)
    return;
  g_ptr_array_unref (node->keys);
  g_ptr_array_unref (node->values);
  g_ptr_array_unref (node->children);
  g_free (node->name);
  g_free (node->ns);
  g_free (node->text);
  g_free (node);
}

const char *
peal_node_get (const PealNode *node, const char *key)
{
  for (guint i = 0; i < node->keys->len; i++)
    if (strcmp (node->keys->pdata[i], key) == 0)
      return node->values->pdata[i];
  return NULL;
}

static void
print (const PealNode *node, GString *out)
{
  g_string_append_printf (out, "<%s xmlns='%s'", node->name, node->ns);
  for (guint i = 0; i < node->keys->len; i++) {
    g_autofree char *value =
        node->values->pdata[i] ? g_markup_escape_text (node->values->pdata[i], -1) : NULL;
    if (value)
      g_string_append_printf (out, " %s='%s'", (char *) node->keys->pdata[i], value);
  }
  g_string_append_c (out, '>');
  if (node->text) {
    g_autofree char *text = g_markup_escape_text (node->text, -1);
    g_string_append (out, text);
  }
  for (guint i = 0; i < node->children->len; i++)
    print (node->children->pdata[i], out);
  g_string_append_printf (out, "</%s>", node->name);
}

char *
peal_node_print (const PealNode *node)
{
  GString *out = g_string_new (NULL);

  print (node, out);
  return g_string_free (out, FALSE);
}

/* --- which table --- */

static gboolean
is_of (const PealElement *element, const PealNode *node)
{
  return strcmp (element->name, node->name) == 0 &&
         (!element->ns || strcmp (element->ns, node->ns) == 0);
}

const PealElement *
peal_node_table (const PealElement *table, const PealNode *child,
                 const PealElement *const *vocabulary)
{
  for (const PealField *field = table ? table->fields : NULL; field && field->kind; field++)
    if (field->element && is_of (field->element, child))
      return field->element;
  for (const PealElement *const *known = vocabulary; known && *known; known++)
    if (is_of (*known, child))
      return *known;
  return NULL;
}

static gboolean
is_attribute (const PealField *field)
{
  return field->kind >= PEAL_KIND_STR && field->kind <= PEAL_KIND_BOOL;
}

static const PealField *
row_of_attribute (const PealElement *table, const char *key)
{
  for (const PealField *field = table ? table->fields : NULL; field && field->kind; field++)
    if (is_attribute (field) && strcmp (field->name, key) == 0)
      return field;
  return NULL;
}

/* The row that reads @child, as far as its name tells. */
static const PealField *
row_of_child (const PealElement *table, const PealNode *child)
{
  const PealField *rest = NULL;

  for (const PealField *field = table ? table->fields : NULL; field && field->kind; field++) {
    if (is_attribute (field) || field->kind == PEAL_KIND_TEXT)
      continue;
    if (field->kind == PEAL_KIND_OPEN_LIST)
      rest = field;
    else if (field->element ? is_of (field->element, child)
             : field->words ? peal_words_find (field->words, child->name) != 0
                            : strcmp (field->name, child->name) == 0)
      return field;
  }
  return rest;
}

static const PealField *
row_of_text (const PealElement *table)
{
  for (const PealField *field = table ? table->fields : NULL; field && field->kind; field++)
    if (field->kind == PEAL_KIND_TEXT)
      return field;
  return NULL;
}

/* --- the walk --- */

typedef struct {
  const PealMutation *mutation;
  void (*each) (gpointer user, const PealNode *root, const PealWrong *wrong);
  gpointer user;
  guint count;
} Walk;

/* Takes what @wrong owns. */
static void
tell (Walk *walk, PealWrong wrong)
{
  walk->each (walk->user, walk->mutation->root, &wrong);
  walk->count++;
  g_free (wrong.words);
}

static void
try_value (Walk *walk, PealNode *node, guint at, PealWrong wrong)
{
  gpointer *place = &node->values->pdata[at];
  char *before = *place;

  *place = (gpointer) wrong.value;
  wrong.words = g_strdup_printf ("<%s> %s=%.40s", node->name, wrong.attribute,
                                 wrong.value ? wrong.value : "(missing)");
  tell (walk, wrong);
  *place = before;
}

/* One more than the row allows; NULL where nothing is too much. */
static char *
too_much (const PealField *field)
{
  if (!field || field->kind == PEAL_KIND_WORD || field->kind == PEAL_KIND_BOOL)
    return NULL;
  if (field->kind == PEAL_KIND_STR)
    return g_strnfill (field->max ? field->max + 1 : 1025, 'y');
  return field->max < G_MAXINT64 ? g_strdup_printf ("%" G_GINT64_FORMAT, field->max + 1)
                                 : g_strdup ("9223372036854775808");
}

static void
mutate_attribute (Walk *walk, PealNode *node, const PealElement *table, guint at)
{
  static const char *const values[] = {
    NULL, "",           "no-such-word", "99999999999999999999999", "-1", " 1 ",
    "1x", "4294967296", "\303\251\"<&"
  };
  const char *key = node->keys->pdata[at];
  const PealField *field = row_of_attribute (table, key);
  g_autofree char *more = too_much (field);
  gsize count = walk->mutation->brief ? 4 : G_N_ELEMENTS (values);
  PealWrong wrong = { .node = node, .field = field, .attribute = key };

  for (gsize i = 0; i < count; i++) {
    wrong.value = values[i];
    try_value (walk, node, at, wrong);
  }
  wrong.value = more;
  if (more)
    try_value (walk, node, at, wrong);
}

static void
mutate_child (Walk *walk, PealNode *node, const PealElement *table, guint at)
{
  PealNode *child = node->children->pdata[at];
  const PealField *field = row_of_child (table, child);

  g_ptr_array_steal_index (node->children, at);
  tell (walk,
        (PealWrong) { .node = node,
                      .field = field,
                      .words = g_strdup_printf ("<%s> without <%s>", node->name, child->name) });
  g_ptr_array_insert (node->children, at, child);
  g_ptr_array_insert (node->children, at, child);
  tell (walk,
        (PealWrong) { .node = node,
                      .field = field,
                      .words = g_strdup_printf ("<%s> with two <%s>", node->name, child->name) });
  g_ptr_array_steal_index (node->children, at);
}

static void
mutate_text (Walk *walk, PealNode *node, const PealElement *table)
{
  const PealField *field = row_of_text (table);
  g_autofree char *longer = g_strnfill (20000, 'z');
  const char *const values[] = { NULL, " \n\t ", longer };
  char *before = node->text;

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++) {
    node->text = (char *) values[i];
    tell (walk, (PealWrong) { .node = node,
                              .field = field,
                              .words = g_strdup_printf ("<%s> text %.10s", node->name,
                                                        values[i] ? values[i] : "(missing)") });
  }
  node->text = before;
}

static void
walk_node (Walk *walk, PealNode *node, const PealElement *table)
{
  for (guint i = 0; i < node->keys->len; i++)
    mutate_attribute (walk, node, table, i);
  if (node->text)
    mutate_text (walk, node, table);
  for (guint i = 0; i < node->children->len; i++) {
    PealNode *child = node->children->pdata[i];
    mutate_child (walk, node, table, i);
    walk_node (walk, child, peal_node_table (table, child, walk->mutation->vocabulary));
  }
}

guint
peal_mutate (const PealMutation *mutation,
             void (*each) (gpointer user, const PealNode *root, const PealWrong *wrong),
             gpointer user)
{
  Walk walk = { .mutation = mutation, .each = each, .user = user };

  walk_node (&walk, mutation->root, mutation->table);
  return walk.count;
}
