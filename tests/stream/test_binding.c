/* Logins that TLS has a part in, over TLS 1.3 as it runs: SCRAM is tied to the connection it came
 * through, or fails, and what was bound once is never again without; or the certificate we showed
 * is all there is to it. */
// SPDX-License-Identifier: MIT
#include "tests/stream/servers.h"

static void
bound_by_exporter (gconstpointer types)
{
  Servers servers;
  servers_init (&servers);
  servers.list[0].offers = "SCRAM-SHA-256-PLUS";
  servers.list[0].types = types;
  servers_begin (&servers);
  servers_until (&servers, "online alice@example.org/r");
  g_assert_nonnull (strstr (servers.told->str, "by TLSv1.3"));
  servers_clear (&servers);
}

/* The server sees another connection than ours: one bit is enough. */
static void
somebody_in_between (void)
{
  Servers servers;
  servers_init (&servers);
  servers.list[0].offers = "SCRAM-SHA-256-PLUS";
  servers.list[0].flipped = TRUE;
  servers_begin (&servers);
  servers_until (&servers, "closed security [binding]");
  servers_clear (&servers);
}

/* Only a binding that we have not, and nothing else on offer. */
static void
no_common_type (void)
{
  Servers servers;
  servers_init (&servers);
  servers.list[0].offers = "SCRAM-SHA-256-PLUS";
  servers.list[0].types = "tls-server-end-point";
  servers_begin (&servers);
  servers_until (&servers, "closed auth [no-mechanism]");
  servers_clear (&servers);
}

static void
never_again_without (void)
{
  Servers servers;
  servers_init (&servers);
  servers.list[0].offers = "SCRAM-SHA-256-PLUS";
  servers.list[0].hangs_up = TRUE;
  servers_begin (&servers);
  servers_until (&servers, "online");
  servers.list[0].offers = "SCRAM-SHA-256"; /* its thread has begun and reads it no more */
  servers_until (&servers, "closed security [downgrade]");
  servers_clear (&servers);
}

/* No password, and none needed. */
static void
by_certificate (void)
{
  Servers servers;
  servers_init (&servers);
  servers.list[0].offers = "EXTERNAL";
  servers.ours = servers_certificate (&servers);
  servers.no_password = TRUE;
  servers_begin (&servers);
  servers_until (&servers, "online alice@example.org/r");
  servers_clear (&servers);
}

static void
by_no_certificate (void)
{
  Servers servers;
  servers_init (&servers);
  servers.list[0].offers = "EXTERNAL";
  servers_begin (&servers);
  servers_until (&servers, "closed auth [no-mechanism]");
  servers_clear (&servers);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/binding/by-exporter", NULL, bound_by_exporter);
  g_test_add_data_func ("/binding/by-exporter-that-is-listed", "tls-exporter", bound_by_exporter);
  g_test_add_func ("/binding/somebody-in-between", somebody_in_between);
  g_test_add_func ("/binding/no-common-type", no_common_type);
  g_test_add_func ("/binding/never-again-without", never_again_without);
  g_test_add_func ("/binding/by-certificate", by_certificate);
  g_test_add_func ("/binding/by-no-certificate", by_no_certificate);
  return g_test_run ();
}
