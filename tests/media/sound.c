/* Sound for tests: something like speech, WAV files, and how alike two sounds are. */
// SPDX-License-Identifier: MIT
#include "tests/media/sound.h"

#include <math.h>
#include <string.h>

enum { WINDOW = PEAL_SOUND_RATE / 50, HEADER = 44 };

void
peal_sound_clear (PealSound *sound)
{
  g_clear_pointer (&sound->samples, g_free);
  sound->n = 0;
}

/* --- making --- */

static double
voice (double phase, double brightness)
{
  double sum = 0;

  for (guint k = 1; k <= 20; k++)
    sum += sin (k * phase) / k * (1 + brightness * exp (-(k - 6.0) * (k - 6.0) / 8));
  return sum;
}

void
peal_sound_speech (PealSound *sound, double seconds, guint32 seed)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  double phase = 0;

  sound->n = (gsize) (seconds * PEAL_SOUND_RATE);
  sound->samples = g_new0 (gint16, sound->n);
  for (gsize at = 0; at < sound->n;) {
    gsize length = (gsize) (g_rand_double_range (random, 0.12, 0.28) * PEAL_SOUND_RATE);
    gboolean hiss = g_rand_int_range (random, 0, 5) == 0,
             pause = g_rand_int_range (random, 0, 6) == 0;
    double pitch = g_rand_double_range (random, 105, 160),
           glide = g_rand_double_range (random, 0.95, 1.08);
    double brightness = g_rand_double_range (random, 0, 1.5),
           loud = g_rand_double_range (random, 1500, 6000);
    for (gsize i = 0; i < length && at < sound->n; i++, at++) {
      double part = (double) i / (double) length;
      phase += 2 * G_PI * pitch * pow (glide, part) / PEAL_SOUND_RATE;
      double source = hiss ? g_rand_double_range (random, -0.3, 0.3) : voice (phase, brightness);
      sound->samples[at] = (gint16) (pause ? 0 : loud * sin (G_PI * part) * source);
    }
  }
}

/* --- files --- */

static void
put (guint8 *at, guint32 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++)
    at[i] = (guint8) (value >> 8 * i);
}

static guint32
get (const guint8 *at, guint bytes)
{
  guint32 value = 0;

  for (guint i = 0; i < bytes; i++)
    value |= (guint32) at[i] << 8 * i;
  return value;
}

void
peal_sound_write (const PealSound *sound, const char *path)
{
  gsize bytes = sound->n * 2;
  g_autofree guint8 *file = g_malloc0 (HEADER + bytes);
  g_autoptr(GError) error = NULL;

  memcpy (file, "RIFF", 4);
  put (file + 4, (guint32) (HEADER - 8 + bytes), 4);
  memcpy (file + 8, "WAVEfmt ", 8);
  put (file + 16, 16, 4);
  put (file + 20, 1, 2);
  put (file + 22, 1, 2);
  put (file + 24, PEAL_SOUND_RATE, 4);
  put (file + 28, PEAL_SOUND_RATE * 2, 4);
  put (file + 32, 2, 2);
  put (file + 34, 16, 2);
  memcpy (file + 36, "data", 4);
  put (file + 40, (guint32) bytes, 4);
  memcpy (file + HEADER, sound->samples, bytes);
  g_file_set_contents (path, (const char *) file, (gssize) (HEADER + bytes), &error);
  g_assert_no_error (error);
}

void
peal_sound_read (PealSound *sound, const char *path)
{
  g_autofree char *file = NULL;
  g_autoptr(GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &file, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, >, HEADER);
  const guint8 *bytes = (const guint8 *) file;
  g_assert_cmpmem (bytes + 8, 8, "WAVEfmt ", 8);
  guint channels = get (bytes + 22, 2);
  g_assert_true (channels == 1 || channels == 2);
  g_assert_cmpuint (get (bytes + 24, 4), ==, PEAL_SOUND_RATE);
  g_assert_cmpuint (get (bytes + 34, 2), ==, 16);
  gsize at = 12;
  while (at + 8 <= length && memcmp (bytes + at, "data", 4) != 0)
    at += 8 + get (bytes + at + 4, 4);
  g_assert_cmpuint (at + 8, <, length);
  /* The header was rewritten at the end: it tells just what is there. */
  g_assert_cmpuint (get (bytes + at + 4, 4), ==, length - at - 8);
  g_assert_cmpuint (get (bytes + 4, 4), ==, length - 8);
  sound->n = (length - at - 8) / 2 / channels;
  sound->samples = g_new (gint16, sound->n);
  for (gsize i = 0; i < sound->n; i++) {
    const guint8 *sample = bytes + at + 8 + i * channels * 2;
    gint first = (gint16) get (sample, 2), last = (gint16) get (sample + 2 * (channels - 1), 2);
    sound->samples[i] = (gint16) ((first + last) / 2);
  }
}

/* --- comparing --- */

static double
rms (const gint16 *samples, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) samples[i] * samples[i];
  return sqrt (sum / (double) n);
}

double
peal_sound_level (const PealSound *sound, guint from_ms)
{
  gsize from = (gsize) from_ms * PEAL_SOUND_RATE / 1000;

  g_assert_cmpuint (from, <, sound->n);
  return 20 * log10 (MAX (rms (sound->samples + from, sound->n - from), 1e-3) / 32768);
}

static double
correlate (const double *a, const double *b, gsize n)
{
  double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;

  for (gsize i = 0; i < n; i++) {
    sa += a[i];
    sb += b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  double va = aa - sa * sa / (double) n, vb = bb - sb * sb / (double) n;
  return va > 0 && vb > 0 ? (ab - sa * sb / (double) n) / sqrt (va * vb) : 0;
}

/* Loudness of windows of 20 ms that begin every @step samples from @from on. */
static double *
envelope (const PealSound *sound, gsize from, gsize step, gsize *n)
{
  *n = sound->n > from + WINDOW ? (sound->n - from - WINDOW) / step + 1 : 0;
  double *values = g_new0 (double, *n + 1);
  for (gsize i = 0; i < *n; i++)
    values[i] = rms (sound->samples + from + i * step, WINDOW);
  return values;
}

/* By how many samples @heard lags, ±: the shift of 2 ms steps at which the envelopes fit best. */
static gssize
align (const PealSound *said, const PealSound *heard)
{
  enum { STEP = PEAL_SOUND_RATE / 500, MOST = 750 };
  gsize n_said, n_heard;
  g_autofree double *a = envelope (said, 0, STEP, &n_said),
                    *b = envelope (heard, 0, STEP, &n_heard);
  double best = -2;
  gssize shift = 0;

  for (gssize lag = -MOST; lag <= MOST; lag++) {
    gsize from_a = lag < 0 ? (gsize) -lag : 0, from_b = lag > 0 ? (gsize) lag : 0;
    if (from_a + 500 > n_said || from_b + 500 > n_heard)
      continue;
    double fit = correlate (a + from_a, b + from_b, MIN (n_said - from_a, n_heard - from_b));
    if (fit > best) {
      best = fit;
      shift = lag * STEP;
    }
  }
  return shift;
}

/* The lag of a voiced window at which it resembles itself most, or 0. */
static double
period (const gint16 *samples)
{
  enum { SHORTEST = PEAL_SOUND_RATE / 200, LONGEST = PEAL_SOUND_RATE / 90, SPAN = 2 * WINDOW };
  double best = 0.6, found = 0;
  g_autofree double *x = g_new (double, SPAN + LONGEST);

  for (guint i = 0; i < SPAN + LONGEST; i++)
    x[i] = samples[i];
  for (guint lag = SHORTEST; lag < LONGEST; lag++) {
    double fit = correlate (x, x + lag, SPAN);
    if (fit > best) {
      best = fit;
      found = lag;
    }
  }
  return found;
}

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The median of heard pitch over said pitch, every 100 ms. */
static double
compare_pitch (const gint16 *said, const gint16 *heard, gsize n)
{
  g_autoptr(GArray) ratios = g_array_new (FALSE, FALSE, sizeof (double));

  for (gsize at = 0; at + 5 * WINDOW < n; at += 5 * WINDOW) {
    double a = period (said + at), b = period (heard + at);
    double ratio = a > 0 && b > 0 ? a / b : 0;
    if (ratio > 0.8 && ratio < 1.25) /* else one of them jumped an octave */
      g_array_append_val (ratios, ratio);
  }
  g_array_sort (ratios, by_value);
  return ratios->len > 0 ? g_array_index (ratios, double, ratios->len / 2) : 0;
}

void
peal_sound_compare (const PealSound *said, const PealSound *heard, PealLikeness *likeness)
{
  gssize shift = align (said, heard);
  gsize from_said = shift < 0 ? (gsize) -shift : 0, from_heard = shift > 0 ? (gsize) shift : 0;
  gsize n_said, n_heard;
  g_autofree double *a = envelope (said, from_said, WINDOW, &n_said);
  g_autofree double *b = envelope (heard, from_heard, WINDOW, &n_heard);
  gsize n = MIN (n_said, n_heard), samples = MIN (said->n - from_said, heard->n - from_heard);
  double gap = 0;

  *likeness = (PealLikeness) { .shift_ms = shift * 1000.0 / PEAL_SOUND_RATE,
                               .correlation = correlate (a, b, n) };
  likeness->level_db = 20 * log10 (rms (heard->samples + from_heard, samples) /
                                   rms (said->samples + from_said, samples));
  likeness->pitch = compare_pitch (said->samples + from_said, heard->samples + from_heard, samples);
  for (gsize i = 0; i < n; i++) {
    gap = a[i] > 300 && b[i] < a[i] / 20 ? gap + 20 : 0;
    likeness->gap_ms = MAX (likeness->gap_ms, gap);
  }
}
