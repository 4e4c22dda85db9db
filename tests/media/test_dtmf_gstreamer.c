/* The keys that we say, made into tones by GStreamer's depayloader and found in them by spandsp's
 * detector: neither knows us. */
// SPDX-License-Identifier: MIT
#include <gst/app/app.h>
#include <gst/gst.h>

#include "media/codecs.h"
#include "media/dtmf_sender.h"
#include "media/sender.h"

enum { RATE = 8000, FRAME = 160, KEYS_TYPE = 126 };

#define KEYS  "159*0#D2A" /* no two alike follow: the detector tells of a tone of 100 ms twice */
#define SOUND "audio/x-raw,format=S16LE,rate=8000,channels=1,layout=interleaved"
#define PIPELINE                                                                                   \
  "appsrc name=in format=time caps=application/x-rtp,media=audio,clock-rate=8000,"                 \
  "encoding-name=TELEPHONE-EVENT,payload=126 ! rtpdtmfdepay ! " SOUND " ! audiorate ! " SOUND      \
  " ! dtmfdetect ! fakesink sync=false"

static void
push (GstElement *pipeline, const guint8 *bytes, gsize length, GstClockTime at)
{
  g_autoptr(GstElement) in = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  GstBuffer *buffer = gst_buffer_new_memdup (bytes, length);

  GST_BUFFER_PTS (buffer) = at;
  g_assert_cmpint (gst_app_src_push_buffer (GST_APP_SRC (in), buffer), ==, GST_FLOW_OK);
}

/* All packets of keys, each when its frame is due. */
static void
say (GstElement *pipeline)
{
  PealSender sender;
  PealDtmfSender keys;
  guint8 bytes[PEAL_PACKET_MAX];

  peal_sender_init (&sender, RATE, FRAME, 0);
  peal_dtmf_sender_init (&keys, RATE, RATE, FRAME);
  g_assert_true (peal_dtmf_sender_add (&keys, KEYS, 0));
  for (guint i = 0; i == 0 || peal_dtmf_sender_is_busy (&keys); i++) {
    PealFrame frame = { .engine = 1, .timestamp = i * FRAME };
    PealDtmfStep step;
    guint32 place = peal_sender_place (&sender, &frame, 1);
    peal_dtmf_sender_step (&keys, place, &step);
    PealPacket packet = { .payload_type = KEYS_TYPE,
                          .marker = step.marker,
                          .timestamp = step.timestamp,
                          .payload = step.payload,
                          .length = sizeof step.payload };
    if (step.packet)
      push (pipeline, bytes, peal_sender_write_packet (&sender, &packet, 1, bytes),
            i * PEAL_FRAME_MS * GST_MSECOND);
  }
}

static void
others_understand_our_keys (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GstElement) pipeline = gst_parse_launch (PIPELINE, &error);
  g_autoptr(GString) found = g_string_new (NULL);

  if (error) {
    g_test_skip (error->message);
    return;
  }
  g_autoptr(GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr(GstElement) in = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  say (pipeline);
  gst_app_src_end_of_stream (GST_APP_SRC (in));
  for (gboolean ended = FALSE; !ended;) {
    g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered (
        bus, 60 * GST_SECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    g_assert_nonnull (message);
    g_assert_cmpint (GST_MESSAGE_TYPE (message), !=, GST_MESSAGE_ERROR);
    const GstStructure *said = gst_message_get_structure (message);
    gint number;
    ended = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
    if (!ended && gst_structure_has_name (said, "dtmf-event") &&
        gst_structure_get_int (said, "number", &number) &&
        (!found->len || found->str[found->len - 1] != PEAL_DTMF_KEYS[number]))
      g_string_append_c (found, PEAL_DTMF_KEYS[number]);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpstr (found->str, ==, KEYS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/dtmf/others_understand_our_keys", others_understand_our_keys);
  return g_test_run ();
}
