/* Looking a server up. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/targets.h"

#include <string.h>

#include "signaling/stream/failure.h"

#define MAX_TARGETS 16
#define PORT        5222
#define PORT_DIRECT 5223

/* Lives as the data of its task; every operation under way holds the task. */
typedef struct {
  char *domain;
  PealTlsMode tls;
  guint lookups;        /* under way */
  GList *records;       /* of GSrvTarget */
  GHashTable *direct;   /* set: those of @records that are xmpps-client */
  GError *lookup_error; /* other than "there are none" */
  gboolean refused;     /* by the target "." */
  GPtrArray *targets;   /* of PealTarget */
} Search;

typedef struct {
  GTask *task;
  gboolean direct; /* the lookup was for xmpps-client */
} Step;

char *
peal_target_name (const PealTarget *target)
{
  return g_strdup_printf (strchr (target->host, ':') ? "[%s]:%u" : "%s:%u", target->host,
                          target->port);
}

static void
target_free (gpointer data)
{
  PealTarget *target = data;
  g_free (target->host);
  g_free (target);
}

static void
search_free (gpointer data)
{
  Search *search = data;
  g_free (search->domain);
  g_hash_table_unref (search->direct);
  g_resolver_free_targets (search->records);
  g_clear_error (&search->lookup_error);
  g_ptr_array_unref (search->targets);
  g_free (search);
}

static void
step_free (Step *step)
{
  g_object_unref (step->task);
  g_free (step);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

/* No name has other characters, and some of them would speak to a proxy: <see-other-host/> and SRV
 * come from outside. */
static gboolean
is_plausible (const char *host)
{
  gsize length = strlen (host);
  if (length == 0 || length > 253)
    return FALSE;
  for (const char *at = host; *at; at++)
    if (!g_ascii_isalnum (*at) && !strchr (".-_:%", *at))
      return FALSE;
  return TRUE;
}

static void
add_target (Search *search, const char *host, guint16 port, gboolean direct)
{
  g_autofree char *ascii = g_hostname_to_ascii (host);
  if (search->targets->len == MAX_TARGETS || !ascii || !is_plausible (ascii))
    return;
  PealTarget *target = g_new0 (PealTarget, 1);
  target->host = g_steal_pointer (&ascii);
  target->port = port;
  target->direct = direct;
  g_ptr_array_add (search->targets, target);
}

/* The domain itself, without records: RFC 6120 §3.2.2. */
static void
add_domain (Search *search, gboolean both)
{
  if (search->tls != PEAL_TLS_DIRECT)
    add_target (search, search->domain, PORT, FALSE);
  if (search->tls == PEAL_TLS_DIRECT || both)
    add_target (search, search->domain, PORT_DIRECT, TRUE);
}

static void
finish (GTask *task)
{
  Search *search = g_task_get_task_data (task);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (search->targets->len > 0)
    g_task_return_pointer (task, g_ptr_array_ref (search->targets),
                           (GDestroyNotify) g_ptr_array_unref);
  else if (search->lookup_error)
    g_task_return_error (
        task, peal_failure_new (PEAL_FAILURE_NO_RESOLVER,
                                "the servers of %s cannot be looked up: %s; check the network, or "
                                "name the server with --server",
                                search->domain, search->lookup_error->message));
  else if (search->refused)
    g_task_return_error (
        task, peal_failure_new (PEAL_FAILURE_NO_XMPP,
                                "%s says (by its SRV records) that it has no such XMPP service; "
                                "check the address",
                                search->domain));
  else
    g_task_return_error (task, peal_failure_new (PEAL_FAILURE_NO_ADDRESS,
                                                 "%s names no server that could exist; name one "
                                                 "with --server",
                                                 search->domain));
}

/* --- SRV --- */

static void
choose (GTask *task)
{
  Search *search = g_task_get_task_data (task);
  gboolean none = !search->records && !search->lookup_error && !search->refused;
  search->records = g_srv_target_list_sort (search->records);
  for (GList *each = search->records; each; each = each->next)
    add_target (search, g_srv_target_get_hostname (each->data), g_srv_target_get_port (each->data),
                g_hash_table_contains (search->direct, each->data));
  if (none)
    add_domain (search, FALSE);
  finish (task);
}

static void
take_records (Search *search, GList *records, gboolean direct)
{
  for (GList *each = records; each; each = each->next) {
    const char *host = g_srv_target_get_hostname (each->data);
    if (*host == '\0' || strcmp (host, ".") == 0) { /* RFC 2782: decidedly not available */
      search->refused = TRUE;
      g_srv_target_free (each->data);
      continue;
    }
    search->records = g_list_append (search->records, each->data);
    if (direct)
      g_hash_table_add (search->direct, each->data);
  }
  g_list_free (records);
}

static void
on_looked_up (GObject *resolver, GAsyncResult *result, gpointer user)
{
  g_autoptr(Step) step = user;
  Search *search = g_task_get_task_data (step->task);
  g_autoptr(GError) error = NULL;
  take_records (search, g_resolver_lookup_service_finish (G_RESOLVER (resolver), result, &error),
                step->direct);
  if (error && !g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND)) {
    g_clear_error (&search->lookup_error);
    search->lookup_error = g_steal_pointer (&error);
  }
  if (--search->lookups == 0)
    choose (step->task);
}

static void
look_up (GTask *task, const char *service, gboolean direct)
{
  Search *search = g_task_get_task_data (task);
  g_autoptr(GResolver) resolver = g_resolver_get_default ();
  Step *step = g_new0 (Step, 1);
  step->task = g_object_ref (task);
  step->direct = direct;
  search->lookups++;
  g_resolver_lookup_service_async (resolver, service, "tcp", search->domain,
                                   g_task_get_cancellable (task), on_looked_up, step);
}

/* --- what the user says --- */

static void
use_server (GTask *task, const char *server)
{
  Search *search = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  guint16 port = search->tls == PEAL_TLS_DIRECT ? PORT_DIRECT : PORT;
  g_autoptr(GSocketConnectable) address = g_network_address_parse (server, port, &error);
  if (address) {
    GNetworkAddress *parsed = G_NETWORK_ADDRESS (address);
    port = g_network_address_get_port (parsed);
    gboolean direct =
        search->tls == PEAL_TLS_DIRECT || (search->tls == PEAL_TLS_BOTH && port == PORT_DIRECT);
    add_target (search, g_network_address_get_hostname (parsed), port, direct);
  }
  if (search->targets->len > 0)
    finish (task);
  else
    g_task_return_error (
        task, peal_failure_new (PEAL_FAILURE_NO_ADDRESS,
                                "\"%s\" is no server%s%s; write HOST, HOST:PORT or [ADDRESS]:PORT",
                                server, error ? ": " : "", error ? error->message : ""));
}

/* Without the brackets of an IPv6 address; for g_free. */
static char *
bare_domain (const char *domain)
{
  gsize length = strlen (domain);
  gboolean bracketed = length > 2 && domain[0] == '[' && domain[length - 1] == ']';
  return bracketed ? g_strndup (domain + 1, length - 2) : g_strdup (domain);
}

gboolean
peal_targets_asks (const PealTargetsSetup *setup)
{
  g_autofree char *domain = bare_domain (setup->domain);
  /* Addresses and localhost (RFC 6761 §6.3) have no SRV records. */
  return !setup->server && !setup->unasked && !g_hostname_is_ip_address (domain) &&
         g_ascii_strcasecmp (domain, "localhost") != 0;
}

void
peal_targets_find (const PealTargetsSetup *setup, GCancellable *cancellable,
                   GAsyncReadyCallback done, gpointer user)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, done, user);
  Search *search = g_new0 (Search, 1);
  search->domain = bare_domain (setup->domain);
  search->tls = setup->tls;
  search->direct = g_hash_table_new (NULL, NULL);
  search->targets = g_ptr_array_new_with_free_func (target_free);
  g_task_set_task_data (task, search, search_free);
  if (setup->server) {
    use_server (task, setup->server);
  } else if (!peal_targets_asks (setup)) {
    add_domain (search, setup->unasked && setup->tls == PEAL_TLS_BOTH);
    finish (task);
  } else {
    if (setup->tls == PEAL_TLS_BOTH || setup->tls == PEAL_TLS_DIRECT)
      look_up (task, "xmpps-client", TRUE);
    if (setup->tls != PEAL_TLS_DIRECT)
      look_up (task, "xmpp-client", FALSE);
  }
}

GPtrArray *
peal_targets_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
