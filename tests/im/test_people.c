/* Roster, presence and messages: who may tell us what, and what is asked again in a new session. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/im/message.h"
#include "signaling/im/presence.h"
#include "signaling/im/roster.h"
#include "tests/im/fake_port.h"

#define ROSTER "jabber:iq:roster"

static const char *const features[] = { "urn:xmpp:jingle:1", NULL };

/* --- roster --- */

static void
tick (gpointer user)
{
  *(gboolean *) user = TRUE;
}

static void
roster_and_pushes (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealRoster) roster = peal_roster_new (fake_port (fake));
  gboolean came = FALSE;

  fake_port_script (
      fake, NULL, ROSTER,
      "<query xmlns='" ROSTER "'>"
      "<item jid='Juliet@Capulet.Example' subscription='both' "
      "name='Juliet'><group>Friends</group></item>"
      "<item jid='nurse@capulet.example' subscription='to'/>"
      "<item jid='paris@x' ask='subscribe'/><item jid='a b@c'/><item name='nobody'/></query>");
  fake_port_up (fake, FALSE);
  peal_roster_wait (roster, tick, &came);
  fake_port_until (&came);
  g_assert_true (peal_roster_ready (roster));
  g_autoptr(GPtrArray) list = peal_roster_list (roster);
  g_assert_cmpuint (list->len, ==, 3);
  const PealContact *juliet = peal_roster_find (roster, "juliet@capulet.example");
  g_assert_cmpstr (juliet->name, ==, "Juliet");
  g_assert_cmpstr (((PealContactGroup *) juliet->groups->pdata[0])->name, ==, "Friends");
  g_assert_true (peal_roster_trusts (roster, "juliet@capulet.example"));
  g_assert_false (peal_roster_trusts (roster, "nurse@capulet.example"));
  g_assert_true (peal_roster_find (roster, "paris@x")->ask);

  /* RFC 6121 §2.1.6: from our own account or from nobody */
  fake_port_receive (fake, "<iq type='set' id='f' from='mallory@x'><query xmlns='" ROSTER
                           "'><item jid='mallory@x' subscription='both'/></query></iq>");
  g_assert_false (peal_roster_trusts (roster, "mallory@x"));
  g_assert_nonnull (strstr (fake_port_last (fake, "service-unavailable"), "id=\"f\""));
  fake_port_receive (fake, "<iq type='set' id='g' from='montague.example'><query xmlns='" ROSTER
                           "'><item jid='mallory@x' subscription='both'/></query></iq>");
  g_assert_false (peal_roster_trusts (roster, "mallory@x"));
  fake_port_receive (fake,
                     "<iq type='set' id='h'><query xmlns='" ROSTER
                     "'><item jid='nurse@capulet.example' subscription='from'/></query></iq>");
  g_assert_true (peal_roster_trusts (roster, "nurse@capulet.example"));
  g_assert_nonnull (strstr (fake_port_last (fake, "type=\"result\""), "id=\"h\""));
  fake_port_receive (fake,
                     "<iq type='set' id='i' from='romeo@montague.example'><query xmlns='" ROSTER
                     "'><item jid='juliet@capulet.example' subscription='remove'/></query></iq>");
  g_assert_null (peal_roster_find (roster, "juliet@capulet.example"));

  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  g_assert_nonnull (peal_roster_find (roster, "juliet@capulet.example"));
}

static void
roster_refused (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealRoster) roster = peal_roster_new (fake_port (fake));
  gboolean over = FALSE;

  fake_port_script (fake, NULL, ROSTER, "!service-unavailable");
  fake_port_up (fake, FALSE);
  peal_roster_wait (roster, tick, &over);
  fake_port_until (&over);
  g_assert_false (peal_roster_ready (roster));
  g_assert_false (peal_roster_trusts (roster, "juliet@capulet.example"));
}

/* --- presence --- */

typedef struct {
  PealPresences *presences;
  guint watch;
  GString *story;
} Seen;

static void
changed (gpointer user, const char *full, const PealPresence *presence)
{
  Seen *seen = user;

  g_string_append_printf (seen->story, "%s%s ", presence ? "+" : "-", full);
}

static void
changed_once (gpointer user, const char *full, const PealPresence *presence)
{
  Seen *seen = user;

  peal_presences_unwatch (seen->presences, seen->watch);
  g_string_append_printf (seen->story, "once ");
}

static void
who_is_there (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), features);
  g_autoptr(PealPresences) presences = peal_presences_new (fake_port (fake), caps);
  g_autoptr(GString) story = g_string_new (NULL);
  Seen seen = { .story = story, .presences = presences };

  seen.watch = peal_presences_watch (presences, changed_once, &seen);
  peal_presences_watch (presences, changed, &seen);
  fake_port_up (fake, FALSE);
  fake_port_receive (
      fake, "<presence from='j@c/low'><priority>-1</priority><show>away</show></presence>");
  fake_port_receive (
      fake,
      "<presence from='j@c/old'><priority>5</priority>"
      "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>");
  fake_port_receive (
      fake, "<presence from='j@c/new'><priority> 5 </priority><show>sleeping</show></presence>");
  fake_port_receive (fake, "<presence from='j@c/bad'><priority>900</priority></presence>");
  fake_port_receive (fake, "<presence from='j@c' type='subscribe'/>");
  g_autoptr(GPtrArray) all = peal_presences_of (presences, "j@c");
  g_assert_cmpuint (all->len, ==, 4);
  g_assert_cmpstr (((PealPresence *) all->pdata[0])->full, ==, "j@c/new");
  g_assert_null (((PealPresence *) all->pdata[0])->show);
  g_assert_cmpstr (((PealPresence *) all->pdata[1])->caps_ver, ==, "v");
  g_assert_cmpstr (((PealPresence *) all->pdata[3])->show, ==, "away");

  fake_port_receive (fake, "<presence from='j@c/new' type='unavailable'/>");
  fake_port_receive (fake, "<presence from='j@c' type='error'/>"); /* all of them */
  g_autoptr(GPtrArray) nobody = peal_presences_of (presences, "j@c");
  g_assert_cmpuint (nobody->len, ==, 0);
  g_assert_true (
      g_str_has_prefix (story->str, "once +j@c/low +j@c/old +j@c/new +j@c/bad -j@c/new -j@c/"));
  g_assert_cmpuint (strlen (story->str), ==, strlen ("once ") + 8 * strlen ("+j@c/low "));
}

static void
presence_is_bounded (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), features);
  g_autoptr(PealPresences) presences = peal_presences_new (fake_port (fake), caps);

  fake_port_up (fake, FALSE);
  for (guint i = 0; i < 100; i++) {
    g_autofree char *xml = g_strdup_printf ("<presence from='flood@x/%u'/>", i);
    fake_port_receive (fake, xml);
  }
  g_autoptr(GPtrArray) all = peal_presences_of (presences, "flood@x");
  g_assert_cmpuint (all->len, ==, 32);
}

static void
our_presence (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), features);
  g_autoptr(PealPresences) presences = peal_presences_new (fake_port (fake), caps);

  peal_presences_available (presences, 7, "chat", "here");
  g_assert_cmpuint (fake_port_count (fake, "<presence"), ==, 0); /* not before there is a session */
  fake_port_up (fake, FALSE);
  g_assert_cmpuint (fake_port_count (fake, "<presence"), ==, 1);
  const char *sent = fake_port_last (fake, "<priority>7</priority>");
  g_assert_nonnull (strstr (sent, peal_caps_version (caps)));
  g_assert_nonnull (strstr (sent, "<show>chat</show>"));

  peal_presences_direct (presences, "stranger@x/1", TRUE);
  g_assert_nonnull (
      strstr (fake_port_last (fake, "to=\"stranger@x/1\""), peal_caps_version (caps)));
  fake_port_down (fake);
  fake_port_up (fake, TRUE);
  g_assert_cmpuint (fake_port_count (fake, "<presence"), ==, 2); /* resumed: nothing was lost */
  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  g_assert_cmpuint (fake_port_count (fake, "<presence"), ==, 4);
  peal_presences_direct (presences, "stranger@x/1", FALSE);
  g_assert_nonnull (strstr (fake_port_last (fake, "to=\"stranger@x/1\""), "unavailable"));
  peal_presences_direct (presences, "stranger@x/1", FALSE);
  g_assert_cmpuint (fake_port_count (fake, "unavailable"), ==, 1);
}

/* --- messages --- */

typedef struct {
  GString *story;
  gint64 delay;
} Read;

static gboolean
read_message (gpointer user, const PealMessage *message)
{
  Read *read = user;

  g_string_append_printf (read->story, "%s%s>%s%s ",
                          message->carbon ? (message->sent ? "sent " : "received ") : "",
                          message->from, message->id, message->error ? "!" : "");
  read->delay = message->delay;
  return TRUE;
}

#define PROPOSE "<propose xmlns='urn:xmpp:jingle-message:0' id='s'/>"
#define CARBON(from, kind, message)                                                                \
  "<message from='" from "'><" kind " xmlns='urn:xmpp:carbons:2'>"                                 \
  "<forwarded xmlns='urn:xmpp:forward:0'>" message "</forwarded></" kind "></message>"
#define INNER(from, to, id, more)                                                                  \
  "<message xmlns='jabber:client' from='" from "' to='" to "' id='" id                             \
  "' type='chat'>" PROPOSE more "</message>"

static void
carbons (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealMessages) messages = peal_messages_new (fake_port (fake));
  g_autoptr(GString) story = g_string_new (NULL);
  Read read = { .story = story };
  static const char *const rows[] = {
    "<message from='j@c/1' id='1'>" PROPOSE "</message>",
    "<message from='j@c/1' id='2'><body>no proposal</body></message>",
    "<message from='j@c/1' id='3' type='error'>" PROPOSE "</message>",
    CARBON ("romeo@montague.example", "sent",
            INNER ("romeo@montague.example/other", "j@c", "4", "")),
    CARBON ("romeo@montague.example", "received",
            INNER ("j@c/1", "romeo@montague.example/other", "5", "")),
    /* forged, or not for us to see */
    CARBON ("mallory@x/1", "received", INNER ("j@c/1", FAKE_JID, "6", "")),
    CARBON ("mallory@x", "sent", INNER ("romeo@montague.example/other", "j@c", "7", "")),
    CARBON ("montague.example", "received", INNER ("j@c/1", FAKE_JID, "8", "")),
    CARBON ("romeo@montague.example/other", "received", INNER ("j@c/1", FAKE_JID, "9", "")),
    CARBON ("romeo@montague.example", "sent", INNER ("j@c/1", FAKE_JID, "10", "")),
    CARBON ("romeo@montague.example", "received",
            INNER ("j@c/1", FAKE_JID, "11", "<private xmlns='urn:xmpp:carbons:2'/>")),
    CARBON ("romeo@montague.example", "received",
            INNER ("j@c/1", FAKE_JID, "12", "<no-copy xmlns='urn:xmpp:hints'/>")),
    CARBON ("romeo@montague.example", "received", ""),
  };

  peal_messages_listen (messages, "urn:xmpp:jingle-message:0", read_message, &read);
  fake_port_up (fake, FALSE);
  g_assert_cmpuint (fake_port_count (fake, "<enable xmlns=\"urn:xmpp:carbons:2\"/>"), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    fake_port_receive (fake, rows[i]);
  g_assert_cmpstr (story->str, ==,
                   "j@c/1>1 j@c/1>3! sent romeo@montague.example/other>4 received j@c/1>5 ");
  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  g_assert_cmpuint (fake_port_count (fake, "urn:xmpp:carbons:2"), ==, 2);
}

#define DELAY(stamp) "<delay xmlns='urn:xmpp:delay' stamp='" stamp "'/>"

static void
delays (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealMessages) messages = peal_messages_new (fake_port (fake));
  g_autoptr(GString) story = g_string_new (NULL);
  Read read = { .story = story };

  peal_messages_listen (messages, NULL, read_message, &read);
  fake_port_up (fake, FALSE);
  fake_port_receive (fake,
                     "<message from='j@c/1' id='1'>" DELAY ("1970-01-01T00:01:00.5Z") "</message>");
  g_assert_cmpint (read.delay, ==, 60500000);
  fake_port_receive (fake, "<message from='j@c/1' id='2'>" DELAY ("yesterday") "</message>");
  g_assert_cmpint (read.delay, ==, 0);
  fake_port_receive (fake, CARBON ("romeo@montague.example", "received",
                                   INNER ("j@c/1", FAKE_JID, "3", DELAY ("1970-01-01T00:03:00Z"))
                                       DELAY ("1970-01-01T00:02:00Z")));
  g_assert_cmpint (read.delay, ==, 120000000);
}

static void
stored_messages (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealMessages) messages = peal_messages_new (fake_port (fake));
  xmpp_stanza_t *payload =
      xmpp_stanza_new_from_string (peal_port_context (fake_port (fake)), PROPOSE);

  fake_port_up (fake, FALSE);
  peal_messages_send (messages, "j@c", NULL, payload);
  const char *sent = fake_port_last (fake, "<propose");
  g_assert_nonnull (strstr (sent, "type=\"chat\""));
  g_assert_nonnull (strstr (sent, "<store xmlns=\"urn:xmpp:hints\"/>"));
  g_assert_nonnull (strstr (sent, "to=\"j@c\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/im/roster/pushes", roster_and_pushes);
  g_test_add_func ("/im/roster/refused", roster_refused);
  g_test_add_func ("/im/presence/who-is-there", who_is_there);
  g_test_add_func ("/im/presence/bounded", presence_is_bounded);
  g_test_add_func ("/im/presence/ours", our_presence);
  g_test_add_func ("/im/message/carbons", carbons);
  g_test_add_func ("/im/message/delays", delays);
  g_test_add_func ("/im/message/stored", stored_messages);
  return g_test_run ();
}
