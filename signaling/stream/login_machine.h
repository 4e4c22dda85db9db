/* The inside of the login machine, for its own files alone: login.c, login_sasl.c, login_session.c.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/failure.h"
#include "signaling/stream/login.h"
#include "signaling/stream/sasl.h"
#include "signaling/stream/stream_wire.h"

typedef enum {
  PEAL_LOGIN_AT_HEADER = 1, /* of the stream that SASL runs on */
  PEAL_LOGIN_AT_FEATURES,
  PEAL_LOGIN_AT_CHALLENGE,
  PEAL_LOGIN_AT_KEY,
  PEAL_LOGIN_AT_SUCCESS,
  PEAL_LOGIN_AT_SECOND_HEADER,
  PEAL_LOGIN_AT_SECOND_FEATURES,
  PEAL_LOGIN_AT_RESUMED,
  PEAL_LOGIN_AT_BOUND,
  PEAL_LOGIN_AT_ENABLED,
  PEAL_LOGIN_AT_END,
  PEAL_LOGIN_N_STATES,
} PealLoginState;

/* The two profiles of SASL: RFC 6120 §6 and XEP-0388. */
typedef struct {
  const PealElement *challenge, *response, *failure;
  PealLoginTurn (*succeeded) (PealLogin *login, xmpp_stanza_t *element, GString *out,
                              GError **error);
} PealLoginProfile;

struct PealLogin {
  PealLoginSetup setup;
  char *bare, *user, *domain, *resource;
  PealLoginState state;
  const PealLoginProfile *profile; /* the one under way */
  PealFeatures *features;          /* of the stream that SASL runs on */
  GPtrArray *offered, *types;      /* of char *, in @features; end with NULL */
  PealSasl *sasl;
  const PealSalt *missing;
  char *challenge;                                  /* waits for the key */
  gboolean asks_resume, asks_bind, asks_management; /* in <authenticate/> */
  gboolean has_management;
  gboolean said_resume, said_bind, said_enable; /* ahead of the features */
  char *jid;
};

/* The only assignment to ->state. */
void peal_login_enter (PealLogin *login, PealLoginState state);

/* What is neither expected nor understood here: no way on. */
PealLoginTurn peal_login_fail (PealLogin *login, xmpp_stanza_t *element, GError **error);

void peal_login_say (PealLogin *login, GString *out, const PealElement *element,
                     gconstpointer value);

/* login_sasl.c: the features came; a challenge, a success or a refusal may have come. */
PealLoginTurn peal_login_authenticate (PealLogin *login, xmpp_stanza_t *element, GString *out,
                                       GError **error);
PealLoginTurn peal_login_exchange (PealLogin *login, xmpp_stanza_t *element, GString *out,
                                   GError **error);

/* login_session.c: what to ask for along with SASL2, and what became of it; then each answer on the
 * way to a session without it. */
void peal_login_ask_inside (PealLogin *login, PealAuthenticate *authenticate);
PealLoginTurn peal_login_settle (PealLogin *login, const PealSuccess2 *success, GError **error);
PealLoginTurn peal_login_resume_or_bind (PealLogin *login, xmpp_stanza_t *element, GString *out,
                                         GError **error);
PealLoginTurn peal_login_resumed (PealLogin *login, xmpp_stanza_t *element, GString *out,
                                  GError **error);
PealLoginTurn peal_login_bound (PealLogin *login, xmpp_stanza_t *element, GString *out,
                                GError **error);
PealLoginTurn peal_login_enabled (PealLogin *login, xmpp_stanza_t *element, GError **error);
