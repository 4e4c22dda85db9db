/* The program: start, run, leave with a status. */
// SPDX-License-Identifier: MIT
#include <glib.h>

int
main (int argc, char **argv)
{
  return 0;
}
