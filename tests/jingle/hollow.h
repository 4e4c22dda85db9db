/* A transport method and an application that carry nothing: what the endpoint does with plug-ins,
 * without any. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"

typedef struct {
  const char *codec; /* what it offers and takes; "hollow" unless told */
  gboolean no_path;
  gboolean no_sound; /* fails once it is open */
  /* what its media do: who may send, what was said of them, and beside how many others they run */
  gboolean sends, receives, muted, holds, held;
  guint joined, started;
  char name[16]; /* what their content is called, as far as they know */
} HollowConfig;

HollowConfig *hollow_config_new (void);

/* bind_address "nowhere" makes a transport that fails with no-path once it knows its peer, "slow"
 * one that never is describable; encryption NONE leaves the fingerprint out, and REQUIRED refuses a
 * peer that did. */
extern const PealMethod hollow_method;
extern const PealApplication hollow_application; /* "audio" */
extern const PealApplication hollow_picture;     /* "video" */

/* The peer's credentials, which may be NULL, reach a transport: it connects, and if they are others
 * than before it begins anew. Its own. */
void hollow_hear (PealTransport *transport, const char *ufrag);
const char *hollow_ufrag (const PealTransport *transport);

/* The transport calls its path weak, or, if it is found again, strong. */
void hollow_weaken (PealTransport *transport, gboolean weak);
/* The transport fails as one does that is lost. */
void hollow_lose (PealTransport *transport);

/* How many transports and media are open: 0 when all was closed. */
extern int hollow_open;

/* Whether it was opened with a component for RTCP. */
gboolean hollow_has_two_components (const PealTransport *transport);
