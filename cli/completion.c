/* Completions for bash, zsh and fish: which options a command has, and which words an option takes.
 */
// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <string.h>

/* What may follow an option, besides its words. */
static gboolean
takes_file (const PealOption *option)
{
  return option->argument &&
         (g_str_has_prefix (option->argument, "FILE") || g_str_equal (option->argument, "DIR"));
}

static char *
words_of (const PealOption *option)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (const char *const *word = option->words; word && *word; word++)
    if (**word)
      g_string_append_printf (text, "%s%s", text->len ? " " : "", *word);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
command_names (void)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (const PealCommand *command = peal_commands; command->name; command++)
    g_string_append_printf (text, "%s%s", text->len ? " " : "", command->name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* For a single-quoted string of any of the three shells. */
static char *
quoted (const char *text)
{
  g_auto(GStrv) parts = g_strsplit (text, "'", -1);

  return g_strjoinv ("'\\''", parts);
}

/* --- bash --- */

static void
bash_values (GString *out)
{
  for (const PealOption *option = peal_options_table; option->name; option++) {
    if (!option->argument)
      continue;
    g_autofree char *words = words_of (option);
    if (*words)
      g_string_append_printf (out,
                              "    --%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n",
                              option->name, words);
    else if (takes_file (option))
      g_string_append_printf (out, "    --%s) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n",
                              option->name);
    else
      g_string_append_printf (out, "    --%s) return ;;\n", option->name);
  }
}

static char *
bash (void)
{
  g_autoptr(GString) out = g_string_new (
      "# bash completion for peal, written by peal itself\n"
      "_peal () {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= i\n"
      "  COMPREPLY=()\n"
      "  case $before in\n");
  g_autofree char *commands = command_names ();

  bash_values (out);
  g_string_append_printf (
      out,
      "  esac\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \" %s \" in *\" ${COMP_WORDS[i]} \"*) command=${COMP_WORDS[i]}; break ;; esac\n"
      "  done\n"
      "  local options='",
      commands);
  for (const PealOption *option = peal_options_table; option->name; option++)
    if (!option->commands)
      g_string_append_printf (out, "--%s ", option->name);
  g_string_append (out, "'\n  case $command in\n");
  for (const PealCommand *command = peal_commands; command->name; command++) {
    g_string_append_printf (out, "    %s) options+='", command->name);
    for (const PealOption *option = peal_options_table; option->name; option++)
      if (option->commands && peal_option_is_of (option, command->name))
        g_string_append_printf (out, "--%s ", option->name);
    g_string_append (out, "' ;;\n");
  }
  g_string_append_printf (out,
                          "    *) [[ $word == -* ]] || options='%s' ;;\n"
                          "  esac\n"
                          "  COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                          "}\n"
                          "complete -F _peal peal\n",
                          commands);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- zsh --- */

/* Brackets and colons have a meaning in the descriptions of _arguments. */
static char *
zsh_help (const char *help)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (; *help; help++) {
    if (strchr ("[]:\\", *help))
      g_string_append_c (text, '\\');
    g_string_append_c (text, *help);
  }
  return quoted (text->str);
}

static void
zsh_option (GString *out, const PealOption *option)
{
  g_autofree char *help = zsh_help (option->help), *words = words_of (option);

  g_string_append_printf (out, "    '%s--%s%s[%s]", option->kind == PEAL_OPTION_LIST ? "*" : "",
                          option->name, option->argument ? "=" : "", help);
  if (option->argument)
    g_string_append_printf (out, ":value:%s%s%s",
                            *words                ? "("
                            : takes_file (option) ? "_files"
                                                  : " ",
                            words, *words ? ")" : "");
  g_string_append (out, "'\n");
}

static char *
zsh (void)
{
  g_autoptr(GString) out = g_string_new ("#compdef peal\n"
                                          "# zsh completion for peal, written by peal itself\n"
                                          "_peal () {\n"
                                          "  local -a everywhere commands own\n"
                                          "  everywhere=(\n");

  for (const PealOption *option = peal_options_table; option->name; option++)
    if (!option->commands)
      zsh_option (out, option);
  g_string_append (out, "  )\n  commands=(\n");
  for (const PealCommand *command = peal_commands; command->name; command++) {
    g_autofree char *help = zsh_help (command->help);
    g_string_append_printf (out, "    '%s:%s'\n", command->name, help);
  }
  g_string_append (out, "  )\n  local command=${words[(r)(");
  for (const PealCommand *command = peal_commands; command->name; command++)
    g_string_append_printf (out, "%s%s", command == peal_commands ? "" : "|", command->name);
  g_string_append (out, ")]}\n  case $command in\n");
  for (const PealCommand *command = peal_commands; command->name; command++) {
    g_string_append_printf (out, "  %s) own=(\n", command->name);
    for (const PealOption *option = peal_options_table; option->name; option++)
      if (option->commands && peal_option_is_of (option, command->name))
        zsh_option (out, option);
    g_string_append (out, "  ) ;;\n");
  }
  g_string_append (out, "  *) _arguments $everywhere ': :->command' && return\n"
                        "     _describe command commands; return ;;\n"
                        "  esac\n"
                        "  _arguments $everywhere $own '*:argument:_default'\n"
                        "}\n"
                        "_peal \"$@\"\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- fish --- */

static void
fish_option (GString *out, const PealOption *option, const char *condition)
{
  g_autofree char *help = quoted (option->help), *words = words_of (option);

  g_string_append_printf (out, "complete -c peal%s -l %s", condition, option->name);
  if (option->letter)
    g_string_append_printf (out, " -s %c", option->letter);
  if (option->argument)
    g_string_append (out, takes_file (option) ? " -r -F" : " -x");
  if (*words)
    g_string_append_printf (out, " -a '%s'", words);
  g_string_append_printf (out, " -d '%s'\n", help);
}

static char *
fish (void)
{
  g_autoptr(GString) out = g_string_new ("# fish completion for peal, written by peal itself\n"
                                          "complete -c peal -f\n");

  for (const PealCommand *command = peal_commands; command->name; command++) {
    g_autofree char *help = quoted (command->help);
    g_string_append_printf (out, "complete -c peal -n __fish_use_subcommand -a %s -d '%s'\n",
                            command->name, help);
  }
  for (const PealOption *option = peal_options_table; option->name; option++) {
    g_autofree char *condition =
        option->commands
            ? g_strdup_printf (" -n '__fish_seen_subcommand_from %s'", option->commands)
            : g_strdup ("");
    gboolean wanted = !option->commands;
    for (const PealCommand *command = peal_commands; command->name; command++)
      wanted |= peal_option_is_of (option, command->name);
    if (wanted)
      fish_option (out, option, condition);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
peal_help_completion (PealShell shell)
{
  switch (shell) {
  case PEAL_SHELL_BASH:
    return bash ();
  case PEAL_SHELL_ZSH:
    return zsh ();
  case PEAL_SHELL_FISH:
    return fish ();
  case PEAL_SHELL_NONE:
    break;
  }
  g_assert_not_reached ();
}
