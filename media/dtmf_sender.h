/* Keys that are to be said: which packet takes the place of which frame of sound.
 *
 * While a key is said no sound is (RFC 4733 §2.5.1 lets a sender choose); each frame's place is
 * taken by a packet that tells how long the key has been pressed so far, and the clock of the
 * stream goes on. The last packet is said three times, the third together with the next frame.
 * Between two keys is silence, so that nobody hears scraps of speech; where a comma waits sound
 * goes on.
 *
 *   frames of 20 ms  sound  E     E     E     E     E.end E.end sound
 *                                                         E.end
 *   duration                20    40    60    80    100   100   100
 *
 * Pure: what drives it are the frames' own timestamps. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/dtmf.h"

enum {
  PEAL_DTMF_TONE_MS = 100, /* a key, unless somebody says how long */
  PEAL_DTMF_TONE_LEAST_MS = 40,
  PEAL_DTMF_TONE_MOST_MS = 6000,
};

/* What becomes of a frame. */
typedef enum {
  PEAL_DTMF_SOUND = 0, /* it is said */
  PEAL_DTMF_SILENCE,   /* silence in its place */
  PEAL_DTMF_NOTHING,   /* the packet has its place */
} PealDtmfFrame;

typedef struct {
  guint clock_rate, line_rate; /* Hz: of durations, of timestamps */
  guint frame;                 /* timestamp units */
  guint tone;                  /* of each key from now on, likewise */
  char waiting[PEAL_DTMF_MOST + 1];
  int state;       /* of dtmf_sender.c */
  guint32 since;   /* when the state, and in a tone its segment, began; on the stream's line */
  guint left;      /* of the tone from @since on */
  guint repeats;   /* of the last packet, still to be sent */
  guint event;     /* what is said */
  gboolean marked; /* its first packet has left */
  guint32 said;    /* the timestamp of the last packet, */
  guint8 last[PEAL_DTMF_PAYLOAD]; /* and what it said */
} PealDtmfSender;

/* What leaves instead of a frame or before it. */
typedef struct {
  PealDtmfFrame frame;
  gboolean packet; /* there is one: */
  gboolean marker;
  guint32 timestamp;
  guint8 payload[PEAL_DTMF_PAYLOAD];
} PealDtmfStep;

/* Nothing waits. @clock_rate is that of the payload type; the same as the sound's @line_rate,
 * unless the peer has no such type. */
void peal_dtmf_sender_init (PealDtmfSender *sender, guint clock_rate, guint line_rate, guint frame);

/* Adds @keys, which peal_dtmf_check takes, to what waits. @tone_ms: of these and all that wait, 0:
 * as usual. FALSE: there is no room; none was added. */
gboolean peal_dtmf_sender_add (PealDtmfSender *sender, const char *keys, guint tone_ms);

/* Whether anything is being said or waits, be it a pause. */
gboolean peal_dtmf_sender_is_busy (const PealDtmfSender *sender);

/* Says no more, from this moment on. Returns the keys that nobody heard the end of, for g_free. */
char *peal_dtmf_sender_stop (PealDtmfSender *sender);

/* A frame is due that has @timestamp on the stream's line. */
void peal_dtmf_sender_step (PealDtmfSender *sender, guint32 timestamp, PealDtmfStep *step);
