/* What the two sides of a call say of themselves beside its negotiation: ringing, hold, mute
 * (XEP-0167 §8), and a hold that is said by senders (XEP-0166 §7.2.3). */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

/* A stream that dies again each time it is told is not worth more. */
enum { MOST_RETOLD = 5 };

/* --- ours --- */

PealSlot *
peal_call_voice (PealCall *call)
{
  PealSlot *voice = peal_call_slot_of (call, "audio");
  return voice || !call->slots->len ? voice : call->slots->pdata[0];
}

void
peal_call_inform_of (PealCall *call, PealSlot *slot, PealInform what)
{
  if (slot && slot->application->inform)
    peal_session_info (call->session, slot->application->inform (what, slot->name),
                       g_get_monotonic_time ());
}

void
peal_call_inform (PealCall *call, PealInform what)
{
  peal_call_inform_of (call, peal_call_voice (call), what);
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
  if (control == PEAL_CONTROL_HOLD)
    control_all (call, control, value, text);
  else /* the microphone is muted, and dials; a picture is turned off by itself */
    peal_slot_control (peal_call_voice (call), control, value, text);
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
peal_call_control_slot (PealCall *call, PealSlot *slot)
{
  if (slot->mutes || (call->mutes && slot == peal_call_voice (call)))
    peal_slot_control (slot, PEAL_CONTROL_MUTE, TRUE, NULL);
  if (call->holds)
    peal_slot_control (slot, PEAL_CONTROL_HOLD, TRUE, NULL);
  if (call->peer_holds)
    peal_slot_control (slot, PEAL_CONTROL_HELD, TRUE, NULL);
}

void
peal_call_inform_all (PealCall *call)
{
  if (call->holds)
    tell_hold (call);
  if (call->mutes)
    tell_mute (call);
}

static void
tell_muted_pictures (PealCall *call)
{
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (slot->mutes)
      peal_call_inform_of (call, slot, PEAL_INFORM_MUTE);
  }
}

/* --- what was lost with its stream --- */

PealInform
peal_call_informs (PealCall *call, const PealJingle *message)
{
  PealSlot *slot = peal_call_voice (call);
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
  else if (lost == PEAL_INFORM_MUTE || lost == PEAL_INFORM_UNMUTE) {
    tell_mute (call);
    tell_muted_pictures (call);
  }
}

/* --- the peer's --- */

static void
tell_user (PealCall *call, PealEventKind kind, const char *reason)
{
  peal_call_tell_content (call, kind, peal_call_voice (call), PEAL_BY_REMOTE, reason);
}

/* Whether the peer does not want to hear us, by either way to say so. */
static gboolean
is_held (PealCall *call)
{
  return call->peer_holds || !peal_slot_sends (peal_call_voice (call));
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
heard_mute (PealCall *call, PealSlot *slot, gboolean mutes)
{
  gboolean before = slot->peer_mutes;
  slot->peer_mutes = mutes;
  if (mutes != before)
    peal_call_tell_content (call, PEAL_EVENT_MUTE, slot, PEAL_BY_REMOTE, mutes ? "mute" : "unmute");
}

/* Which content a mute is about; NULL: one that is not there. */
static PealSlot *
muted_slot (PealCall *call, const char *name)
{
  PealContent named = { .name = (char *) name };
  return name ? peal_call_slot (call, &named) : peal_call_voice (call);
}

void
peal_call_informed (PealCall *call, const PealOpen *info)
{
  PealSlot *slot = peal_call_voice (call);
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
    slot = muted_slot (call, content);
    if (slot)
      heard_mute (call, slot, what == PEAL_INFORM_MUTE);
    break;
  case PEAL_INFORM_ACTIVE: /* of all contents: back from hold and from mute */
    heard_hold (call, FALSE);
    for (guint i = 0; i < call->slots->len; i++)
      heard_mute (call, call->slots->pdata[i], FALSE);
    break;
  }
}

/* A picture that one side stops or starts while its content stays, by senders and not by mute. */
static void
tell_direction (PealCall *call, PealSlot *slot, gboolean sent, gboolean received)
{
  gboolean sends = peal_slot_sends (slot), receives = peal_slot_receives (slot);
  if (sends != sent)
    peal_call_tell_content (call, PEAL_EVENT_MUTE, slot, PEAL_BY_LOCAL, sends ? "unmute" : "mute");
  if (receives != received && !slot->dead)
    peal_call_tell_content (call, PEAL_EVENT_MUTE, slot, PEAL_BY_REMOTE,
                            receives ? "unmute" : "mute");
}

void
peal_call_directed (PealCall *call, PealSlot *slot, PealSenders senders)
{
  gboolean before = is_held (call);
  gboolean sent = peal_slot_sends (slot), received = peal_slot_receives (slot);
  peal_slot_direct (slot, senders);
  if (!call->active_at) /* before, it is only what the call will be */
    return;
  if (slot == peal_call_voice (call))
    tell_held (call, before);
  else
    tell_direction (call, slot, sent, received);
}
