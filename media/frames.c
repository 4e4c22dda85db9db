/* Whole frames in order, from packets as they come. */
// SPDX-License-Identifier: MIT
#include "media/frames.h"

enum {
  SLOTS = 1024, /* packets that may wait; a power of two */
  ASK_AGAIN = 400 * G_TIME_SPAN_MILLISECOND,
};

typedef struct {
  GBytes *data; /* NULL: not there */
  guint16 sequence;
  guint32 timestamp;
  gboolean marker, empty;
  gboolean begins_key;
  gint64 came;
} Slot;

struct PealFrames {
  PealFramesSetup setup;
  Slot slots[SLOTS];
  guint32 ssrc;
  gboolean begun;        /* something has come */
  gboolean broken;       /* nothing leaves before a key frame */
  guint16 next, highest; /* the first that has not left; the newest that has come */
  gint64 missed;         /* since when @next is missing though others came; 0: it is not */
  gint64 asked;          /* for a key frame; 0: not since it is broken */
  PealFramesCount count;
};

PealFrames *
peal_frames_new (const PealFramesSetup *setup)
{
  PealFrames *frames = g_new0 (PealFrames, 1);

  frames->setup = *setup;
  frames->broken = TRUE;
  return frames;
}

static Slot *
slot_of (PealFrames *frames, guint16 sequence)
{
  return &frames->slots[sequence % SLOTS];
}

static Slot *
there (PealFrames *frames, guint16 sequence)
{
  Slot *slot = slot_of (frames, sequence);

  return slot->data && slot->sequence == sequence ? slot : NULL;
}

static void
empty_slot (PealFrames *frames, Slot *slot)
{
  frames->count.dropped += slot->data && slot->marker;
  g_clear_pointer (&slot->data, g_bytes_unref);
}

static void
forget (PealFrames *frames)
{
  for (guint i = 0; i < SLOTS; i++)
    empty_slot (frames, &frames->slots[i]);
}

void
peal_frames_free (PealFrames *frames)
{
  forget (frames);
  g_free (frames);
}

static void
break_off (PealFrames *frames)
{
  if (!frames->broken)
    frames->asked = 0;
  frames->broken = TRUE;
  frames->missed = 0;
}

void
peal_frames_break (PealFrames *frames)
{
  break_off (frames);
}

/* What is before @sequence is not waited for any more. */
static void
move_to (PealFrames *frames, guint16 sequence)
{
  if (sequence == frames->next)
    return;
  for (guint16 at = frames->next; at != sequence; at++)
    if (there (frames, at))
      empty_slot (frames, slot_of (frames, at));
  frames->next = sequence;
  frames->missed = 0;
}

/* --- packets in --- */

static void
begin (PealFrames *frames, const PealPacket *packet)
{
  forget (frames);
  break_off (frames);
  frames->begun = TRUE;
  frames->ssrc = packet->ssrc;
  frames->next = packet->sequence;
  frames->highest = (guint16) (packet->sequence - 1);
}

/* How far @sequence is from the first that has not left; makes room for it where it is ahead. */
static gint
place (PealFrames *frames, guint16 sequence)
{
  gint ahead = (gint16) (guint16) (sequence - frames->next);

  if (ahead >= SLOTS && ahead < SLOTS * 2) { /* nothing of it can be whole for long */
    break_off (frames);
    move_to (frames, (guint16) (sequence - SLOTS / 2));
    ahead = SLOTS / 2;
  }
  return ahead;
}

static void
keep (PealFrames *frames, const PealPacket *packet, GBytes *data, gint64 now)
{
  Slot *slot = slot_of (frames, packet->sequence);

  empty_slot (frames, slot);
  *slot = (Slot) {
    .data = g_bytes_ref (data),
    .sequence = packet->sequence,
    .timestamp = packet->timestamp,
    .marker = packet->marker,
    .empty = packet->length == 0,
    .begins_key = frames->setup.key_frame (packet->payload, packet->length),
    .came = now,
  };
  if ((gint16) (guint16) (packet->sequence - frames->highest) > 0)
    frames->highest = packet->sequence;
}

void
peal_frames_put (PealFrames *frames, const PealPacket *packet, GBytes *data, gint64 now)
{
  if (!frames->begun || packet->ssrc != frames->ssrc)
    begin (frames, packet);
  gint ahead = place (frames, packet->sequence);
  if (ahead >= SLOTS || ahead < -SLOTS * 2) { /* another stream, by its numbers */
    begin (frames, packet);
    ahead = 0;
  }
  if (ahead < 0 || there (frames, packet->sequence)) {
    frames->count.late++;
    return;
  }
  keep (frames, packet, data, now);
}

/* --- frames out --- */

typedef enum { WHOLE, GROWS, HOLED } Reach; /* of a frame: more may just not have come yet */

static guint16
skip_empty (PealFrames *frames, guint16 at)
{
  for (Slot *slot; (slot = there (frames, at)) && slot->empty;)
    at++;
  return at;
}

/* Where the frame that begins at @at ends: at its marker, or before another begins. Of what is not
 * WHOLE @end is the first that is missing. */
static Reach
reach (PealFrames *frames, guint16 at, guint16 *end)
{
  guint32 timestamp = slot_of (frames, at)->timestamp;

  for (Slot *slot; (slot = there (frames, at)); at++) {
    gboolean other = !slot->empty && slot->timestamp != timestamp;
    *end = (guint16) (at + !other);
    if (other || (slot->marker && !slot->empty))
      return WHOLE;
  }
  *end = at;
  return (gint16) (guint16) (frames->highest - at) > 0 ? HOLED : GROWS;
}

static void
give (PealFrames *frames, guint16 end, PealFrame *frame)
{
  Slot *first = slot_of (frames, frames->next);

  *frame = (PealFrame) { .packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
                         .timestamp = first->timestamp,
                         .key = first->begins_key };
  for (; frames->next != end; frames->next++) {
    Slot *slot = slot_of (frames, frames->next);
    frame->whole = MAX (frame->whole, slot->came);
    if (!slot->empty)
      g_ptr_array_add (frame->packets, g_steal_pointer (&slot->data));
    g_clear_pointer (&slot->data, g_bytes_unref);
  }
  frames->missed = 0;
  frames->broken = FALSE;
}

/* The oldest whole key frame, or else whether one is on its way without a hole. */
static gboolean
find_key (PealFrames *frames, guint16 *at, gboolean *grows)
{
  guint16 end;

  *grows = FALSE;
  for (guint16 one = frames->next; (gint16) (guint16) (frames->highest - one) >= 0; one++) {
    Slot *slot = there (frames, one);
    if (!slot || slot->empty || !slot->begins_key)
      continue;
    Reach reached = reach (frames, one, &end);
    *at = one;
    if (reached == WHOLE)
      return TRUE;
    *grows |= reached == GROWS;
    one = end; /* what else begins before it reaches no further */
  }
  return FALSE;
}

static void
miss (PealFrames *frames, gint64 now)
{
  if (!frames->missed)
    frames->missed = now;
  if (now >= frames->missed + frames->setup.patience_ms * G_TIME_SPAN_MILLISECOND)
    break_off (frames);
}

gboolean
peal_frames_take (PealFrames *frames, gint64 now, PealFrame *frame)
{
  gboolean grows;
  guint16 key, end;

  if (!frames->begun)
    return FALSE;
  move_to (frames, skip_empty (frames, frames->next));
  if (!frames->broken && there (frames, frames->next)) {
    Reach reached = reach (frames, frames->next, &end);
    if (reached == WHOLE) {
      give (frames, end, frame);
      return TRUE;
    }
    if (reached == HOLED)
      miss (frames, now);
  } else if (!frames->broken && (gint16) (guint16) (frames->highest - frames->next) > 0)
    miss (frames, now);
  /* A key frame behind the hole needs nothing of what is before it. */
  if ((!frames->broken && !frames->missed) || !find_key (frames, &key, &grows))
    return FALSE;
  move_to (frames, key);
  reach (frames, key, &end);
  give (frames, end, frame);
  return TRUE;
}

/* --- asking --- */

gboolean
peal_frames_wants_key (PealFrames *frames, gint64 now)
{
  gboolean grows;
  guint16 key;

  if (!frames->begun || !frames->broken || (frames->asked && now < frames->asked + ASK_AGAIN))
    return FALSE;
  frames->asked = now;
  /* One that is on its way is not asked for again: at a low rate it takes its time. */
  return !find_key (frames, &key, &grows) && !grows;
}

gint64
peal_frames_deadline (PealFrames *frames)
{
  if (frames->begun && frames->broken)
    return frames->asked ? frames->asked + ASK_AGAIN : 0;
  if (frames->missed)
    return frames->missed + frames->setup.patience_ms * G_TIME_SPAN_MILLISECOND;
  return G_MAXINT64;
}

void
peal_frames_count (const PealFrames *frames, PealFramesCount *count)
{
  *count = frames->count;
}
