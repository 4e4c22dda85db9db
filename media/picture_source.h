/* Where pictures come from: --video-in as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

/* FALSE with @error (PEAL_CAUSE_USAGE): names the flag and what it takes. Opens nothing. */
gboolean peal_picture_source_check (const char *text, GError **error);

/* One text for each kind of source that needs no name of a device, for g_strfreev. */
char **peal_picture_source_examples (void);

/* Of a checked text. */
gboolean peal_picture_source_is_none (const char *text);
gboolean peal_picture_source_is_device (const char *text); /* a light may go on when it opens */

/* What is wanted of a picture, at most. */
typedef struct {
  guint width, height, fps;
} PealPictureSize;

/* An element that gives raw pictures of any format, floating; one with a pace of its own. A device
 * is opened: may take a moment. NULL with @error (PEAL_CAUSE), which says what to install or to
 * look at. */
GstElement *peal_picture_source_new (const char *text, const PealPictureSize *size, GError **error);

/* Which of a camera's formats suits @size: caps to ask it for, owned. Encoded ones (JPEG) only
 * where raw ones are too small or too slow. Pure. */
GstCaps *peal_picture_source_choose (GstCaps *offered, const PealPictureSize *size);
