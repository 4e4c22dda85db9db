/* How a call starts: proposed, initiated or answered, once its transports can be described. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/jingle/quirks.h"

#define NS_DTLS "urn:xmpp:jingle:apps:dtls:0"

static gboolean
all_describable (PealCall *call)
{
  for (guint i = 0; i < call->slots->len; i++)
    if (!((PealSlot *) call->slots->pdata[i])->describable)
      return FALSE;
  return call->slots->len > 0;
}

/* What @offered and we have in common (RFC 8843 §7.3: an answer's group has nothing else); NULL:
 * nothing. */
static PealGroup *
answer_group (PealCall *call, const PealGroup *offered)
{
  PealGroup *group = peal_element_new (&peal_group_element);
  group->semantics = g_strdup (offered->semantics);
  for (guint i = 0; offered->names && i < offered->names->len; i++) {
    const PealGroupContent *theirs = offered->names->pdata[i];
    if (!peal_call_slot (call, theirs->name))
      continue;
    PealGroupContent *ours = g_new0 (PealGroupContent, 1);
    ours->name = g_strdup (theirs->name);
    peal_list_append (&group->names, ours);
  }
  if (!group->names) {
    peal_element_free (&peal_group_element, group);
    return NULL;
  }
  return group;
}

static GPtrArray *
describe_slots (PealCall *call)
{
  GPtrArray *contents = g_ptr_array_new ();
  for (guint i = 0; i < call->slots->len; i++)
    g_ptr_array_add (contents, peal_slot_content (call->slots->pdata[i]));
  return contents;
}

/* Of an offer that bundles; NULL: it does not, or nothing of ours. */
static GPtrArray *
describe_groups (PealCall *call)
{
  const GPtrArray *offered = peal_session_groups (call->session);
  GPtrArray *groups = NULL;
  for (guint i = 0; offered && i < offered->len; i++) {
    PealGroup *group =
        peal_group_is_bundle (offered->pdata[i]) ? answer_group (call, offered->pdata[i]) : NULL;
    if (group)
      peal_list_append (&groups, group);
  }
  return groups;
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

static void
initiate (PealCall *call)
{
  PealSlot *slot = call->slots->pdata[0];
  g_autoptr(GError) error = NULL;
  if (!peal_slot_offer (slot, &error)) {
    peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_MEDIA, error);
    return;
  }
  PealSessionSetup setup = session_setup (call);
  peal_call_enter (call, PEAL_CALL_RUNNING);
  if (call->invite)
    peal_invite_started (call->invite, setup.now);
  call->session = peal_session_new_outgoing (&setup, describe_slots (call), NULL);
  peal_call_drain (call);
}

/* Our own transport starts working only now: what the peer told before we accepted waited. */
static gboolean
apply_held (PealCall *call)
{
  g_autoptr(GPtrArray) held = g_steal_pointer (&call->held);
  call->held = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_content_free);
  for (guint i = 0; i < held->len; i++) {
    PealContent *content = held->pdata[i];
    PealSlot *slot = peal_call_slot (call, content->name);
    g_autoptr(GError) error = NULL;
    if (slot && !slot->method->apply (slot->transport, content->transport->value, &error)) {
      peal_call_end (
          call,
          g_error_matches (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY) ? PEAL_REASON_SECURITY_ERROR
                                                                   : PEAL_REASON_FAILED_TRANSPORT,
          error->domain == PEAL_CAUSE ? (PealCause) error->code : PEAL_CAUSE_NO_PATH, error);
      return FALSE;
    }
  }
  return TRUE;
}

/* The lanes open only after the peer has our answer, so the media may wait at them from now on. */
static void
answer (PealCall *call)
{
  peal_call_enter (call, PEAL_CALL_RUNNING);
  peal_session_refuse (call->session, g_ptr_array_ref (call->refusals));
  peal_session_accept (call->session, describe_slots (call), describe_groups (call),
                       g_get_monotonic_time ());
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
open_offer_slot (PealCall *call)
{
  const PealMethod *method =
      peal_endpoint_method (call->endpoint, call->policy.wishes[0].application, &call->policy, NULL);
  if (!method) {
    g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
                                                  "no such transport method is built in");
    peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_UNSUPPORTED, why);
    return FALSE;
  }
  peal_call_open_slot (call, "audio", call->policy.wishes[0].application, method);
  return TRUE;
}

void
peal_call_invite (PealCall *call)
{
  call->deadline = G_MAXINT64;
  peal_call_enter (call, PEAL_CALL_INVITING);
  if (!open_offer_slot (call))
    return;
  PealInviteSetup setup = {
    .id = call->sid,
    .self = peal_port_jid (peal_endpoint_setup (call->endpoint)->port),
    .peer = call->peer,
    .now = g_get_monotonic_time (),
    .ring_timeout = call->policy.ring_timeout * (gint64) G_USEC_PER_SEC,
  };
  const PealApplication *application = call->policy.wishes[0].application;
  GPtrArray *descriptions = g_ptr_array_new ();
  g_ptr_array_add (descriptions, peal_open_new (application->element, application->propose ()));
  call->invite = peal_invite_new_outgoing (&setup, descriptions);
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
  if (open_offer_slot (call))
    peal_call_go_on (call);
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
  const PealMethod *method =
      peal_endpoint_method (call->endpoint, call->policy.wishes[0].application, &call->policy, NULL);
  if (method && !call->untold && !call->turned_away)
    peal_call_open_spare (call, method);
  peal_call_drain (call);
}

void
peal_call_initiated (PealCall *call, const PealJingle *initiate, xmpp_stanza_t *iq)
{
  PealSessionSetup setup = session_setup (call);
  if (call->stage != PEAL_CALL_AWAITED)
    peal_call_enter (call, PEAL_CALL_OFFERED);
  call->quirks = peal_quirks_of (initiate);
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
