/* The stream's XML reader: what it builds, and that nothing a server sends makes it grow, hang or
 * crash. */
// SPDX-License-Identifier: MIT
#include <malloc.h>
#include <string.h>

#include "signaling/stream/reader.h"

#define OPEN                                                                                       \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "                                     \
  "xmlns:stream='http://etherx.jabber.org/streams' id='i1' from='example.org' version='1.0'>"

typedef struct {
  xmpp_ctx_t *context;
  PealReader *reader;
  GString *told; /* what the events said, one line each */
  gboolean restart_on_success;
} Ear;

static void
heard_header (gpointer user, const char *id, const char *from)
{
  Ear *ear = user;
  g_string_append_printf (ear->told, "open %s %s\n", id ? id : "-", from ? from : "-");
}

static void
heard_stanza (gpointer user, xmpp_stanza_t *stanza)
{
  Ear *ear = user;
  char *text;
  size_t length;
  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, 0);
  g_string_append_printf (ear->told, "%s\n", text);
  xmpp_free (ear->context, text);
  if (ear->restart_on_success && strcmp (xmpp_stanza_get_name (stanza), "success") == 0)
    peal_reader_restart (ear->reader);
}

static void
heard_oversize (gpointer user, xmpp_stanza_t *head)
{
  Ear *ear = user;
  const char *id = xmpp_stanza_get_id (head);
  g_assert_null (xmpp_stanza_get_children (head));
  g_string_append_printf (ear->told, "oversize %s %s\n", xmpp_stanza_get_name (head),
                          id ? id : "-");
}

static void
heard_closed (gpointer user)
{
  g_string_append (((Ear *) user)->told, "closed\n");
}

static const PealReaderEvents events = {
  .header = heard_header,
  .stanza = heard_stanza,
  .oversize = heard_oversize,
  .closed = heard_closed,
};

static void
ear_open (Ear *ear)
{
  *ear = (Ear) { .context = xmpp_ctx_new (NULL, NULL), .told = g_string_new (NULL) };
  ear->reader = peal_reader_new (ear->context, &events, ear);
}

static void
ear_close (Ear *ear)
{
  peal_reader_free (ear->reader);
  xmpp_ctx_free (ear->context);
  g_string_free (ear->told, TRUE);
}

static void
says (Ear *ear, const char *bytes)
{
  g_autoptr(GError) error = NULL;
  peal_reader_feed (ear->reader, bytes, strlen (bytes), &error);
  g_assert_no_error (error);
}

static void
is_refused (Ear *ear, const char *bytes, const char *word)
{
  g_autoptr(GError) error = NULL;
  g_assert_false (peal_reader_feed (ear->reader, bytes, strlen (bytes), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  if (!strstr (error->message, word))
    g_error ("\"%s\" does not say \"%s\"", error->message, word);
}

#define STORY                                                                                      \
  OPEN "<message from='a@b' xml:lang='de'><body>Gr&#252;&#223;e &amp; &lt;mehr&gt;</body>"         \
       "<x xmlns='urn:x' a='1'><y/></x></message>\n \n<e:iq xmlns:e='jabber:client' type='get' "   \
       "id='7'>"                                                                                   \
       "<q:query xmlns:q='urn:q'>  </q:query></e:iq><presence/></stream:stream>"

static void
builds_what_was_sent (void)
{
  Ear ear;
  ear_open (&ear);
  says (&ear, STORY);
  g_assert_nonnull (strstr (ear.told->str, "Grüße &amp; &lt;mehr&gt;</body>"));
  g_assert_nonnull (strstr (ear.told->str, "xml:lang=\"de\""));
  g_assert_nonnull (strstr (ear.told->str, "xmlns=\"urn:x\"><y/></x></message>\n"));
  g_assert_nonnull (strstr (ear.told->str, "<query xmlns=\"urn:q\">  </query></iq>\n"));
  g_assert_true (g_str_has_prefix (ear.told->str, "open i1 example.org\n<message"));
  g_assert_true (g_str_has_suffix (ear.told->str, "<presence/>\nclosed\n"));
  ear_close (&ear);
}

/* Split in two at every byte, and byte by byte: the same story, each stanza as soon as it is whole.
 */
static void
split_anywhere (void)
{
  Ear whole;
  ear_open (&whole);
  says (&whole, STORY);
  for (gsize cut = 1; cut < strlen (STORY); cut++) {
    Ear ear;
    ear_open (&ear);
    g_autofree char *first = g_strndup (STORY, cut);
    says (&ear, first);
    says (&ear, STORY + cut);
    g_assert_cmpstr (ear.told->str, ==, whole.told->str);
    ear_close (&ear);
  }
  Ear drip;
  ear_open (&drip);
  for (const char *byte = STORY; *byte; byte++)
    says (&drip, (char[]) { *byte, 0 });
  g_assert_cmpstr (drip.told->str, ==, whole.told->str);
  ear_close (&drip);
  ear_close (&whole);
}

/* An expat that defers reparsing would keep the second half of a tag until more came. */
static void
nothing_waits_for_more (void)
{
  Ear ear;
  ear_open (&ear);
  says (&ear, OPEN "<presence from='somebody@example.org/with-a-long-resource-name' id='half");
  says (&ear, "'/>");
  g_assert_nonnull (strstr (ear.told->str, "<presence"));
  ear_close (&ear);
}

static void
restarts_at_success (void)
{
  Ear ear;
  ear_open (&ear);
  ear.restart_on_success = TRUE;
  says (&ear, OPEN "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/> \n");
  says (&ear, OPEN "<presence/>");
  g_assert_true (g_str_has_suffix (ear.told->str, "<presence/>\n"));
  is_refused (&ear, "<success/><presence/>", "new stream must begin");
  ear_close (&ear);
}

static void
refuses_what_is_no_stream (void)
{
  static const struct {
    const char *bytes, *word;
  } cases[] = {
    { "HTTP/1.1 400 Bad Request\r\n", "not well-formed" },
    { "<html/>", "stream:stream" },
    { "<stream:stream xmlns:stream='urn:other'>", "stream:stream" },
    { "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" OPEN, "document type" },
    { "<!DOCTYPE x>" OPEN, "document type" },
    { OPEN "<!-- a -->", "comment" },
    { OPEN "<?php ?>", "processing instruction" },
    { OPEN "<message><a></b></message>", "mismatched" },
    { OPEN "<message>\xff\xfe</message>", "not well-formed" },
    { OPEN "<message>\xc0\xaf</message>", "not well-formed" },
    { OPEN "<message>\xed\xa0\x80</message>", "not well-formed" },
    { OPEN "<message>&#0;</message>", "invalid character" },
    { OPEN "<message>&other;</message>", "entity" },
    { OPEN "<x:message/>", "prefix" },
    { OPEN "between<message/>", "between" },
    { OPEN "<message a='1' a='2'/>", "duplicate" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Ear ear;
    ear_open (&ear);
    is_refused (&ear, cases[i].bytes, cases[i].word);
    ear_close (&ear);
  }
}

static char *
repeat (const char *what, gsize times)
{
  GString *all = g_string_new (NULL);
  while (times--)
    g_string_append (all, what);
  return g_string_free (all, FALSE);
}

/* Costs its own stanza only: what follows is heard. */
static void
is_passed_over (const char *bytes)
{
  Ear ear;
  ear_open (&ear);
  says (&ear, OPEN "<iq type='get' id='big' from='mallory@example.org'>");
  says (&ear, bytes);
  says (&ear, "</iq><presence id='next'/>");
  g_assert_nonnull (strstr (ear.told->str, "oversize iq big\n"));
  g_assert_true (g_str_has_suffix (ear.told->str, "<presence id=\"next\"/>\n"));
  ear_close (&ear);
}

static void
large_stanzas_are_passed_over (void)
{
  g_autofree char *children = repeat ("<a/>", 60000);
  g_autofree char *deep = repeat ("<a>", 1000);
  g_autofree char *undeep = repeat ("</a>", 1000);
  g_autofree char *both = g_strconcat (deep, undeep, NULL);
  g_autofree char *text = repeat ("0123456789", 7000);
  g_autofree char *lines = repeat ("\n", 256 * 1024);
  g_autofree char *long_text = repeat ("0123456789", 90000);
  g_autofree char *value = g_strdup_printf ("<a b='%s'/>", text);
  GString *many = g_string_new ("<a ");
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (many, "b%u='' ", i);
  g_string_append (many, "/>");
  const char *cases[] = { children, both, text, lines, long_text, value, many->str };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    is_passed_over (cases[i]);
  g_string_free (many, TRUE);
}

/* Just inside the limits: built. */
static void
limits_are_exact (void)
{
  g_autofree char *children = repeat ("<a/>", PEAL_READER_ELEMENTS - 1);
  g_autofree char *text = repeat ("x", PEAL_READER_TEXT);
  g_autofree char *deep = repeat ("<a>", PEAL_READER_DEPTH - 1);
  g_autofree char *undeep = repeat ("</a>", PEAL_READER_DEPTH - 1);
  g_autofree char *nested = g_strconcat (deep, undeep, NULL);
  const char *fits[] = { children, text, nested };
  for (guint i = 0; i < G_N_ELEMENTS (fits); i++) {
    Ear ear;
    ear_open (&ear);
    g_autofree char *stanza = g_strdup_printf (OPEN "<message>%s</message>", fits[i]);
    says (&ear, stanza);
    g_assert_null (strstr (ear.told->str, "oversize"));
    g_assert_nonnull (strstr (ear.told->str, "<message"));
    ear_close (&ear);
  }
  g_autofree char *more = g_strconcat (children, "<a/>", NULL);
  is_passed_over (more);
}

/* White space for ever is a keep-alive, not a stanza that grows. */
static void
white_space_has_no_limit (void)
{
  Ear ear;
  ear_open (&ear);
  g_autofree char *blanks = repeat (" \n", 1000);
  says (&ear, OPEN);
  for (guint i = 0; i < 1500; i++)
    says (&ear, blanks);
  says (&ear, "<presence/>");
  g_assert_nonnull (strstr (ear.told->str, "<presence"));
  ear_close (&ear);
}

/* Feeds @piece until refused, at most 50 MB. Returns how much it took; memory must not follow. */
static gsize
torrent (const char *start, const char *piece, const char *word)
{
  Ear ear;
  ear_open (&ear);
  says (&ear, OPEN);
  says (&ear, start);
  gsize before = mallinfo2 ().uordblks, taken = 0;
  g_autofree char *chunk = repeat (piece, 4000 / strlen (piece));
  g_autoptr(GError) error = NULL;
  while (!error && taken < 50 * 1024 * 1024) {
    peal_reader_feed (ear.reader, chunk, strlen (chunk), &error);
    taken += strlen (chunk);
  }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, word));
  gsize after = mallinfo2 ().uordblks;
  g_test_message ("%s: refused after %" G_GSIZE_FORMAT " KB, memory +%" G_GSSIZE_FORMAT " KB", word,
                  taken / 1024, (gssize) (after - before) / 1024);
  /* expat doubles its buffer: 256 KB of one token may take twice that, and a copy of it. */
  if (after > before)
    g_assert_cmpuint (after - before, <, 1100 * 1024);
  ear_close (&ear);
  return taken;
}

static void
torrents_end (void)
{
  g_assert_cmpuint (torrent ("<message><body>", "text without end ", "1 MB"), <=, 1100 * 1024);
  g_assert_cmpuint (torrent ("<message a='", "attribute", "256 KB"), <=, 300 * 1024);
  g_assert_cmpuint (torrent ("<message>", "<a>", "nested"), <=, 8 * 1024);
  g_assert_cmpuint (torrent ("<message>", "<a b='c'/>", "1 MB"), <=, 1100 * 1024);
  g_assert_cmpuint (torrent ("<", "name", "256 KB"), <=, 300 * 1024);
}

/* Random changes to a good stream: any answer but a crash. */
static void
damage_is_survived (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  g_test_message ("seed %u", seed);
  for (guint round = 0; round < 3000; round++) {
    Ear ear;
    ear_open (&ear);
    g_autofree char *bytes = g_strdup (STORY);
    gsize length = strlen (bytes);
    for (guint i = g_rand_int_range (rand, 1, 6); i > 0; i--)
      bytes[g_rand_int_range (rand, 0, length)] = g_rand_int_range (rand, 0, 256);
    peal_reader_feed (ear.reader, bytes, length, NULL);
    ear_close (&ear);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reader/builds-what-was-sent", builds_what_was_sent);
  g_test_add_func ("/reader/split-anywhere", split_anywhere);
  g_test_add_func ("/reader/nothing-waits-for-more", nothing_waits_for_more);
  g_test_add_func ("/reader/restarts-at-success", restarts_at_success);
  g_test_add_func ("/reader/refuses-what-is-no-stream", refuses_what_is_no_stream);
  g_test_add_func ("/reader/large-stanzas-are-passed-over", large_stanzas_are_passed_over);
  g_test_add_func ("/reader/limits-are-exact", limits_are_exact);
  g_test_add_func ("/reader/white-space-has-no-limit", white_space_has_no_limit);
  g_test_add_func ("/reader/torrents-end", torrents_end);
  g_test_add_func ("/reader/damage-is-survived", damage_is_survived);
  return g_test_run ();
}
