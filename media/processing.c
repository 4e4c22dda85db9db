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

/* The canceller compares what the microphone heard at a moment with what was to be played this long
 * after it. Measured with PulseAudio: with 0 it takes out 50 dB, with 25 ms more or 40 ms less
 * nothing. */
#define AHEAD 0

/* The probe takes for this time the delay of all that is before it, as it learns it when it is told
 * its own latency. That is the jitter buffer's: what is asked for would not have come yet where
 * that is longer than the speaker's, and is beyond those 128 ms where it is shorter. So that one
 * question, and no other, gets another answer. */
typedef struct { /* an atomic rc box: the two pads hold it */
  GThread *told; /* atomic: the thread that tells the probe; NULL: none does */
} Aim;

static GstPadProbeReturn
begin_telling (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  Aim *aim = user;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_LATENCY)
    g_atomic_pointer_set (&aim->told, g_thread_self ());
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
answer (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  Aim *aim = user;

  if (g_atomic_pointer_get (&aim->told) != g_thread_self ())
    return GST_PAD_PROBE_OK;
  if (!(GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_QUERY_UPSTREAM)) {
    g_atomic_pointer_set (&aim->told, NULL); /* it passes on what it was told */
    return GST_PAD_PROBE_OK;
  }
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_PAD_PROBE_OK;
  gst_query_set_latency (query, TRUE, AHEAD, GST_CLOCK_TIME_NONE);
  return GST_PAD_PROBE_HANDLED;
}

void
peal_processing_aim (GstElement *bin, const char *name)
{
  GstElement *probe = peal_pipeline_element (bin, name);
  g_autoptr(GstPad) entry = gst_element_get_static_pad (probe, "sink");
  g_autoptr(GstPad) exit = gst_element_get_static_pad (probe, "src");
  Aim *aim = g_atomic_rc_box_new0 (Aim);

  gst_pad_add_probe (exit, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, begin_telling,
                     g_atomic_rc_box_acquire (aim), g_atomic_rc_box_release);
  gst_pad_add_probe (entry, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM | GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
                     answer, aim, g_atomic_rc_box_release);
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
