/* Packets -> pictures: whole frames in order, a decoder, and a sink, in one pipeline.
 *
 * A frame that lacks a packet is never decoded: after a while the canvas does without it and asks
 * for a key frame; the last good picture stays until then. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/easel.h"
#include "media/packet.h"
#include "media/sync.h"
#include "transport/channel.h"

typedef struct PealCanvas PealCanvas;

/* Any thread. */
typedef struct {
  void (*first) (gpointer user, gint64 at); /* the first picture was decoded at @at, monotonic µs */
  void (*failed) (gpointer user, const GError *why); /* domain PEAL_CAUSE */
  void (*closed) (gpointer user); /* the user closed the window; it shows nothing more */
  void (*wants_key_frame) (gpointer user);
} PealCanvasEvents;

typedef struct {
  PealLoop *loop;   /* packets are heard on it */
  const char *sink; /* --video-out, checked; borrowed for the canvas's life */
  PealEasel *easel; /* of "terminal"; held */
  PealSync *sync;   /* held; NULL: pictures wait for nothing */
  gboolean repairs; /* lost packets may come again: they are waited for */
} PealCanvasSetup;

typedef struct {
  guint64 frames;      /* shown so far */
  guint64 dropped;     /* that came in part, or needed one that did */
  guint width, height; /* of the last one as it was coded; 0: none yet */
  guint freezes;       /* times that nothing was shown for over 200 ms though frames are fast */
  guint wait_ms;       /* a frame waits that long now, to even out what the net does */
} PealCanvasCount;

/* One that has still to be tuned. No window opens, and no file is made yet. NULL with @error
 * (PEAL_CAUSE). */
PealCanvas *peal_canvas_new (const PealCanvasSetup *setup, const PealCanvasEvents *events,
                             gpointer user, GError **error);

/* Packets of @payload_type are @codec from now on. FALSE with @error (PEAL_CAUSE). */
gboolean peal_canvas_tune (PealCanvas *canvas, const PealCodec *codec, guint8 payload_type,
                           GError **error);
/* Any thread. */
const PealCodec *peal_canvas_codec (PealCanvas *canvas);

/* Begins to show what comes. */
void peal_canvas_show (PealCanvas *canvas);

/* One packet, in any order, also one that was lost and came again. On the loop; never waits. */
void peal_canvas_hear (PealCanvas *canvas, const PealPacket *packet, const PealDatagram *data);

/* How pictures lie from now on: each is mirrored where @flip says so, then turned by so many
 * @degrees clockwise (0, 90, 180, 270). Any thread. */
void peal_canvas_turn (PealCanvas *canvas, guint degrees, gboolean flip);

/* Any thread. */
void peal_canvas_count (PealCanvas *canvas, PealCanvasCount *count);

/* Stops; a file is whole when this returns. No event follows. Not on the loop. */
void peal_canvas_free (PealCanvas *canvas);
