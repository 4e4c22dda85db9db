/* Single keys of the terminal, without waiting for a line; the terminal is given back as it was. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealKeys PealKeys;

/* Hears keys on the default main context. NULL when standard input is no terminal, or we are not
 * its foreground job. Escape sequences (arrows, function keys) are no keys. */
PealKeys *peal_keys_new (void (*pressed) (gpointer user, char key), gpointer user);
/* Gives the terminal back. NULL is ignored. */
void peal_keys_free (PealKeys *keys);

/* Gives the terminal back until peal_keys_resume: we are about to stop. NULL is ignored. */
void peal_keys_pause (PealKeys *keys);
/* Takes it again, as soon as we are its foreground job. NULL is ignored. */
void peal_keys_resume (PealKeys *keys);

/* Whether @fd is no terminal that another job has just now: writing to it disturbs nobody, and
 * reading from it does not stop us (SIGTTIN). */
gboolean peal_keys_foreground (int fd);
