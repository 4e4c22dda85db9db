/* Packets -> sound: jitter buffer, decoder with loss concealment, and a sink, in one pipeline.
 *
 * The part before the sink is built for one codec and may be exchanged while it runs; sink and
 * file go on. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#include "media/codecs.h"
#include "media/playout.h"
#include "transport/channel.h"

typedef struct PealEar PealEar;

/* Any thread. */
typedef struct {
  void (*first) (gpointer user,
                 gint64 at); /* the first decoded sound was due at @at, monotonic µs */
  void (*failed) (gpointer user, const GError *why);
  /* The device is gone, @why says how, or back (NULL). It goes on. May be NULL. */
  void (*device) (gpointer user, const char *why);
  /* On the loop: the sound of the packet of @timestamp will be heard at @at, monotonic µs. May be
   * NULL. */
  void (*due) (gpointer user, guint32 timestamp, gint64 at);
  /* A record can go no further; the call does. May be NULL for what is none. */
  void (*record_ended) (gpointer user, const GError *why);
} PealEarEvents;

typedef struct {
  PealLoop *loop;    /* packets are heard on it */
  const char *sink;  /* --audio-out, checked */
  gboolean record;   /* nobody listens: all that came is kept, however late */
  const char *probe; /* the name of one to stand before the sink (media/processing.h); NULL: none */
} PealEarSetup;

/* An ear that has still to be tuned. Nothing is played and no file is made yet. NULL with @error
 * (PEAL_CAUSE). */
PealEar *peal_ear_new (const PealEarSetup *setup, const PealEarEvents *events, gpointer user,
                       GError **error);

/* Packets of @payload_type are @codec from now on. FALSE with @error (PEAL_CAUSE). */
gboolean peal_ear_tune (PealEar *ear, const PealCodec *codec, guint8 payload_type, GError **error);
const PealCodec *peal_ear_codec (PealEar *ear);

/* Two channels from now on, where the sink can have them. Before it is tuned for the call. */
void peal_ear_widen (PealEar *ear);

/* Begins to play. A record begins at @since (monotonic µs), with silence until something comes, so
 * that those of both legs lie on each other. */
void peal_ear_listen (PealEar *ear, gint64 since);

/* One packet, as it came (@packet points into @data). The jitter buffer learns from when it came
 * how long to wait for the next ones. On the loop; never waits. */
void peal_ear_hear (PealEar *ear, const PealPacket *packet, const PealDatagram *data);

/* The same of a packet that was put in the place of another, whose time says nothing of the net.
 * One without payload is heard as nothing, and as nothing lost. */
void peal_ear_fill (PealEar *ear, const PealPacket *packet, const PealDatagram *data);

/* How loud it was since this was asked last, dBFS (a full-scale sine is -3); NAN: nothing was
 * heard. Any thread. */
double peal_ear_level (PealEar *ear);

/* What was missing so far. Any thread. */
void peal_ear_count (PealEar *ear, PealPlayoutCount *count);

/* How long its jitter buffer waits now, ms. Any thread. */
guint peal_ear_wait (PealEar *ear);

/* Asks the sink how long after it is due sound leaves it, which `due` takes into account: once in a
 * while. Not on the loop. */
void peal_ear_measure (PealEar *ear);

/* Stops; a file is whole when this returns. No event follows. */
void peal_ear_free (PealEar *ear);
