/* Tells what shares one path apart by its first byte (RFC 7983), and RTP from RTCP by its second
 * (RFC 5761).
 *
 * STUN never arrives here: the channel at the bottom (ICE) takes it. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"

typedef enum {
  PEAL_DEMUX_DTLS = 0, /* 20..63 */
  PEAL_DEMUX_RTP,      /* 128..191: RTP and RTCP, in clear or SRTP */
  PEAL_N_BRANCHES,
} PealBranch;

/* Takes @below and makes one channel a branch (their `below` is NULL). The branches own @below
 * together: whoever frees the last one frees it. What belongs to none is dropped and counted in
 * below->dropped. Both branches follow the state of @below. */
void peal_demux_new (PealChannel *below, PealChannel *branches[PEAL_N_BRANCHES]);

/* Whether a datagram of the RTP branch is RTCP: packet types 192..223 (RFC 5761 §4). */
static inline gboolean
peal_demux_is_rtcp (const guint8 *data, gsize length)
{
  return length >= 2 && data[1] >= 192 && data[1] <= 223;
}
