/* One SASL exchange at a time against gasl's server: bound to a connection, or to another one; by
 * certificate; and what servers say of it. */
// SPDX-License-Identifier: MIT
#include <gsasl.h>
#include <string.h>

#include "signaling/event.h"
#include "signaling/stream/sasl.h"

typedef struct {
  const char *mechanism, *types;
  char ours[32], theirs[32]; /* channel binding data of the two ends */
  char *challenge;           /* instead of the server's, in base64 */
  const char *more;          /* appended to the server's challenge */
  PealSecret *secret;
  Gsasl *library;
  Gsasl_session *server;
  GError *error;
} World;

static int
answer (Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
  World *world = gsasl_callback_hook_get (library);
  g_autofree char *binding = g_base64_encode ((const guchar *) world->theirs, sizeof world->theirs);
  switch (property) {
  case GSASL_PASSWORD:
    return gsasl_property_set (session, property, "secret");
  case GSASL_SCRAM_ITER:
    return gsasl_property_set (session, property, "4096");
  case GSASL_SCRAM_SALT:
    return gsasl_property_set (session, property, "c2FsdHNhbHRzYWx0");
  case GSASL_CB_TLS_EXPORTER:
  case GSASL_CB_TLS_UNIQUE:
    if (!g_str_has_suffix (world->mechanism, "-PLUS") ||
        (property == GSASL_CB_TLS_UNIQUE) != (strcmp (world->types, "tls-unique") == 0))
      return GSASL_NO_CALLBACK;
    return gsasl_property_set (session, property, binding);
  default:
    return GSASL_NO_CALLBACK;
  }
}

static void
world_init (World *world, const char *mechanism, const char *types)
{
  *world = (World) { .mechanism = mechanism, .types = types };
  memset (world->ours, 7, sizeof world->ours);
  memset (world->theirs, 7, sizeof world->theirs);
  world->secret = peal_secret_new ("secret");
  g_assert_cmpint (gsasl_init (&world->library), ==, GSASL_OK);
  gsasl_callback_hook_set (world->library, world);
  gsasl_callback_set (world->library, answer);
  g_assert_cmpint (gsasl_server_start (world->library, mechanism, &world->server), ==, GSASL_OK);
}

static void
world_clear (World *world)
{
  gsasl_finish (world->server);
  gsasl_done (world->library);
  peal_secret_unref (world->secret);
  g_free (world->challenge);
  g_clear_error (&world->error);
}

static void
on_derived (GObject *source, GAsyncResult *result, gpointer user)
{
  World *world = user;
  g_assert_true (peal_secret_derived (world->secret, result, NULL));
}

static void
derive (World *world, const PealSalt *salt)
{
  peal_secret_derive (world->secret, salt, NULL, on_derived, world);
  while (!peal_secret_key (world->secret, salt))
    g_main_context_iteration (NULL, TRUE);
}

/* gsasl's server, from base64 to base64; @good: what the server thinks of it. */
static char *
serve (World *world, const char *message, gboolean *good)
{
  char *output = NULL;
  int rc = gsasl_step64 (world->server, message, &output);
  g_autofree char *copy = g_strdup (output ? output : "");
  gsasl_free (output);
  *good = rc == GSASL_OK || rc == GSASL_NEEDS_MORE;
  if (!world->more || rc != GSASL_NEEDS_MORE)
    return g_steal_pointer (&copy);
  gsize length;
  g_autofree guchar *bytes = g_base64_decode (copy, &length);
  g_autofree char *text = g_strdup_printf ("%.*s%s", (int) length, bytes, world->more);
  return g_base64_encode ((const guchar *) text, strlen (text));
}

/* The whole exchange. FALSE when the server refused it; with world->error when we did. */
static gboolean
exchange (World *world)
{
  const char *offered[] = { world->mechanism, NULL }, *types[] = { world->types, NULL };
  g_autoptr(GBytes) binding = g_bytes_new (world->ours, sizeof world->ours);
  PealSaslSetup setup = { .user = "alice",
                          .bare = "alice@example.org",
                          .secret = world->secret,
                          .offer = { .domain = "example.org",
                                     .offered = offered,
                                     .types = world->types ? types : NULL,
                                     .exporter = binding,
                                     .unique = binding,
                                     .secured = TRUE,
                                     .has_password = TRUE } };
  g_autoptr(PealSasl) sasl = peal_sasl_start (&setup, &world->error);
  g_assert_no_error (world->error);
  gboolean good;
  const PealSalt *missing;
  g_autofree char *challenge = serve (world, peal_sasl_initial (sasl), &good);
  if (!peal_sasl_look (sasl, challenge, &missing, &world->error))
    return FALSE;
  if (missing)
    derive (world, missing);
  g_autofree char *response = peal_sasl_step (sasl, challenge, &world->error);
  if (!response)
    return FALSE;
  g_autofree char *last = serve (world, response, &good);
  return good && peal_sasl_finish (sasl, last, &world->error);
}

static void
bound (gconstpointer types)
{
  static const char *const mechanisms[] = { "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS" };
  for (guint i = 0; i < G_N_ELEMENTS (mechanisms); i++) {
    World world;
    world_init (&world, mechanisms[i], types);
    g_assert_true (exchange (&world));
    world_clear (&world);
  }
}

/* One bit of another connection, and the server refuses. */
static void
bound_to_another (gconstpointer types)
{
  World world;
  world_init (&world, "SCRAM-SHA-256-PLUS", types);
  world.theirs[31] ^= 1;
  g_assert_false (exchange (&world));
  g_assert_no_error (world.error);
  world_clear (&world);
}

static void
not_bound (void)
{
  World world;
  world_init (&world, "SCRAM-SHA-256", NULL);
  g_assert_true (exchange (&world));
  world_clear (&world);
}

/* XEP-0474: the hash of "SCRAM-SHA-256" alone, and of a list that had more in it. */
static void
a_hash_of_the_lists (void)
{
  World world;
  world_init (&world, "SCRAM-SHA-256", NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "SCRAM-SHA-256", -1);
  guint8 bytes[32];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = g_ascii_xdigit_value (sum[2 * i]) << 4 | g_ascii_xdigit_value (sum[2 * i + 1]);
  g_autofree char *hash = g_base64_encode (bytes, sizeof bytes);
  g_autofree char *more = g_strconcat (",h=", hash, NULL);
  const char *offered[] = { "SCRAM-SHA-256", NULL };
  g_assert_true (
      peal_mechanism_untouched (&(PealOffer) { .offered = offered }, PEAL_HASH_SHA256, hash));
  world.more = more;
  g_assert_false (exchange (&world)); /* gsasl's server did not write it, and sees another proof */
  g_assert_no_error (world.error);
  world_clear (&world);

  world_init (&world, "SCRAM-SHA-256", NULL);
  world.more = ",h=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  g_assert_false (exchange (&world));
  g_assert_cmpstr (peal_cause_failure (world.error), ==, "downgrade");
  world_clear (&world);
}

/* A reconnect to the same salt costs no hashing. */
static void
keys_are_kept (void)
{
  PealSecret *secret = peal_secret_new ("secret");
  World world;
  world_init (&world, "SCRAM-SHA-256", NULL);
  PealSalt salt = { .hash = PEAL_HASH_SHA256,
                    .rounds = 4096,
                    .salt = g_bytes_new_static ("saltsaltsalt", 12) };
  g_assert_true (exchange (&world));
  g_assert_nonnull (peal_secret_key (world.secret, &salt));
  salt.rounds = 4097;
  g_assert_null (peal_secret_key (world.secret, &salt));
  salt.rounds = 4096;
  salt.hash = PEAL_HASH_SHA1;
  g_assert_null (peal_secret_key (world.secret, &salt));
  peal_salt_clear (&salt);
  world_clear (&world);
  peal_secret_unref (secret);
}

/* By certificate we say as whom (XEP-0178 §2), and there is nothing else to say. */
static void
by_certificate (void)
{
  const char *offered[] = { "EXTERNAL", "PLAIN", NULL };
  PealSecret *secret = peal_secret_new (NULL);
  PealSaslSetup setup = {
    .user = "alice",
    .bare = "alice@example.org",
    .secret = secret,
    .offer = { .domain = "example.org", .offered = offered, .secured = TRUE, .certified = TRUE }
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(PealSasl) sasl = peal_sasl_start (&setup, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (peal_sasl_way (sasl)->name, ==, "EXTERNAL");
  gsize length;
  g_autofree guchar *initial = g_base64_decode (peal_sasl_initial (sasl), &length);
  g_assert_cmpmem (initial, length, "alice@example.org", 17);
  g_assert_true (peal_sasl_finish (sasl, NULL, &error));
  peal_secret_unref (secret);
}

/* RFC 5802 §7: a server may say inside SCRAM what it does not like. */
static void
errors_inside (void)
{
  static const struct {
    const char *said, *failure;
  } cases[] = {
    { "e=channel-bindings-dont-match", "binding" },
    { "e=server-does-support-channel-binding", "binding" },
    { "e=invalid-proof", "password" },
    { "e=unknown-user", "password" },
    { "e=other-error", "server-proof" },
    { "", "server-proof" },
    { "v=", "server-proof" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    World world;
    world_init (&world, "SCRAM-SHA-256-PLUS", "tls-exporter");
    const char *offered[] = { world.mechanism, NULL };
    g_autoptr(GBytes) binding = g_bytes_new (world.ours, sizeof world.ours);
    PealSaslSetup setup = { .user = "alice",
                            .bare = "alice@example.org",
                            .secret = world.secret,
                            .offer = { .domain = "example.org",
                                       .offered = offered,
                                       .exporter = binding,
                                       .secured = TRUE,
                                       .has_password = TRUE } };
    g_autoptr(PealSasl) sasl = peal_sasl_start (&setup, &world.error);
    gboolean good;
    const PealSalt *missing;
    g_autofree char *challenge = serve (&world, peal_sasl_initial (sasl), &good);
    g_assert_true (peal_sasl_look (sasl, challenge, &missing, &world.error));
    derive (&world, missing);
    g_autofree char *response = peal_sasl_step (sasl, challenge, &world.error);
    g_assert_no_error (world.error);
    g_autofree char *last =
        g_base64_encode ((const guchar *) cases[i].said, strlen (cases[i].said));
    g_assert_false (peal_sasl_finish (sasl, last, &world.error));
    g_assert_cmpstr (peal_cause_failure (world.error), ==, cases[i].failure);
    world_clear (&world);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/sasl/bound/exporter", "tls-exporter", bound);
  g_test_add_data_func ("/sasl/bound/unique", "tls-unique", bound);
  g_test_add_data_func ("/sasl/bound-to-another/exporter", "tls-exporter", bound_to_another);
  g_test_add_data_func ("/sasl/bound-to-another/unique", "tls-unique", bound_to_another);
  g_test_add_func ("/sasl/not-bound", not_bound);
  g_test_add_func ("/sasl/a-hash-of-the-lists", a_hash_of_the_lists);
  g_test_add_func ("/sasl/keys-are-kept", keys_are_kept);
  g_test_add_func ("/sasl/by-certificate", by_certificate);
  g_test_add_func ("/sasl/errors-inside", errors_inside);
  return g_test_run ();
}
