/* GLib's first table of quarks, held for the leak checker.
 *
 * GLib's constructor makes it. Where plug-ins name more than 2,048 things it grows, and the old
 * table is left, on purpose, to readers that take no lock. The checker's short backtraces do not
 * show where it came from, so that it cannot be suppressed by name; whole backtraces take many
 * times as long. */
// SPDX-License-Identifier: MIT
#include <stddef.h>

/* The sanitizer's name, called at each allocation; without the sanitizer nobody calls it. */
void __sanitizer_malloc_hook (const volatile void *data, size_t size);

void
__sanitizer_malloc_hook (const volatile void *data, size_t size)
{
  enum { TABLE = 2048 * sizeof (char *) };
  static const volatile void *held; /* what a static variable points to is not lost */

  if (!held && size == TABLE)
    held = data;
}
