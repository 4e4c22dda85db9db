/* The bell and the ringback tone: made by sums of sines, played by a pipeline on a thread of its
 * own. */
// SPDX-License-Identifier: MIT
#include "media/ringtone.h"

#include <gst/app/gstappsrc.h>
#include <math.h>

#include "media/pipeline.h"
#include "media/sink.h"
#include "media/source.h"

enum { RATE = 48000, PIECE = RATE / 20 }; /* samples; a piece is what the pipeline gets at a time */
enum { FADE = RATE / 100 };               /* a tone that begins at once clicks */

/* --- how it sounds --- */

typedef struct {
  double hertz; /* 0: silence */
  guint ms;     /* 0: the last */
} Beat;

typedef struct {
  double amplitude;
  const Beat *beats;
} Pattern;

static const Pattern patterns[] = {
  [PEAL_RINGTONE_BELL] = { 0.2, (const Beat[]) { { 659.3, 400 },
                                                 { 523.3, 400 },
                                                 { 659.3, 400 },
                                                 { 523.3, 400 },
                                                 { 0, 2400 },
                                                 { 0 } } },
  [PEAL_RINGTONE_RINGBACK] = { 0.1, (const Beat[]) { { 425, 1000 }, { 0, 4000 }, { 0 } } },
};

static void
append_beat (GArray *samples, const Beat *beat, double amplitude)
{
  guint length = beat->ms * (RATE / 1000);

  for (guint i = 0; i < length; i++) {
    double fade = MIN (1.0, MIN (i, length - i) / (double) FADE);
    double value = beat->hertz > 0 ? sin (2 * G_PI * beat->hertz * i / RATE) : 0;
    gint16 sample = (gint16) GINT16_TO_LE ((gint16) (amplitude * fade * value * G_MAXINT16));
    g_array_append_val (samples, sample);
  }
}

GBytes *
peal_ringtone_round (PealRingtoneKind kind)
{
  const Pattern *pattern = &patterns[kind];
  GArray *samples = g_array_new (FALSE, FALSE, sizeof (gint16));

  for (const Beat *beat = pattern->beats; beat->ms; beat++)
    append_beat (samples, beat, pattern->amplitude);
  gsize size = samples->len * sizeof (gint16);
  return g_bytes_new_take (g_array_free (samples, FALSE), size);
}

/* --- who plays it --- */

struct PealRingtone {
  PealRingtoneKind kind;
  char *sink, *file;
  GThread *thread;
  GBytes *round;  /* of the thread, and of the pipeline while it runs */
  gsize at;       /* bytes of .round that are played; on the pipeline's thread */
  guint64 played; /* samples */
  GMutex lock;
  GCond changed;
  gboolean stopped, over; /* by who has it; the file, which begins again */
};

static void
change (PealRingtone *ringtone, gboolean *what)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ringtone->lock);

  *what = TRUE;
  g_cond_signal (&ringtone->changed);
}

static void
failed (gpointer user, const GError *why)
{
  PealRingtone *ringtone = user;

  g_debug ("nothing rings: %s", why->message);
  change (ringtone, &ringtone->stopped);
}

static void
ended (gpointer user)
{
  PealRingtone *ringtone = user;

  change (ringtone, &ringtone->over);
}

static const PealPipelineEvents events = { .failed = failed, .ended = ended };

static void
feed (GstAppSrc *source, guint length, gpointer user)
{
  PealRingtone *ringtone = user;
  gsize size = MIN (PIECE * sizeof (gint16), g_bytes_get_size (ringtone->round) - ringtone->at);
  g_autoptr(GBytes) piece = g_bytes_new_from_bytes (ringtone->round, ringtone->at, size);
  GstBuffer *buffer = gst_buffer_new_wrapped_bytes (piece);

  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (ringtone->played, GST_SECOND, RATE);
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (size / sizeof (gint16), GST_SECOND, RATE);
  ringtone->played += size / sizeof (gint16);
  ringtone->at = (ringtone->at + size) % g_bytes_get_size (ringtone->round);
  gst_app_src_push_buffer (source, buffer);
}

static GstElement *
make_source (PealRingtone *ringtone, GError **error)
{
  if (ringtone->file) {
    g_autofree char *text = g_strconcat ("file:", ringtone->file, NULL);
    return peal_source_new (text, error);
  }
  GstElement *bin = peal_pipeline_parse (
      "appsrc name=tone format=time caps=audio/x-raw,format=S16LE,layout=interleaved,"
      "rate=48000,channels=1",
      error);
  if (bin)
    g_signal_connect (peal_pipeline_element (bin, "tone"), "need-data", G_CALLBACK (feed),
                      ringtone);
  return bin;
}

/* NULL with @error. */
static GstElement *
make_pipeline (PealRingtone *ringtone, GError **error)
{
  static const char *const fitting =
      "audioconvert ! audioresample ! "
      "capsfilter caps=audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=1";
  GstElement *source = make_source (ringtone, error);
  GstElement *fit = source ? peal_pipeline_parse (fitting, error) : NULL;
  GstElement *sink = fit ? peal_sink_new (ringtone->sink, error) : NULL;

  if (!sink) {
    g_clear_pointer (&source, gst_object_unref);
    g_clear_pointer (&fit, gst_object_unref);
    return NULL;
  }
  GstElement *pipeline = peal_pipeline_new ("ringtone", &events, ringtone);
  gst_bin_add_many (GST_BIN (pipeline), source, fit, sink, NULL);
  gboolean linked = gst_element_link_many (source, fit, sink, NULL);
  g_assert (linked);
  return pipeline;
}

/* A file that ended begins anew. */
static void
play_until_stopped (PealRingtone *ringtone, GstElement *pipeline)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&ringtone->lock);

  while (!ringtone->stopped) {
    if (!ringtone->over) {
      g_cond_wait (&ringtone->changed, &ringtone->lock);
      continue;
    }
    ringtone->over = FALSE;
    g_mutex_unlock (&ringtone->lock);
    gst_element_seek_simple (pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0);
    g_mutex_lock (&ringtone->lock);
  }
}

static gpointer
run (gpointer user)
{
  PealRingtone *ringtone = user;
  g_autoptr(GError) error = NULL;
  GstElement *pipeline = make_pipeline (ringtone, &error);

  if (!pipeline) {
    g_debug ("nothing rings: %s", error->message);
    return NULL;
  }
  gst_element_set_state (pipeline, GST_STATE_PLAYING); /* what fails is told on the bus */
  play_until_stopped (ringtone, pipeline);
  peal_pipeline_free (pipeline);
  return NULL;
}

/* --- the life of it --- */

PealRingtone *
peal_ringtone_new (const PealRingtoneSetup *setup)
{
  PealRingtone *ringtone = g_new0 (PealRingtone, 1);

  g_assert (peal_sink_is_device (setup->sink)); /* which play in time, and end */
  ringtone->kind = setup->kind;
  ringtone->sink = g_strdup (setup->sink);
  ringtone->file = setup->kind == PEAL_RINGTONE_BELL ? g_strdup (setup->file) : NULL;
  ringtone->round = peal_ringtone_round (setup->kind);
  g_mutex_init (&ringtone->lock);
  g_cond_init (&ringtone->changed);
  ringtone->thread = g_thread_new ("ringtone", run, ringtone);
  return ringtone;
}

void
peal_ringtone_stop (PealRingtone *ringtone)
{
  change (ringtone, &ringtone->stopped);
}

void
peal_ringtone_free (PealRingtone *ringtone)
{
  if (!ringtone)
    return;
  peal_ringtone_stop (ringtone);
  g_thread_join (ringtone->thread);
  g_cond_clear (&ringtone->changed);
  g_mutex_clear (&ringtone->lock);
  g_bytes_unref (ringtone->round);
  g_free (ringtone->sink);
  g_free (ringtone->file);
  g_free (ringtone);
}
