/* How the peer wants our sound: what its description says beside the name of a codec (RFC 7587
 * §6.1, RFC 8866 §6.4). Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rtp_wire.h"

typedef struct {
  gboolean fec;          /* it makes use of what we add for lost packets */
  gboolean dtx;          /* it would rather have no packets than silence */
  gboolean cbr;          /* packets are to be of one size */
  gboolean stereo;       /* it can make use of two channels */
  gboolean sends_stereo; /* it will likely send two */
  guint most_bitrate;    /* bit/s; 0: not said */
  guint playback_rate;   /* Hz that it can play at most; 0: not said */
  guint packet_ms;       /* sound in one packet: 10, 20, 40 or 60 */
} PealWishes;

/* What @type asks for. Numbers out of their range count as not said. */
void peal_wishes_read (PealWishes *wishes, const PealPayloadType *type);
