/* Two ICE agents on two loops of one process: paths, the take-over, restarts, silence, no path. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "transport/ice_agent.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define SECOND G_USEC_PER_SEC
#define LONG   (20 * SECOND) /* how long a test waits for what must come; the machine may be busy */

/* Like the real ones, a tenth as long. */
static const PealIceTimes quick = {
  .consent = { .interval = SECOND / 2,
               .quiet = SECOND / 5,
               .hurry = SECOND / 20,
               .weak = 3 * SECOND / 10,
               .restart = 6 * SECOND / 10,
               .lost = 15 * SECOND / 10,
               .blind = SECOND / 2,
               .expiry = 3 * SECOND },
  .settle = SECOND / 10,
  .news = SECOND / 2,
  .checking = 12 * SECOND,
};

/* One end; events leave word in the world's queue: "A connected", "B heard ping". */
typedef struct Side Side;
typedef struct {
  GAsyncQueue *told; /* of char * */
  GQueue seen;       /* of char *: told while something else was awaited */
  gboolean one_by_one, candidates_first;
  Side *a, *b;
} World;

struct Side {
  World *world;
  const char *name;
  PealLoop *loop;
  PealIceAgent *agent;
  PealIceAgentSetup setup;
  Side *peer;
  PealIceTransport *ours; /* what was not told to the peer yet */
  char *ufrag, *pwd;
  gboolean begun, mute; /* mute: tells the peer nothing */
  guint heard;
  gint64 begun_at, connected_at;
  GError *why;
};

static void
tell (Side *side, const char *what, const char *text)
{
  g_async_queue_push (side->world->told, g_strdup_printf ("%s %s%s", side->name, what, text));
}

/* Waits for @wanted, unless it has come already; a failure that nobody wants fails the test. */
static void
expect (World *world, const char *wanted)
{
  gint64 deadline = g_get_monotonic_time () + LONG;
  GList *seen = g_queue_find_custom (&world->seen, wanted, (GCompareFunc) strcmp);

  if (seen) {
    g_free (seen->data);
    g_queue_delete_link (&world->seen, seen);
    return;
  }
  for (;;) {
    gint64 left = deadline - g_get_monotonic_time ();
    g_autofree char *word =
        left > 0 ? g_async_queue_timeout_pop (world->told, (guint64) left) : NULL;
    if (!word)
      g_error ("waited in vain for \"%s\"", wanted);
    if (g_str_equal (word, wanted))
      return;
    if (strstr (word, " failed"))
      g_error ("\"%s\" while waiting for \"%s\"", word, wanted);
    g_queue_push_tail (&world->seen, g_steal_pointer (&word));
  }
}

/* --- signaling --- */

typedef struct {
  Side *to;
  PealIceTransport *transport;
} Letter;

static void
open_letter (gpointer user)
{
  g_autofree Letter *letter = user;

  if (letter->to->agent)
    peal_ice_agent_apply (letter->to->agent, letter->transport);
  else
    peal_ice_transport_free (letter->transport);
}

static void
post (Side *side, PealIceTransport *transport)
{
  Letter *letter = g_new (Letter, 1);

  *letter = (Letter) { side->peer, transport };
  peal_loop_post (side->peer->loop, open_letter, letter);
}

static PealIceTransport *
blank (const Side *side, gboolean credentials)
{
  PealIceTransport *transport = peal_element_new (&peal_ice_transport_element);

  if (credentials) {
    transport->ufrag = g_strdup (side->ufrag);
    transport->pwd = g_strdup (side->pwd);
  }
  transport->candidates = g_ptr_array_new ();
  return transport;
}

static void
flush (Side *side)
{
  if (!side->begun || side->mute || !side->peer)
    return;
  if (side->ours->candidates->len > 0 || !side->world->candidates_first)
    post (side, g_steal_pointer (&side->ours));
  else
    g_clear_pointer (&side->ours, peal_ice_transport_free);
  side->ours = blank (side, TRUE);
}

static void
on_credentials (gpointer user, const char *ufrag, const char *pwd)
{
  Side *side = user;

  g_free (side->ufrag);
  g_free (side->pwd);
  side->ufrag = g_strdup (ufrag);
  side->pwd = g_strdup (pwd);
  side->begun = FALSE;
  g_clear_pointer (&side->ours, peal_ice_transport_free);
  side->ours = blank (side, !side->world->candidates_first);
}

static void
on_candidate (gpointer user, PealCandidate *candidate)
{
  Side *side = user;

  g_ptr_array_add (side->ours->candidates, candidate);
  if (side->begun)
    flush (side);
}

static void
on_begun (gpointer user)
{
  Side *side = user;

  side->begun = TRUE;
  side->begun_at = g_get_monotonic_time ();
  if (side->world->one_by_one && !side->mute) {
    /* Credentials alone, then each candidate with the same ones. */
    g_autoptr(GPtrArray) all = g_steal_pointer (&side->ours->candidates);
    if (!side->world->candidates_first)
      post (side, g_steal_pointer (&side->ours));
    else
      g_clear_pointer (&side->ours, peal_ice_transport_free);
    for (guint i = 0; i < all->len; i++) {
      PealIceTransport *one = blank (side, !side->world->candidates_first);
      g_ptr_array_add (one->candidates, all->pdata[i]);
      post (side, one);
    }
    if (side->world->candidates_first)
      post (side, blank (side, TRUE));
    side->ours = blank (side, TRUE);
  } else {
    flush (side);
  }
  tell (side, "begun", "");
}

static void
on_gathered (gpointer user)
{
  tell (user, "gathered", "");
}

static void
on_state (gpointer user, PealIceState state, const GError *why)
{
  static const char *const words[] = { "gathering", "checking", "connected", "weak", "failed" };
  Side *side = user;

  if (state == PEAL_ICE_CONNECTED)
    side->connected_at = g_get_monotonic_time ();
  if (why && !side->why)
    side->why = g_error_copy (why);
  tell (side, words[state], "");
}

static const PealIceAgentEvents agent_events = {
  .credentials = on_credentials,
  .candidate = on_candidate,
  .begun = on_begun,
  .gathered = on_gathered,
  .state = on_state,
};

static void
on_datagram (gpointer user, const guint8 *data, gsize length)
{
  Side *side = user;
  g_autofree char *text = g_strndup ((const char *) data, length);

  side->heard++;
  tell (side, "heard ", text);
}

static const PealChannelEvents channel_events = { .datagram = on_datagram };

/* --- the world --- */

static void
build (gpointer user)
{
  Side *side = user;

  side->agent = peal_ice_agent_new (&side->setup, &agent_events, side);
  for (guint i = 1; i <= side->setup.n_components; i++)
    peal_channel_listen (peal_ice_channel_base (peal_ice_agent_channel (side->agent, i)),
                         &channel_events, side);
}

static void
start (gpointer user)
{
  Side *side = user;

  peal_ice_agent_start (side->agent);
}

static void
vanish (gpointer user)
{
  Side *side = user;

  if (!side->agent)
    return;
  for (guint i = 1; i <= side->setup.n_components; i++)
    peal_channel_free (peal_ice_channel_base (peal_ice_agent_channel (side->agent, i)));
  g_clear_pointer (&side->agent, peal_ice_agent_close);
}

static Side *
side_new (World *world, const char *name)
{
  Side *side = g_new0 (Side, 1);

  side->world = world;
  side->name = name;
  side->loop = peal_loop_new (name);
  side->setup = (PealIceAgentSetup) {
    .loop = side->loop,
    .initiator = g_str_equal (name, "A"),
    .n_components = 1,
    .bind_address = "127.0.0.1",
    .times = &quick,
  };
  return side;
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);

  world->told = g_async_queue_new_full (g_free);
  world->a = side_new (world, "A");
  world->b = side_new (world, "B");
  world->a->peer = world->b;
  world->b->peer = world->a;
  return world;
}

static void
world_start (World *world)
{
  peal_loop_call (world->a->loop, build, world->a);
  peal_loop_call (world->b->loop, build, world->b);
  peal_loop_post (world->a->loop, start, world->a);
  peal_loop_post (world->b->loop, start, world->b);
}

static void
side_free (Side *side)
{
  peal_loop_call (side->loop, vanish, side);
  peal_loop_free (side->loop);
  g_clear_pointer (&side->ours, peal_ice_transport_free);
  g_free (side->ufrag);
  g_free (side->pwd);
  g_clear_error (&side->why);
  g_free (side);
}

static void
world_free (World *world)
{
  /* Both agents first: letters may be under way to either loop. */
  peal_loop_call (world->a->loop, vanish, world->a);
  peal_loop_call (world->b->loop, vanish, world->b);
  side_free (world->a);
  side_free (world->b);
  g_async_queue_unref (world->told);
  g_queue_clear_full (&world->seen, g_free);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

typedef struct {
  Side *side;
  const char *text;
  guint component, times, taken;
} Saying;

static void
say_on_loop (gpointer user)
{
  Saying *saying = user;
  PealChannel *channel =
      peal_ice_channel_base (peal_ice_agent_channel (saying->side->agent, saying->component));
  g_autofree PealDatagram *datagrams = g_new (PealDatagram, saying->times);

  for (guint i = 0; i < saying->times; i++)
    datagrams[i] = (PealDatagram) { (const guint8 *) saying->text, strlen (saying->text) };
  saying->taken = peal_channel_send (channel, datagrams, saying->times);
}

static guint
say_on (Side *side, guint component, const char *text, guint times)
{
  Saying saying = { side, text, component, times, 0 };

  peal_loop_call (side->loop, say_on_loop, &saying);
  return saying.taken;
}

/* Something goes each way. */
static void
talk (World *world, guint component)
{
  g_assert_cmpuint (say_on (world->a, component, "ping", 1), ==, 1);
  expect (world, "B heard ping");
  g_assert_cmpuint (say_on (world->b, component, "pong", 1), ==, 1);
  expect (world, "A heard pong");
}

static void
both_connect (World *world)
{
  expect (world, "A connected");
  expect (world, "B connected");
}

typedef struct {
  Side *side;
  guint take_overs;
  gboolean taken_over;
  PealIcePath path;
} Look;

static void
look_on_loop (gpointer user)
{
  Look *look = user;
  PealIceChannel *channel = peal_ice_agent_channel (look->side->agent, 1);

  look->take_overs = peal_ice_agent_take_overs (look->side->agent);
  look->taken_over = peal_ice_channel_taken_over (channel);
  g_assert_true (peal_ice_channel_path (channel, &look->path));
}

static Look
look_at (Side *side)
{
  Look look = { .side = side };

  peal_loop_call (side->loop, look_on_loop, &look);
  return look;
}

/* The take-over tells nobody: asked again until it is there. */
static void
wait_for_take_overs (Side *side, guint wanted)
{
  gint64 deadline = g_get_monotonic_time () + LONG;

  while (look_at (side).take_overs < wanted) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_thread_yield ();
    g_usleep (2000);
  }
}

/* --- stories --- */

static void
media_cross_before_and_after_the_take_over (void)
{
  g_autoptr(World) world = world_new ();

  world_start (world);
  both_connect (world);
  g_test_message ("both described -> both connected: %.1f ms",
                  (MAX (world->a->connected_at, world->b->connected_at) -
                   MAX (world->a->begun_at, world->b->begun_at)) /
                      1000.0);
  g_assert_false (look_at (world->a).taken_over); /* nobody waits for it */
  talk (world, 1);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  talk (world, 1);

  Look look = look_at (world->a);
  g_assert_true (look.taken_over);
  g_assert_cmpint (look.path.local_type, ==, NICE_CANDIDATE_TYPE_HOST);
  g_assert_cmpint (look.path.rtt, >=, 0); /* a consent check was answered */
  g_assert_cmpint (look.path.rtt, <, SECOND);
  g_autofree char *remote = peal_candidate_address (&look.path.remote);
  Look other = look_at (world->b);
  g_autofree char *local = peal_candidate_address (&other.path.local);
  g_assert_cmpstr (remote, ==, local);
}

static void
a_burst_is_sent_in_one_call (void)
{
  g_autoptr(World) world = world_new ();
  guint64 received = 0;

  world_start (world);
  both_connect (world);
  for (int taken_over = 0; taken_over < 2; taken_over++) {
    g_assert_cmpuint (say_on (world->a, 1, "burst", 100), ==, 100);
    received += 100;
    while (world->b->heard < received)
      expect (world, "B heard burst");
    if (!taken_over)
      wait_for_take_overs (world->a, 1);
  }
}

static void
trickled_one_by_one (void)
{
  g_autoptr(World) world = world_new ();

  world->one_by_one = TRUE;
  world_start (world);
  both_connect (world);
  talk (world, 1);
}

/* A transport-info may overtake the session-accept; libwebrtc's have no password. */
static void
candidates_wait_for_credentials (void)
{
  g_autoptr(World) world = world_new ();

  world->one_by_one = world->candidates_first = TRUE;
  world_start (world);
  both_connect (world);
  talk (world, 1);
}

static void
two_components (void)
{
  g_autoptr(World) world = world_new ();

  world->a->setup.n_components = world->b->setup.n_components = 2;
  world_start (world);
  both_connect (world);
  talk (world, 1);
  talk (world, 2);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  talk (world, 1);
  talk (world, 2);
}

static void
v6_as_well (void)
{
  g_autoptr(World) world = world_new ();

  world->a->setup.bind_address = world->b->setup.bind_address = "::1";
  world_start (world);
  both_connect (world);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  talk (world, 1);
}

static void
a_stranger_learns_nothing_before_reveal (void)
{
  g_autoptr(World) world = world_new ();

  world->b->setup.hidden = TRUE;
  world_start (world);
  expect (world, "A checking");
  /* B answers A's checks where they come in, but sends none of its own. */
  for (char *word; (word = g_async_queue_timeout_pop (world->told, SECOND / 5)); g_free (word))
    g_assert_true (!strstr (word, "B checking") && !strstr (word, "B connected"));
  peal_loop_call (world->b->loop, (PealLoopFunc) peal_ice_agent_reveal, world->b->agent);
  expect (world, "B connected");
  talk (world, 1);
}

/* --- ends --- */

static void
expect_lost (World *world)
{
  gint64 from = g_get_monotonic_time ();

  peal_loop_call (world->b->loop, vanish, world->b);
  expect (world, "A weak");
  gint64 weak = g_get_monotonic_time () - from;
  expect (world, "A failed");
  gint64 lost = g_get_monotonic_time () - from;
  g_test_message ("weak after %.2f s, lost after %.2f s", weak / 1e6, lost / 1e6);
  g_assert_cmpint (lost, >=, quick.consent.lost - quick.consent.interval);
  g_assert_cmpint (lost, <, quick.consent.lost + 2 * SECOND);
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_LOST);
  g_assert_cmpuint (say_on (world->a, 1, "anyone?", 1), ==, 0);
}

static void
a_vanished_peer_is_lost (void)
{
  g_autoptr(World) world = world_new ();

  world_start (world);
  both_connect (world);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  expect_lost (world);
}

/* The path stays with libnice: only datagrams show that someone is there. */
static void
a_vanished_peer_is_lost_without_take_over (void)
{
  static PealIceTimes never;
  g_autoptr(World) world = world_new ();

  never = quick;
  never.settle = 0;
  world->a->setup.times = &never;
  world_start (world);
  both_connect (world);
  expect_lost (world);
  g_assert_cmpuint (look_at (world->a).take_overs, ==, 0);
}

/* No media in either direction, for longer than a lost peer would live. */
static void
a_held_call_lives (void)
{
  g_autoptr(World) world = world_new ();

  world_start (world);
  both_connect (world);
  gint64 until = g_get_monotonic_time () + 2 * quick.consent.lost;
  for (gint64 left; (left = until - g_get_monotonic_time ()) > 0;) {
    g_autofree char *word = g_async_queue_timeout_pop (world->told, (guint64) left);
    g_assert_false (word && strstr (word, "failed"));
  }
  talk (world, 1);
}

typedef struct {
  Side *side;
  PealIceTransport *transport;
} Applying;

static void
apply_on_loop (gpointer user)
{
  Applying *applying = user;

  peal_ice_agent_apply (applying->side->agent, applying->transport);
}

static void
tell_side (Side *side, PealIceTransport *transport)
{
  Applying applying = { side, transport };

  peal_loop_call (side->loop, apply_on_loop, &applying);
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
  g_autoptr(World) world = world_new ();

  world->a->mute = world->b->mute = TRUE;
  world_start (world);
  expect (world, "A begun");
  gint64 from = g_get_monotonic_time ();
  tell_side (world->a, someone (9)); /* discard: nobody answers there */
  expect (world, "A failed");
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
  g_autoptr(World) world = world_new ();
  PealIceTransport *empty = someone (9);

  short_checking = quick;
  short_checking.checking = SECOND;
  world->a->setup.times = &short_checking;
  world->a->mute = world->b->mute = TRUE;
  world_start (world);
  expect (world, "A begun");
  peal_element_free (&peal_candidate_element, g_ptr_array_steal_index (empty->candidates, 0));
  tell_side (world->a, empty);
  expect (world, "A failed");
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
  g_assert_nonnull (strstr (world->a->why->message, "there nothing"));
}

static void
relay_only_without_a_server (void)
{
  g_autoptr(World) world = world_new ();

  world->a->setup.relay_only = TRUE;
  world_start (world);
  expect (world, "A failed");
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_NO_SERVICE);
}

static void
an_address_that_is_not_ours (void)
{
  g_autoptr(World) world = world_new ();

  world->a->setup.bind_address = "192.0.2.77"; /* RFC 5737: nobody's */
  world_start (world);
  expect (world, "A failed");
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
  g_assert_nonnull (strstr (world->a->why->message, "192.0.2.77"));
}

/* --- restarts --- */

static void
a_restart_carries_on (void)
{
  g_autoptr(World) world = world_new ();

  world_start (world);
  both_connect (world);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  g_autofree char *before_a = g_strdup (world->a->ufrag), *before_b = g_strdup (world->b->ufrag);
  peal_loop_call (world->a->loop, (PealLoopFunc) peal_ice_agent_restart, world->a->agent);
  talk (world, 1); /* over the old pair, or already the new one */
  wait_for_take_overs (world->a, 2);
  wait_for_take_overs (world->b, 2);
  g_assert_cmpstr (world->a->ufrag, !=, before_a);
  g_assert_cmpstr (world->b->ufrag, !=, before_b);
  talk (world, 1);
}

static void
both_restart_at_once (void)
{
  g_autoptr(World) world = world_new ();

  world_start (world);
  both_connect (world);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  peal_loop_post (world->a->loop, (PealLoopFunc) peal_ice_agent_restart, world->a->agent);
  peal_loop_post (world->b->loop, (PealLoopFunc) peal_ice_agent_restart, world->b->agent);
  wait_for_take_overs (world->a, 2);
  wait_for_take_overs (world->b, 2);
  talk (world, 1);
}

/* --- someone else at the other end of a taken-over path --- */

typedef struct {
  int fd;
  PealStun *stun;
  struct sockaddr_in to;
} Outsider;

/* Speaks with the credentials of @as from a port of its own to @to. */
static Outsider
outsider_new (Side *as, Side *to, const char *pwd)
{
  Outsider outsider = { .fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
  Look look = look_at (to);
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

/* Sends a check and reads until it is answered; what kind the answer is. */
static PealStunKind
outsider_checks (Outsider *outsider)
{
  guint8 buffer[2048];
  PealStunReading reading;
  struct sockaddr_storage from = { 0 };

  memcpy (&from, &outsider->to, sizeof outsider->to);
  outsider_says (outsider, buffer,
                 peal_stun_check (outsider->stun, buffer, g_get_monotonic_time ()));
  for (;;) {
    gssize length = recv (outsider->fd, buffer, sizeof buffer, 0);
    g_assert_cmpint (length, >, 0);
    PealStunKind kind = peal_stun_read (outsider->stun, &(PealDatagram) { buffer, (gsize) length },
                                        &from, g_get_monotonic_time (), &reading);
    if (kind != PEAL_STUN_REQUEST && kind != PEAL_STUN_NOT)
      return kind;
  }
}

/* libwebrtc may nominate another pair late. One nomination may be a check of an aggressive agent
 * that was still on its way; two in a row are meant. */
static void
the_controlling_peer_moves (void)
{
  g_autoptr(World) world = world_new ();

  world_start (world);
  both_connect (world);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  Outsider moved = outsider_new (world->a, world->b, world->b->pwd); /* A, on another address */
  g_assert_cmpint (outsider_checks (&moved), ==, PEAL_STUN_ANSWER);
  say_on (world->b, 1, "still here", 1);
  expect (world, "A heard still here");
  /* A's own consent checks nominate too: without them in between it may take more than one. */
  peal_loop_call (world->a->loop, vanish, world->a);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (outsider_checks (&moved), ==, PEAL_STUN_ANSWER);
  say_on (world->b, 1, "moved", 1);
  for (;;) {
    char text[2048] = "";
    gssize length = recv (moved.fd, text, sizeof text - 1, 0);
    g_assert_cmpint (length, >, 0);
    if (g_str_equal (text, "moved"))
      break;
  }
  outsider_says (&moved, "from there", 10);
  expect (world, "B heard from there");
  Look look = look_at (world->b);
  g_assert_cmpint (look.path.remote_type, ==, NICE_CANDIDATE_TYPE_PEER_REFLEXIVE);
  outsider_free (&moved);
}

static void
strangers_are_not_heard (void)
{
  g_autoptr(World) world = world_new ();

  world_start (world);
  both_connect (world);
  wait_for_take_overs (world->a, 1);
  wait_for_take_overs (world->b, 1);
  Outsider stranger = outsider_new (world->a, world->b, "not-the-password-0123456");
  for (int i = 0; i < 3; i++) {
    outsider_says (&stranger, "spoofed", 7);
    g_assert_cmpint (outsider_checks (&stranger), ==, PEAL_STUN_STRANGE); /* 401 */
  }
  guint heard = world->b->heard;
  g_assert_cmpuint (heard, ==, 0);
  talk (world, 1);
  outsider_free (&stranger);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-agent/media-cross-before-and-after-the-take-over",
                   media_cross_before_and_after_the_take_over);
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
  g_test_add_func ("/ice-agent/strangers-are-not-heard", strangers_are_not_heard);
  return g_test_run ();
}
