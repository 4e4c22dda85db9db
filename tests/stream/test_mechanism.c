/* Which SASL mechanism is taken of what a server offers, and which offers are refused. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/event.h"
#include "signaling/stream/mechanism.h"

typedef enum { EXPORTER = 1, UNIQUE = 2, CLEAR = 4, CERTIFIED = 8, NO_PASSWORD = 16 } Have;

typedef struct {
  const char *name, *offered;
  const char *types; /* NULL: no list */
  int have;
  PealProof least;
  const char *taken;   /* and the binding behind a space; NULL: refused */
  const char *failure; /* why */
} Case;

#define PLUS "SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS PLAIN"

static const Case cases[] = {
  { "the best of all", "PLAIN SCRAM-SHA-1 SCRAM-SHA-256", .taken = "SCRAM-SHA-256" },
  { "SCRAM before PLAIN", "PLAIN SCRAM-SHA-1", .taken = "SCRAM-SHA-1" },
  { "PLAIN where nothing else is", "PLAIN X-OAUTH2", .taken = "PLAIN" },
  { "PLAIN in the clear", "PLAIN", .have = CLEAR, .failure = "plain-in-clear" },
  { "SCRAM in the clear", "PLAIN SCRAM-SHA-1", .have = CLEAR, .taken = "SCRAM-SHA-1" },
  { "nothing known", "GSSAPI X-OAUTH2", .failure = "no-mechanism" },
  { "nothing", "", .failure = "no-mechanism" },
  { "case counts", "plain scram-sha-1", .failure = "no-mechanism" },

  { "exporter without a list", PLUS, .have = EXPORTER, .taken = "SCRAM-SHA-256-PLUS tls-exporter" },
  { "unique without a list", PLUS, .have = UNIQUE, .taken = "SCRAM-SHA-256-PLUS tls-unique" },
  { "unique is what TLS 1.2 always had", PLUS, .have = UNIQUE | EXPORTER,
    .taken = "SCRAM-SHA-256-PLUS tls-unique" },
  { "a list chooses", PLUS, "tls-exporter tls-unique", UNIQUE | EXPORTER,
    .taken = "SCRAM-SHA-256-PLUS tls-exporter" },
  { "a list of the other", PLUS, "tls-unique", EXPORTER, .taken = "SCRAM-SHA-256" },
  { "a list of what we lack", PLUS, "tls-server-end-point", EXPORTER, .taken = "SCRAM-SHA-256" },
  { "an empty list", PLUS, "", EXPORTER, .taken = "SCRAM-SHA-256" },
  { "no binding of ours", PLUS, "tls-exporter", .taken = "SCRAM-SHA-256" },
  { "no binding in the clear", PLUS, .have = EXPORTER | CLEAR, .taken = "SCRAM-SHA-256" },
  { "a weaker hash that is bound goes first", "SCRAM-SHA-256 SCRAM-SHA-1-PLUS", .have = EXPORTER,
    .taken = "SCRAM-SHA-1-PLUS tls-exporter" },
  { "no PLUS offered", "SCRAM-SHA-256 PLAIN", "tls-exporter", EXPORTER, .taken = "SCRAM-SHA-256" },

  { "a certificate goes first", "EXTERNAL " PLUS, .have = CERTIFIED | EXPORTER,
    .taken = "EXTERNAL" },
  { "a certificate not shown", "EXTERNAL PLAIN", .taken = "PLAIN" },
  { "a certificate in the clear", "EXTERNAL SCRAM-SHA-1", .have = CERTIFIED | CLEAR,
    .taken = "SCRAM-SHA-1" },
  { "nothing but a certificate", "EXTERNAL", .failure = "no-mechanism" },
  { "no password", PLUS, .have = NO_PASSWORD | EXPORTER, .failure = "no-mechanism" },
  { "no password but a certificate", "EXTERNAL PLAIN", .have = NO_PASSWORD | CERTIFIED,
    .taken = "EXTERNAL" },

  { "as strong as before", PLUS, .have = EXPORTER, .least = PEAL_PROOF_BOUND,
    .taken = "SCRAM-SHA-256-PLUS tls-exporter" },
  { "stronger than before", PLUS, .have = EXPORTER, .least = PEAL_PROOF_TOLD,
    .taken = "SCRAM-SHA-256-PLUS tls-exporter" },
  { "bound before, not now", "SCRAM-SHA-256", .have = EXPORTER, .least = PEAL_PROOF_BOUND,
    .failure = "downgrade" },
  { "bound before, none shared now", PLUS, "tls-server-end-point", EXPORTER, PEAL_PROOF_BOUND,
    .failure = "downgrade" },
  { "SCRAM before, PLAIN now", "PLAIN", .least = PEAL_PROOF_MUTUAL, .failure = "downgrade" },
  { "another hash is no downgrade", "SCRAM-SHA-1", .least = PEAL_PROOF_MUTUAL,
    .taken = "SCRAM-SHA-1" },
};

static char **
words (const char *text)
{
  return text && *text ? g_strsplit (text, " ", -1) : g_new0 (char *, 1);
}

static void
is_chosen (gconstpointer data)
{
  const Case *test = data;
  g_auto(GStrv) offered = words (test->offered), types = words (test->types);
  g_autoptr(GBytes) bytes = g_bytes_new_static ("x", 1);
  PealOffer offer = { .domain = "example.org",
                      .offered = (const char *const *) offered,
                      .types = test->types ? (const char *const *) types : NULL,
                      .exporter = test->have & EXPORTER ? bytes : NULL,
                      .unique = test->have & UNIQUE ? bytes : NULL,
                      .secured = !(test->have & CLEAR),
                      .certified = test->have & CERTIFIED,
                      .has_password = !(test->have & NO_PASSWORD),
                      .least = test->least };
  g_autoptr(GError) error = NULL;
  const PealWayIn *way = peal_mechanism_choose (&offer, &error);
  if (!test->taken) {
    g_assert_null (way);
    g_assert_cmpstr (peal_cause_failure (error), ==, test->failure);
    return;
  }
  g_assert_no_error (error);
  gboolean bound = g_str_has_suffix (way->name, "-PLUS");
  g_autofree char *taken = bound
                               ? g_strconcat (way->name, " ", peal_mechanism_binding (&offer), NULL)
                               : g_strdup (way->name);
  g_assert_cmpstr (taken, ==, test->taken);
}

/* The example of XEP-0474 §5.3, in the order of the wire; and the same with one name taken out. */
static void
lists_that_were_changed (void)
{
  const char *const offered[] = { "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", NULL };
  const char *const types[] = { "tls-server-end-point", "tls-exporter", NULL };
  const char *hash = "G6k/rBLDqgOhRRaCuuatSDFkJ08=";
  PealOffer offer = { .offered = offered, .types = types };
  g_assert_true (peal_mechanism_untouched (&offer, PEAL_HASH_SHA1, hash));
  g_assert_false (peal_mechanism_untouched (&offer, PEAL_HASH_SHA256, hash));
  g_assert_false (peal_mechanism_untouched (&offer, PEAL_HASH_SHA1, "nonsense"));
  g_assert_false (peal_mechanism_untouched (&offer, PEAL_HASH_SHA1, ""));
  offer.offered = offered + 1;
  g_assert_false (peal_mechanism_untouched (&offer, PEAL_HASH_SHA1, hash));
  offer = (PealOffer) { .offered = offered, .types = NULL };
  g_assert_false (peal_mechanism_untouched (&offer, PEAL_HASH_SHA1, hash));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path =
        g_strdelimit (g_strdup_printf ("/mechanism/%s", cases[i].name), " ,", '-');
    g_test_add_data_func (path, &cases[i], is_chosen);
  }
  g_test_add_func ("/mechanism/lists-that-were-changed", lists_that_were_changed);
  return g_test_run ();
}
