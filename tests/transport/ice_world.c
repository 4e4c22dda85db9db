/* Two ICE agents on two loops of one process; see ice_world.h. */
// SPDX-License-Identifier: MIT
#include "tests/transport/ice_world.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC

const PealIceTimes ice_quick = {
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
  .farewell = SECOND / 2,
};

static void
tell (IceSide *side, const char *what, const char *text)
{
  g_async_queue_push (side->world->told, g_strdup_printf ("%s %s%s", side->name, what, text));
}

void
ice_world_expect (IceWorld *world, const char *wanted)
{
  gint64 deadline = g_get_monotonic_time () + ICE_LONG;
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
  IceSide *to;
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
post (IceSide *side, PealIceTransport *transport)
{
  Letter *letter = g_new (Letter, 1);

  *letter = (Letter) { side->peer, transport };
  peal_loop_post (side->peer->loop, open_letter, letter);
}

static PealIceTransport *
blank (const IceSide *side, gboolean credentials)
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
flush (IceSide *side)
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
  IceSide *side = user;

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
  IceSide *side = user;

  g_ptr_array_add (side->ours->candidates, candidate);
  if (side->begun)
    flush (side);
}

static void
on_begun (gpointer user)
{
  IceSide *side = user;

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
  IceSide *side = user;

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
  IceSide *side = user;
  g_autofree char *text = g_strndup ((const char *) data, length);

  tell (side, "heard ", text);
}

static const PealChannelEvents channel_events = { .datagram = on_datagram };

/* --- the world --- */

static void
build (gpointer user)
{
  IceSide *side = user;

  side->agent = peal_ice_agent_new (&side->setup, &agent_events, side);
  for (guint i = 1; i <= side->setup.n_components; i++)
    peal_channel_listen (peal_ice_channel_base (peal_ice_agent_channel (side->agent, i)),
                         &channel_events, side);
}

static void
start (gpointer user)
{
  IceSide *side = user;

  peal_ice_agent_start (side->agent);
}

static void
vanish (gpointer user)
{
  IceSide *side = user;

  if (!side->agent)
    return;
  for (guint i = 1; i <= side->setup.n_components; i++)
    peal_channel_free (peal_ice_channel_base (peal_ice_agent_channel (side->agent, i)));
  g_clear_pointer (&side->agent, peal_ice_agent_close);
}

static IceSide *
side_new (IceWorld *world, const char *name)
{
  IceSide *side = g_new0 (IceSide, 1);

  side->world = world;
  side->name = name;
  side->loop = peal_loop_new (name);
  side->setup = (PealIceAgentSetup) {
    .loop = side->loop,
    .initiator = g_str_equal (name, "A"),
    .n_components = 1,
    .bind_address = "127.0.0.1",
    .times = &ice_quick,
  };
  return side;
}

IceWorld *
ice_world_new (void)
{
  IceWorld *world = g_new0 (IceWorld, 1);

  world->told = g_async_queue_new_full (g_free);
  world->a = side_new (world, "A");
  world->b = side_new (world, "B");
  world->a->peer = world->b;
  world->b->peer = world->a;
  return world;
}

void
ice_world_start (IceWorld *world)
{
  peal_loop_call (world->a->loop, build, world->a);
  peal_loop_call (world->b->loop, build, world->b);
  peal_loop_post (world->a->loop, start, world->a);
  peal_loop_post (world->b->loop, start, world->b);
}

void
ice_side_start (IceSide *side)
{
  peal_loop_call (side->loop, build, side);
  peal_loop_post (side->loop, start, side);
}

void
ice_side_vanish (IceSide *side)
{
  peal_loop_call (side->loop, vanish, side);
}

static void
side_free (IceSide *side)
{
  peal_loop_call (side->loop, vanish, side);
  peal_loop_free (side->loop);
  g_clear_pointer (&side->ours, peal_ice_transport_free);
  g_free (side->ufrag);
  g_free (side->pwd);
  g_clear_error (&side->why);
  g_free (side);
}

void
ice_world_free (IceWorld *world)
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

typedef struct {
  IceSide *side;
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

guint
ice_side_say (IceSide *side, guint component, const char *text, guint times)
{
  Saying saying = { side, text, component, times, 0 };

  peal_loop_call (side->loop, say_on_loop, &saying);
  return saying.taken;
}

void
ice_world_talk (IceWorld *world, guint component)
{
  g_assert_cmpuint (ice_side_say (world->a, component, "ping", 1), ==, 1);
  ice_world_expect (world, "B heard ping");
  g_assert_cmpuint (ice_side_say (world->b, component, "pong", 1), ==, 1);
  ice_world_expect (world, "A heard pong");
}

void
ice_world_connect (IceWorld *world)
{
  ice_world_expect (world, "A connected");
  ice_world_expect (world, "B connected");
}

static void
look_on_loop (gpointer user)
{
  IceLook *look = user;
  PealIceChannel *channel = peal_ice_agent_channel (look->side->agent, 1);

  look->take_overs = peal_ice_agent_take_overs (look->side->agent);
  look->taken_over = peal_ice_channel_taken_over (channel);
  g_assert_true (peal_ice_channel_path (channel, &look->path));
}

IceLook
ice_side_look (IceSide *side)
{
  IceLook look = { .side = side };

  peal_loop_call (side->loop, look_on_loop, &look);
  return look;
}

void
ice_side_wait_for_take_overs (IceSide *side, guint wanted)
{
  gint64 deadline = g_get_monotonic_time () + ICE_LONG;

  for (IceLook look = ice_side_look (side); look.take_overs < wanted || look.path.rtt < 0;
       look = ice_side_look (side)) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (2000);
  }
}

typedef struct {
  IceSide *side;
  PealIceTransport *transport;
} Applying;

static void
apply_on_loop (gpointer user)
{
  Applying *applying = user;

  peal_ice_agent_apply (applying->side->agent, applying->transport);
}

void
ice_side_tell (IceSide *side, PealIceTransport *transport)
{
  Applying applying = { side, transport };

  peal_loop_call (side->loop, apply_on_loop, &applying);
}

static void
restart_on_loop (gpointer user)
{
  IceSide *side = user;

  peal_ice_agent_restart (side->agent);
}

void
ice_side_restart (IceSide *side)
{
  peal_loop_post (side->loop, restart_on_loop, side);
}

static void
reveal_on_loop (gpointer user)
{
  IceSide *side = user;

  peal_ice_agent_reveal (side->agent);
}

void
ice_side_reveal (IceSide *side)
{
  peal_loop_call (side->loop, reveal_on_loop, side);
}
