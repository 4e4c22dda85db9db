/* The port: who may answer a request, who hears a stanza, and what nobody takes. */
// SPDX-License-Identifier: MIT
#include "signaling/port.h"

#include <string.h>

typedef struct {
  PealPort *port;
  GPtrArray *sent;    /* of char *: what left, as text */
  GPtrArray *answers; /* of char *: what requests came to */
} World;

static gboolean
send (gpointer driver, xmpp_stanza_t *stanza)
{
  World *world = driver;
  char *text;
  size_t length;
  xmpp_stanza_to_text (stanza, &text, &length);
  g_ptr_array_add (world->sent, g_strdup (text));
  xmpp_free (peal_port_context (world->port), text);
  return TRUE;
}

static const PealPortDriver driver = { .send = send };

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);
  world->sent = g_ptr_array_new_with_free_func (g_free);
  world->answers = g_ptr_array_new_with_free_func (g_free);
  world->port = peal_port_new (&driver, world);
  peal_port_state (world->port, "alice@example.org/desk", FALSE);
  return world;
}

static void
world_free (World *world)
{
  peal_port_free (world->port);
  g_ptr_array_unref (world->sent);
  g_ptr_array_unref (world->answers);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static void
answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  World *world = user;
  const char *from = stanza ? xmpp_stanza_get_from (stanza) : NULL;
  g_ptr_array_add (world->answers,
                   stanza ? g_strdup (from ? from : "the server") : g_strdup (why->message));
}

/* Asks @to; returns the id that the answer must have. */
static char *
ask (World *world, const char *to)
{
  xmpp_stanza_t *iq = peal_port_iq (world->port, "get", to, NULL);
  xmpp_stanza_t *kept = xmpp_stanza_clone (iq);
  peal_port_request (world->port, iq, 0, answered, world);
  char *id = g_strdup (xmpp_stanza_get_id (kept));
  xmpp_stanza_release (kept);
  return id;
}

static void
receive (World *world, const char *type, const char *id, const char *from)
{
  xmpp_stanza_t *iq = xmpp_iq_new (peal_port_context (world->port), type, id);
  if (from)
    xmpp_stanza_set_from (iq, from);
  peal_port_receive (world->port, iq);
  xmpp_stanza_release (iq);
}

/* RFC 6120 §8.2.3: an id may be guessed, so the address counts too. */
static void
only_who_was_asked_answers (void)
{
  static const char *const others[] = {
    "mallory@example.org/desk", "bob@example.org", "bob@example.org/other",
    "alice@example.org",        "example.org",     NULL
  };
  g_autoptr(World) world = world_new ();
  g_autofree char *id = ask (world, "bob@example.org/phone");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    receive (world, "result", id, others[i]);
    g_assert_cmpuint (world->answers->len, ==, 0);
  }
  receive (world, "result", "another-id", "bob@example.org/phone");
  g_assert_cmpuint (world->answers->len, ==, 0);
  receive (world, "result", id, "bob@example.org/phone");
  receive (world, "result", id, "bob@example.org/phone"); /* it was answered */
  g_assert_cmpuint (world->answers->len, ==, 1);
  g_assert_cmpstr (world->answers->pdata[0], ==, "bob@example.org/phone");
}

/* The server may answer for our own account by any of our names, or none (RFC 6120 §8.1.2.1). */
static void
the_server_answers_for_our_account (void)
{
  static const char *const names[] = { NULL, "alice@example.org", "alice@example.org/desk" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr(World) world = world_new ();
    g_autofree char *id = ask (world, NULL);
    receive (world, "result", id, "bob@example.org/phone");
    receive (world, "result", id, "alice@example.org/other");
    g_assert_cmpuint (world->answers->len, ==, 0);
    receive (world, "result", id, names[i]);
    g_assert_cmpuint (world->answers->len, ==, 1);
  }
}

static void
what_nobody_takes_is_refused (void)
{
  static const struct {
    const char *type, *condition;
  } rows[] = { { "get", "<service-unavailable" },
               { "set", "<service-unavailable" },
               { "odd", "<bad-request" } };
  g_autoptr(World) world = world_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    receive (world, rows[i].type, "q", "bob@example.org/phone");
    g_assert_cmpuint (world->sent->len, ==, i + 1);
    const char *answer = world->sent->pdata[i];
    g_assert_nonnull (strstr (answer, rows[i].condition));
    g_assert_nonnull (strstr (answer, "to=\"bob@example.org/phone\""));
    g_assert_nonnull (strstr (answer, "id=\"q\""));
  }
  receive (world, "result", "q", "bob@example.org/phone"); /* else two ports would talk for ever */
  receive (world, "error", "q", "bob@example.org/phone");
  g_assert_cmpuint (world->sent->len, ==, G_N_ELEMENTS (rows));
}

static void
a_session_that_is_gone_ends_requests (void)
{
  g_autoptr(World) world = world_new ();
  g_autofree char *first = ask (world, "bob@example.org/phone");
  peal_port_state (world->port, NULL, FALSE);
  g_assert_cmpuint (world->answers->len, ==, 0);
  peal_port_state (world->port, "alice@example.org/desk", TRUE); /* resumed: the answer may come */
  g_assert_cmpuint (world->answers->len, ==, 0);
  receive (world, "result", first, "bob@example.org/phone");
  g_assert_cmpuint (world->answers->len, ==, 1);

  g_autofree char *second = ask (world, "bob@example.org/phone");
  peal_port_state (world->port, NULL, FALSE);
  peal_port_state (world->port, "alice@example.org/desk", FALSE);
  g_assert_cmpuint (world->answers->len, ==, 2);
  g_assert_nonnull (strstr (world->answers->pdata[1], "could not be resumed"));
}

/* Before the first session, and between two, requests belong to the one that comes. */
static void
a_session_to_come_gets_requests (void)
{
  g_autoptr(World) world = world_new ();
  peal_port_state (world->port, NULL, FALSE);
  g_autofree char *dead = ask (world, "bob@example.org/phone");
  peal_port_lost (world->port);
  g_assert_cmpuint (world->answers->len, ==, 1);
  g_autofree char *next = ask (world, "bob@example.org/phone");
  peal_port_state (world->port, "alice@example.org/desk", FALSE);
  g_assert_cmpuint (world->answers->len, ==, 1);
  receive (world, "result", dead, "bob@example.org/phone");
  g_assert_cmpuint (world->answers->len, ==, 1);
  receive (world, "result", next, "bob@example.org/phone");
  g_assert_cmpuint (world->answers->len, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port/only-who-was-asked-answers", only_who_was_asked_answers);
  g_test_add_func ("/port/the-server-answers-for-our-account", the_server_answers_for_our_account);
  g_test_add_func ("/port/what-nobody-takes-is-refused", what_nobody_takes_is_refused);
  g_test_add_func ("/port/a-session-that-is-gone-ends-requests",
                   a_session_that_is_gone_ends_requests);
  g_test_add_func ("/port/a-session-to-come-gets-requests", a_session_to_come_gets_requests);
  return g_test_run ();
}
