/* What is done to a microphone's sound before it is sent: --processing as text, and the elements
 * that do it.
 *
 * The canceller of echo hears what is played through a probe, which it finds by its name: the probe
 * stands before the speaker in one pipeline, the canceller behind the microphone in another. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

typedef enum {
  PEAL_PROCESSING_ECHO = 1 << 0,
  PEAL_PROCESSING_NOISE = 1 << 1,
  PEAL_PROCESSING_GAIN = 1 << 2,
} PealProcessing;

/* "echo,noise,gain", any of them, or "none"; NULL: all. FALSE with @error (PEAL_CAUSE_USAGE) for
 * anything else. */
gboolean peal_processing_read (const char *text, PealProcessing *wanted, GError **error);

/* Whether the plug-in for it is here: calls do without. */
gboolean peal_processing_is_here (void);

/* A name that no other probe of this process has, owned. */
char *peal_processing_name_probe (void);

/* The text of the probe of that name, for gst-launch; passes S16LE, 48 kHz. Free with g_free. What
 * was made of it in @bin has to be aimed before it is used. */
char *peal_processing_probe (const char *name);
void peal_processing_aim (GstElement *bin, const char *name);

/* An element that does what is @wanted to raw sound of any format; floating. @probe: the name of a
 * probe that is there already; NULL: nothing is played that could come back. NULL with @error
 * (PEAL_CAUSE_MEDIA). */
GstElement *peal_processing_new (PealProcessing wanted, const char *probe, GError **error);
