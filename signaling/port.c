/* The port between a stream and the rooms above it: the IQ table, listeners, and the answer nobody
 * else gave.
 *
 * Requests are found by id and checked against the address they were sent to, so that a peer who
 * guesses an id cannot answer for another (RFC 6120 §8.2.3). */
// SPDX-License-Identifier: MIT
#include "signaling/port.h"

#include <string.h>

#include "signaling/wire/condition.h"

#define DEFAULT_PATIENCE 30 /* s; Dino acknowledges an offer only after probing codecs */

typedef struct {
  PealPort *port;
  guint handle;
  char *id;
  char *to; /* NULL: our own account */
  PealPortReply reply;
  gpointer user;
  GSource *deadline;
} Request;

typedef struct {
  guint id;
  const PealPortListener *listener; /* or */
  PealPortWatch watch;
  gpointer user;
  gboolean gone;
} Ear;

struct PealPort {
  const PealPortDriver *driver;
  gpointer driver_user;
  GMainContext *main_context;
  xmpp_ctx_t *context;
  char *jid, *bare;
  gboolean online;
  gboolean lost;        /* there is no session that requests could belong to */
  GHashTable *requests; /* id -> Request */
  GPtrArray *ears;      /* of Ear */
  guint next;
  guint dispatching;
};

static void
request_free (gpointer data)
{
  Request *request = data;
  g_source_destroy (request->deadline);
  g_source_unref (request->deadline);
  g_free (request->id);
  g_free (request->to);
  g_free (request);
}

PealPort *
peal_port_new (const PealPortDriver *driver, gpointer driver_user)
{
  PealPort *port = g_new0 (PealPort, 1);
  port->driver = driver;
  port->driver_user = driver_user;
  port->main_context = g_main_context_ref_thread_default ();
  port->context = xmpp_ctx_new (NULL, NULL);
  port->lost = TRUE;
  port->requests = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, request_free);
  port->ears = g_ptr_array_new_with_free_func (g_free);
  return port;
}

/* Takes @request out of the table and tells its owner. */
static void
settle (Request *request, xmpp_stanza_t *stanza, const GError *why)
{
  g_hash_table_steal (request->port->requests, request->id);
  request->reply (request->user, stanza, why);
  request_free (request);
}

static void
settle_all (PealPort *port, const GError *why)
{
  g_autoptr(GList) open = g_hash_table_get_values (port->requests);
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  for (GList *each = open; each; each = each->next)
    g_ptr_array_add (ids, g_strdup (((Request *) each->data)->id));
  for (guint i = 0; i < ids->len; i++) {
    Request *request = g_hash_table_lookup (port->requests, ids->pdata[i]);
    if (request) /* an earlier reply may have forgotten it */
      settle (request, NULL, why);
  }
}

void
peal_port_free (PealPort *port)
{
  if (!port)
    return;
  g_assert (!port->dispatching);
  g_autoptr(GError) why =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "the account was closed");
  settle_all (port, why);
  g_hash_table_unref (port->requests);
  g_ptr_array_unref (port->ears);
  xmpp_ctx_free (port->context);
  g_main_context_unref (port->main_context);
  g_free (port->jid);
  g_free (port->bare);
  g_free (port);
}

xmpp_ctx_t *
peal_port_context (PealPort *port)
{
  return port->context;
}

const char *
peal_port_jid (PealPort *port)
{
  return port->jid;
}

const char *
peal_port_bare (PealPort *port)
{
  return port->bare;
}

gboolean
peal_port_online (PealPort *port)
{
  return port->online;
}

gboolean
peal_port_send (PealPort *port, xmpp_stanza_t *stanza)
{
  if (!xmpp_stanza_get_id (stanza)) {
    g_autofree char *id = g_uuid_string_random ();
    xmpp_stanza_set_id (stanza, id);
  }
  gboolean taken = port->driver->send (port->driver_user, stanza);
  xmpp_stanza_release (stanza);
  return taken;
}

static gboolean
out_of_patience (gpointer data)
{
  Request *request = data;
  g_autoptr(GError) why = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s did not answer",
                                        request->to ? request->to : "the server");
  settle (request, NULL, why);
  return G_SOURCE_REMOVE;
}

static gboolean
not_taken (gpointer data)
{
  g_autoptr(GError) why = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                                                "too much waits for the server already");
  settle (data, NULL, why);
  return G_SOURCE_REMOVE;
}

static void
arm (Request *request, GSource *source, GSourceFunc due)
{
  if (request->deadline) {
    g_source_destroy (request->deadline);
    g_source_unref (request->deadline);
  }
  request->deadline = source;
  g_source_set_callback (source, due, request, NULL);
  g_source_attach (source, request->port->main_context);
}

guint
peal_port_request (PealPort *port, xmpp_stanza_t *iq, guint seconds, PealPortReply reply,
                   gpointer user)
{
  Request *request = g_new0 (Request, 1);
  /* Never an id that somebody chose for us: two requests must not share a row. */
  request->id = g_uuid_string_random ();
  xmpp_stanza_set_id (iq, request->id);
  request->port = port;
  request->handle = ++port->next;
  request->to = g_strdup (xmpp_stanza_get_to (iq));
  request->reply = reply;
  request->user = user;
  arm (request, g_timeout_source_new_seconds (seconds ? seconds : DEFAULT_PATIENCE),
       out_of_patience);
  g_hash_table_insert (port->requests, request->id, request);
  guint handle = request->handle;
  g_autofree char *id = g_strdup (request->id);
  gboolean taken = peal_port_send (port, iq);
  if (!taken && (request = g_hash_table_lookup (port->requests, id)))
    arm (request, g_timeout_source_new (0), not_taken);
  return handle;
}

void
peal_port_forget (PealPort *port, guint handle)
{
  GHashTableIter all;
  gpointer value;
  g_hash_table_iter_init (&all, port->requests);
  while (g_hash_table_iter_next (&all, NULL, &value)) {
    if (((Request *) value)->handle == handle) {
      g_hash_table_iter_remove (&all);
      return;
    }
  }
}

xmpp_stanza_t *
peal_port_iq (PealPort *port, const char *type, const char *to, xmpp_stanza_t *payload)
{
  xmpp_stanza_t *iq = xmpp_iq_new (port->context, type, NULL);
  if (to)
    xmpp_stanza_set_to (iq, to);
  if (payload)
    xmpp_stanza_add_child_ex (iq, payload, FALSE);
  return iq;
}

static xmpp_stanza_t *
answer_to (PealPort *port, xmpp_stanza_t *iq, const char *type)
{
  xmpp_stanza_t *answer = xmpp_iq_new (port->context, type, xmpp_stanza_get_id (iq));
  if (xmpp_stanza_get_from (iq))
    xmpp_stanza_set_to (answer, xmpp_stanza_get_from (iq));
  return answer;
}

void
peal_port_result (PealPort *port, xmpp_stanza_t *iq, xmpp_stanza_t *payload)
{
  xmpp_stanza_t *answer = answer_to (port, iq, "result");
  if (payload)
    xmpp_stanza_add_child_ex (answer, payload, FALSE);
  peal_port_send (port, answer);
}

void
peal_port_refuse (PealPort *port, xmpp_stanza_t *iq, const GError *error)
{
  gboolean ours = error->domain != PEAL_CONDITION;
  PealCondition condition = ours ? PEAL_INTERNAL_SERVER_ERROR : (PealCondition) error->code;
  xmpp_stanza_t *answer = answer_to (port, iq, "error");
  /* The text of an error of our own is for our log, not for the peer. */
  xmpp_stanza_add_child_ex (
      answer, peal_condition_build (condition, ours ? NULL : error->message, port->context), FALSE);
  peal_port_send (port, answer);
}

static Ear *
add_ear (PealPort *port, gpointer user)
{
  Ear *ear = g_new0 (Ear, 1);
  ear->id = ++port->next;
  ear->user = user;
  g_ptr_array_add (port->ears, ear);
  return ear;
}

guint
peal_port_listen (PealPort *port, const PealPortListener *listener, gpointer user)
{
  Ear *ear = add_ear (port, user);
  ear->listener = listener;
  return ear->id;
}

guint
peal_port_watch (PealPort *port, PealPortWatch watch, gpointer user)
{
  Ear *ear = add_ear (port, user);
  ear->watch = watch;
  return ear->id;
}

static void
sweep (PealPort *port)
{
  for (guint i = port->ears->len; i-- > 0;)
    if (((Ear *) port->ears->pdata[i])->gone)
      g_ptr_array_remove_index (port->ears, i);
}

void
peal_port_unlisten (PealPort *port, guint id)
{
  for (guint i = 0; i < port->ears->len; i++) {
    Ear *ear = port->ears->pdata[i];
    if (ear->id == id)
      ear->gone = TRUE;
  }
  if (!port->dispatching)
    sweep (port);
}

static gboolean
has_child_of (xmpp_stanza_t *stanza, const char *ns)
{
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child;
       child = xmpp_stanza_get_next (child))
    if (g_strcmp0 (xmpp_stanza_get_ns (child), ns) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
wants (const PealPortListener *listener, PealStanzaKind kind, xmpp_stanza_t *stanza)
{
  if (listener->kind != kind)
    return FALSE;
  if (listener->type && g_strcmp0 (listener->type, xmpp_stanza_get_type (stanza)) != 0)
    return FALSE;
  return !listener->ns || has_child_of (stanza, listener->ns);
}

static gboolean
offer_to_ears (PealPort *port, PealStanzaKind kind, xmpp_stanza_t *stanza)
{
  gboolean taken = FALSE;
  port->dispatching++;
  for (guint i = 0; i < port->ears->len && !taken; i++) {
    Ear *ear = port->ears->pdata[i];
    if (!ear->gone && ear->listener && wants (ear->listener, kind, stanza))
      taken = ear->listener->hear (ear->user, port, stanza);
  }
  if (--port->dispatching == 0)
    sweep (port);
  return taken;
}

/* Whether @from may answer what was sent to @request->to. The server answers for our own account
 * with our bare address, our full one, or none (RFC 6120 §8.1.2.1). */
static gboolean
may_answer (PealPort *port, const Request *request, const char *from)
{
  if (request->to && from && strcmp (request->to, from) == 0)
    return TRUE;
  gboolean own = !request->to || g_strcmp0 (request->to, port->bare) == 0;
  return own && (!from || g_strcmp0 (from, port->bare) == 0 || g_strcmp0 (from, port->jid) == 0);
}

static void
receive_answer (PealPort *port, xmpp_stanza_t *iq, gboolean is_error)
{
  const char *id = xmpp_stanza_get_id (iq);
  Request *request = id ? g_hash_table_lookup (port->requests, id) : NULL;
  if (!request || !may_answer (port, request, xmpp_stanza_get_from (iq)))
    return;
  g_autoptr(GError) why = NULL;
  if (is_error)
    peal_condition_read (iq, &why);
  settle (request, is_error ? NULL : iq, why);
}

static void
receive_iq (PealPort *port, xmpp_stanza_t *iq)
{
  const char *type = xmpp_stanza_get_type (iq);
  if (g_strcmp0 (type, "result") == 0 || g_strcmp0 (type, "error") == 0) {
    receive_answer (port, iq, type[0] == 'e');
    return;
  }
  gboolean known = g_strcmp0 (type, "get") == 0 || g_strcmp0 (type, "set") == 0;
  if (known && offer_to_ears (port, PEAL_STANZA_IQ, iq))
    return;
  g_autoptr(GError) error =
      g_error_new_literal (PEAL_CONDITION, known ? PEAL_SERVICE_UNAVAILABLE : PEAL_BAD_REQUEST, "");
  peal_port_refuse (port, iq, error);
}

void
peal_port_receive (PealPort *port, xmpp_stanza_t *stanza)
{
  const char *name = xmpp_stanza_get_name (stanza);
  if (g_strcmp0 (name, "iq") == 0)
    receive_iq (port, stanza);
  else if (g_strcmp0 (name, "message") == 0)
    offer_to_ears (port, PEAL_STANZA_MESSAGE, stanza);
  else if (g_strcmp0 (name, "presence") == 0)
    offer_to_ears (port, PEAL_STANZA_PRESENCE, stanza);
}

void
peal_port_lost (PealPort *port)
{
  g_autoptr(GError) why =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                           "the connection to the server was lost and could not be resumed");
  port->lost = TRUE;
  settle_all (port, why);
}

void
peal_port_state (PealPort *port, const char *jid, gboolean resumed)
{
  port->online = jid != NULL;
  if (jid) {
    g_free (port->jid);
    g_free (port->bare);
    port->jid = g_strdup (jid);
    const char *slash = strchr (jid, '/');
    port->bare = slash ? g_strndup (jid, slash - jid) : g_strdup (jid);
  }
  if (jid && !resumed && !port->lost)
    peal_port_lost (port);
  port->lost = port->lost && !jid;
  port->dispatching++;
  for (guint i = 0; i < port->ears->len; i++) {
    Ear *ear = port->ears->pdata[i];
    if (!ear->gone && ear->watch)
      ear->watch (ear->user, port->online, resumed);
  }
  if (--port->dispatching == 0)
    sweep (port);
}
