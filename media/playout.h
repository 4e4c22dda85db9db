/* What is heard when: packets as they came become an unbroken line of sound.
 *
 * Packets leave in order, as soon as all before them have; each with the moment at which it is to
 * be heard, which follows the one before it without a gap. Where a packet is not there when its
 * turn has come, however many are missing and whether or not a later one came yet, a hole takes its
 * place, which the decoder fills. The line keeps near to what PealPatience finds right: it falls
 * behind by holes, as they come or where it has to, and catches up by packets that it leaves out.
 * Where nothing comes for long it ends, and begins anew with the next packet.
 *
 * Pure: the time is an argument (monotonic µs). */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/patience.h"

typedef struct PealPlayout PealPlayout;

typedef struct {
  GBytes *packet; /* owned by who takes the step; NULL: a hole */
  gint64 at;      /* when it is to be heard, µs */
  gint64 length;  /* µs */
} PealPlayoutStep;

typedef struct {
  double heard_ms;    /* all that was played, holes included */
  double invented_ms; /* holes, but for what was had from copies */
  guint bursts;       /* of holes */
  guint late;         /* packets that came after their turn, or were left out to catch up */
  guint recovered;    /* packets of which the next one carried a copy */
} PealPlayoutCount;

typedef struct {
  guint clock_rate; /* Hz, of timestamps */
  guint wait_ms;    /* at first */
  gboolean fixed;   /* and for ever: nobody listens, and nothing is left out */
  /* Whether a payload can be decoded; what cannot never came. NULL: all can. */
  gboolean (*decodes) (const guint8 *payload, gsize length);
  /* Whether a payload carries a copy of the packet before it; NULL: none does. */
  gboolean (*copies) (const guint8 *payload, gsize length);
} PealPlayoutSetup;

PealPlayout *peal_playout_new (const PealPlayoutSetup *setup);
void peal_playout_free (PealPlayout *playout);

/* @packet came, whose bytes are @data. */
void peal_playout_put (PealPlayout *playout, const PealPacket *packet, GBytes *data, gint64 now);

/* The same of what was put in the place of @packet, whose time says nothing of the net. @data is
 * NULL: nothing is heard there, and nothing is missed. */
void peal_playout_fill (PealPlayout *playout, const PealPacket *packet, GBytes *data, gint64 now);

/* The next step, if it is time for it. Call until FALSE. */
gboolean peal_playout_take (PealPlayout *playout, gint64 now, PealPlayoutStep *step);

/* When to ask again although no packet came; G_MAXINT64: never. */
gint64 peal_playout_deadline (const PealPlayout *playout);

/* What it waits now, ms. */
guint peal_playout_wait (const PealPlayout *playout);

void peal_playout_count (const PealPlayout *playout, PealPlayoutCount *count);
