/* A proxy between us and the server: SOCKS5 (RFC 1928, RFC 1929) or HTTP CONNECT (RFC 9110 §9.3.6).
 *
 * It is given names as they are: with a proxy peal asks no name server but for the proxy's own
 * address, so that nobody near this machine learns whom it visits. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

typedef enum { PEAL_PROXY_SOCKS5 = 1, PEAL_PROXY_HTTP } PealProxyKind;

/* Never changes once made; may be shared by threads. */
typedef struct PealProxy PealProxy;

/* Of "socks5://[USER[:PASSWORD]@]HOST[:PORT]" (also "socks5h", "socks") or "http://…"; without a
 * scheme http, without a port 1080, both as curl does. NULL with @error (PEAL_CAUSE_USAGE). */
PealProxy *peal_proxy_parse (const char *url, GError **error);

/* Whether @url carries a password, which everybody sees in a command line. */
gboolean peal_proxy_tells_password (const char *url);

/* @proxy with @password (copied, wiped at the end) where it has a user but no password yet; takes
 * and returns @proxy. */
PealProxy *peal_proxy_with_password (PealProxy *proxy, const char *password);

PealProxy *peal_proxy_ref (PealProxy *proxy);
void peal_proxy_unref (PealProxy *proxy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealProxy, peal_proxy_unref)

/* "proxy.example.org:1080"; borrowed. And where to connect to; owned. */
const char *peal_proxy_where (const PealProxy *proxy);
GSocketConnectable *peal_proxy_address (const PealProxy *proxy);

/* Whether @list (as NO_PROXY: names and addresses with commas between them, "*" for all, NET/BITS)
 * says to go to @host without a proxy. A name stands for all below it too. */
gboolean peal_proxy_exempts (const char *list, const char *host);

/* Asks @proxy, which @base leads to, for a connection to @host and @port. All borrowed or copied;
 * the operation holds what it needs. */
typedef struct {
  PealProxy *proxy;
  GIOStream *base;
  const char *host;
  guint16 port;
} PealProxyWish;
void peal_proxy_pass (const PealProxyWish *wish, GCancellable *cancellable,
                      GAsyncReadyCallback done, gpointer user);

/* TRUE: @base leads to the server from now on. Else @error: G_IO_ERROR_CANCELLED, or one of
 * PealFailure: PROXY_AUTH, PROXY_REFUSED, PROXY_DOWN (it broke off, or speaks something else), and
 * PORT_REFUSED or NO_ROUTE where it says so of the server. */
gboolean peal_proxy_pass_finish (GAsyncResult *result, GError **error);
