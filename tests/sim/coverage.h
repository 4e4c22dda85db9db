/* Which cells of the tables state × input the simulated calls have visited, over all worlds of the
 * process. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/invite.h"
#include "signaling/jingle/session.h"

/* Inputs of a session beside the actions of PealJingleAction (0: an undefined one), which come
 * first. */
typedef enum {
  PEAL_HEARS_INITIATE_OK = PEAL_N_JINGLE_ACTIONS,
  PEAL_HEARS_INITIATE_ERROR,
  PEAL_HEARS_INITIATE_TIMEOUT,
  PEAL_HEARS_ACCEPT_OK,
  PEAL_HEARS_ACCEPT_ERROR,
  PEAL_HEARS_ACCEPT_TIMEOUT,
  PEAL_HEARS_TERMINATE_OK,
  PEAL_HEARS_TERMINATE_ERROR,
  PEAL_HEARS_TERMINATE_TIMEOUT,
  PEAL_HEARS_OTHER_OK,
  PEAL_HEARS_OTHER_ERROR,
  PEAL_HEARS_OTHER_TIMEOUT,
  PEAL_TOLD_ACCEPT,
  PEAL_TOLD_TERMINATE,
  PEAL_TOLD_INFO,
  PEAL_TOLD_TRANSPORT_INFO,
  PEAL_TOLD_ADD,
  PEAL_TOLD_ACCEPT_CONTENT,
  PEAL_TOLD_REJECT_CONTENT,
  PEAL_TOLD_REMOVE,
  PEAL_TOLD_MODIFY,
  PEAL_TOLD_DESCRIBE,
  PEAL_TOLD_REPLACE,
  PEAL_TOLD_ACCEPT_TRANSPORT,
  PEAL_TOLD_REJECT_TRANSPORT,
  PEAL_SESSION_DEADLINE,
  PEAL_N_SESSION_INPUTS,
} PealSessionInput;

/* Inputs of a proposal: verbs of the peer (PealInviteVerb), then the same of our own account. */
typedef enum {
  PEAL_OWN_VERBS = PEAL_N_INVITE_VERBS,
  PEAL_HEARS_BOUNCE = 2 * PEAL_N_INVITE_VERBS,
  PEAL_TOLD_PROCEED,
  PEAL_TOLD_REJECT,
  PEAL_TOLD_RETRACT,
  PEAL_TOLD_TIE_BREAK,
  PEAL_TOLD_STARTED,
  PEAL_TOLD_FINISH,
  PEAL_INVITE_DEADLINE,
  PEAL_N_INVITE_INPUTS,
} PealInviteInput;

void peal_coverage_session (PealSessionState state, PealSessionInput input);
void peal_coverage_invite (PealInviteState state, PealInviteInput input);

/* Prints both tables, a row an input. Returns how many cells are wrong: possible and never visited,
 * or visited although listed as impossible. */
guint peal_coverage_print (void);
