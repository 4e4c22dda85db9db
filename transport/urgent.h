/* A thread that carries media goes before others: sound that is late is lost. */
// SPDX-License-Identifier: MIT
#pragma once

/* Asks for real-time turns for the calling thread. A wish: the system grants it to root, and to
 * users with RLIMIT_RTPRIO; for others nothing changes. Threads it starts do not inherit it. */
void peal_urgent_thread (void);
