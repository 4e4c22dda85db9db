/* What the rooms around a call hear, and what other clients once sent, with one thing wrong: a
 * request is answered once, nothing else is, and a call works afterwards. */
// SPDX-License-Identifier: MIT
#include <gio/gio.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/jingle/endpoint_inner.h"
#include "tests/jingle/hollow.h"
#include "tests/jingle/victim.h"
#include "tests/wire/mutate.h"

#define OWN "bob@glass.test"

/* How many of the mutations of what other clients sent are tried. */
#ifdef __SANITIZE_ADDRESS__
#define ONE_OF 40
#else
#define ONE_OF 10
#endif

static const char *const stanzas[] = {
  "<iq type='set' id='p' to='" VICTIM "'><query xmlns='jabber:iq:roster' ver='7'>"
  "<item jid='juliet@x' name='Juliet' subscription='both' ask='subscribe' approved='true'>"
  "<group>Friends</group></item></query></iq>",
  "<iq type='set' id='p' from='" OWN "' to='" VICTIM "'><query xmlns='jabber:iq:roster'>"
  "<item jid='juliet@x' subscription='remove'/></query></iq>",
  "<iq type='result' id='p' from='" OWN "' to='" VICTIM "'><query xmlns='jabber:iq:roster'>"
  "<item jid='mallory@x' subscription='both'/></query></iq>",
  "<iq type='get' id='d' from='" ALICE "' to='" VICTIM "'><query "
  "xmlns='http://jabber.org/protocol/disco#info' node='https://peal.invalid#x'/></iq>",
  "<iq type='get' id='d' from='" ALICE "' to='" VICTIM "'><query "
  "xmlns='http://jabber.org/protocol/disco#items'/></iq>",
  "<iq type='get' id='g' from='glass.test' to='" VICTIM "'><ping xmlns='urn:xmpp:ping'/></iq>",
  "<iq type='set' id='s' from='glass.test' to='" VICTIM "'><services xmlns='urn:xmpp:extdisco:2' "
  "type='turn'><service action='add' type='turn' host='turn.x' port='3478' transport='udp' "
  "username='u' password='p' expires='2030-01-01T00:00:00Z' restricted='1' name='n'/>"
  "</services></iq>",
  "<iq type='set' id='j' from='" ALICE "' to='" VICTIM
  "'><si xmlns='http://jabber.org/protocol/si' "
  "id='a' profile='http://jabber.org/protocol/si/profile/file-transfer'><file "
  "xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='x' size='1'/></si></iq>",
  "<iq type='get' id='j' from='" ALICE "' to='" VICTIM "'><jingle xmlns='urn:xmpp:jingle:1' "
  "action='session-info' sid='a'/></iq>",
  "<iq type='set' id='t' from='" ALICE "' to='" VICTIM "'><a xmlns='urn:a'/><jingle "
  "xmlns='urn:xmpp:jingle:1' action='session-info' sid='a'/><jingle xmlns='urn:xmpp:jingle:1' "
  "action='session-info' sid='b'/></iq>",
  "<iq type='error' id='e' from='" ALICE "' to='" VICTIM "'><error type='cancel' by='x' code='404'>"
  "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text "
  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>No</text><unknown-session "
  "xmlns='urn:xmpp:jingle:errors:1'/></error></iq>",
  "<presence from='" ALICE "' to='" VICTIM "'><show>away</show><status>Out</status>"
  "<priority>5</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' "
  "ver='QgayPKawpkPSDYmwT/WM94uAlu0='/></presence>",
  "<presence type='unavailable' from='" ALICE "' to='" VICTIM "'/>",
  "<presence type='error' from='" ALICE "' to='" VICTIM "'><error type='cancel'><gone "
  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
  "<presence type='subscribe' from='mallory@x' to='" OWN "'/>",
  "<message type='chat' from='" ALICE "' to='" VICTIM "' id='m'><body>Hello</body><delay "
  "xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z' from='glass.test'/><store "
  "xmlns='urn:xmpp:hints'/></message>",
  "<message type='error' from='" ALICE "' to='" VICTIM "' id='m'><error type='cancel'>"
  "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
  "<message type='chat' from='" OWN "' to='" VICTIM "'><sent xmlns='urn:xmpp:carbons:2'><forwarded "
  "xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/><message "
  "xmlns='jabber:client' type='chat' from='" OWN "/phone' to='" ALICE "'><proceed "
  "xmlns='urn:xmpp:jingle-message:0' id='x'/></message></forwarded></sent></message>",
  "<message type='chat' from='" OWN "' to='" VICTIM "'><received xmlns='urn:xmpp:carbons:2'>"
  "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='" ALICE
  "' to='" OWN "/phone'><propose xmlns='urn:xmpp:jingle-message:0' id='x'><description "
  "xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message></forwarded></received>"
  "</message>",
};

typedef struct {
  Victim *victim;
  GRand *random;
  guint of; /* one of so many is sent */
  guint sent, answered;
} Story;

/* RFC 6120 §8.2.3: what is neither result nor error is answered, and only an IQ is. */
static guint
answers_due (const PealNode *root)
{
  const char *type = peal_node_get (root, "type");
  if (strcmp (root->name, "iq") != 0)
    return 0;
  return g_strcmp0 (type, "result") && g_strcmp0 (type, "error");
}

static void
send_wrong (gpointer user, const PealNode *root, const PealWrong *wrong)
{
  Story *story = user;
  Victim *victim = story->victim;
  if (story->of > 1 && g_rand_int_range (story->random, 0, (gint) story->of) != 0)
    return;
  g_autofree char *text = peal_node_print (root);
  victim->answers = 0;
  g_assert_true (victim_feed (victim, text, strlen (text)));
  victim_settle (victim);
  if (victim->answers != answers_due (root))
    g_error ("%s: %u answers to %s", wrong->words, victim->answers, text);
  story->sent++;
  story->answered += victim->answers;
  g_string_truncate (victim->said, 0);
}

static void
clear (Victim *victim)
{
  peal_endpoint_leave (victim->endpoint);
  victim_settle (victim);
  g_assert_cmpuint (victim->endpoint->calls->len, ==, 0);
  g_assert_cmpint (hollow_open, ==, 0);
}

/* A proposal rings, whoever it was that came before. */
static void
rings (Victim *victim)
{
  static const char propose[] =
      "<message type='chat' from='carol@glass.test/c' to='" VICTIM "'><propose "
      "xmlns='urn:xmpp:jingle-message:0' id='at-last'><description "
      "xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message>";
  clear (victim);
  g_assert_true (victim_feed (victim, propose, strlen (propose)));
  victim_settle (victim);
  g_assert_cmpint (victim->heard, ==, PEAL_EVENT_INCOMING);
  g_assert_cmpstr (victim->sid, ==, "at-last");
  clear (victim);
}

static void
mutate (Story *story, xmpp_stanza_t *stanza)
{
  g_autoptr(PealNode) root = peal_node_read (stanza, "jabber:client");
  const PealMutation mutation = { root, NULL, NULL, story->of > 1 };
  peal_mutate (&mutation, send_wrong, story);
}

static void
around_a_call (void)
{
  g_autoptr(Victim) victim = victim_new (NULL);
  Story story = { .victim = victim, .of = 1 };
  for (gsize i = 0; i < G_N_ELEMENTS (stanzas); i++) {
    xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
    xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, stanzas[i]);
    g_assert_nonnull (stanza);
    mutate (&story, stanza);
    xmpp_stanza_release (stanza);
    xmpp_ctx_free (context);
  }
  g_test_message ("%u stanzas, %u answered", story.sent, story.answered);
  rings (victim);
}

/* --- what other clients sent --- */

static gboolean
is_stanza (xmpp_stanza_t *element)
{
  static const char *const names[] = { "iq", "message", "presence", NULL };
  return xmpp_stanza_is_tag (element) && g_strv_contains (names, xmpp_stanza_get_name (element));
}

/* Traces wrap stanzas: each at any depth is sent as if alice had sent it to us. */
static void
walk (Story *story, xmpp_stanza_t *element)
{
  for (xmpp_stanza_t *each = xmpp_stanza_get_children (element); each;
       each = xmpp_stanza_get_next (each)) {
    if (!is_stanza (each)) {
      walk (story, each);
      continue;
    }
    xmpp_stanza_set_ns (each, "jabber:client");
    xmpp_stanza_set_from (each, ALICE);
    xmpp_stanza_set_to (each, VICTIM);
    mutate (story, each);
  }
}

static void
read_file (Story *story, const char *path)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  /* libstrophe parses within a stream, where no XML declaration may stand. */
  const char *start = g_str_has_prefix (text, "<?xml") ? strstr (text, "?>") + 2 : text;
  xmpp_stanza_t *trace = xmpp_stanza_new_from_string (context, start);
  g_assert_nonnull (trace);
  walk (story, trace);
  clear (story->victim);
  xmpp_stanza_release (trace);
  xmpp_ctx_free (context);
}

static void
read_folder (gconstpointer name)
{
  const char *wish = g_getenv ("PEAL_SEED");
  guint32 seed = wish ? (guint32) strtoul (wish, NULL, 10) : g_random_int ();
  static const PealCallLimits without_end = {
    .strangers = { 100, 100, { 1000000, 1000000 }, { 1000000, 1000000 } },
    .contacts = { 1000, 1000, { 1000000, 1000000 }, { 1000000, 1000000 } },
    .calls_of_one = 1000,
    .ringing_of_one = 1000,
    .session = { 1000000, 1000000 },
  };
  g_autoptr(Victim) victim = victim_new_clothed (&without_end);
  g_autofree char *folder =
      g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", name, NULL);
  g_autoptr(GDir) files = g_dir_open (folder, 0, NULL);
  Story story = { .victim = victim, .random = g_rand_new_with_seed (seed), .of = ONE_OF };
  g_test_message ("PEAL_SEED=%u", seed);
  g_assert_nonnull (files);
  for (const char *file; (file = g_dir_read_name (files));) {
    g_autofree char *path = g_build_filename (folder, file, NULL);
    if (g_str_has_suffix (file, ".xml"))
      read_file (&story, path);
  }
  g_test_message ("%s: %u stanzas, %u answered", (const char *) name, story.sent, story.answered);
  g_rand_free (story.random);
  rings (victim);
}

int
main (int argc, char **argv)
{
  static const char *const folders[] = { "dino", "legacy", "webrtc", "xep" };
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mutations/around-a-call", around_a_call);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *name = g_strdup_printf ("/mutations/%s", folders[i]);
    g_test_add_data_func (name, folders[i], read_folder);
  }
  return g_test_run ();
}
