/* The whole stack, both ends on loops of their own, with signaling passed by hand. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/pair.h"
#include "transport/secure.h"

#include <string.h>

typedef struct World World;

typedef struct {
  World *world;
  guint side;
  PealLoop *loop;
  PealSecureSetup setup;
  PealSecure *secure;
  PealChannel *bottoms[2];
  GAsyncQueue *states; /* of PealSecureState + 1 */
  GError *why;
  PealChannel *rtp, *rtcp, *data;
  PealEar rtp_ear, rtcp_ear;
  /* For calls to the loop. */
  PealFingerprint *described;
  GPtrArray *told;
  gboolean settle, accepted;
  const char *encryption;
  gint64 at;
  PealSecureState state;
  GError *refused;
} End;

/* Left (0) is the initiator. */
struct World {
  End ends[2];
  guint components;
  PealNet nets[2]; /* one a component */
  gint clear;      /* datagrams on the path that are readable */
  gint cut_short;  /* the last words of left's handshake get lost */
};

enum { CHANGE_CIPHER_SPEC = 20 };

static const char secret[] = "a whole sentence of speech";

static gboolean
read_along (gpointer user, guint from, guint8 *data, gsize length)
{
  World *world = user;

  if (memmem (data, length, "sentence", 8))
    g_atomic_int_inc (&world->clear);
  return from == 1 || data[0] != CHANGE_CIPHER_SPEC || !g_atomic_int_get (&world->cut_short);
}

static void
secure_state (gpointer user, PealSecureState state, const GError *why)
{
  End *end = user;

  if (why)
    end->why = g_error_copy (why);
  g_async_queue_push (end->states, GINT_TO_POINTER (state + 1));
}

static const PealSecureEvents events = { .state = secure_state };

static void
build_end (gpointer user)
{
  End *end = user;

  end->secure = peal_secure_new (end->bottoms[0], end->bottoms[1], &end->setup, &events, end);
  end->rtp = peal_secure_lane (end->secure, "voice", PEAL_LANE_RTP);
  end->rtcp = peal_secure_lane (end->secure, "voice", PEAL_LANE_RTCP);
  end->data = peal_secure_lane (end->secure, "voice", PEAL_LANE_DATA);
}

static void
open_end (gpointer user)
{
  End *end = user;

  for (guint i = 0; i < end->world->components; i++)
    peal_pair_open (end->bottoms[i]);
}

typedef struct {
  PealEncryption left, right;
  PealFlow flow;
  guint components;
  PealNet net;
} Plan;

static World *
world_new (const Plan *plan)
{
  World *world = g_new0 (World, 1);

  world->components = plan->components ? plan->components : 1;
  for (guint i = 0; i < 2; i++) {
    End *end = &world->ends[i];
    *end = (End) { .world = world, .side = i, .loop = peal_loop_new (i ? "right" : "left") };
    end->setup = (PealSecureSetup) { .loop = end->loop,
                                     .flow = plan->flow ? plan->flow : PEAL_FLOW_DATAGRAM,
                                     .encryption = i ? plan->right : plan->left,
                                     .initiator = i == 0 };
    end->states = g_async_queue_new ();
    end->told = g_ptr_array_new ();
  }
  for (guint component = 0; component < world->components; component++) {
    PealChannel *ends[2];
    world->nets[component] = plan->net;
    world->nets[component].pass = read_along;
    world->nets[component].user = world;
    peal_pair_new (world->ends[0].loop, world->ends[1].loop, &world->nets[component], ends);
    for (guint i = 0; i < 2; i++)
      world->ends[i].bottoms[component] = ends[i];
  }
  for (guint i = 0; i < 2; i++) {
    peal_loop_call (world->ends[i].loop, build_end, &world->ends[i]);
    peal_ear_open (&world->ends[i].rtp_ear, world->ends[i].rtp);
    peal_ear_open (&world->ends[i].rtcp_ear, world->ends[i].rtcp);
  }
  return world;
}

static void
free_end (gpointer user)
{
  End *end = user;

  peal_secure_free (end->secure);
}

static void
world_end (World *world)
{
  for (guint i = 0; i < 2; i++)
    peal_loop_call (world->ends[i].loop, free_end, &world->ends[i]);
  for (guint i = 0; i < 2; i++) {
    End *end = &world->ends[i];
    peal_ear_close (&end->rtp_ear, TRUE);
    peal_ear_close (&end->rtcp_ear, TRUE);
    peal_loop_free (end->loop);
    g_async_queue_unref (end->states);
    g_ptr_array_unref (end->told);
    g_clear_error (&end->why);
    g_clear_error (&end->refused);
  }
  g_free (world);
}

static void
open_path (World *world)
{
  for (guint i = 0; i < 2; i++)
    peal_loop_call (world->ends[i].loop, open_end, &world->ends[i]);
}

/* --- signaling --- */

static void
describe_end (gpointer user)
{
  End *end = user;

  end->described = peal_secure_describe (end->secure);
}

static PealFingerprint *
describe (End *end)
{
  peal_loop_call (end->loop, describe_end, end);
  return end->described;
}

static void
apply_end (gpointer user)
{
  End *end = user;

  g_clear_error (&end->refused);
  end->accepted = end->settle ? peal_secure_settle (end->secure, &end->refused)
                              : peal_secure_apply (end->secure, end->told, &end->refused);
  g_assert_true (end->accepted == !end->refused);
}

/* Takes @fingerprint, which may be NULL: a description without. */
static gboolean
apply (End *end, PealFingerprint *fingerprint)
{
  g_ptr_array_set_size (end->told, 0);
  if (fingerprint)
    g_ptr_array_add (end->told, fingerprint);
  end->settle = FALSE;
  peal_loop_call (end->loop, apply_end, end);
  if (fingerprint)
    peal_element_free (&peal_fingerprint_element, fingerprint);
  g_ptr_array_set_size (end->told, 0);
  return end->accepted;
}

static gboolean
settle (End *end)
{
  end->settle = TRUE;
  peal_loop_call (end->loop, apply_end, end);
  return end->accepted;
}

static void
negotiate (World *world)
{
  g_assert_true (apply (&world->ends[1], describe (&world->ends[0])));
  g_assert_true (apply (&world->ends[0], describe (&world->ends[1])));
  g_assert_true (settle (&world->ends[0]));
}

static PealSecureState
next_state (End *end)
{
  gpointer state = g_async_queue_timeout_pop (end->states, 30 * G_USEC_PER_SEC);

  g_assert_nonnull (state);
  if (end->why)
    g_test_message ("%s: %s", end->side ? "right" : "left", end->why->message);
  return GPOINTER_TO_INT (state) - 1;
}

static void
expect_connected (World *world)
{
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (next_state (&world->ends[i]), ==, PEAL_SECURE_CONNECTED);
}

/* --- media --- */

static gsize
write_rtp (guint8 *into, guint sequence)
{
  static const guint8 header[12] = { 0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7 };

  memcpy (into, header, sizeof header);
  into[3] = (guint8) sequence;
  memcpy (into + sizeof header, secret, sizeof secret);
  return sizeof header + sizeof secret;
}

static const guint8 report[] = { 0x80, 201, 0, 1, 0, 0, 0, 9 };

/* Says it until it is heard, as the path may lose it. */
static void
cross (PealChannel *from, PealEar *to, gboolean rtcp)
{
  guint8 packet[100];

  for (guint sequence = 1; sequence < 100; sequence++) {
    gsize length = rtcp ? sizeof report : write_rtp (packet, sequence);
    g_assert_cmpuint (peal_ear_say (from, rtcp ? report : packet, length), ==, 1);
    g_autoptr(GBytes) heard = g_async_queue_timeout_pop (to->datagrams, 100000);
    if (!heard)
      continue;
    g_assert_cmpuint (g_bytes_get_size (heard), ==, length);
    if (rtcp)
      g_assert_cmpmem (g_bytes_get_data (heard, NULL), length, report, length);
    else
      g_assert_cmpstr ((const char *) g_bytes_get_data (heard, NULL) + 12, ==, secret);
    return;
  }
  g_assert_not_reached ();
}

static void
talk (World *world)
{
  for (guint i = 0; i < 2; i++) {
    cross (world->ends[i].rtp, &world->ends[!i].rtp_ear, FALSE);
    cross (world->ends[i].rtcp, &world->ends[!i].rtcp_ear, TRUE);
  }
}

static void
ask_end (gpointer user)
{
  End *end = user;

  end->encryption = peal_secure_encryption (end->secure);
  end->at = peal_secure_at (end->secure);
  end->state = peal_secure_state (end->secure);
}

static End *
ask (End *end)
{
  peal_loop_call (end->loop, ask_end, end);
  return end;
}

/* --- stories --- */

static void
a_call_is_secured_over_a_bad_path (void)
{
  guint32 seed = g_test_rand_int ();
  World *world = world_new (&(Plan) {
      .net = { .seed = seed, .loss = 0.2, .duplicate = 0.1, .delay_ms = 5, .jitter_ms = 10 } });
  gint64 began = g_get_monotonic_time ();

  negotiate (world);
  open_path (world);
  expect_connected (world);
  g_test_message ("seed %u: secured after %" G_GINT64_FORMAT " ms", seed,
                  (g_get_monotonic_time () - began) / 1000);
  talk (world);
  g_assert_cmpint (g_atomic_int_get (&world->clear), ==, 0);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpstr (ask (&world->ends[i])->encryption, ==, "dtls-srtp");
    g_assert_cmpint (world->ends[i].at, >=, began);
  }
  world_end (world);
}

/* Without loss it takes no longer than the handshake's own work. */
static void
a_good_path_takes_no_time (void)
{
  World *world = world_new (&(Plan) { 0 });

  peal_secure_warm_up ();
  open_path (world);
  gint64 began = g_get_monotonic_time ();
  negotiate (world);
  expect_connected (world);
  gint64 took = g_get_monotonic_time () - began;
  g_test_message ("%" G_GINT64_FORMAT " us from offer to both secured", took);
  g_assert_cmpint (took, <, G_USEC_PER_SEC / 2); /* nothing waits for a timer */
  talk (world);
  world_end (world);
}

static PealFingerprint *
with_setup (PealFingerprint *fingerprint, PealSetup setup)
{
  fingerprint->setup = setup;
  return fingerprint;
}

static void
roles_follow_offer_and_answer (void)
{
  static const struct {
    PealSetup offer, answer; /* the answer that is to come of the offer */
  } rows[] = { { PEAL_SETUP_ACTPASS, PEAL_SETUP_ACTIVE },
               { PEAL_SETUP_PASSIVE, PEAL_SETUP_ACTIVE },
               { PEAL_SETUP_NONE, PEAL_SETUP_ACTIVE },
               { PEAL_SETUP_ACTIVE, PEAL_SETUP_PASSIVE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    World *world = world_new (&(Plan) { 0 });
    PealFingerprint *offer = describe (&world->ends[0]);

    g_assert_cmpint (offer->setup, ==, PEAL_SETUP_ACTPASS);
    g_assert_true (apply (&world->ends[1], with_setup (offer, rows[i].offer)));
    PealFingerprint *answer = describe (&world->ends[1]);
    g_assert_cmpint (answer->setup, ==, rows[i].answer);
    g_assert_true (apply (&world->ends[0], answer));
    open_path (world);
    expect_connected (world);
    talk (world);
    world_end (world);
  }
}

static void
the_answer_may_come_last (void)
{
  World *world = world_new (&(Plan) { 0 });
  End *left = &world->ends[0], *right = &world->ends[1];
  guint8 packet[100];

  open_path (world);
  g_assert_true (apply (right, describe (left)));
  g_assert_cmpint (next_state (right), ==, PEAL_SECURE_CONNECTED);
  peal_ear_say (right->rtp, packet, write_rtp (packet, 1)); /* sound before the answer */
  g_assert_true (apply (left, NULL));                       /* a trickled candidate */
  g_assert_null (g_async_queue_timeout_pop (left->states, 100000));
  g_assert_null (ask (left)->encryption);

  g_assert_true (apply (left, describe (right)));
  g_assert_cmpint (next_state (left), ==, PEAL_SECURE_CONNECTED);
  g_autoptr(GBytes) heard = peal_ear_datagram (&left->rtp_ear);
  g_assert_cmpstr ((const char *) g_bytes_get_data (heard, NULL) + 12, ==, secret);
  talk (world);
  world_end (world);
}

static void
do_nothing (gpointer user)
{
}

/* The answerer's voice goes out with the last words of its handshake; nothing comes in before the
 * peer's last words. */
static void
the_answerer_speaks_before_it_hears (void)
{
  World *world = world_new (&(Plan) { 0 });
  End *left = &world->ends[0], *right = &world->ends[1];
  guint8 packet[100];

  g_atomic_int_set (&world->cut_short, TRUE);
  negotiate (world);
  open_path (world);
  g_assert_cmpint (next_state (left), ==, PEAL_SECURE_CONNECTED);
  g_assert_cmpint (peal_ear_state (&right->rtp_ear), ==, PEAL_CHANNEL_OPEN);
  cross (right->rtp, &left->rtp_ear, FALSE);

  g_assert_cmpuint (peal_ear_say (left->rtp, packet, write_rtp (packet, 1)), ==, 1);
  for (guint i = 0; i < 2; i++) /* it arrives */
    peal_loop_call (right->loop, do_nothing, NULL);
  g_assert_cmpint (ask (right)->state, ==, PEAL_SECURE_OPENING);
  g_assert_cmpint (g_async_queue_length (right->rtp_ear.datagrams), ==, 0);

  g_atomic_int_set (&world->cut_short, FALSE);
  g_assert_cmpint (next_state (right), ==, PEAL_SECURE_CONNECTED);
  g_autoptr(GBytes) heard = peal_ear_datagram (&right->rtp_ear); /* it was kept */
  g_assert_cmpstr ((const char *) g_bytes_get_data (heard, NULL) + 12, ==, secret);
  talk (world);
  g_assert_cmpint (g_atomic_int_get (&world->clear), ==, 0);
  world_end (world);
}

static PealFingerprint *
spoilt (PealFingerprint *fingerprint)
{
  fingerprint->value[0] = fingerprint->value[0] == '0' ? '1' : '0';
  return fingerprint;
}

static void
a_wrong_fingerprint_fails_both (void)
{
  for (guint deceived = 0; deceived < 2; deceived++) {
    World *world = world_new (&(Plan) { 0 });
    PealFingerprint *offer = describe (&world->ends[0]);

    apply (&world->ends[1], deceived == 1 ? spoilt (offer) : offer);
    PealFingerprint *answer = describe (&world->ends[1]);
    apply (&world->ends[0], deceived == 0 ? spoilt (answer) : answer);
    open_path (world);
    for (guint i = 0; i < 2; i++) {
      End *end = &world->ends[i];
      g_assert_cmpint (next_state (end), ==, PEAL_SECURE_FAILED);
      g_assert_error (end->why, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
      /* The side that was not deceived may have begun to speak to the right one. */
      PealChannelState lane = peal_ear_state (&end->rtp_ear);
      if (i == 1 && deceived == 0 && lane == PEAL_CHANNEL_OPEN)
        lane = peal_ear_state (&end->rtp_ear);
      g_assert_cmpint (lane, ==, PEAL_CHANNEL_CLOSED);
      g_assert_cmpuint (peal_ear_say (end->rtp, report, sizeof report), ==, 0);
    }
    world_end (world);
  }
}

static void
fingerprints_may_be_repeated_but_not_changed (void)
{
  World *world = world_new (&(Plan) { 0 });

  negotiate (world);
  g_assert_true (apply (&world->ends[0], describe (&world->ends[1])));
  g_assert_true (apply (&world->ends[0], NULL));
  g_assert_false (apply (&world->ends[0], spoilt (describe (&world->ends[1]))));
  g_assert_error (world->ends[0].refused, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  open_path (world);
  expect_connected (world);
  world_end (world);
}

static void
required_takes_no_peer_without (void)
{
  World *world = world_new (&(Plan) { 0 });
  End *left = &world->ends[0], *right = &world->ends[1];

  g_assert_false (apply (right, NULL));
  g_assert_error (right->refused, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  g_assert_nonnull (strstr (right->refused->message, "--encryption none"));
  g_assert_true (apply (left, NULL)); /* may have been a candidate */
  g_assert_false (settle (left));
  g_assert_error (left->refused, PEAL_CAUSE, PEAL_CAUSE_SECURITY);

  PealFingerprint *weak = describe (left);
  g_free (weak->hash);
  g_free (weak->value);
  weak->hash = g_strdup ("sha-1");
  weak->value = g_strdup ("00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33");
  g_assert_false (apply (right, weak));
  g_assert_error (right->refused, PEAL_CAUSE, PEAL_CAUSE_SECURITY);

  /* And nothing leaves in clear while it is open. */
  open_path (world);
  g_assert_cmpuint (peal_ear_say (left->rtp, secret, sizeof secret), ==, 0);
  world_end (world);
}

static void
preferred_falls_back_to_plain (void)
{
  World *world =
      world_new (&(Plan) { .left = PEAL_ENCRYPTION_PREFERRED, .right = PEAL_ENCRYPTION_NONE });

  open_path (world);
  g_assert_cmpint (next_state (&world->ends[1]), ==, PEAL_SECURE_CONNECTED);
  g_assert_null (describe (&world->ends[1]));
  g_assert_true (apply (&world->ends[0], NULL));
  g_assert_true (settle (&world->ends[0]));
  g_assert_cmpint (next_state (&world->ends[0]), ==, PEAL_SECURE_CONNECTED);
  talk (world);
  g_assert_cmpint (g_atomic_int_get (&world->clear), >=, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpstr (ask (&world->ends[i])->encryption, ==, "none");
  world_end (world);
}

static void
preferred_encrypts_where_it_can (void)
{
  World *world =
      world_new (&(Plan) { .left = PEAL_ENCRYPTION_PREFERRED, .right = PEAL_ENCRYPTION_PREFERRED });

  negotiate (world);
  open_path (world);
  expect_connected (world);
  talk (world);
  g_assert_cmpint (g_atomic_int_get (&world->clear), ==, 0);
  world_end (world);
}

static void
a_preferring_responder_takes_a_plain_offer (void)
{
  World *world =
      world_new (&(Plan) { .left = PEAL_ENCRYPTION_NONE, .right = PEAL_ENCRYPTION_PREFERRED });

  open_path (world);
  g_assert_true (apply (&world->ends[1], NULL));
  g_assert_null (describe (&world->ends[1]));
  expect_connected (world);
  talk (world);
  world_end (world);
}

static void
two_components_have_an_association_each (void)
{
  World *world = world_new (&(Plan) { .components = 2 });

  negotiate (world);
  open_path (world);
  expect_connected (world);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (peal_ear_state (&world->ends[i].rtcp_ear), ==, PEAL_CHANNEL_OPEN);
  talk (world);
  for (guint i = 0; i < 2; i++) /* two flights of its own on component 2, then the report */
    g_assert_cmpuint (world->ends[i].bottoms[1]->sent, >=, 3);
  world_end (world);
}

static void
two_plain_components (void)
{
  World *world = world_new (
      &(Plan) { .components = 2, .left = PEAL_ENCRYPTION_NONE, .right = PEAL_ENCRYPTION_NONE });

  open_path (world);
  expect_connected (world);
  talk (world);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (world->ends[i].bottoms[1]->sent, ==, 1);
  world_end (world);
}

static void
bytes_have_a_data_lane (void)
{
  World *world = world_new (&(Plan) { .flow = PEAL_FLOW_BYTES,
                                      .left = PEAL_ENCRYPTION_NONE, /* there is no such thing */
                                      .right = PEAL_ENCRYPTION_REQUIRED });
  PealEar ear;

  negotiate (world);
  open_path (world);
  expect_connected (world);
  peal_ear_open (&ear, world->ends[1].data);
  g_assert_cmpint (peal_ear_state (&ear), ==, PEAL_CHANNEL_OPEN);
  g_assert_cmpuint (peal_ear_say (world->ends[0].data, secret, sizeof secret), ==, 1);
  g_autoptr(GBytes) heard = peal_ear_datagram (&ear);
  g_assert_cmpstr (g_bytes_get_data (heard, NULL), ==, secret);
  g_assert_cmpstr (ask (&world->ends[0])->encryption, ==, "dtls-sctp");
  g_assert_cmpint (g_atomic_int_get (&world->clear), ==, 0);
  peal_ear_close (&ear, FALSE);
  world_end (world);
}

static void
cut (gpointer user)
{
  End *end = user;
  g_autoptr(GError) why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_LOST, "nothing was heard for 15 s");

  peal_channel_enter (end->bottoms[0], PEAL_CHANNEL_CLOSED, why);
}

/* At every stage: before signaling, before the path, and in the middle of the call. */
static void
the_end_of_the_path_is_told (void)
{
  for (guint stage = 0; stage < 3; stage++) {
    World *world = world_new (&(Plan) { 0 });
    End *left = &world->ends[0];

    if (stage >= 1)
      negotiate (world);
    if (stage >= 2) {
      open_path (world);
      expect_connected (world);
    }
    peal_loop_call (left->loop, cut, left);
    g_assert_cmpint (next_state (left), ==, PEAL_SECURE_FAILED);
    g_assert_error (left->why, PEAL_CAUSE, PEAL_CAUSE_LOST);
    if (stage == 0)
      negotiate (world); /* too late, and harmless */
    world_end (world);
  }
}

static void
free_right_only (gpointer user)
{
  End *end = user;

  peal_secure_free (g_steal_pointer (&end->secure));
}

/* close_notify overtakes session-terminate: it must not look like a failure. */
static void
a_peer_that_leaves_is_no_failure (void)
{
  World *world = world_new (&(Plan) { 0 });

  negotiate (world);
  open_path (world);
  expect_connected (world);
  peal_loop_call (world->ends[1].loop, free_right_only, &world->ends[1]);
  g_assert_null (g_async_queue_timeout_pop (world->ends[0].states, 100000));
  g_assert_cmpint (ask (&world->ends[0])->state, ==, PEAL_SECURE_CONNECTED);
  world_end (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secure/a-call-is-secured-over-a-bad-path", a_call_is_secured_over_a_bad_path);
  g_test_add_func ("/secure/a-good-path-takes-no-time", a_good_path_takes_no_time);
  g_test_add_func ("/secure/roles-follow-offer-and-answer", roles_follow_offer_and_answer);
  g_test_add_func ("/secure/the-answer-may-come-last", the_answer_may_come_last);
  g_test_add_func ("/secure/the-answerer-speaks-before-it-hears",
                   the_answerer_speaks_before_it_hears);
  g_test_add_func ("/secure/a-wrong-fingerprint-fails-both", a_wrong_fingerprint_fails_both);
  g_test_add_func ("/secure/fingerprints-may-be-repeated-but-not-changed",
                   fingerprints_may_be_repeated_but_not_changed);
  g_test_add_func ("/secure/required-takes-no-peer-without", required_takes_no_peer_without);
  g_test_add_func ("/secure/preferred-falls-back-to-plain", preferred_falls_back_to_plain);
  g_test_add_func ("/secure/preferred-encrypts-where-it-can", preferred_encrypts_where_it_can);
  g_test_add_func ("/secure/a-preferring-responder-takes-a-plain-offer",
                   a_preferring_responder_takes_a_plain_offer);
  g_test_add_func ("/secure/two-components-have-an-association-each",
                   two_components_have_an_association_each);
  g_test_add_func ("/secure/two-plain-components", two_plain_components);
  g_test_add_func ("/secure/bytes-have-a-data-lane", bytes_have_a_data_lane);
  g_test_add_func ("/secure/the-end-of-the-path-is-told", the_end_of_the_path_is_told);
  g_test_add_func ("/secure/a-peer-that-leaves-is-no-failure", a_peer_that_leaves_is_no_failure);
  return g_test_run ();
}
