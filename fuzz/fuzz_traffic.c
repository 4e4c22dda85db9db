/* Fuzzes a session that is up: stanzas and counts of a server (XEP-0198), its questions, its
 * silence.
 *
 * A line of the input is an element that comes, or a word: message, presence, ask, fill, wait,
 * check, large, resumed, anew, close. Whatever comes: what we write is XML, we never claim to have
 * heard more than came, and the port sees each stanza. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "signaling/stream/stream_wire.h"
#include "signaling/stream/traffic.h"

#define HEAD "<s xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

typedef struct {
  PealPort *port;
  PealTraffic traffic;
  GString *out;
  gint64 now;
  guint32 came; /* stanzas since counting began */
  gboolean over;
} World;

static gboolean
queue (gpointer user, xmpp_stanza_t *stanza)
{
  return peal_traffic_push (&((World *) user)->traffic, stanza);
}

static const PealPortDriver driver = { .send = queue };

static void
check_ack (World *world, xmpp_stanza_t *element)
{
  PealCount *count = peal_element_parse (&peal_wire_ack, element, NULL, NULL);

  if (count)
    g_assert_cmpint (count->h, ==, world->came);
  peal_element_free (&peal_wire_ack, count);
}

/* What was written, which a server must be able to read. */
static void
check_out (World *world)
{
  gboolean ended = g_str_has_suffix (world->out->str, "</stream:stream>");
  g_autoptr(GString) text = g_string_new (HEAD);
  xmpp_ctx_t *context = peal_port_context (world->port);

  g_assert_true (ended == world->traffic.ended || !world->out->len);
  g_string_append_len (text, world->out->str, (gssize) world->out->len);
  if (ended)
    g_string_truncate (text, text->len - strlen ("</stream:stream>"));
  g_string_append (text, "</s>");
  xmpp_stanza_t *all = xmpp_stanza_new_from_string (context, text->str);
  g_assert_nonnull (all);
  for (xmpp_stanza_t *each = xmpp_stanza_get_children (all); each;
       each = xmpp_stanza_get_next (each))
    check_ack (world, each);
  xmpp_stanza_release (all);
  g_string_truncate (world->out, 0);
}

static void
say (World *world, const char *name)
{
  xmpp_stanza_t *stanza = xmpp_stanza_new (peal_port_context (world->port));

  xmpp_stanza_set_name (stanza, name);
  peal_port_send (world->port, stanza);
}

static void
answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  g_assert_true ((stanza == NULL) == (why != NULL));
}

static void
begin (World *world, gboolean resumed)
{
  PealSm *sm = &world->traffic.sm;

  if (resumed && !sm->id)
    return;
  if (resumed) {
    peal_sm_down (sm, FALSE);
    peal_sm_resume (sm, sm->acked, NULL);
  } else {
    peal_sm_begin (sm);
    peal_sm_enable (sm, "id");
    world->came = 0;
  }
  world->over = world->traffic.closing = world->traffic.ended = FALSE;
  if (peal_traffic_begin (&world->traffic, resumed, world->now))
    peal_port_lost (world->port);
}

static void
hear (World *world, const char *line, gboolean large)
{
  xmpp_stanza_t *element = xmpp_stanza_new_from_string (peal_port_context (world->port), line);
  g_autoptr(GError) error = NULL;

  if (!element)
    return;
  if (g_strcmp0 (xmpp_stanza_get_ns (element), PEAL_NS_CLIENT) == 0)
    world->came++;
  peal_life_heard (&world->traffic.life, world->now);
  if (large) {
    peal_traffic_oversize (&world->traffic, element);
  } else if (!peal_traffic_hear (&world->traffic, element, world->now, &error)) {
    g_assert_nonnull (error);
    g_assert_null (world->traffic.sm.id);
    peal_traffic_protest (&world->traffic, world->out);
    check_out (world);
    world->over = TRUE;
  }
  xmpp_stanza_release (element);
}

static void
check_life (World *world)
{
  g_autoptr(GError) error = NULL;
  PealLifeTurn turn = peal_traffic_check (&world->traffic, world->out, world->now, &error);

  g_assert_true ((turn == PEAL_LIFE_GONE) == (error != NULL));
  check_out (world);
  world->over = turn == PEAL_LIFE_GONE;
}

static void
obey (World *world, const char *line)
{
  if (g_str_equal (line, "message") || g_str_equal (line, "presence"))
    say (world, line);
  else if (g_str_equal (line, "ask"))
    peal_port_request (world->port, peal_port_iq (world->port, "get", "b@c", NULL), 0, answered,
                       NULL);
  else if (g_str_equal (line, "wait"))
    world->now += 5 * G_USEC_PER_SEC;
  else if (g_str_equal (line, "resumed") || g_str_equal (line, "anew"))
    begin (world, *line == 'r');
  else if (world->over)
    return;
  else if (g_str_equal (line, "check"))
    check_life (world);
  else if (g_str_equal (line, "close"))
    peal_traffic_close (&world->traffic);
  else if (g_str_has_prefix (line, "large "))
    hear (world, line + strlen ("large "), TRUE);
  else
    hear (world, line, FALSE);
  if (!world->over) {
    peal_traffic_fill (&world->traffic, world->out, world->now);
    check_out (world);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  World world = { .out = g_string_new (NULL), .now = G_USEC_PER_SEC };

  world.port = peal_port_new (&driver, &world);
  peal_traffic_init (&world.traffic, world.port);
  world.traffic.life.idle_ms = 60000;
  world.traffic.life.reply_ms = 15000;
  begin (&world, FALSE);
  peal_port_state (world.port, "alice@example.org/a", FALSE);
  for (char *line; (line = fuzz_line (&input)); g_free (line)) {
    obey (&world, line);
    g_main_context_iteration (NULL, FALSE);
  }
  peal_port_free (world.port);
  peal_traffic_clear (&world.traffic);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_string_free (world.out, TRUE);
  return 0;
}
