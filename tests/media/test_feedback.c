/* What feedback and header extensions look like, byte for byte as their specifications draw them,
 * and what becomes of what no honest peer would send. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/arrival.h"
#include "media/extensions.h"
#include "media/rtcp_feedback.h"

enum { US = 0x01020304, THEM = 0x0a0b0c0d };

static const PealFeedbackSources sources = { .from = US, .about = THEM };

/* Reads the only packet of @bytes as who @ssrc is. */
static PealFeedbackKind
read_as (const guint8 *bytes, gsize length, guint32 ssrc, PealFeedback *feedback)
{
  PealRtcpPart part;

  if (!peal_rtcp_next (&bytes, &length, &part))
    return PEAL_FEEDBACK_NONE;
  return peal_feedback_read (&part, ssrc, feedback);
}

/* --- feedback --- */

/* RFC 4585 §6.2.1: the first missing packet, and a bit for each of the 16 after it. */
static void
a_nack_names_packets (void)
{
  const guint16 missing[] = { 65534, 65535, 3, 14, 15, 900 };
  const guint8 expected[] = {
    0x81, 205,  0,    4,    1, 2, 3, 4, 10, 11, 12, 13, /* header, both sources */
    0xff, 0xfe, 0x80, 0x11,                             /* 65534; 65535, 3, 14: bits 0, 4, 15 */
    0,    15,   0,    0,                                /* 15 is the 17th after it */
  };
  guint8 bytes[64];
  PealFeedback feedback;
  guint n = 5;

  gsize length = peal_feedback_put_nack (bytes, sizeof bytes, &sources, missing, &n);
  g_assert_cmpmem (bytes, length, expected, sizeof expected);
  g_assert_cmpuint (n, ==, 5);
  g_assert_cmpint (read_as (bytes, length, THEM, &feedback), ==, PEAL_FEEDBACK_NACK);
  g_assert_cmpmem (feedback.missing, feedback.n_missing * 2, missing, 5 * 2);
  g_assert_cmpint (read_as (bytes, length, US, &feedback), ==, PEAL_FEEDBACK_NONE);

  n = 6; /* there is room for two items of three */
  g_assert_cmpuint (peal_feedback_put_nack (bytes, 20, &sources, missing, &n), ==, 20);
  g_assert_cmpuint (n, ==, 5);
  n = 6;
  g_assert_cmpuint (peal_feedback_put_nack (bytes, 12, &sources, missing, &n), ==, 0);
}

static void
a_nack_that_names_everything_is_bounded (void)
{
  guint8 bytes[1400];
  PealFeedback feedback;

  memset (bytes, 0xff, sizeof bytes);
  peal_rtcp_put_header (bytes, 1, 205, sizeof bytes);
  memcpy (bytes + 8, (guint8[]) { 10, 11, 12, 13 }, 4);
  g_assert_cmpint (read_as (bytes, sizeof bytes, THEM, &feedback), ==, PEAL_FEEDBACK_NACK);
  g_assert_cmpuint (feedback.n_missing, ==, PEAL_FEEDBACK_MISSING);
}

/* RFC 4585 §6.3.1; RFC 5104 §4.3.1.1. */
static void
key_frames_are_wanted (void)
{
  const guint8 pli[] = { 0x81, 206, 0, 2, 1, 2, 3, 4, 10, 11, 12, 13 };
  const guint8 fir[] = { 0x84, 206, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0, 10, 11, 12, 13, 7, 0, 0, 0 };
  guint8 bytes[64];
  PealFeedback feedback;

  gsize length = peal_feedback_put_pli (bytes, sizeof bytes, &sources);
  g_assert_cmpmem (bytes, length, pli, sizeof pli);
  g_assert_cmpint (read_as (bytes, length, THEM, &feedback), ==, PEAL_FEEDBACK_PLI);
  g_assert_cmpint (read_as (bytes, length, 5, &feedback), ==, PEAL_FEEDBACK_NONE);

  length = peal_feedback_put_fir (bytes, sizeof bytes, &sources, 7);
  g_assert_cmpmem (bytes, length, fir, sizeof fir);
  g_assert_cmpint (read_as (bytes, length, THEM, &feedback), ==, PEAL_FEEDBACK_FIR);
  g_assert_cmpuint (feedback.number, ==, 7);
  g_assert_cmpint (read_as (bytes, length, 5, &feedback), ==, PEAL_FEEDBACK_NONE);
  g_assert_cmpuint (peal_feedback_put_pli (bytes, 11, &sources), ==, 0);
  g_assert_cmpuint (peal_feedback_put_fir (bytes, 19, &sources, 7), ==, 0);
}

/* draft-alvestrand-rmcat-remb-03 §2.2: 18 bits, and how often they are doubled. */
static void
a_remb_tells_a_bitrate (void)
{
  const guint8 expected[] = { 0x8f, 206, 0,   5,   1, 2,    3,    4,    0,  0,  0,  0,
                              'R',  'E', 'M', 'B', 1, 0x0b, 0xd0, 0x90, 10, 11, 12, 13 };
  const guint64 exact[] = { 0, 1, 262143, 262144, 1000000, 5000000, G_GUINT64_CONSTANT (3) << 40 };
  guint8 bytes[64];
  PealFeedback feedback;

  gsize length = peal_feedback_put_remb (bytes, sizeof bytes, &sources, 1000000);
  g_assert_cmpmem (bytes, length, expected, sizeof expected); /* 250000 << 2 */
  for (guint i = 0; i < G_N_ELEMENTS (exact); i++) {
    length = peal_feedback_put_remb (bytes, sizeof bytes, &sources, exact[i]);
    g_assert_cmpint (read_as (bytes, length, THEM, &feedback), ==, PEAL_FEEDBACK_REMB);
    g_assert_cmpuint (feedback.bitrate, ==, exact[i]);
  }
  g_assert_cmpint (read_as (bytes, length, 5, &feedback), ==, PEAL_FEEDBACK_NONE);
  bytes[17] = 0xff; /* more than 64 bits have */
  g_assert_cmpint (read_as (bytes, length, THEM, &feedback), ==, PEAL_FEEDBACK_REMB);
  g_assert_cmpuint (feedback.bitrate, ==, G_MAXUINT64);
  bytes[16] = 200; /* sources that are not there */
  g_assert_cmpint (read_as (bytes, length, 5, &feedback), ==, PEAL_FEEDBACK_NONE);
}

/* draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1, written by hand: a run of three, a
 * vector of one bit and one of two. */
static void
arrivals_are_read (void)
{
  const guint8 bytes[] = {
    0x8f, 205,  0, 9,  1, 2, 3, 4, 10, 11, 12, 13, /* header, sources */
    0xff, 0xff, 0, 24,                             /* from 65535 on, 24 packets */
    0,    0,    2, 9,                              /* at 2 * 64 ms; the ninth */
    0x20, 3,                                       /* three came soon after one another */
    0xa0, 0x01,                                    /* of 14 the first and the last */
    0xd8, 0x02,                                    /* 1 2 0 0 0 0 2 */
    4,    0,    8, 1,  2, 3,                       /* 1 ms, 0, 2 ms; 0.25, 0.5; 0.75 */
    0xff, 0xfc,                                    /* 1 ms before */
    0x01, 0x00,                                    /* 64 ms */
    0,    0,    0, 0,                              /* padding that nobody tells of */
  };
  const struct {
    guint packet;
    gint64 at;
  } came[] = { { 0, 129000 },  { 1, 129000 },  { 2, 131000 },  { 3, 131250 },
               { 16, 131750 }, { 17, 132500 }, { 18, 131500 }, { 23, 195500 } };
  PealFeedback feedback;
  guint next = 0;

  g_assert_cmpint (read_as (bytes, sizeof bytes, 5, &feedback), ==, PEAL_FEEDBACK_ARRIVED);
  g_assert_cmpuint (feedback.arrived.base, ==, 65535);
  g_assert_cmpuint (feedback.arrived.count, ==, 9);
  g_assert_cmpuint (feedback.arrived.n, ==, 24);
  for (guint i = 0; i < feedback.arrived.n; i++)
    if (next < G_N_ELEMENTS (came) && came[next].packet == i)
      g_assert_cmpint (feedback.arrived.at[i], ==, came[next++].at);
    else
      g_assert_cmpint (feedback.arrived.at[i], ==, PEAL_FEEDBACK_NEVER);
  g_assert_cmpuint (next, ==, G_N_ELEMENTS (came));
}

/* Any arrivals at all are told so that they are read alike, to the quarter of a millisecond. */
static void
arrivals_are_written_as_they_are_read (void)
{
  guint32 seed = 20240617;
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint round = 0; round < 2000; round++) {
    PealArrivalReport report = { .base = (guint16) g_rand_int (random), .count = (guint8) round };
    double loss = g_rand_double (random), jumps = round % 3 * 0.1;
    gint64 at = 1000000 + g_rand_int_range (random, 0, 1 << 30);
    guint8 bytes[4096];
    PealFeedback feedback;
    report.n = (guint) g_rand_int_range (random, 1, PEAL_FEEDBACK_ARRIVALS + 1);
    for (guint i = 0; i < report.n; i++) {
      at += g_rand_double (random) < jumps ? g_rand_int_range (random, -300000, 300000)
                                           : g_rand_int_range (random, 0, 5000);
      report.at[i] = g_rand_double (random) < loss ? PEAL_FEEDBACK_NEVER : at;
    }
    PealArrivalReport before = report;
    gsize length = peal_feedback_put_arrivals (bytes, sizeof bytes, &sources, &report);
    g_assert_cmpuint (length, >, 0);
    g_assert_cmpuint (report.n, ==, before.n);
    g_assert_cmpint (read_as (bytes, length, 5, &feedback), ==, PEAL_FEEDBACK_ARRIVED);
    g_assert_cmpuint (feedback.arrived.n, ==, before.n);
    g_assert_cmpuint (feedback.arrived.base, ==, before.base);
    gint64 wrap = ((gint64) 1 << 24) * 64000; /* of the reference time */
    for (guint i = 0; i < before.n; i++)
      if (before.at[i] == PEAL_FEEDBACK_NEVER)
        g_assert_cmpint (feedback.arrived.at[i], ==, PEAL_FEEDBACK_NEVER);
      else
        g_assert_cmpint ((feedback.arrived.at[i] - before.at[i] / 250 * 250) % wrap, ==, 0);
  }
}

/* What does not fit, or lies too far apart, is left to the next telling. */
static void
arrivals_that_do_not_fit_wait (void)
{
  guint8 bytes[600];
  PealArrivalReport report = { .n = 1000 };

  for (guint i = 0; i < report.n; i++)
    report.at[i] = 1000000 + i * 100000; /* two bytes each */
  gsize length = peal_feedback_put_arrivals (bytes, sizeof bytes, &sources, &report);
  g_assert_cmpuint (length, <=, sizeof bytes);
  g_assert_cmpuint (report.n, >, 200);
  g_assert_cmpuint (report.n, <, 1000);

  report = (PealArrivalReport) { .n = 3, .at = { 1000000, 1000250, 12000000 } };
  g_assert_cmpuint (peal_feedback_put_arrivals (bytes, sizeof bytes, &sources, &report), >, 0);
  g_assert_cmpuint (report.n, ==, 2);
  g_assert_cmpuint (peal_feedback_put_arrivals (bytes, 20, &sources, &report), ==, 0);
}

/* Of a long hole more is lost than one message tells: its time is one that the sender knows, not
 * whatever lies in memory. */
static void
a_hole_has_a_time_too (void)
{
  g_autofree PealArrivals *arrivals = g_new0 (PealArrivals, 1);
  PealArrivalReport report;
  guint8 bytes[600];

  peal_arrivals_hear (arrivals, 10, 64000 * 5);
  peal_arrivals_hear (arrivals, 910, 64000 * 7);
  for (guint told = 0; told < 3; told++) {
    g_assert_true (peal_arrivals_tell (arrivals, &report));
    g_assert_cmpuint (peal_feedback_put_arrivals (bytes, sizeof bytes, &sources, &report), >, 0);
    g_assert_cmpuint (peal_packet_u32 (bytes + 16) >> 8, ==, told == 0 ? 5 : 7);
    peal_arrivals_told (arrivals, report.n);
  }
}

/* A few bytes that claim 65,535 packets, cuts, and symbols that mean nothing. */
static void
arrivals_that_lie_are_refused (void)
{
  guint8 bytes[] = { 0x8f, 205, 0,    5,    1, 2, 3, 4, 10,   11,   12,   13,
                     0,    1,   0xff, 0xff, 0, 0, 0, 0, 0x1f, 0xff, 0x1f, 0xff };
  guint8 reserved[] = { 0x8f, 205, 0, 5, 1, 2, 3, 4, 10,   11, 12, 13,
                        0,    1,   0, 1, 0, 0, 0, 0, 0x60, 1,  0,  0 };
  PealFeedback feedback;

  g_assert_cmpint (read_as (bytes, sizeof bytes, 5, &feedback), ==, PEAL_FEEDBACK_NONE);
  g_assert_cmpint (read_as (reserved, sizeof reserved, 5, &feedback), ==, PEAL_FEEDBACK_NONE);
  reserved[20] = 0x20; /* it came, but not when */
  reserved[3] = 4;
  g_assert_cmpint (read_as (reserved, 20, 5, &feedback), ==, PEAL_FEEDBACK_NONE);
  reserved[3] = 5;
  g_assert_cmpint (read_as (reserved, sizeof reserved, 5, &feedback), ==, PEAL_FEEDBACK_ARRIVED);
}

static void
parts_of_a_compound_are_found (void)
{
  guint8 bytes[PEAL_RTCP_MAX + 64];
  PealRtcpReport report = { .ssrc = US, .cname = "story" };
  PealFeedback feedback;
  PealRtcpPart part;
  gsize length = peal_rtcp_write (&report, bytes);
  guint found = 0;

  length += peal_feedback_put_pli (bytes + length, 64, &sources);
  const guint8 *at = bytes;
  for (gsize left = length; peal_rtcp_next (&at, &left, &part);)
    found += peal_feedback_read (&part, THEM, &feedback) == PEAL_FEEDBACK_PLI;
  g_assert_cmpuint (found, ==, 1);
  g_assert_true (at == bytes + length);

  bytes[length - 12] |= 0x20; /* padding (RFC 3550 §6.4.1): more than the packet has */
  bytes[length - 1] = 200;
  at = bytes + length - 12;
  length = 12;
  g_assert_false (peal_rtcp_next (&at, &length, &part));
}

/* --- extensions --- */

static const PealExtensionIds ids = {
  .mid = 4, .abs_send_time = 2, .transport_cc = 3, .audio_level = 1, .orientation = 13
};

/* RFC 8285 §4.2. */
static void
short_extensions (void)
{
  const guint8 expected[] = {
    0x90, 96,   0,    1,    0,    0,   0,    2,    0,    0,
    0,    3,    0xbe, 0xde, 0,    4, /* one byte before each, four words */
    0x44, 'v',  'i',  'd',  'e',  'o', 0x22, 0x12, 0x34, 0x56, /* MID, time */
    0x31, 0xab, 0xcd, 0xd0, 0x0b, 0,   'x'
  };
  guint8 body[PEAL_EXTENSIONS_MAX], bytes[PEAL_PACKET_MAX];
  PealPacket packet = { .payload_type = 96,
                        .sequence = 1,
                        .timestamp = 2,
                        .ssrc = 3,
                        .payload = (guint8 *) "x",
                        .length = 1 };
  PealExtensions said, say = { .mid = "video",
                               .mid_length = 5,
                               .has_abs_send_time = TRUE,
                               .abs_send_time = 0x123456,
                               .has_transport_cc = TRUE,
                               .transport_cc = 0xabcd,
                               .has_orientation = TRUE,
                               .orientation = 0x0b };

  peal_extensions_write (&packet, &ids, &say, body);
  gsize length = peal_packet_write (&packet, bytes);
  g_assert_cmpmem (bytes, length, expected, sizeof expected);

  g_assert_true (peal_packet_read (&packet, bytes, length));
  g_assert_cmpmem (packet.payload, packet.length, "x", 1);
  peal_extensions_read (&packet, &ids, &said);
  g_assert_cmpmem (said.mid, said.mid_length, "video", 5);
  g_assert_cmpuint (said.abs_send_time, ==, 0x123456);
  g_assert_cmpuint (said.transport_cc, ==, 0xabcd);
  g_assert_cmpuint (said.orientation, ==, 0x0b);
  g_assert_true (said.has_orientation && !said.has_audio_level);

  say.transport_cc = 7;
  g_assert_true (peal_extensions_stamp (bytes, length, &ids, &say));
  peal_packet_read (&packet, bytes, length);
  peal_extensions_read (&packet, &ids, &said);
  g_assert_cmpuint (said.transport_cc, ==, 7);
  g_assert_false (peal_extensions_stamp (bytes, length, &(PealExtensionIds) { .mid = 4 }, &say));
}

/* §4.3: an id above 14, or more than 16 bytes, need a longer form, which is read as well. */
static void
long_extensions (void)
{
  const char *mid = "a-name-of-more-than-16-bytes";
  PealExtensionIds far = { .mid = 20, .audio_level = 1 };
  guint8 body[PEAL_EXTENSIONS_MAX], bytes[PEAL_PACKET_MAX];
  PealExtensions said, say = { .mid = mid,
                               .mid_length = strlen (mid),
                               .has_audio_level = TRUE,
                               .audio_level = 42,
                               .voice = TRUE };
  PealPacket packet = { .payload = (guint8 *) "x", .length = 1 };

  peal_extensions_write (&packet, &far, &say, body);
  g_assert_cmpuint (packet.profile, ==, 0x1000);
  gsize length = peal_packet_write (&packet, bytes);
  g_assert_true (peal_packet_read (&packet, bytes, length));
  peal_extensions_read (&packet, &far, &said);
  g_assert_cmpmem (said.mid, said.mid_length, mid, strlen (mid));
  g_assert_true (said.has_audio_level && said.voice);
  g_assert_cmpuint (said.audio_level, ==, 42);

  say = (PealExtensions) { .mid = "a name of more than 32 bytes is left out", .mid_length = 40 };
  peal_extensions_write (&packet, &ids, &say, body);
  g_assert_null (packet.extension);
}

/* Cut short, of no known profile, under id 15, or only padding: what stood before counts. */
static void
extensions_that_lie (void)
{
  const struct {
    guint16 profile;
    guint8 body[8];
    gboolean mid, time;
  } rows[] = {
    { 0xbede, { 0x40, 'a', 0x22, 1, 2, 3, 0, 0 }, TRUE, TRUE },
    { 0xbede, { 0x40, 'a', 0x2f, 1, 2, 3, 0, 0 }, TRUE, FALSE },
    { 0xbede, { 0xf0, 'a', 0x22, 1, 2, 3, 0, 0 }, FALSE, FALSE },
    { 0xbede, { 0, 0, 0, 0, 0, 0, 0, 0x4f }, FALSE, FALSE },
    { 0xbede, { 0, 0, 0, 0x22, 1, 2, 3, 0x40 }, FALSE, TRUE },
    { 0x1000, { 4, 1, 'a', 2, 3, 1, 2, 3 }, TRUE, TRUE },
    { 0x100f, { 4, 0, 2, 3, 1, 2, 3, 4 }, FALSE, TRUE },
    { 0x1000, { 4, 1, 'a', 2, 200, 1, 2, 3 }, TRUE, FALSE },
    { 0x2000, { 0x40, 'a', 0x22, 1, 2, 3, 0, 0 }, FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree guint8 *exact = g_memdup2 (rows[i].body, 8);
    PealPacket packet = { .profile = rows[i].profile, .extension = exact, .extension_length = 8 };
    PealExtensions said;
    peal_extensions_read (&packet, &ids, &said);
    g_assert_true ((said.mid != NULL) == rows[i].mid);
    g_assert_true (said.has_abs_send_time == rows[i].time);
  }
}

/* http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time: 6.18 bits of seconds, which wrap. */
static void
time_of_leaving (void)
{
  g_assert_cmphex (peal_extensions_time (0), ==, 0);
  g_assert_cmphex (peal_extensions_time (1500000), ==, 0x60000);
  g_assert_cmphex (peal_extensions_time (63999999), ==, 0xffffff);
  g_assert_cmphex (peal_extensions_time (64000000), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feedback/a_nack_names_packets", a_nack_names_packets);
  g_test_add_func ("/feedback/a_nack_that_names_everything_is_bounded",
                   a_nack_that_names_everything_is_bounded);
  g_test_add_func ("/feedback/key_frames_are_wanted", key_frames_are_wanted);
  g_test_add_func ("/feedback/a_remb_tells_a_bitrate", a_remb_tells_a_bitrate);
  g_test_add_func ("/feedback/arrivals_are_read", arrivals_are_read);
  g_test_add_func ("/feedback/arrivals_are_written_as_they_are_read",
                   arrivals_are_written_as_they_are_read);
  g_test_add_func ("/feedback/arrivals_that_do_not_fit_wait", arrivals_that_do_not_fit_wait);
  g_test_add_func ("/feedback/a_hole_has_a_time_too", a_hole_has_a_time_too);
  g_test_add_func ("/feedback/arrivals_that_lie_are_refused", arrivals_that_lie_are_refused);
  g_test_add_func ("/feedback/parts_of_a_compound_are_found", parts_of_a_compound_are_found);
  g_test_add_func ("/extensions/short_extensions", short_extensions);
  g_test_add_func ("/extensions/long_extensions", long_extensions);
  g_test_add_func ("/extensions/extensions_that_lie", extensions_that_lie);
  g_test_add_func ("/extensions/time_of_leaving", time_of_leaving);
  return g_test_run ();
}
