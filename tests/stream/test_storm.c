/* Two streams and a server in one process, cut fifty times: each message arrives once and in order,
 * no request is handled twice, and each is answered or told that it is dead. Also with servers that
 * forget what they counted, lie about it, or never tell. */
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "signaling/im/message.h"
#include "signaling/stream/stream.h"
#include "tests/stream/house.h"

#define NS "urn:peal:storm"

typedef struct {
  HouseManner manner;
  guint messages, cuts;
  guint expires; /* one cut in so many */
} Weather;

typedef struct Storm Storm;

typedef struct {
  Storm *storm;
  guint number;
  PealStream *stream;
  PealMessages *messages;
  guint said, heard, asked, settled, lost;
  gboolean online;
} Person;

struct Storm {
  House *house;
  Person people[HOUSE_ACCOUNTS];
};

/* --- two people --- */

static xmpp_stanza_t *
numbered (Person *person, guint number)
{
  xmpp_stanza_t *stanza = xmpp_stanza_new (peal_port_context (peal_stream_port (person->stream)));
  g_autofree char *text = g_strdup_printf ("%u", number);
  xmpp_stanza_set_name (stanza, "number");
  xmpp_stanza_set_ns (stanza, NS);
  xmpp_stanza_set_attribute (stanza, "n", text);
  return stanza;
}

static void
say (Person *person)
{
  const char *to = person->number ? "a@house" : "b@house";
  g_assert_true (
      peal_messages_send (person->messages, to, NULL, numbered (person, person->said++)));
}

static gboolean
hear (gpointer user, const PealMessage *message)
{
  Person *person = user;
  xmpp_stanza_t *child = xmpp_stanza_get_child_by_ns (message->stanza, NS);
  g_assert_cmpuint (strtoul (xmpp_stanza_get_attribute (child, "n"), NULL, 10), ==, person->heard);
  person->heard++;
  return TRUE;
}

static void
settled (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  ((Person *) user)->settled++;
}

static void
ask (Person *person)
{
  PealPort *port = peal_stream_port (person->stream);
  const char *to = person->number ? "a@house/r" : "b@house/r";
  peal_port_request (port, peal_port_iq (port, "set", to, numbered (person, person->asked++)), 0,
                     settled, person);
}

static gboolean
is_asked (gpointer user, PealPort *port, xmpp_stanza_t *iq)
{
  peal_port_result (port, iq, NULL);
  return TRUE;
}

static void
on_online (gpointer user, const char *jid, const char *server, const char *tls, gboolean resumed)
{
  Person *person = user;
  PealPort *port = peal_stream_port (person->stream);
  person->online = TRUE;
  if (!resumed)
    peal_port_send (port, xmpp_presence_new (peal_port_context (port)));
}

static void
on_offline (gpointer user, const GError *why)
{
  Person *person = user;
  person->online = FALSE;
  person->lost++;
}

static GIOStream *
open_link (gpointer user, gboolean *secured)
{
  Person *person = user;
  *secured = TRUE;
  return house_open (person->storm->house, person->number);
}

static void
person_init (Storm *storm, guint number)
{
  static const PealStreamEvents events = { .online = on_online, .offline = on_offline };
  static const PealPortListener asks = {
    .kind = PEAL_STANZA_IQ, .type = "set", .ns = NS, .hear = is_asked
  };
  Person *person = &storm->people[number];
  const PealStreamSetup setup = { .jid = number ? "b@house" : "a@house",
                                  .password = "secret",
                                  .idle_ms = 200,
                                  .reply_ms = 300, /* so a deaf server is left after 1.2 s */
                                  .away_ms = 40,
                                  .open = open_link,
                                  .open_user = person };
  *person = (Person) { .storm = storm, .number = number };
  person->stream = peal_stream_new (&setup, &events, person);
  person->messages = peal_messages_new (peal_stream_port (person->stream));
  peal_port_listen (peal_stream_port (person->stream), &asks, person);
  peal_messages_listen (person->messages, NS, hear, person);
}

static void
person_clear (Person *person)
{
  peal_messages_free (person->messages);
  peal_stream_free (person->stream);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (person->settled, ==, person->asked); /* each exactly once, the last ones now */
}

/* --- the storm --- */

static gboolean
too_late (gpointer user)
{
  g_error ("it is stuck: %u and %u heard", ((Storm *) user)->people[0].heard,
           ((Storm *) user)->people[1].heard);
  return G_SOURCE_REMOVE;
}

static void
turn (void)
{
  g_main_context_iteration (NULL, TRUE);
}

/* Both speak while the link of one of them is cut, and before it is back. */
static void
round_of (Storm *storm, const Weather *weather, guint number, GRand *chance)
{
  guint share = weather->messages * (number + 1) / weather->cuts;
  guint victim = (guint) g_rand_int_range (chance, 0, HOUSE_ACCOUNTS);
  while (!storm->people[victim].online)
    turn ();
  guint lost = storm->people[victim].lost;
  house_cut (storm->house, victim, (guint) g_rand_int_range (chance, 1, 6),
             number % weather->expires == 0);
  for (guint i = 0; i < HOUSE_ACCOUNTS; i++) {
    ask (&storm->people[i]);
    while (storm->people[i].said < share) {
      say (&storm->people[i]);
      if (g_rand_int_range (chance, 0, 4) == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  }
  while (!house_was_cut (storm->house, victim) && storm->people[victim].lost == lost) {
    ask (&storm->people[victim]); /* something to read */
    turn ();
  }
}

static void
storm (gconstpointer data)
{
  const Weather *weather = data;
  guint32 seed = g_test_rand_int ();
  g_autoptr(GRand) chance = g_rand_new_with_seed (seed);
  g_autoptr(House) house = house_new (weather->manner, chance);
  Storm storm = { .house = house };
  guint deadline = g_timeout_add_seconds (60, too_late, &storm);
  g_test_message ("seed %u", seed);
  for (guint i = 0; i < HOUSE_ACCOUNTS; i++)
    person_init (&storm, i);
  for (guint i = 0; i < weather->cuts; i++)
    round_of (&storm, weather, i, chance);
  while (storm.people[0].heard < weather->messages || storm.people[1].heard < weather->messages)
    turn ();
  g_test_message ("%u resumed, %u refused, %u lies, %u requests", house_resumed (house),
                  house_refused (house), house_lies (house),
                  storm.people[0].asked + storm.people[1].asked);
  if (weather->manner == HOUSE_LIES)
    g_assert_cmpuint (house_lies (house), >, 0);
  if (!(weather->manner & HOUSE_LIES)) { /* those end sessions, too */
    g_assert_cmpuint (house_resumed (house), >, 0);
    g_assert_cmpuint (house_refused (house), >, 0);
  }
  for (guint i = 0; i < HOUSE_ACCOUNTS; i++)
    person_clear (&storm.people[i]);
  g_source_remove (deadline);
}

int
main (int argc, char **argv)
{
  static const Weather honest = { HOUSE_HONEST, 1000, 50, 10 };
  static const Weather uncounted = { HOUSE_UNCOUNTED, 300, 20, 2 };
  static const Weather lies = { HOUSE_LIES, 300, 20, 5 };
  static const Weather deaf = { HOUSE_DEAF, 100, 10, 5 };
  static const Weather all = { HOUSE_UNCOUNTED | HOUSE_LIES | HOUSE_DEAF, 100, 10, 3 };
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/storm/honest", &honest, storm);
  g_test_add_data_func ("/storm/uncounted", &uncounted, storm);
  g_test_add_data_func ("/storm/lies", &lies, storm);
  g_test_add_data_func ("/storm/deaf", &deaf, storm);
  g_test_add_data_func ("/storm/all-at-once", &all, storm);
  return g_test_run ();
}
