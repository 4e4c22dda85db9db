/* The reference for call set-up: two of GStreamer's webrtcbin in one process, from create-offer to the first
 * decoded sound at both. Prints milliseconds, one line a call.
 *
 * Each call is a new pair; the first warms the process up and is not counted. Nothing crosses a
 * server here, so the comparison is in webrtcbin's favour. */
// SPDX-License-Identifier: MIT
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>
#include <stdlib.h>

typedef struct Call Call;
typedef struct {
  Call *call;
  GstElement *pipeline, *bin;
  gboolean heard;
} End;

struct Call {
  GMainLoop *loop;
  End ends[2];
  GMutex lock;
  gint64 began, done;
};

static End *
other (End *end)
{
  return end == &end->call->ends[0] ? &end->call->ends[1] : &end->call->ends[0];
}

static GstPadProbeReturn
first_sound (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  End *end = data;
  Call *call = end->call;
  g_mutex_lock (&call->lock);
  end->heard = TRUE;
  if (call->ends[0].heard && call->ends[1].heard && !call->done) {
    call->done = g_get_monotonic_time ();
    g_main_loop_quit (call->loop);
  }
  g_mutex_unlock (&call->lock);
  return GST_PAD_PROBE_REMOVE;
}

static void
pad_added (GstElement *bin, GstPad *pad, gpointer data)
{
  End *end = data;
  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;
  GstElement *sink = gst_parse_bin_from_description (
      "rtpopusdepay ! opusdec ! fakesink name=ear sync=false async=false", TRUE, NULL);
  GstElement *ear = gst_bin_get_by_name (GST_BIN (sink), "ear");
  GstPad *in = gst_element_get_static_pad (ear, "sink");
  gst_pad_add_probe (in, GST_PAD_PROBE_TYPE_BUFFER, first_sound, end, NULL);
  gst_object_unref (in);
  gst_object_unref (ear);
  gst_bin_add (GST_BIN (end->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  GstPad *entry = gst_element_get_static_pad (sink, "sink");
  gst_pad_link (pad, entry);
  gst_object_unref (entry);
}

static void
candidate (GstElement *bin, guint line, const char *text, gpointer data)
{
  g_signal_emit_by_name (other (data)->bin, "add-ice-candidate", line, text);
}

static GstWebRTCSessionDescription *
description_of (GstPromise *promise, const char *field)
{
  GstWebRTCSessionDescription *description = NULL;
  gst_structure_get (gst_promise_get_reply (promise), field, GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
                     &description, NULL);
  gst_promise_unref (promise);
  return description;
}

static void
set_both (End *local, GstWebRTCSessionDescription *description)
{
  g_signal_emit_by_name (local->bin, "set-local-description", description, NULL);
  g_signal_emit_by_name (other (local)->bin, "set-remote-description", description, NULL);
  gst_webrtc_session_description_free (description);
}

static void
answered (GstPromise *promise, gpointer data)
{
  set_both (data, description_of (promise, "answer"));
}

static void
offered (GstPromise *promise, gpointer data)
{
  End *end = data;
  set_both (end, description_of (promise, "offer"));
  g_signal_emit_by_name (other (end)->bin, "create-answer", NULL,
                         gst_promise_new_with_change_func (answered, other (end), NULL));
}

static void
open_end (Call *call, End *end)
{
  end->call = call;
  end->pipeline = gst_parse_launch (
      "audiotestsrc is-live=true ! opusenc ! rtpopuspay pt=96 ! "
      "application/x-rtp,media=audio,encoding-name=OPUS,payload=96 ! webrtcbin name=bin",
      NULL);
  end->bin = gst_bin_get_by_name (GST_BIN (end->pipeline), "bin");
  g_signal_connect (end->bin, "on-ice-candidate", G_CALLBACK (candidate), end);
  g_signal_connect (end->bin, "pad-added", G_CALLBACK (pad_added), end);
  gst_element_set_state (end->pipeline, GST_STATE_PLAYING);
}

static gboolean
too_late (gpointer data)
{
  g_main_loop_quit (((Call *) data)->loop);
  return G_SOURCE_REMOVE;
}

/* Milliseconds of one call, or -1. */
static double
one_call (void)
{
  Call call = { .loop = g_main_loop_new (NULL, FALSE) };
  g_mutex_init (&call.lock);
  open_end (&call, &call.ends[0]);
  open_end (&call, &call.ends[1]);
  guint timer = g_timeout_add_seconds (10, too_late, &call);
  call.began = g_get_monotonic_time ();
  g_signal_emit_by_name (call.ends[0].bin, "create-offer", NULL,
                         gst_promise_new_with_change_func (offered, &call.ends[0], NULL));
  g_main_loop_run (call.loop);
  if (call.done)
    g_source_remove (timer);
  for (guint i = 0; i < 2; i++) {
    gst_element_set_state (call.ends[i].pipeline, GST_STATE_NULL);
    gst_object_unref (call.ends[i].bin);
    gst_object_unref (call.ends[i].pipeline);
  }
  g_main_loop_unref (call.loop);
  g_mutex_clear (&call.lock);
  return call.done ? (call.done - call.began) / 1000.0 : -1;
}

int
main (int argc, char **argv)
{
  int calls = argc > 1 ? atoi (argv[1]) : 10;
  gst_init (NULL, NULL);
  one_call ();
  for (int i = 0; i < calls; i++)
    g_print ("%.1f\n", one_call ());
  return 0;
}
