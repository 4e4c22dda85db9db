/* The traffic of a session by hand: what is written when, what is due when, and who is told of what
 * died. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/traffic.h"

#include <string.h>

#include "signaling/stream/stream_wire.h"

#define S  ((gint64) G_USEC_PER_SEC)
#define SM "xmlns='" PEAL_NS_SM "'"

typedef struct {
  PealPort *port;
  PealTraffic traffic;
  gint64 now;
  GString *told; /* what became of requests */
} World;

static gboolean
send (gpointer driver, xmpp_stanza_t *stanza)
{
  return peal_traffic_push (&((World *) driver)->traffic, stanza);
}

static void
world_up (World *world, const char *id)
{
  peal_sm_begin (&world->traffic.sm);
  if (id)
    peal_sm_enable (&world->traffic.sm, id);
  if (peal_traffic_begin (&world->traffic, FALSE, world->now))
    peal_port_lost (world->port);
  peal_port_state (world->port, "alice@example.org/r1", FALSE);
}

/* In a session that can be resumed by @id; NULL: without stream management. */
static void
world_init (World *world, const char *id)
{
  static const PealPortDriver driver = { .send = send };
  *world = (World) { .now = 1000 * S, .told = g_string_new (NULL) };
  world->port = peal_port_new (&driver, world);
  peal_traffic_init (&world->traffic, world->port);
  world->traffic.life = (PealLife) { .idle_ms = 60000, .reply_ms = 15000 };
  world_up (world, id);
}

static void
world_clear (World *world)
{
  peal_port_free (world->port);
  peal_traffic_clear (&world->traffic);
  g_string_free (world->told, TRUE);
}

static gboolean
message (World *world, const char *id)
{
  xmpp_stanza_t *stanza =
      xmpp_message_new (peal_port_context (world->port), "chat", "bob@example.org", id);
  return peal_port_send (world->port, stanza);
}

static void
on_reply (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  g_string_append_printf (((World *) user)->told, "%s;", stanza ? "result" : why->message);
}

static void
ask (World *world)
{
  peal_port_request (world->port, peal_port_iq (world->port, "set", "bob@example.org/x", NULL), 0,
                     on_reply, world);
}

/* What is written now, for g_free. */
static char *
written (World *world)
{
  GString *out = g_string_new (NULL);
  peal_traffic_fill (&world->traffic, out, world->now);
  return g_string_free (out, FALSE);
}

static void
writes (World *world, const char *pattern)
{
  g_autofree char *text = written (world);
  if (!g_pattern_match_simple (pattern, text))
    g_error ("\"%s\" is not \"%s\"", text, pattern);
}

/* FALSE: the server broke the rules. */
static gboolean
hears (World *world, const char *xml)
{
  xmpp_stanza_t *element = xmpp_stanza_new_from_string (peal_port_context (world->port), xml);
  g_autoptr(GError) error = NULL;
  g_assert_nonnull (element);
  gboolean good = peal_traffic_hear (&world->traffic, element, world->now, &error);
  g_assert_true (good == !error);
  xmpp_stanza_release (element);
  return good;
}

static PealLifeTurn
checks (World *world, const char *why)
{
  g_autoptr(GString) out = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  PealLifeTurn turn = peal_traffic_check (&world->traffic, out, world->now, &error);
  if (why)
    g_assert_nonnull (strstr (error->message, why));
  else
    g_assert_no_error (error);
  return turn;
}

static void
asks_once_for_what_is_new (void)
{
  World world;
  world_init (&world, "s1");
  writes (&world, "");
  message (&world, "m1");
  message (&world, "m2");
  writes (&world, "<message*m1*<message*m2*<r *");
  message (&world, "m3");
  writes (&world, "<message*m3*/>"); /* a question is out already */
  g_assert_true (hears (&world, "<a " SM " h='2'/>"));
  writes (&world, "<r *");
  g_assert_true (hears (&world, "<a " SM " h='2'/>")); /* it lags, and is not asked in a circle */
  writes (&world, "");
  message (&world, "m4");
  writes (&world, "<message*m4*<r *");
  g_assert_true (hears (&world, "<a " SM " h='4'/>"));
  writes (&world, "");
  world_clear (&world);
}

/* A server that asks and reads nothing must not fill memory with our answers. */
static void
one_answer_for_many_questions (void)
{
  World world;
  world_init (&world, "s1");
  hears (&world, "<presence xmlns='jabber:client' from='bob@example.org/x'/>");
  for (guint i = 0; i < 1000; i++)
    hears (&world, "<r " SM "/>");
  message (&world, "m1");
  g_autofree char *text = written (&world);
  g_assert_true (g_pattern_match_simple ("<a *h=\"1\"*<message*m1*<r *", text));
  g_assert_cmpuint (strlen (text), <, 300);
  writes (&world, "");
  world_clear (&world);
}

/* A server that never asks keeps all for us, until it can keep no more. */
static void
much_is_acknowledged_unasked (void)
{
  World world;
  world_init (&world, "s1");
  for (guint i = 1; i <= 120; i++) {
    hears (&world, "<presence xmlns='jabber:client' from='bob@example.org/x'/>");
    writes (&world, i == 50 ? "<a *h=\"50\"*/>" : i == 100 ? "<a *h=\"100\"*/>" : "");
  }
  world_clear (&world);
  world_init (&world, NULL);
  for (guint i = 1; i <= 120; i++)
    hears (&world, "<presence xmlns='jabber:client' from='bob@example.org/x'/>");
  writes (&world, "");
  world_clear (&world);
}

static void
wrong_counts_are_protested (void)
{
  static const char *const wrong[] = { "<a " SM " h='3'/>", "<a " SM " h='0'/>", "<a " SM "/>",
                                       "<a " SM " h='-1'/>", "<a " SM " h='4294967296'/>" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    World world;
    g_autoptr(GString) last = g_string_new (NULL);
    world_init (&world, "s1");
    message (&world, "m1");
    message (&world, "m2");
    writes (&world, "*<r *");
    g_assert_true (hears (&world, "<a " SM " h='1'/>"));
    g_assert_false (hears (&world, wrong[i]));
    peal_traffic_protest (&world.traffic, last);
    g_assert_nonnull (strstr (last->str, "<undefined-condition"));
    g_assert_nonnull (strstr (last->str, "<handled-count-too-high"));
    g_assert_true (g_str_has_suffix (last->str, "</stream:stream>"));
    writes (&world, "");                                     /* it was the last word */
    g_assert_true (peal_sm_down (&world.traffic.sm, FALSE)); /* no way to resume it */
    peal_port_lost (world.port);
    world_up (&world, "s2");
    writes (&world, "<message*m2*<r *"); /* it goes on in the next */
    world_clear (&world);
  }
}

/* It talks, and answers our questions even, but what we send does not arrive. */
static void
who_takes_nothing_is_given_up (void)
{
  World world;
  world_init (&world, "s1");
  message (&world, "m1");
  message (&world, "m2");
  writes (&world, "*<r *");
  gint64 began = world.now;
  g_assert_cmpint (peal_traffic_deadline (&world.traffic), ==, began + 15 * S);
  for (guint i = 0; i < 59; i++) {
    world.now += 1 * S;
    peal_life_heard (&world.traffic.life, world.now);
    g_assert_true (hears (&world, "<a " SM " h='0'/>"));
    g_assert_cmpint (checks (&world, NULL), ==, PEAL_LIFE_WAIT);
  }
  g_assert_cmpint (peal_traffic_deadline (&world.traffic), ==, began + 60 * S);
  world.now += 1 * S;
  g_assert_cmpint (checks (&world, "took nothing of what we sent within 60 s"), ==, PEAL_LIFE_GONE);
  world_clear (&world);
}

static void
who_takes_something_is_not (void)
{
  World world;
  world_init (&world, "s1");
  message (&world, "m1");
  message (&world, "m2");
  writes (&world, "*<r *");
  world.now += 59 * S;
  peal_life_heard (&world.traffic.life, world.now);
  hears (&world, "<a " SM " h='1'/>");
  world.now += 59 * S;
  peal_life_heard (&world.traffic.life, world.now);
  g_assert_cmpint (checks (&world, NULL), ==, PEAL_LIFE_WAIT);
  hears (&world, "<a " SM " h='2'/>");
  world.now += 100 * S; /* nothing is left to take */
  peal_life_heard (&world.traffic.life, world.now);
  g_assert_cmpint (checks (&world, NULL), ==, PEAL_LIFE_WAIT);
  message (&world, "m3");
  writes (&world, "*<r *");
  g_assert_cmpint (world.traffic.stuck_at, ==, world.now + 60 * S);
  world_clear (&world);
}

/* Without stream management, the link that takes nothing is the sign. */
static void
a_link_that_stays_full_is_given_up (void)
{
  World world;
  world_init (&world, NULL);
  message (&world, "m1");
  writes (&world, "<message*m1*/>");
  g_assert_cmpint (world.traffic.stuck_at, ==, 0);
  message (&world, "m2");
  peal_traffic_hold (&world.traffic, world.now);
  world.now += 59 * S;
  peal_traffic_hold (&world.traffic, world.now);
  peal_life_heard (&world.traffic.life, world.now);
  g_assert_cmpint (checks (&world, NULL), ==, PEAL_LIFE_WAIT);
  world.now += 1 * S;
  g_assert_cmpint (checks (&world, "took nothing"), ==, PEAL_LIFE_GONE);
  world_clear (&world);
}

static void
a_silent_server_is_asked_and_given_up (void)
{
  World world;
  world_init (&world, "s1");
  world.now += 60 * S;
  g_assert_cmpint (checks (&world, NULL), ==, PEAL_LIFE_WAIT); /* it asked */
  g_assert_cmpint (peal_traffic_deadline (&world.traffic), ==, world.now + 15 * S);
  world.now += 15 * S;
  g_assert_cmpint (checks (&world, "gave no sign of life within 15 s"), ==, PEAL_LIFE_GONE);
  world_clear (&world);
}

/* Offline for long: the sender is told, and what was taken is sent. */
static void
a_full_outbox_tells_the_sender (void)
{
  World world;
  world_init (&world, "s1");
  for (guint i = 0; i < PEAL_OUTBOX_MOST; i++)
    g_assert_true (message (&world, "m"));
  g_assert_false (message (&world, "one too many"));
  ask (&world);
  g_assert_cmpstr (world.told->str, ==, ""); /* never from inside */
  while (g_main_context_iteration (NULL, FALSE) || !world.told->len)
    ;
  g_assert_cmpstr (world.told->str, ==, "too much waits for the server already;");
  g_autoptr(GString) all = g_string_new (NULL);
  for (gsize before = 1; before != all->len;) {
    before = all->len;
    peal_traffic_fill (&world.traffic, all, world.now);
  }
  g_assert_null (strstr (all->str, "too many"));
  world_clear (&world);
}

static void
the_dead_are_told_of_once (void)
{
  World world;
  world_init (&world, "s1");
  ask (&world);
  message (&world, "m1");
  writes (&world, "<iq *<message*m1*<r *");
  g_assert_false (peal_sm_down (&world.traffic.sm, FALSE)); /* the session may be resumed */
  ask (&world);
  peal_sm_refuse (&world.traffic.sm, NULL);
  g_assert_cmpstr (world.told->str, ==, "");
  world_up (&world, "s2");
  g_assert_cmpstr (world.told->str, ==,
                   "the connection to the server was lost and could not be resumed;"
                   "the connection to the server was lost and could not be resumed;");
  writes (&world, "<message*m1*<r *"); /* and no <iq/> before it */
  world_clear (&world);
}

/* What we have but did not acknowledge, the server would bring again the next time. */
static void
says_what_it_has_when_it_goes (void)
{
  World world;
  world_init (&world, "s1");
  hears (&world, "<message xmlns='jabber:client' from='bob@example.org/x'/>");
  message (&world, "m1");
  peal_traffic_close (&world.traffic);
  writes (&world, "<message*m1*unavailable*<a *h=\"1\"*/></stream:stream>");
  message (&world, "m2");
  writes (&world, "");
  world_clear (&world);
}

/* One that is not counted would come again with each resumption. */
static void
what_is_too_large_counts_as_heard (void)
{
  World world;
  world_init (&world, "s1");
  xmpp_stanza_t *head = xmpp_iq_new (peal_port_context (world.port), "set", "big");
  xmpp_stanza_set_ns (head, PEAL_NS_CLIENT);
  peal_traffic_oversize (&world.traffic, head);
  xmpp_stanza_release (head);
  hears (&world, "<r " SM "/>");
  writes (&world, "<a *h=\"1\"*/><iq *id=\"big\"*policy-violation*<r *");
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/traffic/asks-once-for-what-is-new", asks_once_for_what_is_new);
  g_test_add_func ("/traffic/one-answer-for-many-questions", one_answer_for_many_questions);
  g_test_add_func ("/traffic/much-is-acknowledged-unasked", much_is_acknowledged_unasked);
  g_test_add_func ("/traffic/wrong-counts-are-protested", wrong_counts_are_protested);
  g_test_add_func ("/traffic/who-takes-nothing-is-given-up", who_takes_nothing_is_given_up);
  g_test_add_func ("/traffic/who-takes-something-is-not", who_takes_something_is_not);
  g_test_add_func ("/traffic/a-link-that-stays-full-is-given-up",
                   a_link_that_stays_full_is_given_up);
  g_test_add_func ("/traffic/a-silent-server-is-asked-and-given-up",
                   a_silent_server_is_asked_and_given_up);
  g_test_add_func ("/traffic/a-full-outbox-tells-the-sender", a_full_outbox_tells_the_sender);
  g_test_add_func ("/traffic/the-dead-are-told-of-once", the_dead_are_told_of_once);
  g_test_add_func ("/traffic/says-what-it-has-when-it-goes", says_what_it_has_when_it_goes);
  g_test_add_func ("/traffic/what-is-too-large-counts-as-heard", what_is_too_large_counts_as_heard);
  return g_test_run ();
}
