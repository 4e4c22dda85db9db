/* One device whose server is the test: bytes go in through the real reader, every stanza that comes
 * out is counted, requests of the device are answered when the test says so.
 *
 * Its transport and media are hollow; contacts are alice@glass.test and carol@glass.test. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/endpoint.h"
#include "signaling/stream/reader.h"

#define VICTIM "bob@glass.test/b"
#define ALICE  "alice@glass.test/a"

typedef struct {
  PealPort *port;
  PealReader *reader;
  PealCaps *caps;
  PealRoster *roster;
  PealPresences *presences;
  PealMessages *messages;
  PealServices *services;
  PealEndpoint *endpoint;
  PealCallPolicy policy;
  PealWish wishes[2];  /* a voice, offered; a picture, where there is an application for it */
  const char *disco;   /* what peers answer to disco#info; NULL: that they know calls */
  char *awaited;       /* the id of the request whose answers are counted; NULL: any */
  guint answers;       /* that came to it */
  GString *answer;     /* the last of them */
  GString *said;       /* all but answers, since it was last emptied */
  GQueue asked;        /* of char *: requests of the device to others: "id to" */
  gboolean answering;  /* else they wait */
  PealEventKind heard; /* the last event */
  guint ended;
  PealCause cause; /* of the last call that did */
  char *sid;       /* of the last event */
} Victim;

/* @limits may be NULL. */
Victim *victim_new (const PealCallLimits *limits);
/* The same with the elements of ICE and RTP (clothed.h). */
Victim *victim_new_clothed (const PealCallLimits *limits);
/* The same, and the picture is offered where told. */
Victim *victim_new_seeing (gboolean offered);
void victim_free (Victim *victim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Victim, victim_free)

/* Bytes of the server. FALSE: they are no XMPP stream, and there is no reader any more. */
gboolean victim_feed (Victim *victim, const char *bytes, gsize length);
/* A request with @id: how many answers came at once. */
guint victim_ask (Victim *victim, const char *id, const char *xml);
/* Turns the main context and answers requests until there is nothing to do. */
void victim_settle (Victim *victim);
/* Gives every request that waits an empty result. */
void victim_answer (Victim *victim);
/* Turns the main context until it was said, 10 s at most. */
void victim_wait_said (Victim *victim, const char *words);
