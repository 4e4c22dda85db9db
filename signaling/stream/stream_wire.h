/* The elements of a stream's own life as tables: features, TLS, SASL, bind, stream management,
 * errors. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

#define PEAL_NS_CLIENT  "jabber:client"
#define PEAL_NS_STREAMS "http://etherx.jabber.org/streams"
#define PEAL_NS_TLS     "urn:ietf:params:xml:ns:xmpp-tls"
#define PEAL_NS_SASL    "urn:ietf:params:xml:ns:xmpp-sasl"
#define PEAL_NS_BIND    "urn:ietf:params:xml:ns:xmpp-bind"
#define PEAL_NS_SM      "urn:xmpp:sm:3"
#define PEAL_NS_PING    "urn:xmpp:ping"
#define PEAL_NS_SASL2   "urn:xmpp:sasl:2"
#define PEAL_NS_BIND2   "urn:xmpp:bind:0"

typedef struct {
  char *name;
} PealMechanism;
typedef struct {
  GPtrArray *list; /* of PealMechanism */
} PealMechanisms;

/* <authentication/> (XEP-0388 §2.1) and what can be had in the same breath: <inline/> with Bind 2
 * (XEP-0386 §3.1) and resumption */
typedef struct {
  char *name;
} PealInlineFeature;
typedef struct {
  GPtrArray *features; /* of PealInlineFeature: namespaces */
} PealInlineFeatures;
typedef struct {
  PealInlineFeatures *inside; /* what a bind may switch on */
} PealBind2Offer;
typedef struct {
  PealBind2Offer *bind;
  gboolean management;
} PealInline;
typedef struct {
  GPtrArray *list; /* of PealMechanism */
  PealInline *inside;
} PealAuthentication;

/* <sasl-channel-binding/> (XEP-0440) */
typedef struct {
  char *type;
} PealBindingType;
typedef struct {
  GPtrArray *list; /* of PealBindingType */
} PealBindingTypes;

/* <stream:features/> (RFC 6120 §4.3.2) */
typedef struct {
  gboolean starttls, bind, management;
  PealMechanisms *mechanisms;
  PealAuthentication *authentication;
  PealBindingTypes *bindings;
} PealFeatures;
extern const PealElement peal_wire_features;

/* <starttls/>, <proceed/> (RFC 6120 §5.4.2), and <r/> (XEP-0198 §4): no content */
extern const PealElement peal_wire_starttls, peal_wire_proceed, peal_wire_request;

/* <auth/>, <challenge/>, <response/>, <success/> (RFC 6120 §6.4): base64 */
typedef struct {
  char *mechanism; /* of <auth/> */
  char *data;
} PealSaslData;
extern const PealElement peal_wire_auth, peal_wire_challenge, peal_wire_response, peal_wire_success;

/* <failure/> of SASL (RFC 6120 §6.5) */
typedef enum {
  PEAL_SASL_FAILURE_UNKNOWN = 1,
  PEAL_SASL_ABORTED,
  PEAL_SASL_ACCOUNT_DISABLED,
  PEAL_SASL_CREDENTIALS_EXPIRED,
  PEAL_SASL_ENCRYPTION_REQUIRED,
  PEAL_SASL_INCORRECT_ENCODING,
  PEAL_SASL_INVALID_AUTHZID,
  PEAL_SASL_INVALID_MECHANISM,
  PEAL_SASL_MALFORMED_REQUEST,
  PEAL_SASL_MECHANISM_TOO_WEAK,
  PEAL_SASL_NOT_AUTHORIZED,
  PEAL_SASL_TEMPORARY_AUTH_FAILURE,
} PealSaslCondition;
extern const char *const peal_sasl_condition_words[];
typedef struct {
  int condition; /* PealSaslCondition */
  char *text;
} PealSaslFailure;
extern const PealElement peal_wire_sasl_failure;

/* <challenge/>, <response/> and <failure/> of SASL2 are as above, but for the namespace. */
extern const PealElement peal_wire_challenge2, peal_wire_response2, peal_wire_failure2;

/* <iq><bind/></iq> (RFC 6120 §7) */
typedef struct {
  char *resource; /* asked */
  char *jid;      /* answered */
} PealBind;
typedef struct {
  char *type, *id;
  PealBind *bind;
} PealBindIq;
extern const PealElement peal_wire_bind_iq;

/* <enable/> and <enabled/> (XEP-0198 §3) */
typedef struct {
  gboolean resume;
  char *id;
  char *location; /* of <enabled/>: HOST[:PORT] */
} PealEnable;
extern const PealElement peal_wire_enable, peal_wire_enabled;

/* <resume/>, <resumed/>, <failed/>, <a/> (XEP-0198 §4, §5) */
typedef struct {
  gint64 h; /* -1: absent */
  char *previous;
} PealCount;
extern const PealElement peal_wire_resume, peal_wire_resumed, peal_wire_failed, peal_wire_ack;

/* <authenticate/> (XEP-0388 §2.3), with a bind (XEP-0386 §3.2) and a resumption (XEP-0198) inside
 */
typedef struct {
  char *id, *software;
} PealUserAgent;
typedef struct {
  char *tag;
  PealEnable *enable;
} PealBind2;
typedef struct {
  char *mechanism, *data;
  PealUserAgent *agent;
  PealBind2 *bind;
  PealCount *resume;
} PealAuthenticate;
extern const PealElement peal_wire_authenticate;

/* <success/> (XEP-0388 §2.6.1) and how what was asked for inside went */
typedef struct {
  PealEnable *enabled;
} PealBound2;
typedef struct {
  char *data;
  char *identifier; /* our address: full when there is a session */
  char *identity;   /* the same, as XEP-0386 calls it */
  PealBound2 *bound;
  PealCount *resumed, *failed; /* the resumption */
} PealSuccess2;
extern const PealElement peal_wire_success2;

/* <continue/> (XEP-0388 §2.6.3): more is wanted than the password */
typedef struct {
  char *name;
} PealTask;
typedef struct {
  GPtrArray *list; /* of PealTask */
} PealTasks;
typedef struct {
  PealTasks *tasks;
  char *text;
} PealContinue;
extern const PealElement peal_wire_continue;

/* <see-other-host/> of a stream error (RFC 6120 §4.9.3.19) */
typedef struct {
  char *host; /* HOST[:PORT] */
} PealOtherHost;
extern const PealElement peal_wire_other_host;

/* <stream:error/> (RFC 6120 §4.9.3) */
typedef enum {
  PEAL_STREAM_ERROR_UNKNOWN = 1,
  PEAL_STREAM_BAD_FORMAT,
  PEAL_STREAM_CONFLICT,
  PEAL_STREAM_CONNECTION_TIMEOUT,
  PEAL_STREAM_HOST_GONE,
  PEAL_STREAM_HOST_UNKNOWN,
  PEAL_STREAM_INTERNAL_SERVER_ERROR,
  PEAL_STREAM_INVALID_XML,
  PEAL_STREAM_NOT_AUTHORIZED,
  PEAL_STREAM_NOT_WELL_FORMED,
  PEAL_STREAM_POLICY_VIOLATION,
  PEAL_STREAM_REMOTE_CONNECTION_FAILED,
  PEAL_STREAM_RESET,
  PEAL_STREAM_RESOURCE_CONSTRAINT,
  PEAL_STREAM_SEE_OTHER_HOST,
  PEAL_STREAM_SYSTEM_SHUTDOWN,
  PEAL_STREAM_UNDEFINED_CONDITION,
  PEAL_STREAM_UNSUPPORTED_VERSION,
} PealStreamCondition;
extern const char *const peal_stream_condition_words[];
typedef struct {
  int condition; /* PealStreamCondition */
  char *text;
} PealStreamError;
extern const PealElement peal_wire_stream_error;

/* Appends @value, written as @element. */
void peal_wire_append (GString *out, const PealElement *element, gconstpointer value,
                       xmpp_ctx_t *context);

/* Appends @stanza as text. */
void peal_wire_append_stanza (GString *out, xmpp_stanza_t *stanza);

/* Appends a stream header. @from: our bare address, only over TLS; may be NULL (RFC 6120 §4.7.1).
 */
void peal_wire_append_header (GString *out, const char *from, const char *to);

/* A copy of @xml, one element, for g_free; the content of SASL's messages, which is secret, is
 * blanked. */
char *peal_wire_blank (const char *xml, gsize length);
