/* The codecs of pictures: one row each. What they cost is in docs/performance.md. */
// SPDX-License-Identifier: MIT
#include "media/codecs.h"

enum { CLOCK = 90000 }; /* Hz, of timestamps: of every codec of pictures */

/* For conversations: one pass, nothing looked ahead to, frames left out rather than a queue that
 * grows, key frames only when one is asked for (or every 3,000 frames). The time base is given,
 * since the rate of frames changes during a call. */
#define VPX                                                                                        \
  "deadline=1 lag-in-frames=0 end-usage=cbr keyframe-max-dist=3000 threads=1 timebase=1/90000 "    \
  "min-quantizer=2 max-quantizer=56 undershoot=100 overshoot=15 buffer-size=1000 "                 \
  "buffer-initial-size=500 buffer-optimal-size=600 static-threshold=1 dropframe-threshold=30 "     \
  "target-bitrate=500000 "

#define BITRATES                                                                                   \
  {                                                                                                \
    .least = 50000, .start = 500000, .most = 2500000                                               \
  }

/* --- VP8 (RFC 7741) --- */

/* §4.2: where the descriptor ends; 0: it does not. */
static gsize
vp8_skip_descriptor (const guint8 *payload, gsize length)
{
  enum { EXTENDED = 0x80, PICTURE_ID = 0x80, TL0 = 0x40, TID = 0x20, KEYIDX = 0x10, LONG = 0x80 };
  gsize at = 1;

  if (length < 2)
    return 0;
  if (payload[0] & EXTENDED) {
    guint8 parts = payload[at++];
    if (parts & PICTURE_ID)
      at += at < length && payload[at] & LONG ? 2 : 1;
    at += parts & TL0 ? 1 : 0;
    at += parts & (TID | KEYIDX) ? 1 : 0;
  }
  return at < length ? at : 0;
}

/* §4.3: the inverse key frame flag of a frame's first partition. */
static gboolean
vp8_key_frame (const guint8 *payload, gsize length)
{
  enum { START = 0x10, PARTITION = 0x07, INTER = 0x01 };
  gsize at = vp8_skip_descriptor (payload, length);

  return at && payload[0] & START && !(payload[0] & PARTITION) && !(payload[at] & INTER);
}

/* RFC 6386 §9.1: tag, start code, width, height. A hundred bytes that say they are 16383x16383 cost
 * the decoder a gigabyte and seconds, whatever follows. */
static gboolean
vp8_bears (const guint8 *payload, gsize length)
{
  enum { WIDTH = 6, HEIGHT = 8, HEADER = 10, BITS = 0x3f, MOST_DOTS = 4096 * 4096 };
  const guint8 *frame = payload + vp8_skip_descriptor (payload, length);

  if (!vp8_key_frame (payload, length))
    return TRUE;
  if (frame + HEADER > payload + length) /* nobody cuts it there */
    return FALSE;
  guint width = frame[WIDTH] | (frame[WIDTH + 1] & BITS) << 8;
  guint height = frame[HEIGHT] | (frame[HEIGHT + 1] & BITS) << 8;
  return width * height <= MOST_DOTS;
}

/* Fixed cpu-used: a positive one depends on the clock, and so on what else the machine does. */
static const PealCodec vp8 = {
  .name = "VP8",
  .clock_rate = CLOCK,
  .payload_type = 96,
  .speak = "vp8enc name=coder cpu-used=-8 " VPX "! rtpvp8pay name=packer picture-id-mode=15-bit",
  .hear = "rtpvp8depay name=depay ! vp8dec name=decoder",
  .encoding_name = "VP8",
  .bitrates = BITRATES,
  .picture = TRUE,
  .coder_bitrate = "target-bitrate",
  .coder_bitrate_unit = 1,
  .key_frame = vp8_key_frame,
  .bears = vp8_bears,
};

/* --- VP9 (RFC 9628) --- */

/* §4.2: the first packet of a frame that is not predicted from another picture; of layers only the
 * lowest counts. */
static gboolean
vp9_key_frame (const guint8 *payload, gsize length)
{
  enum { PICTURE_ID = 0x80, INTER = 0x40, LAYERS = 0x20, START = 0x08, LONG = 0x80, SID = 0x0e };
  gsize at = 1;

  if (length < 2 || !(payload[0] & START) || payload[0] & INTER)
    return FALSE;
  if (payload[0] & PICTURE_ID)
    at += payload[at] & LONG ? 2 : 1;
  return !(payload[0] & LAYERS) || (at < length && !(payload[at] & SID));
}

static const PealCodec vp9 = {
  .name = "VP9",
  .clock_rate = CLOCK,
  .payload_type = 98,
  .parameters = (const PealCodecParameter[]) { { "profile-id", "0" }, { 0 } },
  .speak = "vp9enc name=coder cpu-used=8 row-mt=true aq-mode=cyclic-refresh "
           "frame-parallel-decoding=false " VPX "! rtpvp9pay name=packer picture-id-mode=15-bit",
  .hear = "rtpvp9depay name=depay ! vp9dec name=decoder",
  .encoding_name = "VP9",
  .bitrates = BITRATES,
  .picture = TRUE,
  .coder_bitrate = "target-bitrate",
  .coder_bitrate_unit = 1,
  .key_frame = vp9_key_frame,
};

/* --- H.264 (RFC 6184) --- */

enum { NAL_TYPE = 0x1f, NAL_IDR = 5, NAL_SPS = 7, NAL_STAP_A = 24, NAL_FU_A = 28 };

static gboolean
h264_begins_key_frame (guint8 nal)
{
  return (nal & NAL_TYPE) == NAL_IDR || (nal & NAL_TYPE) == NAL_SPS;
}

/* §5.7.1: several in one packet, each after its length. */
static gboolean
h264_among (const guint8 *payload, gsize length)
{
  for (gsize at = 1; at + 2 < length; at += 2 + ((gsize) payload[at] << 8 | payload[at + 1]))
    if (h264_begins_key_frame (payload[at + 2]))
      return TRUE;
  return FALSE;
}

/* §5.8: of one in several packets the first says so. */
static gboolean
h264_key_frame (const guint8 *payload, gsize length)
{
  enum { START = 0x80 };

  if (length < 2)
    return FALSE;
  switch (payload[0] & NAL_TYPE) {
  case NAL_STAP_A:
    return h264_among (payload, length);
  case NAL_FU_A:
    return payload[1] & START && h264_begins_key_frame (payload[1]);
  default:
    return h264_begins_key_frame (payload[0]);
  }
}

/* Of the other ways to put NAL units together (§5.2) nobody makes use, and the depayloader gives up
 * when it meets one. */
static gboolean
h264_bears (const guint8 *payload, gsize length)
{
  guint8 type = length > 1 ? payload[0] & NAL_TYPE : 0;

  return (type > 0 && type <= NAL_STAP_A) || type == NAL_FU_A;
}

/* Constrained baseline of level 3.1 is what every browser takes; the parameter sets come with every
 * key frame, since a description has no place where both sides agree on them. */
#define H264_PACK                                                                                  \
  "capsfilter caps=video/x-h264,profile=constrained-baseline ! rtph264pay name=packer "            \
  "config-interval=-1 aggregate-mode=zero-latency"
#define OPENH264                                                                                   \
  "openh264enc name=coder complexity=low rate-control=bitrate gop-size=3000 bitrate=500000 "       \
  "enable-frame-skip=true ! " H264_PACK
#define X264                                                                                       \
  "x264enc name=coder tune=zerolatency speed-preset=ultrafast key-int-max=3000 bitrate=500 "       \
  "byte-stream=true threads=1 vbv-buf-capacity=600 ! " H264_PACK
#define AVDEC  "rtph264depay name=depay ! avdec_h264 name=decoder max-threads=1"
#define DECODE "rtph264depay name=depay ! openh264dec name=decoder"

#define H264(encode, property, unit, decode, other)                                                \
  {                                                                                                \
    .name = "H264", .clock_rate = CLOCK, .payload_type = 102,                                      \
    .parameters = (const PealCodecParameter[]) { { "level-asymmetry-allowed", "1" },               \
                                                 { "packetization-mode", "1" },                    \
                                                 { "profile-level-id", "42e01f" },                 \
                                                 { 0 } },                                          \
    .speak = encode, .hear = decode, .encoding_name = "H264", .bitrates = BITRATES, .heavy = TRUE, \
    .picture = TRUE, .coder_bitrate = property, .coder_bitrate_unit = unit,                        \
    .key_frame = h264_key_frame, .bears = h264_bears, .parsed = "h264parse config-interval=-1",    \
    .instead = other,                                                                              \
  }

static const PealCodec h264_x_open = H264 (X264, "bitrate", 1000, DECODE, NULL);
static const PealCodec h264_x = H264 (X264, "bitrate", 1000, AVDEC, &h264_x_open);
static const PealCodec h264_open = H264 (OPENH264, "bitrate", 1, DECODE, &h264_x);
static const PealCodec h264 = H264 (OPENH264, "bitrate", 1, AVDEC, &h264_open);

/* --- AV1 (the AV1 RTP payload format of AOMedia) --- */

/* §4.4: a new coded video sequence begins here. */
static gboolean
av1_key_frame (const guint8 *payload, gsize length)
{
  enum { NEW_SEQUENCE = 0x08 };

  return length > 1 && payload[0] & NEW_SEQUENCE;
}

/* Debian 12 has no payloader for it: other distributions do. */
#define AV1(decode, other)                                                                         \
  {                                                                                                \
    .name = "AV1", .clock_rate = CLOCK, .payload_type = 45,                                        \
    .parameters = (const PealCodecParameter[]) { { "profile", "0" }, { 0 } },                      \
    .speak = "av1enc name=coder usage-profile=realtime cpu-used=9 end-usage=cbr lag-in-frames=0 "  \
             "keyframe-max-dist=3000 threads=1 target-bitrate=500 ! av1parse ! "                   \
             "rtpav1pay name=packer",                                                              \
    .hear = decode, .encoding_name = "AV1", .bitrates = BITRATES, .heavy = TRUE, .picture = TRUE,  \
    .coder_bitrate = "target-bitrate", .coder_bitrate_unit = 1000, .key_frame = av1_key_frame,     \
    .parsed = "av1parse", .by_name_only = TRUE, .instead = other,                                  \
  }

static const PealCodec av1_aom =
    AV1 ("rtpav1depay name=depay ! av1parse ! av1dec name=decoder", NULL);
static const PealCodec av1 =
    AV1 ("rtpav1depay name=depay ! av1parse ! dav1ddec name=decoder", &av1_aom);

const PealCodec *const peal_picture_codecs[] = {
  &vp8, &vp9, &h264, &av1, NULL,
};
