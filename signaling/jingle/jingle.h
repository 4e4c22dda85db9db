/* The elements of Jingle as structs and tables: XEP-0166, 0338 (grouping), 0353 (initiation). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

#define PEAL_NS_JINGLE        "urn:xmpp:jingle:1"
#define PEAL_NS_JINGLE_ERRORS "urn:xmpp:jingle:errors:1"
#define PEAL_NS_GROUPING      "urn:xmpp:jingle:apps:grouping:0"
#define PEAL_NS_INVITE        "urn:xmpp:jingle-message:0"

/* XEP-0166 §7.2. */
typedef enum {
  PEAL_JINGLE_NO_ACTION = 0,
  PEAL_CONTENT_ACCEPT,
  PEAL_CONTENT_ADD,
  PEAL_CONTENT_MODIFY,
  PEAL_CONTENT_REJECT,
  PEAL_CONTENT_REMOVE,
  PEAL_DESCRIPTION_INFO,
  PEAL_SECURITY_INFO,
  PEAL_SESSION_ACCEPT,
  PEAL_SESSION_INFO,
  PEAL_SESSION_INITIATE,
  PEAL_SESSION_TERMINATE,
  PEAL_TRANSPORT_ACCEPT,
  PEAL_TRANSPORT_INFO,
  PEAL_TRANSPORT_REJECT,
  PEAL_TRANSPORT_REPLACE,
  PEAL_N_JINGLE_ACTIONS,
} PealJingleAction;
extern const char *const peal_jingle_action_words[];

typedef enum { PEAL_CREATOR_NONE = 0, PEAL_CREATOR_INITIATOR, PEAL_CREATOR_RESPONDER } PealCreator;

extern const char *const peal_creator_words[];

/* PEAL_SENDERS_ABSENT means both, unless the application says otherwise. */
typedef enum {
  PEAL_SENDERS_ABSENT = 0,
  PEAL_SENDERS_BOTH,
  PEAL_SENDERS_INITIATOR,
  PEAL_SENDERS_NONE,
  PEAL_SENDERS_RESPONDER,
} PealSenders;
extern const char *const peal_senders_words[];

/* XEP-0166 §7.4. */
typedef enum {
  PEAL_REASON_NONE = 0,
  PEAL_REASON_ALTERNATIVE_SESSION,
  PEAL_REASON_BUSY,
  PEAL_REASON_CANCEL,
  PEAL_REASON_CONNECTIVITY_ERROR,
  PEAL_REASON_DECLINE,
  PEAL_REASON_EXPIRED,
  PEAL_REASON_FAILED_APPLICATION,
  PEAL_REASON_FAILED_TRANSPORT,
  PEAL_REASON_GENERAL_ERROR,
  PEAL_REASON_GONE,
  PEAL_REASON_INCOMPATIBLE_PARAMETERS,
  PEAL_REASON_MEDIA_ERROR,
  PEAL_REASON_SECURITY_ERROR,
  PEAL_REASON_SUCCESS,
  PEAL_REASON_TIMEOUT,
  PEAL_REASON_UNSUPPORTED_APPLICATIONS,
  PEAL_REASON_UNSUPPORTED_TRANSPORTS,
  PEAL_N_REASONS,
} PealReasonCondition;
extern const char *const peal_reason_words[];

typedef struct {
  PealReasonCondition condition; /* an unknown one is read as GENERAL_ERROR */
  char *alternative; /* with ALTERNATIVE_SESSION: the sid of that session; may be NULL */
  char *text;
  GPtrArray *details; /* of PealOpen *: what else stands in <reason/> */
} PealReason;
extern const PealElement peal_reason_element;

typedef struct {
  PealCreator creator;
  char *name;
  PealSenders senders;
  char *disposition;
  PealOpen *description; /* NULL where absent */
  PealOpen *transport;
  PealOpen *security;
} PealContent;
extern const PealElement peal_content_element;

typedef struct {
  char *semantics;  /* BUNDLE, LS */
  GPtrArray *names; /* of PealGroupContent * */
} PealGroup;
typedef struct {
  char *name;
} PealGroupContent;
extern const PealElement peal_group_element;
gboolean peal_group_is_bundle (const PealGroup *group);

typedef struct {
  PealJingleAction action;
  char *sid;
  char *initiator;
  char *responder;
  GPtrArray *contents; /* of PealContent *; NULL when none */
  GPtrArray *groups;   /* of PealGroup * */
  PealReason *reason;
  GPtrArray *infos; /* of PealOpen *: session-info payloads and extensions */
} PealJingle;
extern const PealElement peal_jingle_element;

/* Frees a PealJingle and all it owns. */
void peal_jingle_free (PealJingle *jingle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealJingle, peal_jingle_free)
void peal_content_free (PealContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealContent, peal_content_free)

/* --- XEP-0353 v0.8 --- */

typedef enum {
  PEAL_INVITE_NO_VERB = 0,
  PEAL_INVITE_ACCEPT,
  PEAL_INVITE_FINISH,
  PEAL_INVITE_PROCEED,
  PEAL_INVITE_PROPOSE,
  PEAL_INVITE_REJECT,
  PEAL_INVITE_RETRACT,
  PEAL_INVITE_RINGING,
  PEAL_N_INVITE_VERBS,
} PealInviteVerb;

/* One struct for all seven elements; peal_invite_elements[verb] is the table of each. */
typedef struct {
  char *id;
  GPtrArray *descriptions; /* of PealOpen *: propose; media and namespaces only */
  PealReason *reason;      /* reject, retract, finish */
  gboolean tie_break;      /* reject, and retract by the side that loses: §4.1 */
  char *migrated_to;       /* finish: the id of the session that goes on, §4.2 */
} PealInviteMessage;
extern const PealElement *const peal_invite_elements[PEAL_N_INVITE_VERBS];
