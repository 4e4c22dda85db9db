/* One STUN or TURN service, and how a URL names it (RFC 7064, RFC 7065). */
// SPDX-License-Identifier: MIT
#include "signaling/im/service.h"

#include <gio/gio.h>
#include <string.h>

#include "signaling/wire/codec.h"

const char *const peal_service_type_words[] = { "", "stun", "turn", "turns", NULL };
const char *const peal_service_transport_words[] = { "", "udp", "tcp", NULL };

PealService *
peal_service_new (PealServiceType type, PealServiceTransport transport, const char *host,
                  guint16 port)
{
  PealService *service = g_new0 (PealService, 1);

  service->type = type;
  service->transport = transport;
  service->host = g_strdup (host);
  service->port = port;
  return service;
}

PealService *
peal_service_copy (const PealService *service)
{
  PealService *copy =
      peal_service_new (service->type, service->transport, service->host, service->port);

  copy->username = g_strdup (service->username);
  copy->password = g_strdup (service->password);
  copy->expires = service->expires;
  return copy;
}

void
peal_service_free (PealService *service)
{
  if (!service)
    return;
  g_free (service->host);
  g_free (service->username);
  if (service->password)
    explicit_bzero (service->password, strlen (service->password));
  g_free (service->password);
  g_free (service);
}

guint16
peal_service_usual_port (PealServiceType type)
{
  return type == PEAL_SERVICE_TURNS ? 5349 : 3478;
}

/* --- URLs --- */

static gboolean
bad_url (const char *url, const char *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\": %s", url, why);
  return FALSE;
}

/* `host`, `host:port`, `[v6]`, `[v6]:port`. */
static gboolean
read_authority (PealService *service, const char *text, const char *url, GError **error)
{
  const char *end = *text == '[' ? strchr (text, ']') : text + strcspn (text, ":");
  guint64 port;

  if (!end)
    return bad_url (url, "a '[' without its ']'", error);
  service->host = *text == '[' ? g_strndup (text + 1, (gsize) (end - text - 1))
                               : g_strndup (text, (gsize) (end - text));
  if (*text == '[')
    end++;
  if (!*service->host)
    return bad_url (url, "names no host", error);
  if (*text == '[' && !g_hostname_is_ip_address (service->host))
    return bad_url (url, "what stands in brackets is no IPv6 address", error);
  if (*end == ':' && strchr (end + 1, ':'))
    return bad_url (url, "an IPv6 address stands in brackets, as in [2001:db8::1]:3478", error);
  if (!*end)
    return TRUE;
  if (*end != ':' || !g_ascii_string_to_unsigned (end + 1, 10, 1, 65535, &port, NULL))
    return bad_url (url, "what follows the host is no port", error);
  service->port = (guint16) port;
  return TRUE;
}

static gboolean
read_query (PealService *service, const char *text, const char *url, GError **error)
{
  if (service->type == PEAL_SERVICE_STUN)
    return bad_url (url, "stun: takes no ?transport", error);
  if (!g_str_has_prefix (text, "transport="))
    return bad_url (url, "what follows the '?' is not transport=udp or transport=tcp", error);
  service->transport = (PealServiceTransport) peal_words_find (peal_service_transport_words,
                                                               text + strlen ("transport="));
  if (!service->transport)
    return bad_url (url, "the transport is neither udp nor tcp", error);
  if (service->type == PEAL_SERVICE_TURNS && service->transport == PEAL_SERVICE_UDP)
    return bad_url (url, "turns: runs over TCP here", error);
  return TRUE;
}

static gboolean
read_user (PealService *service, const char *text, const char *url, GError **error)
{
  if (service->type == PEAL_SERVICE_STUN)
    return bad_url (url, "stun: takes no user name", error);
  if (strchr (text, ':')) /* the URL is not repeated: it holds the password */
    return bad_url (
        "turn:…@…",
        "everybody on this machine sees a password in a URL; put it into PEAL_TURN_PASSWORD",
        error);
  service->username = g_uri_unescape_string (text, NULL);
  return service->username && *service->username
             ? TRUE
             : bad_url (url, "the user name before '@' is not readable", error);
}

PealService *
peal_service_from_url (const char *url, const char *password, GError **error)
{
  const char *colon = strchr (url, ':');
  g_autofree char *scheme = g_ascii_strdown (url, colon ? colon - url : 0);
  g_autofree char *rest = g_strdup (colon ? colon + 1 : "");
  PealServiceType type =
      (PealServiceType) peal_words_find (peal_service_type_words, *scheme ? scheme : "-");

  if (!type) {
    bad_url (url, "does not begin with stun:, turn: or turns:", error);
    return NULL;
  }
  g_autoptr(PealService) service =
      peal_service_new (type, type == PEAL_SERVICE_TURNS ? PEAL_SERVICE_TCP : PEAL_SERVICE_UDP,
                        NULL, peal_service_usual_port (type));
  char *query = strchr (rest, '?');
  if (query)
    *query++ = '\0';
  char *host = strrchr (rest, '@');
  if (host)
    *host++ = '\0';
  if ((host && !read_user (service, rest, url, error)) ||
      !read_authority (service, host ? host : rest, url, error) ||
      (query && !read_query (service, query, url, error)))
    return NULL;
  if (host)
    service->password = g_strdup (password);
  return g_steal_pointer (&service);
}
