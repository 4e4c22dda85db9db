/* Stanza error conditions: one table of names, types and namespaces, read and written from it. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/condition.h"

#include <string.h>

#define NS_STANZAS       "urn:ietf:params:xml:ns:xmpp-stanzas"
#define NS_JINGLE_ERRORS "urn:xmpp:jingle:errors:1"

/* How much of a peer's text is kept. */
#define TEXT_BYTES 200

G_DEFINE_QUARK (peal - condition - quark, peal_condition)

typedef struct {
  const char *name;
  const char *type;      /* RFC 6120 §8.3.3: what is recommended for it */
  const char *ns;        /* of an application condition; NULL: it is a defined one */
  PealCondition implied; /* by an application condition */
} Condition;

static const Condition conditions[PEAL_N_CONDITIONS] = {
  [PEAL_CONDITION_NONE] = { "none", "cancel" },
  [PEAL_BAD_REQUEST] = { "bad-request", "modify" },
  [PEAL_CONFLICT] = { "conflict", "cancel" },
  [PEAL_FEATURE_NOT_IMPLEMENTED] = { "feature-not-implemented", "cancel" },
  [PEAL_FORBIDDEN] = { "forbidden", "auth" },
  [PEAL_GONE] = { "gone", "cancel" },
  [PEAL_INTERNAL_SERVER_ERROR] = { "internal-server-error", "cancel" },
  [PEAL_ITEM_NOT_FOUND] = { "item-not-found", "cancel" },
  [PEAL_JID_MALFORMED] = { "jid-malformed", "modify" },
  [PEAL_NOT_ACCEPTABLE] = { "not-acceptable", "modify" },
  [PEAL_NOT_ALLOWED] = { "not-allowed", "cancel" },
  [PEAL_NOT_AUTHORIZED] = { "not-authorized", "auth" },
  [PEAL_POLICY_VIOLATION] = { "policy-violation", "modify" },
  [PEAL_RECIPIENT_UNAVAILABLE] = { "recipient-unavailable", "wait" },
  [PEAL_REDIRECT] = { "redirect", "modify" },
  [PEAL_REGISTRATION_REQUIRED] = { "registration-required", "auth" },
  [PEAL_REMOTE_SERVER_NOT_FOUND] = { "remote-server-not-found", "cancel" },
  [PEAL_REMOTE_SERVER_TIMEOUT] = { "remote-server-timeout", "wait" },
  [PEAL_RESOURCE_CONSTRAINT] = { "resource-constraint", "wait" },
  [PEAL_SERVICE_UNAVAILABLE] = { "service-unavailable", "cancel" },
  [PEAL_SUBSCRIPTION_REQUIRED] = { "subscription-required", "auth" },
  [PEAL_UNDEFINED_CONDITION] = { "undefined-condition", "cancel" },
  [PEAL_UNEXPECTED_REQUEST] = { "unexpected-request", "wait" },
  [PEAL_OUT_OF_ORDER] = { "out-of-order", "wait", NS_JINGLE_ERRORS, PEAL_UNEXPECTED_REQUEST },
  [PEAL_TIE_BREAK] = { "tie-break", "cancel", NS_JINGLE_ERRORS, PEAL_CONFLICT },
  [PEAL_UNKNOWN_SESSION] = { "unknown-session", "cancel", NS_JINGLE_ERRORS, PEAL_ITEM_NOT_FOUND },
  [PEAL_UNSUPPORTED_INFO] = { "unsupported-info", "modify", NS_JINGLE_ERRORS,
                              PEAL_FEATURE_NOT_IMPLEMENTED },
  [PEAL_SECURITY_REQUIRED] = { "security-required", "cancel", NS_JINGLE_ERRORS,
                               PEAL_NOT_ACCEPTABLE },
};

const char *
peal_condition_name (PealCondition condition)
{
  g_assert (condition < PEAL_N_CONDITIONS);
  return conditions[condition].name;
}

/* Adds <name xmlns/> and returns it, borrowed. */
static xmpp_stanza_t *
add_child (xmpp_stanza_t *parent, const char *name, const char *ns)
{
  xmpp_stanza_t *child = xmpp_stanza_new (xmpp_stanza_get_context (parent));

  xmpp_stanza_set_name (child, name);
  xmpp_stanza_set_ns (child, ns);
  xmpp_stanza_add_child_ex (parent, child, FALSE);
  return child;
}

xmpp_stanza_t *
peal_condition_build (PealCondition condition, const char *text, xmpp_ctx_t *context)
{
  g_assert (condition > PEAL_CONDITION_NONE && condition < PEAL_N_CONDITIONS);

  const Condition *row = &conditions[condition];
  xmpp_stanza_t *error = xmpp_stanza_new (context);

  xmpp_stanza_set_name (error, "error");
  xmpp_stanza_set_type (error, row->type);
  add_child (error, row->ns ? conditions[row->implied].name : row->name, NS_STANZAS);
  if (text && *text) {
    xmpp_stanza_t *inside = xmpp_stanza_new (context);
    xmpp_stanza_set_text (inside, text);
    xmpp_stanza_add_child_ex (add_child (error, "text", NS_STANZAS), inside, FALSE);
  }
  if (row->ns)
    add_child (error, row->name, row->ns);
  return error;
}

static PealCondition
find_condition (xmpp_stanza_t *child)
{
  const char *name = xmpp_stanza_get_name (child);
  const char *ns = xmpp_stanza_get_ns (child);

  for (int i = PEAL_CONDITION_NONE + 1; name && ns && i < PEAL_N_CONDITIONS; i++) {
    if (strcmp (conditions[i].name, name) == 0 &&
        strcmp (conditions[i].ns ? conditions[i].ns : NS_STANZAS, ns) == 0)
      return i;
  }
  return PEAL_CONDITION_NONE;
}

/* The text of a stanza error, cut; NULL where there is none. */
static char *
read_text (xmpp_stanza_t *error)
{
  xmpp_stanza_t *child = xmpp_stanza_get_child_by_name_and_ns (error, "text", NS_STANZAS);
  char *text = child ? xmpp_stanza_get_text (child) : NULL;

  if (!text)
    return NULL;

  gsize length = strlen (text);
  if (length > TEXT_BYTES) {
    length = TEXT_BYTES;
    while (length && (text[length] & 0xC0) == 0x80) /* not in the middle of a character */
      length--;
  }
  char *cut = g_utf8_make_valid (text, length);
  xmpp_free (xmpp_stanza_get_context (child), text);
  return cut;
}

void
peal_condition_read (xmpp_stanza_t *stanza, GError **error)
{
  PealCondition found = PEAL_CONDITION_NONE;
  xmpp_stanza_t *inside = xmpp_stanza_get_child_by_name (stanza, "error");
  g_autofree char *text = inside ? read_text (inside) : NULL;

  for (xmpp_stanza_t *child = inside ? xmpp_stanza_get_children (inside) : NULL; child;
       child = xmpp_stanza_get_next (child)) {
    PealCondition condition = find_condition (child);
    /* An application condition says more than the one it goes with, wherever it stands. */
    if (condition && (!found || conditions[condition].ns))
      found = condition;
  }
  if (!found)
    found = PEAL_UNDEFINED_CONDITION;
  g_set_error (error, PEAL_CONDITION, found, "%s%s%s", conditions[found].name, text ? ": " : "",
               text ? text : "");
}
