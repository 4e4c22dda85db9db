/* What other threads have to tell of a running picture: letters to its context, and what of them
 * becomes an event. */
// SPDX-License-Identifier: MIT
#include "media/picture_inner.h"

#include "media/stats.h"

/* --- letters: from any thread to the context --- */

static void
clear (gpointer user)
{
  PealMedium *medium = user;

  g_mutex_clear (&medium->lock);
  peal_sync_unref (medium->sync);
  g_free (medium->content);
  g_main_context_unref (medium->context);
}

void
peal_picture_unref (gpointer medium)
{
  g_atomic_rc_box_release_full (medium, clear);
}

static void
letter_free (gpointer user)
{
  PealPictureLetter *letter = user;

  g_clear_error (&letter->why);
  peal_picture_unref (letter->medium);
  g_free (letter);
}

static gboolean
read_letter (gpointer user)
{
  PealPictureLetter *letter = user;

  if (letter->medium->events)
    letter->read (letter->medium, letter);
  return G_SOURCE_REMOVE;
}

void
peal_picture_post (PealMedium *medium, void (*read) (PealMedium *medium, PealPictureLetter *letter),
                   const PealPictureLetter *with)
{
  g_autoptr(GSource) source = g_idle_source_new ();
  PealPictureLetter *letter = g_memdup2 (with, sizeof *with);

  letter->medium = g_atomic_rc_box_acquire (medium);
  letter->read = read;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, read_letter, letter, letter_free);
  g_source_attach (source, medium->context);
}

static void
read_failure (PealMedium *medium, PealPictureLetter *letter)
{
  const PealMediumEvents *events = g_steal_pointer (&medium->events);

  events->failed (medium->user, letter->why);
}

void
peal_picture_fail (gpointer medium, const GError *why)
{
  peal_picture_post (medium, read_failure, &(PealPictureLetter) { .why = g_error_copy (why) });
}

/* --- what it shows --- */

static void
read_first (PealMedium *medium, PealPictureLetter *letter)
{
  PealEvent event;
  gint64 after = (letter->at - medium->started) / 1000;

  if (!medium->canvas)
    return;
  peal_stats_first (&event, medium->content, peal_canvas_codec (medium->canvas)->name,
                    (gint) MAX (0, after));
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

void
peal_picture_tell_first (gpointer user, gint64 at)
{
  peal_picture_post (user, read_first, &(PealPictureLetter) { .at = at });
}

/* Frames a second are those of the picture that is seen; where none is, of the one that is shown to
 * the peer. */
void
peal_picture_count_frames (PealMedium *medium, PealStats *stats)
{
  PealCanvasCount canvas = { 0 };
  PealEyeCount eye = { 0 };
  gint64 now = g_get_monotonic_time ();

  if (medium->canvas)
    peal_canvas_count (medium->canvas, &canvas);
  if (medium->eye)
    peal_eye_count (medium->eye, &eye);
  guint64 frames = canvas.frames ? canvas.frames : eye.frames;
  stats->frames = (gint64) frames;
  stats->width = (gint) (canvas.width ? canvas.width : eye.width);
  stats->height = (gint) (canvas.height ? canvas.height : eye.height);
  stats->wait_ms = (gint) canvas.wait_ms;
  if (medium->counted && now > medium->counted && frames >= medium->frames)
    stats->fps =
        (double) (frames - medium->frames) * G_USEC_PER_SEC / (double) (now - medium->counted);
  medium->frames = frames;
  medium->counted = now;
}

static void
read_second (PealMedium *medium, PealPictureLetter *letter)
{
  PealEvent event;

  peal_picture_count_frames (medium, &letter->stats);
  peal_stats_event (&event, medium->content, &letter->stats);
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

void
peal_picture_tell_second (PealMedium *medium, const PealStats *stats)
{
  peal_picture_post (medium, read_second, &(PealPictureLetter) { .stats = *stats });
}
