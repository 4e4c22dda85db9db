/* What an endpoint hears: Jingle, proposals and presence; who is let in, and which calls cross. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/endpoint_inner.h"
#include "signaling/limits.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

/* Strangers are told from contacts by the roster: what comes before it waits. */
typedef struct {
  xmpp_stanza_t *stanza;
  PealMessage message; /* of a proposal; else .stanza is NULL */
} Early;

static gboolean
is_contact (PealEndpoint *endpoint, const char *from)
{
  g_autofree char *bare = peal_jid_bare (from);
  return peal_roster_trusts (endpoint->setup.roster, bare);
}

static PealAdmission
admission (PealEndpoint *endpoint, const char *from, gboolean contact)
{
  if (!endpoint->policy.n_wishes)
    return PEAL_IGNORE;
  return endpoint->admit ? endpoint->admit (endpoint->admit_user, from, contact) : PEAL_ADMIT;
}

/* Whether one more call of @from is beyond a limit. */
static gboolean
is_too_much (PealEndpoint *endpoint, const char *from, gboolean contact)
{
  PealGuardQuestion question = {
    .calls = endpoint->calls, .from = from, .contact = contact, .now = g_get_monotonic_time ()
  };
  const char *why = peal_guard_refuses (endpoint->guard, &question);
  if (why)
    peal_trace_note (endpoint->setup.trace, "%s: %s", from, why);
  return why != NULL;
}

static PealCall *
add_incoming (PealEndpoint *endpoint, const char *sid, const char *from, gboolean contact)
{
  PealCall *call = peal_call_new (endpoint, sid, from, &endpoint->policy);
  call->contact = contact;
  g_ptr_array_add (endpoint->calls, call);
  return call;
}

/* --- refusals --- */

static void
refuse (PealEndpoint *endpoint, xmpp_stanza_t *iq, PealCondition condition, const char *text)
{
  g_autoptr(GError) error = g_error_new_literal (PEAL_CONDITION, condition, text);
  peal_port_refuse (endpoint->setup.port, iq, error);
}

/* Whether @from may learn that we are here, or has. */
static gboolean
may_know (PealEndpoint *endpoint, const char *from)
{
  for (guint i = 0; i < endpoint->calls->len; i++) {
    const PealCall *call = endpoint->calls->pdata[i];
    if (call->session && peal_jid_equal (call->peer, from))
      return TRUE;
  }
  return peal_presences_shows (endpoint->setup.presences, from) ||
         admission (endpoint, from, is_contact (endpoint, from)) != PEAL_IGNORE;
}

/* For others nobody is here (RFC 6121 §8.5.3.2.3), whatever is wrong with what they say. */
static void
refuse_unless_strange (PealEndpoint *endpoint, xmpp_stanza_t *iq, PealCondition condition,
                       const char *text)
{
  gboolean told = may_know (endpoint, xmpp_stanza_get_from (iq));
  refuse (endpoint, iq, told ? condition : PEAL_SERVICE_UNAVAILABLE, told ? text : "");
}

/* --- what comes before the roster --- */

static gboolean hear_jingle (gpointer user, PealPort *port, xmpp_stanza_t *iq);
static gboolean hear_invite (gpointer user, const PealMessage *heard);

static void
early_free (gpointer data)
{
  Early *early = data;
  xmpp_stanza_release (early->stanza);
  g_free (early);
}

/* In the order it came. */
static void
roster_there (gpointer user)
{
  PealEndpoint *endpoint = ((PealAsk *) user)->endpoint;
  peal_endpoint_answered (user);
  if (!endpoint)
    return;
  endpoint->acquainted = TRUE;
  for (Early *early; (early = g_queue_pop_head (&endpoint->early)); early_free (early))
    if (early->message.stanza)
      hear_invite (endpoint, &early->message);
    else
      hear_jingle (endpoint, endpoint->setup.port, early->stanza);
}

static guint
count_early (PealEndpoint *endpoint, const char *from)
{
  guint count = 0;
  for (GList *each = endpoint->early.head; each; each = each->next)
    count += peal_jid_same_bare (xmpp_stanza_get_from (((Early *) each->data)->stanza), from);
  return count;
}

/* Whether @stanza, of which @heard tells if it is a proposal's, has to wait. It is kept then, if
 * there is room: a message more is lost, and a request more finds nobody here yet. */
static gboolean
is_early (PealEndpoint *endpoint, xmpp_stanza_t *stanza, const PealMessage *heard)
{
  if (endpoint->acquainted || peal_roster_ready (endpoint->setup.roster))
    return FALSE;
  if (endpoint->early.length == 0)
    peal_roster_wait (endpoint->setup.roster, roster_there,
                      peal_endpoint_ask (endpoint, NULL, NULL));
  if (endpoint->early.length >= PEAL_MOST_EARLY ||
      count_early (endpoint, xmpp_stanza_get_from (stanza)) >= PEAL_MOST_EARLY_OF_ONE) {
    if (!heard)
      refuse (endpoint, stanza, PEAL_SERVICE_UNAVAILABLE, "");
    return TRUE;
  }
  Early *early = g_new0 (Early, 1);
  early->stanza = xmpp_stanza_clone (stanza);
  if (heard)
    early->message = *heard;
  g_queue_push_tail (&endpoint->early, early);
  return TRUE;
}

/* --- Jingle --- */

static gboolean
is_to (const PealCall *call, const char *from)
{
  return call->outgoing && (peal_jid_is_full (call->peer) ? peal_jid_equal (call->peer, from)
                                                          : peal_jid_same_bare (call->peer, from));
}

/* Nobody has answered it yet. */
static gboolean
is_open (const PealCall *call)
{
  if (!call->session)
    return call->stage != PEAL_CALL_ENDED &&
           (!call->invite || peal_invite_state (call->invite) < PEAL_INVITE_PROCEEDED);
  PealSessionState state = peal_session_state (call->session);
  return state == PEAL_SESSION_OFFERING || state == PEAL_SESSION_PENDING;
}

/* A call of ours to whom @from is, that one of theirs crosses; NULL: none. */
static PealCall *
crossing (PealEndpoint *endpoint, const char *from)
{
  for (guint i = 0; i < endpoint->calls->len; i++) {
    PealCall *call = endpoint->calls->pdata[i];
    if (is_to (call, from) && is_open (call))
      return call;
  }
  return NULL;
}

static void
take_initiate (PealEndpoint *endpoint, const char *from, const PealJingle *initiate,
               xmpp_stanza_t *iq)
{
  PealCall *mine = crossing (endpoint, from);
  PealCall *call = peal_endpoint_find (endpoint, initiate->sid);
  if (call && call->stage == PEAL_CALL_AWAITED && peal_jid_equal (call->peer, from)) {
    peal_call_initiated (call, initiate, iq);
    return;
  }
  if (call || peal_endpoint_is_buried (endpoint, initiate->sid)) {
    refuse_unless_strange (endpoint, iq, call ? PEAL_OUT_OF_ORDER : PEAL_UNKNOWN_SESSION, "");
    return;
  }
  /* XEP-0166 §7.2.16: of two that cross the lower sid is kept. What they cannot have heard of does
   * not count. */
  if (mine && mine->session &&
      peal_session_tie_break (mine->sid, initiate->sid, peal_port_jid (endpoint->setup.port),
                              from)) {
    refuse (endpoint, iq, PEAL_TIE_BREAK, "");
    return;
  }
  gboolean contact = is_contact (endpoint, from);
  PealAdmission admitted = mine ? PEAL_ADMIT : admission (endpoint, from, contact);
  if (admitted == PEAL_IGNORE) {
    refuse (endpoint, iq, PEAL_SERVICE_UNAVAILABLE, "");
    return;
  }
  /* XEP-0166 §6.3: who lacks the means for one more session says so at once. */
  if (is_too_much (endpoint, from, contact || mine)) {
    refuse (endpoint, iq, PEAL_RESOURCE_CONSTRAINT, "");
    return;
  }
  call = add_incoming (endpoint, initiate->sid, from, contact || mine);
  if (mine) {
    /* Both wanted this call: theirs goes on in the place of ours. */
    call->accepted = TRUE;
    peal_call_policy_wish (&call->policy, &mine->policy);
    peal_call_replaced (mine);
  }
  call->turned_away = admitted == PEAL_TURN_AWAY;
  peal_call_initiated (call, initiate, iq);
}

/* Whether the peer says more in its session than anybody needs; its end is always heard. */
static gboolean
is_chatter (PealEndpoint *endpoint, PealCall *call, const PealJingle *message)
{
  return message->action != PEAL_SESSION_ACCEPT && message->action != PEAL_SESSION_TERMINATE &&
         !peal_guard_hears (endpoint->guard, &call->said, g_get_monotonic_time ());
}

static void
take_jingle (PealEndpoint *endpoint, const char *from, const PealJingle *message, xmpp_stanza_t *iq)
{
  PealCall *call = peal_endpoint_find (endpoint, message->sid);
  gboolean theirs = call && call->session && peal_jid_equal (call->peer, from);
  if (theirs && is_chatter (endpoint, call, message))
    refuse (endpoint, iq, PEAL_RESOURCE_CONSTRAINT, "");
  else if (theirs) {
    peal_session_receive (call->session, message, xmpp_stanza_clone (iq), g_get_monotonic_time ());
    peal_call_drain (call);
  } else if (message->action == PEAL_SESSION_INITIATE)
    take_initiate (endpoint, from, message, iq);
  else
    refuse_unless_strange (endpoint, iq, PEAL_UNKNOWN_SESSION, "");
}

static gboolean
hear_jingle (gpointer user, PealPort *port, xmpp_stanza_t *iq)
{
  PealEndpoint *endpoint = user;
  xmpp_stanza_t *child = peal_element_find (&peal_jingle_element, iq);
  const char *from = xmpp_stanza_get_from (iq);
  if (!child || !from)
    return FALSE;
  if (is_early (endpoint, iq, NULL))
    return TRUE;
  g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  PealReading reading = { (const PealElement *const *) endpoint->vocabulary->pdata, notes };
  g_autoptr(GError) error = NULL;
  g_autoptr(PealJingle) message =
      peal_element_parse (&peal_jingle_element, child, &reading, &error);
  for (guint i = 0; i < notes->len; i++)
    peal_trace_note (endpoint->setup.trace, "%s: %s", from, (char *) notes->pdata[i]);
  if (message)
    take_jingle (endpoint, from, message, iq);
  else
    refuse_unless_strange (endpoint, iq, PEAL_BAD_REQUEST, error->message);
  return TRUE;
}

static const PealPortListener jingle_listener = {
  .kind = PEAL_STANZA_IQ, .type = "set", .ns = PEAL_NS_JINGLE, .hear = hear_jingle
};

/* --- proposals --- */

/* Whether some application of ours is meant. */
static gboolean
is_ours (PealEndpoint *endpoint, const PealInviteMessage *propose)
{
  for (guint i = 0; propose->descriptions && i < propose->descriptions->len; i++) {
    const PealOpen *open = propose->descriptions->pdata[i];
    const PealApplication *application = peal_endpoint_application (endpoint, open);
    for (guint at = 0; application && at < endpoint->policy.n_wishes; at++) {
      const PealWish *wish = &endpoint->policy.wishes[at];
      if (wish->application == application && (wish->send || wish->receive))
        return TRUE;
    }
  }
  return FALSE;
}

static void
take_proposal (PealEndpoint *endpoint, const PealMessage *heard, const PealInviteMessage *propose)
{
  PealCall *mine = crossing (endpoint, heard->from);
  gboolean contact = is_contact (endpoint, heard->from);
  /* A session-initiate of ours that is on its way finds them there, with their own proposal. */
  if (!is_ours (endpoint, propose) || peal_endpoint_is_buried (endpoint, propose->id) ||
      (mine && mine->session))
    return;
  PealAdmission admitted = mine ? PEAL_ADMIT : admission (endpoint, heard->from, contact);
  /* XEP-0353 knows no refusal but the user's: what is too much stays unanswered. */
  if (admitted == PEAL_IGNORE || is_too_much (endpoint, heard->from, contact || mine))
    return;
  PealCall *call = add_incoming (endpoint, propose->id, heard->from, contact || mine);
  if (mine) /* both wanted this call: there is nothing left to ask the user */
    peal_call_policy_wish (&call->policy, &mine->policy);
  call->accepted = mine != NULL;
  call->turned_away = admitted == PEAL_TURN_AWAY;
  gboolean told = mine && mine->stage == PEAL_CALL_INVITING;
  peal_call_invited (call, propose, heard->delay, told ? mine->sid : NULL);
  if (mine && call->stage != PEAL_CALL_ENDED)
    peal_call_replaced (mine);
}

static void
take_invite (PealEndpoint *endpoint, const PealMessage *heard, PealInviteVerb verb,
             const PealInviteMessage *message)
{
  if (is_early (endpoint, heard->stanza, heard))
    return;
  PealCall *call = peal_endpoint_find (endpoint, message->id);
  gboolean own = peal_jid_same_bare (heard->from, peal_port_jid (endpoint->setup.port));
  if (call && call->invite)
    peal_invite_receive (call->invite, verb, message, heard->from, own, g_get_monotonic_time ());
  else if (!call && verb == PEAL_INVITE_PROPOSE && !own && !heard->carbon)
    take_proposal (endpoint, heard, message);
  if (call && call->invite)
    peal_call_drain (call);
}

/* A server sends a message back with or without what was in it: the id tells. Only from where the
 * proposal went to, so that nobody else can end a call by guessing. */
static gboolean
hear_bounce (PealEndpoint *endpoint, const PealMessage *heard)
{
  PealCall *call = heard->id ? peal_endpoint_find (endpoint, heard->id) : NULL;
  if (!call || !call->invite || !call->outgoing || heard->carbon ||
      !peal_jid_equal (call->peer, heard->from))
    return FALSE;
  peal_invite_bounced (call->invite, g_get_monotonic_time ());
  peal_call_drain (call);
  return TRUE;
}

static gboolean
hear_invite (gpointer user, const PealMessage *heard)
{
  PealEndpoint *endpoint = user;
  PealReading reading = { (const PealElement *const *) endpoint->vocabulary->pdata, NULL };
  if (!heard->from || g_strcmp0 (heard->type, "groupchat") == 0)
    return FALSE;
  if (heard->error)
    return hear_bounce (endpoint, heard);
  for (PealInviteVerb verb = 1; verb < PEAL_N_INVITE_VERBS; verb++) {
    const PealElement *element = peal_invite_elements[verb];
    xmpp_stanza_t *child = peal_element_find (element, heard->stanza);
    PealInviteMessage *message = child ? peal_element_parse (element, child, &reading, NULL) : NULL;
    if (!message)
      continue;
    take_invite (endpoint, heard, verb, message);
    peal_element_free (element, message);
    return TRUE;
  }
  return FALSE;
}

/* --- presence --- */

static void
presence_changed (gpointer user, const char *full, const PealPresence *presence)
{
  PealEndpoint *endpoint = user;
  g_autoptr(GPtrArray) calls = g_ptr_array_copy (endpoint->calls, NULL, NULL);
  for (guint i = 0; presence && i < calls->len; i++)
    peal_call_noticed (calls->pdata[i], full);
}

void
peal_endpoint_listen (PealEndpoint *endpoint)
{
  const PealEndpointSetup *setup = &endpoint->setup;
  endpoint->iq_ear = peal_port_listen (setup->port, &jingle_listener, endpoint);
  endpoint->message_ear = peal_messages_listen (setup->messages, NULL, hear_invite, endpoint);
  endpoint->presence_ear = peal_presences_watch (setup->presences, presence_changed, endpoint);
}

void
peal_endpoint_unlisten (PealEndpoint *endpoint)
{
  peal_port_unlisten (endpoint->setup.port, endpoint->iq_ear);
  peal_messages_unlisten (endpoint->setup.messages, endpoint->message_ear);
  peal_presences_unwatch (endpoint->setup.presences, endpoint->presence_ear);
  g_queue_clear_full (&endpoint->early, early_free);
}
