/* A method's transport with its state, its path and the peer's credentials. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/carrier.h"

static void
describable (gpointer user)
{
  PealCarrier *carrier = user;
  carrier->describable = TRUE;
  if (!carrier->dead)
    carrier->events->describable (carrier->user, carrier);
}

static void
changed (gpointer user, PealTransportState state, const PealPath *path, const GError *why)
{
  PealCarrier *carrier = user;
  carrier->state = state;
  if (state == PEAL_TRANSPORT_CONNECTED)
    peal_path_copy (&carrier->path, path);
  if (!carrier->dead)
    carrier->events->state (carrier->user, carrier, state, path, why);
}

static const PealTransportEvents transport_events = { .describable = describable,
                                                      .state = changed };

PealCarrier *
peal_carrier_new (const PealMethod *method, const PealTransportSetup *setup,
                  const PealCarrierEvents *events, gpointer user)
{
  PealCarrier *carrier = g_new0 (PealCarrier, 1);
  carrier->method = method;
  carrier->events = events;
  carrier->user = user;
  carrier->path.rtt_ms = -1;
  carrier->transport = method->open (setup, &transport_events, carrier);
  return carrier;
}

void
peal_carrier_free (PealCarrier *carrier)
{
  if (!carrier)
    return;
  carrier->method->close (carrier->transport);
  peal_element_free (carrier->method->element, carrier->remote);
  peal_path_clear (&carrier->path);
  g_free (carrier);
}

gboolean
peal_carrier_knows (const PealCarrier *carrier, gconstpointer remote)
{
  return carrier->remote && carrier->method->same &&
         carrier->method->same (carrier->remote, remote);
}

gboolean
peal_carrier_apply (PealCarrier *carrier, gconstpointer remote, gboolean *renewed, GError **error)
{
  const PealElement *element = carrier->method->element;
  gboolean other =
      carrier->remote && carrier->method->same && !carrier->method->same (carrier->remote, remote);
  if (!carrier->method->apply (carrier->transport, remote, error))
    return FALSE;
  *renewed = other;
  if (!carrier->remote || other) {
    peal_element_free (element, carrier->remote);
    carrier->remote = peal_element_copy (element, remote);
  }
  return TRUE;
}

PealOpen *
peal_carrier_describe (PealCarrier *carrier)
{
  carrier->described = TRUE;
  return peal_open_new (carrier->method->element,
                        carrier->method->describe (carrier->transport, TRUE));
}

PealOpen *
peal_carrier_news (PealCarrier *carrier)
{
  if (!carrier->described)
    return NULL; /* all of it goes with the offer or the answer */
  gpointer news = carrier->method->describe (carrier->transport, FALSE);
  return news ? peal_open_new (carrier->method->element, news) : NULL;
}
