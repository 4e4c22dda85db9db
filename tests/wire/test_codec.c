/* The element codec: every kind of row, every limit and leniency, in and out. */
// SPDX-License-Identifier: MIT
#include "tests/wire/zoo.h"

#include <gio/gio.h>
#include <string.h>

/* --- every kind --- */

static void
everything (void)
{
  g_autoptr(ZooReading) reading = zoo_read_as (
      &zoo_element,
      "<z:zoo xmlns:z='" NS_ZOO "' name='Basel' secret='s' count='100' size='9223372036854775807' "
      "color='rouge' shade='GREEN' open='0' closed='true'> hello <z:note>a &amp; b</z:note>"
      "<z:link to='there'/><z:weight>7</z:weight><red "
      "xmlns='urn:example:mood'><shout>ha</shout></red><z:flag/>"
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
  g_assert_cmpstr (zoo->shout, ==, "ha");
  g_assert_cmpint (zoo->shade, ==, COLOR_GREEN);
  g_assert_false (zoo->open);
  g_assert_true (zoo->closed);
  g_assert_true (zoo->flag);
  g_assert_cmpstr (zoo->keeper->id, ==, "k");
  g_assert_cmpuint (zoo->animals->len, ==, 2);
  g_assert_cmpstr (((Animal *) zoo->animals->pdata[1])->id, ==, "2");
  g_assert_cmpstr (((Animal *) peal_open_value (zoo->thing, &zoo_thing))->id, ==, "t");
  g_assert_null (peal_open_value (zoo->thing, &zoo_animal));
  g_assert_cmpuint (zoo->others->len, ==, 1);
  g_assert_cmpstr (((PealOpen *) zoo->others->pdata[0])->name, ==, "odd");
  g_assert_cmpstr (((PealOpen *) zoo->others->pdata[0])->ns, ==, "urn:example:odd");
}

static void
nothing (void)
{
  g_autoptr(ZooReading) reading = zoo_read ("", "");
  const Zoo *zoo = reading->value;
  g_autofree char *text = zoo_text (&zoo_element, zoo);
  gpointer fresh = peal_element_new (&zoo_element);

  g_assert_no_error (reading->error);
  g_assert_null (zoo->secret);
  g_assert_null (zoo->text);
  g_assert_null (zoo->link);
  g_autoptr(ZooReading) blank = zoo_read ("", " \n ");
  g_assert_null (((Zoo *) blank->value)->text);
  g_assert_cmpint (zoo->size, ==, -1);
  g_assert_cmpint (zoo->weight, ==, -1);
  g_assert_true (zoo->open);
  g_assert_null (zoo->animals);
  g_assert_null (zoo->thing);
  g_assert_cmpstr (text, ==, "<zoo xmlns=\"" NS_ZOO "\" name=\"n\"/>");
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
    g_autoptr(ZooReading) reading = zoo_read (attribute, "");
    const Zoo *zoo = reading->value;

    g_assert_no_error (reading->error); /* optional: bad counts as absent */
    g_assert_cmpuint (zoo->count, ==, 0);
    g_assert_cmpint (zoo->size, ==, i == 0 ? 101 : -1);
    g_assert_cmpuint (reading->notes->len, ==, i == 0 ? 1 : 2);
  }

  g_autoptr(ZooReading) padded = zoo_read ("count='007'", "<weight> 12\n</weight>");
  g_assert_cmpuint (((Zoo *) padded->value)->count, ==, 7);
  g_assert_cmpint (((Zoo *) padded->value)->weight, ==, 12);

  g_autoptr(ZooReading) heavy = zoo_read ("", "<weight>1001</weight>");
  g_assert_cmpint (((Zoo *) heavy->value)->weight, ==, -1);
  g_assert_cmpstr (heavy->notes->pdata[0], ==, "<zoo> weight \"1001\": not in 0..1000");
}

static void
words (void)
{
  g_autoptr(ZooReading) unknown =
      zoo_read ("color='blue' shade='blue'", "<blue xmlns='urn:example:mood'/>");
  g_autoptr(ZooReading) cased = zoo_read ("color='RED' open='maybe' closed='yes'", "");
  g_autoptr(ZooReading) empty = zoo_read ("color='' shade=''", "");
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
  g_assert_cmpint (peal_words_find (zoo_colors, "green"), ==, COLOR_GREEN);
  g_assert_cmpint (peal_words_find (zoo_colors, ""), ==, 0);
  g_assert_cmpint (peal_words_find (zoo_colors, NULL), ==, 0);
}

static void
required (void)
{
  g_autoptr(ZooReading) missing = zoo_read_as (&zoo_element, "<zoo xmlns='" NS_ZOO "'/>");
  g_autoptr(ZooReading) too_long =
      zoo_read_as (&zoo_element, "<zoo xmlns='" NS_ZOO "' name='12345678901'/>");
  g_autoptr(ZooReading) other_ns =
      zoo_read_as (&zoo_element, "<zoo xmlns='urn:example:ark' name='n'/>");
  g_autoptr(ZooReading) other_name =
      zoo_read_as (&zoo_element, "<ark xmlns='" NS_ZOO "' name='n'/>");
  g_autoptr(ZooReading) none = zoo_read_as (&zoo_element, "<zoo name='n'/>");

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
  g_autoptr(ZooReading) reading = zoo_read (
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
  g_autoptr(ZooReading) reading = zoo_read ("", children->str);
  const Zoo *zoo = reading->value;

  g_assert_null (zoo->animals);
  g_assert_cmpuint (zoo->others->len, ==, 2);
  g_assert_cmpuint (reading->notes->len, ==, PEAL_MAX_NOTES);
}

static const PealElement matryoshka = {
  "doll",
  NS_ZOO,
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
    g_string_append (xml, "<doll xmlns='" NS_ZOO "'>");
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
  g_autoptr(ZooReading) unknown = zoo_read ("", "<thing xmlns='urn:example:new'><deep/></thing>");
  g_autoptr(ZooReading) good = zoo_read ("", "<thing xmlns='urn:example:known' id='1'/>");
  g_autoptr(ZooReading) bad = zoo_read ("", "<thing xmlns='urn:example:known'/>");
  const PealOpen *thing = ((Zoo *) unknown->value)->thing;
  g_autofree char *text = zoo_text (&zoo_element, unknown->value);

  g_assert_null (thing->element);
  g_assert_null (thing->flaw);
  g_assert_cmpstr (thing->ns, ==, "urn:example:new");
  g_assert_nonnull (strstr (text, "<thing xmlns=\"urn:example:new\"/>"));
  g_assert_true (((Zoo *) good->value)->thing->element == &zoo_thing);
  thing = ((Zoo *) bad->value)->thing;
  g_assert_null (thing->element);
  g_assert_cmpstr (thing->flaw, ==, "<thing> has no id");
  g_assert_cmpstr (bad->notes->pdata[0], ==, "<thing> has no id");

  PealOpen *copy = peal_open_copy (thing);
  g_assert_true (peal_open_equal (copy, thing));
  g_assert_false (peal_open_equal (copy, ((Zoo *) good->value)->thing));
  g_assert_false (peal_open_equal (copy, NULL));
  g_assert_null (peal_open_new (&zoo_thing, NULL));
  peal_open_free (copy);
}

/* Trees built by hand set xmlns only where it changes. */
static void
inherited_namespaces (void)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *zoo = xmpp_stanza_new (context), *child = xmpp_stanza_new (context);

  xmpp_stanza_set_name (zoo, "zoo");
  xmpp_stanza_set_ns (zoo, NS_ZOO);
  xmpp_stanza_set_attribute (zoo, "name", "n");
  xmpp_stanza_set_name (child, "keeper");
  xmpp_stanza_set_attribute (child, "id", "k");
  xmpp_stanza_add_child_ex (zoo, child, FALSE);
  g_assert_true (peal_element_matches (&zoo_element, zoo));
  g_assert_true (peal_element_find (&zoo_keeper, zoo) == child);
  g_assert_null (peal_element_find (&zoo_animal, zoo));
  g_assert_false (peal_element_matches (&zoo_keeper, zoo));

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
  g_autoptr(ZooReading) reading =
      zoo_read ("secret='hunter2' count='3'", "<keeper id='a\nb c'/><flag/>");
  g_autofree char *line = peal_element_print (&zoo_element, reading->value);

  g_assert_cmpstr (line, ==, "zoo name=n secret=*** count=3 flag {keeper id=\"a b c\"}");

  g_autoptr(ZooReading) forged = zoo_read ("", "<thing xmlns='urn:x&#10;12:00 online'/>");
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
  g_autofree char *text = zoo_text (&zoo_element, zoo);
  g_autoptr(ZooReading) reading = zoo_read_as (&zoo_element, text);

  g_assert_cmpstr (((Zoo *) reading->value)->name, ==, "a\357\277\275b");
  g_assert_cmpstr (((Zoo *) reading->value)->note, ==, "x\357\277\275y\357\277\275z");
  peal_element_free (&zoo_element, zoo);
}

static void
build_needs_the_required (void)
{
  Zoo *zoo = peal_element_new (&zoo_element);

  g_test_expect_message ("peal", G_LOG_LEVEL_CRITICAL, "*<zoo>*without its name*");
  g_autofree char *text = zoo_text (&zoo_element, zoo);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (text, ==, "<zoo xmlns=\"" NS_ZOO "\"/>");
  peal_element_free (&zoo_element, zoo);
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
  return g_test_run ();
}
