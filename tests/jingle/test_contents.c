/* Stories of calls with sound and picture: bundled and not, and contents that come, change and go
 * while the call runs. */
// SPDX-License-Identifier: MIT
#include <locale.h>

#include "tests/jingle/couple.h"

/* --- from the start --- */

static void
both_from_the_start (gconstpointer features)
{
  gboolean bundled = g_str_equal (features, "bundle");
  Couple p = couple_new (features, TRUE);
  p.bob->answers = TRUE;
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "connected connected");
  glass_wait (p.bob, "connected connected");
  couple_settle (&p);
  couple_told (p.bob, "incoming:audio,video accepted connected connected");
  couple_agree (&p, "audio:both video:both");
  g_assert_cmpuint (couple_call (p.alice)->carriers->len, ==, bundled ? 1 : 2);
  g_assert_cmpuint (couple_call (p.bob)->carriers->len, ==, bundled ? 1 : 2);
  /* Two media and their carriers on both sides. */
  g_assert_cmpint (hollow_open, ==, bundled ? 6 : 8);
  g_assert_true (couple_picture (p.alice)->sends && couple_picture (p.bob)->receives);
  g_assert_true (glass_said (p.alice, "media=\"audio\"") &&
                 glass_said (p.alice, "media=\"video\""));
  peal_endpoint_hangup (p.alice->endpoint, p.alice->sid, PEAL_REASON_SUCCESS, PEAL_CAUSE_SUCCESS);
  glass_wait (p.bob, "ended:success");
  couple_end (&p);
}

/* A call may be a picture alone, as Chromium offers it to whom has no microphone. */
static void
picture_alone (void)
{
  Couple p = couple_new ("bundle", TRUE);
  p.alice->wishes[0].offered = FALSE;
  p.bob->answers = TRUE;
  glass_call (p.alice, "bob@glass.test");
  glass_wait (p.alice, "connected");
  glass_wait (p.bob, "connected");
  couple_settle (&p);
  couple_told (p.bob, "incoming:video accepted connected");
  couple_agree (&p, "video:both");
  peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_HOLD, TRUE, NULL);
  couple_settle (&p);
  couple_told (p.bob, "hold:hold");
  couple_end (&p);
}

/* Lip sync: each medium hears of the other, once. */
static void
media_meet (void)
{
  Couple p = couple_talking ("bundle", TRUE);
  g_assert_cmpuint (couple_picture (p.alice)->joined, ==, 1);
  g_assert_cmpuint (((const HollowConfig *) p.alice->wish.config)->joined, ==, 1);
  couple_end (&p);
}

/* Who wants no picture takes the voice; to whom bundles it names what it does not take. */
static void
picture_is_not_taken (gconstpointer features)
{
  Couple p = couple_new (features, TRUE);
  p.bob->wishes[1].send = p.bob->wishes[1].receive = FALSE;
  peal_endpoint_set_policy (p.bob->endpoint, &p.bob->policy);
  couple_talk (&p);
  couple_agree (&p, "audio:both");
  g_assert_cmpint (glass_said (p.bob, "senders=\"none\""), ==, g_str_equal (features, "bundle"));
  g_assert_cmpuint (couple_picture (p.alice)->started, ==, 0);
  g_assert_cmpuint (p.alice->ended + p.bob->ended, ==, 0);
  couple_end (&p);
}

/* Of a picture that only one wants to send senders say so, in the answer or before it. */
static void
picture_goes_one_way (gconstpointer features)
{
  gboolean bundled = g_str_equal (features, "bundle");
  Couple p = couple_new (features, TRUE);
  p.bob->wishes[1].send = FALSE;
  peal_endpoint_set_policy (p.bob->endpoint, &p.bob->policy);
  couple_talk (&p);
  couple_agree (&p, "audio:both video:initiator");
  g_assert_cmpint (glass_said (p.bob, "content-modify"), ==, !bundled);
  g_assert_true (couple_picture (p.alice)->sends && !couple_picture (p.alice)->receives);
  g_assert_true (!couple_picture (p.bob)->sends && couple_picture (p.bob)->receives);
  couple_end (&p);
}

/* A picture that cannot go on is no reason to end a call. */
static void
picture_fails (gconstpointer features)
{
  Couple p = couple_talking (features, TRUE);
  ((HollowConfig *) couple_picture (p.bob))->no_sound = TRUE;
  PealSlot *slot = peal_call_slot_of (couple_call (p.bob), "video");
  g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_MEDIA, "the camera is gone");
  slot->events->failed (slot->user, slot, why);
  couple_settle (&p);
  couple_agree (&p, "audio:both");
  couple_told (p.bob, "content-removed:local");
  couple_told (p.alice, "content-removed:remote");
  couple_end (&p);
}

static void
transport_of_the_picture_fails (void)
{
  Couple p = couple_talking ("", TRUE);
  hollow_lose (peal_call_slot_of (couple_call (p.alice), "video")->carrier->transport);
  couple_settle (&p);
  couple_agree (&p, "audio:both");
  couple_told (p.alice, "content-removed:local");
  couple_told (p.bob, "content-removed:remote");
  hollow_lose (peal_call_slot_of (couple_call (p.alice), "audio")->carrier->transport);
  glass_wait (p.bob, "ended");
  g_assert_cmpint (p.alice->cause, ==, PEAL_CAUSE_LOST);
  couple_end (&p);
}

/* --- while it runs --- */

static void
picture_comes_and_goes (gconstpointer who)
{
  Couple p = couple_talking ("bundle", FALSE);
  gboolean callers = g_str_equal (who, "caller");
  Device *adds = callers ? p.alice : p.bob, *takes = callers ? p.bob : p.alice;
  couple_agree (&p, "audio:both");
  couple_show (adds, TRUE);
  couple_agree (&p, callers ? "audio:both video:initiator" : "audio:both video:responder");
  couple_told (adds, "content-added:local connected");
  couple_told (takes, "content-added:remote connected");
  g_assert_true (couple_picture (adds)->sends && !couple_picture (takes)->sends);
  couple_show (takes, TRUE);
  couple_agree (&p, "audio:both video:both");
  couple_told (takes, "mute:unmute");
  couple_told (adds, "mute:unmute");
  g_assert_true (couple_picture (takes)->sends && couple_picture (adds)->receives);
  couple_show (adds, FALSE);
  couple_agree (&p, callers ? "audio:both video:responder" : "audio:both video:initiator");
  couple_told (takes, "mute:mute");
  couple_show (takes, FALSE);
  couple_agree (&p, "audio:both");
  couple_told (takes, "content-removed:local");
  glass_wait (adds, "content-removed:remote");
  g_assert_cmpint (hollow_open, ==, 4);
  g_assert_cmpuint (((const HollowConfig *) p.alice->wish.config)->started, ==, 1);
  couple_end (&p);
}

/* Five times, from alternating sides, and both agree after each step. */
static void
five_times (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  for (int i = 0; i < 5; i++) {
    Device *shows = i % 2 ? p.bob : p.alice;
    couple_show (shows, TRUE);
    couple_agree (&p, i % 2 ? "audio:both video:responder" : "audio:both video:initiator");
    couple_show (shows, FALSE);
    couple_agree (&p, "audio:both");
    g_assert_cmpint (hollow_open, ==, 4);
  }
  g_assert_cmpuint (((const HollowConfig *) p.alice->wish.config)->started, ==, 1);
  g_assert_cmpuint (p.alice->ended + p.bob->ended, ==, 0);
  couple_end (&p);
}

/* Two adds that cross are one picture in the end, which both send. */
static void
both_at_once (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  g_assert_true (peal_endpoint_send_content (p.alice->endpoint, p.alice->sid, "video", TRUE, NULL));
  g_assert_true (peal_endpoint_send_content (p.bob->endpoint, p.bob->sid, "video", TRUE, NULL));
  couple_settle (&p);
  couple_agree (&p, "audio:both video:both");
  g_assert_true (couple_picture (p.alice)->sends && couple_picture (p.bob)->sends);
  glass_wait (p.alice, "content-added:local");
  glass_wait (p.bob, "content-added:remote");
  g_assert_null (strstr (p.bob->story->str, "content-removed"));
  g_assert_cmpuint (couple_call (p.bob)->slots->len, ==, 2);
  couple_end (&p);
}

/* Bob's user wants to show a picture just when Alice's comes: his goes with it. */
static void
one_while_the_other_comes (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  const PealSlot *slot;
  g_assert_true (peal_endpoint_send_content (p.alice->endpoint, p.alice->sid, "video", TRUE, NULL));
  while (!(slot = peal_call_slot_of (couple_call (p.bob), "video")))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (slot->stage, ==, PEAL_SLOT_TAKING);
  couple_show (p.bob, TRUE);
  couple_agree (&p, "audio:both video:both");
  g_assert_true (couple_picture (p.bob)->sends && couple_picture (p.alice)->receives);
  couple_end (&p);
}

/* Turned off before the other side heard of it, and while it thinks. */
static void
changed_their_mind (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  g_assert_true (peal_endpoint_send_content (p.alice->endpoint, p.alice->sid, "video", TRUE, NULL));
  couple_show (p.alice, FALSE);
  couple_agree (&p, "audio:both");
  couple_told (p.bob, "");
  g_assert_true (peal_endpoint_send_content (p.alice->endpoint, p.alice->sid, "video", TRUE, NULL));
  glass_wait_said (p.alice, "content-add");
  couple_show (p.alice, FALSE);
  couple_agree (&p, "audio:both");
  couple_end (&p);
}

static void
peer_takes_no_picture (void)
{
  Couple p = couple_new ("bundle", FALSE);
  p.bob->wishes[1].receive = FALSE;
  peal_endpoint_set_policy (p.bob->endpoint, &p.bob->policy);
  couple_talk (&p);
  couple_show (p.alice, TRUE);
  couple_told (p.alice, "content-removed:remote");
  couple_told (p.bob, "");
  couple_agree (&p, "audio:both");
  couple_end (&p);
}

/* On hold is the whole call, with what comes to it. */
static void
picture_comes_to_a_held_call (void)
{
  Couple p = couple_talking ("bundle", FALSE);
  peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_HOLD, TRUE, NULL);
  couple_settle (&p);
  couple_show (p.alice, TRUE);
  g_assert_true (couple_picture (p.alice)->holds && couple_picture (p.bob)->held);
  peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_HOLD, FALSE, NULL);
  couple_settle (&p);
  g_assert_false (couple_picture (p.alice)->holds || couple_picture (p.bob)->held);
  couple_end (&p);
}

/* The microphone's key does not touch the picture, and the other way round. */
static void
sound_and_picture_are_muted_apart (void)
{
  Couple p = couple_talking ("bundle", TRUE);
  const HollowConfig *voice = p.alice->wish.config;
  peal_endpoint_control (p.alice->endpoint, p.alice->sid, PEAL_CONTROL_MUTE, TRUE, NULL);
  couple_settle (&p);
  g_assert_true (voice->muted && !couple_picture (p.alice)->muted);
  couple_told (p.bob, "mute:mute");
  couple_say (&p, p.alice, "session-info",
              "<mute xmlns='urn:xmpp:jingle:apps:rtp:info:1' name='video' creator='initiator'/>");
  couple_told (p.bob, "mute:mute");
  couple_end (&p);
}

/* Who answers without a picture of its own may show one later. */
static void
shows_one_later (void)
{
  Couple p = couple_new ("bundle", TRUE);
  p.bob->wishes[1].send = FALSE;
  peal_endpoint_set_policy (p.bob->endpoint, &p.bob->policy);
  couple_talk (&p);
  couple_agree (&p, "audio:both video:initiator");
  couple_show (p.bob, TRUE);
  couple_agree (&p, "audio:both video:both");
  g_assert_true (couple_picture (p.bob)->sends);
  couple_end (&p);
}

static const struct {
  const char *words;
  guint wishes;
  gboolean talks;
} cannot[] = {
  { "there is no video to send", 1, TRUE },
  { "not accepted yet", 2, FALSE },
};

static void
says_why_it_cannot (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cannot); i++) {
    Couple p = couple_new ("bundle", FALSE);
    g_autoptr(GError) error = NULL;
    p.alice->policy.n_wishes = cannot[i].wishes;
    if (cannot[i].talks)
      couple_talk (&p);
    else
      glass_call (p.alice, "bob@glass.test");
    g_assert_false (
        peal_endpoint_send_content (p.alice->endpoint, p.alice->sid, "video", TRUE, &error));
    g_assert_nonnull (strstr (error->message, cannot[i].words));
    couple_end (&p);
  }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/contents/start/bundled", "bundle", both_from_the_start);
  g_test_add_data_func ("/contents/start/apart", "", both_from_the_start);
  g_test_add_func ("/contents/start/picture-alone", picture_alone);
  g_test_add_func ("/contents/start/media-meet", media_meet);
  g_test_add_data_func ("/contents/start/not-taken/bundled", "bundle", picture_is_not_taken);
  g_test_add_data_func ("/contents/start/not-taken/apart", "", picture_is_not_taken);
  g_test_add_data_func ("/contents/start/one-way/bundled", "bundle", picture_goes_one_way);
  g_test_add_data_func ("/contents/start/one-way/apart", "", picture_goes_one_way);
  g_test_add_data_func ("/contents/fails/bundled", "bundle", picture_fails);
  g_test_add_data_func ("/contents/fails/apart", "", picture_fails);
  g_test_add_func ("/contents/fails/transport", transport_of_the_picture_fails);
  g_test_add_data_func ("/contents/added/by-the-caller", "caller", picture_comes_and_goes);
  g_test_add_data_func ("/contents/added/by-the-callee", "callee", picture_comes_and_goes);
  g_test_add_func ("/contents/added/five-times", five_times);
  g_test_add_func ("/contents/added/both-at-once", both_at_once);
  g_test_add_func ("/contents/added/while-one-comes", one_while_the_other_comes);
  g_test_add_func ("/contents/added/changed-their-mind", changed_their_mind);
  g_test_add_func ("/contents/added/not-taken", peer_takes_no_picture);
  g_test_add_func ("/contents/added/to-a-held-call", picture_comes_to_a_held_call);
  g_test_add_func ("/contents/muted-apart", sound_and_picture_are_muted_apart);
  g_test_add_func ("/contents/shows-one-later", shows_one_later);
  g_test_add_func ("/contents/says-why-it-cannot", says_why_it_cannot);
  return g_test_run ();
}
