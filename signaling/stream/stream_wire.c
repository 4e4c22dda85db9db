/* The tables of a stream's own elements. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/stream_wire.h"

#include <string.h>

#define NS_STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_BINDINGS      "urn:xmpp:sasl-cb:0"
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

static const PealElement mechanism2 = {
  "mechanism", PEAL_NS_SASL2, sizeof (PealMechanism),
  (const PealField[]) { PEAL_TEXT (PealMechanism, name, .flags = PEAL_REQUIRED | PEAL_TRIM),
                        PEAL_END }
};

static const PealElement inline_feature = {
  "feature", PEAL_NS_BIND2, sizeof (PealInlineFeature),
  (const PealField[]) { PEAL_STR (PealInlineFeature, name, "var", .flags = PEAL_REQUIRED),
                        PEAL_END }
};

static const PealElement inline_features = {
  "inline", PEAL_NS_BIND2, sizeof (PealInlineFeatures),
  (const PealField[]) { PEAL_LIST (PealInlineFeatures, features, &inline_feature), PEAL_END }
};

static const PealElement bind2_offer = {
  "bind", PEAL_NS_BIND2, sizeof (PealBind2Offer),
  (const PealField[]) { PEAL_CHILD (PealBind2Offer, inside, &inline_features), PEAL_END }
};

static const PealElement inline_element = {
  "inline", PEAL_NS_SASL2, sizeof (PealInline),
  (const PealField[]) { PEAL_CHILD (PealInline, bind, &bind2_offer),
                        PEAL_FLAG (PealInline, management, "sm", .ns = PEAL_NS_SM), PEAL_END }
};

static const PealElement authentication = {
  "authentication", PEAL_NS_SASL2, sizeof (PealAuthentication),
  (const PealField[]) { PEAL_LIST (PealAuthentication, list, &mechanism2),
                        PEAL_CHILD (PealAuthentication, inside, &inline_element), PEAL_END }
};

static const PealElement binding_type = {
  "channel-binding", NS_BINDINGS, sizeof (PealBindingType),
  (const PealField[]) { PEAL_STR (PealBindingType, type, "type", .flags = PEAL_REQUIRED), PEAL_END }
};

static const PealElement binding_types = {
  "sasl-channel-binding", NS_BINDINGS, sizeof (PealBindingTypes),
  (const PealField[]) { PEAL_LIST (PealBindingTypes, list, &binding_type), PEAL_END }
};

const PealElement peal_wire_features = {
  "features", PEAL_NS_STREAMS, sizeof (PealFeatures),
  (const PealField[]) { PEAL_FLAG (PealFeatures, starttls, "starttls", .ns = PEAL_NS_TLS),
                        PEAL_FLAG (PealFeatures, bind, "bind", .ns = PEAL_NS_BIND),
                        PEAL_FLAG (PealFeatures, management, "sm", .ns = PEAL_NS_SM),
                        PEAL_CHILD (PealFeatures, mechanisms, &mechanisms),
                        PEAL_CHILD (PealFeatures, authentication, &authentication),
                        PEAL_CHILD (PealFeatures, bindings, &binding_types), PEAL_END }
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

static const PealField sasl2_data[] = {
  PEAL_TEXT (PealSaslData, data, .max = SASL_BYTES, .flags = PEAL_TRIM), PEAL_END
};
const PealElement peal_wire_challenge2 = { "challenge", PEAL_NS_SASL2, sizeof (PealSaslData),
                                           sasl2_data };
const PealElement peal_wire_response2 = { "response", PEAL_NS_SASL2, sizeof (PealSaslData),
                                          sasl2_data };

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

const PealElement peal_wire_failure2 = {
  "failure", PEAL_NS_SASL2, sizeof (PealSaslFailure),
  (const PealField[]) { PEAL_STRING (PealSaslFailure, text, "text"),
                        PEAL_CHOICE (PealSaslFailure, condition, peal_sasl_condition_words,
                                     .ns = PEAL_NS_SASL, .unknown = PEAL_SASL_FAILURE_UNKNOWN),
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
                                    PEAL_STR (PealEnable, location, "location"), PEAL_END };
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

static const PealElement user_agent = {
  "user-agent", PEAL_NS_SASL2, sizeof (PealUserAgent),
  (const PealField[]) { PEAL_STR (PealUserAgent, id, "id"),
                        PEAL_STRING (PealUserAgent, software, "software"), PEAL_END }
};
static const PealElement bind2 = {
  "bind", PEAL_NS_BIND2, sizeof (PealBind2),
  (const PealField[]) { PEAL_STRING (PealBind2, tag, "tag"),
                        PEAL_CHILD (PealBind2, enable, &peal_wire_enable), PEAL_END }
};
const PealElement peal_wire_authenticate = {
  "authenticate", PEAL_NS_SASL2, sizeof (PealAuthenticate),
  (const PealField[]) { PEAL_STR (PealAuthenticate, mechanism, "mechanism", .flags = PEAL_REQUIRED),
                        PEAL_STRING (PealAuthenticate, data, "initial-response", .max = SASL_BYTES,
                                     .flags = PEAL_SECRET),
                        PEAL_CHILD (PealAuthenticate, agent, &user_agent),
                        PEAL_CHILD (PealAuthenticate, bind, &bind2),
                        PEAL_CHILD (PealAuthenticate, resume, &peal_wire_resume), PEAL_END }
};

static const PealElement bound2 = {
  "bound", PEAL_NS_BIND2, sizeof (PealBound2),
  (const PealField[]) { PEAL_CHILD (PealBound2, enabled, &peal_wire_enabled), PEAL_END }
};
const PealElement peal_wire_success2 = {
  "success", PEAL_NS_SASL2, sizeof (PealSuccess2),
  (const PealField[]) { PEAL_STRING (PealSuccess2, data, "additional-data", .max = SASL_BYTES,
                                     .flags = PEAL_TRIM | PEAL_SECRET),
                        PEAL_STRING (PealSuccess2, identifier, "authorization-identifier",
                                     .max = 3071, .flags = PEAL_TRIM),
                        PEAL_STRING (PealSuccess2, identity, "authorization-identity", .max = 3071,
                                     .flags = PEAL_TRIM),
                        PEAL_CHILD (PealSuccess2, bound, &bound2),
                        PEAL_CHILD (PealSuccess2, resumed, &peal_wire_resumed),
                        PEAL_CHILD (PealSuccess2, failed, &peal_wire_failed), PEAL_END }
};

static const PealElement task = {
  "task", PEAL_NS_SASL2, sizeof (PealTask),
  (const PealField[]) { PEAL_TEXT (PealTask, name, .flags = PEAL_REQUIRED | PEAL_TRIM), PEAL_END }
};
static const PealElement tasks = { "tasks", PEAL_NS_SASL2, sizeof (PealTasks),
                                   (const PealField[]) { PEAL_LIST (PealTasks, list, &task),
                                                         PEAL_END } };
const PealElement peal_wire_continue = { "continue", PEAL_NS_SASL2, sizeof (PealContinue),
                                         (const PealField[]) {
                                             PEAL_CHILD (PealContinue, tasks, &tasks),
                                             PEAL_STRING (PealContinue, text, "text"), PEAL_END } };

const PealElement peal_wire_other_host = {
  "see-other-host", NS_STREAM_ERRORS, sizeof (PealOtherHost),
  (const PealField[]) { PEAL_TEXT (PealOtherHost, host, .flags = PEAL_REQUIRED | PEAL_TRIM),
                        PEAL_END }
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

/* Replaces what stands between the @open tag, which ends at @from, and the next '<'. */
static char *
blank_text (char *copy, gsize from)
{
  char *text = copy + from, *end = strchr (text, '<');
  if (!end || end == text)
    return copy;
  char *blanked = g_strdup_printf ("%.*s(blanked)%s", (int) from, copy, end);
  explicit_bzero (copy, strlen (copy));
  g_free (copy);
  return blanked;
}

char *
peal_wire_blank (const char *xml, gsize length)
{
  static const char *const secrets[] = { "<initial-response>", "<additional-data>" };
  char *copy = g_strndup (xml, length);
  char *begin = strchr (copy, '>');
  if (!begin || g_str_has_prefix (copy, "<failure"))
    return copy;
  gboolean is_sasl = g_strstr_len (copy, begin - copy, PEAL_NS_SASL) != NULL;
  gboolean is_sasl2 = g_strstr_len (copy, begin - copy, PEAL_NS_SASL2) != NULL;
  if (is_sasl || is_sasl2)
    copy = blank_text (copy, begin + 1 - copy);
  for (guint i = 0; is_sasl2 && i < G_N_ELEMENTS (secrets); i++) {
    const char *inner = strstr (copy, secrets[i]);
    if (inner)
      copy = blank_text (copy, inner + strlen (secrets[i]) - copy);
  }
  return copy;
}
