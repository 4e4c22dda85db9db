/* Help as text, for a terminal of 80 columns. */
// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <string.h>

#include "cli/verbs.h"

#define WIDTH  79
#define COLUMN 26 /* where the explanations begin */

const PealVariable peal_help_variables[] = {
  { "PEAL_PASSWORD", "the password of the account" },
  { "PEAL_TURN_PASSWORD", "the password for the services of --turn" },
  { "NO_COLOR", "when set to anything, no colours are used" },
  { "XDG_CONFIG_HOME", "the folder of the config, instead of ~/.config" },
  { NULL },
};

char *
peal_help_causes_of (int status)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (PealCause cause = 0; cause < PEAL_N_CAUSES; cause++)
    if (peal_cause_status (cause) == status)
      g_string_append_printf (text, "%s%s", text->len ? ", " : "", peal_cause_word (cause));
  return text->len ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* Appends @text in lines from @column on; the cursor stands at @at. */
static void
wrap (GString *out, const char *text, guint column, guint at)
{
  g_auto(GStrv) words = g_strsplit (text, " ", -1);

  for (char **word = words; *word; word++) {
    guint length = (guint) g_utf8_strlen (*word, -1);
    gboolean fresh = at <= column;
    if (!fresh && at + 1 + length > WIDTH) {
      g_string_append_c (out, '\n');
      at = 0;
      fresh = TRUE;
    }
    guint spaces = fresh ? column - at : 1;
    g_string_append_printf (out, "%*s%s", (int) spaces, "", *word);
    at += spaces + length;
  }
  g_string_append_c (out, '\n');
}

/* "  left    explanation", the explanation on its own line where left is long. */
static void
entry (GString *out, const char *left, const char *right)
{
  guint at = (guint) g_utf8_strlen (left, -1) + 2;

  g_string_append_printf (out, "  %s", left);
  if (at >= COLUMN) {
    g_string_append_c (out, '\n');
    at = 0;
  }
  wrap (out, right, COLUMN, at);
}

static char *
words_of (const PealOption *option)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (const char *const *word = option->words; word && *word; word++)
    if (**word)
      g_string_append_printf (text, "%s%s", text->len ? ", " : "", *word);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
option_entry (GString *out, const PealOption *option)
{
  g_autofree char *left = NULL;
  g_autoptr(GString) right = g_string_new (option->help);

  if (option->letter)
    left = g_strdup_printf ("-%c, --%s", option->letter, option->name);
  else
    left = g_strdup_printf ("--%s%s%s", option->name, option->argument ? " " : "",
                            option->argument ? option->argument : "");
  if (option->words) {
    g_autofree char *words = words_of (option);
    g_string_append_printf (right, ": %s", words);
  }
  if (option->fallback)
    g_string_append_printf (right, " (default: %s)", option->fallback);
  if (option->environment)
    g_string_append_printf (right, " [%s]", option->environment);
  entry (out, left, right->str);
}

static void
options_of (GString *out, const char *title, const char *command)
{
  gboolean any = FALSE;

  for (const PealOption *option = peal_options_table; option->name; option++) {
    if (command ? !option->commands || !peal_option_is_of (option, command)
                : option->commands != NULL)
      continue;
    if (!any)
      g_string_append_printf (out, "\n%s:\n", title);
    any = TRUE;
    option_entry (out, option);
  }
}

/* Lines "left\tright". */
static void
entries (GString *out, const char *title, const char *lines)
{
  g_auto(GStrv) all = g_strsplit (lines ? lines : "", "\n", -1);

  if (*all)
    g_string_append_printf (out, "\n%s:\n", title);
  for (char **line = all; *line; line++) {
    g_auto(GStrv) parts = g_strsplit (*line, "\t", 2);
    entry (out, parts[0], parts[1] ? parts[1] : "");
  }
}

static void
all_commands (GString *out)
{
  g_string_append (out, "peal: encrypted voice calls over XMPP\n\n"
                        "Usage: peal COMMAND [ARGUMENT...] [OPTION...]\n\nCommands:\n");
  for (const PealCommand *command = peal_commands; command->name; command++)
    entry (out, command->name, command->help);
  options_of (out, "Options everywhere, before or after the command", NULL);
  g_string_append (out, "\nEnvironment:\n");
  for (const PealVariable *variable = peal_help_variables; variable->name; variable++)
    entry (out, variable->name, variable->help);
  g_string_append (out, "\n`peal help COMMAND` explains a command and its options.\n");
}

char *
peal_help_text (const PealCommand *command)
{
  g_autoptr(GString) out = g_string_new (NULL);

  if (!command) {
    all_commands (out);
    return g_string_free (g_steal_pointer (&out), FALSE);
  }
  g_string_append_printf (out, "peal %s: %s\n\nUsage: peal %s%s%s [OPTION...]\n", command->name,
                          command->help, command->name, *command->arguments ? " " : "",
                          command->arguments);
  g_auto(GStrv) paragraphs = g_strsplit (command->story, "\n\n", -1);
  for (char **paragraph = paragraphs; *paragraph; paragraph++) {
    g_string_append_c (out, '\n');
    wrap (out, *paragraph, 0, 0);
  }
  options_of (out, "Options", command->name);
  options_of (out, "Options everywhere", NULL);
  if (command->calls) {
    g_autofree char *keys = peal_verbs_keys_help (command->name);
    g_autofree char *lines = peal_verbs_lines_help (command->name);
    entries (out, "Keys, on a terminal", keys);
    entries (out, "Lines of standard input, where it is neither a terminal nor sound", lines);
  }
  entries (out, "Examples", command->examples);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
