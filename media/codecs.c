/* The codecs we speak: one row each, with all that offering, matching, making and understanding
 * needs. */
// SPDX-License-Identifier: MIT
#include "media/codecs.h"

#include "media/clip.h"

/* RFC 7587. Complexity 5 costs half of 10 and speech does not show it. The encoder adds data for a
 * lost packet to the next one; the decoder waits one packet for it, and conceals what even that
 * lacks. */
static const PealCodec opus = {
  .name = "opus",
  .clock_rate = 48000,
  .channels = 2, /* §7: always, whatever is sent */
  .max_channels = 2,
  .payload_type = 111,
  .sample_rate = 48000,
  .parameters =
      (const PealCodecParameter[]) { { "minptime", "10" }, { "useinbandfec", "1" }, { 0 } },
  .speak = "opusenc bitrate=32000 audio-type=voice frame-size=20 complexity=5 "
           "inband-fec=true packet-loss-percentage=5 ! rtpopuspay",
  .hear = "rtpopusdepay ! opusdec plc=true use-inband-fec=true",
  .look_ahead_ms = 20,
  .encoding_name = "OPUS",
  .encode = peal_clip_opus,
};

/* RFC 3551 §4.5.14. */
static const PealCodec pcmu = {
  .name = "PCMU",
  .clock_rate = 8000,
  .channels = 1,
  .max_channels = 1,
  .payload_type = 0,
  .sample_rate = 8000,
  .speak = "mulawenc ! rtppcmupay min-ptime=20000000 max-ptime=20000000",
  .hear = "rtppcmudepay ! mulawdec ! spanplc name=conceal",
  .encoding_name = "PCMU",
  .encode = peal_clip_mulaw,
};

const PealCodec *const peal_codecs[] = { &opus, &pcmu, NULL };

const PealCodec *
peal_codec_find (const char *word)
{
  for (const PealCodec *const *codec = peal_codecs; *codec; codec++)
    if (!g_ascii_strcasecmp ((*codec)->name, word))
      return *codec;
  return NULL;
}
