/* The element codec: every kind of row, every limit and leniency, and round trips of all tables. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/jingle.h"
#include "tests/wire/generate.h"
#include "tests/wire/tables.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define NS "urn:example:zoo"

typedef enum { COLOR_NONE = 0, COLOR_RED, COLOR_GREEN } Color;
static const char *const color_words[] = { "", "red", "green", NULL };
static const char *const color_aliases[] = { "rouge", "red", NULL };

typedef struct {
  char *id;
} Animal;

typedef struct {
  char *name, *secret, *text, *note, *link;
  guint32 count;
  gint64 size, weight;
  Color color, mood, shade;
  gboolean open, closed, flag;
  Animal *keeper;
  GPtrArray *animals;
  PealOpen *thing;
  GPtrArray *others;
} Zoo;

static const PealElement animal = {
  "animal",
  NS,
  sizeof (Animal),
  (const PealField[]) { PEAL_STR (Animal, id, "id", .flags = PEAL_REQUIRED), PEAL_END },
};
static const PealElement keeper = {
  "keeper",
  NS,
  sizeof (Animal),
  (const PealField[]) { PEAL_STR (Animal, id, "id", .flags = PEAL_REQUIRED), PEAL_END },
};
static const PealElement known_thing = {
  "thing",
  "urn:example:known",
  sizeof (Animal),
  (const PealField[]) { PEAL_STR (Animal, id, "id", .flags = PEAL_REQUIRED), PEAL_END },
};

static const PealElement zoo_element = {
  "zoo",
  NS,
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
      PEAL_WORD (Zoo, color, "color", color_words, .aliases = color_aliases),
      PEAL_CHOICE (Zoo, mood, color_words, .ns = "urn:example:mood", .unknown = COLOR_GREEN),
      PEAL_WORD (Zoo, shade, "shade", color_words, .flags = PEAL_ANY_CASE, .unknown = COLOR_RED),
      PEAL_BOOL (Zoo, open, "open", .absent = TRUE),
      PEAL_BOOL (Zoo, closed, "closed"),
      PEAL_FLAG (Zoo, flag, "flag"),
      PEAL_CHILD (Zoo, keeper, &keeper),
      PEAL_LIST (Zoo, animals, &animal, .max = 3),
      PEAL_OPEN (Zoo, thing, "thing"),
      PEAL_OPEN_LIST (Zoo, others, .max = 2),
      PEAL_END,
  },
};

static const PealElement *const zoo_vocabulary[] = { &known_thing, NULL };

/* --- one reading --- */

typedef struct {
  xmpp_ctx_t *context;
  GPtrArray *notes;
  const PealElement *element;
  gpointer value;
  GError *error;
} Reading;

static Reading *
read_as (const PealElement *element, const char *xml)
{
  Reading *reading = g_new0 (Reading, 1);

  reading->context = xmpp_ctx_new (NULL, NULL);
  reading->notes = g_ptr_array_new_with_free_func (g_free);
  reading->element = element;

  const PealReading how = { zoo_vocabulary, reading->notes };
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (reading->context, xml);
  g_assert_nonnull (stanza);
  reading->value = peal_element_parse (element, stanza, &how, &reading->error);
  g_assert_true ((reading->value == NULL) == (reading->error != NULL));
  xmpp_stanza_release (stanza);
  return reading;
}

static void
reading_free (Reading *reading)
{
  peal_element_free (reading->element, reading->value);
  g_clear_error (&reading->error);
  g_ptr_array_unref (reading->notes);
  xmpp_ctx_free (reading->context);
  g_free (reading);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

/* A zoo with the given attributes and children. */
static Reading *
read_zoo (const char *attributes, const char *children)
{
  g_autofree char *xml =
      g_strdup_printf ("<zoo xmlns='" NS "' name='n' %s>%s</zoo>", attributes, children);

  return read_as (&zoo_element, xml);
}

static char *
to_text (const PealElement *element, gconstpointer value)
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

/* --- every kind --- */

static void
everything (void)
{
  g_autoptr(Reading) reading = read_as (
      &zoo_element,
      "<z:zoo xmlns:z='" NS "' name='Basel' secret='s' count='100' size='9223372036854775807' "
      "color='rouge' shade='GREEN' open='0' closed='true'> hello <z:note>a &amp; b</z:note>"
      "<z:link to='there'/><z:weight>7</z:weight><red xmlns='urn:example:mood'/><z:flag/>"
      "<z:keeper id='k'/><z:animal id='1'/><z:animal id='2'/>"
      "<thing xmlns='urn:example:known' id='t'/><odd xmlns='urn:example:odd'/></z:zoo>");
  const Zoo *zoo = reading->value;

  g_assert_no_error (reading->error);
  g_assert_cmpuint (reading->notes->len, ==, 0);
  g_assert_cmpstr (zoo->name, ==, "Basel");
  g_assert_cmpstr (zoo->secret, ==, "s");
  g_assert_cmpstr (zoo->text, ==, "hello");
  g_assert_cmpstr (zoo->note, ==, "a & b");
  g_assert_cmpstr (zoo->link, ==, "there");
  g_assert_cmpuint (zoo->count, ==, 100);
  g_assert_cmpint (zoo->size, ==, G_MAXINT64);
  g_assert_cmpint (zoo->weight, ==, 7);
  g_assert_cmpint (zoo->color, ==, COLOR_RED);
  g_assert_cmpint (zoo->mood, ==, COLOR_RED);
  g_assert_cmpint (zoo->shade, ==, COLOR_GREEN);
  g_assert_false (zoo->open);
  g_assert_true (zoo->closed);
  g_assert_true (zoo->flag);
  g_assert_cmpstr (zoo->keeper->id, ==, "k");
  g_assert_cmpuint (zoo->animals->len, ==, 2);
  g_assert_cmpstr (((Animal *) zoo->animals->pdata[1])->id, ==, "2");
  g_assert_cmpstr (((Animal *) peal_open_value (zoo->thing, &known_thing))->id, ==, "t");
  g_assert_null (peal_open_value (zoo->thing, &animal));
  g_assert_cmpuint (zoo->others->len, ==, 1);
  g_assert_cmpstr (((PealOpen *) zoo->others->pdata[0])->name, ==, "odd");
  g_assert_cmpstr (((PealOpen *) zoo->others->pdata[0])->ns, ==, "urn:example:odd");
}

static void
nothing (void)
{
  g_autoptr(Reading) reading = read_zoo ("", "");
  const Zoo *zoo = reading->value;
  g_autofree char *text = to_text (&zoo_element, zoo);
  gpointer fresh = peal_element_new (&zoo_element);

  g_assert_no_error (reading->error);
  g_assert_null (zoo->secret);
  g_assert_null (zoo->text);
  g_assert_null (zoo->link);
  g_autoptr(Reading) blank = read_zoo ("", " \n ");
  g_assert_null (((Zoo *) blank->value)->text);
  g_assert_cmpint (zoo->size, ==, -1);
  g_assert_cmpint (zoo->weight, ==, -1);
  g_assert_true (zoo->open);
  g_assert_null (zoo->animals);
  g_assert_null (zoo->thing);
  g_assert_cmpstr (text, ==, "<zoo xmlns=\"" NS "\" name=\"n\"/>");
  g_assert_false (peal_element_equal (&zoo_element, zoo, fresh));
  peal_element_free (&zoo_element, fresh);
}

/* --- limits --- */

static void
numbers (void)
{
  static const char *const bad[] = { "101",     "-1",  "+1", " 1",  "1 ",
                                     "0x1",     "1.0", "",   "1e1", "18446744073709551617",
                                     "\331\241" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *attribute = g_strdup_printf ("count='%s' size='%s' ", bad[i], bad[i]);
    g_autoptr(Reading) reading = read_zoo (attribute, "");
    const Zoo *zoo = reading->value;

    g_assert_no_error (reading->error); /* optional: bad counts as absent */
    g_assert_cmpuint (zoo->count, ==, 0);
    g_assert_cmpint (zoo->size, ==, i == 0 ? 101 : -1);
    g_assert_cmpuint (reading->notes->len, ==, i == 0 ? 1 : 2);
  }

  g_autoptr(Reading) padded = read_zoo ("count='007'", "<weight> 12\n</weight>");
  g_assert_cmpuint (((Zoo *) padded->value)->count, ==, 7);
  g_assert_cmpint (((Zoo *) padded->value)->weight, ==, 12);

  g_autoptr(Reading) heavy = read_zoo ("", "<weight>1001</weight>");
  g_assert_cmpint (((Zoo *) heavy->value)->weight, ==, -1);
  g_assert_cmpstr (heavy->notes->pdata[0], ==, "<zoo> weight \"1001\": not in 0..1000");
}

static void
words (void)
{
  g_autoptr(Reading) unknown =
      read_zoo ("color='blue' shade='blue'", "<blue xmlns='urn:example:mood'/>");
  g_autoptr(Reading) cased = read_zoo ("color='RED' open='maybe' closed='yes'", "");
  g_autoptr(Reading) empty = read_zoo ("color='' shade=''", "");
  const Zoo *zoo = unknown->value;

  g_assert_cmpint (zoo->color, ==, COLOR_NONE);
  g_assert_cmpint (zoo->shade, ==, COLOR_RED);
  g_assert_cmpint (zoo->mood, ==, COLOR_GREEN);
  g_assert_cmpuint (unknown->notes->len, ==, 1);
  zoo = cased->value;
  g_assert_cmpint (zoo->color, ==, COLOR_NONE);
  g_assert_true (zoo->open);
  g_assert_false (zoo->closed);
  g_assert_cmpuint (cased->notes->len, ==, 3);
  g_assert_cmpint (((Zoo *) empty->value)->color, ==, COLOR_NONE);
  g_assert_cmpint (peal_words_find (color_words, "green"), ==, COLOR_GREEN);
  g_assert_cmpint (peal_words_find (color_words, ""), ==, 0);
  g_assert_cmpint (peal_words_find (color_words, NULL), ==, 0);
}

static void
required (void)
{
  g_autoptr(Reading) missing = read_as (&zoo_element, "<zoo xmlns='" NS "'/>");
  g_autoptr(Reading) too_long = read_as (&zoo_element, "<zoo xmlns='" NS "' name='12345678901'/>");
  g_autoptr(Reading) other_ns = read_as (&zoo_element, "<zoo xmlns='urn:example:ark' name='n'/>");
  g_autoptr(Reading) other_name = read_as (&zoo_element, "<ark xmlns='" NS "' name='n'/>");
  g_autoptr(Reading) none = read_as (&zoo_element, "<zoo name='n'/>");

  g_assert_error (missing->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpstr (missing->error->message, ==, "<zoo> has no name");
  g_assert_cmpstr (too_long->error->message, ==, "<zoo> name \"12345678901\": too long");
  g_assert_nonnull (other_ns->error);
  g_assert_nonnull (other_name->error);
  g_assert_nonnull (none->error);
}

/* A list keeps what parses, in order, up to its limit; the rest is noted. */
static void
lists (void)
{
  g_autoptr(Reading) reading = read_zoo (
      "", "<animal id='1'/><animal/><keeper/><animal id='2'/><animal xmlns='urn:x' id='9'/>"
          "<animal id='3'/><animal id='4'/><animal id='5'/>");
  const Zoo *zoo = reading->value;

  g_assert_cmpuint (zoo->animals->len, ==, 3);
  g_assert_cmpstr (((Animal *) zoo->animals->pdata[2])->id, ==, "3");
  g_assert_null (zoo->keeper); /* optional, and it lacks its id */
  g_assert_cmpuint (zoo->others->len, ==, 1);
  g_assert_cmpuint (reading->notes->len, ==, 3);
  g_assert_cmpstr (reading->notes->pdata[0], ==, "<keeper> has no id");
  g_assert_cmpstr (reading->notes->pdata[1], ==, "<animal> has no id");
}

/* A hundred thousand bad items cost neither memory nor much time. */
static void
floods (void)
{
  g_autoptr(GString) children = g_string_new (NULL);

  for (int i = 0; i < 20000; i++)
    g_string_append (children, "<animal/><x xmlns='urn:x'/>");
  g_autoptr(Reading) reading = read_zoo ("", children->str);
  const Zoo *zoo = reading->value;

  g_assert_null (zoo->animals);
  g_assert_cmpuint (zoo->others->len, ==, 2);
  g_assert_cmpuint (reading->notes->len, ==, PEAL_MAX_NOTES);
}

static const PealElement matryoshka = {
  "doll",
  NS,
  sizeof (Zoo),
  (const PealField[]) { PEAL_OPEN_LIST (Zoo, others), PEAL_END },
};

static void
depth (void)
{
  static const PealElement *const vocabulary[] = { &matryoshka, NULL };
  g_autoptr(GString) xml = g_string_new (NULL);
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  const PealReading how = { vocabulary, NULL };

  for (int i = 0; i < 200; i++)
    g_string_append (xml, "<doll xmlns='" NS "'>");
  for (int i = 0; i < 200; i++)
    g_string_append (xml, "</doll>");
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, xml->str);
  Zoo *outer = peal_element_parse (&matryoshka, stanza, &how, NULL);
  int levels = 0;
  for (const Zoo *doll = outer; doll->others; levels++) {
    const PealOpen *inner = doll->others->pdata[0];
    if (!inner->element) {
      g_assert_cmpstr (inner->flaw, ==, "<doll> is nested too deeply");
      break;
    }
    doll = inner->value;
  }
  g_assert_cmpint (levels, ==, PEAL_MAX_DEPTH);
  peal_element_free (&matryoshka, outer);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
}

/* --- open children --- */

/* Unknown, known and good, known and bad: three answers, so that a session can give three. */
static void
open_children (void)
{
  g_autoptr(Reading) unknown = read_zoo ("", "<thing xmlns='urn:example:new'><deep/></thing>");
  g_autoptr(Reading) good = read_zoo ("", "<thing xmlns='urn:example:known' id='1'/>");
  g_autoptr(Reading) bad = read_zoo ("", "<thing xmlns='urn:example:known'/>");
  const PealOpen *thing = ((Zoo *) unknown->value)->thing;
  g_autofree char *text = to_text (&zoo_element, unknown->value);

  g_assert_null (thing->element);
  g_assert_null (thing->flaw);
  g_assert_cmpstr (thing->ns, ==, "urn:example:new");
  g_assert_nonnull (strstr (text, "<thing xmlns=\"urn:example:new\"/>"));
  g_assert_true (((Zoo *) good->value)->thing->element == &known_thing);
  thing = ((Zoo *) bad->value)->thing;
  g_assert_null (thing->element);
  g_assert_cmpstr (thing->flaw, ==, "<thing> has no id");
  g_assert_cmpstr (bad->notes->pdata[0], ==, "<thing> has no id");

  PealOpen *copy = peal_open_copy (thing);
  g_assert_true (peal_open_equal (copy, thing));
  g_assert_false (peal_open_equal (copy, ((Zoo *) good->value)->thing));
  g_assert_false (peal_open_equal (copy, NULL));
  g_assert_null (peal_open_new (&known_thing, NULL));
  peal_open_free (copy);
}

/* Trees built by hand set xmlns only where it changes. */
static void
inherited_namespaces (void)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *zoo = xmpp_stanza_new (context), *child = xmpp_stanza_new (context);

  xmpp_stanza_set_name (zoo, "zoo");
  xmpp_stanza_set_ns (zoo, NS);
  xmpp_stanza_set_attribute (zoo, "name", "n");
  xmpp_stanza_set_name (child, "keeper");
  xmpp_stanza_set_attribute (child, "id", "k");
  xmpp_stanza_add_child_ex (zoo, child, FALSE);
  g_assert_true (peal_element_matches (&zoo_element, zoo));
  g_assert_true (peal_element_find (&keeper, zoo) == child);
  g_assert_null (peal_element_find (&animal, zoo));
  g_assert_false (peal_element_matches (&keeper, zoo));

  Zoo *value = peal_element_parse (&zoo_element, zoo, NULL, NULL);
  g_assert_cmpstr (value->keeper->id, ==, "k");
  peal_element_free (&zoo_element, value);
  xmpp_stanza_release (zoo);
  xmpp_ctx_free (context);
}

/* --- what leaves us --- */

static void
print_blanks_secrets (void)
{
  g_autoptr(Reading) reading =
      read_zoo ("secret='hunter2' count='3'", "<keeper id='a\nb c'/><flag/>");
  g_autofree char *line = peal_element_print (&zoo_element, reading->value);

  g_assert_cmpstr (line, ==, "zoo name=n secret=*** count=3 flag {keeper id=\"a b c\"}");

  g_autoptr(Reading) forged = read_zoo ("", "<thing xmlns='urn:x&#10;12:00 online'/>");
  g_autofree char *one_line = peal_element_print (&zoo_element, forged->value);
  g_assert_cmpstr (one_line, ==, "zoo name=n {thing xmlns=\"urn:x 12:00 online\"}");
}

/* A file name may hold what XML may not; it must not cost us the stream. */
static void
build_cleans_text (void)
{
  Zoo *zoo = peal_element_new (&zoo_element);
  zoo->name = g_strdup ("a\001b");
  zoo->note = g_strdup ("x\377y\357\277\277z");
  g_autofree char *text = to_text (&zoo_element, zoo);
  g_autoptr(Reading) reading = read_as (&zoo_element, text);

  g_assert_cmpstr (((Zoo *) reading->value)->name, ==, "a\357\277\275b");
  g_assert_cmpstr (((Zoo *) reading->value)->note, ==, "x\357\277\275y\357\277\275z");
  peal_element_free (&zoo_element, zoo);
}

static void
build_needs_the_required (void)
{
  Zoo *zoo = peal_element_new (&zoo_element);

  g_test_expect_message ("peal", G_LOG_LEVEL_CRITICAL, "*<zoo>*without its name*");
  g_autofree char *text = to_text (&zoo_element, zoo);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (text, ==, "<zoo xmlns=\"" NS "\"/>");
  peal_element_free (&zoo_element, zoo);
}

/* --- all tables --- */

static GRand *
seeded (guint32 *seed)
{
  const char *wish = g_getenv ("PEAL_SEED");

  *seed = wish ? (guint32) strtoul (wish, NULL, 10) : g_random_int ();
  g_test_message ("PEAL_SEED=%u", *seed);
  return g_rand_new_with_seed (*seed);
}

static gpointer
reparse (const PealElement *element, const char *text)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, text);
  g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  const PealReading how = { peal_test_vocabulary (), notes };
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (stanza);
  gpointer value = peal_element_parse (element, stanza, &how, &error);
  if (!value || notes->len)
    g_test_message ("%s\n%s", text, error ? error->message : (char *) notes->pdata[0]);
  g_assert_no_error (error);
  g_assert_cmpuint (notes->len, ==, 0);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return value;
}

static void
round_trip (const PealElement *element, GRand *random)
{
  gpointer value = peal_generate (element, peal_test_vocabulary (), random);
  gpointer other = peal_generate (element, peal_test_vocabulary (), random);
  gpointer copy = peal_element_copy (element, value);
  g_autofree char *text = to_text (element, value);
  g_autofree char *copied = to_text (element, copy);
  g_autofree char *different = to_text (element, other);
  g_autofree char *line = peal_element_print (element, value);
  gpointer again = reparse (element, text);

  g_assert_true (peal_element_equal (element, value, copy));
  g_assert_cmpstr (text, ==, copied);
  if (!peal_element_equal (element, value, again))
    g_test_message ("%s", text);
  g_assert_true (peal_element_equal (element, value, again));
  /* equal tells apart exactly what the wire tells apart */
  g_assert_true (peal_element_equal (element, value, other) == g_str_equal (text, different));
  g_assert_true (g_str_has_prefix (line, element->name));
  peal_element_free (element, value);
  peal_element_free (element, other);
  peal_element_free (element, copy);
  peal_element_free (element, again);
}

static void
random_round_trips (void)
{
  guint32 seed;
  g_autoptr(GRand) random = seeded (&seed);

  for (int i = 0; i < 300; i++) {
    for (const PealElement *const *root = peal_test_roots (); *root; root++)
      round_trip (*root, random);
    for (const PealElement *const *open = peal_test_vocabulary (); *open; open++)
      round_trip (*open, random);
  }
}

/* The quirks of named peers that are data in the tables of XEP-0166. */
static void
reasons (void)
{
  static const struct {
    const char *inside;
    PealReasonCondition condition;
    guint details;
  } cases[] = {
    { "<busy/>", PEAL_REASON_BUSY, 0 },
    { "<failed_transport/>", PEAL_REASON_FAILED_TRANSPORT, 0 }, /* Dino */
    { "<text>why</text><success/>", PEAL_REASON_SUCCESS, 0 },
    { "<moon-phase/><success/>", PEAL_REASON_SUCCESS, 1 },
    { "<moon-phase/>", PEAL_REASON_GENERAL_ERROR, 1 },
    { "<text>why</text>", PEAL_REASON_NONE, 0 },
    { "<moon-phase xmlns='urn:x'/>", PEAL_REASON_NONE, 1 },
    { "", PEAL_REASON_NONE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *xml =
        g_strdup_printf ("<reason xmlns='" PEAL_NS_JINGLE "'>%s</reason>", cases[i].inside);
    g_autoptr(Reading) reading = read_as (&peal_reason_element, xml);
    const PealReason *reason = reading->value;

    g_assert_cmpint (reason->condition, ==, cases[i].condition);
    g_assert_cmpuint (reason->details ? reason->details->len : 0, ==, cases[i].details);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec/everything", everything);
  g_test_add_func ("/codec/nothing", nothing);
  g_test_add_func ("/codec/numbers", numbers);
  g_test_add_func ("/codec/words", words);
  g_test_add_func ("/codec/required", required);
  g_test_add_func ("/codec/lists", lists);
  g_test_add_func ("/codec/floods", floods);
  g_test_add_func ("/codec/depth", depth);
  g_test_add_func ("/codec/open-children", open_children);
  g_test_add_func ("/codec/inherited-namespaces", inherited_namespaces);
  g_test_add_func ("/codec/print-blanks-secrets", print_blanks_secrets);
  g_test_add_func ("/codec/build-cleans-text", build_cleans_text);
  g_test_add_func ("/codec/build-needs-the-required", build_needs_the_required);
  g_test_add_func ("/codec/random-round-trips", random_round_trips);
  g_test_add_func ("/codec/reasons", reasons);
  return g_test_run ();
}
