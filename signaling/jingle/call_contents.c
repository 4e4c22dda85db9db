/* Contents in the negotiation: whether one the peer offers can be, what its answer means, and where
 * its transports go. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/limits.h"

static PealTransportSetup
judged_by (PealCall *call)
{
  return (PealTransportSetup) { .encryption = peal_call_encryption (call),
                                .initiator = call->outgoing };
}

void
peal_call_refuse (PealCall *call, PealReasonCondition reason, const GError *why)
{
  PealCause cause =
      why && why->domain == PEAL_CAUSE ? (PealCause) why->code : PEAL_CAUSE_UNSUPPORTED;
  peal_call_end (call, cause == PEAL_CAUSE_SECURITY ? PEAL_REASON_SECURITY_ERROR : reason, cause,
                 why);
}

/* --- transports --- */

static void
hold_transport (PealCall *call, const PealContent *content)
{
  if (call->held->len < PEAL_MOST_HELD)
    g_ptr_array_add (call->held, peal_element_copy (&peal_content_element, content));
}

/* Before the answer nobody knows what it bundles: then they may be of another transport. */
static void
keep_early (PealCall *call, PealSlot *slot, const PealContent *content)
{
  if (!call->grouped || call->bundled)
    return;
  if (!slot->early)
    slot->early = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  if (slot->early->len < PEAL_MOST_EARLY_TRANSPORTS)
    g_ptr_array_add (slot->early, peal_element_copy (&peal_content_element, content));
}

/* With BUNDLE the peer may go on telling of the transports that were dropped: what is not of the
 * one in use is none of our concern. */
static gboolean
is_meant (const PealSlot *slot, gconstpointer transport)
{
  return slot->carrier->tag == slot || peal_carrier_knows (slot->carrier, transport);
}

void
peal_call_apply (PealCall *call, PealSlot *slot, const PealContent *content)
{
  g_autoptr(GError) error = NULL;
  PealCarrier *carrier = slot->next ? slot->next : slot->carrier;
  gboolean renewed = FALSE;
  if (!content->transport || content->transport->element != carrier->method->element)
    return;
  if (!call->outgoing && !call->accepted) {
    /* The first check would already show our address. */
    hold_transport (call, content);
    return;
  }
  if (slot->next) { /* candidates of either: each knows its own credentials */
    if (peal_carrier_knows (slot->carrier, content->transport->value))
      carrier = slot->carrier;
  } else if (!is_meant (slot, content->transport->value))
    return;
  keep_early (call, slot, content);
  if (!peal_carrier_apply (carrier, content->transport->value, &renewed, &error))
    peal_call_lose (call, slot, PEAL_REASON_FAILED_TRANSPORT, error);
  else if (renewed)
    peal_call_restarted (call, carrier);
}

/* --- an offer of the peer's --- */

/* What can be said no to; the parts of the question are gathered on the way. */
typedef struct {
  const PealContent *content;
  const PealWish *wish;
  const PealMethod *method;
  PealCarrier *shared; /* NULL: it has a transport of its own */
  gpointer answer;
  PealReasonCondition reason; /* why not */
} Taking;

static gboolean
is_wanted (PealCall *call, const PealWish *wish, gboolean added)
{
  if (!wish || peal_call_slot_of (call, wish->application->media))
    return FALSE;
  if (added)
    return wish->receive || (call->habits & PEAL_HABIT_NO_REJECT);
  return wish->send || wish->receive;
}

static gboolean
find_means (PealCall *call, Taking *taking, gboolean added, GError **error)
{
  const PealContent *content = taking->content;
  const PealApplication *application =
      content->description ? peal_endpoint_application (call->endpoint, content->description)
                           : NULL;
  taking->reason =
      application ? PEAL_REASON_UNSUPPORTED_TRANSPORTS : PEAL_REASON_UNSUPPORTED_APPLICATIONS;
  taking->wish = application ? peal_call_wish (call, application) : NULL;
  if (taking->wish && content->transport)
    taking->method = peal_endpoint_method (call->endpoint, application, &call->policy,
                                           content->transport->element);
  if (!is_wanted (call, taking->wish, added))
    taking->reason = PEAL_REASON_UNSUPPORTED_APPLICATIONS;
  else if (taking->method)
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
               "%s offers content that peal does not take", call->peer);
  return FALSE;
}

static gboolean
judge (PealCall *call, Taking *taking, gboolean added, GError **error)
{
  const PealContent *content = taking->content;
  PealTransportSetup setup = judged_by (call);
  if (!added) /* what comes later has a transport of its own */
    taking->shared = peal_call_shared (call, content, taking->method);
  taking->reason = PEAL_REASON_FAILED_TRANSPORT;
  if (!taking->shared && taking->method->judge &&
      !taking->method->judge (&setup, content->transport->value, error))
    return FALSE;
  PealContentPlan plan = { .content = content->name, .config = taking->wish->config };
  taking->reason = PEAL_REASON_FAILED_APPLICATION;
  taking->answer = taking->wish->application->answer (&plan, content->description->value,
                                                      &taking->reason, error);
  return taking->answer != NULL;
}

/* Clients older than RFC 5761 have candidates for RTCP, and wait for a path of it. */
static gboolean
needs_two_components (const Taking *taking)
{
  const PealContent *content = taking->content;
  const PealApplication *application = taking->wish->application;

  return taking->method->components && application->multiplexes &&
         taking->method->components (content->transport->value) > 1 &&
         !application->multiplexes (content->description->value);
}

static PealSlot *
open_taken (PealCall *call, Taking *taking)
{
  const PealContent *content = taking->content;
  if (!taking->shared)
    call->two_components = needs_two_components (taking);
  PealSlot *slot = peal_call_open_slot (call, content->name, taking->wish);
  slot->creator = content->creator;
  slot->senders = content->senders;
  peal_slot_answer (slot, content->description->value, g_steal_pointer (&taking->answer));
  peal_call_carry (call, slot,
                   taking->shared ? taking->shared
                                  : peal_call_open_carrier (call, taking->method, content->name));
  return slot;
}

/* Keeps how a content that was not taken will stand in our answer: no addresses, no direction. */
static void
note_refusal (PealCall *call, const PealContent *offered)
{
  const PealApplication *application =
      peal_endpoint_application (call->endpoint, offered->description);
  if (!(call->habits & PEAL_HABIT_NAMES_REFUSED) || !application || !application->refuse)
    return;
  const PealElement *transport = offered->transport->element;
  PealContent *content = peal_element_new (&peal_content_element);
  content->creator = offered->creator;
  content->name = g_strdup (offered->name);
  content->senders = PEAL_SENDERS_NONE;
  content->description =
      peal_open_new (application->element, application->refuse (offered->description->value));
  content->transport = peal_open_new (transport, peal_element_new (transport));
  g_ptr_array_add (call->refusals, content);
}

static void
open_offered (PealCall *call, Taking *taking)
{
  PealSlot *slot = open_taken (call, taking);
  PealSenders senders = peal_slot_narrow (slot, taking->wish->send, taking->wish->receive);
  if (senders != peal_slot_narrow (slot, TRUE, TRUE)) {
    slot->senders = senders;
    slot->narrowed = TRUE;
  }
  peal_call_apply (call, slot, taking->content);
}

/* A content that comes in a running call opens no camera: it is taken to receive, and what the user
 * asked for before goes beside it. */
static void
open_added (PealCall *call, Taking *taking)
{
  PealSlot *slot = open_taken (call, taking);
  slot->stage = PEAL_SLOT_TAKING;
  slot->willing = (call->asked & peal_call_bit (call, taking->wish)) != 0;
  slot->senders = peal_slot_narrow (slot, slot->willing, TRUE);
  peal_call_control_slot (call, slot);
  peal_call_apply (call, slot, taking->content);
  peal_call_changes_go_on (call);
}

/* Of a content-add that asks for ours alone nothing would be left. */
static gboolean
would_send (const PealCall *call, const PealContent *content)
{
  return content->senders == PEAL_SENDERS_ABSENT || content->senders == PEAL_SENDERS_BOTH ||
         content->senders == (call->outgoing ? PEAL_SENDERS_RESPONDER : PEAL_SENDERS_INITIATOR);
}

/* The reason of the first content that cannot be is told when none can. */
void
peal_call_open_content (PealCall *call, const PealContent *content, gboolean added)
{
  g_autoptr(GError) error = NULL;
  Taking taking = { .content = content };
  if (call->turned_away)
    return;
  if (added && (peal_call_is_worn (call) || !would_send (call, content)))
    taking.reason = PEAL_REASON_DECLINE;
  else if (find_means (call, &taking, added, &error) && judge (call, &taking, added, &error)) {
    (added ? open_added : open_offered) (call, &taking);
    return;
  }
  if (added) {
    peal_session_reject_content (call->session, content->name, taking.reason,
                                 g_get_monotonic_time ());
    return;
  }
  note_refusal (call, content);
  if (!call->trouble) {
    call->trouble = g_steal_pointer (&error);
    call->trouble_reason = taking.reason;
  }
}

/* --- the peer's answer --- */

/* stanza.js names what it does not take by an empty transport. */
static gboolean
is_refusal (const PealContent *content, const PealElement *element)
{
  gpointer nothing = peal_element_new (element);
  gboolean empty = content->transport && content->transport->element == element &&
                   peal_element_equal (element, content->transport->value, nothing);
  peal_element_free (element, nothing);
  return empty;
}

/* The content is not there for the peer; others may be. */
static void
lose_refused (PealCall *call, PealSlot *slot)
{
  g_autoptr(GError) why = NULL;
  if (call->slots->len > 1) {
    peal_session_remove (call->session, slot->name, PEAL_REASON_FAILED_APPLICATION,
                         g_get_monotonic_time ());
    if (!slot->dead) {
      peal_call_tell_content (call, PEAL_EVENT_CONTENT_REMOVED, slot, PEAL_BY_REMOTE,
                              peal_reason_words[PEAL_REASON_FAILED_APPLICATION]);
      peal_call_drop (call, slot);
    }
    return;
  }
  why = g_error_new (PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
                     "%s accepted the call, but its client takes nothing of what was offered",
                     call->peer);
  peal_call_end (call, PEAL_REASON_FAILED_APPLICATION, PEAL_CAUSE_UNSUPPORTED, why);
}

static gboolean
settle (PealCall *call, PealSlot *slot, GError **error)
{
  PealCarrier *carrier = slot->carrier;
  return carrier->tag != slot || !carrier->method->settle ||
         carrier->method->settle (carrier->transport, error);
}

void
peal_call_agree_content (PealCall *call, const PealContent *content)
{
  PealSlot *slot = peal_call_slot (call, content);
  g_autoptr(GError) error = NULL;
  PealReasonCondition reason = PEAL_REASON_FAILED_APPLICATION;
  if (!slot || slot->remote)
    return;
  peal_call_bundle (call);
  if (is_refusal (content, slot->carrier->method->element)) {
    lose_refused (call, slot);
    return;
  }
  gboolean said =
      content->description && content->description->element == slot->application->element;
  if (!peal_slot_agree (slot, said ? content->description->value : NULL, &reason, &error)) {
    peal_call_lose (call, slot, reason, error);
    return;
  }
  if (content->senders)
    slot->senders = content->senders;
  peal_call_apply (call, slot, content);
  if (call->stage == PEAL_CALL_RUNNING && !slot->dead && !settle (call, slot, &error))
    peal_call_lose (call, slot, PEAL_REASON_FAILED_TRANSPORT, error);
}
