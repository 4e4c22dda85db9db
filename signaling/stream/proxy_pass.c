/* Getting through a proxy by GIO's proxies, and what its refusals mean. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/stream/failure.h"
#include "signaling/stream/proxy_inside.h"

/* Lives as the data of its task. */
typedef struct {
  PealProxy *proxy;
  char *target;
} Pass;

static void
pass_free (gpointer data)
{
  Pass *pass = data;
  peal_proxy_unref (pass->proxy);
  g_free (pass->target);
  g_free (pass);
}

/* --- what goes wrong --- */

static GError *
refuse_user (const PealProxy *proxy)
{
  if (!proxy->user)
    return peal_failure_new (PEAL_FAILURE_PROXY_AUTH,
                             "the proxy %s wants a user name and a password; write the name into "
                             "--proxy, and the password into PEAL_PROXY_PASSWORD",
                             proxy->where);
  if (!proxy->password)
    return peal_failure_new (PEAL_FAILURE_PROXY_AUTH,
                             "the proxy %s wants a password for %s; give it in "
                             "PEAL_PROXY_PASSWORD, or as proxy-password in the config",
                             proxy->where, proxy->user);
  return peal_failure_new (PEAL_FAILURE_PROXY_AUTH,
                           "the proxy %s does not take the password for %s; correct it in "
                           "PEAL_PROXY_PASSWORD or the config",
                           proxy->where, proxy->user);
}

static GError *
explain (const Pass *pass, const GError *error)
{
  const char *where = pass->proxy->where;
  if (g_str_has_suffix (error->message, " 401")) /* tinyproxy's 407, for which GIO has no code */
    return refuse_user (pass->proxy);
  switch (error->domain == G_IO_ERROR ? error->code : G_IO_ERROR_FAILED) {
  case G_IO_ERROR_PROXY_NEED_AUTH:
  case G_IO_ERROR_PROXY_AUTH_FAILED:
    return refuse_user (pass->proxy);
  case G_IO_ERROR_PROXY_NOT_ALLOWED:
    return peal_failure_new (PEAL_FAILURE_PROXY_REFUSED,
                             "the proxy %s does not let us through to %s; many allow port 443 "
                             "alone: name one that the server has there with --server HOST:443, or "
                             "ask the proxy's administrator",
                             where, pass->target);
  case G_IO_ERROR_CONNECTION_REFUSED:
    return peal_failure_new (PEAL_FAILURE_PORT_REFUSED,
                             "nobody listens at %s, says the proxy %s; name the server with "
                             "--server (through a proxy no SRV records are looked up)",
                             pass->target, where);
  case G_IO_ERROR_HOST_UNREACHABLE:
  case G_IO_ERROR_NETWORK_UNREACHABLE:
    return peal_failure_new (PEAL_FAILURE_NO_ROUTE,
                             "the proxy %s finds no way to %s; name the server with --server "
                             "(through a proxy no SRV records are looked up)",
                             where, pass->target);
  default: /* GIO's own words: some refusals have no code, only a number in them */
    return peal_failure_new (PEAL_FAILURE_PROXY_DOWN,
                             "the proxy %s did not connect us to %s (%s); check its address, kind "
                             "(socks5:// or http://) and user in --proxy, or do without: "
                             "--proxy none",
                             where, pass->target, error->message);
  }
}

/* --- passing --- */

static void
on_passed (GObject *library, GAsyncResult *result, gpointer user)
{
  g_autoptr(GTask) task = user;
  g_autoptr(GError) error = NULL;
  g_autoptr(GIOStream) stream = g_proxy_connect_finish (G_PROXY (library), result, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (stream)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, explain (g_task_get_task_data (task), error));
}

/* SOCKS5 says an address as bytes, CONNECT as text, where one with colons needs brackets. */
static char *
name_for (const PealProxy *proxy, const char *host)
{
  gboolean bracketed = proxy->kind == PEAL_PROXY_HTTP && strchr (host, ':');
  return g_strdup_printf (bracketed ? "[%s]" : "%s", host);
}

void
peal_proxy_pass (const PealProxyWish *wish, GCancellable *cancellable, GAsyncReadyCallback done,
                 gpointer user)
{
  const PealProxy *proxy = wish->proxy;
  const char *protocol = proxy->kind == PEAL_PROXY_HTTP ? "http" : "socks5";
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, done, user);
  g_autoptr(GProxy) library = g_proxy_get_default_for_protocol (protocol);
  g_autoptr(GInetAddress) here = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autofree char *name = name_for (proxy, wish->host);
  /* Where the proxy is does not matter any more: @base leads there. */
  g_autoptr(GProxyAddress) address = G_PROXY_ADDRESS (g_proxy_address_new (
      here, proxy->port, protocol, name, wish->port, proxy->user, proxy->password));
  Pass *pass = g_new0 (Pass, 1);
  g_task_set_task_data (task, pass, pass_free);
  pass->proxy = peal_proxy_ref (wish->proxy);
  pass->target =
      g_strdup_printf (strchr (wish->host, ':') ? "[%s]:%u" : "%s:%u", wish->host, wish->port);
  g_assert (library); /* both are part of GIO itself */
  g_proxy_connect_async (library, wish->base, address, cancellable, on_passed,
                         g_steal_pointer (&task));
}

gboolean
peal_proxy_pass_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
