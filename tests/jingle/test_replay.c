/* The calls of real programs, out of tests/vectors, said again to an endpoint of ours in the place
 * of either side: every request of theirs gets one right answer, and the call ends as theirs did.
 */
// SPDX-License-Identifier: MIT
#include "tests/jingle/hollow.h"
#include "tests/jingle/replay.h"
#include "tests/jingle/victim.h"

#include <gio/gio.h>
#include <string.h>

typedef struct {
  Replay *replay;
  const char *trace; /* "dino/02-audio-call" */
  const char *speaker, *us;
  gboolean calls, accepted;
  Victim *victim;
  char *sid; /* ours; NULL: theirs */
  guint asked;
} Stage;

/* Requests that are answered otherwise than the program did which they were for, and why. */
typedef struct {
  const char *trace, *action;
  const char *answer;
  const char *why;
} Exception;

static const Exception exceptions[] = {
  { "webrtc/node-node-decline.caller", "transport-info", "result",
    "the program declined before they came; our user is asked first" },
  { NULL, NULL, NULL, NULL },
};

static const char *
expected_answer (const Stage *stage, const ReplayLine *line)
{
  const char *action = replay_action (line);

  for (const Exception *exception = exceptions; exception->trace; exception++)
    if (g_pattern_match_simple (exception->trace, stage->trace) &&
        g_strcmp0 (exception->action, action) == 0)
      return exception->answer;
  return replay_answer (stage->replay, line);
}

static gboolean
is_end (const char *action)
{
  static const char *const ends[] = { "session-terminate", "retract", "reject", NULL };

  return action && g_strv_contains (ends, action);
}

/* By the reason, or by the action that has none. */
typedef struct {
  const char *word;
  PealReasonCondition reason;
  PealCause cause;
} Ending;

static const Ending endings[] = {
  { "retract", PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED },
  { "cancel", PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED },
  { "reject", PEAL_REASON_DECLINE, PEAL_CAUSE_DECLINED },
  { "decline", PEAL_REASON_DECLINE, PEAL_CAUSE_DECLINED },
  { "busy", PEAL_REASON_BUSY, PEAL_CAUSE_BUSY },
  { "gone", PEAL_REASON_GONE, PEAL_CAUSE_LOST },
  { "success", PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS },
};

static const Ending *
ending_of (const ReplayLine *line)
{
  const char *reason = replay_reason (line);
  const char *word = reason ? reason : replay_action (line);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_strcmp0 (endings[i].word, word) == 0)
      return &endings[i];
  g_error ("no ending is known by %s", word);
}

/* --- what they say --- */

static gboolean
is_to_us (const Stage *stage, const ReplayLine *line)
{
  return g_strcmp0 (line->from, stage->speaker) == 0 &&
         (!line->to || g_strcmp0 (line->to, stage->us) == 0);
}

static void
check_answer (Stage *stage, const ReplayLine *line)
{
  const Victim *victim = stage->victim;
  const char *expected = expected_answer (stage, line), *action = replay_action (line);
  const char *given = strstr (victim->answer->str, "type=\"error\"") ? "error" : "result";

  if (victim->answers != 1)
    g_error ("%s: %s has %u answers", stage->trace, action, victim->answers);
  if (expected && !g_str_equal (expected, given) && !stage->replay->file)
    g_error ("%s: %s is answered: %s", stage->trace, action, victim->answer->str);
}

static void
they_say (Stage *stage, const ReplayLine *line)
{
  Victim *victim = stage->victim;
  g_autofree char *id = g_strdup_printf ("said%u", stage->asked++);
  gboolean asks = replay_asks (line);
  ReplayCast cast = { ALICE, asks ? VICTIM : "bob@glass.test", id, stage->sid, stage->calls };

  if (!asks && !g_str_equal (xmpp_stanza_get_name (line->stanza), "message"))
    return; /* an answer: ours are given as soon as we ask */
  g_autofree char *text = replay_line (stage->replay, line, &cast);
  /* All answers are counted, so that one too many to what was said before shows too. */
  victim_ask (victim, NULL, text);
  victim_settle (victim);
  if (asks)
    check_answer (stage, line);
  else
    g_assert_cmpuint (victim->answers, ==, 0);
}

/* --- what we do where the other did --- */

static void
we_call (Stage *stage)
{
  static const char there[] = "<presence from='" ALICE "' to='" VICTIM "'/>";
  Victim *victim = stage->victim;

  if (stage->sid)
    return;
  victim_feed (victim, there, strlen (there));
  victim_settle (victim);
  stage->sid = peal_endpoint_call (
      victim->endpoint, stage->replay->proposed ? "alice@glass.test" : ALICE, &victim->policy);
  victim_wait_said (victim, stage->replay->proposed ? "<propose" : "session-initiate");
}

static void
we_accept (Stage *stage)
{
  if (stage->accepted)
    return;
  stage->accepted = TRUE;
  g_assert_true (peal_endpoint_accept (stage->victim->endpoint, stage->victim->sid));
  victim_settle (stage->victim);
}

static void
we_end (Stage *stage, const ReplayLine *line)
{
  const Ending *ending = ending_of (line);
  Victim *victim = stage->victim;

  if (victim->ended)
    return;
  if (!stage->calls && !stage->accepted)
    peal_endpoint_reject (victim->endpoint, victim->sid, ending->reason);
  else
    peal_endpoint_hangup (victim->endpoint, victim->sid, ending->reason, ending->cause);
  victim_settle (victim);
}

static void
we_show (Stage *stage)
{
  g_autoptr(GError) error = NULL;

  if (!peal_endpoint_send_content (stage->victim->endpoint, stage->victim->sid, "video", TRUE,
                                   &error))
    g_error ("%s: %s", stage->trace, error->message);
  victim_settle (stage->victim);
}

static void
we_do (Stage *stage, const ReplayLine *line)
{
  const char *action = replay_action (line);

  if (g_str_equal (action, "propose") || g_str_equal (action, "session-initiate"))
    we_call (stage);
  else if (g_str_equal (action, "proceed") || g_str_equal (action, "session-accept"))
    we_accept (stage);
  else if (g_str_equal (action, "content-add") || g_str_equal (action, "content-modify"))
    we_show (stage);
  else if (is_end (action))
    we_end (stage, line);
}

/* --- the play --- */

#define FEATURES(more)                                                                             \
  "<query xmlns='http://jabber.org/protocol/disco#info'>"                                          \
  "<feature var='urn:xmpp:jingle:1'/><feature var='urn:xmpp:jingle:apps:rtp:1'/>"                  \
  "<feature var='urn:xmpp:jingle:transports:ice-udp:1'/>"                                          \
  "<feature var='urn:xmpp:jingle:apps:rtp:audio'/><feature "                                       \
  "var='urn:xmpp:jingle:apps:rtp:video'/>" more "</query>"
#define DTLS                                                                                       \
  "<feature var='urn:xmpp:jingle:apps:dtls:0'/><feature var='urn:xmpp:jingle-message:0'/>"

/* What these programs say of themselves, as far as we look at it. */
static const char *
disco_of (const Stage *stage)
{
  if (g_str_has_prefix (stage->trace, "dino/"))
    return FEATURES (DTLS "<identity category='client' type='pc' name='Dino'/>");
  if (g_str_has_prefix (stage->trace, "webrtc/"))
    return FEATURES (DTLS "<feature var='urn:ietf:rfc:5888'/><feature var='urn:ietf:rfc:5576'/>");
  return FEATURES ("");
}

static Stage *
stage_new (const char *trace, gboolean calls)
{
  Stage *stage = g_new0 (Stage, 1);
  g_autofree char *name = g_strconcat (trace, ".xml", NULL);
  g_autofree char *path =
      g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", name, NULL);

  stage->replay = replay_read (path);
  stage->trace = trace;
  stage->calls = calls;
  stage->speaker = calls ? stage->replay->callee : stage->replay->caller;
  stage->us = calls ? stage->replay->caller : stage->replay->callee;
  stage->victim = victim_new_seeing (replay_offers (stage->replay, "video"));
  stage->victim->disco = disco_of (stage);
  if (g_str_has_prefix (trace, "legacy/")) { /* neither Pidgin nor Gajim encrypts calls */
    stage->victim->policy.encryption = PEAL_ENCRYPTION_NONE;
    peal_endpoint_set_policy (stage->victim->endpoint, &stage->victim->policy);
  }
  return stage;
}

static void
stage_free (Stage *stage)
{
  victim_free (stage->victim);
  replay_free (stage->replay);
  g_free (stage->sid);
  g_free (stage);
}

static void
play (Stage *stage)
{
  const GPtrArray *lines = stage->replay->lines;

  for (guint i = 0; i < lines->len; i++) {
    const ReplayLine *line = lines->pdata[i];
    if (is_to_us (stage, line))
      they_say (stage, line);
    else if (g_strcmp0 (line->from, stage->us) == 0 && replay_action (line) && !stage->replay->file)
      we_do (stage, line);
  }
}

/* --- how it went --- */

/* It ended as the trace says that it did. */
static void
check_end (const Stage *stage)
{
  const GPtrArray *lines = stage->replay->lines;
  const Victim *victim = stage->victim;
  const ReplayLine *end = NULL;

  for (guint i = 0; i < lines->len && !end; i++)
    if (is_end (replay_action (lines->pdata[i])))
      end = lines->pdata[i];
  g_assert_nonnull (end);
  g_assert_cmpuint (victim->ended, ==, 1);
  g_assert_cmpstr (peal_cause_word (victim->cause), ==, peal_cause_word (ending_of (end)->cause));
  g_assert_cmpuint (peal_endpoint_count (victim->endpoint), ==, 0);
}

/* What the program did of the negotiation, we did. */
static void
check_said (const Stage *stage)
{
  static const char *const deeds[] = { "session-initiate", "session-accept", "content-add",
                                       "content-accept",   "propose",        "proceed",
                                       "reject",           "retract",        NULL };
  const GPtrArray *lines = stage->replay->lines;

  for (guint i = 0; i < lines->len; i++) {
    const ReplayLine *line = lines->pdata[i];
    const char *action = replay_action (line);
    if (g_strcmp0 (line->from, stage->us) != 0 || !action || !g_strv_contains (deeds, action))
      continue;
    g_autofree char *jingle = g_strdup_printf ("action=\"%s\"", action);
    g_autofree char *invite = g_strdup_printf ("<%s ", action);
    const char *said = stage->victim->said->str;
    if (!strstr (said, jingle) && !strstr (said, invite))
      g_error ("%s: never said %s, but %s", stage->trace, action, said);
  }
}

/* What we accept has as many contents that live as theirs had: a picture is not left out. (Which
 * codecs there are depends on the machine: H.264 alone may be none.) */
static void
check_picture (const Stage *stage)
{
  const GPtrArray *lines = stage->replay->lines;
  gboolean seen = FALSE;

  for (guint i = 0; i < lines->len; i++) {
    const ReplayLine *line = lines->pdata[i];
    if (g_strcmp0 (line->from, stage->us) == 0)
      seen |= replay_has_media (line, "video");
  }
  if (seen && !g_str_has_suffix (stage->trace, "h264.caller"))
    g_assert_nonnull (strstr (stage->victim->said->str, "media=\"video\""));
}

/* What was opened while it rang knows by what name the offer called it: packets say it (RFC 8843).
 */
static void
check_names (const Stage *stage)
{
  for (guint i = 0; i < stage->victim->policy.n_wishes; i++) {
    const HollowConfig *config = stage->victim->policy.wishes[i].config;
    g_autofree char *called = g_strdup_printf ("name=\"%s\"", config->name);
    if (config->started && !strstr (stage->victim->said->str, called))
      g_error ("%s: the media of %s were not told its name", stage->trace, config->name);
  }
}

/* Pidgin and Gajim know no rtcp-mux: RTCP has a component of its own. Dino has candidates of two
 * and does: one is enough. */
static void
check_components (const Stage *stage)
{
  gboolean two = strstr (stage->victim->said->str, "component=\"2\"") != NULL;

  g_assert_cmpint (two, ==, g_str_has_prefix (stage->trace, "legacy/"));
}

static void
in_the_place_of (const char *trace, gboolean calls)
{
  Stage *stage = stage_new (trace, calls);

  play (stage);
  check_end (stage);
  check_said (stage);
  check_picture (stage);
  check_names (stage);
  check_components (stage);
  stage_free (stage);
  g_assert_cmpint (hollow_open, ==, 0);
}

/* We take no files yet: the offer is turned away, and whatever follows of it gets an answer. */
static void
a_file_is_turned_away (gconstpointer trace)
{
  Stage *stage = stage_new (trace, FALSE);

  play (stage);
  g_assert_cmpuint (stage->asked, >, 0);
  g_assert_nonnull (strstr (stage->victim->said->str, "unsupported-applications"));
  g_assert_cmpuint (peal_endpoint_count (stage->victim->endpoint), ==, 0);
  stage_free (stage);
  g_assert_cmpint (hollow_open, ==, 0);
}

static void
in_the_callees_place (gconstpointer trace)
{
  in_the_place_of (trace, FALSE);
}

static void
in_the_callers_place (gconstpointer trace)
{
  in_the_place_of (trace, TRUE);
}

/* --- all traces --- */

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Of every file in @folder: "dino/02-audio-call". */
static GPtrArray *
list_traces (const char *folder)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", folder, NULL);
  g_autoptr(GDir) directory = g_dir_open (path, 0, NULL);
  GPtrArray *traces = g_ptr_array_new_with_free_func (g_free);

  g_assert_nonnull (directory);
  for (const char *name; (name = g_dir_read_name (directory));)
    if (g_str_has_suffix (name, ".xml"))
      g_ptr_array_add (traces, g_strdup_printf ("%s/%.*s", folder, (int) strlen (name) - 4, name));
  g_ptr_array_sort (traces, by_name);
  return traces;
}

static void
add_trace (char *trace)
{
  g_autofree char *file = g_strconcat (trace, ".xml", NULL);
  g_autofree char *path =
      g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", file, NULL);
  g_autoptr(Replay) replay = replay_read (path);
  g_autofree char *callee = g_strconcat ("/replay/callee/", trace, NULL);
  g_autofree char *caller = g_strconcat ("/replay/caller/", trace, NULL);

  if (!replay->caller)
    return;
  if (replay->file) {
    g_test_add_data_func (callee, trace, a_file_is_turned_away);
    return;
  }
  g_test_add_data_func (callee, trace, in_the_callees_place);
  g_test_add_data_func (caller, trace, in_the_callers_place);
}

int
main (int argc, char **argv)
{
  static const char *const folders[] = { "dino", "legacy", "webrtc" };
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    GPtrArray *traces = list_traces (folders[i]);
    g_ptr_array_add (all, traces);
    g_ptr_array_foreach (traces, (GFunc) (void (*) (void)) add_trace, NULL);
  }
  return g_test_run ();
}
