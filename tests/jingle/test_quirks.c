/* Who is recognised by what it says of itself, and the rows of habits themselves. */
// SPDX-License-Identifier: MIT
#include <locale.h>
#include <string.h>

#include "signaling/jingle/quirks.h"

typedef struct {
  const char *name;    /* of the case */
  const char *node;    /* of its capabilities */
  const char *called;  /* its identity */
  const char *feature; /* one that it says */
  gboolean offers;     /* its offer bundles */
  PealHabits habits;
} Known;

#define STANZA_JS (PEAL_HABIT_FIXED_CONTENTS | PEAL_HABIT_CALLER_RESTARTS)
#define DINO      (PEAL_HABIT_STOPS_BY_MUTE | PEAL_HABIT_NO_REJECT | PEAL_HABIT_NO_RESTART)
#define BUNDLES   (PEAL_HABIT_NAMES_REFUSED | PEAL_HABIT_NARROWS_IN_ACCEPT)

static const Known known[] = {
  { "nobody", NULL, NULL, NULL, FALSE, PEAL_HABIT_NONE },
  { "peal", "https://peal.example", "peal", PEAL_NS_GROUPING, FALSE, PEAL_HABIT_NONE },
  { "dino-by-node", "https://dino.im", NULL, NULL, FALSE, DINO },
  { "dino-by-name", NULL, "Dino", NULL, FALSE, DINO },
  { "stanza-js-by-node", "https://stanzajs.org", NULL, NULL, FALSE, STANZA_JS },
  { "stanza-js-by-feature", NULL, NULL, "urn:ietf:rfc:5888", FALSE, STANZA_JS },
  { "stanza-js-by-offer", NULL, NULL, NULL, TRUE, STANZA_JS | BUNDLES },
  { "pidgin", "http://pidgin.im/", NULL, NULL, FALSE, PEAL_HABIT_NO_RESTART },
  { "gajim", "https://gajim.org", NULL, NULL, FALSE, PEAL_HABIT_NO_RESTART },
  { "a-name-that-begins-alike", NULL, "Dinosaur", NULL, FALSE, PEAL_HABIT_NONE },
};

static PealJingle *
offer_that_bundles (void)
{
  PealJingle *offer = peal_element_new (&peal_jingle_element);
  PealGroup *group = peal_element_new (&peal_group_element);
  group->semantics = g_strdup ("BUNDLE");
  peal_list_append (&offer->groups, group);
  return offer;
}

static void
is_recognised (gconstpointer data)
{
  const Known *known_one = data;
  g_autoptr(PealDiscoInfo) info = peal_disco_info_new ();
  g_autoptr(PealJingle) offer = known_one->offers ? offer_that_bundles () : NULL;
  PealTraits traits = { .node = known_one->node, .message = offer };
  if (known_one->called)
    peal_disco_info_add_identity (info, "client", "pc", known_one->called);
  if (known_one->feature)
    peal_disco_info_add_feature (info, known_one->feature);
  if (known_one->called || known_one->feature)
    traits.info = info;
  g_assert_cmphex (peal_quirks_of (&traits), ==, known_one->habits);
}

/* Each says whose it is and why, and where it was seen; a trace that it names is there. */
static void
rows_are_whole (void)
{
  guint rows = 0;
  for (const PealQuirk *row = peal_quirks; row->client; row++, rows++) {
    g_assert_true (row->is && row->habit && row->why && row->seen);
    if (!g_str_has_suffix (row->seen, ".xml"))
      continue;
    g_autofree char *path =
        g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", row->seen, NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      g_error ("%s: %s is not there", row->client, path);
  }
  g_assert_cmpuint (rows, >, 8);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autofree char *name = g_strdup_printf ("/quirks/%s", known[i].name);
    g_test_add_data_func (name, &known[i], is_recognised);
  }
  g_test_add_func ("/quirks/rows", rows_are_whole);
  return g_test_run ();
}
