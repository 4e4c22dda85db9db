/* How many columns text takes on a terminal, and cutting it to them. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Of valid UTF-8 without control characters: wide letters count two, marks that combine none. */
guint peal_columns_of (const char *text);

/* @text in at most @most columns: where it is longer it ends with @mark (one column), and no letter
 * is cut from its marks. For g_free. */
char *peal_columns_cut (const char *text, guint most, const char *mark);
