/* What the files of a running voice share: the medium itself, letters to its context, wishes to its
 * exchange. Nobody else includes this. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/ears.h"
#include "media/exchange.h"
#include "media/medium.h"
#include "media/mouth.h"
#include "media/sync.h"

struct PealMedium { /* an atomic rc box: the endpoint, each letter and each wish hold it */
  PealLoop *loop;
  GMainContext *context;
  const PealRtpConfig *config;
  char *content;
  char *probe; /* the name of what hears our speaker; NULL: nothing that a microphone could hear */
  const PealMediumEvents *events; /* NULL once closed or failed; on the context */
  gpointer user;
  PealMouth *mouth;                 /* NULL: silence */
  PealEars *ears;                   /* NULL: they could not be made */
  gint64 started;                   /* monotonic µs; 0: not yet */
  gboolean open, sending, speaking; /* the lane; what was agreed; what the mouth does */
  guint clock_rate;                 /* Hz, of the peer's timestamps */
  gboolean keys;                    /* the peer takes those of a telephone */
  gboolean muted, held, put_off;    /* the user's will; the peer's, to hear and say nothing */
  PealExchange *exchange;           /* on the loop; NULL before start */
  PealSync *sync;                   /* on the loop; NULL: no picture waits for the sound */
};

PealMedium *peal_medium_ref (PealMedium *medium);
void peal_medium_unref (PealMedium *medium);

/* What the config says, or what it means where it says nothing. */
const char *peal_medium_source (const PealMedium *medium);
const char *peal_medium_sink (const PealMedium *medium);

/* --- letters: from any thread to the context --- */

/* @read happens on the context, unless the medium was closed before. What it does not use is
 * empty. */
typedef struct PealLetter PealLetter;
struct PealLetter {
  PealMedium *medium;
  void (*read) (PealMedium *medium, PealLetter *letter);
  GError *why;
  PealStats stats;
  gint64 at;
  guint8 payload_type;
  guint bitrate, loss_percent;
  PealEvent news;
};

PealLetter *peal_letter_new (PealMedium *medium,
                             void (*read) (PealMedium *medium, PealLetter *letter));
/* Takes @letter. */
void peal_letter_post (PealLetter *letter);

/* It cannot go on; @medium is a PealMedium. */
void peal_medium_fail (gpointer medium, const GError *why);

/* The device that the option @flag names vanished, @why tells how; NULL: it is back. */
void peal_medium_tell_device (PealMedium *medium, const char *flag, const char *why);

/* A leg is not recorded any more; the call goes on. @medium is a PealMedium. */
void peal_medium_tell_record_ended (gpointer medium, const GError *why);

/* The peer pressed a key. */
void peal_medium_tell_key (PealMedium *medium, const PealDtmfHeard *heard);

/* @keys of ours will not be said: "keys 12 were not sent: @why". */
void peal_medium_tell_unsaid (PealMedium *medium, const char *keys, PealCause cause,
                              const char *why);

/* --- wishes: from the context to the loop, in their order --- */

/* Which way sound goes. */
void peal_medium_wish_direction (PealMedium *medium, gboolean send, gboolean receive);
/* What the user and the peer have said of mute and hold. */
void peal_medium_wish_mute (PealMedium *medium);
void peal_medium_wish_hold (PealMedium *medium);
