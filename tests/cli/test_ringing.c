/* Several calls ring: who is meant, what a number means, and what goes when one gives up. And the
 * lines that tell all numbers of a call. */
// SPDX-License-Identifier: MIT
#include <math.h>

#include "cli/figures.h"
#include "cli/ringing.h"

static void
rings (PealRinging *ringing, const char *sid, gboolean contact)
{
  const PealRing ring = { .sid = (char *) sid, .peer = (char *) "a@b/c", .contact = contact };

  peal_ringing_add (ringing, &ring);
}

static const char *
meant (PealRinging *ringing, guint number)
{
  const PealRing *ring = peal_ringing_get (ringing, number);

  return ring ? ring->sid : NULL;
}

static void
contacts_first (void)
{
  g_autoptr(PealRinging) ringing = peal_ringing_new ();

  g_assert_null (meant (ringing, 0));
  rings (ringing, "stranger", FALSE);
  g_assert_cmpstr (meant (ringing, 0), ==, "stranger");
  rings (ringing, "friend", TRUE);
  rings (ringing, "later friend", TRUE);
  g_assert_cmpstr (meant (ringing, 0), ==, "friend");
  g_assert_cmpstr (meant (ringing, 1), ==, "stranger"); /* numbers are those of their coming */
  g_assert_cmpstr (meant (ringing, 3), ==, "later friend");
  g_assert_null (meant (ringing, 4));
  g_assert_true (peal_ringing_remove (ringing, "friend"));
  g_assert_cmpstr (meant (ringing, 0), ==, "later friend");
  g_assert_false (peal_ringing_remove (ringing, "friend"));
  g_assert_true (peal_ringing_remove (ringing, "later friend"));
  g_assert_cmpstr (meant (ringing, 0), ==, "stranger");
  g_assert_cmpuint (peal_ringing_count (ringing), ==, 1);
}

static void
a_choice_lasts_until_it_is_gone (void)
{
  g_autoptr(PealRinging) ringing = peal_ringing_new ();

  g_assert_false (peal_ringing_choose (ringing, 1));
  rings (ringing, "friend", TRUE);
  rings (ringing, "stranger", FALSE);
  g_assert_true (peal_ringing_choose (ringing, 2));
  rings (ringing, "another", TRUE);
  g_assert_cmpstr (meant (ringing, 0), ==, "stranger");
  g_assert_false (peal_ringing_choose (ringing, 0));
  g_assert_false (peal_ringing_choose (ringing, 9));
  g_assert_cmpstr (meant (ringing, 0), ==, "stranger");
  g_assert_true (peal_ringing_remove (ringing, "stranger"));
  g_assert_cmpstr (meant (ringing, 0), ==, "friend");
}

static void
all_numbers (void)
{
  PealEvent connected;
  PealStats stats;

  peal_event_init (&connected, PEAL_EVENT_CONNECTED);
  peal_stats_init (&stats);
  g_autofree char *nothing = peal_figures_text (&connected, &stats, NULL);
  g_assert_cmpstr (nothing, ==, "");
  connected.peer = g_strdup ("bob@example.org/desk");
  connected.codec = g_strdup ("opus");
  connected.path.path = "direct";
  connected.path.encryption = "none";
  connected.path.local = g_strdup ("192.0.2.1:5000");
  connected.path.local_type = "host";
  stats.packets_sent = 100;
  stats.bytes_sent = 8150;
  stats.lost = 3;
  stats.rtt_ms = 12.34;
  stats.jitter_ms = INFINITY;
  stats.sent_level_db = -20;
  stats.concealed = 0.015;
  g_autofree char *text = peal_figures_text (&connected, &stats, NULL);
  g_assert_cmpstr (text, ==,
                   "call      bob@example.org/desk\n"
                   "media     opus, not encrypted, direct\n"
                   "here      192.0.2.1:5000 (host)\n"
                   "sent      100 packets, 8.2 kB\n"
                   "received  3 lost, concealed 1.5 %\n"
                   "time      round trip 12.3 ms\n"
                   "level     mic -20.0 dB");
  g_autofree char *empty = peal_figures_text (NULL, NULL, NULL);
  g_assert_cmpstr (empty, ==, "");
  peal_event_clear (&connected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/ringing/contacts-first", contacts_first);
  g_test_add_func ("/cli/ringing/choice", a_choice_lasts_until_it_is_gone);
  g_test_add_func ("/cli/ringing/all-numbers", all_numbers);
  return g_test_run ();
}
