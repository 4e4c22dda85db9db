/* The commands: rows of name, help and function. To add one: a row in command.c, a function in
 * command_NAME.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"

struct PealCommand {
  const char *name;
  const char *arguments; /* "JID"; "add JID | list | remove JID"; "" for none */
  const char *help;      /* one line, as in `peal help` */
  const char *story;     /* paragraphs for `peal help NAME` and the man page, parted by "\n\n" */
  gboolean calls;        /* its calls hear keys and lines: those of cli/verbs.h */
  const char *examples;  /* lines "command\twhat it does" */
  guint least, most;     /* arguments */
  /* Does its job and returns the exit status. */
  int (*run) (const PealOptions *options);
};

/* Ends with a row without name. */
extern const PealCommand peal_commands[];

/* NULL when there is none of that name. */
const PealCommand *peal_command_find (const char *name);

/* One function a command; each in its own file. */
int peal_command_account (const PealOptions *options);
int peal_command_answer (const PealOptions *options);
int peal_command_call (const PealOptions *options);
int peal_command_demo (const PealOptions *options);
int peal_command_devices (const PealOptions *options);
int peal_command_discover (const PealOptions *options);
int peal_command_doctor (const PealOptions *options);
int peal_command_help (const PealOptions *options);

/* What `peal demo` starts, and the Debian package that brings it. Ends with a row without program.
 */
typedef struct {
  const char *program, *package;
} PealDemoNeed;
extern const PealDemoNeed peal_demo_needs[];
