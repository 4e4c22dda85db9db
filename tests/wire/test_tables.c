/* All element tables: random values come back from the wire as they left; and what the table of
 * reasons forgives. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/jingle.h"
#include "tests/wire/generate.h"
#include "tests/wire/tables.h"
#include "tests/wire/zoo.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

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
  g_autofree char *text = zoo_text (element, value);
  g_autofree char *copied = zoo_text (element, copy);
  g_autofree char *different = zoo_text (element, other);
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
    g_autoptr(ZooReading) reading = zoo_read_as (&peal_reason_element, xml);
    const PealReason *reason = reading->value;

    g_assert_cmpint (reason->condition, ==, cases[i].condition);
    g_assert_cmpuint (reason->details ? reason->details->len : 0, ==, cases[i].details);
  }
}

/* XEP-0166, example 22. The sid of the other session stands nowhere else. */
static void
alternative_session (void)
{
  g_autoptr(ZooReading) reading = zoo_read_as (
      &peal_reason_element, "<reason xmlns='" PEAL_NS_JINGLE "'><alternative-session>"
                            "<sid>b84tkkwlmb48kgfb</sid></alternative-session></reason>");
  g_autoptr(ZooReading) stray = zoo_read_as (
      &peal_reason_element, "<reason xmlns='" PEAL_NS_JINGLE "'><busy/><sid>b8</sid></reason>");
  const PealReason *reason = reading->value;
  g_autofree char *text = zoo_text (&peal_reason_element, reason);

  g_assert_cmpint (reason->condition, ==, PEAL_REASON_ALTERNATIVE_SESSION);
  g_assert_cmpstr (reason->alternative, ==, "b84tkkwlmb48kgfb");
  g_assert_nonnull (strstr (text, "<sid>b84tkkwlmb48kgfb</sid></alternative-session>"));
  g_assert_null (((PealReason *) stray->value)->alternative);
  g_assert_cmpuint (((PealReason *) stray->value)->details->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tables/random-round-trips", random_round_trips);
  g_test_add_func ("/tables/reasons", reasons);
  g_test_add_func ("/tables/alternative-session", alternative_session);
  return g_test_run ();
}
