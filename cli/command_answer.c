/* `peal answer`: waits for calls, rings, and takes them by the user's word or by itself. */
// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "cli/phone.h"
#include "signaling/wire/jid.h"

typedef struct {
  PealPhone *phone;
  const PealOptions *options;
  gboolean greeted;
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
  gboolean asks = !job->options->automatic && peal_phone_can_ask (job->phone);
  return known || asks ? PEAL_ADMIT : PEAL_IGNORE;
}

static void
ring (Job *job, const PealEvent *event)
{
  PealClient *client = peal_phone_client (job->phone);
  peal_client_event (client, event);
  if (job->options->automatic)
    peal_endpoint_accept (peal_phone_endpoint (job->phone), event->call);
  else if (!peal_phone_can_ask (job->phone))
    peal_endpoint_reject (peal_phone_endpoint (job->phone), event->call, PEAL_REASON_DECLINE);
  else
    peal_phone_ring (job->phone, event);
}

/* Whether the one call that --once waits for is over with @ended: not with one that was turned away
 * while we talk, or that nobody took while others ring. */
static gboolean
was_the_one (Job *job, const PealEvent *ended)
{
  if (ended->cause == PEAL_CAUSE_BUSY && ended->by == PEAL_BY_LOCAL)
    return FALSE;
  if (peal_phone_talked (job->phone))
    return TRUE;
  return !peal_phone_talks (job->phone) && peal_phone_ringing (job->phone) == 0;
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
  if (!job->options->once || !was_the_one (job, event))
    return FALSE;
  peal_phone_finish (job->phone, event);
  return TRUE;
}

/* A person who sees nothing happen is told that all is well; a script has its `online`. */
static void
online (gpointer user)
{
  Job *job = user;
  PealPrinter *printer = peal_client_printer (peal_phone_client (job->phone));
  PealStatusLook look;
  if (!job->greeted && peal_printer_look (printer, &look))
    peal_printer_say (printer, "waiting for calls; %sCtrl-C leaves",
                      peal_phone_can_ask (job->phone) ? "? lists the keys, " : "");
  job->greeted = TRUE;
}

int
peal_command_answer (const PealOptions *options)
{
  Job job = { .options = options };
  PealPhoneSetup setup = {
    .options = options, .online = online, .event = heard, .admit = admit, .user = &job
  };
  g_autoptr(PealPhone) phone = peal_phone_new (&setup);
  job.phone = phone;
  return peal_phone_run (phone);
}
