/* Sound -> packets: a source, an encoder and a payloader in one pipeline.
 *
 * Prepared while it still rings, without opening a microphone: the first packet of a file or a tone
 * is made and waits. It begins when told, at the beginning of the source. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/packet.h"
#include "media/wishes.h"
#include "media/processing.h"
#include "transport/loop.h"

typedef struct PealMouth PealMouth;

typedef struct {
  /* On the loop; payload and timestamp matter. @level: how loud it is about (peal_level_now). */
  void (*packet) (gpointer user, const PealPacket *packet, guint8 level);
  void (*ended) (gpointer user);                     /* any thread: the source has no more */
  void (*failed) (gpointer user, const GError *why); /* any thread */
  /* Any thread: the device is gone, @why says how, or back (NULL). It goes on. May be NULL. */
  void (*device) (gpointer user, const char *why);
} PealMouthEvents;

typedef struct {
  PealLoop *loop;
  const char *source; /* --audio-in, checked, not silence; borrowed for the mouth's life */
  const PealCodec *codec;
  PealProcessing processing; /* of a device's sound */
  const char *probe;         /* hears what the device may hear too; NULL: none; borrowed likewise */
} PealMouthSetup;

/* NULL with @error (PEAL_CAUSE). */
PealMouth *peal_mouth_new (const PealMouthSetup *setup, const PealMouthEvents *events,
                           gpointer user, GError **error);

/* How loud what it said since the last time was (peal_level_ask). */
double peal_mouth_level (PealMouth *mouth);

/* The codec of its setup. */
const PealCodec *peal_mouth_codec (PealMouth *mouth);

/* Makes what it says as the peer wants it; @stereo: in two channels, where the source has them.
 * Before it speaks. */
void peal_mouth_suit (PealMouth *mouth, const PealWishes *wishes, gboolean stereo);

/* The peer allows so many bit/s now (0: any), after it was suited. */
void peal_mouth_limit (PealMouth *mouth, guint most_bitrate);

/* Uses @bitrate (bit/s) from now on and prepares for @loss_percent of loss, without a gap; nothing
 * happens where the codec has no such choice. */
void peal_mouth_steer (PealMouth *mouth, guint bitrate, guint loss_percent);

/* Opens the source, where that had to wait, and begins. FALSE with @error (PEAL_CAUSE). */
gboolean peal_mouth_speak (PealMouth *mouth, GError **error);

/* Stops. `ended` and `failed` do not come once this returns; `packet` may until peal_mouth_free. */
void peal_mouth_stop (PealMouth *mouth);

/* Frees what has been stopped. On the loop. */
void peal_mouth_free (PealMouth *mouth);
