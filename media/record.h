/* --record: one file a leg, named after the content and the time it began. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* "file:DIR/STEM-TIME-LEG.wav", for an ear; @leg is "sent" or "heard". The directory is made; @stem
 * may come from a peer and cannot leave it; a file that is there is not chosen. For g_free; NULL
 * with
 * @error (PEAL_CAUSE_FILE). */
char *peal_record_sink (const char *directory, const char *stem, const char *leg, GError **error);
