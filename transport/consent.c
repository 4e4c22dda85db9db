/* Consent to send and the watchdog of one path; see consent.h. */
// SPDX-License-Identifier: MIT
#include "transport/consent.h"

const PealConsentTimes peal_consent_times = PEAL_CONSENT_TIMES;

void
peal_consent_begin (PealConsent *consent, const PealConsentTimes *times, guint32 seed, gint64 now)
{
  peal_consent_clear (consent);
  consent->times = times;
  consent->random = g_rand_new_with_seed (seed);
  consent->state = PEAL_CONSENT_GOOD;
  consent->life_at = now;
  consent->blind = TRUE;
}

void
peal_consent_clear (PealConsent *consent)
{
  g_clear_pointer (&consent->random, g_rand_free);
  *consent = (PealConsent) { .state = PEAL_CONSENT_IDLE };
}

void
peal_consent_see (PealConsent *consent, gboolean checks, gint64 now)
{
  consent->blind = !checks;
  consent->answer_at = consent->check_at = now;
}

void
peal_consent_spare (PealConsent *consent, gint64 until)
{
  consent->spared_until = until;
}

static gboolean
runs (const PealConsent *consent)
{
  return consent->state == PEAL_CONSENT_GOOD || consent->state == PEAL_CONSENT_FADING;
}

void
peal_consent_life (PealConsent *consent, gint64 now)
{
  if (!runs (consent))
    return;
  consent->life_at = now;
  consent->restart_asked = FALSE;
}

void
peal_consent_answer (PealConsent *consent, gint64 now)
{
  if (!runs (consent))
    return;
  consent->answer_at = now;
  peal_consent_life (consent, now);
}

/* RFC 7675 §5.1: the interval is spread so that checks of many calls do not march in step. */
static gint64
next_check (PealConsent *consent, gint64 now)
{
  const PealConsentTimes *times = consent->times;

  if (now - consent->life_at >= times->quiet)
    return now + times->hurry;
  return now + (gint64) (times->interval * g_rand_double_range (consent->random, 0.8, 1.2));
}

static gint64
patience (const PealConsent *consent)
{
  return consent->blind ? consent->times->blind : 0;
}

/* Silence moves the next check forward: it was planned while there still was life. */
static gint64
check_due (const PealConsent *consent)
{
  gint64 hurried =
      MAX (consent->life_at + consent->times->quiet, consent->checked_at + consent->times->hurry);

  return MIN (consent->check_at, hurried);
}

PealConsentAction
peal_consent_poll (PealConsent *consent, gint64 now)
{
  if (!runs (consent))
    return PEAL_CONSENT_NOTHING;

  const PealConsentTimes *times = consent->times;
  gint64 silence = now - consent->life_at;

  gboolean silent = silence >= times->lost && now >= consent->spared_until;

  if (silent || (!consent->blind && now - consent->answer_at >= times->expiry)) {
    consent->state = PEAL_CONSENT_OVER;
    return PEAL_CONSENT_LOST;
  }
  if (consent->state == PEAL_CONSENT_GOOD && silence >= times->weak + patience (consent)) {
    consent->state = PEAL_CONSENT_FADING;
    return PEAL_CONSENT_WEAK;
  }
  if (consent->state == PEAL_CONSENT_FADING && silence < times->weak + patience (consent)) {
    consent->state = PEAL_CONSENT_GOOD;
    return PEAL_CONSENT_ALIVE;
  }
  if (silence >= times->restart + patience (consent) && !consent->restart_asked) {
    consent->restart_asked = TRUE;
    return PEAL_CONSENT_RESTART;
  }
  if (!consent->blind && now >= check_due (consent)) {
    consent->checked_at = now;
    consent->check_at = next_check (consent, now);
    return PEAL_CONSENT_CHECK;
  }
  return PEAL_CONSENT_NOTHING;
}

gint64
peal_consent_deadline (const PealConsent *consent)
{
  if (!runs (consent))
    return G_MAXINT64;

  const PealConsentTimes *times = consent->times;
  gint64 due = MAX (consent->life_at + times->lost, consent->spared_until);

  if (!consent->blind)
    due = MIN (due, MIN (check_due (consent), consent->answer_at + times->expiry));
  if (consent->state == PEAL_CONSENT_GOOD)
    due = MIN (due, consent->life_at + times->weak + patience (consent));
  if (!consent->restart_asked)
    due = MIN (due, consent->life_at + times->restart + patience (consent));
  return due;
}
