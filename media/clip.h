/* Sound that is turned into payloads once and shared by all calls: silence now, announcements
 * later.
 *
 * No pipeline is needed to send a clip; it is an engine of its own (sender.h). Clips do not change,
 * so any thread may read them. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"

typedef struct {
  gatomicrefcount references;
  const PealCodec *codec;
  GPtrArray *payloads; /* of GBytes *: PEAL_FRAME_MS each */
} PealClip;

/* @n samples, one channel at codec->sample_rate; what does not fill the last frame is silence. */
PealClip *peal_clip_new (const PealCodec *codec, const gint16 *samples, gsize n);
PealClip *peal_clip_ref (PealClip *clip);
void peal_clip_unref (PealClip *clip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealClip, peal_clip_unref)

/* One frame of silence in @codec, made at the first use and kept for the life of the process.
 * Borrowed. */
const PealClip *peal_clip_silence (const PealCodec *codec);

/* For codec rows: appends the payloads of whole frames. */
void peal_clip_opus (const gint16 *samples, gsize n, GPtrArray *payloads);
void peal_clip_mulaw (const gint16 *samples, gsize n, GPtrArray *payloads);
void peal_clip_alaw (const gint16 *samples, gsize n, GPtrArray *payloads);
