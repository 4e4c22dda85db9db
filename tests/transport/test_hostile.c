/* A call whose path is full of lies: everything that somebody without keys can send under the
 * peer's own address. The call goes on, nothing of it is heard, and nothing stays of it. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/pair.h"
#include "transport/secure.h"

#include <malloc.h>
#include <string.h>

enum { SEED = 20260, RTP_HEADER = 12, LARGEST = 1500, RECORD = 13 };
enum { SPARE = 256 * 1024 }; /* bytes that may stay allocated after all the lies of one kind */

typedef struct World World;

typedef struct {
  World *world;
  guint side;
  PealLoop *loop;
  PealChannel *bottom;
  PealSecure *secure;
  GAsyncQueue *states; /* of PealSecureState + 1 */
  PealChannel *lanes[PEAL_N_LANES];
  PealEar rtp, rtcp;
  PealFingerprint *described;
  GPtrArray *told;
} End;

/* Left (0) offers; right answers and so is the client of DTLS. */
struct World {
  End ends[2];
  GRand *rand;
  guint16 sequence;
  GMutex lock;
  GPtrArray *wire[2]; /* of GBytes: what each side has sent; under the lock */
  gboolean lies;      /* an alert in clear goes ahead of whatever is sent */
};

/* --- the path --- */

typedef struct {
  End *end;
  gsize length;
  guint8 data[];
} Parcel;

static void
hand_over (gpointer user)
{
  g_autofree Parcel *parcel = user;

  if (parcel->end->secure)
    peal_pair_inject (parcel->end->bottom, parcel->data, parcel->length);
}

static const guint8 fatal_alert[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40 };

static gboolean
tap (gpointer user, guint from, guint8 *data, gsize length)
{
  World *world = user;

  g_mutex_lock (&world->lock);
  g_ptr_array_add (world->wire[from], g_bytes_new (data, length));
  g_mutex_unlock (&world->lock);
  if (world->lies) {
    Parcel *parcel = g_malloc (sizeof *parcel + sizeof fatal_alert);
    parcel->end = &world->ends[!from];
    parcel->length = sizeof fatal_alert;
    memcpy (parcel->data, fatal_alert, sizeof fatal_alert);
    peal_loop_post (parcel->end->loop, hand_over, parcel);
  }
  return TRUE;
}

static void
secure_state (gpointer user, PealSecureState state, const GError *why)
{
  End *end = user;

  if (why)
    g_test_message ("%s: %s", end->side ? "right" : "left", why->message);
  g_async_queue_push (end->states, GINT_TO_POINTER (state + 1));
}

static const PealSecureEvents events = { .state = secure_state };

static void
build_end (gpointer user)
{
  End *end = user;
  PealSecureSetup setup = { .loop = end->loop,
                            .flow = PEAL_FLOW_DATAGRAM,
                            .encryption = PEAL_ENCRYPTION_REQUIRED,
                            .initiator = end->side == 0 };

  end->secure = peal_secure_new (end->bottom, NULL, &setup, &events, end);
  for (guint i = 0; i < PEAL_N_LANES; i++)
    end->lanes[i] = peal_secure_lane (end->secure, "voice", i);
  peal_pair_open (end->bottom);
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);
  PealChannel *bottoms[2];

  g_test_message ("seed %d", SEED);
  world->rand = g_rand_new_with_seed (SEED);
  g_mutex_init (&world->lock);
  for (guint i = 0; i < 2; i++) {
    world->wire[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    world->ends[i] = (End) { .world = world,
                             .side = i,
                             .loop = peal_loop_new (i ? "right" : "left"),
                             .states = g_async_queue_new (),
                             .told = g_ptr_array_new () };
  }
  peal_pair_new (world->ends[0].loop, world->ends[1].loop,
                 &(PealNet) { .pass = tap, .user = world }, bottoms);
  for (guint i = 0; i < 2; i++) {
    End *end = &world->ends[i];
    end->bottom = bottoms[i];
    peal_loop_call (end->loop, build_end, end);
    peal_ear_open (&end->rtp, end->lanes[PEAL_LANE_RTP]);
    peal_ear_open (&end->rtcp, end->lanes[PEAL_LANE_RTCP]);
  }
  return world;
}

static void
describe_end (gpointer user)
{
  End *end = user;

  end->described = peal_secure_describe (end->secure);
}

static void
apply_end (gpointer user)
{
  End *end = user;
  g_autoptr(GError) error = NULL;

  peal_secure_apply (end->secure, end->told, &error);
  g_assert_no_error (error);
}

static void
tell (End *from, End *to)
{
  peal_loop_call (from->loop, describe_end, from);
  g_ptr_array_add (to->told, from->described);
  peal_loop_call (to->loop, apply_end, to);
  peal_element_free (&peal_fingerprint_element, from->described);
}

static void
expect_secured (World *world)
{
  for (guint i = 0; i < 2; i++) {
    gpointer state = g_async_queue_timeout_pop (world->ends[i].states, 30 * G_USEC_PER_SEC);
    g_assert_cmpint (GPOINTER_TO_INT (state), ==, PEAL_SECURE_CONNECTED + 1);
    g_assert_cmpint (peal_ear_state (&world->ends[i].rtp), ==, PEAL_CHANNEL_OPEN);
  }
}

static World *
world_secured (void)
{
  World *world = world_new ();

  tell (&world->ends[0], &world->ends[1]);
  tell (&world->ends[1], &world->ends[0]);
  expect_secured (world);
  return world;
}

static void
free_end (gpointer user)
{
  End *end = user;

  peal_secure_free (g_steal_pointer (&end->secure));
}

static void
world_end (World *world)
{
  for (guint i = 0; i < 2; i++)
    peal_loop_call (world->ends[i].loop, free_end, &world->ends[i]);
  for (guint i = 0; i < 2; i++) {
    End *end = &world->ends[i];
    peal_ear_close (&end->rtp, TRUE);
    peal_ear_close (&end->rtcp, TRUE);
    peal_loop_free (end->loop);
    g_async_queue_unref (end->states);
    g_ptr_array_unref (end->told);
    g_ptr_array_unref (world->wire[i]);
  }
  g_mutex_clear (&world->lock);
  g_rand_free (world->rand);
  g_free (world);
}

/* --- media --- */

static gsize
write_rtp (guint8 *into, guint32 ssrc, guint16 sequence)
{
  static const char words[] = "a whole sentence of speech";

  memset (into, 0, RTP_HEADER);
  into[0] = 0x80;
  into[1] = 96;
  into[2] = (guint8) (sequence >> 8);
  into[3] = (guint8) sequence;
  for (guint i = 0; i < 4; i++)
    into[8 + i] = (guint8) (ssrc >> (24 - 8 * i));
  memcpy (into + RTP_HEADER, words, sizeof words);
  return RTP_HEADER + sizeof words;
}

static const guint8 report[] = { 0x80, 201, 0, 1, 0, 0, 0, 9 };

/* What one says is the next and only thing the other hears. */
static void
talk (World *world)
{
  for (guint i = 0; i < 2; i++) {
    End *from = &world->ends[i], *to = &world->ends[!i];
    guint8 packet[100];
    gsize length = write_rtp (packet, 7 + i, ++world->sequence);

    peal_ear_say (from->lanes[PEAL_LANE_RTP], packet, length);
    g_autoptr(GBytes) heard = peal_ear_datagram (&to->rtp);
    g_assert_cmpmem (g_bytes_get_data (heard, NULL), g_bytes_get_size (heard), packet, length);
    peal_ear_say (from->lanes[PEAL_LANE_RTCP], report, sizeof report);
    g_autoptr(GBytes) told = peal_ear_datagram (&to->rtcp);
    g_assert_cmpmem (g_bytes_get_data (told, NULL), g_bytes_get_size (told), report, sizeof report);
  }
}

/* --- lies --- */

/* Lies to one end, from its loop. */
typedef void (*Lie) (End *end);

static void
inject (End *end, const guint8 *data, gsize length)
{
  peal_pair_inject (end->bottom, data, length);
}

static void
fill (GRand *rand, guint8 *data, gsize length)
{
  for (gsize i = 0; i < length; i++)
    data[i] = (guint8) g_rand_int (rand);
}

/* Every first byte, every length that a path carries. */
static void
noise (End *end)
{
  guint8 data[LARGEST];

  for (guint first = 0; first < 256; first++)
    for (gsize length = 0; length <= LARGEST; length += 1 + first % 13) {
      fill (end->world->rand, data, MIN (length, 40));
      data[0] = (guint8) first;
      inject (end, data, length);
    }
}

static gsize
write_record (guint8 *into, guint8 type, guint epoch, gsize length)
{
  memset (into, 0, RECORD);
  into[0] = type;
  into[1] = 0xfe;
  into[2] = 0xfd;
  into[3] = (guint8) (epoch >> 8);
  into[4] = (guint8) epoch;
  into[11] = (guint8) (length >> 8);
  into[12] = (guint8) length;
  return RECORD + length;
}

/* All alerts there are and are not, in clear and under keys that nobody has. */
static void
alerts (End *end)
{
  static const guint epochs[] = { 0, 1, 2, 3, 255, 65535 };

  for (guint i = 0; i < G_N_ELEMENTS (epochs); i++)
    for (guint word = 0; word < 3 * 256; word++) {
      guint8 data[RECORD + 26];
      gsize length = write_record (data, 21, epochs[i], epochs[i] ? 26 : 2);
      fill (end->world->rand, data + RECORD + 2, 24);
      data[10] = (guint8) word;
      data[RECORD] = (guint8) (word / 256);
      data[RECORD + 1] = (guint8) word;
      inject (end, data, length);
    }
}

/* Handshake messages in pieces that do not fit, are beyond all limits, and never become whole. */
static void
fragments (End *end)
{
  GRand *rand = end->world->rand;

  for (guint i = 0; i < 20000; i++) {
    guint8 data[300];
    gsize body = (gsize) g_rand_int_range (rand, 0, 250);
    gsize length = write_record (data, 22, i % 7 == 0 ? 1 : 0, 12 + body);
    guint8 *message = data + RECORD;
    fill (rand, message, 12 + body);
    data[10] = (guint8) i;
    data[9] = (guint8) (i >> 8);
    message[0] = (guint8) (i % 25);
    message[4] = 0; /* the next messages, in turn */
    message[5] = (guint8) (i % 12);
    if (i & 1)
      message[1] = message[6] = message[9] = 0;
    if (i & 2) { /* says truly how long the piece is */
      message[9] = 0;
      message[10] = (guint8) (body >> 8);
      message[11] = (guint8) body;
    }
    inject (end, data, length);
  }
}

/* Cipher texts of epochs that are, were, and will be. */
static void
records (End *end)
{
  GRand *rand = end->world->rand;

  for (guint i = 0; i < 20000; i++) {
    guint8 data[200];
    gsize length = write_record (data, (guint8) (20 + i % 6), i % 5, 24 + i % 150);
    fill (rand, data + 5, 6);
    fill (rand, data + RECORD, length - RECORD);
    if (i % 11 == 0)
      data[11] = 0xff; /* longer than what there is */
    inject (end, data, length);
  }
}

/* What the client really began with. */
static GBytes *
first_hello (World *world)
{
  g_mutex_lock (&world->lock);
  g_assert_cmpuint (world->wire[1]->len, >, 0);
  GBytes *hello = g_bytes_ref (world->wire[1]->pdata[0]);
  g_mutex_unlock (&world->lock);
  g_assert_cmpint (((const guint8 *) g_bytes_get_data (hello, NULL))[RECORD], ==, 1);
  return hello;
}

/* ClientHellos that are whole, each of somebody else. */
static void
hellos (End *end)
{
  g_autoptr(GBytes) hello = first_hello (end->world);
  gsize length = g_bytes_get_size (hello);
  g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (hello, NULL), length);

  for (guint i = 0; i < 5000; i++) {
    fill (end->world->rand, data + RECORD + 14, 32);
    data[10] = (guint8) i;
    inject (end, data, length);
  }
}

/* RTP and RTCP in clear, of a million senders. */
static void
clear_media (End *end)
{
  guint8 packet[100], rtcp[60] = { 0x81, 201, 0, 7 };

  for (guint32 ssrc = 0; ssrc < 500000; ssrc++) {
    inject (end, packet, write_rtp (packet, ssrc * 8191, (guint16) ssrc));
    memcpy (rtcp + 4, &ssrc, sizeof ssrc);
    inject (end, rtcp, sizeof rtcp);
  }
}

typedef struct {
  End *end;
  Lie lie;
} Lying;

static void
lie_now (gpointer user)
{
  Lying *lying = user;

  lying->lie (lying->end);
}

/* Tells it to both sides; what stays allocated of that is little. */
static void
lied_to (gconstpointer data)
{
  Lie lie = *(const Lie *) data;
  World *world = world_secured ();

  talk (world);
  gsize before = mallinfo2 ().uordblks;
  for (guint i = 0; i < 2; i++)
    peal_loop_call (world->ends[i].loop, lie_now, &(Lying) { &world->ends[i], lie });
  gssize more = (gssize) (mallinfo2 ().uordblks - before);
  g_test_message ("%zd bytes more are allocated", more);
  g_assert_cmpint (more, <, SPARE);
  talk (world);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (g_async_queue_length (world->ends[i].states), ==, 0);
  world_end (world);
}

/* --- replays --- */

static void
replay (End *end)
{
  World *world = end->world;

  g_mutex_lock (&world->lock);
  g_autoptr(GPtrArray) sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < world->wire[!end->side]->len; i++)
    g_ptr_array_add (sent, g_bytes_ref (world->wire[!end->side]->pdata[i]));
  g_mutex_unlock (&world->lock);
  for (guint round = 0; round < 100; round++)
    for (guint i = 0; i < sent->len; i++)
      inject (end, g_bytes_get_data (sent->pdata[i], NULL), g_bytes_get_size (sent->pdata[i]));
}

/* Everything that was ever sent, a hundred times: handshake, sound, reports. */
static void
replays_are_not_heard (void)
{
  static const Lie lie = replay;
  World *world = world_secured ();

  for (guint i = 0; i < 50; i++)
    talk (world);
  for (guint i = 0; i < 2; i++)
    peal_loop_call (world->ends[i].loop, lie_now, &(Lying) { &world->ends[i], lie });
  talk (world);
  world_end (world);
}

static void
spoil (End *end)
{
  World *world = end->world;

  g_mutex_lock (&world->lock);
  GPtrArray *sent = world->wire[!end->side];
  g_autoptr(GBytes) last = g_bytes_ref (sent->pdata[sent->len - 2]);
  g_mutex_unlock (&world->lock);
  gsize length = g_bytes_get_size (last);
  for (gsize bit = 0; bit < 8 * length; bit++) {
    g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (last, NULL), length);
    data[bit / 8] ^= (guint8) (1 << bit % 8);
    if (bit / 8 != 3)
      data[3] ^= 0x40; /* a number that was not used yet: no replay before it is a forgery */
    inject (end, data, length);
  }
}

static void
forgeries_are_not_heard (void)
{
  static const Lie lie = spoil;
  World *world = world_secured ();

  talk (world);
  for (guint i = 0; i < 2; i++)
    peal_loop_call (world->ends[i].loop, lie_now, &(Lying) { &world->ends[i], lie });
  talk (world);
  world_end (world);
}

/* --- before there are keys --- */

typedef struct {
  World *world;
  GBytes *hello;
  guint to;
} Flood;

static void
flood_hellos (gpointer user)
{
  Flood *flood = user;
  gsize length = g_bytes_get_size (flood->hello);
  g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (flood->hello, NULL), length);
  guint8 packet[100];

  for (guint i = 0; i < 3000; i++) {
    fill (flood->world->rand, data + RECORD + 14, 32);
    inject (&flood->world->ends[flood->to], data, length);
    inject (&flood->world->ends[flood->to], packet, write_rtp (packet, i, (guint16) i));
    inject (&flood->world->ends[flood->to], fatal_alert, sizeof fatal_alert);
  }
}

/* Thousands of ClientHellos, alerts and packets come before the first word of the peer, and the
 * peer is understood all the same. */
static void
hellos_before_the_handshake (void)
{
  World *other = world_secured ();
  g_autoptr(GBytes) hello = first_hello (other);
  World *world = world_new ();

  gsize before = mallinfo2 ().uordblks;
  for (guint i = 0; i < 2; i++)
    peal_loop_call (world->ends[i].loop, flood_hellos, &(Flood) { world, hello, i });
  gssize more = (gssize) (mallinfo2 ().uordblks - before);
  g_test_message ("%zd bytes more are allocated", more);
  g_assert_cmpint (more, <, 2 * SPARE);
  tell (&world->ends[0], &world->ends[1]);
  tell (&world->ends[1], &world->ends[0]);
  expect_secured (world);
  for (guint i = 0; i < 2; i++) /* what came too early, and was a lie */
    g_assert_cmpint (g_async_queue_length (world->ends[i].rtp.datagrams), ==, 0);
  talk (world);
  world_end (world);
  world_end (other);
}

/* An alert that nobody meant goes ahead of each datagram of the handshake, either way. */
static void
alerts_in_the_handshake (void)
{
  World *world = world_new ();

  world->lies = TRUE;
  tell (&world->ends[0], &world->ends[1]);
  tell (&world->ends[1], &world->ends[0]);
  expect_secured (world);
  talk (world);
  world_end (world);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    Lie lie;
  } rows[] = { { "/hostile/noise", noise },         { "/hostile/alerts", alerts },
               { "/hostile/fragments", fragments }, { "/hostile/records", records },
               { "/hostile/hellos", hellos },       { "/hostile/clear-media", clear_media } };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add_data_func (rows[i].path, &rows[i].lie, lied_to);
  g_test_add_func ("/hostile/replays-are-not-heard", replays_are_not_heard);
  g_test_add_func ("/hostile/forgeries-are-not-heard", forgeries_are_not_heard);
  g_test_add_func ("/hostile/hellos-before-the-handshake", hellos_before_the_handshake);
  g_test_add_func ("/hostile/alerts-in-the-handshake", alerts_in_the_handshake);
  return g_test_run ();
}
