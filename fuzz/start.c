/* What libFuzzer runs before the first input. GLib ends a program at a critical message by SIGTRAP,
 * which libFuzzer would not take for a crash: the input would not be kept. */
// SPDX-License-Identifier: MIT
#include <signal.h>
#include <stdlib.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);

static void
trapped (int number)
{
  abort ();
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  signal (SIGTRAP, trapped);
  return 0;
}
