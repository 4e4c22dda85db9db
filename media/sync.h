/* Lips and voice: when a picture is to be shown so that the sound of its moment is heard with it.
 *
 * Both streams of a peer have clocks of their own; its sender reports say which of their timestamps
 * belong to one moment (RFC 3550 §6.4.1: NTP and RTP timestamp). Whoever plays the sound tells when
 * a timestamp is heard; from this follows when a picture is due. The picture waits for the sound,
 * never the other way round.
 *
 * One object a call, held by both contents. Any thread. Nothing here looks at a clock. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealSync PealSync;

typedef enum { PEAL_SYNC_SOUND = 0, PEAL_SYNC_PICTURE, PEAL_N_SYNC } PealSyncKind;

/* Held by the caller. */
PealSync *peal_sync_new (void);
PealSync *peal_sync_ref (PealSync *sync);
void peal_sync_unref (PealSync *sync);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealSync, peal_sync_unref)

/* A sender report of the peer's stream of @kind: at @ntp (64 bits, as it came) its clock, which
 * counts @clock_rate a second, stood at @timestamp. Replaces the one before. */
void peal_sync_report (PealSync *sync, PealSyncKind kind, guint64 ntp, guint32 timestamp,
                       guint clock_rate);

/* The sound of @timestamp is heard at @at (monotonic µs). As often as convenient, at least once a
 * second; for each packet is not too often. */
void peal_sync_heard (PealSync *sync, guint32 timestamp, gint64 at);

/* Sound has stopped: it is on hold, or has ended. What was heard counts no more. */
void peal_sync_silent (PealSync *sync);

/* When the sound of the moment of picture @timestamp is heard (monotonic µs). FALSE: not known. */
gboolean peal_sync_due (PealSync *sync, guint32 timestamp, gint64 *at);
