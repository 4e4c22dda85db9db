/* Sound for tests: something like speech, WAV files, and how alike two sounds are. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

enum { PEAL_SOUND_RATE = 48000 }; /* of all sounds here; one channel */

typedef struct {
  gint16 *samples;
  gsize n;
} PealSound;

void peal_sound_clear (PealSound *sound);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PealSound, peal_sound_clear)

/* Syllables: a gliding voice with formants, hisses and pauses. The same for the same @seed. */
void peal_sound_speech (PealSound *sound, double seconds, guint32 seed);

void peal_sound_write (const PealSound *sound, const char *path);
/* Fails the test unless @path is a whole S16LE WAV of our rate whose header tells its length. Two
 * channels are mixed. */
void peal_sound_read (PealSound *sound, const char *path);

/* What became of a sound. */
typedef struct {
  double shift_ms;    /* heard later than said */
  double correlation; /* of the envelopes, 20 ms windows, over the time both cover */
  double level_db;    /* heard - said */
  double gap_ms;      /* longest time the heard is silent while the said is not */
  double pitch;       /* heard / said, by the lag that fits voiced windows best */
} PealLikeness;
void peal_sound_compare (const PealSound *said, const PealSound *heard, PealLikeness *likeness);

/* Root of the mean square from @from_ms on, dBFS (a full-scale sine: -3). */
double peal_sound_level (const PealSound *sound, guint from_ms);
