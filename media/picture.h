/* One running picture: what peal_rtp_picture opens, starts, controls and closes
 * (signaling/jingle/method.h says how). All of it belongs to the GMainContext of its setup, where
 * its events are told too. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rtp.h"
#include "media/sync.h"

/* .open: opens no camera and no window yet; @setup is only read during the call. Never NULL. */
PealMedium *peal_picture_open (const PealMediumSetup *setup, const PealMediumEvents *events,
                               gpointer user);
/* .rename */
void peal_picture_rename (PealMedium *medium, const char *name);
/* .start: begins, and again when senders have changed. The lanes are borrowed until it is closed.
 */
void peal_picture_start (PealMedium *medium, gconstpointer local, gconstpointer remote,
                         PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive);
/* Who plays the sound of the same call tells this when it is heard; borrowed. */
PealSync *peal_picture_sync (PealMedium *medium);
/* .control: mute and hold, by which the camera is closed; also before it begins. */
void peal_picture_control (PealMedium *medium, PealControl control, int value, const char *text);
/* .close: fills @last (may be NULL; then for peal_event_clear) with the last counters, and frees.
 */
void peal_picture_close (PealMedium *medium, PealEvent *last);
