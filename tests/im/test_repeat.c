/* Which messages come twice, and which only look alike. */
// SPDX-License-Identifier: MIT
#include "signaling/im/repeat.h"

#include "signaling/im/message.h"
#include "tests/im/fake_port.h"

#define UUID   "6f8c9a52-7f6f-4d0c-9a44-2f5b0c3a1e77"
#define DELAY  "<delay xmlns='urn:xmpp:delay' from='c' stamp='2026-11-22T20:00:00Z'/>"
#define ORIGIN "<origin-id xmlns='urn:xmpp:sid:0' id='1'/>"

typedef struct {
  PealRepeats *repeats;
  xmpp_ctx_t *context;
} World;

static World
world_new (void)
{
  return (World) { peal_repeats_new (), xmpp_ctx_new (NULL, NULL) };
}

static void
world_clear (World *world)
{
  peal_repeats_free (world->repeats);
  xmpp_ctx_free (world->context);
}

static gboolean
again (World *world, const char *xml)
{
  xmpp_stanza_t *message = xmpp_stanza_new_from_string (world->context, xml);
  g_assert_nonnull (message);
  gboolean repeated = peal_repeats_hear (world->repeats, message, 0);
  xmpp_stanza_release (message);
  return repeated;
}

#define MESSAGE(from, id, content) "<message from='" from "' id='" id "'>" content "</message>"

static void
the_same_is_known_again (void)
{
  World world = world_new ();
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<body>a</body>")));
  g_assert_true (again (&world, MESSAGE ("j@c/1", UUID, "<body>a</body>")));
  /* from another resource, kept by the server, with an id of its archive */
  g_assert_true (again (&world, MESSAGE ("j@c/2", UUID, "<body>a</body>" DELAY)));
  g_assert_true (again (&world, MESSAGE ("j@c/1", UUID,
                                         "<stanza-id xmlns='urn:xmpp:sid:0' by='c' id='7'/>"
                                         "<body>a</body>")));
  /* attributes in another order */
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<x xmlns='u:x' a='1' i='2' q='3'/>")));
  g_assert_true (again (&world, MESSAGE ("j@c/1", UUID, "<x q='3' i='2' xmlns='u:x' a='1'/>")));
  world_clear (&world);
}

static void
what_differs_is_told (void)
{
  World world = world_new ();
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<body>a</body>")));
  g_assert_false (again (&world, MESSAGE ("k@c/1", UUID, "<body>a</body>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID "x", "<body>a</body>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<body>b</body>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<body><a/></body>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<body/><a/>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<a x='1'/>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<a x='2'/>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", UUID, "<a x='1'>2</a>")));
  xmpp_stanza_t *carbon =
      xmpp_stanza_new_from_string (world.context, MESSAGE ("j@c/1", UUID, "<body>a</body>"));
  g_assert_false (peal_repeats_hear (world.repeats, carbon, 1));
  xmpp_stanza_release (carbon);
  world_clear (&world);
}

/* Clients that count from 1 in each session say "ok" twice under one id. */
static void
a_poor_id_counts_only_where_it_must (void)
{
  World world = world_new ();
  g_assert_false (again (&world, MESSAGE ("j@c/1", "1", "<body>ok</body>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", "1", "<body>ok</body>")));
  g_assert_false (again (&world, MESSAGE ("j@c/1", "2", "<body>ok</body>" DELAY)));
  g_assert_true (again (&world, MESSAGE ("j@c/1", "2", "<body>ok</body>" DELAY)));
  g_assert_false (again (&world, MESSAGE ("j@c/1", "3", "<body>ok</body>" ORIGIN)));
  g_assert_true (again (&world, MESSAGE ("j@c/1", "3", "<body>ok</body>" ORIGIN)));
  g_assert_false (again (&world, "<message from='j@c/1'><body>ok</body></message>"));
  g_assert_false (again (&world, "<message from='j@c/1'><body>ok</body></message>"));
  g_assert_false (again (&world, "<message id='" UUID "'><body>ok</body></message>"));
  g_assert_false (again (&world, "<message id='" UUID "'><body>ok</body></message>"));
  world_clear (&world);
}

static gboolean
hears (World *world, guint sender, guint number)
{
  g_autofree char *xml = g_strdup_printf (
      "<message from='s%u@c/1' id='a-long-enough-id-%u'><body>x</body></message>", sender, number);
  return again (world, xml);
}

static void
memory_is_bounded (void)
{
  World world = world_new ();
  for (guint i = 0; i < 1000; i++)
    g_assert_false (hears (&world, 0, i));
  g_assert_true (hears (&world, 0, 0)); /* the oldest of a full ring */
  g_assert_false (hears (&world, 0, 1000));
  g_assert_true (hears (&world, 0, 1));
  g_assert_true (hears (&world, 0, 1000));
  g_assert_false (hears (&world, 0, 0)); /* gone, and there again in place of 1 */
  g_assert_false (hears (&world, 0, 1));
  for (guint i = 1; i < 256; i++)
    g_assert_false (hears (&world, i, 0));
  g_assert_true (hears (&world, 0, 1000)); /* all 256 are known */
  g_assert_false (hears (&world, 256, 0));
  g_assert_true (hears (&world, 0, 1000)); /* heard lately */
  g_assert_false (hears (&world, 1, 0));   /* not lately */
  world_clear (&world);
}

/* --- at the door --- */

static gboolean
count (gpointer user, const PealMessage *message)
{
  (*(guint *) user)++;
  return TRUE;
}

static void
listeners_hear_once (void)
{
  static const struct {
    const char *xml;
    guint heard; /* after it came twice */
  } rows[] = {
    { MESSAGE ("j@c/1", UUID, "<body>a</body>"), 1 },
    { "<message type='groupchat' from='room@c/j' id='" UUID "'><body>b</body></message>", 2 },
    { "<message type='error' from='j@c/1' id='" UUID "'><body>c</body></message>", 2 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint heard = 0;
    g_autoptr(FakePort) fake = fake_port_new ();
    g_autoptr(PealMessages) messages = peal_messages_new (fake_port (fake));
    fake_port_up (fake, FALSE);
    peal_messages_listen (messages, NULL, count, &heard);
    fake_port_receive (fake, rows[i].xml);
    fake_port_down (fake);
    fake_port_up (fake, FALSE); /* what was heard outlives sessions */
    fake_port_receive (fake, rows[i].xml);
    g_assert_cmpuint (heard, ==, rows[i].heard);
  }
}

static void
ours_can_be_known_again (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealMessages) messages = peal_messages_new (fake_port (fake));
  xmpp_ctx_t *context = peal_port_context (fake_port (fake));
  fake_port_up (fake, FALSE);
  g_assert_true (peal_messages_send (messages, "j@c", "m1",
                                     xmpp_stanza_new_from_string (context, "<body>a</body>")));
  const char *sent = fake_port_last (fake, "<body");
  g_auto(GStrv) ids = g_strsplit (sent, "id=\"m1\"", -1);
  g_assert_nonnull (g_strstr_len (sent, -1, "<origin-id "));
  g_assert_cmpuint (g_strv_length (ids), ==, 3); /* its own and that of <origin-id/> */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/repeat/the-same-is-known-again", the_same_is_known_again);
  g_test_add_func ("/repeat/what-differs-is-told", what_differs_is_told);
  g_test_add_func ("/repeat/a-poor-id-counts-only-where-it-must",
                   a_poor_id_counts_only_where_it_must);
  g_test_add_func ("/repeat/memory-is-bounded", memory_is_bounded);
  g_test_add_func ("/repeat/listeners-hear-once", listeners_hear_once);
  g_test_add_func ("/repeat/ours-can-be-known-again", ours_can_be_known_again);
  return g_test_run ();
}
