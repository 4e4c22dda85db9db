/* Fuzzes what a server sends: the reader tells the same story however the bytes are split, and the
 * login machine survives every element in every state. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "signaling/stream/login.h"
#include "signaling/stream/reader.h"
#include "signaling/stream/stream_wire.h"

#include <string.h>

typedef struct {
  xmpp_ctx_t *context;
  PealReader *reader;
  PealSecret *secret;
  PealSm sm;
  PealLogin *login;
  GString *told;
} Client;

static void
log_in (Client *client)
{
  g_clear_pointer (&client->login, peal_login_free);
  client->login = peal_login_new (&(PealLoginSetup) { .context = client->context,
                                                      .bare = "alice@example.org",
                                                      .secret = client->secret,
                                                      .secured = TRUE,
                                                      .sm = &client->sm });
}

static void
heard_header (gpointer user, const char *id, const char *from)
{
  Client *client = user;
  g_string_append_printf (client->told, "header %s\n", id ? id : "-");
  peal_login_header (client->login);
}

static void
heard_stanza (gpointer user, xmpp_stanza_t *stanza)
{
  Client *client = user;
  g_autoptr(GError) error = NULL;
  peal_wire_append_stanza (client->told, stanza);
  PealLoginTurn turn = peal_login_hear (client->login, stanza, client->told, &error);
  g_assert_true ((turn == PEAL_LOGIN_FAILED) == (error != NULL));
  g_string_append_printf (client->told, "\nturn %d awaits %s\n", turn,
                          peal_login_awaits (client->login));
  if (turn == PEAL_LOGIN_RESTART)
    peal_reader_restart (client->reader);
  else if (turn > PEAL_LOGIN_RESTART || turn == PEAL_LOGIN_DERIVE)
    log_in (client);
}

static void
heard_oversize (gpointer user, xmpp_stanza_t *head)
{
  Client *client = user;
  g_string_append (client->told, "oversize ");
  peal_wire_append_stanza (client->told, head);
}

static void
heard_closed (gpointer user)
{
  g_string_append (((Client *) user)->told, "closed\n");
}

static const PealReaderEvents events = {
  .header = heard_header,
  .stanza = heard_stanza,
  .oversize = heard_oversize,
  .closed = heard_closed,
};

/* What is told of @data, given in pieces of @piece bytes. */
static char *
story (const char *data, gsize size, gsize piece)
{
  Client client = { .context = xmpp_ctx_new (NULL, NULL), .told = g_string_new (NULL) };
  client.reader = peal_reader_new (client.context, &events, &client);
  client.secret = peal_secret_new ("secret");
  peal_sm_init (&client.sm);
  log_in (&client);

  /* Where a restart falls into a piece, what follows in it is refused: pieces end there too. */
  gboolean good = TRUE;
  for (gsize at = 0; at < size && good; at += piece)
    good = peal_reader_feed (client.reader, data + at, MIN (piece, size - at), NULL);

  peal_login_free (client.login);
  peal_sm_clear (&client.sm);
  peal_secret_unref (client.secret);
  peal_reader_free (client.reader);
  xmpp_ctx_free (client.context);
  return g_string_free (client.told, FALSE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  /* By bytes and by threes: a restart may cut the latter short, so one story begins the other. */
  g_autofree char *bytewise = story ((const char *) data, size, 1);
  g_autofree char *by_three = story ((const char *) data, size, 3);
  g_autofree char *whole = story ((const char *) data, size, MAX (size, 1));

  /* SCRAM's nonce is random: only stories without it compare. */
  if (!strstr (bytewise, "SCRAM-")) {
    g_assert_true (g_str_has_prefix (bytewise, by_three));
    g_assert_true (g_str_has_prefix (bytewise, whole));
  }
  return 0;
}
