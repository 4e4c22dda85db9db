/* Fuzzes what a peer says beside its packets: RTCP with all its feedback, and header extensions;
 * what we write of what was read is read alike.
 *
 * An input is datagrams, each with a length before it. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "media/arrival.h"
#include "media/extensions.h"
#include "media/rtcp_feedback.h"

enum { US = 0x5eed5eed, ROOM = 6000 };

static const PealFeedbackSources sources = { .from = 1, .about = US };

static void
write_again (PealFeedback *feedback)
{
  static guint8 bytes[ROOM]; /* only while this runs */
  g_autofree PealFeedback *again = g_new0 (PealFeedback, 1);
  const guint8 *at = bytes;
  PealRtcpPart part;
  gsize length = 0;
  guint n = 1;

  switch (feedback->kind) {
  case PEAL_FEEDBACK_NACK:
    length = peal_feedback_put_nack (bytes, ROOM, &sources, feedback->missing, &n);
    break;
  case PEAL_FEEDBACK_REMB:
    length = peal_feedback_put_remb (bytes, ROOM, &sources, feedback->bitrate);
    break;
  case PEAL_FEEDBACK_ARRIVED:
    length = peal_feedback_put_arrivals (bytes, ROOM, &sources, &feedback->arrived);
    break;
  default:
    break;
  }
  if (!length)
    return;
  g_assert_true (peal_rtcp_next (&at, &length, &part));
  g_assert_cmpuint (length, ==, 0);
  g_assert_cmpint (peal_feedback_read (&part, US, again), ==, feedback->kind);
  for (guint i = 0; feedback->kind == PEAL_FEEDBACK_ARRIVED && i < feedback->arrived.n; i++)
    g_assert_true ((again->arrived.at[i] == PEAL_FEEDBACK_NEVER) ==
                   (feedback->arrived.at[i] == PEAL_FEEDBACK_NEVER));
}

static void
hear_feedback (PealDepartures *departures, const guint8 *data, gsize length)
{
  g_autofree PealFeedback *feedback = g_new0 (PealFeedback, 1);
  g_autofree PealRateArrival *told = g_new0 (PealRateArrival, PEAL_FEEDBACK_ARRIVALS);
  PealRtcpPart part;

  while (peal_rtcp_next (&data, &length, &part)) {
    PealFeedbackKind kind = peal_feedback_read (&part, US, feedback);
    g_assert_cmpuint (feedback->n_missing, <=, PEAL_FEEDBACK_MISSING);
    if (kind == PEAL_FEEDBACK_ARRIVED) {
      g_assert_cmpuint (feedback->arrived.n, <=, PEAL_FEEDBACK_ARRIVALS);
      g_assert_cmpuint (peal_departures_hear (departures, &feedback->arrived, told), <=,
                        feedback->arrived.n);
    }
    write_again (feedback);
  }
}

static void
hear_extensions (guint8 *data, gsize length)
{
  const PealExtensionIds ids = {
    .mid = 4, .abs_send_time = 2, .transport_cc = 3, .audio_level = 1, .orientation = 200
  };
  guint8 body[PEAL_EXTENSIONS_MAX];
  PealExtensions said, again;
  PealPacket packet;

  if (!peal_packet_read (&packet, data, length))
    return;
  peal_extensions_read (&packet, &ids, &said);
  peal_extensions_write (&packet, &ids, &said, body);
  g_assert_cmpuint (packet.extension_length, <=, sizeof body);
  peal_extensions_read (&packet, &ids, &again);
  g_assert_true (again.has_transport_cc == said.has_transport_cc);
  g_assert_cmpuint (again.transport_cc, ==, said.transport_cc);
  g_assert_cmpuint (again.abs_send_time, ==, said.abs_send_time);
  g_assert_cmpuint (again.orientation, ==, said.orientation);
  g_assert_cmpuint (again.audio_level, ==, said.audio_level);
  if (said.mid_length <= PEAL_EXTENSIONS_MID)
    g_assert_cmpmem (again.mid, again.mid_length, said.mid, said.mid_length);
  g_assert_true (peal_extensions_stamp (data, length, &ids, &(PealExtensions) { 0 }) ==
                 said.has_transport_cc);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  g_autofree PealDepartures *departures = g_new0 (PealDepartures, 1);

  for (guint i = 0; i < 300; i++)
    peal_departures_leave (departures, 1000, i);
  while (input.size) {
    FuzzInput piece = fuzz_take (&input, fuzz_u16 (&input) % 2048);
    g_autofree guint8 *exact = fuzz_copy (piece);
    hear_feedback (departures, exact, piece.size);
    hear_extensions (exact, piece.size);
  }
  return 0;
}
