/* The generator: walks the rows as the codec does, preferring the edges of what they allow. */
// SPDX-License-Identifier: MIT
#include "tests/wire/generate.h"

#include "signaling/wire/rows.h"

#include <gio/gio.h>
#include <string.h>

typedef struct {
  const PealElement *const *vocabulary;
  GRand *random;
  guint depth;
} Generator;

#define MEMBER(type, value, field) (*(type *) ((char *) (value) + (field)->offset))

static gpointer generate (Generator *generator, const PealElement *element);

static gboolean
chance (Generator *generator, int of_a_hundred)
{
  return g_rand_int_range (generator->random, 0, 100) < of_a_hundred;
}

/* Letters that XML must escape, that take several bytes, and plain ones. */
static char *
random_text (Generator *generator, const PealField *field)
{
  static const char *const letters[] = {
    "a", "B", "7", "-", "&", "<", ">", "\"", "'", "\303\251", "\342\202\254", "\360\237\223\236"
  };
  gsize max = field->max ? field->max : 1024;
  gsize want =
      chance (generator, 5) ? MIN (max, 2000) : (gsize) g_rand_int_range (generator->random, 1, 12);
  GString *text = g_string_new (NULL);

  gboolean may_be_empty = field->kind != PEAL_KIND_TEXT && !(field->flags & PEAL_REQUIRED);
  if (may_be_empty && max > 1 && chance (generator, 5))
    return g_string_free (text, FALSE);
  while (text->len < MIN (want, max)) {
    const char *letter = letters[g_rand_int_range (generator->random, 0, G_N_ELEMENTS (letters))];
    gboolean inside = text->len > 0 && text->len + 1 < MIN (want, max);
    if (inside && chance (generator, 10))
      letter = " ";
    g_string_append (text, text->len + strlen (letter) <= max ? letter : "x");
  }
  return g_string_free (text, FALSE);
}

static gint64
random_number (Generator *generator, const PealField *field)
{
  gint64 small;

  switch (g_rand_int_range (generator->random, 0, 4)) {
  case 0:
    return field->max;
  case 1:
    return 0;
  case 2:
    small = g_rand_int_range (generator->random, 0, 256); /* MIN would draw twice */
    return MIN (field->max, small);
  default: {
    guint64 wide = (guint64) g_rand_int (generator->random) << 32 | g_rand_int (generator->random);
    return field->max == G_MAXINT64 ? (gint64) (wide >> 1)
                                    : (gint64) (wide % ((guint64) field->max + 1));
  }
  }
}

static int
random_word (Generator *generator, const PealField *field)
{
  int n = 0;

  while (field->words[n])
    n++;
  return g_rand_int_range (generator->random, field->flags & PEAL_REQUIRED ? 1 : 0, n);
}

/* --- children --- */

/* Whether some row of @element would take @candidate away from its OPEN_LIST. */
static gboolean
is_taken (const PealElement *element, const PealElement *candidate)
{
  for (const PealField *field = element->fields; field->kind; field++) {
    if (field->element && strcmp (field->element->name, candidate->name) == 0 &&
        g_strcmp0 (field->element->ns, candidate->ns) == 0)
      return TRUE;
    if (field->kind == PEAL_KIND_OPEN && strcmp (field->name, candidate->name) == 0)
      return TRUE;
  }
  return FALSE;
}

/* A table of the vocabulary for the row, or NULL for an unknown element. */
static const PealElement *
random_table (Generator *generator, const PealElement *element, const PealField *field)
{
  const PealElement *chosen = NULL;
  int seen = 0;

  if (!generator->vocabulary || generator->depth > 6 || chance (generator, 15))
    return NULL;
  for (const PealElement *const *known = generator->vocabulary; *known; known++) {
    if (field->name ? strcmp (field->name, (*known)->name) != 0 : is_taken (element, *known))
      continue;
    if (g_rand_int_range (generator->random, 0, ++seen) == 0)
      chosen = *known;
  }
  return chosen;
}

static PealOpen *
random_open (Generator *generator, const PealElement *element, const PealField *field)
{
  const PealElement *table = random_table (generator, element, field);

  return table ? peal_open_new (table, generate (generator, table))
               : peal_open_new_empty (field->name ? field->name : "unheard-of",
                                      "urn:example:unheard-of");
}

static void
fill_list (Generator *generator, const PealElement *element, const PealField *field,
           GPtrArray **list)
{
  guint max = field->max ? field->max : 64;
  guint n = chance (generator, 2)
                ? MIN (max, 8)
                : (guint) g_rand_int_range (generator->random, 0, generator->depth < 4 ? 4 : 2);

  if (field->flags & PEAL_REQUIRED)
    n = MAX (n, 1);
  for (guint i = 0; i < n; i++)
    peal_list_append (list, field->kind == PEAL_KIND_LIST
                                ? generate (generator, field->element)
                                : (gpointer) random_open (generator, element, field));
}

/* --- rows --- */

static void
fill_value (Generator *generator, const PealField *field, gpointer value)
{
  switch (field->kind) {
  case PEAL_KIND_STR:
  case PEAL_KIND_TEXT:
  case PEAL_KIND_STRING:
    MEMBER (char *, value, field) = random_text (generator, field);
    break;
  case PEAL_KIND_UINT:
    MEMBER (guint32, value, field) = random_number (generator, field);
    break;
  case PEAL_KIND_INT64:
  case PEAL_KIND_NUMBER:
    MEMBER (gint64, value, field) = random_number (generator, field);
    break;
  case PEAL_KIND_WORD:
  case PEAL_KIND_CHOICE:
    MEMBER (int, value, field) = random_word (generator, field);
    break;
  default:
    MEMBER (gboolean, value, field) = chance (generator, 50);
  }
}

/* A row inside another child needs that child. */
static gboolean
has_place (const PealElement *element, const PealField *field, gconstpointer value)
{
  char buffer[32];

  for (const PealField *row = element->fields; field->inside && row < field; row++) {
    if (row->kind == PEAL_KIND_CHOICE &&
        g_strcmp0 (peal_row_text (row, value, buffer), field->inside) == 0)
      return TRUE;
  }
  return !field->inside;
}

static void
fill (Generator *generator, const PealElement *element, const PealField *field, gpointer value)
{
  if (!has_place (element, field, value) ||
      (!(field->flags & PEAL_REQUIRED) && chance (generator, 35)))
    return;
  switch (field->kind) {
  case PEAL_KIND_CHILD:
    MEMBER (gpointer, value, field) = generate (generator, field->element);
    break;
  case PEAL_KIND_OPEN:
    MEMBER (PealOpen *, value, field) = random_open (generator, element, field);
    break;
  case PEAL_KIND_LIST:
  case PEAL_KIND_OPEN_LIST:
    fill_list (generator, element, field, &MEMBER (GPtrArray *, value, field));
    break;
  default:
    fill_value (generator, field, value);
  }
}

/* What no row can say (check) is found by trying. */
static gpointer
generate (Generator *generator, const PealElement *element)
{
  for (int attempt = 0; attempt < 10000; attempt++) {
    gpointer value = peal_element_new (element);

    generator->depth++;
    for (const PealField *field = element->fields; field->kind; field++)
      fill (generator, element, field, value);
    generator->depth--;
    if (!element->check || element->check (value, NULL))
      return value;
    peal_element_free (element, value);
  }
  g_error ("no random <%s> passes its check", element->name);
}

gpointer
peal_generate (const PealElement *element, const PealElement *const *vocabulary, GRand *random)
{
  Generator generator = { .vocabulary = vocabulary, .random = random };

  return generate (&generator, element);
}
