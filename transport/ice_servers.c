/* STUN and TURN servers, chosen and resolved; see ice_servers.h. */
// SPDX-License-Identifier: MIT
#include "transport/ice_servers.h"

#include <gio/gio.h>

#define PATIENCE (G_USEC_PER_SEC / 4)

struct PealIceServers {
  PealLoop *loop;
  const PealIceServersEvents *events;
  gpointer user;
  GPtrArray *turn; /* of PealService *, owned */
  PealService *stun;
  guint n_turns, pending;
  gboolean stun_told;
  GCancellable *cancellable;
  PealTimer timer;
};

/* One name on its way; outlives its owner when that is freed first. */
typedef struct {
  PealIceServers *servers; /* not looked at once cancelled */
  const PealService *service;
  PealLoop *loop;
} Lookup;

/* --- the choice --- */

static gboolean
has_turn_at (GPtrArray *services, const char *host)
{
  for (guint i = 0; i < services->len; i++) {
    const PealService *service = services->pdata[i];
    if (service->type == PEAL_SERVICE_TURN && service->transport == PEAL_SERVICE_UDP &&
        g_ascii_strcasecmp (service->host, host) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
choose (PealIceServers *servers, GPtrArray *services)
{
  for (guint i = 0; i < services->len; i++) {
    const PealService *service = services->pdata[i];
    if (service->type == PEAL_SERVICE_TURN)
      g_ptr_array_add (servers->turn, peal_service_copy (service));
    else if (service->type == PEAL_SERVICE_TURNS)
      servers->n_turns++;
    else if (!servers->stun && service->transport == PEAL_SERVICE_UDP &&
             !has_turn_at (services, service->host))
      servers->stun = peal_service_copy (service); /* libnice asks one */
  }
}

PealIceServers *
peal_ice_servers_new (PealLoop *loop, GPtrArray *services, const PealIceServersEvents *events,
                      gpointer user)
{
  PealIceServers *servers = g_new0 (PealIceServers, 1);

  servers->loop = loop;
  servers->events = events;
  servers->user = user;
  servers->turn = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_service_free);
  servers->cancellable = g_cancellable_new ();
  if (services)
    choose (servers, services);
  return servers;
}

void
peal_ice_servers_free (PealIceServers *servers)
{
  peal_timer_clear (&servers->timer);
  g_cancellable_cancel (servers->cancellable);
  g_object_unref (servers->cancellable);
  g_ptr_array_unref (servers->turn);
  g_clear_pointer (&servers->stun, peal_service_free);
  g_free (servers);
}

guint
peal_ice_servers_pending (PealIceServers *servers)
{
  return servers->pending;
}

guint
peal_ice_servers_turn (PealIceServers *servers)
{
  return servers->turn->len;
}

guint
peal_ice_servers_turns (PealIceServers *servers)
{
  return servers->n_turns;
}

/* --- names --- */

static void
tell_stun (PealIceServers *servers, const char *address)
{
  if (servers->stun_told)
    return;
  servers->stun_told = TRUE;
  peal_timer_clear (&servers->timer);
  if (address)
    servers->events->stun (servers->user, &(PealIceServer) { servers->stun, address });
  else
    servers->events->stun (servers->user, NULL);
}

static void
stun_is_late (gpointer user)
{
  PealIceServers *servers = user;

  g_debug ("ice: the name of STUN server %s takes too long", servers->stun->host);
  tell_stun (servers, NULL);
}

/* The first address of @family among the answers; free with g_free. */
static char *
pick (GList *addresses, GSocketFamily family)
{
  for (GList *i = addresses; i; i = i->next)
    if (g_inet_address_get_family (i->data) == family)
      return g_inet_address_to_string (i->data);
  return NULL;
}

static void
found (PealIceServers *servers, const PealService *service, GList *addresses)
{
  g_autofree char *v4 = pick (addresses, G_SOCKET_FAMILY_IPV4);
  g_autofree char *v6 = pick (addresses, G_SOCKET_FAMILY_IPV6);

  /* STUN finds mapped addresses, and those are IPv4's trouble. */
  if (service == servers->stun) {
    tell_stun (servers, v4 ? v4 : v6);
    return;
  }
  if (v4)
    servers->events->turn (servers->user, &(PealIceServer) { service, v4 });
  if (v6)
    servers->events->turn (servers->user, &(PealIceServer) { service, v6 });
}

static void
resolved (GObject *resolver, GAsyncResult *result, gpointer user)
{
  g_autofree Lookup *lookup = user;
  g_autoptr(GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);

  peal_loop_release (lookup->loop);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error)
    g_debug ("ice: %s", error->message);
  lookup->servers->pending--;
  found (lookup->servers, lookup->service, addresses);
  g_resolver_free_addresses (addresses);
}

static void
look_up (PealIceServers *servers, const PealService *service)
{
  if (g_hostname_is_ip_address (service->host)) {
    if (service == servers->stun)
      tell_stun (servers, service->host);
    else
      servers->events->turn (servers->user, &(PealIceServer) { service, service->host });
    return;
  }
  g_autoptr(GResolver) resolver = g_resolver_get_default ();
  Lookup *lookup = g_new (Lookup, 1);

  *lookup = (Lookup) { servers, service, servers->loop };
  servers->pending++;
  peal_loop_hold (servers->loop);
  g_resolver_lookup_by_name_async (resolver, service->host, servers->cancellable, resolved, lookup);
}

void
peal_ice_servers_start (PealIceServers *servers)
{
  for (guint i = 0; i < servers->turn->len; i++)
    look_up (servers, servers->turn->pdata[i]);
  if (!servers->stun) {
    tell_stun (servers, NULL);
    return;
  }
  peal_timer_set (servers->loop, &servers->timer, g_get_monotonic_time () + PATIENCE, stun_is_late,
                  servers);
  look_up (servers, servers->stun);
}
