/* Stories of whole calls, told by the endpoints of devices on a server in a glass. */
// SPDX-License-Identifier: MIT
#include <locale.h>

#include "tests/jingle/glass.h"
#include "tests/jingle/hollow.h"

#define ALICE "alice@glass.test/a"
#define BOB   "bob@glass.test/b"
#define EVE   "mallory@glass.test/m"

typedef struct {
  Glass *glass;
  Device *alice, *bob;
} Pair;

static Pair
pair (const char *features)
{
  Pair pair = { .glass = glass_new () };
  pair.alice = glass_add (pair.glass, ALICE, "");
  pair.bob = glass_add (pair.glass, BOB, features);
  glass_settle (pair.glass);
  return pair;
}

static void
tells (Device *device, const char *story)
{
  g_autofree char *told = g_strchomp (g_strdup (device->story->str));
  g_assert_cmpstr (told, ==, story);
}

static void
end (Pair *pair)
{
  glass_free (pair->glass);
  g_assert_cmpint (hollow_open, ==, 0);
}

static void
accepted_by_proposal (void)
{
  Pair p = pair ("");
  p.bob->answers = TRUE;
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "connected");
  glass_wait (p.bob, "connected");
  peal_endpoint_hangup (p.alice->endpoint, p.alice->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (p.bob, "ended");
  tells (p.alice, "outgoing ringing accepted connected ended:success");
  tells (p.bob, "incoming accepted connected ended:success");
  g_assert_cmpint (p.alice->by, ==, PEAL_BY_LOCAL);
  g_assert_cmpint (p.bob->by, ==, PEAL_BY_REMOTE);
  end (&p);
}

/* The caps in what @device knows of bob's presence; NULL when there is none. */
static const char *
caps_of_bob (Device *device)
{
  g_autoptr(GPtrArray) there = peal_presences_of (device->presences, "bob@glass.test");
  return there->len ? ((PealPresence *) there->pdata[0])->caps_ver : NULL;
}

static void
who_accepts_a_stranger_shows_itself (void)
{
  Pair p = pair ("");
  Device *eve = glass_add (p.glass, EVE, "");
  glass_settle (p.glass);
  glass_call (eve, "bob@glass.test");
  glass_wait (p.bob, "incoming");
  g_assert_null (caps_of_bob (eve));
  g_assert_true (peal_endpoint_accept (p.bob->endpoint, p.bob->sid));
  glass_wait (eve, "connected");
  g_assert_nonnull (caps_of_bob (eve));
  peal_endpoint_hangup (eve->endpoint, eve->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (p.bob, "ended");
  glass_settle (p.glass);
  g_assert_null (caps_of_bob (eve));
  end (&p);
}

static void
accepted_directly (void)
{
  Pair p = pair ("direct");
  p.bob->answers = TRUE;
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "connected");
  glass_wait (p.bob, "connected");
  peal_endpoint_hangup (p.bob->endpoint, p.bob->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (p.alice, "ended");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_SUCCESS);
  g_assert_cmpint (p.bob->cause, ==, PEAL_CAUSE_SUCCESS);
  end (&p);
}

static void
rings_and_is_declined (gconstpointer features)
{
  Pair p = pair (features);
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.bob, "incoming");
  if (g_str_equal (features, "direct"))
    glass_wait (p.alice, "ringing");
  peal_endpoint_reject (p.bob->endpoint, p.bob->sid, PEAL_REASON_DECLINE);
  glass_wait (p.alice, "ended");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_DECLINED);
  g_assert_cmpint (p.bob->cause, ==, PEAL_CAUSE_DECLINED);
  end (&p);
}

static void
is_cancelled (gconstpointer features)
{
  Pair p = pair (features);
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.bob, "incoming");
  peal_endpoint_hangup (p.alice->endpoint, p.alice->sid, PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED);
  glass_wait (p.bob, "ended");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_CANCELLED);
  g_assert_cmpint (p.bob->cause, ==, PEAL_CAUSE_CANCELLED);
  end (&p);
}

static void
nobody_answers (gconstpointer features)
{
  Pair p = pair (features);
  p.alice->policy.ring_timeout = 1;
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "ended");
  glass_wait (p.bob, "ended");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_NO_ANSWER);
  g_assert_cmpint (p.bob->cause, ==, PEAL_CAUSE_CANCELLED);
  end (&p);
}

static PealAdmission
full_house (gpointer user, const char *peer, gboolean contact)
{
  return PEAL_TURN_AWAY;
}

static void
is_busy (gconstpointer features)
{
  Pair p = pair (features);
  p.bob->answers = TRUE; /* whatever he is asked, and he must not be */
  peal_endpoint_set_filter (p.bob->endpoint, full_house, NULL);
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "ended");
  tells (p.bob, "ended:busy");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_BUSY);
  end (&p);
}

static void
one_of_three_answers (void)
{
  g_autoptr(Glass) glass = glass_new ();
  Device *alice = glass_add (glass, ALICE, "");
  Device *phone = glass_add (glass, "bob@glass.test/phone", "");
  Device *desk = glass_add (glass, "bob@glass.test/desk", "");
  Device *car = glass_add (glass, "bob@glass.test/car", "");
  glass_call (alice, "bob@glass.test");
  glass_wait (phone, "incoming");
  glass_wait (desk, "incoming");
  glass_wait (car, "incoming");
  peal_endpoint_accept (desk->endpoint, desk->sid);
  glass_wait (desk, "connected");
  glass_wait (phone, "ended:elsewhere");
  glass_wait (car, "ended:elsewhere");
  glass_wait (alice, "connected");
  peal_endpoint_hangup (alice->endpoint, alice->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (desk, "ended:success");
}

static void
nobody_is_there (gconstpointer to)
{
  Pair p = pair ("");
  glass_call (p.alice, to);
  glass_wait (p.alice, "ended");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_UNREACHABLE);
  end (&p);
}

static void
takes_no_calls (gconstpointer to)
{
  Pair p = pair ("none");
  glass_call (p.alice, to);
  glass_wait (p.alice, "ended");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_UNSUPPORTED);
  end (&p);
}

static void
both_call (gconstpointer features)
{
  Pair p = pair (features);
  p.alice->answers = p.bob->answers = TRUE;
  gboolean direct = g_str_equal (features, "direct");
  glass_call (p.alice, direct ? BOB : "bob@glass.test");
  glass_call (p.bob, direct ? ALICE : "alice@glass.test");
  glass_wait (p.alice, "connected");
  glass_wait (p.bob, "connected");
  peal_endpoint_hangup (p.alice->endpoint, p.alice->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (p.bob, "ended:success");
  g_assert_cmpuint (p.alice->ended, ==, 1);
  g_assert_cmpuint (p.bob->ended, ==, 1);
  end (&p);
}

static void
both_hang_up (void)
{
  Pair p = pair ("");
  p.bob->answers = TRUE;
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "connected");
  glass_wait (p.bob, "connected");
  peal_endpoint_hangup (p.alice->endpoint, p.alice->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  peal_endpoint_hangup (p.bob->endpoint, p.bob->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (p.alice, "ended");
  glass_wait (p.bob, "ended");
  tells (p.alice, "outgoing ringing accepted connected ended:success");
  g_assert_cmpint (p.bob->cause, ==, PEAL_CAUSE_SUCCESS);
  end (&p);
}

typedef struct {
  GlassTrouble trouble;
  gboolean callers;
  PealCause caller, callee;
} Trouble;

static void
goes_wrong (gconstpointer data)
{
  const Trouble *trouble = data;
  Pair p = pair ("");
  p.bob->answers = TRUE;
  glass_trouble (trouble->callers ? p.alice : p.bob, trouble->trouble);
  if (trouble->trouble == GLASS_NO_PATH)
    glass_trouble (p.bob, trouble->trouble);
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "ended");
  glass_wait (p.bob, "ended");
  g_assert_cmpstr (peal_cause_word (p.alice->cause), ==, peal_cause_word (trouble->caller));
  g_assert_cmpstr (peal_cause_word (p.bob->cause), ==, peal_cause_word (trouble->callee));
  end (&p);
}

static const Trouble no_path = { GLASS_NO_PATH, TRUE, PEAL_CAUSE_NO_PATH, PEAL_CAUSE_NO_PATH };
static const Trouble no_codec = { GLASS_BAD_CODEC, FALSE, PEAL_CAUSE_MEDIA, PEAL_CAUSE_MEDIA };
static const Trouble unencrypted = { GLASS_UNENCRYPTED, TRUE, PEAL_CAUSE_SECURITY,
                                     PEAL_CAUSE_SECURITY };

/* The application may end a call inside any event of it; nothing is closed under the feet of its
 * teller. */
static void
hung_up_inside (gconstpointer data)
{
  PealEventKind kind = (PealEventKind) GPOINTER_TO_INT (data);
  for (int callee = 0; callee <= 1; callee++) {
    Pair p = pair ("");
    Device *device = callee ? p.bob : p.alice;
    if ((kind == PEAL_EVENT_INCOMING) != callee && kind != PEAL_EVENT_ACCEPTED &&
        kind != PEAL_EVENT_CONNECTED) {
      end (&p);
      continue;
    }
    p.bob->answers = kind != PEAL_EVENT_INCOMING;
    device->hangs_up_at = kind;
    glass_call (p.alice, "bob@glass.test");
    glass_wait (device, "ended:success");
    glass_settle (p.glass);
    g_assert_cmpuint (device->ended, ==, 1);
    if (strstr (p.bob->story->str, "incoming"))
      glass_wait (p.bob, "ended");
    end (&p);
  }
}

/* No word of ours: the caller need not know that we are here, and our other devices ring on. */
static void
sound_fails_while_it_rings (void)
{
  Pair p = pair ("");
  Device *phone = glass_add (p.glass, "bob@glass.test/phone", "");
  glass_trouble (p.bob, GLASS_NO_SOUND);
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.bob, "ended:media");
  glass_settle (p.glass);
  g_assert_cmpuint (p.alice->ended + phone->ended, ==, 0);
  g_assert_false (glass_said (p.bob, "<reject"));
  peal_endpoint_accept (phone->endpoint, phone->sid);
  glass_wait (p.alice, "connected");
  end (&p);
}

static void
given_up_after_proceed (void)
{
  Pair p = pair ("");
  p.bob->answers = TRUE;
  glass_trouble (p.alice, GLASS_SLOW);
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.bob, "incoming");
  glass_settle (p.glass);
  peal_endpoint_hangup (p.alice->endpoint, p.alice->sid, PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED);
  glass_wait (p.bob, "ended:cancelled");
  end (&p);
}

static void
let_go_after_proceed (void)
{
  Pair p = pair ("");
  glass_trouble (p.alice, GLASS_SLOW);
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.bob, "incoming");
  peal_endpoint_accept (p.bob->endpoint, p.bob->sid);
  glass_settle (p.glass);
  peal_endpoint_hangup (p.bob->endpoint, p.bob->sid, PEAL_REASON_CANCEL, PEAL_CAUSE_CANCELLED);
  glass_wait (p.alice, "ended:declined");
  glass_wait (p.bob, "ended:cancelled");
  end (&p);
}

/* --- strangers, and those who are not who they should be --- */

#define PROPOSE(sid)                                                                               \
  "<message xmlns='jabber:client' to='bob@glass.test' type='chat'><propose "                       \
  "xmlns='urn:xmpp:jingle-message:0' id='" sid "'><description "                                   \
  "xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message>"
#define CONTENT(name, media)                                                                       \
  "<content creator='initiator' name='" name "'><description xmlns='urn:xmpp:jingle:apps:rtp:1' "  \
  "media='" media "'><payload-type id='96' name='hollow'/></description>"                          \
  "<transport xmlns='urn:peal:test:hollow' ufrag='abcd' fingerprint='AB:CD'/></content>"
#define JINGLE(action, sid, inner)                                                                 \
  "<iq xmlns='jabber:client' to='" BOB "' type='set' id='x'><jingle xmlns='urn:xmpp:jingle:1' "    \
  "action='" action "' sid='" sid "'>" inner "</jingle></iq>"
#define INITIATE(sid) JINGLE ("session-initiate", sid, CONTENT ("voice", "audio"))

static void
says (Device *device, const char *xml)
{
  glass_say (device, xml);
  glass_settle (device->glass);
}

/* The user is asked, and nothing of it is told. */
static void
stranger_is_told_nothing (void)
{
  Pair p = pair ("");
  Device *eve = glass_add (p.glass, EVE, "");
  says (eve, PROPOSE ("one"));
  tells (p.bob, "incoming");
  g_assert_false (glass_said (p.bob, "mallory"));
  says (eve, INITIATE ("two"));
  tells (p.bob, "incoming incoming");
  g_assert_false (glass_said (p.bob, "ringing"));
  says (p.alice, INITIATE ("three"));
  g_assert_true (glass_said (p.bob, "ringing"));
  end (&p);
}

static PealAdmission
contacts_only (gpointer user, const char *peer, gboolean contact)
{
  return contact ? PEAL_ADMIT : PEAL_IGNORE;
}

static void
called_before_the_roster (gconstpointer features)
{
  Pair p = { .glass = glass_new () };
  p.alice = glass_add (p.glass, ALICE, "");
  glass_settle (p.glass);
  glass_keep_rosters (p.glass);
  p.bob = glass_add (p.glass, BOB, features);
  peal_endpoint_set_filter (p.bob->endpoint, contacts_only, NULL);
  glass_settle (p.glass);
  gboolean direct = g_str_equal (features, "direct");
  glass_call (p.alice, direct ? BOB : "bob@glass.test");
  glass_wait_said (p.alice, direct ? "session-initiate" : "<propose");
  tells (p.bob, "");
  glass_hand_out_rosters (p.glass);
  glass_wait (p.bob, "incoming");
  peal_endpoint_accept (p.bob->endpoint, p.bob->sid);
  glass_wait (p.alice, "connected");
  end (&p);
}

static void
room_does_not_ring (void)
{
  Pair p = pair ("");
  Device *eve = glass_add (p.glass, "mallory@glass.test/room", "");
  says (eve, "<message xmlns='jabber:client' to='bob@glass.test' type='groupchat'><propose "
             "xmlns='urn:xmpp:jingle-message:0' id='one'><description "
             "xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message>");
  tells (p.bob, "");
  end (&p);
}

static void
sid_of_somebody_else (void)
{
  Pair p = pair ("");
  Device *eve = glass_add (p.glass, EVE, "");
  says (p.alice, PROPOSE ("one"));
  tells (p.bob, "incoming");
  says (eve, INITIATE ("one"));
  says (p.alice, INITIATE ("one")); /* too early */
  tells (p.bob, "incoming");
  g_assert_cmpuint (peal_endpoint_count (p.bob->endpoint), ==, 1);
  peal_endpoint_accept (p.bob->endpoint, p.bob->sid);
  glass_settle (p.glass);
  says (eve, INITIATE ("one"));
  glass_say (p.alice, INITIATE ("one"));
  glass_say (eve, JINGLE ("session-terminate", "one", ""));
  glass_wait (p.bob, "connected");
  end (&p);
}

/* Whatever ended the proposal. */
static void
rings_only_once (void)
{
  Pair p = pair ("");
  says (p.alice, PROPOSE ("one"));
  peal_endpoint_reject (p.bob->endpoint, p.bob->sid, PEAL_REASON_DECLINE);
  says (p.alice, INITIATE ("one"));
  says (p.alice, PROPOSE ("one"));
  glass_wait (p.bob, "ended:declined");
  tells (p.bob, "incoming ended:declined");
  end (&p);
}

/* --- leaving, and finding --- */

/* Ringing is no answer of ours, and another device may still give one. */
static void
left_while_it_rings (gconstpointer features)
{
  Pair p = pair (features);
  Device *phone = glass_add (p.glass, "bob@glass.test/phone", features);
  gboolean direct = g_str_equal (features, "direct");
  glass_call (p.alice, direct ? BOB : "bob@glass.test");
  glass_wait (p.bob, "incoming");
  g_assert_cmpuint (peal_endpoint_leave (p.bob->endpoint), ==, 1);
  glass_wait (p.bob, "ended:cancelled");
  glass_settle (p.glass);
  g_assert_cmpuint (p.alice->ended, ==, direct ? 1 : 0);
  g_assert_cmpuint (phone->ended, ==, 0);
  end (&p);
}

static void
left_after_picking_up (void)
{
  Pair p = pair ("");
  p.bob->answers = TRUE;
  glass_trouble (p.alice, GLASS_SLOW);
  glass_call (p.alice, "bob@glass.test");
  glass_wait_said (p.bob, "<proceed");
  peal_endpoint_leave (p.bob->endpoint);
  glass_wait (p.alice, "ended");
  glass_wait (p.bob, "ended:cancelled");
  end (&p);
}

/* Presences come one by one: the first is not all there is. */
static void
better_device_shows_up (void)
{
  Pair p = { .glass = glass_new () };
  p.alice = glass_add (p.glass, ALICE, "");
  glass_settle (p.glass);
  glass_call (p.alice, "bob@glass.test");
  for (int i = 0; i < 3; i++)
    g_main_context_iteration (NULL, FALSE);
  glass_add (p.glass, "bob@glass.test/old", "direct");
  p.bob = glass_add (p.glass, BOB, "");
  p.bob->answers = TRUE;
  glass_wait (p.bob, "connected");
  end (&p);
}

/* --- a stream that comes back without its session --- */

/* Whatever was under way: what was asked is answered as lost, and a call ends on both sides or goes
 * on on both. */
static void
connection_is_made_again (gconstpointer features)
{
  static const char *const moments[] = { "<propose", "session-initiate", "<proceed",
                                         "session-accept" };
  gboolean direct = g_str_equal (features, "direct");
  for (guint i = direct ? 1 : 0; i < G_N_ELEMENTS (moments) * 2; i++) {
    Pair p = pair (features);
    const char *moment = moments[i % G_N_ELEMENTS (moments)];
    gboolean callee = g_str_equal (moment, "<proceed") || g_str_equal (moment, "session-accept");
    Device *cut = i < G_N_ELEMENTS (moments) ? p.alice : p.bob;
    if (direct && moment[0] == '<') {
      end (&p);
      continue;
    }
    p.bob->answers = TRUE;
    glass_call (p.alice, direct ? BOB : "bob@glass.test");
    while (!glass_said (callee ? p.bob : p.alice, moment))
      g_main_context_iteration (NULL, TRUE);
    peal_port_state (cut->port, NULL, FALSE);
    peal_port_state (cut->port, cut->jid, FALSE);
    glass_settle (p.glass);
    peal_endpoint_leave (p.alice->endpoint);
    glass_wait (p.alice, "ended");
    if (strstr (p.bob->story->str, "incoming"))
      glass_wait (p.bob, "ended");
    end (&p);
  }
}

/* --- offers of more than voice --- */

#define GROUP                                                                                      \
  "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='picture'/>"    \
  "<content name='voice'/><content name='data'/></group>"
#define TWO CONTENT ("voice", "audio") CONTENT ("picture", "video")

static void
voice_is_taken (gconstpointer offer)
{
  Pair p = pair ("");
  gboolean bundle = strstr (offer, "BUNDLE") != NULL;
  p.bob->answers = TRUE;
  glass_say (p.alice, offer);
  glass_wait_said (p.bob, "session-accept");
  const char *accept = strstr (p.bob->sent->str, "session-accept");
  g_assert_nonnull (strstr (accept, "name=\"voice\""));
  g_assert_cmpint (strstr (accept, "name=\"picture\"") != NULL, ==, bundle);
  g_assert_cmpint (strstr (accept, "senders=\"none\"") != NULL, ==, bundle);
  g_assert_cmpint (strstr (accept, "<group") != NULL, ==, bundle);
  g_assert_null (strstr (accept, "\"data\""));
  if (bundle)
    g_assert_null (strstr (strstr (accept, "<group"), "picture"));
  g_assert_cmpint (hollow_open, <=, 2);
  end (&p);
}

/* --- calls that cross --- */

/* Ours is not on its way yet: theirs is taken in its place. */
static void
called_while_calling (gconstpointer features)
{
  Pair p = pair (features);
  gboolean direct = g_str_equal (features, "direct");
  p.alice->answers = p.bob->answers = TRUE;
  glass_trouble (p.alice, GLASS_SLOW);
  glass_call (p.alice, BOB);
  glass_wait_said (p.alice, "disco#info");
  glass_trouble (p.alice, GLASS_FINE);
  glass_call (p.bob, direct ? ALICE : "alice@glass.test");
  glass_wait (p.alice, "connected");
  glass_wait (p.bob, "connected");
  g_assert_cmpuint (peal_endpoint_count (p.alice->endpoint), ==, 1);
  g_assert_cmpuint (peal_endpoint_count (p.bob->endpoint), ==, 1);
  end (&p);
}

/* It rings already when he calls back: whichever sid is lower, one call is left. */
static void
called_back_while_it_rings (void)
{
  for (int i = 0; i < 8; i++) {
    Pair p = pair ("direct");
    glass_call (p.alice, BOB);
    glass_wait (p.alice, "ringing");
    glass_call (p.bob, ALICE);
    glass_settle (p.glass);
    glass_wait (p.bob, "ended:");
    g_assert_cmpuint (peal_endpoint_count (p.alice->endpoint), ==, 1);
    g_assert_cmpuint (peal_endpoint_count (p.bob->endpoint), ==, 1);
    end (&p);
  }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint/accepted-by-proposal", accepted_by_proposal);
  g_test_add_func ("/endpoint/who-accepts-a-stranger-shows-itself",
                   who_accepts_a_stranger_shows_itself);
  g_test_add_func ("/endpoint/accepted-directly", accepted_directly);
  g_test_add_data_func ("/endpoint/declined", "", rings_and_is_declined);
  g_test_add_data_func ("/endpoint/declined-directly", "direct", rings_and_is_declined);
  g_test_add_data_func ("/endpoint/cancelled", "", is_cancelled);
  g_test_add_data_func ("/endpoint/cancelled-directly", "direct", is_cancelled);
  g_test_add_data_func ("/endpoint/no-answer", "", nobody_answers);
  g_test_add_data_func ("/endpoint/no-answer-directly", "direct", nobody_answers);
  g_test_add_data_func ("/endpoint/busy", "", is_busy);
  g_test_add_data_func ("/endpoint/busy-directly", "direct", is_busy);
  g_test_add_func ("/endpoint/one-of-three-answers", one_of_three_answers);
  g_test_add_data_func ("/endpoint/unknown-account", "nobody@glass.test", nobody_is_there);
  g_test_add_data_func ("/endpoint/resource-not-there", "bob@glass.test/gone", nobody_is_there);
  g_test_add_data_func ("/endpoint/no-jingle", "bob@glass.test", takes_no_calls);
  g_test_add_data_func ("/endpoint/no-jingle-directly", BOB, takes_no_calls);
  g_test_add_data_func ("/endpoint/both-call", "", both_call);
  g_test_add_data_func ("/endpoint/both-call-directly", "direct", both_call);
  g_test_add_func ("/endpoint/both-hang-up", both_hang_up);
  g_test_add_data_func ("/endpoint/hung-up-inside/outgoing", GINT_TO_POINTER (PEAL_EVENT_OUTGOING),
                        hung_up_inside);
  g_test_add_data_func ("/endpoint/hung-up-inside/ringing", GINT_TO_POINTER (PEAL_EVENT_RINGING),
                        hung_up_inside);
  g_test_add_data_func ("/endpoint/hung-up-inside/incoming", GINT_TO_POINTER (PEAL_EVENT_INCOMING),
                        hung_up_inside);
  g_test_add_data_func ("/endpoint/hung-up-inside/accepted", GINT_TO_POINTER (PEAL_EVENT_ACCEPTED),
                        hung_up_inside);
  g_test_add_data_func ("/endpoint/hung-up-inside/connected",
                        GINT_TO_POINTER (PEAL_EVENT_CONNECTED), hung_up_inside);
  g_test_add_func ("/endpoint/no-sound-while-it-rings", sound_fails_while_it_rings);
  g_test_add_func ("/endpoint/given-up-after-proceed", given_up_after_proceed);
  g_test_add_func ("/endpoint/let-go-after-proceed", let_go_after_proceed);
  g_test_add_data_func ("/endpoint/left-while-it-rings", "", left_while_it_rings);
  g_test_add_data_func ("/endpoint/left-while-it-rings-directly", "direct", left_while_it_rings);
  g_test_add_func ("/endpoint/left-after-picking-up", left_after_picking_up);
  g_test_add_func ("/endpoint/better-device-shows-up", better_device_shows_up);
  g_test_add_data_func ("/endpoint/connection-made-again", "", connection_is_made_again);
  g_test_add_data_func ("/endpoint/connection-made-again-directly", "direct",
                        connection_is_made_again);
  g_test_add_data_func ("/endpoint/picture-too", JINGLE ("session-initiate", "one", TWO),
                        voice_is_taken);
  g_test_add_data_func ("/endpoint/picture-too-in-a-bundle",
                        JINGLE ("session-initiate", "one", TWO GROUP), voice_is_taken);
  g_test_add_func ("/endpoint/stranger-is-told-nothing", stranger_is_told_nothing);
  g_test_add_data_func ("/endpoint/called-before-the-roster", "", called_before_the_roster);
  g_test_add_data_func ("/endpoint/called-directly-before-the-roster", "direct",
                        called_before_the_roster);
  g_test_add_func ("/endpoint/room-does-not-ring", room_does_not_ring);
  g_test_add_func ("/endpoint/sid-of-somebody-else", sid_of_somebody_else);
  g_test_add_func ("/endpoint/rings-only-once", rings_only_once);
  g_test_add_data_func ("/endpoint/called-while-calling", "", called_while_calling);
  g_test_add_data_func ("/endpoint/called-while-calling-directly", "direct", called_while_calling);
  g_test_add_func ("/endpoint/called-back-while-it-rings", called_back_while_it_rings);
  g_test_add_data_func ("/endpoint/no-path", &no_path, goes_wrong);
  g_test_add_data_func ("/endpoint/no-codec", &no_codec, goes_wrong);
  g_test_add_data_func ("/endpoint/unencrypted", &unencrypted, goes_wrong);
  return g_test_run ();
}
