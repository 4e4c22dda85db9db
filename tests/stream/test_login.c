/* The whole stream against servers by script: logging in, silence afterwards, leaving. */
// SPDX-License-Identifier: MIT
#include "tests/stream/world.h"

/* --- the way in --- */

static const Line logs_in[] = { LOGS_IN ("s1"), { NULL } };

static void
logs_in_and_talks (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = { LOGS_IN ("s1"),
                                { "id=\"m1\"", "<message id='in1'/><r xmlns='urn:xmpp:sm:3'/>" },
                                { "<a ", "<a xmlns='urn:xmpp:sm:3' h='1'/>" },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online alice@example.org/r1 at example.org tls none\n");
  g_assert_cmpstr (peal_port_jid (peal_stream_port (world.stream)), ==, "alice@example.org/r1");
  message (&world, "m1");
  until (&world, world.received, "in1");
  until (&world, world.scripts[0].heard, "<a h=\"1\"");
  world_clear (&world);
}

/* The best mechanism is taken; nothing of SASL is in the trace. */
static void
trace_keeps_secrets (void)
{
  World world;
  world_init (&world);
  world_plays (&world, logs_in, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  g_assert_nonnull (strstr (world.traced->str, "mechanism=\"SCRAM-SHA-256\""));
  g_assert_cmpuint (times (world.traced->str, "(blanked)"), ==, 4);
  g_assert_null (strstr (world.traced->str, "biws"));     /* "n,,n=…" */
  g_assert_nonnull (strstr (world.traced->str, "<bind")); /* the rest is there */
  world_clear (&world);
}

static void
sends_what_was_queued_before (void)
{
  World world;
  world_init (&world);
  world_plays (&world, logs_in, G_MAXUINT);
  world_begin (&world);
  message (&world, "early");
  until (&world, world.told, "online");
  until (&world, world.scripts[0].heard, "id=\"early\"");
  g_assert_true (strstr (world.scripts[0].heard->str, "<enable ") <
                 strstr (world.scripts[0].heard->str, "early"));
  world_clear (&world);
}

static void
plain_over_a_safe_link (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = { { "<stream:stream", HEADER OFFERS (MECHANISM ("PLAIN")) },
                                { ">AGFsaWNlAHNlY3JldA==</auth>", "<success" SASL "/>" },
                                { "<stream:stream", HEADER SESSION },
                                { "</iq>", BOUND },
                                { "<enable ", ENABLED ("s1") },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  world_clear (&world);
}

static void
without_stream_management (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = {
    { "<stream:stream", HEADER OFFERS (MECHANISM ("SCRAM-SHA-1")) },
    { "</auth>", CHALLENGE },
    { "</response>", SUCCESS },
    { "<stream:stream", HEADER
      "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>" },
    { "</iq>", BOUND },
    { NULL }
  };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  message (&world, "m1");
  until (&world, world.scripts[0].heard, "id=\"m1\"");
  g_assert_null (strstr (world.scripts[0].heard->str, "urn:xmpp:sm:3"));
  world_clear (&world);
}

/* Written to us between bind and <enabled/>: heard, not counted. */
static void
early_stanzas_are_heard (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = { AUTHENTICATES,
                                { "</iq>", BOUND },
                                { "<enable ", "<message id='e1'/>" },
                                { "",
                                  ENABLED ("s1") "<message id='e2'/><r xmlns='urn:xmpp:sm:3'/>" },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.received, "e1 e2");
  until (&world, world.scripts[0].heard, "<a h=\"1\"");
  world_clear (&world);
}

static void
a_resource_in_use_is_given_up (void)
{
  World world;
  world_init (&world);
  world.setup.resource = "desk";
  static const Line lines[] = { AUTHENTICATES,
                                { "<resource>desk</resource></bind></iq>",
                                  "<iq type='error' id='bind'><error type='cancel'><conflict "
                                  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>" },
                                { "<bind", BOUND },
                                { "<enable ", ENABLED ("s1") },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  world_clear (&world);
}

/* --- silence --- */

/* Connected, then silent: asked for a sign of life, and left when none comes. */
static void
silence_while_idle (void)
{
  World world;
  world_init (&world);
  world.setup.idle_ms = 20;
  world.setup.reply_ms = 60;
  static const Line lines[] = { LOGS_IN ("s1"),
                                { "<r ", "<a xmlns='urn:xmpp:sm:3' h='0'/>" },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "offline");
  g_assert_nonnull (strstr (world.told->str, "no sign of life within 0.06 s"));
  g_assert_cmpuint (times (world.scripts[0].heard->str, "<r "), ==, 2); /* the first was answered */
  world_clear (&world);
}

static void
pings_without_stream_management (void)
{
  World world;
  world_init (&world);
  world.setup.idle_ms = 20;
  world.setup.reply_ms = 60;
  static const Line lines[] = {
    { "<stream:stream", HEADER OFFERS (MECHANISM ("SCRAM-SHA-1")) },
    { "</auth>", CHALLENGE },
    { "</response>", SUCCESS },
    { "<stream:stream", HEADER
      "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>" },
    { "</iq>", BOUND },
    { NULL }
  };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "offline");
  g_assert_nonnull (strstr (world.scripts[0].heard->str, "<ping xmlns=\"urn:xmpp:ping\"/>"));
  world_clear (&world);
}

static void
answers_pings (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = {
    LOGS_IN ("s1"),
    { "", "<iq type='get' id='p1' from='example.org'><ping xmlns='urn:xmpp:ping'/></iq>" },
    { NULL }
  };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  until (&world, world.scripts[0].heard, "id=\"p1\"");
  g_assert_nonnull (strstr (world.scripts[0].heard->str, "type=\"result\""));
  world_clear (&world);
}

/* --- the way out --- */

static void
closes_politely (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = { LOGS_IN ("s1"),
                                { "</stream:stream>", "</stream:stream>" },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  message (&world, "last");
  peal_stream_close (world.stream);
  until (&world, world.told, "closed success");
  const char *heard = world.scripts[0].heard->str;
  g_assert_true (strstr (heard, "id=\"last\"") < strstr (heard, "type=\"unavailable\""));
  g_assert_true (g_str_has_suffix (heard, "</stream:stream>"));
  world_clear (&world);
}

static void
closes_while_connecting (void)
{
  World world;
  world_init (&world);
  world_plays (&world, logs_in, 2);
  world_begin (&world);
  until (&world, world.traced, "<auth");
  peal_stream_close (world.stream);
  until (&world, world.told, "closed success");
  world_clear (&world);
}

static void
freed_inside_its_event (void)
{
  World world;
  world_init (&world);
  world.free_when_online = TRUE;
  static const Line lines[] = { LOGS_IN ("s1"), { "", "<message id='late'/>" }, { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  g_assert_null (world.stream);
  world_clear (&world);
}

static void
freed_at_each_step (void)
{
  for (guint end = 0; end < G_N_ELEMENTS (logs_in); end++) {
    World world;
    world_init (&world);
    world_plays (&world, logs_in, end);
    world_begin (&world);
    for (guint i = 0; i < 40; i++)
      g_main_context_iteration (NULL, FALSE);
    world_clear (&world);
  }
}

static void
many_logins (void)
{
  gint64 begin = g_get_monotonic_time ();
  for (guint i = 0; i < 100; i++) {
    World world;
    world_init (&world);
    world_plays (&world, logs_in, G_MAXUINT);
    world_begin (&world);
    until (&world, world.told, "online");
    world_clear (&world);
  }
  g_test_message ("%.2f ms a login, key derivation included",
                  (g_get_monotonic_time () - begin) / 1000.0 / 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/login/logs-in-and-talks", logs_in_and_talks);
  g_test_add_func ("/login/trace-keeps-secrets", trace_keeps_secrets);
  g_test_add_func ("/login/sends-what-was-queued-before", sends_what_was_queued_before);
  g_test_add_func ("/login/plain-over-a-safe-link", plain_over_a_safe_link);
  g_test_add_func ("/login/without-stream-management", without_stream_management);
  g_test_add_func ("/login/early-stanzas-are-heard", early_stanzas_are_heard);
  g_test_add_func ("/login/a-resource-in-use-is-given-up", a_resource_in_use_is_given_up);
  g_test_add_func ("/login/silence-while-idle", silence_while_idle);
  g_test_add_func ("/login/pings-without-stream-management", pings_without_stream_management);
  g_test_add_func ("/login/answers-pings", answers_pings);
  g_test_add_func ("/login/closes-politely", closes_politely);
  g_test_add_func ("/login/closes-while-connecting", closes_while_connecting);
  g_test_add_func ("/login/freed-inside-its-event", freed_inside_its_event);
  g_test_add_func ("/login/freed-at-each-step", freed_at_each_step);
  g_test_add_func ("/login/many-logins", many_logins);
  return g_test_run ();
}
