/* Stories of calls whose paths change, of clients with habits of their own, and of peers that
 * change a call without end. */
// SPDX-License-Identifier: MIT
#include <locale.h>

#include "signaling/limits.h"
#include "tests/jingle/couple.h"

static PealCarrier *
carrier_of (Device *device, const char *media)
{
  return peal_call_slot_of (couple_call (device), media)->carrier;
}

/* How often @device said @words since it last was emptied. */
static guint
times_said (Device *device, const char *words)
{
  g_auto(GStrv) parts = g_strsplit (device->sent->str, words, -1);
  return g_strv_length (parts) - 1;
}

/* --- new paths --- */

/* One stanza tells of all contents of a path; nothing above it notices. */
static void
user_asks_for_a_new_path (gconstpointer features)
{
  gboolean bundled = g_str_equal (features, "bundle");
  Couple p = couple_talking (features, TRUE);
  g_autoptr(GError) error = NULL;
  g_string_truncate (p.alice->sent, 0);
  g_string_truncate (p.bob->sent, 0);
  g_assert_true (peal_endpoint_restart (p.alice->endpoint, p.alice->sid, &error));
  couple_settle (&p);
  couple_told (p.alice, bundled ? "restart:local" : "restart:local restart:local");
  couple_told (p.bob, bundled ? "restart:remote" : "restart:remote restart:remote");
  g_assert_cmpuint (times_said (p.alice, "transport-info"), ==, bundled ? 1 : 2);
  g_assert_cmpuint (times_said (p.alice, "<content "), ==, 2);
  g_assert_cmpuint (times_said (p.bob, "transport-info"), ==, bundled ? 1 : 2);
  g_assert_cmpuint (couple_picture (p.bob)->started, ==, 1);
  couple_agree (&p, "audio:both video:both");
  couple_end (&p);
}

/* A path that stays weak is looked for anew: the caller first, and the callee only if the caller
 * did not; once it is strong again the next weakness counts anew. */
static void
weak_path (gconstpointer who)
{
  gboolean callers = g_str_equal (who, "caller");
  Couple p = couple_talking ("bundle", FALSE);
  Device *device = callers ? p.alice : p.bob;
  PealCall *call = couple_call (device);
  gint64 patience = (callers ? 3 : 6) * G_USEC_PER_SEC;
  for (int i = 0; i < 2; i++) {
    PealCarrier *carrier = carrier_of (device, "audio");
    hollow_weaken (carrier->transport, TRUE);
    gint64 weak = carrier->weak_at;
    g_assert_cmpint (peal_call_restart_deadline (call), ==, weak + patience);
    peal_call_tick (call, weak + patience - 1);
    couple_told (device, "weak");
    peal_call_tick (call, weak + patience);
    couple_settle (&p);
    couple_told (device, "restart:local");
    g_assert_cmpint (peal_call_restart_deadline (call), ==, G_MAXINT64);
    hollow_weaken (carrier->transport, FALSE);
    couple_settle (&p);
  }
  couple_told (callers ? p.bob : p.alice, "restart:remote restart:remote");
  couple_end (&p);
}

/* Both begin anew at once: what comes is the answer to what was said. */
static void
both_restart (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  g_string_truncate (p.alice->sent, 0);
  g_string_truncate (p.bob->sent, 0);
  g_assert_true (peal_endpoint_restart (p.alice->endpoint, p.alice->sid, NULL));
  g_assert_true (peal_endpoint_restart (p.bob->endpoint, p.bob->sid, NULL));
  couple_settle (&p);
  g_assert_cmpuint (times_said (p.alice, "transport-info"), <=, 3);
  g_assert_cmpuint (times_said (p.bob, "transport-info"), <=, 3);
  couple_agree (&p, "audio:both");
  couple_end (&p);
}

/* --- transports that are replaced --- */

#define REPLACEMENT(ufrag, more)                                                                   \
  "<content creator='initiator' name='audio'><transport xmlns='urn:peal:test:hollow' "             \
  "ufrag='" ufrag "'" more "/></content>"

/* The new one is built beside the old one, and takes over when it is connected. */
static void
peer_replaces_a_transport (void)
{
  Couple p = couple_talking ("bundle", TRUE);
  PealCarrier *former = carrier_of (p.bob, "audio");
  couple_say (&p, p.alice, "transport-replace", REPLACEMENT ("new", " fingerprint='AB:CD'"));
  g_assert_true (glass_said (p.bob, "transport-accept"));
  g_assert_true (carrier_of (p.bob, "audio") != former);
  g_assert_true (carrier_of (p.bob, "video") == former && former->tag);
  g_assert_cmpuint (couple_call (p.bob)->carriers->len, ==, 2);
  couple_told (p.bob, "connected");
  g_assert_cmpuint (p.bob->ended, ==, 0);
  couple_end (&p);
}

/* What policy does not allow is refused, and the call goes on as it was. */
static void
replacement_is_refused (void)
{
  Couple p = couple_talking ("bundle", TRUE);
  PealCarrier *former = carrier_of (p.bob, "audio");
  couple_say (&p, p.alice, "transport-replace", REPLACEMENT ("new", ""));
  g_assert_true (glass_said (p.bob, "transport-reject"));
  g_assert_true (carrier_of (p.bob, "audio") == former);
  g_assert_cmpuint (couple_call (p.bob)->carriers->len, ==, 1);
  couple_end (&p);
}

/* Where policy takes plain calls an encrypted one stays what it is, and what joins it is so too. */
static void
nothing_plain_joins (void)
{
  Couple p = couple_new ("bundle", FALSE);
  p.alice->policy.encryption = p.bob->policy.encryption = PEAL_ENCRYPTION_PREFERRED;
  peal_endpoint_set_policy (p.bob->endpoint, &p.bob->policy);
  couple_talk (&p);
  PealCarrier *former = carrier_of (p.bob, "audio");
  couple_say (&p, p.alice, "transport-replace", REPLACEMENT ("new", ""));
  g_assert_true (glass_said (p.bob, "transport-reject"));
  g_assert_true (carrier_of (p.bob, "audio") == former);
  couple_say (&p, p.alice, "content-add",
              "<content creator='initiator' name='video' senders='initiator'><description "
              "xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'><payload-type id='96' "
              "name='hollow'/></description><transport xmlns='urn:peal:test:hollow' ufrag='more'/>"
              "</content>");
  g_assert_true (glass_said (p.bob, "content-reject"));
  g_assert_cmpuint (couple_call (p.bob)->slots->len, ==, 1);
  g_assert_cmpuint (p.bob->ended, ==, 0);
  couple_end (&p);
}

/* One that never works leaves the old one in its place. */
static void
replacement_fails (void)
{
  Couple p = couple_talking ("bundle", TRUE);
  PealCall *call = couple_call (p.bob);
  PealCarrier *former = carrier_of (p.bob, "audio");
  call->policy.bind_address = g_strdup ("nowhere");
  couple_say (&p, p.alice, "transport-replace", REPLACEMENT ("new", " fingerprint='AB:CD'"));
  g_assert_true (carrier_of (p.bob, "audio") == former);
  g_assert_cmpuint (call->carriers->len, ==, 1);
  g_assert_cmpuint (p.bob->ended, ==, 0);
  couple_end (&p);
}

/* --- habits of clients --- */

static Couple
with_habits (PealHabits habits, gboolean offered)
{
  Couple p = couple_talking ("bundle", offered);
  couple_call (p.alice)->habits = habits;
  return p;
}

/* stanza.js: the user hears it in words, and what is there is muted. */
static void
contents_are_fixed (void)
{
  Couple p = with_habits (PEAL_HABIT_FIXED_CONTENTS, FALSE);
  g_autoptr(GError) error = NULL;
  g_assert_false (
      peal_endpoint_send_content (p.alice->endpoint, p.alice->sid, "video", TRUE, &error));
  g_assert_cmpstr (error->message, ==,
                   "the client of bob@glass.test takes no picture in a running call: call again "
                   "with --video");
  couple_settle (&p);
  g_assert_false (glass_said (p.alice, "content-add"));
  couple_end (&p);
}

static void
picture_is_muted_instead (gconstpointer habit)
{
  Couple p = with_habits (GPOINTER_TO_UINT (habit), TRUE);
  couple_show (p.alice, FALSE);
  g_assert_true (couple_picture (p.alice)->muted);
  g_assert_true (glass_said (p.alice, "<mute "));
  g_assert_false (glass_said (p.alice, "content-modify") || glass_said (p.alice, "content-remove"));
  couple_told (p.alice, "mute:mute");
  couple_told (p.bob, "mute:mute");
  couple_show (p.alice, TRUE);
  g_assert_false (couple_picture (p.alice)->muted);
  couple_told (p.bob, "mute:unmute");
  couple_agree (&p, "audio:both video:both");
  couple_end (&p);
}

/* Dino: its picture is taken although nobody looks. */
static void
picture_must_be_taken (void)
{
  Couple p = couple_new ("bundle", FALSE);
  p.alice->wishes[1].receive = FALSE;
  couple_talk (&p);
  couple_call (p.alice)->habits = PEAL_HABIT_NO_REJECT;
  couple_show (p.bob, TRUE);
  couple_agree (&p, "audio:both video:responder");
  couple_end (&p);
}

static void
no_new_path_for (gconstpointer habit)
{
  Couple p = couple_talking ("bundle", FALSE);
  g_autoptr(GError) error = NULL;
  couple_call (p.bob)->habits = GPOINTER_TO_UINT (habit);
  g_assert_false (peal_endpoint_restart (p.bob->endpoint, p.bob->sid, &error));
  g_assert_nonnull (strstr (error->message, "call again"));
  hollow_weaken (carrier_of (p.bob, "audio")->transport, TRUE);
  g_assert_cmpint (peal_call_restart_deadline (couple_call (p.bob)), ==, G_MAXINT64);
  couple_told (p.bob, "weak");
  couple_end (&p);
}

/* --- peers without end --- */

#define ADD(name, media, codec)                                                                    \
  "<content creator='initiator' name='" name "' senders='initiator'><description "                 \
  "xmlns='urn:xmpp:jingle:apps:rtp:1' media='" media "'><payload-type id='96' name='" codec "'/>"  \
  "</description><transport xmlns='urn:peal:test:hollow' ufrag='more' fingerprint='AB:CD'/>"       \
  "</content>"

static const struct {
  const char *name, *content;
} flaws[] = {
  { "a codec nobody has", ADD ("video", "video", "none") },
  { "a second voice", ADD ("voice", "audio", "hollow") },
  { "no encryption",
    "<content creator='initiator' name='video' senders='initiator'><description "
    "xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'><payload-type id='96' name='hollow'/>"
    "</description><transport xmlns='urn:peal:test:hollow' ufrag='more'/></content>" },
  { "a transport nobody has",
    "<content creator='initiator' name='video'><description xmlns='urn:xmpp:jingle:apps:rtp:1' "
    "media='video'/><transport xmlns='urn:x'/></content>" },
  { "only ours to be sent",
    "<content creator='initiator' name='video' senders='responder'><description "
    "xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'><payload-type id='96' name='hollow'/>"
    "</description><transport xmlns='urn:peal:test:hollow' ufrag='more' fingerprint='AB:CD'/>"
    "</content>" },
};

/* Refused, and the next good one is taken. */
static void
flawed_adds (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (flaws); i++) {
    g_test_message ("%s", flaws[i].name);
    g_string_truncate (p.bob->sent, 0);
    couple_say (&p, p.alice, "content-add", flaws[i].content);
    g_assert_cmpuint (times_said (p.bob, "content-reject") + times_said (p.bob, "<error"), ==, 1);
    g_assert_cmpuint (couple_call (p.bob)->slots->len, ==, 1);
  }
  couple_told (p.bob, "");
  couple_say (&p, p.alice, "content-add", ADD ("picture", "video", "hollow"));
  glass_wait (p.bob, "content-added:remote");
  couple_end (&p);
}

/* What a peer adds, removes and replaces without end leaves nothing behind. */
static void
changes_without_end (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  int open = hollow_open;
  const PealCall *call = couple_call (p.bob);
  for (int i = 0; i < 40; i++) {
    couple_say (&p, p.alice, "content-add", ADD ("more", "video", "hollow"));
    couple_say (&p, p.alice, "content-add", ADD ("again", "video", "hollow"));
    couple_say (&p, p.alice, "content-remove", "<content creator='initiator' name='more'/>");
    g_assert_cmpuint (call->slots->len, <=, 2);
  }
  g_assert_cmpint (hollow_open, ==, open);
  for (int i = 0; i < 40; i++) {
    couple_say (&p, p.alice, "transport-replace", REPLACEMENT ("new", " fingerprint='AB:CD'"));
    g_assert_cmpuint (call->carriers->len, <=, 2);
  }
  g_assert_cmpint (hollow_open, <=, open + 1);
  for (int i = 0; i < 100; i++) {
    g_autofree char *info = g_strdup_printf (
        "<content creator='initiator' name='audio'><transport xmlns='urn:peal:test:hollow' "
        "ufrag='r%d'/></content>",
        i);
    couple_say (&p, p.alice, "transport-info", info);
  }
  g_assert_cmpuint (call->slots->len, ==, 1);
  g_assert_true (!call->last.last || call->last.last->len <= PEAL_MOST_GONE);
  g_assert_cmpuint (p.bob->ended, ==, 0);
  couple_end (&p);
}

/* @from's stanza at once, without a turn of the main context. */
static void
burst (Couple *p, const char *action, const char *inner)
{
  static guint serial;
  g_autofree char *xml = g_strdup_printf (
      "<iq xmlns='jabber:client' from='%s' to='%s' type='set' id='burst%u'><jingle "
      "xmlns='urn:xmpp:jingle:1' action='%s' sid='%s'>%s</jingle></iq>",
      p->alice->jid, p->bob->jid, ++serial, action, p->alice->sid, inner);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (peal_port_context (p->bob->port), xml);
  peal_port_receive (p->bob->port, stanza);
  xmpp_stanza_release (stanza);
}

/* Many in one turn, before anything could be closed. */
static void
changes_at_once (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  int open = hollow_open;
  for (int i = 0; i < 40; i++) {
    burst (&p, "content-add", ADD ("more", "video", "hollow"));
    burst (&p, "content-remove", "<content creator='initiator' name='more'/>");
  }
  /* Each has a medium, too. */
  g_assert_cmpint (hollow_open - open, <=, 2 * (PEAL_MOST_CLOSING + 1));
  couple_settle (&p);
  g_assert_cmpint (hollow_open, ==, open);
  couple_say (&p, p.alice, "content-add", ADD ("picture", "video", "hollow"));
  glass_wait (p.bob, "content-added:remote");
  couple_end (&p);
}

/* An answer that bundles the voice with the picture it does not take: the voice has its own path.
 */
static void
bundled_with_what_is_refused (void)
{
  Couple p = couple_new ("bundle", TRUE);
  glass_call (p.alice, BOB);
  glass_wait (p.bob, "incoming");
  couple_settle (&p);
  couple_say (&p, p.bob, "session-accept",
              ADD ("audio", "audio", "hollow") "<group xmlns='urn:xmpp:jingle:apps:grouping:0' "
                                               "semantics='BUNDLE'><content name='video'/>"
                                               "<content name='audio'/></group>");
  glass_wait (p.alice, "connected");
  g_assert_cmpuint (couple_call (p.alice)->carriers->len, ==, 1);
  couple_end (&p);
}

/* Candidates of contents that BUNDLE may drop wait for the answer, but not all of them. */
static void
candidates_without_end (void)
{
  Couple p = couple_new ("bundle", TRUE);
  glass_call (p.alice, BOB);
  glass_wait (p.bob, "incoming");
  couple_settle (&p);
  for (int i = 0; i < 200; i++)
    couple_say (&p, p.bob, "transport-info",
                "<content creator='initiator' name='video'><transport "
                "xmlns='urn:peal:test:hollow' ufrag='early'/></content>");
  const PealSlot *slot = peal_call_slot_of (couple_call (p.alice), "video");
  g_assert_cmpuint (slot->early->len, ==, PEAL_MOST_EARLY_TRANSPORTS);
  couple_end (&p);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/changes/restart/asked/bundled", "bundle", user_asks_for_a_new_path);
  g_test_add_data_func ("/changes/restart/asked/apart", "", user_asks_for_a_new_path);
  g_test_add_data_func ("/changes/restart/weak/caller", "caller", weak_path);
  g_test_add_data_func ("/changes/restart/weak/callee", "callee", weak_path);
  g_test_add_func ("/changes/restart/both", both_restart);
  g_test_add_func ("/changes/replace/taken", peer_replaces_a_transport);
  g_test_add_func ("/changes/replace/refused", replacement_is_refused);
  g_test_add_func ("/changes/replace/fails", replacement_fails);
  g_test_add_func ("/changes/replace/plain", nothing_plain_joins);
  g_test_add_func ("/changes/habits/fixed-contents", contents_are_fixed);
  g_test_add_data_func ("/changes/habits/fixed-contents/muted",
                        GUINT_TO_POINTER (PEAL_HABIT_FIXED_CONTENTS), picture_is_muted_instead);
  g_test_add_data_func ("/changes/habits/stops-by-mute",
                        GUINT_TO_POINTER (PEAL_HABIT_STOPS_BY_MUTE), picture_is_muted_instead);
  g_test_add_func ("/changes/habits/no-reject", picture_must_be_taken);
  g_test_add_data_func ("/changes/habits/no-restart", GUINT_TO_POINTER (PEAL_HABIT_NO_RESTART),
                        no_new_path_for);
  g_test_add_data_func ("/changes/habits/caller-restarts",
                        GUINT_TO_POINTER (PEAL_HABIT_CALLER_RESTARTS), no_new_path_for);
  g_test_add_func ("/changes/hostile/flawed-adds", flawed_adds);
  g_test_add_func ("/changes/hostile/without-end", changes_without_end);
  g_test_add_func ("/changes/hostile/bundled", bundled_with_what_is_refused);
  g_test_add_func ("/changes/hostile/at-once", changes_at_once);
  g_test_add_func ("/changes/hostile/candidates", candidates_without_end);
  return g_test_run ();
}
