/* Paths, the take-over, restarts, silence, no path: two ICE agents on loopback. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ice_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define SECOND G_USEC_PER_SEC

/* The path stays with libnice, as a relayed one does. */
static void
never_take_over (IceSide *side, PealIceTimes *times)
{
  *times = ice_quick;
  times->settle = 0;
  side->setup.times = times;
}

/* --- stories --- */

static void
media_do_not_wait_for_the_take_over (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();
  PealIceTimes times;

  never_take_over (world->a, &times);
  never_take_over (world->b, &times);
  ice_world_start (world);
  ice_world_connect (world);
  for (int i = 0; i < 10; i++)
    ice_world_talk (world, 1);
  g_assert_false (ice_side_look (world->a).taken_over);
  g_assert_false (ice_side_look (world->b).taken_over);
}

static void
media_cross_after_the_take_over (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  g_test_message ("both described -> both connected: %.1f ms",
                  (MAX (world->a->connected_at, world->b->connected_at) -
                   MAX (world->a->begun_at, world->b->begun_at)) /
                      1000.0);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  ice_world_talk (world, 1);

  IceLook look = ice_side_look (world->a);
  g_assert_true (look.taken_over);
  g_assert_cmpint (look.path.local_type, ==, NICE_CANDIDATE_TYPE_HOST);
  g_assert_cmpint (look.path.rtt, >=, 0); /* a consent check was answered */
  g_assert_cmpint (look.path.rtt, <, SECOND);
  g_autofree char *remote = peal_candidate_address (&look.path.remote);
  IceLook other = ice_side_look (world->b);
  g_autofree char *local = peal_candidate_address (&other.path.local);
  g_assert_cmpstr (remote, ==, local);
}

static void
a_burst_is_sent_in_one_call (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  for (int taken_over = 0; taken_over < 2; taken_over++) {
    g_assert_cmpuint (ice_side_say (world->a, 1, "burst", 100), ==, 100);
    for (int i = 0; i < 100; i++)
      ice_world_expect (world, "B heard burst");
    if (!taken_over)
      ice_side_wait_for_take_overs (world->a, 1);
  }
}

static void
trickled_one_by_one (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->one_by_one = TRUE;
  ice_world_start (world);
  ice_world_connect (world);
  ice_world_talk (world, 1);
}

/* A transport-info may overtake the session-accept; libwebrtc's have no password. */
static void
candidates_wait_for_credentials (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->one_by_one = world->candidates_first = TRUE;
  ice_world_start (world);
  ice_world_connect (world);
  ice_world_talk (world, 1);
}

static void
two_components (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->setup.n_components = world->b->setup.n_components = 2;
  ice_world_start (world);
  ice_world_connect (world);
  ice_world_talk (world, 1);
  ice_world_talk (world, 2);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  ice_world_talk (world, 1);
  ice_world_talk (world, 2);
}

static void
v6_as_well (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->setup.bind_address = world->b->setup.bind_address = "::1";
  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  ice_world_talk (world, 1);
}

static void
a_stranger_learns_nothing_before_reveal (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->b->setup.hidden = TRUE;
  ice_world_start (world);
  ice_world_expect (world, "A checking");
  /* B answers A's checks where they come in, but sends none of its own. */
  for (char *word; (word = g_async_queue_timeout_pop (world->told, SECOND / 5)); g_free (word))
    g_assert_true (!strstr (word, "B checking") && !strstr (word, "B connected"));
  ice_side_reveal (world->b);
  ice_world_expect (world, "B connected");
  ice_world_talk (world, 1);
}

/* --- ends --- */

static void
expect_lost (IceWorld *world)
{
  gint64 from = g_get_monotonic_time ();

  ice_side_vanish (world->b);
  ice_world_expect (world, "A weak");
  gint64 weak = g_get_monotonic_time () - from;
  ice_world_expect (world, "A failed");
  gint64 lost = g_get_monotonic_time () - from;
  g_test_message ("weak after %.2f s, lost after %.2f s", weak / 1e6, lost / 1e6);
  g_assert_cmpint (lost, >=, ice_quick.consent.lost - ice_quick.consent.interval);
  g_assert_cmpint (lost, <, ice_quick.consent.lost + 2 * SECOND);
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_LOST);
  g_assert_cmpuint (ice_side_say (world->a, 1, "anyone?", 1), ==, 0);
}

static void
a_vanished_peer_is_lost (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  expect_lost (world);
}

/* The path stays with libnice: only datagrams show that someone is there. */
static void
a_vanished_peer_is_lost_without_take_over (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();
  PealIceTimes times;

  never_take_over (world->a, &times);
  ice_world_start (world);
  ice_world_connect (world);
  expect_lost (world);
  g_assert_cmpuint (ice_side_look (world->a).take_overs, ==, 0);
}

/* No media in either direction, for longer than a lost peer would live. */
static void
a_held_call_lives (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  gint64 until = g_get_monotonic_time () + 2 * ice_quick.consent.lost;
  for (gint64 left; (left = until - g_get_monotonic_time ()) > 0;) {
    g_autofree char *word = g_async_queue_timeout_pop (world->told, (guint64) left);
    g_assert_false (word && strstr (word, "failed"));
  }
  ice_world_talk (world, 1);
}

static PealIceTransport *
someone (guint16 port)
{
  PealIceTransport *transport = peal_element_new (&peal_ice_transport_element);
  PealCandidate *candidate = peal_element_new (&peal_candidate_element);

  transport->ufrag = g_strdup ("abcd");
  transport->pwd = g_strdup ("0123456789012345678901");
  transport->candidates = g_ptr_array_new ();
  candidate->component = 1;
  candidate->ip = g_strdup ("127.0.0.1");
  candidate->port = port;
  candidate->priority = 2015363327;
  candidate->protocol = PEAL_PROTOCOL_UDP;
  candidate->type = PEAL_CANDIDATE_HOST;
  g_ptr_array_add (transport->candidates, candidate);
  return transport;
}

static void
nobody_at_the_candidate (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->mute = world->b->mute = TRUE;
  ice_world_start (world);
  ice_world_expect (world, "A begun");
  gint64 from = g_get_monotonic_time ();
  ice_side_tell (world->a, someone (9)); /* discard: nobody answers there */
  ice_world_expect (world, "A failed");
  g_test_message ("no path after %.1f s: %s", (g_get_monotonic_time () - from) / 1e6,
                  world->a->why->message);
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
  g_assert_nonnull (strstr (world->a->why->message, "here host; there host"));
  g_assert_nonnull (strstr (world->a->why->message, "no TURN relay"));
}

static void
nothing_from_the_peer (void)
{
  static PealIceTimes short_checking;
  g_autoptr(IceWorld) world = ice_world_new ();
  PealIceTransport *empty = someone (9);

  short_checking = ice_quick;
  short_checking.checking = SECOND;
  world->a->setup.times = &short_checking;
  world->a->mute = world->b->mute = TRUE;
  ice_world_start (world);
  ice_world_expect (world, "A begun");
  peal_element_free (&peal_candidate_element, g_ptr_array_steal_index (empty->candidates, 0));
  ice_side_tell (world->a, empty);
  ice_world_expect (world, "A failed");
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
  g_assert_nonnull (strstr (world->a->why->message, "there nothing"));
}

static void
relay_only_without_a_server (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->setup.relay_only = TRUE;
  ice_world_start (world);
  ice_world_expect (world, "A failed");
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_NO_SERVICE);
}

static void
an_address_that_is_not_ours (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->setup.bind_address = "192.0.2.77"; /* RFC 5737: nobody's */
  ice_world_start (world);
  ice_world_expect (world, "A failed");
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
  g_assert_nonnull (strstr (world->a->why->message, "192.0.2.77"));
}

/* --- restarts --- */

static void
a_restart_carries_on (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  g_autofree char *before_a = g_strdup (world->a->ufrag), *before_b = g_strdup (world->b->ufrag);
  ice_side_restart (world->a);
  ice_world_talk (world, 1); /* over the old pair, or already the new one */
  ice_side_wait_for_take_overs (world->a, 2);
  ice_side_wait_for_take_overs (world->b, 2);
  g_assert_cmpstr (world->a->ufrag, !=, before_a);
  g_assert_cmpstr (world->b->ufrag, !=, before_b);
  ice_world_talk (world, 1);
}

static void
both_restart_at_once (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  ice_side_restart (world->a);
  ice_side_restart (world->b);
  ice_side_wait_for_take_overs (world->a, 2);
  ice_side_wait_for_take_overs (world->b, 2);
  ice_world_talk (world, 1);
}

/* --- someone else at the other end of a taken-over path --- */

typedef struct {
  int fd;
  PealStun *stun;
  gboolean answers; /* the checks of whom it speaks to */
  struct sockaddr_in to;
} Outsider;

/* Speaks with the credentials of @as from a port of its own to @to. */
static Outsider
outsider_new (IceSide *as, IceSide *to, const char *pwd)
{
  Outsider outsider = { .fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
  IceLook look = ice_side_look (to);
  struct timeval patience = { .tv_sec = 10 };

  outsider.stun = peal_stun_new (&(PealStunSetup) { .local_ufrag = as->ufrag,
                                                    .local_pwd = as->pwd,
                                                    .remote_ufrag = to->ufrag,
                                                    .remote_pwd = pwd,
                                                    .controlling = TRUE,
                                                    .component = 1 });
  nice_address_copy_to_sockaddr (&look.path.local, (struct sockaddr *) &outsider.to);
  g_assert_cmpint (outsider.fd, >=, 0);
  g_assert_cmpint (setsockopt (outsider.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
                   ==, 0);
  return outsider;
}

static void
outsider_free (Outsider *outsider)
{
  close (outsider->fd);
  peal_stun_free (outsider->stun);
}

static void
outsider_says (Outsider *outsider, const void *data, gsize length)
{
  g_assert_cmpint (sendto (outsider->fd, data, length, 0, (struct sockaddr *) &outsider->to,
                           sizeof outsider->to),
                   ==, (gssize) length);
}

/* Reads one datagram into @buffer of 2,048 bytes; answers it if that is what we do. */
static PealStunKind
outsider_reads (Outsider *outsider, guint8 *buffer, gsize length)
{
  PealStunReading reading;
  struct sockaddr_storage from = { 0 };

  memcpy (&from, &outsider->to, sizeof outsider->to);
  PealStunKind kind = peal_stun_read (outsider->stun, &(PealDatagram) { buffer, length }, &from,
                                      g_get_monotonic_time (), &reading);
  if (kind == PEAL_STUN_REQUEST && outsider->answers)
    outsider_says (outsider, reading.reply, reading.reply_length);
  return kind;
}

/* Sends a check and reads until it is answered; what kind the answer is. */
static PealStunKind
outsider_checks (Outsider *outsider)
{
  guint8 buffer[2048];

  outsider_says (outsider, buffer,
                 peal_stun_check (outsider->stun, buffer, g_get_monotonic_time ()));
  for (;;) {
    gssize length = recv (outsider->fd, buffer, sizeof buffer, 0);
    g_assert_cmpint (length, >, 0);
    PealStunKind kind = outsider_reads (outsider, buffer, (gsize) length);
    if (kind != PEAL_STUN_REQUEST && kind != PEAL_STUN_NOT)
      return kind;
  }
}

/* Reads what has come; whether @text is among it. */
static gboolean
outsider_hears (Outsider *outsider, const char *text)
{
  guint8 heard[2048];
  gboolean found = FALSE;

  for (;;) {
    gssize length = recv (outsider->fd, heard, sizeof heard, MSG_DONTWAIT);
    if (length < 0)
      return found;
    found |= outsider_reads (outsider, heard, (gsize) length) == PEAL_STUN_NOT &&
             (gsize) length == strlen (text) && memcmp (heard, text, (gsize) length) == 0;
  }
}

/* libwebrtc may nominate another pair late. One nomination may be a check of an aggressive agent
 * that was still on its way; two in a row are meant. */
static void
the_controlling_peer_moves (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  Outsider moved = outsider_new (world->a, world->b, world->b->pwd); /* A, on another address */
  g_assert_cmpint (outsider_checks (&moved), ==, PEAL_STUN_ANSWER);
  ice_side_say (world->b, 1, "still here", 1);
  ice_world_expect (world, "A heard still here");
  /* A's own consent checks nominate too: without them in between it may take more than one. */
  ice_side_vanish (world->a);
  moved.answers = TRUE;
  for (gint64 until = g_get_monotonic_time () + ICE_LONG; !outsider_hears (&moved, "moved");) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_assert_cmpint (outsider_checks (&moved), ==, PEAL_STUN_ANSWER);
    ice_side_say (world->b, 1, "moved", 1);
  }
  outsider_says (&moved, "from there", 10);
  ice_world_expect (world, "B heard from there");
  IceLook look = ice_side_look (world->b);
  g_assert_cmpint (look.path.remote_type, ==, NICE_CANDIDATE_TYPE_PEER_REFLEXIVE);
  outsider_free (&moved);
}

/* An overheard check proves nothing about the address it is sent again from: whoever does that
 * hears no more than answers and one question, however often it nominates itself, and while the
 * path is silent as well. */
static void
an_overheard_check_moves_nothing (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  Outsider eavesdropper = outsider_new (world->a, world->b, world->b->pwd);
  for (int i = 0; i < 20; i++)
    g_assert_cmpint (outsider_checks (&eavesdropper), ==, PEAL_STUN_ANSWER);
  ice_world_talk (world, 1);
  ice_side_say (world->b, 1, "secret", 1);
  ice_world_expect (world, "A heard secret");
  ice_side_vanish (world->a);
  ice_world_expect (world, "B weak");
  for (int i = 0; i < 5; i++) {
    ice_side_say (world->b, 1, "secret", 1);
    g_assert_cmpint (outsider_checks (&eavesdropper), ==, PEAL_STUN_ANSWER);
  }
  g_assert_false (outsider_hears (&eavesdropper, "secret"));
  ice_world_expect (world, "B failed"); /* as lost: what it sent was no sign of life */
  outsider_free (&eavesdropper);
}

/* …and from however many addresses it comes, the peer's own is not forgotten for them. */
static void
many_addresses_push_nobody_out (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  for (int i = 0; i < 40; i++) {
    Outsider eavesdropper = outsider_new (world->a, world->b, world->b->pwd);
    g_assert_cmpint (outsider_checks (&eavesdropper), ==, PEAL_STUN_ANSWER);
    outsider_free (&eavesdropper);
  }
  ice_world_talk (world, 1);
}

static void
strangers_are_not_heard (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  Outsider stranger = outsider_new (world->a, world->b, "not-the-password-0123456");
  for (int i = 0; i < 3; i++) {
    outsider_says (&stranger, "spoofed", 7);
    g_assert_cmpint (outsider_checks (&stranger), ==, PEAL_STUN_STRANGE); /* 401 */
  }
  ice_world_talk (world, 1);
  g_assert_null (g_queue_find_custom (&world->seen, "B heard spoofed", (GCompareFunc) strcmp));
  outsider_free (&stranger);
}

/* Whoever has not the password is told so, but not as often as it likes: answers to a forged source
 * address would be a flood of ours. */
static void
strangers_are_told_off_seldom (void)
{
  enum { CHECKS = 500, A_SECOND = 20 };
  g_autoptr(IceWorld) world = ice_world_new ();
  guint8 buffer[2048];
  guint answers = 0;

  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  Outsider stranger = outsider_new (world->a, world->b, "not-the-password-0123456");
  gint64 began = g_get_monotonic_time ();
  for (int i = 0; i < CHECKS; i++)
    outsider_says (&stranger, buffer,
                   peal_stun_check (stranger.stun, buffer, g_get_monotonic_time ()));
  ice_world_talk (world, 1);
  gint64 seconds = (g_get_monotonic_time () - began) / SECOND;
  while (recv (stranger.fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
    answers++;
  g_test_message ("%u answers to %d checks", answers, CHECKS);
  g_assert_cmpuint (answers, >=, 1);
  g_assert_cmpuint (answers, <=, A_SECOND * (2 + seconds));
  outsider_free (&stranger);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-agent/media-do-not-wait-for-the-take-over",
                   media_do_not_wait_for_the_take_over);
  g_test_add_func ("/ice-agent/media-cross-after-the-take-over", media_cross_after_the_take_over);
  g_test_add_func ("/ice-agent/a-burst-is-sent-in-one-call", a_burst_is_sent_in_one_call);
  g_test_add_func ("/ice-agent/trickled-one-by-one", trickled_one_by_one);
  g_test_add_func ("/ice-agent/candidates-wait-for-credentials", candidates_wait_for_credentials);
  g_test_add_func ("/ice-agent/two-components", two_components);
  g_test_add_func ("/ice-agent/v6-as-well", v6_as_well);
  g_test_add_func ("/ice-agent/a-stranger-learns-nothing-before-reveal",
                   a_stranger_learns_nothing_before_reveal);
  g_test_add_func ("/ice-agent/a-vanished-peer-is-lost", a_vanished_peer_is_lost);
  g_test_add_func ("/ice-agent/a-vanished-peer-is-lost-without-take-over",
                   a_vanished_peer_is_lost_without_take_over);
  g_test_add_func ("/ice-agent/a-held-call-lives", a_held_call_lives);
  g_test_add_func ("/ice-agent/nobody-at-the-candidate", nobody_at_the_candidate);
  g_test_add_func ("/ice-agent/nothing-from-the-peer", nothing_from_the_peer);
  g_test_add_func ("/ice-agent/relay-only-without-a-server", relay_only_without_a_server);
  g_test_add_func ("/ice-agent/an-address-that-is-not-ours", an_address_that_is_not_ours);
  g_test_add_func ("/ice-agent/a-restart-carries-on", a_restart_carries_on);
  g_test_add_func ("/ice-agent/both-restart-at-once", both_restart_at_once);
  g_test_add_func ("/ice-agent/the-controlling-peer-moves", the_controlling_peer_moves);
  g_test_add_func ("/ice-agent/an-overheard-check-moves-nothing", an_overheard_check_moves_nothing);
  g_test_add_func ("/ice-agent/many-addresses-push-nobody-out", many_addresses_push_nobody_out);
  g_test_add_func ("/ice-agent/strangers-are-not-heard", strangers_are_not_heard);
  g_test_add_func ("/ice-agent/strangers-are-told-off-seldom", strangers_are_told_off_seldom);
  return g_test_run ();
}
