/* Floods of proposals and session-initiates, from one and from a thousand: each gets the answer of
 * the specification, memory stays where it was, and the next call of a contact goes through. */
// SPDX-License-Identifier: MIT
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "signaling/limits.h"
#include "tests/jingle/glass.h"
#include "tests/jingle/hollow.h"

#define BOB "bob@glass.test/b"

#ifdef __SANITIZE_ADDRESS__
#define FLOOD  1000 /* where memory is no measure, the number is none either */
#define JUDGED FALSE
#else
#define FLOOD  10000
#define JUDGED TRUE
#endif
#define MOST_GROWTH (16 * 1024) /* KB */

static const PealCallLimits phone = PEAL_CALL_LIMITS;

typedef struct {
  const char *kind;  /* "propose" or "initiate" */
  const char *who;   /* an account; "crowd": a thousand of them */
  gboolean filtered; /* only contacts are let in */
} Flood;

typedef struct {
  guint taken, constrained, nobody, others, silent, sent;
} Count;

static long
resident_kb (void)
{
  long pages = 0;
  FILE *file = fopen ("/proc/self/statm", "r");
  g_assert_cmpint (fscanf (file, "%*d %ld", &pages), ==, 1);
  fclose (file);
  return pages * 4;
}

static char *
compose (const Flood *flood, guint i)
{
  g_autofree char *from = g_str_equal (flood->who, "crowd")
                              ? g_strdup_printf ("m%u@glass.test/m", i % 1000)
                              : g_strdup_printf ("%s/%u", flood->who, i % 50);
  if (g_str_equal (flood->kind, "propose"))
    return g_strdup_printf (
        "<message xmlns='jabber:client' from='%s' to='" BOB "' type='chat'>"
        "<propose xmlns='urn:xmpp:jingle-message:0' id='sid-%u'><description "
        "xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message>",
        from, i);
  return g_strdup_printf (
      "<iq xmlns='jabber:client' from='%s' to='" BOB "' type='set' id='f%u'>"
      "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='sid-%u'>"
      "<content creator='initiator' name='voice'><description xmlns='urn:xmpp:jingle:apps:rtp:1' "
      "media='audio'><payload-type id='96' name='hollow'/></description>"
      "<transport xmlns='urn:peal:test:hollow' ufrag='abcd' fingerprint='AB:CD'/></content>"
      "</jingle></iq>",
      from, i, i);
}

static guint
occurrences (const char *text, const char *part)
{
  guint count = 0;
  for (const char *at = text; (at = strstr (at, part)); at += strlen (part))
    count++;
  return count;
}

/* Exactly one answer to a request, none that says no to a message. */
static void
judge (const Flood *flood, Count *count, const char *said, guint i)
{
  g_autofree char *id = g_strdup_printf ("id=\"f%u\"", i);
  count->sent += *said != '\0';
  if (g_str_equal (flood->kind, "propose")) {
    g_assert_null (strstr (said, "<error"));
    count->silent += !*said;
    count->taken += *said != '\0';
    return;
  }
  g_assert_cmpuint (occurrences (said, id), ==, 1);
  if (strstr (said, "<resource-constraint")) {
    g_assert_nonnull (strstr (said, "type=\"wait\""));
    count->constrained++;
  } else if (strstr (said, "<service-unavailable"))
    count->nobody++;
  else if (strstr (said, "type=\"result\""))
    count->taken++;
  else
    count->others++;
}

static Count
pour (Glass *glass, Device *bob, const Flood *flood)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  Count count = { 0 };
  for (guint i = 0; i < FLOOD; i++) {
    g_autofree char *xml = compose (flood, i);
    xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, xml);
    g_string_truncate (bob->sent, 0);
    peal_port_receive (bob->port, stanza);
    judge (flood, &count, bob->sent->str, i);
    xmpp_stanza_release (stanza);
    if (i % 100 == 0)
      glass_settle (glass);
  }
  glass_settle (glass);
  xmpp_ctx_free (context);
  return count;
}

static PealAdmission
contacts_only (gpointer user, const char *peer, gboolean contact)
{
  return contact ? PEAL_ADMIT : PEAL_IGNORE;
}

static void
carol_gets_through (Device *carol, Device *bob)
{
  g_string_truncate (bob->story, 0);
  bob->answers = TRUE;
  glass_call (carol, "bob@glass.test");
  glass_wait (carol, "connected");
  glass_wait (bob, "connected");
  peal_endpoint_hangup (carol->endpoint, carol->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (carol, "ended:success");
  glass_wait (bob, "ended:success");
}

static void
check_count (const Flood *flood, const Count *count, guint at_once)
{
  gboolean proposals = g_str_equal (flood->kind, "propose");
  gboolean contact = g_str_has_prefix (flood->who, "alice");
  guint most = contact                             ? phone.ringing_of_one
               : g_str_equal (flood->who, "crowd") ? phone.strangers.ringing
                                                   : phone.ringing_of_one;
  g_assert_cmpuint (count->others, ==, 0);
  g_assert_cmpuint (at_once, ==, flood->filtered ? 0 : most);
  if (proposals)
    g_assert_cmpuint (count->sent, ==, contact ? most : 0); /* ringing, to contacts alone */
  else if (flood->filtered)
    g_assert_cmpuint (count->nobody, ==, FLOOD);
  else
    g_assert_cmpuint (count->taken + count->constrained, ==, FLOOD);
  if (!proposals && !flood->filtered)
    g_assert_cmpuint (count->taken, ==, most);
}

static void
is_flooded (gconstpointer data)
{
  const Flood *flood = data;
  g_autoptr(Glass) glass = glass_new ();
  Device *bob = glass_add (glass, BOB, "");
  Device *carol = glass_add (glass, "carol@glass.test/c", "");
  glass_settle (glass);
  carol_gets_through (carol, bob);
  bob->answers = FALSE;
  if (flood->filtered)
    peal_endpoint_set_filter (bob->endpoint, contacts_only, NULL);
  malloc_trim (0);
  long before = resident_kb ();
  Count count = pour (glass, bob, flood);
  guint at_once = peal_endpoint_count (bob->endpoint);
  long growth = resident_kb () - before;
  g_test_message ("%s from %s: %u sent, %u taken, %u constrained, %u nobody, %u silent; %u calls "
                  "at once, %ld KB more",
                  flood->kind, flood->who, (guint) FLOOD, count.taken, count.constrained,
                  count.nobody, count.silent, at_once, growth);
  check_count (flood, &count, at_once);
  if (JUDGED)
    g_assert_cmpint (growth, <, MOST_GROWTH);
  carol_gets_through (carol, bob);
}

/* A contact who is turned away because we talk is counted as well: each costs a session and its
 * good-bye. */
static PealAdmission
full_house (gpointer user, const char *peer, gboolean contact)
{
  return PEAL_TURN_AWAY;
}

static void
busy_while_flooded (gconstpointer data)
{
  const Flood *flood = data;
  g_autoptr(Glass) glass = glass_new ();
  Device *bob = glass_add (glass, BOB, "");
  Device *carol = glass_add (glass, "carol@glass.test/c", "");
  glass_settle (glass);
  peal_endpoint_set_filter (bob->endpoint, full_house, NULL);
  Count count = pour (glass, bob, flood);
  guint answered = count.taken;
  g_test_message ("%s from %s while busy: %u answered, of %u", flood->kind, flood->who, answered,
                  (guint) FLOOD);
  g_assert_cmpuint (answered, >=, 1);
  g_assert_cmpuint (answered, <=, phone.contacts.one.burst + 60); /* and one a second */
  glass_call (carol, "bob@glass.test");
  glass_wait (carol, "ended:busy");
}

/* --- within a session --- */

static void
one_talks_without_end_in_a_session (void)
{
  g_autoptr(Glass) glass = glass_new ();
  Device *alice = glass_add (glass, "alice@glass.test/a", "");
  Device *bob = glass_add (glass, BOB, "");
  glass_settle (glass);
  bob->answers = TRUE;
  glass_call (alice, "bob@glass.test");
  glass_wait (bob, "connected");
  glass_wait (alice, "connected");
  g_autofree char *xml = g_strdup_printf ("<iq xmlns='jabber:client' to='" BOB
                                          "' type='set' id='x'><jingle xmlns='urn:xmpp:jingle:1' "
                                          "action='session-info' sid='%s'><mute "
                                          "xmlns='urn:xmpp:jingle:apps:rtp:info:1'/></jingle></iq>",
                                          alice->sid);
  g_string_truncate (bob->sent, 0);
  for (guint i = 0; i < FLOOD; i++) {
    glass_say (alice, xml);
    if (i % 100 == 0)
      glass_settle (glass);
  }
  glass_settle (glass);
  guint well = occurrences (bob->sent->str, "type=\"result\"");
  guint constrained = occurrences (bob->sent->str, "<resource-constraint");
  g_test_message ("%u session-infos: %u taken, %u constrained", (guint) FLOOD, well, constrained);
  g_assert_cmpuint (well + constrained, ==, FLOOD);
  g_assert_cmpuint (well, >=, phone.session.burst);
  g_assert_cmpuint (well, <, FLOOD);
  /* Its end is heard however much was said. */
  peal_endpoint_hangup (alice->endpoint, alice->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (bob, "ended:success");
}

/* --- before the roster --- */

/* A crowd of strangers may fill the room that waits for the roster; one alone may not. */
static void
one_floods_before_the_roster (void)
{
  static const Flood flood = { "initiate", "mallory@glass.test", TRUE };
  g_autoptr(Glass) glass = glass_new ();
  Device *carol = glass_add (glass, "carol@glass.test/c", "");
  glass_settle (glass);
  glass_keep_rosters (glass);
  Device *bob = glass_add (glass, BOB, "");
  glass_settle (glass);
  peal_endpoint_set_filter (bob->endpoint, contacts_only, NULL);
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  g_string_truncate (bob->sent, 0);
  for (guint i = 0; i < FLOOD; i++) {
    g_autofree char *xml = compose (&flood, i);
    xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, xml);
    peal_port_receive (bob->port, stanza);
    xmpp_stanza_release (stanza);
  }
  g_assert_cmpuint (occurrences (bob->sent->str, "<service-unavailable"), ==,
                    FLOOD - PEAL_MOST_EARLY_OF_ONE);
  glass_call (carol, "bob@glass.test");
  glass_wait_said (carol, "<propose");
  glass_hand_out_rosters (glass);
  glass_wait (bob, "incoming");
  glass_settle (glass);
  g_assert_cmpuint (occurrences (bob->sent->str, "to=\"mallory@"), ==, FLOOD);
  g_assert_null (strstr (bob->sent->str, "<resource-constraint"));
  xmpp_ctx_free (context);
}

static const Flood floods[] = {
  { "propose", "mallory@glass.test", FALSE },
  { "propose", "mallory@glass.test", TRUE },
  { "propose", "crowd", FALSE },
  { "propose", "crowd", TRUE },
  { "propose", "alice@glass.test", FALSE },
  { "initiate", "mallory@glass.test", FALSE },
  { "initiate", "mallory@glass.test", TRUE },
  { "initiate", "crowd", FALSE },
  { "initiate", "crowd", TRUE },
  { "initiate", "alice@glass.test", FALSE },
};

int
main (int argc, char **argv)
{
  static const Flood contact_proposes = { "propose", "alice@glass.test", FALSE };
  static const Flood contact_initiates = { "initiate", "alice@glass.test", FALSE };
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (floods); i++) {
    g_autofree char *name = g_strdup_printf ("/floods/%s-%s%s", floods[i].kind, floods[i].who,
                                             floods[i].filtered ? "-not-let-in" : "");
    g_test_add_data_func (name, &floods[i], is_flooded);
  }
  g_test_add_data_func ("/floods/busy-propose", &contact_proposes, busy_while_flooded);
  g_test_add_data_func ("/floods/busy-initiate", &contact_initiates, busy_while_flooded);
  g_test_add_func ("/floods/in-a-session", one_talks_without_end_in_a_session);
  g_test_add_func ("/floods/before-the-roster", one_floods_before_the_roster);
  return g_test_run ();
}
