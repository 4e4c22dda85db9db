/* The whole stream against servers by script: logins, refusals, silence at every step, cuts and
 * resumes. */
// SPDX-License-Identifier: MIT
#include "tests/stream/script.h"

#define MAX_SCRIPTS 4

typedef struct {
  Script scripts[MAX_SCRIPTS]; /* one for each attempt to connect */
  guint n, opened;
  gboolean unsecured, free_when_online;
  PealStreamSetup setup;
  PealStream *stream;
  GString *told, *traced, *received;
} World;

static void
on_online (gpointer user, const char *jid, const char *server, const char *tls, gboolean resumed)
{
  World *world = user;
  g_string_append_printf (world->told, "%s %s at %s tls %s\n", resumed ? "resumed" : "online", jid,
                          server, tls ? tls : "none");
  if (world->free_when_online)
    g_clear_pointer (&world->stream, peal_stream_free);
}

static void
tell (World *world, const char *what, const GError *why)
{
  if (why)
    g_assert_true (why->domain == PEAL_CAUSE);
  const char *failure = why ? peal_cause_failure (why) : NULL;
  g_string_append_printf (world->told, "%s %s: %s [%s]\n", what,
                          why ? peal_cause_word (why->code) : "success", why ? why->message : "",
                          failure ? failure : "");
}

static void
on_offline (gpointer user, const GError *why)
{
  tell (user, "offline", why);
}

static void
on_closed (gpointer user, const GError *why)
{
  tell (user, "closed", why);
}

static const PealStreamEvents events = { .online = on_online,
                                         .offline = on_offline,
                                         .closed = on_closed };

static GIOStream *
open_next (gpointer user, gboolean *secured)
{
  World *world = user;
  static const Line mute[] = { { NULL } };
  if (world->opened == world->n)
    world->scripts[world->n++] = (Script) { .lines = mute, .end = G_MAXUINT };
  g_assert_cmpuint (world->opened, <, MAX_SCRIPTS);
  *secured = !world->unsecured;
  return script_start (&world->scripts[world->opened++]);
}

static void
on_trace (gpointer user, gboolean outgoing, const char *xml, gsize length)
{
  World *world = user;
  g_string_append_printf (world->traced, "%s %.*s\n", outgoing ? ">" : "<", (int) length, xml);
}

static gboolean
hear_message (gpointer user, PealPort *port, xmpp_stanza_t *stanza)
{
  World *world = user;
  const char *id = xmpp_stanza_get_id (stanza);
  g_string_append_printf (world->received, "%s ", id ? id : "-");
  return TRUE;
}

static const PealPortListener messages = { .kind = PEAL_STANZA_MESSAGE, .hear = hear_message };

static void
world_init (World *world)
{
  *world = (World) { .told = g_string_new (NULL),
                     .traced = g_string_new (NULL),
                     .received = g_string_new (NULL) };
  world->setup = (PealStreamSetup) {
    .jid = "alice@example.org",
    .password = "secret",
    .trace = on_trace,
    .trace_user = world,
    .open = open_next,
    .open_user = world,
  };
}

static void
world_plays (World *world, const Line *lines, guint end)
{
  world->scripts[world->n++] = (Script) { .lines = lines, .end = end };
}

static void
world_begin (World *world)
{
  world->stream = peal_stream_new (&world->setup, &events, world);
  peal_port_listen (peal_stream_port (world->stream), &messages, world);
}

static void
world_clear (World *world)
{
  g_clear_pointer (&world->stream, peal_stream_free);
  for (guint i = 0; i < world->n; i++)
    script_clear (&world->scripts[i]);
  while (g_main_context_iteration (NULL, FALSE)) /* cancelled operations call back */
    ;
  g_string_free (world->told, TRUE);
  g_string_free (world->traced, TRUE);
  g_string_free (world->received, TRUE);
}

static gboolean
on_too_late (gpointer late)
{
  *(gboolean *) late = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Runs until @text holds @word. */
static void
until (World *world, GString *text, const char *word)
{
  gboolean late = FALSE;
  guint deadline = g_timeout_add_seconds (10, on_too_late, &late);
  while (!strstr (text->str, word) && !late)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
  if (late)
    g_error ("no \"%s\" in \"%s\"; told: %s; traced: %s", word, text->str, world->told->str,
             world->traced->str);
}

static guint
times (const char *text, const char *word)
{
  guint n = 0;
  for (const char *at = text; (at = strstr (at, word)); at += strlen (word))
    n++;
  return n;
}

static void
message (World *world, const char *id)
{
  PealPort *port = peal_stream_port (world->stream);
  xmpp_stanza_t *stanza =
      xmpp_message_new (peal_port_context (port), "chat", "bob@example.org", id);
  peal_port_send (port, stanza);
}

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

/* --- refusals --- */

typedef struct {
  const char *name;
  gboolean unsecured;
  PealTlsMode tls;
  Line lines[6];
  const char *told, *word, *failure;
} Refusal;

#define STARTTLS                                                                                   \
  "<stream:features><starttls "                                                                    \
  "xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
#define PROCEED "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
#define SCRAM                                                                                      \
  {                                                                                                \
    "<stream:stream", HEADER OFFERS (MECHANISM ("SCRAM-SHA-256"))                                  \
  }
#define FAILS(c)                                                                                   \
  { "</auth>", CHALLENGE },                                                                        \
  {                                                                                                \
    "</response>", "<failure" SASL "><" c "/></failure>"                                           \
  }

static const Refusal refusals[] = {
  { "wrong password", .lines = { SCRAM, FAILS ("not-authorized") }, .failure = "[password]",
    .told = "closed auth", .word = "does not accept the password" },
  { "account disabled", .lines = { SCRAM, FAILS ("account-disabled") },
    .failure = "[account-disabled]", .told = "closed auth", .word = "account-disabled" },
  { "unknown condition", .lines = { SCRAM, FAILS ("bad-mood") }, .failure = "[auth-refused]",
    .told = "closed auth", .word = "unknown condition" },
  { "temporary", .lines = { SCRAM, FAILS ("temporary-auth-failure") },
    .failure = "[auth-temporary]", .told = "offline connect", .word = "temporary" },
  { "credentials expired", .lines = { SCRAM, FAILS ("credentials-expired") },
    .failure = "[credentials-expired]", .told = "closed auth", .word = "has expired" },
  { "encryption required", .lines = { SCRAM, FAILS ("encryption-required") },
    .failure = "[auth-refused]", .told = "closed auth", .word = "encrypted link only" },
  { "invalid mechanism", .lines = { SCRAM, FAILS ("invalid-mechanism") },
    .failure = "[no-mechanism]", .told = "closed auth", .word = "that it offered" },
  { "mechanism too weak", .lines = { SCRAM, FAILS ("mechanism-too-weak") },
    .failure = "[no-mechanism]", .told = "closed auth", .word = "stronger way" },
  { "early success", .lines = { SCRAM, { "</auth>", "<success" SASL "/>" } },
    .failure = "[server-proof]", .told = "closed auth", .word = "did not prove" },
  { "success without proof",
    .lines = { SCRAM, { "</auth>", CHALLENGE }, { "</response>", "<success" SASL "/>" } },
    .failure = "[server-proof]", .told = "closed auth", .word = "did not prove" },
  { "wrong proof",
    .lines = { SCRAM,
               { "</auth>", CHALLENGE },
               { "</response>",
                 "<success" SASL
                 ">dj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQT0=</success>" } },
    .failure = "[server-proof]", .told = "closed auth", .word = "did not prove" },
  { "nonce not ours", /* r=other,s=c2FsdA==,i=4096 */
    .lines = { SCRAM,
               { "</auth>",
                 "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9NDA5Ng==</challenge>" } },
    .failure = "[server-proof]", .told = "closed auth", .word = "did not prove" },
  { "4,000,000,000 rounds", /* i=4000000000 */
    .lines = { SCRAM,
               { "</auth>",
                 "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9NDAwMDAwMDAwMA==</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = "4000000000 rounds" },
  { "rounds beyond 64 bits", /* i=18446744073709555712 */
    .lines = { SCRAM,
               { "</auth>",
                 "<challenge" SASL
                 ">cj1vdGhlcixzPWMyRnNkQT09LGk9MTg0NDY3NDQwNzM3MDk1NTU3MTI=</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = "18446744073709555712 rounds" },
  { "one million and one rounds", /* i=1000001 */
    .lines = { SCRAM,
               { "</auth>",
                 "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9MTAwMDAwMQ==</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = "1000001 rounds" },
  { "4,095 rounds", /* i=4095 */
    .lines = { SCRAM,
               { "</auth>",
                 "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9NDA5NQ==</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = "4095 rounds" },
  { "one round", /* i=1 */
    .lines = { SCRAM,
               { "</auth>", "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9MQ==</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = "1 rounds" },
  { "negative rounds", /* i=-4096 */
    .lines = { SCRAM,
               { "</auth>",
                 "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9LTQwOTY=</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = "-4096 rounds" },
  { "rounds in words", /* i=many */
    .lines = { SCRAM,
               { "</auth>",
                 "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9bWFueQ==</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = "many rounds" },
  { "no rounds", /* i= */
    .lines = { SCRAM,
               { "</auth>", "<challenge" SASL ">cj1vdGhlcixzPWMyRnNkQT09LGk9</challenge>" } },
    .failure = "[rounds]", .told = "closed auth", .word = " rounds" },
  { "no common mechanism",
    .lines = { { "<stream:stream", HEADER OFFERS (MECHANISM ("X-OAUTH2") MECHANISM ("GSSAPI")) } },
    .failure = "[no-mechanism]", .told = "closed auth", .word = "X-OAUTH2, GSSAPI" },
  { "no mechanism", .lines = { { "<stream:stream", HEADER SESSION } }, .failure = "[no-mechanism]",
    .told = "closed auth", .word = "offers: none" },
  { "PLAIN in the clear", .unsecured = TRUE, .tls = PEAL_TLS_OFF,
    .lines = { { "<stream:stream", HEADER OFFERS (MECHANISM ("PLAIN")) } },
    .failure = "[plain-in-clear]", .told = "closed security", .word = "not encrypted" },
  { "STARTTLS stripped", .unsecured = TRUE,
    .lines = { { "<stream:stream", HEADER OFFERS (MECHANISM ("PLAIN")) } },
    .told = "closed security", .word = "offers no encryption" },
  { "STARTTLS refused", .unsecured = TRUE,
    .lines = { { "<stream:stream", HEADER STARTTLS },
               { "<starttls", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" } },
    .told = "offline connect", .word = "refuses to encrypt" },
  { "injection", .unsecured = TRUE,
    .lines = { { "<stream:stream", HEADER STARTTLS }, { "<starttls", PROCEED HEADER } },
    .told = "closed security", .word = "between <proceed/> and TLS" },
  { "injection of white space", .unsecured = TRUE,
    .lines = { { "<stream:stream", HEADER STARTTLS }, { "<starttls", PROCEED "\n" } },
    .told = "closed security", .word = "between <proceed/> and TLS" },
  { "not TLS after proceed", .unsecured = TRUE,
    .lines = { { "<stream:stream", HEADER STARTTLS },
               { "<starttls", PROCEED },
               { "\x16\x03", "HTTP/1.1 400 no\r\n\r\n" } },
    .told = "offline connect", .word = "no TLS" },
  { "no XMPP at all", .unsecured = TRUE,
    .lines = { { "<stream:stream", "HTTP/1.1 400 Bad Request\r\n\r\n" } },
    .told = "offline connect", .word = "no XMPP stream" },
  { "host unknown",
    .lines = { { "<stream:stream",
                 HEADER "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                        "</stream:error>" } },
    .failure = "[host-unknown]", .told = "closed connect", .word = "does not serve example.org" },
  { "shutdown",
    .lines = { { "<stream:stream", HEADER
                 "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                 "</stream:error></stream:stream>" } },
    .failure = "[stream-error]", .told = "offline connect", .word = "system-shutdown" },
  { "hung up", .lines = { { "<stream:stream", "{hang up}" } }, .told = "offline connect",
    .word = "closed the connection" },
  { "hung up before TLS", .unsecured = TRUE, .lines = { { "<stream:stream", "{hang up}" } },
    .told = "offline connect", .word = "stream header before TLS" },
  { "nonsense", .lines = { { "<stream:stream", HEADER "<message/>" } }, .failure = "[not-xmpp]",
    .told = "offline connect", .word = "<message/>" },
};

static void
is_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  World world;
  world_init (&world);
  world.unsecured = refusal->unsecured;
  world.setup.tls = refusal->tls;
  world_plays (&world, refusal->lines, G_MAXUINT);
  world_begin (&world);
  until (&world, world.told, "\n");
  g_test_message ("%s", world.told->str);
  if (!g_str_has_prefix (world.told->str, refusal->told) ||
      !strstr (world.told->str, refusal->word) ||
      (refusal->failure && !strstr (world.told->str, refusal->failure)))
    g_error ("not \"%s … %s\" but: %s", refusal->told, refusal->word, world.told->str);
  g_assert_null (
      strstr (world.scripts[0].heard->str, "AGFsaWNlAHNlY3JldA")); /* the password in the clear */
  world_clear (&world);
}

/* --- silence --- */

static void
falls_silent (const Line *lines, guint end, gboolean unsecured, const char *awaited)
{
  World world;
  world_init (&world);
  world.unsecured = unsecured;
  world.setup.step_ms =
      500; /* our own key takes a few ms, and far more under the sanitizers on a busy machine */
  world_plays (&world, lines, end);
  world_begin (&world);
  until (&world, world.told, "\n");
  g_autofree char *expected =
      g_strdup_printf ("offline connect: example.org: %s did not come within 0.5 s", awaited);
  if (!g_str_has_prefix (world.told->str, expected))
    g_error ("not \"%s\" but: %s", expected, world.told->str);
  world_clear (&world);
}

static void
silence_at_each_step (void)
{
  static const char *const awaited[] = {
    "the stream header",
    "the stream features",
    "the SASL challenge",
    "the SASL success",
    "the stream header after the login",
    "the stream features after the login",
    "the answer to <bind/>",
    "the answer to <enable/>",
  };
  for (guint i = 0; i < G_N_ELEMENTS (awaited); i++)
    falls_silent (logs_in, i, FALSE, awaited[i]);
  static const Line tls[] = {
    { "<stream:stream", HEADER }, { "", STARTTLS }, { "<starttls", PROCEED }, { NULL }
  };
  static const char *const before_tls[] = {
    "the stream header before TLS",
    "the stream features before TLS",
    "<proceed/> to STARTTLS",
    "the end of the TLS handshake",
  };
  for (guint i = 0; i < G_N_ELEMENTS (before_tls); i++)
    falls_silent (tls, i, TRUE, before_tls[i]);
}

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
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autofree char *path =
        g_strdelimit (g_strdup_printf ("/login/refused/%s", refusals[i].name), " ,", '-');
    g_test_add_data_func (path, &refusals[i], is_refused);
  }
  g_test_add_func ("/login/silence-at-each-step", silence_at_each_step);
  g_test_add_func ("/login/silence-while-idle", silence_while_idle);
  g_test_add_func ("/login/pings-without-stream-management", pings_without_stream_management);
  g_test_add_func ("/login/answers-pings", answers_pings);
  g_test_add_func ("/login/resumes", resumes);
  g_test_add_func ("/login/resume-refused", resume_refused);
  g_test_add_func ("/login/giant-stanza-is-passed-over", giant_stanza_is_passed_over);
  g_test_add_func ("/login/displaced-for-good", displaced_for_good);
  g_test_add_func ("/login/false-acknowledgement", false_acknowledgement);
  g_test_add_func ("/login/closes-politely", closes_politely);
  g_test_add_func ("/login/closes-while-connecting", closes_while_connecting);
  g_test_add_func ("/login/freed-inside-its-event", freed_inside_its_event);
  g_test_add_func ("/login/freed-at-each-step", freed_at_each_step);
  g_test_add_func ("/login/many-logins", many_logins);
  return g_test_run ();
}
