/* The small machines that repair a picture, each for itself: what is missing, what may be sent
 * again, data for lost packets, the pace, and the numbers of the path. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/arrival.h"
#include "media/fec.h"
#include "media/nack.h"
#include "media/pacer.h"
#include "media/retransmit.h"

enum { MS = 1000 };

/* A written packet of @length bytes of payload, all of them @fill. */
static gsize
make (guint16 sequence, guint8 fill, gsize length, guint8 *out)
{
  g_autofree guint8 *payload = g_malloc (length + 1);
  PealPacket packet = { .payload_type = 96,
                        .marker = fill & 1,
                        .sequence = sequence,
                        .timestamp = 3000u * fill,
                        .ssrc = 0x5eed,
                        .payload = payload,
                        .length = length };

  memset (payload, fill, length);
  return peal_packet_write (&packet, out);
}

/* --- what is missing --- */

static void
a_gap_is_asked_for_at_once (void)
{
  PealNack nack;
  guint16 out[8];

  peal_nack_init (&nack);
  g_assert_true (peal_nack_heard (&nack, 65534, 0));
  g_assert_cmpint (peal_nack_due (&nack, 50, TRUE), ==, G_MAXINT64);
  g_assert_true (peal_nack_heard (&nack, 1, 10 * MS)); /* 65535 and 0 are missing */
  g_assert_cmpint (peal_nack_due (&nack, 50, TRUE), <=, 10 * MS);
  g_assert_cmpuint (peal_nack_ask (&nack, 50, 10 * MS, out, 8), ==, 2);
  g_assert_cmpuint (out[0], ==, 65535);
  g_assert_cmpuint (out[1], ==, 0);

  /* The answer is on its way for a round trip. */
  g_assert_cmpuint (peal_nack_ask (&nack, 50, 59 * MS, out, 8), ==, 0);
  g_assert_true (peal_nack_heard (&nack, 0, 60 * MS));
  g_assert_false (peal_nack_heard (&nack, 0, 61 * MS)); /* and once more */
  g_assert_cmpint (peal_nack_due (&nack, 50, TRUE), ==, 70 * MS);
  g_assert_cmpuint (peal_nack_ask (&nack, 50, 70 * MS, out, 8), ==, 1);
  g_assert_cmpuint (out[0], ==, 65535);
  g_assert_true (peal_nack_misses (&nack, 65535));
  g_assert_false (peal_nack_lost (&nack));
}

static void
what_is_too_late_is_given_up (void)
{
  PealNack nack;
  guint16 out[8];
  guint asked = 0;

  peal_nack_init (&nack);
  peal_nack_heard (&nack, 1, 0);
  peal_nack_heard (&nack, 3, 0);
  gint64 now = 0;
  for (; peal_nack_misses (&nack, 2); now += MS) {
    peal_nack_expire (&nack, 50, now);
    asked += peal_nack_ask (&nack, 50, now, out, 8);
  }
  g_assert_cmpint (now / MS, <=, 502);
  g_assert_cmpuint (asked, >=, 5);
  g_assert_cmpuint (asked, <=, 10);
  g_assert_true (peal_nack_lost (&nack));
  g_assert_false (peal_nack_lost (&nack));          /* told once */
  g_assert_false (peal_nack_heard (&nack, 2, now)); /* nobody waits for it any more */

  /* On a long way there is more patience, and it ends as well. */
  peal_nack_heard (&nack, 5, now);
  peal_nack_expire (&nack, 400, now + 1200 * MS);
  g_assert_true (peal_nack_misses (&nack, 4));
  peal_nack_expire (&nack, 4000, now + 1500 * MS);
  g_assert_false (peal_nack_misses (&nack, 4));
}

/* Nobody can make us remember more than there is room for. */
static void
an_outage_is_no_gap (void)
{
  PealNack nack;
  guint16 out[PEAL_NACK_MOST];

  peal_nack_init (&nack);
  peal_nack_heard (&nack, 1, 0);
  g_assert_true (peal_nack_heard (&nack, 2000, 0));
  g_assert_cmpuint (peal_nack_ask (&nack, 50, 0, out, PEAL_NACK_MOST), ==, 0);
  g_assert_true (peal_nack_lost (&nack));
  for (guint i = 1; i <= 1000; i++)
    peal_nack_heard (&nack, (guint16) (2000 + 2 * i), 0);
  g_assert_cmpuint (nack.n, <=, PEAL_NACK_MOST);
  g_assert_true (peal_nack_lost (&nack));
}

/* --- what is sent again --- */

static void
nothing_is_sent_twice_in_a_round_trip (void)
{
  g_autofree PealRetransmit *cache = g_new0 (PealRetransmit, 1);
  guint8 bytes[PEAL_PACKET_MAX];
  PealRetransmitWish wish = { .rtt_ms = 100, .bitrate = 1000000, .now = 10 * MS };

  peal_retransmit_keep (cache, 7, bytes, make (7, 9, 100, bytes), 0);
  const PealSent *sent = peal_retransmit_again (cache, 7, &wish);
  g_assert_nonnull (sent);
  g_assert_cmpuint (sent->length, ==, 112);
  g_assert_null (peal_retransmit_again (cache, 8, &wish)); /* it never left */
  g_assert_null (peal_retransmit_again (cache, 7 + PEAL_RETRANSMIT_SLOTS, &wish));
  wish.now = 109 * MS;
  g_assert_null (peal_retransmit_again (cache, 7, &wish));
  wish.now = 110 * MS;
  g_assert_nonnull (peal_retransmit_again (cache, 7, &wish));
  wish.now = PEAL_RETRANSMIT_MS * MS + MS;
  g_assert_null (peal_retransmit_again (cache, 7, &wish)); /* too long ago */
  peal_retransmit_clear (cache);
}

/* A peer that asks for all that was ever sent, all the time, gets half of the bitrate. */
static void
a_flood_of_requests_is_bounded (void)
{
  g_autofree PealRetransmit *cache = g_new0 (PealRetransmit, 1);
  guint8 bytes[PEAL_PACKET_MAX];
  guint64 resent = 0;

  for (guint ms = 0; ms < 10000; ms++) {
    PealRetransmitWish wish = { .rtt_ms = 1, .bitrate = 1000000, .now = ms * (gint64) MS };
    if (ms % 8 == 0)
      peal_retransmit_keep (cache, (guint16) (65000 + ms / 8), bytes, make (1, 2, 1000, bytes),
                            wish.now);
    for (guint back = 0; back < 250; back++) {
      const PealSent *sent =
          peal_retransmit_again (cache, (guint16) (65000 + ms / 8 - back), &wish);
      resent += sent ? sent->length : 0;
    }
    g_assert_cmpuint (cache->bytes, <=, PEAL_RETRANSMIT_BYTES);
  }
  g_test_message ("%" G_GUINT64_FORMAT " bytes in 10 s", resent);
  g_assert_cmpuint (resent, <=, 10 * 1000000 / 8 / 2 * 11 / 10);
  g_assert_cmpuint (resent, >=, 10 * 1000000 / 8 / 2 * 8 / 10);
  peal_retransmit_clear (cache);
}

static void
what_is_kept_is_bounded (void)
{
  g_autofree PealRetransmit *cache = g_new0 (PealRetransmit, 1);
  guint8 bytes[PEAL_PACKET_MAX];
  PealRetransmitWish wish = { .rtt_ms = 10, .bitrate = 1000000, .now = MS };

  for (guint i = 0; i < 5000; i++) {
    peal_retransmit_keep (cache, (guint16) (64000 + i), bytes, make (1, 2, 1480, bytes), MS);
    g_assert_cmpuint (cache->bytes, <=, PEAL_RETRANSMIT_BYTES);
  }
  g_assert_nonnull (peal_retransmit_again (cache, (guint16) (64000 + 4999), &wish));
  g_assert_nonnull (peal_retransmit_again (cache, (guint16) (64000 + 4000), &wish));
  g_assert_null (peal_retransmit_again (cache, (guint16) (64000 + 3000), &wish));
  peal_retransmit_clear (cache);
  g_assert_cmpuint (cache->bytes, ==, 0);
}

/* RFC 4588 §4. */
static void
rtx_has_the_original_number_first (void)
{
  guint8 out[PEAL_PACKET_MAX];
  PealPacket packet = { .sequence = 0xabcd, .payload = (guint8 *) "hello", .length = 5 };

  g_assert_true (peal_rtx_wrap (&packet, out));
  g_assert_cmpmem (packet.payload, packet.length, "\xab\xcdhello", 7);
  packet.sequence = 1;
  g_assert_true (peal_rtx_unwrap (&packet));
  g_assert_cmpuint (packet.sequence, ==, 0xabcd);
  g_assert_cmpmem (packet.payload, packet.length, "hello", 5);
  packet.length = 2; /* the number alone: padding that probes the path */
  g_assert_false (peal_rtx_unwrap (&packet));
  packet.length = PEAL_PACKET_MAX - 1;
  g_assert_false (peal_rtx_wrap (&packet, out));
}

/* --- data for lost packets --- */

/* RFC 2198 §3. */
static void
red_is_unwrapped (void)
{
  guint8 out[PEAL_PACKET_MAX];
  PealPacket packet = { .payload_type = 96, .payload = (guint8 *) "hello", .length = 5 };
  const guint8 two[] = { 0x80 | 97, 0, 0, 2, 96, 'o', 'l', 'n', 'e', 'w' };

  g_assert_true (peal_red_wrap (&packet, 116, out));
  g_assert_cmpuint (packet.payload_type, ==, 116);
  g_assert_cmpmem (packet.payload, packet.length, "\x60hello", 6);
  g_assert_true (peal_red_unwrap (&packet));
  g_assert_cmpuint (packet.payload_type, ==, 96);
  g_assert_cmpmem (packet.payload, packet.length, "hello", 5);

  packet = (PealPacket) { .payload = two, .length = sizeof two };
  g_assert_true (peal_red_unwrap (&packet));
  g_assert_cmpmem (packet.payload, packet.length, "new", 3);
  for (gsize cut = 0; cut < 7; cut++) {
    g_autofree guint8 *exact = g_memdup2 (two, cut + 1);
    packet = (PealPacket) { .payload = exact, .length = cut };
    g_assert_false (peal_red_unwrap (&packet));
  }
}

/* RFC 5109 §7.3, §7.4, §8, by hand: two packets of one and two bytes. */
static void
protection_is_a_sum (void)
{
  PealFecMaker maker = { 0 };
  guint8 one[] = { 0x80, 96, 0xff, 0xff, 0, 0, 0, 5, 0, 0, 0, 9, 'a' };
  guint8 two[] = { 0x90, 0xe0, 0, 1, 0, 0, 1, 5, 0, 0, 0, 9, 'b', 'c' };
  const guint8 expected[] = {
    0x10,      0x80,                /* X; M, the same type */
    0xff,      0xff, 0,    0, 1, 0, /* base, time */
    0,         3,                   /* 1 xor 2 */
    0,         2,    0xa0, 0,       /* two bytes are protected: the first, the third */
    'a' ^ 'b', 'c'
  };
  guint8 out[PEAL_PACKET_MAX];

  g_assert_true (peal_fec_protect (&maker, one, sizeof one, 0));
  g_assert_true (peal_fec_protect (&maker, two, sizeof two, 0));
  gsize length = peal_fec_make (&maker, 0, 1, out);
  g_assert_cmpmem (out, length, expected, sizeof expected);

  guint8 far[] = { 0x80, 96, 0, 46, 0, 0, 0, 5, 0, 0, 0, 9, 'd' };
  g_assert_true (peal_fec_protect (&maker, far, sizeof far, 0)); /* 47 after the first */
  length = peal_fec_make (&maker, 0, 1, out);
  g_assert_cmphex (out[0] & 0x40, ==, 0x40); /* L: the long mask */
  g_assert_cmphex (peal_packet_u16 (out + 12), ==, 0xa000);
  g_assert_cmphex (peal_packet_u32 (out + 14), ==, 1);
  far[3] = 47;
  g_assert_false (peal_fec_protect (&maker, far, sizeof far, 0));
  peal_fec_maker_clear (&maker);
}

/* Each single loss of a group comes back as it was, and of @of parts each burst of @of. */
static void
what_is_lost_comes_back (void)
{
  const guint n = 11, of = 3;
  guint8 packets[11][PEAL_PACKET_MAX], data[3][PEAL_PACKET_MAX], out[PEAL_PACKET_MAX];
  gsize lengths[11], data_lengths[3];
  PealFecMaker maker = { 0 };

  for (guint i = 0; i < n; i++) {
    lengths[i] = make ((guint16) (65530 + i), (guint8) (i + 1), 40 + 90 * (i % 7), packets[i]);
    g_assert_true (peal_fec_protect (&maker, packets[i], lengths[i], 0));
  }
  for (guint i = 0; i < of; i++)
    data_lengths[i] = peal_fec_make (&maker, i, of, data[i]);
  for (guint first = 0; first + of <= n; first++) {
    g_autofree PealFecRepair *repair = g_new0 (PealFecRepair, 1);
    guint back = 0;
    for (guint i = 0; i < n; i++)
      if (i < first || i >= first + of)
        peal_fec_hear (repair, packets[i], lengths[i]);
    g_assert_cmpuint (peal_fec_repair (repair, out), ==, 0);
    for (guint i = 0; i < of; i++)
      peal_fec_hear_data (repair, 0x5eed, data[i], data_lengths[i]);
    for (gsize length; (length = peal_fec_repair (repair, out)) > 0; back++) {
      guint which = (guint16) (peal_packet_u16 (out + 2) - 65530);
      g_assert_cmpuint (which, >=, first);
      g_assert_cmpuint (which, <, first + of);
      g_assert_cmpmem (out, length, packets[which], lengths[which]);
    }
    g_assert_cmpuint (back, ==, of);
    peal_fec_repair_clear (repair);
  }
  peal_fec_maker_clear (&maker);
}

/* It protects more than it holds, gives back more than it protects, or has no end. */
static void
protection_that_lies_gives_nothing_back (void)
{
  g_autofree PealFecRepair *repair = g_new0 (PealFecRepair, 1);
  guint8 bytes[PEAL_PACKET_MAX], out[PEAL_PACKET_MAX];
  guint8 data[32] = { 0x00, 96, 0, 1, 0, 0, 0, 0, 0, 10, 0, 10, 0xc0, 0 }; /* packets 1 and 2 */

  peal_fec_hear (repair, bytes, make (1, 0, 10, bytes));
  for (gsize cut = 0; cut < 24; cut++) {
    g_autofree guint8 *exact = g_memdup2 (data, cut + 1);
    peal_fec_hear_data (repair, 1, exact, cut);
    g_assert_cmpuint (peal_fec_repair (repair, out), ==, 0);
  }
  data[9] = 200; /* of 10 protected bytes */
  peal_fec_hear_data (repair, 1, data, 24);
  g_assert_cmpuint (peal_fec_repair (repair, out), ==, 0);
  data[9] = 10;
  data[11] = 200;
  peal_fec_hear_data (repair, 1, data, 24);
  g_assert_cmpuint (peal_fec_repair (repair, out), ==, 0);
  data[11] = 10;
  data[0] = 0x80; /* E: reserved */
  peal_fec_hear_data (repair, 1, data, 24);
  g_assert_cmpuint (peal_fec_repair (repair, out), ==, 0);
  data[0] = 0;
  data[12] = 0; /* about nothing */
  peal_fec_hear_data (repair, 1, data, 24);
  g_assert_cmpuint (peal_fec_repair (repair, out), ==, 0);
  data[12] = 0xc0;
  peal_fec_hear_data (repair, 1, data, 24);
  g_assert_cmpuint (peal_fec_repair (repair, out), >, 0); /* as it should be */

  /* Data about what is long gone are no use when numbers come round. */
  data[3] = 3;
  peal_fec_hear_data (repair, 1, data, 24);
  for (guint i = 10; i < 65536 + 4; i++) {
    peal_fec_hear (repair, bytes, make ((guint16) i, 0, 10, bytes));
    g_assert_cmpuint (peal_fec_repair (repair, out), ==, 0);
  }
  peal_fec_repair_clear (repair);
}

/* --- the pace --- */

static void
a_key_frame_leaves_evenly (void)
{
  PealPacer pacer;
  guint8 bytes[1000] = { 0 };
  guint sent = 0, in_20_ms = 0;
  gint64 ended = 0;

  peal_pacer_init (&pacer, 1000000);
  for (guint i = 0; i < 100; i++) /* 100 kB at once */
    g_assert_true (peal_pacer_put (&pacer, bytes, sizeof bytes, FALSE));
  for (gint64 now = 0; sent < 100; now += MS) {
    gboolean first;
    GBytes *packet;
    if (now % (20 * MS) == 0)
      in_20_ms = 0;
    while ((packet = peal_pacer_take (&pacer, now, &first))) {
      g_bytes_unref (packet);
      sent++;
      in_20_ms++;
    }
    /* 2.5 Mbit/s are 6.25 packets in 20 ms; timers have a grain. */
    g_assert_cmpuint (in_20_ms, <=, 10);
    g_assert_cmpint (peal_pacer_due (&pacer, now), >, now);
    ended = now;
  }
  g_test_message ("100 kB in %" G_GINT64_FORMAT " ms", ended / MS);
  g_assert_cmpint (ended / MS, >=, 280);
  g_assert_cmpint (ended / MS, <=, 330);
  g_assert_cmpint (peal_pacer_due (&pacer, ended), ==, G_MAXINT64);
}

/* At a bitrate for which it is far too large it still leaves soon; nothing waits without end. */
static void
nothing_waits_for_long (void)
{
  PealPacer pacer;
  guint8 bytes[1000] = { 0 };
  gint64 now = 0;

  peal_pacer_init (&pacer, 50000);
  for (guint i = 0; i < 200; i++)
    g_assert_true (peal_pacer_put (&pacer, bytes, sizeof bytes, FALSE));
  for (; pacer.bytes; now += MS) {
    gboolean first;
    for (GBytes *packet; (packet = peal_pacer_take (&pacer, now, &first));)
      g_bytes_unref (packet);
  }
  g_assert_cmpint (now / MS, <=, 5 * PEAL_PACER_WAIT_MS);
  guint taken = 0;
  while (peal_pacer_put (&pacer, bytes, sizeof bytes, FALSE))
    taken++;
  g_assert_cmpuint (taken, ==, PEAL_PACER_BYTES / 1000);
  peal_pacer_clear (&pacer);
}

static void
what_was_asked_for_goes_first (void)
{
  PealPacer pacer;
  guint8 bytes[1] = { 1 };
  gboolean first;

  peal_pacer_init (&pacer, 1000000);
  peal_pacer_put (&pacer, bytes, 1, FALSE);
  bytes[0] = 2;
  peal_pacer_put (&pacer, bytes, 1, TRUE);
  for (guint8 expected = 2; expected; expected--) {
    g_autoptr(GBytes) taken = peal_pacer_take (&pacer, 0, &first);
    g_assert_cmpuint (((const guint8 *) g_bytes_get_data (taken, NULL))[0], ==, expected);
    g_assert_true (first == (expected == 2));
  }
}

/* --- numbers of the path --- */

static void
arrivals_are_told_until_they_are_known (void)
{
  g_autofree PealArrivals *arrivals = g_new0 (PealArrivals, 1);
  g_autofree PealArrivalReport *report = g_new0 (PealArrivalReport, 1);

  g_assert_false (peal_arrivals_tell (arrivals, report));
  peal_arrivals_hear (arrivals, 65535, 1 * MS);
  peal_arrivals_hear (arrivals, 2, 2 * MS);
  g_assert_true (peal_arrivals_tell (arrivals, report));
  g_assert_cmpuint (report->base, ==, 65535);
  g_assert_cmpuint (report->n, ==, 4);
  g_assert_cmpint (report->at[0], ==, 1 * MS);
  g_assert_cmpint (report->at[1], ==, PEAL_FEEDBACK_NEVER);
  g_assert_cmpint (report->at[3], ==, 2 * MS);
  peal_arrivals_told (arrivals, 4);
  g_assert_false (peal_arrivals_tell (arrivals, report));

  peal_arrivals_hear (arrivals, 0, 3 * MS); /* it was told as lost */
  peal_arrivals_hear (arrivals, 0, 9 * MS); /* a double tells nothing */
  g_assert_true (peal_arrivals_tell (arrivals, report));
  g_assert_cmpuint (report->base, ==, 0);
  g_assert_cmpint (report->at[0], ==, 3 * MS);
  g_assert_cmpint (report->at[2], ==, 2 * MS);
  g_assert_cmpuint (report->count, ==, 1);
  peal_arrivals_told (arrivals, report->n);

  peal_arrivals_hear (arrivals, 30000, 4 * MS); /* a leap begins anew */
  g_assert_true (peal_arrivals_tell (arrivals, report));
  g_assert_cmpuint (report->base, ==, 30000);
  g_assert_cmpuint (report->n, ==, 1);
}

/* Whatever a peer numbers its packets. */
static void
arrivals_are_bounded (void)
{
  g_autofree PealArrivals *arrivals = g_new0 (PealArrivals, 1);
  guint32 seed = 20240618;
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  guint16 near = 0;

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 20000; i++) {
    near = (guint16) (near + g_rand_int_range (random, -600, 700));
    peal_arrivals_hear (arrivals, i % 50 ? near : (guint16) g_rand_int (random), i);
    g_assert_cmpuint (peal_arrivals_untold (arrivals), >, 0);
    g_assert_cmpuint (peal_arrivals_untold (arrivals), <=, PEAL_ARRIVALS_KEPT);
  }
}

/* Only what left, and only what is new; a loss may turn out to be none. */
static void
tellings_about_nothing_are_left_alone (void)
{
  g_autofree PealDepartures *departures = g_new0 (PealDepartures, 1);
  g_autofree PealArrivalReport *report = g_new0 (PealArrivalReport, 1);
  g_autofree PealRateArrival *told = g_new0 (PealRateArrival, PEAL_FEEDBACK_ARRIVALS);

  departures->next = 65534;
  for (guint i = 0; i < 4; i++)
    peal_departures_leave (departures, 100 + i, i * MS);
  *report = (PealArrivalReport) { .base = 65530, .n = 20 };
  for (guint i = 0; i < 20; i++)
    report->at[i] = i % 2 ? PEAL_FEEDBACK_NEVER : i * MS;
  g_assert_cmpuint (peal_departures_hear (departures, report, told), ==, 4);
  g_assert_cmpuint (told[0].sequence, ==, 65534);
  g_assert_cmpuint (told[3].bytes, ==, 103);
  g_assert_cmpint (told[3].sent, ==, 3 * MS);
  g_assert_cmpint (told[0].arrived, ==, 4 * MS);
  g_assert_cmpint (told[1].arrived, ==, PEAL_RATE_LOST);
  g_assert_cmpuint (peal_departures_hear (departures, report, told), ==, 0);
  report->at[5] = 9 * MS; /* 65535 came late */
  g_assert_cmpuint (peal_departures_hear (departures, report, told), ==, 1);
  g_assert_cmpuint (told[0].sequence, ==, 65535);
  report->base += PEAL_DEPARTURES_KEPT;
  g_assert_cmpuint (peal_departures_hear (departures, report, told), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nack/a_gap_is_asked_for_at_once", a_gap_is_asked_for_at_once);
  g_test_add_func ("/nack/what_is_too_late_is_given_up", what_is_too_late_is_given_up);
  g_test_add_func ("/nack/an_outage_is_no_gap", an_outage_is_no_gap);
  g_test_add_func ("/retransmit/nothing_is_sent_twice_in_a_round_trip",
                   nothing_is_sent_twice_in_a_round_trip);
  g_test_add_func ("/retransmit/a_flood_of_requests_is_bounded", a_flood_of_requests_is_bounded);
  g_test_add_func ("/retransmit/what_is_kept_is_bounded", what_is_kept_is_bounded);
  g_test_add_func ("/retransmit/rtx_has_the_original_number_first",
                   rtx_has_the_original_number_first);
  g_test_add_func ("/fec/red_is_unwrapped", red_is_unwrapped);
  g_test_add_func ("/fec/protection_is_a_sum", protection_is_a_sum);
  g_test_add_func ("/fec/what_is_lost_comes_back", what_is_lost_comes_back);
  g_test_add_func ("/fec/protection_that_lies_gives_nothing_back",
                   protection_that_lies_gives_nothing_back);
  g_test_add_func ("/pacer/a_key_frame_leaves_evenly", a_key_frame_leaves_evenly);
  g_test_add_func ("/pacer/nothing_waits_for_long", nothing_waits_for_long);
  g_test_add_func ("/pacer/what_was_asked_for_goes_first", what_was_asked_for_goes_first);
  g_test_add_func ("/arrival/arrivals_are_told_until_they_are_known",
                   arrivals_are_told_until_they_are_known);
  g_test_add_func ("/arrival/arrivals_are_bounded", arrivals_are_bounded);
  g_test_add_func ("/arrival/tellings_about_nothing_are_left_alone",
                   tellings_about_nothing_are_left_alone);
  return g_test_run ();
}
