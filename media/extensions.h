/* What RTP header extensions say (RFC 8285): which content a packet is of, when it left, its number
 * on the path, how loud it is, how a picture is held.
 *
 * Ids are those that were agreed on by XEP-0294; 0: not. Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/packet.h"

typedef struct {
  guint8 mid;           /* urn:ietf:params:rtp-hdrext:sdes:mid (RFC 8843 §15) */
  guint8 abs_send_time; /* http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time */
  guint8 transport_cc;  /* draft-holmer-rmcat-transport-wide-cc-extensions-01 §2 */
  guint8 audio_level;   /* urn:ietf:params:rtp-hdrext:ssrc-audio-level (RFC 6464) */
  guint8 orientation;   /* urn:3gpp:video-orientation (3GPP TS 26.114 §7.4.5) */
} PealExtensionIds;

#define PEAL_EXTENSIONS_SILENCE 127 /* the audio level of silence */
#define PEAL_EXTENSIONS_MID     32  /* bytes of the longest MID that is written */
#define PEAL_EXTENSIONS_MAX     64  /* bytes that peal_extensions_write takes at most */

typedef struct {
  const char *mid; /* borrowed, of the packet when read; NULL: absent */
  gsize mid_length;
  gboolean has_abs_send_time, has_transport_cc, has_audio_level, has_orientation;
  guint32 abs_send_time; /* 6.18 seconds, 24 bits */
  guint16 transport_cc;  /* the packet's number on the path */
  guint8 audio_level;    /* -dBov: 127 is silence */
  gboolean voice;        /* with the level: somebody speaks */
  guint8 orientation;    /* as it stands there: C F R1 R0 */
} PealExtensions;

/* What @packet says under @ids; the rest is absent. What is cut short ends the reading, what stood
 * before it counts. */
void peal_extensions_read (const PealPacket *packet, const PealExtensionIds *ids,
                           PealExtensions *said);

/* Writes what is both agreed on and present in @say into @out (PEAL_EXTENSIONS_MAX bytes) and makes
 * it @packet's extension, which then points into @out. A MID that is too long is left out; where
 * nothing is said there is no extension. */
void peal_extensions_write (PealPacket *packet, const PealExtensionIds *ids,
                            const PealExtensions *say, guint8 *out);

/* Overwrites what is only known when a packet leaves, its time and its number on the path, in the
 * written packet @data, where they stand in it. FALSE: it has no place for the number. */
gboolean peal_extensions_stamp (guint8 *data, gsize length, const PealExtensionIds *ids,
                                const PealExtensions *say);

/* @now (monotonic µs) as abs-send-time has it. */
guint32 peal_extensions_time (gint64 now);
