/* Whom to ring: a bare JID rings all its devices by XEP-0353, unless only devices without it are
 * known.
 *
 * Presences tell who is there, capabilities what they can do. Asking costs a round trip only where
 * neither is known. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

/* How long a contact's presence may take to arrive after we came online. */
#define PRESENCE_PATIENCE (1 * G_USEC_PER_SEC)
/* Capabilities of devices that do not answer must not keep the others from ringing. */
#define CAPS_PATIENCE (5 * G_USEC_PER_SEC)

static gboolean
can_call (PealCall *call, const PealDiscoInfo *info)
{
  return peal_disco_has (info, PEAL_NS_JINGLE) &&
         peal_disco_has (info, call->policy.wishes[0].application->element->ns);
}

static void
end_unsupported (PealCall *call)
{
  g_autoptr(GError) why = g_error_new (
      PEAL_CAUSE, PEAL_CAUSE_UNSUPPORTED,
      "%s is there, but its client does not take Jingle calls; ask for another client", call->peer);
  peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_UNSUPPORTED, why);
}

static void
end_unreachable (PealCall *call, const char *full)
{
  g_autoptr(GError) why = g_error_new (
      PEAL_CAUSE, PEAL_CAUSE_UNREACHABLE,
      "%s is not there: that device did not answer; try the address without its resource", full);
  peal_call_end (call, PEAL_REASON_CANCEL, PEAL_CAUSE_UNREACHABLE, why);
}

/* Devices are known: proposal for all, or the best one directly. */
static void
choose (PealCall *call)
{
  PealCaps *caps = peal_endpoint_setup (call->endpoint)->caps;
  g_autoptr(GPtrArray) there =
      peal_presences_of (peal_endpoint_setup (call->endpoint)->presences, call->peer);
  g_autofree char *best = NULL;
  guint unknown = 0;
  for (guint i = 0; i < there->len; i++) {
    const char *full = ((PealPresence *) there->pdata[i])->full;
    const PealDiscoInfo *info = peal_caps_lookup (caps, full);
    if (!info)
      unknown++;
    else if (peal_disco_has (info, PEAL_NS_INVITE) && can_call (call, info)) {
      peal_call_invite (call);
      return;
    } else if (!best && can_call (call, info))
      best = g_strdup (full);
  }
  if (best)
    peal_call_direct (call, best);
  else if (unknown || !there->len)
    peal_call_invite (call); /* a phone that sleeps is rung by its server's push */
  else
    end_unsupported (call);
}

static void
device_known (gpointer user, const PealDiscoInfo *info, const GError *why)
{
  PealCall *call = peal_endpoint_answered (user);
  if (!call || call->stage != PEAL_CALL_FINDING)
    return;
  if (--call->asks == 0)
    choose (call);
}

static void
ask_device (PealCall *call, const char *full)
{
  if (call->asks++ == 0)
    call->deadline = g_get_monotonic_time () + CAPS_PATIENCE;
  peal_caps_query (peal_endpoint_setup (call->endpoint)->caps, full, device_known,
                   peal_endpoint_ask (call->endpoint, call, full));
  peal_endpoint_arm (call->endpoint);
}

/* Who hides from strangers, as peal does, sounds like nobody, and may let them ring all the same.
 */
static gboolean
may_hide (const GError *why)
{
  return g_error_matches (why, PEAL_CONDITION, PEAL_SERVICE_UNAVAILABLE);
}

/* A full JID was called: what its client can do decides. */
static void
peer_known (gpointer user, const PealDiscoInfo *info, const GError *why)
{
  g_autofree char *full = g_strdup (((PealAsk *) user)->full);
  PealCall *call = peal_endpoint_answered (user);
  if (!call || call->stage != PEAL_CALL_FINDING)
    return;
  if (!info && may_hide (why))
    peal_call_direct (call, full);
  else if (!info && !(why && g_error_matches (why, PEAL_CONDITION, PEAL_FEATURE_NOT_IMPLEMENTED)))
    end_unreachable (call, full);
  else if (!info || !can_call (call, info))
    end_unsupported (call);
  else
    peal_call_direct (call, full);
}

static gboolean
shows_presence (PealCall *call)
{
  const PealContact *contact =
      peal_roster_find (peal_endpoint_setup (call->endpoint)->roster, call->peer);
  return contact && (contact->subscription == PEAL_SUBSCRIPTION_TO ||
                     contact->subscription == PEAL_SUBSCRIPTION_BOTH);
}

static void
look_around (PealCall *call)
{
  g_autoptr(GPtrArray) there =
      peal_presences_of (peal_endpoint_setup (call->endpoint)->presences, call->peer);
  for (guint i = 0; i < there->len; i++)
    ask_device (call, ((PealPresence *) there->pdata[i])->full);
  if (there->len)
    return;
  if (shows_presence (call)) {
    call->deadline = g_get_monotonic_time () + PRESENCE_PATIENCE;
    peal_endpoint_arm (call->endpoint);
  } else
    peal_call_invite (call);
}

static void
roster_there (gpointer user)
{
  PealCall *call = peal_endpoint_answered (user);
  if (call && call->stage == PEAL_CALL_FINDING)
    look_around (call);
}

void
peal_call_find (PealCall *call)
{
  const PealEndpointSetup *setup = peal_endpoint_setup (call->endpoint);
  peal_call_enter (call, PEAL_CALL_FINDING);
  call->deadline = G_MAXINT64;
  for (guint i = 0; i < call->policy.n_wishes; i++)
    if (call->policy.wishes[i].offered)
      peal_call_note_media (call, call->policy.wishes[i].application->media);
  peal_call_tell_kind (call, PEAL_EVENT_OUTGOING, PEAL_BY_LOCAL);
  if (call->stage != PEAL_CALL_FINDING) /* given up inside the event */
    return;
  if (peal_jid_is_full (call->peer))
    peal_caps_query (setup->caps, call->peer, peer_known,
                     peal_endpoint_ask (call->endpoint, call, call->peer));
  else
    peal_roster_wait (setup->roster, roster_there, peal_endpoint_ask (call->endpoint, call, NULL));
}

/* Presences come one by one: each device that shows itself before the question is decided counts.
 */
void
peal_call_noticed (PealCall *call, const char *full)
{
  if (call->stage == PEAL_CALL_FINDING && call->deadline != G_MAXINT64 &&
      peal_jid_same_bare (call->peer, full))
    ask_device (call, full);
}

void
peal_call_find_on (PealCall *call)
{
  choose (call);
}
