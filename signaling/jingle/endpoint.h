/* The hands of the Jingle machines: stanza -> parse -> machine -> drain -> carry out -> arm one
 * timer.
 *
 * An endpoint holds the sessions and proposals of one account by (peer, sid), opens transports and
 * media for them, and tells an application PealEvents. What it can do is what it was given: lists
 * of methods and applications, no registries. It lives on one GMainContext; channels live on a
 * loop. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/caps.h"
#include "signaling/im/message.h"
#include "signaling/im/presence.h"
#include "signaling/im/roster.h"
#include "signaling/im/services.h"
#include "signaling/jingle/method.h"
#include "signaling/limits.h"
#include "signaling/trace.h"

typedef struct PealEndpoint PealEndpoint;

typedef struct {
  PealPort *port;
  PealCaps *caps;
  PealPresences *presences;
  PealRoster *roster;
  PealMessages *messages;
  PealServices *services;
  PealLoop *loop;
  const PealMethod *const *methods;           /* end with NULL, best first */
  const PealApplication *const *applications; /* end with NULL */
  PealTrace *trace;                           /* may be NULL */
  const PealCallLimits *limits; /* of calls that others begin; NULL: PEAL_CALL_LIMITS */
  void (*event) (gpointer user, const PealEvent *event);
  gpointer user;
} PealEndpointSetup;

/* On the default context of this thread, like all below. What @setup names is borrowed and must
 * outlive the endpoint. Calls that come in are not heard before peal_endpoint_set_policy. */
PealEndpoint *peal_endpoint_new (const PealEndpointSetup *setup);
/* Ends every session with `gone` first. */
void peal_endpoint_free (PealEndpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealEndpoint, peal_endpoint_free)

/* What the user wants of one kind of content. */
typedef struct {
  const PealApplication *application;
  gconstpointer config; /* for the application; borrowed, outlives the calls */
  gboolean offered;     /* stands in our offers from the start */
  gboolean send;        /* ours goes from the start, in calls of either side; else it is taken to
                           receive, until peal_endpoint_send_content */
  gboolean receive;
} PealWish;

/* The policy of one call, or of all calls that come in. Strings and arrays are copied. */
typedef struct {
  PealEncryption encryption;
  PealPrivacy privacy;
  GPtrArray *services; /* of PealService *: instead of the account's; NULL: the account's */
  gboolean relay_only, no_trickle;
  const char *method; /* --transport; NULL: any */
  const char *bind_address;
  guint ring_timeout;     /* s; 0: 45 */
  const PealWish *wishes; /* one an application, the most important first; none: no calls */
  guint n_wishes;
} PealCallPolicy;

/* Calls @jid. Returns the sid, for g_free; what happens is told by events. */
char *peal_endpoint_call (PealEndpoint *endpoint, const char *jid, const PealCallPolicy *policy);

/* For calls that come in from now on. */
void peal_endpoint_set_policy (PealEndpoint *endpoint, const PealCallPolicy *policy);
/* Asked before anything is told to the caller (@contact: in the roster, may see our presence). */
typedef enum {
  PEAL_ADMIT = 1, /* ring */
  PEAL_IGNORE,    /* tell nothing: a proposal stays unanswered, a session-initiate is
                     service-unavailable */
  PEAL_TURN_AWAY, /* busy */
} PealAdmission;
void peal_endpoint_set_filter (PealEndpoint *endpoint,
                               PealAdmission (*admit) (gpointer user, const char *peer,
                                                       gboolean contact),
                               gpointer user);

/* The user's will about a call. FALSE: there is no such call, or not in that state. */
gboolean peal_endpoint_accept (PealEndpoint *endpoint, const char *sid);
gboolean peal_endpoint_reject (PealEndpoint *endpoint, const char *sid, PealReasonCondition reason);
gboolean peal_endpoint_hangup (PealEndpoint *endpoint, const char *sid, PealReasonCondition reason,
                               PealCause cause);
gboolean peal_endpoint_control (PealEndpoint *endpoint, const char *sid, PealControl control,
                                int value, const char *text);

/* The user turns a kind of content ("video") on or off in a call that runs: it is added, its
 * senders change, it is removed or muted, as the state of the call and the habits of the peer have
 * it. What came of it is told by events. FALSE with @error (PEAL_CAUSE): it cannot be, in words for
 * the user. */
gboolean peal_endpoint_send_content (PealEndpoint *endpoint, const char *sid, const char *media,
                                     gboolean on, GError **error);
/* Looks for new paths (ICE restart), by the user's or a test's will. FALSE with @error
 * (PEAL_CAUSE): it cannot be, in words for the user. */
gboolean peal_endpoint_restart (PealEndpoint *endpoint, const char *sid, GError **error);

/* Ends every call as somebody who leaves: hangs up, gives up, and stops ringing here without a word
 * that would end it on other devices. Returns how many; their `ended` follows. */
guint peal_endpoint_leave (PealEndpoint *endpoint);

/* Whether the line is taken for who calls now: by any call that is not ended; but for a contact the
 * ringing of strangers takes nothing. */
gboolean peal_endpoint_is_engaged (PealEndpoint *endpoint, gboolean contact);

/* How many calls are not ended. */
guint peal_endpoint_count (PealEndpoint *endpoint);
