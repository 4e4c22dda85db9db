/* Carrying out what a call's machines ask for: send, reply, open, apply, start, tell. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

/* An IQ may take this long: Dino answers an offer only after it probed its codecs. */
#define IQ_PATIENCE 60

/* --- stanzas --- */

static void
message_answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  guint token = ((PealAsk *) user)->token;
  PealInform inform = ((PealAsk *) user)->inform;
  PealCall *call = peal_endpoint_answered (user);
  if (!call || !call->session)
    return;
  gboolean timed_out = why && why->domain != PEAL_CONDITION;
  PealCondition condition = PEAL_CONDITION_NONE;
  if (why && !timed_out)
    condition = (PealCondition) why->code;
  peal_session_result (call->session, token, condition, timed_out, g_get_monotonic_time ());
  if (inform && g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CLOSED))
    peal_call_inform_again (call, inform);
  else if (inform)
    call->retold = 0;
  peal_call_drain (call);
}

static void
send_message (PealCall *call, const PealAction *action)
{
  PealPort *port = peal_endpoint_setup (call->endpoint)->port;
  PealAsk *ask = peal_endpoint_ask (call->endpoint, call, NULL);
  ask->token = action->token;
  ask->inform = peal_call_informs (call, action->message);
  xmpp_stanza_t *payload =
      peal_element_build (&peal_jingle_element, action->message, peal_port_context (port));
  peal_port_request (port, peal_port_iq (port, "set", call->peer, payload), IQ_PATIENCE,
                     message_answered, ask);
}

static void
reply (PealCall *call, const PealAction *action)
{
  PealPort *port = peal_endpoint_setup (call->endpoint)->port;
  xmpp_stanza_t *iq = action->iq;
  if (action->condition == PEAL_CONDITION_NONE)
    peal_port_result (port, iq, NULL);
  else {
    g_autoptr(GError) error =
        g_error_new_literal (PEAL_CONDITION, action->condition, action->text ? action->text : "");
    peal_port_refuse (port, iq, error);
  }
  xmpp_stanza_release (iq);
}

/* --- contents --- */

static void
do_content (PealCall *call, const PealAction *action)
{
  PealSlot *slot;
  switch (action->what) {
  case PEAL_CONTENT_OPEN:
    peal_call_open_content (call, action->content, action->added);
    break;
  case PEAL_CONTENT_AGREED:
    peal_call_agree_content (call, action->content);
    break;
  case PEAL_CONTENT_TRANSPORT:
    slot = peal_call_slot (call, action->content);
    if (slot)
      peal_call_apply (call, slot, action->content);
    break;
  default:
    peal_call_changed (call, action);
    break;
  }
}

/* --- events of the session --- */

static void
turn_away (PealCall *call)
{
  peal_call_reject (call, PEAL_REASON_BUSY);
}

/* A session-initiate was taken: the user is asked, or has already picked up the proposal. */
static void
offered (PealCall *call)
{
  if (call->turned_away) {
    turn_away (call);
    return;
  }
  if (!call->slots->len) {
    PealReasonCondition reason =
        call->trouble ? call->trouble_reason : PEAL_REASON_UNSUPPORTED_APPLICATIONS;
    g_autoptr(GError) why = g_steal_pointer (&call->trouble);
    peal_call_refuse (call, reason, why);
    return;
  }
  g_clear_error (&call->trouble);
  for (guint i = 0; !call->invite && i < call->slots->len; i++)
    peal_call_note_media (call, ((PealSlot *) call->slots->pdata[i])->application->media);
  peal_call_drop_spares (call);
  peal_endpoint_sweep_soon (call->endpoint);
  if (call->accepted) {
    peal_call_enter (call, PEAL_CALL_OFFERED);
    peal_call_accept_now (call);
    return;
  }
  if (call->contact) /* to ring is to say that somebody is here */
    peal_call_inform (call, PEAL_INFORM_RINGING);
  peal_call_tell_kind (call, PEAL_EVENT_INCOMING, PEAL_BY_REMOTE);
}

/* The session is agreed as far as we know: ours by the peer's accept, theirs by our own. */
static void
agreed (PealCall *call)
{
  if (call->active_at)
    return;
  call->active_at = g_get_monotonic_time ();
  if (!call->accepted_at)
    call->accepted_at = call->active_at;
  peal_call_tell_kind (call, PEAL_EVENT_ACCEPTED, call->outgoing ? PEAL_BY_REMOTE : PEAL_BY_LOCAL);
  peal_call_tell_connections (call);
  peal_call_inform_all (call);
}

static void
session_event (PealCall *call, const PealAction *action)
{
  if (action->event == PEAL_SESSION_EVENT_INFO) {
    if (call->stage != PEAL_CALL_ENDED)
      peal_call_informed (call, action->info);
    return;
  }
  peal_trace_transition (peal_endpoint_setup (call->endpoint)->trace, "session", call->sid,
                         peal_session_state_words[call->session_was],
                         peal_session_state_words[action->state]);
  call->session_was = action->state;
  if (call->stage == PEAL_CALL_ENDED) {
    /* One that lost a tie-break, and that its peer takes all the same: it would never end. */
    if (action->state < PEAL_SESSION_ENDING)
      peal_session_terminate (call->session, PEAL_REASON_ALTERNATIVE_SESSION, NULL,
                              PEAL_CAUSE_ELSEWHERE, g_get_monotonic_time ());
    peal_endpoint_forget (call->endpoint, call); /* once our good-bye is acknowledged */
    return;
  }
  if (action->state == PEAL_SESSION_OFFERED)
    offered (call);
  else if (action->state == PEAL_SESSION_ACCEPTING || action->state == PEAL_SESSION_ACTIVE)
    agreed (call);
  else if (action->state == PEAL_SESSION_ENDED)
    peal_call_over (call, action->cause, action->reason, action->by, action->reason_text);
}

static void
carry_out (PealCall *call, const PealAction *action)
{
  switch (action->kind) {
  case PEAL_ACTION_NONE:
    break;
  case PEAL_ACTION_SEND:
    send_message (call, action);
    break;
  case PEAL_ACTION_REPLY:
    reply (call, action);
    break;
  case PEAL_ACTION_CONTENT:
    if (call->stage != PEAL_CALL_ENDED)
      do_content (call, action);
    break;
  case PEAL_ACTION_EVENT:
    session_event (call, action);
    break;
  }
}

/* --- the proposal --- */

static void
send_invite (PealCall *call, const PealInviteAction *action)
{
  const PealEndpointSetup *setup = peal_endpoint_setup (call->endpoint);
  /* By this id the endpoint knows a proposal that a server bounces without its payload. */
  const char *id = action->verb == PEAL_INVITE_PROPOSE ? call->sid : NULL;
  peal_messages_send (setup->messages, action->to, id,
                      peal_element_build (peal_invite_elements[action->verb], action->message,
                                          peal_port_context (setup->port)));
}

static void
picked_up (PealCall *call, const char *with)
{
  call->accepted_at = g_get_monotonic_time ();
  if (!call->outgoing)
    return; /* the initiator sends session-initiate now */
  g_free (call->peer);
  call->peer = g_strdup (with);
  peal_call_enter (call, PEAL_CALL_STARTING);
  peal_call_go_on (call);
}

static void
invite_event (PealCall *call, const PealInviteAction *action)
{
  peal_trace_transition (peal_endpoint_setup (call->endpoint)->trace, "invite", call->sid,
                         peal_invite_state_words[call->invite_was],
                         peal_invite_state_words[action->state]);
  call->invite_was = action->state;
  if (call->stage == PEAL_CALL_ENDED)
    return;
  switch (action->state) {
  case PEAL_INVITE_RANG:
    peal_call_tell_kind (call, PEAL_EVENT_RINGING, PEAL_BY_REMOTE);
    break;
  case PEAL_INVITE_INCOMING:
    if (call->turned_away)
      turn_away (call);
    else if (call->accepted)
      peal_call_accept (call);
    else
      peal_call_tell_kind (call, PEAL_EVENT_INCOMING, PEAL_BY_REMOTE);
    break;
  case PEAL_INVITE_PROCEEDED:
    picked_up (call, action->with);
    break;
  case PEAL_INVITE_ENDED:
    if (!call->session)
      peal_call_over (call, action->cause, action->reason, action->by, NULL);
    break;
  default:
    break;
  }
}

void
peal_call_drain (PealCall *call)
{
  PealInviteAction invite;
  while (call->invite && peal_invite_poll (call->invite, &invite)) {
    if (invite.is_event)
      invite_event (call, &invite);
    else
      send_invite (call, &invite);
    peal_invite_action_clear (&invite);
  }
  PealAction action;
  while (call->session && peal_session_poll (call->session, &action)) {
    carry_out (call, &action);
    peal_action_clear (&action);
  }
  peal_endpoint_arm (call->endpoint);
}
