/* All that hear one content: the ear a person listens with, and those that record what came and
 * what left.
 *
 * They know by our own description which codec a packet is in, and follow the peer from one to
 * another. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/ear.h"
#include "media/negotiate.h"
#include "media/packet.h"
#include "signaling/event.h"
#include "transport/channel.h"

typedef struct PealEars PealEars;

typedef struct {
  PealLoop *loop;         /* packets are heard on it */
  const char *sink;       /* --audio-out, checked */
  const char *probe;      /* of the ear that a person listens with (PealEarSetup); NULL: none */
  const char *record;     /* --record; NULL: no */
  const char *stem;       /* how names of recordings begin */
  const PealCodec *codec; /* a guess, to be prepared for */
} PealEarsSetup;

/* Nothing is played and no file is made yet. @events, without those of recorders' first sound, on
 * any thread. Strings of @setup are borrowed for the life of the ears. NULL with @error
 * (PEAL_CAUSE). */
PealEars *peal_ears_new (const PealEarsSetup *setup, const PealEarEvents *events, gpointer user,
                         GError **error);

/* Begins, after both sides have agreed: @local gives the numbers that the peer uses. FALSE with
 * @error (PEAL_CAUSE). */
gboolean peal_ears_listen (PealEars *ears, const PealRtpDescription *local,
                           const PealAgreement *agreement, GError **error);

/* A packet of the peer's. On the loop. TRUE: it is in another codec of ours, and peal_ears_tune
 * should be called with its number; this is said once. */
gboolean peal_ears_hear (PealEars *ears, const PealPacket *packet, const PealDatagram *data);
gboolean peal_ears_tune (PealEars *ears, guint8 payload_type, GError **error);

/* The packet at @place of the peer's stream was no sound: silence is heard there, or nothing, where
 * it is @taken. Its payload does not count. On the loop. */
void peal_ears_pass (PealEars *ears, const PealPacket *place, gboolean taken);

/* A packet of ours, for the record. On the loop. */
void peal_ears_sent (PealEars *ears, const PealDatagram *data);

/* The name of the codec that is heard. */
const char *peal_ears_codec (PealEars *ears);

/* Once a second, when @stats says already what the exchange knows: adds what the ears know, the
 * level since the last time (peal_ear_level), and what to think of it all. */
void peal_ears_second (PealEars *ears, PealStats *stats);

/* Stops; files are whole when this returns. */
void peal_ears_free (PealEars *ears);
