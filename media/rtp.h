/* The application format of XEP-0167: voice (and picture, later) over RTP. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"

/* What the user wants of sound. Strings are borrowed and must outlive the medium. Texts are those
 * of --audio-in, --audio-out and --processing. */
typedef struct {
  const char *audio_in;   /* "mic", "device:NAME", "file:PATH", "tone[:HZ]", "silence", "stdin" */
  const char *audio_out;  /* "speaker", "device:NAME", "file:PATH", "none", "stdout" */
  const char *codecs;     /* "opus,pcmu"; NULL: all */
  const char *processing; /* of a microphone's sound: "echo,noise,gain", "none"; NULL: all */
  const char *record;     /* directory; NULL: no */
  const char *record_as;  /* how names of recordings begin; NULL: with the content's name */
  gboolean unencrypted;   /* never set unless the user typed --encryption none */
} PealRtpConfig;

extern const PealApplication peal_rtp;

/* Loads plug-ins and makes what is shared by all calls, so that the first call does not wait
 * (75-120 ms otherwise). Once a process; any thread, that waits instead: a process must not leave
 * while a thread of it is in here. */
void peal_media_warm_up (void);

/* Checks texts of the config. FALSE with @error (PEAL_CAUSE_USAGE): names the flag and the value.
 */
gboolean peal_rtp_config_check (const PealRtpConfig *config, GError **error);
