/* Stanza trees into structs: each row's reader fills one member or says why it cannot.
 *
 * A child without xmlns of its own has its parent's namespace: trees from a parser set it on every
 * element, trees built by hand often do not. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/rows.h"

#include <gio/gio.h>
#include <string.h>

/* One element being parsed. */
typedef struct {
  const PealElement *element;
  xmpp_stanza_t *stanza;
  const char *ns;         /* of stanza, inherited or its own */
  const PealField *field; /* the row at work */
  gpointer value;
  const PealReading *reading;
  guint depth;
} Parse;

static gpointer parse_element (Parse *parse, GError **error);

/* --- matching --- */

static const char *
effective_ns (xmpp_stanza_t *stanza, const char *inherited)
{
  const char *ns = xmpp_stanza_get_ns (stanza);

  return ns ? ns : inherited;
}

/* Stanzas themselves are often built without xmlns: the stream's default is jabber:client. */
static gboolean
matches (const PealElement *element, xmpp_stanza_t *stanza, const char *ns)
{
  const char *name = xmpp_stanza_get_name (stanza);

  return name && strcmp (name, element->name) == 0 &&
         (!element->ns || strcmp (ns ? ns : "jabber:client", element->ns) == 0);
}

gboolean
peal_element_matches (const PealElement *element, xmpp_stanza_t *stanza)
{
  return matches (element, stanza, xmpp_stanza_get_ns (stanza));
}

xmpp_stanza_t *
peal_element_find (const PealElement *element, xmpp_stanza_t *stanza)
{
  const char *inherited = xmpp_stanza_get_ns (stanza);
  xmpp_stanza_t *child = xmpp_stanza_get_children (stanza);

  while (child && !matches (element, child, effective_ns (child, inherited)))
    child = xmpp_stanza_get_next (child);
  return child;
}

static int
find_word (const PealField *field, const char *text)
{
  for (int i = 1; field->words[i]; i++) {
    if (field->flags & PEAL_ANY_CASE ? g_ascii_strcasecmp (field->words[i], text) == 0
                                     : strcmp (field->words[i], text) == 0)
      return i;
  }
  for (PealWords alias = field->aliases; alias && alias[0]; alias += 2) {
    if (strcmp (alias[0], text) == 0)
      return peal_words_find (field->words, alias[1]);
  }
  return 0;
}

/* Whether the row @field would read @child. */
static gboolean
takes (const Parse *parse, const PealField *field, xmpp_stanza_t *child)
{
  const char *name = xmpp_stanza_get_name (child);
  const char *ns = effective_ns (child, parse->ns);

  if (!name)
    return FALSE;
  switch (field->kind) {
  case PEAL_KIND_FLAG:
  case PEAL_KIND_STRING:
  case PEAL_KIND_NUMBER:
    return strcmp (name, field->name) == 0 &&
           g_strcmp0 (ns, peal_row_ns (parse->element, field)) == 0;
  case PEAL_KIND_CHOICE:
    return g_strcmp0 (ns, peal_row_ns (parse->element, field)) == 0 && find_word (field, name);
  case PEAL_KIND_CHILD:
  case PEAL_KIND_LIST:
    return matches (field->element, child, ns);
  case PEAL_KIND_OPEN:
    return strcmp (name, field->name) == 0;
  default:
    return FALSE;
  }
}

static gboolean
is_taken (const Parse *parse, xmpp_stanza_t *child)
{
  for (const PealField *field = parse->element->fields; field->kind; field++) {
    if (takes (parse, field, child))
      return TRUE;
  }
  return FALSE;
}

static xmpp_stanza_t *
first_child (const Parse *parse)
{
  xmpp_stanza_t *child = xmpp_stanza_get_children (parse->stanza);

  while (child && !takes (parse, parse->field, child))
    child = xmpp_stanza_get_next (child);
  return child;
}

/* --- complaints --- */

static void
note (const PealReading *reading, const char *text)
{
  if (reading && reading->notes && reading->notes->len < PEAL_MAX_NOTES)
    g_ptr_array_add (reading->notes, g_strdup (text));
}

/* Always FALSE. Of @text at most 60 bytes are repeated. */
static gboolean
refuse (const Parse *parse, const char *text, const char *why, GError **error)
{
  g_autofree char *cut = g_utf8_make_valid (text, MIN (strlen (text), 60));

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "<%s> %s \"%s%s\": %s",
               parse->element->name, parse->field->name ? parse->field->name : "text", cut,
               strlen (text) > 60 ? "…" : "", why);
  return FALSE;
}

/* --- one value from its text --- */

static gboolean
read_string (Parse *parse, const char *text, GError **error)
{
  gsize max = parse->field->max ? parse->field->max : 1024;

  if (strlen (text) > max)
    return refuse (parse, text, "too long", error);

  char *copy = g_strdup (text);
  PEAL_MEMBER (char *, parse->value, parse->field) =
      parse->field->flags & PEAL_TRIM ? g_strstrip (copy) : copy;
  return TRUE;
}

/* Digits only: no sign, no white space, no other base. */
static gboolean
read_number (Parse *parse, const char *text, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, parse->field->max, &number, NULL)) {
    g_autofree char *why = g_strdup_printf ("not in 0..%" G_GINT64_FORMAT, parse->field->max);
    return refuse (parse, text, why, error);
  }
  if (parse->field->kind == PEAL_KIND_UINT)
    PEAL_MEMBER (guint32, parse->value, parse->field) = number;
  else
    PEAL_MEMBER (gint64, parse->value, parse->field) = number;
  return TRUE;
}

static gboolean
read_word (Parse *parse, const char *text, GError **error)
{
  int word = find_word (parse->field, text);

  if (!word)
    word = parse->field->unknown;
  if (!word)
    return refuse (parse, text, "not a word known here", error);
  PEAL_MEMBER (int, parse->value, parse->field) = word;
  return TRUE;
}

static gboolean
read_boolean (Parse *parse, const char *text, GError **error)
{
  gboolean yes = strcmp (text, "true") == 0 || strcmp (text, "1") == 0;

  if (!yes && strcmp (text, "false") != 0 && strcmp (text, "0") != 0)
    return refuse (parse, text, "not true, false, 1 or 0", error);
  PEAL_MEMBER (gboolean, parse->value, parse->field) = yes;
  return TRUE;
}

/* --- rows: TRUE when the member was filled, FALSE with @error when what is there is bad --- */

static gboolean
parse_attribute (Parse *parse, GError **error)
{
  const char *text = xmpp_stanza_get_attribute (parse->stanza, parse->field->name);

  /* libstrophe's own parser drops the prefixes of attributes. */
  if (!text && g_str_has_prefix (parse->field->name, "xml:"))
    text = xmpp_stanza_get_attribute (parse->stanza, parse->field->name + strlen ("xml:"));
  if (!text)
    return FALSE;
  switch (parse->field->kind) {
  case PEAL_KIND_STR:
    return read_string (parse, text, error);
  case PEAL_KIND_WORD:
    return read_word (parse, text, error);
  case PEAL_KIND_BOOL:
    return read_boolean (parse, text, error);
  default:
    return read_number (parse, text, error);
  }
}

static gboolean
parse_text (Parse *parse, GError **error)
{
  char *text = xmpp_stanza_get_text (parse->stanza);

  if (!text)
    return FALSE;

  gboolean good = read_string (parse, text, error);
  char **kept = &PEAL_MEMBER (char *, parse->value, parse->field);
  if (good && !**kept) { /* nothing but white space */
    g_clear_pointer (kept, g_free);
    good = FALSE;
  }
  xmpp_free (xmpp_stanza_get_context (parse->stanza), text);
  return good;
}

/* The value that @child stands for: its text or, where the row says so, one of its attributes. */
static char *
child_value (Parse *parse, xmpp_stanza_t *child)
{
  if (parse->field->attribute)
    return g_strdup (xmpp_stanza_get_attribute (child, parse->field->attribute));

  char *text = xmpp_stanza_get_text (child);
  char *copy = g_strdup (text ? text : "");
  if (text)
    xmpp_free (xmpp_stanza_get_context (child), text);
  return copy;
}

static gboolean
parse_text_child (Parse *parse, GError **error)
{
  xmpp_stanza_t *child = first_child (parse);

  if (!child)
    return FALSE;
  if (parse->field->kind == PEAL_KIND_FLAG)
    return PEAL_MEMBER (gboolean, parse->value, parse->field) = TRUE;

  g_autofree char *text = child_value (parse, child);
  if (!text)
    return FALSE;
  return parse->field->kind == PEAL_KIND_STRING ? read_string (parse, text, error)
                                                : read_number (parse, g_strstrip (text), error);
}

/* A word that is none of ours is looked for only after all that are. */
static gboolean
parse_choice (Parse *parse, GError **error)
{
  const PealField *field = parse->field;
  xmpp_stanza_t *child = first_child (parse);

  if (child) {
    int word = find_word (field, xmpp_stanza_get_name (child));
    PEAL_MEMBER (int, parse->value, field) = word;
    return TRUE;
  }
  child = field->unknown ? xmpp_stanza_get_children (parse->stanza) : NULL;
  for (; child; child = xmpp_stanza_get_next (child)) {
    const char *ns = effective_ns (child, parse->ns);
    if (!xmpp_stanza_is_tag (child) || g_strcmp0 (ns, peal_row_ns (parse->element, field)) != 0 ||
        is_taken (parse, child))
      continue;
    PEAL_MEMBER (int, parse->value, field) = field->unknown;
    return TRUE;
  }
  return FALSE;
}

/* --- children with tables --- */

static gpointer
parse_child_as (const Parse *parse, xmpp_stanza_t *child, const PealElement *element,
                GError **error)
{
  Parse below = {
    .element = element,
    .stanza = child,
    .ns = effective_ns (child, parse->ns),
    .reading = parse->reading,
    .depth = parse->depth + 1,
  };

  return parse_element (&below, error);
}

static gboolean
parse_child (Parse *parse, GError **error)
{
  xmpp_stanza_t *child = first_child (parse);

  if (!child)
    return FALSE;

  gpointer value = parse_child_as (parse, child, parse->field->element, error);
  PEAL_MEMBER (gpointer, parse->value, parse->field) = value;
  return value != NULL;
}

/* Never NULL: what its table cannot read keeps its name and says why. */
static PealOpen *
parse_open_child (Parse *parse, xmpp_stanza_t *child, GError **error)
{
  const PealElement *const *known = parse->reading ? parse->reading->vocabulary : NULL;
  const char *ns = effective_ns (child, parse->ns);
  PealOpen *open = peal_open_new_empty (xmpp_stanza_get_name (child), ns);
  g_autoptr(GError) flaw = NULL;

  while (known && *known && !matches (*known, child, ns))
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
parse_open (Parse *parse, GError **error)
{
  xmpp_stanza_t *child = first_child (parse);

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
parse_item (Parse *parse, xmpp_stanza_t *child)
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
parse_list (Parse *parse, GError **error)
{
  GPtrArray **list = &PEAL_MEMBER (GPtrArray *, parse->value, parse->field);
  guint max = parse->field->max ? parse->field->max : 64;

  for (xmpp_stanza_t *child = xmpp_stanza_get_children (parse->stanza); child;
       child = xmpp_stanza_get_next (child)) {
    if (!xmpp_stanza_is_tag (child) ||
        (parse->field->kind == PEAL_KIND_LIST ? !takes (parse, parse->field, child)
                                              : is_taken (parse, child)))
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

static gboolean (*const readers[]) (Parse *parse, GError **error) = {
  [PEAL_KIND_STR] = parse_attribute,     [PEAL_KIND_UINT] = parse_attribute,
  [PEAL_KIND_INT64] = parse_attribute,   [PEAL_KIND_WORD] = parse_attribute,
  [PEAL_KIND_BOOL] = parse_attribute,    [PEAL_KIND_TEXT] = parse_text,
  [PEAL_KIND_FLAG] = parse_text_child,   [PEAL_KIND_STRING] = parse_text_child,
  [PEAL_KIND_NUMBER] = parse_text_child, [PEAL_KIND_CHOICE] = parse_choice,
  [PEAL_KIND_CHILD] = parse_child,       [PEAL_KIND_LIST] = parse_list,
  [PEAL_KIND_OPEN] = parse_open,         [PEAL_KIND_OPEN_LIST] = parse_list,
};

static const char *
row_name (const PealField *field)
{
  if (field->name)
    return field->name;
  return field->element ? field->element->name : "content";
}

static gboolean
parse_row (Parse *parse, GError **error)
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
parse_element (Parse *parse, GError **error)
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
  Parse parse = {
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
