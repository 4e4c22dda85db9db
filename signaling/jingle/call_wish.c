/* What the user turns on and off in a call that runs. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/wire/jid.h"

static gboolean
cannot (GError **error, const char *why)
{
  g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, why);
  return FALSE;
}

/* What a person calls it. */
static const char *
word_of (const PealWish *wish)
{
  return g_strcmp0 (wish->application->media, "video") == 0 ? "picture" : "sound";
}

/* The habits of a client in words: what it does not do, and what helps. */
static gboolean
client_cannot (PealCall *call, const PealWish *wish, GError **error)
{
  g_autofree char *bare = peal_jid_bare (call->peer);
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
               "the client of %s takes no %s in a running call: call again with --%s", bare,
               word_of (wish), wish->application->media);
  return FALSE;
}

static const PealWish *
wish_of (PealCall *call, const char *media)
{
  for (guint i = 0; i < call->policy.n_wishes; i++)
    if (g_strcmp0 (call->policy.wishes[i].application->media, media) == 0)
      return &call->policy.wishes[i];
  return NULL;
}

/* --- by mute --- */

static void
mute (PealCall *call, PealSlot *slot, gboolean mutes)
{
  if (slot->mutes == mutes)
    return;
  slot->mutes = mutes;
  peal_slot_control (slot, PEAL_CONTROL_MUTE, mutes, NULL);
  peal_call_inform_of (call, slot, mutes ? PEAL_INFORM_MUTE : PEAL_INFORM_UNMUTE);
  peal_call_tell_content (call, PEAL_EVENT_MUTE, slot, PEAL_BY_LOCAL, mutes ? "mute" : "unmute");
}

/* --- by senders --- */

static gboolean
modify (PealCall *call, PealSlot *slot, gboolean on, GError **error)
{
  if (peal_session_modify (call->session, slot->name, peal_slot_with (slot, on),
                           g_get_monotonic_time ()))
    return TRUE;
  return cannot (error, "the last change is not answered yet: try again in a moment");
}

static gboolean
turn_on (PealCall *call, PealSlot *slot, GError **error)
{
  gboolean allowed = peal_slot_may_send (slot);
  if (!allowed && (call->habits & PEAL_HABIT_FIXED_CONTENTS))
    return client_cannot (call, slot->wish, error);
  if (!allowed && !modify (call, slot, TRUE, error))
    return FALSE;
  if (!slot->willing && allowed)
    peal_call_tell_content (call, PEAL_EVENT_MUTE, slot, PEAL_BY_LOCAL, "unmute");
  if (!slot->dead) {
    peal_slot_will (slot, TRUE);
    mute (call, slot, FALSE);
  }
  return TRUE;
}

/* What the peer still sends goes on; where nothing would be left the content goes. Whom neither can
 * be told hears that it is muted. */
static gboolean
turn_off (PealCall *call, PealSlot *slot, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  if (!peal_slot_may_send (slot))
    return TRUE;
  if (call->habits & (PEAL_HABIT_STOPS_BY_MUTE | PEAL_HABIT_FIXED_CONTENTS))
    mute (call, slot, TRUE);
  else if (peal_slot_receives (slot))
    return modify (call, slot, FALSE, error);
  else if (!peal_session_remove (call->session, slot->name, PEAL_REASON_SUCCESS, now))
    mute (call, slot, TRUE);
  return TRUE;
}

/* --- */

static gboolean
add (PealCall *call, const PealWish *wish, GError **error)
{
  if (call->habits & PEAL_HABIT_FIXED_CONTENTS)
    return client_cannot (call, wish, error);
  return peal_call_add (call, wish, error);
}

static gboolean
send_content (PealCall *call, const PealWish *wish, gboolean on, GError **error)
{
  PealSlot *slot = peal_call_slot_of (call, wish->application->media);
  if (on)
    call->asked |= peal_call_bit (call, wish);
  else
    call->asked &= ~peal_call_bit (call, wish);
  if (!slot)
    return on ? add (call, wish, error) : TRUE;
  switch (slot->stage) {
  case PEAL_SLOT_ADDING: /* nothing of it was said yet */
    if (!on)
      peal_call_drop (call, slot);
    return TRUE;
  case PEAL_SLOT_PROPOSED:
    if (!on)
      peal_session_remove (call->session, slot->name, PEAL_REASON_CANCEL, g_get_monotonic_time ());
    return TRUE;
  case PEAL_SLOT_TAKING: /* ours follows its answer */
    slot->willing = on;
    return TRUE;
  case PEAL_SLOT_SETTLED:
    break;
  }
  return on ? turn_on (call, slot, error) : turn_off (call, slot, error);
}

gboolean
peal_call_send_content (PealCall *call, const char *media, gboolean on, GError **error)
{
  const PealWish *wish = wish_of (call, media);
  if (!wish) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "there is no %s to send", media);
    return FALSE;
  }
  if (call->stage != PEAL_CALL_RUNNING || !call->active_at)
    return cannot (error, "the call is not accepted yet");
  gboolean done = send_content (call, wish, on, error);
  if (!done)
    call->asked &= ~peal_call_bit (call, wish);
  peal_call_changes_go_on (call);
  peal_call_drain (call);
  return done;
}
