/* One libnice agent: which components it connected, the verdict, the take-over of its sockets, its
 * end. */
// SPDX-License-Identifier: MIT
#include "transport/ice_agent_inner.h"

#define CLOSE_WITHIN G_USEC_PER_SEC

static guint
all_components (const PealIceGeneration *generation)
{
  return (1u << generation->agent->n_components) - 1;
}

/* --- the verdict --- */

/* "host and srflx"; "nothing". Free with g_free. */
static char *
list_types (guint types)
{
  GString *list = g_string_new (NULL);

  for (guint type = NICE_CANDIDATE_TYPE_HOST; type <= NICE_CANDIDATE_TYPE_RELAYED; type++)
    if (types & 1u << type)
      g_string_append_printf (list, "%s%s", list->len ? ", " : "", peal_candidate_type_word (type));
  if (list->len == 0)
    g_string_append (list, "nothing");
  return g_string_free (list, FALSE);
}

const char *
peal_ice_generation_about_relays (const PealIceGeneration *generation)
{
  if (generation->local_types & 1u << NICE_CANDIDATE_TYPE_RELAYED)
    return "a TURN relay was used on this side";
  if (peal_ice_servers_turn (generation->servers) > 0)
    return "no TURN server gave a relay: unreachable, or it refused the credentials";
  if (peal_ice_servers_turns (generation->servers) > 0)
    return "no TURN relay on this side: only TURN over TLS is offered, which is not used yet";
  return "no TURN relay on this side: none is offered by the account's server or --turn";
}

static void
miss (PealIceGeneration *generation)
{
  g_autofree char *here = list_types (generation->local_types);
  g_autofree char *there = list_types (generation->remote_types);
  g_autoptr(GError) why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_NO_PATH,
                                        "no pair of candidates worked (here %s; there %s); %s",
                                        here, there, peal_ice_generation_about_relays (generation));

  peal_ice_agent_missed (generation->agent, generation, why);
}

/* Without a deadline only while there is nothing to check: a restart of ours that the peer has not
 * answered. Were it forgotten, a late answer would look like a restart of the peer's, and the
 * answer to that like one again. */
static gint64
deadline (const PealIceGeneration *generation)
{
  const PealIceTimes *times = generation->agent->times;

  if (generation->doomed)
    return 0;
  if (generation->first_at == 0 || generation->awaiting)
    return G_MAXINT64;
  gint64 due = generation->first_at + times->checking;
  return generation->failed ? MIN (due, generation->news_at + times->news) : due;
}

/* Nothing is closed inside libnice's signals: only the timer says the verdict. */
static void
patience_is_over (gpointer user)
{
  PealIceGeneration *generation = user;

  if (g_get_monotonic_time () < deadline (generation))
    peal_ice_generation_judge (generation);
  else
    miss (generation);
}

/* Trickled candidates may still come after libnice gave up on those it has. */
void
peal_ice_generation_judge (gpointer user)
{
  PealIceGeneration *generation = user;
  PealIceAgent *agent = generation->agent;
  gboolean undecided =
      generation == agent->next || (generation == agent->path && agent->state <= PEAL_ICE_CHECKING);
  gint64 due = undecided ? deadline (generation) : G_MAXINT64;

  if (due == G_MAXINT64)
    peal_timer_clear (&generation->patience);
  else
    peal_timer_set (agent->loop, &generation->patience, due, patience_is_over, generation);
}

/* --- the path --- */

static void
use (PealIceGeneration *generation, guint component)
{
  g_autofree char *ufrag = NULL, *pwd = NULL;

  nice_agent_get_local_credentials (generation->nice, generation->stream, &ufrag, &pwd);
  peal_ice_channel_connected (generation->agent->channels[component - 1],
                              generation->legs[component - 1],
                              &(PealStunSetup) {
                                  .local_ufrag = ufrag,
                                  .local_pwd = pwd,
                                  .remote_ufrag = generation->remote_ufrag,
                                  .remote_pwd = generation->remote_pwd,
                                  .controlling = generation->agent->initiator,
                                  .component = component,
                              });
}

void
peal_ice_generation_use (PealIceGeneration *generation, guint component)
{
  for (guint i = 1; i <= generation->agent->n_components; i++)
    if (component == 0 || component == i)
      use (generation, i);
}

gboolean
peal_ice_generation_is_taken_over (const PealIceGeneration *generation)
{
  return peal_ice_leg_taken_over (generation->legs[0]);
}

static void
try_take_over (gpointer user)
{
  PealIceGeneration *generation = user;
  PealIceAgent *agent = generation->agent;
  gboolean any = generation->ready == all_components (generation);

  if (generation != agent->path || !peal_ice_agent_has_path (agent))
    return;
  for (guint i = 0; i < agent->n_components; i++)
    if (!peal_ice_leg_can_take_over (generation->legs[i], any))
      return;
  for (guint i = 0; i < agent->n_components; i++)
    peal_ice_leg_take_over (generation->legs[i]);
  /* What libnice still sends is a Binding indication each 25 s. */
  g_object_set (generation->nice, "keepalive-conncheck", FALSE, NULL);
  agent->take_overs++;
  g_debug ("ice: sockets taken over");
}

static void
settle_in (PealIceGeneration *generation, gint64 wait)
{
  PealIceAgent *agent = generation->agent;

  if (agent->times->settle > 0 && generation != agent->past &&
      !peal_ice_generation_is_taken_over (generation))
    peal_timer_set (agent->loop, &generation->settle, g_get_monotonic_time () + wait, try_take_over,
                    generation);
}

/* --- what libnice says --- */

static void
on_selected (NiceAgent *nice, guint stream, guint component, NiceCandidate *local,
             NiceCandidate *remote, gpointer user)
{
  PealIceGeneration *generation = user;

  settle_in (generation, generation->agent->times->settle);
}

static void
on_connected (PealIceGeneration *generation, guint component)
{
  guint bit = 1u << (component - 1);

  if (generation->connected & bit)
    return;
  generation->connected |= bit;
  if (generation == generation->agent->path)
    peal_ice_generation_use (generation, component);
  if (generation->connected != all_components (generation))
    return;
  peal_timer_clear (&generation->patience);
  peal_ice_agent_found (generation->agent, generation);
}

static void
on_component_state (NiceAgent *nice, guint stream, guint component, guint state, gpointer user)
{
  PealIceGeneration *generation = user;
  PealIceAgent *agent = generation->agent;
  guint bit = 1u << (component - 1);

  /* Once its sockets are ours libnice hears nothing, and says FAILED in time. */
  if (generation == agent->past || agent->state == PEAL_ICE_FAILED ||
      peal_ice_generation_is_taken_over (generation))
    return;
  generation->failed =
      state == NICE_COMPONENT_STATE_FAILED ? generation->failed | bit : generation->failed & ~bit;
  if (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY)
    on_connected (generation, component);
  if (state == NICE_COMPONENT_STATE_READY) {
    generation->ready |= bit;
    settle_in (generation, 0);
  }
  if (generation->failed)
    peal_ice_generation_judge (generation);
}

/* --- beginning and end --- */

PealIceGeneration *
peal_ice_generation_new (PealIceAgent *agent)
{
  PealIceGeneration *generation = g_new0 (PealIceGeneration, 1);

  generation->agent = agent;
  generation->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) nice_candidate_free);
  generation->servers =
      peal_ice_servers_new (agent->loop, agent->services, &peal_ice_gather_events, generation);
  peal_ice_gather_prepare (generation);
  g_signal_connect (generation->nice, "component-state-changed", G_CALLBACK (on_component_state),
                    generation);
  g_signal_connect (generation->nice, "new-selected-pair-full", G_CALLBACK (on_selected),
                    generation);
  for (guint i = 0; i < agent->n_components; i++)
    generation->legs[i] =
        peal_ice_leg_new (agent->channels[i], generation->nice, generation->stream);
  return generation;
}

void
peal_ice_generation_leave (PealIceGeneration *generation)
{
  for (guint i = 0; i < generation->agent->n_components; i++)
    peal_ice_leg_free (generation->legs[i]);
}

/* Its agent may be gone. */
static void
free_generation (PealIceGeneration *generation)
{
  peal_timer_clear (&generation->gather_timer);
  g_ptr_array_unref (generation->waiting);
  g_free (generation->remote_ufrag);
  g_free (generation->remote_pwd);
  g_free (generation);
}

typedef struct {
  PealIceGeneration *generation;
  PealLoop *loop;
} Closing;

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user)
{
  PealLoop *loop = user;

  peal_loop_release (loop);
  g_object_unref (source);
}

/* libnice forgets an allocation that is granted while it closes; so it may finish gathering first.
 */
static void
close_nice (gpointer user)
{
  g_autofree Closing *closing = user;
  PealIceGeneration *generation = closing->generation;

  g_signal_handlers_disconnect_by_data (generation->nice, closing);
  nice_agent_close_async (generation->nice, on_closed, closing->loop);
  free_generation (generation);
}

static void
on_gathered_while_closing (NiceAgent *nice, guint stream, gpointer user)
{
  Closing *closing = user;

  g_signal_handlers_disconnect_by_data (nice, closing);
  peal_timer_set (closing->loop, &closing->generation->gather_timer, g_get_monotonic_time (),
                  close_nice, closing);
}

void
peal_ice_generation_close (PealIceGeneration *generation)
{
  PealLoop *loop = generation->agent->loop;
  Closing *closing = g_new (Closing, 1);

  *closing = (Closing) { generation, loop };
  generation->agent = NULL;
  peal_timer_clear (&generation->patience);
  peal_timer_clear (&generation->settle);
  g_clear_pointer (&generation->servers, peal_ice_servers_free);
  g_signal_handlers_disconnect_by_data (generation->nice, generation);
  peal_loop_hold (loop);
  if (!generation->nice_gathering || generation->n_relays == 0) {
    close_nice (closing);
    return;
  }
  g_signal_connect (generation->nice, "candidate-gathering-done",
                    G_CALLBACK (on_gathered_while_closing), closing);
  peal_timer_set (loop, &generation->gather_timer, g_get_monotonic_time () + CLOSE_WITHIN,
                  close_nice, closing);
}
