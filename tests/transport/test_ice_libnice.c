/* An ICE agent against plain libnice, as Dino and Pidgin use it: it must not notice the take-over.
 */
// SPDX-License-Identifier: MIT
#include "tests/transport/ice_world.h"

#include <string.h>

/* The other end: libnice on the test's own context. */
typedef struct {
  IceWorld *world; /* of which only one side is used */
  IceSide *side;
  NiceAgent *nice;
  guint stream;
  NiceComponentState state;
  GString *heard;
  guint take_overs;
} Pair;

static void
on_state (NiceAgent *nice, guint stream, guint component, guint state, gpointer user)
{
  Pair *pair = user;

  pair->state = state;
}

static void
on_data (NiceAgent *nice, guint stream, guint component, guint length, gchar *data, gpointer user)
{
  Pair *pair = user;

  g_string_append_len (pair->heard, data, length);
}

static gboolean
wake (gpointer user)
{
  return G_SOURCE_CONTINUE;
}

/* Iterates libnice's context until @done says so. */
static void
until (Pair *pair, gboolean (*done) (Pair *pair))
{
  gint64 deadline = g_get_monotonic_time () + ICE_LONG;
  guint source = g_timeout_add (5, wake, NULL); /* what @done asks may change elsewhere */

  while (!done (pair)) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_main_context_iteration (NULL, TRUE);
  }
  g_source_remove (source);
}

static gboolean
begun (Pair *pair)
{
  return g_async_queue_length (pair->world->told) > 0;
}

static gboolean
connected (Pair *pair)
{
  return pair->state == NICE_COMPONENT_STATE_CONNECTED || pair->state == NICE_COMPONENT_STATE_READY;
}

static gboolean
ready (Pair *pair)
{
  return pair->state == NICE_COMPONENT_STATE_READY;
}

static gboolean
taken_over (Pair *pair)
{
  return ice_side_look (pair->side).take_overs > 0;
}

static gboolean
heard_ping (Pair *pair)
{
  return g_str_has_suffix (pair->heard->str, "ping");
}

static void
make_nice (Pair *pair, gboolean controlling, NiceAgentOption nomination)
{
  NiceAddress loopback;

  nice_address_init (&loopback);
  nice_address_set_from_string (&loopback, "127.0.0.1");
  pair->nice = nice_agent_new_full (g_main_context_default (), NICE_COMPATIBILITY_RFC5245,
                                    NICE_AGENT_OPTION_ICE_TRICKLE | nomination);
  g_object_set (pair->nice, "upnp", FALSE, "ice-tcp", FALSE, "controlling-mode", controlling,
                "keepalive-conncheck", TRUE, NULL);
  nice_agent_add_local_address (pair->nice, &loopback);
  pair->stream = nice_agent_add_stream (pair->nice, 1);
  g_signal_connect (pair->nice, "component-state-changed", G_CALLBACK (on_state), pair);
  nice_agent_attach_recv (pair->nice, pair->stream, 1, g_main_context_default (), on_data, pair);
  g_assert_true (nice_agent_gather_candidates (pair->nice, pair->stream));
}

/* What libnice would tell in a session-accept. */
static void
tell_ours (Pair *pair)
{
  PealIceTransport *told = peal_element_new (&peal_ice_transport_element);
  GSList *all = nice_agent_get_local_candidates (pair->nice, pair->stream, 1);

  nice_agent_get_local_credentials (pair->nice, pair->stream, &told->ufrag, &told->pwd);
  told->candidates = g_ptr_array_new ();
  for (GSList *i = all; i; i = i->next)
    g_ptr_array_add (told->candidates, peal_candidate_from_nice (i->data));
  g_slist_free_full (all, (GDestroyNotify) nice_candidate_free);
  ice_side_tell (pair->side, told);
}

static void
hear_theirs (Pair *pair)
{
  PealIceTransport *told = pair->side->ours; /* the side is mute: nobody else takes it */
  GSList *list = NULL;
  const char *why;

  for (guint i = 0; i < told->candidates->len; i++)
    list = g_slist_append (list,
                           peal_candidate_to_nice (told->candidates->pdata[i], pair->stream, &why));
  g_assert_true (nice_agent_set_remote_credentials (pair->nice, pair->stream, pair->side->ufrag,
                                                    pair->side->pwd));
  g_assert_cmpint (nice_agent_set_remote_candidates (pair->nice, pair->stream, 1, list), ==, 1);
  g_slist_free_full (list, (GDestroyNotify) nice_candidate_free);
}

/* Ours may find the path a moment later. */
static gboolean
pinged (Pair *pair)
{
  return ice_side_say (pair->side, 1, "ping", 1) == 1;
}

static void
talk (Pair *pair)
{
  until (pair, pinged);
  until (pair, heard_ping);
  g_string_truncate (pair->heard, 0);
  g_assert_cmpint (nice_agent_send (pair->nice, pair->stream, 1, 4, "pong"), ==, 4);
  g_autofree char *expected = g_strdup_printf ("%s heard pong", pair->side->name);
  ice_world_expect (pair->world, expected);
}

static void
against_libnice (gboolean we_control, NiceAgentOption nomination)
{
  Pair pair = { .world = ice_world_new (), .heard = g_string_new (NULL) };

  pair.side = we_control ? pair.world->a : pair.world->b;
  pair.side->mute = TRUE;
  make_nice (&pair, !we_control, nomination);
  ice_side_start (pair.side);
  until (&pair, begun);
  hear_theirs (&pair);
  tell_ours (&pair);
  until (&pair, connected);
  talk (&pair);
  until (&pair, taken_over);
  talk (&pair);
  until (&pair, ready); /* its checks end, and it goes on with keepalives that we answer */
  talk (&pair);
  g_assert_cmpint (ice_side_look (pair.side).path.rtt, >=, 0); /* and it answers ours */

  ice_world_free (pair.world);
  g_object_unref (pair.nice);
  g_string_free (pair.heard, TRUE);
}

static gboolean
taken_over_again (Pair *pair)
{
  return ice_side_look (pair->side).take_overs > pair->take_overs;
}

/* It keeps its sockets, as libwebrtc does too; we come with others. */
static void
both_begin_anew (Pair *pair)
{
  pair->take_overs = ice_side_look (pair->side).take_overs;
  hear_theirs (pair);
  until (pair, taken_over_again);
  until (pair, connected);
  talk (pair);
}

static void
restarts_with_libnice (void)
{
  Pair pair = { .world = ice_world_new (), .heard = g_string_new (NULL) };

  pair.side = pair.world->a;
  pair.side->mute = TRUE;
  make_nice (&pair, FALSE, NICE_AGENT_OPTION_NONE);
  ice_side_start (pair.side);
  until (&pair, begun);
  hear_theirs (&pair);
  tell_ours (&pair);
  until (&pair, connected);
  talk (&pair);
  until (&pair, taken_over);

  g_assert_true (nice_agent_restart (pair.nice));
  tell_ours (&pair);
  both_begin_anew (&pair);

  ice_side_restart (pair.side);
  ice_side_look (pair.side); /* it has begun */
  g_assert_true (nice_agent_restart (pair.nice));
  tell_ours (&pair);
  both_begin_anew (&pair);

  ice_world_free (pair.world);
  g_object_unref (pair.nice);
  g_string_free (pair.heard, TRUE);
}

static void
controlling (void)
{
  against_libnice (TRUE, NICE_AGENT_OPTION_NONE);
}

static void
controlled_by_aggressive (void)
{
  against_libnice (FALSE, NICE_AGENT_OPTION_NONE);
}

static void
controlled_by_regular (void)
{
  against_libnice (FALSE, NICE_AGENT_OPTION_REGULAR_NOMINATION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-libnice/controlling", controlling);
  g_test_add_func ("/ice-libnice/controlled-by-aggressive", controlled_by_aggressive);
  g_test_add_func ("/ice-libnice/controlled-by-regular", controlled_by_regular);
  g_test_add_func ("/ice-libnice/restarts", restarts_with_libnice);
  return g_test_run ();
}
