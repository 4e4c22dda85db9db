/* Stanza errors (RFC 6120 §8.3) as GErrors, with the application conditions of Jingle beside them.
 *
 * The code of a GError of domain PEAL_CONDITION is a PealCondition; an application condition such
 * as <out-of-order xmlns='urn:xmpp:jingle:errors:1'/> implies its defined condition, so one enum
 * says both. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#include <strophe.h>

#define PEAL_CONDITION (peal_condition_quark ())
GQuark peal_condition_quark (void);

typedef enum {
  PEAL_CONDITION_NONE = 0,
  PEAL_BAD_REQUEST,
  PEAL_CONFLICT,
  PEAL_FEATURE_NOT_IMPLEMENTED,
  PEAL_FORBIDDEN,
  PEAL_GONE,
  PEAL_INTERNAL_SERVER_ERROR,
  PEAL_ITEM_NOT_FOUND,
  PEAL_JID_MALFORMED,
  PEAL_NOT_ACCEPTABLE,
  PEAL_NOT_ALLOWED,
  PEAL_NOT_AUTHORIZED,
  PEAL_POLICY_VIOLATION,
  PEAL_RECIPIENT_UNAVAILABLE,
  PEAL_REDIRECT,
  PEAL_REGISTRATION_REQUIRED,
  PEAL_REMOTE_SERVER_NOT_FOUND,
  PEAL_REMOTE_SERVER_TIMEOUT,
  PEAL_RESOURCE_CONSTRAINT,
  PEAL_SERVICE_UNAVAILABLE,
  PEAL_SUBSCRIPTION_REQUIRED,
  PEAL_UNDEFINED_CONDITION,
  PEAL_UNEXPECTED_REQUEST,
  /* XEP-0166 §10, table 3: urn:xmpp:jingle:errors:1 */
  PEAL_OUT_OF_ORDER,      /* with unexpected-request */
  PEAL_TIE_BREAK,         /* with conflict */
  PEAL_UNKNOWN_SESSION,   /* with item-not-found */
  PEAL_UNSUPPORTED_INFO,  /* with feature-not-implemented */
  PEAL_SECURITY_REQUIRED, /* with not-acceptable: not in the table, but in XEP-0166's section on
                           * security preconditions and in its example 39 */
  PEAL_N_CONDITIONS,
} PealCondition;

/* The element name of @condition: "tie-break", "bad-request". */
const char *peal_condition_name (PealCondition condition);

/* The <error/> element for @condition with optional @text (NULL or "": none); the type (cancel,
 * modify, auth, wait) is the one the specification recommends. Owned by the caller. */
xmpp_stanza_t *peal_condition_build (PealCondition condition, const char *text,
                                     xmpp_ctx_t *context);

/* Sets @error from a stanza of type error. A missing or unknown condition gives
 * PEAL_UNDEFINED_CONDITION (stanza.js sends such). The peer's text is cut at 200 bytes. */
void peal_condition_read (xmpp_stanza_t *stanza, GError **error);
