/* The login machine: its states, and which file goes on from each. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/login_machine.h"

#include "signaling/wire/jid.h"

static const char *const awaited[PEAL_LOGIN_N_STATES] = {
  [PEAL_LOGIN_AT_HEADER] = "the stream header",
  [PEAL_LOGIN_AT_FEATURES] = "the stream features",
  [PEAL_LOGIN_AT_CHALLENGE] = "the SASL challenge",
  [PEAL_LOGIN_AT_KEY] = "our own key", /* no deadline of the server's: bounded by the rounds */
  [PEAL_LOGIN_AT_SUCCESS] = "the SASL success",
  [PEAL_LOGIN_AT_SECOND_HEADER] = "the stream header after the login",
  [PEAL_LOGIN_AT_SECOND_FEATURES] = "the stream features after the login",
  [PEAL_LOGIN_AT_RESUMED] = "the answer to <resume/>",
  [PEAL_LOGIN_AT_BOUND] = "the answer to <bind/>",
  [PEAL_LOGIN_AT_ENABLED] = "the answer to <enable/>",
  [PEAL_LOGIN_AT_END] = "nothing",
};

static const char *const words[PEAL_LOGIN_N_STATES] = {
  "",         "header",  "features",      "challenge",
  "deriving", "success", "second-header", "second-features",
  "resumed",  "bound",   "enabled",       "done",
};

void
peal_login_enter (PealLogin *login, PealLoginState state)
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
  login->setup.exporter = setup->exporter ? g_bytes_ref (setup->exporter) : NULL;
  login->setup.unique = setup->unique ? g_bytes_ref (setup->unique) : NULL;
  login->bare = g_strdup (setup->bare);
  login->user = peal_jid_local (setup->bare);
  login->domain = peal_jid_domain (setup->bare);
  login->resource = g_strdup (setup->resource);
  peal_login_enter (login, PEAL_LOGIN_AT_HEADER);
  return login;
}

void
peal_login_free (PealLogin *login)
{
  if (!login)
    return;
  peal_sasl_free (login->sasl);
  g_clear_pointer (&login->offered, g_ptr_array_unref);
  g_clear_pointer (&login->types, g_ptr_array_unref);
  peal_element_free (&peal_wire_features, login->features);
  peal_secret_unref (login->setup.secret);
  g_clear_pointer (&login->setup.exporter, g_bytes_unref);
  g_clear_pointer (&login->setup.unique, g_bytes_unref);
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
  if (login->state == PEAL_LOGIN_AT_HEADER)
    peal_login_enter (login, PEAL_LOGIN_AT_FEATURES);
  else if (login->state == PEAL_LOGIN_AT_SECOND_HEADER)
    peal_login_enter (login, PEAL_LOGIN_AT_SECOND_FEATURES);
}

PealLoginTurn
peal_login_fail (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  peal_failure_set (
      error, PEAL_FAILURE_NOT_XMPP,
      "%s sent <%s/> where it owed %s; it may be broken, or no XMPP server: see --trace",
      login->domain, xmpp_stanza_get_name (element), awaited[login->state]);
  return PEAL_LOGIN_FAILED;
}

void
peal_login_say (PealLogin *login, GString *out, const PealElement *element, gconstpointer value)
{
  peal_wire_append (out, element, value, login->setup.context);
}

PealLoginTurn
peal_login_hear (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  gboolean is_stanza = g_strcmp0 (xmpp_stanza_get_ns (element), PEAL_NS_CLIENT) == 0;
  if (login->jid && is_stanza) /* others know us already */
    return PEAL_LOGIN_EARLY;
  switch (login->state) {
  case PEAL_LOGIN_AT_FEATURES:
    return peal_login_authenticate (login, element, out, error);
  case PEAL_LOGIN_AT_CHALLENGE:
  case PEAL_LOGIN_AT_SUCCESS:
    return peal_login_exchange (login, element, out, error);
  case PEAL_LOGIN_AT_SECOND_FEATURES:
    return peal_login_resume_or_bind (login, element, out, error);
  case PEAL_LOGIN_AT_RESUMED:
    return peal_login_resumed (login, element, out, error);
  case PEAL_LOGIN_AT_BOUND:
    return peal_login_bound (login, element, out, error);
  case PEAL_LOGIN_AT_ENABLED:
    return peal_login_enabled (login, element, error);
  default:
    return peal_login_fail (login, element, error);
  }
}
