/* The program: start, run, leave with a status. */
// SPDX-License-Identifier: MIT
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "cli/help.h"
#include "cli/version.h"

static int
run (const PealOptions *options)
{
  g_autofree char *help =
      options->help || !options->command ? peal_help_text (options->command) : NULL;

  if (options->version) {
    puts ("peal " PEAL_VERSION);
    return 0;
  }
  if (help) {
    gboolean asked = options->help;
    fputs (help, asked ? stdout : stderr);
    return asked ? 0 : peal_cause_status (PEAL_CAUSE_USAGE);
  }
  return options->command->run (options);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_CTYPE, "");
  signal (SIGPIPE, SIG_IGN); /* a reader that goes away is an error where we write */
  g_autoptr (PealOptions) options = peal_options_parse (argc, argv, &error);
  if (!options) {
    fprintf (stderr, "peal: %s\n", error->message);
    return peal_cause_status ((PealCause) error->code);
  }
  return run (options);
}
