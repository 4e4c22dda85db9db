/* External services: URLs, lists of both versions, credentials, and asking again in time. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/im/services.h"
#include "tests/im/fake_port.h"

#define NS_2 "urn:xmpp:extdisco:2"
#define NS_1 "urn:xmpp:extdisco:1"

static void
good_urls (void)
{
  static const struct {
    const char *url, *host, *user;
    PealServiceType type;
    PealServiceTransport transport;
    guint port;
  } rows[] = {
    { "stun:stun.example.org", "stun.example.org", NULL, PEAL_SERVICE_STUN, PEAL_SERVICE_UDP,
      3478 },
    { "stun:[2001:db8::1]:19302", "2001:db8::1", NULL, PEAL_SERVICE_STUN, PEAL_SERVICE_UDP, 19302 },
    { "turn:bob@relay.example:443?transport=tcp", "relay.example", "bob", PEAL_SERVICE_TURN,
      PEAL_SERVICE_TCP, 443 },
    { "turn:a%40b@[::1]", "::1", "a@b", PEAL_SERVICE_TURN, PEAL_SERVICE_UDP, 3478 },
    { "TURNS:bob@relay.example", "relay.example", "bob", PEAL_SERVICE_TURNS, PEAL_SERVICE_TCP,
      5349 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(PealService) service = peal_service_from_url (rows[i].url, "secret", &error);
    g_assert_no_error (error);
    g_assert_cmpstr (service->host, ==, rows[i].host);
    g_assert_cmpstr (service->username, ==, rows[i].user);
    g_assert_cmpstr (service->password, ==, rows[i].user ? "secret" : NULL);
    g_assert_cmpint (service->type, ==, rows[i].type);
    g_assert_cmpint (service->transport, ==, rows[i].transport);
    g_assert_cmpuint (service->port, ==, rows[i].port);
  }
}

static void
bad_urls (void)
{
  static const char *const rows[] = {
    "",
    "stun",
    "stun:",
    "http://x",
    "stun:x:0",
    "stun:x:65536",
    "stun:x:port",
    "stun:[::1",
    "stun:[x]:1",
    "stun:::1",
    "stun:[::1]x",
    "stun:u@x",
    "turn:x?transport=sctp",
    "turn:x?foo=udp",
    "turns:x?transport=udp",
    "stun:x?transport=udp",
    "turn:@x",
    "turn:u%zz@x",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null (peal_service_from_url (rows[i], NULL, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull (strstr (error->message, rows[i]));
  }
  g_autoptr(GError) error = NULL;
  g_assert_null (peal_service_from_url ("turn:bob:hunter2@x", NULL, &error));
  g_assert_null (strstr (error->message, "hunter2"));
}

typedef struct {
  gboolean told;
  guint count;
  char first[64];
} Told;

static void
told (gpointer user, GPtrArray *list)
{
  Told *seen = user;

  seen->told = TRUE;
  seen->count = list->len;
  if (list->len) {
    const PealService *service = list->pdata[0];
    g_snprintf (seen->first, sizeof seen->first, "%d %s:%u %s/%s", service->type, service->host,
                service->port, service->username ? service->username : "-",
                service->password ? service->password : "-");
  }
}

static void
list_of_an_account (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
  Told early = { 0 }, late = { 0 };

  fake_port_script (
      fake, "montague.example", NS_2,
      "<services xmlns='" NS_2 "'>"
      "<service host='relay.example' type='turn' transport='UDP' username='u' password='p' "
      "port='3479'/>"
      "<service host='relay.example' type='turns' transport='udp'/>" /* DTLS: not for us */
      "<service host='files.example' type='ftp' port='20'/>"
      "<service host='relay.example' type='stun' port='99999'/>"
      "<service type='stun'/></services>");
  peal_services_wait (services, told, &early); /* before there is a stream */
  fake_port_up (fake, FALSE);
  g_assert_false (early.told);
  fake_port_until (&early.told);
  g_assert_cmpuint (early.count, ==, 2);
  g_assert_cmpstr (early.first, ==, "2 relay.example:3479 u/p");
  g_assert_cmpuint (((PealService *) peal_services_list (services)->pdata[1])->port, ==, 3478);
  peal_services_wait (services, told, &late);
  g_assert_false (late.told);
  fake_port_until (&late.told);

  fake_port_down (fake);
  fake_port_up (fake, TRUE);
  g_assert_cmpuint (fake_port_count (fake, NS_2), ==, 1);
  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  g_assert_cmpuint (fake_port_count (fake, NS_2), ==, 2);
}

static void
older_version_and_none (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
  Told seen = { 0 };

  fake_port_script (fake, NULL, NS_2, "!service-unavailable");
  fake_port_script (fake, NULL, NS_1,
                    "<services xmlns='" NS_1
                    "'><service host='old.example' type='stun'/></services>");
  fake_port_up (fake, FALSE);
  peal_services_wait (services, told, &seen);
  fake_port_until (&seen.told);
  g_assert_cmpstr (seen.first, ==, "1 old.example:3478 -/-");

  fake_port_script (fake, NULL, NS_1, "!service-unavailable");
  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  g_assert_cmpuint (fake_port_count (fake, NS_1), ==, 2);
  g_assert_cmpuint (peal_services_list (services)->len, ==, 1); /* the old ones may still be good */
}

static void
nothing_offered (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
  Told seen = { 0 };

  fake_port_script (fake, NULL, "extdisco", "!service-unavailable");
  fake_port_up (fake, FALSE);
  peal_services_wait (services, told, &seen);
  fake_port_until (&seen.told);
  g_assert_cmpuint (seen.count, ==, 0);
}

static const char *
first_user (PealServices *services)
{
  return ((PealService *) peal_services_list (services)->pdata[0])->username;
}

static void
restricted_service (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
  Told seen = { 0 };

  fake_port_script (fake, NULL, "<services",
                    "<services xmlns='" NS_2
                    "'><service host='r.example' type='turn' restricted='1'/></services>");
  fake_port_script (
      fake, NULL, "<credentials",
      "<credentials xmlns='" NS_2
      "'><service host='r.example' type='turn' username='u' password='p'/></credentials>");
  fake_port_up (fake, FALSE);
  peal_services_wait (services, told, &seen);
  fake_port_until (&seen.told);
  g_assert_cmpstr (seen.first, ==, "2 r.example:3478 u/p");
}

/* A refresh brings the list without its credentials: those of before still count. */
static void
refused_credentials (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));

  fake_port_script (fake, NULL, NS_2, "!service-unavailable");
  fake_port_script (fake, NULL, "<services",
                    "<services xmlns='" NS_1
                    "'><service host='r.example' type='turn' restricted='1'/></services>");
  fake_port_script (
      fake, NULL, "<credentials",
      "<credentials xmlns='" NS_1
      "'><service host='r.example' type='turn' username='u' password='p'/></credentials>");
  fake_port_script (fake, NULL, NS_2, "!service-unavailable");
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  g_assert_cmpstr (first_user (services), ==, "u"); /* the older version has credentials, too */

  fake_port_script (fake, NULL, "<credentials", "!not-allowed");
  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  g_assert_cmpuint (fake_port_count (fake, "<credentials"), ==, 2);
  g_assert_cmpstr (first_user (services), ==, "u");
}

/* --- time --- */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define NOW    (1763850000 * SECOND)

static void
moment_of_refresh (void)
{
  static const struct {
    gint64 lasts[2], wait; /* s; 0: never expires */
  } rows[] = {
    { { 0, 0 }, 0 },
    { { 3600, 0 }, 2880 },
    { { 3600, 600 }, 480 },
    { { 1, 0 }, 1 },
    { { -5, 3600 }, 60 },
    { { 30 * 86400, 0 }, 86400 },
    { { 365000 * 86400ll }, 86400 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func ((GDestroyNotify) peal_service_free);
    for (guint j = 0; j < 2; j++) {
      PealService *service = peal_service_new (PEAL_SERVICE_TURN, PEAL_SERVICE_UDP, "r", 3478);
      service->expires = rows[i].lasts[j] ? NOW + rows[i].lasts[j] * SECOND : 0;
      g_ptr_array_add (list, service);
    }
    gint64 due = peal_services_due (list, NOW);
    g_assert_cmpint (due, ==, rows[i].wait ? NOW + rows[i].wait * SECOND : 0);
  }
}

static gint64 late_by; /* the clock of the test, µs after NOW */

static gint64
clock_of_test (void)
{
  return NOW + late_by;
}

/* An account whose credentials last an hour from NOW on, as the server says or the user name. */
static PealServices *
account_with_an_hour (FakePort *fake, const char *attributes)
{
  g_autofree char *answer =
      g_strdup_printf ("<services xmlns='" NS_2 "'><service host='r' type='turn' password='p' %s/>"
                       "</services>",
                       attributes);
  PealServices *services = peal_services_new (fake_port (fake));

  late_by = 0;
  peal_services_set_clock (services, clock_of_test);
  fake_port_script (fake, NULL, NS_2, answer);
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  g_assert_cmpuint (fake_port_count (fake, NS_2), ==, 1);
  return services;
}

static const char *const hours[] = {
  "username='u' expires='2025-11-22T23:20:00Z'",
  "username='u' expires='2025-11-23T00:20:00+01:00'",
  "username='1763853600:u'",
  "username='1763853600'",
};

static void
expired_while_we_were_away (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hours); i++) {
    g_autoptr(FakePort) fake = fake_port_new ();
    g_autoptr(PealServices) services = account_with_an_hour (fake, hours[i]);

    late_by = 2879 * SECOND;
    fake_port_down (fake);
    fake_port_up (fake, TRUE);
    fake_port_settle ();
    g_assert_cmpuint (fake_port_count (fake, NS_2), ==, 1); /* a minute too early */
    late_by = 2881 * SECOND;
    fake_port_down (fake);
    fake_port_up (fake, TRUE);
    fake_port_settle ();
    g_assert_cmpuint (fake_port_count (fake, NS_2), ==, 2);
  }
}

/* The machine slept: no timer has rung, and the stream does not know yet. */
static void
call_after_a_long_sleep (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = account_with_an_hour (fake, hours[0]);
  Told seen = { 0 };

  fake_port_script (fake, NULL, NS_2,
                    "<services xmlns='" NS_2 "'><service host='r' type='turn' username='new' "
                    "password='q' expires='2025-11-23T23:20:00Z'/></services>");
  late_by = 8 * 3600 * SECOND;
  peal_services_wait (services, told, &seen);
  g_assert_cmpuint (fake_port_count (fake, NS_2), ==, 2);
  fake_port_until (&seen.told);
  g_assert_cmpstr (seen.first, ==, "2 r:3478 new/q");

  Told next = { 0 };
  peal_services_wait (services, told, &next);
  fake_port_until (&next.told);
  g_assert_cmpuint (fake_port_count (fake, NS_2), ==, 2); /* and no more */
}

static void
names_that_are_no_time (void)
{
  static const char *const names[] = { "username='12:u'", "username='1763853600x'",
                                       "username='99999999999999999999:u'", "username='u:1'" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr(FakePort) fake = fake_port_new ();
    g_autoptr(PealServices) services = account_with_an_hour (fake, names[i]);
    g_assert_cmpint (((PealService *) peal_services_list (services)->pdata[0])->expires, ==, 0);
  }
}

typedef struct {
  FakePort *fake;
  gboolean again;
} Watch;

static gboolean
asked_twice (gpointer user)
{
  Watch *watch = user;

  watch->again = fake_port_count (watch->fake, NS_2) >= 2;
  return !watch->again;
}

static void
credentials_expire (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr(GDateTime) soon = g_date_time_add_seconds (now, 2);
  g_autofree char *stamp = g_date_time_format (soon, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *answer =
      g_strdup_printf ("<services xmlns='" NS_2 "'><service host='r' type='turn' username='u'"
                       " password='p' expires='%s'/></services>",
                       stamp);
  Watch watch = { .fake = fake };
  gint64 began = g_get_monotonic_time ();

  fake_port_script (fake, NULL, NS_2, answer);
  fake_port_up (fake, FALSE);
  g_timeout_add (20, asked_twice, &watch);
  fake_port_until (&watch.again);
  g_assert_cmpint (g_get_monotonic_time () - began, >, 900000); /* not in a loop */
}

#define PUSH(from_) "<iq type='set' id='p'" from_ "><services xmlns='" NS_2 "'/></iq>"

static void
pushes (void)
{
  static const char *const strangers[] = {
    PUSH (" from='mallory@x/1'"),
    PUSH (" from='x'"),
    PUSH (" from='montague.example/x'"),
    PUSH (" from='romeo@montague.example/balcony'"), /* another device of ours */
    PUSH (" from='juliet@montague.example'"),
  };
  static const char *const servers[] = {
    PUSH (""), PUSH (" from='montague.example'"),
    PUSH (" from='romeo@montague.example'"), /* the server, for our account (RFC 6120 §8.1.2.1) */
  };
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));

  fake_port_script (fake, NULL, NS_2, "<services xmlns='" NS_2 "'/>");
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++) {
    fake_port_receive (fake, strangers[i]);
    g_assert_cmpuint (fake_port_count (fake, "service-unavailable"), ==, i + 1);
  }
  fake_port_settle ();
  g_assert_cmpuint (fake_port_count (fake, "type=\"get\""), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (servers); i++) {
    fake_port_receive (fake, servers[i]);
    fake_port_settle ();
    g_assert_cmpuint (fake_port_count (fake, "type=\"get\""), ==, i + 2);
  }
}

/* Each is answered, and all of them cost one question, and one more for what came meanwhile. */
static void
flood_of_pushes (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));

  fake_port_script (fake, NULL, NS_2, "<services xmlns='" NS_2 "'/>");
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  for (guint i = 0; i < 1000; i++)
    fake_port_receive (fake, PUSH (" from='montague.example'"));
  fake_port_settle ();
  g_assert_cmpuint (fake_port_count (fake, "type=\"result\""), ==, 1000);
  g_assert_cmpuint (fake_port_count (fake, "type=\"get\""), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/im/services/good-urls", good_urls);
  g_test_add_func ("/im/services/bad-urls", bad_urls);
  g_test_add_func ("/im/services/list", list_of_an_account);
  g_test_add_func ("/im/services/older-version", older_version_and_none);
  g_test_add_func ("/im/services/nothing-offered", nothing_offered);
  g_test_add_func ("/im/services/restricted", restricted_service);
  g_test_add_func ("/im/services/refused-credentials", refused_credentials);
  g_test_add_func ("/im/services/moment", moment_of_refresh);
  g_test_add_func ("/im/services/away", expired_while_we_were_away);
  g_test_add_func ("/im/services/sleep", call_after_a_long_sleep);
  g_test_add_func ("/im/services/no-time", names_that_are_no_time);
  g_test_add_func ("/im/services/expire", credentials_expire);
  g_test_add_func ("/im/services/pushes", pushes);
  g_test_add_func ("/im/services/flood", flood_of_pushes);
  return g_test_run ();
}
