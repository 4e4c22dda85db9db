/* Two accounts of a real server say a thousand things to one another while the way between them and
 * the server is muted, delayed and cut, and some sessions expire: each arrives once and in order.
 *
 * A program, driven by tests/e2e/test_cuts.py, which starts the server and passes in the
 * environment: PEAL_CUTS_PORT and _CA of the server, _A and _B ("JID PASSWORD"), _SEED, _MESSAGES
 * each way, _CUTS, _EXPIRIES, and _FORGETS, the ms after which it has
 * forgotten a session. It prints
 * one JSON object. */
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/im/message.h"
#include "signaling/stream/stream.h"
#include "tests/stream/relay.h"

#define NS      "urn:peal:cuts"
#define PATIENT 400 /* messages under way to one of them; Prosody keeps 500 for who is cut off */

typedef struct Storm Storm;

typedef struct {
  Storm *storm;
  const char *name;
  char *jid, *password;
  Relay *relay;
  PealStream *stream;
  PealMessages *messages;
  guint said, heard;           /* numbers of messages */
  guint asked, settled, died;  /* requests: made, answered at all, ended with their session */
  GHashTable *asked_of_us;     /* ids of requests that came */
  guint online, resumed, lost; /* times */
} Person;

typedef enum {
  CUT_RESET = 0,
  CUT_CLOSE,
  CUT_AT_BYTE_OUT,
  CUT_AT_BYTE_IN,
  CUT_AFTER_LOSS_OUT,
  CUT_AFTER_LOSS_IN,
  CUT_BY_SILENCE, /* the client itself must find out */
  N_CUTS,
} Cut;

typedef enum { CALM = 1, STRUCK, AWAY, BACK } Phase;

struct Storm {
  Person people[2];
  GRand *chance;
  GMainLoop *loop;
  guint messages, cuts, expiries, forgets;
  guint round, expired;
  Phase phase;
  Person *victim;
  guint until;       /* messages that each has said when this round's calm is over */
  guint online_then; /* the victim's */
  gint64 since;      /* of the phase */
  guint grace;       /* ms until what was to happen by itself is brought about */
};

static void
complain (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  printf ("{\"event\": \"wrong\", \"what\": \"%s\"}\n", text);
  exit (1);
}

static Person *
other (Person *person)
{
  return &person->storm->people[person == person->storm->people];
}

/* --- what they say --- */

static xmpp_stanza_t *
numbered (Person *person, const char *name, guint number)
{
  xmpp_stanza_t *stanza = xmpp_stanza_new (peal_port_context (peal_stream_port (person->stream)));
  g_autofree char *text = g_strdup_printf ("%u", number);
  xmpp_stanza_set_name (stanza, name);
  xmpp_stanza_set_ns (stanza, NS);
  xmpp_stanza_set_attribute (stanza, "n", text);
  return stanza;
}

static void
say (Person *person)
{
  if (!peal_messages_send (person->messages, other (person)->jid, NULL,
                           numbered (person, "number", person->said++)))
    complain ("the outbox of %s is full", person->name);
}

static gboolean
hear (gpointer user, const PealMessage *message)
{
  Person *person = user;
  xmpp_stanza_t *child = xmpp_stanza_get_child_by_ns (message->stanza, NS);
  guint number = (guint) strtoul (xmpp_stanza_get_attribute (child, "n"), NULL, 10);
  if (message->error)
    complain ("number %u of %s came back", number, person->name);
  if (number != person->heard)
    complain ("%s heard number %u where %u is next", person->name, number, person->heard);
  person->heard++;
  return TRUE;
}

static void
answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  Person *person = user;
  person->settled++;
  person->died += g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
ask (Person *person)
{
  PealPort *port = peal_stream_port (person->stream);
  g_autofree char *full = g_strdup_printf ("%s/%s", other (person)->jid, other (person)->name);
  peal_port_request (port,
                     peal_port_iq (port, "set", full, numbered (person, "ask", person->asked++)), 0,
                     answered, person);
}

static gboolean
is_asked (gpointer user, PealPort *port, xmpp_stanza_t *iq)
{
  Person *person = user;
  if (!g_hash_table_add (person->asked_of_us, g_strdup (xmpp_stanza_get_id (iq))))
    complain ("a request came twice to %s", person->name);
  peal_port_result (port, iq, NULL);
  return TRUE;
}

/* --- their streams --- */

static void
on_online (gpointer user, const char *jid, const char *server, const char *tls, gboolean resumed)
{
  Person *person = user;
  PealPort *port = peal_stream_port (person->stream);
  person->online++;
  person->resumed += resumed;
  if (!resumed)
    peal_port_send (port, xmpp_presence_new (peal_port_context (port)));
}

static void
on_offline (gpointer user, const GError *why)
{
  Person *person = user;
  if (!person->online)
    complain ("%s: %s", person->name, why->message);
  person->lost++;
}

static void
on_closed (gpointer user, const GError *why)
{
  Person *person = user;
  if (why)
    complain ("%s: %s", person->name, why->message);
  person->online = 0;
}

static void
person_init (Person *person, Storm *storm, const char *name)
{
  static const PealStreamEvents events = { on_online, on_offline, on_closed };
  static const PealPortListener asks = {
    .kind = PEAL_STANZA_IQ, .type = "set", .ns = NS, .hear = is_asked
  };
  g_autofree char *variable = g_ascii_strup (name, -1);
  g_autofree char *key = g_strconcat ("PEAL_CUTS_", variable, NULL);
  g_auto(GStrv) words = g_strsplit (getenv (key), " ", 2);
  person->storm = storm;
  person->name = name;
  person->jid = g_strdup (words[0]);
  person->password = g_strdup (words[1]);
  person->relay = relay_new ((guint16) atoi (getenv ("PEAL_CUTS_PORT")));
  person->asked_of_us = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *server = g_strdup_printf ("127.0.0.1:%u", relay_port (person->relay));
  const PealStreamSetup setup = { .jid = person->jid,
                                  .password = person->password,
                                  .server = server,
                                  .tls = PEAL_TLS_STARTTLS,
                                  .ca_file = getenv ("PEAL_CUTS_CA"),
                                  .resource = name,
                                  .idle_ms = 500,
                                  .reply_ms = 1500,
                                  .away_ms = 100 };
  person->stream = peal_stream_new (&setup, &events, person);
  PealPort *port = peal_stream_port (person->stream);
  peal_port_listen (port, &asks, person);
  person->messages = peal_messages_new (port);
  peal_messages_listen (person->messages, NS, hear, person);
}

static void
person_clear (Person *person)
{
  peal_messages_free (person->messages);
  peal_stream_free (person->stream);
  relay_free (person->relay);
  g_hash_table_unref (person->asked_of_us);
  g_free (person->jid);
  g_free (person->password);
}

/* --- the weather --- */

static void
enter (Storm *storm, Phase phase)
{
  storm->phase = phase;
  storm->since = g_get_monotonic_time ();
}

static gboolean
lasted (const Storm *storm, guint ms)
{
  return g_get_monotonic_time () - storm->since >= (gint64) ms * 1000;
}

static void
both (Relay *relay, RelayMode mode)
{
  relay_set (relay, RELAY_TO_SERVER, mode);
  relay_set (relay, RELAY_TO_CLIENT, mode);
}

/* Once in five rounds or so the session expires, until that happened often enough. */
static gboolean
is_expiry (const Storm *storm)
{
  guint every = (storm->cuts + storm->expiries) / MAX (storm->expiries, 1);
  return storm->expired < storm->expiries &&
         (storm->round % every == every - 1 || storm->round >= storm->cuts + storm->expiries);
}

static void
strike (Storm *storm)
{
  Relay *relay = storm->victim->relay;
  storm->online_then = storm->victim->online;
  storm->grace = 60;
  enter (storm, STRUCK);
  if (is_expiry (storm)) {
    /* So that there is something to repeat: what we say, and by turns what we hear, or that we
     * heard it. */
    relay_set (relay, RELAY_TO_SERVER, RELAY_SWALLOW);
    relay_set (relay, RELAY_TO_CLIENT, storm->expired % 2 ? RELAY_SWALLOW : RELAY_PASS);
    return;
  }
  switch ((Cut) g_rand_int_range (storm->chance, 0, N_CUTS)) {
  case CUT_RESET:
    relay_cut (relay, RELAY_RESET);
    break;
  case CUT_CLOSE:
    relay_cut (relay, RELAY_CLOSE);
    break;
  case CUT_AT_BYTE_OUT:
    relay_cut_after (relay, RELAY_TO_SERVER, (gsize) g_rand_int_range (storm->chance, 1, 3000));
    break;
  case CUT_AT_BYTE_IN:
    relay_cut_after (relay, RELAY_TO_CLIENT, (gsize) g_rand_int_range (storm->chance, 1, 3000));
    break;
  case CUT_AFTER_LOSS_OUT:
    relay_set (relay, RELAY_TO_SERVER, RELAY_SWALLOW);
    break;
  case CUT_AFTER_LOSS_IN:
    relay_set (relay, RELAY_TO_CLIENT, RELAY_SWALLOW);
    break;
  default:
    both (relay, RELAY_HOLD);
    if (storm->round % 4 == 0) /* the others would take two seconds each, too */
      storm->grace = 10000;
  }
}

/* Both speak on while it happens; what did not happen by itself is brought about. */
static void
be_struck (Storm *storm)
{
  Relay *relay = storm->victim->relay;
  gboolean held = relay_connections (relay) > 0 && storm->victim->online == storm->online_then;
  if (held && !lasted (storm, storm->grace))
    return;
  if (held)
    relay_cut (relay, RELAY_RESET);
  relay_cut_after (relay, RELAY_TO_SERVER, 0);
  relay_cut_after (relay, RELAY_TO_CLIENT, 0);
  both (relay, is_expiry (storm) ? RELAY_HOLD : RELAY_PASS);
  enter (storm, is_expiry (storm) ? AWAY : BACK);
}

static void
be_away (Storm *storm)
{
  if (!lasted (storm, storm->forgets))
    return;
  both (storm->victim->relay, RELAY_PASS);
  enter (storm, BACK);
}

static void
next_round (Storm *storm)
{
  guint rounds = storm->cuts + storm->expiries;
  storm->round++;
  storm->victim = &storm->people[g_rand_boolean (storm->chance)];
  for (guint i = 0; i < 2; i++)
    for (RelayWay way = 0; way < RELAY_N_WAYS; way++)
      relay_delay (storm->people[i].relay, way,
                   g_rand_boolean (storm->chance) ? (guint) g_rand_int_range (storm->chance, 0, 10)
                                                  : 0);
  storm->until = MIN (storm->messages, storm->messages * storm->round / rounds);
  ask (&storm->people[0]);
  ask (&storm->people[1]);
  enter (storm, CALM);
}

static void
come_back (Storm *storm)
{
  Person *victim = storm->victim;
  if (victim->online == storm->online_then)
    return;
  guint fresh = 0;
  for (guint i = 0; i < 2; i++)
    fresh += storm->people[i].online - storm->people[i].resumed - 1;
  storm->expired = fresh;
  next_round (storm);
}

/* --- the clock --- */

static gboolean
is_over (const Storm *storm)
{
  const Person *people = storm->people;
  return people[0].lost + people[1].lost >= storm->cuts + storm->expiries &&
         storm->expired >= storm->expiries && people[0].heard == storm->messages &&
         people[1].heard == storm->messages;
}

static void
speak (Storm *storm)
{
  for (guint i = 0; i < 2; i++) {
    Person *person = &storm->people[i];
    guint most = MIN (storm->messages, storm->until + storm->messages / 20);
    if (storm->phase == CALM)
      most = storm->until;
    if (person->said < most && person->said < other (person)->heard + PATIENT)
      say (person);
  }
}

static gboolean
tick (gpointer user)
{
  Storm *storm = user;
  speak (storm);
  gboolean said = storm->people[0].said >= MIN (storm->until, storm->people[1].heard + PATIENT) &&
                  storm->people[1].said >= MIN (storm->until, storm->people[0].heard + PATIENT);
  if (is_over (storm)) {
    g_main_loop_quit (storm->loop);
    return G_SOURCE_REMOVE;
  }
  if (storm->phase == CALM && said && storm->victim->online > 0 &&
      relay_connections (storm->victim->relay) > 0)
    strike (storm);
  else if (storm->phase == STRUCK)
    be_struck (storm);
  else if (storm->phase == AWAY)
    be_away (storm);
  else if (storm->phase == BACK)
    come_back (storm);
  return G_SOURCE_CONTINUE;
}

static void
tell (const Storm *storm, const char *event)
{
  printf ("{\"event\": \"%s\", \"rounds\": %u, \"expired\": %u", event, storm->round,
          storm->expired);
  for (guint i = 0; i < 2; i++) {
    const Person *person = &storm->people[i];
    printf (", \"%s\": {\"said\": %u, \"heard\": %u, \"lost\": %u, \"resumed\": %u, \"asked\": %u, "
            "\"settled\": %u, \"died\": %u, \"phase\": %u}",
            person->name, person->said, person->heard, person->lost, person->resumed, person->asked,
            person->settled, person->died, storm->phase);
  }
  printf ("}\n");
  fflush (stdout);
}

static gboolean
too_late (gpointer user)
{
  tell (user, "stuck");
  exit (1);
}

static guint
number (const char *key)
{
  return (guint) strtoul (getenv (key), NULL, 10);
}

int
main (void)
{
  Storm storm = { .chance = g_rand_new_with_seed (number ("PEAL_CUTS_SEED")),
                  .loop = g_main_loop_new (NULL, FALSE),
                  .messages = number ("PEAL_CUTS_MESSAGES"),
                  .cuts = number ("PEAL_CUTS_CUTS"),
                  .expiries = number ("PEAL_CUTS_EXPIRIES"),
                  .forgets = number ("PEAL_CUTS_FORGETS") };
  person_init (&storm.people[0], &storm, "a");
  person_init (&storm.people[1], &storm, "b");
  next_round (&storm);
  guint ticks = g_timeout_add (2, tick, &storm);
  guint deadline = g_timeout_add_seconds (300, too_late, &storm);
  g_main_loop_run (storm.loop);
  tell (&storm, "done");
  for (guint i = 0; i < 2; i++)
    peal_stream_close (storm.people[i].stream);
  while (storm.people[0].online || storm.people[1].online)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
  (void) ticks;
  person_clear (&storm.people[0]);
  person_clear (&storm.people[1]);
  g_rand_free (storm.chance);
  g_main_loop_unref (storm.loop);
  return 0;
}
