/* The counts of calls that others begin: at once, and in time. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/guard.h"

#include "signaling/jingle/call.h"
#include "signaling/wire/jid.h"

struct PealGuard {
  PealCallLimits limits;
  PealQuota *strangers, *contacts;
};

PealGuard *
peal_guard_new (const PealCallLimits *limits)
{
  PealGuard *guard = g_new0 (PealGuard, 1);

  guard->limits = *limits;
  guard->strangers = peal_quota_new (limits->strangers.one, limits->strangers.all);
  guard->contacts = peal_quota_new (limits->contacts.one, limits->contacts.all);
  return guard;
}

void
peal_guard_free (PealGuard *guard)
{
  if (!guard)
    return;
  peal_quota_free (guard->strangers);
  peal_quota_free (guard->contacts);
  g_free (guard);
}

typedef struct {
  guint calls, ringing, calls_of_one, ringing_of_one;
} Count;

/* Those that others began, of the kind that is asked about. */
static Count
count (const PealGuardQuestion *question)
{
  Count count = { 0 };

  for (guint i = 0; i < question->calls->len; i++) {
    const PealCall *call = question->calls->pdata[i];
    gboolean ringing = call->stage == PEAL_CALL_INVITED || call->stage == PEAL_CALL_OFFERED;
    if (call->outgoing || !call->contact != !question->contact)
      continue;
    count.calls++;
    count.ringing += ringing;
    if (!peal_jid_same_bare (call->peer, question->from))
      continue;
    count.calls_of_one++;
    count.ringing_of_one += ringing;
  }
  return count;
}

const char *
peal_guard_refuses (PealGuard *guard, const PealGuardQuestion *question)
{
  const PealCallLimits *limits = &guard->limits;
  gboolean contact = question->contact;
  Count now = count (question);
  g_autofree char *bare = peal_jid_bare (question->from);

  if (now.calls_of_one >= limits->calls_of_one || now.ringing_of_one >= limits->ringing_of_one)
    return "too many calls of one address at once";
  if (now.calls >= (contact ? limits->contacts.calls : limits->strangers.calls) ||
      now.ringing >= (contact ? limits->contacts.ringing : limits->strangers.ringing))
    return contact ? "too many calls of contacts at once" : "too many calls of strangers at once";
  if (!peal_quota_take (contact ? guard->contacts : guard->strangers, bare, question->now))
    return "calls come too quickly";
  return NULL;
}

gboolean
peal_guard_hears (PealGuard *guard, PealBucket *said, gint64 now)
{
  return peal_bucket_take (said, guard->limits.session, now);
}
