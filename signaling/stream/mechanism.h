/* The SASL mechanisms peal knows, and which of those a server offers is taken. Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/secret.h"

typedef struct {
  const char *name;
  PealHash hash; /* of SCRAM */
  PealProof proof;
  gboolean external; /* by the certificate we showed in TLS (XEP-0178) */
} PealWayIn;

/* All of them, best first; ends with one without name. */
extern const PealWayIn peal_mechanism_ways[];

/* All borrowed. */
typedef struct {
  const char *domain;         /* for sentences */
  const char *const *offered; /* mechanisms; ends with NULL */
  const char *const *types;   /* of channel binding, as XEP-0440 lists them; NULL: no list came */
  GBytes *exporter, *unique;  /* channel binding data our side has; NULL: none of that type */
  gboolean secured;           /* the link is encrypted and its certificate was verified */
  gboolean certified;         /* a certificate of ours was shown */
  gboolean has_password;
  PealProof least; /* what an earlier login of this process reached: a weaker one is a downgrade */
} PealOffer;

/* The best that both sides have. NULL with @error (PEAL_FAILURE_NO_MECHANISM, PLAIN_IN_CLEAR,
 * DOWNGRADE). */
const PealWayIn *peal_mechanism_choose (const PealOffer *offer, GError **error);

/* The channel binding that SCRAM-*-PLUS would take: "tls-exporter", "tls-unique", or NULL when the
 * two sides share none. */
const char *peal_mechanism_binding (const PealOffer *offer);

/* XEP-0474: whether @hash (base64, from the authenticated server-first-message) is that of the
 * lists as they came here. Which characters part the lists has changed since version 0.3; both are
 * taken. */
gboolean peal_mechanism_untouched (const PealOffer *offer, PealHash kind, const char *hash);
