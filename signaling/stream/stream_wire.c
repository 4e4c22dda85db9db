/* The tables of a stream's own elements. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/stream_wire.h"

#include <string.h>

#define NS_STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams"
#define SASL_BYTES       (16 * 1024) /* a SCRAM message has some hundred */

static const PealElement mechanism = {
  "mechanism", PEAL_NS_SASL, sizeof (PealMechanism),
  (const PealField[]) { PEAL_TEXT (PealMechanism, name, .flags = PEAL_REQUIRED | PEAL_TRIM),
                        PEAL_END }
};

static const PealElement mechanisms = {
  "mechanisms", PEAL_NS_SASL, sizeof (PealMechanisms),
  (const PealField[]) { PEAL_LIST (PealMechanisms, list, &mechanism), PEAL_END }
};

const PealElement peal_wire_features = {
  "features", PEAL_NS_STREAMS, sizeof (PealFeatures),
  (const PealField[]) { PEAL_FLAG (PealFeatures, starttls, "starttls", .ns = PEAL_NS_TLS),
                        PEAL_FLAG (PealFeatures, bind, "bind", .ns = PEAL_NS_BIND),
                        PEAL_FLAG (PealFeatures, management, "sm", .ns = PEAL_NS_SM),
                        PEAL_CHILD (PealFeatures, mechanisms, &mechanisms), PEAL_END }
};

static const PealField nothing[] = { PEAL_END };
const PealElement peal_wire_starttls = { "starttls", PEAL_NS_TLS, 0, nothing };
const PealElement peal_wire_proceed = { "proceed", PEAL_NS_TLS, 0, nothing };
const PealElement peal_wire_request = { "r", PEAL_NS_SM, 0, nothing };

const PealElement peal_wire_auth = {
  "auth", PEAL_NS_SASL, sizeof (PealSaslData),
  (const PealField[]) { PEAL_STR (PealSaslData, mechanism, "mechanism", .flags = PEAL_REQUIRED),
                        PEAL_TEXT (PealSaslData, data, .max = SASL_BYTES), PEAL_END }
};

static const PealField sasl_data[] = { PEAL_TEXT (PealSaslData, data, .max = SASL_BYTES),
                                       PEAL_END };
const PealElement peal_wire_challenge = { "challenge", PEAL_NS_SASL, sizeof (PealSaslData),
                                          sasl_data };
const PealElement peal_wire_response = { "response", PEAL_NS_SASL, sizeof (PealSaslData),
                                         sasl_data };
const PealElement peal_wire_success = { "success", PEAL_NS_SASL, sizeof (PealSaslData), sasl_data };

const char *const peal_sasl_condition_words[] = {
  "",
  "an unknown condition",
  "aborted",
  "account-disabled",
  "credentials-expired",
  "encryption-required",
  "incorrect-encoding",
  "invalid-authzid",
  "invalid-mechanism",
  "malformed-request",
  "mechanism-too-weak",
  "not-authorized",
  "temporary-auth-failure",
  NULL,
};
const PealElement peal_wire_sasl_failure = {
  "failure", PEAL_NS_SASL, sizeof (PealSaslFailure),
  (const PealField[]) { PEAL_STRING (PealSaslFailure, text, "text"),
                        PEAL_CHOICE (PealSaslFailure, condition, peal_sasl_condition_words,
                                     .unknown = PEAL_SASL_FAILURE_UNKNOWN),
                        PEAL_END }
};

static const PealElement bind_element = {
  "bind", PEAL_NS_BIND, sizeof (PealBind),
  (const PealField[]) { PEAL_STRING (PealBind, resource, "resource"),
                        PEAL_STRING (PealBind, jid, "jid", .max = 3071), PEAL_END }
};
const PealElement peal_wire_bind_iq = {
  "iq", PEAL_NS_CLIENT, sizeof (PealBindIq),
  (const PealField[]) { PEAL_STR (PealBindIq, type, "type", .flags = PEAL_REQUIRED),
                        PEAL_STR (PealBindIq, id, "id"),
                        PEAL_CHILD (PealBindIq, bind, &bind_element), PEAL_END }
};

static const PealField enable[] = { PEAL_BOOL (PealEnable, resume, "resume"),
                                    PEAL_STR (PealEnable, id, "id", .max = 4000), /* XEP-0198 §3 */
                                    PEAL_END };
const PealElement peal_wire_enable = { "enable", PEAL_NS_SM, sizeof (PealEnable), enable };
const PealElement peal_wire_enabled = { "enabled", PEAL_NS_SM, sizeof (PealEnable), enable };

#define COUNT                                                                                      \
  PEAL_INT64 (PealCount, h, "h", G_MAXUINT32, .absent = -1, .flags = PEAL_REQUIRED | PEAL_ALWAYS)
static const PealField resume[] = {
  COUNT, PEAL_STR (PealCount, previous, "previd", .max = 4000, .flags = PEAL_REQUIRED), PEAL_END
};
static const PealField count[] = { COUNT, PEAL_END };
const PealElement peal_wire_resume = { "resume", PEAL_NS_SM, sizeof (PealCount), resume };
const PealElement peal_wire_resumed = { "resumed", PEAL_NS_SM, sizeof (PealCount), count };
const PealElement peal_wire_ack = { "a", PEAL_NS_SM, sizeof (PealCount), count };
const PealElement peal_wire_failed = {
  "failed", PEAL_NS_SM, sizeof (PealCount),
  (const PealField[]) { PEAL_INT64 (PealCount, h, "h", G_MAXUINT32, .absent = -1), PEAL_END }
};

const char *const peal_stream_condition_words[] = {
  "",
  "an unknown condition",
  "bad-format",
  "conflict",
  "connection-timeout",
  "host-gone",
  "host-unknown",
  "internal-server-error",
  "invalid-xml",
  "not-authorized",
  "not-well-formed",
  "policy-violation",
  "remote-connection-failed",
  "reset",
  "resource-constraint",
  "see-other-host",
  "system-shutdown",
  "undefined-condition",
  "unsupported-version",
  NULL,
};
const PealElement peal_wire_stream_error = {
  "error", PEAL_NS_STREAMS, sizeof (PealStreamError),
  (const PealField[]) { PEAL_STRING (PealStreamError, text, "text", .ns = NS_STREAM_ERRORS),
                        PEAL_CHOICE (PealStreamError, condition, peal_stream_condition_words,
                                     .ns = NS_STREAM_ERRORS, .unknown = PEAL_STREAM_ERROR_UNKNOWN),
                        PEAL_END }
};

void
peal_wire_append_stanza (GString *out, xmpp_stanza_t *stanza)
{
  char *text;
  size_t length;
  if (xmpp_stanza_to_text (stanza, &text, &length) != 0)
    g_error ("out of memory");
  g_string_append_len (out, text, length);
  xmpp_free (xmpp_stanza_get_context (stanza), text);
}

void
peal_wire_append (GString *out, const PealElement *element, gconstpointer value,
                  xmpp_ctx_t *context)
{
  xmpp_stanza_t *stanza = peal_element_build (element, value, context);
  peal_wire_append_stanza (out, stanza);
  xmpp_stanza_release (stanza);
}

void
peal_wire_append_header (GString *out, const char *from, const char *to)
{
  g_autofree char *attribute = from ? g_markup_printf_escaped (" from='%s'", from) : g_strdup ("");
  g_autofree char *rest =
      g_markup_printf_escaped (" to='%s' version='1.0' xml:lang='en' xmlns='" PEAL_NS_CLIENT
                               "' xmlns:stream='" PEAL_NS_STREAMS "'>",
                               to);
  g_string_append (out, "<?xml version='1.0'?><stream:stream");
  g_string_append (out, attribute);
  g_string_append (out, rest);
}

char *
peal_wire_blank (const char *xml, gsize length)
{
  char *copy = g_strndup (xml, length);
  char *begin = strchr (copy, '>'), *end = strrchr (copy, '<');
  gboolean is_sasl = begin && g_strstr_len (copy, begin - copy, PEAL_NS_SASL) != NULL;
  if (!is_sasl || end <= begin || g_str_has_prefix (copy, "<failure"))
    return copy;
  char *blanked = g_strdup_printf ("%.*s(blanked)%s", (int) (begin + 1 - copy), copy, end);
  explicit_bzero (copy, length);
  g_free (copy);
  return blanked;
}
