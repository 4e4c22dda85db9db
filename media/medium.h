/* One running voice: what peal_rtp opens, starts, controls and closes (signaling/jingle/method.h
 * says how). All of it belongs to the GMainContext of its setup, where its events are told too. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rtp.h"
#include "media/sync.h"

/* .open: prepares mouth and ears; @setup is only read during the call. Never NULL. */
PealMedium *peal_medium_open (const PealMediumSetup *setup, const PealMediumEvents *events,
                              gpointer user);
/* .rename */
void peal_medium_rename (PealMedium *medium, const char *name);
/* .start: begins, and again when senders have changed. The lanes are borrowed until it is closed.
 */
void peal_medium_start (PealMedium *medium, gconstpointer local, gconstpointer remote,
                        PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive);
/* .control: mute and hold; also before it begins. */
void peal_medium_control (PealMedium *medium, PealControl control, int value, const char *text);
/* Tells @sync from now on what of the peer's sound is heard when, for a picture of the same call
 * (media/sync.h). */
void peal_medium_follow (PealMedium *medium, PealSync *sync);
/* .close: fills @last (may be NULL; then for peal_event_clear) with the last counters, and frees.
 */
void peal_medium_close (PealMedium *medium, PealEvent *last);
