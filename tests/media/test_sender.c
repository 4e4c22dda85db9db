/* One outgoing stream and what is told about it: numbers, times, engines, reports; and what is
 * heard. */
// SPDX-License-Identifier: MIT
#include "media/receiver.h"
#include "media/sender.h"

enum { RATE = 48000, FRAME = 960, MS = 1000 };
enum { PIPELINE = 1, CLIP = 2 };

static const guint8 sound[60] = "twenty milliseconds of it";

/* Sends one frame and reads what would leave. */
static PealPacket
send_frame (PealSender *sender, guint engine, guint32 timestamp, gint64 now)
{
  static guint8 bytes[PEAL_PACKET_MAX];
  PealPacket packet;
  PealFrame frame = {
    .engine = engine, .timestamp = timestamp, .payload = sound, .length = sizeof sound
  };
  gsize length = peal_sender_write (sender, &frame, now, bytes);

  g_assert_true (peal_packet_read (&packet, bytes, length));
  g_assert_cmpmem (packet.payload, packet.length, sound, sizeof sound);
  return packet;
}

static void
sequence_wraps (void)
{
  PealSender sender;
  peal_sender_init (&sender, RATE, FRAME, 111);
  sender.sequence = 65534;
  sender.timestamp = G_MAXUINT32 - FRAME;
  guint16 expected[] = { 65534, 65535, 0, 1 };
  guint32 last = sender.timestamp;

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    PealPacket packet = send_frame (&sender, PIPELINE, i * FRAME, 1 + i * 20 * MS);
    g_assert_cmpuint (packet.sequence, ==, expected[i]);
    g_assert_cmpuint (packet.timestamp - last, ==, FRAME);
    g_assert_cmpuint (packet.ssrc, ==, sender.ssrc);
    g_assert_cmpuint (packet.payload_type, ==, 111);
    g_assert_cmpint (packet.marker, ==, i == 0);
    last = packet.timestamp;
  }
  g_assert_cmpuint (sender.packets, ==, 4);
  g_assert_cmpuint (sender.octets, ==, 4 * sizeof sound);
}

/* A pipeline, then clips, then the pipeline whose own clock went on somewhere else: one stream to
 * the peer. */
static void
engines_change (void)
{
  PealSender sender;
  peal_sender_init (&sender, RATE, FRAME, 111);
  PealPacket first = send_frame (&sender, PIPELINE, 5000, 1000 * MS);
  PealPacket second = send_frame (&sender, PIPELINE, 5000 + FRAME, 1020 * MS);
  PealPacket clip = send_frame (&sender, CLIP, 0, 1100 * MS); /* 80 ms later: four frames */
  PealPacket more = send_frame (&sender, CLIP, FRAME, 1120 * MS);
  PealPacket back =
      send_frame (&sender, PIPELINE, 777777, 1121 * MS); /* 1 ms later: still one frame */

  g_assert_cmpuint (second.timestamp - first.timestamp, ==, FRAME);
  g_assert_cmpuint (clip.timestamp - second.timestamp, ==, 4 * FRAME);
  g_assert_cmpuint (more.timestamp - clip.timestamp, ==, FRAME);
  g_assert_cmpuint (back.timestamp - more.timestamp, ==, FRAME);
  g_assert_cmpuint ((guint16) (back.sequence - first.sequence), ==, 4);
  g_assert_cmpuint (back.ssrc, ==, first.ssrc);
  g_assert_false (clip.marker || back.marker);
}

static void
hold_keeps_the_clock (void)
{
  PealSender sender;
  peal_sender_init (&sender, RATE, FRAME, 111);
  PealPacket before = send_frame (&sender, PIPELINE, 0, 1000 * MS);
  peal_sender_pause (&sender);
  PealPacket after = send_frame (&sender, PIPELINE, FRAME, 11000 * MS);

  g_assert_cmpuint (after.timestamp - before.timestamp, ==, 10 * RATE);
  g_assert_cmpuint ((guint16) (after.sequence - before.sequence), ==, 1);
  g_assert_true (after.marker);
}

static void
too_long_is_not_sent (void)
{
  static guint8 out[PEAL_PACKET_MAX], big[PEAL_PACKET_MAX];
  PealSender sender;
  peal_sender_init (&sender, RATE, FRAME, 111);
  PealFrame frame = { .engine = PIPELINE, .payload = big, .length = sizeof big };

  g_assert_cmpuint (peal_sender_write (&sender, &frame, 1, out), ==, 0);
  g_assert_cmpuint (sender.packets, ==, 0);
}

static void
reports_cross (void)
{
  PealSender alice, bob;
  peal_sender_init (&alice, RATE, FRAME, 111);
  peal_sender_init (&bob, RATE, FRAME, 111);
  PealReceiver at_bob;
  peal_receiver_init (&at_bob, RATE);
  gint64 real = G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC;
  gint64 now = 1000 * MS;

  for (guint i = 0; i < 100; i++, now += 20 * MS) {
    PealPacket packet = send_frame (&alice, PIPELINE, i * FRAME, now);
    if (i % 10 != 5) /* every tenth is lost */
      g_assert_true (peal_receiver_hear (&at_bob, &packet, now));
  }
  g_assert_cmpint (peal_receiver_lost (&at_bob), ==, 10);
  g_assert_cmpuint (at_bob.jitter, ==, 0);

  /* Alice reports; 30 ms later Bob hears it; 50 ms later he reports; 30 ms later she hears that. */
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpReport report = { .cname = "abcdefgh" };
  PealRtcpHeard heard;
  peal_sender_report (&alice, now, real, &report);
  g_assert_true (report.sending);
  gsize length = peal_rtcp_write (&report, bytes);
  g_assert_true (peal_rtcp_read (bytes, length, bob.ssrc, &heard));
  g_assert_true (heard.has_sender && !heard.has_block && !heard.bye);
  peal_receiver_heard_report (&at_bob, &heard, now + 30 * MS);

  PealRtcpReport answer = { .cname = "x", .bye = TRUE };
  peal_sender_report (&bob, now + 80 * MS, real + 80 * MS, &answer);
  g_assert_false (answer.sending);
  answer.has_block = peal_receiver_block (&at_bob, now + 80 * MS, &answer.block);
  g_assert_true (answer.has_block);
  length = peal_rtcp_write (&answer, bytes);
  g_assert_true (peal_rtcp_read (bytes, length, alice.ssrc, &heard));
  g_assert_true (heard.has_block && heard.bye && !heard.has_sender);
  g_assert_cmpuint (heard.bye_ssrc, ==, bob.ssrc);
  g_assert_cmpint (heard.block.lost, ==, 10);
  g_assert_cmpuint (heard.block.fraction, ==, 10 * 256 / 100);
  g_assert_cmpfloat_with_epsilon (peal_receiver_round_trip (&heard.block, real + 110 * MS), 60,
                                  0.1);
}

/* Sixteen alternations of 10 ms: the estimate of A.8 nears the mean deviation from below. */
static void
jitter_is_measured (void)
{
  PealReceiver receiver;
  peal_receiver_init (&receiver, RATE);
  for (guint i = 0; i < 200; i++) {
    PealPacket packet = { .sequence = (guint16) i, .timestamp = i * FRAME, .ssrc = 1 };
    peal_receiver_hear (&receiver, &packet, 5000 * MS + i * 20 * MS + (i % 2) * 10 * MS);
  }
  g_assert_cmpfloat_with_epsilon (receiver.jitter * 1000 / RATE, 10, 0.1);
}

/* A.1: one number out of all order is somebody's mistake or lie, two are a new beginning. */
static void
a_leap_counts_once_it_goes_on (void)
{
  static const guint16 leaps[] = { 3102, 20000, 40000, 60000 };

  for (guint i = 0; i < G_N_ELEMENTS (leaps); i++) {
    PealReceiver receiver;
    PealPacket packet = { .ssrc = 1, .sequence = 100 };

    peal_receiver_init (&receiver, RATE);
    g_assert_true (peal_receiver_hear (&receiver, &packet, 1000 * MS));
    packet.sequence = (guint16) (100 + leaps[i]);
    g_assert_false (peal_receiver_hear (&receiver, &packet, 1020 * MS));
    packet.sequence = 101;
    g_assert_true (peal_receiver_hear (&receiver, &packet, 1020 * MS));
    g_assert_cmpint (peal_receiver_lost (&receiver), ==, 0);
    packet.sequence = (guint16) (100 + leaps[i]);
    g_assert_false (peal_receiver_hear (&receiver, &packet, 1040 * MS));
    packet.sequence++;
    g_assert_true (peal_receiver_hear (&receiver, &packet, 1060 * MS));
    packet.sequence++;
    g_assert_true (peal_receiver_hear (&receiver, &packet, 1080 * MS));
    g_assert_cmpint (peal_receiver_lost (&receiver), ==, 0);
  }
}

/* Timestamps from anywhere are other clocks, and no measure of the net. */
static void
leaps_in_time_are_no_jitter (void)
{
  PealReceiver receiver;
  g_autoptr(GRand) random = g_rand_new_with_seed (7);

  peal_receiver_init (&receiver, RATE);
  for (guint i = 0; i < 1000; i++) {
    PealPacket packet = { .ssrc = 1, .sequence = (guint16) i, .timestamp = g_rand_int (random) };
    peal_receiver_hear (&receiver, &packet, 5000 * MS + i * 20 * MS);
    g_assert_cmpfloat (receiver.jitter / RATE, <, 5);
  }
}

static void
lies_about_time_are_no_round_trip (void)
{
  gint64 real = 1700000000 * (gint64) G_USEC_PER_SEC;
  guint32 now = (guint32) (peal_rtcp_ntp (real) >> 16), second = 65536;
  const struct {
    guint32 last_sr, since_sr;
    double ms; /* -1: not believed */
  } rows[] = {
    { now - second, second / 2, 500 },
    { now - second, second, 0 },
    { now - second, second + 100, 0 }, /* two clocks */
    { now - second, 2 * second, -1 },
    { now - second, G_MAXUINT32, -1 },
    { now + 10 * second, 0, -1 },
    { now - 3600 * second, 0, -1 },
    { now - 20000 * second, 0, -1 },
    { now + 0x80000000u, 0, -1 },
    { 0, second, -1 }, /* it heard no report yet */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    PealRtcpBlock block = { .last_sr = rows[i].last_sr, .since_sr = rows[i].since_sr };
    g_assert_cmpfloat_with_epsilon (peal_receiver_round_trip (&block, real), rows[i].ms, 0.1);
  }
}

static void
a_stray_stream_does_not_take_over (void)
{
  PealReceiver receiver;
  peal_receiver_init (&receiver, RATE);
  PealPacket ours = { .sequence = 10, .ssrc = 1 }, stray = { .sequence = 500, .ssrc = 2 };

  g_assert_true (peal_receiver_hear (&receiver, &ours, 1000 * MS));
  g_assert_false (peal_receiver_hear (&receiver, &stray, 1010 * MS));
  stray.sequence++;
  g_assert_false (peal_receiver_hear (&receiver, &stray, 1020 * MS));
  ours.sequence += 2; /* one was lost */
  g_assert_true (peal_receiver_hear (&receiver, &ours, 1020 * MS));

  stray.sequence++;
  g_assert_true (peal_receiver_hear (&receiver, &stray, 3000 * MS)); /* ours has been silent */
  g_assert_cmpuint (receiver.ssrc, ==, 2);
  g_assert_cmpint (peal_receiver_lost (&receiver), ==, 1);
}

/* Every cut of a good report, and noise: refused or read, never past the end (the sanitizer looks).
 */
static void
malformed_reports (void)
{
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpHeard heard;
  PealRtcpReport report = {
    .ssrc = 7, .sending = TRUE, .has_block = TRUE, .bye = TRUE, .cname = "cname"
  };
  gsize length = peal_rtcp_write (&report, bytes);

  g_assert_true (peal_rtcp_read (bytes, length, 0, &heard));
  for (gsize cut = 1; cut < length; cut++) {
    g_autofree guint8 *part = g_memdup2 (bytes, cut);
    peal_rtcp_read (part, cut, 0, &heard);
  }
  guint32 seed = 20240611;
  g_test_message ("seed %u", seed);
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  for (guint round = 0; round < 20000; round++) {
    gsize n = (gsize) g_rand_int_range (random, 1, 80);
    g_autofree guint8 *noise = g_malloc (n);
    for (gsize i = 0; i < n; i++)
      noise[i] = (guint8) g_rand_int (random);
    noise[0] = (guint8) (0x80 | noise[0] % 32);
    PealPacket packet;
    peal_packet_read (&packet, noise, n);
    peal_rtcp_read (noise, n, 0, &heard);
  }
}

static void
packets_say_their_length (void)
{
  guint8 bytes[] = {
    0xb1, 0x80, 0, 1, 0,    0,    0, 2, 0, 0, 0, 3, /* padding, extension, one contributor */
    9,    9,    9, 9, 0xbe, 0xde, 0, 1, 1, 1, 1, 1, 'h', 'i', 0, 0, 3
  };
  PealPacket packet;

  g_assert_true (peal_packet_read (&packet, bytes, sizeof bytes));
  g_assert_cmpmem (packet.payload, packet.length, "hi", 2);
  g_assert_true (packet.marker);
  bytes[sizeof bytes - 1] = 6; /* padding into the header */
  g_assert_false (peal_packet_read (&packet, bytes, sizeof bytes));
  bytes[sizeof bytes - 1] = 0;
  g_assert_false (peal_packet_read (&packet, bytes, sizeof bytes));
  g_assert_false (peal_packet_read (&packet, bytes, 11));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sender/sequence_wraps", sequence_wraps);
  g_test_add_func ("/sender/engines_change", engines_change);
  g_test_add_func ("/sender/hold_keeps_the_clock", hold_keeps_the_clock);
  g_test_add_func ("/sender/too_long_is_not_sent", too_long_is_not_sent);
  g_test_add_func ("/sender/reports_cross", reports_cross);
  g_test_add_func ("/receiver/jitter_is_measured", jitter_is_measured);
  g_test_add_func ("/receiver/a_leap_counts_once_it_goes_on", a_leap_counts_once_it_goes_on);
  g_test_add_func ("/receiver/leaps_in_time_are_no_jitter", leaps_in_time_are_no_jitter);
  g_test_add_func ("/receiver/lies_about_time_are_no_round_trip",
                   lies_about_time_are_no_round_trip);
  g_test_add_func ("/receiver/a_stray_stream_does_not_take_over",
                   a_stray_stream_does_not_take_over);
  g_test_add_func ("/rtcp/malformed_reports", malformed_reports);
  g_test_add_func ("/packet/packets_say_their_length", packets_say_their_length);
  return g_test_run ();
}
