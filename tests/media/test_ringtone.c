/* What rings: how it sounds, and that it ends whatever its device does. */
// SPDX-License-Identifier: MIT
#include "media/ringtone.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000 };

static const gint16 *
samples_of (GBytes *round, gsize *count)
{
  const gint16 *samples = g_bytes_get_data (round, count);

  *count /= sizeof *samples;
  return samples;
}

/* The pitch of @seconds from @from on, by upward crossings of zero. */
static double
pitch (const gint16 *samples, double from, double seconds)
{
  gsize first = (gsize) (from * RATE), crossings = 0;

  for (gsize i = first + 1; i < first + (gsize) (seconds * RATE); i++)
    crossings += samples[i - 1] < 0 && samples[i] >= 0;
  return crossings / seconds;
}

static int
loudest (const gint16 *samples, double from, double seconds)
{
  int most = 0;

  for (gsize i = (gsize) (from * RATE); i < (gsize) ((from + seconds) * RATE); i++)
    most = MAX (most, abs (samples[i]));
  return most;
}

/* ETSI TR 101 041-2: 1 s of 425 Hz, 4 s of silence. */
static void
ringback (void)
{
  g_autoptr(GBytes) round = peal_ringtone_round (PEAL_RINGTONE_RINGBACK);
  gsize count;
  const gint16 *samples = samples_of (round, &count);

  g_assert_cmpuint (count, ==, 5 * RATE);
  g_assert_cmpfloat (fabs (pitch (samples, 0.1, 0.8) - 425), <, 3);
  g_assert_cmpint (loudest (samples, 0.1, 0.8), >, 2000);
  g_assert_cmpint (loudest (samples, 1, 4), ==, 0);
}

static void
bell (void)
{
  g_autoptr(GBytes) round = peal_ringtone_round (PEAL_RINGTONE_BELL);
  gsize count;
  const gint16 *samples = samples_of (round, &count);

  g_assert_cmpuint (count, ==, 4 * RATE);
  g_assert_cmpfloat (fabs (pitch (samples, 0.05, 0.3) - 659.3), <, 5);
  g_assert_cmpfloat (fabs (pitch (samples, 0.45, 0.3) - 523.3), <, 5);
  g_assert_cmpint (loudest (samples, 0, 1.6), <, 8000); /* nobody should jump */
  g_assert_cmpint (loudest (samples, 1.6, 2.4), ==, 0);
}

/* A tone that begins or ends in mid-swing clicks. */
static void
no_clicks (void)
{
  for (PealRingtoneKind kind = PEAL_RINGTONE_BELL; kind <= PEAL_RINGTONE_RINGBACK; kind++) {
    g_autoptr(GBytes) round = peal_ringtone_round (kind);
    gsize count;
    const gint16 *samples = samples_of (round, &count);
    g_assert_cmpint (samples[0], ==, 0);
    for (gsize i = 1; i < count; i++)
      g_assert_cmpint (abs (samples[i] - samples[i - 1]), <, 700);
  }
}

static void
ends_without_a_device (gconstpointer file)
{
  const PealRingtoneSetup setup = {
    .kind = PEAL_RINGTONE_BELL,
    .sink = "device:no such speaker",
    .file = file,
  };

  for (guint i = 0; i < 10; i++) {
    g_autoptr(PealRingtone) ringtone = peal_ringtone_new (&setup);
    if (i % 2)
      peal_ringtone_stop (ringtone);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ringtone/ringback", ringback);
  g_test_add_func ("/ringtone/bell", bell);
  g_test_add_func ("/ringtone/no-clicks", no_clicks);
  g_test_add_data_func ("/ringtone/no-device", NULL, ends_without_a_device);
  g_test_add_data_func ("/ringtone/no-file", "/nowhere/bell.ogg", ends_without_a_device);
  return g_test_run ();
}
