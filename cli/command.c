/* The rows of the commands. */
// SPDX-License-Identifier: MIT
#include "cli/command.h"

// clang-format off
const PealCommand peal_commands[] = {
  {
    .name = "help",
    .arguments = "[COMMAND]",
    .help = "explain peal, or one of its commands",
    .story = "Prints the commands, or the options of one; with --man the manual page, with --completion the "
             "completions for a shell. All of them are written from one table of options.",
    .examples = "peal help call\tthe options of a call\n"
                "peal help --completion bash > ~/.local/share/bash-completion/completions/peal\tcomplete with Tab",
    .least = 0,
    .most = 1,
    .run = peal_command_help,
  },
  { NULL },
};
// clang-format on

const PealCommand *
peal_command_find (const char *name)
{
  for (const PealCommand *command = peal_commands; command->name; command++)
    if (g_str_equal (command->name, name))
      return command;
  return NULL;
}
