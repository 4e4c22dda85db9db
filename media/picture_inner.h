/* What the files of a running picture share: the picture itself, letters to its context, its eye.
 * Nobody else includes this. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/canvas.h"
#include "media/eye.h"
#include "media/ladder.h"
#include "media/picture.h"
#include "media/picture_exchange.h"

enum { PEAL_PICTURE_N_TYPES = 128 };

struct PealMedium { /* an atomic rc box: the endpoint and each letter hold it */
  PealLoop *loop;
  GMainContext *context;
  const PealRtpConfig *config;
  char *content;
  const PealMediumEvents *events; /* NULL once closed or failed; on the context */
  gpointer user;
  PealAgreement agreement;
  const PealCodec *heard[PEAL_PICTURE_N_TYPES]; /* by our numbers; NULL: nothing of ours */
  PealSync *sync;                               /* a voice tells it what is heard when */
  gint64 started;                               /* monotonic µs; 0: not yet */
  gboolean open, sending, receiving;
  gboolean shut;                 /* the user closed the window: until the picture comes anew */
  gboolean muted, held, put_off; /* the user's will; the peer's, to see and show nothing */
  guint64 frames;                /* shown a second ago */
  gint64 counted;                /* when that was, µs */

  GMutex lock; /* of the eye: the loop tells it what the peer wants */
  PealEye *eye;
  PealLadder ladder;
  guint bitrate; /* bit/s; 0: nothing is known of the way yet */

  PealPictureExchange *exchange; /* the loop's; NULL before start */
  PealCanvas *canvas;            /* changed on the loop, while the context waits */
  guint8 orientation;            /* the loop's: how the picture was turned last */
  gint asked;      /* the loop's: the number whose codec was last asked for; -1: none */
  gint64 asked_at; /* and when, µs */
};

/* What the config says, or what it means where it says nothing. */
const char *peal_picture_source (const PealMedium *medium);

/* --- letters: from any thread to the context --- */

/* What it does not use is empty. */
typedef struct PealPictureLetter PealPictureLetter;
struct PealPictureLetter {
  PealMedium *medium;
  void (*read) (PealMedium *medium, PealPictureLetter *letter);
  GError *why;
  PealStats stats;
  gint64 at;
  guint8 payload_type;
};

/* @read happens on the context with a copy of @with, unless the picture was closed before. */
void peal_picture_post (PealMedium *medium,
                        void (*read) (PealMedium *medium, PealPictureLetter *letter),
                        const PealPictureLetter *with);
void peal_picture_unref (gpointer medium);

/* It cannot go on; @medium is a PealMedium. */
void peal_picture_fail (gpointer medium, const GError *why);

/* The first picture was shown at @at; @medium is a PealMedium. */
void peal_picture_tell_first (gpointer medium, gint64 at);

/* A second went by, in which the exchange counted @stats. */
void peal_picture_tell_second (PealMedium *medium, const PealStats *stats);

/* Adds what is known of frames. On the context. */
void peal_picture_count_frames (PealMedium *medium, PealStats *stats);

/* --- the eye --- */

/* It looks while the picture is wanted by everybody. On the context. */
void peal_picture_update_eye (PealMedium *medium);
void peal_picture_drop_eye (PealMedium *medium);

/* What the peer, and the way, want of it. On the loop. */
void peal_picture_make_key_frame (PealMedium *medium);
void peal_picture_steer (PealMedium *medium, guint bitrate);
