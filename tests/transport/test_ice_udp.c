/* The ICE-UDP method end to end: two transports, each on a loop, told about on one context; what
 * they describe travels as XML. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/turn_lab.h"
#include "transport/ice_udp.h"
#include "transport/secure.h"

#include <stdlib.h>
#include <string.h>

#define SECOND G_USEC_PER_SEC
#define LONG   (20 * SECOND)

typedef struct End End;
struct End {
  const char *name;
  PealLoop *loop;
  PealTransportSetup setup;
  PealIceTimes times;
  PealTransport *transport;
  End *peer;
  gboolean describable, told, applied; /* told: the peer has our first description */
  gboolean mute;                       /* tells nothing */
  gint64 described_at, connected_at;
  GString *said; /* all XML */
  guint n_said;
  guint16 n_packets;
  GArray *states; /* of PealTransportState */
  PealPath path;
  GError *why;
};

typedef struct {
  End a, b; /* A calls */
  xmpp_ctx_t *context;
} World;

static void
on_describable (gpointer user)
{
  End *end = user;

  end->describable = TRUE;
}

static void
on_state (gpointer user, PealTransportState state, const PealPath *path, const GError *why)
{
  End *end = user;

  g_array_append_val (end->states, state);
  peal_path_clear (&end->path);
  peal_path_copy (&end->path, path);
  if (why && !end->why)
    end->why = g_error_copy (why);
  if (state == PEAL_TRANSPORT_CONNECTED && end->connected_at == 0)
    end->connected_at = g_get_monotonic_time ();
}

static const PealTransportEvents events = { .describable = on_describable, .state = on_state };

static void
end_init (End *end, const char *name, gboolean initiator)
{
  *end = (End) { .name = name, .loop = peal_loop_new (name), .said = g_string_new (NULL) };
  end->states = g_array_new (FALSE, FALSE, sizeof (PealTransportState));
  end->times = peal_ice_times;
  end->times.settle = SECOND / 10;
  end->setup = (PealTransportSetup) {
    .loop = end->loop,
    .context = g_main_context_default (),
    .initiator = initiator,
    .content = "voice",
    .bind_address = "127.0.0.1",
  };
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);

  end_init (&world->a, "A", TRUE);
  end_init (&world->b, "B", FALSE);
  world->a.peer = &world->b;
  world->b.peer = &world->a;
  world->context = xmpp_ctx_new (NULL, NULL);
  return world;
}

static void
end_open (End *end)
{
  end->transport = peal_ice_udp_open (&end->setup, &end->times, &events, end);
}

static void
end_close (End *end)
{
  if (end->transport)
    peal_ice_udp.close (end->transport);
  end->transport = NULL;
}

static void
end_clear (End *end)
{
  end_close (end);
  peal_loop_free (end->loop);
  g_string_free (end->said, TRUE);
  g_array_unref (end->states);
  peal_path_clear (&end->path);
  g_clear_error (&end->why);
}

static void
world_free (World *world)
{
  end_clear (&world->a);
  end_clear (&world->b);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* notes under way are dropped */
  xmpp_ctx_free (world->context);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* --- signaling: what an endpoint does --- */

/* As it would arrive: built, printed, parsed again. */
static PealIceTransport *
over_the_wire (World *world, End *from, PealIceTransport *told)
{
  xmpp_stanza_t *built = peal_element_build (&peal_ice_transport_element, told, world->context);
  g_autoptr(GError) error = NULL;
  char *text;
  size_t length;

  g_assert_cmpint (xmpp_stanza_to_text (built, &text, &length), ==, XMPP_EOK);
  g_string_append_printf (from->said, "%s\n", text);
  from->n_said++;
  xmpp_stanza_t *read = xmpp_stanza_new_from_string (world->context, text);
  PealIceTransport *heard = peal_element_parse (&peal_ice_transport_element, read, NULL, &error);
  g_assert_no_error (error);
  xmpp_free (world->context, text);
  xmpp_stanza_release (built);
  xmpp_stanza_release (read);
  peal_ice_transport_free (told);
  return heard;
}

static void
pass_on (World *world, End *end, gboolean all)
{
  g_autoptr(GError) error = NULL;
  PealIceTransport *told = peal_ice_udp.describe (end->transport, all);

  end->describable = FALSE;
  if (!told)
    return;
  g_autoptr(PealIceTransport) heard = over_the_wire (world, end, told);
  if (all)
    end->described_at = g_get_monotonic_time ();
  if (!end->peer->transport)
    return;
  g_assert_true (peal_ice_udp.apply (end->peer->transport, heard, &error));
  end->peer->applied = TRUE;
  if (all && !end->setup.initiator) /* that was the session-accept */
    g_assert_true (peal_ice_udp.settle (end->peer->transport, &error));
}

/* The caller offers; the callee answers once it has the offer. */
static void
signal_on (World *world, End *end)
{
  if (!end->describable || !end->transport || end->mute)
    return;
  if (end->told)
    pass_on (world, end, FALSE);
  else if (end->setup.initiator || end->applied) {
    end->told = TRUE;
    pass_on (world, end, TRUE);
  }
}

static void
signal_both (World *world)
{
  signal_on (world, &world->a);
  signal_on (world, &world->b);
}

static gboolean
wake (gpointer user)
{
  return G_SOURCE_CONTINUE;
}

#define run_until(world, condition)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 deadline_ = g_get_monotonic_time () + LONG;                                             \
    guint wake_ = g_timeout_add (10, wake, NULL);                                                  \
    while (signal_both (world), !(condition)) {                                                    \
      if (g_get_monotonic_time () > deadline_)                                                     \
        g_error ("waited in vain for " #condition);                                                \
      g_main_context_iteration (NULL, TRUE);                                                       \
    }                                                                                              \
    g_source_remove (wake_);                                                                       \
  }                                                                                                \
  G_STMT_END

static PealTransportState
state (const End *end)
{
  return end->states->len ? g_array_index (end->states, PealTransportState, end->states->len - 1)
                          : PEAL_TRANSPORT_OPENING;
}

static gboolean
both (const World *world, PealTransportState wanted)
{
  return state (&world->a) == wanted && state (&world->b) == wanted;
}

static void
call (World *world)
{
  end_open (&world->a);
  end_open (&world->b); /* gathers while it rings */
  run_until (world, both (world, PEAL_TRANSPORT_CONNECTED));
}

/* --- media --- */

typedef struct {
  guint8 header[12];
  char text[20];
} Packet;

static Packet
packet (guint8 type, guint16 number, const char *text)
{
  Packet made = { .header = { 0x80, type, number >> 8, number & 255, 0, 0, 0, 1, 0xca, 0xfe, 0,
                              1 } };

  g_strlcpy (made.text, text, sizeof made.text);
  return made;
}

static void
carry (End *from, End *to, PealLane lane, guint8 type, const char *text)
{
  PealChannel *out = peal_ice_udp.lane (from->transport, "voice", lane);
  PealChannel *in = peal_ice_udp.lane (to->transport, "voice", lane);
  Packet said = packet (type, ++from->n_packets, text); /* the same again would be a replay */
  PealEar ear;

  peal_ear_open (&ear, in);
  g_assert_cmpuint (peal_ear_say (out, &said, sizeof said), ==, 1);
  g_autoptr(GBytes) heard = peal_ear_datagram (&ear);
  g_assert_cmpmem (g_bytes_get_data (heard, NULL), g_bytes_get_size (heard), &said, sizeof said);
  peal_ear_close (&ear, FALSE);
}

static void
voice_crosses (World *world)
{
  carry (&world->a, &world->b, PEAL_LANE_RTP, 111, "hello");
  carry (&world->b, &world->a, PEAL_LANE_RTP, 111, "hello yourself");
}

/* --- stories --- */

static void
an_encrypted_call (void)
{
  g_autoptr(World) world = world_new ();

  call (world);
  voice_crosses (world);
  for (End *end = &world->a; end; end = end == &world->a ? &world->b : NULL) {
    g_assert_cmpstr (end->path.path, ==, "direct");
    g_assert_cmpstr (end->path.local_type, ==, "host");
    g_assert_true (g_str_has_prefix (end->path.local, "127.0.0.1:"));
    g_assert_true (g_str_has_prefix (end->path.remote, "127.0.0.1:"));
    g_assert_cmpstr (end->path.encryption, ==, "dtls-srtp");
    g_assert_cmpint (end->path.ice_at, >, 0);
    g_assert_cmpint (end->path.secured_at, >=, end->path.ice_at);
  }
  run_until (world, peal_ice_udp_take_overs (world->a.transport) == 1 &&
                        peal_ice_udp_take_overs (world->b.transport) == 1);
  voice_crosses (world);
}

static void
an_unencrypted_call (void)
{
  g_autoptr(World) world = world_new ();

  world->a.setup.encryption = world->b.setup.encryption = PEAL_ENCRYPTION_NONE;
  call (world);
  voice_crosses (world);
  g_assert_cmpstr (world->a.path.encryption, ==, "none");
  g_assert_null (strstr (world->a.said->str, "fingerprint"));
}

static void
two_components (void)
{
  g_autoptr(World) world = world_new ();

  world->a.setup.two_components = world->b.setup.two_components = TRUE;
  world->a.setup.encryption = world->b.setup.encryption = PEAL_ENCRYPTION_NONE;
  call (world);
  voice_crosses (world);
  carry (&world->a, &world->b, PEAL_LANE_RTCP, 200, "report");
  g_assert_nonnull (strstr (world->a.said->str, "component=\"2\""));
}

static int
by_time (gconstpointer a, gconstpointer b)
{
  const gint64 *one = a, *other = b;

  return (*one > *other) - (*one < *other);
}

/* From the answer to both sides connected and secured; loopback, gathered before. */
static void
set_up_time (void)
{
  enum { CALLS = 15 };
  gint64 took[CALLS], ice[CALLS];

  for (guint i = 0; i < CALLS; i++) {
    g_autoptr(World) world = world_new ();
    call (world);
    gint64 from = MAX (world->a.described_at, world->b.described_at);
    took[i] = MAX (world->a.path.secured_at, world->b.path.secured_at) - from;
    ice[i] = MAX (world->a.path.ice_at, world->b.path.ice_at) - from;
  }
  qsort (took, CALLS, sizeof took[0], by_time);
  qsort (ice, CALLS, sizeof ice[0], by_time);
  g_test_message ("answer -> path %.1f ms, -> secured %.1f ms (medians of %d calls; worst %.1f)",
                  ice[CALLS / 2] / 1000.0, took[CALLS / 2] / 1000.0, CALLS,
                  took[CALLS - 1] / 1000.0);
  g_assert_cmpint (took[CALLS / 2], <, SECOND / 5);
}

/* --- what is told --- */

static void
first_description_is_whole (void)
{
  g_autoptr(World) world = world_new ();

  end_open (&world->a);
  run_until (world, world->a.n_said == 1);
  const char *said = world->a.said->str;
  static const char *const parts[] = { "ufrag=",
                                       "pwd=",
                                       "hash=\"sha-256\"",
                                       "setup=\"actpass\"",
                                       "type=\"host\"",
                                       "foundation=",
                                       "generation=\"0\"",
                                       "network=\"0\"",
                                       "priority=",
                                       "protocol=\"udp\"",
                                       "component=\"1\"",
                                       " id=",
                                       "port=",
                                       "ip=\"127.0.0.1\"" };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (!strstr (said, parts[i]))
      g_error ("no %s in %s", parts[i], said);
  g_assert_null (strstr (said, "gathering-complete"));
  g_assert_null (peal_ice_udp.describe (world->a.transport, FALSE)); /* nothing that is new */
  PealIceTransport *again = peal_ice_udp.describe (world->a.transport, TRUE);
  g_assert_cmpuint (again->candidates->len, ==, 1);
  peal_ice_transport_free (again);
}

static void
later_ones_bring_only_news (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, TRUE);
  g_autoptr(World) world = world_new ();

  world->a.setup.services = services;
  end_open (&world->a);
  run_until (world, world->a.n_said == 2);
  g_auto(GStrv) said = g_strsplit (world->a.said->str, "\n", 3);
  g_assert_nonnull (strstr (said[0], "type=\"host\""));
  g_assert_null (strstr (said[0], "type=\"relay\""));
  g_assert_null (strstr (said[1], "type=\"host\""));
  g_assert_nonnull (strstr (said[1], "type=\"relay\""));
  g_assert_null (strstr (said[1], "fingerprint"));
  g_assert_null (strstr (said[1], "gathering-complete"));
  /* Another ufrag would be a restart for libwebrtc's clients. */
  const char *ufrag = strstr (said[0], "ufrag=");
  g_autofree char *same = g_strndup (ufrag, strchr (ufrag + 7, '"') - ufrag + 1);
  g_assert_nonnull (strstr (said[1], same));
}

static void
without_trickle (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, TRUE);
  g_autoptr(World) world = world_new ();

  world->a.setup.services = services;
  world->a.setup.no_trickle = world->b.setup.no_trickle = TRUE;
  call (world);
  g_assert_cmpuint (world->a.n_said, ==, 1);
  g_assert_nonnull (strstr (world->a.said->str, "type=\"host\""));
  g_assert_nonnull (strstr (world->a.said->str, "type=\"relay\""));
  g_assert_cmpuint (world->b.n_said, ==, 1);
}

/* A stranger's call: the server's address is told, ours is not, in no attribute; after the user
 * accepted it is. */
static void
a_hidden_address_is_not_told (void)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", PEAL_SERVICE_UDP, TRUE);
  g_autoptr(World) world = world_new ();

  world->b.setup.services = services;
  world->b.setup.hide_address = TRUE;
  world->b.setup.bind_address = "127.0.0.2"; /* the relay's is 127.0.0.1 */
  end_open (&world->a);
  end_open (&world->b);
  run_until (world, strstr (world->b.said->str, "type=\"relay\"") != NULL);
  g_assert_null (strstr (world->b.said->str, "127.0.0.2"));
  g_assert_null (strstr (world->b.said->str, "type=\"host\""));
  peal_ice_udp.reveal (world->b.transport);
  run_until (world, strstr (world->b.said->str, "type=\"host\"") != NULL);
  g_assert_nonnull (strstr (world->b.said->str, "127.0.0.2"));
  run_until (world, both (world, PEAL_TRANSPORT_CONNECTED));
  voice_crosses (world);
}

static void
relay_only (PealServiceTransport transport)
{
  g_autoptr(TurnLab) lab = turn_lab_new ();
  if (!lab)
    return;
  g_autoptr(GPtrArray) services = turn_lab_service (lab, "127.0.0.1", transport, TRUE);
  g_autoptr(World) world = world_new ();

  world->a.setup.services = world->b.setup.services = services;
  world->a.setup.relay_only = world->b.setup.relay_only = TRUE;
  world->a.setup.bind_address = world->b.setup.bind_address = "127.0.0.2";
  call (world);
  voice_crosses (world);
  g_assert_cmpstr (world->a.path.path, ==, "relayed");
  g_assert_null (strstr (world->a.said->str, "127.0.0.2"));
}

static void
relay_only_over_udp (void)
{
  relay_only (PEAL_SERVICE_UDP);
}

static void
relay_only_over_tcp (void)
{
  relay_only (PEAL_SERVICE_TCP);
}

/* --- what is refused --- */

static PealIceTransport *
offer_of (const char *ufrag, const char *pwd)
{
  PealIceTransport *offer = peal_element_new (&peal_ice_transport_element);

  offer->ufrag = g_strdup (ufrag);
  offer->pwd = g_strdup (pwd);
  return offer;
}

static void
policy_is_judged_before_anything_opens (void)
{
  g_autoptr(World) world = world_new ();
  g_autoptr(PealIceTransport) plain = offer_of ("abcd", "0123456789012345678901");
  g_autoptr(PealIceTransport) empty = offer_of (NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (peal_ice_udp.judge (&world->b.setup, plain, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  g_assert_nonnull (strstr (error->message, "--encryption"));
  world->b.setup.encryption = PEAL_ENCRYPTION_PREFERRED;
  g_assert_true (peal_ice_udp.judge (&world->b.setup, plain, NULL));
  g_clear_error (&error);
  g_assert_false (peal_ice_udp.judge (&world->b.setup, empty, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
}

static void
what_belongs_together (void)
{
  g_autoptr(PealIceTransport) offer = offer_of ("abcd", "0123456789012345678901");
  g_autoptr(PealIceTransport) trickle = offer_of ("abcd", NULL);
  g_autoptr(PealIceTransport) bare = offer_of (NULL, NULL);
  g_autoptr(PealIceTransport) other = offer_of ("efgh", "0123456789012345678901");
  PealCandidate *rtcp = peal_element_new (&peal_candidate_element);

  g_assert_true (peal_ice_udp.same (offer, trickle));
  g_assert_true (peal_ice_udp.same (offer, bare));
  g_assert_false (peal_ice_udp.same (offer, other));
  g_assert_cmpuint (peal_ice_udp.components (offer), ==, 1);
  rtcp->component = 2;
  offer->candidates = g_ptr_array_new ();
  g_ptr_array_add (offer->candidates, rtcp);
  g_assert_cmpuint (peal_ice_udp.components (offer), ==, 2);
}

static void
bad_credentials_are_refused (void)
{
  g_autoptr(World) world = world_new ();
  g_autofree char *huge = g_strnfill (300, 'x');
  const char *const pairs[][2] = {
    { huge, "0123456789012345678901" }, { "abcd", huge }, { "", "0123" }, { "abcd", "" }
  };

  world->b.setup.encryption = PEAL_ENCRYPTION_NONE;
  end_open (&world->b);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autoptr(PealIceTransport) offer = offer_of (pairs[i][0], pairs[i][1]);
    g_autoptr(GError) error = NULL;
    g_assert_false (peal_ice_udp.apply (world->b.transport, offer, &error));
    g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
  }
}

static void
an_answer_must_be_whole (void)
{
  g_autoptr(World) world = world_new ();
  g_autoptr(PealIceTransport) empty = offer_of (NULL, NULL);
  g_autoptr(PealIceTransport) plain = offer_of ("abcd", "0123456789012345678901");
  g_autoptr(GError) error = NULL;

  end_open (&world->a);
  /* libwebrtc's clients answer a content they cannot take with an empty transport. */
  g_assert_true (peal_ice_udp.apply (world->a.transport, empty, &error));
  g_assert_false (peal_ice_udp.settle (world->a.transport, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
  g_clear_error (&error);
  g_assert_true (peal_ice_udp.apply (world->a.transport, plain, &error));
  g_assert_false (peal_ice_udp.settle (world->a.transport, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
}

static void
a_wrong_fingerprint_ends_it (void)
{
  g_autoptr(World) world = world_new ();

  world->b.mute = TRUE;
  end_open (&world->a);
  end_open (&world->b);
  run_until (world, world->a.told && world->b.applied && world->b.describable);
  PealIceTransport *answer = peal_ice_udp.describe (world->b.transport, TRUE);
  PealFingerprint *fingerprint = answer->fingerprints->pdata[0];
  fingerprint->value[0] = fingerprint->value[0] == 'A' ? 'B' : 'A';
  g_autoptr(GError) error = NULL;
  g_assert_true (peal_ice_udp.apply (world->a.transport, answer, &error));
  peal_ice_transport_free (answer);
  run_until (world, state (&world->a) == PEAL_TRANSPORT_FAILED);
  g_assert_error (world->a.why, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
}

static void
no_path_is_told (void)
{
  g_autoptr(World) world = world_new ();
  g_autoptr(PealIceTransport) answer = offer_of ("abcd", "0123456789012345678901");
  PealCandidate *candidate = peal_element_new (&peal_candidate_element);

  world->a.setup.encryption = PEAL_ENCRYPTION_NONE;
  *candidate = (PealCandidate) { .component = 1,
                                 .foundation = g_strdup ("1"),
                                 .ip = g_strdup ("127.0.0.1"),
                                 .port = 9,
                                 .priority = 1,
                                 .protocol = PEAL_PROTOCOL_UDP,
                                 .type = PEAL_CANDIDATE_HOST };
  answer->candidates = g_ptr_array_new ();
  g_ptr_array_add (answer->candidates, candidate);
  end_open (&world->a);
  g_assert_true (peal_ice_udp.apply (world->a.transport, answer, NULL));
  run_until (world, state (&world->a) == PEAL_TRANSPORT_FAILED);
  g_assert_error (world->a.why, PEAL_CAUSE, PEAL_CAUSE_NO_PATH);
}

/* --- later --- */

static void
a_restart_keeps_the_call (void)
{
  g_autoptr(World) world = world_new ();

  call (world);
  run_until (world, peal_ice_udp_take_overs (world->a.transport) == 1 &&
                        peal_ice_udp_take_overs (world->b.transport) == 1);
  guint a_said = world->a.n_said, b_said = world->b.n_said;
  peal_ice_udp_restart (world->b.transport);
  run_until (world, peal_ice_udp_take_overs (world->a.transport) == 2 &&
                        peal_ice_udp_take_overs (world->b.transport) == 2);
  g_assert_cmpuint (world->a.n_said, >, a_said);
  g_assert_cmpuint (world->b.n_said, >, b_said);
  voice_crosses (world); /* under the same keys: DTLS did not notice */
  g_assert_true (both (world, PEAL_TRANSPORT_CONNECTED));
}

static void
closed_at_any_time (void)
{
  guint32 seed = 90210;
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (int i = 0; i < 30; i++) {
    g_autoptr(World) world = world_new ();
    gint64 until = g_get_monotonic_time () + g_rand_int_range (random, 0, 20000);
    end_open (&world->a);
    end_open (&world->b);
    while (g_get_monotonic_time () < until) {
      signal_both (world);
      g_main_context_iteration (NULL, FALSE);
    }
    end_close (g_rand_boolean (random) ? &world->a : &world->b);
    guint a = world->a.states->len, b = world->b.states->len;
    gboolean a_open = world->a.transport != NULL;
    for (int turn = 0; turn < 20; turn++)
      g_main_context_iteration (NULL, FALSE);
    g_assert_true (a_open || world->a.states->len == a); /* no event follows a close */
    g_assert_true (!a_open || world->b.states->len == b);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  peal_secure_warm_up ();
  g_test_add_func ("/ice-udp/an-encrypted-call", an_encrypted_call);
  g_test_add_func ("/ice-udp/an-unencrypted-call", an_unencrypted_call);
  g_test_add_func ("/ice-udp/two-components", two_components);
  g_test_add_func ("/ice-udp/set-up-time", set_up_time);
  g_test_add_func ("/ice-udp/first-description-is-whole", first_description_is_whole);
  g_test_add_func ("/ice-udp/later-ones-bring-only-news", later_ones_bring_only_news);
  g_test_add_func ("/ice-udp/without-trickle", without_trickle);
  g_test_add_func ("/ice-udp/a-hidden-address-is-not-told", a_hidden_address_is_not_told);
  g_test_add_func ("/ice-udp/relay-only-over-udp", relay_only_over_udp);
  g_test_add_func ("/ice-udp/relay-only-over-tcp", relay_only_over_tcp);
  g_test_add_func ("/ice-udp/policy-is-judged-before-anything-opens",
                   policy_is_judged_before_anything_opens);
  g_test_add_func ("/ice-udp/what-belongs-together", what_belongs_together);
  g_test_add_func ("/ice-udp/bad-credentials-are-refused", bad_credentials_are_refused);
  g_test_add_func ("/ice-udp/an-answer-must-be-whole", an_answer_must_be_whole);
  g_test_add_func ("/ice-udp/a-wrong-fingerprint-ends-it", a_wrong_fingerprint_ends_it);
  g_test_add_func ("/ice-udp/no-path-is-told", no_path_is_told);
  g_test_add_func ("/ice-udp/a-restart-keeps-the-call", a_restart_keeps_the_call);
  g_test_add_func ("/ice-udp/closed-at-any-time", closed_at_any_time);
  return g_test_run ();
}
