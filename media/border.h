/* The one place where GStreamer's threads meet the loops: appsink -> loop, loop -> appsrc.
 *
 * Packets of a pipeline wait in one queue for the loop, which is woken once for all that wait.
 * Nothing here blocks the loop. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/app/app.h>

#include "transport/channel.h"

typedef struct PealBorder PealBorder;

/* Takes every packet that reaches @sink and hands it to @packet, on @loop. */
PealBorder *peal_border_new (PealLoop *loop, GstAppSink *sink,
                             void (*packet) (gpointer user, const guint8 *data, gsize length),
                             gpointer user);

/* So many packets may wait for the loop instead of what suits sound. Before any comes. */
void peal_border_allow (PealBorder *border, guint most);

/* The sink's pipeline has been stopped; @packet is not called again once this returns. On the loop.
 */
void peal_border_close (PealBorder *border);

/* Sends @packet into @source, to be heard at @at. @inside (atomic, in an atomic rc box) counts
 * those that have not been freed again; each of them holds it, since a thread of an element may
 * free its last ones after the pipeline. Any thread. */
void peal_border_push (GstAppSrc *source, GBytes *packet, GstClockTime at, gint *inside);
