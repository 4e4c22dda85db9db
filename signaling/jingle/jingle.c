/* The tables of XEP-0166, XEP-0338 and XEP-0353. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/jingle.h"

const char *const peal_jingle_action_words[] = {
  "",
  "content-accept",
  "content-add",
  "content-modify",
  "content-reject",
  "content-remove",
  "description-info",
  "security-info",
  "session-accept",
  "session-info",
  "session-initiate",
  "session-terminate",
  "transport-accept",
  "transport-info",
  "transport-reject",
  "transport-replace",
  NULL,
};
G_STATIC_ASSERT (G_N_ELEMENTS (peal_jingle_action_words) == PEAL_N_JINGLE_ACTIONS + 1);

const char *const peal_creator_words[] = { "", "initiator", "responder", NULL };

const char *const peal_senders_words[] = { "", "both", "initiator", "none", "responder", NULL };

const char *const peal_reason_words[] = {
  "",
  "alternative-session",
  "busy",
  "cancel",
  "connectivity-error",
  "decline",
  "expired",
  "failed-application",
  "failed-transport",
  "general-error",
  "gone",
  "incompatible-parameters",
  "media-error",
  "security-error",
  "success",
  "timeout",
  "unsupported-applications",
  "unsupported-transports",
  NULL,
};
G_STATIC_ASSERT (G_N_ELEMENTS (peal_reason_words) == PEAL_N_REASONS + 1);

/* Dino writes these two with an underscore. */
static const char *const reason_aliases[] = {
  "failed_application", "failed-application", "failed_transport", "failed-transport", NULL,
};

const PealElement peal_reason_element = {
  "reason",
  PEAL_NS_JINGLE,
  sizeof (PealReason),
  (const PealField[]) {
      PEAL_CHOICE (PealReason, condition, peal_reason_words, .aliases = reason_aliases,
                   .unknown = PEAL_REASON_GENERAL_ERROR),
      PEAL_STRING (PealReason, alternative, "sid", .inside = "alternative-session"),
      PEAL_STRING (PealReason, text, "text"),
      PEAL_OPEN_LIST (PealReason, details, .max = 8),
      PEAL_END,
  },
};

const PealElement peal_content_element = {
  "content",
  PEAL_NS_JINGLE,
  sizeof (PealContent),
  (const PealField[]) {
      PEAL_WORD (PealContent, creator, "creator", peal_creator_words),
      PEAL_STR (PealContent, name, "name", .flags = PEAL_REQUIRED),
      PEAL_WORD (PealContent, senders, "senders", peal_senders_words),
      PEAL_STR (PealContent, disposition, "disposition"),
      PEAL_OPEN (PealContent, description, "description"),
      PEAL_OPEN (PealContent, transport, "transport"),
      PEAL_OPEN (PealContent, security, "security"),
      PEAL_END,
  },
};

static const PealElement group_content = {
  "content",
  PEAL_NS_GROUPING,
  sizeof (PealGroupContent),
  (const PealField[]) {
      PEAL_STR (PealGroupContent, name, "name", .flags = PEAL_REQUIRED),
      PEAL_END,
  },
};

const PealElement peal_group_element = {
  "group",
  PEAL_NS_GROUPING,
  sizeof (PealGroup),
  (const PealField[]) {
      PEAL_STR (PealGroup, semantics, "semantics", .flags = PEAL_REQUIRED),
      PEAL_LIST (PealGroup, names, &group_content, .max = 32),
      PEAL_END,
  },
};

gboolean
peal_group_is_bundle (const PealGroup *group)
{
  return g_strcmp0 (group->semantics, "BUNDLE") == 0;
}

const PealElement peal_jingle_element = {
  "jingle",
  PEAL_NS_JINGLE,
  sizeof (PealJingle),
  (const PealField[]) {
      PEAL_WORD (PealJingle, action, "action", peal_jingle_action_words, .flags = PEAL_REQUIRED),
      PEAL_STR (PealJingle, sid, "sid", .flags = PEAL_REQUIRED),
      PEAL_STR (PealJingle, initiator, "initiator", .max = 3071),
      PEAL_STR (PealJingle, responder, "responder", .max = 3071),
      PEAL_LIST (PealJingle, contents, &peal_content_element, .max = 32),
      PEAL_LIST (PealJingle, groups, &peal_group_element, .max = 8),
      PEAL_CHILD (PealJingle, reason, &peal_reason_element),
      PEAL_OPEN_LIST (PealJingle, infos, .max = 16),
      PEAL_END,
  },
};

void
peal_jingle_free (PealJingle *jingle)
{
  peal_element_free (&peal_jingle_element, jingle);
}

void
peal_content_free (PealContent *content)
{
  peal_element_free (&peal_content_element, content);
}

/* --- XEP-0353 --- */

/* The verbs that only name a session. */
#define PLAIN_INVITE(name)                                                                         \
  {                                                                                                \
    name, PEAL_NS_INVITE, sizeof (PealInviteMessage),                                              \
        (const PealField[]) { PEAL_STR (PealInviteMessage, id, "id", .flags = PEAL_REQUIRED),      \
                              PEAL_END },                                                          \
  }

static const PealElement accept = PLAIN_INVITE ("accept");
static const PealElement proceed = PLAIN_INVITE ("proceed");
static const PealElement ringing = PLAIN_INVITE ("ringing");

static const PealElement propose = {
  "propose",
  PEAL_NS_INVITE,
  sizeof (PealInviteMessage),
  (const PealField[]) {
      PEAL_STR (PealInviteMessage, id, "id", .flags = PEAL_REQUIRED),
      PEAL_OPEN_LIST (PealInviteMessage, descriptions, .max = 32),
      PEAL_END,
  },
};

/* The schema demands a reason, which Dino and older clients leave out. §4.1: a tie-break stands in
 * reject or retract, depending on who loses. */
#define REASONED_INVITE(name)                                                                      \
  {                                                                                                \
    name, PEAL_NS_INVITE, sizeof (PealInviteMessage),                                              \
        (const PealField[]) {                                                                      \
          PEAL_STR (PealInviteMessage, id, "id", .flags = PEAL_REQUIRED),                          \
          PEAL_CHILD (PealInviteMessage, reason, &peal_reason_element),                            \
          PEAL_FLAG (PealInviteMessage, tie_break, "tie-break"),                                   \
          PEAL_STRING (PealInviteMessage, migrated_to, "migrated", .attribute = "to"),             \
          PEAL_END,                                                                                \
        },                                                                                         \
  }

static const PealElement finish = REASONED_INVITE ("finish");
static const PealElement reject = REASONED_INVITE ("reject");
static const PealElement retract = REASONED_INVITE ("retract");

const PealElement *const peal_invite_elements[PEAL_N_INVITE_VERBS] = {
  [PEAL_INVITE_ACCEPT] = &accept,   [PEAL_INVITE_FINISH] = &finish,
  [PEAL_INVITE_PROCEED] = &proceed, [PEAL_INVITE_PROPOSE] = &propose,
  [PEAL_INVITE_REJECT] = &reject,   [PEAL_INVITE_RETRACT] = &retract,
  [PEAL_INVITE_RINGING] = &ringing,
};
