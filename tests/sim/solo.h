/* One session machine in a test's hands: what it hears as XML, what it does as words. */
// SPDX-License-Identifier: MIT
#pragma once

#include "tests/sim/world_inner.h"

#define APP             "<description xmlns='urn:peal:sim:app'/>"
#define TRANSPORT       "<transport xmlns='urn:peal:sim:transport'/>"
#define CANDIDATE       "<transport xmlns='urn:peal:sim:transport' candidate='7'/>"
#define OTHER_APP       "<description xmlns='urn:other'/>"
#define OTHER_TRANSPORT "<transport xmlns='urn:other'/>"
#define PICTURE         "<description xmlns='urn:peal:sim:picture'/>"
#define RELAY           "<transport xmlns='urn:peal:sim:relay'/>"
#define INITIATE(inside)                                                                           \
  "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s1'>" inside "</jingle>"
#define MESSAGE(action, inside)                                                                    \
  "<jingle xmlns='urn:xmpp:jingle:1' action='" action "' sid='s1'>" inside "</jingle>"
#define CONTENT(name, inside) "<content creator='initiator' name='" name "'>" inside "</content>"
#define VOICE                 CONTENT ("voice", APP TRANSPORT)
#define VIDEO                 CONTENT ("video", APP TRANSPORT)

#define OFFERING  PEAL_SESSION_OFFERING
#define PENDING   PEAL_SESSION_PENDING
#define OFFERED   PEAL_SESSION_OFFERED
#define ACCEPTING PEAL_SESSION_ACCEPTING
#define ACTIVE    PEAL_SESSION_ACTIVE
#define ENDING    PEAL_SESSION_ENDING
#define ENDED     PEAL_SESSION_ENDED

/* It is sid "s1" between alice and bob. */
extern const PealSessionSetup peal_solo_setup;

PealJingle *peal_solo_parse (const char *xml);
/* The contents of a message. */
GPtrArray *peal_solo_contents (const char *xml);

PealSession *peal_solo_incoming (const char *xml);
/* A session with a content "voice" (and "video" where @two), brought to @state; its queue is empty.
 */
PealSession *peal_solo_in_state (PealSessionState state, gboolean two);

/* One that is active, as the session's initiator; or responder, as by peal_solo_in_state. */
PealSession *peal_solo_initiator (void);

/* Hears a message, at the time 0. */
void peal_solo_hear (PealSession *session, const char *xml);

/* Everything in the queue as words: "result SEND:content-reject STOP:voice active ended:success".
 */
char *peal_solo_drain (PealSession *session);
void peal_solo_expect (PealSession *session, const char *words);
