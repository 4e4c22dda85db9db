/* One SASL exchange (RFC 6120 §6, XEP-0388): answer challenges by the mechanism that was chosen,
 * and check that the server knows the password too.
 *
 * Over gsasl; nothing outside this file knows that, so another implementation may take its place.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/mechanism.h"

typedef struct {
  const char *user, *bare; /* localpart and address; must outlive the exchange, as the secret */
  PealSecret *secret;
  PealOffer offer; /* what is borrowed in it must outlive the exchange, too */
} PealSaslSetup;

typedef struct PealSasl PealSasl;

/* Chooses a mechanism and begins. NULL with @error (as peal_mechanism_choose). */
PealSasl *peal_sasl_start (const PealSaslSetup *setup, GError **error);
void peal_sasl_free (PealSasl *sasl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealSasl, peal_sasl_free)

/* The mechanism, and the first message (base64; "" when empty). Borrowed. */
const PealWayIn *peal_sasl_way (const PealSasl *sasl);
const char *peal_sasl_initial (const PealSasl *sasl);

/* Before a step: whether a key must be derived first (peal_secret_derive), and for which salt
 * (borrowed). FALSE with @error when the challenge asks for too many or too few rounds
 * (PEAL_FAILURE_ROUNDS), or shows that the list of mechanisms was changed on its way
 * (PEAL_FAILURE_DOWNGRADE). */
gboolean peal_sasl_look (PealSasl *sasl, const char *challenge, const PealSalt **missing,
                         GError **error);

/* Answers a challenge, both in base64; wipe the answer. NULL with @error. */
char *peal_sasl_step (PealSasl *sasl, const char *challenge, GError **error);

/* The server says that we are in, with @data (base64) or NULL. FALSE with @error when it has not
 * proved that it knows the password (PEAL_FAILURE_SERVER_PROOF). */
gboolean peal_sasl_finish (PealSasl *sasl, const char *data, GError **error);
