/* Where sound comes from: --audio-in as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

/* "mic", "device:NAME", "file:PATH", "tone[:HZ]", "silence" or "stdin". FALSE with @error
 * (PEAL_CAUSE_USAGE) for anything else. Opens nothing. */
gboolean peal_source_check (const char *text, GError **error);

/* A text of each kind that can be made without knowing what devices there are; for g_strfreev. */
char **peal_source_examples (void);

/* It needs no pipeline: silence is sent as packets. */
gboolean peal_source_is_silence (const char *text);

/* It records: it may open only once a call has been accepted, and sets its own pace. */
gboolean peal_source_is_device (const char *text);

/* Whether it may have two channels that are worth sending. A microphone has one voice before it;
 * what cancels its echo works on one. */
gboolean peal_source_may_be_stereo (const char *text);

/* An element with raw sound of any format at its source pad; floating. NULL with @error
 * (PEAL_CAUSE_MEDIA, PEAL_CAUSE_FILE). @text has passed the check and is not silence. */
GstElement *peal_source_new (const char *text, GError **error);
