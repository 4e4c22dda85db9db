/* A server in a glass: accounts and devices of one process, an ordered wire between them, no
 * sockets.
 *
 * Each device has a port, the im rooms and an endpoint, with a transport method and an application
 * that carry nothing, so that what is tested is the endpoint alone. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/endpoint.h"

typedef struct Glass Glass;
typedef struct Device Device;

struct Device {
  Glass *glass;
  char *jid;
  PealPort *port;
  PealCaps *caps;
  PealRoster *roster;
  PealPresences *presences;
  PealMessages *messages;
  PealServices *services;
  PealEndpoint *endpoint;
  PealCallPolicy policy;
  PealWish wish;             /* the voice's */
  PealWish wishes[2];        /* with a picture beside it: glass_show */
  GString *story;            /* "outgoing ringing accepted connected ended:success" */
  char *sid;                 /* of the last call heard of */
  gboolean answers;          /* accepts whatever comes in */
  PealEventKind hangs_up_at; /* as soon as it hears this, inside the event */
  guint ended;               /* calls that ended here */
  PealCause cause;           /* of the last that did */
  PealBy by;
  GString *sent; /* what it sent, as text */
};

/* What goes wrong. */
typedef enum {
  GLASS_FINE = 0,
  GLASS_NO_PATH,     /* transports never connect: they fail */
  GLASS_BAD_CODEC,   /* answers have nothing in common */
  GLASS_UNENCRYPTED, /* our <transport/> has no fingerprint */
  GLASS_SLOW,        /* our <transport/> is never ready to be described */
  GLASS_NO_SOUND,    /* media fail as soon as they are opened */
} GlassTrouble;

Glass *glass_new (void);
/* Endpoints added from now on write into @trace; may be NULL. */
void glass_trace (Glass *glass, PealTrace *trace);
void glass_free (Glass *glass);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Glass, glass_free)

/* A device that is online; alice, bob and carol@glass.test are contacts of one another, others
 * nobody's.
 * @features: "" takes calls and proposals, "bundle" these and groups, "direct" only calls, "none"
 * neither. */
Device *glass_add (Glass *glass, const char *jid, const char *features);
/* The device has a picture from now on: it takes one, and offers one where @offered. */
void glass_show (Device *device, gboolean offered);
void glass_trouble (Device *device, GlassTrouble trouble);
/* Calls @to; the sid is in device->sid. */
void glass_call (Device *device, const char *to);

/* From now on rosters are answered when glass_hand_out says so. */
void glass_keep_rosters (Glass *glass);
void glass_hand_out_rosters (Glass *glass);

/* @from sends what its endpoint would not. */
void glass_say (Device *from, const char *xml);
/* Whether anything that @from sent so far, but presence and answers to the server, has @words in
 * it. */
gboolean glass_said (Device *from, const char *words);
/* Turns the main context until it has, and all of it is delivered. */
void glass_wait_said (Device *from, const char *words);

/* Turns the main context until every letter is delivered. */
void glass_settle (Glass *glass);

/* Turns the main context until @device's story contains @word, or fails the test after 10 s. */
void glass_wait (Device *device, const char *word);
