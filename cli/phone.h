/* What `peal call` and `peal answer` share: an endpoint with everything built in, one conversation
 * at a time. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/client.h"
#include "media/rtp.h"

typedef struct PealPhone PealPhone;

typedef struct {
  const PealOptions *options; /* must outlive the phone */
  void (*online) (gpointer user);
  /* Every event, before it is printed; TRUE: it was dealt with and is not printed. */
  gboolean (*event) (gpointer user, const PealEvent *event);
  /* Whom to ring for. */
  PealAdmission (*admit) (gpointer user, const char *peer, gboolean contact);
  /* A key of the terminal that is not one of a running call; may be NULL. */
  void (*key) (gpointer user, char key);
  gpointer user;
} PealPhoneSetup;

/* Never NULL; what is wrong with the options is told by peal_phone_run. */
PealPhone *peal_phone_new (const PealPhoneSetup *setup);
void peal_phone_free (PealPhone *phone);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealPhone, peal_phone_free)

/* Runs until the command is finished; returns the exit status. */
int peal_phone_run (PealPhone *phone);

/* The parts, borrowed. The endpoint is NULL where the options or the account are of no use. */
PealClient *peal_phone_client (PealPhone *phone);
PealEndpoint *peal_phone_endpoint (PealPhone *phone);

/* Calls @jid; its events follow. */
void peal_phone_call (PealPhone *phone, const char *jid);
/* Whether somebody at a terminal can be asked. */
gboolean peal_phone_has_keys (PealPhone *phone);

/* Ends the command with the `ended` event of a call, and the sentence that goes with its cause. */
void peal_phone_finish (PealPhone *phone, const PealEvent *ended);
