/* How a call starts: proposed, initiated or answered, once its transports can be described. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

#define NS_DTLS "urn:xmpp:jingle:apps:dtls:0"

static gboolean
all_describable (PealCall *call)
{
  for (guint i = 0; i < call->slots->len; i++)
    if (!((PealSlot *) call->slots->pdata[i])->carrier->describable)
      return FALSE;
  return call->slots->len > 0;
}

static GPtrArray *
describe_slots (PealCall *call)
{
  GPtrArray *contents = g_ptr_array_new ();
  for (guint i = 0; i < call->slots->len; i++)
    g_ptr_array_add (contents, peal_slot_content (call->slots->pdata[i]));
  return contents;
}

static PealSessionSetup
session_setup (PealCall *call)
{
  return (PealSessionSetup) {
    .sid = call->sid,
    .self = peal_port_jid (peal_endpoint_setup (call->endpoint)->port),
    .peer = call->peer,
    .now = g_get_monotonic_time (),
    .ring_timeout = call->policy.ring_timeout * (gint64) G_USEC_PER_SEC,
  };
}

/* Offers that can be made; what cannot start is not offered, as long as the first can. */
static gboolean
make_offers (PealCall *call)
{
  g_autoptr(GPtrArray) slots = g_ptr_array_copy (call->slots, NULL, NULL);
  for (guint i = 0; i < slots->len && call->stage != PEAL_CALL_ENDED; i++) {
    PealSlot *slot = slots->pdata[i];
    g_autoptr(GError) error = NULL;
    if (slot->dead || slot->local || peal_slot_offer (slot, &error))
      continue;
    if (i > 0) {
      peal_call_tell_content (call, PEAL_EVENT_CONTENT_REMOVED, slot, PEAL_BY_LOCAL,
                              error->message);
      peal_call_drop (call, slot);
    } else
      peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_MEDIA, error);
  }
  return call->stage != PEAL_CALL_ENDED;
}

static void
initiate (PealCall *call)
{
  if (!make_offers (call))
    return;
  PealSessionSetup setup = session_setup (call);
  peal_call_recognise (call, NULL);
  peal_call_enter (call, PEAL_CALL_RUNNING);
  if (call->invite)
    peal_invite_started (call->invite, setup.now);
  call->session =
      peal_session_new_outgoing (&setup, describe_slots (call), peal_call_offer_groups (call));
  peal_call_drain (call);
}

/* Our own transport starts working only now: what the peer told before we accepted waited. */
static gboolean
apply_held (PealCall *call)
{
  g_autoptr(GPtrArray) held = g_steal_pointer (&call->held);
  call->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  for (guint i = 0; i < held->len && call->stage != PEAL_CALL_ENDED; i++) {
    PealSlot *slot = peal_call_slot (call, held->pdata[i]);
    if (slot)
      peal_call_apply (call, slot, held->pdata[i]);
  }
  return call->stage != PEAL_CALL_ENDED;
}

/* Narrower than offered is said in the answer by who is known to read it there, and else before it
 * (Dino does so too). */
static void
narrow (PealCall *call, gint64 now)
{
  for (guint i = 0; i < call->slots->len; i++) {
    PealSlot *slot = call->slots->pdata[i];
    if (slot->narrowed && !(call->habits & PEAL_HABIT_NARROWS_IN_ACCEPT))
      peal_session_modify (call->session, slot->name, slot->senders, now);
  }
}

/* The lanes open only after the peer has our answer, so the media may wait at them from now on. */
static void
answer (PealCall *call)
{
  gint64 now = g_get_monotonic_time ();
  peal_call_enter (call, PEAL_CALL_RUNNING);
  narrow (call, now);
  peal_session_refuse (call->session, g_ptr_array_ref (call->refusals));
  peal_session_accept (call->session, describe_slots (call), peal_call_answer_groups (call), now);
  peal_call_drain (call);
}

/* Whatever waited for a transport to be describable. */
void
peal_call_go_on (PealCall *call)
{
  if (call->stage == PEAL_CALL_STARTING && all_describable (call))
    initiate (call);
  else if (call->stage == PEAL_CALL_ANSWERING && all_describable (call))
    answer (call);
}

static gboolean
open_offer_slot (PealCall *call, const PealWish *wish)
{
  const PealMethod *method =
      peal_endpoint_method (call->endpoint, wish->application, &call->policy, NULL);
  if (!method)
    return FALSE;
  PealSlot *slot = peal_call_open_slot (call, wish->application->media, wish);
  slot->senders = peal_slot_narrow (slot, wish->send, wish->receive);
  peal_call_carry (call, slot, peal_call_open_carrier (call, method, slot->name));
  return TRUE;
}

static gboolean
open_offer (PealCall *call)
{
  for (guint i = 0; i < call->policy.n_wishes; i++)
    if (call->policy.wishes[i].offered)
      open_offer_slot (call, &call->policy.wishes[i]);
  if (call->slots->len)
    return TRUE;
  g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
                                                "no such transport method is built in");
  peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_UNSUPPORTED, why);
  return FALSE;
}

static GPtrArray *
propose_slots (PealCall *call)
{
  GPtrArray *descriptions = g_ptr_array_new ();
  for (guint i = 0; i < call->slots->len; i++) {
    const PealApplication *application = ((PealSlot *) call->slots->pdata[i])->application;
    g_ptr_array_add (descriptions, peal_open_new (application->element, application->propose ()));
  }
  return descriptions;
}

void
peal_call_invite (PealCall *call)
{
  call->deadline = G_MAXINT64;
  peal_call_enter (call, PEAL_CALL_INVITING);
  if (!open_offer (call))
    return;
  PealInviteSetup setup = {
    .id = call->sid,
    .self = peal_port_jid (peal_endpoint_setup (call->endpoint)->port),
    .peer = call->peer,
    .now = g_get_monotonic_time (),
    .ring_timeout = call->policy.ring_timeout * (gint64) G_USEC_PER_SEC,
  };
  call->invite = peal_invite_new_outgoing (&setup, propose_slots (call));
  peal_call_drain (call);
}

void
peal_call_direct (PealCall *call, const char *full)
{
  const PealDiscoInfo *info = peal_caps_lookup (peal_endpoint_setup (call->endpoint)->caps, full);
  call->deadline = G_MAXINT64;
  /* Clients without DTLS are those that know no rtcp-mux either. */
  call->two_components = info && !peal_disco_has (info, NS_DTLS);
  g_free (call->peer);
  call->peer = g_strdup (full);
  peal_call_enter (call, PEAL_CALL_STARTING);
  if (open_offer (call))
    peal_call_go_on (call);
}

static gboolean
is_proposed (PealCall *call, const PealInviteMessage *propose, const PealWish *wish)
{
  for (guint i = 0; propose->descriptions && i < propose->descriptions->len; i++)
    if (peal_endpoint_application (call->endpoint, propose->descriptions->pdata[i]) ==
        wish->application)
      return wish->send || wish->receive;
  return FALSE;
}

/* In the order of our wishes, whatever the peer's is. */
static void
note_media (PealCall *call, const PealInviteMessage *propose)
{
  for (guint i = 0; i < call->policy.n_wishes; i++)
    if (is_proposed (call, propose, &call->policy.wishes[i]))
      peal_call_note_media (call, call->policy.wishes[i].application->media);
}

void
peal_call_invited (PealCall *call, const PealInviteMessage *propose, gint64 delay,
                   const char *crosses)
{
  PealInviteSetup setup = {
    .id = call->sid,
    .self = peal_port_jid (peal_endpoint_setup (call->endpoint)->port),
    .peer = call->peer,
    .trusted = call->contact && !call->turned_away,
    .now = g_get_monotonic_time (),
    .delay = delay ? g_get_real_time () - delay : 0,
    .crosses = crosses,
  };
  peal_call_enter (call, PEAL_CALL_INVITED);
  call->invite = peal_invite_new_incoming (&setup, propose);
  call->untold = peal_invite_state (call->invite) == PEAL_INVITE_ENDED;
  note_media (call, propose);
  for (guint i = 0; !call->untold && !call->turned_away && i < call->policy.n_wishes; i++)
    if (is_proposed (call, propose, &call->policy.wishes[i]))
      peal_call_open_spare (call, &call->policy.wishes[i]);
  peal_call_drain (call);
}

void
peal_call_initiated (PealCall *call, const PealJingle *initiate, xmpp_stanza_t *iq)
{
  PealSessionSetup setup = session_setup (call);
  if (call->stage != PEAL_CALL_AWAITED)
    peal_call_enter (call, PEAL_CALL_OFFERED);
  peal_call_recognise (call, initiate);
  if (call->invite)
    peal_invite_started (call->invite, setup.now);
  call->session = peal_session_new_incoming (&setup, initiate, xmpp_stanza_clone (iq));
  peal_call_drain (call);
}

void
peal_call_accept_now (PealCall *call)
{
  peal_call_enter (call, PEAL_CALL_ANSWERING);
  if (apply_held (call))
    peal_call_go_on (call);
}
