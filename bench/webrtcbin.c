/* The reference for call set-up: two of GStreamer's webrtcbin in one process, from create-offer on.
 *
 * Prints a line for each call: milliseconds until both ends had received a packet, had given one
 * out (after webrtcbin's own jitter buffer), and had decoded some sound. `bench-webrtcbin CALLS
 * [BEFORE]`: each call is a new pair; BEFORE (1) calls warm the process up and are not counted.
 * Nothing crosses a server here, so the comparison is in webrtcbin's favour. */
// SPDX-License-Identifier: MIT
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>
#include <stdlib.h>
#include <string.h>

/* What is waited for at both ends. */
typedef enum { RECEIVED = 0, GIVEN_OUT, DECODED, N_STAGES } Stage;

typedef struct Call Call;
typedef struct {
  Call *call;
  GstElement *pipeline, *bin;
  gint64 at[N_STAGES]; /* monotonic µs; 0: not yet */
} End;

struct Call {
  GMainLoop *loop;
  End ends[2];
  GMutex lock;
  gint64 began;
};

static End *
other (End *end)
{
  return end == &end->call->ends[0] ? &end->call->ends[1] : &end->call->ends[0];
}

/* --- what is waited for --- */

static gboolean
is_done (const Call *call)
{
  return call->ends[0].at[DECODED] && call->ends[1].at[DECODED];
}

static void
reach (End *end, Stage stage)
{
  Call *call = end->call;

  g_mutex_lock (&call->lock);
  if (!end->at[stage])
    end->at[stage] = g_get_monotonic_time ();
  if (is_done (call))
    g_main_loop_quit (call->loop);
  g_mutex_unlock (&call->lock);
}

static GstPadProbeReturn
received (GstPad *pad, GstPadProbeInfo *info, gpointer end)
{
  reach (end, RECEIVED);
  return GST_PAD_PROBE_REMOVE;
}

static GstPadProbeReturn
given_out (GstPad *pad, GstPadProbeInfo *info, gpointer end)
{
  reach (end, GIVEN_OUT);
  return GST_PAD_PROBE_REMOVE;
}

static GstPadProbeReturn
decoded (GstPad *pad, GstPadProbeInfo *info, gpointer end)
{
  reach (end, DECODED);
  return GST_PAD_PROBE_REMOVE;
}

static void
watch (GstElement *element, const char *name, GstPadProbeCallback reached, End *end)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, reached, end, NULL);
  gst_object_unref (pad);
}

/* Packets are received where they enter webrtcbin's jitter buffer. */
static void
element_added (GstBin *bin, GstBin *parent, GstElement *element, gpointer end)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  if (factory && !strcmp (GST_OBJECT_NAME (factory), "rtpjitterbuffer"))
    watch (element, "sink", received, end);
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
  watch (ear, "sink", decoded, end);
  watch (sink, "sink", given_out, end);
  gst_object_unref (ear);
  gst_bin_add (GST_BIN (end->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  GstPad *entry = gst_element_get_static_pad (sink, "sink");
  gst_pad_link (pad, entry);
  gst_object_unref (entry);
}

/* --- the signaling between the two --- */

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

/* --- a call --- */

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
  g_signal_connect (end->bin, "deep-element-added", G_CALLBACK (element_added), end);
  gst_element_set_state (end->pipeline, GST_STATE_PLAYING);
}

static gboolean
too_late (gpointer data)
{
  g_main_loop_quit (((Call *) data)->loop);
  return G_SOURCE_REMOVE;
}

static void
tell (const Call *call)
{
  for (Stage stage = 0; stage < N_STAGES; stage++) {
    gint64 later = MAX (call->ends[0].at[stage], call->ends[1].at[stage]);
    g_print ("%.1f%c", (double) (later - call->began) / 1000, stage + 1 < N_STAGES ? ' ' : '\n');
  }
}

static void
one_call (gboolean counts)
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
  for (guint i = 0; i < 2; i++) {
    gst_element_set_state (call.ends[i].pipeline, GST_STATE_NULL);
    gst_object_unref (call.ends[i].bin);
    gst_object_unref (call.ends[i].pipeline);
  }
  if (is_done (&call)) {
    g_source_remove (timer);
    if (counts)
      tell (&call);
  }
  g_main_loop_unref (call.loop);
  g_mutex_clear (&call.lock);
}

int
main (int argc, char **argv)
{
  int calls = argc > 1 ? atoi (argv[1]) : 10, before = argc > 2 ? atoi (argv[2]) : 1;
  gst_init (NULL, NULL);
  for (int i = 0; i < before + calls; i++)
    one_call (i >= before);
  return 0;
}
