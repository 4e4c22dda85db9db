/* What no honest peer or server sends: floods of bytes, broken XML, answers nobody asked for,
 * copies of messages nobody wrote. Each has its answer, and a call works afterwards. */
// SPDX-License-Identifier: MIT
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "signaling/jingle/endpoint_inner.h"
#include "tests/jingle/hollow.h"
#include "tests/jingle/victim.h"

#ifdef __SANITIZE_ADDRESS__
#define JUDGED FALSE
#else
#define JUDGED TRUE
#endif
#define MOST_GROWTH (16 * 1024) /* KB */
#define CAROL       "carol@glass.test/c"
#define MALLORY     "mallory@glass.test/m"

static long
resident_kb (void)
{
  long pages = 0;
  FILE *file = fopen ("/proc/self/statm", "r");
  g_assert_cmpint (fscanf (file, "%*d %ld", &pages), ==, 1);
  fclose (file);
  return pages * 4;
}

#define CONTENT                                                                                    \
  "<content creator='initiator' name='voice'><description xmlns='urn:xmpp:jingle:apps:rtp:1' "     \
  "media='audio'><payload-type id='96' name='hollow'/></description><transport "                   \
  "xmlns='urn:peal:test:hollow' ufrag='abcd' fingerprint='AB:CD'/></content>"
#define JINGLE(from, id, action, sid, inner)                                                       \
  "<iq type='set' from='" from "' to='" VICTIM "' id='" id "'><jingle xmlns='urn:xmpp:jingle:1' "  \
  "action='" action "' sid='" sid "'>" inner "</jingle></iq>"

/* Carol calls, is answered, and hangs up. */
static void
call_well (Victim *victim)
{
  victim->answering = TRUE;
  g_assert_cmpuint (
      victim_ask (victim, "c1", JINGLE (CAROL, "c1", "session-initiate", "carols", CONTENT)), ==,
      1);
  g_assert_nonnull (strstr (victim->answer->str, "type=\"result\""));
  g_assert_true (peal_endpoint_accept (victim->endpoint, "carols"));
  victim_wait_said (victim, "session-accept");
  victim_settle (victim);
  g_assert_cmpint (victim->heard, ==, PEAL_EVENT_CONNECTED);
  g_assert_cmpuint (victim_ask (victim, "c2",
                                JINGLE (CAROL, "c2", "session-terminate", "carols",
                                        "<reason><success/></reason>")),
                    ==, 1);
  victim_settle (victim);
  g_assert_cmpint (victim->heard, ==, PEAL_EVENT_ENDED);
  g_assert_cmpuint (victim->endpoint->calls->len, ==, 0);
  g_assert_cmpint (hollow_open, ==, 0);
  g_string_truncate (victim->said, 0);
}

/* --- bytes --- */

typedef struct {
  const char *name, *before, *each, *after;
  guint times;
  const char *answer; /* NULL: the stream ends */
} Torrent;

/* An IQ of mallory's, so that the answer can be seen. */
#define IQ    "<iq type='set' from='" MALLORY "' to='" VICTIM "' id='big'>"
#define OUTER "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='x'>"
#define K     "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" /* 64 bytes */

static const Torrent torrents[] = {
  { "60000-children", IQ OUTER, "<a/>", "</jingle></iq>", 60000, "<policy-violation" },
  { "60000-contents", IQ OUTER, "<content/>", "</jingle></iq>", 60000, "<policy-violation" },
  { "2001-elements", IQ OUTER, "<a/>", "</jingle></iq>", 2001, "<policy-violation" },
  { "70000-text", IQ OUTER, K, "</jingle></iq>", 1100, "<policy-violation" },
  { "70000-attribute", IQ "<jingle xmlns='urn:xmpp:jingle:1' sid='", K, "'/></iq>", 1100,
    "<policy-violation" },
  { "million-children", IQ OUTER, "<a/>", "</jingle></iq>", 1000000, NULL },
  { "50-MB-text", IQ OUTER, K, "</jingle></iq>", 820000, NULL },
  { "50-MB-attribute", IQ "<jingle xmlns='urn:xmpp:jingle:1' sid='", K, "'/></iq>", 820000, NULL },
  { "50-MB-name", "<a", K, "/>", 820000, NULL },
  { "50-MB-of-attributes", "<iq", " a:b='c'", "/>", 6500000, NULL },
  { "depth-100000", IQ OUTER, "<a>", "", 100000, NULL },
  { "depth-100000-of-namespaces", IQ, "<a xmlns='b'>", "", 100000, NULL },
};

static gboolean
pour (Victim *victim, const Torrent *torrent)
{
  g_autoptr(GString) chunk = g_string_new (torrent->before);
  for (guint i = 0; i < torrent->times; i++) {
    g_string_append (chunk, torrent->each);
    if (chunk->len < 8192)
      continue;
    if (!victim_feed (victim, chunk->str, chunk->len))
      return FALSE;
    g_string_truncate (chunk, 0);
  }
  g_string_append (chunk, torrent->after);
  return victim_feed (victim, chunk->str, chunk->len);
}

static void
swallows (gconstpointer data)
{
  const Torrent *torrent = data;
  g_autoptr(Victim) victim = victim_new (NULL);
  call_well (victim);
  long before = resident_kb ();
  gint64 begin = g_get_monotonic_time ();
  g_free (victim->awaited);
  victim->awaited = g_strdup ("big");
  victim->answers = 0;
  gboolean passed = pour (victim, torrent);
  long growth = resident_kb () - before;
  g_test_message ("%s: %s after %.1f ms, %ld KB more", torrent->name,
                  passed ? "passed over" : "the stream ended",
                  (g_get_monotonic_time () - begin) / 1000.0, growth);
  g_assert_true (passed == (torrent->answer != NULL));
  if (JUDGED)
    g_assert_cmpint (growth, <, MOST_GROWTH);
  if (torrent->answer) {
    g_assert_cmpuint (victim->answers, ==, 1);
    g_assert_nonnull (strstr (victim->answer->str, torrent->answer));
  } else
    g_assert_cmpuint (victim->answers, ==, 0);
  call_well (victim); /* on a new stream, where the old one ended */
}

/* --- what is no XMPP --- */

#define LAUGH(n, m) "<!ENTITY " n " '&" m ";&" m ";&" m ";&" m ";&" m ";&" m ";&" m ";&" m ";'>"
static const struct {
  const char *name, *bytes;
} broken[] = {
  { "overlong-slash", "<message>\300\257</message>" },
  { "lone-continuation", "<message>\200</message>" },
  { "cut-short", "<message>\342\202</message>" },
  { "surrogate", "<message>\355\240\200</message>" },
  { "beyond-unicode", "<message>\364\220\200\200</message>" },
  { "in-an-attribute", "<message id='\377\376'/>" },
  { "in-a-name", "<mess\300\200age/>" },
  { "control-character", "<message>\001</message>" },
  { "nul", "<message>&#0;</message>" },
  { "reference-to-a-surrogate", "<message>&#xD800;</message>" },
  { "doctype", "<!DOCTYPE message><message/>" },
  { "doctype-inside", "<message><!DOCTYPE message></message>" },
  { "laughs", "<!DOCTYPE l [<!ENTITY a 'ha'>" LAUGH ("b", "a") LAUGH ("c", "b") LAUGH ("d", "c")
                  LAUGH ("e", "d") LAUGH ("f", "e") "]><message>&f;</message>" },
  { "external-entity",
    "<!DOCTYPE m [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><message>&x;</message>" },
  { "unknown-entity", "<message>&nbsp;</message>" },
  { "comment", "<message><!-- who reads this --></message>" },
  { "instruction", "<message><?php phpinfo () ?></message>" },
  { "bad-nesting", "<message><body></message></body>" },
  { "two-of-one-attribute", "<message id='a' id='b'/>" },
  { "prefix-of-nothing", "<x:message/>" },
  { "text-between", "<message/>hello<message/>" },
  { "another-header", "<?xml version='1.0'?><message/>" },
  { "utf-16", "\376\377\000<\000m\000/\000>" },
};

static void
is_no_xmpp (void)
{
  g_autoptr(Victim) victim = victim_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
    gsize length = g_str_equal (broken[i].name, "utf-16") ? 10 : strlen (broken[i].bytes);
    if (victim_feed (victim, broken[i].bytes, length))
      g_error ("%s was taken", broken[i].name);
    if (i % 8 == 7)
      victim_settle (victim);
  }
  g_test_message ("%u kinds of it", (guint) G_N_ELEMENTS (broken));
  call_well (victim);
}

/* --- answers nobody asked for --- */

static void
feed (Victim *victim, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *xml = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_assert_true (victim_feed (victim, xml, strlen (xml)));
}

/* The id of the last request that was said to @to. */
static char *
id_to (const Victim *victim, const char *to)
{
  for (const GList *each = victim->asked.tail; each; each = each->prev) {
    g_autofree char *from = g_strdup_printf (" from='%s'", to);
    const char *answer = each->data, *id = strstr (answer, "id='") + strlen ("id='");
    if (strstr (answer, from))
      return g_strndup (id, strcspn (id, "'"));
  }
  g_error ("nothing was asked of %s", to);
}

/* Our session-initiate to alice is answered by everybody but her, and by her for something else. */
static void
spoofed_results (void)
{
  static const char *const others[] = {
    MALLORY, "alice@glass.test",   "alice@glass.test/other", "glass.test", "bob@glass.test",
    VICTIM,  "Alice@glass.test/a", "alice@glass.test/a "
  };
  g_autoptr(Victim) victim = victim_new (NULL);
  g_autofree char *sid = peal_endpoint_call (victim->endpoint, ALICE, &victim->policy);
  victim_answer (victim);
  victim->answering = FALSE;
  victim_wait_said (victim, "session-initiate");
  g_autofree char *id = id_to (victim, ALICE);
  const PealCall *call = peal_endpoint_find (victim->endpoint, sid);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    feed (victim, "<iq type='result' id='%s' from='%s' to='" VICTIM "'/>", id, others[i]);
    feed (victim,
          "<iq type='error' id='%s' from='%s' to='" VICTIM "'><error type='cancel'><item-not-found "
          "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
          id, others[i]);
  }
  feed (victim, "<iq type='result' id='%s' to='" VICTIM "'/>", id); /* from nobody: the server */
  feed (victim, "<iq type='result' id='%s%s' from='" ALICE "' to='" VICTIM "'/>", id, "x");
  feed (victim, "<iq type='result' id='' from='" ALICE "' to='" VICTIM "'/>");
  feed (victim, "<iq type='result' from='" ALICE "' to='" VICTIM "'/>");
  g_assert_cmpint (peal_session_state (call->session), ==, PEAL_SESSION_OFFERING);
  feed (victim, "<iq type='result' id='%s' from='" ALICE "' to='" VICTIM "'/>", id);
  g_assert_cmpint (peal_session_state (call->session), ==, PEAL_SESSION_PENDING);
  /* A second answer to the same is one too many. */
  feed (victim,
        "<iq type='error' id='%s' from='" ALICE "' to='" VICTIM "'><error type='cancel'>"
        "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        id);
  g_assert_cmpint (peal_session_state (call->session), ==, PEAL_SESSION_PENDING);
  g_queue_clear_full (&victim->asked, g_free);
  victim->answering = TRUE;
  peal_endpoint_hangup (victim->endpoint, sid, PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED);
  victim_settle (victim);
  call_well (victim);
}

/* A result that comes before its request can have been written, and one that nobody waits for. */
static void
results_of_nothing (void)
{
  g_autoptr(Victim) victim = victim_new (NULL);
  for (guint i = 0; i < 10000; i++) {
    feed (victim, "<iq type='%s' id='%u' from='%s' to='" VICTIM "'/>", i % 2 ? "result" : "error",
          i, i % 3 ? MALLORY : ALICE);
  }
  g_assert_cmpstr (victim->said->str, ==, "");
  g_autofree char *sid = peal_endpoint_call (victim->endpoint, ALICE, &victim->policy);
  victim_answer (victim);
  victim->answering = FALSE;
  victim_wait_said (victim, "session-initiate");
  const PealCall *call = peal_endpoint_find (victim->endpoint, sid);
  g_assert_cmpint (peal_session_state (call->session), ==, PEAL_SESSION_OFFERING);
  victim->answering = TRUE;
  peal_endpoint_hangup (victim->endpoint, sid, PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED);
  victim_settle (victim);
  call_well (victim);
}

/* --- who wins and loses at once --- */

/* Alice's own call takes the place of ours by its lower sid, and then she takes ours as well. */
static void
taken_although_it_lost (void)
{
  g_autoptr(Victim) victim = victim_new (NULL);
  g_autofree char *sid = peal_endpoint_call (victim->endpoint, ALICE, &victim->policy);
  victim_answer (victim);
  victim->answering = FALSE;
  victim_wait_said (victim, "session-initiate");
  g_assert_cmpuint (victim_ask (victim, "t", JINGLE (ALICE, "t", "session-initiate", "-", CONTENT)),
                    ==, 1);
  g_assert_nonnull (strstr (victim->answer->str, "type=\"result\""));
  victim->answering = TRUE; /* with results, where honest is a tie-break */
  victim_wait_said (victim, "session-accept");
  victim_settle (victim);
  g_assert_null (peal_endpoint_find (victim->endpoint, sid));
  g_assert_nonnull (strstr (victim->said->str, "<alternative-session"));
  g_assert_nonnull (peal_endpoint_find (victim->endpoint, "-"));
  peal_endpoint_hangup (victim->endpoint, "-", PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  victim_settle (victim);
  call_well (victim);
}

/* --- who need not know that we are here --- */

static PealAdmission
contacts_only (gpointer user, const char *peer, gboolean contact)
{
  return contact ? PEAL_ADMIT : PEAL_IGNORE;
}

/* Whatever is wrong with it: to a stranger it sounds as a server does of nobody. */
static void
nobody_is_here_for_strangers (void)
{
  static const struct {
    const char *action, *sid, *inner, *contacts_hear;
  } words[] = {
    { "session-initiate", "x", "", "<bad-request" },
    { "session-initiate", "", CONTENT, "<bad-request" },
    { "session-accept", "x", CONTENT, "<unknown-session" },
    { "transport-info", "x", CONTENT, "<unknown-session" },
    { "session-terminate", "x", "", "<unknown-session" },
    { "no-such-action", "x", "", "<bad-request" },
  };
  g_autoptr(Victim) victim = victim_new (NULL);
  peal_endpoint_set_filter (victim->endpoint, contacts_only, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    for (int contact = 0; contact <= 1; contact++) {
      g_autofree char *xml =
          g_strdup_printf (JINGLE ("%s", "w", "%s", "%s", "%s"), contact ? ALICE : MALLORY,
                           words[i].action, words[i].sid, words[i].inner);
      const char *hears = contact ? words[i].contacts_hear : "<service-unavailable";
      g_assert_cmpuint (victim_ask (victim, "w", xml), ==, 1);
      if (!strstr (victim->answer->str, hears))
        g_error ("%s of %s: %s", words[i].action, contact ? ALICE : MALLORY, victim->answer->str);
      g_assert_true (contact || !strstr (victim->answer->str, "<text"));
    }
  }
  call_well (victim);
}

/* --- copies of messages nobody wrote --- */

#define INVITE(verb, from, to)                                                                     \
  "<message xmlns='jabber:client' type='chat' from='" from "' to='" to "'><" verb                  \
  " xmlns='urn:xmpp:jingle-message:0' id='one'><description "                                      \
  "xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></" verb "></message>"
#define FORWARDED(message) "<forwarded xmlns='urn:xmpp:forward:0'>" message "</forwarded>"
#define COPY(from, way, message)                                                                   \
  "<message type='chat' from='" from "' to='" VICTIM "'><" way                                     \
  " xmlns='urn:xmpp:carbons:2'>" FORWARDED (message) "</" way "></message>"
#define OWN "bob@glass.test"

static void
forged_carbons (void)
{
  static const char *const forged[] = {
    /* Mallory, our contact, a device of ours and our server copy what another device of ours did.
     */
    COPY (MALLORY, "sent", INVITE ("reject", OWN "/phone", ALICE)),
    COPY ("alice@glass.test", "sent", INVITE ("accept", OWN "/phone", ALICE)),
    COPY (ALICE, "received", INVITE ("retract", ALICE, OWN)),
    COPY (VICTIM, "sent", INVITE ("proceed", OWN "/phone", ALICE)),
    COPY (OWN "/phone", "sent", INVITE ("proceed", OWN "/phone", ALICE)),
    COPY ("glass.test", "sent", INVITE ("accept", OWN "/phone", ALICE)),
    COPY (OWN ".evil", "sent", INVITE ("accept", OWN "/phone", ALICE)),
    /* Our own account copies what is not ours. */
    COPY (OWN, "sent", INVITE ("reject", MALLORY, ALICE)),
    COPY (OWN, "received", INVITE ("retract", ALICE, "mallory@glass.test")),
    /* One in the other: an honest server copies what mallory wrote, and that is a copy. */
    COPY (OWN, "received", COPY (OWN, "sent", INVITE ("reject", OWN "/phone", ALICE))),
    COPY (OWN, "received",
          "<message xmlns='jabber:client' from='" MALLORY "' to='" OWN "'><sent "
          "xmlns='urn:xmpp:carbons:2'>" FORWARDED (
              INVITE ("reject", OWN "/phone", ALICE)) "</sent></message>"),
    /* Forwarded without being a copy, and a copy without what it copies. */
    "<message from='" OWN "' to='" VICTIM
    "'>" FORWARDED (INVITE ("reject", OWN "/phone", ALICE)) "</message>",
    "<message from='" OWN "' to='" VICTIM "'><sent xmlns='urn:xmpp:carbons:2'/></message>",
    "<message from='" OWN "' to='" VICTIM "'><sent xmlns='urn:xmpp:carbons:2'>"
    "<forwarded xmlns='urn:xmpp:forward:0'/></sent></message>",
    /* Both at once: outside a copy, beside it the word itself. */
    "<message type='chat' from='" MALLORY "' to='" VICTIM
    "'><sent xmlns='urn:xmpp:carbons:2'>" FORWARDED (INVITE (
        "reject", OWN "/phone", ALICE)) "</sent><retract "
                                        "xmlns='urn:xmpp:jingle-message:0' id='one'/></message>",
    /* Plain lies. */
    INVITE ("retract", MALLORY, VICTIM),
    INVITE ("finish", "alice@glass.test.evil/a", VICTIM),
  };
  g_autoptr(Victim) victim = victim_new (NULL);
  feed (victim, "%s", INVITE ("propose", ALICE, OWN));
  victim_settle (victim);
  g_assert_cmpint (victim->heard, ==, PEAL_EVENT_INCOMING);
  for (gsize i = 0; i < G_N_ELEMENTS (forged); i++) {
    feed (victim, "%s", forged[i]);
    victim_settle (victim);
    if (victim->ended)
      g_error ("believed: %s", forged[i]);
  }
  g_test_message ("%u forgeries", (guint) G_N_ELEMENTS (forged));
  /* The honest one ends it. */
  feed (victim, "%s", COPY (OWN, "sent", INVITE ("proceed", OWN "/phone", ALICE)));
  victim_settle (victim);
  g_assert_cmpuint (victim->ended, ==, 1);
  call_well (victim);
}

/* --- pushes of a roster that is not ours --- */

static void
forged_pushes (void)
{
  static const char *const others[] = { MALLORY,
                                        "mallory@glass.test",
                                        "glass.test",
                                        ALICE,
                                        "bob@glass.test/phone",
                                        "bob@glass.test.evil",
                                        "bob@glass.test/b" };
  g_autoptr(Victim) victim = victim_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree char *push = g_strdup_printf (
        "<iq type='set' id='p' from='%s' to='" VICTIM "'><query xmlns='jabber:iq:roster'>"
        "<item jid='mallory@glass.test' subscription='both'/></query></iq>",
        others[i]);
    g_assert_cmpuint (victim_ask (victim, "p", push), ==, 1);
    g_assert_nonnull (strstr (victim->answer->str, "<service-unavailable"));
    g_assert_null (peal_roster_find (victim->roster, "mallory@glass.test"));
  }
  /* A second roster, by a result that nobody waits for. */
  feed (victim, "<iq type='result' id='r' to='" VICTIM "'><query xmlns='jabber:iq:roster'>"
                "<item jid='mallory@glass.test' subscription='both'/></query></iq>");
  g_assert_null (peal_roster_find (victim->roster, "mallory@glass.test"));
  g_assert_nonnull (peal_roster_find (victim->roster, "carol@glass.test"));
  call_well (victim);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (torrents); i++) {
    g_autofree char *name = g_strdup_printf ("/hostile/%s", torrents[i].name);
    g_test_add_data_func (name, &torrents[i], swallows);
  }
  g_test_add_func ("/hostile/is-no-xmpp", is_no_xmpp);
  g_test_add_func ("/hostile/spoofed-results", spoofed_results);
  g_test_add_func ("/hostile/results-of-nothing", results_of_nothing);
  g_test_add_func ("/hostile/taken-although-it-lost", taken_although_it_lost);
  g_test_add_func ("/hostile/nobody-is-here", nobody_is_here_for_strangers);
  g_test_add_func ("/hostile/forged-carbons", forged_carbons);
  g_test_add_func ("/hostile/forged-pushes", forged_pushes);
  return g_test_run ();
}
