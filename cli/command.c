/* The rows of the commands. */
// SPDX-License-Identifier: MIT
#include "cli/command.h"

// clang-format off
const PealCommand peal_commands[] = {
  {
    .name = "account",
    .arguments = "add JID | list | remove JID",
    .help = "keep accounts, so that other commands need not ask",
    .story = "Accounts are kept in the config, which only you may read. `add` logs in before it saves: what it "
             "saves has worked once. With --password-command or --password-file the config remembers that place, "
             "else the password itself. --server, --tls, --insecure and --ca are saved with the account.\n\n"
             "A password is asked for without echo, or comes from --password-file, --password-command or "
             "PEAL_PASSWORD. It is never the value of a flag, which every user of the machine could read. The "
             "desktop's secret service is not asked.",
    .examples = "peal account add alice@example.org\task for the password, log in, save\n"
                "peal account add alice@example.org --password-command 'pass show xmpp'\tkeep it in pass(1)\n"
                "peal account list\tone address a line",
    .least = 1,
    .most = 2,
    .run = peal_command_account,
  },
  {
    .name = "discover",
    .arguments = "JID",
    .help = "ask an address what it is and what it can do",
    .story = "Prints identities, features and items of a user, a device, a server or a service, and which of "
             "peal's features it supports. For the address of a user without a resource it asks the account and "
             "each device of it that we can see.",
    .examples = "peal discover bob@example.org\twhich of bob's devices could be called\n"
                "peal discover example.org\twhat a server offers",
    .least = 1,
    .most = 1,
    .run = peal_command_discover,
  },
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
