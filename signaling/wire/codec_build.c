/* Structs into stanza trees, and into one line for people. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/rows.h"

#include <string.h>

/* Every element says its namespace; libstrophe leaves out what the parent says already. */
static xmpp_stanza_t *
new_element (const char *name, const char *ns, xmpp_ctx_t *context)
{
  xmpp_stanza_t *stanza = xmpp_stanza_new (context);

  xmpp_stanza_set_name (stanza, name);
  if (ns)
    xmpp_stanza_set_ns (stanza, ns);
  return stanza;
}

/* XML 1.0 §2.2: what a document may contain. */
static gboolean
is_xml_character (gunichar c)
{
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF);
}

/* Returns @text, or a repaired copy that is also put into @made for the caller to free. */
static const char *
clean (const char *text, char **made)
{
  const char *end = text;

  if (g_utf8_validate (text, -1, NULL)) {
    while (*end && is_xml_character (g_utf8_get_char (end)))
      end = g_utf8_next_char (end);
    if (!*end)
      return text;
  }

  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *repaired = g_string_sized_new (strlen (valid));
  for (const char *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    g_string_append_unichar (repaired, is_xml_character (c) ? c : 0xFFFD);
  }
  return *made = g_string_free (repaired, FALSE);
}

static void
build_text (xmpp_stanza_t *stanza, const char *text)
{
  if (!*text)
    return;

  xmpp_stanza_t *child = xmpp_stanza_new (xmpp_stanza_get_context (stanza));
  xmpp_stanza_set_text (child, text);
  xmpp_stanza_add_child_ex (stanza, child, FALSE);
}

static void
build_child (xmpp_stanza_t *stanza, xmpp_stanza_t *child)
{
  xmpp_stanza_add_child_ex (stanza, child, FALSE);
}

/* A member of one value, whose text is @text. */
static void
build_value (xmpp_stanza_t *stanza, const PealElement *element, const PealField *field,
             const char *text)
{
  const char *name = field->kind == PEAL_KIND_CHOICE ? text : field->name;
  xmpp_stanza_t *child;

  if (field->inside)
    stanza =
        xmpp_stanza_get_child_by_name_and_ns (stanza, field->inside, peal_row_ns (element, field));
  if (!stanza)
    return;
  switch (field->kind) {
  case PEAL_KIND_TEXT:
    build_text (stanza, text);
    return;
  case PEAL_KIND_FLAG:
  case PEAL_KIND_STRING:
  case PEAL_KIND_NUMBER:
  case PEAL_KIND_CHOICE:
    child = new_element (name, peal_row_ns (element, field), xmpp_stanza_get_context (stanza));
    if (field->attribute)
      xmpp_stanza_set_attribute (child, field->attribute, text);
    else if (field->kind == PEAL_KIND_STRING || field->kind == PEAL_KIND_NUMBER)
      build_text (child, text);
    build_child (stanza, child);
    return;
  default:
    xmpp_stanza_set_attribute (stanza, name, text);
  }
}

static xmpp_stanza_t *
build_open (const PealOpen *open, xmpp_ctx_t *context)
{
  return open->element ? peal_element_build (open->element, open->value, context)
                       : new_element (open->name, open->ns, context);
}

static void
build_list (xmpp_stanza_t *stanza, const PealField *field, const GPtrArray *list)
{
  xmpp_ctx_t *context = xmpp_stanza_get_context (stanza);

  for (guint i = 0; list && i < list->len; i++)
    build_child (stanza, field->kind == PEAL_KIND_LIST
                             ? peal_element_build (field->element, list->pdata[i], context)
                             : build_open (list->pdata[i], context));
}

static void
build_row (xmpp_stanza_t *stanza, const PealElement *element, const PealField *field,
           gconstpointer value)
{
  xmpp_ctx_t *context = xmpp_stanza_get_context (stanza);
  char buffer[32];
  g_autofree char *made = NULL;
  const char *text;

  switch (field->kind) {
  case PEAL_KIND_CHILD:
    if (PEAL_PEEK (gpointer, value, field))
      build_child (
          stanza, peal_element_build (field->element, PEAL_PEEK (gpointer, value, field), context));
    return;
  case PEAL_KIND_OPEN:
    if (PEAL_PEEK (PealOpen *, value, field))
      build_child (stanza, build_open (PEAL_PEEK (PealOpen *, value, field), context));
    return;
  case PEAL_KIND_LIST:
  case PEAL_KIND_OPEN_LIST:
    build_list (stanza, field, PEAL_PEEK (GPtrArray *, value, field));
    return;
  default:
    text = peal_row_text (field, value, buffer);
    if (text)
      build_value (stanza, element, field, clean (text, &made));
    else if (field->flags & PEAL_REQUIRED)
      g_critical ("<%s> is built without its %s", element->name,
                  field->name ? field->name : "text");
  }
}

xmpp_stanza_t *
peal_element_build (const PealElement *element, gconstpointer value, xmpp_ctx_t *context)
{
  xmpp_stanza_t *stanza = new_element (element->name, element->ns, context);

  for (const PealField *field = element->fields; field->kind; field++)
    build_row (stanza, element, field, value);
  return stanza;
}

/* --- for people --- */

static void print_fields (GString *line, const PealElement *element, gconstpointer value);

/* Control characters would let a peer write lines of its own into a log. */
static void
print_quoted (GString *line, const char *text)
{
  const char *quote = !*text || strpbrk (text, " {}=\"\t\r\n") ? "\"" : "";

  g_string_append (line, quote);
  for (const char *p = text; *p; p++)
    g_string_append_c (line, (guchar) *p < 0x20 || *p == 0x7F ? ' ' : *p);
  g_string_append (line, quote);
}

static void
print_open (GString *line, const PealOpen *open)
{
  g_string_append_printf (line, "%s xmlns=", open->name);
  print_quoted (line, open->ns ? open->ns : "");
  if (open->element)
    print_fields (line, open->element, open->value);
}

static void
print_list (GString *line, const PealField *field, const GPtrArray *list)
{
  for (guint i = 0; list && i < list->len; i++) {
    g_string_append (line, " {");
    if (field->kind == PEAL_KIND_LIST) {
      g_string_append (line, field->element->name);
      print_fields (line, field->element, list->pdata[i]);
    } else
      print_open (line, list->pdata[i]);
    g_string_append_c (line, '}');
  }
}

static void
print_text (GString *line, const PealField *field, const char *text)
{
  static const char *const nameless[] = { [PEAL_KIND_TEXT] = "text", [PEAL_KIND_CHOICE] = "is" };

  g_string_append_printf (line, " %s", field->name ? field->name : nameless[field->kind]);
  if (field->kind == PEAL_KIND_FLAG)
    return;
  g_string_append_c (line, '=');
  if (field->flags & PEAL_SECRET)
    g_string_append (line, "***");
  else
    print_quoted (line, text);
}

static void
print_fields (GString *line, const PealElement *element, gconstpointer value)
{
  for (const PealField *field = element->fields; field->kind; field++) {
    char buffer[32];
    const char *text = peal_row_text (field, value, buffer);

    if (text)
      print_text (line, field, text);
    else if (field->kind == PEAL_KIND_LIST || field->kind == PEAL_KIND_OPEN_LIST)
      print_list (line, field, PEAL_PEEK (GPtrArray *, value, field));
    else if (field->kind == PEAL_KIND_CHILD && PEAL_PEEK (gpointer, value, field)) {
      g_string_append_printf (line, " {%s", field->element->name);
      print_fields (line, field->element, PEAL_PEEK (gpointer, value, field));
      g_string_append_c (line, '}');
    } else if (field->kind == PEAL_KIND_OPEN && PEAL_PEEK (PealOpen *, value, field)) {
      g_string_append (line, " {");
      print_open (line, PEAL_PEEK (PealOpen *, value, field));
      g_string_append_c (line, '}');
    }
  }
}

char *
peal_element_print (const PealElement *element, gconstpointer value)
{
  GString *line = g_string_new (element->name);

  if (value)
    print_fields (line, element, value);
  return g_string_free (line, FALSE);
}
