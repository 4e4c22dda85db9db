/* From options to proxy, pins and certificate. */
// SPDX-License-Identifier: MIT
#include "cli/way.h"

#include <glib/gstdio.h>
#include <string.h>

#include "cli/account.h"
#include "cli/password.h"
#include "signaling/stream/pin.h"
#include "signaling/wire/jid.h"

#define LONGEST (1024 * 1024) /* bytes of a certificate file */

void
peal_way_free (PealWay *way)
{
  if (!way)
    return;
  peal_proxy_unref (way->proxy);
  g_clear_pointer (&way->pins, g_bytes_unref);
  g_clear_object (&way->certificate);
  g_free (way);
}

/* --- the proxy --- */

/* curl reads the small letters first. */
static const char *
environment (const char *small, const char *large)
{
  const char *value = g_getenv (small);
  return value && *value ? value : g_getenv (large);
}

/* The host of --server, or the domain; for g_free. */
static char *
host_of (const PealOptions *options, const char *jid)
{
  g_autoptr(GSocketConnectable) address =
      options->server ? g_network_address_parse (options->server, 5222, NULL) : NULL;
  return address ? g_strdup (g_network_address_get_hostname (G_NETWORK_ADDRESS (address)))
                 : peal_jid_domain (jid);
}

static gboolean
is_this_machine (const char *host)
{
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (host);
  return address ? g_inet_address_get_is_loopback (address)
                 : g_ascii_strcasecmp (host, "localhost") == 0;
}

/* The URL that holds; NULL: none. */
static const char *
choose_url (const PealOptions *options, const char *jid)
{
  if (options->proxy)
    return g_str_equal (options->proxy, "none") ? NULL : options->proxy;
  const char *url = environment ("all_proxy", "ALL_PROXY");
  if (!url || !*url)
    return NULL;
  g_autofree char *host = host_of (options, jid);
  if (is_this_machine (host) || peal_proxy_exempts (environment ("no_proxy", "NO_PROXY"), host))
    return NULL;
  return url;
}

static gboolean
take_proxy (PealWay *way, const PealOptions *options, const char *jid, GError **error)
{
  const char *url = choose_url (options, jid);
  if (!url)
    return TRUE;
  if (options->proxy && peal_proxy_tells_password (url)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "--proxy must not hold a password, which every user of this machine could read; "
                 "leave the name alone in it, and give the password in PEAL_PROXY_PASSWORD, or as "
                 "proxy-password in the config");
    return FALSE;
  }
  way->proxy = peal_proxy_parse (url, error);
  if (!way->proxy)
    return FALSE;
  char *password = peal_account_proxy_password (options);
  way->proxy = peal_proxy_with_password (way->proxy, password);
  peal_password_free (password);
  return TRUE;
}

/* --- pins --- */

static gboolean
take_pins (PealWay *way, const PealOptions *options, GError **error)
{
  g_autoptr(GByteArray) pins = g_byte_array_new ();
  for (char **pin = options->server_pin; pin && *pin; pin++)
    if (!peal_pins_add (pins, *pin, error))
      return FALSE;
  if (pins->len == 0)
    return TRUE;
  if (options->tls == PEAL_TLS_OFF) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "--server-pin compares a certificate, and --tls off shows none; leave one away");
    return FALSE;
  }
  way->pins = g_byte_array_free_to_bytes (g_steal_pointer (&pins));
  return TRUE;
}

/* --- our certificate --- */

static gboolean
bad_certificate (const char *path, const char *why, GError **error)
{
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--certificate %s: %s; it wants a PEM file with the certificate and its key", path,
               why);
  return FALSE;
}

/* As with the config: a key that others may read is no key. */
static gboolean
check_mode (const char *path, GError **error)
{
  GStatBuf status;
  if (g_stat (path, &status) != 0 || !(status.st_mode & 077))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY,
               "the key in %s may be read by others; run: chmod 600 '%s'", path, path);
  return FALSE;
}

static gboolean
take_certificate (PealWay *way, const PealOptions *options, GError **error)
{
  const char *path = options->certificate;
  g_autoptr(GError) why = NULL;
  g_autofree char *pem = NULL;
  gsize length = 0;
  GStatBuf status;

  if (!path)
    return TRUE;
  if (g_stat (path, &status) == 0 && status.st_size > LONGEST)
    return bad_certificate (path, "too large", error);
  if (!g_file_get_contents (path, &pem, &length, &why))
    return bad_certificate (path, why->message, error);
  gboolean good = check_mode (path, error);
  if (good && (strstr (pem, "BEGIN ENCRYPTED") || strstr (pem, ",ENCRYPTED"))) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "--certificate %s: its key is locked by a password, which peal cannot ask for; "
                 "unlock it with `openssl pkey -in FILE`, and keep the file to yourself (chmod "
                 "600)",
                 path);
    good = FALSE;
  } else if (good && !strstr (pem, "PRIVATE KEY-----")) {
    good = bad_certificate (path, "there is no key in it", error);
  } else if (good) {
    way->certificate = g_tls_certificate_new_from_pem (pem, (gssize) length, &why);
    good = way->certificate || bad_certificate (path, why->message, error);
  }
  explicit_bzero (pem, length);
  return good;
}

static gboolean
check_server (const PealOptions *options, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(GSocketConnectable) address =
      options->server ? g_network_address_parse (options->server, 5222, &why) : NULL;
  if (!why)
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--server \"%s\": %s; write HOST, HOST:PORT or [ADDRESS]:PORT", options->server,
               why->message);
  return FALSE;
}

PealWay *
peal_way_new (const PealOptions *options, const char *jid, GError **error)
{
  g_autoptr(PealWay) way = g_new0 (PealWay, 1);
  if (!check_server (options, error) || !take_proxy (way, options, jid, error) ||
      !take_pins (way, options, error) || !take_certificate (way, options, error))
    return NULL;
  return g_steal_pointer (&way);
}
