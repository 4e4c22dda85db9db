/* What we tell a peer by REMB that it may send, where transport-wide feedback is not agreed. */
// SPDX-License-Identifier: MIT
#include "media/rate_receiver.h"

enum { SECOND = 1000 * 1000, PAUSE = SECOND / 20, LEAST = 50 * 1000, START = 300 * 1000 };
enum { MOST = 100 * 1000 * 1000 };

static const double clearly_less = 0.97;

void
peal_rate_receiver_init (PealRateReceiver *receiver, guint most)
{
  double limit = most ? MAX (most, LEAST) : MOST;

  *receiver = (PealRateReceiver) { 0 };
  peal_rate_way_init (
      &receiver->way,
      &(PealRateBounds) { .least = LEAST, .start = MIN (START, limit), .most = limit });
}

/* @units a second, whose counter has @bits. */
static void
hear (PealRateReceiver *receiver, guint32 time, guint bits, double units)
{
  guint unused = 32 - bits;
  gint32 passed = (gint32) ((time - receiver->last) << unused) >> unused;

  if (receiver->known)
    receiver->sent += (gint64) (passed * (SECOND / units));
  receiver->last = time;
  receiver->known = TRUE;
}

static void
arrived (PealRateReceiver *receiver, guint bytes, gint64 now)
{
  peal_rate_way_hear (&receiver->way, &(PealRatePassage) {
                                          .sent = receiver->sent, .arrived = now, .bytes = bytes });
}

void
peal_rate_receiver_hear (PealRateReceiver *receiver, guint32 sent, guint bytes, gint64 now)
{
  if (!receiver->timed)
    receiver->known = FALSE;
  receiver->timed = TRUE;
  hear (receiver, sent, 24, 1 << 18);
  arrived (receiver, bytes, now);
}

void
peal_rate_receiver_hear_bare (PealRateReceiver *receiver, guint32 timestamp, guint bytes,
                              gint64 now)
{
  if (receiver->timed) {
    peal_rate_acked_hear (&receiver->way.acked, now, bytes);
    return;
  }
  hear (receiver, timestamp, 32, 90000);
  arrived (receiver, bytes, now);
}

guint64
peal_rate_receiver_tell (PealRateReceiver *receiver, gint64 now)
{
  if (!receiver->known || (receiver->way.decided && now - receiver->way.decided < PAUSE))
    return 0;
  peal_rate_way_decide (&receiver->way, 0, now);
  gboolean less = receiver->way.bitrate < clearly_less * receiver->bitrate;
  if (receiver->told && !less && now - receiver->told < SECOND)
    return 0;
  receiver->told = now;
  receiver->bitrate = receiver->way.bitrate;
  return (guint64) receiver->bitrate;
}
