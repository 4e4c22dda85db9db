/* Keys of a telephone: what is said of one, and what is heard of that over a net that loses,
 * doubles and turns round packets. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/dtmf_receiver.h"
#include "media/dtmf_sender.h"
#include "media/sender.h"
#include "signaling/event.h"

enum { RATE = 48000, FRAME = 960, MS = 1000, FRAME_MS = 20, KEYS_TYPE = 110, SOUND_TYPE = 111 };

/* --- a stream that says keys --- */

typedef struct {
  PealSender sender;
  PealDtmfSender keys;
  guint32 timestamp; /* of the next frame, on the engine's line */
  gint64 now;
  GArray *packets; /* of Packet: what left */
} Mouth;

typedef struct {
  guint8 bytes[64];
  gsize length;
  gint64 at;
  gboolean silent; /* of sound: nothing was said */
} Packet;

static void
keep (Mouth *mouth, const guint8 *bytes, gsize length, gboolean silent)
{
  Packet packet = { .length = length, .at = mouth->now, .silent = silent };

  g_assert_cmpuint (length, <=, sizeof packet.bytes);
  memcpy (packet.bytes, bytes, length);
  g_array_append_val (mouth->packets, packet);
}

static Mouth *
mouth_new (guint clock_rate, guint line_rate)
{
  Mouth *mouth = g_new0 (Mouth, 1);
  guint frame = line_rate * FRAME_MS / 1000;

  peal_sender_init (&mouth->sender, line_rate, frame, SOUND_TYPE);
  peal_dtmf_sender_init (&mouth->keys, clock_rate, line_rate, frame);
  mouth->now = 1000 * MS;
  mouth->packets = g_array_new (FALSE, FALSE, sizeof (Packet));
  return mouth;
}

static void
mouth_free (Mouth *mouth)
{
  g_array_unref (mouth->packets);
  g_free (mouth);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Mouth, mouth_free)

/* One frame is due: what an exchange does with it. */
static void
one_frame (Mouth *mouth)
{
  guint8 bytes[PEAL_PACKET_MAX];
  static const guint8 sound[20] = "sound";
  PealFrame frame = {
    .engine = 1, .timestamp = mouth->timestamp, .payload = sound, .length = sizeof sound
  };
  guint32 place = peal_sender_place (&mouth->sender, &frame, mouth->now);
  PealDtmfStep step = { 0 };

  peal_dtmf_sender_step (&mouth->keys, place, &step);
  if (step.packet) {
    PealPacket packet = { .payload_type = KEYS_TYPE,
                          .marker = step.marker,
                          .timestamp = step.timestamp,
                          .payload = step.payload,
                          .length = sizeof step.payload };
    keep (mouth, bytes, peal_sender_write_packet (&mouth->sender, &packet, mouth->now, bytes),
          FALSE);
  }
  if (step.frame != PEAL_DTMF_NOTHING)
    keep (mouth, bytes, peal_sender_write (&mouth->sender, &frame, mouth->now, bytes),
          step.frame == PEAL_DTMF_SILENCE);
  mouth->timestamp += mouth->sender.frame;
  mouth->now += FRAME_MS * MS;
}

static void
frames (Mouth *mouth, guint n)
{
  while (n--)
    one_frame (mouth);
}

/* What left, a letter a packet: s(ound), _ (silence), or the key; * would be one, so "." ends. */
static char *
story (const Mouth *mouth)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < mouth->packets->len; i++) {
    const Packet *kept = &g_array_index (mouth->packets, Packet, i);
    PealPacket packet;
    PealDtmfPayload payload;
    g_assert_true (peal_packet_read (&packet, kept->bytes, kept->length));
    if (packet.payload_type == SOUND_TYPE) {
      g_string_append_c (text, kept->silent ? '_' : 's');
      continue;
    }
    g_assert_true (peal_dtmf_read (&payload, packet.payload, packet.length));
    g_string_append_c (text, PEAL_DTMF_KEYS[payload.event]);
    if (payload.end)
      g_string_append_c (text, '.');
  }
  return g_string_free (text, FALSE);
}

static PealPacket
packet_at (const Mouth *mouth, guint i)
{
  const Packet *kept = &g_array_index (mouth->packets, Packet, i);
  PealPacket packet;

  g_assert_cmpuint (i, <, mouth->packets->len);
  g_assert_true (peal_packet_read (&packet, kept->bytes, kept->length));
  return packet;
}

static void
press (Mouth *mouth, const char *keys)
{
  g_assert_true (peal_dtmf_sender_add (&mouth->keys, keys, 0));
}

/* RFC 4733 §2.5.1: one timestamp, numbers that go on, the marker at the beginning, durations that
 * grow, the end three times, and the sound after it where the clock is then. */
static void
a_key_takes_the_place_of_sound (void)
{
  g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);
  static const guint durations[] = { 960, 1920, 2880, 3840, 4800, 4800, 4800 };

  frames (mouth, 2);
  press (mouth, "5");
  frames (mouth, 8);
  g_autofree char *said = story (mouth);
  g_assert_cmpstr (said, ==, "ss55555.5.5.ss");

  PealPacket before = packet_at (mouth, 1);
  for (guint i = 0; i < 7; i++) {
    PealPacket packet = packet_at (mouth, 2 + i);
    PealDtmfPayload payload;
    g_assert_true (peal_dtmf_read (&payload, packet.payload, packet.length));
    g_assert_cmpuint (packet.length, ==, 4);
    g_assert_cmpuint (packet.ssrc, ==, before.ssrc);
    g_assert_cmpuint ((guint16) (packet.sequence - before.sequence), ==, i + 1);
    g_assert_cmpuint (packet.timestamp - before.timestamp, ==, FRAME);
    g_assert_cmpint (packet.marker, ==, i == 0);
    g_assert_cmpuint (payload.event, ==, 5);
    g_assert_cmpuint (payload.volume, ==, 10);
    g_assert_cmpuint (payload.duration, ==, durations[i]);
    g_assert_cmpint (payload.end, ==, i >= 4);
  }
  PealPacket after = packet_at (mouth, 9);
  g_assert_cmpuint (after.timestamp - before.timestamp, ==, 7 * FRAME);
  g_assert_cmpuint ((guint16) (after.sequence - before.sequence), ==, 8);
  g_assert_false (after.marker);
  g_assert_cmpuint (mouth->sender.packets, ==, mouth->packets->len);
}

/* Between two keys there are 80 ms, and no scraps of speech; a comma is a second of sound. */
static void
keys_follow_one_another (void)
{
  g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);
  g_autoptr(GString) expected = g_string_new ("11111.1.1.___22222.2.2.ss");

  press (mouth, "12,#");
  frames (mouth, 9 + 9 + 50 + 7);
  for (guint i = 0; i < 50; i++)
    g_string_append_c (expected, 's');
  g_string_append (expected, "s#####.#.#.s");
  g_autofree char *said = story (mouth);
  g_assert_cmpstr (said, ==, expected->str);
  g_assert_false (peal_dtmf_sender_is_busy (&mouth->keys));

  PealPacket one = packet_at (mouth, 0), two = packet_at (mouth, 10);
  g_assert_cmpuint (two.timestamp - one.timestamp, ==, 180 * RATE / 1000);
  g_assert_true (two.marker);
}

/* What is pressed right after another key waits for its turn. */
static void
a_key_waits_for_the_gap (void)
{
  g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);

  press (mouth, "a");
  frames (mouth, 7);
  g_assert_false (peal_dtmf_sender_is_busy (&mouth->keys));
  press (mouth, "D");
  frames (mouth, 9);
  g_autofree char *said = story (mouth);
  g_assert_cmpstr (said, ==, "AAAAA.A.A.s__DDDDD.D.D.s");
}

/* §2.5.1.3: 0xffff units are 1.365 s; what is longer goes on under a new timestamp, unmarked. */
static void
a_long_key_has_segments (void)
{
  g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);
  guint ends = 0, segments = 1, total = 0;
  guint32 since = 0;

  g_assert_true (peal_dtmf_sender_add (&mouth->keys, "*", 3000));
  frames (mouth, 153);
  for (guint i = 0; i < mouth->packets->len; i++) {
    PealPacket packet = packet_at (mouth, i);
    PealDtmfPayload payload;
    if (packet.payload_type != KEYS_TYPE)
      continue;
    peal_dtmf_read (&payload, packet.payload, packet.length);
    g_assert_cmpint (packet.marker, ==, i == 0);
    if (i && packet.timestamp != since) {
      g_assert_cmpuint (packet.timestamp - since, ==, 0xffff);
      g_assert_cmpuint (total, ==, 0xffff);
      segments++;
    }
    since = packet.timestamp;
    total = payload.duration;
    ends += payload.end;
    g_assert_true (payload.end || !ends);
  }
  g_assert_cmpuint (segments, ==, 3);
  g_assert_cmpuint (ends, ==, 3);
  g_assert_cmpuint (2 * 0xffff + total, ==, 3 * RATE);
}

/* Where the peer has keys by another clock alone, durations go by that one. */
static void
another_clock (void)
{
  g_autoptr(Mouth) mouth = mouth_new (8000, RATE);
  PealDtmfPayload payload;

  press (mouth, "0");
  frames (mouth, 9);
  g_autofree char *said = story (mouth);
  g_assert_cmpstr (said, ==, "00000.0.0.sss");
  PealPacket last = packet_at (mouth, 6);
  peal_dtmf_read (&payload, last.payload, last.length);
  g_assert_cmpuint (payload.duration, ==, 800);
  g_assert_cmpuint (packet_at (mouth, 7).timestamp - last.timestamp, ==, 6 * FRAME);
}

/* Hold: nothing of it is said later. */
static void
what_was_not_said_is_told (void)
{
  g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);

  press (mouth, "123");
  frames (mouth, 3);
  g_autofree char *left = peal_dtmf_sender_stop (&mouth->keys);
  g_assert_cmpstr (left, ==, "123");
  g_assert_false (peal_dtmf_sender_is_busy (&mouth->keys));
  frames (mouth, 20);
  press (mouth, "4");
  frames (mouth, 5);
  g_autofree char *none = peal_dtmf_sender_stop (&mouth->keys);
  g_assert_cmpstr (none, ==, "");
}

static void
too_many_are_refused (void)
{
  PealDtmfSender keys;
  g_autofree char *most = g_strnfill (PEAL_DTMF_MOST, '1');
  g_autofree char *more = g_strnfill (PEAL_DTMF_MOST + 1, '1');
  g_autoptr(GError) error = NULL;

  peal_dtmf_sender_init (&keys, RATE, RATE, FRAME);
  g_assert_false (peal_dtmf_sender_add (&keys, more, 0));
  g_assert_true (peal_dtmf_sender_add (&keys, most, 0));
  g_assert_false (peal_dtmf_sender_add (&keys, "1", 0));
  g_assert_true (peal_dtmf_check (most, &error));
  g_assert_false (peal_dtmf_check (more, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
}

static void
keys_are_checked (void)
{
  const struct {
    const char *text, *says; /* NULL: it is good */
  } rows[] = {
    { "0123456789*#ABCD", NULL },
    { "abcd", NULL },
    { ",,1,", NULL },
    { "", "no key is named" },
    { "12e", "\"e\" is no key: there are 0-9, *, #, A-D, and a comma waits a second" },
    { "1 2", "\" \" is no key: there are 0-9, *, #, A-D, and a comma waits a second" },
    { "１", "\"１\" is no key: there are 0-9, *, #, A-D, and a comma waits a second" },
    { "\xff", "\"?\" is no key: there are 0-9, *, #, A-D, and a comma waits a second" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_cmpint (peal_dtmf_check (rows[i].text, &error), ==, rows[i].says == NULL);
    g_assert_cmpstr (error ? error->message : NULL, ==, rows[i].says);
  }
}

/* --- an ear for them --- */

typedef struct {
  PealDtmfReceiver keys;
  GString *heard; /* the keys */
  guint longest;  /* ms */
  gint64 now;
} Ear;

static Ear *
ear_new (guint line_rate)
{
  Ear *ear = g_new0 (Ear, 1);

  peal_dtmf_receiver_init (&ear->keys, line_rate, line_rate * FRAME_MS / 1000);
  ear->heard = g_string_new (NULL);
  ear->now = 1000 * MS;
  return ear;
}

static void
ear_free (Ear *ear)
{
  g_string_free (ear->heard, TRUE);
  g_free (ear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ear, ear_free)

static void
drain (Ear *ear)
{
  PealDtmfHeard heard;

  while (peal_dtmf_receiver_next (&ear->keys, &heard)) {
    g_string_append_c (ear->heard, heard.key);
    ear->longest = MAX (ear->longest, heard.duration_ms);
  }
}

/* Time goes by until @now. */
static void
wait_until (Ear *ear, gint64 now)
{
  gint64 due = peal_dtmf_receiver_deadline (&ear->keys);

  if (due <= now)
    peal_dtmf_receiver_tick (&ear->keys, due);
  ear->now = MAX (ear->now, now);
  drain (ear);
}

static void
hear (Ear *ear, const PealPacket *packet)
{
  guint clock = packet->payload_type == KEYS_TYPE ? RATE : 0;

  peal_dtmf_receiver_hear (&ear->keys, packet, clock, ear->now);
  drain (ear);
}

/* A packet made by hand. */
static void
hear_key (Ear *ear, guint32 timestamp, guint8 event, guint duration, gboolean end)
{
  guint8 payload[] = { event, (guint8) (end ? 0x8a : 0x0a), (guint8) (duration >> 8),
                       (guint8) duration };
  PealPacket packet = { .payload_type = KEYS_TYPE,
                        .timestamp = timestamp,
                        .ssrc = 7,
                        .payload = payload,
                        .length = sizeof payload };

  hear (ear, &packet);
}

/* RFC 4733 §5: the digits 9, 1, 1 by a clock of 8000 with packets each 50 ms: the first is 200 ms
 * long, the second 250 and the third is being dialled. */
static void
the_example_of_the_specification (void)
{
  static const struct {
    gint ms;
    gboolean marker;
    guint32 timestamp;
    guint8 payload[4];
  } table[] = {
    { 0, TRUE, 0, { 9, 0x07, 0x01, 0x90 } },         { 50, FALSE, 0, { 9, 0x07, 0x03, 0x20 } },
    { 100, FALSE, 0, { 9, 0x07, 0x04, 0xb0 } },      { 150, FALSE, 0, { 9, 0x87, 0x06, 0x40 } },
    { 200, FALSE, 0, { 9, 0x87, 0x06, 0x40 } },      { 250, FALSE, 0, { 9, 0x87, 0x06, 0x40 } },
    { 880, TRUE, 7040, { 1, 0x0a, 0x01, 0x90 } },    { 930, FALSE, 7040, { 1, 0x0a, 0x03, 0x20 } },
    { 980, FALSE, 7040, { 1, 0x0a, 0x04, 0xb0 } },   { 1030, FALSE, 7040, { 1, 0x0a, 0x06, 0x40 } },
    { 1080, FALSE, 7040, { 1, 0x8a, 0x07, 0xd0 } },  { 1130, FALSE, 7040, { 1, 0x8a, 0x07, 0xd0 } },
    { 1180, FALSE, 7040, { 1, 0x8a, 0x07, 0xd0 } },  { 1400, TRUE, 11200, { 1, 0x0a, 0x01, 0x90 } },
    { 1450, FALSE, 11200, { 1, 0x0a, 0x03, 0x20 } },
  };
  static const guint lengths[] = { 200, 250, 100 };
  PealDtmfReceiver keys;
  guint told = 0;

  peal_dtmf_receiver_init (&keys, 8000, 160);
  for (guint i = 0; i <= G_N_ELEMENTS (table); i++) {
    PealDtmfHeard heard;
    if (i < G_N_ELEMENTS (table)) {
      PealPacket packet = { .payload_type = 97,
                            .marker = table[i].marker,
                            .sequence = (guint16) (1 + i),
                            .timestamp = table[i].timestamp,
                            .ssrc = 0x5234a8,
                            .payload = table[i].payload,
                            .length = 4 };
      peal_dtmf_receiver_hear (&keys, &packet, 8000, (gint64) (1000 + table[i].ms) * MS);
    } else
      peal_dtmf_receiver_tick (&keys, peal_dtmf_receiver_deadline (&keys));
    while (peal_dtmf_receiver_next (&keys, &heard)) {
      g_assert_cmpint (heard.key, ==, "911"[told]);
      g_assert_cmpuint (heard.duration_ms, ==, lengths[told++]);
    }
    g_assert_cmpuint (told, ==, i < 3 ? 0 : i < 10 ? 1 : i < 15 ? 2 : 3);
  }
}

static gint
by_arrival (gconstpointer a, gconstpointer b)
{
  const Packet *left = a, *right = b;

  return left->at < right->at ? -1 : left->at > right->at;
}

/* One call over a bad net: what came of each key is told once, in order, and nothing else is. */
static void
over_a_bad_net (guint32 seed, double loss)
{
  static const char dialled[] = "1122*#00ABCD9";
  g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);
  g_autoptr(Ear) ear = ear_new (RATE);
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr(GArray) net = g_array_new (FALSE, FALSE, sizeof (Packet));
  g_autoptr(GString) expected = g_string_new (NULL);
  guint32 last = 0;

  frames (mouth, 10);
  press (mouth, dialled);
  frames (mouth, 9 * (guint) strlen (dialled) + 20);
  for (guint i = 0; i < mouth->packets->len; i++) {
    Packet packet = g_array_index (mouth->packets, Packet, i);
    PealPacket read = packet_at (mouth, i);
    if (g_rand_double (rand) < loss)
      continue;
    if (read.payload_type == KEYS_TYPE && (!expected->len || read.timestamp != last)) {
      g_string_append_c (expected, PEAL_DTMF_KEYS[read.payload[0]]);
      last = read.timestamp;
    }
    for (guint copies = g_rand_double (rand) < 0.1 ? 2 : 1; copies--;) {
      Packet copy = packet;
      copy.at += g_rand_int_range (rand, 0, 70) * MS;
      g_array_append_val (net, copy);
    }
  }
  g_array_sort (net, by_arrival);
  for (guint i = 0; i < net->len; i++) {
    Packet *packet = &g_array_index (net, Packet, i);
    PealPacket read;
    wait_until (ear, packet->at);
    g_assert_true (peal_packet_read (&read, packet->bytes, packet->length));
    hear (ear, &read);
  }
  wait_until (ear, ear->now + 1000 * MS);
  g_assert_cmpstr (ear->heard->str, ==, expected->str);
  g_assert_cmpuint (ear->longest, <=, 100);
}

static void
each_key_is_told_once (void)
{
  for (guint32 seed = 1; seed <= 2000; seed++) {
    g_test_message ("seed %u", seed);
    over_a_bad_net (seed, seed % 4 * 0.2);
  }
}

/* Of the first key one packet in the middle, of the second the first one; sound follows. */
static void
sound_ends_a_key (void)
{
  g_autoptr(Ear) ear = ear_new (RATE);
  PealPacket sound = { .payload_type = SOUND_TYPE, .ssrc = 7 };

  hear_key (ear, 1000, 3, 2880, FALSE);
  sound.timestamp = 1000 + 2880 + 2 * FRAME; /* might be said at the same time */
  hear (ear, &sound);
  g_assert_cmpstr (ear->heard->str, ==, "");
  sound.sequence++;
  sound.timestamp += FRAME;
  hear (ear, &sound);
  g_assert_cmpstr (ear->heard->str, ==, "3");
  hear_key (ear, 1000, 3, 4800, TRUE); /* its end came late */
  g_assert_cmpstr (ear->heard->str, ==, "3");
  g_assert_cmpuint (ear->longest, ==, 60);
}

static void
silence_ends_a_key (void)
{
  g_autoptr(Ear) ear = ear_new (RATE);

  hear_key (ear, 1000, 3, 960, FALSE);
  wait_until (ear, ear->now + 149 * MS);
  g_assert_cmpstr (ear->heard->str, ==, "");
  wait_until (ear, ear->now + 1 * MS);
  g_assert_cmpstr (ear->heard->str, ==, "3");
  hear_key (ear, 1000, 3, 4800, TRUE);
  hear_key (ear, 1000 + 0xffff, 3, 4800, FALSE); /* a segment of what was told */
  wait_until (ear, ear->now + 1000 * MS);
  g_assert_cmpstr (ear->heard->str, ==, "3");
}

/* Three seconds in segments: one key, as long as it was, also where the packets that complete a
 * segment are lost. */
static void
segments_are_one_key (void)
{
  for (guint lossy = 0; lossy < 2; lossy++) {
    g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);
    g_autoptr(Ear) ear = ear_new (RATE);

    g_assert_true (peal_dtmf_sender_add (&mouth->keys, "7", 3000));
    frames (mouth, 160);
    for (guint i = 0; i < mouth->packets->len; i++) {
      PealPacket packet = packet_at (mouth, i);
      wait_until (ear, g_array_index (mouth->packets, Packet, i).at);
      if (!lossy || i % 3 == 1)
        hear (ear, &packet);
    }
    g_assert_cmpstr (ear->heard->str, ==, "7");
    g_assert_cmpuint (ear->longest, ==, 3000);
  }
}

/* Durations that run backward, another key under the same timestamp, what is no key, what is too
 * short, a stranger: none of it changes what is told. */
static void
lies (void)
{
  g_autoptr(Ear) ear = ear_new (RATE);
  PealPacket stub = { .payload_type = KEYS_TYPE, .ssrc = 7, .payload = (guint8 *) "\1\2\3" };

  hear_key (ear, 1000, 3, 4000, FALSE);
  hear_key (ear, 1000, 3, 100, FALSE);
  hear_key (ear, 1000, 4, 48000, FALSE);
  hear_key (ear, 1000, 16, 48000, TRUE);
  hear_key (ear, 5000, 255, 960, TRUE);
  hear_key (ear, 900, 5, 960, TRUE); /* of the past */
  for (stub.length = 0; stub.length < 4; stub.length++)
    hear (ear, &stub);
  g_assert_cmpstr (ear->heard->str, ==, "");
  hear_key (ear, 1000, 3, 0, TRUE);
  g_assert_cmpstr (ear->heard->str, ==, "3");
  g_assert_cmpuint (ear->longest, ==, 4000 / 48);
}

/* A thousand keys a second from a peer that is no person. */
static void
a_flood_is_told_in_part (void)
{
  g_autoptr(Ear) ear = ear_new (RATE);

  for (guint i = 0; i < 3000; i++) {
    wait_until (ear, ear->now + 1 * MS);
    hear_key (ear, i * 48 + 1, (guint8) (i % 16), 48, i & 1);
  }
  g_assert_cmpuint (ear->heard->len, <=, 3 * PEAL_DTMF_MOST_A_SECOND);
  g_assert_cmpuint (ear->heard->len, >=, 2 * PEAL_DTMF_MOST_A_SECOND);
}

/* A stream that begins anew has its own timestamps; so has a clock that was set back, after a
 * while. */
static void
another_stream_begins_anew (void)
{
  g_autoptr(Ear) ear = ear_new (RATE);
  guint8 payload[] = { 2, 0x8a, 1, 1 };
  PealPacket other = {
    .payload_type = KEYS_TYPE, .timestamp = 5, .ssrc = 8, .payload = payload, .length = 4
  };

  hear_key (ear, 100000, 1, 960, FALSE);
  hear (ear, &other);
  g_assert_cmpstr (ear->heard->str, ==, "12");
  other.timestamp = 3;
  hear (ear, &other);
  g_assert_cmpstr (ear->heard->str, ==, "12");
  wait_until (ear, ear->now + 6000 * MS);
  hear (ear, &other);
  g_assert_cmpstr (ear->heard->str, ==, "122");
}

/* --- the places of packets that are no sound --- */

/* The places that packets of keys get between two packets of sound; -1: taken. In frames behind the
 * last sound. */
static void
expect_places (const PealPacket *packets, guint n, const gint *places)
{
  g_autoptr(Ear) ear = ear_new (RATE);
  guint32 base = 0;

  for (guint i = 0; i < n; i++) {
    guint32 place;
    if (packets[i].payload_type == SOUND_TYPE)
      base = packets[i].timestamp;
    else {
      gboolean is_free = peal_dtmf_receiver_place (&ear->keys, &packets[i], RATE, &place);
      g_assert_cmpint (is_free ? (gint) (place - base) / FRAME : -1, ==, places[i]);
    }
    hear (ear, &packets[i]);
  }
}

static void
places_of_ours (void)
{
  g_autoptr(Mouth) mouth = mouth_new (RATE, RATE);
  static const gint places[] = { 0, 1, 2, 3, 4, 5, 6, -1, 0 };
  PealPacket packets[9];

  frames (mouth, 1);
  press (mouth, "1");
  frames (mouth, 7);
  for (guint i = 0; i < 9; i++)
    packets[i] = packet_at (mouth, i);
  expect_places (packets, 9, places);
  /* The sound goes on right behind the last place. */
  g_assert_cmpuint (packets[8].timestamp - packets[0].timestamp, ==, 7 * FRAME);
}

/* libwebrtc begins one frame later, says the end three times at once, and goes on with sound a
 * frame after that. */
static void
places_of_libwebrtc (void)
{
  static const guint8 payloads[][4] = {
    { 1, 10, 3, 0xc0 },      { 1, 10, 7, 0x80 },      { 1, 10, 0x0b, 0x40 },   { 1, 10, 0x0f, 0 },
    { 1, 0x8a, 0x12, 0xc0 }, { 1, 0x8a, 0x12, 0xc0 }, { 1, 0x8a, 0x12, 0xc0 },
  };
  static const gint places[] = { 0, 1, 2, 3, 4, 5, 6, -1, 0 };
  PealPacket packets[9];

  for (guint i = 0; i < 9; i++)
    packets[i] = (PealPacket) {
      .payload_type = i % 8 ? KEYS_TYPE : SOUND_TYPE,
      .sequence = (guint16) (65530 + i),
      .timestamp = i == 0   ? 0
                   : i == 8 ? 7 * FRAME
                            : FRAME,
      .payload = i % 8 ? payloads[i - 1] : NULL,
      .length = i % 8 ? 4 : 0,
    };
  expect_places (packets, 9, places);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dtmf/a_key_takes_the_place_of_sound", a_key_takes_the_place_of_sound);
  g_test_add_func ("/dtmf/keys_follow_one_another", keys_follow_one_another);
  g_test_add_func ("/dtmf/a_key_waits_for_the_gap", a_key_waits_for_the_gap);
  g_test_add_func ("/dtmf/a_long_key_has_segments", a_long_key_has_segments);
  g_test_add_func ("/dtmf/another_clock", another_clock);
  g_test_add_func ("/dtmf/what_was_not_said_is_told", what_was_not_said_is_told);
  g_test_add_func ("/dtmf/too_many_are_refused", too_many_are_refused);
  g_test_add_func ("/dtmf/keys_are_checked", keys_are_checked);
  g_test_add_func ("/dtmf/the_example_of_the_specification", the_example_of_the_specification);
  g_test_add_func ("/dtmf/each_key_is_told_once", each_key_is_told_once);
  g_test_add_func ("/dtmf/sound_ends_a_key", sound_ends_a_key);
  g_test_add_func ("/dtmf/silence_ends_a_key", silence_ends_a_key);
  g_test_add_func ("/dtmf/segments_are_one_key", segments_are_one_key);
  g_test_add_func ("/dtmf/lies", lies);
  g_test_add_func ("/dtmf/a_flood_is_told_in_part", a_flood_is_told_in_part);
  g_test_add_func ("/dtmf/another_stream_begins_anew", another_stream_begins_anew);
  g_test_add_func ("/dtmf/places_of_ours", places_of_ours);
  g_test_add_func ("/dtmf/places_of_libwebrtc", places_of_libwebrtc);
  return g_test_run ();
}
