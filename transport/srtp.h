/* SRTP (RFC 3711, RFC 7714) as a filter: RTP and RTCP in clear above, protected below.
 *
 * OPENING until it is given keys; what arrives before stays with the channel below, which keeps the
 * first. Each datagram is told RTP or RTCP by RFC 5761. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"

/* The registry of RFC 5764 §4.1.2; the same numbers in OpenSSL and libsrtp. */
typedef enum {
  PEAL_SRTP_AES128_CM_SHA1_80 = 1,
  PEAL_SRTP_AEAD_AES_128_GCM = 7,
  PEAL_SRTP_AEAD_AES_256_GCM = 8,
} PealSrtpProfile;

#define PEAL_SRTP_KEY_SIZE 44 /* the largest master key and salt: 32 + 12 */

/* Master keys, each with its salt behind it. Secret: clear with OPENSSL_cleanse. */
typedef struct {
  PealSrtpProfile profile;
  guint8 local[PEAL_SRTP_KEY_SIZE], remote[PEAL_SRTP_KEY_SIZE];
} PealSrtpKeys;

/* Bytes of master key and of salt. FALSE: not a profile of ours. */
gboolean peal_srtp_sizes (PealSrtpProfile profile, gsize *key, gsize *salt);

/* How many senders (SSRCs) a peer may use in one call. Only packets that authenticate make state;
 * a peer that goes on inventing SSRCs is not heard beyond these. */
#define PEAL_SRTP_SENDERS 32

/* Takes @below. */
PealChannel *peal_srtp_new (PealChannel *below);

/* Begins: follows the state of the channel below from here on, and sends; other keys may follow
 * until something is let in. FALSE with @error (PEAL_CAUSE_INTERNAL): libsrtp lacks the profile. */
gboolean peal_srtp_set_keys (PealChannel *srtp, const PealSrtpKeys *keys, GError **error);

/* Hears the peer from here on, the first of what has come before included. After its keys are set.
 */
void peal_srtp_let_in (PealChannel *srtp);

/* Loads libsrtp and its ciphers (Debian's sit in NSS, which takes a while). Once a process; any
 * thread. */
void peal_srtp_warm_up (void);
