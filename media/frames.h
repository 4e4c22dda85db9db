/* Whole frames in order, from packets as they come.
 *
 * A frame leaves when all of its packets are there and the frames before it have left. What is
 * missing is waited for, since it may be sent again; when it does not come in time nothing leaves
 * until the next whole key frame, since all between needs what was lost. Numbers that are nothing
 * of the picture are told as packets without payload.
 *
 * Pure: the time is an argument (monotonic µs). */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/packet.h"

typedef struct PealFrames PealFrames;

typedef struct {
  gboolean (*key_frame) (const guint8 *payload, gsize length); /* of the codec's row */
  guint patience_ms;                                           /* for what is missing */
} PealFramesSetup;

typedef struct {
  GPtrArray *packets; /* of GBytes *, whole packets in order; owned by who takes the frame */
  guint32 timestamp;
  gboolean key;
  gint64 whole; /* when the last of it came, µs */
} PealFrame;

typedef struct {
  guint64 dropped; /* frames, told by their last packets, that never left */
  guint64 late;    /* packets that came when nobody waited for them any more, or twice */
} PealFramesCount;

PealFrames *peal_frames_new (const PealFramesSetup *setup);
void peal_frames_free (PealFrames *frames);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealFrames, peal_frames_free)

/* @packet came, whose bytes are @data. */
void peal_frames_put (PealFrames *frames, const PealPacket *packet, GBytes *data, gint64 now);

/* The next frame, if it is time for it. Call until FALSE. */
gboolean peal_frames_take (PealFrames *frames, gint64 now, PealFrame *frame);

/* Whether a key frame should be asked for: now, and again after a while. */
gboolean peal_frames_wants_key (PealFrames *frames, gint64 now);

/* When to ask for either again although no packet came; G_MAXINT64: never. */
gint64 peal_frames_deadline (PealFrames *frames);

/* Nothing that has been taken can be used: begins again with a key frame. */
void peal_frames_break (PealFrames *frames);

void peal_frames_count (const PealFrames *frames, PealFramesCount *count);
