/* Paths through a TURN server: over UDP and TCP, refused, named, and given back in the end. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ice_world.h"
#include "tests/transport/turn_lab.h"

#include <string.h>

/* Coturn's words for an allocation that was given back. */
#define GIVEN_BACK "lifetime=0"

static void
assert_relayed (IceSide *side)
{
  IceLook look = ice_side_look (side);

  g_assert_cmpint (look.path.local_type, ==, NICE_CANDIDATE_TYPE_RELAYED);
  g_assert_false (look.taken_over); /* relayed pairs stay with libnice */
}

static void
both_relayed (PealServiceTransport transport, const char *host)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, host, transport, TRUE);
  IceWorld *world = ice_world_new ();

  world->a->setup.services = world->b->setup.services = services;
  world->a->setup.relay_only = world->b->setup.relay_only = TRUE;
  ice_world_start (world);
  ice_world_connect (world);
  g_test_message ("both relayed: %.1f ms", (MAX (world->a->connected_at, world->b->connected_at) -
                                            MAX (world->a->begun_at, world->b->begun_at)) /
                                               1000.0);
  for (int i = 0; i < 3; i++)
    ice_world_talk (world, 1);
  assert_relayed (world->a);
  assert_relayed (world->b);
  ice_world_free (world);
  turn_lab_wait (lab, GIVEN_BACK, 2);
}

static void
over_udp (void)
{
  both_relayed (PEAL_SERVICE_UDP, "127.0.0.1");
}

static void
over_tcp (void)
{
  both_relayed (PEAL_SERVICE_TCP, "127.0.0.1");
}

static void
by_name (void)
{
  both_relayed (PEAL_SERVICE_UDP, "localhost"); /* the hosts file: no server is asked */
}

/* One side hides behind its relay; the other is asked from there. */
static void
one_side_relayed (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, TRUE);
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->setup.services = services;
  world->a->setup.relay_only = TRUE;
  ice_world_start (world);
  ice_world_connect (world);
  ice_world_talk (world, 1);
  assert_relayed (world->a);
  IceLook look = ice_side_look (world->b);
  g_assert_cmpint (look.path.local_type, ==, NICE_CANDIDATE_TYPE_HOST);
  g_assert_cmpint (look.path.remote_type, ==, NICE_CANDIDATE_TYPE_RELAYED);
  /* B's end is a socket of its own, so it may be taken over, once libnice looks for nothing better.
   */
  ice_side_wait_for_take_overs (world->b, 1);
  ice_world_talk (world, 1);
}

/* With a relay at hand the direct path is still the one taken. */
static void
direct_is_preferred (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, TRUE);
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->setup.services = world->b->setup.services = services;
  ice_world_start (world);
  ice_world_connect (world);
  ice_side_wait_for_take_overs (world->a, 1);
  g_assert_cmpint (ice_side_look (world->a).path.local_type, ==, NICE_CANDIDATE_TYPE_HOST);
  ice_world_talk (world, 1);
}

static void
refused_credentials (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, FALSE);
  g_autoptr(IceWorld) world = ice_world_new ();

  world->a->setup.services = services;
  world->a->setup.relay_only = TRUE;
  ice_side_start (world->a);
  ice_world_expect (world, "A failed");
  g_assert_error (world->a->why, PEAL_CAUSE, PEAL_CAUSE_RELAY_REFUSED);
}

/* libnice loses 2 s when it is given both; XEP-0215 usually names both on one host. */
static void
stun_on_the_turn_host_is_not_asked (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, TRUE);
  g_autoptr(IceWorld) world = ice_world_new ();

  g_ptr_array_add (services, peal_service_new (PEAL_SERVICE_STUN, PEAL_SERVICE_UDP, "127.0.0.1",
                                               turn_lab_port (lab)));
  world->a->setup.services = services;
  gint64 from = g_get_monotonic_time ();
  ice_side_start (world->a);
  ice_world_expect (world, "A gathered");
  gint64 took = g_get_monotonic_time () - from;
  g_test_message ("gathered in %.0f ms", took / 1000.0);
  g_assert_cmpint (took, <, 3 * G_USEC_PER_SEC / 2);
}

static void
closed_while_gathering (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, TRUE);
  IceWorld *world = ice_world_new ();

  world->a->setup.services = services;
  ice_side_start (world->a);
  ice_world_expect (world, "A begun"); /* the request to the server is just leaving */
  ice_side_vanish (world->a);
  ice_world_free (world);
  turn_lab_wait (lab, GIVEN_BACK, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-relay/over-udp", over_udp);
  g_test_add_func ("/ice-relay/over-tcp", over_tcp);
  g_test_add_func ("/ice-relay/by-name", by_name);
  g_test_add_func ("/ice-relay/one-side-relayed", one_side_relayed);
  g_test_add_func ("/ice-relay/direct-is-preferred", direct_is_preferred);
  g_test_add_func ("/ice-relay/refused-credentials", refused_credentials);
  g_test_add_func ("/ice-relay/stun-on-the-turn-host-is-not-asked",
                   stun_on_the_turn_host_is_not_asked);
  g_test_add_func ("/ice-relay/closed-while-gathering", closed_while_gathering);
  return g_test_run ();
}
