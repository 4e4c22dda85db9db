/* What stands for a packet that did not come, on its way to whoever conceals it. */
// SPDX-License-Identifier: MIT
#include "media/holes.h"

#include <opus/opus.h>

#define SHORTEST_HOLE (5 * GST_MSECOND)
#define LONGEST_HOLE  GST_SECOND

enum { MOST_FRAMES = 48 }; /* RFC 6716 §3.2.5 */

gboolean
peal_holes_opus_decodes (const guint8 *payload, gsize length)
{
  opus_int16 sizes[MOST_FRAMES];

  return length > 0 &&
         opus_packet_parse (payload, (opus_int32) length, NULL, NULL, sizes, NULL) > 0;
}

gboolean
peal_holes_opus_copies (const guint8 *payload, gsize length)
{
  const unsigned char *frames[MOST_FRAMES];
  opus_int16 sizes[MOST_FRAMES];
  guint8 toc;

  if (length < 2 || payload[0] & 0x80 || /* CELT alone has no copies */
      opus_packet_parse (payload, (opus_int32) length, &toc, frames, sizes, NULL) < 1 ||
      sizes[0] < 1)
    return FALSE;
  /* The first bits are a VAD flag for each 20 ms and the flag of the copy; for stereo, twice. */
  guint parts = MAX (1, (guint) opus_packet_get_samples_per_frame (payload, 48000) / 960);
  guint flags = frames[0][0] >> (7 - parts);
  if (opus_packet_get_nb_channels (payload) == 2)
    flags |= frames[0][0] >> (6 - 2 * parts);
  return flags & 1;
}

GstBuffer *
peal_holes_buffer (GstClockTime at, GstClockTime length)
{
  GstBuffer *buffer = gst_buffer_new ();

  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = at;
  GST_BUFFER_DURATION (buffer) = length;
  return buffer;
}

/* The event is that of a jitter buffer with do-lost. */
static GstPadProbeReturn
tell (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP) || gst_buffer_get_size (buffer) > 0)
    return GST_PAD_PROBE_OK;
  GstStructure *lost =
      gst_structure_new ("GstRTPPacketLost", "timestamp", G_TYPE_UINT64, GST_BUFFER_PTS (buffer),
                         "duration", G_TYPE_UINT64, GST_BUFFER_DURATION (buffer), NULL);
  gst_pad_push_event (pad, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, lost));
  return GST_PAD_PROBE_DROP;
}

void
peal_holes_tell (GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, tell, NULL, NULL);
}

/* spandsp writes beyond the end of a hole of less than 4 ms, and of an hour an hour's sound would
 * be made. */
static GstPadProbeReturn
guard (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstClockTime at, length = GST_CLOCK_TIME_NONE;

  if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
    return GST_PAD_PROBE_OK;
  gst_event_parse_gap (event, &at, &length);
  return length >= SHORTEST_HOLE && length <= LONGEST_HOLE ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

void
peal_holes_guard (GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, guard, NULL, NULL);
}
