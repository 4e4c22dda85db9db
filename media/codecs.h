/* The codecs we speak: one row each, with all that offering, matching, making and understanding
 * needs.
 *
 * A codec is added by a row; nothing else knows one by name. Those of sound are in codecs.c, those
 * of pictures in picture_codecs.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_FRAME_MS 20 /* sound in one packet that we send */

/* What we write beside a payload type. */
typedef struct {
  const char *name, *value;
} PealCodecParameter;

/* bit/s. */
typedef struct {
  guint least, start;
  guint most; /* with what is added for lost packets */
} PealBitrates;

typedef struct PealCodec PealCodec;
struct PealCodec {
  const char *name;   /* as offered; peers' names match in any letter case (Pidgin: OPUS); rows of
                         one codec at several rates share it */
  guint clock_rate;   /* Hz, of timestamps */
  guint channels;     /* as offered; 0: not written */
  guint max_channels; /* of a peer's line, whose 0 always means "not said" */
  guint payload_type; /* below 96 it is the static number of RFC 3551, else what we offer */
  guint sample_rate;  /* Hz, of the sound that goes in and comes out (one channel) */
  const PealCodecParameter *parameters; /* end with a NULL name */

  /* gst-launch fragments: sound -> packets, packets -> sound. An encoder called "coder" has the
   * properties of opusenc; a payloader called "packer" may be told how long packets are. Of
   * pictures: "coder" has the bitrate below, "packer" the property mtu, and what understands them
   * has its depayloader called "depay" and its decoder called "decoder". */
  const char *speak, *hear;
  guint look_ahead_ms; /* how much longer than the jitter buffer the decoder holds a packet back */
  const char *encoding_name; /* of application/x-rtp caps */
  PealBitrates bitrates;     /* of one channel, between which "coder" is steered; 0: it has one */
  gboolean heavy;            /* its elements load a large library: not before they are needed */

  /* Payloads of @n samples (whole frames) without a pipeline: appends a GBytes for each frame.
   * NULL: the elements of @speak make them. */
  void (*encode) (const gint16 *samples, gsize n, GPtrArray *payloads);

  /* Of pictures alone. */
  gboolean picture;
  const char *coder_bitrate; /* the property of "coder" that steers it, */
  guint coder_bitrate_unit;  /* and how many bit/s one of it is */
  /* Whether a payload begins a frame that needs no other; any bytes may be asked about. */
  gboolean (*key_frame) (const guint8 *payload, gsize length);
  /* Whether what understands it goes on after such a payload; NULL: after any. */
  gboolean (*bears) (const guint8 *payload, gsize length);
  const char *parsed;    /* between "depay" and a file: gst-launch; NULL: a file takes it as is */
  gboolean by_name_only; /* not unless --codec names it */
  const PealCodec *instead; /* the same codec by other elements, where one of ours is missing */
};

/* In our order of preference, end with NULL. */
extern const PealCodec *const peal_codecs[];         /* of sound */
extern const PealCodec *const peal_picture_codecs[]; /* of pictures */

/* The codec a user calls @word ("pcmu", "vp8"), or NULL; of several rows of that name the first. */
const PealCodec *peal_codec_find (const char *word);

/* @codec, or the first of those instead of it, whose elements are all here; NULL: none is. Makes
 * none of them. Any thread. */
const PealCodec *peal_codec_here (const PealCodec *codec);

/* Timestamp units of one packet of ours. */
static inline guint
peal_codec_frame (const PealCodec *codec)
{
  return codec->clock_rate * PEAL_FRAME_MS / 1000;
}
