/* The zoo: its tables, and one reading. */
// SPDX-License-Identifier: MIT
#include "tests/wire/zoo.h"

const char *const zoo_colors[] = { "", "red", "green", NULL };
static const char *const zoo_color_aliases[] = { "rouge", "red", NULL };

const PealElement zoo_animal = {
  "animal",
  NS_ZOO,
  sizeof (Animal),
  (const PealField[]) { PEAL_STR (Animal, id, "id", .flags = PEAL_REQUIRED), PEAL_END },
};
const PealElement zoo_keeper = {
  "keeper",
  NS_ZOO,
  sizeof (Animal),
  (const PealField[]) { PEAL_STR (Animal, id, "id", .flags = PEAL_REQUIRED), PEAL_END },
};
const PealElement zoo_thing = {
  "thing",
  "urn:example:known",
  sizeof (Animal),
  (const PealField[]) { PEAL_STR (Animal, id, "id", .flags = PEAL_REQUIRED), PEAL_END },
};

const PealElement zoo_element = {
  "zoo",
  NS_ZOO,
  sizeof (Zoo),
  (const PealField[]) {
      PEAL_STR (Zoo, name, "name", .max = 10, .flags = PEAL_REQUIRED),
      PEAL_STR (Zoo, secret, "secret", .flags = PEAL_SECRET),
      PEAL_TEXT (Zoo, text, .flags = PEAL_TRIM),
      PEAL_STRING (Zoo, note, "note"),
      PEAL_STRING (Zoo, link, "link", .attribute = "to"),
      PEAL_UINT (Zoo, count, "count", 100),
      PEAL_INT64 (Zoo, size, "size", G_MAXINT64, .absent = -1),
      PEAL_NUMBER (Zoo, weight, "weight", 1000, .absent = -1),
      PEAL_WORD (Zoo, color, "color", zoo_colors, .aliases = zoo_color_aliases),
      PEAL_CHOICE (Zoo, mood, zoo_colors, .ns = "urn:example:mood", .unknown = COLOR_GREEN),
      PEAL_STRING (Zoo, shout, "shout", .ns = "urn:example:mood", .inside = "red"),
      PEAL_WORD (Zoo, shade, "shade", zoo_colors, .flags = PEAL_ANY_CASE, .unknown = COLOR_RED),
      PEAL_BOOL (Zoo, open, "open", .absent = TRUE),
      PEAL_BOOL (Zoo, closed, "closed"),
      PEAL_FLAG (Zoo, flag, "flag"),
      PEAL_CHILD (Zoo, keeper, &zoo_keeper),
      PEAL_LIST (Zoo, animals, &zoo_animal, .max = 3),
      PEAL_OPEN (Zoo, thing, "thing"),
      PEAL_OPEN_LIST (Zoo, others, .max = 2),
      PEAL_END,
  },
};

static const PealElement *const zoo_known[] = { &zoo_thing, NULL };

ZooReading *
zoo_read_as (const PealElement *element, const char *xml)
{
  ZooReading *reading = g_new0 (ZooReading, 1);

  reading->context = xmpp_ctx_new (NULL, NULL);
  reading->notes = g_ptr_array_new_with_free_func (g_free);
  reading->element = element;

  const PealReading how = { zoo_known, reading->notes };
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (reading->context, xml);
  g_assert_nonnull (stanza);
  reading->value = peal_element_parse (element, stanza, &how, &reading->error);
  g_assert_true ((reading->value == NULL) == (reading->error != NULL));
  xmpp_stanza_release (stanza);
  return reading;
}

void
zoo_reading_free (ZooReading *reading)
{
  peal_element_free (reading->element, reading->value);
  g_clear_error (&reading->error);
  g_ptr_array_unref (reading->notes);
  xmpp_ctx_free (reading->context);
  g_free (reading);
}
ZooReading *
zoo_read (const char *attributes, const char *children)
{
  g_autofree char *xml =
      g_strdup_printf ("<zoo xmlns='" NS_ZOO "' name='n' %s>%s</zoo>", attributes, children);

  return zoo_read_as (&zoo_element, xml);
}

char *
zoo_text (const PealElement *element, gconstpointer value)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = peal_element_build (element, value, context);
  char *text = NULL;
  size_t length = 0;

  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, XMPP_EOK);
  char *copy = g_strdup (text);
  xmpp_free (context, text);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return copy;
}
