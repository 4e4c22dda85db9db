/* Hold and mute, told between the endpoints of two devices (XEP-0167 §8) or by senders. */
// SPDX-License-Identifier: MIT
#include <locale.h>

#include "tests/jingle/glass.h"
#include "tests/jingle/hollow.h"

#define ALICE "alice@glass.test/a"
#define BOB   "bob@glass.test/b"
#define INFO  "urn:xmpp:jingle:apps:rtp:info:1"

typedef struct {
  Glass *glass;
  Device *alice, *bob;
} Pair;

static Pair
pair (void)
{
  Pair pair = { .glass = glass_new () };
  pair.alice = glass_add (pair.glass, ALICE, "");
  pair.bob = glass_add (pair.glass, BOB, "");
  glass_settle (pair.glass);
  return pair;
}

/* Alice has called Bob, and they talk. */
static Pair
talk (void)
{
  Pair p = pair ();
  p.bob->answers = TRUE;
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "connected");
  glass_wait (p.bob, "connected");
  glass_settle (p.glass);
  g_string_truncate (p.alice->story, 0);
  g_string_truncate (p.bob->story, 0);
  return p;
}

static void
end (Pair *pair)
{
  glass_free (pair->glass);
  g_assert_cmpint (hollow_open, ==, 0);
}

static const HollowConfig *
of (const Device *device)
{
  return (HollowConfig *) device->wish.config;
}

static void
does (Device *device, PealControl control, int value)
{
  g_assert_true (peal_endpoint_control (device->endpoint, device->sid, control, value, NULL));
  glass_settle (device->glass);
}

static void
tells (Device *device, const char *story)
{
  g_autofree char *told = g_strchomp (g_strdup (device->story->str));
  g_assert_cmpstr (told, ==, story);
}

static guint
times_said (Device *device, const char *words)
{
  g_auto(GStrv) parts = g_strsplit (device->sent->str, words, -1);
  return g_strv_length (parts) - 1;
}

/* Alice sends what her endpoint would not. */
static void
says (Pair *p, const char *action, const char *inner)
{
  g_autofree char *xml =
      g_strdup_printf ("<iq xmlns='jabber:client' to='" BOB "' type='set' id='raw'><jingle "
                       "xmlns='urn:xmpp:jingle:1' action='%s' sid='%s'>%s</jingle></iq>",
                       action, p->alice->sid, inner);
  glass_say (p->alice, xml);
  glass_settle (p->glass);
}

static void
info (Pair *p, const char *name)
{
  g_autofree char *inner = g_strdup_printf ("<%s xmlns='" INFO "'/>", name);
  says (p, "session-info", inner);
}

static void
senders (Pair *p, const char *word)
{
  g_autofree char *inner =
      g_strdup_printf ("<content creator='initiator' name='audio' senders='%s'/>", word);
  says (p, "content-modify", inner);
}

static void
one_holds (void)
{
  Pair p = talk ();
  does (p.alice, PEAL_CONTROL_HOLD, TRUE);
  tells (p.bob, "hold:hold");
  g_assert_true (of (p.alice)->holds && of (p.bob)->held);
  g_assert_false (of (p.bob)->holds || of (p.alice)->held);
  does (p.alice, PEAL_CONTROL_HOLD, FALSE);
  tells (p.bob, "hold:hold hold:unhold");
  g_assert_false (of (p.alice)->holds || of (p.bob)->held);
  tells (p.alice, "");
  end (&p);
}

/* Whoever comes back first still waits for the other. */
static void
both_hold (gconstpointer first_back)
{
  Pair p = talk ();
  gboolean alice_first = GPOINTER_TO_INT (first_back);
  Device *first = alice_first ? p.alice : p.bob, *second = alice_first ? p.bob : p.alice;
  does (p.alice, PEAL_CONTROL_HOLD, TRUE);
  does (p.bob, PEAL_CONTROL_HOLD, TRUE);
  does (first, PEAL_CONTROL_HOLD, FALSE);
  g_assert_true (of (first)->held && !of (first)->holds);
  g_assert_true (of (second)->holds && !of (second)->held);
  does (second, PEAL_CONTROL_HOLD, FALSE);
  g_assert_false (of (first)->held || of (second)->holds);
  tells (p.alice, "hold:hold hold:unhold");
  tells (p.bob, "hold:hold hold:unhold");
  end (&p);
}

static void
said_again_it_is_nothing_new (void)
{
  Pair p = talk ();
  for (guint i = 0; i < 2; i++)
    does (p.alice, PEAL_CONTROL_HOLD, TRUE);
  g_assert_cmpuint (times_said (p.alice, "<hold"), ==, 1);
  info (&p, "hold");
  tells (p.bob, "hold:hold");
  info (&p, "unhold");
  info (&p, "unhold");
  tells (p.bob, "hold:hold hold:unhold");
  end (&p);
}

static void
one_is_mute (void)
{
  Pair p = talk ();
  does (p.bob, PEAL_CONTROL_MUTE, TRUE);
  tells (p.alice, "mute:mute");
  g_assert_true (glass_said (p.bob, "<mute"));
  g_assert_true (glass_said (p.bob, "name=\"audio\""));
  g_assert_true (of (p.bob)->muted);
  g_assert_false (of (p.alice)->muted || of (p.alice)->held);
  does (p.bob, PEAL_CONTROL_MUTE, FALSE);
  tells (p.alice, "mute:mute mute:unmute");
  end (&p);
}

static void
a_picture_is_mute (void)
{
  Pair p = talk ();
  says (&p, "session-info", "<mute xmlns='" INFO "' creator='initiator' name='picture'/>");
  tells (p.bob, "");
  says (&p, "session-info", "<mute xmlns='" INFO "' creator='initiator' name='audio'/>");
  tells (p.bob, "mute:mute");
  end (&p);
}

/* stanza.js ends a hold so, and it ends whatever there was. */
static void
active_is_back_from_all (void)
{
  Pair p = talk ();
  info (&p, "active");
  tells (p.bob, "");
  info (&p, "hold");
  info (&p, "mute");
  info (&p, "active");
  tells (p.bob, "hold:hold mute:mute hold:unhold mute:unmute");
  g_assert_false (of (p.bob)->held);
  end (&p);
}

static void
held_before_it_is_answered (void)
{
  Pair p = pair ();
  glass_call (p.alice, BOB);
  glass_wait (p.bob, "incoming");
  g_assert_true (
      peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_HOLD, TRUE, NULL));
  does (p.alice, PEAL_CONTROL_MUTE, TRUE);
  g_assert_false (glass_said (p.alice, "<hold"));
  g_assert_true (peal_endpoint_accept (p.bob->endpoint, p.bob->sid));
  glass_wait (p.bob, "hold:hold");
  glass_wait (p.bob, "mute:mute");
  g_assert_true (of (p.bob)->held);
  end (&p);
}

/* Some clients hold by content-modify, as SIP does. */
static void
held_by_senders (void)
{
  Pair p = talk ();
  g_assert_true (of (p.bob)->sends && of (p.bob)->receives);
  senders (&p, "initiator");
  tells (p.bob, "hold:hold");
  g_assert_true (!of (p.bob)->sends && of (p.bob)->receives);
  senders (&p, "none");
  g_assert_false (of (p.bob)->sends || of (p.bob)->receives);
  tells (p.bob, "hold:hold");
  senders (&p, "both");
  tells (p.bob, "hold:hold hold:unhold");
  g_assert_true (of (p.bob)->sends && of (p.bob)->receives);
  senders (&p, "responder"); /* they only listen */
  tells (p.bob, "hold:hold hold:unhold");
  g_assert_true (of (p.bob)->sends && !of (p.bob)->receives);
  end (&p);
}

/* One of the two ways is enough. */
static void
held_by_both_ways (void)
{
  Pair p = talk ();
  info (&p, "hold");
  senders (&p, "none");
  info (&p, "unhold");
  tells (p.bob, "hold:hold");
  senders (&p, "both");
  tells (p.bob, "hold:hold hold:unhold");
  end (&p);
}

/* What was on its way belongs to the session that is gone; what is true now is told again. */
static void
the_stream_is_made_anew (gconstpointer back)
{
  Pair p = talk ();
  g_assert_true (
      peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_HOLD, TRUE, NULL));
  peal_port_state (p.alice->port, NULL, FALSE);
  if (GPOINTER_TO_INT (back))
    g_assert_true (
        peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_HOLD, FALSE, NULL));
  peal_port_state (p.alice->port, ALICE, FALSE);
  glass_settle (p.glass);
  g_assert_cmpuint (times_said (p.alice, "<hold"), ==, GPOINTER_TO_INT (back) ? 1 : 2);
  g_assert_cmpint (of (p.bob)->held, ==, !GPOINTER_TO_INT (back));
  end (&p);
}

/* A server that takes us and loses us for ever is not told for ever. */
static void
the_stream_keeps_dying (void)
{
  Pair p = talk ();
  g_assert_true (
      peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_HOLD, TRUE, NULL));
  for (guint i = 0; i < 50; i++) {
    peal_port_state (p.alice->port, NULL, FALSE);
    peal_port_state (p.alice->port, ALICE, FALSE);
  }
  g_assert_cmpuint (times_said (p.alice, "<hold"), >, 1);
  g_assert_cmpuint (times_said (p.alice, "<hold"), <, 10);
  glass_settle (p.glass);
  end (&p);
}

static void
hung_up_while_held (void)
{
  Pair p = talk ();
  does (p.alice, PEAL_CONTROL_HOLD, TRUE);
  does (p.bob, PEAL_CONTROL_HOLD, TRUE);
  peal_endpoint_hangup (p.bob->endpoint, p.bob->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (p.alice, "ended:success");
  glass_wait (p.bob, "ended:success");
  g_assert_false (
      peal_endpoint_control (p.bob->endpoint, p.bob->sid, PEAL_CONTROL_HOLD, FALSE, NULL));
  end (&p);
}

/* Who talks does not ring, nor does who calls: a ringback tone would be heard in the call. */
static void
rings_at_the_wrong_time (void)
{
  Pair p = talk ();
  info (&p, "ringing");
  tells (p.bob, "");
  g_autofree char *xml =
      g_strdup_printf ("<iq xmlns='jabber:client' to='" ALICE "' type='set' id='raw'><jingle "
                       "xmlns='urn:xmpp:jingle:1' action='session-info' sid='%s'>"
                       "<ringing xmlns='" INFO "'/></jingle></iq>",
                       p.bob->sid);
  glass_say (p.bob, xml);
  glass_settle (p.glass);
  g_assert_false (glass_said (p.alice, "type=\"error\""));
  tells (p.alice, "");
  end (&p);
}

/* XEP-0166 §6.8: an empty one is a ping, one that we do not know is refused; the call goes on. */
static void
other_words (void)
{
  Pair p = talk ();
  says (&p, "session-info", "");
  g_assert_false (glass_said (p.bob, "type=\"error\""));
  says (&p, "session-info", "<dance xmlns='urn:dance'/>");
  g_assert_true (glass_said (p.bob, "unsupported-info"));
  tells (p.bob, "");
  does (p.alice, PEAL_CONTROL_HOLD, TRUE);
  tells (p.bob, "hold:hold");
  end (&p);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hold/one-holds", one_holds);
  g_test_add_data_func ("/hold/both-hold", GINT_TO_POINTER (TRUE), both_hold);
  g_test_add_data_func ("/hold/both-hold-the-other-first-back", NULL, both_hold);
  g_test_add_func ("/hold/said-again", said_again_it_is_nothing_new);
  g_test_add_func ("/hold/mute", one_is_mute);
  g_test_add_func ("/hold/mute-of-a-picture", a_picture_is_mute);
  g_test_add_func ("/hold/active", active_is_back_from_all);
  g_test_add_func ("/hold/before-it-is-answered", held_before_it_is_answered);
  g_test_add_func ("/hold/by-senders", held_by_senders);
  g_test_add_func ("/hold/by-both-ways", held_by_both_ways);
  g_test_add_data_func ("/hold/stream-made-anew", NULL, the_stream_is_made_anew);
  g_test_add_data_func ("/hold/stream-made-anew-unheld", GINT_TO_POINTER (TRUE),
                        the_stream_is_made_anew);
  g_test_add_func ("/hold/stream-keeps-dying", the_stream_keeps_dying);
  g_test_add_func ("/hold/hung-up", hung_up_while_held);
  g_test_add_func ("/hold/rings-at-the-wrong-time", rings_at_the_wrong_time);
  g_test_add_func ("/hold/other-words", other_words);
  return g_test_run ();
}
