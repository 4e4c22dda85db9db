/* Each way in which a server by script refuses a login, lies in it, or falls silent: which failure,
 * which sentence. */
// SPDX-License-Identifier: MIT
#include "tests/stream/world.h"

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
  { "a mechanism without end",
    .lines = { { "<stream:stream",
                 HEADER OFFERS (MECHANISM ("äääääääääääääääääääääääääääääääääääääääääääääääääääääää"
                                           "ääääääääääääääääääääääääääääääääääääääääääääääääääääää"
                                           "ääääääääääääääääääääääääääääääääääääääääää")) } },
    .failure = "[no-mechanism]", .told = "closed auth", .word = "ä…)" },
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

static const Line logs_in[] = { LOGS_IN ("s1"), { NULL } };

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autofree char *path =
        g_strdelimit (g_strdup_printf ("/refusals/%s", refusals[i].name), " ,", '-');
    g_test_add_data_func (path, &refusals[i], is_refused);
  }
  g_test_add_func ("/refusals/silence-at-each-step", silence_at_each_step);
  return g_test_run ();
}
