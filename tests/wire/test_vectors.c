/* Every stanza in tests/vectors: parsed, built, parsed again, and nothing known left unread.
 *
 * The folder holds traces of other programs and the examples of the specifications; where each
 * comes from is in its README. */
// SPDX-License-Identifier: MIT
#include "tests/wire/tables.h"

#include "media/rtp_wire.h"
#include "signaling/wire/condition.h"
#include "transfer/file_wire.h"
#include "transport/transport_wire.h"

#include <gio/gio.h>
#include <string.h>

/* Notes that are as they should be: what the peer wrote is wrong or beyond us, and this is how it
 * is passed over. A note that is not in this list fails the test, so that no reader grows lax. */
static const char *const expected_notes[] = {
  NULL,
};

/* What is read over without a note, because nothing of it is of use to us: "ns name
 * attribute=value". */
static const char *const expected_losses[] = {
  "http://gultsch.de/xmpp/drafts/omemo/dlts-srtp-verification *", /* Dino: OMEMO beside the call */
  "urn:xmpp:jingle:1 failed_transport",                       /* Dino: comes back with its hyphen */
  "urn:xmpp:jingle:apps:rtp:1 payload-type channels=0",       /* Pidgin: not said */
  "urn:xmpp:jingle:apps:rtp:1 encryption required=1",         /* comes back as true */
  "urn:xmpp:jingle:transports:webrtc-datachannel:0 channel*", /* DCEP opens them (XEP-0343) */
  "urn:xmpp:jingle:apps:some-file description media=file",    /* unknown: only its name is kept */
  "urn:xmpp:jingle:apps:file-transfer:3 *",                   /* XEP-0343: older than ours */
  "urn:xmpp:hashes:1 *",                                      /* likewise */
  "urn:xmpp:jingle:transports:ibb:0 *",                       /* XEP-0166: likewise */
  "urn:xmpp:jingle:security:xtls:0 *",   /* XEP-0166: a draft that nobody took up */
  "urn:xmpp:jingle:dtmf:0 dtmf-method*", /* see expected_strangers */
  "http://jabber.org/protocol/si/profile/profile-name *", /* XEP-0095: of no real profile */
  NULL,
};

/* Open children in a namespace of ours that have no table, on purpose. */
static const char *const expected_strangers[] = {
  "dtmf-method", /* XEP-0181 of 2007: which tones to send is agreed on as a payload type */
  NULL,
};

typedef struct {
  xmpp_ctx_t *context;
  const char *file;
  guint stanzas, elements, descriptions, transports, candidates, conditions, failures;
} Reader;

static gboolean
matches_any (const char *const *patterns, const char *text)
{
  for (; *patterns; patterns++) {
    if (g_pattern_match_simple (*patterns, text))
      return TRUE;
  }
  return FALSE;
}

static void
complain (Reader *reader, const char *what, const char *detail)
{
  g_test_message ("%s: %s: %s", reader->file, what, detail);
  reader->failures++;
}

/* --- what must not be left unread --- */

static gboolean
is_known_namespace (const char *ns)
{
  for (const PealElement *const *known = peal_test_vocabulary (); *known; known++) {
    if (g_strcmp0 ((*known)->ns, ns) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
check_open (Reader *reader, const PealOpen *open)
{
  if (open && !open->element && is_known_namespace (open->ns) &&
      !matches_any (expected_strangers, open->name))
    complain (reader, "left unread", open->flaw ? open->flaw : open->name);
}

static void
check_content (Reader *reader, const PealContent *content)
{
  const PealIceTransport *ice = peal_open_value (content->transport, &peal_ice_transport_element);

  check_open (reader, content->description);
  check_open (reader, content->transport);
  reader->descriptions += content->description && content->description->element;
  reader->transports += content->transport && content->transport->element;
  reader->candidates += ice && ice->candidates ? ice->candidates->len : 0;
}

static void
check_inside (Reader *reader, const PealElement *element, gconstpointer value)
{
  if (element == &peal_jingle_element) {
    const PealJingle *jingle = value;
    for (guint i = 0; jingle->contents && i < jingle->contents->len; i++)
      check_content (reader, jingle->contents->pdata[i]);
    for (guint i = 0; jingle->infos && i < jingle->infos->len; i++)
      check_open (reader, jingle->infos->pdata[i]);
  } else if (element->size == sizeof (PealInviteMessage) &&
             strcmp (element->name, "propose") == 0) {
    const PealInviteMessage *propose = value;
    for (guint i = 0; propose->descriptions && i < propose->descriptions->len; i++)
      check_open (reader, propose->descriptions->pdata[i]);
  }
}

/* --- what got lost --- */

/* Counts, by @sign, every element and attribute in @stanza: "ns name" and "ns name
 * attribute=value". */
static void
count_parts (GHashTable *counts, xmpp_stanza_t *stanza, int sign)
{
  const char *name = xmpp_stanza_get_name (stanza), *ns = xmpp_stanza_get_ns (stanza);
  int n = xmpp_stanza_get_attribute_count (stanza);
  g_autofree const char **attributes = g_new0 (const char *, 2 * n + 1);
  g_autoptr(GPtrArray) parts = g_ptr_array_new ();

  xmpp_stanza_get_attributes (stanza, attributes, 2 * n);
  g_ptr_array_add (parts, g_strdup_printf ("%s %s", ns, name));
  for (int i = 0; i < 2 * n; i += 2) {
    if (strcmp (attributes[i], "xmlns") != 0)
      g_ptr_array_add (parts,
                       g_strdup_printf ("%s %s %s=%s", ns, name, attributes[i], attributes[i + 1]));
  }
  for (guint i = 0; i < parts->len; i++) {
    int count = GPOINTER_TO_INT (g_hash_table_lookup (counts, parts->pdata[i]));
    g_hash_table_insert (counts, parts->pdata[i], GINT_TO_POINTER (count + sign));
  }
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child;
       child = xmpp_stanza_get_next (child)) {
    if (xmpp_stanza_is_tag (child))
      count_parts (counts, child, sign);
  }
}

static void
check_losses (Reader *reader, xmpp_stanza_t *before, xmpp_stanza_t *after)
{
  g_autoptr(GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer part, count;

  count_parts (counts, before, 1);
  count_parts (counts, after, -1);
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &part, &count)) {
    if (GPOINTER_TO_INT (count) > 0 && !matches_any (expected_losses, part))
      complain (reader, "lost", part);
  }
}

/* --- one element --- */

static void
check_round_trip (Reader *reader, const PealElement *element, gconstpointer value,
                  xmpp_stanza_t *original)
{
  xmpp_stanza_t *built = peal_element_build (element, value, reader->context);
  char *text = NULL;
  size_t length = 0;
  const PealReading how = { peal_test_vocabulary (), NULL };

  g_assert_cmpint (xmpp_stanza_to_text (built, &text, &length), ==, XMPP_EOK);
  xmpp_stanza_t *reread = xmpp_stanza_new_from_string (reader->context, text);
  gpointer again = reread ? peal_element_parse (element, reread, &how, NULL) : NULL;
  if (!peal_element_equal (element, value, again))
    complain (reader, "came back different", text);
  check_losses (reader, original, reread);
  peal_element_free (element, again);
  if (reread)
    xmpp_stanza_release (reread);
  xmpp_free (reader->context, text);
  xmpp_stanza_release (built);
}

static void
check_element (Reader *reader, const PealElement *element, xmpp_stanza_t *stanza)
{
  g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  const PealReading how = { peal_test_vocabulary (), notes };
  g_autoptr(GError) error = NULL;
  gpointer value = peal_element_parse (element, stanza, &how, &error);

  reader->elements++;
  for (guint i = 0; i < notes->len; i++) {
    if (!matches_any (expected_notes, notes->pdata[i]))
      complain (reader, "unexpected note", notes->pdata[i]);
  }
  if (!value) {
    if (!matches_any (expected_notes, error->message))
      complain (reader, "refused", error->message);
    return;
  }
  check_inside (reader, element, value);
  check_round_trip (reader, element, value, stanza);
  peal_element_free (element, value);
}

/* --- errors --- */

/* Programs that write an <error/> without a condition exist; one that we do not know must not. */
static void
check_condition (Reader *reader, xmpp_stanza_t *stanza)
{
  xmpp_stanza_t *inside = xmpp_stanza_get_child_by_name (stanza, "error");
  xmpp_stanza_t *child = inside ? xmpp_stanza_get_children (inside) : NULL;
  g_autoptr(GError) error = NULL;

  while (child && !xmpp_stanza_is_tag (child))
    child = xmpp_stanza_get_next (child);
  peal_condition_read (stanza, &error);
  reader->conditions++;
  if (child && error->code == PEAL_UNDEFINED_CONDITION)
    complain (reader, "unknown condition", xmpp_stanza_get_name (child));
}

/* --- files --- */

/* The table of @stanza: of what stanzas carry, or of a description that a specification shows
 * alone. */
static const PealElement *
find_table (xmpp_stanza_t *stanza)
{
  const PealElement *const *lists[] = { peal_test_roots (), peal_test_vocabulary () };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++) {
    for (const PealElement *const *table = lists[i]; *table; table++) {
      if (peal_element_matches (*table, stanza))
        return *table;
    }
  }
  return NULL;
}

/* Looks for our elements at any depth: traces wrap stanzas, carbons wrap messages. */
static void
walk (Reader *reader, xmpp_stanza_t *stanza)
{
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child;
       child = xmpp_stanza_get_next (child)) {
    const char *name = xmpp_stanza_get_name (child);

    if (!xmpp_stanza_is_tag (child))
      continue;
    if (strcmp (name, "iq") == 0 || strcmp (name, "message") == 0 || strcmp (name, "presence") == 0)
      reader->stanzas++;
    if (g_strcmp0 (xmpp_stanza_get_type (child), "error") == 0)
      check_condition (reader, child);

    const PealElement *table = find_table (child);
    if (table)
      check_element (reader, table, child);
    else
      walk (reader, child);
  }
}

static void
read_folder (gconstpointer data)
{
  const char *folder = ((const char *const *) data)[0];
  guint at_least = g_ascii_strtoull (((const char *const *) data)[1], NULL, 10);
  g_autofree char *path =
      g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", folder, NULL);
  g_autoptr(GDir) files = g_dir_open (path, 0, NULL);
  Reader reader = { .context = xmpp_ctx_new (NULL, NULL) };

  g_assert_nonnull (files);
  while ((reader.file = g_dir_read_name (files))) {
    g_autofree char *file = g_build_filename (path, reader.file, NULL);
    g_autofree char *text = NULL;

    if (!g_str_has_suffix (file, ".xml"))
      continue;
    g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
    /* libstrophe parses within a stream, where no XML declaration may stand. */
    const char *start = g_str_has_prefix (text, "<?xml") ? strstr (text, "?>") + 2 : text;
    xmpp_stanza_t *trace = xmpp_stanza_new_from_string (reader.context, start);
    if (!trace) {
      complain (&reader, "not XML", "");
      continue;
    }
    walk (&reader, trace);
    xmpp_stanza_release (trace);
  }
  g_test_message ("%s: %u stanzas, %u elements, %u descriptions, %u transports, "
                  "%u ICE candidates, %u errors",
                  folder, reader.stanzas, reader.elements, reader.descriptions, reader.transports,
                  reader.candidates, reader.conditions);
  g_assert_cmpuint (reader.failures, ==, 0);
  g_assert_cmpuint (reader.elements, >=, at_least);
  xmpp_ctx_free (reader.context);
}

int
main (int argc, char **argv)
{
  /* Folder, and how many elements it has at least: an empty one fails. */
  static const char *const folders[][2] = {
    { "xep", "196" },
    { "dino", "95" },
    { "legacy", "93" },
    { "webrtc", "359" },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *name = g_strconcat ("/vectors/", folders[i][0], NULL);
    g_test_add_data_func (name, folders[i], read_folder);
  }
  return g_test_run ();
}
