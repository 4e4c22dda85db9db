/* Racing to a server. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "signaling/stream/failure.h"
#include "signaling/stream/targets.h"

#define PACE_MS 250 /* RFC 8305 §5 */

/* Lives as the data of its task; every operation under way holds the task. */
typedef struct {
  char *domain;
  PealProxy *proxy;  /* may be NULL */
  GPtrArray *failed; /* of char *: targets to pass over; may be NULL */
  GSocketClient *client;
  GCancellable *race; /* ends all operations once one has won */
  gulong outer;       /* handler on the caller's cancellable */
  GPtrArray *targets; /* of PealTarget */
  guint next, open;   /* targets not tried yet start here; connections under way */
  GSource *pace;
  GError *error;    /* of the attempt that tells most so far: one of PealFailure */
  guint telling;    /* how much it tells */
  gboolean passing; /* a proxy was reached */
  void (*awaits) (gpointer user, const char *what);
  gpointer user;
  gboolean settled;
} Dial;

typedef struct {
  GTask *task;
  const PealTarget *target;
  GSocketConnection *connection; /* to the proxy */
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
  g_free (dial->domain);
  peal_proxy_unref (dial->proxy);
  g_clear_pointer (&dial->failed, g_ptr_array_unref);
  g_clear_pointer (&dial->targets, g_ptr_array_unref);
  g_object_unref (dial->client);
  g_object_unref (dial->race);
  g_clear_error (&dial->error);
  g_free (dial);
}

static void
step_free (Step *step)
{
  g_object_unref (step->task);
  g_clear_object (&step->connection);
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

/* --- what went wrong --- */

/* From what tells least to what tells most: who is there and says no has been reached at least. */
static const PealFailure telling[] = {
  PEAL_FAILURE_NO_ADDRESS,    PEAL_FAILURE_NO_RESOLVER, PEAL_FAILURE_NO_ROUTE,
  PEAL_FAILURE_SILENT,        PEAL_FAILURE_BROKEN,      PEAL_FAILURE_PORT_REFUSED,
  PEAL_FAILURE_PROXY_REFUSED, PEAL_FAILURE_PROXY_DOWN,  PEAL_FAILURE_PROXY_AUTH,
};
#define SILENT_TELLS 4 /* its place, from 1 */

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

/* Of what GLib said of a connection to @name. */
static GError *
explain (const Dial *dial, const char *name, const GError *error)
{
  static const char *const sentences[PEAL_N_FAILURES] = {
    [PEAL_FAILURE_NO_ADDRESS] = "cannot be found; check the spelling",
    [PEAL_FAILURE_NO_RESOLVER] = "cannot be looked up; check the network",
    [PEAL_FAILURE_NO_ROUTE] = "cannot be reached from here; check that this machine is online",
    [PEAL_FAILURE_PORT_REFUSED] = "refuses the connection, nobody listens there; try again later",
    [PEAL_FAILURE_SILENT] = "does not answer; check the network",
    [PEAL_FAILURE_BROKEN] = "cannot be connected to; check the network",
  };
  PealFailure failure = failure_of (error);
  return peal_failure_new (failure,
                           "%s, the server of %s, %s, or name another server with "
                           "--server (%s)",
                           name, dial->domain, sentences[failure], error->message);
}

static GError *
explain_proxy (const Dial *dial, const GError *error)
{
  return peal_failure_new (
      PEAL_FAILURE_PROXY_DOWN,
      "the proxy %s cannot be reached: %s; check --proxy (or ALL_PROXY), or do "
      "without: --proxy none",
      peal_proxy_where (dial->proxy), error->message);
}

/* Keeps what tells most; of equals the first, which SRV prefers. Takes @error. */
static void
learn (Dial *dial, GError *error)
{
  guint tells = G_N_ELEMENTS (telling);
  while (tells > 0 && strcmp (peal_failure_word (telling[tells - 1]), peal_cause_failure (error)))
    tells--;
  if (tells <= dial->telling) {
    g_error_free (error);
    return;
  }
  dial->telling = tells;
  g_clear_error (&dial->error);
  dial->error = error;
}

/* --- the race --- */

static void start_next (GTask *task);

static void
won (Step *step, GSocketConnection *connection)
{
  Dial *dial = g_task_get_task_data (step->task);
  if (!settle (step->task))
    return;
  PealDialed *dialed = g_new0 (PealDialed, 1);
  dialed->connection = g_object_ref (connection);
  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_NODELAY, 1,
                       NULL);
  dialed->direct = step->target->direct;
  dialed->more = dial->targets->len > 1;
  dialed->proxied = dial->proxy != NULL;
  dialed->where = peal_target_name (step->target);
  g_task_return_pointer (step->task, dialed, (GDestroyNotify) peal_dialed_free);
}

/* Of those that were cancelled nothing is known but that they are silent. */
static void
give_up (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);
  gboolean cancelled = g_cancellable_is_cancelled (g_task_get_cancellable (task));
  if (dial->error && (!cancelled || dial->telling > SILENT_TELLS))
    fail (task, g_steal_pointer (&dial->error));
  else
    fail (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
}

/* An attempt failed: @error (taken), one of PealFailure, or NULL when it was cancelled. */
static void
lost (Step *step, GError *error)
{
  Dial *dial = g_task_get_task_data (step->task);
  dial->open--;
  if (error)
    learn (dial, error);
  if (dial->settled)
    return;
  if (dial->next < dial->targets->len && !g_cancellable_is_cancelled (dial->race))
    start_next (step->task);
  else if (dial->open == 0)
    give_up (step->task);
}

static void
on_passed (GObject *source, GAsyncResult *result, gpointer user)
{
  g_autoptr(Step) step = user;
  g_autoptr(GError) error = NULL;
  if (peal_proxy_pass_finish (result, &error))
    won (step, step->connection);
  else
    lost (step, error->domain == PEAL_CAUSE ? g_steal_pointer (&error) : NULL);
}

static void
pass (Step *step)
{
  Dial *dial = g_task_get_task_data (step->task);
  PealProxyWish wish = { .proxy = dial->proxy,
                         .base = G_IO_STREAM (step->connection),
                         .host = step->target->host,
                         .port = step->target->port };
  if (!dial->passing && !g_cancellable_is_cancelled (dial->race))
    dial->awaits (dial->user, "the proxy's answer");
  dial->passing = TRUE;
  peal_proxy_pass (&wish, dial->race, on_passed, step);
}

static void
on_connected (GObject *client, GAsyncResult *result, gpointer user)
{
  g_autoptr(Step) step = user;
  Dial *dial = g_task_get_task_data (step->task);
  g_autoptr(GError) error = NULL;
  step->connection = g_socket_client_connect_finish (dial->client, result, &error);
  if (step->connection && dial->proxy) {
    pass (g_steal_pointer (&step));
  } else if (step->connection) {
    won (step, step->connection);
  } else if (g_cancellable_is_cancelled (dial->race)) {
    lost (step, NULL);
  } else {
    g_autofree char *name = peal_target_name (step->target);
    lost (step, dial->proxy ? explain_proxy (dial, error) : explain (dial, name, error));
  }
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
  Step *step = g_new0 (Step, 1);
  step->task = g_object_ref (task);
  step->target = dial->targets->pdata[dial->next++];
  dial->open++;
  g_autoptr(GSocketConnectable) address =
      dial->proxy ? peal_proxy_address (dial->proxy)
                  : g_network_address_new (step->target->host, step->target->port);
  g_socket_client_connect_async (dial->client, address, dial->race, on_connected, step);
  if (dial->next == dial->targets->len)
    return;
  dial->pace = g_timeout_source_new (PACE_MS);
  g_source_set_callback (dial->pace, on_pace, g_object_ref (task), g_object_unref);
  g_source_attach (dial->pace, g_task_get_context (task));
}

/* --- before it --- */

static void
leave_failed_out (Dial *dial)
{
  for (guint i = dial->targets->len; dial->failed && i-- > 0;) {
    g_autofree char *name = peal_target_name (dial->targets->pdata[i]);
    if (g_ptr_array_find_with_equal_func (dial->failed, name, g_str_equal, NULL))
      g_ptr_array_remove_index (dial->targets, i);
  }
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user)
{
  g_autoptr(GTask) task = user;
  Dial *dial = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  dial->targets = peal_targets_finish (result, &error);
  if (!dial->targets) {
    fail (task, g_steal_pointer (&error));
    return;
  }
  leave_failed_out (dial);
  if (dial->targets->len == 0) {
    fail (task, peal_failure_new (PEAL_FAILURE_NO_ADDRESS,
                                  "%s names no other server; try again later", dial->domain));
    return;
  }
  dial->awaits (dial->user, dial->proxy ? "a TCP connection to the proxy" : "a TCP connection");
  start_next (task);
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
  dial->domain = g_strdup (setup->domain);
  dial->proxy = setup->proxy ? peal_proxy_ref (setup->proxy) : NULL;
  dial->failed = setup->failed ? g_ptr_array_ref (setup->failed) : NULL;
  dial->awaits = setup->awaits;
  dial->user = setup->user;
  dial->client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (dial->client, FALSE); /* libproxy would obey http_proxy */
  dial->race = g_cancellable_new ();
  return dial;
}

void
peal_dial (const PealDialSetup *setup, GCancellable *cancellable, GAsyncReadyCallback done,
           gpointer user)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, done, user);
  Dial *dial = dial_new (setup);
  PealTargetsSetup targets = { .domain = setup->domain,
                               .server = setup->server,
                               .tls = setup->tls,
                               .unasked = setup->proxy != NULL };
  g_task_set_check_cancellable (task, FALSE); /* what is known by then is told */
  g_task_set_task_data (task, dial, dial_free);
  dial->outer = g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled),
                                       g_object_ref (dial->race), g_object_unref);
  if (peal_targets_asks (&targets))
    dial->awaits (dial->user, "the name server's answer (SRV)");
  peal_targets_find (&targets, dial->race, on_found, g_object_ref (task));
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
