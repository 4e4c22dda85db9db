/* SASL by gsasl, with the gaps it leaves closed: rounds bounded, the server's proof insisted on. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/sasl.h"

#include <gsasl.h>
#include <string.h>

#include "signaling/stream/failure.h"

/* Best first. The -PLUS forms come before these once a channel binding is chosen. */
static const struct {
  const char *name;
  PealHash hash;      /* of SCRAM */
  gboolean plaintext; /* tells the password: only over verified TLS */
} mechanisms[] = {
  { "SCRAM-SHA-256", PEAL_HASH_SHA256, FALSE },
  { "SCRAM-SHA-1", PEAL_HASH_SHA1, FALSE },
  { "PLAIN", PEAL_HASH_NONE, TRUE },
};

struct PealSasl {
  PealSaslSetup setup;
  guint mechanism; /* index */
  Gsasl *library;
  Gsasl_session *session;
  char *initial;
  PealSalt salt;
  int state; /* of gsasl: what the last step returned */
};

static int
answer (Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
  PealSasl *sasl = gsasl_session_hook_get (session);
  const char *key;
  switch (property) {
  case GSASL_AUTHID:
    return gsasl_property_set (session, property, sasl->setup.user);
  case GSASL_SCRAM_SALTED_PASSWORD:
    key = sasl->salt.salt ? peal_secret_key (sasl->setup.secret, &sasl->salt) : NULL;
    return key ? gsasl_property_set (session, property, key) : GSASL_NO_PASSWORD;
  case GSASL_PASSWORD: /* SCRAM never gets here: its key comes from above */
    if (!mechanisms[sasl->mechanism].plaintext)
      return GSASL_NO_PASSWORD;
    return gsasl_property_set (session, property, peal_secret_password (sasl->setup.secret));
  default: /* no authorization identity; no channel binding, else gsasl fails without -PLUS */
    return GSASL_NO_CALLBACK;
  }
}

static gboolean
choose (PealSasl *sasl, const char *const *offered, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (mechanisms); i++) {
    if (!g_strv_contains (offered, mechanisms[i].name))
      continue;
    sasl->mechanism = i;
    if (!mechanisms[i].plaintext || sasl->setup.secured)
      return TRUE;
    peal_failure_set (
        error, PEAL_FAILURE_PLAIN_IN_CLEAR,
        "%s wants the password itself (%s) over a link that is not encrypted, so it was not sent; "
        "connect with --tls starttls or --tls direct",
        sasl->setup.domain, mechanisms[i].name);
    return FALSE;
  }
  g_autofree char *list = g_strjoinv (", ", (char **) offered);
  peal_failure_set (
      error, PEAL_FAILURE_NO_MECHANISM,
      "%s offers no way to log in that peal knows (it offers: %s); ask its administrator for "
      "SCRAM-SHA-256 or SCRAM-SHA-1",
      sasl->setup.domain, *list ? list : "none");
  return FALSE;
}

/* One step of gsasl; what it allocates becomes ours. */
static char *
step (PealSasl *sasl, const char *input)
{
  char *output = NULL;
  sasl->state = gsasl_step64 (sasl->session, input, &output);
  char *copy = g_strdup (output && *output ? output : "");
  if (output) {
    explicit_bzero (output, strlen (output));
    gsasl_free (output);
  }
  return copy;
}

static gboolean
alive (const PealSasl *sasl)
{
  return sasl->state == GSASL_OK || sasl->state == GSASL_NEEDS_MORE;
}

PealSasl *
peal_sasl_start (const PealSaslSetup *setup, const char *const *offered, GError **error)
{
  g_autoptr(PealSasl) sasl = g_new0 (PealSasl, 1);
  sasl->setup = *setup;
  if (!choose (sasl, offered, error))
    return NULL;
  const char *name = mechanisms[sasl->mechanism].name;
  int rc = gsasl_init (&sasl->library);
  if (rc == GSASL_OK) {
    gsasl_callback_set (sasl->library, answer);
    rc = gsasl_client_start (sasl->library, name, &sasl->session);
  }
  if (rc == GSASL_OK) {
    gsasl_session_hook_set (sasl->session, sasl);
    sasl->initial = step (sasl, NULL);
    rc = alive (sasl) ? GSASL_OK : sasl->state;
  }
  if (rc != GSASL_OK) {
    peal_failure_set (error, PEAL_FAILURE_NO_MECHANISM, "%s cannot begin: %s", name,
                      gsasl_strerror (rc));
    return NULL;
  }
  if (!*sasl->initial) { /* RFC 6120 §6.4.2 */
    g_free (sasl->initial);
    sasl->initial = g_strdup ("=");
  }
  return g_steal_pointer (&sasl);
}

void
peal_sasl_free (PealSasl *sasl)
{
  if (!sasl)
    return;
  if (sasl->initial)
    explicit_bzero (sasl->initial, strlen (sasl->initial));
  g_free (sasl->initial);
  if (sasl->session)
    gsasl_finish (sasl->session);
  if (sasl->library)
    gsasl_done (sasl->library);
  peal_salt_clear (&sasl->salt);
  g_free (sasl);
}

const char *
peal_sasl_mechanism (const PealSasl *sasl)
{
  return mechanisms[sasl->mechanism].name;
}

const char *
peal_sasl_initial (const PealSasl *sasl)
{
  return sasl->initial;
}

/* r=…,s=…,i=… (RFC 5802 §7 server-first-message). What is malformed is left to gsasl to refuse.
 * Returns the rounds as they were sent, owned. */
static char *
read_salt (PealSasl *sasl, const char *challenge)
{
  gsize length;
  g_autofree guchar *bytes = g_base64_decode (challenge, &length);
  g_autofree char *text = g_strndup ((const char *) bytes, length);
  g_auto(GStrv) attributes = g_strsplit (text, ",", 8);
  char *rounds = NULL;
  for (guint i = 0; attributes[i]; i++) {
    if (g_str_has_prefix (attributes[i], "s=") && !sasl->salt.salt) {
      guchar *salt = g_base64_decode (attributes[i] + 2, &length);
      sasl->salt.salt = g_bytes_new_take (salt, length);
    } else if (g_str_has_prefix (attributes[i], "i=") && !rounds) {
      rounds = g_utf8_make_valid (attributes[i] + 2, -1);
    }
  }
  return rounds;
}

gboolean
peal_sasl_look (PealSasl *sasl, const char *challenge, const PealSalt **missing, GError **error)
{
  PealHash hash = mechanisms[sasl->mechanism].hash;
  guint64 rounds = 0;
  *missing = NULL;
  if (hash == PEAL_HASH_NONE || sasl->salt.salt)
    return TRUE;
  g_autofree char *text = read_salt (sasl, challenge);
  if (!sasl->salt.salt || !text)
    return TRUE;
  /* Beyond 64 bits, negative, or no number at all: all of these are out of range. */
  if (!g_ascii_string_to_unsigned (text, 10, PEAL_SECRET_ROUNDS_MIN, PEAL_SECRET_ROUNDS_MAX,
                                   &rounds, NULL)) {
    peal_failure_set (error, PEAL_FAILURE_ROUNDS,
                      "%s asks for %.24s rounds of hashing, where %d to %d are sensible; ask its "
                      "administrator",
                      sasl->setup.domain, text, PEAL_SECRET_ROUNDS_MIN, PEAL_SECRET_ROUNDS_MAX);
    return FALSE;
  }
  sasl->salt.hash = hash;
  sasl->salt.rounds = rounds;
  if (!peal_secret_key (sasl->setup.secret, &sasl->salt))
    *missing = &sasl->salt;
  return TRUE;
}

static void
blame_server (const PealSasl *sasl, GError **error)
{
  peal_failure_set (
      error, PEAL_FAILURE_SERVER_PROOF,
      "%s did not prove that it knows the password (%s: %s), so it may be an impostor; try another "
      "network, or ask its administrator",
      sasl->setup.domain, mechanisms[sasl->mechanism].name, gsasl_strerror_name (sasl->state));
}

char *
peal_sasl_step (PealSasl *sasl, const char *challenge, GError **error)
{
  g_autofree char *response = NULL;
  if (sasl->state == GSASL_NEEDS_MORE)
    response = step (sasl, challenge);
  else
    sasl->state = GSASL_MECHANISM_CALLED_TOO_MANY_TIMES;
  if (alive (sasl))
    return g_steal_pointer (&response);
  blame_server (sasl, error);
  return NULL;
}

gboolean
peal_sasl_finish (PealSasl *sasl, const char *data, GError **error)
{
  if (sasl->state == GSASL_NEEDS_MORE) {
    g_autofree char *more = step (sasl, data ? data : "");
    if (sasl->state == GSASL_OK && *more)
      sasl->state = GSASL_AUTHENTICATION_ERROR; /* something left to say: not the end */
  }
  if (sasl->state == GSASL_OK)
    return TRUE;
  blame_server (sasl, error);
  return FALSE;
}
