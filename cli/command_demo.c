/* `peal demo`: a private server, two accounts and a call between them, to see that everything works
 * here.
 *
 * The work is done by the laboratory's script, which the tests and `./dev demo` use too; here it is
 * found and given this very program to call with. */
// SPDX-License-Identifier: MIT
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/version.h"

const PealDemoNeed peal_demo_needs[] = {
  { "python3", "python3 python3-numpy" }, { "prosody", "prosody" }, { "turnserver", "coturn" },
  { "espeak-ng", "espeak-ng" },           { "openssl", "openssl" }, { NULL },
};

static gboolean
is_complete (void)
{
  gboolean complete = TRUE;

  for (const PealDemoNeed *need = peal_demo_needs; need->program; need++) {
    g_autofree char *path = g_find_program_in_path (need->program);
    if (path)
      continue;
    fprintf (stderr, "peal: the demo needs %s; install %s\n", need->program, need->package);
    complete = FALSE;
  }
  return complete;
}

/* The folder that has lab/demo.py: installed, or that of the sources this was built from. */
static char *
find_laboratory (void)
{
  static const char *const places[] = { PEAL_DATA, PEAL_TESTS };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *script = g_build_filename (places[i], "lab", "demo.py", NULL);
    if (g_file_test (script, G_FILE_TEST_IS_REGULAR))
      return g_strdup (places[i]);
  }
  return NULL;
}

int
peal_command_demo (const PealOptions *options)
{
  g_autofree char *laboratory = find_laboratory ();
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self ? self : "/usr/bin/peal");

  if (!laboratory) {
    fprintf (stderr, "peal: the demo's script is not installed; it belongs into %s/lab\n",
             PEAL_DATA);
    return peal_cause_status (PEAL_CAUSE_NO_SERVICE);
  }
  if (!is_complete ())
    return peal_cause_status (PEAL_CAUSE_NO_SERVICE);
  g_setenv ("PYTHONPATH", laboratory, TRUE);
  g_setenv ("PEAL_BUILD", folder, TRUE);
  /* Debian's own Python is the one that has NumPy from the package above. */
  const char *python =
      g_file_test ("/usr/bin/python3", G_FILE_TEST_IS_EXECUTABLE) ? "/usr/bin/python3" : "python3";
  execlp (python, python, "-m", "lab.demo", NULL);
  fprintf (stderr, "peal: cannot start %s: %s\n", python, g_strerror (errno));
  return peal_cause_status (PEAL_CAUSE_INTERNAL);
}
