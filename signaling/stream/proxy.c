/* What a proxy is: its URL, and for whom it is not. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/proxy.h"

#include <string.h>

#include "signaling/event.h"
#include "signaling/stream/proxy_inside.h"

#define PORT 1080

static const struct {
  const char *scheme;
  PealProxyKind kind;
} schemes[] = {
  { "socks5", PEAL_PROXY_SOCKS5 },
  { "socks5h", PEAL_PROXY_SOCKS5 },
  { "socks", PEAL_PROXY_SOCKS5 },
  { "http", PEAL_PROXY_HTTP },
};

static void
wipe (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

PealProxy *
peal_proxy_ref (PealProxy *proxy)
{
  return g_atomic_rc_box_acquire (proxy);
}

static void
clear (gpointer data)
{
  PealProxy *proxy = data;
  g_free (proxy->host);
  g_free (proxy->where);
  g_free (proxy->user);
  wipe (proxy->password);
}

void
peal_proxy_unref (PealProxy *proxy)
{
  if (proxy)
    g_atomic_rc_box_release_full (proxy, clear);
}

/* curl takes "proxy:3128" for http. For g_free. */
static char *
with_scheme (const char *url)
{
  return strstr (url, "://") ? g_strdup (url) : g_strconcat ("http://", url, NULL);
}

gboolean
peal_proxy_tells_password (const char *url)
{
  g_autofree char *full = with_scheme (url);
  g_autofree char *password = NULL;
  g_uri_split_with_user (full, G_URI_FLAGS_HAS_PASSWORD, NULL, NULL, &password, NULL, NULL, NULL,
                         NULL, NULL, NULL, NULL);
  gboolean tells = password && *password;
  if (password)
    explicit_bzero (password, strlen (password));
  return tells;
}

/* Neither protocol can say more than 255 bytes, nor Basic a user with a colon. */
static const char *
flaw_of (const PealProxy *proxy, const char *path)
{
  if (!proxy->kind)
    return "peal knows socks5:// and http:// alone";
  if (!proxy->host || !*proxy->host || strlen (proxy->host) > 255)
    return "it names no host";
  if (path && *path && strcmp (path, "/") != 0)
    return "a proxy has no path";
  if (proxy->user && (strlen (proxy->user) > 255 || strchr (proxy->user, ':')))
    return "its user name is longer than 255 bytes, or has a colon";
  if (proxy->password && strlen (proxy->password) > 255)
    return "its password is longer than 255 bytes";
  return NULL;
}

PealProxy *
peal_proxy_parse (const char *url, GError **error)
{
  g_autoptr(PealProxy) proxy = g_atomic_rc_box_new0 (PealProxy);
  g_autofree char *full = with_scheme (url);
  g_autofree char *scheme = NULL, *path = NULL;
  g_autoptr(GError) why = NULL;
  int port = -1;

  gboolean good =
      g_uri_split_with_user (full, G_URI_FLAGS_HAS_PASSWORD, &scheme, &proxy->user,
                             &proxy->password, NULL, &proxy->host, &port, &path, NULL, NULL, &why);
  for (guint i = 0; good && scheme && i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strcasecmp (schemes[i].scheme, scheme) == 0)
      proxy->kind = schemes[i].kind;
  proxy->port = (guint16) (port > 0 ? port : PORT);
  if (proxy->user && !*proxy->user)
    g_clear_pointer (&proxy->user, g_free);
  const char *flaw = good ? flaw_of (proxy, path) : why->message;
  if (full)
    explicit_bzero (full, strlen (full));
  if (flaw) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "the proxy's URL is of no use: %s; write socks5://[USER@]HOST:PORT or "
                 "http://[USER@]HOST:PORT",
                 flaw);
    return NULL;
  }
  proxy->where =
      g_strdup_printf (strchr (proxy->host, ':') ? "[%s]:%u" : "%s:%u", proxy->host, proxy->port);
  return g_steal_pointer (&proxy);
}

PealProxy *
peal_proxy_with_password (PealProxy *proxy, const char *password)
{
  if (proxy->user && !proxy->password && password)
    proxy->password = g_strdup (password);
  return proxy;
}

const char *
peal_proxy_where (const PealProxy *proxy)
{
  return proxy->where;
}

GSocketConnectable *
peal_proxy_address (const PealProxy *proxy)
{
  return g_network_address_new (proxy->host, proxy->port);
}

/* --- NO_PROXY --- */

static gboolean
is_below (const char *name, const char *host)
{
  gsize length = strlen (name), whole = strlen (host);
  return whole >= length && g_ascii_strcasecmp (host + whole - length, name) == 0 &&
         (whole == length || host[whole - length - 1] == '.');
}

/* "192.0.2.0/24", "2001:db8::1"; NULL: it is none. GLib warns where it has more than 128 bits.
 */
static GInetAddressMask *
read_mask (const char *name)
{
  const char *slash = strchr (name, '/');
  guint64 bits;

  if (slash && !g_ascii_string_to_unsigned (slash + 1, 10, 0, 128, &bits, NULL))
    return NULL;
  return g_inet_address_mask_new_from_string (name, NULL);
}

gboolean
peal_proxy_exempts (const char *list, const char *host)
{
  g_auto(GStrv) rows = g_strsplit_set (list ? list : "", ", \t", -1);
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (host);

  for (char **row = rows; *row; row++) {
    const char *name = **row == '.' ? *row + 1 : *row;
    g_autoptr(GInetAddressMask) mask = address && *name ? read_mask (name) : NULL;
    if (strcmp (name, "*") == 0 || (mask && g_inet_address_mask_matches (mask, address)) ||
        (*name && is_below (name, host)))
      return TRUE;
  }
  return FALSE;
}
