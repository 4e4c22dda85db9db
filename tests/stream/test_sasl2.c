/* SASL2 (XEP-0388) with Bind 2 (XEP-0386) and stream management inside, against servers by script:
 * fewer round trips, the old way where a server has only a part, and each way to be lied to. */
// SPDX-License-Identifier: MIT
#include "tests/stream/world.h"

#define SASL2 " xmlns='urn:xmpp:sasl:2'"
#define BIND2 " xmlns='urn:xmpp:bind:0'"
#define SM    " xmlns='urn:xmpp:sm:3'"
#define FEATURES2(inside)                                                                          \
  HEADER "<stream:features><authentication" SASL2 "><mechanism>SCRAM-SHA-256</mechanism>"          \
         "<mechanism>PLAIN</mechanism>" inside "</authentication>"                                 \
         "<mechanisms" SASL "><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
#define ALL_INSIDE                                                                                 \
  FEATURES2 ("<inline><bind" BIND2 "><inline><feature var='urn:xmpp:sm:3'/></inline></bind><sm" SM \
             "/></inline>")
#define CHALLENGE2 "<challenge" SASL2 ">{challenge}</challenge>"
#define SUCCESS2(more)                                                                             \
  "<success" SASL2 "><additional-data>{success}</additional-data>" more "</success>"
#define WHO(jid)       "<authorization-identifier>" jid "</authorization-identifier>"
#define BOUND2(inside) WHO ("alice@example.org/peal~1") "<bound" BIND2 ">" inside "</bound>"
#define LOGS_IN2(id)                                                                               \
  { "<stream:stream", ALL_INSIDE }, { "</authenticate>", CHALLENGE2 },                             \
  {                                                                                                \
    "</response>", SUCCESS2 (BOUND2 (ENABLED (id))) SESSION                                        \
  }

static const Line at_once[] = { LOGS_IN2 ("s1"),
                                { "id=\"m1\"", "<message id='in1'/><r" SM "/>" },
                                { NULL } };

static void
online_again (World *world)
{
  while (times (world->told->str, "online alice") < 2)
    g_main_context_iteration (NULL, TRUE);
}

/* One header, one exchange, and there is a session that can be resumed. */
static void
everything_at_once (void)
{
  World world;
  world_init (&world);
  world_plays (&world, at_once, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online alice@example.org/peal~1 ");
  message (&world, "m1");
  until (&world, world.received, "in1");
  until (&world, world.scripts[0].heard, "<a h=\"1\"");
  const char *heard = world.scripts[0].heard->str;
  g_assert_cmpuint (times (heard, "<stream:stream"), ==, 1);
  g_assert_cmpuint (times (heard, "<iq"), ==, 0);
  g_assert_cmpuint (times (heard, "<enable "), ==, 1);
  g_assert_nonnull (strstr (heard, "<tag>peal</tag>"));
  g_assert_nonnull (strstr (heard, "from='alice@example.org'")); /* XEP-0388 §2.1 */
  world_clear (&world);
}

static void
trace_keeps_secrets (void)
{
  World world;
  world_init (&world);
  world_plays (&world, at_once, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  g_assert_cmpuint (times (world.traced->str, "(blanked)"), ==, 4);
  g_assert_null (strstr (world.traced->str, "biws")); /* "n,,n=…" */
  g_assert_null (strstr (world.traced->str, "dj1"));  /* "v=…" */
  g_assert_nonnull (strstr (world.traced->str, "<initial-response>(blanked)<"));
  g_assert_nonnull (strstr (world.traced->str, "<additional-data>(blanked)<"));
  g_assert_nonnull (strstr (world.traced->str, "peal~1")); /* the rest is there */
  world_clear (&world);
}

/* The user's own resource cannot be had from Bind 2. */
static void
a_resource_is_bound_in_the_old_way (void)
{
  World world;
  world_init (&world);
  world.setup.resource = "desk";
  static const Line lines[] = { { "<stream:stream", ALL_INSIDE },
                                { "</authenticate>", CHALLENGE2 },
                                { "</response>", SUCCESS2 (WHO ("alice@example.org")) SESSION },
                                { "<resource>desk</resource>", BOUND },
                                { "<enable ", ENABLED ("s1") },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online alice@example.org/r1");
  const char *heard = world.scripts[0].heard->str;
  g_assert_null (strstr (heard, "urn:xmpp:bind:0"));
  g_assert_cmpuint (times (heard, "<stream:stream"), ==, 1);
  world_clear (&world);
}

/* Bind 2 without management inside: it is switched on afterwards; stanzas may come before that. */
static void
management_afterwards (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = {
    { "<stream:stream", FEATURES2 ("<inline><bind" BIND2 "/></inline>") },
    { "</authenticate>", CHALLENGE2 },
    { "</response>", SUCCESS2 (BOUND2 ("")) "<message id='e1'/>" SESSION },
    { "<enable ", ENABLED ("s1") "<message id='e2'/><r" SM "/>" },
    { NULL }
  };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.received, "e1 e2");
  until (&world, world.scripts[0].heard, "<a h=\"1\"");
  world_clear (&world);
}

/* m2 was not acknowledged, m3 is sent while offline: the one flight that logs in resumes. */
static void
resumes_inside (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN2 ("s1"),
                                { "id=\"m1\"", "<message id='i1'/><a" SM " h='1'/>" },
                                { "id=\"m2\"", "{hang up}" },
                                { NULL } };
  static const Line second[] = { { "<stream:stream", ALL_INSIDE },
                                 { "</authenticate>", CHALLENGE2 },
                                 { "</response>", SUCCESS2 ("<resumed" SM " h='1' previd='s1'/>")
                                                      SESSION "<message id='i2'/>" },
                                 { "id=\"m3\"", "<a" SM " h='3'/>" },
                                 { NULL } };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, second, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  message (&world, "m1");
  until (&world, world.received, "i1");
  message (&world, "m2");
  until (&world, world.told, "offline connect");
  message (&world, "m3");
  until (&world, world.told, "resumed alice@example.org/peal~1");
  until (&world, world.scripts[1].heard, "id=\"m3\"");
  until (&world, world.received, "i2");
  const char *again = world.scripts[1].heard->str;
  g_assert_nonnull (strstr (again, "<resume "));
  g_assert_nonnull (strstr (again, "h=\"1\""));
  g_assert_nonnull (strstr (again, "previd=\"s1\""));
  g_assert_null (strstr (again, "id=\"m1\""));
  g_assert_cmpuint (times (again, "id=\"m2\""), ==, 1);
  g_assert_true (strstr (again, "id=\"m2\"") < strstr (again, "id=\"m3\""));
  world_clear (&world);
}

/* Where a resumption cannot travel inside, no bind does either: the session would be lost. */
static void
resumes_afterwards (void)
{
  World world;
  world_init (&world);
#define NO_RESUMPTION                                                                              \
  FEATURES2 ("<inline><bind" BIND2 "><inline><feature var='urn:xmpp:sm:3'/></inline></bind>"       \
             "</inline>")
  static const Line first[] = { { "<stream:stream", NO_RESUMPTION },
                                { "</authenticate>", CHALLENGE2 },
                                { "</response>", SUCCESS2 (BOUND2 (ENABLED ("s1"))) SESSION },
                                { "", "{hang up}" },
                                { NULL } };
  static const Line second[] = { { "<stream:stream", NO_RESUMPTION },
                                 { "</authenticate>", CHALLENGE2 },
                                 { "</response>", SUCCESS2 (WHO ("alice@example.org")) SESSION },
                                 { "<resume ", "<resumed" SM " h='0' previd='s1'/>" },
                                 { NULL } };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, second, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "resumed alice@example.org/peal~1");
  g_assert_null (strstr (world.scripts[1].heard->str, "urn:xmpp:bind:0"));
  world_clear (&world);
}

/* The server forgot the session: the bind in the same breath is the new one, and what the refusal
 * counts is not sent again. We are the same device to it as before. */
static void
resume_refused_inside (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN2 ("s1"), { "id=\"m2\"", "{hang up}" }, { NULL } };
  static const Line second[] = {
    { "<stream:stream", ALL_INSIDE },
    { "</authenticate>", CHALLENGE2 },
    { "</response>", SUCCESS2 ("<failed" SM " h='1'><item-not-found "
                               "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>" BOUND2 (
                                   ENABLED ("s2"))) SESSION },
    { NULL }
  };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, second, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  message (&world, "m1");
  message (&world, "m2");
  online_again (&world);
  until (&world, world.scripts[1].heard, "id=\"m2\"");
  const char *again = world.scripts[1].heard->str;
  g_assert_null (strstr (again, "id=\"m1\""));
  g_assert_null (strstr (again, "<iq"));
  g_assert_cmpuint (times (world.told->str, "online alice"), ==, 2);
  g_assert_null (strstr (world.told->str, "resumed"));
  const char *agent = strstr (world.scripts[0].heard->str, "<user-agent id=\"");
  g_autofree char *id = g_strndup (agent, 52);
  g_assert_nonnull (strstr (again, id));
  world_clear (&world);
}

/* A server that cannot make us a session inside is asked again in the old way. */
static void
bind_refused_inside (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = {
    { "<stream:stream", ALL_INSIDE },
    { "</authenticate>", CHALLENGE2 },
    { "</response>", SUCCESS2 (WHO ("alice@example.org") "<failed" BIND2 "/>") SESSION },
    { "</iq>", BOUND },
    { "<enable ", ENABLED ("s1") },
    { NULL }
  };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online alice@example.org/r1");
  world_clear (&world);
}

static void
management_refused_inside (void)
{
  World world;
  world_init (&world);
  static const Line lines[] = { { "<stream:stream", ALL_INSIDE },
                                { "</authenticate>", CHALLENGE2 },
                                { "</response>", SUCCESS2 (BOUND2 ("<failed" SM "/>")) SESSION },
                                { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online alice@example.org/peal~1");
  message (&world, "m1");
  until (&world, world.scripts[0].heard, "id=\"m1\"");
  g_assert_cmpuint (times (world.scripts[0].heard->str, "<r "), ==, 0);
  world_clear (&world);
}

/* --- refusals and lies --- */

typedef struct {
  const char *name;
  const char *answer, *last; /* to <authenticate/>, to <response/> */
  const char *told;          /* cause and failure */
  const char *word;
} Lie;

#define FAILURE2(c) "<failure" SASL2 "><" c " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>"

static const Lie lies[] = {
  { "wrong password", CHALLENGE2, FAILURE2 ("not-authorized"), "closed auth",
    "does not accept the password" },
  { "disabled", CHALLENGE2, FAILURE2 ("account-disabled"), "closed auth", "[account-disabled]" },
  { "temporary", CHALLENGE2, FAILURE2 ("temporary-auth-failure"), "offline connect",
    "[auth-temporary]" },
  { "a refusal of no known kind", CHALLENGE2, "<failure" SASL2 "/>", "closed auth",
    "[auth-refused]" },
  { "early success", "<success" SASL2 ">" BOUND2 ("") "</success>", "", "closed auth",
    "[server-proof]" },
  { "success without proof", CHALLENGE2, "<success" SASL2 ">" BOUND2 ("") "</success>",
    "closed auth", "[server-proof]" },
  { "wrong proof", CHALLENGE2,
    "<success" SASL2 "><additional-data>dj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
    "QT0=</additional-data>" BOUND2 ("") "</success>",
    "closed auth", "[server-proof]" },
  { "more than the password", CHALLENGE2,
    "<continue" SASL2 "><additional-data>{success}</additional-data><tasks><task>TOTP-X</task>"
    "<task>HOTP-X</task></tasks><text>two factors</text></continue>",
    "closed auth", "(TOTP-X, HOTP-X: two factors)" },
  { "more of no kind", CHALLENGE2, "<continue" SASL2 "/>", "closed auth", "(something)" },
  { "4,000,000,000 rounds", /* r=other,s=c2FsdA==,i=4000000000 */
    "<challenge" SASL2 ">cj1vdGhlcixzPWMyRnNkQT09LGk9NDAwMDAwMDAwMA==</challenge>", "",
    "closed auth", "[rounds]" },
  { "a session under no address", CHALLENGE2, SUCCESS2 ("<bound" BIND2 "/>"), "offline connect",
    "[bind-refused]" },
  { "a session under a bare address", CHALLENGE2,
    SUCCESS2 (WHO ("alice@example.org") "<bound" BIND2 "/>"), "offline connect", "[bind-refused]" },
  { "the older profile", CHALLENGE2, SUCCESS, "offline connect", "[not-xmpp]" },
  { "a stanza in between", "<message/>", "", "offline connect", "[not-xmpp]" },
};

static void
is_lied_to (gconstpointer data)
{
  const Lie *lie = data;
  World world;
  world_init (&world);
  const Line lines[] = { { "<stream:stream", ALL_INSIDE },
                         { "</authenticate>", lie->answer },
                         { "</response>", lie->last },
                         { NULL } };
  world_plays (&world, lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "\n");
  g_test_message ("%s", world.told->str);
  if (!g_str_has_prefix (world.told->str, lie->told) || !strstr (world.told->str, lie->word))
    g_error ("not \"%s … %s\" but: %s", lie->told, lie->word, world.told->str);
  world_clear (&world);
}

/* A resumption that counts what never was: the next login is a new session. */
static void
resumption_that_lies (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN2 ("s1"), { "", "{hang up}" }, { NULL } };
  static const Line second[] = { { "<stream:stream", ALL_INSIDE },
                                 { "</authenticate>", CHALLENGE2 },
                                 { "</response>",
                                   SUCCESS2 ("<resumed" SM " h='9' previd='s1'/>") SESSION },
                                 { NULL } };
  static const Line third[] = { LOGS_IN2 ("s2"), { NULL } };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, second, G_MAXUINT);
  world_plays (&world, third, G_MAXUINT);
  world_begin (&world);
  online_again (&world);
  g_assert_nonnull (strstr (world.told->str, "[resume]"));
  g_assert_null (strstr (world.scripts[2].heard->str, "<resume "));
  world_clear (&world);
}

static void
silence_at_each_step (void)
{
  static const Line lines[] = { { "<stream:stream", HEADER },
                                { "", "<stream:features><authentication" SASL2
                                      "><mechanism>SCRAM-SHA-256</mechanism></authentication>"
                                      "</stream:features>" },
                                { "</authenticate>", CHALLENGE2 },
                                { "</response>", SUCCESS2 (WHO ("alice@example.org")) },
                                { "", SESSION },
                                { "</iq>", BOUND },
                                { NULL } };
  static const char *const awaited[] = {
    "the stream header",
    "the stream features",
    "the SASL challenge",
    "the SASL success",
    "the stream features after the login",
    "the answer to <bind/>",
    "the answer to <enable/>",
  };
  for (guint i = 0; i < G_N_ELEMENTS (awaited); i++) {
    World world;
    world_init (&world);
    world.setup.step_ms = 500;
    world_plays (&world, lines, i);
    world_begin (&world);
    until (&world, world.told, "\n");
    if (!g_str_has_prefix (world.told->str, "offline connect") ||
        !strstr (world.told->str, awaited[i]))
      g_error ("not \"%s\" but: %s", awaited[i], world.told->str);
    world_clear (&world);
  }
}

static void
freed_at_each_step (void)
{
  for (guint end = 0; end < G_N_ELEMENTS (at_once); end++) {
    World world;
    world_init (&world);
    world_plays (&world, at_once, end);
    world_begin (&world);
    for (guint i = 0; i < 40; i++)
      g_main_context_iteration (NULL, FALSE);
    world_clear (&world);
  }
}

/* --- what an earlier login of the process proved --- */

/* Who has seen a server prove that it knows the password does not tell it the password later. */
static void
no_downgrade (void)
{
  World world;
  world_init (&world);
  static const Line first[] = { LOGS_IN2 ("s1"), { "", "{hang up}" }, { NULL } };
  static const Line second[] = { { "<stream:stream", HEADER OFFERS (MECHANISM ("PLAIN")) },
                                 { NULL } };
  world_plays (&world, first, G_MAXUINT);
  world_plays (&world, second, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "online");
  until (&world, world.told, "closed security");
  g_assert_nonnull (strstr (world.told->str, "[downgrade]"));
  g_assert_null (strstr (world.scripts[1].heard->str, "<auth"));
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sasl2/everything-at-once", everything_at_once);
  g_test_add_func ("/sasl2/trace-keeps-secrets", trace_keeps_secrets);
  g_test_add_func ("/sasl2/a-resource-is-bound-in-the-old-way", a_resource_is_bound_in_the_old_way);
  g_test_add_func ("/sasl2/management-afterwards", management_afterwards);
  g_test_add_func ("/sasl2/resumes-inside", resumes_inside);
  g_test_add_func ("/sasl2/resumes-afterwards", resumes_afterwards);
  g_test_add_func ("/sasl2/resume-refused-inside", resume_refused_inside);
  g_test_add_func ("/sasl2/bind-refused-inside", bind_refused_inside);
  g_test_add_func ("/sasl2/management-refused-inside", management_refused_inside);
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autofree char *path =
        g_strdelimit (g_strdup_printf ("/sasl2/lies/%s", lies[i].name), " ,", '-');
    g_test_add_data_func (path, &lies[i], is_lied_to);
  }
  g_test_add_func ("/sasl2/resumption-that-lies", resumption_that_lies);
  g_test_add_func ("/sasl2/silence-at-each-step", silence_at_each_step);
  g_test_add_func ("/sasl2/freed-at-each-step", freed_at_each_step);
  g_test_add_func ("/sasl2/no-downgrade", no_downgrade);
  return g_test_run ();
}
