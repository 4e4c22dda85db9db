/* What every command with a server has: it is made, runs a main loop, and ends with a status.
 *
 * One enum says how far it is. Everything is freed in the opposite order of its making, and nothing
 * of it while the loop still runs. */
// SPDX-License-Identifier: MIT
#include "cli/client.h"

#include <glib-unix.h>
#include <signal.h>

#include "cli/way.h"
#include "signaling/wire/jid.h"

#define FAREWELL     3    /* s for the stream to close */
#define LONGEST_STEP 3600 /* s that a server may keep us waiting, whatever was typed */

typedef enum {
  FAILED = 0, /* cannot begin: the ending is set already */
  STARTING,   /* no session yet: what goes wrong ends the command */
  RUNNING,
  ENDING, /* finished; the stream says good-bye */
  OVER,
} State;

struct PealClient {
  PealClientSetup setup;
  State state;
  PealPrinter *printer;
  gboolean own_printer;
  PealTrace *trace;
  PealStream *stream;
  PealCaps *caps;
  PealPresences *presences;
  PealRoster *roster;
  PealMessages *messages;
  PealServices *services;
  GMainLoop *loop;
  guint sources[4]; /* two signals, the farewell, and a terminal that is closed */
  gboolean lost;    /* the session of before, and the user was told */
  int signal;       /* the first that came, or 0 */
  PealEvent ended;
  char *text, *hint; /* of the failure */
};

/* --- ending --- */

static gboolean
leave (gpointer user)
{
  PealClient *client = user;

  client->state = OVER;
  g_main_loop_quit (client->loop);
  return G_SOURCE_CONTINUE;
}

/* Takes what was said of the ending, and says good-bye. */
static void
end (PealClient *client, const char *text, const char *hint)
{
  gboolean connected = client->state == STARTING || client->state == RUNNING;

  client->text = g_strdup (text);
  client->hint = g_strdup (hint);
  if (!connected)
    return;
  client->state = ENDING;
  client->sources[2] = g_timeout_add_seconds (FAREWELL, leave, client);
  peal_stream_close (client->stream);
}

void
peal_client_finish (PealClient *client, PealCause cause, const char *text, const char *hint)
{
  if (client->ended.kind)
    return;
  peal_event_init (&client->ended, PEAL_EVENT_ENDED);
  client->ended.cause = cause;
  client->ended.reason = g_strdup (text);
  end (client, text, hint);
}

void
peal_client_finish_call (PealClient *client, PealEvent *ended, const char *text, const char *hint)
{
  if (client->ended.kind)
    return;
  client->ended = *ended; /* all of it: strings and all */
  peal_event_init (ended, PEAL_EVENT_ENDED);
  end (client, text, hint);
}

/* The sentence of @why says what to do, too. */
static void
finish_with (PealClient *client, const GError *why)
{
  PealCause cause = why->domain == PEAL_CAUSE ? (PealCause) why->code : PEAL_CAUSE_INTERNAL;
  gboolean first = !client->ended.kind;

  peal_client_finish (client, cause, why->message, NULL);
  if (first)
    client->ended.failure = g_strdup (peal_cause_failure (why));
}

/* --- the stream --- */

static void
stream_online (gpointer user, const char *jid, const char *server, const char *tls,
               gboolean resumed)
{
  PealClient *client = user;
  PealEvent event;

  if (client->state == STARTING)
    client->state = RUNNING;
  peal_event_init (&event, PEAL_EVENT_ONLINE);
  event.jid = g_strdup (jid);
  event.server = g_strdup (server);
  event.tls = g_strdup (tls);
  event.resumed = resumed;
  event.reason = g_strdup (client->lost && !resumed ? "in a new session" : NULL);
  client->lost = FALSE;
  peal_printer_event (client->printer, &event);
  peal_event_clear (&event);
  if (client->state == RUNNING && !resumed && client->setup.online)
    client->setup.online (client->setup.user);
}

static void
stream_offline (gpointer user, const GError *why)
{
  PealClient *client = user;
  PealEvent event;

  if (client->state == STARTING) {
    finish_with (client, why);
    return;
  }
  if (client->state != RUNNING)
    return;
  client->lost = TRUE;
  peal_event_init (&event, PEAL_EVENT_OFFLINE);
  event.reason = g_strdup (why->message);
  event.failure = g_strdup (peal_cause_failure (why));
  peal_printer_event (client->printer, &event);
  peal_event_clear (&event);
}

static void
stream_closed (gpointer user, const GError *why)
{
  PealClient *client = user;

  leave (client);
  if (why)
    finish_with (client, why);
}

static void
trace_stanza (gpointer user, gboolean outgoing, const char *xml, gsize length)
{
  peal_trace_stanza (user, outgoing, xml, length);
}

static void
trace_transition (gpointer user, const char *machine, const char *id, const char *from,
                  const char *to)
{
  peal_trace_transition (user, machine, id, from, to);
}

/* --- signals --- */

static gboolean
signalled (PealClient *client, int number)
{
  if (client->signal || client->state == ENDING)
    return leave (client);
  client->signal = number;
  if (client->setup.interrupted && client->state == RUNNING)
    client->setup.interrupted (client->setup.user);
  else
    peal_client_finish (client, PEAL_CAUSE_CANCELLED, NULL, NULL);
  return G_SOURCE_CONTINUE;
}

static gboolean
interrupted (gpointer user)
{
  return signalled (user, SIGINT);
}

static gboolean
terminated (gpointer user)
{
  return signalled (user, SIGTERM);
}

/* The kernel and the shell may both say so: the second time is no second wish. */
static gboolean
hung_up (gpointer user)
{
  PealClient *client = user;

  return client->signal ? G_SOURCE_CONTINUE : signalled (client, SIGHUP);
}

/* nohup(1) is for those who want it passed over. */
static gboolean
ignores (int number)
{
  struct sigaction now;

  return sigaction (number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* --- making it --- */

/* Random for a person: who cannot guess a full address cannot probe whether it is there. */
static char *
choose_resource (const PealOptions *options, const char *jid)
{
  if (options->resource)
    return g_strdup (options->resource);
  return peal_jid_resource (jid)
             ? NULL
             : g_strdup_printf ("peal.%08x%08x", g_random_int (), g_random_int ());
}

static void
make_rooms (PealClient *client)
{
  PealPort *port = peal_stream_port (client->stream);

  client->caps = peal_caps_new (port, client->setup.features);
  /* Roster first, then presence: else the server pushes to us before we know of whom (RFC 6121
   * §2.2). Each asks in the order of its making. */
  client->roster = peal_roster_new (port);
  client->messages = peal_messages_new (port);
  client->presences = peal_presences_new (port, client->caps);
  peal_presences_know (client->presences, client->roster);
  client->services = peal_services_new (port);
  peal_presences_available (client->presences, client->setup.priority, NULL, NULL);
}

static gboolean
make (PealClient *client, GError **error)
{
  static const PealStreamEvents events = { stream_online, stream_offline, stream_closed };
  const PealOptions *options = client->setup.options;

  client->own_printer = !client->setup.printer;
  client->printer = client->own_printer ? peal_printer_new (options, error) : client->setup.printer;
  if (!client->printer)
    return FALSE;
  if (options->trace && !(client->trace = peal_trace_open (options->trace, error)))
    return FALSE;
  g_autoptr(PealAccount) chosen =
      client->setup.account ? NULL : peal_account_choose (options, error);
  const PealAccount *account = chosen ? chosen : client->setup.account;
  if (!account)
    return FALSE;
  g_autoptr(PealWay) way = peal_way_new (options, account->jid, error);
  if (!way)
    return FALSE;
  g_autofree char *resource = choose_resource (options, account->jid);
  const PealStreamSetup setup = {
    .jid = account->jid,
    .password = account->password,
    .server = options->server,
    .tls = (PealTlsMode) options->tls,
    .insecure = options->insecure,
    .ca_file = options->ca,
    .proxy = way->proxy,
    .pins = way->pins,
    .certificate = way->certificate,
    .resource = resource,
    .any_resource = !options->resource && !peal_jid_resource (account->jid),
    .step_ms = (guint) (MIN (options->connect_timeout, LONGEST_STEP) * 1000),
    .trace = client->trace ? trace_stanza : NULL,
    .transition = client->trace ? trace_transition : NULL,
    .trace_user = client->trace,
  };
  client->state = STARTING;
  client->stream = peal_stream_new (&setup, &events, client);
  if (!client->setup.bare)
    make_rooms (client);
  return TRUE;
}

PealClient *
peal_client_new (const PealClientSetup *setup)
{
  PealClient *client = g_new0 (PealClient, 1);
  g_autoptr(GError) error = NULL;

  client->setup = *setup;
  client->loop = g_main_loop_new (NULL, FALSE);
  client->sources[0] = g_unix_signal_add (SIGINT, interrupted, client);
  client->sources[1] = g_unix_signal_add (SIGTERM, terminated, client);
  if (!ignores (SIGHUP))
    client->sources[3] = g_unix_signal_add (SIGHUP, hung_up, client);
  if (!make (client, &error))
    finish_with (client, error);
  return client;
}

void
peal_client_free (PealClient *client)
{
  if (!client)
    return;
  peal_services_free (client->services);
  peal_presences_free (client->presences);
  peal_messages_free (client->messages);
  peal_roster_free (client->roster);
  peal_caps_free (client->caps);
  peal_stream_free (client->stream);
  for (gsize i = 0; i < G_N_ELEMENTS (client->sources); i++)
    if (client->sources[i])
      g_source_remove (client->sources[i]);
  g_main_loop_unref (client->loop);
  peal_trace_close (client->trace);
  if (client->own_printer)
    peal_printer_free (client->printer);
  peal_event_clear (&client->ended);
  g_free (client->text);
  g_free (client->hint);
  g_free (client);
}

/* --- running it --- */

int
peal_client_run (PealClient *client)
{
  if (client->state != FAILED && client->state != OVER)
    g_main_loop_run (client->loop);
  if (!client->ended.kind) /* a second signal was faster */
    peal_client_finish (client, PEAL_CAUSE_CANCELLED, NULL, NULL);
  if (client->signal)
    client->ended.status = 128 + client->signal;
  if (client->printer)
    return peal_printer_end (client->printer, &client->ended, client->text, client->hint);
  /* Its own files cannot be opened; there is still stderr. */
  g_printerr ("peal: %s\n", client->text);
  return peal_cause_status (client->ended.cause);
}

gboolean
peal_client_works (PealClient *client)
{
  return client->state != FAILED;
}

void
peal_client_event (PealClient *client, const PealEvent *event)
{
  if (client->printer)
    peal_printer_event (client->printer, event);
}

/* --- the parts --- */

PealPort *
peal_client_port (PealClient *client)
{
  return client->stream ? peal_stream_port (client->stream) : NULL;
}

PealCaps *
peal_client_caps (PealClient *client)
{
  return client->caps;
}

PealPresences *
peal_client_presences (PealClient *client)
{
  return client->presences;
}

PealRoster *
peal_client_roster (PealClient *client)
{
  return client->roster;
}

PealPrinter *
peal_client_printer (PealClient *client)
{
  return client->printer;
}

static void
print_event (gpointer user, const PealEvent *event)
{
  peal_client_event (user, event);
}

void
peal_client_fill (PealClient *client, PealEndpointSetup *setup)
{
  setup->port = peal_client_port (client);
  setup->caps = client->caps;
  setup->presences = client->presences;
  setup->roster = client->roster;
  setup->messages = client->messages;
  setup->services = client->services;
  setup->trace = client->trace;
  if (!setup->event) {
    setup->event = print_event;
    setup->user = client;
  }
}

static gboolean
add_services (GPtrArray *list, char *const *urls, const char *password, GError **error)
{
  for (; urls && *urls; urls++) {
    g_autoptr(GError) why = NULL;
    PealService *service = peal_service_from_url (*urls, password, &why);
    if (!service) {
      g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, why->message);
      return FALSE;
    }
    g_ptr_array_add (list, service);
  }
  return TRUE;
}

GPtrArray *
peal_client_services_of (const PealOptions *options, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_service_free);
  g_autofree char *password = options->turn ? peal_account_turn_password (options) : NULL;

  if ((!options->stun && !options->turn) || !add_services (list, options->stun, NULL, error) ||
      !add_services (list, options->turn, password, error))
    return NULL;
  return g_steal_pointer (&list);
}

PealCallPolicy
peal_client_policy (const PealOptions *options, GPtrArray *services)
{
  return (PealCallPolicy) {
    .encryption = (PealEncryption) options->encryption,
    .privacy = (PealPrivacy) options->privacy,
    .services = services,
    .relay_only = options->relay_only,
    .no_trickle = options->no_trickle,
    .method = g_strcmp0 (options->transport, "auto") ? options->transport : NULL,
    .bind_address = options->bind,
    .ring_timeout = (guint) options->ring_timeout,
  };
}
