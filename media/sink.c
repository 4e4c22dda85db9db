/* Where sound goes: --audio-out as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#include "media/sink.h"

#include "media/pipeline.h"
#include "media/plug.h"
#include "signaling/event.h"

/* Time that nothing was heard in is silence in a file, so that it is as long as the call. */
#define WHOLE     "audiorate name=whole skip-to-first=true ! "
#define FILE_SINK "filesink name=file sync=false async=false"

typedef struct {
  const char *word;
  const char *suffix; /* of the argument; NULL: any, or no argument at all */
  gboolean argument;
  gboolean device;
  const char *text; /* gst-launch; NULL: a device */
} Kind;

static const Kind kinds[] = {
  { "speaker", NULL, FALSE, TRUE, NULL },
  { "device", NULL, TRUE, TRUE, NULL },
  { "file", ".wav", TRUE, FALSE, WHOLE "wavenc ! " FILE_SINK },
  { "file", ".ogg", TRUE, FALSE, WHOLE "opusenc bitrate=64000 ! oggmux ! " FILE_SINK },
  { "file", ".mka", TRUE, FALSE, WHOLE "opusenc bitrate=64000 ! matroskamux ! " FILE_SINK },
  { "none", NULL, FALSE, FALSE, "fakesink sync=false async=false" },
  { "stdout", NULL, FALSE, FALSE, WHOLE "fdsink fd=1 sync=false async=false" },
};

static gboolean
ends_with (const char *path, const char *suffix)
{
  gsize length = strlen (path), tail = strlen (suffix);

  return length > tail && !g_ascii_strcasecmp (path + length - tail, suffix);
}

static const Kind *
find (const char *text, const char **argument)
{
  const char *colon = strchr (text, ':');
  gsize length = colon ? (gsize) (colon - text) : strlen (text);

  *argument = colon ? colon + 1 : NULL;
  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++) {
    if (strlen (kind->word) != length || strncmp (kind->word, text, length) != 0)
      continue;
    if (kind->argument ? colon && colon[1] && (!kind->suffix || ends_with (colon + 1, kind->suffix))
                       : !colon)
      return kind;
  }
  return NULL;
}

gboolean
peal_sink_check (const char *text, GError **error)
{
  const char *argument;

  if (find (text, &argument))
    return TRUE;
  g_set_error (
      error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
      "--audio-out %s: not one of speaker, device:NAME, file:PATH (.wav, .ogg, .mka), none, stdout",
      text);
  return FALSE;
}

char **
peal_sink_examples (void)
{
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new ();

  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++) {
    g_autofree char *file = g_strconcat (kind->word, ":x", kind->suffix, NULL);
    if (!kind->device || !kind->argument)
      g_strv_builder_add (texts, kind->argument ? file : kind->word);
  }
  return g_strv_builder_end (texts);
}

gboolean
peal_sink_is_device (const char *text)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  return kind && kind->device;
}

GstElement *
peal_sink_new (const char *text, GError **error)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  g_assert (kind);
  if (kind->device)
    return peal_plug_new (PEAL_DEVICE_SPEAKER, argument, error);
  GstElement *bin = peal_pipeline_parse (kind->text, error);
  if (bin && kind->argument)
    g_object_set (peal_pipeline_element (bin, "file"), "location", argument, NULL);
  return bin;
}

/* --- the end of a file --- */

typedef struct { /* an atomic rc box: we and the probe hold it */
  GMutex lock;
  GCond written;
  gboolean ended;
} End;

static void
end_clear (gpointer user)
{
  End *end = user;

  g_cond_clear (&end->written);
  g_mutex_clear (&end->lock);
}

static void
end_release (gpointer end)
{
  g_atomic_rc_box_release_full (end, end_clear);
}

static GstPadProbeReturn
see_end (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  End *end = user;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&end->lock);
  end->ended = TRUE;
  g_cond_signal (&end->written);
  return GST_PAD_PROBE_OK;
}

/* A muxer writes its tail on a thread of its own; it is done when the end reaches the file. */
void
peal_sink_finish (GstElement *sink)
{
  g_autoptr(GstElement) file =
      GST_IS_BIN (sink) ? gst_bin_get_by_name (GST_BIN (sink), "file") : NULL;
  g_autoptr(GstPad) entry = gst_element_get_static_pad (sink, "sink");
  g_autoptr(GstPad) exit = file ? gst_element_get_static_pad (file, "sink") : NULL;

  if (!file || !gst_pad_has_current_caps (entry)) /* nothing was ever written */
    return;
  End *end = g_atomic_rc_box_new0 (End);
  g_mutex_init (&end->lock);
  g_cond_init (&end->written);
  gulong probe = gst_pad_add_probe (exit, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, see_end,
                                    g_atomic_rc_box_acquire (end), end_release);
  gst_pad_send_event (entry, gst_event_new_eos ());
  g_mutex_lock (&end->lock);
  gint64 patience = g_get_monotonic_time () + G_USEC_PER_SEC;
  while (!end->ended && g_cond_wait_until (&end->written, &end->lock, patience))
    ;
  g_mutex_unlock (&end->lock);
  gst_pad_remove_probe (exit, probe);
  end_release (end);
}
