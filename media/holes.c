/* What is missing from a stream of packets when its turn to be heard comes: counted, and passed on
 * to be concealed where it is worth it. */
// SPDX-License-Identifier: MIT
#include "media/holes.h"

#include <opus/opus.h>

#include "media/packet.h"

#define SHORTEST_HOLE (5 * GST_MSECOND)
#define LONGEST_HOLE  GST_SECOND

enum { MOST_FRAMES = 48 }; /* RFC 6716 §3.2.5 */

struct PealHoles {
  GMutex lock;
  GWeakRef jitter;
  gboolean copies;   /* packets may carry a copy of the one before */
  GstClockTime hole; /* what is missing just before the next packet */
  GstClockTime heard, invented;
  guint bursts, recovered;
  guint late; /* of earlier jitter buffers */
};

/* --- one packet --- */

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

static gboolean
has_copy (GstBuffer *buffer)
{
  PealPacket packet;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  gboolean copy = peal_packet_read (&packet, map.data, map.size) &&
                  peal_holes_opus_copies (packet.payload, packet.length);
  gst_buffer_unmap (buffer, &map);
  return copy;
}

/* --- what passes --- */

static void
end_hole (PealHoles *holes, GstBuffer *buffer)
{
  const GstClockTime frame = PEAL_FRAME_MS * GST_MSECOND;

  if (!holes->hole)
    return;
  if (holes->copies && has_copy (buffer)) {
    holes->recovered++;
    holes->hole -= MIN (holes->hole, frame);
  }
  holes->invented += holes->hole;
  holes->bursts += holes->hole >= SHORTEST_HOLE;
  holes->hole = 0;
}

static GstPadProbeReturn
take_packet (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealHoles *holes = user;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&holes->lock);

  end_hole (holes, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

/* Only a hole that is worth it is concealed. The peer's timestamps say how long it is: spandsp
 * writes beyond the end of one of less than 4 ms, and of an hour an hour's sound would be made. */
static gboolean
is_worth_it (GstClockTime length)
{
  return length >= SHORTEST_HOLE && length <= LONGEST_HOLE;
}

static gboolean
is_lost (GstEvent *event, GstClockTime *length)
{
  const GstStructure *lost = gst_event_get_structure (event);

  *length = GST_CLOCK_TIME_NONE;
  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_DOWNSTREAM || !lost ||
      !gst_structure_has_name (lost, "GstRTPPacketLost"))
    return FALSE;
  gst_structure_get_uint64 (lost, "duration", length);
  return TRUE;
}

static GstPadProbeReturn
take_hole (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealHoles *holes = user;
  GstClockTime length;

  if (!is_lost (GST_PAD_PROBE_INFO_EVENT (info), &length))
    return GST_PAD_PROBE_OK;
  if (!is_worth_it (length))
    return GST_PAD_PROBE_DROP;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&holes->lock);
  holes->hole += length;
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
guard_gap (GstPad *pad, GstPadProbeInfo *info, gpointer unused)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstClockTime at, length = GST_CLOCK_TIME_NONE;

  if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
    return GST_PAD_PROBE_OK;
  gst_event_parse_gap (event, &at, &length);
  return is_worth_it (length) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
hear (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealHoles *holes = user;
  GstClockTime length = GST_BUFFER_DURATION (GST_PAD_PROBE_INFO_BUFFER (info));
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&holes->lock);

  holes->heard += GST_CLOCK_TIME_IS_VALID (length) ? length : 0;
  return GST_PAD_PROBE_OK;
}

/* --- who asks --- */

PealHoles *
peal_holes_new (void)
{
  PealHoles *holes = g_atomic_rc_box_new0 (PealHoles);

  g_mutex_init (&holes->lock);
  g_weak_ref_init (&holes->jitter, NULL);
  return holes;
}

static void
holes_clear (gpointer user)
{
  PealHoles *holes = user;

  g_weak_ref_clear (&holes->jitter);
  g_mutex_clear (&holes->lock);
}

void
peal_holes_unref (PealHoles *holes)
{
  g_atomic_rc_box_release_full (holes, holes_clear);
}

static void
release (gpointer holes)
{
  peal_holes_unref (holes);
}

static guint
late_now (PealHoles *holes)
{
  g_autoptr(GstElement) jitter = g_weak_ref_get (&holes->jitter);
  g_autoptr(GstStructure) stats = NULL;
  guint64 late = 0;

  if (jitter)
    g_object_get (jitter, "stats", &stats, NULL);
  if (stats)
    gst_structure_get_uint64 (stats, "num-late", &late);
  return (guint) late;
}

void
peal_holes_watch (PealHoles *holes, GstElement *jitter, const PealCodec *codec)
{
  g_autoptr(GstPad) pad = gst_element_get_static_pad (jitter, "src");

  holes->late += late_now (holes);
  g_weak_ref_set (&holes->jitter, jitter);
  g_mutex_lock (&holes->lock);
  holes->copies = !strcmp (codec->encoding_name, "OPUS");
  holes->invented += holes->hole;
  holes->hole = 0;
  g_mutex_unlock (&holes->lock);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, take_packet, g_atomic_rc_box_acquire (holes),
                     release);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, take_hole,
                     g_atomic_rc_box_acquire (holes), release);
}

void
peal_holes_guard (GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, guard_gap, NULL, NULL);
}

void
peal_holes_hear (PealHoles *holes, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, hear, g_atomic_rc_box_acquire (holes),
                     release);
}

void
peal_holes_count (PealHoles *holes, PealHolesCount *count)
{
  guint late = late_now (holes);
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&holes->lock);

  *count = (PealHolesCount) {
    .heard_ms = (double) holes->heard / GST_MSECOND,
    .invented_ms = (double) holes->invented / GST_MSECOND,
    .bursts = holes->bursts,
    .recovered = holes->recovered,
    .late = holes->late + late,
  };
}
