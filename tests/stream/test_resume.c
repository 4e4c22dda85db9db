/* Sessions that are cut, resumed, refused, displaced, or lied about by servers by script. */
// SPDX-License-Identifier: MIT
#include "tests/stream/world.h"

/* --- cuts --- */

#define SM " xmlns='urn:xmpp:sm:3'"

/* m1 arrives and is acknowledged, m2 is not, m3 is sent while offline: m2 and m3 come again, once,
 * in order. */
static void
resumes (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN ("s1"),
                                { "id=\"m1\"",
                                  "<message id='i1'/><message id='i2'/><a" SM " h='1'/>" },
                                { "id=\"m2\"", "{hang up}" },
                                { NULL } };
  static const Line second[] = { AUTHENTICATES,
                                 { "<resume ",
                                   "<resumed" SM " h='1' previd='s1'/><message id='i3'/>" },
                                 { "id=\"m3\"", "<a" SM " h='3'/>" },
                                 { NULL } };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, second, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  message (&world, "m1");
  until (&world, world.received, "i1 i2");
  message (&world, "m2");
  until (&world, world.told, "offline connect");
  g_assert_false (peal_port_online (peal_stream_port (world.stream)));
  message (&world, "m3");
  until (&world, world.told, "resumed alice@example.org/r1");
  until (&world, world.scripts[1].heard, "id=\"m3\"");
  until (&world, world.received, "i3");
  const char *again = world.scripts[1].heard->str;
  g_assert_nonnull (strstr (again, "<resume "));
  g_assert_nonnull (strstr (again, "h=\"2\""));
  g_assert_nonnull (strstr (again, "previd=\"s1\""));
  g_assert_null (strstr (again, "id=\"m1\""));
  g_assert_cmpuint (times (again, "id=\"m2\""), ==, 1);
  g_assert_true (strstr (again, "id=\"m2\"") < strstr (again, "id=\"m3\""));
  g_assert_null (strstr (again, "<bind"));
  world_clear (&world);
}

static void
on_reply (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  g_assert_error (why, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_string_append (((World *) user)->told, "request closed\n");
}

/* The server forgot the session: a new one under the same resource; messages again, the request
 * not. */
static void
resume_refused (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN ("s1"), { "id=\"m2\"", "{hang up}" }, { NULL } };
  static const Line second[] = {
    AUTHENTICATES,
    { "<resume ", "<failed" SM
                  " h='1'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>" },
    { "<resource>r1</resource></bind></iq>", BOUND },
    { "<enable ", ENABLED ("s2") },
    { NULL }
  };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, second, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  PealPort *port = peal_stream_port (world.stream);
  message (&world, "m1");
  peal_port_request (port, peal_port_iq (port, "set", "bob@example.org/x", NULL), 0, on_reply,
                     &world);
  message (&world, "m2");
  until (&world, world.told, "request closed");
  until (&world, world.scripts[1].heard, "id=\"m2\"");
  g_assert_null (strstr (world.scripts[1].heard->str, "id=\"m1\""));
  g_assert_null (strstr (world.scripts[1].heard->str, "bob@example.org/x"));
  g_assert_cmpuint (times (world.told->str, "online alice"), ==, 2);
  world_clear (&world);
}

/* A peer's giant stanza costs itself only; it is counted, so that no resume brings it back. */
static void
giant_stanza_is_passed_over (void)
{
  World world;
  world_init (&world);
  g_autoptr(GString) giant =
      g_string_new ("<iq type='set' id='big' from='mallory@example.org/x'><q xmlns='urn:q'>");
  for (guint i = 0; i < 20000; i++)
    g_string_append (giant, "<a/>");
  g_string_append (giant, "</q></iq><message id='after'/><r" SM "/>");
  const Line lines[] = { LOGS_IN ("s1"), { "", giant->str }, { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.received, "after");
  until (&world, world.scripts[0].heard, "<a h=\"2\"");
  g_assert_nonnull (strstr (world.scripts[0].heard->str, "policy-violation"));
  world_clear (&world);
}

static void
displaced_for_good (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = {
    LOGS_IN ("s1"),
    { "", "<stream:error><conflict "
          "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>" },
    { NULL }
  };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "closed connect: another login as alice@example.org/r1");
  world_clear (&world);
}

static void
false_acknowledgement (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = { LOGS_IN ("s1"), { "", "<a" SM " h='7'/>" }, { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told,
         "offline connect: example.org: the server acknowledges 7 stanzas where 0 were sent");
  world_clear (&world);
}

/* --- ahead of the server, once it is known --- */

#define PROVES                                                                                     \
  { "<stream:stream", HEADER OFFERS (MECHANISM ("SCRAM-SHA-256")) }, { "</auth>", CHALLENGE },     \
  {                                                                                                \
    "</response>", SUCCESS                                                                         \
  }
#define TOO_EARLY                                                                                  \
  "<failed" SM "><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"

static void
plays_twice (World *world, const Line *first, const Line *second, const char *told)
{
  world_plays (world, first, G_MAXUINT);
  world_plays (world, second, G_MAXUINT);
  world_begin (world);
  while (times (world->told->str, "alice@example.org/r1 at ") < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (world->told->str, told));
}

/* The server says nothing after the success before it has heard all of it: a round trip less. */
static void
resumes_ahead (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN ("s1"), { "", "{hang up}" }, { NULL } };
  static const Line second[] = {
    PROVES, { "<resume ", HEADER SESSION "<resumed" SM " h='0' previd='s1'/>" }, { NULL }
  };
  plays_twice (&world, first, second, "resumed alice@example.org/r1");
  world_clear (&world);
}

static void
resumes_ahead_in_vain (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN ("s1"), { "", "{hang up}" }, { NULL } };
  static const Line second[] = { PROVES,
                                 { "<resume ", HEADER SESSION "<failed" SM "/>" },
                                 { "</iq>", BOUND },
                                 { "<enable ", ENABLED ("s2") },
                                 { NULL } };
  plays_twice (&world, first, second, "offline");
  g_assert_null (strstr (world.told->str, "resumed"));
  world_clear (&world);
}

/* The server has changed: what it does not offer any more is not waited for. */
static void
ahead_of_other_features (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN ("s1"), { "", "{hang up}" }, { NULL } };
  static const Line second[] = {
    PROVES,
    { "<resume ", HEADER
      "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>" },
    { "</iq>", "<failed" SM "/>" BOUND },
    { NULL }
  };
  plays_twice (&world, first, second, "offline");
  g_assert_null (strstr (world.told->str, "resumed"));
  world_clear (&world);
}

/* Two round trips less, where there is nothing to resume. */
static void
binds_ahead (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { AUTHENTICATES,
                                { "</iq>", BOUND },
                                { "<enable ", "<enabled" SM "/>" },
                                { "", "{hang up}" },
                                { NULL } };
  static const Line second[] = { PROVES,
                                 { "<enable ", HEADER SESSION BOUND ENABLED ("s2") "<r" SM "/>" },
                                 { "<a ", "" },
                                 { NULL } };
  plays_twice (&world, first, second, "offline");
  until (&world, world.scripts[1].heard, "<a h=\"0\"");
  g_assert_cmpuint (times (world.scripts[1].heard->str, "<enable "), ==, 1);
  world_clear (&world);
}

/* Somebody else has our resource by now: what was said ahead of the refusal is said again. */
static void
binds_ahead_in_vain (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { AUTHENTICATES,
                                { "</iq>", BOUND },
                                { "<enable ", "<enabled" SM "/>" },
                                { "", "{hang up}" },
                                { NULL } };
  static const Line second[] = {
    PROVES,
    { "<enable ",
      HEADER SESSION "<iq type='error' id='bind'><error type='cancel'><conflict "
                     "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>" TOO_EARLY },
    { "<bind", BOUND },
    { "<enable ", ENABLED ("s2") },
    { NULL }
  };
  plays_twice (&world, first, second, "offline");
  world_clear (&world);
}

/* A server that minds: after two such ends it is waited for again. */
static void
a_server_that_minds (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN ("s1"), { "", "{hang up}" }, { NULL } };
  static const Line minds[] = { PROVES, { "<resume ", "{hang up}" }, { NULL } };
  static const Line patient[] = { PROVES, { NULL } };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, minds, G_MAXUINT);
  world_plays (&world, minds, G_MAXUINT);
  world_plays (&world, patient, G_MAXUINT);
  world.setup.step_ms = 500;
  world_begin (&world);
  until (&world, world.told, "the stream header after the login did not come");
  g_assert_null (strstr (world.scripts[3].heard->str, "<resume "));
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resume/resumes", resumes);
  g_test_add_func ("/resume/resume-refused", resume_refused);
  g_test_add_func ("/resume/giant-stanza-is-passed-over", giant_stanza_is_passed_over);
  g_test_add_func ("/resume/displaced-for-good", displaced_for_good);
  g_test_add_func ("/resume/false-acknowledgement", false_acknowledgement);
  g_test_add_func ("/resume/ahead", resumes_ahead);
  g_test_add_func ("/resume/ahead-in-vain", resumes_ahead_in_vain);
  g_test_add_func ("/resume/ahead-of-other-features", ahead_of_other_features);
  g_test_add_func ("/resume/binds-ahead", binds_ahead);
  g_test_add_func ("/resume/binds-ahead-in-vain", binds_ahead_in_vain);
  g_test_add_func ("/resume/a-server-that-minds", a_server_that_minds);
  return g_test_run ();
}
