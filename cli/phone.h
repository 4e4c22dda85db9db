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
/* Whether somebody can be asked: at a terminal, or with --ask by standard input. */
gboolean peal_phone_can_ask (PealPhone *phone);
/* Lets the call of @incoming ring until the user takes or declines it, and says so. */
void peal_phone_ring (PealPhone *phone, const PealEvent *incoming);
/* Whether a call runs that was taken here or begun here, whether the one that ended last was such,
 * and how many ring that were not taken. */
gboolean peal_phone_talks (PealPhone *phone);
gboolean peal_phone_talked (PealPhone *phone);
guint peal_phone_ringing (PealPhone *phone);

/* Ends the command with the `ended` event of a call, and the sentence that goes with its cause. */
void peal_phone_finish (PealPhone *phone, const PealEvent *ended);

/* --- the user's will (phone_will.c): what the rows of cli/verbs.c do --- */

/* The name of the command that runs. */
const char *peal_phone_command (PealPhone *phone);
/* FALSE with @error (PEAL_CAUSE): there is no such call, or it is not possible now. */
gboolean peal_phone_control (PealPhone *phone, PealControl control, gboolean on, GError **error);
gboolean peal_phone_is (PealPhone *phone, PealControl control);
/* Our picture in the call that runs: what came of it is told by events. */
gboolean peal_phone_video (PealPhone *phone, gboolean on, GError **error);
gboolean peal_phone_shows (PealPhone *phone);
gboolean peal_phone_dtmf (PealPhone *phone, const char *digits, GError **error);
gboolean peal_phone_hang_up (PealPhone *phone, GError **error);
/* Of the calls that ring, @number as in cli/ringing.h. */
gboolean peal_phone_accept (PealPhone *phone, guint number, GError **error);
gboolean peal_phone_decline (PealPhone *phone, guint number, GError **error);
gboolean peal_phone_choose (PealPhone *phone, guint number, GError **error);
/* Said to the user, on stderr: all numbers of the call; the keys, or the lines of standard input;
 * what went wrong, also as an event. */
gboolean peal_phone_tell_figures (PealPhone *phone, GError **error);
void peal_phone_tell_help (PealPhone *phone, gboolean keys);
void peal_phone_tell_error (PealPhone *phone, const GError *error);
