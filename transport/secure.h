/* The encrypted part of a transport: builds demux, DTLS, SRTP and lanes over a bottom channel.
 *
 *     bottom ── demux ─┬─ DTLS ───────────── data lane (SCTP)
 *                      └─ SRTP ── lanes ──── RTP and RTCP lanes of each content
 *
 * The bottom may open, and the peer's ClientHello arrive, long before signaling has brought the
 * peer's fingerprint: the handshake then runs, but no lane opens before the fingerprint was
 * compared. All functions but peal_secure_warm_up belong on the loop of @setup; events come there,
 * and nothing may be freed inside them (post it). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"
#include "transport/channel.h"
#include "transport/transport_wire.h"

typedef struct PealSecure PealSecure;

typedef enum {
  PEAL_SECURE_OPENING = 0,
  PEAL_SECURE_CONNECTED, /* lanes are open */
  PEAL_SECURE_FAILED,    /* for good: @why tells, domain PEAL_CAUSE */
} PealSecureState;

typedef struct {
  void (*state) (gpointer user, PealSecureState state, const GError *why);
} PealSecureEvents;

typedef struct {
  PealLoop *loop;
  PealFlow flow; /* DATAGRAM: DTLS-SRTP (RFC 5764); BYTES: DTLS for a data lane (RFC 8261) */
  PealEncryption
      encryption;     /* REQUIRED; PREFERRED: plain if the peer has no fingerprint; NONE: plain */
  gboolean initiator; /* of the session: it offers actpass */
} PealSecureSetup;

/* Makes what all calls share (certificate, OpenSSL's and libsrtp's tables), so that the first call
 * does not wait. Once a process; any thread; takes some milliseconds. */
void peal_secure_warm_up (void);

/* Builds the stack over component 1 and, where the peer knows no rtcp-mux, component 2 (else NULL).
 * Takes both channels. With two components each has its own DTLS association (RFC 5764 §4.1). */
PealSecure *peal_secure_new (PealChannel *rtp, PealChannel *rtcp, const PealSecureSetup *setup,
                             const PealSecureEvents *events, gpointer user);

/* Our fingerprint with the setup role (given; peal_element_free with peal_fingerprint_element),
 * NULL when nothing will be encrypted. An initiator offers actpass. A responder asks after it
 * applied the offer: active, or passive if the offer was active (RFC 5763 §5, RFC 8842 §5.3). */
PealFingerprint *peal_secure_describe (PealSecure *secure);

/* What the peer's <transport/> said: its fingerprints (of PealFingerprint *, copied; NULL or empty
 * when that stanza had none). FALSE with @error (PEAL_CAUSE_SECURITY): no usable hash, another
 * fingerprint than before, or none in an offer although encryption is required. The same ones again
 * are fine. */
gboolean peal_secure_apply (PealSecure *secure, const GPtrArray *fingerprints, GError **error);

/* For an initiator: the answer was applied, so a peer that sent no fingerprint yet will not. FALSE
 * with @error as above when it must have one; under PREFERRED the lanes now open unencrypted.
 * Without this call the same happens 60 s after the path was there. */
gboolean peal_secure_settle (PealSecure *secure, GError **error);

/* A lane of @content: there from the start, open once connected. Borrowed. */
PealChannel *peal_secure_lane (PealSecure *secure, const char *content, PealLane lane);

/* What tells the packets of @content from those of others; NULL: it has left (peal_lanes_hint). */
void peal_secure_hint (PealSecure *secure, const char *content, const PealLaneHints *hints);

/* What was told last. */
PealSecureState peal_secure_state (PealSecure *secure);

/* "dtls-srtp", "dtls-sctp", "none"; NULL until it is decided. Static. */
const char *peal_secure_encryption (PealSecure *secure);

/* When it was connected: g_get_monotonic_time, 0 before. */
gint64 peal_secure_at (PealSecure *secure);

/* Ends DTLS in order (close_notify) and frees all, bottoms too. NULL is left alone. */
void peal_secure_free (PealSecure *secure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealSecure, peal_secure_free)
