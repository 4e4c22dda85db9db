/* What other threads have to tell of a running voice: letters to its context, and what of them
 * becomes an event. */
// SPDX-License-Identifier: MIT
#include "media/medium_inner.h"

/* --- letters --- */

static void
medium_clear (gpointer user)
{
  PealMedium *medium = user;

  g_free (medium->content);
  g_free (medium->probe);
  g_clear_pointer (&medium->sync, peal_sync_unref);
  g_main_context_unref (medium->context);
}

PealMedium *
peal_medium_ref (PealMedium *medium)
{
  return g_atomic_rc_box_acquire (medium);
}

void
peal_medium_unref (PealMedium *medium)
{
  g_atomic_rc_box_release_full (medium, medium_clear);
}

static void
letter_free (gpointer user)
{
  PealLetter *letter = user;

  g_clear_error (&letter->why);
  peal_event_clear (&letter->news);
  peal_medium_unref (letter->medium);
  g_free (letter);
}

static gboolean
read_letter (gpointer user)
{
  PealLetter *letter = user;

  if (letter->medium->events)
    letter->read (letter->medium, letter);
  return G_SOURCE_REMOVE;
}

PealLetter *
peal_letter_new (PealMedium *medium, void (*read) (PealMedium *medium, PealLetter *letter))
{
  PealLetter *letter = g_new0 (PealLetter, 1);

  letter->medium = peal_medium_ref (medium);
  letter->read = read;
  return letter;
}

void
peal_letter_post (PealLetter *letter)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, read_letter, letter, letter_free);
  g_source_attach (source, letter->medium->context);
}

/* --- the end of it --- */

static void
read_failure (PealMedium *medium, PealLetter *letter)
{
  const PealMediumEvents *events = g_steal_pointer (&medium->events);

  events->failed (medium->user, letter->why);
}

void
peal_medium_fail (gpointer user, const GError *why)
{
  PealLetter *letter = peal_letter_new (user, read_failure);

  letter->why = g_error_copy (why);
  peal_letter_post (letter);
}

/* --- events that are told as they are --- */

static void
read_news (PealMedium *medium, PealLetter *letter)
{
  letter->news.content = g_strdup (medium->content);
  medium->events->event (medium->user, &letter->news);
}

static PealLetter *
news_new (PealMedium *medium, PealEventKind kind)
{
  PealLetter *letter = peal_letter_new (medium, read_news);

  peal_event_init (&letter->news, kind);
  return letter;
}

void
peal_medium_tell_device (PealMedium *medium, const char *flag, const char *why)
{
  PealLetter *letter = news_new (medium, PEAL_EVENT_DEVICE);
  gboolean is_ours = g_str_equal (flag, "audio-in");

  letter->news.feature = g_strdup (flag);
  letter->news.name = g_strdup (is_ours ? peal_medium_source (medium) : peal_medium_sink (medium));
  letter->news.state = g_strdup (why ? "gone" : "back");
  letter->news.reason = g_strdup (why);
  peal_letter_post (letter);
}

/* A full disk, mostly. Each leg says so once. */
void
peal_medium_tell_record_ended (gpointer user, const GError *why)
{
  PealLetter *letter = news_new (user, PEAL_EVENT_ERROR);

  letter->news.cause = PEAL_CAUSE_FILE;
  letter->news.text = g_strdup (why->message);
  letter->news.hint = g_strdup ("the call goes on, and is not recorded any more");
  peal_letter_post (letter);
}

void
peal_medium_tell_key (PealMedium *medium, const PealDtmfHeard *heard)
{
  PealLetter *letter = news_new (medium, PEAL_EVENT_DTMF);

  letter->news.digit = g_strndup (&heard->key, 1);
  letter->news.duration_ms = (gint) MIN (heard->duration_ms, G_MAXINT);
  letter->news.via = g_strdup ("rtp");
  peal_letter_post (letter);
}

void
peal_medium_tell_unsaid (PealMedium *medium, const char *keys, PealCause cause, const char *why)
{
  PealLetter *letter = news_new (medium, PEAL_EVENT_ERROR);

  letter->news.cause = cause;
  letter->news.text = g_strdup_printf ("keys %s were not sent: %s", keys, why);
  peal_letter_post (letter);
}
