/* One running voice: what peal_rtp opens, starts, controls and closes (signaling/jingle/method.h
 * says how). */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rtp.h"

PealMedium *peal_medium_open (const PealMediumSetup *setup, const PealMediumEvents *events,
                              gpointer user);
void peal_medium_start (PealMedium *medium, gconstpointer local, gconstpointer remote,
                        PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive);
void peal_medium_control (PealMedium *medium, PealControl control, int value, const char *text);
void peal_medium_close (PealMedium *medium, PealEvent *last);
