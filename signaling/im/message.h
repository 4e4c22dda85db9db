/* Messages (RFC 6121 §5) with carbons (XEP-0280), delay (XEP-0203), ids of their own (XEP-0359) and
 * hints (XEP-0334).
 *
 * Each is sent once a session, repeated in the next one if the server may not have got it, and
 * heard once however often it comes (repeat.h). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"

/* One message as heard. All borrowed. */
typedef struct {
  xmpp_stanza_t *stanza; /* the message itself; the inner one of a carbon */
  const char *from, *to, *id, *type;
  gboolean carbon; /* it came as a carbon, checked to be from our own bare JID (XEP-0280 §11) */
  gboolean sent;   /* the carbon of what another of our devices sent */
  gint64 delay;    /* when it was sent, g_get_real_time µs; 0: not delayed */
  gboolean error;
} PealMessage;

typedef struct PealMessages PealMessages;
/* Enables carbons whenever a new session comes up. */
PealMessages *peal_messages_new (PealPort *port);
void peal_messages_free (PealMessages *messages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealMessages, peal_messages_free)

/* Hears messages with a child of namespace @ns (NULL: any; must outlive the listening), carbons
 * unwrapped; TRUE takes it. Asked in the order they came. */
guint peal_messages_listen (PealMessages *messages, const char *ns,
                            gboolean (*hear) (gpointer user, const PealMessage *message),
                            gpointer user);
/* Safe inside a callback. */
void peal_messages_unlisten (PealMessages *messages, guint id);

/* Sends @payload (taken) to @to as type chat with a <store/> hint. @id (NULL: a random one; never
 * the same twice) is what an error that comes back will have; it need not have the payload. FALSE:
 * it will not be sent (peal_port_send). */
gboolean peal_messages_send (PealMessages *messages, const char *to, const char *id,
                             xmpp_stanza_t *payload);
