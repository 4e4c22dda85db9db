/* Help in four forms, all written from the tables of commands and options: text, man page,
 * completions, version. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

/* For a terminal of @columns, 0: of the usual 80; never wider than that. @command NULL: peal as a
 * whole. For g_free. */
char *peal_help_text (const PealCommand *command, guint columns);
/* Of standard output; 0: it is no terminal, or does not say. */
guint peal_help_columns (void);

/* The manual page of peal(1) or peal-COMMAND(1), for man(1). For g_free. */
char *peal_help_man (const PealCommand *command);

/* For g_free. */
char *peal_help_completion (PealShell shell);

/* Variables that no option is set by, and what they do. Ends with a row without name. */
typedef struct {
  const char *name;
  const char *help;
} PealVariable;
extern const PealVariable peal_help_variables[];

/* "auth, connect" for a status, or NULL when no cause has it. For g_free. */
char *peal_help_causes_of (int status);
