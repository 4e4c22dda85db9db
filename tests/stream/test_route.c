/* Where a server may send us: by <see-other-host/> and as the place to resume at, and where not. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/route.h"
#include "tests/stream/servers.h"

static void
what_is_a_server (void)
{
  static const char *const good[] = {
    "xmpp.example.org", "xmpp.example.org:5223", "192.0.2.1",
    "192.0.2.1:5222",   "[2001:db8::1]:5222",    "[2001:db8::1]"
  };
  static const char *const bad[] = {
    "",
    ":",
    ":5222",
    "example.org:0",
    "example.org:70000",
    "example.org:x",
    "a b",
    "a/b",
    "user@example.org",
    "[:not an address:]:0",
    "[",
    "]",
    "[]",
    "[::1",
    "-",
    ".",
    "\xff",
    "a\n",
    "unix:/tmp/x",
    "[2001:db8::1]x",
  };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    if (!peal_route_is_server (good[i]))
      g_error ("\"%s\" is a server", good[i]);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    if (peal_route_is_server (bad[i]))
      g_error ("\"%s\" is no server", bad[i]);
  g_autofree char *longest = g_strnfill (263, 'a');
  g_assert_false (peal_route_is_server (longest));
}

/* Nobody vouches for who speaks over a link without TLS. */
static void
only_where_tls_vouched (void)
{
  PealSecret *secret = peal_secret_new ("secret");
  PealMemory *memory = peal_secret_memory (secret);
  PealRoute route;
  g_autoptr(GError) error = NULL;
  memory->location = g_strdup ("nonsense/");
  peal_route_init (&route, &(PealReachSetup) { .domain = "example.org" }, memory);
  g_assert_null (peal_route_reach (&route)->server);
  g_assert_false (peal_route_follow (&route, "a.example.org", FALSE, "here", &error));
  g_assert_cmpstr (peal_cause_failure (error), ==, "see-other-host");
  g_assert_null (peal_route_reach (&route)->server);
  g_assert_true (peal_route_follow (&route, "a.example.org", TRUE, "here", NULL));
  g_assert_cmpstr (peal_route_reach (&route)->server, ==, "a.example.org");
  g_assert_cmpstr (peal_route_reach (&route)->domain, ==, "example.org");
  g_assert_false (peal_route_back (&route));
  peal_route_clear (&route);
  peal_secret_unref (secret);
}

/* Twice, and the certificate is still that of the domain. */
static void
follows (void)
{
  Servers servers;
  servers_init (&servers);
  g_autofree char *second = servers_address (&servers, 1), *third = servers_address (&servers, 2);
  servers.list[0].redirect = second;
  servers.list[1].redirect = third;
  servers_begin (&servers);
  servers_until (&servers, "online alice@example.org/r at ");
  g_assert_nonnull (strstr (servers.told->str, third));
  g_assert_cmpint (g_atomic_int_get (&servers.list[0].logins), ==, 1);
  g_assert_null (strstr (servers.told->str, "offline"));
  servers_clear (&servers);
}

/* While the key for the first one is still being made; the second asks for the same. */
static void
follows_in_the_middle (void)
{
  Servers servers;
  servers_init (&servers);
  g_autofree char *second = servers_address (&servers, 1);
  servers.list[0].redirect = second;
  servers.list[0].late = TRUE;
  servers_begin (&servers);
  servers_until (&servers, "online alice@example.org/r at ");
  g_assert_nonnull (strstr (servers.told->str, second));
  servers_clear (&servers);
}

static void
not_in_a_circle (void)
{
  Servers servers;
  servers_init (&servers);
  g_autofree char *first = servers_address (&servers, 0);
  servers.list[0].redirect = first;
  servers_begin (&servers);
  servers_until (&servers, "offline connect [see-other-host]");
  g_assert_cmpint (g_atomic_int_get (&servers.list[0].logins), ==, 1 + PEAL_ROUTE_MOST);
  servers_clear (&servers);
}

static void
not_to_a_stranger (void)
{
  Servers servers;
  servers_init (&servers);
  g_autofree char *second = servers_address (&servers, 1);
  servers.list[0].redirect = second;
  servers.list[1].host = "example.net";
  servers_begin (&servers);
  servers_until (&servers, "closed security [certificate-host]");
  g_assert_cmpint (g_atomic_int_get (&servers.list[1].logins), ==, 0);
  servers_clear (&servers);
}

static void
not_to_nowhere (void)
{
  Servers servers;
  servers_init (&servers);
  servers.list[0].redirect = "[:not an address:]:0";
  servers_begin (&servers);
  servers_until (&servers, "offline connect [see-other-host]");
  servers_clear (&servers);
}

/* XEP-0198 §5: the session wants to be resumed elsewhere. */
static void
resumes_where_the_session_is (void)
{
  Servers servers;
  servers_init (&servers);
  g_autofree char *second = servers_address (&servers, 1);
  servers.list[0].hangs_up = TRUE;
  servers.list[0].location = second;
  servers_begin (&servers);
  servers_until (&servers, "resumed alice@example.org/r at ");
  g_assert_nonnull (strstr (servers.told->str, second));
  g_assert_cmpint (g_atomic_int_get (&servers.list[0].logins), ==, 1);
  servers_clear (&servers);
}

/* Nobody there, or somebody else: back to where we came from. */
static void
or_where_it_was (gconstpointer stranger)
{
  Servers servers;
  servers_init (&servers);
  g_autofree char *first = servers_address (&servers, 0), *second = servers_address (&servers, 1);
  servers.list[0].hangs_up = TRUE;
  servers.list[0].location = second;
  servers.list[1].host = "example.net";
  if (!stranger)
    servers_stop (&servers.list[1]);
  servers_begin (&servers);
  servers_until (&servers, "resumed alice@example.org/r at ");
  const char *resumed = strstr (servers.told->str, "resumed");
  g_assert_nonnull (strstr (resumed, first));
  g_assert_cmpint (g_atomic_int_get (&servers.list[1].logins), ==, 0);
  servers_clear (&servers);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/route/what-is-a-server", what_is_a_server);
  g_test_add_func ("/route/only-where-tls-vouched", only_where_tls_vouched);
  g_test_add_func ("/route/follows", follows);
  g_test_add_func ("/route/follows-in-the-middle", follows_in_the_middle);
  g_test_add_func ("/route/not-in-a-circle", not_in_a_circle);
  g_test_add_func ("/route/not-to-a-stranger", not_to_a_stranger);
  g_test_add_func ("/route/not-to-nowhere", not_to_nowhere);
  g_test_add_func ("/route/resumes-where-the-session-is", resumes_where_the_session_is);
  g_test_add_data_func ("/route/or-where-it-was/nobody-there", NULL, or_where_it_was);
  g_test_add_data_func ("/route/or-where-it-was/a-stranger-there", "stranger", or_where_it_was);
  return g_test_run ();
}
