/* Single keys of the terminal, without waiting for a line; the terminal is given back as it was. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealKeys PealKeys;

/* Hears keys on the default main context. NULL when standard input is no terminal, or we are not
 * its foreground job. */
PealKeys *peal_keys_new (void (*pressed) (gpointer user, char key), gpointer user);
/* Gives the terminal back. NULL is ignored. */
void peal_keys_free (PealKeys *keys);
