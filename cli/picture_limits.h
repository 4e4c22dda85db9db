/* The limits of a picture as a person writes them: "1280x720", "1.5M". Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_PICTURE_SIDE_LEAST 16 /* pixels; codecs and scalers want no less */
#define PEAL_PICTURE_SIDE_MOST  7680
#define PEAL_PICTURE_RATE_LEAST 30000 /* bit/s: below it nothing can be recognised */
#define PEAL_PICTURE_RATE_MOST  200000000
#define PEAL_PICTURE_FPS_MOST   120

/* "WIDTHxHEIGHT". FALSE with @error (PEAL_CAUSE_USAGE), which names --size. */
gboolean peal_picture_limits_size (const char *text, guint *width, guint *height, GError **error);

/* A number of bit/s, with k for thousands and M for millions behind it; NULL: 0, no limit. FALSE
 * with @error (PEAL_CAUSE_USAGE), which names --max-bitrate. */
gboolean peal_picture_limits_rate (const char *text, guint *bitrate, GError **error);

/* FALSE with @error (PEAL_CAUSE_USAGE), which names --fps. */
gboolean peal_picture_limits_fps (int fps, GError **error);
