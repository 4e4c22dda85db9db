/* SRTP between two ends of ours, and what strangers and wayward peers send into it. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "tests/transport/pair.h"
#include "transport/srtp.h"

#include <malloc.h>
#include <string.h>

#define RTP_HEADER 12

typedef struct {
  PealLoop *loop;
  PealChannel *bottoms[2], *ends[2];
  PealEar ear; /* of the right end */
  PealSrtpKeys keys;
  GMutex mutex;
  GPtrArray *wire; /* of GBytes: what the left end sent, as it was on the path */
} World;

static gboolean
tap (gpointer user, guint from, guint8 *data, gsize length)
{
  World *world = user;

  g_mutex_lock (&world->mutex);
  g_ptr_array_add (world->wire, g_bytes_new (data, length));
  g_mutex_unlock (&world->mutex);
  return TRUE;
}

static void
build (gpointer user)
{
  World *world = user;

  for (guint i = 0; i < 2; i++) {
    peal_pair_open (world->bottoms[i]);
    world->ends[i] = peal_srtp_new (world->bottoms[i]);
  }
}

static void
key_left (gpointer user)
{
  World *world = user;
  g_autoptr(GError) error = NULL;

  peal_srtp_set_keys (world->ends[0], &world->keys, &error);
  g_assert_no_error (error);
  peal_srtp_let_in (world->ends[0]);
}

static void
key_right (gpointer user)
{
  World *world = user;
  PealSrtpKeys crosswise = { .profile = world->keys.profile };
  g_autoptr(GError) error = NULL;

  memcpy (crosswise.local, world->keys.remote, PEAL_SRTP_KEY_SIZE);
  memcpy (crosswise.remote, world->keys.local, PEAL_SRTP_KEY_SIZE);
  peal_srtp_set_keys (world->ends[1], &crosswise, &error);
  g_assert_no_error (error);
  peal_srtp_let_in (world->ends[1]);
}

static World *
world_new (PealSrtpProfile profile)
{
  World *world = g_new0 (World, 1);

  world->loop = peal_loop_new ("test-srtp");
  world->wire = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_mutex_init (&world->mutex);
  world->keys.profile = profile;
  for (guint i = 0; i < PEAL_SRTP_KEY_SIZE; i++) {
    world->keys.local[i] = (guint8) g_test_rand_int ();
    world->keys.remote[i] = (guint8) g_test_rand_int ();
  }
  peal_pair_new (world->loop, world->loop, &(PealNet) { .pass = tap, .user = world },
                 world->bottoms);
  peal_loop_call (world->loop, build, world);
  peal_ear_open (&world->ear, world->ends[1]);
  return world;
}

static World *
world_keyed (PealSrtpProfile profile)
{
  World *world = world_new (profile);

  peal_loop_call (world->loop, key_left, world);
  peal_loop_call (world->loop, key_right, world);
  g_assert_cmpint (peal_ear_state (&world->ear), ==, PEAL_CHANNEL_OPEN);
  return world;
}

static void
free_ends (gpointer user)
{
  World *world = user;

  for (guint i = 0; i < 2; i++)
    peal_channel_free (world->ends[i]);
}

static void
world_end (World *world)
{
  peal_ear_close (&world->ear, FALSE);
  peal_loop_call (world->loop, free_ends, world);
  peal_loop_free (world->loop);
  g_ptr_array_unref (world->wire);
  g_mutex_clear (&world->mutex);
  g_free (world);
}

/* What the @n-th datagram was on the path. */
static GBytes *
on_the_wire (World *world, guint n)
{
  g_mutex_lock (&world->mutex);
  g_assert_cmpuint (n, <, world->wire->len);
  GBytes *datagram = g_bytes_ref (world->wire->pdata[n]);
  g_mutex_unlock (&world->mutex);
  return datagram;
}

/* --- packets --- */

static void
put32 (guint8 *at, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (at, &value, 4);
}

static gsize
write_rtp (guint8 *into, guint32 ssrc, guint sequence, const char *payload)
{
  into[0] = 0x80;
  into[1] = 96;
  into[2] = (guint8) (sequence >> 8);
  into[3] = (guint8) sequence;
  put32 (into + 4, 960 * sequence);
  put32 (into + 8, ssrc);
  memcpy (into + RTP_HEADER, payload, strlen (payload));
  return RTP_HEADER + strlen (payload);
}

/* A receiver report of one block. */
static gsize
write_rtcp (guint8 *into, guint32 ssrc)
{
  memset (into, 0, 32);
  into[0] = 0x81;
  into[1] = 201;
  into[3] = 7;
  put32 (into + 4, ssrc);
  return 32;
}

static void
send_rtp (World *world, guint32 ssrc, guint sequence, const char *payload)
{
  guint8 packet[100];

  g_assert_cmpuint (
      peal_ear_say (world->ends[0], packet, write_rtp (packet, ssrc, sequence, payload)), ==, 1);
}

static void
expect_rtp (World *world, guint sequence, const char *payload)
{
  g_autoptr(GBytes) heard = peal_ear_datagram (&world->ear);
  gsize length;
  const guint8 *data = g_bytes_get_data (heard, &length);

  g_assert_cmpuint (data[2] << 8 | data[3], ==, sequence);
  g_assert_cmpmem (data + RTP_HEADER, length - RTP_HEADER, payload, strlen (payload));
}

typedef struct {
  World *world;
  const guint8 *data;
  gsize length;
} Injection;

static void
inject_now (gpointer user)
{
  Injection *injection = user;

  peal_pair_inject (injection->world->bottoms[1], injection->data, injection->length);
}

static void
inject (World *world, const guint8 *data, gsize length)
{
  peal_loop_call (world->loop, inject_now, &(Injection) { world, data, length });
}

/* --- stories --- */

static const PealSrtpProfile profiles[] = { PEAL_SRTP_AEAD_AES_128_GCM, PEAL_SRTP_AEAD_AES_256_GCM,
                                            PEAL_SRTP_AES128_CM_SHA1_80 };

static void
every_profile_carries_rtp_and_rtcp (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    World *world = world_keyed (profiles[i]);
    guint8 report[100];

    for (guint sequence = 65530; sequence < 65546; sequence++) { /* across the roll-over */
      send_rtp (world, 0x1234, sequence & 0xffff, "secret words");
      expect_rtp (world, sequence & 0xffff, "secret words");
    }
    gsize length = write_rtcp (report, 0x1234);
    peal_ear_say (world->ends[0], report, length);
    g_autoptr(GBytes) heard = peal_ear_datagram (&world->ear);
    g_assert_cmpmem (g_bytes_get_data (heard, NULL), g_bytes_get_size (heard), report, length);

    g_autoptr(GBytes) rtp = on_the_wire (world, 0);
    g_autoptr(GBytes) rtcp = on_the_wire (world, 16);
    g_assert_null (memmem (g_bytes_get_data (rtp, NULL), g_bytes_get_size (rtp), "secret", 6));
    g_test_message ("profile %d: RTP +%zu bytes, RTCP +%zu", profiles[i],
                    g_bytes_get_size (rtp) - RTP_HEADER - 12, g_bytes_get_size (rtcp) - length);
    g_assert_cmpuint (g_bytes_get_size (rtcp) - length, <=,
                      world->bottoms[0]->mtu - world->ends[0]->mtu);
    world_end (world);
  }
}

static void
what_comes_before_the_keys_is_heard_after (void)
{
  World *world = world_new (PEAL_SRTP_AEAD_AES_128_GCM);
  guint8 packet[100];

  g_assert_cmpuint (peal_ear_say (world->ends[0], packet, write_rtp (packet, 1, 0, "lost")), ==, 0);
  peal_loop_call (world->loop, key_left, world);
  for (guint sequence = 1; sequence <= 3; sequence++)
    send_rtp (world, 1, sequence, "early");
  g_assert_null (g_async_queue_timeout_pop (world->ear.datagrams, 50000));
  g_assert_cmpint (g_async_queue_length (world->ear.states), ==, 0);

  peal_loop_call (world->loop, key_right, world);
  g_assert_cmpint (peal_ear_state (&world->ear), ==, PEAL_CHANNEL_OPEN);
  for (guint sequence = 1; sequence <= 3; sequence++)
    expect_rtp (world, sequence, "early");
  world_end (world);
}

static void
a_packet_is_heard_once (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    World *world = world_keyed (profiles[i]);

    for (guint sequence = 1; sequence <= 1200; sequence++) {
      send_rtp (world, 7, sequence, "once");
      expect_rtp (world, sequence, "once");
    }
    guint64 dropped = world->ends[1]->dropped;
    for (guint n = 0; n < 1200; n += 50) { /* in the replay window, and older than it */
      g_autoptr(GBytes) again = on_the_wire (world, n);
      inject (world, g_bytes_get_data (again, NULL), g_bytes_get_size (again));
    }
    g_assert_cmpuint (world->ends[1]->dropped - dropped, ==, 24);
    g_assert_cmpint (g_async_queue_length (world->ear.datagrams), ==, 0);
    world_end (world);
  }
}

/* For who missed it the first time: the same to the last bit on the path, and heard once. */
static void
a_packet_may_leave_again (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    World *world = world_keyed (profiles[i]);

    send_rtp (world, 7, 1, "again");
    send_rtp (world, 7, 2, "next");
    send_rtp (world, 7, 1, "again");
    send_rtp (world, 7, 3, "last");
    expect_rtp (world, 1, "again");
    expect_rtp (world, 2, "next");
    expect_rtp (world, 3, "last");
    g_autoptr(GBytes) once = on_the_wire (world, 0), again = on_the_wire (world, 2);
    g_assert_true (g_bytes_equal (once, again));
    world_end (world);
  }
}

static void
a_spoilt_packet_is_not_heard (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    World *world = world_keyed (profiles[i]);

    send_rtp (world, 7, 1, "genuine");
    expect_rtp (world, 1, "genuine");
    g_autoptr(GBytes) genuine = on_the_wire (world, 0);
    gsize length = g_bytes_get_size (genuine);
    for (gsize at = 0; at < length; at++) {
      g_autofree guint8 *spoilt = g_memdup2 (g_bytes_get_data (genuine, NULL), length);
      spoilt[at] ^= 0x10;
      spoilt[3] ^= 0x02; /* another sequence number: not stopped as a replay before it is checked */
      inject (world, spoilt, length);
    }
    for (gsize shorter = 0; shorter < length; shorter++)
      inject (world, g_bytes_get_data (genuine, NULL), shorter);
    g_assert_cmpint (g_async_queue_length (world->ear.datagrams), ==, 0);
    world_end (world);
  }
}

static void
clear_packets_are_not_heard (void)
{
  World *world = world_keyed (PEAL_SRTP_AEAD_AES_128_GCM);
  guint8 packet[100], report[100];

  inject (world, packet, write_rtp (packet, 9, 1, "I am not encrypted at all, but quite long"));
  inject (world, report, write_rtcp (report, 9));
  g_assert_cmpint (g_async_queue_length (world->ear.datagrams), ==, 0);
  g_assert_cmpuint (world->ends[1]->dropped, ==, 2);
  world_end (world);
}

static void
flood (gpointer user)
{
  World *world = user;
  guint8 packet[100];

  for (guint32 ssrc = 1; ssrc <= 200000; ssrc++) {
    gsize length = ssrc & 1 ? write_rtp (packet, ssrc, ssrc, "forged, no key, but long enough")
                            : write_rtcp (packet, ssrc);
    if (!(ssrc & 1))
      length += 14; /* room for what could be index and tag */
    peal_pair_inject (world->bottoms[1], packet, length);
  }
}

static void
forged_senders_cost_no_memory (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    World *world = world_keyed (profiles[i]);

    send_rtp (world, 7, 1, "before");
    expect_rtp (world, 1, "before");
    gsize before = mallinfo2 ().uordblks;
    peal_loop_call (world->loop, flood, world);
    gsize after = mallinfo2 ().uordblks;
    g_test_message ("profile %d: 200000 forged SSRCs, %zd bytes", profiles[i],
                    (gssize) (after - before));
    g_assert_cmpint ((gssize) (after - before), <, 20000);
    g_assert_cmpuint (world->ends[1]->dropped, ==, 200000);
    send_rtp (world, 7, 2, "after");
    expect_rtp (world, 2, "after");
    world_end (world);
  }
}

static void
a_peer_that_invents_senders_is_heard_of_some (void)
{
  World *world = world_keyed (PEAL_SRTP_AEAD_AES_128_GCM);

  for (guint32 ssrc = 1; ssrc <= 500; ssrc++)
    send_rtp (world, ssrc, 1, "one of many");
  send_rtp (world, 1, 2, "the first goes on"); /* the last of all to arrive */
  for (guint32 ssrc = 1; ssrc <= PEAL_SRTP_SENDERS; ssrc++)
    expect_rtp (world, 1, "one of many");
  expect_rtp (world, 2, "the first goes on");
  g_assert_cmpuint (world->ends[1]->dropped, ==, 500 - PEAL_SRTP_SENDERS);
  world_end (world);
}

static void
send_batch (gpointer user)
{
  World *world = user;
  guint8 packets[42][100];
  PealDatagram batch[42];

  for (guint i = 0; i < 42; i++)
    batch[i] = (PealDatagram) { packets[i], write_rtp (packets[i], 5, i + 1, "batch") };
  batch[20].length = 3; /* no packet at all: only that one is lost */
  g_assert_cmpuint (peal_channel_send (world->ends[0], batch, 42), ==, 42);
}

static void
a_batch_goes_in_order (void)
{
  World *world = world_keyed (PEAL_SRTP_AEAD_AES_128_GCM);

  peal_loop_call (world->loop, send_batch, world);
  for (guint i = 0; i < 42; i++)
    if (i != 20)
      expect_rtp (world, i + 1, "batch");
  g_assert_cmpuint (world->ends[0]->dropped, ==, 1);
  world_end (world);
}

static void
sizes_have_limits (void)
{
  World *world = world_keyed (PEAL_SRTP_AEAD_AES_128_GCM);
  g_autofree guint8 *big = g_malloc0 (70000);

  write_rtp (big, 5, 1, "");
  peal_ear_say (world->ends[0], big, 65000);
  g_assert_cmpuint (world->ends[0]->dropped, ==, 1);
  inject (world, big, 65000);
  inject (world, big, 0);
  g_assert_cmpuint (world->ends[1]->dropped, ==, 2);
  peal_ear_say (world->ends[0], big, world->ends[0]->mtu);
  g_autoptr(GBytes) heard = peal_ear_datagram (&world->ear);
  g_autoptr(GBytes) wire = on_the_wire (world, 0);
  g_assert_cmpuint (g_bytes_get_size (heard), ==, world->ends[0]->mtu);
  g_assert_cmpuint (g_bytes_get_size (wire), <=, world->bottoms[0]->mtu);
  world_end (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srtp/every-profile-carries-rtp-and-rtcp", every_profile_carries_rtp_and_rtcp);
  g_test_add_func ("/srtp/what-comes-before-the-keys-is-heard-after",
                   what_comes_before_the_keys_is_heard_after);
  g_test_add_func ("/srtp/a-packet-is-heard-once", a_packet_is_heard_once);
  g_test_add_func ("/srtp/a-packet-may-leave-again", a_packet_may_leave_again);
  g_test_add_func ("/srtp/a-spoilt-packet-is-not-heard", a_spoilt_packet_is_not_heard);
  g_test_add_func ("/srtp/clear-packets-are-not-heard", clear_packets_are_not_heard);
  g_test_add_func ("/srtp/forged-senders-cost-no-memory", forged_senders_cost_no_memory);
  g_test_add_func ("/srtp/a-peer-that-invents-senders-is-heard-of-some",
                   a_peer_that_invents_senders_is_heard_of_some);
  g_test_add_func ("/srtp/a-batch-goes-in-order", a_batch_goes_in_order);
  g_test_add_func ("/srtp/sizes-have-limits", sizes_have_limits);
  return g_test_run ();
}
