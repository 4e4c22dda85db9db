/* The table of the ways a login fails. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/failure.h"

#include <string.h>

static const struct {
  const char *word;
  PealCause cause;
} failures[PEAL_N_FAILURES] = {
  [PEAL_FAILURE_NO_PASSWORD] = { "no-password", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_NO_ADDRESS] = { "no-address", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_NO_RESOLVER] = { "no-resolver", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_NO_XMPP] = { "no-xmpp", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_PORT_REFUSED] = { "port-refused", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_NO_ROUTE] = { "no-route", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_SILENT] = { "silent", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_BROKEN] = { "broken", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_PROXY_DOWN] = { "proxy-down", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_PROXY_AUTH] = { "proxy-auth", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_PROXY_REFUSED] = { "proxy-refused", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_NO_TLS_HERE] = { "no-tls-here", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_NO_AUTHORITIES] = { "no-authorities", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_STARTTLS_MISSING] = { "starttls-missing", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_STARTTLS_REFUSED] = { "starttls-refused", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_STARTTLS_INJECTED] = { "starttls-injected", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_HANDSHAKE] = { "handshake", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_CERTIFICATE_UNKNOWN] = { "certificate-unknown", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_CERTIFICATE_HOST] = { "certificate-host", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_CERTIFICATE_EXPIRED] = { "certificate-expired", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_CERTIFICATE_EARLY] = { "certificate-early", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_CERTIFICATE_REVOKED] = { "certificate-revoked", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_CERTIFICATE_WEAK] = { "certificate-weak", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_CERTIFICATE_PIN] = { "certificate-pin", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_NOT_XMPP] = { "not-xmpp", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_HOST_UNKNOWN] = { "host-unknown", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_SEE_OTHER_HOST] = { "see-other-host", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_CONFLICT] = { "conflict", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_STREAM_ERROR] = { "stream-error", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_STREAM_CLOSED] = { "stream-closed", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_NO_MECHANISM] = { "no-mechanism", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_PLAIN_IN_CLEAR] = { "plain-in-clear", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_ROUNDS] = { "rounds", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_PASSWORD] = { "password", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_CERTIFICATE_LOGIN] = { "certificate-login", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_ACCOUNT_DISABLED] = { "account-disabled", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_CREDENTIALS_EXPIRED] = { "credentials-expired", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_AUTH_REFUSED] = { "auth-refused", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_AUTH_TEMPORARY] = { "auth-temporary", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_SERVER_PROOF] = { "server-proof", PEAL_CAUSE_AUTH },
  [PEAL_FAILURE_DOWNGRADE] = { "downgrade", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_BINDING] = { "binding", PEAL_CAUSE_SECURITY },
  [PEAL_FAILURE_NO_BIND] = { "no-bind", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_BIND_REFUSED] = { "bind-refused", PEAL_CAUSE_CONNECT },
  [PEAL_FAILURE_RESUME] = { "resume", PEAL_CAUSE_CONNECT },
};

const char *
peal_failure_word (PealFailure failure)
{
  g_assert (failure > PEAL_FAILURE_NONE && failure < PEAL_N_FAILURES);
  return failures[failure].word;
}

PealCause
peal_failure_cause (PealFailure failure)
{
  g_assert (failure > PEAL_FAILURE_NONE && failure < PEAL_N_FAILURES);
  return failures[failure].cause;
}

GError *
peal_failure_new_valist (PealFailure failure, const char *format, va_list arguments)
{
  GError *error =
      g_error_new_valist (PEAL_CAUSE, (gint) peal_failure_cause (failure), format, arguments);
  peal_cause_set_failure (error, failures[failure].word);
  return error;
}

GError *
peal_failure_new (PealFailure failure, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  GError *error = peal_failure_new_valist (failure, format, arguments);
  va_end (arguments);
  return error;
}

void
peal_failure_set (GError **error, PealFailure failure, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_propagate_error (error, peal_failure_new_valist (failure, format, arguments));
  va_end (arguments);
}

char *
peal_failure_quote (const char *said, gsize most)
{
  gsize length = strlen (said);
  if (length <= most)
    return g_utf8_make_valid (said, length);
  const char *end = g_utf8_find_prev_char (said, said + most + 1);
  g_autofree char *whole = g_utf8_make_valid (said, end ? end - said : 0);
  return g_strconcat (whole, "…", NULL);
}
