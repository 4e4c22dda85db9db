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
  g_autofree char *help = options->help || !options->command
                              ? peal_help_text (options->command, peal_help_columns ())
                              : NULL;

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

/* A command line that makes no sense: a script that asked for JSON gets its closing event. */
static int
refuse (const GError *error, char *const *argv)
{
  PealEvent ended;

  fprintf (stderr, "peal: %s\n", error->message);
  peal_event_init (&ended, PEAL_EVENT_ENDED);
  ended.cause = (PealCause) error->code;
  ended.status = peal_cause_status (ended.cause);
  ended.reason = g_strdup (error->message);
  g_autofree char *json = peal_event_json (&ended);
  if (g_strv_contains ((const char *const *) argv, "--json"))
    puts (json);
  peal_event_clear (&ended);
  return peal_cause_status ((PealCause) error->code);
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;

  setlocale (LC_CTYPE, "");
  signal (SIGPIPE, SIG_IGN); /* a reader that goes away is an error where we write */
  g_autoptr(PealOptions) options = peal_options_parse (argc, argv, &error);
  if (!options)
    return refuse (error, argv);
  return run (options);
}
