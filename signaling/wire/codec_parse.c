/* Stanza trees into structs: children with tables, lists, and the walk over the rows. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/parse.h"

#include <gio/gio.h>

static gpointer parse_element (PealParse *parse, GError **error);

static void
note (const PealReading *reading, const char *text)
{
  if (reading && reading->notes && reading->notes->len < PEAL_MAX_NOTES)
    g_ptr_array_add (reading->notes, g_strdup (text));
}

/* --- children with tables --- */

static gpointer
parse_child_as (const PealParse *parse, xmpp_stanza_t *child, const PealElement *element,
                GError **error)
{
  PealParse below = {
    .element = element,
    .stanza = child,
    .ns = peal_parse_ns (child, parse->ns),
    .reading = parse->reading,
    .depth = parse->depth + 1,
  };

  return parse_element (&below, error);
}

static gboolean
parse_child (PealParse *parse, GError **error)
{
  xmpp_stanza_t *child = peal_parse_first_child (parse);

  if (!child)
    return FALSE;

  gpointer value = parse_child_as (parse, child, parse->field->element, error);
  PEAL_MEMBER (gpointer, parse->value, parse->field) = value;
  return value != NULL;
}

/* Never NULL: what its table cannot read keeps its name and says why. */
static PealOpen *
parse_open_child (PealParse *parse, xmpp_stanza_t *child, GError **error)
{
  const PealElement *const *known = parse->reading ? parse->reading->vocabulary : NULL;
  const char *ns = peal_parse_ns (child, parse->ns);
  PealOpen *open = peal_open_new_empty (xmpp_stanza_get_name (child), ns);
  g_autoptr(GError) flaw = NULL;

  while (known && *known && !peal_parse_matches (*known, child, ns))
    known++;
  if (!known || !*known)
    return open;
  open->value = parse_child_as (parse, child, *known, &flaw);
  if (open->value)
    open->element = *known;
  else {
    open->flaw = g_strdup (flaw->message);
    g_propagate_error (error, g_steal_pointer (&flaw));
  }
  return open;
}

static gboolean
parse_open (PealParse *parse, GError **error)
{
  xmpp_stanza_t *child = peal_parse_first_child (parse);

  if (!child)
    return FALSE;

  g_autoptr(GError) flaw = NULL;
  g_autoptr(PealOpen) open = parse_open_child (parse, child, &flaw);
  if (flaw && parse->field->flags & PEAL_REQUIRED) {
    g_propagate_error (error, g_steal_pointer (&flaw));
    return FALSE;
  }
  if (flaw)
    note (parse->reading, flaw->message);
  PEAL_MEMBER (PealOpen *, parse->value, parse->field) = g_steal_pointer (&open);
  return TRUE;
}

/* One item of a LIST or OPEN_LIST, or NULL after a note. */
static gpointer
parse_item (PealParse *parse, xmpp_stanza_t *child)
{
  g_autoptr(GError) flaw = NULL;
  gpointer item;

  if (parse->field->kind == PEAL_KIND_LIST)
    item = parse_child_as (parse, child, parse->field->element, &flaw);
  else
    item = parse_open_child (parse, child, &flaw);
  if (flaw)
    note (parse->reading, flaw->message);
  return item;
}

static gboolean
parse_list (PealParse *parse, GError **error)
{
  GPtrArray **list = &PEAL_MEMBER (GPtrArray *, parse->value, parse->field);
  guint max = parse->field->max ? parse->field->max : 64;

  for (xmpp_stanza_t *child = xmpp_stanza_get_children (parse->stanza); child;
       child = xmpp_stanza_get_next (child)) {
    if (!xmpp_stanza_is_tag (child) ||
        (parse->field->kind == PEAL_KIND_LIST ? !peal_parse_takes (parse, parse->field, child)
                                              : peal_parse_is_taken (parse, child)))
      continue;
    if (*list && (*list)->len >= max) {
      note (parse->reading, "a list is longer than its limit: the rest is left out");
      break;
    }
    gpointer item = parse_item (parse, child);
    if (item)
      peal_list_append (list, item);
  }
  return *list != NULL;
}

/* --- the walk --- */

static gboolean (*const readers[]) (PealParse *parse, GError **error) = {
  [PEAL_KIND_STR] = peal_parse_attribute,
  [PEAL_KIND_UINT] = peal_parse_attribute,
  [PEAL_KIND_INT64] = peal_parse_attribute,
  [PEAL_KIND_WORD] = peal_parse_attribute,
  [PEAL_KIND_BOOL] = peal_parse_attribute,
  [PEAL_KIND_TEXT] = peal_parse_text,
  [PEAL_KIND_FLAG] = peal_parse_text_child,
  [PEAL_KIND_STRING] = peal_parse_text_child,
  [PEAL_KIND_NUMBER] = peal_parse_text_child,
  [PEAL_KIND_CHOICE] = peal_parse_choice,
  [PEAL_KIND_CHILD] = parse_child,
  [PEAL_KIND_LIST] = parse_list,
  [PEAL_KIND_OPEN] = parse_open,
  [PEAL_KIND_OPEN_LIST] = parse_list,
};

static const char *
row_name (const PealField *field)
{
  if (field->name)
    return field->name;
  return field->element ? field->element->name : "content";
}

static gboolean
parse_row (PealParse *parse, GError **error)
{
  g_autoptr(GError) flaw = NULL;

  if (readers[parse->field->kind](parse, &flaw))
    return TRUE;
  if (!(parse->field->flags & PEAL_REQUIRED)) {
    if (flaw)
      note (parse->reading, flaw->message);
    return TRUE;
  }
  if (!flaw)
    g_set_error (&flaw, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "<%s> has no %s", parse->element->name,
                 row_name (parse->field));
  g_propagate_error (error, g_steal_pointer (&flaw));
  return FALSE;
}

static gpointer
parse_element (PealParse *parse, GError **error)
{
  if (parse->depth > PEAL_MAX_DEPTH) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "<%s> is nested too deeply",
                 parse->element->name);
    return NULL;
  }
  parse->value = peal_element_new (parse->element);
  for (parse->field = parse->element->fields; parse->field->kind; parse->field++) {
    if (!parse_row (parse, error)) {
      peal_element_free (parse->element, parse->value);
      return NULL;
    }
  }
  if (parse->element->check && !parse->element->check (parse->value, error)) {
    peal_element_free (parse->element, parse->value);
    return NULL;
  }
  return parse->value;
}

gpointer
peal_element_parse (const PealElement *element, xmpp_stanza_t *stanza, const PealReading *reading,
                    GError **error)
{
  PealParse parse = {
    .element = element,
    .stanza = stanza,
    .ns = xmpp_stanza_get_ns (stanza),
    .reading = reading,
  };

  if (!peal_element_matches (element, stanza)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "<%s xmlns='%s'> is not <%s xmlns='%s'>", xmpp_stanza_get_name (stanza),
                 parse.ns ? parse.ns : "", element->name, element->ns ? element->ns : "");
    return NULL;
  }
  return parse_element (&parse, error);
}
