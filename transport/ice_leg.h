/* One component of one libnice agent below an ICE channel: how datagrams leave and come there.
 *
 * A channel has one leg that it sends over, and for a while others: that of an ICE restart whose
 * pair is not found yet, and the old one, over which the peer may still be sending. All of them are
 * read, and the peer's checks are answered on each with its own credentials.
 *
 *     before the take-over   send ─► nice_agent_send_messages ─► … ─► attach_recv ─► deliver
 *     after it               send ─► sendmmsg on the pair     ─► … ─► recvmmsg    ─► deliver */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/ice_channel.h"

/* Receives through @agent from now on; before it gathers. The channel's first leg is in use at
 * once. The agent must live until the leg is freed, or the channel with all of its legs. On the
 * channel's loop, like all below. */
PealIceLeg *peal_ice_leg_new (PealIceChannel *channel, NiceAgent *agent, guint stream);
/* Not the one in use. libnice reads on: the answers of TURN servers end the allocations. */
void peal_ice_leg_free (PealIceLeg *leg);

/* The selected pair, from both ends plain UDP sockets of ours. FALSE: it stays with libnice. With
 * @any a pair whose far end is a relay will do as well. */
gboolean peal_ice_leg_can_take_over (PealIceLeg *leg, gboolean any);
/* The leg must be in use. */
void peal_ice_leg_take_over (PealIceLeg *leg);
gboolean peal_ice_leg_taken_over (PealIceLeg *leg);
