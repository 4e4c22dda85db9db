/* The hollow plug-ins with the pure halves of the real ones. */
// SPDX-License-Identifier: MIT
#include "tests/jingle/clothed.h"

#include "media/inform.h"
#include "media/negotiate.h"
#include "media/rtp.h"
#include "media/rtp_wire.h"
#include "tests/jingle/hollow.h"
#include "transport/ice_udp.h"
#include "transport/transport_wire.h"

static PealCandidate *
candidate_of (guint8 component)
{
  PealCandidate *candidate = peal_element_new (&peal_candidate_element);
  candidate->component = component;
  candidate->id = g_strdup_printf ("c%u", component);
  candidate->foundation = g_strdup ("1");
  candidate->ip = g_strdup ("192.0.2.1");
  candidate->port = 9;
  candidate->priority = 1;
  candidate->protocol = PEAL_PROTOCOL_UDP;
  candidate->type = PEAL_CANDIDATE_HOST;
  return candidate;
}

static gpointer
describe (PealTransport *transport, gboolean all)
{
  if (!all)
    return NULL;
  PealIceTransport *ice = peal_element_new (&peal_ice_transport_element);
  PealFingerprint *fingerprint = peal_element_new (&peal_fingerprint_element);
  ice->ufrag = g_strdup (hollow_ufrag (transport));
  ice->pwd = g_strdup ("abcdefghijklmnopqrstuvwx");
  fingerprint->hash = g_strdup ("sha-256");
  fingerprint->value = g_strdup ("AB:CD");
  peal_list_append (&ice->fingerprints, fingerprint);
  if (hollow_has_two_components (transport))
    peal_list_append (&ice->candidates, candidate_of (2));
  return ice;
}

static const PealNegotiatePlan voice = { .media = PEAL_MEDIA_AUDIO };
static const PealNegotiatePlan picture = { .media = PEAL_MEDIA_VIDEO };

static gboolean
apply (PealTransport *transport, gconstpointer remote, GError **error)
{
  hollow_hear (transport, ((const PealIceTransport *) remote)->ufrag);
  return TRUE;
}

static gpointer
offer (const PealContentPlan *plan, GError **error)
{
  return peal_negotiate_offer (&voice, error);
}

static gpointer
answer (const PealContentPlan *plan, gconstpointer theirs, PealReasonCondition *why, GError **error)
{
  *why = PEAL_REASON_FAILED_APPLICATION;
  return peal_negotiate_answer (theirs, &voice, error);
}

static gpointer
offer_picture (const PealContentPlan *plan, GError **error)
{
  return peal_negotiate_offer (&picture, error);
}

static gpointer
answer_picture (const PealContentPlan *plan, gconstpointer theirs, PealReasonCondition *why,
                GError **error)
{
  *why = PEAL_REASON_FAILED_APPLICATION;
  return peal_negotiate_answer (theirs, &picture, error);
}

static gboolean
agree (gconstpointer ours, gconstpointer theirs, PealReasonCondition *why, GError **error)
{
  *why = PEAL_REASON_FAILED_APPLICATION;
  return peal_negotiate_agree (ours, theirs, error);
}

/* What was agreed on can be played, or media/medium.c would have nothing to play. */
static void
start (PealMedium *medium, gconstpointer local, gconstpointer remote,
       PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive)
{
  PealAgreement agreement;
  g_assert_true (peal_negotiate_choose (local, remote, &agreement));
  hollow_application.start (medium, local, remote, lanes, send, receive);
}

static gpointer
dress_method (gpointer nothing)
{
  static PealMethod clothed;
  static const PealMethod *all[2];
  clothed = hollow_method;
  clothed.element = &peal_ice_transport_element;
  clothed.judge = peal_ice_udp.judge;
  clothed.components = peal_ice_udp.components;
  clothed.describe = describe;
  clothed.same = peal_ice_udp.same;
  clothed.apply = apply;
  all[0] = &clothed;
  return all;
}

const PealMethod *const *
clothed_methods (void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once (&once, dress_method, NULL);
}

static gpointer
dress_application (gpointer nothing)
{
  static PealApplication sound, seen;
  static const PealApplication *all[3];
  sound = hollow_application;
  seen = hollow_picture;
  sound.multiplexes = seen.multiplexes = peal_rtp.multiplexes;
  sound.offer = offer;
  sound.answer = answer;
  seen.offer = offer_picture;
  seen.answer = answer_picture;
  sound.agree = seen.agree = agree;
  sound.start = seen.start = start;
  all[0] = &sound;
  all[1] = &seen;
  return all;
}

const PealApplication *const *
clothed_applications (void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once (&once, dress_application, NULL);
}
