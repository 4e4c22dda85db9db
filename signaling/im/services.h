/* External services (XEP-0215): the account's STUN and TURN servers. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"

typedef enum { PEAL_SERVICE_STUN = 1, PEAL_SERVICE_TURN, PEAL_SERVICE_TURNS } PealServiceType;
typedef enum { PEAL_SERVICE_UDP = 1, PEAL_SERVICE_TCP } PealServiceTransport;

typedef struct {
  PealServiceType type;
  PealServiceTransport transport;
  char *host;
  guint16 port;
  char *username; /* NULL when none is needed */
  char *password; /* secret: never printed, never traced */
  gint64 expires; /* g_get_real_time, µs; 0: never */
} PealService;

PealService *peal_service_new (PealServiceType type, PealServiceTransport transport, const char *host, guint16 port);
PealService *peal_service_copy (const PealService *service);
void peal_service_free (PealService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealService, peal_service_free)

/* Reads `stun:host:port`, `turn:USER@host:port?transport=udp|tcp`, `turns:…`; @password for a TURN
 * service, or NULL. NULL with @error (G_IO_ERROR_INVALID_ARGUMENT). */
PealService *peal_service_from_url (const char *url, const char *password, GError **error);

/* Keeps the list fresh: asks the server when the stream comes up, and again before it expires. */
typedef struct PealServices PealServices;
PealServices *peal_services_new (PealPort *port);
/* Waits that are still open are dropped: their callbacks are not called. */
void peal_services_free (PealServices *services);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealServices, peal_services_free)

/* Calls @ready on the port's context as soon as an answer (or a refusal, or 5 s) is there; at once
 * from an idle source when it is known. The array is of PealService *, borrowed. */
void peal_services_wait (PealServices *services, void (*ready) (gpointer user, GPtrArray *list), gpointer user);

/* What is known now; borrowed, may be empty, never NULL. */
GPtrArray *peal_services_list (PealServices *services);
