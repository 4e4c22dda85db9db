/* DTLS 1.2 (RFC 6347) as a filter: application data in clear above, records below.
 *
 * Certificates are required from both sides and proved by fingerprint alone. The peer may begin
 * before signaling has told its fingerprint: the handshake runs, and the channel opens once both
 * are there. Its retransmission runs on the real clock: 50 ms, doubled up to 3 s. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"
#include "transport/srtp.h"

typedef enum {
  PEAL_DTLS_PASSIVE, /* server */
  PEAL_DTLS_ACTIVE,  /* client: sends the ClientHello once the channel below is open */
} PealDtlsRole;

/* How long a handshake may take, from the moment at which path, role and fingerprint are there. */
#define PEAL_DTLS_PATIENCE (20 * G_USEC_PER_SEC)

/* Takes @below. With @srtp it also agrees on keys for SRTP (RFC 5764), and fails if the peer does
 * not. Until it is told a role, a ClientHello makes it passive (RFC 5763 §5: after actpass it may
 * come before the answer).
 *
 * CLOSED without @why: the peer said close_notify. CLOSED with PEAL_CAUSE_SECURITY: wrong
 * fingerprint or a handshake that did not come about; PEAL_CAUSE_NO_PATH: nothing at all was heard.
 */
PealChannel *peal_dtls_new (PealChannel *below, gboolean srtp);

/* The role that signaling settled. Once a handshake is under way its role stays. */
void peal_dtls_start (PealChannel *dtls, PealDtlsRole role);

/* What the peer's certificate must hash to: peal_fingerprint_parse. Copied. Once. */
void peal_dtls_expect (PealChannel *dtls, const GArray *digests);

/* Calls @keyed as soon as peal_dtls_export has keys: when it opens, and on the active side a round
 * trip before. By then only the peer itself can come to know them (RFC 7918's case for a client
 * that speaks first), but nothing may be let in before it is OPEN. Called again where the handshake
 * had to begin anew: the keys are others then. Before peal_dtls_start. */
void peal_dtls_on_keys (PealChannel *dtls, void (*keyed) (gpointer user), gpointer user);

/* Keys for SRTP, if it was made with @srtp (RFC 5764 §4.2). FALSE: there are none yet. */
gboolean peal_dtls_export (PealChannel *dtls, PealSrtpKeys *keys);

/* Makes certificate and context ahead of the first handshake. Once a process; any thread. */
void peal_dtls_warm_up (void);
