/* One ring tone at a time, by what --ringtone and --audio-out say. */
// SPDX-License-Identifier: MIT
#include "cli/bell.h"

#include <string.h>

#include "media/sink.h"
#include "signaling/event.h"

struct PealBell {
  const PealOptions *options;
  PealRingtoneKind kind;
  PealRingtone *ringtone; /* of .kind, or the last one, stopped; NULL: there was none */
};

static const char *
file_of (const char *ringtone)
{
  return g_str_has_prefix (ringtone, "file:") ? ringtone + strlen ("file:") : NULL;
}

gboolean
peal_bell_check (const char *ringtone, GError **error)
{
  const char *file = file_of (ringtone);

  if (g_str_equal (ringtone, "tone") || g_str_equal (ringtone, "none"))
    return TRUE;
  if (!file || !*file) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "--ringtone %s: not one of tone, file:PATH, none", ringtone);
    return FALSE;
  }
  if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "--ringtone %s: there is no such file",
               ringtone);
  return FALSE;
}

PealBell *
peal_bell_new (const PealOptions *options)
{
  PealBell *bell = g_new0 (PealBell, 1);

  bell->options = options;
  return bell;
}

void
peal_bell_free (PealBell *bell)
{
  if (!bell)
    return;
  peal_ringtone_free (bell->ringtone);
  g_free (bell);
}

static gboolean
is_wanted (const PealBell *bell)
{
  return peal_sink_is_device (bell->options->audio_out) &&
         !g_str_equal (bell->options->ringtone, "none");
}

void
peal_bell_play (PealBell *bell, PealRingtoneKind kind)
{
  if (!bell || kind == bell->kind)
    return;
  bell->kind = kind;
  if (bell->ringtone)
    peal_ringtone_stop (bell->ringtone); /* its device may take a moment: nobody waits for that */
  if (kind == PEAL_RINGTONE_NONE || !is_wanted (bell))
    return;
  PealRingtoneSetup setup = {
    .kind = kind,
    .sink = bell->options->audio_out,
    .file = file_of (bell->options->ringtone),
  };
  peal_ringtone_free (bell->ringtone);
  bell->ringtone = peal_ringtone_new (&setup);
}
