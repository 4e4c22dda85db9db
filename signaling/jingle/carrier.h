/* A transport of a call, and what the endpoint has to remember of it. Private to the endpoint.
 *
 * It belongs to the call; slots refer to it, and with BUNDLE (XEP-0338) several do. The first of
 * them, its tag, speaks for it: what the peer says of the transports of the others counts only
 * where it is about the same one. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/endpoint.h"

typedef struct PealCarrier PealCarrier;
typedef struct PealSlot PealSlot;

typedef struct {
  void (*describable) (gpointer user, PealCarrier *carrier);
  void (*state) (gpointer user, PealCarrier *carrier, PealTransportState state,
                 const PealPath *path, const GError *why);
} PealCarrierEvents;

struct PealCarrier {
  const PealMethod *method;
  PealTransport *transport;
  PealSlot *tag; /* borrowed; NULL: no content is on it yet, or any more */
  gboolean describable;
  gboolean described; /* it stood in an offer or an answer of ours: what follows is news */
  gboolean renewed;   /* new credentials of ours are to be told */
  gboolean dead;      /* closed soon: nothing of it is told any more */
  PealTransportState state;
  PealPath path;      /* once it was connected */
  gpointer remote;    /* the peer's <transport/> with its present credentials, owned */
  gint64 weak_at;     /* 0: it is not; else since when */
  gboolean restarted; /* since it is weak */
  gboolean awaits;    /* the peer's answer to a restart of ours */
  const PealCarrierEvents *events;
  gpointer user;
};

/* Opens a transport; events follow. @setup is only read during the call. */
PealCarrier *peal_carrier_new (const PealMethod *method, const PealTransportSetup *setup,
                               const PealCarrierEvents *events, gpointer user);
/* Not from inside its events. */
void peal_carrier_free (PealCarrier *carrier);

/* Whether @remote speaks of the transport that the peer has at the other end now. */
gboolean peal_carrier_knows (const PealCarrier *carrier, gconstpointer remote);
/* Tells it the peer's <transport/>; @renewed: that the peer begins anew. FALSE: @error. */
gboolean peal_carrier_apply (PealCarrier *carrier, gconstpointer remote, gboolean *renewed,
                             GError **error);

/* Our <transport/>: all of it, or what was not told yet (NULL: nothing). Given. */
PealOpen *peal_carrier_describe (PealCarrier *carrier);
PealOpen *peal_carrier_news (PealCarrier *carrier);
