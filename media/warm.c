/* The first pipeline of a process loads plug-ins for 75-120 ms: done early, for all codecs at once.
 */
// SPDX-License-Identifier: MIT
#include "media/clip.h"
#include "media/pipeline.h"
#include "media/rtp.h"

/* What calls may need beside what the codec rows name. */
static const char *const others[] = {
  "appsrc",       "appsink",   "audiorate", "wavenc",    "filesink",     "clocksync",  "fakesink",
  "uridecodebin", "pulsesink", "pulsesrc",  "webrtcdsp", "videoconvert", "videoscale", "videoflip",
  "videotestsrc", "rtpvp8pay", "vp8enc",    "v4l2src",   NULL,
};

static void
load (const char *name)
{
  g_autoptr(GstElementFactory) factory = gst_element_factory_find (name);
  GstPluginFeature *loaded =
      factory ? gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory)) : NULL;

  if (loaded)
    gst_object_unref (loaded);
}

/* Some sound through encoder and decoder: what those make at their first use is made
 * now. */
static void
exercise (const PealCodec *codec)
{
  g_autofree char *text = g_strdup_printf (
      "audiotestsrc num-buffers=8 samplesperbuffer=%u ! audioconvert ! audioresample ! "
      "audio/x-raw,format=S16LE,rate=%u,channels=1 ! %s ! %s ! "
      "audioconvert ! "
      "audioresample ! fakesink sync=false",
      codec->sample_rate / 50, codec->sample_rate, codec->speak, codec->hear);
  GstElement *bin =
      peal_pipeline_parse (text, NULL); /* what is missing is told when a call needs it */

  if (!bin)
    return;
  g_autoptr(GstElement) pipeline = gst_object_ref_sink (gst_pipeline_new ("warm-up"));
  g_autoptr(GstBus) bus = gst_element_get_bus (pipeline);
  gst_bin_add (GST_BIN (pipeline), bin);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr(GstMessage) end =
      gst_bus_timed_pop_filtered (bus, 2 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

void
peal_media_warm_up (void)
{
  peal_pipeline_init ();
  for (const PealCodec *const *codec = peal_codecs; *codec; codec++) {
    if ((*codec)->heavy)
      continue;
    peal_clip_silence (*codec);
    exercise (*codec);
  }
  for (guint i = 0; others[i]; i++)
    load (others[i]);
}
