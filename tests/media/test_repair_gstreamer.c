/* What repairs a picture, spoken with GStreamer's elements, which do not know us: retransmission,
 * RED, ULPFEC and header extensions, made by one side and understood by the other. */
// SPDX-License-Identifier: MIT
#include <gst/app/app.h>
#include <gst/gst.h>
#include <gst/rtp/rtp.h>
#include <string.h>

#include "media/inflow.h"
#include "media/outflow.h"

enum { VP8 = 96, RTX = 97, RED = 116, ULPFEC = 117, SSRC = 0x5eed, RTX_SSRC = 0x5eee, MS = 1000 };
enum { PACKETS = 60, PATIENCE_S = 60 };

#define CAPS                                                                                       \
  "application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,payload=96,ssrc=(uint)24301"

typedef struct {
  GstElement *pipeline, *in, *out;
} Line;

/* FALSE: elements are missing, and the test is skipped. */
static gboolean
line_begin (Line *line, const char *description)
{
  g_autoptr(GError) error = NULL;

  line->pipeline = gst_parse_launch (description, &error);
  if (error) {
    g_test_skip (error->message);
    gst_clear_object (&line->pipeline);
    return FALSE;
  }
  line->in = gst_bin_get_by_name (GST_BIN (line->pipeline), "in");
  line->out = gst_bin_get_by_name (GST_BIN (line->pipeline), "out");
  return TRUE;
}

static void
line_end (Line *line)
{
  gst_element_set_state (line->pipeline, GST_STATE_NULL);
  gst_object_unref (line->in);
  gst_object_unref (line->out);
  gst_object_unref (line->pipeline);
}

static void
push (Line *line, const guint8 *data, gsize length, guint at_ms)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, length);

  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = at_ms * GST_MSECOND;
  g_assert_cmpint (gst_app_src_push_buffer (GST_APP_SRC (line->in), buffer), ==, GST_FLOW_OK);
}

/* The next packet that comes out, into @out. 0: it has ended. */
static gsize
pull (Line *line, guint8 *out)
{
  g_autoptr(GstSample) sample =
      gst_app_sink_try_pull_sample (GST_APP_SINK (line->out), PATIENCE_S * GST_SECOND);

  if (!sample) {
    g_assert_true (gst_app_sink_is_eos (GST_APP_SINK (line->out)));
    return 0;
  }
  gsize length = gst_buffer_get_size (gst_sample_get_buffer (sample));
  g_assert_cmpuint (length, <=, PEAL_PACKET_MAX);
  gst_buffer_extract (gst_sample_get_buffer (sample), 0, out, length);
  return length;
}

/* --- what packets hold --- */

static gsize
contents (guint i, guint8 *out)
{
  gsize length = 100 + i * 37 % 500;

  memset (out, (int) i, length);
  peal_packet_put_u32 (out, i);
  return length;
}

static void
check (const PealPacket *packet, GHashTable *seen)
{
  guint8 expected[PEAL_PACKET_MAX];

  g_assert_cmpuint (packet->length, >=, 4);
  guint i = peal_packet_u32 (packet->payload);
  g_assert_cmpuint (i, <, PACKETS);
  g_assert_cmpmem (packet->payload, packet->length, expected, contents (i, expected));
  g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (i + 1)));
}

/* One that somebody else makes. */
static gsize
plain (guint i, guint8 *out)
{
  guint8 payload[PEAL_PACKET_MAX];
  PealPacket packet = { .payload_type = VP8,
                        .marker = i % 4 == 3,
                        .sequence = (guint16) (65500 + i),
                        .timestamp = 3000 * (i / 4),
                        .ssrc = SSRC,
                        .payload = payload,
                        .length = contents (i, payload) };

  return peal_packet_write (&packet, out);
}

static void
flow (PealOutflow *out, const PealExtensionIds *ids)
{
  peal_outflow_init (out, &(PealOutflowSetup) { .clock_rate = 90000,
                                                .payload_type = VP8,
                                                .rtx = RTX,
                                                .red = RED,
                                                .ulpfec = ULPFEC,
                                                .ssrc = SSRC,
                                                .rtx_ssrc = RTX_SSRC,
                                                .nack = TRUE,
                                                .ids = *ids,
                                                .mid = "video",
                                                .bitrate = 2000000 });
}

static void
put_frames (PealOutflow *out)
{
  for (guint i = 0; i < PACKETS; i++) {
    guint8 payload[PEAL_PACKET_MAX];
    PealPacket packet = { .marker = i % 4 == 3,
                          .timestamp = 3000 * (i / 4),
                          .payload = payload,
                          .length = contents (i, payload) };
    g_assert_true (peal_outflow_put (out, &packet, i / 4 * 33 * MS));
  }
}

/* --- retransmission --- */

/* All that we send goes out once; each third is then asked for again, and what GStreamer makes of
 * that is what went out. */
static void
it_understands_our_rtx (void)
{
  g_autofree PealOutflow *out = g_new0 (PealOutflow, 1);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint8 bytes[PEAL_PACKET_MAX];
  PealPacket packet;
  Line line;

  if (!line_begin (&line, "appsrc name=in format=time is-live=false caps=" CAPS
                          " ! rtprtxreceive name=rtx ! appsink name=out sync=false"))
    return;
  g_autoptr(GstElement) rtx = gst_bin_get_by_name (GST_BIN (line.pipeline), "rtx");
  g_autoptr(GstStructure) types = gst_structure_from_string ("types,96=(uint)97", NULL);
  g_autoptr(GstStructure) sources =
      gst_structure_new ("sources", "24301", G_TYPE_UINT, (guint) RTX_SSRC, NULL);
  g_object_set (rtx, "payload-type-map", types, "ssrc-map", sources, NULL);
  gst_element_set_state (line.pipeline, GST_STATE_PLAYING);
  flow (out, &(PealExtensionIds) { 0 });
  guint16 first = out->sender.sequence;
  put_frames (out);
  for (gint64 now = 0; now < 3000 * MS; now += MS) {
    guint16 missing = (guint16) (first + now / MS);
    if (now / MS < PACKETS && now / MS % 3 == 0)
      peal_outflow_ask (out, &missing, 1, 50, now);
    for (gsize length; (length = peal_outflow_take (out, now, bytes)) > 0;)
      if (bytes[11] == (RTX_SSRC & 0xff) || peal_packet_u16 (bytes + 2) % 3 != first % 3)
        push (&line, bytes, length, (guint) (now / MS));
  }
  gst_app_src_end_of_stream (GST_APP_SRC (line.in));
  for (gsize length; (length = pull (&line, bytes)) > 0;) {
    g_assert_true (peal_packet_read (&packet, bytes, length));
    g_assert_cmpuint (packet.ssrc, ==, SSRC);
    g_assert_cmpuint (packet.payload_type, ==, VP8);
    check (&packet, seen);
  }
  g_assert_cmpuint (g_hash_table_size (seen), ==, PACKETS);
  peal_outflow_clear (out);
  line_end (&line);
}

static void
request (Line *line, guint sequence)
{
  g_autoptr(GstPad) pad = gst_element_get_static_pad (line->out, "sink");

  gst_pad_push_event (
      pad,
      gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
                            gst_structure_new ("GstRTPRetransmissionRequest", "seqnum", G_TYPE_UINT,
                                               sequence, "ssrc", G_TYPE_UINT, (guint) SSRC, NULL)));
}

static void
hear (PealInflow *in, const guint8 *bytes, gsize length, GHashTable *seen)
{
  PealDatagram data = { .data = bytes, .length = length };
  PealExtensions said;
  PealPacket packet;

  if (!peal_inflow_hear (in, &data, G_USEC_PER_SEC, &said))
    return;
  while (peal_inflow_take (in, G_USEC_PER_SEC, &packet, &data))
    if (packet.length)
      check (&packet, seen);
}

/* Each fifth is lost; GStreamer is asked for it. */
static void
we_understand_its_rtx (void)
{
  g_autofree PealInflow *in = g_new0 (PealInflow, 1);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint8 bytes[PEAL_PACKET_MAX];
  guint came = 0, lost = 0;
  Line line;

  if (!line_begin (&line, "appsrc name=in format=time caps=" CAPS
                          " ! rtprtxsend name=rtx ! appsink name=out sync=false async=false"))
    return;
  g_autoptr(GstElement) rtx = gst_bin_get_by_name (GST_BIN (line.pipeline), "rtx");
  g_autoptr(GstStructure) types = gst_structure_from_string ("types,96=(uint)97", NULL);
  g_object_set (rtx, "payload-type-map", types, NULL);
  gst_element_set_state (line.pipeline, GST_STATE_PLAYING);
  peal_inflow_init (in,
                    &(PealInflowSetup) { .clock_rate = 90000, .payload_type = VP8, .rtx = RTX });
  for (guint i = 0; i < PACKETS; i++) {
    push (&line, bytes, plain (i, bytes), i);
    gsize length = pull (&line, bytes);
    g_assert_cmpuint (length, >, 0);
    if (i % 5 == 2) {
      lost++;
      continue;
    }
    hear (in, bytes, length, seen);
  }
  guint16 missing[PACKETS];
  guint n = peal_nack_ask (&in->nack, 50, G_USEC_PER_SEC, missing, PACKETS);
  g_assert_cmpuint (n, ==, lost);
  for (guint i = 0; i < n; i++)
    request (&line, missing[i]);
  for (; came < n; came++) {
    gsize length = pull (&line, bytes);
    g_assert_cmpuint (bytes[1] & 0x7f, ==, RTX);
    hear (in, bytes, length, seen);
  }
  g_assert_cmpuint (g_hash_table_size (seen), ==, PACKETS);
  g_assert_cmpuint (in->recovered, ==, lost);
  peal_inflow_clear (in);
  line_end (&line);
}

/* --- data for lost packets --- */

#define DECODER                                                                                    \
  "appsrc name=in format=time caps=application/x-rtp,media=video,clock-rate=90000,"                \
  "encoding-name=RED,payload=116,ssrc=(uint)24301 ! rtpreddec pt=116 ! rtpstorage name=storage "   \
  "size-time=100000000000 ! rtpulpfecdec name=fec pt=117 ! "                                       \
  "appsink name=out sync=false"

/* The element repairs when somebody behind it, usually a jitter buffer, misses a packet. */
static void
miss (Line *line, guint sequence)
{
  g_autoptr(GstPad) pad = gst_element_get_static_pad (line->in, "src");

  gst_pad_push_event (
      pad,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                            gst_structure_new ("GstRTPPacketLost", "seqnum", G_TYPE_UINT, sequence,
                                               "timestamp", G_TYPE_UINT64, (guint64) 0, "duration",
                                               G_TYPE_UINT64, (guint64) 0, "might-have-been-fec",
                                               G_TYPE_BOOLEAN, FALSE, NULL)));
}

static void
wire_storage (Line *line)
{
  g_autoptr(GstElement) storage = gst_bin_get_by_name (GST_BIN (line->pipeline), "storage");
  g_autoptr(GstElement) fec = gst_bin_get_by_name (GST_BIN (line->pipeline), "fec");
  g_autoptr(GObject) inner = NULL;

  g_object_get (storage, "internal-storage", &inner, NULL);
  g_object_set (fec, "storage", inner, NULL);
}

/* One packet of the picture is lost: it has to come out all the same. Without header extensions:
 * with them GStreamer 1.22 repairs RED to something else than was sent. */
static void
it_repairs_by_our_data (void)
{
  g_autofree PealOutflow *out = g_new0 (PealOutflow, 1);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint8 bytes[PEAL_PACKET_MAX];
  PealPacket packet;
  Line line;

  if (!line_begin (&line, DECODER))
    return;
  wire_storage (&line);
  gst_element_set_state (line.pipeline, GST_STATE_PLAYING);
  flow (out, &(PealExtensionIds) { 0 });
  peal_outflow_protect (out, 25);
  guint16 lost =
      (guint16) (out->sender.sequence + 7); /* of the second frame; data follow the first */
  put_frames (out);
  for (gint64 now = 0; now < 3000 * MS; now += MS)
    for (gsize length; (length = peal_outflow_take (out, now, bytes)) > 0;)
      if (peal_packet_u16 (bytes + 2) != lost)
        push (&line, bytes, length, (guint) (now / MS));
  guint came = 0;
  for (; came < PACKETS - 1; came++) {
    gsize length = pull (&line, bytes);
    g_assert_true (peal_packet_read (&packet, bytes, length));
    if (packet.payload_type != VP8) { /* data that nobody needed */
      came--;
      continue;
    }
    check (&packet, seen);
  }
  miss (&line, lost);
  gst_app_src_end_of_stream (GST_APP_SRC (line.in));
  for (gsize length; (length = pull (&line, bytes)) > 0;)
    if (peal_packet_read (&packet, bytes, length) && packet.payload_type == VP8)
      check (&packet, seen); /* under a number of its own */
  g_assert_cmpuint (g_hash_table_size (seen), ==, PACKETS);
  peal_outflow_clear (out);
  line_end (&line);
}

#define ENCODER                                                                                    \
  "appsrc name=in format=time caps=" CAPS " ! rtpulpfecenc pt=117 percentage=50 "                  \
  "multipacket=true ! rtpredenc pt=116 distance=0 allow-no-red-blocks=true ! "                     \
  "appsink name=out sync=false"

/* Each of its packets is lost once: what others are there for gives it back. */
static void
we_repair_by_its_data (void)
{
  g_autoptr(GPtrArray) sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint8 bytes[PEAL_PACKET_MAX];
  guint media = 0;
  Line line;

  if (!line_begin (&line, ENCODER))
    return;
  gst_element_set_state (line.pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < PACKETS; i++)
    push (&line, bytes, plain (i, bytes), i / 4 * 33);
  gst_app_src_end_of_stream (GST_APP_SRC (line.in));
  for (gsize length; (length = pull (&line, bytes)) > 0;)
    g_ptr_array_add (sent, g_bytes_new (bytes, length));
  line_end (&line);
  for (guint lost = 1; lost + 1 < sent->len; lost++) {
    g_autofree PealInflow *in = g_new0 (PealInflow, 1);
    g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
    const guint8 *gone = g_bytes_get_data (sent->pdata[lost], NULL);
    peal_inflow_init (in,
                      &(PealInflowSetup) {
                          .clock_rate = 90000, .payload_type = VP8, .red = RED, .ulpfec = ULPFEC });
    for (guint i = 0; i < sent->len; i++) {
      gsize length;
      const guint8 *data = g_bytes_get_data (sent->pdata[i], &length);
      if (i != lost)
        hear (in, data, length, seen);
    }
    gboolean was_media = gone[12] == VP8;
    media += was_media;
    g_assert_cmpuint (g_hash_table_size (seen), ==, PACKETS);
    g_assert_cmpuint (in->recovered, ==, was_media);
    peal_inflow_clear (in);
  }
  g_test_message ("%u packets, %u of the picture", sent->len, media);
  g_assert_cmpuint (media, >=, PACKETS - 2);
  g_assert_cmpuint (sent->len, >, PACKETS + PACKETS / 4);
}

/* --- header extensions --- */

/* gst-rtp reads what we write, and we read what it writes. */
static void
extensions_are_understood (void)
{
  const PealExtensionIds ids = { .mid = 4, .abs_send_time = 2, .transport_cc = 3 };
  PealExtensions said, say = { .mid = "video",
                               .mid_length = 5,
                               .has_abs_send_time = TRUE,
                               .abs_send_time = 0x123456,
                               .has_transport_cc = TRUE,
                               .transport_cc = 0xabcd };
  guint8 body[PEAL_EXTENSIONS_MAX], bytes[PEAL_PACKET_MAX];
  PealPacket packet = { .payload = (guint8 *) "x", .length = 1 };
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gpointer data;
  guint size;

  peal_extensions_write (&packet, &ids, &say, body);
  g_autoptr(GstBuffer) ours = gst_buffer_new_memdup (bytes, peal_packet_write (&packet, bytes));
  ours = gst_buffer_make_writable (ours);
  g_assert_true (gst_rtp_buffer_map (ours, GST_MAP_READWRITE, &rtp));
  g_assert_true (gst_rtp_buffer_get_extension_onebyte_header (&rtp, 4, 0, &data, &size));
  g_assert_cmpmem (data, size, "video", 5);
  g_assert_true (gst_rtp_buffer_get_extension_onebyte_header (&rtp, 3, 0, &data, &size));
  g_assert_cmpmem (data, size, "\xab\xcd", 2);
  g_assert_true (gst_rtp_buffer_add_extension_onebyte_header (&rtp, 13, "\x03", 1));
  gst_rtp_buffer_unmap (&rtp);

  gsize length = gst_buffer_extract (ours, 0, bytes, sizeof bytes);
  g_assert_true (peal_packet_read (&packet, bytes, length));
  peal_extensions_read (&packet, &(PealExtensionIds) { .mid = 4, .orientation = 13 }, &said);
  g_assert_cmpmem (said.mid, said.mid_length, "video", 5);
  g_assert_true (said.has_orientation);
  g_assert_cmpuint (said.orientation, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/gstreamer/it_understands_our_rtx", it_understands_our_rtx);
  g_test_add_func ("/gstreamer/we_understand_its_rtx", we_understand_its_rtx);
  g_test_add_func ("/gstreamer/it_repairs_by_our_data", it_repairs_by_our_data);
  g_test_add_func ("/gstreamer/we_repair_by_its_data", we_repair_by_its_data);
  g_test_add_func ("/gstreamer/extensions_are_understood", extensions_are_understood);
  return g_test_run ();
}
