/* DTLS between two ends of ours, over nets that misbehave, in real time; and Chromium's first
 * words. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/pair.h"
#include "transport/dtls.h"
#include "transport/fingerprint.h"

#include <string.h>

typedef struct World World;

typedef struct {
  World *world;
  guint side;
  gboolean srtp;
  PealLoop *loop;
  PealChannel *dtls;
  PealEar ear;
  PealDtlsRole role; /* for start_end */
  const GArray *digests;
  PealSrtpKeys keys;
  gboolean has_keys;
  GAsyncQueue *keyed; /* an entry each time it says that it has keys */
} End;

struct World {
  End ends[2];
  PealChannel *bottoms[2];
  GArray *right, *wrong; /* digests */
};

static GArray *
digests_with (guint8 flaw)
{
  PealFingerprint *own = peal_fingerprint_own (PEAL_SETUP_NONE);
  g_autoptr(GPtrArray) list = g_ptr_array_new ();

  g_ptr_array_add (list, own);
  GArray *digests = peal_fingerprint_parse (list, NULL);
  g_array_index (digests, PealDigest, 0).bytes[31] ^= flaw;
  peal_element_free (&peal_fingerprint_element, own);
  return digests;
}

static void
note_keys (gpointer user)
{
  End *end = user;

  end->has_keys = peal_dtls_export (end->dtls, &end->keys);
  g_assert_true (end->has_keys);
  g_async_queue_push (end->keyed, end);
}

static void
build_end (gpointer user)
{
  End *end = user;
  PealChannel *bottom = end->world->bottoms[end->side];

  end->dtls = peal_dtls_new (bottom, end->srtp);
  if (end->srtp)
    peal_dtls_on_keys (end->dtls, note_keys, end);
  peal_pair_open (bottom);
}

static World *
world_new (const PealNet *net, gboolean left_srtp, gboolean right_srtp)
{
  World *world = g_new0 (World, 1);

  world->right = digests_with (0);
  world->wrong = digests_with (1);
  world->ends[0] =
      (End) { .world = world, .side = 0, .srtp = left_srtp, .loop = peal_loop_new ("left") };
  world->ends[1] =
      (End) { .world = world, .side = 1, .srtp = right_srtp, .loop = peal_loop_new ("right") };
  peal_pair_new (world->ends[0].loop, world->ends[1].loop, net, world->bottoms);
  for (guint i = 0; i < 2; i++) {
    world->ends[i].keyed = g_async_queue_new ();
    peal_loop_call (world->ends[i].loop, build_end, &world->ends[i]);
    peal_ear_open (&world->ends[i].ear, world->ends[i].dtls);
  }
  return world;
}

static void
free_end (gpointer user)
{
  End *end = user;

  peal_channel_free (g_steal_pointer (&end->dtls));
}

static void
world_end (World *world)
{
  for (guint i = 0; i < 2; i++) {
    peal_loop_call (world->ends[i].loop, free_end, &world->ends[i]);
    peal_ear_close (&world->ends[i].ear, TRUE);
  }
  for (guint i = 0; i < 2; i++) {
    peal_loop_free (world->ends[i].loop);
    g_async_queue_unref (world->ends[i].keyed);
  }
  g_array_unref (world->right);
  g_array_unref (world->wrong);
  g_free (world);
}

static void
start_end (gpointer user)
{
  End *end = user;

  peal_dtls_start (end->dtls, end->role);
}

static void
start (End *end, PealDtlsRole role)
{
  end->role = role;
  peal_loop_call (end->loop, start_end, end);
}

static void
expect_end (gpointer user)
{
  End *end = user;

  peal_dtls_expect (end->dtls, end->digests);
}

static void
expect (End *end, const GArray *digests)
{
  end->digests = digests;
  peal_loop_call (end->loop, expect_end, end);
}

static void
export_end (gpointer user)
{
  End *end = user;

  end->has_keys = peal_dtls_export (end->dtls, &end->keys);
}

static void
assert_open (End *end)
{
  PealChannelState state = peal_ear_state (&end->ear);

  if (end->ear.why)
    g_test_message ("%s", end->ear.why->message);
  g_assert_cmpint (state, ==, PEAL_CHANNEL_OPEN);
}

static void
assert_closed (End *end, PealCause cause)
{
  g_assert_cmpint (peal_ear_state (&end->ear), ==, PEAL_CHANNEL_CLOSED);
  g_assert_error (end->ear.why, PEAL_CAUSE, (gint) cause);
  g_test_message ("%s: %s", end->side ? "right" : "left", end->ear.why->message);
}

/* --- stories --- */

/* Both hear each other and hold the same keys, crosswise. */
static void
assert_secured (World *world)
{
  End *left = &world->ends[0], *right = &world->ends[1];

  assert_open (left);
  assert_open (right);
  g_assert_cmpuint (peal_ear_say (left->dtls, "to the right", 12), ==, 1);
  g_assert_cmpuint (peal_ear_say (right->dtls, "to the left", 11), ==, 1);
  peal_ear_expect (&right->ear, "to the right");
  peal_ear_expect (&left->ear, "to the left");

  for (guint i = 0; i < 2; i++) {
    peal_loop_call (world->ends[i].loop, export_end, &world->ends[i]);
    g_assert_true (world->ends[i].has_keys);
    g_assert_cmpint (world->ends[i].keys.profile, ==, PEAL_SRTP_AEAD_AES_128_GCM);
  }
  g_assert_cmpmem (left->keys.local, 28, right->keys.remote, 28);
  g_assert_cmpmem (left->keys.remote, 28, right->keys.local, 28);
  g_assert_true (memcmp (left->keys.local, left->keys.remote, 28) != 0);
}

static void
either_side_may_be_the_client (void)
{
  for (guint client = 0; client < 2; client++) {
    World *world = world_new (&(PealNet) { 0 }, TRUE, TRUE);
    gint64 began = g_get_monotonic_time ();

    start (&world->ends[!client], PEAL_DTLS_PASSIVE);
    start (&world->ends[client], PEAL_DTLS_ACTIVE);
    for (guint i = 0; i < 2; i++)
      expect (&world->ends[i], world->right);
    assert_secured (world);
    g_test_message ("client %u: %" G_GINT64_FORMAT " us", client, g_get_monotonic_time () - began);
    world_end (world);
  }
}

static void
a_fifth_of_all_datagrams_may_get_lost (void)
{
  for (guint run = 0; run < 6; run++) {
    guint32 seed = g_test_rand_int ();
    World *world = world_new (
        &(PealNet) { .seed = seed, .loss = 0.2, .duplicate = 0.1, .delay_ms = 10, .jitter_ms = 20 },
        TRUE, TRUE);
    gint64 began = g_get_monotonic_time ();

    for (guint i = 0; i < 2; i++)
      expect (&world->ends[i], world->right);
    start (&world->ends[1], PEAL_DTLS_ACTIVE);
    assert_open (&world->ends[0]);
    assert_open (&world->ends[1]);
    g_test_message ("seed %u: %" G_GINT64_FORMAT " ms", seed,
                    (g_get_monotonic_time () - began) / 1000);
    world_end (world);
  }
}

static void
a_wrong_fingerprint_ends_it_on_both_sides (void)
{
  for (guint deceived = 0; deceived < 2; deceived++) {
    World *world = world_new (&(PealNet) { 0 }, TRUE, TRUE);

    expect (&world->ends[deceived], world->wrong);
    expect (&world->ends[!deceived], world->right);
    start (&world->ends[1], PEAL_DTLS_ACTIVE);
    assert_closed (&world->ends[deceived], PEAL_CAUSE_SECURITY);
    PealChannelState other = peal_ear_state (&world->ends[!deceived].ear);
    g_assert_cmpint (other, ==, PEAL_CHANNEL_CLOSED); /* by the alert */
    g_assert_error (world->ends[!deceived].ear.why, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
    g_assert_nonnull (strstr (world->ends[!deceived].ear.why->message, "refused"));
    world_end (world);
  }
}

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22 };

/* Loses the server's last words as long as it is told to. */
static gboolean
cut_short (gpointer user, guint from, guint8 *data, gsize length)
{
  return from == 1 || data[0] != CHANGE_CIPHER_SPEC || !g_atomic_int_get ((gint *) user);
}

/* A round trip before it hears that it was understood. */
static void
a_client_may_speak_first (void)
{
  gint silent = TRUE;
  World *world = world_new (&(PealNet) { .pass = cut_short, .user = &silent }, TRUE, TRUE);
  End *server = &world->ends[0], *client = &world->ends[1];

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (client, PEAL_DTLS_ACTIVE);
  g_async_queue_pop (client->keyed);
  assert_open (server);
  g_assert_cmpint (g_async_queue_length (client->ear.states), ==, 0);
  g_assert_cmpmem (client->keys.local, 28, server->keys.remote, 28);

  g_atomic_int_set (&silent, FALSE);
  assert_open (client);
  g_assert_cmpint (g_async_queue_length (client->keyed), ==, 0); /* it was said once */
  g_assert_cmpint (g_async_queue_length (server->keyed), ==, 1);
  world_end (world);
}

/* Somebody in between, until the client has said its last word. */
static gboolean
strip (gpointer user, guint from, guint8 *data, gsize length)
{
  static const guint8 extended_master_secret[] = { 0, 23, 0, 0 };
  gint *busy = user;
  guint8 *found = memmem (data, length, extended_master_secret, sizeof extended_master_secret);

  if (from == 1 && data[0] == CHANGE_CIPHER_SPEC)
    g_atomic_int_set (busy, FALSE);
  if (from == 1 && data[0] == HANDSHAKE && data[13] == 1 && found && g_atomic_int_get (busy))
    found[1] = 99; /* an extension that nobody knows */
  return TRUE;
}

/* Without RFC 7627 only the server's Finished shows that nobody changed a word: here it never
 * comes.
 */
static void
a_client_whose_words_were_changed_does_not_speak (void)
{
  gint busy = TRUE;
  World *world = world_new (&(PealNet) { .pass = strip, .user = &busy }, TRUE, TRUE);

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[1], PEAL_DTLS_ACTIVE);
  assert_closed (&world->ends[1], PEAL_CAUSE_SECURITY);
  g_assert_false (g_atomic_int_get (&busy));
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (g_async_queue_length (world->ends[i].keyed), ==, 0);
  world_end (world);
}

/* Nor one that was not told yet whom it speaks to. */
static void
a_client_without_a_fingerprint_does_not_speak (void)
{
  gint silent = TRUE;
  World *world = world_new (&(PealNet) { .pass = cut_short, .user = &silent }, TRUE, TRUE);
  End *server = &world->ends[0], *client = &world->ends[1];

  expect (server, world->right);
  start (client, PEAL_DTLS_ACTIVE);
  assert_open (server);
  g_assert_cmpint (g_async_queue_length (client->keyed), ==, 0);
  expect (client, world->right);
  g_async_queue_pop (client->keyed);
  g_atomic_int_set (&silent, FALSE);
  assert_open (client);
  world_end (world);
}

/* After actpass the ClientHello may overtake the answer: all is ready when the fingerprint comes.
 */
static void
the_client_hello_may_come_before_the_answer (void)
{
  World *world = world_new (&(PealNet) { 0 }, TRUE, TRUE);
  End *offerer = &world->ends[0], *answerer = &world->ends[1];

  expect (answerer, world->right);
  start (answerer, PEAL_DTLS_ACTIVE);
  assert_open (answerer);
  for (char c = '0'; c < '0' + 12; c++)
    g_assert_cmpuint (peal_ear_say (answerer->dtls, &c, 1), ==, 1);
  g_assert_null (g_async_queue_timeout_pop (offerer->ear.states, 100000));
  g_assert_cmpint (g_async_queue_length (offerer->ear.datagrams), ==, 0);
  peal_loop_call (offerer->loop, export_end, offerer);
  g_assert_false (offerer->has_keys);

  expect (offerer, world->right);
  start (offerer, PEAL_DTLS_PASSIVE);
  assert_open (offerer);
  for (char c = '0'; c < '0' + PEAL_CHANNEL_EARLY; c++)
    peal_ear_expect (&offerer->ear, (char[]) { c, 0 });
  g_assert_cmpint (g_async_queue_length (offerer->ear.datagrams), ==, 0);
  world_end (world);
}

static void
an_early_impostor_is_not_heard (void)
{
  World *world = world_new (&(PealNet) { 0 }, TRUE, TRUE);
  End *offerer = &world->ends[0], *impostor = &world->ends[1];

  expect (impostor, world->right);
  start (impostor, PEAL_DTLS_ACTIVE);
  assert_open (impostor);
  peal_ear_say (impostor->dtls, "trust me", 8);
  expect (offerer, world->wrong);
  assert_closed (offerer, PEAL_CAUSE_SECURITY);
  g_assert_cmpint (g_async_queue_length (offerer->ear.datagrams), ==, 0);
  g_assert_cmpint (peal_ear_state (&impostor->ear), ==, PEAL_CHANNEL_CLOSED);
  world_end (world);
}

static void
a_peer_without_srtp_is_refused (void)
{
  World *world = world_new (&(PealNet) { 0 }, TRUE, FALSE);

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[1], PEAL_DTLS_ACTIVE);
  assert_closed (&world->ends[0], PEAL_CAUSE_SECURITY);
  world_end (world);
}

static void
data_needs_no_srtp (void)
{
  World *world = world_new (&(PealNet) { 0 }, FALSE, FALSE);
  guint8 largest[1200];

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[0], PEAL_DTLS_ACTIVE);
  assert_open (&world->ends[0]);
  assert_open (&world->ends[1]);
  peal_loop_call (world->ends[0].loop, export_end, &world->ends[0]);
  g_assert_false (world->ends[0].has_keys);

  memset (largest, 'x', sizeof largest);
  gsize mtu = world->ends[0].dtls->mtu;
  g_assert_cmpuint (peal_ear_say (world->ends[0].dtls, largest, mtu), ==, 1);
  g_assert_cmpuint (peal_ear_say (world->ends[0].dtls, largest, mtu + 1), ==, 0);
  g_assert_cmpuint (peal_ear_say (world->ends[0].dtls, largest, 0), ==, 0);
  g_autoptr(GBytes) heard = peal_ear_datagram (&world->ends[1].ear);
  g_assert_cmpuint (g_bytes_get_size (heard), ==, mtu);
  world_end (world);
}

static void
saying_goodbye_is_no_error (void)
{
  World *world = world_new (&(PealNet) { 0 }, TRUE, TRUE);

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[1], PEAL_DTLS_ACTIVE);
  assert_open (&world->ends[0]);
  assert_open (&world->ends[1]);
  peal_loop_call (world->ends[1].loop, free_end, &world->ends[1]);
  g_assert_cmpint (peal_ear_state (&world->ends[0].ear), ==, PEAL_CHANNEL_CLOSED);
  g_assert_null (world->ends[0].ear.why);

  peal_loop_call (world->ends[0].loop, free_end, &world->ends[0]);
  world_end (world);
}

/* --- flights --- */

typedef struct {
  gint lost, seen[2]; /* datagrams, by sender; atomic */
  gint largest;
} Count;

/* Loses the server's (left) first ChangeCipherSpec (20): the last flight of a DTLS 1.2 handshake.
 */
static gboolean
lose_last_flight_once (gpointer user, guint from, guint8 *data, gsize length)
{
  Count *count = user;

  if (from != 0 || data[0] != 20 || g_atomic_int_get (&count->lost))
    return TRUE;
  g_atomic_int_inc (&count->lost);
  return FALSE;
}

static void
a_lost_last_flight_is_sent_again (void)
{
  Count count = { 0 };
  World *world =
      world_new (&(PealNet) { .pass = lose_last_flight_once, .user = &count }, TRUE, TRUE);

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[1], PEAL_DTLS_ACTIVE);
  assert_open (&world->ends[0]); /* the server is through; the client knows nothing of it */
  assert_open (&world->ends[1]);
  g_assert_cmpint (g_atomic_int_get (&count.lost), ==, 1);
  world_end (world);
}

static gboolean
measure (gpointer user, guint from, guint8 *data, gsize length)
{
  Count *count = user;

  g_atomic_int_inc (&count->seen[from]);
  if ((gint) length > g_atomic_int_get (&count->largest))
    g_atomic_int_set (&count->largest, (gint) length);
  return TRUE;
}

static void
flights_fit_into_the_path (void)
{
  Count count = { 0 };
  World *world = world_new (&(PealNet) { .pass = measure, .user = &count }, TRUE, TRUE);

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[1], PEAL_DTLS_ACTIVE);
  assert_secured (world);
  g_test_message ("%d datagrams from the server, %d from the client, largest %d bytes",
                  count.seen[0], count.seen[1], count.largest);
  g_assert_cmpint (count.largest, <=, PEAL_CHANNEL_MTU);
  world_end (world);
}

/* --- Chromium 156: one ClientHello in two datagrams, because of its post-quantum key share --- */

static GBytes *
unhex (const char *text)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; g_ascii_isxdigit (text[0]) && g_ascii_isxdigit (text[1]); text += 2) {
    guint8 byte = (guint8) (g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
    g_byte_array_append (bytes, &byte, 1);
  }
  return g_byte_array_free_to_bytes (bytes);
}

typedef struct {
  PealLoop *loop;
  PealChannel *ends[2]; /* 0: the server's, 1: Chromium's */
  PealChannel *dtls;
} Chromium;

static void
wait_for_chromium (gpointer user)
{
  Chromium *world = user;

  world->dtls = peal_dtls_new (world->ends[0], TRUE);
  peal_pair_open (world->ends[0]);
  peal_pair_open (world->ends[1]);
}

static void
free_chromium (gpointer user)
{
  Chromium *world = user;

  peal_channel_free (world->dtls);
  peal_channel_free (world->ends[1]);
}

static void
chromiums_hello_comes_in_two_datagrams (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", "dtls",
                                            "chromium156-dtls-clienthello.hex", NULL);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  Chromium world = { .loop = peal_loop_new ("chromium") };
  PealEar ear;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto(GStrv) lines = g_strsplit (text, "\n", 3);
  peal_pair_new (world.loop, world.loop, &(PealNet) { 0 }, world.ends);
  peal_loop_call (world.loop, wait_for_chromium, &world);
  peal_ear_open (&ear, world.ends[1]);
  g_assert_cmpint (peal_ear_state (&ear), ==, PEAL_CHANNEL_OPEN);

  for (guint i = 0; i < 2; i++) {
    g_autoptr(GBytes) datagram = unhex (lines[i]);
    g_assert_null (g_async_queue_timeout_pop (ear.datagrams, 20000)); /* no answer to half of it */
    peal_ear_say (world.ends[1], g_bytes_get_data (datagram, NULL), g_bytes_get_size (datagram));
  }
  g_autoptr(GBytes) answer = peal_ear_datagram (&ear);
  const guint8 *record = g_bytes_get_data (answer, NULL);
  g_assert_cmpuint (g_bytes_get_size (answer), >, 60);
  g_assert_cmpuint (record[0], ==, 22);                        /* handshake */
  g_assert_cmpuint (record[13], ==, 2);                        /* ServerHello */
  g_assert_cmpuint (record[25] << 8 | record[26], ==, 0xfefd); /* DTLS 1.2 */
  guint session = record[59];
  g_assert_cmpuint (record[60 + session] << 8 | record[61 + session], ==,
                    0xc02b); /* ECDHE-ECDSA-AES128-GCM */

  peal_ear_close (&ear, FALSE);
  peal_loop_call (world.loop, free_chromium, &world);
  peal_loop_free (world.loop);
}

/* --- what nobody sane sends --- */

typedef struct {
  GRand *rand[2]; /* by sender, each on its own loop */
  gint spoilt;
} Spoiler;

static gboolean
spoil_some (gpointer user, guint from, guint8 *data, gsize length)
{
  Spoiler *spoiler = user;

  if (g_rand_int_range (spoiler->rand[from], 0, 4) == 0 && length > 13) {
    gsize at = (gsize) g_rand_int_range (spoiler->rand[from], 0, (gint32) length);
    data[at] ^= (guint8) g_rand_int_range (spoiler->rand[from], 1, 256);
    g_atomic_int_inc (&spoiler->spoilt);
  }
  return TRUE;
}

static void
spoilt_handshakes_end_one_way_or_the_other (void)
{
  guint opened = 0, closed = 0;

  for (guint run = 0; run < 40; run++) {
    guint32 seed = g_test_rand_int ();
    Spoiler spoiler = { .rand = { g_rand_new_with_seed (seed), g_rand_new_with_seed (seed + 1) } };
    World *world =
        world_new (&(PealNet) { .seed = seed, .pass = spoil_some, .user = &spoiler }, TRUE, TRUE);

    for (guint i = 0; i < 2; i++)
      expect (&world->ends[i], world->right);
    start (&world->ends[1], PEAL_DTLS_ACTIVE);
    /* What is spoilt is sent again, or was fatal; an end whose peer died without a word is left to
     * its deadline. */
    for (guint i = 0; i < 2; i++) {
      gpointer state = g_async_queue_timeout_pop (world->ends[i].ear.states, 400000);
      if (GPOINTER_TO_INT (state) == PEAL_CHANNEL_OPEN + 1)
        opened++;
      else if (state)
        closed++;
    }
    world_end (world);
    g_rand_free (spoiler.rand[0]);
    g_rand_free (spoiler.rand[1]);
  }
  g_test_message ("of 80 ends %u opened, %u closed", opened, closed);
  g_assert_cmpuint (opened, >, 0);
}

typedef struct {
  End *end;
  GRand *rand;
} Noise;

static void
make_noise (gpointer user)
{
  Noise *noise = user;
  guint8 data[300];

  for (guint i = 0; i < 2000; i++) {
    gsize length = (gsize) g_rand_int_range (noise->rand, 1, sizeof data);
    for (gsize at = 0; at < length; at++)
      data[at] = (guint8) g_rand_int (noise->rand);
    /* Half of it looks like a record of DTLS 1.2, some like a ClientHello. */
    if (i & 1) {
      data[0] = (guint8) (20 + i % 4);
      data[1] = 0xfe;
      data[2] = 0xfd;
      memset (data + 3, 0, MIN (length - 1, 8));
      data[11] = (guint8) ((length - 13) >> 8);
      data[12] = (guint8) (length - 13);
    }
    peal_pair_inject (noise->end->world->bottoms[noise->end->side], data, length);
  }
}

static void
noise_before_and_after_leaves_it_standing (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  World *world = world_new (&(PealNet) { 0 }, TRUE, TRUE);
  Noise noise = { &world->ends[1], rand };

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[1], PEAL_DTLS_ACTIVE);
  assert_secured (world);
  peal_loop_call (world->ends[1].loop, make_noise, &noise);
  noise.end = &world->ends[0];
  peal_loop_call (world->ends[0].loop, make_noise, &noise);
  g_assert_cmpuint (peal_ear_say (world->ends[0].dtls, "still here", 10), ==, 1);
  peal_ear_expect (&world->ends[1].ear, "still here");
  world_end (world);
}

/* --- patience --- */

static gboolean
lose_all_of_left (gpointer user, guint from, guint8 *data, gsize length)
{
  return from != 0;
}

/* Right calls out and hears nothing; left hears and is never heard. Both learn it in the same 20 s.
 */
static void
a_handshake_ends_within_its_patience (void)
{
  World *world = world_new (&(PealNet) { .pass = lose_all_of_left }, TRUE, TRUE);
  gint64 began = g_get_monotonic_time ();

  for (guint i = 0; i < 2; i++)
    expect (&world->ends[i], world->right);
  start (&world->ends[0], PEAL_DTLS_PASSIVE);
  start (&world->ends[1], PEAL_DTLS_ACTIVE);
  assert_closed (&world->ends[1], PEAL_CAUSE_NO_PATH);
  assert_closed (&world->ends[0], PEAL_CAUSE_SECURITY);
  gint64 took = g_get_monotonic_time () - began;
  g_assert_cmpint (took, >=, PEAL_DTLS_PATIENCE - 100000);
  g_assert_cmpint (took, <, PEAL_DTLS_PATIENCE + 5 * G_USEC_PER_SEC);
  world_end (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dtls/a-client-may-speak-first", a_client_may_speak_first);
  g_test_add_func ("/dtls/a-client-whose-words-were-changed-does-not-speak",
                   a_client_whose_words_were_changed_does_not_speak);
  g_test_add_func ("/dtls/a-client-without-a-fingerprint-does-not-speak",
                   a_client_without_a_fingerprint_does_not_speak);
  g_test_add_func ("/dtls/either-side-may-be-the-client", either_side_may_be_the_client);
  g_test_add_func ("/dtls/a-fifth-of-all-datagrams-may-get-lost",
                   a_fifth_of_all_datagrams_may_get_lost);
  g_test_add_func ("/dtls/a-wrong-fingerprint-ends-it-on-both-sides",
                   a_wrong_fingerprint_ends_it_on_both_sides);
  g_test_add_func ("/dtls/the-client-hello-may-come-before-the-answer",
                   the_client_hello_may_come_before_the_answer);
  g_test_add_func ("/dtls/an-early-impostor-is-not-heard", an_early_impostor_is_not_heard);
  g_test_add_func ("/dtls/a-peer-without-srtp-is-refused", a_peer_without_srtp_is_refused);
  g_test_add_func ("/dtls/data-needs-no-srtp", data_needs_no_srtp);
  g_test_add_func ("/dtls/saying-goodbye-is-no-error", saying_goodbye_is_no_error);
  g_test_add_func ("/dtls/a-lost-last-flight-is-sent-again", a_lost_last_flight_is_sent_again);
  g_test_add_func ("/dtls/flights-fit-into-the-path", flights_fit_into_the_path);
  g_test_add_func ("/dtls/chromiums-hello-comes-in-two-datagrams",
                   chromiums_hello_comes_in_two_datagrams);
  g_test_add_func ("/dtls/spoilt-handshakes-end-one-way-or-the-other",
                   spoilt_handshakes_end_one_way_or_the_other);
  g_test_add_func ("/dtls/noise-before-and-after-leaves-it-standing",
                   noise_before_and_after_leaves_it_standing);
  g_test_add_func ("/dtls/a-handshake-ends-within-its-patience",
                   a_handshake_ends_within_its_patience);
  return g_test_run ();
}
