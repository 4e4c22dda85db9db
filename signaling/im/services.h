/* External services (XEP-0215): the account's STUN and TURN servers. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/service.h"
#include "signaling/port.h"

/* Keeps the list fresh: asks the server when the stream comes up, again before the first of its
 * credentials expire, at once when that moment passed while we were offline or asleep, and when the
 * server says that it changed. */
typedef struct PealServices PealServices;
PealServices *peal_services_new (PealPort *port);
/* Waits that are still open are dropped: their callbacks are not called. */
void peal_services_free (PealServices *services);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealServices, peal_services_free)

/* Calls @ready on the port's context as soon as an answer (or a refusal, or 5 s) is there; at once
 * from an idle source when it is known and not overdue. The array is of PealService *, borrowed. */
void peal_services_wait (PealServices *services, void (*ready) (gpointer user, GPtrArray *list),
                         gpointer user);

/* What is known now; borrowed, may be empty, never NULL. */
GPtrArray *peal_services_list (PealServices *services);

/* When to ask again for @list, which came at @now (g_get_real_time): after four fifths of the time
 * that the first credentials to expire have left, at least a second, at most a day. A minute where
 * they have expired already: then the two clocks disagree. 0: nothing expires. Pure. */
gint64 peal_services_due (GPtrArray *list, gint64 now);

/* Another clock than g_get_real_time, for tests. */
void peal_services_set_clock (PealServices *services, gint64 (*clock) (void));
