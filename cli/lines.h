/* Lines of standard input where it is no terminal: what a script tells a running command. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealLines PealLines;

/* Hears lines on the default main context, without their end; empty ones are passed over, and of
 * one beyond 1,000 bytes only these are heard. @ended (may be NULL) once: no more will come. NULL
 * when standard input is a terminal or closed. */
PealLines *peal_lines_new (void (*line) (gpointer user, const char *text),
                           void (*ended) (gpointer user), gpointer user);
/* NULL is ignored. */
void peal_lines_free (PealLines *lines);

/* Whether more may come. */
gboolean peal_lines_open (const PealLines *lines);
