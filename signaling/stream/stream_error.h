/* What a server means that ends the stream by <stream:error/> (RFC 6120 §4.9.3), before TLS or
 * after. */
// SPDX-License-Identifier: MIT
#pragma once

#include <strophe.h>

#include "signaling/stream/failure.h"

/* For the sentence. */
typedef struct {
  const char *where;  /* "xmpp.example.org:5222" */
  const char *domain; /* that we asked for */
  const char *self;   /* our address */
} PealStreamParties;

gboolean peal_stream_error_is (xmpp_stanza_t *element);

/* The error of @element (peal_stream_error_is), owned: PEAL_FAILURE_HOST_UNKNOWN, _CONFLICT,
 * _SEE_OTHER_HOST or _STREAM_ERROR. *@hopeless: another try would end likewise; NULL: do not say.
 */
GError *peal_stream_error_read (xmpp_stanza_t *element, const PealStreamParties *parties,
                                gboolean *hopeless);
