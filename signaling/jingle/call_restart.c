/* New paths in a running call: an ICE restart (XEP-0176 §5.12, RFC 8445 §9) of ours or of the
 * peer's.
 *
 * What is above a transport does not notice. Both sides find a path weak at the same time, so the
 * caller goes first: two restarts that cross cost a third. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

/* Since it was called weak, which is 3 s after the last sign of life; it is given up 14 s after. */
#define CALLERS_PATIENCE (3 * G_USEC_PER_SEC)
#define CALLEES_PATIENCE (6 * G_USEC_PER_SEC)

static void
tell_restart (PealCall *call, const PealCarrier *carrier, PealBy by, const char *reason)
{
  if (carrier->tag)
    peal_call_tell_content (call, PEAL_EVENT_RESTART, carrier->tag, by, reason);
}

/* --- ours --- */

static gboolean
can_restart (const PealCall *call, const PealCarrier *carrier)
{
  return carrier->method->restart && carrier->tag && carrier->path.path &&
         carrier->state != PEAL_TRANSPORT_FAILED && !(call->habits & PEAL_HABIT_NO_RESTART) &&
         (call->outgoing || !(call->habits & PEAL_HABIT_CALLER_RESTARTS));
}

static void
begin (PealCall *call, PealCarrier *carrier, const char *reason)
{
  carrier->restarted = carrier->renewed = carrier->awaits = TRUE;
  carrier->describable = FALSE;
  tell_restart (call, carrier, PEAL_BY_LOCAL, reason);
  if (!carrier->dead)
    carrier->method->restart (carrier->transport);
}

gboolean
peal_call_restart (PealCall *call, GError **error)
{
  g_autoptr(GPtrArray) carriers = g_ptr_array_copy (call->carriers, NULL, NULL);
  guint begun = 0;
  for (guint i = 0; i < carriers->len && call->stage == PEAL_CALL_RUNNING; i++)
    if (can_restart (call, carriers->pdata[i])) {
      begin (call, carriers->pdata[i], "asked");
      begun++;
    }
  if (begun)
    return TRUE;
  if (call->habits & (PEAL_HABIT_NO_RESTART | PEAL_HABIT_CALLER_RESTARTS))
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
                 "the client of %s does not look for new paths in a running call: call again",
                 call->peer);
  else
    g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                         "nothing is connected yet that could look for a new path");
  return FALSE;
}

void
peal_call_weakened (PealCall *call, PealCarrier *carrier)
{
  if (!carrier->weak_at)
    carrier->weak_at = g_get_monotonic_time ();
  peal_call_tell_kind (call, PEAL_EVENT_WEAK, PEAL_BY_NONE);
  peal_endpoint_arm (call->endpoint);
}

static gint64
deadline_of (const PealCall *call, const PealCarrier *carrier)
{
  if (!carrier->weak_at || carrier->restarted || !can_restart (call, carrier))
    return G_MAXINT64;
  return carrier->weak_at + (call->outgoing ? CALLERS_PATIENCE : CALLEES_PATIENCE);
}

gint64
peal_call_restart_deadline (const PealCall *call)
{
  gint64 deadline = G_MAXINT64;
  for (guint i = 0; call->stage == PEAL_CALL_RUNNING && i < call->carriers->len; i++)
    deadline = MIN (deadline, deadline_of (call, call->carriers->pdata[i]));
  return deadline;
}

void
peal_call_restart_tick (PealCall *call, gint64 now)
{
  g_autoptr(GPtrArray) carriers = g_ptr_array_copy (call->carriers, NULL, NULL);
  for (guint i = 0; i < carriers->len && call->stage == PEAL_CALL_RUNNING; i++)
    if (now >= deadline_of (call, carriers->pdata[i]))
      begin (call, carriers->pdata[i], "weak");
}

/* --- theirs, and what both say --- */

void
peal_call_restarted (PealCall *call, PealCarrier *carrier)
{
  gboolean answers = carrier->awaits;
  if (!carrier->path.path) /* it never worked: nothing begins anew */
    return;
  carrier->awaits = FALSE;
  carrier->restarted = carrier->weak_at != 0;
  if (!answers) {
    carrier->renewed = TRUE; /* our new credentials follow */
    tell_restart (call, carrier, PEAL_BY_REMOTE, NULL);
  }
}

/* stanza.js wants all contents of the transport, in the order of the offer. */
void
peal_call_tell_renewed (PealCall *call, PealCarrier *carrier)
{
  GPtrArray *contents = g_ptr_array_new ();
  carrier->renewed = FALSE;
  for (guint i = 0; i < call->slots->len; i++) {
    const PealSlot *slot = call->slots->pdata[i];
    if (slot->carrier != carrier)
      continue;
    PealContent *content = peal_element_new (&peal_content_element);
    content->creator = slot->creator;
    content->name = g_strdup (slot->name);
    content->transport = peal_carrier_describe (carrier);
    g_ptr_array_add (contents, content);
  }
  peal_session_transport_infos (call->session, contents, g_get_monotonic_time ());
}
