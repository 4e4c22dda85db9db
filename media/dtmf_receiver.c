/* Keys that are heard: each once, whatever was lost, doubled or overtaken. */
// SPDX-License-Identifier: MIT
#include "media/dtmf_receiver.h"

enum {
  FRAMES_LATER = 3,            /* sound that far behind a key shows that it has ended */
  FORGET = 5 * G_USEC_PER_SEC, /* after that a timestamp of the past is another clock's */
};

/* The latest key. */
typedef enum {
  NONE = 0,
  PRESSED,
  TOLD, /* what still comes of it is known */
} State;

void
peal_dtmf_receiver_init (PealDtmfReceiver *receiver, guint line_rate, guint frame)
{
  *receiver = (PealDtmfReceiver) { .line_rate = line_rate, .frame = frame };
}

static guint
on_line (const PealDtmfReceiver *receiver, guint duration, guint clock_rate)
{
  return (guint) ((guint64) duration * receiver->line_rate / clock_rate);
}

static void
finish (PealDtmfReceiver *receiver, gint64 now)
{
  if (receiver->state != PRESSED)
    return;
  receiver->state = TOLD;
  if (now - receiver->second >= G_USEC_PER_SEC) {
    receiver->second = now;
    receiver->told = 0;
  }
  if (receiver->told >= PEAL_DTMF_MOST_A_SECOND ||
      receiver->n_ready == G_N_ELEMENTS (receiver->ready))
    return;
  receiver->told++;
  receiver->ready[receiver->n_ready++] = (PealDtmfHeard) {
    .key = PEAL_DTMF_KEYS[receiver->event],
    .duration_ms = (guint) ((receiver->before + receiver->duration) * 1000 / receiver->clock_rate),
  };
}

/* §2.5.1.3: a key that is longer than one packet can tell goes on under a new timestamp. */
static gboolean
goes_on (const PealDtmfReceiver *receiver, const PealPacket *packet, guint event)
{
  guint32 gone = packet->timestamp - receiver->since;

  return receiver->event == event && !packet->marker &&
         gone == on_line (receiver, PEAL_DTMF_LONGEST, receiver->clock_rate);
}

static void
begin (PealDtmfReceiver *receiver, const PealPacket *packet, guint event, guint clock_rate)
{
  receiver->state = PRESSED;
  receiver->event = event;
  receiver->clock_rate = clock_rate;
  receiver->since = packet->timestamp;
  receiver->duration = 0;
  receiver->before = 0;
}

static void
hear_key (PealDtmfReceiver *receiver, const PealPacket *packet, guint clock_rate, gint64 now)
{
  PealDtmfPayload payload;

  if (!peal_dtmf_read (&payload, packet->payload, packet->length) ||
      payload.event >= PEAL_DTMF_N_KEYS)
    return;
  gint32 later = (gint32) (packet->timestamp - receiver->since);
  if (receiver->state != NONE && later < 0 && now - receiver->at < FORGET)
    return; /* an earlier key's, overtaken by this one */
  if (receiver->state != NONE && goes_on (receiver, packet, payload.event)) {
    receiver->before += PEAL_DTMF_LONGEST;
    receiver->since = packet->timestamp;
    receiver->duration = 0;
  } else if (receiver->state == NONE || later != 0) {
    finish (receiver, now);
    begin (receiver, packet, payload.event, clock_rate);
  } else if (payload.event != receiver->event)
    return;
  receiver->duration = MAX (receiver->duration, payload.duration);
  receiver->at = now;
  if (payload.end)
    finish (receiver, now);
}

static void
hear_sound (PealDtmfReceiver *receiver, const PealPacket *packet, gint64 now)
{
  if (receiver->sound && (gint16) (packet->sequence - receiver->sound_sequence) < 0)
    return;
  receiver->sound = TRUE;
  receiver->sound_sequence = packet->sequence;
  receiver->sound_timestamp = packet->timestamp;
  if (receiver->state != PRESSED)
    return;
  guint32 end = receiver->since + on_line (receiver, receiver->duration, receiver->clock_rate);
  if ((gint32) (packet->timestamp - end) >= (gint32) (FRAMES_LATER * receiver->frame))
    finish (receiver, now);
}

void
peal_dtmf_receiver_hear (PealDtmfReceiver *receiver, const PealPacket *packet, guint clock_rate,
                         gint64 now)
{
  if (!receiver->known || packet->ssrc != receiver->ssrc) {
    finish (receiver, now);
    receiver->known = TRUE;
    receiver->ssrc = packet->ssrc;
    receiver->sound = receiver->placed = FALSE;
    receiver->state = NONE;
  }
  if (clock_rate)
    hear_key (receiver, packet, clock_rate, now);
  else
    hear_sound (receiver, packet, now);
}

gint64
peal_dtmf_receiver_deadline (const PealDtmfReceiver *receiver)
{
  return receiver->state == PRESSED ? receiver->at + PEAL_DTMF_QUIET : G_MAXINT64;
}

void
peal_dtmf_receiver_tick (PealDtmfReceiver *receiver, gint64 now)
{
  if (now >= peal_dtmf_receiver_deadline (receiver))
    finish (receiver, now);
}

gboolean
peal_dtmf_receiver_next (PealDtmfReceiver *receiver, PealDtmfHeard *heard)
{
  if (!receiver->n_ready)
    return FALSE;
  *heard = receiver->ready[0];
  receiver->ready[0] = receiver->ready[1];
  receiver->n_ready--;
  return TRUE;
}

/* By its number it is so many frames behind the last sound, but not behind the end of what it tells
 * of: the end is said again after it is over. */
gboolean
peal_dtmf_receiver_place (PealDtmfReceiver *receiver, const PealPacket *packet, guint clock_rate,
                          guint32 *timestamp)
{
  PealDtmfPayload payload = { 0 };

  peal_dtmf_read (&payload, packet->payload, packet->length);
  guint32 end = packet->timestamp + on_line (receiver, payload.duration, clock_rate);
  guint32 place = end - receiver->frame;
  if (receiver->sound && receiver->ssrc == packet->ssrc) {
    gint16 frames = (gint16) (packet->sequence - receiver->sound_sequence);
    place = receiver->sound_timestamp + (guint32) (frames * (gint32) receiver->frame);
    gint32 beyond = (gint32) (place - end);
    if (beyond > 0 && beyond < (gint32) receiver->line_rate)
      place = end;
  }
  gboolean taken = receiver->placed && receiver->place == place;
  receiver->placed = TRUE;
  receiver->place = place;
  *timestamp = place;
  return !taken;
}
