/* Where pictures go: --video-out as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include "media/codecs.h"
#include "media/easel.h"

/* FALSE with @error (PEAL_CAUSE_USAGE): names the flag and what it takes. Opens nothing. */
gboolean peal_picture_sink_check (const char *text, GError **error);

/* One text for each kind of sink, for g_strfreev. */
char **peal_picture_sink_examples (void);

/* Of a checked text: a file keeps what came as it came, everything else shows it. */
gboolean peal_picture_sink_is_none (const char *text);
gboolean peal_picture_sink_is_file (const char *text);

/* Whether pictures in @codec can go into the file @text. FALSE with @error (PEAL_CAUSE_USAGE). */
gboolean peal_picture_sink_holds (const char *text, const PealCodec *codec, GError **error);

/* An element that takes raw pictures of any format, and shows each when it is due; of a file: coded
 * ones, whose end is peal_sink_finish. Floating. "terminal" draws on @easel, which is held. NULL
 * with @error (PEAL_CAUSE_MEDIA), which says what to install or to look at. */
GstElement *peal_picture_sink_new (const char *text, PealEasel *easel, GError **error);
