/* The trace file: what is blanked on the way in, and that a call tells its transitions. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <string.h>

#include "tests/jingle/glass.h"

static char *
place (void)
{
  g_autofree char *name = g_strdup_printf ("peal-trace-%08x%08x", g_random_int (), g_random_int ());
  return g_build_filename (g_get_tmp_dir (), name, NULL);
}

static void
secrets_are_blanked (void)
{
  static const struct {
    const char *xml, *blanked;
  } rows[] = {
    { "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>SECRET==</auth>",
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>(blanked)</auth>" },
    { "<password xmlns=\"http://example.org/a/b>c\">SECRET</password>",
      "<password xmlns=\"http://example.org/a/b>c\">(blanked)</password>" },
    { "<x:response>SECRET</x:response>", "<x:response>(blanked)</x:response>" },
    { "<success xmlns='urn:xmpp:sasl:2'><additional-data>SECRET</additional-data></success>",
      "<success "
      "xmlns='urn:xmpp:sasl:2'>(blanked)<additional-data>(blanked)</additional-data></success>" },
    { "<auth/>text", "<auth/>text" },
    { "<author>not one</author>", "<author>not one</author>" },
    { "<transport ufrag='abcd' pwd='SECRET'/>", "<transport ufrag='abcd' pwd='(blanked)'/>" },
    { "<service host='a' username=\"SECRET\" password=\"SE'CRET\"/>",
      "<service host='a' username='(blanked)' password='(blanked)'/>" },
  };
  g_autofree char *path = place ();
  PealTrace *trace = peal_trace_open (path, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *blanked = peal_trace_blank (trace, rows[i].xml, strlen (rows[i].xml));
    g_assert_cmpstr (blanked, ==, rows[i].blanked);
  }
  peal_trace_close (trace);
  g_unlink (path);
}

static void
file_is_for_its_owner_alone (void)
{
  g_autofree char *path = place ();
  GStatBuf status;
  g_assert_true (g_file_set_contents_full (path, "", 0, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  peal_trace_close (peal_trace_open (path, NULL));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_unlink (path);
}

static void
transitions_have_both_ends (void)
{
  g_autofree char *path = place ();
  g_autofree char *lines = NULL;
  PealTrace *trace = peal_trace_open (path, NULL);
  g_autoptr(Glass) glass = glass_new ();
  glass_trace (glass, trace);
  Device *alice = glass_add (glass, "alice@glass.test/a", "");
  Device *bob = glass_add (glass, "bob@glass.test/b", "");
  bob->answers = TRUE;
  glass_call (alice, "bob@glass.test");
  glass_wait (alice, "connected");
  g_assert_true (g_file_get_contents (path, &lines, NULL, NULL));
  g_clear_pointer (&glass, glass_free);
  peal_trace_close (trace);
  static const char *const words[] = {
    "\"machine\":\"call\",\"id\":\"%s\",\"from\":\"new\",\"to\":\"finding\"",
    "\"machine\":\"call\",\"id\":\"%s\",\"from\":\"starting\",\"to\":\"running\"",
    "\"machine\":\"invite\",\"id\":\"%s\",\"from\":\"rang\",\"to\":\"proceeded\"",
    "\"machine\":\"session\",\"id\":\"%s\",\"from\":\"new\",\"to\":\"offering\"",
    "\"machine\":\"session\",\"id\":\"%s\",\"from\":\"pending\",\"to\":\"active\"",
  };
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    const char *mark = strstr (words[i], "%s");
    g_autofree char *head = g_strndup (words[i], mark - words[i]);
    g_autofree char *tail = g_strdup (mark + 2);
    g_test_message ("%s", words[i]);
    g_assert_nonnull (strstr (lines, head));
    g_assert_nonnull (strstr (lines, tail));
  }
  g_assert_null (strstr (lines, "\"from\":\"\""));
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/secrets-are-blanked", secrets_are_blanked);
  g_test_add_func ("/trace/file-is-for-its-owner-alone", file_is_for_its_owner_alone);
  g_test_add_func ("/trace/transitions-have-both-ends", transitions_have_both_ends);
  return g_test_run ();
}
