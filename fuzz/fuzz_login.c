/* Fuzzes the login machine with whatever a server may answer, line by line.
 *
 * A line of the input is what the server writes next: an element, or several. {challenge} and
 * {success} in it become the next message of a real SCRAM server that knows the password, so that
 * inputs get past SASL; the stream header is written where one is due. The first line may be
 * "insecure": a link without TLS; "bound": one with channel binding; "certified": the server saw a
 * certificate of ours.
 *
 * Whatever is said: no session without proof that the server knows the password, no password over
 * an open link, nor to a server that could do better before. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include <gsasl.h>

#include "signaling/event.h"
#include "signaling/stream/login.h"
#include "signaling/stream/reader.h"
#include "signaling/stream/stream_wire.h"

#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='example.org' id='x' "           \
  "version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>"
#define PLAIN       "AGFsaWNlAHNlY3JldA==" /* NUL alice NUL secret */
#define MOST_ROUNDS 5000                   /* longer derivations are not what is tested here */

typedef struct {
  xmpp_ctx_t *context;
  PealReader *reader;
  PealSm sm;
  PealLogin *login;
  gboolean secured, certified, over, restart;
  GBytes *binding;  /* NULL: none */
  PealProof before; /* what a login of this input reached already */
  gboolean proved;  /* our SCRAM server was asked for its last message */
  GString *said;    /* of this attempt */
  Gsasl *library;
  Gsasl_session *session;
} Server;

/* Keys that were derived stay for the next inputs; what else it remembers is forgotten. */
static PealSecret *
secret (void)
{
  static PealSecret *all;

  if (!all)
    all = peal_secret_new ("secret");
  return all;
}

static void
forget (void)
{
  PealMemory *memory = peal_secret_memory (secret ());

  memory->proof = PEAL_PROOF_NONE;
  g_clear_pointer (&memory->resource, g_free);
  g_clear_pointer (&memory->location, g_free);
}

static int
scram_property (Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
  switch (property) {
  case GSASL_CB_TLS_UNIQUE:
  case GSASL_CB_TLS_EXPORTER:
    return gsasl_property_set (session, property, "YmluZGluZw==");
  case GSASL_PASSWORD:
    return gsasl_property_set (session, property, "secret");
  case GSASL_SCRAM_ITER:
    return gsasl_property_set (session, property, "4096");
  case GSASL_SCRAM_SALT:
    return gsasl_property_set (session, property, "c2FsdHNhbHRzYWx0");
  default:
    return GSASL_NO_CALLBACK;
  }
}

/* What SASL said last, as base64, by either profile. */
static char *
last_said (const Server *server)
{
  static const char *const elements[] = { "<auth ", "<initial-response", "<response" };
  const char *last = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++)
    last = MAX (last, g_strrstr (server->said->str, elements[i]));
  const char *begin = last ? strchr (last, '>') : NULL;
  return begin ? g_strndup (begin + 1, strcspn (begin + 1, "<")) : g_strdup ("");
}

/* The SCRAM server's next message; "" when it has none. For g_free. */
static char *
scram (Server *server)
{
  g_autofree char *message = last_said (server);
  char *output = NULL;

  if (!server->session) {
    g_autofree char *mechanism =
        g_strconcat ("SCRAM-SHA-", strstr (server->said->str, "SHA-256") ? "256" : "1",
                     strstr (server->said->str, "-PLUS") ? "-PLUS" : NULL, NULL);
    gsasl_callback_set (server->library, scram_property);
    g_assert_cmpint (gsasl_server_start (server->library, mechanism, &server->session), ==,
                     GSASL_OK);
  }
  int status = gsasl_step64 (server->session, message, &output);
  server->proved |= status == GSASL_OK;
  char *copy = g_strdup (status == GSASL_OK || status == GSASL_NEEDS_MORE ? output : "");
  gsasl_free (output);
  return copy;
}

static void
begin (Server *server)
{
  g_clear_pointer (&server->login, peal_login_free);
  g_clear_pointer (&server->session, gsasl_finish);
  g_string_truncate (server->said, 0);
  server->proved = server->over = FALSE;
  server->before = peal_secret_memory (secret ())->proof;
  server->login = peal_login_new (&(PealLoginSetup) { .context = server->context,
                                                      .bare = "alice@example.org",
                                                      .secret = secret (),
                                                      .secured = server->secured,
                                                      .certified = server->certified,
                                                      .exporter = server->binding,
                                                      .sm = &server->sm });
}

static void
derived (GObject *source, GAsyncResult *result, gpointer user)
{
  g_assert_true (peal_secret_derived (secret (), result, NULL));
  *(gboolean *) user = TRUE;
}

static PealLoginTurn
derive (Server *server, GError **error)
{
  const PealSalt *salt = peal_login_missing (server->login);
  gboolean done = FALSE;

  g_assert_cmpuint (salt->rounds, >=, PEAL_SECRET_ROUNDS_MIN);
  g_assert_cmpuint (salt->rounds, <=, PEAL_SECRET_ROUNDS_MAX);
  if (salt->rounds > MOST_ROUNDS)
    return PEAL_LOGIN_FAILED;
  peal_secret_derive (secret (), salt, NULL, derived, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  return peal_login_go_on (server->login, server->said, error);
}

/* A session that came about was earned. */
static void
check_session (const Server *server)
{
  gboolean plain = strstr (server->said->str, PLAIN) != NULL;
  gboolean shown = server->certified && strstr (server->said->str, "\"EXTERNAL\"");

  g_assert_true (server->proved || (server->secured && (plain || shown)));
}

static void
heard_stanza (gpointer user, xmpp_stanza_t *stanza)
{
  Server *server = user;
  g_autoptr(GError) error = NULL;

  if (server->over)
    return;
  PealLoginTurn turn = peal_login_hear (server->login, stanza, server->said, &error);
  if (turn == PEAL_LOGIN_DERIVE)
    turn = derive (server, &error);
  else
    g_assert_true ((turn == PEAL_LOGIN_FAILED) == (error != NULL));
  g_assert_true (!error || error->domain == PEAL_CAUSE);
  g_assert_nonnull (peal_login_awaits (server->login));
  gboolean may_tell = server->secured && server->before <= PEAL_PROOF_TOLD;
  g_assert_true (may_tell || !strstr (server->said->str, PLAIN));
  if (turn == PEAL_LOGIN_BOUND || turn == PEAL_LOGIN_RESUMED)
    check_session (server);
  if (turn == PEAL_LOGIN_BOUND)
    g_assert_nonnull (peal_login_jid (server->login));
  server->restart = turn == PEAL_LOGIN_RESTART;
  if (server->restart)
    peal_reader_restart (server->reader);
  server->over = turn > PEAL_LOGIN_RESTART;
}

static void
heard_header (gpointer user, const char *id, const char *from)
{
  peal_login_header (((Server *) user)->login);
}

static void
heard_oversize (gpointer user, xmpp_stanza_t *head)
{
}

static void
heard_closed (gpointer user)
{
}

static const PealReaderEvents events = {
  .header = heard_header,
  .stanza = heard_stanza,
  .oversize = heard_oversize,
  .closed = heard_closed,
};

static gboolean
feed (Server *server, const char *text)
{
  return !*text || peal_reader_feed (server->reader, text, strlen (text), NULL);
}

/* FALSE: the stream is of no use any more. */
static gboolean
say (Server *server, const char *line)
{
  g_autoptr(GString) text = g_string_new (line);

  if (strstr (line, "{challenge}") || strstr (line, "{success}")) {
    g_autofree char *message = scram (server);
    g_string_replace (text, "{challenge}", message, 0);
    g_string_replace (text, "{success}", message, 0);
  }
  if (!feed (server, text->str))
    return FALSE;
  if (server->restart)
    return feed (server, HEADER);
  if (server->over) { /* another link, and what stream management remembers */
    begin (server);
    peal_reader_restart (server->reader);
    return feed (server, HEADER);
  }
  return TRUE;
}

static void
read_wish (Server *server, FuzzInput *input)
{
  FuzzInput rest = *input;
  g_autofree char *line = fuzz_line (&rest);
  gboolean insecure = g_strcmp0 (line, "insecure") == 0;
  gboolean bound = g_strcmp0 (line, "bound") == 0;

  server->secured = !insecure;
  server->certified = g_strcmp0 (line, "certified") == 0;
  server->binding = bound ? g_bytes_new_static ("binding", 7) : NULL;
  if (insecure || bound || server->certified)
    *input = rest;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  Server server = { .context = xmpp_ctx_new (NULL, NULL), .said = g_string_new (NULL) };

  read_wish (&server, &input);
  forget ();
  g_assert_cmpint (gsasl_init (&server.library), ==, GSASL_OK);
  server.reader = peal_reader_new (server.context, &events, &server);
  peal_sm_init (&server.sm);
  begin (&server);
  gboolean good = feed (&server, HEADER);
  for (char *line; good && (line = fuzz_line (&input)); g_free (line))
    good = say (&server, line);

  peal_login_free (server.login);
  peal_sm_clear (&server.sm);
  peal_reader_free (server.reader);
  g_clear_pointer (&server.session, gsasl_finish);
  gsasl_done (server.library);
  g_clear_pointer (&server.binding, g_bytes_unref);
  g_string_free (server.said, TRUE);
  xmpp_ctx_free (server.context);
  return 0;
}
