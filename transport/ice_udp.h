/* The transport method of XEP-0176: ICE, with DTLS by XEP-0320. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"
#include "transport/ice_agent.h"

extern const PealMethod peal_ice_udp;

/* As peal_ice_udp.open, with other times; for tests. @times must outlive the transport. */
PealTransport *peal_ice_udp_open (const PealTransportSetup *setup, const PealIceTimes *times,
                                  const PealTransportEvents *events, gpointer user);

/* Begins an ICE restart from our side (RFC 8445 §9): describable follows. */
void peal_ice_udp_restart (PealTransport *transport);

/* How many times its sockets were taken over from libnice; waits for the loop. */
guint peal_ice_udp_take_overs (PealTransport *transport);
