/* Which child a row means: names, namespaces, words.
 *
 * A child without xmlns of its own has its parent's namespace: trees from a parser set it on every
 * element, trees built by hand often do not. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/parse.h"

#include <string.h>

const char *
peal_parse_ns (xmpp_stanza_t *stanza, const char *inherited)
{
  const char *ns = xmpp_stanza_get_ns (stanza);

  return ns ? ns : inherited;
}

/* Stanzas themselves are often built without xmlns: the stream's default is jabber:client. */
gboolean
peal_parse_matches (const PealElement *element, xmpp_stanza_t *stanza, const char *ns)
{
  const char *name = xmpp_stanza_get_name (stanza);

  return name && strcmp (name, element->name) == 0 &&
         (!element->ns || strcmp (ns ? ns : "jabber:client", element->ns) == 0);
}

gboolean
peal_element_matches (const PealElement *element, xmpp_stanza_t *stanza)
{
  return peal_parse_matches (element, stanza, xmpp_stanza_get_ns (stanza));
}

xmpp_stanza_t *
peal_element_find (const PealElement *element, xmpp_stanza_t *stanza)
{
  const char *inherited = xmpp_stanza_get_ns (stanza);
  xmpp_stanza_t *child = xmpp_stanza_get_children (stanza);

  while (child && !peal_parse_matches (element, child, peal_parse_ns (child, inherited)))
    child = xmpp_stanza_get_next (child);
  return child;
}

int
peal_parse_word (const PealField *field, const char *text)
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
gboolean
peal_parse_takes (const PealParse *parse, const PealField *field, xmpp_stanza_t *child)
{
  const char *name = xmpp_stanza_get_name (child);
  const char *ns = peal_parse_ns (child, parse->ns);

  if (!name)
    return FALSE;
  switch (field->kind) {
  case PEAL_KIND_FLAG:
  case PEAL_KIND_STRING:
  case PEAL_KIND_NUMBER:
    return strcmp (name, field->name) == 0 &&
           g_strcmp0 (ns, peal_row_ns (parse->element, field)) == 0;
  case PEAL_KIND_CHOICE:
    return g_strcmp0 (ns, peal_row_ns (parse->element, field)) == 0 &&
           peal_parse_word (field, name);
  case PEAL_KIND_CHILD:
  case PEAL_KIND_LIST:
    return peal_parse_matches (field->element, child, ns);
  case PEAL_KIND_OPEN:
    return strcmp (name, field->name) == 0;
  default:
    return FALSE;
  }
}

gboolean
peal_parse_is_taken (const PealParse *parse, xmpp_stanza_t *child)
{
  for (const PealField *field = parse->element->fields; field->kind; field++) {
    if (!field->inside && peal_parse_takes (parse, field, child))
      return TRUE;
  }
  return FALSE;
}

/* The element that holds the children of the row at work: the parsed one, or one child of it. */
static PealParse
holder (const PealParse *parse)
{
  const PealElement sought = { .name = parse->field->inside,
                               .ns = peal_row_ns (parse->element, parse->field) };
  PealParse within = *parse;

  if (!sought.name)
    return within;
  within.stanza = xmpp_stanza_get_children (parse->stanza);
  while (within.stanza &&
         !peal_parse_matches (&sought, within.stanza, peal_parse_ns (within.stanza, parse->ns)))
    within.stanza = xmpp_stanza_get_next (within.stanza);
  within.ns = sought.ns;
  return within;
}

xmpp_stanza_t *
peal_parse_first_child (const PealParse *parse)
{
  const PealParse within = holder (parse);
  xmpp_stanza_t *child = within.stanza ? xmpp_stanza_get_children (within.stanza) : NULL;

  while (child && !peal_parse_takes (&within, parse->field, child))
    child = xmpp_stanza_get_next (child);
  return child;
}
