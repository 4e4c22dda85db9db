/* Pictures -> packets: a source, an encoder and a payloader in one pipeline.
 *
 * Prepared while it still rings, without opening a camera or a screen. Bitrate, size and frame rate
 * change while it runs; the stream goes on. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/packet.h"
#include "transport/loop.h"

typedef struct PealEye PealEye;

typedef struct {
  /* On the loop; payload, timestamp and marker matter. Those of one frame come at once. */
  void (*packet) (gpointer user, const PealPacket *packet);
  /* Any thread: a file has no more; its last picture stays. May be NULL. */
  void (*ended) (gpointer user);
  void (*failed) (gpointer user, const GError *why); /* any thread; domain PEAL_CAUSE */
} PealEyeEvents;

typedef struct {
  PealLoop *loop;
  const char *source; /* --video-in, checked, not none; borrowed for the eye's life */
  const PealCodec *codec;
  guint width, height, fps; /* at most; 0: 1280x720, 30 */
} PealEyeSetup;

typedef struct {
  guint64 frames, key_frames, bytes; /* made so far, bytes of payloads */
  guint width, height;               /* of what is made now; 0: nothing yet */
  guint bitrate, fps;                /* as steered */
} PealEyeCount;

/* NULL with @error (PEAL_CAUSE). */
PealEye *peal_eye_new (const PealEyeSetup *setup, const PealEyeEvents *events, gpointer user,
                       GError **error);

const PealCodec *peal_eye_codec (PealEye *eye);

/* Opens the source and begins; does not wait for it. FALSE with @error (PEAL_CAUSE). */
gboolean peal_eye_look (PealEye *eye, GError **error);

/* The next frame needs no other. Any thread. */
void peal_eye_key_frame (PealEye *eye);

/* @bitrate (bit/s), and pictures that fit into @width x @height and come @fps times a second at
 * most, from now on; 0: as before. Never above the setup's, and the source's shape stays. Any
 * thread. */
void peal_eye_steer (PealEye *eye, guint bitrate, guint width, guint height, guint fps);

/* How many bytes of payload a packet has at most (1,100 at first). Any thread. */
void peal_eye_payload_size (PealEye *eye, guint size);

/* Any thread. */
void peal_eye_count (PealEye *eye, PealEyeCount *count);

/* Stops, and closes the camera. `ended` and `failed` do not come once this returns; `packet` may
 * until peal_eye_free. */
void peal_eye_stop (PealEye *eye);

/* Frees what has been stopped. On the loop. */
void peal_eye_free (PealEye *eye);
