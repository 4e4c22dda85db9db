/* Fuzzes what a peer says about media and ways: descriptions through negotiation, transports
 * through candidates, fingerprints and ICE's judgement. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "media/negotiate.h"
#include "transport/candidate.h"
#include "transport/fingerprint.h"
#include "transport/ice_udp.h"

static void
try_description (xmpp_stanza_t *stanza, xmpp_ctx_t *context)
{
  PealRtpDescription *offer =
      peal_element_parse (&peal_rtp_description_element, stanza, NULL, NULL);
  g_autoptr(GError) error = NULL;

  if (!offer)
    return;
  PealNegotiatePlan plan = { .media = offer->media == PEAL_MEDIA_VIDEO ? PEAL_MEDIA_VIDEO
                                                                       : PEAL_MEDIA_AUDIO };
  PealRtpDescription *answer = peal_negotiate_answer (offer, &plan, &error);
  g_assert_true ((answer == NULL) == (error != NULL));
  if (answer) {
    PealAgreement agreement;
    xmpp_stanza_t *built = peal_element_build (&peal_rtp_description_element, answer, context);
    g_assert_true (peal_negotiate_agree (offer, answer, NULL));
    g_assert_true (peal_negotiate_choose (answer, offer, &agreement));
    g_assert_true (peal_negotiate_choose (offer, answer, &agreement));
    xmpp_stanza_release (built);
    peal_rtp_description_free (answer);
  }
  PealRtpDescription *ours = peal_negotiate_offer (&plan, NULL);
  if (ours) { /* as an answer to ours it is good or not */
    PealAgreement agreement;
    gboolean good = peal_negotiate_agree (ours, offer, NULL);
    g_assert_true (good == peal_negotiate_choose (ours, offer, &agreement));
    peal_rtp_description_free (ours);
  }
  peal_rtp_description_free (offer);
}

/* What libnice takes comes back the same. */
static void
try_candidate (const PealCandidate *candidate)
{
  const char *why = NULL;
  NiceCandidate *nice = peal_candidate_to_nice (candidate, 1, &why);

  g_assert_true ((nice == NULL) == (why != NULL));
  if (!nice)
    return;
  PealCandidate *again = peal_candidate_from_nice (nice);
  g_autofree char *address = peal_candidate_address (&nice->addr);
  g_assert_cmpuint (again->port, ==, candidate->port);
  g_assert_cmpuint (again->component, ==, candidate->component);
  peal_candidate_blank (again);
  peal_element_free (&peal_candidate_element, again);
  nice_candidate_free (nice);
}

static void
try_fingerprints (const GPtrArray *fingerprints)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) digests = peal_fingerprint_parse (fingerprints, &error);

  g_assert_true ((digests == NULL) == (error != NULL));
  if (!digests)
    return;
  g_assert_true (peal_fingerprint_equal (digests, digests));
  peal_fingerprint_match (digests, peal_fingerprint_certificate ()->x509);
}

static void
try_transport (xmpp_stanza_t *stanza)
{
  PealIceTransport *remote = peal_element_parse (&peal_ice_transport_element, stanza, NULL, NULL);
  g_autoptr(GError) error = NULL;

  if (!remote)
    return;
  gboolean good = peal_ice_udp.judge (&(PealTransportSetup) { .content = "voice" }, remote, &error);
  g_assert_true (good == (error == NULL));
  for (guint i = 0; remote->candidates && i < remote->candidates->len; i++)
    try_candidate (remote->candidates->pdata[i]);
  if (remote->fingerprints)
    try_fingerprints (remote->fingerprints);
  peal_element_free (&peal_ice_transport_element, remote);
}

static void
walk (xmpp_stanza_t *stanza, xmpp_ctx_t *context, guint depth)
{
  if (peal_element_matches (&peal_rtp_description_element, stanza))
    try_description (stanza, context);
  if (peal_element_matches (&peal_ice_transport_element, stanza))
    try_transport (stanza);
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child && depth < 6;
       child = xmpp_stanza_get_next (child))
    if (xmpp_stanza_is_tag (child))
      walk (child, context, depth + 1);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, text);

  if (stanza) {
    walk (stanza, context, 0);
    xmpp_stanza_release (stanza);
  }
  xmpp_ctx_free (context);
  return 0;
}
