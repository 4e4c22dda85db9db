/* SASL by gsasl, with the gaps it leaves closed: rounds bounded, the server's proof insisted on. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/sasl.h"

#include <gsasl.h>
#include <string.h>

#include "signaling/stream/failure.h"

struct PealSasl {
  PealSaslSetup setup;
  const PealWayIn *way;
  const char *binding; /* its type; NULL: none, and then gsasl must not be given any */
  Gsasl *library;
  Gsasl_session *session;
  char *initial;
  PealSalt salt;
  int state; /* of gsasl: what the last step returned */
};

static int
give_binding (PealSasl *sasl, Gsasl_property property)
{
  Gsasl_property wanted =
      g_strcmp0 (sasl->binding, "tls-unique") == 0 ? GSASL_CB_TLS_UNIQUE : GSASL_CB_TLS_EXPORTER;
  if (!sasl->binding || property != wanted)
    return GSASL_NO_CALLBACK;
  const PealOffer *offer = &sasl->setup.offer;
  gsize length;
  const guchar *data =
      g_bytes_get_data (wanted == GSASL_CB_TLS_UNIQUE ? offer->unique : offer->exporter, &length);
  g_autofree char *text = g_base64_encode (data, length);
  return gsasl_property_set (sasl->session, property, text);
}

static int
answer (Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
  PealSasl *sasl = gsasl_session_hook_get (session);
  const char *key;
  switch (property) {
  case GSASL_AUTHID:
    return gsasl_property_set (session, property, sasl->setup.user);
  case GSASL_AUTHZID: /* a certificate may hold several addresses, or none (XEP-0178 §2) */
    if (!sasl->way->external)
      return GSASL_NO_CALLBACK;
    return gsasl_property_set (session, property, sasl->setup.bare);
  case GSASL_SCRAM_SALTED_PASSWORD:
    key = sasl->salt.salt ? peal_secret_key (sasl->setup.secret, &sasl->salt) : NULL;
    return key ? gsasl_property_set (session, property, key) : GSASL_NO_PASSWORD;
  case GSASL_PASSWORD: /* SCRAM never gets here: its key comes from above */
    if (sasl->way->proof != PEAL_PROOF_TOLD)
      return GSASL_NO_PASSWORD;
    return gsasl_property_set (session, property, peal_secret_password (sasl->setup.secret));
  case GSASL_CB_TLS_UNIQUE:
  case GSASL_CB_TLS_EXPORTER:
    return give_binding (sasl, property);
  default:
    return GSASL_NO_CALLBACK;
  }
}

/* One step of gsasl, from and to base64. */
static char *
step (PealSasl *sasl, const char *input)
{
  char *in = NULL, *out = NULL, *text = NULL;
  size_t in_length = 0, out_length = 0;
  sasl->state = input ? gsasl_base64_from (input, strlen (input), &in, &in_length) : GSASL_OK;
  if (sasl->state == GSASL_OK)
    sasl->state = gsasl_step (sasl->session, in, in_length, &out, &out_length);
  if (out)
    text = g_base64_encode ((const guchar *) out, out_length);
  if (out)
    explicit_bzero (out, out_length);
  gsasl_free (out);
  gsasl_free (in);
  return text ? text : g_strdup ("");
}

static gboolean
alive (const PealSasl *sasl)
{
  return sasl->state == GSASL_OK || sasl->state == GSASL_NEEDS_MORE;
}

PealSasl *
peal_sasl_start (const PealSaslSetup *setup, GError **error)
{
  g_autoptr(PealSasl) sasl = g_new0 (PealSasl, 1);
  sasl->setup = *setup;
  sasl->way = peal_mechanism_choose (&setup->offer, error);
  if (!sasl->way)
    return NULL;
  if (sasl->way->proof == PEAL_PROOF_BOUND && !sasl->way->external)
    sasl->binding = peal_mechanism_binding (&setup->offer);
  int rc = gsasl_init (&sasl->library);
  if (rc == GSASL_OK) {
    gsasl_callback_set (sasl->library, answer);
    rc = gsasl_client_start (sasl->library, sasl->way->name, &sasl->session);
  }
  if (rc == GSASL_OK) {
    gsasl_session_hook_set (sasl->session, sasl);
    sasl->initial = step (sasl, NULL);
    rc = alive (sasl) ? GSASL_OK : sasl->state;
  }
  if (rc == GSASL_OK)
    return g_steal_pointer (&sasl);
  peal_failure_set (error, PEAL_FAILURE_NO_MECHANISM, "%s cannot begin: %s", sasl->way->name,
                    gsasl_strerror (rc));
  return NULL;
}

/* gsasl keeps copies of what the callback gave, and frees them as they are. */
static void
wipe_property (PealSasl *sasl, Gsasl_property property)
{
  char *copy = (char *) gsasl_property_fast (sasl->session, property);
  if (copy)
    explicit_bzero (copy, strlen (copy));
}

void
peal_sasl_free (PealSasl *sasl)
{
  if (!sasl)
    return;
  if (sasl->initial)
    explicit_bzero (sasl->initial, strlen (sasl->initial));
  g_free (sasl->initial);
  if (sasl->session) {
    wipe_property (sasl, GSASL_PASSWORD);
    wipe_property (sasl, GSASL_SCRAM_SALTED_PASSWORD);
    gsasl_finish (sasl->session);
  }
  if (sasl->library)
    gsasl_done (sasl->library);
  peal_salt_clear (&sasl->salt);
  g_free (sasl);
}

const PealWayIn *
peal_sasl_way (const PealSasl *sasl)
{
  return sasl->way;
}

const char *
peal_sasl_initial (const PealSasl *sasl)
{
  return sasl->initial;
}

/* --- what the server says, before gsasl sees it --- */

/* The attribute @name of a SCRAM message in base64 (RFC 5802 §7: r=…,s=…,i=…), or NULL. */
static char *
attribute (const char *message, char name)
{
  gsize length;
  g_autofree guchar *bytes = g_base64_decode (message, &length);
  g_autofree char *text = g_strndup ((const char *) bytes, length);
  g_auto(GStrv) all = g_strsplit (text, ",", 8);
  for (guint i = 0; all[i]; i++)
    if (all[i][0] == name && all[i][1] == '=')
      return g_utf8_make_valid (all[i] + 2, -1);
  return NULL;
}

static gboolean
check_rounds (PealSasl *sasl, const char *text, GError **error)
{
  guint64 rounds = 0;
  /* Beyond 64 bits, negative, or no number at all: all of these are out of range. */
  if (!g_ascii_string_to_unsigned (text, 10, PEAL_SECRET_ROUNDS_MIN, PEAL_SECRET_ROUNDS_MAX,
                                   &rounds, NULL)) {
    g_autofree char *said = peal_failure_quote (text, 24);
    peal_failure_set (error, PEAL_FAILURE_ROUNDS,
                      "%s asks for %s rounds of hashing, where %d to %d are sensible; ask its "
                      "administrator",
                      sasl->setup.offer.domain, said, PEAL_SECRET_ROUNDS_MIN,
                      PEAL_SECRET_ROUNDS_MAX);
    return FALSE;
  }
  sasl->salt.rounds = rounds;
  return TRUE;
}

static gboolean
check_lists (PealSasl *sasl, const char *challenge, GError **error)
{
  g_autofree char *hash = attribute (challenge, 'h');
  if (!hash || peal_mechanism_untouched (&sasl->setup.offer, sasl->way->hash, hash))
    return TRUE;
  peal_failure_set (error, PEAL_FAILURE_DOWNGRADE,
                    "the ways to log in that %s offers were changed on the way here (XEP-0474): "
                    "somebody may be in between; try another network",
                    sasl->setup.offer.domain);
  return FALSE;
}

gboolean
peal_sasl_look (PealSasl *sasl, const char *challenge, const PealSalt **missing, GError **error)
{
  *missing = NULL;
  if (sasl->way->hash == PEAL_HASH_NONE || sasl->salt.salt)
    return TRUE;
  g_autofree char *salt = attribute (challenge, 's');
  g_autofree char *rounds = attribute (challenge, 'i');
  if (!salt || !rounds) /* malformed: gsasl refuses it */
    return TRUE;
  if (!check_rounds (sasl, rounds, error) || !check_lists (sasl, challenge, error))
    return FALSE;
  gsize length;
  guchar *bytes = g_base64_decode (salt, &length);
  sasl->salt.salt = g_bytes_new_take (bytes, length);
  sasl->salt.hash = sasl->way->hash;
  if (!peal_secret_key (sasl->setup.secret, &sasl->salt))
    *missing = &sasl->salt;
  return TRUE;
}

/* RFC 5802 §7 server-error-value, where the server says it itself. */
static void
blame (const PealSasl *sasl, const char *message, GError **error)
{
  const char *domain = sasl->setup.offer.domain;
  g_autofree char *whole = message ? attribute (message, 'e') : NULL;
  g_autofree char *said = whole ? peal_failure_quote (whole, 64) : NULL;
  if (said && strstr (said, "channel-binding"))
    peal_failure_set (error, PEAL_FAILURE_BINDING,
                      "%s sees the end of another TLS connection than ours (%s, %s): somebody is "
                      "in between; try another network",
                      domain, sasl->way->name, said);
  else if (said && (strcmp (said, "invalid-proof") == 0 || strcmp (said, "unknown-user") == 0))
    peal_failure_set (error, PEAL_FAILURE_PASSWORD,
                      "%s does not accept the password of %s (%s); check both, or set the password "
                      "anew with peal account add",
                      domain, sasl->setup.bare, said);
  else
    peal_failure_set (error, PEAL_FAILURE_SERVER_PROOF,
                      "%s did not prove that it knows the password (%s: %s), so it may be an "
                      "impostor; try another "
                      "network, or ask its administrator",
                      domain, sasl->way->name, gsasl_strerror_name (sasl->state));
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
  blame (sasl, challenge, error);
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
  blame (sasl, data, error);
  return FALSE;
}
