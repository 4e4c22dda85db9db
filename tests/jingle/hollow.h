/* A transport method and an application that carry nothing: what the endpoint does with plug-ins,
 * without any. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"

typedef struct {
  const char *codec; /* what it offers and takes; "hollow" unless told */
  gboolean no_path;
  gboolean no_sound; /* fails once it is open */
  /* what its media do: who may send, and what was said of them */
  gboolean sends, receives, muted, holds, held;
} HollowConfig;

HollowConfig *hollow_config_new (void);

/* bind_address "nowhere" makes a transport that fails with no-path once it knows its peer, "slow"
 * one that never is describable; encryption NONE leaves the fingerprint out, and REQUIRED refuses a
 * peer that did. */
extern const PealMethod hollow_method;
extern const PealApplication hollow_application;

/* How many transports and media are open: 0 when all was closed. */
extern int hollow_open;
