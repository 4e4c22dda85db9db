/* Keys that are heard: each once, whatever was lost, doubled or overtaken.
 *
 * A key is known by its timestamp. It is told when it ends: by the packet that says so, by the next
 * key, by sound that is three frames further, or by 150 ms without a packet of it; what comes of it
 * later is known. One packet of a key is enough.
 *
 * The jitter buffer must not miss what was no sound: each packet of a key has a place on the
 * stream's line, where silence belongs. peal_dtmf_receiver_place finds it for senders that begin
 * one frame later and say the end three times at once (libwebrtc) as for ours.
 *
 * Pure: the time is an argument. Each input may make up to two keys ready; drain them. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/dtmf.h"
#include "media/packet.h"

enum {
  PEAL_DTMF_QUIET = 150 * 1000, /* µs without a packet end a key */
  PEAL_DTMF_MOST_A_SECOND = 20, /* keys that are told: who presses faster is no person */
};

typedef struct {
  char key;
  guint duration_ms;
} PealDtmfHeard;

typedef struct {
  guint line_rate, frame; /* of the sound: Hz, timestamp units */
  gboolean known;         /* @ssrc is valid */
  guint32 ssrc;

  gboolean sound; /* there was some; the latest of it: */
  guint16 sound_sequence;
  guint32 sound_timestamp;
  gboolean placed; /* the last place that was given: */
  guint32 place;

  int state; /* of the latest key; see dtmf_receiver.c */
  guint event, clock_rate;
  guint32 since;  /* its segment's timestamp */
  guint duration; /* of the segment, clock units */
  guint64 before; /* of earlier segments, likewise */
  gint64 at;      /* when its last packet came, µs */

  PealDtmfHeard ready[2];
  guint n_ready;
  gint64 second; /* when the second that is counted began, */
  guint told;    /* and the keys of it */
} PealDtmfReceiver;

/* Nothing was heard yet; @line_rate and @frame are those of the sound that probably comes. */
void peal_dtmf_receiver_init (PealDtmfReceiver *receiver, guint line_rate, guint frame);

/* A packet of the stream came at @now (µs): of keys, by a clock of @clock_rate, or sound (0). */
void peal_dtmf_receiver_hear (PealDtmfReceiver *receiver, const PealPacket *packet,
                              guint clock_rate, gint64 now);

/* When it wants to be told the time, µs; G_MAXINT64: never. */
gint64 peal_dtmf_receiver_deadline (const PealDtmfReceiver *receiver);
void peal_dtmf_receiver_tick (PealDtmfReceiver *receiver, gint64 now);

/* The next key that is ready. FALSE: none is. */
gboolean peal_dtmf_receiver_next (PealDtmfReceiver *receiver, PealDtmfHeard *heard);

/* Where silence belongs, instead of a @packet of keys: its timestamp. FALSE: that place is taken
 * already. Before the packet is heard. */
gboolean peal_dtmf_receiver_place (PealDtmfReceiver *receiver, const PealPacket *packet,
                                   guint clock_rate, guint32 *timestamp);
