/* A loop to run on, and the lower end of a channel stack, for fuzzers: what is sent into it is
 * heard at once and what the input says is delivered, all on one thread and in the input's order.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include "fuzz/fuzz.h"
#include "transport/channel.h"

/* Runs @func with @user on the one loop of this process. */
void fuzz_on_loop (PealLoopFunc func, gpointer user);
PealLoop *fuzz_loop (void);

/* A bottom channel that is open. @sent hears each datagram that leaves by it; may be NULL. On the
 * loop; whoever stacks on it owns it. */
PealChannel *fuzz_bottom_new (void (*sent) (gpointer user, const PealDatagram *datagram),
                              gpointer user);
