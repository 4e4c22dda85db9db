/* What the user changes in a call that runs: contents turned on and off, new paths. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

static gboolean
cannot (GError **error, const char *why)
{
  g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, why);
  return FALSE;
}

static PealSlot *
slot_of (PealCall *call, const char *media)
{
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (g_strcmp0 (slot->application->media, media) == 0)
      return slot;
  }
  return NULL;
}

gboolean
peal_call_send_content (PealCall *call, const char *media, gboolean on, GError **error)
{
  PealSlot *slot = slot_of (call, media);
  if (!slot || call->stage != PEAL_CALL_RUNNING || !call->active_at)
    return cannot (error, "the call has no such content");
  peal_slot_control (slot, PEAL_CONTROL_MUTE, !on, NULL);
  return TRUE;
}

gboolean
peal_call_restart (PealCall *call, GError **error)
{
  guint begun = 0;
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (!slot->connected || !slot->method->restart)
      continue;
    slot->method->restart (slot->transport);
    begun++;
  }
  return begun ? TRUE : cannot (error, "nothing is connected yet whose path could be looked for");
}
