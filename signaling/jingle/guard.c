/* The counts of calls that others begin: at once, and in time. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/guard.h"

#include "signaling/im/quota.h"
#include "signaling/jingle/call.h"
#include "signaling/wire/jid.h"

struct PealGuard {
  PealQuota *rates[2]; /* of strangers, of contacts */
};

/* How many there may be at once: of strangers, of contacts, and of one address. */
static const struct {
  guint calls, ringing;
} most[2] = {
  { PEAL_MOST_CALLS_OF_STRANGERS, PEAL_MOST_RINGING_OF_STRANGERS },
  { PEAL_MOST_CALLS_OF_CONTACTS, PEAL_MOST_RINGING_OF_CONTACTS },
};

PealGuard *
peal_guard_new (void)
{
  PealGuard *guard = g_new0 (PealGuard, 1);

  guard->rates[FALSE] = peal_quota_new (PEAL_RATE_CALLS_OF_STRANGER, PEAL_RATE_CALLS_OF_STRANGERS);
  guard->rates[TRUE] = peal_quota_new (PEAL_RATE_CALLS_OF_CONTACT, PEAL_RATE_CALLS_OF_CONTACTS);
  return guard;
}

void
peal_guard_free (PealGuard *guard)
{
  if (!guard)
    return;
  peal_quota_free (guard->rates[FALSE]);
  peal_quota_free (guard->rates[TRUE]);
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
  gboolean contact = question->contact != FALSE;
  Count now = count (question);
  g_autofree char *bare = peal_jid_bare (question->from);

  if (now.calls_of_one >= PEAL_MOST_CALLS_OF_ONE || now.ringing_of_one >= PEAL_MOST_RINGING_OF_ONE)
    return "too many calls of one address at once";
  if (now.calls >= most[contact].calls || now.ringing >= most[contact].ringing)
    return contact ? "too many calls of contacts at once" : "too many calls of strangers at once";
  if (!peal_quota_take (guard->rates[contact], bare, question->now))
    return "calls come too quickly";
  return NULL;
}
