/* The proposal machine: who may say what in which state, and how long each may last, as tables. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/invite.h"

#include "signaling/jingle/ending.h"
#include "signaling/jingle/session.h"
#include "signaling/wire/jid.h"

#include <string.h>

#define PROPOSED  PEAL_INVITE_PROPOSED
#define RANG      PEAL_INVITE_RANG
#define INCOMING  PEAL_INVITE_INCOMING
#define PROCEEDED PEAL_INVITE_PROCEEDED
#define STARTED   PEAL_INVITE_STARTED
#define ENDED     PEAL_INVITE_ENDED

#define SECONDS(n)   ((n) * (gint64) G_USEC_PER_SEC)
#define RING_TIMEOUT SECONDS (45)
/* The caller's patience ends first, so that both sides hear the same reason. */
#define RING_GRACE SECONDS (15)
/* From our proceed to the caller's session-initiate. */
#define START_TIMEOUT SECONDS (30)
/* The same, when a second device of ours picked up: the caller takes only one of us. */
#define RACE_TIMEOUT SECONDS (10)
/* What was stored longer than this before it came is a missed call. */
#define OLD SECONDS (10)

const char *const peal_invite_state_words[] = {
  "new", "proposed", "rang", "incoming", "proceeded", "started", "ended", NULL,
};

struct PealInvite {
  char *id, *self, *peer, *peer_bare;
  char *with; /* who picked up, as far as is known */
  gboolean outgoing;
  PealInviteState state;
  gint64 now, deadline, ring_timeout;
  GQueue actions; /* of PealInviteAction * */
};

/* clang-format off */
/* What the other side may say. NEW, the 0, never follows: ignored. */
static const PealInviteState on_peer[PEAL_N_INVITE_STATES][PEAL_N_INVITE_VERBS] = {
  [PROPOSED] = { [PEAL_INVITE_RINGING] = RANG, [PEAL_INVITE_PROCEED] = PROCEEDED,
                 /* §5 of version 0.4, and Dino: an accept of the peer is a proceed. */
                 [PEAL_INVITE_ACCEPT] = PROCEEDED, [PEAL_INVITE_REJECT] = ENDED,
                 [PEAL_INVITE_FINISH] = ENDED },
  [RANG] = { [PEAL_INVITE_PROCEED] = PROCEEDED, [PEAL_INVITE_ACCEPT] = PROCEEDED,
             [PEAL_INVITE_REJECT] = ENDED, [PEAL_INVITE_FINISH] = ENDED },
  [INCOMING] = { [PEAL_INVITE_RETRACT] = ENDED, [PEAL_INVITE_FINISH] = ENDED },
  /* Only the first proceed counts; a second one finds nothing here. */
  [PROCEEDED] = { [PEAL_INVITE_RETRACT] = ENDED, [PEAL_INVITE_FINISH] = ENDED,
                  [PEAL_INVITE_REJECT] = ENDED },
  [STARTED] = { [PEAL_INVITE_FINISH] = ENDED },
};

/* What another device of our own account may say about a proposal to it. */
static const PealInviteState on_own[PEAL_N_INVITE_STATES][PEAL_N_INVITE_VERBS] = {
  [INCOMING] = { [PEAL_INVITE_PROCEED] = ENDED, [PEAL_INVITE_ACCEPT] = ENDED,
                 [PEAL_INVITE_REJECT] = ENDED, [PEAL_INVITE_FINISH] = ENDED },
  /* Two of us picked up at once. Nobody here can tell whom the caller heard first. */
  [PROCEEDED] = { [PEAL_INVITE_PROCEED] = PROCEEDED, [PEAL_INVITE_ACCEPT] = PROCEEDED },
};

/* clang-format on */

void
peal_invite_action_clear (PealInviteAction *action)
{
  if (action->message)
    peal_element_free (peal_invite_elements[action->verb], action->message);
  action->message = NULL;
}

static void
emit (PealInvite *invite, PealInviteAction action)
{
  g_queue_push_tail (&invite->actions, g_memdup2 (&action, sizeof action));
}

static PealInviteMessage *
send (PealInvite *invite, PealInviteVerb verb, const char *to)
{
  PealInviteMessage *message = peal_element_new (peal_invite_elements[verb]);

  message->id = g_strdup (invite->id);
  emit (invite, (PealInviteAction) { .verb = verb, .to = to, .message = message });
  return message;
}

/* Retract, reject and finish must have a reason (version 0.7). */
static PealInviteMessage *
send_with_reason (PealInvite *invite, PealInviteVerb verb, const char *to,
                  PealReasonCondition reason)
{
  PealInviteMessage *message = send (invite, verb, to);

  message->reason = peal_element_new (&peal_reason_element);
  message->reason->condition = reason;
  return message;
}

/* When @state has lasted too long; every state has an end, or says why not. */
static gint64
deadline_of (const PealInvite *invite, PealInviteState state)
{
  switch (state) {
  case PROPOSED:
  case INCOMING:
    return invite->now + invite->ring_timeout;
  case RANG: /* it has rung, or not, since it was proposed */
    return invite->deadline;
  case PROCEEDED: /* of ours the session-initiate follows at once, and that has a deadline of its
                     own */
    return invite->outgoing ? G_MAXINT64 : invite->now + START_TIMEOUT;
  default: /* STARTED: the session's deadlines count; NEW, ENDED: nothing to wait for */
    return G_MAXINT64;
  }
}

/* The only assignment to ->state. @told: what the event says beside the state. */
static void
enter (PealInvite *invite, PealInviteState state, PealInviteAction told)
{
  g_debug ("%s: %s -> %s", invite->id, peal_invite_state_words[invite->state],
           peal_invite_state_words[state]);
  invite->deadline = deadline_of (invite, state);
  invite->state = state;
  told.is_event = TRUE;
  told.state = state;
  told.with = invite->with;
  emit (invite, told);
}

static void
end (PealInvite *invite, PealBy by, PealCause cause, PealReasonCondition reason)
{
  enter (invite, ENDED, (PealInviteAction) { .by = by, .cause = cause, .reason = reason });
}

/* --- making and freeing --- */

static PealInvite *
invite_new (const PealInviteSetup *setup, gboolean outgoing)
{
  PealInvite *invite = g_new0 (PealInvite, 1);

  invite->id = g_strdup (setup->id);
  invite->self = g_strdup (setup->self);
  invite->peer = g_strdup (setup->peer);
  invite->peer_bare = peal_jid_bare (setup->peer);
  invite->outgoing = outgoing;
  invite->now = setup->now;
  invite->ring_timeout = setup->ring_timeout ? setup->ring_timeout : RING_TIMEOUT;
  if (!outgoing)
    invite->ring_timeout += RING_GRACE;
  return invite;
}

PealInvite *
peal_invite_new_outgoing (const PealInviteSetup *setup, GPtrArray *descriptions)
{
  PealInvite *invite = invite_new (setup, TRUE);

  g_ptr_array_set_free_func (descriptions, NULL);
  send (invite, PEAL_INVITE_PROPOSE, invite->peer)->descriptions = descriptions;
  enter (invite, PROPOSED, (PealInviteAction) { 0 });
  return invite;
}

PealInvite *
peal_invite_new_incoming (const PealInviteSetup *setup, const PealInviteMessage *propose)
{
  PealInvite *invite = invite_new (setup, FALSE);

  if (setup->delay > OLD) {
    end (invite, PEAL_BY_REMOTE, PEAL_CAUSE_NO_ANSWER, PEAL_REASON_EXPIRED);
    return invite;
  }
  if (setup->crosses &&
      peal_session_tie_break (setup->crosses, propose->id, setup->self, setup->peer)) {
    send_with_reason (invite, PEAL_INVITE_REJECT, invite->peer, PEAL_REASON_EXPIRED)->tie_break =
        TRUE;
    end (invite, PEAL_BY_LOCAL, PEAL_CAUSE_ELSEWHERE, PEAL_REASON_EXPIRED);
    return invite;
  }
  /* §6: to ring is to say that somebody is here. */
  if (setup->trusted)
    send (invite, PEAL_INVITE_RINGING, invite->peer);
  enter (invite, INCOMING, (PealInviteAction) { 0 });
  return invite;
}

void
peal_invite_free (PealInvite *invite)
{
  PealInviteAction action;

  if (!invite)
    return;
  while (peal_invite_poll (invite, &action))
    peal_invite_action_clear (&action);
  g_free (invite->id);
  g_free (invite->self);
  g_free (invite->peer);
  g_free (invite->peer_bare);
  g_free (invite->with);
  g_free (invite);
}

/* --- what comes in --- */

static PealPhase
phase_of (const PealInvite *invite)
{
  if (invite->state == STARTED)
    return PEAL_PHASE_TALKING;
  return invite->outgoing ? PEAL_PHASE_WAITING : PEAL_PHASE_ASKED;
}

/* Whether @from is the other side: once somebody picked up, of a proposal of ours, that device
 * alone. */
static gboolean
is_peer (const PealInvite *invite, const char *from)
{
  if (invite->outgoing && invite->state >= PROCEEDED)
    return peal_jid_equal (from, invite->with);
  return peal_jid_same_bare (from, invite->peer) && !peal_jid_equal (from, invite->self);
}

/* Whether @from is a device of ours that is called as we are. In a call between devices of one
 * account everybody is of our own: there only the caller's device is the other side. */
static gboolean
is_fellow (const PealInvite *invite, const char *from, gboolean own)
{
  return own && !invite->outgoing && !peal_jid_equal (from, invite->peer) &&
         !peal_jid_equal (from, invite->self);
}

static void
hear_own (PealInvite *invite, PealInviteVerb verb, const PealInviteMessage *message,
          const char *from)
{
  PealReasonCondition reason = message->reason ? message->reason->condition : PEAL_REASON_NONE;
  PealInviteState next = on_own[invite->state][verb];

  if (next == ENDED)
    end (invite, PEAL_BY_LOCAL,
         verb == PEAL_INVITE_REJECT && !message->tie_break ? PEAL_CAUSE_DECLINED
                                                           : PEAL_CAUSE_ELSEWHERE,
         reason);
  else if (next) {
    g_free (invite->with);
    invite->with = g_strdup (from);
    invite->deadline = MIN (invite->deadline, invite->now + RACE_TIMEOUT);
  }
}

static void
hear_peer (PealInvite *invite, PealInviteVerb verb, const PealInviteMessage *message,
           const char *from)
{
  PealReasonCondition reason = message->reason ? message->reason->condition : PEAL_REASON_NONE;
  PealInviteState next = on_peer[invite->state][verb];
  PealCause cause = peal_ending_of_reason (reason, phase_of (invite));

  /* What finishes had started: with another device, where it was not with us. */
  gboolean without_us = verb == PEAL_INVITE_FINISH && !invite->outgoing && invite->state != STARTED;

  if (message->tie_break || message->migrated_to || without_us)
    cause = PEAL_CAUSE_ELSEWHERE;
  if (next == ENDED)
    end (invite, PEAL_BY_REMOTE, cause, reason);
  else if (next == RANG)
    enter (invite, RANG, (PealInviteAction) { .by = PEAL_BY_REMOTE });
  else if (next == PROCEEDED && peal_jid_is_full (from)) {
    invite->with = g_strdup (from);
    enter (invite, PROCEEDED, (PealInviteAction) { .by = PEAL_BY_REMOTE });
  }
}

void
peal_invite_receive (PealInvite *invite, PealInviteVerb verb, const PealInviteMessage *message,
                     const char *from, gboolean own, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (is_fellow (invite, from, own))
    hear_own (invite, verb, message, from);
  else if (is_peer (invite, from))
    hear_peer (invite, verb, message, from);
}

void
peal_invite_bounced (PealInvite *invite, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->state == PROPOSED)
    end (invite, PEAL_BY_REMOTE, PEAL_CAUSE_UNREACHABLE, PEAL_REASON_GONE);
  else if (invite->state == PROCEEDED && !invite->outgoing)
    end (invite, PEAL_BY_REMOTE, PEAL_CAUSE_LOST, PEAL_REASON_GONE);
}

void
peal_invite_tick (PealInvite *invite, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->now < invite->deadline)
    return;
  switch (invite->state) {
  case PROPOSED:
  case RANG:
    send_with_reason (invite, PEAL_INVITE_RETRACT, invite->peer, PEAL_REASON_TIMEOUT);
    end (invite, PEAL_BY_LOCAL, PEAL_CAUSE_NO_ANSWER, PEAL_REASON_TIMEOUT);
    break;
  case INCOMING: /* without a word: another device may still ring */
    end (invite, PEAL_BY_LOCAL, PEAL_CAUSE_NO_ANSWER, PEAL_REASON_TIMEOUT);
    break;
  case PROCEEDED:
    end (invite, PEAL_BY_REMOTE,
         peal_jid_equal (invite->with, invite->self) ? PEAL_CAUSE_LOST : PEAL_CAUSE_ELSEWHERE,
         PEAL_REASON_TIMEOUT);
    break;
  default: /* the others have none */
    g_assert_not_reached ();
  }
}

/* --- the user's will --- */

void
peal_invite_proceed (PealInvite *invite, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->state != INCOMING)
    return;
  invite->with = g_strdup (invite->self);
  send (invite, PEAL_INVITE_PROCEED, invite->peer);
  enter (invite, PROCEEDED, (PealInviteAction) { .by = PEAL_BY_LOCAL });
}

void
peal_invite_reject (PealInvite *invite, PealReasonCondition reason, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->state != INCOMING)
    return;
  send_with_reason (invite, PEAL_INVITE_REJECT, invite->peer, reason);
  end (invite, PEAL_BY_LOCAL, reason == PEAL_REASON_BUSY ? PEAL_CAUSE_BUSY : PEAL_CAUSE_DECLINED,
       reason);
}

void
peal_invite_retract (PealInvite *invite, PealReasonCondition reason, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->state != PROPOSED && invite->state != RANG &&
      !(invite->outgoing && invite->state == PROCEEDED))
    return;
  send_with_reason (invite, PEAL_INVITE_RETRACT, invite->peer, reason);
  end (invite, PEAL_BY_LOCAL, PEAL_CAUSE_CANCELLED, reason);
}

void
peal_invite_tie_break (PealInvite *invite, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->state != PROPOSED && invite->state != RANG)
    return;
  send_with_reason (invite, PEAL_INVITE_RETRACT, invite->peer, PEAL_REASON_EXPIRED)->tie_break =
      TRUE;
  end (invite, PEAL_BY_LOCAL, PEAL_CAUSE_ELSEWHERE, PEAL_REASON_EXPIRED);
}

void
peal_invite_started (PealInvite *invite, gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->state == PROCEEDED)
    enter (invite, STARTED, (PealInviteAction) { 0 });
}

void
peal_invite_finish (PealInvite *invite, PealReasonCondition reason, const char *migrated_to,
                    gint64 now)
{
  invite->now = MAX (invite->now, now);
  if (invite->state != PROCEEDED && invite->state != STARTED)
    return;
  PealCause cause = peal_ending_of_reason (reason, PEAL_PHASE_TALKING);
  send_with_reason (invite, PEAL_INVITE_FINISH, invite->peer_bare, reason)->migrated_to =
      g_strdup (migrated_to);
  end (invite, PEAL_BY_LOCAL, migrated_to ? PEAL_CAUSE_ELSEWHERE : cause, reason);
}

/* --- outputs --- */

gboolean
peal_invite_poll (PealInvite *invite, PealInviteAction *action)
{
  g_autofree PealInviteAction *next = g_queue_pop_head (&invite->actions);

  if (next)
    *action = *next;
  return next != NULL;
}

gint64
peal_invite_deadline (const PealInvite *invite)
{
  return invite->deadline;
}

PealInviteState
peal_invite_state (const PealInvite *invite)
{
  return invite->state;
}

const char *
peal_invite_with (const PealInvite *invite)
{
  return invite->with;
}
