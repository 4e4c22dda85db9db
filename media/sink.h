/* Where sound goes: --audio-out as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

/* "speaker", "device:NAME", "file:PATH" (.wav, .ogg, .mka), "none" or "stdout". FALSE with @error
 * (PEAL_CAUSE_USAGE) for anything else. Opens nothing. */
gboolean peal_sink_check (const char *text, GError **error);

/* A text of each kind that can be made without knowing what devices there are; for g_strfreev. */
char **peal_sink_examples (void);

/* It plays by its own clock and may run ahead of the moment; all others are handed each sample when
 * it is due. */
gboolean peal_sink_is_device (const char *text);

/* An element that takes S16LE, 48 kHz, mono; floating. A file is made when it leaves NULL. NULL
 * with
 * @error (PEAL_CAUSE_MEDIA). @text has passed the check. */
GstElement *peal_sink_new (const char *text, GError **error);

/* Ends what is written, so that a file is whole. @sink's pipeline still runs, but hands it nothing
 * more. */
void peal_sink_finish (GstElement *sink);
