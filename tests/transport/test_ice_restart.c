/* ICE restarts of either side, while datagrams flow both ways: none may be lost. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/flow.h"
#include "transport/ice_agent_inner.h"
#include "transport/ice_channel_inner.h"

#include <dirent.h>

#define SECOND G_USEC_PER_SEC

typedef struct {
  IceWorld *world;
  Flow there, back;
} Call;

/* A call of which both sides have their sockets, and that talks. */
static Call *
call_new (void)
{
  Call *call = g_new0 (Call, 1);

  call->world = ice_world_new ();
  ice_world_start (call->world);
  ice_world_connect (call->world);
  ice_side_wait_for_take_overs (call->world->a, 1);
  ice_side_wait_for_take_overs (call->world->b, 1);
  flow_begin (&call->there, call->world->a, call->world->b);
  flow_begin (&call->back, call->world->b, call->world->a);
  return call;
}

static void
call_wait_for_take_overs (Call *call, guint wanted)
{
  ice_side_wait_for_take_overs (call->world->a, wanted);
  ice_side_wait_for_take_overs (call->world->b, wanted);
}

/* Nothing was lost, at any time. */
static void
call_end (Call *call)
{
  flow_wait (&call->there, 5);
  flow_wait (&call->back, 5);
  guint sent = call->there.sent;
  gint64 there = flow_end (&call->there), back = flow_end (&call->back);
  g_test_message ("%u datagrams each way, longest pauses %.0f and %.0f ms", sent, there / 1e3,
                  back / 1e3);
  ice_world_free (call->world);
  g_free (call);
}

typedef struct {
  IceSide *side;
  char *ufrag, *local;
  gboolean runs, lingers;
} Standing;

static void
stand_on_loop (gpointer user)
{
  Standing *standing = user;
  PealIceAgent *agent = standing->side->agent;
  PealIcePath path;

  g_assert_true (peal_ice_channel_path (agent->channels[0], &path));
  standing->ufrag = g_strdup (standing->side->ufrag);
  standing->local = peal_candidate_address (&path.local);
  standing->runs = agent->next != NULL;
  standing->lingers = agent->past != NULL;
}

static Standing
stand (IceSide *side)
{
  Standing standing = { .side = side };

  peal_loop_call (side->loop, stand_on_loop, &standing);
  return standing;
}

static void
standing_clear (Standing *standing)
{
  g_free (standing->ufrag);
  g_free (standing->local);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Standing, standing_clear)

static void
wait_while_runs (IceSide *side)
{
  gint64 deadline = g_get_monotonic_time () + ICE_LONG;

  for (;;) {
    g_auto(Standing) now = stand (side);
    if (!now.runs)
      return;
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (2000);
  }
}

static void
wait_for_farewell (IceSide *side)
{
  gint64 deadline = g_get_monotonic_time () + ICE_LONG;

  for (;;) {
    g_auto(Standing) now = stand (side);
    if (!now.lingers)
      return;
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (2000);
  }
}

/* --- restarts that find a path --- */

static void
ours_and_the_peers (gconstpointer which)
{
  Call *call = call_new ();
  IceSide *sides[] = { call->world->a, call->world->b };
  g_auto(Standing) a = stand (sides[0]);
  g_auto(Standing) b = stand (sides[1]);

  ice_side_restart (sides[GPOINTER_TO_UINT (which)]);
  call_wait_for_take_overs (call, 2);
  g_auto(Standing) a_now = stand (sides[0]);
  g_auto(Standing) b_now = stand (sides[1]);
  g_assert_cmpstr (a.ufrag, !=, a_now.ufrag);
  g_assert_cmpstr (b.ufrag, !=, b_now.ufrag);
  g_assert_cmpstr (a.local, !=, a_now.local); /* sockets of its own */
  g_assert_cmpstr (b.local, !=, b_now.local);
  wait_for_farewell (sides[0]);
  wait_for_farewell (sides[1]);
  call_end (call);
}

static void
restart_now (gpointer user)
{
  IceSide *side = user;

  peal_ice_agent_restart (side->agent);
}

/* On the loop of A, which hears nothing of B's meanwhile. */
static void
restart_both (gpointer user)
{
  IceWorld *world = user;

  peal_loop_call (world->b->loop, restart_now, world->b);
  restart_now (world->a);
}

static void
crossing (void)
{
  Call *call = call_new ();

  peal_loop_call (call->world->a->loop, restart_both, call->world);
  call_wait_for_take_overs (call, 2);
  wait_while_runs (call->world->a); /* that was all: neither took the other's for one to answer */
  wait_while_runs (call->world->b);
  g_assert_cmpuint (ice_side_look (call->world->a).take_overs, ==, 2);
  call_end (call);
}

/* Each may come while the old path still lingers, and while the one before runs. */
static void
again_and_again (void)
{
  Call *call = call_new ();

  for (guint i = 0; i < 4; i++) {
    IceSide *side = i % 2 ? call->world->b : call->world->a;
    ice_side_restart (side);
    ice_side_restart (side);
    ice_side_restart (side);
    call_wait_for_take_overs (call, 2 + i);
  }
  call_end (call);
}

static void
with_two_components (void)
{
  g_autoptr(IceWorld) world = ice_world_new ();
  Flow flow;

  world->a->setup.n_components = world->b->setup.n_components = 2;
  ice_world_start (world);
  ice_world_connect (world);
  ice_world_talk (world, 2);
  flow_begin (&flow, world->a, world->b);
  ice_side_restart (world->b);
  ice_side_wait_for_take_overs (world->a, 2);
  ice_side_wait_for_take_overs (world->b, 2);
  ice_world_talk (world, 2);
  flow_end (&flow);
}

static void
stop_reading (gpointer user)
{
  IceSide *side = user;
  PealIceLeg *leg = side->agent->channels[0]->used;

  peal_ice_sockets_read (leg->sockets, FALSE);
}

/* After `disconnected`: a network went. Nobody hears anybody on the old path; the call is weak, and
 * good again with the new one. */
static void
the_old_path_is_dead (void)
{
  static PealIceTimes patient;
  g_autoptr(IceWorld) world = ice_world_new ();

  patient = ice_quick;
  patient.consent.lost = patient.consent.expiry = ICE_LONG;
  world->a->setup.times = world->b->setup.times = &patient;
  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  ice_side_wait_for_take_overs (world->b, 1);
  peal_loop_call (world->a->loop, stop_reading, world->a);
  peal_loop_call (world->b->loop, stop_reading, world->b);
  ice_world_expect (world, "A weak");
  ice_world_expect (world, "B weak");
  ice_side_restart (world->b);
  ice_side_wait_for_take_overs (world->a, 2);
  ice_side_wait_for_take_overs (world->b, 2);
  ice_world_talk (world, 1);
}

/* --- restarts that come to nothing --- */

static void
mute (gpointer user)
{
  IceSide *side = user;

  side->mute = TRUE;
}

/* The peer knows no restarts: it says nothing, and the path is as before. Asked again, we say it
 * again. */
static void
no_answer (void)
{
  Call *call = call_new ();
  IceSide *a = call->world->a;

  peal_loop_call (a->loop, mute, a);
  ice_world_expect (call->world, "A begun");
  ice_side_restart (a);
  ice_world_expect (call->world, "A begun");
  g_auto(Standing) asked = stand (a);
  flow_wait (&call->there, 20);
  g_assert_true (asked.runs);
  ice_side_restart (a);
  ice_world_expect (call->world, "A begun");
  g_auto(Standing) again = stand (a);
  g_assert_cmpstr (asked.ufrag, ==, again.ufrag);
  g_assert_cmpuint (ice_side_look (a).take_overs, ==, 1);
  call_end (call);
}

static PealIceTransport *
somebody (const char *ufrag, const char *pwd)
{
  PealIceTransport *transport = peal_element_new (&peal_ice_transport_element);
  PealCandidate *candidate = peal_element_new (&peal_candidate_element);

  transport->ufrag = g_strdup (ufrag);
  transport->pwd = g_strdup (pwd);
  transport->candidates = g_ptr_array_new ();
  *candidate = (PealCandidate) { .component = 1,
                                 .ip = g_strdup ("127.0.0.1"),
                                 .port = 9, /* discard: nobody answers there */
                                 .priority = 2015363327,
                                 .protocol = PEAL_PROTOCOL_UDP,
                                 .type = PEAL_CANDIDATE_HOST };
  g_ptr_array_add (transport->candidates, candidate);
  return transport;
}

#define PWD "0123456789012345678901"

/* Tells the peer nothing from now on, and soon gives a restart up. */
static void
turn_away (gpointer user)
{
  static PealIceTimes hasty;
  IceSide *side = user;

  hasty = ice_quick;
  hasty.checking = hasty.news = SECOND / 10;
  side->agent->times = &hasty;
  side->mute = TRUE;
}

static void
turn_back (gpointer user)
{
  IceSide *side = user;

  side->agent->times = &ice_quick;
  side->mute = FALSE;
}

/* The peer's new addresses do not work: the old path carries on, and a later restart may succeed.
 */
static void
no_path (void)
{
  Call *call = call_new ();
  IceSide *a = call->world->a, *b = call->world->b;
  g_auto(Standing) before = stand (a);

  peal_loop_call (a->loop, turn_away, a);
  ice_side_tell (a, somebody ("wrong", PWD));
  g_auto(Standing) answered = stand (a);
  g_assert_cmpstr (before.ufrag, !=, answered.ufrag);
  wait_while_runs (a);
  flow_wait (&call->there, 5);
  g_assert_cmpuint (ice_side_look (a).take_overs, ==, 1);
  /* What was late of it changes nothing. */
  ice_side_tell (a, somebody ("wrong", PWD));
  g_auto(Standing) late = stand (a);
  g_assert_false (late.runs);
  peal_loop_call (a->loop, turn_back, a);
  ice_side_restart (b);
  call_wait_for_take_overs (call, 2);
  call_end (call);
}

/* --- what is no restart --- */

static void
the_same_again (void)
{
  Call *call = call_new ();
  IceSide *a = call->world->a, *b = call->world->b;
  g_auto(Standing) before = stand (a);

  ice_side_tell (a, somebody (b->ufrag, b->pwd)); /* a candidate that is late */
  ice_side_tell (a, somebody (b->ufrag, NULL));
  ice_side_tell (a, somebody ("other", NULL)); /* half of a restart */
  ice_side_tell (a, somebody (NULL, NULL));
  g_auto(Standing) after = stand (a);
  g_assert_cmpstr (before.ufrag, ==, after.ufrag);
  g_assert_false (after.runs);
  call_end (call);
}

/* --- hostile peers --- */

static guint
count_descriptors (void)
{
  DIR *directory = opendir ("/proc/self/fd");
  guint n = 0;

  g_assert_nonnull (directory);
  while (readdir (directory))
    n++;
  closedir (directory);
  return n;
}

static void
a_flood_of_restarts (void)
{
  Call *call = call_new ();
  IceSide *a = call->world->a;
  guint descriptors = count_descriptors (), answers = 0;

  peal_loop_call (a->loop, mute, a);
  gint64 began = g_get_monotonic_time ();
  for (guint i = 0; i < 2000; i++) {
    g_autofree char *ufrag = g_strdup_printf ("u%u", i);
    g_autofree char *before = g_strdup (a->ufrag);
    ice_side_tell (a, somebody (ufrag, PWD));
    answers += !g_str_equal (before, a->ufrag);
    g_assert_cmpuint (count_descriptors (), <, descriptors + 16);
  }
  gint64 seconds = (g_get_monotonic_time () - began) / SECOND;
  g_test_message ("%u restarts answered in %d s", answers, (int) seconds);
  g_assert_cmpuint (answers, >=, 1);
  g_assert_cmpuint (answers, <=, 8 + seconds / 2 + 1);
  call_end (call);
}

/* Sixteen credentials are remembered; an old one that comes back is a restart like any other. */
static void
turning_in_a_circle (void)
{
  Call *call = call_new ();
  IceSide *a = call->world->a;

  peal_loop_call (a->loop, mute, a);
  for (guint i = 0; i < 500; i++) {
    g_autofree char *ufrag = g_strdup_printf ("u%u", i % 3);
    ice_side_tell (a, somebody (ufrag, PWD));
  }
  call_end (call);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/ice-restart/ours", GUINT_TO_POINTER (0), ours_and_the_peers);
  g_test_add_data_func ("/ice-restart/the-peers", GUINT_TO_POINTER (1), ours_and_the_peers);
  g_test_add_func ("/ice-restart/crossing", crossing);
  g_test_add_func ("/ice-restart/again-and-again", again_and_again);
  g_test_add_func ("/ice-restart/with-two-components", with_two_components);
  g_test_add_func ("/ice-restart/the-old-path-is-dead", the_old_path_is_dead);
  g_test_add_func ("/ice-restart/no-answer", no_answer);
  g_test_add_func ("/ice-restart/no-path", no_path);
  g_test_add_func ("/ice-restart/the-same-again", the_same_again);
  g_test_add_func ("/ice-restart/a-flood-of-restarts", a_flood_of_restarts);
  g_test_add_func ("/ice-restart/turning-in-a-circle", turning_in_a_circle);
  return g_test_run ();
}
