/* What the two sides of a call say of themselves beside its negotiation: ringing, hold, mute
 * (XEP-0167 §8), and a hold that is said by senders (XEP-0166 §7.2.3). */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

/* A stream that dies again each time it is told is not worth more. */
enum { MOST_RETOLD = 5 };

/* --- ours --- */

static PealSlot *
first_slot (PealCall *call)
{
  return call->slots->len ? call->slots->pdata[0] : NULL;
}

void
peal_call_inform (PealCall *call, PealInform what)
{
  PealSlot *slot = first_slot (call);
  if (slot && slot->application->inform)
    peal_session_info (call->session, slot->application->inform (what, slot->name),
                       g_get_monotonic_time ());
}

static void
tell_hold (PealCall *call)
{
  peal_call_inform (call, call->holds ? PEAL_INFORM_HOLD : PEAL_INFORM_UNHOLD);
}

static void
tell_mute (PealCall *call)
{
  peal_call_inform (call, call->mutes ? PEAL_INFORM_MUTE : PEAL_INFORM_UNMUTE);
}

static void
control_all (PealCall *call, PealControl control, int value, const char *text)
{
  for (guint i = 0; i < call->slots->len; i++)
    peal_slot_control (call->slots->pdata[i], control, value, text);
}

void
peal_call_control (PealCall *call, PealControl control, int value, const char *text)
{
  gboolean held = call->holds, muted = call->mutes;
  control_all (call, control, value, text);
  if (control == PEAL_CONTROL_HOLD)
    call->holds = value != 0;
  if (control == PEAL_CONTROL_MUTE)
    call->mutes = value != 0;
  if (!call->active_at)
    return;
  if (held != call->holds)
    tell_hold (call);
  if (muted != call->mutes)
    tell_mute (call);
  peal_call_drain (call);
}

void
peal_call_inform_all (PealCall *call)
{
  if (call->holds)
    tell_hold (call);
  if (call->mutes)
    tell_mute (call);
}

/* --- what was lost with its stream --- */

PealInform
peal_call_informs (PealCall *call, const PealJingle *message)
{
  PealSlot *slot = first_slot (call);
  const char *content = NULL;
  if (message->action != PEAL_SESSION_INFO || !message->infos || !slot ||
      !slot->application->informed)
    return PEAL_INFORM_NOTHING;
  return slot->application->informed (message->infos->pdata[0], &content);
}

/* What is true now, not what was when it was lost. */
void
peal_call_inform_again (PealCall *call, PealInform lost)
{
  if (call->stage == PEAL_CALL_ENDED || call->retold >= MOST_RETOLD)
    return;
  call->retold++;
  if (lost == PEAL_INFORM_HOLD || lost == PEAL_INFORM_UNHOLD)
    tell_hold (call);
  else if (lost == PEAL_INFORM_MUTE || lost == PEAL_INFORM_UNMUTE)
    tell_mute (call);
}

/* --- the peer's --- */

static void
tell_user (PealCall *call, PealEventKind kind, const char *reason)
{
  PealSlot *slot = first_slot (call);
  PealEvent event;
  peal_event_init (&event, kind);
  event.by = PEAL_BY_REMOTE;
  event.content = g_strdup (slot->name);
  event.reason = g_strdup (reason);
  peal_call_tell (call, &event);
}

/* Whether the peer does not want to hear us, by either way to say so. */
static gboolean
is_held (PealCall *call)
{
  return call->peer_holds || !peal_slot_sends (first_slot (call));
}

static void
tell_held (PealCall *call, gboolean before)
{
  gboolean held = is_held (call);
  if (held != before)
    tell_user (call, PEAL_EVENT_HOLD, held ? "hold" : "unhold");
}

static void
heard_hold (PealCall *call, gboolean holds)
{
  gboolean before = is_held (call);
  call->peer_holds = holds;
  control_all (call, PEAL_CONTROL_HELD, holds, NULL);
  tell_held (call, before);
}

/* What a muted peer sends is played all the same: whether it is silent is the peer's affair. */
static void
heard_mute (PealCall *call, gboolean mutes)
{
  gboolean before = call->peer_mutes;
  call->peer_mutes = mutes;
  if (mutes != before)
    tell_user (call, PEAL_EVENT_MUTE, mutes ? "mute" : "unmute");
}

void
peal_call_informed (PealCall *call, const PealOpen *info)
{
  PealSlot *slot = first_slot (call);
  const char *content = NULL;
  PealInform what = slot && info && slot->application->informed
                        ? slot->application->informed (info, &content)
                        : PEAL_INFORM_NOTHING;
  switch (what) {
  case PEAL_INFORM_NOTHING:
    break;
  case PEAL_INFORM_RINGING: /* whom we called, and who has not answered: nobody else rings */
    if (call->outgoing && !call->active_at)
      peal_call_tell_kind (call, PEAL_EVENT_RINGING, PEAL_BY_REMOTE);
    break;
  case PEAL_INFORM_HOLD:
  case PEAL_INFORM_UNHOLD:
    heard_hold (call, what == PEAL_INFORM_HOLD);
    break;
  case PEAL_INFORM_MUTE:
  case PEAL_INFORM_UNMUTE:
    if (!content || peal_call_slot (call, content)) /* a picture that is hidden is no silence */
      heard_mute (call, what == PEAL_INFORM_MUTE);
    break;
  case PEAL_INFORM_ACTIVE: /* of all contents: back from hold and from mute */
    heard_hold (call, FALSE);
    heard_mute (call, FALSE);
    break;
  }
}

void
peal_call_directed (PealCall *call, PealSlot *slot, PealSenders senders)
{
  gboolean before = is_held (call);
  peal_slot_direct (slot, senders);
  if (call->active_at) /* before, it is only what the call will be */
    tell_held (call, before);
}
