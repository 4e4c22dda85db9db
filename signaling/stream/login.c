/* The login machine. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/login.h"

#include <string.h>

#include "signaling/stream/failure.h"
#include "signaling/stream/sasl.h"
#include "signaling/stream/stream_wire.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

typedef enum {
  HEADER = 1, /* of the stream that SASL runs on */
  FEATURES,
  CHALLENGE,
  DERIVING,
  SUCCESS,
  SECOND_HEADER,
  SECOND_FEATURES,
  RESUMED,
  BOUND,
  ENABLED,
  DONE,
  N_STATES,
} State;

struct PealLogin {
  PealLoginSetup setup;
  char *bare, *user, *domain, *resource;
  State state;
  PealSasl *sasl;
  const PealSalt *missing;
  char *challenge; /* waits for the key */
  gboolean has_management;
  char *jid;
};

static const char *const awaited[N_STATES] = {
  [HEADER] = "the stream header",
  [FEATURES] = "the stream features",
  [CHALLENGE] = "the SASL challenge",
  [DERIVING] = "our own key", /* no deadline of the server's: bounded by the rounds */
  [SUCCESS] = "the SASL success",
  [SECOND_HEADER] = "the stream header after the login",
  [SECOND_FEATURES] = "the stream features after the login",
  [RESUMED] = "the answer to <resume/>",
  [BOUND] = "the answer to <bind/>",
  [ENABLED] = "the answer to <enable/>",
  [DONE] = "nothing",
};

static const char *const words[N_STATES] = {
  "",         "header",  "features",      "challenge",
  "deriving", "success", "second-header", "second-features",
  "resumed",  "bound",   "enabled",       "done",
};

/* The only assignment to ->state. */
static void
enter (PealLogin *login, State state)
{
  peal_tap_transition (&login->setup.tap, "login", words[login->state], words[state]);
  login->state = state;
}

PealLogin *
peal_login_new (const PealLoginSetup *setup)
{
  PealLogin *login = g_new0 (PealLogin, 1);
  login->setup = *setup;
  login->setup.secret = peal_secret_ref (setup->secret);
  login->bare = g_strdup (setup->bare);
  login->user = peal_jid_local (setup->bare);
  login->domain = peal_jid_domain (setup->bare);
  login->resource = g_strdup (setup->resource);
  enter (login, HEADER);
  return login;
}

void
peal_login_free (PealLogin *login)
{
  if (!login)
    return;
  peal_sasl_free (login->sasl);
  peal_secret_unref (login->setup.secret);
  g_free (login->challenge);
  g_free (login->bare);
  g_free (login->user);
  g_free (login->domain);
  g_free (login->resource);
  g_free (login->jid);
  g_free (login);
}

const char *
peal_login_awaits (const PealLogin *login)
{
  return awaited[login->state];
}

const char *
peal_login_jid (const PealLogin *login)
{
  return login->jid;
}

const PealSalt *
peal_login_missing (const PealLogin *login)
{
  return login->missing;
}

void
peal_login_header (PealLogin *login)
{
  if (login->state == HEADER)
    enter (login, FEATURES);
  else if (login->state == SECOND_HEADER)
    enter (login, SECOND_FEATURES);
}

/* What is neither expected nor understood here: no way on. */
static PealLoginTurn
fail (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  peal_failure_set (
      error, PEAL_FAILURE_NOT_XMPP,
      "%s sent <%s/> where it owed %s; it may be broken, or no XMPP server: see --trace",
      login->domain, xmpp_stanza_get_name (element), awaited[login->state]);
  return PEAL_LOGIN_FAILED;
}

static void
say (PealLogin *login, GString *out, const PealElement *element, gconstpointer value)
{
  peal_wire_append (out, element, value, login->setup.context);
}

/* --- SASL --- */

static PealLoginTurn
authenticate (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  PealFeatures *features = peal_element_parse (&peal_wire_features, element, NULL, NULL);
  if (!features)
    return fail (login, element, error);
  GPtrArray *list = features->mechanisms ? features->mechanisms->list : NULL;
  for (guint i = 0; list && i < list->len; i++)
    g_ptr_array_add (names, ((PealMechanism *) list->pdata[i])->name);
  g_ptr_array_add (names, NULL);
  PealSaslSetup setup = { .user = login->user,
                          .domain = login->domain,
                          .secret = login->setup.secret,
                          .secured = login->setup.secured };
  login->sasl = peal_sasl_start (&setup, (const char *const *) names->pdata, error);
  peal_element_free (&peal_wire_features, features);
  if (!login->sasl)
    return PEAL_LOGIN_FAILED;
  PealSaslData auth = { .mechanism = (char *) peal_sasl_mechanism (login->sasl),
                        .data = (char *) peal_sasl_initial (login->sasl) };
  say (login, out, &peal_wire_auth, &auth);
  enter (login, CHALLENGE);
  return PEAL_LOGIN_WAIT;
}

static PealLoginTurn
respond (PealLogin *login, GString *out, GError **error)
{
  g_autofree char *data = peal_sasl_step (login->sasl, login->challenge, error);
  if (!data)
    return PEAL_LOGIN_FAILED;
  say (login, out, &peal_wire_response, &(PealSaslData) { .data = data });
  enter (login, SUCCESS);
  return PEAL_LOGIN_WAIT;
}

static PealLoginTurn
challenged (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  PealSaslData *challenge = peal_element_parse (&peal_wire_challenge, element, NULL, NULL);
  if (!challenge)
    return fail (login, element, error);
  g_free (login->challenge);
  login->challenge = g_strdup (challenge->data ? challenge->data : "");
  peal_element_free (&peal_wire_challenge, challenge);
  if (!peal_sasl_look (login->sasl, login->challenge, &login->missing, error))
    return PEAL_LOGIN_FAILED;
  if (!login->missing)
    return respond (login, out, error);
  enter (login, DERIVING);
  return PEAL_LOGIN_DERIVE;
}

PealLoginTurn
peal_login_go_on (PealLogin *login, GString *out, GError **error)
{
  g_assert (login->state == DERIVING);
  login->missing = NULL;
  return respond (login, out, error);
}

static PealLoginTurn
succeeded (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  PealSaslData *success = peal_element_parse (&peal_wire_success, element, NULL, NULL);
  if (!success)
    return fail (login, element, error);
  gboolean proved = peal_sasl_finish (login->sasl, success->data, error);
  peal_element_free (&peal_wire_success, success);
  g_clear_pointer (&login->sasl, peal_sasl_free);
  if (!proved)
    return PEAL_LOGIN_FAILED;
  enter (login, SECOND_HEADER);
  return PEAL_LOGIN_RESTART;
}

/* What each refusal (RFC 6120 §6.5) means: who, the account, and what it said are filled in. */
static const struct {
  PealFailure failure;
  const char *sentence; /* domain, our address, word and text */
} refusals[] = {
  [PEAL_SASL_FAILURE_UNKNOWN] = { PEAL_FAILURE_AUTH_REFUSED,
                                  "%s refuses to log %s in (%s); ask its administrator" },
  [PEAL_SASL_ABORTED] = { PEAL_FAILURE_AUTH_REFUSED,
                          "%s says that the login of %s was given up (%s); try again" },
  [PEAL_SASL_ACCOUNT_DISABLED] = { PEAL_FAILURE_ACCOUNT_DISABLED,
                                   "%s has disabled the account %s (%s); ask its administrator" },
  [PEAL_SASL_CREDENTIALS_EXPIRED] = { PEAL_FAILURE_CREDENTIALS_EXPIRED,
                                      "%s says that the password of %s has expired (%s); set a new "
                                      "one there, then here with peal account add" },
  [PEAL_SASL_ENCRYPTION_REQUIRED] = { PEAL_FAILURE_AUTH_REFUSED, "%s logs %s in over an encrypted "
                                                                 "link only (%s); connect with "
                                                                 "--tls starttls or --tls direct" },
  [PEAL_SASL_INCORRECT_ENCODING] = { PEAL_FAILURE_AUTH_REFUSED,
                                     "%s cannot read the login of %s (%s), which is base64 as RFC "
                                     "6120 wants it; it may be broken" },
  [PEAL_SASL_INVALID_AUTHZID] = { PEAL_FAILURE_AUTH_REFUSED,
                                  "%s does not let these credentials act for %s (%s); check the "
                                  "address" },
  [PEAL_SASL_INVALID_MECHANISM] = { PEAL_FAILURE_NO_MECHANISM, "%s does not take the way to log in "
                                                               "that it offered %s (%s); ask "
                                                               "its administrator" },
  [PEAL_SASL_MALFORMED_REQUEST] = { PEAL_FAILURE_AUTH_REFUSED,
                                    "%s does not understand the login of %s (%s); see --trace" },
  [PEAL_SASL_MECHANISM_TOO_WEAK] = { PEAL_FAILURE_NO_MECHANISM,
                                     "%s wants a stronger way to log %s in than it offers and peal "
                                     "knows (%s); ask its administrator" },
  [PEAL_SASL_NOT_AUTHORIZED] = { PEAL_FAILURE_PASSWORD, "%s does not accept the password of %s "
                                                        "(%s); check both, or set the "
                                                        "password anew with peal account add" },
  [PEAL_SASL_TEMPORARY_AUTH_FAILURE] = { PEAL_FAILURE_AUTH_TEMPORARY,
                                         "%s cannot check the password of %s at present (%s); try "
                                         "again later" },
};

static PealLoginTurn
refused (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  PealSaslFailure *failure = peal_element_parse (&peal_wire_sasl_failure, element, NULL, NULL);
  if (!failure)
    return fail (login, element, error);
  PealSaslCondition condition = failure->condition ? failure->condition : PEAL_SASL_FAILURE_UNKNOWN;
  const char *word = peal_sasl_condition_words[condition];
  g_autofree char *text = failure->text && *failure->text
                              ? g_strdup_printf ("%s: %s", word, failure->text)
                              : g_strdup (word);
  peal_element_free (&peal_wire_sasl_failure, failure);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* rows above */
  peal_failure_set (error, refusals[condition].failure, refusals[condition].sentence, login->domain,
                    login->bare, text);
#pragma GCC diagnostic pop
  return PEAL_LOGIN_FAILED;
}

/* A challenge, success or failure may each come wherever one of them may. */
static PealLoginTurn
exchange (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  if (peal_element_matches (&peal_wire_challenge, element))
    return challenged (login, element, out, error);
  if (peal_element_matches (&peal_wire_success, element))
    return succeeded (login, element, error);
  return refused (login, element, error);
}

/* --- the session --- */

static PealLoginTurn
bind (PealLogin *login, GString *out)
{
  PealBind ask = { .resource = login->resource };
  PealBindIq iq = { .type = (char *) "set", .id = (char *) "bind", .bind = &ask };
  say (login, out, &peal_wire_bind_iq, &iq);
  enter (login, BOUND);
  return PEAL_LOGIN_WAIT;
}

static PealLoginTurn
resume_or_bind (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  PealFeatures *features = peal_element_parse (&peal_wire_features, element, NULL, NULL);
  if (!features)
    return fail (login, element, error);
  login->has_management = features->management;
  gboolean can_bind = features->bind;
  peal_element_free (&peal_wire_features, features);
  if (login->has_management && login->setup.sm->id) {
    PealCount resume = { .h = login->setup.sm->heard, .previous = login->setup.sm->id };
    say (login, out, &peal_wire_resume, &resume);
    enter (login, RESUMED);
    return PEAL_LOGIN_WAIT;
  }
  if (can_bind)
    return bind (login, out);
  peal_failure_set (error, PEAL_FAILURE_NO_BIND,
                    "%s lets nobody bind a resource (RFC 6120 §7), so there is no session; ask its "
                    "administrator",
                    login->domain);
  return PEAL_LOGIN_FAILED;
}

static PealLoginTurn
resumed (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  if (peal_element_matches (&peal_wire_failed, element)) {
    PealCount *count = peal_element_parse (&peal_wire_failed, element, NULL, NULL);
    guint32 h = count && count->h >= 0 ? count->h : 0;
    peal_sm_refuse (login->setup.sm, count && count->h >= 0 ? &h : NULL);
    peal_element_free (&peal_wire_failed, count);
    return bind (login, out);
  }
  PealCount *count = peal_element_parse (&peal_wire_resumed, element, NULL, NULL);
  if (!count)
    return fail (login, element, error);
  g_autoptr(GError) why = NULL;
  gboolean good = peal_sm_resume (login->setup.sm, count->h, &why);
  peal_element_free (&peal_wire_resumed, count);
  if (!good) {
    peal_failure_set (error, PEAL_FAILURE_RESUME, "%s: %s; logging in anew", login->domain,
                      why->message);
    peal_sm_refuse (login->setup.sm, NULL); /* the next try binds anew */
    return PEAL_LOGIN_FAILED;
  }
  enter (login, DONE);
  return PEAL_LOGIN_RESUMED;
}

static PealLoginTurn
bind_refused (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  g_autoptr(GError) why = NULL;
  peal_condition_read (element, &why);
  if (login->resource) { /* in use, or not to the server's liking: let it choose */
    g_clear_pointer (&login->resource, g_free);
    return bind (login, out);
  }
  peal_failure_set (error, PEAL_FAILURE_BIND_REFUSED,
                    "%s gives no resource to %s (%s); it may allow fewer logins at a time",
                    login->domain, login->bare, why->message);
  return PEAL_LOGIN_FAILED;
}

static PealLoginTurn
bound (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  g_autoptr(GError) why = NULL;
  PealBindIq *iq = peal_element_parse (&peal_wire_bind_iq, element, NULL, NULL);
  gboolean ours = iq && g_strcmp0 (iq->id, "bind") == 0;
  gboolean is_error = ours && strcmp (iq->type, "error") == 0;
  login->jid = ours && iq->bind && iq->bind->jid ? peal_jid_prepare (iq->bind->jid, &why) : NULL;
  peal_element_free (&peal_wire_bind_iq, iq);
  if (is_error)
    return bind_refused (login, element, out, error);
  if (!login->jid || !peal_jid_is_full (login->jid)) {
    g_clear_pointer (&login->jid, g_free);
    return fail (login, element, error);
  }
  peal_sm_begin (login->setup.sm);
  if (!login->has_management) {
    enter (login, DONE);
    return PEAL_LOGIN_BOUND;
  }
  say (login, out, &peal_wire_enable, &(PealEnable) { .resume = TRUE });
  enter (login, ENABLED);
  return PEAL_LOGIN_WAIT;
}

static PealLoginTurn
enabled (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  if (g_strcmp0 (xmpp_stanza_get_ns (element), PEAL_NS_CLIENT) == 0) /* others know us already */
    return PEAL_LOGIN_EARLY;
  if (!peal_element_matches (&peal_wire_failed, element)) { /* refused: go on without it */
    PealEnable *enable = peal_element_parse (&peal_wire_enabled, element, NULL, NULL);
    if (!enable)
      return fail (login, element, error);
    peal_sm_enable (login->setup.sm, enable->resume ? enable->id : NULL);
    peal_element_free (&peal_wire_enabled, enable);
  }
  enter (login, DONE);
  return PEAL_LOGIN_BOUND;
}

PealLoginTurn
peal_login_hear (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  switch (login->state) {
  case FEATURES:
    return authenticate (login, element, out, error);
  case CHALLENGE:
  case SUCCESS:
    return exchange (login, element, out, error);
  case SECOND_FEATURES:
    return resume_or_bind (login, element, out, error);
  case RESUMED:
    return resumed (login, element, out, error);
  case BOUND:
    return bound (login, element, out, error);
  case ENABLED:
    return enabled (login, element, error);
  default:
    return fail (login, element, error);
  }
}
