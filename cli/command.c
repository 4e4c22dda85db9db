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
    .name = "demo",
    .arguments = "",
    .help = "make a call between two accounts on a private server",
    .story = "Starts an XMPP server and a TURN server of its own, makes two accounts, places a call with ten seconds "
             "of speech each way, and prints what each side saw of it and how alike what was heard is to what was "
             "said. Leaves the recordings and a spectrogram of each pair in a folder it names, and ends everything "
             "it started, also on Ctrl-C.",
    .examples = "peal demo\tdoes it all work here?",
    .least = 0,
    .most = 0,
    .run = peal_command_demo,
  },
  {
    .name = "devices",
    .arguments = "",
    .help = "name the microphones, speakers and cameras of this machine",
    .story = "Prints microphones, speakers, cameras and screens by the names that the flags take: what stands here as "
             "Desk Microphone is `--audio-in 'device:Desk Microphone'`. The beginning of a name is enough where no other "
             "begins with it, in small letters or large. What the system uses where no flag says another is marked.\n\n"
             "Cameras and screens are named only; no flag takes them yet.",
    .examples = "peal devices\twhat could be spoken into and heard from\n"
                "peal devices --json\tthe same for a script: events `device`",
    .least = 0,
    .most = 0,
    .run = peal_command_devices,
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
    .name = "doctor",
    .arguments = "",
    .help = "say what is missing on this machine, and which package brings it",
    .story = "Looks at what logging in and calls need here, in the way that they will: the TLS library and its "
             "authorities, ways to prove a password, DNS, the config, every codec, source and sink of sound and picture, "
             "microphones, speakers and cameras, and the programs of the demo. Asks no server.\n\n"
             "What is missing is `missing`; what works with a limit that is said is `degraded`. The status is 3 or 7 "
             "when nobody could log in, 8 when a call would have no sound, else 0: a machine without a microphone "
             "can still call with --audio-in file:PATH.",
    .examples = "peal doctor\twhat would not work, and what to install\n"
                "peal doctor --json\tthe same for a script: events `check`",
    .least = 0,
    .most = 0,
    .run = peal_command_doctor,
  },
  {
    .name = "call",
    .arguments = "JID",
    .help = "place a call, with your picture by --video",
    .story = "A bare address rings all of its devices, unless only such are known that cannot be rung together; then "
             "the best of them is called directly. A full address rings one device. The call is encrypted between "
             "the devices; --encryption says what happens where the other side cannot.\n\n"
             "The command ends with the call. Ctrl-C hangs up politely; a second one leaves at once.\n\n"
             "On a terminal one line at the bottom shows time, codec, path, encryption, what was lost in the last seconds, "
             "round trip, and how loud you (mic) and the other side (ear) are. Where it is narrow, M stands for muted, H for on "
             "hold, m and h for the other side, ! for a path on which nothing arrives, I and O for a microphone and a speaker "
             "that are gone.",
    .calls = TRUE,
    .examples = "peal call bob@example.org\ta call with microphone and speaker\n"
                "peal call bob@example.org --audio-in file:hello.ogg --audio-out file:heard.wav --duration 20\t"
                "say a file, keep what was heard\n"
                "peal call bob@example.org --video --video-out terminal\tpictures both ways, theirs drawn with letters\n"
                "peal call bob@example.org --json --audio-in tone --audio-out none --duration 5\ta test that a script reads",
    .least = 1,
    .most = 1,
    .run = peal_command_call,
  },
  {
    .name = "answer",
    .arguments = "",
    .help = "wait for calls and take them",
    .story = "Rings for contacts; calls of others are shown, and nothing is told to them before you accept. With --from, "
             "those it names are rung for and nobody else. Without a terminal what would ring is declined, and "
             "nobody else is told anything. --auto takes calls of contacts, or of those that --from names, without asking; "
             "with --ask a script is asked, by lines of standard input.\n\n"
             "Where several ring, the contact who waits longest is meant first, then whoever waits longest.",
    .calls = TRUE,
    .examples = "peal answer\tring until Ctrl-C\n"
                "peal answer --auto --once --from alice@example.org --audio-out file:message.wav\t"
                "take one call without asking",
    .least = 0,
    .most = 0,
    .run = peal_command_answer,
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
