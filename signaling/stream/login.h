/* From the first stream features to a session: SASL, then resume (XEP-0198) or bind and enable; in
 * one breath where the server can (XEP-0388, XEP-0386). A pure machine.
 *
 * In: stream headers and elements. Out: text to write, and what is to be done next. It knows no
 * link and no clock; whoever drives it gives each peal_login_awaits its deadline. */
// SPDX-License-Identifier: MIT
#pragma once

#include <strophe.h>

#include "signaling/stream/secret.h"
#include "signaling/stream/sm.h"
#include "signaling/stream/tap.h"

typedef struct {
  xmpp_ctx_t *context;
  const char *bare;      /* our address, prepared */
  const char *resource;  /* wanted; NULL: the server's choice */
  gboolean any_resource; /* one that the server makes up will do as well */
  PealSecret *secret;
  gboolean secured;          /* the link is encrypted and its certificate was verified */
  gboolean certified;        /* the server was shown a certificate of ours */
  GBytes *exporter, *unique; /* channel binding data of the link (referenced); NULL: none */
  PealSm *sm;                /* resumed if it has an id; must outlive the login */
  PealTap tap;
} PealLoginSetup;

typedef enum {
  PEAL_LOGIN_WAIT = 1, /* for the next header or element */
  PEAL_LOGIN_EARLY,    /* likewise; the element is a stanza for the session that is about to be */
  PEAL_LOGIN_DERIVE,   /* peal_secret_derive (peal_login_missing), then peal_login_go_on */
  PEAL_LOGIN_RESTART,  /* a new stream begins: restart the reader, write a header */
  PEAL_LOGIN_BOUND,    /* done: a new session as peal_login_jid */
  PEAL_LOGIN_RESUMED,  /* done: the session of before */
  PEAL_LOGIN_FAILED, /* @error of domain PEAL_CAUSE: AUTH, SECURITY, CONNECT (worth another try) */
} PealLoginTurn;

typedef struct PealLogin PealLogin;

/* Strings are copied. */
PealLogin *peal_login_new (const PealLoginSetup *setup);
void peal_login_free (PealLogin *login);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealLogin, peal_login_free)

/* The server's stream header came. */
void peal_login_header (PealLogin *login);

/* A top-level element came (borrowed). What is to be written is appended to @say; write it before
 * acting on the turn. */
PealLoginTurn peal_login_hear (PealLogin *login, xmpp_stanza_t *element, GString *say,
                               GError **error);

/* The salt whose key must be derived, and the way on once it was. */
const PealSalt *peal_login_missing (const PealLogin *login);
PealLoginTurn peal_login_go_on (PealLogin *login, GString *say, GError **error);

/* After PEAL_LOGIN_RESTART and our header: what can be said before the server's, because it offered
 * the same before in this process; it saves a round trip, or two (XEP-0305). One element is
 * appended to @out at each call; FALSE: there is none. */
gboolean peal_login_ahead (PealLogin *login, GString *out);

/* What the server owes us now, for "… did not come": "the SASL challenge". */
const char *peal_login_awaits (const PealLogin *login);

/* Our full address; NULL before it is bound, and after a resume (it is that of before). */
const char *peal_login_jid (const PealLogin *login);
