/* A picture's packets over a bad way, with a clock of their own: what leaves is lost, late or out
 * of order, what comes is to be what left, once each.
 *
 * No threads and no real time: a millisecond is a step. Seeds are printed. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/inflow.h"
#include "media/outflow.h"

enum { MS = 1000, FRAME_MS = 33, LONGEST = 20000 };
enum { VP8 = 96, RTX = 97, RED = 116, ULPFEC = 117, RED_RTX = 118 };

static const PealExtensionIds ids = { .mid = 4, .abs_send_time = 2, .transport_cc = 3 };

typedef struct {
  gint64 at;
  GBytes *data; /* of a packet; of the numbers that are asked for */
} Flight;

typedef struct {
  PealOutflowSetup out_setup;
  guint one_way_ms, jitter_ms, protection;
  double loss;      /* of packets, one way */
  guint burst;      /* packets that are lost together */
  gint64 outage[2]; /* µs: all is lost */

  PealOutflow out;
  PealInflow in;
  GRand *random;
  GQueue there, back; /* of Flight */
  gint64 now;
  guint to_lose;         /* of a burst */
  guint32 made;          /* packets of the eye */
  guint8 heard[LONGEST]; /* how often each of them */
  guint came, lost, empty, given_up;
  GHashTable *left; /* number -> bytes, of what leaves without RTX */
} World;

static World *
world_new (guint32 seed)
{
  World *world = g_new0 (World, 1);

  g_test_message ("seed %u", seed);
  world->random = g_rand_new_with_seed (seed);
  world->burst = 1;
  world->out_setup = (PealOutflowSetup) {
    .clock_rate = 90000,
    .payload_type = VP8,
    .rtx = RTX,
    .nack = TRUE,
    .ids = ids,
    .mid = "video",
    .bitrate = 1500000,
  };
  world->left = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  return world;
}

static void
flight_free (gpointer user)
{
  g_autofree Flight *flight = user;

  g_bytes_unref (flight->data);
}

static void
world_free (World *world)
{
  g_queue_clear_full (&world->there, flight_free);
  g_queue_clear_full (&world->back, flight_free);
  peal_outflow_clear (&world->out);
  peal_inflow_clear (&world->in);
  g_rand_free (world->random);
  g_hash_table_unref (world->left);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* --- the way --- */

static gint
earlier (gconstpointer one, gconstpointer other, gpointer nothing)
{
  gint64 a = ((const Flight *) one)->at, b = ((const Flight *) other)->at;

  return a <= b ? -1 : 1; /* behind those of the same moment */
}

static void
fly (World *world, GQueue *queue, gconstpointer data, gsize length)
{
  Flight *flight = g_new0 (Flight, 1);
  guint jitter =
      world->jitter_ms ? (guint) g_rand_int_range (world->random, 0, world->jitter_ms) : 0;

  flight->at = world->now + (world->one_way_ms + jitter) * MS;
  flight->data = g_bytes_new (data, length);
  g_queue_insert_sorted (queue, flight, earlier, NULL);
}

static gboolean
loses (World *world)
{
  if (world->now >= world->outage[0] && world->now < world->outage[1])
    return TRUE;
  if (world->to_lose == 0 && g_rand_double (world->random) < world->loss / world->burst)
    world->to_lose = world->burst;
  if (world->to_lose == 0)
    return FALSE;
  world->to_lose--;
  return TRUE;
}

static Flight *
landed (World *world, GQueue *queue)
{
  Flight *flight = g_queue_peek_head (queue);

  return flight && flight->at <= world->now ? g_queue_pop_head (queue) : NULL;
}

/* --- both sides --- */

/* What packet @i of the eye holds: its number, then bytes that follow from it. */
static gsize
contents (guint32 i, guint8 *out)
{
  gsize length = 300 + i * 37 % 700;

  memset (out, (int) i, length);
  peal_packet_put_u32 (out, i);
  return length;
}

static void
see (World *world)
{
  gboolean key = world->made == 0;
  guint n = key ? 40 : 1 + world->made % 6;

  for (guint i = 0; i < n; i++) {
    guint8 payload[PEAL_PACKET_MAX];
    PealPacket packet = { .timestamp = (guint32) (world->now * 9 / 100),
                          .marker = i + 1 == n,
                          .payload = payload,
                          .length = contents (world->made, payload) };
    world->made++;
    g_assert_true (peal_outflow_put (&world->out, &packet, world->now));
  }
}

/* Without RTX a packet leaves again under its number: then it must be what it was, to the last
 * bit, since SRTP encrypts by that number. */
static void
compare_with_before (World *world, const guint8 *data, gsize length)
{
  guint16 sequence = peal_packet_u16 (data + 2);
  GBytes *before = g_hash_table_lookup (world->left, GUINT_TO_POINTER (sequence));

  if (world->out.with.rtx)
    return;
  if (before)
    g_assert_cmpmem (data, length, g_bytes_get_data (before, NULL), g_bytes_get_size (before));
  else
    g_hash_table_insert (world->left, GUINT_TO_POINTER (sequence), g_bytes_new (data, length));
}

static void
leave (World *world)
{
  guint8 bytes[PEAL_PACKET_MAX];

  for (gsize length; (length = peal_outflow_take (&world->out, world->now, bytes)) > 0;) {
    compare_with_before (world, bytes, length);
    if (loses (world))
      world->lost++;
    else
      fly (world, &world->there, bytes, length);
  }
}

static void
check_heard (World *world, const PealPacket *packet)
{
  guint8 expected[PEAL_PACKET_MAX];

  if (packet->length == 0) {
    world->empty++;
    return;
  }
  g_assert_cmpuint (packet->length, >=, 4);
  guint32 i = peal_packet_u32 (packet->payload);
  g_assert_cmpuint (i, <, world->made);
  g_assert_cmpmem (packet->payload, packet->length, expected, contents (i, expected));
  g_assert_cmpuint (packet->payload_type, ==, VP8);
  g_assert_cmpuint (packet->ssrc, ==, world->out.sender.ssrc);
  g_assert_cmpuint (++world->heard[i], ==, 1);
  world->came++;
}

static void
arrive (World *world)
{
  for (Flight *flight; (flight = landed (world, &world->there)); flight_free (flight)) {
    PealDatagram data = { .data = g_bytes_get_data (flight->data, NULL),
                          .length = g_bytes_get_size (flight->data) };
    PealExtensions said;
    PealPacket packet, again;
    g_assert_true (peal_inflow_hear (&world->in, &data, world->now, &said));
    g_assert_cmpmem (said.mid ? said.mid : "video", 5, "video", 5);
    while (peal_inflow_take (&world->in, world->now, &packet, &data)) {
      g_assert_true (peal_packet_read (&again, data.data, data.length));
      g_assert_true (again.payload == packet.payload && again.length == packet.length);
      g_assert_cmpuint (again.sequence, ==, packet.sequence);
      check_heard (world, &packet);
    }
  }
}

static void
ask (World *world)
{
  guint16 missing[64];
  double rtt_ms = 2 * world->one_way_ms + world->jitter_ms;

  peal_nack_expire (&world->in.nack, rtt_ms, world->now);
  world->given_up += peal_nack_lost (&world->in.nack);
  if (world->out.with.nack) {
    guint n = peal_nack_ask (&world->in.nack, rtt_ms, world->now, missing, 64);
    if (n && !loses (world))
      fly (world, &world->back, missing, n * sizeof *missing);
  }
  for (Flight *flight; (flight = landed (world, &world->back)); flight_free (flight)) {
    gsize length;
    const guint16 *asked = g_bytes_get_data (flight->data, &length);
    peal_outflow_ask (&world->out, asked, (guint) (length / 2), rtt_ms, world->now);
  }
}

static void
begin (World *world)
{
  PealInflowSetup setup = { .clock_rate = 90000, .payload_type = VP8, .ids = ids };

  peal_outflow_init (&world->out, &world->out_setup);
  peal_outflow_protect (&world->out, world->protection);
  setup.rtx = world->out_setup.rtx;
  setup.red = world->out_setup.red;
  setup.ulpfec = world->out_setup.ulpfec;
  setup.red_rtx = RED_RTX;
  peal_inflow_init (&world->in, &setup);
}

/* Frames for so many seconds, then two without new ones: the last is never lost alone. */
static void
run (World *world, guint seconds)
{
  for (guint ms = 0; ms < seconds * 1000 + 2000; ms++, world->now += MS) {
    if (ms % FRAME_MS == 0 && ms < seconds * 1000)
      see (world);
    if (ms >= seconds * 1000 - 2 * FRAME_MS) /* nobody could miss what nothing follows */
      world->loss = 0, world->to_lose = 0;
    leave (world);
    arrive (world);
    ask (world);
  }
  for (guint32 i = 0; i < world->made; i++)
    if (!world->heard[i])
      g_test_message ("packet %u is missing", i);
  g_test_message ("%u packets, %u lost on the way, %" G_GUINT64_FORMAT " sent again, %u missing",
                  world->made, world->lost, world->out.resent, world->made - world->came);
}

/* --- stories --- */

static void
a_short_way_is_repaired_by_asking (void)
{
  g_autoptr(World) world = world_new (501);

  world->one_way_ms = 25;
  world->loss = 0.02;
  begin (world);
  run (world, 60);
  g_assert_cmpuint (world->lost, >, 50);
  g_assert_cmpuint (world->came, ==, world->made);
  g_assert_cmpuint (world->given_up, ==, 0);
  g_assert_cmpuint (world->out.resent, <=, 2 * world->lost);
  g_assert_cmpuint (world->in.recovered, >, 50);
}

static void
ten_percent_in_bursts_too (void)
{
  g_autoptr(World) world = world_new (502);

  world->one_way_ms = 20;
  world->loss = 0.1;
  world->burst = 4;
  begin (world);
  run (world, 30);
  g_assert_cmpuint (world->lost, >, 200);
  g_assert_cmpuint (world->came, ==, world->made);
}

/* Where RTX was not agreed on, the same packet leaves again. */
static void
without_rtx_the_same_leaves_again (void)
{
  g_autoptr(World) world = world_new (503);

  world->one_way_ms = 25;
  world->loss = 0.03;
  world->out_setup.rtx = 0;
  begin (world);
  run (world, 30);
  g_assert_cmpuint (world->lost, >, 30);
  g_assert_cmpuint (world->came, ==, world->made);
}

/* Nothing is asked for: what comes back, comes by itself. */
static void
a_long_way_is_repaired_by_protection (void)
{
  g_autoptr(World) world = world_new (504);

  world->one_way_ms = 200;
  world->loss = 0.02;
  world->protection = 17;
  world->out_setup.nack = FALSE;
  world->out_setup.rtx = 0;
  world->out_setup.red = RED;
  world->out_setup.ulpfec = ULPFEC;
  begin (world);
  run (world, 60);
  guint missing = world->made - world->came;
  g_assert_cmpuint (world->in.recovered, >, 50);
  g_assert_cmpuint (world->empty, >, 500);
  g_assert_cmpuint (missing * 5, <, world->in.recovered + missing); /* less than a fifth */
  g_assert_cmpuint (world->out.protection_bytes * 100 / world->out.sender.bytes, <, 30);
}

/* Both together leave nothing. */
static void
protection_and_asking_leave_nothing (void)
{
  g_autoptr(World) world = world_new (505);

  world->one_way_ms = 200;
  world->loss = 0.02;
  world->protection = 17;
  world->out_setup.red = RED;
  world->out_setup.red_rtx = RED_RTX;
  world->out_setup.ulpfec = ULPFEC;
  begin (world);
  run (world, 60);
  g_assert_cmpuint (world->came, ==, world->made);
  g_assert_cmpuint (world->given_up, ==, 0);
}

static void
bursts_are_repaired_by_protection (void)
{
  g_autoptr(World) world = world_new (506);

  world->one_way_ms = 200;
  world->loss = 0.02;
  world->burst = 2;
  world->protection = 40;
  world->out_setup.nack = FALSE;
  world->out_setup.rtx = 0;
  world->out_setup.red = RED;
  world->out_setup.ulpfec = ULPFEC;
  begin (world);
  run (world, 60);
  guint missing = world->made - world->came;
  g_assert_cmpuint (missing * 4, <, world->in.recovered + missing);
}

/* Late is not lost: each is heard once, whatever overtakes it. */
static void
out_of_order_is_not_lost (void)
{
  g_autoptr(World) world = world_new (507);

  world->one_way_ms = 20;
  world->jitter_ms = 40;
  begin (world);
  run (world, 20);
  g_assert_cmpuint (world->lost, ==, 0);
  g_assert_cmpuint (world->came, ==, world->made);
}

/* All 16-bit numbers begin anew within the first seconds. */
static void
numbers_wrap (void)
{
  g_autoptr(World) world = world_new (508);

  world->one_way_ms = 25;
  world->loss = 0.05;
  world->protection = 20;
  world->out_setup.red = RED;
  world->out_setup.ulpfec = ULPFEC;
  begin (world);
  world->out.sender.sequence = 65500;
  world->out.rtx_sequence = 65530;
  world->out.departures.next = 65400;
  run (world, 20);
  g_assert_cmpuint (world->came, ==, world->made);
}

/* Nobody asks for what would come too late, and afterwards all is as before. */
static void
after_an_outage_it_goes_on (void)
{
  g_autoptr(World) world = world_new (509);

  world->one_way_ms = 25;
  world->outage[0] = 5000 * MS;
  world->outage[1] = 9000 * MS;
  begin (world);
  run (world, 20);
  g_assert_cmpuint (world->given_up, >, 0);
  g_assert_cmpuint (world->given_up, <, 5);
  g_assert_cmpuint (world->came, >, world->made / 2);
  g_assert_cmpuint (world->in.nack.n, ==, 0);
  for (guint32 i = world->made - 500; i < world->made; i++)
    g_assert_cmpuint (world->heard[i], ==, 1);
}

/* What nobody asked for is believed no more than anything else: another's packets do not get into
 * the picture by RTX, nor do they fill memory. */
static void
retransmissions_that_nobody_misses_are_left_alone (void)
{
  g_autoptr(World) world = world_new (510);
  guint8 payload[PEAL_PACKET_MAX] = { 0 }, bytes[PEAL_PACKET_MAX];
  guint64 recovered;

  world->one_way_ms = 5;
  begin (world);
  run (world, 2);
  recovered = world->in.recovered;
  for (guint i = 0; i < 70000; i++) {
    PealPacket packet = { .payload_type = i % 2 ? RTX : RED_RTX,
                          .sequence = (guint16) i,
                          .ssrc = 77,
                          .payload = payload,
                          .length = i % 50 };
    PealExtensions said;
    peal_packet_put_u16 (payload, (guint16) (i * 7));
    PealDatagram data = { .data = bytes, .length = peal_packet_write (&packet, bytes) };
    peal_inflow_hear (&world->in, &data, world->now, &said);
    g_assert_false (peal_inflow_take (&world->in, world->now, &packet, &data));
  }
  g_assert_cmpuint (world->in.recovered, ==, recovered);
  g_assert_cmpuint (world->in.receiver.ssrc, ==, world->out.sender.ssrc);
}

/* A payload that takes all the room it was told leaves with all that may be added, and fits. */
static void
what_is_added_was_told_before (void)
{
  g_autoptr(World) world = world_new (511);
  guint8 payload[1200] = { 0 }, bytes[PEAL_PACKET_MAX];
  guint n = 0;

  world->protection = 100;
  world->out_setup.red = RED;
  world->out_setup.ulpfec = ULPFEC;
  begin (world);
  PealPacket packet = { .marker = TRUE,
                        .payload = payload,
                        .length = 1160 - peal_outflow_added (&world->out) };
  for (guint i = 0; i < 60; i++, n++)
    g_assert_true (peal_outflow_put (&world->out, &packet, i * 40 * MS));
  guint16 missing[60];
  for (guint i = 0; i < 60; i++)
    missing[i] = (guint16) (world->out.sender.sequence - 1 - i);
  peal_outflow_ask (&world->out, missing, 60, 10, 2400 * MS);
  g_assert_cmpuint (world->out.resent, >, 10);
  for (gint64 now = 0; now < 10000 * MS; now += MS)
    for (gsize length; (length = peal_outflow_take (&world->out, now, bytes)) > 0; n--)
      g_assert_cmpuint (length, <=, 1160);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/a_short_way_is_repaired_by_asking", a_short_way_is_repaired_by_asking);
  g_test_add_func ("/flow/ten_percent_in_bursts_too", ten_percent_in_bursts_too);
  g_test_add_func ("/flow/without_rtx_the_same_leaves_again", without_rtx_the_same_leaves_again);
  g_test_add_func ("/flow/a_long_way_is_repaired_by_protection",
                   a_long_way_is_repaired_by_protection);
  g_test_add_func ("/flow/protection_and_asking_leave_nothing",
                   protection_and_asking_leave_nothing);
  g_test_add_func ("/flow/bursts_are_repaired_by_protection", bursts_are_repaired_by_protection);
  g_test_add_func ("/flow/out_of_order_is_not_lost", out_of_order_is_not_lost);
  g_test_add_func ("/flow/numbers_wrap", numbers_wrap);
  g_test_add_func ("/flow/after_an_outage_it_goes_on", after_an_outage_it_goes_on);
  g_test_add_func ("/flow/retransmissions_that_nobody_misses_are_left_alone",
                   retransmissions_that_nobody_misses_are_left_alone);
  g_test_add_func ("/flow/what_is_added_was_told_before", what_is_added_was_told_before);
  return g_test_run ();
}
