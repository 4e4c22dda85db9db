/* The tables reason × phase -> cause (XEP-0166 §7.4) and stanza error -> cause (RFC 6120 §8.3.3).
 */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/ending.h"

/* clang-format off */
#define ROW(waiting, asked, accepting, talking) \
  { PEAL_CAUSE_##waiting, PEAL_CAUSE_##asked, PEAL_CAUSE_##accepting, PEAL_CAUSE_##talking }

static const PealCause of_reason[PEAL_N_REASONS][PEAL_N_PHASES] = {
  /*                                           waiting      asked        accepting    talking */
  /* The reason is optional: without one the phase alone decides. */
  [PEAL_REASON_NONE] =                    ROW (DECLINED,    CANCELLED,   SUCCESS,     SUCCESS),
  [PEAL_REASON_ALTERNATIVE_SESSION] =     ROW (ELSEWHERE,   ELSEWHERE,   ELSEWHERE,   ELSEWHERE),
  [PEAL_REASON_BUSY] =                    ROW (BUSY,        CANCELLED,   BUSY,        BUSY),
  /* stanza.js cancels as responder too. */
  [PEAL_REASON_CANCEL] =                  ROW (DECLINED,    CANCELLED,   CANCELLED,   CANCELLED),
  [PEAL_REASON_CONNECTIVITY_ERROR] =      ROW (NO_PATH,     NO_PATH,     NO_PATH,     NO_PATH),
  [PEAL_REASON_DECLINE] =                 ROW (DECLINED,    CANCELLED,   DECLINED,    DECLINED),
  /* A caller's patience may end while our session-accept is on its way. */
  [PEAL_REASON_EXPIRED] =                 ROW (NO_ANSWER,   CANCELLED,   CANCELLED,   TIMEOUT),
  [PEAL_REASON_FAILED_APPLICATION] =      ROW (MEDIA,       MEDIA,       MEDIA,       MEDIA),
  [PEAL_REASON_FAILED_TRANSPORT] =        ROW (NO_PATH,     NO_PATH,     NO_PATH,     NO_PATH),
  [PEAL_REASON_GENERAL_ERROR] =           ROW (UNSUPPORTED, CANCELLED,   LOST,        LOST),
  [PEAL_REASON_GONE] =                    ROW (UNREACHABLE, CANCELLED,   LOST,        LOST),
  [PEAL_REASON_INCOMPATIBLE_PARAMETERS] = ROW (MEDIA,       MEDIA,       MEDIA,       MEDIA),
  [PEAL_REASON_MEDIA_ERROR] =             ROW (MEDIA,       MEDIA,       MEDIA,       MEDIA),
  [PEAL_REASON_SECURITY_ERROR] =          ROW (SECURITY,    SECURITY,    SECURITY,    SECURITY),
  /* Dino hangs up with success also before anything was accepted. */
  [PEAL_REASON_SUCCESS] =                 ROW (DECLINED,    CANCELLED,   SUCCESS,     SUCCESS),
  [PEAL_REASON_TIMEOUT] =                 ROW (NO_ANSWER,   CANCELLED,   CANCELLED,   TIMEOUT),
  [PEAL_REASON_UNSUPPORTED_APPLICATIONS] = ROW (UNSUPPORTED, UNSUPPORTED, UNSUPPORTED, UNSUPPORTED),
  [PEAL_REASON_UNSUPPORTED_TRANSPORTS] =  ROW (UNSUPPORTED, UNSUPPORTED, UNSUPPORTED, UNSUPPORTED),
};

/* clang-format on */

PealCause
peal_ending_of_reason (PealReasonCondition reason, PealPhase phase)
{
  g_assert (reason < PEAL_N_REASONS && phase < PEAL_N_PHASES);
  return of_reason[reason][phase];
}

/* Rows left out are not meant for a request like ours: UNSUPPORTED, and an accepted session is
 * told. */
static const PealRefusal of_condition[PEAL_N_CONDITIONS] = {
  /* The server says so for a resource that left, and for one without Jingle. */
  [PEAL_SERVICE_UNAVAILABLE] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_RECIPIENT_UNAVAILABLE] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_ITEM_NOT_FOUND] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_UNKNOWN_SESSION] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_GONE] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_REDIRECT] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_JID_MALFORMED] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_REMOTE_SERVER_NOT_FOUND] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },
  [PEAL_REMOTE_SERVER_TIMEOUT] = { PEAL_CAUSE_UNREACHABLE, PEAL_TELL_NOBODY },

  /* The peer's own session-initiate overruled ours (§7.2.16): the call goes on there. */
  [PEAL_TIE_BREAK] = { PEAL_CAUSE_ELSEWHERE, PEAL_TELL_NOBODY },

  [PEAL_RESOURCE_CONSTRAINT] = { PEAL_CAUSE_BUSY, PEAL_TELL_ACCEPTED },
  [PEAL_FORBIDDEN] = { PEAL_CAUSE_DECLINED, PEAL_TELL_ACCEPTED },
  [PEAL_NOT_ALLOWED] = { PEAL_CAUSE_DECLINED, PEAL_TELL_ACCEPTED },
  [PEAL_NOT_AUTHORIZED] = { PEAL_CAUSE_DECLINED, PEAL_TELL_ACCEPTED },
  [PEAL_POLICY_VIOLATION] = { PEAL_CAUSE_DECLINED, PEAL_TELL_ACCEPTED },
  [PEAL_REGISTRATION_REQUIRED] = { PEAL_CAUSE_DECLINED, PEAL_TELL_ACCEPTED },
  [PEAL_SUBSCRIPTION_REQUIRED] = { PEAL_CAUSE_DECLINED, PEAL_TELL_ACCEPTED },
  [PEAL_SECURITY_REQUIRED] = { PEAL_CAUSE_SECURITY, PEAL_TELL_ACCEPTED },

  [PEAL_INTERNAL_SERVER_ERROR] = { PEAL_CAUSE_UNSUPPORTED, PEAL_TELL_ANYWAY },
  [PEAL_UNDEFINED_CONDITION] = { PEAL_CAUSE_UNSUPPORTED, PEAL_TELL_ANYWAY },
};

PealRefusal
peal_ending_of_condition (PealCondition condition)
{
  static const PealRefusal unsupported = { PEAL_CAUSE_UNSUPPORTED, PEAL_TELL_ACCEPTED };

  g_assert (condition > PEAL_CONDITION_NONE && condition < PEAL_N_CONDITIONS);
  return of_condition[condition].cause ? of_condition[condition] : unsupported;
}
