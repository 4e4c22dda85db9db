/* How loud what passes a pad is, from one question to the next. */
// SPDX-License-Identifier: MIT
#include "media/level.h"

#include <math.h>

#define QUIETEST 1e-10 /* of full scale, squared */

struct PealLevel {
  GMutex lock;
  double energy; /* sum of squares, full scale 1 */
  guint64 samples;
  gint now; /* -dBov of the last buffer; atomic */
};

PealLevel *
peal_level_new (void)
{
  PealLevel *level = g_atomic_rc_box_new0 (PealLevel);

  g_mutex_init (&level->lock);
  level->now = PEAL_EXTENSIONS_SILENCE;
  return level;
}

static void
level_clear (gpointer user)
{
  PealLevel *level = user;

  g_mutex_clear (&level->lock);
}

void
peal_level_unref (PealLevel *level)
{
  g_atomic_rc_box_release_full (level, level_clear);
}

static void
release (gpointer level)
{
  peal_level_unref (level);
}

static double
energy_of (const gint16 *samples, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) samples[i] * samples[i];
  return sum / (32768.0 * 32768.0);
}

static gint
minus_dbov (double energy, gsize n)
{
  if (n == 0 || energy <= 0)
    return PEAL_EXTENSIONS_SILENCE;
  return CLAMP ((gint) lround (-10 * log10 (energy / (double) n)), 0, PEAL_EXTENSIONS_SILENCE);
}

static GstPadProbeReturn
measure (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  PealLevel *level = user;
  GstMapInfo map;

  if (!gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  gsize n = map.size / sizeof (gint16);
  double energy = energy_of ((const gint16 *) map.data, n);
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  g_atomic_int_set (&level->now, minus_dbov (energy, n));
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&level->lock);
  level->energy += energy;
  level->samples += n;
  return GST_PAD_PROBE_OK;
}

void
peal_level_watch (PealLevel *level, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, measure, g_atomic_rc_box_acquire (level),
                     release);
}

guint8
peal_level_now (PealLevel *level)
{
  return (guint8) g_atomic_int_get (&level->now);
}

double
peal_level_ask (PealLevel *level)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&level->lock);
  double heard = level->samples > 0
                     ? 10 * log10 (MAX (level->energy / (double) level->samples, QUIETEST))
                     : NAN;

  level->energy = 0;
  level->samples = 0;
  return heard;
}
