/* What people and scripts are told: sentences, JSON lines in a file, and nothing that steers a
 * terminal. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "cli/printer.h"
#include "cli/quality_line.h"
#include "cli/sentence.h"

static void
safe_text (void)
{
  static const struct {
    const char *text, *safe;
  } rows[] = {
    { "plain, ünï", "plain, ünï" },
    { "\033[2Jclear", "\357\277\275[2Jclear" },
    { "two\nlines\r", "two\357\277\275lines\357\277\275" },
    { "c1 \302\233m", "c1 \357\277\275m" },
    { "\342\200\256moc.elgoog", "\357\277\275moc.elgoog" }, /* right-to-left override */
    { "\330\234moc", "\357\277\275moc" },                   /* Arabic letter mark */
    { "bad \377 byte", "bad \357\277\275 byte" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *safe = peal_sentence_safe (rows[i].text);
    g_assert_cmpstr (safe, ==, rows[i].safe);
  }
}

/* The first time it is news for who wants to know more; after "the server is gone" for everybody.
 */
static void
online_again (void)
{
  static const struct {
    gboolean resumed;
    const char *reason, *sentence;
    int verbose;
  } rows[] = {
    { FALSE, NULL, "online as a@b/c (TLSv1.3)", 1 },
    { TRUE, NULL, "online again as a@b/c (TLSv1.3)", 0 },
    { FALSE, "in a new session", "online again as a@b/c (TLSv1.3), in a new session", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    PealEvent event;
    int verbose;
    peal_event_init (&event, PEAL_EVENT_ONLINE);
    event.jid = g_strdup ("a@b/c");
    event.tls = g_strdup ("TLSv1.3");
    event.resumed = rows[i].resumed;
    event.reason = g_strdup (rows[i].reason);
    g_autofree char *sentence = peal_sentence_of (&event, &verbose);
    g_assert_cmpstr (sentence, ==, rows[i].sentence);
    g_assert_cmpint (verbose, ==, rows[i].verbose);
    peal_event_clear (&event);
  }
}

static void
sentences (void)
{
  PealEvent event;
  int verbose;

  peal_event_init (&event, PEAL_EVENT_CONNECTED);
  event.path.path = "direct";
  event.path.encryption = "dtls-srtp";
  event.path.rtt_ms = 3;
  event.codec = g_strdup ("opus");
  event.setup_ms = 80;
  g_autofree char *connected = peal_sentence_of (&event, &verbose);
  g_assert_cmpstr (connected, ==,
                   "connected: direct, dtls-srtp, opus, round trip 3 ms, after 80 ms");
  g_assert_cmpint (verbose, ==, 0);
  peal_event_clear (&event);

  peal_event_init (&event, PEAL_EVENT_INCOMING);
  event.peer = g_strdup ("mallory@x/\033]0;evil\a");
  event.media = g_strdup ("audio");
  g_autofree char *incoming = peal_sentence_of (&event, &verbose);
  g_assert_cmpstr (incoming, ==, "mallory@x/\357\277\275]0;evil\357\277\275 calls (audio)");
  peal_event_clear (&event);

  peal_event_init (&event, PEAL_EVENT_ENDED); /* of the command: its status says it */
  g_assert_null (peal_sentence_of (&event, &verbose));
  event.call = g_strdup ("sid");
  event.cause = PEAL_CAUSE_DECLINED;
  event.by = PEAL_BY_REMOTE;
  g_autofree char *ended = peal_sentence_of (&event, &verbose);
  g_assert_cmpstr (ended, ==, "call ended: declined, by the other side");
  peal_event_clear (&event);

  for (PealEventKind kind = PEAL_EVENT_ONLINE; kind < PEAL_N_EVENTS; kind++) {
    peal_event_init (&event, kind); /* with nothing told, none may crash */
    event.jid = g_strdup ("a@b");
    event.peer = g_strdup ("c@d");
    event.digit = g_strdup ("5");
    g_free (peal_sentence_of (&event, &verbose));
    peal_event_clear (&event);
  }
}

/* JSON may be read on a terminal too. */
static void
json_steers_no_terminal (void)
{
  static const char text[] = "\033[2J \037 \177 \302\233m \"ünï\"";
  PealEvent event;
  g_autoptr(JsonParser) parser = json_parser_new ();

  peal_event_init (&event, PEAL_EVENT_ERROR);
  event.text = g_strdup (text);
  g_autofree char *json = peal_event_json (&event);
  peal_event_clear (&event);
  for (const char *at = json; *at; at = g_utf8_next_char (at))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
  g_assert_true (json_parser_load_from_data (parser, json, -1, NULL));
  JsonObject *read = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpstr (json_object_get_string_member (read, "text"), ==, text);
}

static void
events_in_a_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("peal-printer-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "events", NULL), *text = NULL;
  const PealOptions options = { .events = path, .quiet = TRUE };
  g_autoptr(GError) error = NULL;
  g_autoptr(PealPrinter) printer = peal_printer_new (&options, &error);
  GStatBuf status;

  g_assert_no_error (error);
  g_set_error (&error, PEAL_CAUSE, PEAL_CAUSE_BUSY, "bob@example.org is \"busy\"");
  PealEvent event;
  peal_event_init (&event, PEAL_EVENT_RINGING);
  peal_printer_event (printer, &event);
  peal_event_clear (&event);
  g_assert_cmpint (peal_printer_leave (printer, error), ==, 5);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);

  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3); /* and an empty one */
  g_autoptr(JsonParser) parser = json_parser_new ();
  g_assert_true (json_parser_load_from_data (parser, lines[1], -1, NULL));
  JsonObject *ended = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpstr (json_object_get_string_member (ended, "event"), ==, "ended");
  g_assert_cmpstr (json_object_get_string_member (ended, "cause"), ==, "busy");
  g_assert_cmpstr (json_object_get_string_member (ended, "reason"), ==,
                   "bob@example.org is \"busy\"");
  g_assert_cmpint (json_object_get_int_member (ended, "status"), ==, 5);
  g_unlink (path);
  g_rmdir (folder);
}

static void
places_that_cannot_be (void)
{
  static const char *const places[] = { "fd:99", "fd:x", "fd:-1", "/nonexistent/events" };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    const PealOptions options = { .events = (char *) places[i] };
    g_autoptr(GError) error = NULL;
    g_assert_null (peal_printer_new (&options, &error));
    g_assert_true (error->domain == PEAL_CAUSE);
  }
}

/* One line after a call in which something was heard; nothing of what is not known. */
static void
quality_of_a_call (void)
{
  PealEvent event;
  PealStats stats;

  peal_event_init (&event, PEAL_EVENT_ENDED);
  peal_stats_init (&stats);
  peal_event_add_last (&event, "voice", &stats);
  g_assert_null (peal_quality_line (&event)); /* the command's end, not a call's */
  event.call = g_strdup ("sid");
  g_assert_null (peal_quality_line (&event)); /* nobody heard anything */
  stats.packets_received = 975;
  stats.lost = 25;
  stats.late = 10;
  stats.concealed = 0.021;
  stats.jitter_ms = 4.4;
  stats.quality_r = 84.6;
  stats.mos = 4.22;
  peal_event_add_last (&event, "voice", &stats);
  g_autofree char *line = peal_quality_line (&event);
  g_assert_cmpstr (line, ==,
                   "quality of what was heard: lost 2.5 %, late 1.0 %, concealed 2.1 %, jitter 4 "
                   "ms, R 85, MOS 4.2 (E-model, ITU-T G.107)");
  peal_event_clear (&event);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/printer/safe-text", safe_text);
  g_test_add_func ("/cli/printer/sentences", sentences);
  g_test_add_func ("/cli/printer/json-steers-no-terminal", json_steers_no_terminal);
  g_test_add_func ("/cli/printer/quality", quality_of_a_call);
  g_test_add_func ("/cli/printer/again", online_again);
  g_test_add_func ("/cli/printer/events-in-a-file", events_in_a_file);
  g_test_add_func ("/cli/printer/places-that-cannot-be", places_that_cannot_be);
  return g_test_run ();
}
