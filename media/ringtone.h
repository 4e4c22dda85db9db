/* What a phone sounds like while nobody has picked up: the bell of who is called, the tone that who
 * calls hears meanwhile.
 *
 * It has a thread and a pipeline of its own, beside the call's: a sound server mixes the two, and
 * where a device takes only one of them the call has it and nothing rings. Nothing here is an error
 * that anybody else has to hear of: what fails is a remark of debugging. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealRingtone PealRingtone;

typedef enum {
  PEAL_RINGTONE_NONE = 0,
  PEAL_RINGTONE_BELL,     /* two tones in turn, then a pause */
  PEAL_RINGTONE_RINGBACK, /* 425 Hz, 1 s on, 4 s off: ETSI TR 101 041-2 */
} PealRingtoneKind;

typedef struct {
  PealRingtoneKind kind; /* not NONE */
  const char *sink;      /* a device of --audio-out */
  const char *file;      /* played again and again instead of the bell; NULL: the bell */
} PealRingtoneSetup;

/* Begins to play, soon. @setup is copied. Any thread. */
PealRingtone *peal_ringtone_new (const PealRingtoneSetup *setup);

/* Not a sample more; returns at once, and what it used is given back soon after. */
void peal_ringtone_stop (PealRingtone *ringtone);

/* Stops it, and waits until its device is given back. */
void peal_ringtone_free (PealRingtone *ringtone);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealRingtone, peal_ringtone_free)

/* One round of @kind, which is repeated: S16LE, 48 kHz, mono. Given. Pure. */
GBytes *peal_ringtone_round (PealRingtoneKind kind);
