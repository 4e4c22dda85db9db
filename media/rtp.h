/* The application format of XEP-0167: voice and picture over RTP. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"

/* What the user wants of sound and picture. Strings are borrowed and must outlive the medium. Texts
 * are those of the options that are called alike. */
typedef struct {
  const char *audio_in;    /* "mic", "device:NAME", "file:PATH", "tone[:HZ]", "silence", "stdin" */
  const char *audio_out;   /* "speaker", "device:NAME", "file:PATH", "none", "stdout" */
  const char *codecs;      /* "opus,pcmu,vp8": of both kinds; NULL: all */
  const char *processing;  /* of a microphone's sound: "echo,noise,gain", "none"; NULL: all */
  const char *record;      /* directory; NULL: no */
  const char *record_as;   /* how names of recordings begin; NULL: with the content's name */
  gboolean unencrypted;    /* never set unless the user typed --encryption none */
  const char *video_in;    /* "camera", "device:NAME", "screen", "file:PATH", "test", "none" */
  const char *video_out;   /* "window", "terminal", "file:PATH", "none" */
  struct PealEasel *easel; /* media/easel.h, of "terminal": where it is drawn; NULL: nowhere */
  guint width, height;     /* of the picture we send, at most; 0: 1280x720 */
  guint fps;               /* likewise; 0: 30 */
  guint max_bitrate;       /* likewise, bit/s; 0: what the peer allows */
  const char *strip;       /* optional parts that our descriptions leave out, such as
                              "ssrc,hdrext,rtcp-fb,rtx,fec": for tests; NULL: none */
} PealRtpConfig;

extern const PealApplication peal_rtp;         /* voice */
extern const PealApplication peal_rtp_picture; /* PealControl MUTE: nothing is sent */

/* Loads plug-ins and makes what is shared by all calls, so that the first call does not wait
 * (75-120 ms otherwise). Once a process; any thread, that waits instead: a process must not leave
 * while a thread of it is in here. */
void peal_media_warm_up (void);

/* Checks texts of the config. FALSE with @error (PEAL_CAUSE_USAGE): names the flag and the value.
 */
gboolean peal_rtp_config_check (const PealRtpConfig *config, GError **error);
