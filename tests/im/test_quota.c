/* How often others may: the buckets, and who is told what we can do. */
// SPDX-License-Identifier: MIT
#include <locale.h>
#include <string.h>

#include "signaling/im/presence.h"
#include "signaling/im/quota.h"
#include "tests/im/fake_port.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static const PealRate three_and_one_a_second = { 3, 60 };

static guint
takes (PealBucket *bucket, guint wanted, gint64 now)
{
  guint taken = 0;
  for (guint i = 0; i < wanted; i++)
    taken += peal_bucket_take (bucket, three_and_one_a_second, now);
  return taken;
}

static void
a_bucket_fills_again (void)
{
  PealBucket bucket = { 0 };
  gint64 now = 1000 * SECOND;
  g_assert_cmpuint (takes (&bucket, 100, now), ==, 3);
  g_assert_cmpuint (takes (&bucket, 100, now + SECOND - 1), ==, 0);
  g_assert_cmpuint (takes (&bucket, 100, now + SECOND), ==, 1);
  g_assert_cmpuint (takes (&bucket, 100, now + 3 * SECOND), ==, 2);
  g_assert_cmpuint (takes (&bucket, 100, now + 3600 * SECOND), ==, 3); /* never more than full */
}

/* A clock that begins at nought is like any other. */
static void
a_young_clock (void)
{
  PealBucket bucket = { 0 };
  g_assert_cmpuint (takes (&bucket, 100, 0), ==, 3);
  g_assert_cmpuint (takes (&bucket, 100, 2 * SECOND), ==, 2);
}

static void
one_does_not_use_up_what_all_have (void)
{
  g_autoptr(PealQuota) quota = peal_quota_new (three_and_one_a_second, (PealRate) { 5, 60 });
  guint taken = 0;
  for (guint i = 0; i < 10000; i++)
    taken += peal_quota_take (quota, "mallory@x", SECOND);
  g_assert_cmpuint (taken, ==, 3);
  g_assert_true (peal_quota_take (quota, "alice@x", SECOND));
  g_assert_true (peal_quota_take (quota, "bob@x", SECOND));
  g_assert_false (peal_quota_take (quota, "carol@x", SECOND)); /* all together: five */
  /* Who was refused because of the others lost nothing of its own. */
  gint64 later = 6 * SECOND;
  for (guint i = 0; i < 3; i++)
    g_assert_true (peal_quota_take (quota, "carol@x", later));
  g_assert_false (peal_quota_take (quota, "carol@x", later));
}

/* More addresses than are remembered: each has a full bucket, and all of them together have one. */
static void
a_crowd (void)
{
  g_autoptr(PealQuota) quota = peal_quota_new (three_and_one_a_second, (PealRate) { 50, 60 });
  guint taken = 0;
  for (guint i = 0; i < 20000; i++) {
    g_autofree char *who = g_strdup_printf ("m%u@x", i);
    taken += peal_quota_take (quota, who, SECOND);
  }
  g_assert_cmpuint (taken, ==, 50);
}

/* --- who is told what we can do --- */

#define ASK(from, id)                                                                              \
  "<iq type='get' from='" from "' to='" FAKE_JID "' id='" id "'><query "                           \
  "xmlns='http://jabber.org/protocol/disco#info'/></iq>"
#define ROSTER                                                                                     \
  "<query xmlns='jabber:iq:roster'><item jid='juliet@x' subscription='both'/>"                     \
  "<item jid='to@x' subscription='to'/></query>"

typedef struct {
  FakePort *fake;
  PealCaps *caps;
  PealRoster *roster;
  PealPresences *presences;
} Home;

static Home
home (void)
{
  static const char *const features[] = { "urn:example:one", NULL };
  Home home = { .fake = fake_port_new () };
  fake_port_script (home.fake, NULL, "jabber:iq:roster", ROSTER);
  home.caps = peal_caps_new (fake_port (home.fake), features);
  home.roster = peal_roster_new (fake_port (home.fake));
  home.presences = peal_presences_new (fake_port (home.fake), home.caps);
  peal_presences_know (home.presences, home.roster);
  fake_port_up (home.fake, FALSE);
  fake_port_settle ();
  g_assert_true (peal_roster_ready (home.roster));
  return home;
}

static void
leave (Home *home)
{
  peal_presences_free (home->presences);
  peal_roster_free (home->roster);
  peal_caps_free (home->caps);
  fake_port_free (home->fake);
}

static const char *
answer (Home *home, const char *question, const char *id)
{
  fake_port_receive (home->fake, question);
  g_autofree char *words = g_strdup_printf ("id=\"%s\"", id);
  g_assert_cmpuint (fake_port_count (home->fake, words), ==, 1);
  return fake_port_last (home->fake, words);
}

static void
only_who_may_know_us_is_told (void)
{
  Home h = home ();
  static const struct {
    const char *question, *id;
  } told[] = {
    { ASK ("juliet@x/balcony", "a1"), "a1" },
    { ASK ("juliet@x", "a2"), "a2" }, /* her server's PEP service asks so */
    { ASK ("romeo@montague.example", "a3"), "a3" },
    { ASK ("romeo@montague.example/garden", "a4"), "a4" },
    { ASK ("montague.example", "a5"), "a5" },
  };
  static const struct {
    const char *question, *id;
  } not_told[] = {
    { ASK ("mallory@x/m", "b1"), "b1" },
    { ASK ("to@x/they-do-not-see-us", "b2"), "b2" },
    { ASK ("montague.example.evil", "b3"), "b3" },
    { ASK ("x", "b4"), "b4" },
    { ASK ("romeo@montague.example.evil/orchard", "b5"), "b5" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (told); i++)
    g_assert_nonnull (strstr (answer (&h, told[i].question, told[i].id), "urn:example:one"));
  for (gsize i = 0; i < G_N_ELEMENTS (not_told); i++) {
    const char *said = answer (&h, not_told[i].question, not_told[i].id);
    g_assert_nonnull (strstr (said, "<service-unavailable"));
    g_assert_null (strstr (said, "<text")); /* as a server says of nobody */
  }
  leave (&h);
}

static void
who_was_shown_or_is_called_may_ask (void)
{
  Home h = home ();
  peal_presences_direct (h.presences, "mallory@x/m", TRUE);
  g_assert_nonnull (strstr (answer (&h, ASK ("mallory@x/m", "a1"), "a1"), "urn:example:one"));
  peal_presences_direct (h.presences, "mallory@x/m", FALSE);
  g_assert_nonnull (strstr (answer (&h, ASK ("mallory@x/m", "a2"), "a2"), "service-unavailable"));

  peal_presences_admit (h.presences, "mallory@x", TRUE);
  peal_presences_admit (h.presences, "mallory@x", TRUE); /* two calls */
  peal_presences_admit (h.presences, "mallory@x", FALSE);
  g_assert_nonnull (strstr (answer (&h, ASK ("mallory@x/n", "a3"), "a3"), "urn:example:one"));
  peal_presences_admit (h.presences, "mallory@x", FALSE);
  g_assert_nonnull (strstr (answer (&h, ASK ("mallory@x/n", "a4"), "a4"), "service-unavailable"));
  leave (&h);
}

static void
who_asks_without_end_is_asked_to_wait (void)
{
  Home h = home ();
  for (guint i = 0; i < 1000; i++)
    fake_port_receive (h.fake, ASK ("juliet@x/balcony", "q"));
  g_assert_cmpuint (fake_port_count (h.fake, "id=\"q\""), ==, 1000);
  guint told = fake_port_count (h.fake, "urn:example:one");
  g_assert_cmpuint (told, >=, 20);
  g_assert_cmpuint (told, <, 40); /* 20, and one a second */
  g_assert_cmpuint (fake_port_count (h.fake, "<resource-constraint"), ==, 1000 - told);
  g_assert_cmpuint (fake_port_count (h.fake, "type=\"wait\""), ==, 1000 - told);
  g_assert_nonnull (strstr (answer (&h, ASK ("romeo@montague.example/g", "o"), "o"), "one"));
  leave (&h);
}

static void
present (Home *home, const char *bare, guint resource)
{
  g_autofree char *xml = g_strdup_printf ("<presence from='%s/%u'/>", bare, resource);
  fake_port_receive (home->fake, xml);
}

static guint
there (Home *home, const char *bare)
{
  g_autoptr(GPtrArray) list = peal_presences_of (home->presences, bare);
  return list->len;
}

static void
strangers_leave_room_for_contacts (void)
{
  Home h = home ();
  guint kept = 0;
  for (guint i = 0; i < 2000; i++) {
    g_autofree char *bare = g_strdup_printf ("m%u@x", i);
    for (guint resource = 0; resource < 10; resource++)
      present (&h, bare, resource);
    kept += there (&h, bare);
    g_assert_cmpuint (there (&h, bare), <=, PEAL_MOST_RESOURCES_OF_STRANGER);
  }
  g_assert_cmpuint (kept, ==, PEAL_MOST_PRESENCES_OF_STRANGERS);
  present (&h, "juliet@x", 1);
  g_assert_cmpuint (there (&h, "juliet@x"), ==, 1);
  leave (&h);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quota/a-bucket-fills-again", a_bucket_fills_again);
  g_test_add_func ("/quota/a-young-clock", a_young_clock);
  g_test_add_func ("/quota/one-and-all", one_does_not_use_up_what_all_have);
  g_test_add_func ("/quota/a-crowd", a_crowd);
  g_test_add_func ("/quota/only-who-may-know-us", only_who_may_know_us_is_told);
  g_test_add_func ("/quota/shown-or-called", who_was_shown_or_is_called_may_ask);
  g_test_add_func ("/quota/asks-without-end", who_asks_without_end_is_asked_to_wait);
  g_test_add_func ("/quota/presences-of-strangers", strangers_leave_room_for_contacts);
  return g_test_run ();
}
