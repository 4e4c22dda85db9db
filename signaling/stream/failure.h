/* The ways in which the way to a session fails: one word and one cause each (docs/causes.md).
 *
 * A cause says what a script should do; the failure says what was wrong. It travels inside the
 * GError (peal_cause_failure). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/event.h"

typedef enum {
  PEAL_FAILURE_NONE = 0,
  PEAL_FAILURE_NO_PASSWORD, /* of ours, before any server was asked */
  /* reaching it */
  PEAL_FAILURE_NO_ADDRESS,    /* the domain has none */
  PEAL_FAILURE_NO_RESOLVER,   /* nobody could say whether it has */
  PEAL_FAILURE_NO_XMPP,       /* SRV says "." (RFC 2782) */
  PEAL_FAILURE_PORT_REFUSED,  /* nobody listens there */
  PEAL_FAILURE_NO_ROUTE,      /* the network knows no way there */
  PEAL_FAILURE_SILENT,        /* a step did not come in time; the sentence names it */
  PEAL_FAILURE_BROKEN,        /* the connection broke, or was closed where something was owed */
  PEAL_FAILURE_PROXY_DOWN,    /* the proxy cannot be reached, or speaks something else */
  PEAL_FAILURE_PROXY_AUTH,    /* it wants another password */
  PEAL_FAILURE_PROXY_REFUSED, /* it does not let us through */
  /* making it private */
  PEAL_FAILURE_NO_TLS_HERE,    /* no library for it on this machine, or --tls off beyond loopback */
  PEAL_FAILURE_NO_AUTHORITIES, /* --ca names no certificates */
  PEAL_FAILURE_STARTTLS_MISSING,
  PEAL_FAILURE_STARTTLS_REFUSED,
  PEAL_FAILURE_STARTTLS_INJECTED, /* bytes between <proceed/> and TLS */
  PEAL_FAILURE_HANDSHAKE,
  PEAL_FAILURE_CERTIFICATE_UNKNOWN, /* its authority is */
  PEAL_FAILURE_CERTIFICATE_HOST,
  PEAL_FAILURE_CERTIFICATE_EXPIRED,
  PEAL_FAILURE_CERTIFICATE_EARLY, /* not valid yet */
  PEAL_FAILURE_CERTIFICATE_REVOKED,
  PEAL_FAILURE_CERTIFICATE_WEAK,
  PEAL_FAILURE_CERTIFICATE_PIN, /* not the one of --server-pin */
  /* understanding each other */
  PEAL_FAILURE_NOT_XMPP, /* malformed, too much, or something else than is owed */
  PEAL_FAILURE_HOST_UNKNOWN,
  PEAL_FAILURE_SEE_OTHER_HOST,
  PEAL_FAILURE_CONFLICT,
  PEAL_FAILURE_STREAM_ERROR, /* any other of RFC 6120 §4.9.3 */
  PEAL_FAILURE_STREAM_CLOSED,
  /* proving who we are, and who it is */
  PEAL_FAILURE_NO_MECHANISM,
  PEAL_FAILURE_PLAIN_IN_CLEAR, /* it wants the password over a link that is not encrypted */
  PEAL_FAILURE_ROUNDS,
  PEAL_FAILURE_PASSWORD,
  PEAL_FAILURE_CERTIFICATE_LOGIN, /* it does not take our certificate (EXTERNAL) */
  PEAL_FAILURE_ACCOUNT_DISABLED,
  PEAL_FAILURE_CREDENTIALS_EXPIRED,
  PEAL_FAILURE_AUTH_REFUSED,   /* any other SASL failure */
  PEAL_FAILURE_AUTH_TEMPORARY, /* it cannot check at present */
  PEAL_FAILURE_SERVER_PROOF,   /* it did not prove that it knows the password */
  PEAL_FAILURE_DOWNGRADE,      /* it offers less than it did, or than it says it does (XEP-0474) */
  PEAL_FAILURE_BINDING,        /* TLS ends somewhere else than SASL: somebody is in between */
  /* a session */
  PEAL_FAILURE_NO_BIND,
  PEAL_FAILURE_BIND_REFUSED,
  PEAL_FAILURE_RESUME, /* it counts stanzas that never were */
  PEAL_N_FAILURES,
} PealFailure;

/* "certificate-expired"; and the cause it belongs to. */
const char *peal_failure_word (PealFailure failure);
PealCause peal_failure_cause (PealFailure failure);

/* Sets @error to domain PEAL_CAUSE with the cause and the word of @failure. The sentence says what
 * failed, why, and what to do. */
void peal_failure_set (GError **error, PealFailure failure, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
GError *peal_failure_new (PealFailure failure, const char *format, ...) G_GNUC_PRINTF (2, 3);
GError *peal_failure_new_valist (PealFailure failure, const char *format, va_list arguments)
    G_GNUC_PRINTF (2, 0);

/* What a server said, for a sentence: at most @most bytes of it, whole characters; free it. */
char *peal_failure_quote (const char *said, gsize most);
