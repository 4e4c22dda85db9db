/* What stands for a packet that did not come, on its way to whoever conceals it. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

/* A buffer that stands for nothing, @length from @at on; owned by the caller. */
GstBuffer *peal_holes_buffer (GstClockTime at, GstClockTime length);

/* On @pad such buffers become what a payload is told of a loss, so that decoders conceal. */
void peal_holes_tell (GstPad *pad);

/* @pad takes what an element conceals that does nothing else: only what is worth it passes. */
void peal_holes_guard (GstPad *pad);

/* @payload is an Opus packet as RFC 6716 §3.4 wants it. Where any other is the first, opusdec
 * stays with it: it fails on each packet that follows, and keeps all of them (GStreamer 1.22). */
gboolean peal_holes_opus_decodes (const guint8 *payload, gsize length);

/* @payload is an Opus packet that carries a copy of the one before it (RFC 6716 §4.2.3). */
gboolean peal_holes_opus_copies (const guint8 *payload, gsize length);
