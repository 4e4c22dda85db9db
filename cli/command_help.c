/* `peal help`: text, manual pages and completions on standard output. */
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "cli/help.h"

int
peal_command_help (const PealOptions *options)
{
  const char *name = options->arguments[0];
  const PealCommand *about = name ? peal_command_find (name) : NULL;
  g_autofree char *text = NULL;

  if (name && !about) {
    fprintf (stderr, "peal: there is no command \"%s\"; `peal help` lists them\n", name);
    return peal_cause_status (PEAL_CAUSE_USAGE);
  }
  if (options->completion)
    text = peal_help_completion ((PealShell) options->completion);
  else
    text = options->man ? peal_help_man (about) : peal_help_text (about, peal_help_columns ());
  return fputs (text, stdout) < 0 || fflush (stdout) ? peal_cause_status (PEAL_CAUSE_FILE) : 0;
}
