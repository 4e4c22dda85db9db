/* What is done to a microphone's sound before it is sent: --processing as text, and the elements
 * that do it. */
// SPDX-License-Identifier: MIT
#include "media/processing.h"

#include "media/pipeline.h"
#include "signaling/event.h"

static const struct {
  const char *word;
  PealProcessing what;
} words[] = {
  { "echo", PEAL_PROCESSING_ECHO },
  { "noise", PEAL_PROCESSING_NOISE },
  { "gain", PEAL_PROCESSING_GAIN },
};

static PealProcessing
find (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].word, word))
      return words[i].what;
  return 0;
}

gboolean
peal_processing_read (const char *text, PealProcessing *wanted, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (text ? text : "echo,noise,gain", ",", -1);

  *wanted = 0;
  if (text && g_str_equal (text, "none"))
    return TRUE;
  for (char **part = parts; *part; part++) {
    PealProcessing what = find (*part);
    if (!what) {
      g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                   "--processing %s: not a list of echo, noise, gain, and not none", text);
      return FALSE;
    }
    *wanted |= what;
  }
  return TRUE;
}

gboolean
peal_processing_is_here (void)
{
  return peal_pipeline_has ("webrtcdsp ! webrtcechoprobe");
}

char *
peal_processing_name_probe (void)
{
  static gint last; /* names of probes are global to the process */

  return g_strdup_printf ("probe-%d", g_atomic_int_add (&last, 1));
}

char *
peal_processing_probe (const char *name)
{
  return g_strdup_printf ("webrtcechoprobe name=%s", name);
}

GstElement *
peal_processing_new (PealProcessing wanted, const char *probe, GError **error)
{
  gboolean echo = probe && wanted & PEAL_PROCESSING_ECHO;
  g_autofree char *text = g_strdup_printf (
      "audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! "
      "webrtcdsp probe=%s echo-cancel=%d noise-suppression=%d gain-control=%d",
      probe ? probe : "none", echo, !!(wanted & PEAL_PROCESSING_NOISE),
      !!(wanted & PEAL_PROCESSING_GAIN));

  return peal_pipeline_parse (text, error);
}
