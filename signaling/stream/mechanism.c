/* Choosing a SASL mechanism. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/mechanism.h"

#include <string.h>

#include "signaling/stream/failure.h"

/* Best first. gsasl 2.2 has no SCRAM-SHA-512. */
const PealWayIn peal_mechanism_ways[] = {
  { "EXTERNAL", PEAL_HASH_NONE, PEAL_PROOF_BOUND, TRUE },
  { "SCRAM-SHA-256-PLUS", PEAL_HASH_SHA256, PEAL_PROOF_BOUND, FALSE },
  { "SCRAM-SHA-1-PLUS", PEAL_HASH_SHA1, PEAL_PROOF_BOUND, FALSE },
  { "SCRAM-SHA-256", PEAL_HASH_SHA256, PEAL_PROOF_MUTUAL, FALSE },
  { "SCRAM-SHA-1", PEAL_HASH_SHA1, PEAL_PROOF_MUTUAL, FALSE },
  { "PLAIN", PEAL_HASH_NONE, PEAL_PROOF_TOLD, FALSE },
  { NULL },
};

static gboolean
lists (const PealOffer *offer, const char *type)
{
  return offer->types && g_strv_contains (offer->types, type);
}

/* Without a list: TLS 1.2 always has had tls-unique, RFC 9266 gives TLS 1.3 tls-exporter. */
const char *
peal_mechanism_binding (const PealOffer *offer)
{
  if (!offer->secured)
    return NULL;
  if (offer->exporter && lists (offer, "tls-exporter"))
    return "tls-exporter";
  if (offer->unique && (!offer->types || lists (offer, "tls-unique")))
    return "tls-unique";
  if (offer->exporter && !offer->types)
    return "tls-exporter";
  return NULL;
}

static gboolean
is_possible (const PealOffer *offer, const PealWayIn *way)
{
  if (way->external)
    return offer->secured && offer->certified;
  if (way->proof == PEAL_PROOF_BOUND && !peal_mechanism_binding (offer))
    return FALSE;
  return offer->has_password;
}

/* For sentences. */
static char *
list_of (const PealOffer *offer)
{
  g_autofree char *list = g_strjoinv (", ", (char **) offer->offered);
  return peal_failure_quote (list, 200);
}

static void
explain (const PealOffer *offer, GError **error)
{
  g_autofree char *list = list_of (offer);
  if (!offer->has_password)
    peal_failure_set (error, PEAL_FAILURE_NO_MECHANISM,
                      "%s does not let us log in by certificate (it offers: %s), and there is no "
                      "password; give one",
                      offer->domain, *list ? list : "none");
  else if (strcmp (list, "EXTERNAL") == 0)
    peal_failure_set (
        error, PEAL_FAILURE_NO_MECHANISM,
        "%s offers to log in by certificate alone (EXTERNAL), and it has seen none of "
        "ours; ask its administrator for one",
        offer->domain);
  else
    peal_failure_set (
        error, PEAL_FAILURE_NO_MECHANISM,
        "%s offers no way to log in that peal knows (it offers: %s); ask its administrator for "
        "SCRAM-SHA-256 or SCRAM-SHA-1",
        offer->domain, *list ? list : "none");
}

const PealWayIn *
peal_mechanism_choose (const PealOffer *offer, GError **error)
{
  const PealWayIn *way = NULL;
  for (const PealWayIn *each = peal_mechanism_ways; each->name && !way; each++)
    if (g_strv_contains (offer->offered, each->name) && is_possible (offer, each))
      way = each;
  if (!way) {
    explain (offer, error);
    return NULL;
  }
  if (way->proof < offer->least) {
    g_autofree char *list = list_of (offer);
    peal_failure_set (
        error, PEAL_FAILURE_DOWNGRADE,
        "%s offers weaker ways to log in than before (%s): somebody may be in between, "
        "so nothing was told to it; if its administrator changed that, start peal anew",
        offer->domain, list);
    return NULL;
  }
  if (way->proof == PEAL_PROOF_TOLD && !offer->secured) {
    peal_failure_set (
        error, PEAL_FAILURE_PLAIN_IN_CLEAR,
        "%s wants the password itself (%s) over a link that is not encrypted, so it was not sent; "
        "connect with --tls starttls or --tls direct",
        offer->domain, way->name);
    return NULL;
  }
  return way;
}

static int
by_octets (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
append_sorted (GString *out, const char *const *list, const char *between)
{
  g_autoptr(GPtrArray) sorted = g_ptr_array_new ();
  for (guint i = 0; list[i]; i++)
    g_ptr_array_add (sorted, (gpointer) list[i]);
  g_ptr_array_sort (sorted, by_octets);
  for (guint i = 0; i < sorted->len; i++)
    g_string_append_printf (out, "%s%s", i ? between : "", (char *) sorted->pdata[i]);
}

/* XEP-0474 §5.1 */
gboolean
peal_mechanism_untouched (const PealOffer *offer, PealHash kind, const char *hash)
{
  static const char *const delimiters[][2] = { { "\x1e", "\x1f" }, { ",", "|" } };
  gsize length;
  g_autofree guint8 *told = g_base64_decode (hash, &length);
  for (guint i = 0; i < G_N_ELEMENTS (delimiters); i++) {
    g_autoptr(GString) text = g_string_new (NULL);
    append_sorted (text, offer->offered, delimiters[i][0]);
    if (offer->types) {
      g_string_append (text, delimiters[i][1]);
      append_sorted (text, offer->types, delimiters[i][0]);
    }
    g_autoptr(GChecksum) sum =
        g_checksum_new (kind == PEAL_HASH_SHA256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA1);
    guint8 digest[32];
    gsize size = sizeof digest;
    g_checksum_update (sum, (const guchar *) text->str, text->len);
    g_checksum_get_digest (sum, digest, &size);
    if (size == length && memcmp (digest, told, size) == 0)
      return TRUE;
  }
  return FALSE;
}
