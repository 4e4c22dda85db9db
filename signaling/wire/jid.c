/* Addresses: split, each part prepared by its own rules, joined again. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/jid.h"

#include "signaling/wire/precis.h"

#include <gio/gio.h>
#include <idn2.h>
#include <string.h>

/* RFC 7622 §3.2–3.4: of each part, in UTF-8. */
#define PART_BYTES 1023

/* Always NULL. */
static char *
refuse (GError **error, const char *part, const char *text, const char *why)
{
  g_autofree char *cut = g_utf8_make_valid (text, MIN (strlen (text), 100));

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s \"%s\" of an address: %s", part,
               cut, why);
  return NULL;
}

/* --- the parts --- */

/* RFC 7622 §3.3. What is forbidden is looked for in the result: a full-width @ becomes an @. */
static char *
prepare_local (const char *text, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *form = peal_precis_username (text, &why);

  if (!form)
    return refuse (error, "user name", text, why->message);
  if (strpbrk (form, "\"&'/:<>@"))
    return refuse (error, "user name", text, "it has one of \" & ' / : < > @");
  return g_steal_pointer (&form);
}

/* RFC 7622 §3.4. A leading space is in the RFC's table of invalid addresses, but its own profile
 * allows it. */
static char *
prepare_resource (const char *text, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *form = peal_precis_opaque (text, &why);

  return form ? g_steal_pointer (&form) : refuse (error, "resource", text, why->message);
}

/* "192.0.2.1" or "[2001:db8::1]" in their normal form; NULL when it is neither. */
static char *
prepare_ip (const char *text)
{
  gboolean bracketed = text[0] == '[' && g_str_has_suffix (text, "]");
  g_autofree char *inside = bracketed ? g_strndup (text + 1, strlen (text) - 2) : g_strdup (text);
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (inside);

  if (!address || bracketed != (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6))
    return NULL;

  g_autofree char *normal = g_inet_address_to_string (address);
  return bracketed ? g_strdup_printf ("[%s]", normal) : g_steal_pointer (&normal);
}

/* ASCII in a name is letters, digits, hyphens, and the underscores that are found in practice. */
static gboolean
is_name (const char *text)
{
  for (const char *p = text; *p; p++) {
    if (!g_ascii_isalnum (*p) && !strchr ("-._", *p) && !((guchar) *p & 0x80))
      return FALSE;
  }
  return *text && *text != '.' && !strstr (text, "..") && !g_str_has_suffix (text, ".");
}

/* The A-labels of @text in lower case, or NULL with @status. */
static char *
to_ascii (const char *text, int *status)
{
  char *raw = NULL;

  *status = idn2_to_ascii_8z (text, &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  if (*status != IDN2_OK)
    return NULL;

  char *ascii = g_ascii_strdown (raw, -1);
  idn2_free (raw);
  return ascii;
}

/* RFC 5891: by way of A-labels, so that both spellings of a name become one. IDNA maps U+2100 to
 * "a/c" and U+FF20 to "@", and an A-label may hide anything (§5.4): what comes out must be a name
 * that gives the same A-labels again. */
static char *
prepare_name (const char *text, GError **error)
{
  char *raw = NULL;
  int status = IDN2_OK;
  g_autofree char *ascii = to_ascii (text, &status);

  if (ascii)
    status = idn2_to_unicode_8z8z (ascii, &raw, 0);
  if (status != IDN2_OK)
    return refuse (error, "domain", text, idn2_strerror (status));

  g_autofree char *name = g_strdup (raw);
  idn2_free (raw);
  g_autofree char *again = to_ascii (name, &status);
  if (!is_name (name) || g_strcmp0 (again, ascii) != 0)
    return refuse (error, "domain", text, "it stands for what is not a host name");
  return g_steal_pointer (&name);
}

/* RFC 7622 §3.2: a final dot is dropped before anything else. */
static char *
prepare_domain (const char *text, GError **error)
{
  g_autofree char *domain = g_strdup (text);

  if (g_str_has_suffix (domain, "."))
    domain[strlen (domain) - 1] = '\0';
  if (!*domain)
    return refuse (error, "domain", text, "it is empty");

  char *ip = prepare_ip (domain);
  if (ip)
    return ip;
  if (!g_utf8_validate (domain, -1, NULL) || !is_name (domain))
    return refuse (error, "domain", text, "not a host name or an IP address");
  return prepare_name (domain, error);
}

/* --- the whole --- */

/* Prepares one part; a part that is not there (NULL) needs nothing. */
static gboolean
prepare_part (char *(*prepare) (const char *text, GError **error), char **part, GError **error)
{
  if (!*part)
    return TRUE;

  g_autofree char *form = prepare (*part, error);
  if (form && strlen (form) > PART_BYTES) {
    refuse (error, "part", form, "longer than 1,023 bytes");
    return FALSE;
  }
  g_free (*part);
  *part = g_steal_pointer (&form);
  return *part != NULL;
}

char *
peal_jid_prepare (const char *text, GError **error)
{
  /* RFC 7622 §3.1: the first slash ends the rest, and may be followed by any more of either. */
  const char *slash = strchr (text, '/');
  g_autofree char *bare = slash ? g_strndup (text, slash - text) : g_strdup (text);
  g_autofree char *resource = slash ? g_strdup (slash + 1) : NULL;
  const char *at = strchr (bare, '@');
  g_autofree char *local = at ? g_strndup (bare, at - bare) : NULL;
  g_autofree char *domain = g_strdup (at ? at + 1 : bare);

  if (!prepare_part (prepare_local, &local, error) ||
      !prepare_part (prepare_domain, &domain, error) ||
      !prepare_part (prepare_resource, &resource, error))
    return NULL;
  return g_strconcat (local ? local : "", local ? "@" : "", domain, resource ? "/" : "",
                      resource ? resource : "", NULL);
}

static gsize
bare_length (const char *jid)
{
  return strcspn (jid, "/");
}

char *
peal_jid_bare (const char *jid)
{
  return g_strndup (jid, bare_length (jid));
}

char *
peal_jid_local (const char *jid)
{
  const char *at = memchr (jid, '@', bare_length (jid));

  return at ? g_strndup (jid, at - jid) : NULL;
}

char *
peal_jid_domain (const char *jid)
{
  const char *at = memchr (jid, '@', bare_length (jid));
  const char *start = at ? at + 1 : jid;

  return g_strndup (start, jid + bare_length (jid) - start);
}

const char *
peal_jid_resource (const char *jid)
{
  const char *slash = strchr (jid, '/');

  return slash ? slash + 1 : NULL;
}

gboolean
peal_jid_is_full (const char *jid)
{
  return strchr (jid, '/') != NULL;
}

gboolean
peal_jid_equal (const char *a, const char *b)
{
  return a && b && strcmp (a, b) == 0;
}

gboolean
peal_jid_same_bare (const char *a, const char *b)
{
  return a && b && bare_length (a) == bare_length (b) && strncmp (a, b, bare_length (a)) == 0;
}
