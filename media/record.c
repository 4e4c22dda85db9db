/* --record: one file a leg, named after the content and the time it began. */
// SPDX-License-Identifier: MIT
#include "media/record.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "signaling/event.h"

#define KEPT "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

char *
peal_record_sink (const char *directory, const char *stem, const char *leg, GError **error)
{
  g_autofree char *safe = g_strcanon (g_strndup (stem, 64), KEPT, '_');
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y%m%d-%H%M%S");

  if (g_mkdir_with_parents (directory, 0700) < 0) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_FILE, "--record %s: %s", directory,
                 g_strerror (errno));
    return NULL;
  }
  for (guint number = 1;; number++) {
    g_autofree char *suffix = number > 1 ? g_strdup_printf ("-%u", number) : g_strdup ("");
    g_autofree char *path =
        g_strdup_printf ("%s/%s-%s%s-%s.wav", directory, safe, time, suffix, leg);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return g_strconcat ("file:", path, NULL);
  }
}
