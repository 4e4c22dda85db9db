/* One SASL exchange (RFC 6120 §6): choose a mechanism, answer challenges, and check that the server
 * knows the password too.
 *
 * Over gsasl; nothing outside this file knows that, so another implementation may take its place.
 * Channel binding (SCRAM-*-PLUS) belongs into the table of mechanisms in sasl.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/secret.h"

typedef struct {
  const char *user;   /* localpart; must outlive the exchange, as the others */
  const char *domain; /* for sentences */
  PealSecret *secret;
  gboolean secured; /* the link is encrypted and its certificate was verified */
} PealSaslSetup;

typedef struct PealSasl PealSasl;

/* Picks the best mechanism of @offered (NULL-terminated). NULL with @error (domain PEAL_CAUSE: AUTH
 * when none is shared, SECURITY when the only one would tell the password to anyone who listens).
 */
PealSasl *peal_sasl_start (const PealSaslSetup *setup, const char *const *offered, GError **error);
void peal_sasl_free (PealSasl *sasl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealSasl, peal_sasl_free)

/* Name and first message (base64; "=" when empty) for <auth/>. Borrowed. */
const char *peal_sasl_mechanism (const PealSasl *sasl);
const char *peal_sasl_initial (const PealSasl *sasl);

/* Before a step: whether a key must be derived first (peal_secret_derive), and for which salt
 * (borrowed). FALSE with @error (PEAL_CAUSE_AUTH) when the challenge asks for too many or too few
 * rounds. */
gboolean peal_sasl_look (PealSasl *sasl, const char *challenge, const PealSalt **missing,
                         GError **error);

/* Answers a challenge, both in base64. NULL with @error (PEAL_CAUSE_AUTH). */
char *peal_sasl_step (PealSasl *sasl, const char *challenge, GError **error);

/* <success/> came, with @data (base64) or NULL. FALSE with @error (PEAL_CAUSE_AUTH) when the server
 * has not proved that it knows the password. */
gboolean peal_sasl_finish (PealSasl *sasl, const char *data, GError **error);
