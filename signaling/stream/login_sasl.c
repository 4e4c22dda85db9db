/* The part of the login machine that proves who we are, by either profile of SASL. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/stream/login_machine.h"

/* --- what the server offers --- */

static gboolean
read_features (PealLogin *login, xmpp_stanza_t *element)
{
  PealFeatures *features = peal_element_parse (&peal_wire_features, element, NULL, NULL);
  if (!features)
    return FALSE;
  login->features = features;
  login->offered = g_ptr_array_new ();
  GPtrArray *list = features->mechanisms ? features->mechanisms->list : NULL;
  if (features->authentication && features->authentication->list)
    list = features->authentication->list;
  for (guint i = 0; list && i < list->len; i++)
    g_ptr_array_add (login->offered, ((PealMechanism *) list->pdata[i])->name);
  g_ptr_array_add (login->offered, NULL);
  if (!features->bindings)
    return TRUE;
  login->types = g_ptr_array_new ();
  list = features->bindings->list;
  for (guint i = 0; list && i < list->len; i++)
    g_ptr_array_add (login->types, ((PealBindingType *) list->pdata[i])->type);
  g_ptr_array_add (login->types, NULL);
  return TRUE;
}

static PealSasl *
start_sasl (PealLogin *login, GError **error)
{
  PealSecret *secret = login->setup.secret;
  PealSaslSetup setup = {
    .user = login->user,
    .bare = login->bare,
    .secret = secret,
    .offer = { .domain = login->domain,
               .offered = (const char *const *) login->offered->pdata,
               .types = login->types ? (const char *const *) login->types->pdata : NULL,
               .exporter = login->setup.exporter,
               .unique = login->setup.unique,
               .secured = login->setup.secured,
               .certified = login->setup.certified,
               .has_password = peal_secret_password (secret) != NULL,
               .least = peal_secret_memory (secret)->proof },
  };
  return peal_sasl_start (&setup, error);
}

/* --- the two profiles --- */

static PealLoginTurn succeeded (PealLogin *login, xmpp_stanza_t *element, GString *out,
                                GError **error);
static PealLoginTurn succeeded2 (PealLogin *login, xmpp_stanza_t *element, GString *out,
                                 GError **error);

static const PealLoginProfile sasl = { .challenge = &peal_wire_challenge,
                                       .response = &peal_wire_response,
                                       .failure = &peal_wire_sasl_failure,
                                       .succeeded = succeeded };
static const PealLoginProfile sasl2 = { .challenge = &peal_wire_challenge2,
                                        .response = &peal_wire_response2,
                                        .failure = &peal_wire_failure2,
                                        .succeeded = succeeded2 };

static void
say_auth (PealLogin *login, GString *out)
{
  const char *initial = peal_sasl_initial (login->sasl);
  PealSaslData auth = { .mechanism = (char *) peal_sasl_way (login->sasl)->name,
                        .data = (char *) (*initial ? initial : "=") }; /* RFC 6120 §6.4.2 */
  peal_login_say (login, out, &peal_wire_auth, &auth);
}

static void
say_authenticate (PealLogin *login, GString *out)
{
  PealUserAgent agent = { .id = peal_secret_memory (login->setup.secret)->agent,
                          .software = (char *) "peal" };
  PealEnable enable = { .resume = TRUE };
  PealBind2 bind = { .tag = (char *) "peal", .enable = &enable };
  PealCount resume = { .h = -1 };
  PealAuthenticate authenticate = { .mechanism = (char *) peal_sasl_way (login->sasl)->name,
                                    .data = (char *) peal_sasl_initial (login->sasl),
                                    .agent = &agent,
                                    .bind = &bind,
                                    .resume = &resume };
  peal_login_ask_inside (login, &authenticate);
  peal_login_say (login, out, &peal_wire_authenticate, &authenticate);
}

PealLoginTurn
peal_login_authenticate (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  if (!read_features (login, element))
    return peal_login_fail (login, element, error);
  login->sasl = start_sasl (login, error);
  if (!login->sasl)
    return PEAL_LOGIN_FAILED;
  gboolean newer = login->features->authentication && login->features->authentication->list;
  login->profile = newer ? &sasl2 : &sasl;
  if (newer)
    say_authenticate (login, out);
  else
    say_auth (login, out);
  /* Where there is nothing left to ask the next thing owed is the success. */
  gboolean is_scram = peal_sasl_way (login->sasl)->hash != PEAL_HASH_NONE;
  peal_login_enter (login, is_scram ? PEAL_LOGIN_AT_CHALLENGE : PEAL_LOGIN_AT_SUCCESS);
  return PEAL_LOGIN_WAIT;
}

/* --- challenges --- */

static PealLoginTurn
respond (PealLogin *login, GString *out, GError **error)
{
  g_autofree char *data = peal_sasl_step (login->sasl, login->challenge, error);
  if (!data)
    return PEAL_LOGIN_FAILED;
  peal_login_say (login, out, login->profile->response, &(PealSaslData) { .data = data });
  explicit_bzero (data, strlen (data));
  peal_login_enter (login, PEAL_LOGIN_AT_SUCCESS);
  return PEAL_LOGIN_WAIT;
}

static PealLoginTurn
challenged (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  const PealElement *table = login->profile->challenge;
  PealSaslData *challenge = peal_element_parse (table, element, NULL, NULL);
  if (!challenge)
    return peal_login_fail (login, element, error);
  g_free (login->challenge);
  login->challenge = g_strdup (challenge->data ? challenge->data : "");
  peal_element_free (table, challenge);
  if (!peal_sasl_look (login->sasl, login->challenge, &login->missing, error))
    return PEAL_LOGIN_FAILED;
  if (!login->missing)
    return respond (login, out, error);
  peal_login_enter (login, PEAL_LOGIN_AT_KEY);
  return PEAL_LOGIN_DERIVE;
}

PealLoginTurn
peal_login_go_on (PealLogin *login, GString *out, GError **error)
{
  g_assert (login->state == PEAL_LOGIN_AT_KEY);
  login->missing = NULL;
  return respond (login, out, error);
}

/* --- the end --- */

/* From here on what the server says is believed. */
static gboolean
finish (PealLogin *login, const char *data, GError **error)
{
  if (!peal_sasl_finish (login->sasl, data, error))
    return FALSE;
  PealMemory *memory = peal_secret_memory (login->setup.secret);
  memory->proof = MAX (memory->proof, peal_sasl_way (login->sasl)->proof);
  g_clear_pointer (&login->sasl, peal_sasl_free);
  return TRUE;
}

static PealLoginTurn
succeeded (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  PealSaslData *success = peal_element_parse (&peal_wire_success, element, NULL, NULL);
  if (!success)
    return peal_login_fail (login, element, error);
  gboolean proved = finish (login, success->data, error);
  peal_element_free (&peal_wire_success, success);
  if (!proved)
    return PEAL_LOGIN_FAILED;
  peal_login_enter (login, PEAL_LOGIN_AT_SECOND_HEADER);
  return PEAL_LOGIN_RESTART;
}

/* XEP-0388 §2.6.3 */
static PealLoginTurn
wants_more (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  PealContinue *more = peal_element_parse (&peal_wire_continue, element, NULL, NULL);
  g_autoptr(GString) names = g_string_new (NULL);
  GPtrArray *list = more && more->tasks ? more->tasks->list : NULL;
  for (guint i = 0; list && i < list->len; i++)
    g_string_append_printf (names, "%s%s", i ? ", " : "", ((PealTask *) list->pdata[i])->name);
  g_autofree char *said = peal_failure_quote (names->str, 200);
  peal_failure_set (
      error, PEAL_FAILURE_AUTH_REFUSED,
      "%s wants more of %s than the password (%s%s%s), which peal cannot give; ask for "
      "a password for applications",
      login->domain, login->bare, *said ? said : "something", more && more->text ? ": " : "",
      more && more->text ? more->text : "");
  peal_element_free (&peal_wire_continue, more);
  return PEAL_LOGIN_FAILED;
}

static PealLoginTurn
succeeded2 (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  if (peal_element_matches (&peal_wire_continue, element))
    return wants_more (login, element, error);
  PealSuccess2 *success = peal_element_parse (&peal_wire_success2, element, NULL, NULL);
  if (!success)
    return peal_login_fail (login, element, error);
  PealLoginTurn turn = PEAL_LOGIN_FAILED;
  if (finish (login, success->data, error))
    turn = peal_login_settle (login, success, error);
  peal_element_free (&peal_wire_success2, success);
  return turn;
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

/* A refusal that is about more than the password, by the mechanism it is about. */
static gboolean
refused_for_binding (const PealWayIn *way, PealSaslCondition condition, const char *text)
{
  if (way->proof != PEAL_PROOF_BOUND || way->external)
    return FALSE;
  return condition == PEAL_SASL_MALFORMED_REQUEST || strstr (text, "channel") != NULL;
}

static void
explain (PealLogin *login, PealSaslCondition condition, const char *text, GError **error)
{
  const PealWayIn *way = peal_sasl_way (login->sasl);
  gboolean not_us = condition == PEAL_SASL_NOT_AUTHORIZED || condition == PEAL_SASL_INVALID_AUTHZID;
  if (way->external && not_us) {
    peal_failure_set (
        error, PEAL_FAILURE_CERTIFICATE_LOGIN,
        "%s does not take our certificate for %s (%s); ask its administrator, or log in "
        "by password without --certificate",
        login->domain, login->bare, text);
  } else if (refused_for_binding (way, condition, text)) {
    peal_failure_set (
        error, PEAL_FAILURE_BINDING,
        "%s sees the end of another TLS connection than ours (%s, %s): somebody is in "
        "between; try another network",
        login->domain, way->name, text);
  } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* rows above */
    peal_failure_set (error, refusals[condition].failure, refusals[condition].sentence,
                      login->domain, login->bare, text);
#pragma GCC diagnostic pop
  }
}

static PealLoginTurn
refused (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  const PealElement *table = login->profile->failure;
  PealSaslFailure *failure = peal_element_parse (table, element, NULL, NULL);
  if (!failure)
    return peal_login_fail (login, element, error);
  PealSaslCondition condition = failure->condition ? failure->condition : PEAL_SASL_FAILURE_UNKNOWN;
  const char *word = peal_sasl_condition_words[condition];
  g_autofree char *text = failure->text && *failure->text
                              ? g_strdup_printf ("%s: %s", word, failure->text)
                              : g_strdup (word);
  peal_element_free (table, failure);
  explain (login, condition, text, error);
  return PEAL_LOGIN_FAILED;
}

/* A challenge, success or failure may each come wherever one of them may. */
PealLoginTurn
peal_login_exchange (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  const PealLoginProfile *profile = login->profile;
  if (peal_element_matches (profile->challenge, element))
    return challenged (login, element, out, error);
  if (peal_element_matches (profile->failure, element))
    return refused (login, element, error);
  return profile->succeeded (login, element, out, error);
}
