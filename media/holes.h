/* What is missing from a stream of packets when its turn to be heard comes: counted, and passed on
 * to be concealed where it is worth it. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include "media/codecs.h"

typedef struct {
  double heard_ms;    /* all that was played, what was invented included */
  double invented_ms; /* of it: neither the packet nor a copy of it was there */
  guint bursts;       /* times that something was invented, however long */
  guint recovered;    /* packets that were had from the one after */
  guint late;         /* packets that came after their turn */
} PealHolesCount;

/* An atomic rc box: who asks and the pads hold it. */
typedef struct PealHoles PealHoles;

PealHoles *peal_holes_new (void);
void peal_holes_unref (PealHoles *holes);

/* @jitter (do-lost) gives out packets of @codec. Another one may follow, while the first is still
 * there: what that has counted is kept. */
void peal_holes_watch (PealHoles *holes, GstElement *jitter, const PealCodec *codec);

/* @pad takes what an element conceals that does nothing else. */
void peal_holes_guard (GstPad *pad);

/* @pad is where sound leaves to be heard. */
void peal_holes_hear (PealHoles *holes, GstPad *pad);

/* Until now. Any thread. */
void peal_holes_count (PealHoles *holes, PealHolesCount *count);

/* @payload is an Opus packet that carries a copy of the one before it (RFC 6716 §4.2.3). */
gboolean peal_holes_opus_copies (const guint8 *payload, gsize length);
