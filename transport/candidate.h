/* ICE candidates between the wire (XEP-0176 §5.4) and libnice, and what of them may be told to
 * whom. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/transport_wire.h"

#include <agent.h>

/* All ten attributes of XEP-0176's schema, with a fresh random id. Free with
 * peal_element_free (&peal_candidate_element, …). */
PealCandidate *peal_candidate_from_nice (const NiceCandidate *candidate);

/* For nice_agent_set_remote_candidates; free with nice_candidate_free. NULL when libnice has no use
 * for it, with a few words in @why (static): TCP, a host name (mDNS), not an address, port 0. */
NiceCandidate *peal_candidate_to_nice (const PealCandidate *candidate, guint stream,
                                       const char **why);

/* A relay candidate names the address that the TURN server saw: blanked as libwebrtc does it. */
void peal_candidate_blank (PealCandidate *candidate);

/* "host", "srflx", "prflx", "relay"; static. */
const char *peal_candidate_type_word (NiceCandidateType type);

/* "192.0.2.1:5000", "[2001:db8::1]:5000"; free with g_free. */
char *peal_candidate_address (const NiceAddress *address);
