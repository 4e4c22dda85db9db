/* Following a server elsewhere, within reason. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/route.h"

#include <string.h>

#include "signaling/stream/failure.h"
#include "signaling/stream/stream_wire.h"

#define LONGEST 262 /* a name of 255 octets, brackets, a port */

gboolean
peal_route_is_server (const char *server)
{
  static const char allowed[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
  gsize length = strlen (server);
  if (length == 0 || length > LONGEST || strspn (server, allowed) != length)
    return FALSE;
  g_autoptr(GSocketConnectable) address = g_network_address_parse (server, 5222, NULL);
  if (!address)
    return FALSE;
  const char *host = g_network_address_get_hostname (G_NETWORK_ADDRESS (address));
  guint port = g_network_address_get_port (G_NETWORK_ADDRESS (address));
  return *host && port > 0 && (g_ascii_isalnum (*host) || g_hostname_is_ip_address (host));
}

static void
aim (PealRoute *route, char *sent)
{
  g_free (route->sent);
  route->sent = sent;
  route->reach.server = sent ? sent : route->first;
}

void
peal_route_init (PealRoute *route, const PealReachSetup *reach, PealMemory *memory)
{
  *route = (PealRoute) { .reach = *reach,
                         .domain = g_strdup (reach->domain),
                         .first = g_strdup (reach->server) };
  route->reach.domain = route->domain;
  route->reach.failed = route->failed = g_ptr_array_new_with_free_func (g_free);
  route->reach.proxy = reach->proxy ? peal_proxy_ref (reach->proxy) : NULL;
  route->reach.pins = reach->pins ? g_bytes_ref (reach->pins) : NULL;
  route->reach.trust = reach->trust ? g_object_ref (reach->trust) : NULL;
  route->reach.certificate = reach->certificate ? g_object_ref (reach->certificate) : NULL;
  g_autofree char *place = g_steal_pointer (&memory->location);
  route->to_resume = place && !reach->given && peal_route_is_server (place);
  aim (route, route->to_resume ? g_steal_pointer (&place) : NULL);
}

void
peal_route_clear (PealRoute *route)
{
  g_free (route->domain);
  g_free (route->first);
  g_free (route->sent);
  g_ptr_array_unref (route->failed);
  g_clear_error (&route->useless);
  g_clear_pointer (&route->reach.proxy, peal_proxy_unref);
  g_clear_pointer (&route->reach.pins, g_bytes_unref);
  g_clear_object (&route->reach.trust);
  g_clear_object (&route->reach.certificate);
}

const PealReachSetup *
peal_route_reach (const PealRoute *route)
{
  return &route->reach;
}

char *
peal_route_elsewhere (xmpp_stanza_t *element)
{
  xmpp_stanza_t *child = peal_element_find (&peal_wire_other_host, element);
  PealOtherHost *other =
      child ? peal_element_parse (&peal_wire_other_host, child, NULL, NULL) : NULL;
  char *host = other ? g_strdup (other->host) : NULL;
  peal_element_free (&peal_wire_other_host, other);
  return host;
}

gboolean
peal_route_follow (PealRoute *route, const char *server, gboolean secured, const char *where,
                   GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *said = peal_failure_quote (server, 64);
  if (!secured || route->reach.given)
    peal_failure_set (&why, PEAL_FAILURE_SEE_OTHER_HOST,
                      "%s sends us to %s over a connection for which nobody vouches, so we did not "
                      "go; name the server with --server",
                      where, said);
  else if (!peal_route_is_server (server))
    peal_failure_set (
        &why, PEAL_FAILURE_SEE_OTHER_HOST,
        "%s sends us to \"%s\", which is no server; ask its administrator, or name the "
        "server with --server",
        where, said);
  else if (route->followed == PEAL_ROUTE_MOST)
    peal_failure_set (&why, PEAL_FAILURE_SEE_OTHER_HOST,
                      "%s sends us on to %s, after %d others did the same: they may send us in a "
                      "circle; ask its administrator, or name the server with --server",
                      where, said, PEAL_ROUTE_MOST);
  else
    route->followed++;
  if (why) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  route->to_resume = FALSE;
  aim (route, g_strdup (server));
  return TRUE;
}

gboolean
peal_route_back (PealRoute *route)
{
  if (!route->to_resume)
    return FALSE;
  route->to_resume = FALSE;
  aim (route, NULL);
  return TRUE;
}

void
peal_route_pass_over (PealRoute *route, const char *where, const GError *why)
{
  g_ptr_array_add (route->failed, g_strdup (where));
  if (!route->useless)
    route->useless = g_error_copy (why);
}

void
peal_route_arrived (const PealRoute *route, PealMemory *memory, gboolean resumed)
{
  if (resumed && route->to_resume && !memory->location)
    memory->location = g_strdup (route->sent);
}
