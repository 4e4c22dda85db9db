/* Lips and voice: when a picture is to be shown so that the sound of its moment is heard with it.
 */
// SPDX-License-Identifier: MIT
#include "media/sync.h"

/* One moment by a stream's clock and by the wall clock that both streams of a peer share. */
typedef struct {
  gboolean known;
  guint64 ntp; /* 2^-32 s */
  guint32 timestamp;
  guint clock_rate; /* Hz */
} Report;

struct PealSync { /* an atomic rc box: both contents hold it */
  GMutex lock;
  Report reports[PEAL_N_SYNC];
  gboolean is_heard;
  guint32 heard; /* timestamp of sound */
  gint64 heard_at;
};

static void
clear (gpointer user)
{
  PealSync *sync = user;

  g_mutex_clear (&sync->lock);
}

PealSync *
peal_sync_new (void)
{
  PealSync *sync = g_atomic_rc_box_new0 (PealSync);

  g_mutex_init (&sync->lock);
  return sync;
}

PealSync *
peal_sync_ref (PealSync *sync)
{
  return g_atomic_rc_box_acquire (sync);
}

void
peal_sync_unref (PealSync *sync)
{
  g_atomic_rc_box_release_full (sync, clear);
}

/* Some peers send reports with no time in them (RFC 3550 §6.4.1: those without a clock may). */
void
peal_sync_report (PealSync *sync, PealSyncKind kind, guint64 ntp, guint32 timestamp,
                  guint clock_rate)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&sync->lock);

  sync->reports[kind] = (Report) { ntp != 0 && clock_rate > 0, ntp, timestamp, clock_rate };
}

void
peal_sync_heard (PealSync *sync, guint32 timestamp, gint64 at)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&sync->lock);

  sync->is_heard = TRUE;
  sync->heard = timestamp;
  sync->heard_at = at;
}

void
peal_sync_silent (PealSync *sync)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&sync->lock);

  sync->is_heard = FALSE;
}

/* From the moment of @report to @timestamp, µs; timestamps wrap around. */
static gint64
since (const Report *report, guint32 timestamp)
{
  return (gint64) (gint32) (timestamp - report->timestamp) * G_USEC_PER_SEC / report->clock_rate;
}

/* From @one to @other, µs; the wall clock's 32 bits of seconds wrap around in 2036. */
static gint64
between (guint64 one, guint64 other)
{
  gint64 apart = (gint64) (other - one); /* 2^-32 s */

  return (apart >> 32) * G_USEC_PER_SEC + (((apart & G_MAXUINT32) * G_USEC_PER_SEC) >> 32);
}

gboolean
peal_sync_due (PealSync *sync, guint32 timestamp, gint64 *at)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&sync->lock);
  const Report *sound = &sync->reports[PEAL_SYNC_SOUND];
  const Report *picture = &sync->reports[PEAL_SYNC_PICTURE];

  if (!sync->is_heard || !sound->known || !picture->known)
    return FALSE;
  /* By the peer's wall clock: the picture's moment, less that of the sound which was heard. */
  gint64 later =
      between (sound->ntp, picture->ntp) + since (picture, timestamp) - since (sound, sync->heard);
  *at = sync->heard_at + later;
  return TRUE;
}
