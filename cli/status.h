/* The status line of a call: what is known of it, and a width, become one line of text.
 *
 * Pure. What does not fit is said shorter, and at last left out, by the table in status.c: how the
 * call stands stays longest, whom it is with goes first. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef enum {
  PEAL_STATUS_CALLING = 1, /* nobody was reached yet */
  PEAL_STATUS_RINGING,     /* it rings there */
  PEAL_STATUS_RUNG,        /* it rings here */
  PEAL_STATUS_CONNECTING,
  PEAL_STATUS_TALKING,
} PealStatusStage;

typedef enum {
  PEAL_STATUS_MUTED = 1 << 0,
  PEAL_STATUS_HELD = 1 << 1,
  PEAL_STATUS_THEY_MUTED = 1 << 2,
  PEAL_STATUS_THEY_HELD = 1 << 3,
  PEAL_STATUS_WEAK = 1 << 4, /* nothing arrives */
  PEAL_STATUS_MIC_GONE = 1 << 5,
  PEAL_STATUS_SPEAKER_GONE = 1 << 6,
  PEAL_STATUS_CAMERA_GONE = 1 << 7,
} PealStatusFlags;

/* Strings are borrowed; NULL and NAN: not known, and not shown. */
typedef struct {
  PealStatusStage stage;
  PealStatusFlags flags;
  guint seconds; /* since this stage began */
  guint others;  /* that ring as well */
  gboolean keys; /* are heard, and hinted at */
  const char *peer;
  const char *codec, *path, *encryption; /* as in PealEvent */
  gboolean showing;                      /* our picture is sent */
  gint width, height;                    /* of the picture that is seen; 0: none */
  double fps;
  double loss; /* lately, percent */
  double rtt_ms;
  double sent_db, heard_db; /* dBFS */
} PealStatus;

/* What the terminal can show. */
typedef struct {
  guint columns, lines;
  gboolean utf8, colour;
} PealStatusLook;

/* One line of at most @look->columns columns, without its end. For g_free. */
char *peal_status_text (const PealStatus *status, const PealStatusLook *look);

/* "2:05" or "1:02:05". For g_free. */
char *peal_status_time (guint seconds);
