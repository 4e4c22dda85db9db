/* Where a password comes from: a file, a command, the environment, the terminal. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Each returns the first line without its end, for peal_password_free, or NULL with @error
 * (PEAL_CAUSE_AUTH) that says which place could not tell and why. 1,024 bytes at most. */
char *peal_password_from_file (const char *path, GError **error);

/* Runs `sh -c @command`; its stderr and stdin are ours, so that it may ask. */
char *peal_password_from_command (const char *command, GError **error);

/* Asks on the controlling terminal, without echo. */
char *peal_password_from_terminal (const char *question, GError **error);

/* NULL when @variable is not set. It is taken out of the environment, so that programs which we
 * start do not inherit it. Before any thread. */
char *peal_password_from_environment (const char *variable);

/* Wipes and frees. */
void peal_password_free (char *secret);
