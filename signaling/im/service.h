/* One STUN or TURN service: where it is and how to log in; from XEP-0215 or from a URL. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

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

/* One without credentials that never expires; @host is copied. Freeing wipes the
 * password; NULL is ignored. */
PealService *peal_service_new (PealServiceType type, PealServiceTransport transport,
                               const char *host, guint16 port);
PealService *peal_service_copy (const PealService *service);
void peal_service_free (PealService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealService, peal_service_free)

/* Reads `stun:host:port`, `turn:USER@host:port?transport=udp|tcp`, `turns:…`; @password for a TURN
 * service, or NULL. NULL with @error (G_IO_ERROR_INVALID_ARGUMENT). */
PealService *peal_service_from_url (const char *url, const char *password, GError **error);

/* The words of both enums on the wire (PealWords); the port where none is named: 3478, or 5349 for
 * TLS. */
extern const char *const peal_service_type_words[];
extern const char *const peal_service_transport_words[];
guint16 peal_service_usual_port (PealServiceType type);
