/* External services (XEP-0215): the account's STUN and TURN servers. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/service.h"
#include "signaling/port.h"

/* Keeps the list fresh: asks the server when the stream comes up, and again before it expires. */
typedef struct PealServices PealServices;
PealServices *peal_services_new (PealPort *port);
/* Waits that are still open are dropped: their callbacks are not called. */
void peal_services_free (PealServices *services);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealServices, peal_services_free)

/* Calls @ready on the port's context as soon as an answer (or a refusal, or 5 s) is there; at once
 * from an idle source when it is known. The array is of PealService *, borrowed. */
void peal_services_wait (PealServices *services, void (*ready) (gpointer user, GPtrArray *list),
                         gpointer user);

/* What is known now; borrowed, may be empty, never NULL. */
GPtrArray *peal_services_list (PealServices *services);
