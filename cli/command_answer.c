/* `peal answer`: waits for calls, rings, and takes them by key or by itself. */
// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "cli/phone.h"
#include "signaling/wire/jid.h"

typedef struct {
  PealPhone *phone;
  const PealOptions *options;
  char *ringing; /* the sid of a call that waits for a key */
} Job;

static gboolean
is_listed (const Job *job, const char *peer)
{
  for (char **from = job->options->from; from && *from; from++) {
    g_autofree char *jid = peal_jid_prepare (*from, NULL);
    if (jid &&
        (peal_jid_equal (jid, peer) || (!peal_jid_is_full (jid) && peal_jid_same_bare (jid, peer))))
      return TRUE;
  }
  return FALSE;
}

/* Whom we have not met learns nothing, not even that we are here, unless --from names them. */
static PealAdmission
admit (gpointer user, const char *peer, gboolean contact)
{
  Job *job = user;
  if (job->options->from && !is_listed (job, peer))
    return PEAL_IGNORE;
  gboolean known = contact || job->options->from;
  if (peal_endpoint_is_engaged (peal_phone_endpoint (job->phone), known))
    return known ? PEAL_TURN_AWAY : PEAL_IGNORE;
  /* Of a stranger somebody has to be asked: neither yes nor no says itself. */
  gboolean asks = !job->options->automatic && peal_phone_has_keys (job->phone);
  return known || asks ? PEAL_ADMIT : PEAL_IGNORE;
}

static void
ring (Job *job, const PealEvent *event)
{
  PealClient *client = peal_phone_client (job->phone);
  peal_client_event (client, event);
  if (job->options->automatic)
    peal_endpoint_accept (peal_phone_endpoint (job->phone), event->call);
  else if (!peal_phone_has_keys (job->phone))
    peal_endpoint_reject (peal_phone_endpoint (job->phone), event->call, PEAL_REASON_DECLINE);
  else {
    g_free (job->ringing);
    job->ringing = g_strdup (event->call);
    peal_printer_say (peal_client_printer (client),
                      "%s is calling: press a to accept, d to decline", event->peer);
  }
}

static void
key (gpointer user, char pressed)
{
  Job *job = user;
  g_autofree char *sid = NULL;
  if (!job->ringing || (pressed != 'a' && pressed != 'd'))
    return;
  sid = g_steal_pointer (&job->ringing);
  if (pressed == 'a')
    peal_endpoint_accept (peal_phone_endpoint (job->phone), sid);
  else
    peal_endpoint_reject (peal_phone_endpoint (job->phone), sid, PEAL_REASON_DECLINE);
}

static gboolean
heard (gpointer user, const PealEvent *event)
{
  Job *job = user;
  if (event->kind == PEAL_EVENT_INCOMING) {
    ring (job, event);
    return TRUE;
  }
  if (event->kind != PEAL_EVENT_ENDED)
    return FALSE;
  if (g_strcmp0 (job->ringing, event->call) == 0)
    g_clear_pointer (&job->ringing, g_free);
  /* One that was turned away while we talk is not the one we wait for. */
  gboolean ours = event->cause != PEAL_CAUSE_BUSY || event->by != PEAL_BY_LOCAL;
  if (!job->options->once || !ours)
    return FALSE;
  peal_phone_finish (job->phone, event);
  return TRUE;
}

int
peal_command_answer (const PealOptions *options)
{
  Job job = { .options = options };
  PealPhoneSetup setup = {
    .options = options, .event = heard, .admit = admit, .key = key, .user = &job
  };
  g_autoptr(PealPhone) phone = peal_phone_new (&setup);
  job.phone = phone;
  int status = peal_phone_run (phone);
  g_free (job.ringing);
  return status;
}
