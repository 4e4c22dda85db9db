/* What the parts of a DTLS channel share: the filter itself (dtls.c) and its handshake. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/dtls.h"
#include "transport/dtls_clear.h"
#include "transport/dtls_context.h"

typedef enum {
  PEAL_DTLS_IDLE = 0,
  PEAL_DTLS_HANDSHAKING,
  PEAL_DTLS_UNPROVEN, /* handshake done, the peer's fingerprint not told yet; no deadline: the
                         session has its own */
  PEAL_DTLS_SECURED,
  PEAL_DTLS_ENDED,
  PEAL_DTLS_N_STAGES,
} PealDtlsStage;

typedef struct {
  PealChannel channel;
  PealDtlsStage stage;
  gboolean srtp;
  gboolean heard; /* anything at all, since the handshake began */
  gboolean told_role;
  PealDtlsRole role;
  GArray *expected; /* of PealDigest; NULL until told */
  PealDtlsPort port;
  SSL *ssl;
  gboolean extended;               /* the server agreed on RFC 7627 */
  gboolean keyed;                  /* @on_keys was called in this handshake */
  void (*on_keys) (gpointer user); /* NULL: nobody asked */
  gpointer on_keys_user;
  const guint8 *incoming; /* what the BIO reads next; NULL once taken */
  gsize incoming_length;
  GQueue held; /* of GBytes: application data before the peer was proved */
  PealTimer retransmit, deadline;
  GBytes *alert; /* that came in clear, and may be a lie; NULL: none */
  PealTimer hearsay;
  guint8 random[PEAL_DTLS_RANDOM]; /* of the ClientHello that is being answered, if @has_random */
  gboolean has_random;
  gint64 begun; /* loop's time */
  guint tries;
} PealDtls;

/* Becomes @role and lets OpenSSL wait for the first step. */
void peal_dtls_handshake_begin (PealDtls *dtls, PealDtlsRole role);

/* Begins as a client if that is our part, and the time begins to run, once all is there. */
void peal_dtls_handshake_go (PealDtls *dtls);

/* Gives OpenSSL a datagram, and goes on for as long as it can. */
void peal_dtls_handshake_feed (PealDtls *dtls, const guint8 *data, gsize length);

/* Forgets the handshake under way: IDLE. */
void peal_dtls_handshake_drop (PealDtls *dtls);

/* The patience begins when nothing is missing on our side. */
void peal_dtls_handshake_arm (PealDtls *dtls);

/* Tells of the keys once what we protect with them is for the peer alone. */
void peal_dtls_handshake_tell_keys (PealDtls *dtls);

/* The handshake is done and the fingerprint told: opens if the peer is who signaling said it is,
 * and agreed on what we need. */
void peal_dtls_handshake_prove (PealDtls *dtls);

/* Closes the channel; takes @why, NULL: the peer said close_notify. */
void peal_dtls_handshake_end (PealDtls *dtls, GError *why);
