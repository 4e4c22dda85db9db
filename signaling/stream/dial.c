/* Looking a server up and racing to it. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/dial.h"

#include "signaling/stream/failure.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define PACE_MS     250 /* RFC 8305 §5 */
#define MAX_TARGETS 16
#define PORT        5222
#define PORT_DIRECT 5223

typedef struct {
  char *host;
  guint16 port;
  gboolean direct;
} Target;

/* Lives as the data of its task; every operation under way holds the task. */
typedef struct {
  char *domain, *server;
  PealTlsMode tls;
  GPtrArray *failed; /* of char *: targets to pass over; may be NULL */
  GSocketClient *client;
  GCancellable *race;   /* ends all operations once one has won */
  gulong outer;         /* handler on the caller's cancellable */
  guint lookups;        /* under way */
  GList *records;       /* of GSrvTarget */
  GHashTable *direct;   /* set: those of @records that are xmpps-client */
  GError *lookup_error; /* other than "there are none" */
  gboolean refused;     /* by the target "." */
  GPtrArray *targets;   /* of Target */
  guint next, open;     /* targets not tried yet start here; connections under way */
  GSource *pace;
  GError *error; /* of the attempt that tells most so far: one of PealFailure */
  guint telling; /* how much it tells */
  void (*awaits) (gpointer user, const char *what);
  gpointer user;
  gboolean settled;
} Dial;

typedef struct {
  GTask *task;
  const Target *target; /* or */
  gboolean direct;      /* the lookup was for xmpps-client */
} Step;

void
peal_dialed_free (PealDialed *dialed)
{
  if (!dialed)
    return;
  g_clear_object (&dialed->connection);
  g_free (dialed->where);
  g_free (dialed);
}

static void
target_free (gpointer data)
{
  Target *target = data;
  g_free (target->host);
  g_free (target);
}

static void
stop_pace (Dial *dial)
{
  if (!dial->pace)
    return;
  g_source_destroy (dial->pace);
  g_clear_pointer (&dial->pace, g_source_unref);
}

static void
dial_free (gpointer data)
{
  Dial *dial = data;
  stop_pace (dial);
  g_clear_pointer (&dial->failed, g_ptr_array_unref);
  g_free (dial->domain);
  g_free (dial->server);
  g_object_unref (dial->client);
  g_object_unref (dial->race);
  g_hash_table_unref (dial->direct);
  g_resolver_free_targets (dial->records);
  g_ptr_array_unref (dial->targets);
  g_clear_error (&dial->lookup_error);
  g_clear_error (&dial->error);
  g_free (dial);
}

static Step *
step_new (GTask *task)
{
  Step *step = g_new0 (Step, 1);
  step->task = g_object_ref (task);
  return step;
}

static void
step_free (Step *step)
{
  g_object_unref (step->task);
  g_free (step);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

/* Ends the task once, one way or the other. */
static gboolean
settle (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  if (dial->settled)
    return FALSE;
  dial->settled = TRUE;
  stop_pace (dial);
  g_cancellable_disconnect (g_task_get_cancellable (task), dial->outer);
  g_cancellable_cancel (dial->race);
  return TRUE;
}

/* Takes @error. */
static void
fail (GTask *task, GError *error)
{
  if (settle (task))
    g_task_return_error (task, error);
  else
    g_error_free (error);
}

/* "xmpp.example.org:5222", for g_free. */
static char *
where (const char *host, guint16 port)
{
  return g_strdup_printf (strchr (host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

static void
add_target (Dial *dial, const char *host, guint16 port, gboolean direct)
{
  g_autofree char *name = where (host, port);
  gboolean failed =
      dial->failed && g_ptr_array_find_with_equal_func (dial->failed, name, g_str_equal, NULL);
  if (failed || dial->targets->len == MAX_TARGETS)
    return;
  Target *target = g_new0 (Target, 1);
  target->host = g_strdup (host);
  target->port = port;
  target->direct = direct;
  g_ptr_array_add (dial->targets, target);
}

/* --- what went wrong --- */

/* From what tells least to what tells most: who is there and says no has been reached at least. */
static const PealFailure telling[] = {
  PEAL_FAILURE_NO_ADDRESS, PEAL_FAILURE_NO_RESOLVER, PEAL_FAILURE_NO_ROUTE,
  PEAL_FAILURE_SILENT,     PEAL_FAILURE_BROKEN,      PEAL_FAILURE_PORT_REFUSED,
};

/* From 1. */
static guint
rank (PealFailure failure)
{
  guint told = 0;
  while (telling[told] != failure)
    told++;
  return told + 1;
}

static PealFailure
failure_of (const GError *error)
{
  if (error->domain == G_RESOLVER_ERROR)
    return error->code == G_RESOLVER_ERROR_NOT_FOUND ? PEAL_FAILURE_NO_ADDRESS
                                                     : PEAL_FAILURE_NO_RESOLVER;
  if (error->domain != G_IO_ERROR)
    return PEAL_FAILURE_BROKEN;
  switch (error->code) {
  case G_IO_ERROR_CONNECTION_REFUSED:
    return PEAL_FAILURE_PORT_REFUSED;
  case G_IO_ERROR_NETWORK_UNREACHABLE:
  case G_IO_ERROR_HOST_UNREACHABLE:
  case G_IO_ERROR_PERMISSION_DENIED: /* by a packet filter here */
    return PEAL_FAILURE_NO_ROUTE;
  case G_IO_ERROR_TIMED_OUT:
    return PEAL_FAILURE_SILENT;
  default:
    return PEAL_FAILURE_BROKEN;
  }
}

static GError *
sentence (const Dial *dial, PealFailure failure, const char *name, const char *why)
{
  switch (failure) {
  case PEAL_FAILURE_NO_ADDRESS:
    return peal_failure_new (failure,
                             "the server of %s has no address: %s; check the spelling, or name the "
                             "server with --server",
                             dial->domain, why);
  case PEAL_FAILURE_NO_RESOLVER:
    return peal_failure_new (failure,
                             "the server of %s cannot be looked up: %s; check the network, or name "
                             "the server with --server",
                             dial->domain, why);
  case PEAL_FAILURE_NO_ROUTE:
    return peal_failure_new (
        failure,
        "the network knows no way to %s for %s: %s; check that this machine is "
        "online",
        name, dial->domain, why);
  case PEAL_FAILURE_PORT_REFUSED:
    return peal_failure_new (failure,
                             "nobody listens at %s for %s: %s; try again later, or name another "
                             "server with --server",
                             name, dial->domain, why);
  case PEAL_FAILURE_SILENT:
    return peal_failure_new (failure,
                             "%s does not answer for %s: %s; check the network, or name another "
                             "server with --server",
                             name, dial->domain, why);
  default:
    return peal_failure_new (failure,
                             "no connection to %s for %s: %s; check the network, or name another "
                             "server with --server",
                             name, dial->domain, why);
  }
}

/* Keeps what tells most; of equals the first, which SRV prefers. */
static void
learn (Dial *dial, const Target *target, const GError *error)
{
  PealFailure failure = failure_of (error);
  guint told = rank (failure);
  if (told <= dial->telling)
    return;
  g_autofree char *name = where (target->host, target->port);
  dial->telling = told;
  g_clear_error (&dial->error);
  dial->error = sentence (dial, failure, name, error->message);
}

/* --- the race --- */

static void start_next (GTask *task);

static void
won (GTask *task, const Target *target, GSocketConnection *connection)
{
  if (!settle (task)) {
    g_object_unref (connection);
    return;
  }
  Dial *dial = g_task_get_task_data (task);
  PealDialed *dialed = g_new0 (PealDialed, 1);
  dialed->connection = connection;
  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_NODELAY, 1,
                       NULL);
  dialed->direct = target->direct;
  dialed->more = dial->targets->len > 1;
  dialed->where = where (target->host, target->port);
  g_task_return_pointer (task, dialed, (GDestroyNotify) peal_dialed_free);
}

/* Of those that were cancelled nothing is known but that they are silent. */
static void
give_up (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  gboolean cancelled = g_cancellable_is_cancelled (g_task_get_cancellable (task));
  if (dial->error && (!cancelled || dial->telling > rank (PEAL_FAILURE_SILENT)))
    fail (task, g_steal_pointer (&dial->error));
  else
    fail (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
}

static void
on_connected (GObject *client, GAsyncResult *result, gpointer user)
{
  g_autoptr(Step) step = user;
  Dial *dial = g_task_get_task_data (step->task);
  g_autoptr(GError) error = NULL;
  GSocketConnection *connection = g_socket_client_connect_finish (dial->client, result, &error);
  dial->open--;
  if (connection) {
    won (step->task, step->target, connection);
    return;
  }
  if (dial->settled)
    return;
  gboolean cancelled = g_cancellable_is_cancelled (dial->race);
  if (!cancelled)
    learn (dial, step->target, error);
  if (dial->next < dial->targets->len && !cancelled)
    start_next (step->task);
  else if (dial->open == 0)
    give_up (step->task);
}

static gboolean
on_pace (gpointer user)
{
  start_next (user);
  return G_SOURCE_REMOVE;
}

static void
start_next (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  stop_pace (dial);
  Step *step = step_new (task);
  step->target = dial->targets->pdata[dial->next++];
  dial->open++;
  g_autoptr(GSocketConnectable) address =
      g_network_address_new (step->target->host, step->target->port);
  g_socket_client_connect_async (dial->client, address, dial->race, on_connected, step);
  if (dial->next == dial->targets->len)
    return;
  dial->pace = g_timeout_source_new (PACE_MS);
  g_source_set_callback (dial->pace, on_pace, g_object_ref (task), g_object_unref);
  g_source_attach (dial->pace, g_task_get_context (task));
}

static void
begin_race (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  dial->awaits (dial->user, "a TCP connection");
  start_next (task);
}

/* --- names --- */

static void
choose_targets (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  dial->records = g_srv_target_list_sort (dial->records);
  for (GList *each = dial->records; each; each = each->next)
    add_target (dial, g_srv_target_get_hostname (each->data), g_srv_target_get_port (each->data),
                g_hash_table_contains (dial->direct, each->data));
  if (dial->targets->len == 0 && dial->lookup_error)
    fail (task, sentence (dial, PEAL_FAILURE_NO_RESOLVER, NULL, dial->lookup_error->message));
  else if (dial->targets->len == 0 && dial->records)
    fail (task, peal_failure_new (PEAL_FAILURE_NO_ADDRESS,
                                  "%s names no other server; try again later", dial->domain));
  else if (dial->targets->len == 0 && dial->refused)
    fail (task, peal_failure_new (
                    PEAL_FAILURE_NO_XMPP,
                    "%s says (by its SRV records) that it has no such XMPP service; check the "
                    "address",
                    dial->domain));
  else if (dial->targets->len == 0 && dial->tls == PEAL_TLS_DIRECT)
    add_target (dial, dial->domain, PORT_DIRECT, TRUE);
  else if (dial->targets->len == 0)
    add_target (dial, dial->domain, PORT, FALSE);
  if (!dial->settled)
    begin_race (task);
}

static void
take_records (Dial *dial, GList *records, gboolean direct)
{
  for (GList *each = records; each; each = each->next) {
    const char *host = g_srv_target_get_hostname (each->data);
    if (*host == '\0' || strcmp (host, ".") == 0) { /* RFC 2782: decidedly not available */
      dial->refused = TRUE;
      g_srv_target_free (each->data);
      continue;
    }
    dial->records = g_list_append (dial->records, each->data);
    if (direct)
      g_hash_table_add (dial->direct, each->data);
  }
  g_list_free (records);
}

static void
on_looked_up (GObject *resolver, GAsyncResult *result, gpointer user)
{
  g_autoptr(Step) step = user;
  Dial *dial = g_task_get_task_data (step->task);
  g_autoptr(GError) error = NULL;
  take_records (dial, g_resolver_lookup_service_finish (G_RESOLVER (resolver), result, &error),
                step->direct);
  if (error && !g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND)) {
    g_clear_error (&dial->lookup_error);
    dial->lookup_error = g_steal_pointer (&error);
  }
  if (--dial->lookups > 0 || dial->settled)
    return;
  if (g_cancellable_is_cancelled (dial->race))
    give_up (step->task);
  else
    choose_targets (step->task);
}

static void
look_up (GTask *task, const char *service, gboolean direct)
{
  Dial *dial = g_task_get_task_data (task);
  g_autoptr(GResolver) resolver = g_resolver_get_default ();
  Step *step = step_new (task);
  step->direct = direct;
  dial->lookups++;
  g_resolver_lookup_service_async (resolver, service, "tcp", dial->domain, dial->race, on_looked_up,
                                   step);
}

static void
use_server (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  guint16 port = dial->tls == PEAL_TLS_DIRECT ? PORT_DIRECT : PORT;
  g_autoptr(GSocketConnectable) address = g_network_address_parse (dial->server, port, &error);
  if (!address) {
    fail (task,
          peal_failure_new (PEAL_FAILURE_NO_ADDRESS,
                            "\"%s\" is no server: %s; write HOST, HOST:PORT or [ADDRESS]:PORT",
                            dial->server, error->message));
    return;
  }
  GNetworkAddress *parsed = G_NETWORK_ADDRESS (address);
  port = g_network_address_get_port (parsed);
  gboolean direct =
      dial->tls == PEAL_TLS_DIRECT || (dial->tls == PEAL_TLS_BOTH && port == PORT_DIRECT);
  add_target (dial, g_network_address_get_hostname (parsed), port, direct);
  begin_race (task);
}

/* Addresses and localhost (RFC 6761 §6.3) have no SRV records. */
static gboolean
is_own_address (const char *domain)
{
  return g_hostname_is_ip_address (domain) || g_ascii_strcasecmp (domain, "localhost") == 0;
}

static void
on_outer_cancelled (GCancellable *outer, gpointer race)
{
  g_cancellable_cancel (race);
}

static Dial *
dial_new (const PealDialSetup *setup)
{
  Dial *dial = g_new0 (Dial, 1);
  gsize length = strlen (setup->domain);
  gboolean bracketed = length > 2 && setup->domain[0] == '[' && setup->domain[length - 1] == ']';
  dial->domain = bracketed ? g_strndup (setup->domain + 1, length - 2) : g_strdup (setup->domain);
  dial->server = g_strdup (setup->server);
  dial->tls = setup->tls;
  dial->failed = setup->failed ? g_ptr_array_ref (setup->failed) : NULL;
  dial->awaits = setup->awaits;
  dial->user = setup->user;
  dial->client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (dial->client, FALSE); /* libproxy would obey http_proxy */
  dial->race = g_cancellable_new ();
  dial->direct = g_hash_table_new (NULL, NULL);
  dial->targets = g_ptr_array_new_with_free_func (target_free);
  return dial;
}

void
peal_dial (const PealDialSetup *setup, GCancellable *cancellable, GAsyncReadyCallback done,
           gpointer user)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, done, user);
  Dial *dial = dial_new (setup);
  g_task_set_check_cancellable (task, FALSE); /* what is known by then is told */
  g_task_set_task_data (task, dial, dial_free);
  dial->outer = g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled),
                                       g_object_ref (dial->race), g_object_unref);
  if (dial->server) {
    use_server (task);
  } else if (is_own_address (dial->domain)) {
    choose_targets (task);
  } else {
    dial->awaits (dial->user, "the name server's answer (SRV)");
    if (dial->tls == PEAL_TLS_BOTH || dial->tls == PEAL_TLS_DIRECT)
      look_up (task, "xmpps-client", TRUE);
    if (dial->tls != PEAL_TLS_DIRECT)
      look_up (task, "xmpp-client", FALSE);
  }
}

PealDialed *
peal_dial_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
peal_dial_quick (GIOStream *connection)
{
  if (!G_IS_SOCKET_CONNECTION (connection))
    return;
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection));
  if (g_socket_get_family (socket) != G_SOCKET_FAMILY_UNIX)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_QUICKACK, 1, NULL);
}
