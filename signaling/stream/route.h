/* Which server an attempt goes to: the one that SRV or the user names, or one where a server sent
 * us, by <see-other-host/> (RFC 6120 §4.9.3.19) or as the place to resume at (XEP-0198 §5).
 *
 * Only who proved by TLS to be the domain may send us anywhere, and who is there must prove the
 * same again. */
// SPDX-License-Identifier: MIT
#pragma once

#include <strophe.h>

#include "signaling/stream/reach.h"
#include "signaling/stream/secret.h"

#define PEAL_ROUTE_MOST 3 /* times that one attempt is sent on */

typedef struct {
  PealReachSetup reach; /* its strings and objects are ours, but for `given` and the tap's */
  char *domain, *first; /* where it would go by itself; @first NULL: as SRV says */
  char *sent;           /* where it goes instead; NULL */
  gboolean to_resume;   /* @sent came from the session that is to be resumed */
  guint followed;
  GPtrArray *failed; /* of char *: servers that spoke TLS and nothing more */
  GError *useless;   /* what the first of them did */
} PealRoute;

/* Takes the place to resume at out of @memory, so that it is tried once; NULL: there is none. */
void peal_route_init (PealRoute *route, const PealReachSetup *reach, PealMemory *memory);
void peal_route_clear (PealRoute *route);

/* The setup for the next link; borrowed until the route changes. */
const PealReachSetup *peal_route_reach (const PealRoute *route);

/* Whether @server is HOST[:PORT] that could be one. */
gboolean peal_route_is_server (const char *server);

/* Where <stream:error/> @element sends us, owned; NULL when that is not what it says. */
char *peal_route_elsewhere (xmpp_stanza_t *element);

/* The server at @where sends us to @server. TRUE: the next link goes there. FALSE with @error
 * (PEAL_FAILURE_SEE_OTHER_HOST) when nobody vouches for it, when it is no address, or once too
 * often. */
gboolean peal_route_follow (PealRoute *route, const char *server, gboolean secured,
                            const char *where, GError **error);

/* The server could not be reached. TRUE: it was the place to resume at, the next link goes where it
 * would go by itself. */
gboolean peal_route_back (PealRoute *route);

/* The server at @where spoke TLS and nothing more, says @why: the next link passes over it. */
void peal_route_pass_over (PealRoute *route, const char *where, const GError *why);

/* There is a session: one that was resumed keeps its place. */
void peal_route_arrived (const PealRoute *route, PealMemory *memory, gboolean resumed);
