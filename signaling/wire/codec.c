/* Structs described by element tables: made, freed, copied, compared; open children; words.
 *
 * codec_parse.c reads them from stanza trees, codec_build.c writes them as trees and as text. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/rows.h"

#include <string.h>

gpointer
peal_element_new (const PealElement *element)
{
  gpointer value = g_malloc0 (element->size);

  for (const PealField *field = element->fields; field->kind; field++) {
    switch (field->kind) {
    case PEAL_KIND_UINT:
      PEAL_MEMBER (guint32, value, field) = (guint32) field->absent;
      break;
    case PEAL_KIND_INT64:
    case PEAL_KIND_NUMBER:
      PEAL_MEMBER (gint64, value, field) = field->absent;
      break;
    case PEAL_KIND_BOOL:
      PEAL_MEMBER (gboolean, value, field) = field->absent != 0;
      break;
    default: /* absent is NULL or 0 */
      break;
    }
  }
  return value;
}

/* --- lists --- */

void
peal_list_append (GPtrArray **list, gpointer item)
{
  if (!*list)
    *list = g_ptr_array_new ();
  g_ptr_array_add (*list, item);
}

static gpointer
copy_item (const PealField *field, gconstpointer item)
{
  return field->kind == PEAL_KIND_LIST ? peal_element_copy (field->element, item)
                                       : (gpointer) peal_open_copy (item);
}

static gboolean
items_equal (const PealField *field, gconstpointer a, gconstpointer b)
{
  return field->kind == PEAL_KIND_LIST ? peal_element_equal (field->element, a, b)
                                       : peal_open_equal (a, b);
}

static void
free_list (const PealField *field, GPtrArray *list)
{
  if (!list)
    return;
  for (guint i = 0; i < list->len; i++) {
    if (field->kind == PEAL_KIND_LIST)
      peal_element_free (field->element, list->pdata[i]);
    else
      peal_open_free (list->pdata[i]);
  }
  g_ptr_array_set_free_func (list, NULL);
  g_ptr_array_unref (list);
}

static GPtrArray *
copy_list (const PealField *field, const GPtrArray *list)
{
  GPtrArray *copy = NULL;

  for (guint i = 0; list && i < list->len; i++)
    peal_list_append (&copy, copy_item (field, list->pdata[i]));
  return copy;
}

static gboolean
lists_equal (const PealField *field, const GPtrArray *a, const GPtrArray *b)
{
  guint n = a ? a->len : 0;

  if (n != (b ? b->len : 0))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    if (!items_equal (field, a->pdata[i], b->pdata[i]))
      return FALSE;
  }
  return TRUE;
}

/* --- one member --- */

static void
free_member (const PealField *field, gpointer value)
{
  switch (field->kind) {
  case PEAL_KIND_STR:
  case PEAL_KIND_TEXT:
  case PEAL_KIND_STRING:
    g_free (PEAL_MEMBER (char *, value, field));
    break;
  case PEAL_KIND_CHILD:
    peal_element_free (field->element, PEAL_MEMBER (gpointer, value, field));
    break;
  case PEAL_KIND_LIST:
  case PEAL_KIND_OPEN_LIST:
    free_list (field, PEAL_MEMBER (GPtrArray *, value, field));
    break;
  case PEAL_KIND_OPEN:
    peal_open_free (PEAL_MEMBER (PealOpen *, value, field));
    break;
  default: /* owns nothing */
    break;
  }
}

static void
copy_member (const PealField *field, gpointer into, gconstpointer from)
{
  switch (field->kind) {
  case PEAL_KIND_STR:
  case PEAL_KIND_TEXT:
  case PEAL_KIND_STRING:
    PEAL_MEMBER (char *, into, field) = g_strdup (PEAL_PEEK (char *, from, field));
    break;
  case PEAL_KIND_UINT:
    PEAL_MEMBER (guint32, into, field) = PEAL_PEEK (guint32, from, field);
    break;
  case PEAL_KIND_INT64:
  case PEAL_KIND_NUMBER:
    PEAL_MEMBER (gint64, into, field) = PEAL_PEEK (gint64, from, field);
    break;
  case PEAL_KIND_WORD:
  case PEAL_KIND_CHOICE:
  case PEAL_KIND_BOOL:
  case PEAL_KIND_FLAG:
    PEAL_MEMBER (int, into, field) = PEAL_PEEK (int, from, field);
    break;
  case PEAL_KIND_CHILD:
    PEAL_MEMBER (gpointer, into, field) =
        peal_element_copy (field->element, PEAL_PEEK (gpointer, from, field));
    break;
  case PEAL_KIND_LIST:
  case PEAL_KIND_OPEN_LIST:
    PEAL_MEMBER (GPtrArray *, into, field) =
        copy_list (field, PEAL_PEEK (GPtrArray *, from, field));
    break;
  case PEAL_KIND_OPEN:
    PEAL_MEMBER (PealOpen *, into, field) = peal_open_copy (PEAL_PEEK (PealOpen *, from, field));
    break;
  case PEAL_KIND_END:
    g_assert_not_reached ();
  }
}

static gboolean
members_equal (const PealField *field, gconstpointer a, gconstpointer b)
{
  switch (field->kind) {
  case PEAL_KIND_STR:
  case PEAL_KIND_STRING:
    return g_strcmp0 (PEAL_PEEK (char *, a, field), PEAL_PEEK (char *, b, field)) == 0;
  case PEAL_KIND_TEXT: {
    const char *x = PEAL_PEEK (char *, a, field), *y = PEAL_PEEK (char *, b, field);
    return strcmp (x ? x : "", y ? y : "") == 0;
  }
  case PEAL_KIND_UINT:
    return PEAL_PEEK (guint32, a, field) == PEAL_PEEK (guint32, b, field);
  case PEAL_KIND_INT64:
  case PEAL_KIND_NUMBER:
    return PEAL_PEEK (gint64, a, field) == PEAL_PEEK (gint64, b, field);
  case PEAL_KIND_WORD:
  case PEAL_KIND_CHOICE:
    return PEAL_PEEK (int, a, field) == PEAL_PEEK (int, b, field);
  case PEAL_KIND_BOOL:
  case PEAL_KIND_FLAG:
    return !PEAL_PEEK (gboolean, a, field) == !PEAL_PEEK (gboolean, b, field);
  case PEAL_KIND_CHILD:
    return peal_element_equal (field->element, PEAL_PEEK (gpointer, a, field),
                               PEAL_PEEK (gpointer, b, field));
  case PEAL_KIND_LIST:
  case PEAL_KIND_OPEN_LIST:
    return lists_equal (field, PEAL_PEEK (GPtrArray *, a, field),
                        PEAL_PEEK (GPtrArray *, b, field));
  case PEAL_KIND_OPEN:
    return peal_open_equal (PEAL_PEEK (PealOpen *, a, field), PEAL_PEEK (PealOpen *, b, field));
  case PEAL_KIND_END:
    break;
  }
  g_assert_not_reached ();
}

/* --- whole structs --- */

void
peal_element_free (const PealElement *element, gpointer value)
{
  if (!value)
    return;
  for (const PealField *field = element->fields; field->kind; field++)
    free_member (field, value);
  g_free (value);
}

gpointer
peal_element_copy (const PealElement *element, gconstpointer value)
{
  if (!value)
    return NULL;

  gpointer copy = g_malloc0 (element->size);
  for (const PealField *field = element->fields; field->kind; field++)
    copy_member (field, copy, value);
  return copy;
}

gboolean
peal_element_equal (const PealElement *element, gconstpointer a, gconstpointer b)
{
  if (!a || !b)
    return a == b;
  for (const PealField *field = element->fields; field->kind; field++) {
    if (!members_equal (field, a, b))
      return FALSE;
  }
  return TRUE;
}

/* --- open children --- */

PealOpen *
peal_open_new_empty (const char *name, const char *ns)
{
  PealOpen *open = g_new0 (PealOpen, 1);

  open->name = g_strdup (name);
  open->ns = g_strdup (ns);
  return open;
}

PealOpen *
peal_open_new (const PealElement *element, gpointer value)
{
  if (!value)
    return NULL;

  PealOpen *open = peal_open_new_empty (element->name, element->ns);
  open->element = element;
  open->value = value;
  return open;
}

gpointer
peal_open_value (const PealOpen *open, const PealElement *element)
{
  return open && open->element == element ? open->value : NULL;
}

PealOpen *
peal_open_copy (const PealOpen *open)
{
  if (!open)
    return NULL;

  PealOpen *copy = peal_open_new_empty (open->name, open->ns);
  copy->flaw = g_strdup (open->flaw);
  copy->element = open->element;
  if (open->element)
    copy->value = peal_element_copy (open->element, open->value);
  return copy;
}

gboolean
peal_open_equal (const PealOpen *a, const PealOpen *b)
{
  if (!a || !b)
    return a == b;
  return a->element == b->element && g_strcmp0 (a->name, b->name) == 0 &&
         g_strcmp0 (a->ns, b->ns) == 0 &&
         (!a->element || peal_element_equal (a->element, a->value, b->value));
}

void
peal_open_free (PealOpen *open)
{
  if (!open)
    return;
  if (open->element)
    peal_element_free (open->element, open->value);
  g_free (open->name);
  g_free (open->ns);
  g_free (open->flaw);
  g_free (open);
}

/* --- rows --- */

int
peal_words_find (PealWords words, const char *word)
{
  if (!word)
    return 0;
  for (int i = 1; words[i]; i++) {
    if (strcmp (words[i], word) == 0)
      return i;
  }
  return 0;
}

const char *
peal_row_ns (const PealElement *element, const PealField *field)
{
  return field->ns ? field->ns : element->ns;
}

/* The decimal text of a number that may be absent. */
static const char *
number_text (const PealField *field, gint64 number, char *buffer)
{
  if (number < 0 || (number == field->absent && !(field->flags & (PEAL_ALWAYS | PEAL_REQUIRED))))
    return NULL;
  g_snprintf (buffer, 32, "%" G_GINT64_FORMAT, number);
  return buffer;
}

const char *
peal_row_text (const PealField *field, gconstpointer value, char *buffer)
{
  switch (field->kind) {
  case PEAL_KIND_STR:
  case PEAL_KIND_TEXT:
  case PEAL_KIND_STRING:
    return PEAL_PEEK (char *, value, field);
  case PEAL_KIND_UINT:
    return number_text (field, PEAL_PEEK (guint32, value, field), buffer);
  case PEAL_KIND_INT64:
  case PEAL_KIND_NUMBER:
    return number_text (field, PEAL_PEEK (gint64, value, field), buffer);
  case PEAL_KIND_WORD:
  case PEAL_KIND_CHOICE: {
    int word = PEAL_PEEK (int, value, field);
    return word > 0 ? field->words[word] : NULL;
  }
  case PEAL_KIND_BOOL: {
    gboolean yes = PEAL_PEEK (gboolean, value, field);
    if (!yes == !field->absent && !(field->flags & (PEAL_ALWAYS | PEAL_REQUIRED)))
      return NULL;
    return yes ? "true" : "false";
  }
  case PEAL_KIND_FLAG:
    return PEAL_PEEK (gboolean, value, field) ? "" : NULL;
  default:
    return NULL;
  }
}
