/* Help as manual pages, in the macros of man(7). */
// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <string.h>

#include "cli/verbs.h"
#include "cli/version.h"

/* Text for troff: a hyphen that can be copied as a minus, no escape and no request by accident. */
static void
text (GString *out, const char *words)
{
  gboolean fresh = out->len == 0 || out->str[out->len - 1] == '\n';

  if (fresh && (*words == '.' || *words == '\''))
    g_string_append (out, "\\&");
  for (; *words; words++) {
    switch (*words) {
    case '\\':
      g_string_append (out, "\\e");
      break;
    case '-':
      g_string_append (out, "\\-");
      break;
    case '`':
      g_string_append (out, "\\(ga");
      break;
    case '\'':
      g_string_append (out, "\\(aq");
      break;
    case '~':
      g_string_append (out, "\\(ti");
      break;
    default:
      g_string_append_c (out, *words);
      break;
    }
  }
}

static void
line (GString *out, const char *words)
{
  text (out, words);
  g_string_append_c (out, '\n');
}

/* A tagged paragraph: @tag in bold, then @argument in italics, then @words. */
static void
tagged (GString *out, const char *tag, const char *argument, const char *words)
{
  g_string_append (out, ".TP\n\\fB");
  text (out, tag);
  g_string_append (out, "\\fR");
  if (argument) {
    g_string_append (out, " \\fI");
    text (out, argument);
    g_string_append (out, "\\fR");
  }
  g_string_append_c (out, '\n');
  line (out, words);
}

static void
option_entry (GString *out, const PealOption *option)
{
  g_autofree char *tag = option->letter
                             ? g_strdup_printf ("-%c, --%s", option->letter, option->name)
                             : g_strconcat ("--", option->name, NULL);
  g_autoptr(GString) words = g_string_new (option->help);

  for (const char *const *word = option->words; word && *word; word++)
    if (**word)
      g_string_append_printf (words, "%s %s",
                              word == option->words || !*option->words[0] ? ":" : ",", *word);
  if (option->fallback)
    g_string_append_printf (words, " (default: %s)", option->fallback);
  g_string_append_c (words, '.');
  words->str[0] = g_ascii_toupper (words->str[0]);
  tagged (out, tag, option->argument, words->str);
}

static void
options_of (GString *out, const char *command)
{
  g_string_append (out, ".SH OPTIONS\n");
  for (const PealOption *option = peal_options_table; command && option->name; option++)
    if (option->commands && peal_option_is_of (option, command))
      option_entry (out, option);
  if (command)
    g_string_append (out, ".SS Everywhere\n");
  for (const PealOption *option = peal_options_table; option->name; option++)
    if (!option->commands)
      option_entry (out, option);
}

static void
entries (GString *out, const char *title, const char *lines)
{
  g_auto(GStrv) all = g_strsplit (lines ? lines : "", "\n", -1);

  if (*all)
    g_string_append_printf (out, ".SH %s\n", title);
  for (char **one = all; *one; one++) {
    g_auto(GStrv) parts = g_strsplit (*one, "\t", 2);
    tagged (out, parts[0], NULL, parts[1] ? parts[1] : "");
  }
}

static void
verbs (GString *out, const char *command)
{
  g_autofree char *keys = peal_verbs_keys_help (command);
  g_autofree char *lines = peal_verbs_lines_help (command);

  entries (out, "KEYS", keys);
  entries (out, "STANDARD INPUT", lines);
}

static void
statuses (GString *out)
{
  g_string_append (out, ".SH EXIT STATUS\n");
  for (int status = 0; status <= 10; status++) {
    g_autofree char *causes = peal_help_causes_of (status);
    g_autofree char *number = g_strdup_printf ("%d", status);
    if (causes)
      tagged (out, number, NULL, causes);
  }
  tagged (out, "130", NULL, "ended by Ctrl-C");
  tagged (out, "143", NULL, "ended by SIGTERM");
}

static void
environment (GString *out)
{
  g_string_append (out, ".SH ENVIRONMENT\n");
  for (const PealOption *option = peal_options_table; option->name; option++)
    if (option->environment) {
      g_autofree char *words =
          g_strconcat ("the same as --", option->name, ", which beats it", NULL);
      tagged (out, option->environment, NULL, words);
    }
  for (const PealVariable *variable = peal_help_variables; variable->name; variable++)
    tagged (out, variable->name, NULL, variable->help);
}

static void
files (GString *out)
{
  g_string_append (out, ".SH FILES\n");
  tagged (out, "~/.config/peal/config", NULL,
          "A key file. [defaults] holds any long option without its dashes, [account JID] the same "
          "for one account, "
          "and its password or turn-password. A flag beats the environment, the environment beats "
          "the file. A file "
          "with passwords that others may read is refused.");
}

static void
synopsis (GString *out, const PealCommand *command)
{
  g_string_append (out, ".SH SYNOPSIS\n\\fBpeal\\fR ");
  if (command) {
    g_string_append_printf (out, "\\fB%s\\fR%s", command->name, *command->arguments ? " " : "");
    text (out, command->arguments);
  } else {
    text (out, "COMMAND [ARGUMENT...]");
  }
  line (out, " [OPTION...]");
}

static void
description (GString *out, const PealCommand *command)
{
  g_string_append (out, ".SH DESCRIPTION\n");
  if (!command) {
    line (
        out,
        "Places and answers encrypted voice and video calls over XMPP (Jingle), from a shell or a "
        "script. Results go to "
        "standard output, everything else to standard error; each command ends with a "
        "status that tells how "
        "it ended.");
    g_string_append (out, ".SH COMMANDS\n");
    for (const PealCommand *one = peal_commands; one->name; one++)
      tagged (out, one->name, one->arguments, one->help);
    return;
  }
  g_auto(GStrv) paragraphs = g_strsplit (command->story, "\n\n", -1);
  for (char **paragraph = paragraphs; *paragraph; paragraph++) {
    if (paragraph != paragraphs)
      g_string_append (out, ".PP\n");
    line (out, *paragraph);
  }
}

char *
peal_help_man (const PealCommand *command)
{
  g_autoptr(GString) out = g_string_new (NULL);
  g_autofree char *name = command ? g_strconcat ("peal-", command->name, NULL) : g_strdup ("peal");
  g_autofree char *upper = g_ascii_strup (name, -1);

  g_string_append_printf (out,
                          ".TH %s 1 \"\" \"peal " PEAL_VERSION "\" \"peal\"\n"
                          /* Options are not hyphenated, and narrow lines not stretched. */
                          ".nh\n.ad l\n.SH NAME\n",
                          upper);
  text (out, name);
  g_string_append (out, " \\- ");
  line (out, command ? command->help : "encrypted voice and video calls over XMPP");
  synopsis (out, command);
  description (out, command);
  options_of (out, command ? command->name : NULL);
  if (command && command->calls)
    verbs (out, command->name);
  statuses (out);
  environment (out);
  files (out);
  entries (out, "EXAMPLES",
           command ? command->examples
                   : "peal account add alice@example.org\tremember an account\n"
                     "peal help account\texplain a command");
  return g_string_free (g_steal_pointer (&out), FALSE);
}
