/* Consent to send and the watchdog of one path: when to check, when it is weak, when it is lost.
 *
 * A pure machine: inputs are signs of life and the time, outputs are drained by poll. RFC 7675
 * §5.1: a check every 5 s ± 20 %, and nothing is sent any more 30 s after the last answer. On top
 * of that a path must show life (an authentic check or answer, or a datagram): 3 s without is weak,
 * 6 s asks for an ICE restart, 14 s is lost: who is left knows it within 15. Once it has been
 * silent for a moment, checks come in quick succession, so that a peer who sends no media (on hold)
 * is not taken for a dead one.
 *
 * While libnice holds the socket it swallows the answers to checks that are not its own: then the
 * machine is blind. It asks for no checks, and is more patient: a held call shows only its RTCP,
 * one report in 2.5-7.5 s (RFC 3550 §6.3.1). */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef enum {
  PEAL_CONSENT_NOTHING = 0,
  PEAL_CONSENT_CHECK,   /* send a Binding request now */
  PEAL_CONSENT_WEAK,    /* silent for times.weak */
  PEAL_CONSENT_ALIVE,   /* it was weak, and there is life again */
  PEAL_CONSENT_RESTART, /* silent for times.restart: another path may work; once per silence */
  PEAL_CONSENT_LOST,    /* for good */
} PealConsentAction;

/* All in microseconds. */
typedef struct {
  gint64 interval; /* between checks, ± 20 % */
  gint64 quiet;    /* silence after which checks hurry */
  gint64 hurry;    /* between checks then */
  gint64 weak, restart, lost;
  gint64 blind;  /* more silence before weak and restart while no checks can be sent */
  gint64 expiry; /* without an answer to a check, whatever else came */
} PealConsentTimes;

/* What is used outside tests. */
#define PEAL_CONSENT_TIMES                                                                         \
  {                                                                                                \
    .interval = 5 * G_USEC_PER_SEC, .quiet = 2 * G_USEC_PER_SEC, .hurry = G_USEC_PER_SEC / 2,      \
    .weak = 3 * G_USEC_PER_SEC, .restart = 6 * G_USEC_PER_SEC, .lost = 14 * G_USEC_PER_SEC,        \
    .blind = 5 * G_USEC_PER_SEC, .expiry = 30 * G_USEC_PER_SEC,                                    \
  }
extern const PealConsentTimes peal_consent_times;

typedef enum {
  PEAL_CONSENT_IDLE = 0,
  PEAL_CONSENT_GOOD,
  PEAL_CONSENT_FADING,
  PEAL_CONSENT_OVER
} PealConsentState;

/* Embedded in its owner; all zero is idle. Times are g_get_monotonic_time. */
typedef struct {
  const PealConsentTimes *times;
  GRand *random;
  PealConsentState state;
  gint64 life_at, answer_at, check_at, checked_at;
  gint64 spared_until;
  gboolean blind, restart_asked;
} PealConsent;

/* Begins: the path has just been found; blind. @times must outlive it.
 * @seed makes the spread of the checks reproducible. Begin again replaces. */
void peal_consent_begin (PealConsent *consent, const PealConsentTimes *times, guint32 seed,
                         gint64 now);
void peal_consent_clear (PealConsent *consent);

/* Checks can be sent from now on, the first at once; or not any more. */
void peal_consent_see (PealConsent *consent, gboolean checks, gint64 now);

/* Something authentic, or a datagram, came over the path. */
void peal_consent_life (PealConsent *consent, gint64 now);
/* A check was answered; a sign of life as well. */
void peal_consent_answer (PealConsent *consent, gint64 now);

/* Another path is about to be found: not lost for silence before @until. Begin ends it. */
void peal_consent_spare (PealConsent *consent, gint64 until);

/* What to do at @now; call until it says NOTHING. */
PealConsentAction peal_consent_poll (PealConsent *consent, gint64 now);
/* When to poll next; G_MAXINT64: never. */
gint64 peal_consent_deadline (const PealConsent *consent);
