/* The codecs we speak: one row each, with all that offering, matching, making and understanding
 * needs. */
// SPDX-License-Identifier: MIT
#include "media/codecs.h"

#include "media/clip.h"
#include "media/pipeline.h"

/* RFC 7587. Complexity 5 costs half of 10 and speech does not show it. The encoder adds data for a
 * lost packet to the next one, which at 32 kbit/s it would leave out as long as it expects less
 * than 10 % of loss; the decoder waits one packet for it, and conceals what even that lacks. */
static const PealCodec opus = {
  .name = "opus",
  .clock_rate = 48000,
  .channels = 2, /* §7: always, whatever is sent */
  .max_channels = 2,
  .payload_type = 111,
  .sample_rate = 48000,
  .parameters =
      (const PealCodecParameter[]) {
          { "minptime", "10" }, { "useinbandfec", "1" }, { "stereo", "1" }, { 0 } },
  .speak = "opusenc name=coder bitrate=40000 audio-type=voice frame-size=20 complexity=5 "
           "inband-fec=true packet-loss-percentage=5 ! rtpopuspay name=packer",
  .bitrates = { .least = 8000, .start = 40000, .most = 48000 },
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
  .speak = "mulawenc ! rtppcmupay name=packer min-ptime=20000000 max-ptime=20000000",
  .hear = "rtppcmudepay ! mulawdec ! spanplc name=conceal",
  .encoding_name = "PCMU",
  .encode = peal_clip_mulaw,
};

static const PealCodec pcma = {
  .name = "PCMA",
  .clock_rate = 8000,
  .channels = 1,
  .max_channels = 1,
  .payload_type = 8,
  .sample_rate = 8000,
  .speak = "alawenc ! rtppcmapay name=packer min-ptime=20000000 max-ptime=20000000",
  .hear = "rtppcmadepay ! alawdec ! spanplc name=conceal",
  .encoding_name = "PCMA",
  .encode = peal_clip_alaw,
};

/* §4.5.2: the clock counts 8,000 a second, by an error that was kept, though 16,000 samples are
 * coded. */
static const PealCodec g722 = {
  .name = "G722",
  .clock_rate = 8000,
  .channels = 1,
  .max_channels = 1,
  .payload_type = 9,
  .sample_rate = 16000,
  .speak = "avenc_g722 ! rtpg722pay name=packer min-ptime=20000000 max-ptime=20000000",
  .hear = "rtpg722depay ! avdec_g722 ! spanplc name=conceal",
  .encoding_name = "G722",
  .heavy = TRUE,
};

/* RFC 5574. The decoder conceals by itself. The third mode, of 32,000 samples, is the second with
 * little more than hiss above it.
 *
 * GStreamer's depayloader makes the header of a Speex file before anything else has been said and
 * pushes it too early, with a warning. So the payloads are taken as they are, and the header, which
 * is constant, stands in the caps: rate, mode, version 4 of it, one channel, no bitrate, samples of
 * a frame, no VBR, one frame in a packet; all little-endian. */
#define SPEEX_HEADER(rate_mode, frame)                                                             \
  "5370656578202020312e322e3100000000000000000000000000000001000000500000" /* its name, 1, 80 */   \
  "00" rate_mode "04000000"                                                                        \
  "01000000"                                                                                       \
  "ffffffff" frame "00000000"                                                                      \
  "01000000"                                                                                       \
  "00000000"                                                                                       \
  "0000000000000000"
#define SPEEX(rate, number, mode, header)                                                          \
  {                                                                                                \
    .name = "speex", .clock_rate = rate, .channels = 1, .max_channels = 1, .payload_type = number, \
    .sample_rate = rate, .speak = "speexenc mode=" mode " ! rtpspeexpay",                          \
    .hear = "rtpL16depay ! capssetter join=false replace=true caps=\"audio/x-speex,rate=" #rate    \
            ",channels=1,streamheader=(buffer)<" header ",0000000000000000>\" ! "                  \
            "speexdec plc=true",                                                                   \
    .encoding_name = "L16",                                                                        \
  }
static const PealCodec speex_wide = SPEEX (16000, 104, "wb",
                                           SPEEX_HEADER ("803e0000"
                                                         "01000000",
                                                         "40010000"));
static const PealCodec speex_narrow = SPEEX (8000, 105, "nb",
                                             SPEEX_HEADER ("401f0000"
                                                           "00000000",
                                                           "a0000000"));

const PealCodec *const peal_codecs[] = {
  &opus, &g722, &speex_wide, &pcmu, &pcma, &speex_narrow, NULL,
};

static const PealCodec *
find_among (const PealCodec *const *codec, const char *word)
{
  while (*codec && g_ascii_strcasecmp ((*codec)->name, word) != 0)
    codec++;
  return *codec;
}

const PealCodec *
peal_codec_find (const char *word)
{
  const PealCodec *sound = find_among (peal_codecs, word);

  return sound ? sound : find_among (peal_picture_codecs, word);
}

const PealCodec *
peal_codec_here (const PealCodec *codec)
{
  while (codec && !(peal_pipeline_has (codec->speak) && peal_pipeline_has (codec->hear)))
    codec = codec->instead;
  return codec;
}
