/* The one place where GStreamer's threads meet the loops: appsink -> loop, loop -> appsrc. */
// SPDX-License-Identifier: MIT
#include "media/border.h"

enum {
  MOST_WAITING = 64
}; /* packets; a loop that is that far behind (1.3 s) gains nothing from more */

struct PealBorder { /* an atomic rc box: the owner, the sink and each post hold it */
  PealLoop *loop;
  void (*packet) (gpointer user, const guint8 *data,
                  gsize length); /* NULL once closed; on the loop */
  gpointer user;
  guint most;      /* that may wait */
  GMutex lock;     /* of the two below */
  GQueue waiting;  /* of GstBuffer * */
  gboolean posted; /* the loop will come for them */
};

static void
clear (gpointer user)
{
  PealBorder *border = user;

  g_queue_clear_full (&border->waiting, (GDestroyNotify) gst_buffer_unref);
  g_mutex_clear (&border->lock);
}

static void
release (gpointer border)
{
  g_atomic_rc_box_release_full (border, clear);
}

/* --- pipeline -> loop --- */

static GstBuffer *
next_waiting (PealBorder *border)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&border->lock);
  GstBuffer *buffer = g_queue_pop_head (&border->waiting);

  border->posted = buffer != NULL;
  return buffer;
}

static void
drain (gpointer user)
{
  PealBorder *border = user;

  for (GstBuffer *buffer; (buffer = next_waiting (border)); gst_buffer_unref (buffer)) {
    GstMapInfo map;
    if (!border->packet || !gst_buffer_map (buffer, &map, GST_MAP_READ))
      continue;
    border->packet (border->user, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
  }
  release (border);
}

static void
take (PealBorder *border, GstBuffer *buffer)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&border->lock);

  if (border->waiting.length >= border->most)
    return;
  g_queue_push_tail (&border->waiting, gst_buffer_ref (buffer));
  if (border->posted)
    return;
  border->posted = TRUE;
  peal_loop_post (border->loop, drain, g_atomic_rc_box_acquire (border));
}

/* A source that stalled (a pipe, a disk) is behind for good, and would hurry to catch up. It is
 * given a later schedule instead; the sender has filled the hole with silence. */
static void
forgive_lateness (GstAppSink *sink, GstBuffer *buffer)
{
  const GstClockTimeDiff tolerated = 80 * GST_MSECOND;
  GstClock *clock = GST_ELEMENT_CLOCK (sink);

  if (!clock || !gst_base_sink_get_sync (GST_BASE_SINK (sink)) || !GST_BUFFER_PTS_IS_VALID (buffer))
    return;
  GstBaseSink *base = GST_BASE_SINK (sink);
  GstClockTimeDiff offset = gst_base_sink_get_ts_offset (base);
  GstClockTime time =
      gst_segment_to_running_time (&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  GstClockTime due = gst_element_get_base_time (GST_ELEMENT (sink)) + time + (GstClockTime) offset;
  GstClockTimeDiff late = GST_CLOCK_DIFF (due, gst_clock_get_time (clock));
  if (late > tolerated)
    gst_base_sink_set_ts_offset (base, offset + late);
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user)
{
  g_autoptr(GstSample) sample = gst_app_sink_pull_sample (sink);

  if (sample) {
    forgive_lateness (sink, gst_sample_get_buffer (sample));
    take (user, gst_sample_get_buffer (sample));
  }
  return GST_FLOW_OK;
}

PealBorder *
peal_border_new (PealLoop *loop, GstAppSink *sink,
                 void (*packet) (gpointer user, const guint8 *data, gsize length), gpointer user)
{
  PealBorder *border = g_atomic_rc_box_new0 (PealBorder);
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };

  border->loop = loop;
  border->packet = packet;
  border->user = user;
  border->most = MOST_WAITING;
  g_mutex_init (&border->lock);
  g_queue_init (&border->waiting);
  gst_app_sink_set_callbacks (sink, &callbacks, g_atomic_rc_box_acquire (border), release);
  return border;
}

void
peal_border_allow (PealBorder *border, guint most)
{
  border->most = most;
}

void
peal_border_close (PealBorder *border)
{
  border->packet = NULL;
  release (border);
}

/* --- loop -> pipeline --- */

typedef struct {
  gint *inside; /* both held */
  GBytes *packet;
} Inside;

static void
inside_free (gpointer user)
{
  Inside *one = user;

  g_atomic_int_add (one->inside, -1);
  g_atomic_rc_box_release (one->inside);
  g_bytes_unref (one->packet);
  g_free (one);
}

void
peal_border_push (GstAppSrc *source, GBytes *packet, GstClockTime at, gint *inside)
{
  Inside *one = g_new (Inside, 1);
  gsize length;
  gconstpointer data = g_bytes_get_data (packet, &length);

  *one = (Inside) { g_atomic_rc_box_acquire (inside), g_bytes_ref (packet) };
  g_atomic_int_inc (inside);
  GstBuffer *buffer = gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY, (gpointer) data,
                                                   length, 0, length, one, inside_free);
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = at;
  gst_app_src_push_buffer (source, buffer);
}
