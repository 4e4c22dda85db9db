/* What the rooms above a stream may do with it: send stanzas, ask IQs, hear stanzas, know their own
 * address.
 *
 * A real stream and a simulated wire both implement PealPortDriver, so nothing above can tell them
 * apart. The port keeps the IQ table (keyed on id *and* address, RFC 6120 §8.2.3, so that nobody
 * else can answer), hands each incoming stanza to the first listener that takes it, and answers
 * every get and set that nobody took with service-unavailable.
 *
 * Everything here belongs to the GMainContext the port was made on. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>
#include <strophe.h>

typedef struct PealPort PealPort;

/* The result of an IQ. @stanza is the <iq/> result (borrowed), or NULL with @why: an error of
 * domain PEAL_CONDITION (the stanza error the peer sent; see signaling/wire/condition.h),
 * G_IO_ERROR_TIMED_OUT, G_IO_ERROR_CLOSED when the session it was asked in is gone, or
 * G_IO_ERROR_NO_SPACE when the outbox is full. Called exactly once, never from inside
 * peal_port_request. */
typedef void (*PealPortReply) (gpointer user, xmpp_stanza_t *stanza, const GError *why);

typedef struct {
  /* Queues @stanza (borrowed). FALSE: it takes no more, and will not send this one. */
  gboolean (*send) (gpointer driver, xmpp_stanza_t *stanza);
} PealPortDriver;

typedef enum { PEAL_STANZA_IQ = 1, PEAL_STANZA_MESSAGE, PEAL_STANZA_PRESENCE } PealStanzaKind;

/* What a listener wants to hear. TRUE from @hear means taken: for an IQ get or set the listener
 * then answers it, sooner or later, exactly once. */
typedef struct {
  PealStanzaKind kind;
  const char *type; /* "get", "set", "chat"…; NULL: any */
  const char *ns;   /* namespace of some child; NULL: any */
  gboolean (*hear) (gpointer user, PealPort *port, xmpp_stanza_t *stanza);
} PealPortListener;

/* Told when the stream comes and goes: @online with @resumed (the session of before, nothing was
 * lost) or not (all that was asked or known of others must be asked again); else offline. */
typedef void (*PealPortWatch) (gpointer user, gboolean online, gboolean resumed);

/* @driver and @driver_user must outlive the port. */
PealPort *peal_port_new (const PealPortDriver *driver, gpointer driver_user);
void peal_port_free (PealPort *port);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealPort, peal_port_free)

/* For building stanzas. Owned by the port. */
xmpp_ctx_t *peal_port_context (PealPort *port);

/* Our own address: full once bound. Borrowed; NULL before the first login. */
const char *peal_port_jid (PealPort *port);
const char *peal_port_bare (PealPort *port);

/* Whether the stream is up. What is sent while it is not waits in the outbox. */
gboolean peal_port_online (PealPort *port);

/* Sends @stanza; takes the reference. An id is added where there is none. A message is sent in the
 * next session if this one is lost, anything else is not. FALSE: too much waits already, or the
 * stream is closed; it will not be sent. */
gboolean peal_port_send (PealPort *port, xmpp_stanza_t *stanza);

/* Sends an IQ get or set (reference taken) and waits up to @seconds for its answer; 0 is 30 s.
 * Returns a handle for peal_port_forget. */
guint peal_port_request (PealPort *port, xmpp_stanza_t *iq, guint seconds, PealPortReply reply,
                         gpointer user);

/* The answer of a request no longer matters; @reply will not be called. */
void peal_port_forget (PealPort *port, guint handle);

/* Builds an <iq/> of @type to @to (NULL: the server, for our own account) around @payload, whose
 * reference is taken; @payload may be NULL for an empty result. */
xmpp_stanza_t *peal_port_iq (PealPort *port, const char *type, const char *to,
                             xmpp_stanza_t *payload);

/* Answers @iq with a result around @payload (taken, may be NULL). */
void peal_port_result (PealPort *port, xmpp_stanza_t *iq, xmpp_stanza_t *payload);

/* Answers @iq with a stanza error; @error is of domain PEAL_CONDITION, anything else is said as
 * internal-server-error. */
void peal_port_refuse (PealPort *port, xmpp_stanza_t *iq, const GError *error);

/* Listeners are asked in the order they came. @listener must outlive its stay. */
guint peal_port_listen (PealPort *port, const PealPortListener *listener, gpointer user);
guint peal_port_watch (PealPort *port, PealPortWatch watch, gpointer user);
/* Ends a listening or a watch. Safe inside a callback. */
void peal_port_unlisten (PealPort *port, guint id);

/* --- for the driver --- */

/* A stanza came in (borrowed). Fills in from where the server left it out. */
void peal_port_receive (PealPort *port, xmpp_stanza_t *stanza);

/* The session is gone, and will not be resumed: ends every open request with G_IO_ERROR_CLOSED.
 * What is asked from now on belongs to the next session. */
void peal_port_lost (PealPort *port);

/* The stream came up as @jid, or went down (@jid NULL). One that comes up without resuming has lost
 * the session before it: peal_port_lost, unless that was said. */
void peal_port_state (PealPort *port, const char *jid, gboolean resumed);
