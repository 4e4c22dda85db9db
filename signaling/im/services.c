/* External services (XEP-0215): one list, asked for at each new session and again before it
 * expires.
 *
 * Host names stay names: which address family fits is the transport's to find out. Credentials
 * that come with the list are used as they are; a service that is `restricted` and came without is
 * asked for its own (XEP-0215 §3.3), and the list is ready once those answers are there too.
 *
 * A call that lasts longer than its credentials keeps the relay it has: servers check them when a
 * relay is asked for. The next call, and every new relay, takes them from the list of that moment.
 */
// SPDX-License-Identifier: MIT
#include "signaling/im/services.h"

#include "signaling/wire/codec.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

#define MOST_SERVICES    32
#define PATIENCE_US      (5 * G_USEC_PER_SEC) /* a call does not wait longer for it */
#define SHORTEST_REFRESH 1000                 /* ms */
#define LONGEST_REFRESH  (24 * 3600 * 1000LL) /* ms */
#define EXPIRED_REFRESH  (60 * 1000)          /* ms, where the two clocks disagree */
#define FIRST_STAMP      1000000000           /* what is less in a user name is no time */

/* <service/> as on the wire. */
typedef struct {
  char *host;
  guint32 port; /* 0: the type's own */
  PealServiceType type;
  PealServiceTransport transport;
  char *username, *password, *expires;
  gboolean restricted;
} Row;
typedef struct {
  GPtrArray *rows; /* of Row * */
} Rows;

// clang-format off
static const PealField service_fields[] = {
  PEAL_STR  (Row, host,       "host", .max = 255, .flags = PEAL_REQUIRED),
  PEAL_UINT (Row, port,       "port", 65535),
  PEAL_WORD (Row, type,       "type", peal_service_type_words, .flags = PEAL_REQUIRED | PEAL_ANY_CASE),
  PEAL_WORD (Row, transport,  "transport", peal_service_transport_words, .flags = PEAL_ANY_CASE),
  PEAL_STR  (Row, username,   "username"),
  PEAL_STR  (Row, password,   "password", .flags = PEAL_SECRET),
  PEAL_STR  (Row, expires,    "expires"),
  PEAL_BOOL (Row, restricted, "restricted"),
  PEAL_END };
// clang-format on

/* The versions differ in their namespace alone, as far as a client of STUN and TURN sees. */
#define NS_2 "urn:xmpp:extdisco:2"
#define NS_1 "urn:xmpp:extdisco:1"
static const PealElement service_2 = { "service", NS_2, sizeof (Row), service_fields };
static const PealElement service_1 = { "service", NS_1, sizeof (Row), service_fields };

#define LIST_OF(service_)                                                                          \
  (const PealField[])                                                                              \
  {                                                                                                \
    PEAL_LIST (Rows, rows, &service_, .max = MOST_SERVICES), PEAL_END                              \
  }
static const PealElement lists[] = {
  { "services", NS_2, sizeof (Rows), LIST_OF (service_2) },
  { "services", NS_1, sizeof (Rows), LIST_OF (service_1) },
};
static const PealElement credentials[] = {
  { "credentials", NS_2, sizeof (Rows), LIST_OF (service_2) },
  { "credentials", NS_1, sizeof (Rows), LIST_OF (service_1) },
};

typedef struct {
  void (*ready) (gpointer user, GPtrArray *list);
  gpointer user;
} Waiter;

/* One question for the credentials of one service. */
typedef struct {
  PealServices *services;
  PealService *service; /* borrowed from the list being made */
  guint handle;
} Credential;

struct PealServices {
  PealPort *port;
  GMainContext *context;
  GPtrArray *list;   /* what is known */
  GPtrArray *coming; /* what the credentials are still missing of; NULL: nothing is */
  GPtrArray *asked;  /* of Credential */
  gsize version;     /* of `lists`, being asked */
  guint handle;
  gboolean known; /* an answer or a refusal came once */
  gboolean again; /* something changed while we asked */
  gint64 due;     /* when to ask again, by `clock`; 0: only when something changes */
  gint64 (*clock) (void);
  GArray *waiters;
  GSource *turn; /* tells the waiters */
  GSource *refresh;
  guint listeners[2];
};

/* --- the list --- */

static gint64
read_time (const char *text)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601 (text, utc) : NULL;

  return time ? g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time)
              : 0;
}

/* Servers that share a secret with their relay put the end of the credentials in front of the user
 * name: "1763850000:bob" (draft-uberti-behave-turn-rest). µs; 0: there is none. */
static gint64
read_stamp (const char *username)
{
  char *end;
  guint64 seconds = username ? g_ascii_strtoull (username, &end, 10) : 0;

  if (seconds < FIRST_STAMP || seconds > G_MAXINT64 / G_USEC_PER_SEC || (*end && *end != ':'))
    return 0;
  return (gint64) seconds * G_USEC_PER_SEC;
}

/* The service has none yet. */
static void
take_credentials (PealService *service, const Row *row)
{
  service->username = g_strdup (row->username);
  service->password = g_strdup (row->password);
  service->expires = row->expires ? read_time (row->expires) : read_stamp (row->username);
}

/* NULL for what we could not use: DTLS to a TURN server. */
static PealService *
from_row (const Row *row)
{
  PealServiceTransport usual =
      row->type == PEAL_SERVICE_TURNS ? PEAL_SERVICE_TCP : PEAL_SERVICE_UDP;
  PealServiceTransport transport = row->transport ? row->transport : usual;

  if (row->type == PEAL_SERVICE_TURNS && transport == PEAL_SERVICE_UDP)
    return NULL;
  PealService *service =
      peal_service_new (row->type, transport, row->host,
                        row->port ? (guint16) row->port : peal_service_usual_port (row->type));
  take_credentials (service, row);
  return service;
}

gint64
peal_services_due (GPtrArray *list, gint64 now)
{
  gint64 first = G_MAXINT64;

  for (guint i = 0; i < list->len; i++) {
    const PealService *service = list->pdata[i];
    if (service->expires)
      first = MIN (first, service->expires);
  }
  if (first == G_MAXINT64)
    return 0;
  if (first <= now)
    return now + EXPIRED_REFRESH * 1000;
  return now + CLAMP ((first - now) / 5 * 4, SHORTEST_REFRESH * 1000, LONGEST_REFRESH * 1000);
}

static gboolean
tell (gpointer user)
{
  PealServices *services = user;
  g_autoptr(GArray) waiters = g_steal_pointer (&services->waiters);
  g_autoptr(GPtrArray) list = g_ptr_array_ref (services->list);

  services->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  g_clear_pointer (&services->turn, g_source_unref);
  for (guint i = 0; i < waiters->len; i++) {
    const Waiter *waiter = &g_array_index (waiters, Waiter, i);
    waiter->ready (waiter->user, list);
  }
  return G_SOURCE_REMOVE;
}

static void
clear_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* Tells the waiters after @delay µs. */
static void
tell_after (PealServices *services, gint64 delay)
{
  gint64 due = g_get_monotonic_time () + delay;

  if (services->turn && g_source_get_ready_time (services->turn) <= due)
    return;
  clear_source (&services->turn);
  services->turn = g_timeout_source_new (0);
  g_source_set_ready_time (services->turn, due);
  g_source_set_callback (services->turn, tell, services, NULL);
  g_source_attach (services->turn, services->context);
}

static void ask (PealServices *services, gsize version);

/* It was time to ask while we were offline, or while the machine slept. */
static gboolean
is_overdue (const PealServices *services)
{
  return services->due && services->clock () >= services->due;
}

static gboolean
refresh (gpointer user)
{
  PealServices *services = user;

  g_clear_pointer (&services->refresh, g_source_unref);
  if (peal_port_online (services->port)) /* else as soon as we are */
    ask (services, 0);
  return G_SOURCE_REMOVE;
}

static void
arm_refresh (PealServices *services)
{
  gint64 now = services->clock ();

  clear_source (&services->refresh);
  services->due = peal_services_due (services->list, now);
  if (!services->due)
    return;
  services->refresh = g_timeout_source_new ((guint) ((services->due - now) / 1000));
  g_source_set_callback (services->refresh, refresh, services, NULL);
  g_source_attach (services->refresh, services->context);
}

/* The list is complete. */
static void
publish (PealServices *services)
{
  if (services->coming) {
    g_ptr_array_unref (services->list);
    services->list = g_steal_pointer (&services->coming);
  }
  services->known = TRUE;
  arm_refresh (services);
  if (services->waiters->len)
    tell_after (services, 0);
  if (services->again)
    ask (services, 0);
}

static void
credential_free (gpointer data)
{
  Credential *credential = data;

  if (credential->handle)
    peal_port_forget (credential->services->port, credential->handle);
  g_free (credential);
}

static void
fill_in (PealService *service, const Rows *answer)
{
  for (guint i = 0; answer->rows && i < answer->rows->len; i++) {
    const Row *row = answer->rows->pdata[i];
    if (g_str_equal (row->host, service->host) && row->type == service->type && row->username) {
      take_credentials (service, row);
      return;
    }
  }
}

/* No new ones came: what it had before may still be good. */
static void
keep_credentials (const PealServices *services, PealService *service)
{
  for (guint i = 0; i < services->list->len; i++) {
    const PealService *old = services->list->pdata[i];
    if (old->type == service->type && old->transport == service->transport &&
        old->port == service->port && g_str_equal (old->host, service->host)) {
      service->username = g_strdup (old->username);
      service->password = g_strdup (old->password);
      service->expires = old->expires;
      return;
    }
  }
}

static void
credential_answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  Credential *credential = user;
  PealServices *services = credential->services;
  const PealElement *element = &credentials[services->version];
  xmpp_stanza_t *child = stanza ? peal_element_find (element, stanza) : NULL;
  Rows *answer = child ? peal_element_parse (element, child, NULL, NULL) : NULL;

  credential->handle = 0;
  if (answer)
    fill_in (credential->service, answer);
  peal_element_free (element, answer);
  if (!credential->service->username)
    keep_credentials (services, credential->service);
  g_ptr_array_remove (services->asked, credential);
  if (!services->asked->len && !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CLOSED))
    publish (services); /* after a closed session all is asked anew */
}

static void
ask_credential (PealServices *services, PealService *service, const Row *row)
{
  g_autofree char *server = peal_jid_domain (peal_port_jid (services->port));
  Row wanted = { .host = row->host, .type = row->type, .port = row->port };
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();
  Rows question = { .rows = rows };
  Credential *credential = g_new0 (Credential, 1);

  g_ptr_array_add (rows, &wanted);
  credential->services = services;
  credential->service = service;
  g_ptr_array_add (services->asked, credential);
  credential->handle = peal_port_request (
      services->port,
      peal_port_iq (services->port, "get", server,
                    peal_element_build (&credentials[services->version], &question,
                                        peal_port_context (services->port))),
      5, credential_answered, credential);
}

static void
take (PealServices *services, const Rows *answer)
{
  g_clear_pointer (&services->coming, g_ptr_array_unref);
  services->coming = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_service_free);
  for (guint i = 0; answer->rows && i < answer->rows->len; i++) {
    const Row *row = answer->rows->pdata[i];
    PealService *service = from_row (row);
    if (!service)
      continue;
    g_ptr_array_add (services->coming, service);
    if (row->restricted && !row->username)
      ask_credential (services, service, row);
  }
  if (!services->asked->len)
    publish (services);
}

static void
answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  PealServices *services = user;
  const PealElement *element = &lists[services->version];
  xmpp_stanza_t *child = stanza ? peal_element_find (element, stanza) : NULL;
  Rows *answer = child ? peal_element_parse (element, child, NULL, NULL) : NULL;

  services->handle = 0;
  if (answer)
    take (services, answer);
  else if (why && why->domain == PEAL_CONDITION && services->version + 1 < G_N_ELEMENTS (lists))
    ask (services, services->version + 1);
  else if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CLOSED))
    publish (services); /* what was known before may still be good */
  peal_element_free (element, answer);
}

static void
ask (PealServices *services, gsize version)
{
  g_autofree char *server = peal_jid_domain (peal_port_jid (services->port));
  const Rows nothing = { NULL };
  xmpp_stanza_t *payload =
      peal_element_build (&lists[version], &nothing, peal_port_context (services->port));

  if (services->handle)
    peal_port_forget (services->port, services->handle);
  g_ptr_array_set_size (services->asked, 0);
  services->again = FALSE;
  services->version = version;
  services->handle = peal_port_request (
      services->port, peal_port_iq (services->port, "get", server, payload), 0, answered, services);
}

static gboolean
is_asking (const PealServices *services)
{
  return services->handle || services->asked->len;
}

GPtrArray *
peal_services_list (PealServices *services)
{
  return services->list;
}

void
peal_services_wait (PealServices *services, void (*ready) (gpointer user, GPtrArray *list),
                    gpointer user)
{
  const Waiter waiter = { ready, user };
  gboolean overdue = is_overdue (services) && peal_port_online (services->port);

  g_array_append_val (services->waiters, waiter);
  if (overdue && !is_asking (services))
    ask (services, 0);
  tell_after (services, services->known && !overdue ? 0 : PATIENCE_US);
}

void
peal_services_set_clock (PealServices *services, gint64 (*clock) (void))
{
  services->clock = clock;
}

/* --- life --- */

/* A push only says that something changed: the whole list is asked for again. Many pushes are one
 * question, or a server that repeats itself would have us ask without end. */
static gboolean
hear_push (gpointer user, PealPort *port, xmpp_stanza_t *iq)
{
  PealServices *services = user;
  const char *from = xmpp_stanza_get_from (iq);
  g_autofree char *server = peal_jid_domain (peal_port_jid (port));

  if (from && !g_str_equal (from, server) && g_strcmp0 (from, peal_port_bare (port)))
    return FALSE;
  peal_port_result (port, iq, NULL);
  if (is_asking (services))
    services->again = TRUE;
  else
    ask (services, 0);
  return TRUE;
}

static void
state_changed (gpointer user, gboolean online, gboolean resumed)
{
  PealServices *services = user;

  if (online && (!resumed || (is_overdue (services) && !is_asking (services))))
    ask (services, 0);
}

PealServices *
peal_services_new (PealPort *port)
{
  static const PealPortListener push = { PEAL_STANZA_IQ, "set", NS_2, hear_push };
  PealServices *services = g_new0 (PealServices, 1);

  services->port = port;
  services->clock = g_get_real_time;
  services->context = g_main_context_ref_thread_default ();
  services->list = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_service_free);
  services->asked = g_ptr_array_new_with_free_func (credential_free);
  services->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  services->listeners[0] = peal_port_listen (port, &push, services);
  services->listeners[1] = peal_port_watch (port, state_changed, services);
  if (peal_port_online (port))
    ask (services, 0);
  return services;
}

void
peal_services_free (PealServices *services)
{
  if (!services)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (services->listeners); i++)
    peal_port_unlisten (services->port, services->listeners[i]);
  if (services->handle)
    peal_port_forget (services->port, services->handle);
  clear_source (&services->turn);
  clear_source (&services->refresh);
  g_ptr_array_unref (services->asked);
  g_clear_pointer (&services->coming, g_ptr_array_unref);
  g_ptr_array_unref (services->list);
  g_array_unref (services->waiters);
  g_main_context_unref (services->context);
  g_free (services);
}
