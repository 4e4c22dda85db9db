/* The transport method of XEP-0176: ICE on a loop, told about on the endpoint's context.
 *
 *     endpoint's context                          loop
 *     describe ◄─ candidates, credentials ◄─ note ─ PealIceAgent ── libnice
 *     apply ─────────────────────────────── call ─►      │ channels
 *     events ◄───────────────── state ◄──── note ─ PealSecure ── lanes
 *
 * Each side touches its own half of the struct; what crosses is a message. The endpoint's calls
 * that need an answer wait for the loop, which never waits for the endpoint. */
// SPDX-License-Identifier: MIT
#include "transport/ice_udp_inner.h"

static void
free_candidate (gpointer candidate)
{
  peal_element_free (&peal_candidate_element, candidate);
}

static void
unref (PealTransport *transport)
{
  if (!g_atomic_int_dec_and_test (&transport->refs))
    return;
  g_main_context_unref (transport->context);
  g_ptr_array_unref (transport->told);
  g_ptr_array_unref (transport->untold);
  g_free (transport->ufrag);
  g_free (transport->pwd);
  g_free (transport);
}

/* --- from the loop to the endpoint --- */

typedef struct Note Note;
struct Note {
  PealTransport *transport;
  void (*take) (PealTransport *transport, Note *note);
  char *ufrag, *pwd;
  PealCandidate *candidate;
  PealTransportState state;
  PealPath path;
  GError *why;
};

static void
free_note (gpointer user)
{
  Note *note = user;

  g_free (note->ufrag);
  g_free (note->pwd);
  g_clear_pointer (&note->candidate, free_candidate);
  peal_path_clear (&note->path);
  g_clear_error (&note->why);
  unref (note->transport);
  g_free (note);
}

static gboolean
take_note (gpointer user)
{
  Note *note = user;

  if (!note->transport->closed)
    note->take (note->transport, note);
  return G_SOURCE_REMOVE;
}

/* Notes keep their order: sources of one priority are dispatched as they were attached. */
static void
send_note (PealTransport *transport, const Note *content)
{
  Note *note = g_memdup2 (content, sizeof *content);
  g_autoptr(GSource) source = g_idle_source_new ();

  g_atomic_int_inc (&transport->refs);
  note->transport = transport;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, take_note, note, free_note);
  g_source_attach (source, transport->context);
}

static void
announce (PealTransport *transport)
{
  if (transport->announced || !transport->begun || (transport->no_trickle && !transport->gathered))
    return;
  transport->announced = TRUE;
  transport->events->describable (transport->user);
}

static void
take_credentials (PealTransport *transport, Note *note)
{
  transport->renewed = transport->ufrag != NULL;
  transport->begun = transport->gathered = FALSE; /* the candidates come next */
  g_free (transport->ufrag);
  g_free (transport->pwd);
  transport->ufrag = g_steal_pointer (&note->ufrag);
  transport->pwd = g_steal_pointer (&note->pwd);
  g_ptr_array_set_size (transport->told, 0);
  g_ptr_array_set_size (transport->untold, 0);
}

static void
take_candidate (PealTransport *transport, Note *note)
{
  g_ptr_array_add (transport->untold, note->candidate);
  if (peal_ice_description_may_tell (transport, note->candidate))
    announce (transport);
  note->candidate = NULL;
}

static void
take_begun (PealTransport *transport, Note *note)
{
  transport->begun = TRUE;
  announce (transport);
}

static void
take_gathered (PealTransport *transport, Note *note)
{
  transport->gathered = TRUE;
  if (transport->no_trickle)
    announce (transport);
}

static void
take_state (PealTransport *transport, Note *note)
{
  transport->events->state (transport->user, note->state, &note->path, note->why);
}

/* --- on the loop --- */

static void
on_credentials (gpointer user, const char *ufrag, const char *pwd)
{
  send_note (
      user, &(Note) { .take = take_credentials, .ufrag = g_strdup (ufrag), .pwd = g_strdup (pwd) });
}

static void
on_candidate (gpointer user, PealCandidate *candidate)
{
  send_note (user, &(Note) { .take = take_candidate, .candidate = candidate });
}

static void
on_begun (gpointer user)
{
  send_note (user, &(Note) { .take = take_begun });
}

static void
on_gathered (gpointer user)
{
  send_note (user, &(Note) { .take = take_gathered });
}

static void
fill_path (PealTransport *transport, PealPath *path)
{
  PealIcePath found;

  path->rtt_ms = -1;
  path->encryption = peal_secure_encryption (transport->secure);
  path->ice_at = transport->ice_at;
  path->secured_at = peal_secure_at (transport->secure);
  if (!peal_ice_channel_path (peal_ice_agent_channel (transport->agent, 1), &found))
    return;
  gboolean relayed = found.local_type == NICE_CANDIDATE_TYPE_RELAYED ||
                     found.remote_type == NICE_CANDIDATE_TYPE_RELAYED;
  path->path = relayed ? "relayed" : "direct";
  path->local_type = peal_candidate_type_word (found.local_type);
  path->remote_type = peal_candidate_type_word (found.remote_type);
  path->local = peal_candidate_address (&found.local);
  path->remote = peal_candidate_address (&found.remote);
  if (found.rtt >= 0)
    path->rtt_ms = (gint) ((found.rtt + 500) / 1000);
}

static void
enter (PealTransport *transport, PealTransportState state, const GError *why)
{
  static const char *const words[] = { "opening", "connecting", "connected", "weak", "failed" };

  if (transport->state == state || transport->state == PEAL_TRANSPORT_FAILED)
    return;
  g_debug ("ice-udp: %s -> %s", words[transport->state], words[state]);
  transport->state = state;
  Note note = { .take = take_state, .state = state, .why = why ? g_error_copy (why) : NULL };
  fill_path (transport, &note.path);
  send_note (transport, &note);
}

/* What the two machines below make together. */
static void
combine (PealTransport *transport, PealIceState ice)
{
  gboolean secured = peal_secure_state (transport->secure) == PEAL_SECURE_CONNECTED;

  if (ice == PEAL_ICE_WEAK && secured)
    enter (transport, PEAL_TRANSPORT_WEAK, NULL);
  else if (ice == PEAL_ICE_CONNECTED && secured)
    enter (transport, PEAL_TRANSPORT_CONNECTED, NULL);
  else if (ice != PEAL_ICE_GATHERING)
    enter (transport, PEAL_TRANSPORT_CONNECTING, NULL);
}

static void
on_ice_state (gpointer user, PealIceState state, const GError *why)
{
  PealTransport *transport = user;

  if (state == PEAL_ICE_CONNECTED && transport->ice_at == 0)
    transport->ice_at = g_get_monotonic_time ();
  if (state == PEAL_ICE_FAILED)
    enter (transport, PEAL_TRANSPORT_FAILED, why);
  else
    combine (transport, state);
}

static void
on_secure_state (gpointer user, PealSecureState state, const GError *why)
{
  PealTransport *transport = user;

  if (state == PEAL_SECURE_FAILED)
    enter (transport, PEAL_TRANSPORT_FAILED, why);
  else if (transport->agent) /* not while it is being built */
    combine (transport, peal_ice_agent_state (transport->agent));
}

static const PealIceAgentEvents agent_events = {
  .credentials = on_credentials,
  .candidate = on_candidate,
  .begun = on_begun,
  .gathered = on_gathered,
  .state = on_ice_state,
};
static const PealSecureEvents secure_events = { .state = on_secure_state };

/* --- open and close --- */

typedef struct {
  PealTransport *transport;
  const PealTransportSetup *setup;
  const PealIceTimes *times;
} Building;

static void
build (gpointer user)
{
  Building *building = user;
  PealTransport *transport = building->transport;
  const PealTransportSetup *setup = building->setup;

  transport->agent = peal_ice_agent_new (
      &(PealIceAgentSetup) {
          .loop = setup->loop,
          .initiator = setup->initiator,
          .relay_only = setup->relay_only,
          .hidden = setup->hide_address,
          .n_components = setup->two_components ? 2 : 1,
          .bind_address = setup->bind_address,
          .services = setup->services,
          .times = building->times,
      },
      &agent_events, transport);
  PealIceChannel *rtp = peal_ice_agent_channel (transport->agent, 1);
  PealIceChannel *rtcp =
      setup->two_components ? peal_ice_agent_channel (transport->agent, 2) : NULL;
  transport->secure = peal_secure_new (
      peal_ice_channel_base (rtp), rtcp ? peal_ice_channel_base (rtcp) : NULL,
      &(PealSecureSetup) { setup->loop, PEAL_FLOW_DATAGRAM, setup->encryption, setup->initiator },
      &secure_events, transport);
}

static void
start (gpointer user)
{
  PealTransport *transport = user;

  peal_ice_agent_start (transport->agent);
}

PealTransport *
peal_ice_udp_open (const PealTransportSetup *setup, const PealIceTimes *times,
                   const PealTransportEvents *events, gpointer user)
{
  PealTransport *transport = g_new0 (PealTransport, 1);

  transport->refs = 2; /* the endpoint's and the loop's */
  transport->loop = setup->loop;
  transport->context = g_main_context_ref (setup->context);
  transport->events = events;
  transport->user = user;
  transport->hidden = setup->hide_address;
  transport->no_trickle = setup->no_trickle;
  transport->relay_only = setup->relay_only;
  transport->told = g_ptr_array_new_with_free_func (free_candidate);
  transport->untold = g_ptr_array_new_with_free_func (free_candidate);
  peal_loop_call (setup->loop, build, &(Building) { transport, setup, times });
  peal_loop_post (setup->loop, start, transport);
  return transport;
}

static PealTransport *
open_transport (const PealTransportSetup *setup, const PealTransportEvents *events, gpointer user)
{
  return peal_ice_udp_open (setup, &peal_ice_times, events, user);
}

static void
tear_down (gpointer user)
{
  PealTransport *transport = user;

  g_clear_pointer (&transport->secure, peal_secure_free); /* the channels with it */
  g_clear_pointer (&transport->agent, peal_ice_agent_close);
  unref (transport);
}

static void
close_transport (PealTransport *transport)
{
  transport->closed = TRUE;
  peal_loop_post (transport->loop, tear_down, transport);
  unref (transport);
}

typedef struct {
  PealTransport *transport;
  const char *content;
  PealLane lane;
  PealChannel *channel;
} Fetching;

static void
fetch_lane (gpointer user)
{
  Fetching *fetching = user;

  fetching->channel =
      peal_secure_lane (fetching->transport->secure, fetching->content, fetching->lane);
}

static PealChannel *
lane (PealTransport *transport, const char *content, PealLane which)
{
  Fetching fetching = { transport, content, which, NULL };

  peal_loop_call (transport->loop, fetch_lane, &fetching);
  return fetching.channel;
}

typedef struct {
  PealTransport *transport;
  const char *content;
  const PealLaneHints *hints;
} Hinting;

static void
hint_on_loop (gpointer user)
{
  Hinting *hinting = user;

  peal_secure_hint (hinting->transport->secure, hinting->content, hinting->hints);
}

static void
hint (PealTransport *transport, const char *content, const PealLaneHints *hints)
{
  peal_loop_call (transport->loop, hint_on_loop, &(Hinting) { transport, content, hints });
}

static void
reveal_on_loop (gpointer user)
{
  PealTransport *transport = user;

  if (transport->agent)
    peal_ice_agent_reveal (transport->agent);
  unref (transport);
}

static void
reveal (PealTransport *transport)
{
  if (!transport->hidden)
    return;
  transport->hidden = FALSE;
  g_atomic_int_inc (&transport->refs);
  peal_loop_post (transport->loop, reveal_on_loop, transport);
  if (transport->untold->len > 0)
    announce (transport);
}

static void
restart_on_loop (gpointer user)
{
  PealTransport *transport = user;

  peal_ice_agent_restart (transport->agent);
}

void
peal_ice_udp_restart (PealTransport *transport)
{
  peal_loop_call (transport->loop, restart_on_loop, transport);
}

typedef struct {
  PealTransport *transport;
  guint take_overs;
} Counting;

static void
count_take_overs (gpointer user)
{
  Counting *counting = user;

  counting->take_overs = peal_ice_agent_take_overs (counting->transport->agent);
}

guint
peal_ice_udp_take_overs (PealTransport *transport)
{
  Counting counting = { transport, 0 };

  peal_loop_call (transport->loop, count_take_overs, &counting);
  return counting.take_overs;
}

static const char *const features[] = { PEAL_NS_ICE_UDP, PEAL_NS_DTLS, NULL };

const PealMethod peal_ice_udp = {
  .name = "ice",
  .element = &peal_ice_transport_element,
  .flow = PEAL_FLOW_DATAGRAM,
  .preference = 10,
  .features = features,
  .open = open_transport,
  .describe = peal_ice_description_make,
  .judge = peal_ice_description_judge,
  .components = peal_ice_description_components,
  .same = peal_ice_description_same,
  .apply = peal_ice_description_apply,
  .settle = peal_ice_description_settle,
  .lane = lane,
  .hint = hint,
  .restart = peal_ice_udp_restart,
  .reveal = reveal,
  .close = close_transport,
};
