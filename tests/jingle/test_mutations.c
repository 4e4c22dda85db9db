/* Every Jingle message with one thing wrong, in every state of a call, through the whole endpoint:
 * exactly one answer each, nothing breaks, and the next call is as good as the first. */
// SPDX-License-Identifier: MIT
#include <locale.h>
#include <string.h>

#include "signaling/jingle/endpoint_inner.h"
#include "tests/jingle/hollow.h"
#include "tests/jingle/victim.h"
#include "tests/wire/mutate.h"

#ifdef __SANITIZE_ADDRESS__
#define BRIEF TRUE /* each costs several times as much there */
#else
#define BRIEF FALSE
#endif

#define NS(ns) " xmlns='urn:xmpp:jingle:" ns "'"
/* Of the hollow plug-ins, and of the clothed ones. */
#define ICE_CANDIDATE                                                                              \
  "<candidate component='1' foundation='1' generation='0' id='c1' ip='192.0.2.1' network='0' "     \
  "port='5000' priority='2130706431' protocol='udp' type='srflx' rel-addr='10.0.0.1' "             \
  "rel-port='5001'/>"
#define FINGERPRINT                                                                                \
  "<fingerprint" NS ("apps:dtls:0") " hash='sha-256' setup='actpass'>"                             \
                                    "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:" \
                                    "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:"                            \
                                    "AB</fingerprint>"
static const struct {
  const char *transport, *payload, *picture;
} suits[2] = {
  { "<transport xmlns='urn:peal:test:hollow' ufrag='abcd' fingerprint='AB:CD'/>",
    "id='96' name='hollow' clockrate='48000'", "id='96' name='hollow' clockrate='90000'" },
  { "<transport" NS (
        "transports:ice-udp:1") " ufrag='abcd' pwd='abcdefghijklmnopqrstuvwx'>" ICE_CANDIDATE
        FINGERPRINT "</transport>",
    "id='111' name='opus' clockrate='48000'", "id='96' name='VP8' clockrate='90000'" },
};

#define TRANSPORT   "@TRANSPORT@"
#define DESCRIPTION "<description" NS ("apps:rtp:1") " media='audio'>"
#define LEAN        DESCRIPTION "<payload-type @PAYLOAD@ channels='2'/></description>"
#define PICTURE                                                                                    \
  "<description" NS ("apps:rtp:1") " media='video'><payload-type @PICTURE@/></description>"
#define RICH                                                                                       \
  DESCRIPTION                                                                                      \
  "<payload-type @PAYLOAD@ channels='2' ptime='20' maxptime='60'><parameter "                      \
  "name='useinbandfec' value='1'/><rtcp-fb" NS (                                                   \
      "apps:rtp:rtcp-fb:0") " type='nack' subtype='pli'/></payload-type><payload-type id='0' "     \
                            "name='PCMU' "                                                         \
                            "clockrate='8000'/><rtcp-mux/><bandwidth "                             \
                            "type='AS'>64</bandwidth><rtp-hdrext" NS (                             \
                                "apps:rtp:rtp-hdrext:0") " id='1' "                                \
                                                         "uri='urn:ietf:params:rtp-hdrext:"        \
                                                         "ssrc-audio-level' "                      \
                                                         "senders='both'/><source" NS (            \
                                                             "apps:rtp:ssma:0") " ssrc='7'><"      \
                                                                                "parameter "       \
                                                                                "name='cname'"     \
                                                                                " value='x'/"      \
                                                                                "></source>"       \
                                                                                "</"               \
                                                                                "description>"
#define CONTENT(inner)                                                                             \
  "<content creator='initiator' name='@NAME@' senders='both'>" inner "</content>"
#define OTHER(inner) "<content creator='initiator' name='more' senders='both'>" inner "</content>"
#define JINGLE(action, inner)                                                                      \
  "<jingle" NS ("1") " action='" action "' sid='@SID@' initiator='" ALICE "' responder='" VICTIM   \
                     "'>" inner "</jingle>"
#define GROUP  "<group" NS ("apps:grouping:0") " semantics='BUNDLE'><content name='@NAME@'/></group>"
#define REASON "<reason><success/><text>Enough</text></reason>"

static const char *const messages[] = {
  JINGLE ("session-initiate", CONTENT (RICH TRANSPORT) GROUP),
  JINGLE ("session-accept", CONTENT (RICH TRANSPORT) GROUP),
  JINGLE ("content-add", OTHER (PICTURE TRANSPORT)),
  JINGLE ("content-accept", CONTENT ("@KIND@" TRANSPORT)),
  JINGLE ("content-modify", CONTENT ("")),
  JINGLE ("content-reject", CONTENT ("") REASON),
  JINGLE ("content-remove", CONTENT ("") REASON),
  JINGLE ("description-info", CONTENT (RICH)),
  JINGLE ("security-info", CONTENT ("<security xmlns='urn:x'/>")),
  JINGLE ("session-info", "<mute" NS ("apps:rtp:info:1") " creator='initiator' name='@NAME@'/>"),
  JINGLE ("session-terminate", REASON),
  JINGLE ("transport-accept", CONTENT (TRANSPORT)),
  JINGLE ("transport-info", CONTENT (TRANSPORT)),
  JINGLE ("transport-reject", CONTENT (TRANSPORT)),
  JINGLE ("transport-replace", CONTENT (TRANSPORT)),
};

#define INVITE(verb, inner) "<" verb " xmlns='" PEAL_NS_INVITE "' id='@SID@'>" inner "</" verb ">"
static const char *const invites[] = {
  INVITE ("propose", LEAN),
  INVITE ("ringing", ""),
  INVITE ("proceed", ""),
  INVITE ("accept", ""),
  INVITE ("reject", "<reason" NS ("1") "><busy/><text>No</text></reason><tie-break/>"),
  INVITE ("retract", "<reason" NS ("1") "><cancel/></reason>"),
  INVITE ("finish", "<reason" NS ("1") "><success/></reason><migrated to='other'/>"),
};

/* --- states --- */

typedef struct Story Story;

typedef struct {
  const char *name;
  void (*reach) (Story *story);
  PealCallStage stage;      /* 0: there is no call */
  PealSessionState session; /* 0: there is no session */
  gboolean pictures;        /* the content in question is a picture that comes to a running call */
  PealSlotStage last;       /* of that: how far it is */
} State;

struct Story {
  Victim *victim;
  const State *state;
  guint serial, sent, results, errors, times;
  gboolean clothed;
  char *sid;
  const char *content; /* the name of the call's content */
};

/* Before it is taken apart: what is in the placeholders goes wrong as well. */
static void
dress (const Story *story, GString *text)
{
  g_string_replace (text, "@TRANSPORT@", suits[story->clothed].transport, 0);
  g_string_replace (text, "@KIND@", story->state->pictures ? PICTURE : LEAN, 0);
  g_string_replace (text, "@PAYLOAD@", suits[story->clothed].payload, 0);
  g_string_replace (text, "@PICTURE@", suits[story->clothed].picture, 0);
}

static char *
fill (const Story *story, const char *text)
{
  GString *all = g_string_new (text);
  dress (story, all);
  g_string_replace (all, "@SID@", story->sid, 0);
  g_string_replace (all, "@NAME@", story->content, 0);
  return g_string_free (all, FALSE);
}

/* A request of ALICE with @payload: how many answers. */
static guint
ask (Story *story, const char *payload)
{
  g_autofree char *id = g_strdup_printf ("m%u", ++story->serial);
  g_autofree char *inner = fill (story, payload);
  g_autofree char *iq = g_strdup_printf (
      "<iq from='" ALICE "' to='" VICTIM "' type='set' id='%s'>%s</iq>", id, inner);
  return victim_ask (story->victim, id, iq);
}

static void
tell (Story *story, const char *payload)
{
  g_autofree char *inner = fill (story, payload);
  g_autofree char *message =
      g_strdup_printf ("<message from='" ALICE "' to='" VICTIM "' type='chat'>%s</message>", inner);
  g_assert_true (victim_feed (story->victim, message, strlen (message)));
}

static void
works (Story *story, const char *payload)
{
  g_assert_cmpuint (ask (story, payload), ==, 1);
  g_assert_nonnull (strstr (story->victim->answer->str, "type=\"result\""));
}

static void
reach_nothing (Story *story)
{
}

static void
reach_invited (Story *story)
{
  tell (story, invites[0]);
}

static void
reach_awaited (Story *story)
{
  reach_invited (story);
  g_assert_true (peal_endpoint_accept (story->victim->endpoint, story->sid));
}

static void
reach_offered (Story *story)
{
  works (story, messages[0]);
}

static void
reach_accepting (Story *story)
{
  reach_offered (story);
  victim_settle (story->victim);
  story->victim->answering = FALSE;
  g_string_truncate (story->victim->said, 0);
  g_assert_true (peal_endpoint_accept (story->victim->endpoint, story->sid));
  victim_wait_said (story->victim, "session-accept");
}

static void
reach_active (Story *story)
{
  reach_accepting (story);
  story->victim->answering = TRUE;
}

/* Ours, and the peer has not said what it thinks of it. */
static void
reach_adding (Story *story)
{
  Victim *victim = story->victim;
  reach_active (story);
  victim_settle (victim);
  g_string_truncate (victim->said, 0);
  g_assert_true (peal_endpoint_send_content (victim->endpoint, story->sid, "video", TRUE, NULL));
  victim_wait_said (victim, "content-add");
  story->content = "video";
}

static void
reach_showing (Story *story)
{
  reach_active (story);
  victim_settle (story->victim);
  works (story, messages[2]);
  story->content = "more";
}

static void
reach_ending (Story *story)
{
  reach_active (story);
  victim_settle (story->victim);
  story->victim->answering = FALSE;
  peal_endpoint_hangup (story->victim->endpoint, story->sid, PEAL_REASON_SUCCESS,
                        PEAL_CAUSE_SUCCESS);
}

static void
reach_offering (Story *story)
{
  Victim *victim = story->victim;
  g_autofree char *sid = peal_endpoint_call (victim->endpoint, ALICE, &victim->policy);
  g_free (story->sid);
  story->sid = g_steal_pointer (&sid);
  story->content = "audio";
  g_string_truncate (victim->said, 0);
  victim_answer (victim); /* what alice's client can do */
  victim->answering = FALSE;
  victim_wait_said (victim, "session-initiate");
}

static void
reach_pending (Story *story)
{
  reach_offering (story);
  story->victim->answering = TRUE;
}

static void
reach_taken (Story *story)
{
  reach_pending (story);
  victim_settle (story->victim);
  works (story, messages[1]);
}

static const State states[] = {
  { "nothing", reach_nothing, 0, 0 },
  { "invited", reach_invited, PEAL_CALL_INVITED, 0 },
  { "awaited", reach_awaited, PEAL_CALL_AWAITED, 0 },
  { "offered", reach_offered, PEAL_CALL_OFFERED, PEAL_SESSION_OFFERED },
  { "accepting", reach_accepting, PEAL_CALL_RUNNING, PEAL_SESSION_ACCEPTING },
  { "active", reach_active, PEAL_CALL_RUNNING, PEAL_SESSION_ACTIVE },
  { "adding", reach_adding, PEAL_CALL_RUNNING, PEAL_SESSION_ACTIVE, TRUE, PEAL_SLOT_PROPOSED },
  { "showing", reach_showing, PEAL_CALL_RUNNING, PEAL_SESSION_ACTIVE, TRUE, PEAL_SLOT_SETTLED },
  { "ending", reach_ending, PEAL_CALL_ENDED, PEAL_SESSION_ENDING },
  { "offering", reach_offering, PEAL_CALL_RUNNING, PEAL_SESSION_OFFERING },
  { "pending", reach_pending, PEAL_CALL_RUNNING, PEAL_SESSION_PENDING },
  { "taken", reach_taken, PEAL_CALL_RUNNING, PEAL_SESSION_ACTIVE },
};

/* Ends whatever there is; nothing may be left of it. */
static void
clear (Story *story)
{
  Victim *victim = story->victim;
  victim->answering = TRUE;
  peal_endpoint_leave (victim->endpoint);
  victim_settle (victim);
  for (guint i = 0; i < victim->endpoint->calls->len; i++) {
    const PealCall *call = victim->endpoint->calls->pdata[i];
    g_error ("%s: a call is left: %s, stage %d, session %d, last said %s", story->state->name,
             call->sid, call->stage, call->session ? (int) peal_session_state (call->session) : -1,
             victim->said->str);
  }
  g_assert_cmpint (hollow_open, ==, 0);
  g_string_truncate (victim->said, 0);
}

static gboolean
has_picture (const PealCall *call, PealSlotStage stage)
{
  const PealSlot *slot = call->slots->len > 1 ? call->slots->pdata[1] : NULL;
  return slot && slot->stage == stage;
}

static gboolean
is_there (const Story *story)
{
  const State *state = story->state;
  const PealCall *call = peal_endpoint_find (story->victim->endpoint, story->sid);
  if (!call || !state->stage)
    return !call && !state->stage && !story->victim->endpoint->calls->len;
  if (state->pictures && !has_picture (call, state->last))
    return FALSE;
  return call->stage == state->stage && !call->session == !state->session &&
         (!call->session || peal_session_state (call->session) == state->session);
}

static void
reach (Story *story)
{
  /* Another sid is another call; some of them may stand beside it. */
  if (story->sid && is_there (story) && story->victim->endpoint->calls->len <= 2)
    return;
  clear (story);
  g_free (story->sid);
  story->sid = g_strdup_printf ("sid-%u", ++story->serial);
  story->content = "voice";
  story->state->reach (story);
  victim_settle (story->victim);
  if (!is_there (story))
    g_error ("\"%s\" was not reached", story->state->name);
  story->times++;
}

/* --- what must come of it --- */

/* Whether the tables take it; else it must be a bad request. */
static gboolean
is_read (const Story *story, const char *payload)
{
  const PealEndpoint *endpoint = story->victim->endpoint;
  xmpp_ctx_t *context = peal_port_context (story->victim->port);
  g_autofree char *text = fill (story, payload);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, text);
  const PealReading how = { (const PealElement *const *) endpoint->vocabulary->pdata, NULL };
  PealJingle *message = peal_element_parse (&peal_jingle_element, stanza, &how, NULL);
  gboolean read = message != NULL;
  peal_jingle_free (message);
  xmpp_stanza_release (stanza);
  return read;
}

/* The conditions of XEP-0166 §10 and of RFC 6120 that an honest reading can lead to. */
static void
judge (Story *story, const char *answer, gboolean read, const char *words)
{
  static const char *const right[] = { "<bad-request",    "<out-of-order",     "<unknown-session",
                                       "<item-not-found", "<unsupported-info", "<tie-break" };
  gboolean result = strstr (answer, "type=\"result\"") != NULL, found = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (right); i++)
    found = found || strstr (answer, right[i]);
  if (!result && !found)
    g_error ("%s, %s: %s", story->state->name, words, answer);
  if (!read && !strstr (answer, "<bad-request"))
    g_error ("%s, %s: should be a bad request: %s", story->state->name, words, answer);
  story->results += result;
  story->errors += !result;
}

static void
send_wrong (gpointer user, const PealNode *root, const PealWrong *wrong)
{
  Story *story = user;
  g_autofree char *payload = peal_node_print (root);
  reach (story);
  gboolean read = is_read (story, payload);
  guint answers = ask (story, payload);
  if (answers != 1)
    g_error ("%s, %s: %u answers to %s", story->state->name, wrong->words, answers, payload);
  judge (story, story->victim->answer->str, read, wrong->words);
  story->sent++;
  victim_settle (story->victim);
  g_assert_cmpuint (story->victim->endpoint->calls->len, <=, 3);
}

/* A message is never answered by an error. */
static void
tell_wrong (gpointer user, const PealNode *root, const PealWrong *wrong)
{
  Story *story = user;
  g_autofree char *payload = peal_node_print (root);
  reach (story);
  g_string_truncate (story->victim->said, 0);
  tell (story, payload);
  victim_settle (story->victim);
  if (strstr (story->victim->said->str, "type=\"error\""))
    g_error ("%s, %s: %s", story->state->name, wrong->words, story->victim->said->str);
  story->sent++;
  g_assert_cmpuint (story->victim->endpoint->calls->len, <=, 3);
}

static void
mutate (Story *story, const char *text,
        void (*each) (gpointer user, const PealNode *root, const PealWrong *wrong))
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  g_autoptr(GString) all = g_string_new (text);
  dress (story, all);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, all->str);
  g_assert_nonnull (stanza);
  g_autoptr(PealNode) root = peal_node_read (stanza, "jabber:client");
  const PealElement *const *vocabulary =
      (const PealElement *const *) story->victim->endpoint->vocabulary->pdata;
  const PealMutation mutation = { root, peal_node_table (NULL, root, vocabulary), vocabulary,
                                  BRIEF };
  peal_mutate (&mutation, each, story);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
}

/* After all of it. */
static void
call_well (Story *story)
{
  static const State last = { "a normal call", reach_active, PEAL_CALL_RUNNING,
                              PEAL_SESSION_ACTIVE };
  Victim *victim = story->victim;
  clear (story);
  g_clear_pointer (&story->sid, g_free);
  story->state = &last;
  reach (story);
  g_assert_cmpint (victim->heard, ==, PEAL_EVENT_CONNECTED);
  works (story, messages[10]);
  victim_settle (victim);
  g_assert_cmpint (victim->heard, ==, PEAL_EVENT_ENDED);
  clear (story);
}

static const PealCallLimits without_end = {
  .strangers = { 100, 100, { 1000000, 1000000 }, { 1000000, 1000000 } },
  .contacts = { 100, 100, { 1000000, 1000000 }, { 1000000, 1000000 } },
  .calls_of_one = 100,
  .ringing_of_one = 100,
  .session = { 1000000, 1000000 },
};

static void
all_that_is_wrong (const State *state, gboolean clothed)
{
  g_autoptr(Victim) victim =
      clothed ? victim_new_clothed (&without_end) : victim_new (&without_end);
  Story story = { .victim = victim, .state = state, .content = "voice", .clothed = clothed };
  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    mutate (&story, messages[i], send_wrong);
  guint requests = story.sent;
  for (gsize i = 0; i < G_N_ELEMENTS (invites); i++)
    mutate (&story, invites[i], tell_wrong);
  g_test_message (
      "%s: %u requests (%u results, %u errors), %u messages; the state reached %u times",
      story.state->name, requests, story.results, story.errors, story.sent - requests, story.times);
  call_well (&story);
  g_free (story.sid);
}

static void
hollow (gconstpointer state)
{
  all_that_is_wrong (state, FALSE);
}

static void
clothed (gconstpointer state)
{
  all_that_is_wrong (state, TRUE);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autofree char *name = g_strdup_printf ("/mutations/hollow/%s", states[i].name);
    g_autofree char *real = g_strdup_printf ("/mutations/real/%s", states[i].name);
    g_test_add_data_func (name, &states[i], hollow);
    g_test_add_data_func (real, &states[i], clothed);
  }
  return g_test_run ();
}
